//! What a rule reads and writes, field by field, as its published schemas have it.

use quittance_circuits::rule::{Evidence, PublishedRule, Source};
use serde::Serialize;
use serde_json::Value;

/// A field of a rule's terms, rows or outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// `terms`, `row` or `outcome`.
    pub part: &'static str,
    /// Its name.
    pub name: String,
    /// How it is written, and for a row's field where it comes from.
    pub form: String,
    /// What it says.
    pub meaning: String,
}

/// How a settlement by the rule convinces.
pub fn evidence(rule: &dyn PublishedRule) -> &'static str {
    match rule.evidences() {
        [Evidence::Proved] => "proved",
        [Evidence::Recomputed] => "recomputed",
        [Evidence::Asserted] => "asserted by the operator",
        kinds if kinds.contains(&Evidence::Recomputed) => "proved, recomputed where all is public",
        _ => "proved, asserted for some terms",
    }
}

/// Where a row's number comes from.
pub fn source(source: Source) -> String {
    match source {
        Source::Sealed => "sealed".into(),
        Source::Bid => "public".into(),
        Source::Report(measure) => format!("public, reported as {measure}"),
        Source::Either(measure) => format!("sealed, or public and then possibly reported as {measure}"),
    }
}

/// Every field, in the order of its author.
pub fn fields(rule: &dyn PublishedRule) -> Vec<Field> {
    let mut fields = Vec::new();
    for (part, schema) in rule.schemas() {
        let schema = schema.to_value();
        // Properties are sorted; what is required is in the author's order. The rest is what some rounds withhold.
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let required: Vec<&str> = required.filter_map(Value::as_str).collect();
        let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let withheld = properties.map(|(name, _)| name.as_str()).filter(|name| !required.contains(name));
        for name in required.iter().copied().chain(withheld) {
            let field = &schema["properties"][name];
            let column = rule.columns().iter().find(|column| part == "row" && column.name == name);
            let mut form = form(&schema, field);
            if let Some(column) = column {
                form = format!("{form}, {}", source(column.source));
            }
            let meaning = field["description"].as_str().unwrap_or_default().to_owned();
            fields.push(Field { part, name: name.to_owned(), form, meaning });
        }
    }
    fields
}

fn form(root: &Value, schema: &Value) -> String {
    if let Some(target) = schema["$ref"].as_str().and_then(|target| target.strip_prefix('#')) {
        return root.pointer(target).map_or_else(|| "value".into(), |target| form(root, target));
    }
    match schema["type"].as_str() {
        Some("string") if schema.get("pattern").is_some() => "decimal".into(),
        Some("string") => "text".into(),
        Some("boolean") => "true or false".into(),
        Some("array") => format!("list of {}", form(root, &schema["items"])),
        Some("object") => "object".into(),
        // A field that may be missing, or null.
        _ => match schema["type"].as_array().or(schema["anyOf"].as_array()).and_then(|kinds| kinds.first()) {
            Some(Value::String(kind)) => {
                let mut only = schema.clone();
                only["type"] = Value::String(kind.clone());
                form(root, &only)
            }
            Some(kind) => form(root, kind),
            None => "value".into(),
        },
    }
}
