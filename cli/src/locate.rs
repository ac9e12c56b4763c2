//! Where a document departs from its JSON Schema: the place and the words of an error message.
//!
//! The reader of a document decides whether it is right ([`quittance_circuits::json`]); this only explains, so
//! it knows no more of JSON Schema than the published ones use.

use serde_json::{Map, Value};

/// A place and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer (RFC 6901).
    pub pointer: String,
    /// What was found and what was expected.
    pub what: String,
}

/// The first departure of the document from the schema, if this module understands it.
pub fn fault(schema: &Value, document: &Value) -> Option<Fault> {
    Walk { root: schema }.fault(schema, document, String::new())
}

/// The first departure of an array's items from the schema of one.
pub fn fault_in_rows(schema: &Value, document: &Value) -> Option<Fault> {
    let Value::Array(rows) = document else {
        return Some(Fault { pointer: String::new(), what: expected("a list of rows", document) });
    };
    let walk = Walk { root: schema };
    rows.iter().enumerate().find_map(|(index, row)| walk.fault(schema, row, format!("/{index}")))
}

struct Walk<'a> {
    root: &'a Value,
}

impl Walk<'_> {
    fn fault(&self, schema: &Value, found: &Value, pointer: String) -> Option<Fault> {
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let target = self.root.pointer(target.strip_prefix('#')?)?;
            return self.fault(target, found, pointer);
        }
        if let Some(Value::Array(choices)) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
            let faults: Option<Vec<Fault>> =
                choices.iter().map(|choice| self.fault(choice, found, pointer.clone())).collect();
            // The longest pointer is of the choice that fits best.
            return faults?.into_iter().max_by_key(|fault| fault.pointer.len());
        }
        let wrong = wrong_word(schema, found).or_else(|| wrong_type(schema, found));
        if let Some(what) = wrong.or_else(|| wrong_text(schema, found)) {
            return Some(Fault { pointer, what });
        }
        match found {
            Value::Object(fields) => self.fields(schema, fields, &pointer),
            Value::Array(items) => {
                let item = schema.get("items")?;
                items
                    .iter()
                    .enumerate()
                    .find_map(|(i, value)| self.fault(item, value, format!("{pointer}/{i}")))
            }
            _ => None,
        }
    }

    fn fields(&self, schema: &Value, fields: &Map<String, Value>, pointer: &str) -> Option<Fault> {
        let known = schema.get("properties")?.as_object()?;
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let mut required = required.filter_map(Value::as_str);
        if let Some(missing) = required.find(|name| !fields.contains_key(*name)) {
            let what = format!("the field `{missing}` is missing");
            return Some(Fault { pointer: pointer.to_owned(), what });
        }
        let below = |name: &str| format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        if let Some(unknown) = fields.keys().find(|name| closed && !known.contains_key(*name)) {
            let names: Vec<&str> = known.keys().map(String::as_str).collect();
            let what = format!("the field `{unknown}` is unknown, expected {}", names.join(", "));
            return Some(Fault { pointer: below(unknown), what });
        }
        fields.iter().find_map(|(name, value)| self.fault(known.get(name)?, value, below(name)))
    }
}

/// Another value than the one that the schema allows.
fn wrong_word(schema: &Value, found: &Value) -> Option<String> {
    let word = schema.get("const").filter(|word| *word != found)?;
    Some(expected(&format!("{word}"), found))
}

/// A JSON type that is none of the schema's.
fn wrong_type(schema: &Value, found: &Value) -> Option<String> {
    let types: Vec<&str> = match schema.get("type")? {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let is = match found {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() && types.contains(&"integer") => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let word = |name: &str| match name {
        "string" if is_decimal(schema) => "a decimal number in quotes",
        "string" => "a string",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        "array" => "a list",
        "object" => "an object",
        _ => "null",
    };
    (!types.contains(&is))
        .then(|| expected(&types.into_iter().map(word).collect::<Vec<_>>().join(" or "), found))
}

/// A string that is not of the schema's form.
fn wrong_text(schema: &Value, found: &Value) -> Option<String> {
    let text = found.as_str()?;
    if let Some(Value::Array(words)) = schema.get("enum") {
        let names: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        return (!names.contains(&text))
            .then(|| format!("found `{text}`, expected one of {}", names.join(", ")));
    }
    let longest = schema.get("maxLength").and_then(Value::as_u64);
    let pattern = schema.get("pattern").and_then(Value::as_str)?;
    if !regex_lite::Regex::new(pattern).ok()?.is_match(text) {
        let what = if is_decimal(schema) { "a whole number without sign or leading zeros" } else { pattern };
        return Some(format!("found `{text}`, expected {what}"));
    }
    // The published numbers are u64 and u128, by their digits.
    let fits = match longest {
        Some(20) => text.parse::<u64>().is_ok(),
        Some(39) => text.parse::<u128>().is_ok(),
        _ => true,
    };
    (is_decimal(schema) && !fits).then(|| {
        let most = if longest == Some(20) { u64::MAX.into() } else { u128::MAX };
        format!("found `{text}`, expected at most {most}")
    })
}

fn is_decimal(schema: &Value) -> bool {
    schema.get("pattern").and_then(Value::as_str) == Some("^(0|[1-9][0-9]*)$")
}

fn expected(what: &str, found: &Value) -> String {
    let found = match found {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the string `{text}`"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    };
    format!("found {found}, expected {what}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// `circuits::number::Amount` in a closed object, an option and a list.
    fn schema() -> Value {
        let amount = json!({ "type": "string", "pattern": "^(0|[1-9][0-9]*)$", "maxLength": 20 });
        json!({
            "type": "object",
            "required": ["a", "l"],
            "additionalProperties": false,
            "properties": {
                "a": amount,
                "l": { "type": "array", "items": { "$ref": "#/$defs/Word" } },
                "o": { "anyOf": [{ "$ref": "#/$defs/Word" }, { "type": "null" }] },
            },
            "$defs": { "Word": { "type": "string", "enum": ["x", "y"] } },
        })
    }

    fn check(document: Value, expected: Option<(&str, &str)>) {
        let found = fault(&schema(), &document);
        let found = found.as_ref().map(|fault| (fault.pointer.as_str(), fault.what.as_str()));
        assert_eq!(found, expected, "{document}");
    }

    #[test]
    fn the_place_is_found() {
        check(json!({ "a": "1", "l": [] }), None);
        check(json!({ "a": "18446744073709551615", "l": ["x"], "o": null }), None);
        check(json!({ "a": "1", "l": ["y"], "o": "x" }), None);
        check(json!([]), Some(("", "found a list, expected an object")));
        check(json!({ "a": "1" }), Some(("", "the field `l` is missing")));
        check(
            json!({ "a": "1", "l": [], "a/b": null }),
            Some(("/a~1b", "the field `a/b` is unknown, expected a, l, o")),
        );
        check(
            json!({ "a": 1, "l": [] }),
            Some(("/a", "found the number 1, expected a decimal number in quotes")),
        );
        check(
            json!({ "a": "-1", "l": [] }),
            Some(("/a", "found `-1`, expected a whole number without sign or leading zeros")),
        );
        check(
            json!({ "a": "18446744073709551616", "l": [] }),
            Some(("/a", "found `18446744073709551616`, expected at most 18446744073709551615")),
        );
        check(json!({ "a": "1", "l": ["x", "z"] }), Some(("/l/1", "found `z`, expected one of x, y")));
        check(json!({ "a": "1", "l": [], "o": true }), Some(("/o", "found true, expected null")));
    }

    #[test]
    fn words_and_numbers_are_told_apart() {
        let words =
            json!({ "oneOf": [{ "type": "string", "const": "x" }, { "type": "string", "const": "y" }] });
        assert_eq!(fault(&words, &json!("y")), None);
        assert_eq!(
            fault(&words, &json!("z")).map(|fault| fault.what).as_deref(),
            Some("found the string `z`, expected \"y\"")
        );
        for (form, document, fits) in [
            ("integer", json!(3), true),
            ("integer", json!(0.5), false),
            ("number", json!(0.5), true),
            ("number", json!(3), true),
        ] {
            assert_eq!(fault(&json!({ "type": form }), &document).is_none(), fits, "{form} {document}");
        }
    }

    #[test]
    fn rows_are_counted_from_zero() {
        let rows = json!([{ "a": "1", "l": [] }, { "a": "", "l": [] }]);
        assert_eq!(fault_in_rows(&schema(), &rows).map(|fault| fault.pointer).as_deref(), Some("/1/a"));
        assert_eq!(fault_in_rows(&schema(), &json!({})).map(|fault| fault.pointer).as_deref(), Some(""));
    }
}
