//! The published schemas are those of the code, and close every object.

use super::json_fixture;
use crate::schema::schemas;
use serde_json::Value;

#[test]
fn schemas_are_current() {
    for (name, schema) in schemas() {
        let found = json_fixture(&format!("schema/{name}.json"));
        let again = "cargo run -p quittance-engine --example schemas";
        assert_eq!(&found, schema.as_value(), "schema/{name}.json differs: {again}");
    }
}

/// Objects with named fields have exactly these fields; `terms` and `public` are the rules' to say.
fn check_closed(name: &str, schema: &Value) {
    if let Some(fields) = schema.get("properties").and_then(Value::as_object) {
        let required = schema["required"].as_array().unwrap();
        assert_eq!(required.len(), fields.len(), "{name}: {schema}");
        assert_eq!(schema["additionalProperties"], false, "{name}: {schema}");
    }
    match schema {
        Value::Object(fields) => fields.values().for_each(|value| check_closed(name, value)),
        Value::Array(items) => items.iter().for_each(|value| check_closed(name, value)),
        _ => {}
    }
}

#[test]
fn every_field_is_required_and_no_other_allowed() {
    for (name, schema) in schemas() {
        check_closed(name, schema.as_value());
    }
}
