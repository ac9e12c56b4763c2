//! The one JSON dialect of quittance: no floats, no bare numbers, no duplicate or unknown fields.
//!
//! [`parse`] reads any spelling of a document and refuses what the dialect does not know;
//! [`canonical`] writes the one spelling of RFC 8785. [`read`] and [`read_canonical`] go on to a Rust
//! type and compare what that type writes with what was read, so nothing is silently filled in or dropped.
//! Source: formats.md sections 1 and 7, rules.md section 0.1.

use serde::de::{DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{fmt, io};

/// Deepest nesting that any document of quittance has use for.
const MAX_DEPTH: usize = 16;

/// A document that breaks the dialect: `file_malformed`. Says what was wrong, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

impl Malformed {
    fn new(what: impl fmt::Display) -> Self {
        Self(what.to_string())
    }
}

/// Reads one JSON document in any spelling.
///
/// # Errors
/// Not UTF-8, not JSON, text after the document, a number, a duplicate field, a field name outside
/// ASCII, or nesting deeper than 16.
pub fn parse(bytes: &[u8]) -> Result<Value, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(Malformed::new)?;
    let Strict(value) = serde_json::from_str(text).map_err(Malformed::new)?;
    // Of the dialect `Strict` has seen to everything else.
    if !in_dialect(&value, MAX_DEPTH) {
        return Err(Malformed::new("nested too deeply"));
    }
    Ok(value)
}

/// The RFC 8785 spelling: fields sorted, no spaces, shortest escapes.
///
/// `serde_json` keeps fields in byte order and escapes exactly what RFC 8785 escapes; with ASCII field
/// names and no numbers nothing else is left to decide.
#[must_use]
pub fn canonical(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// The RFC 8785 spelling of a typed document.
#[must_use]
pub fn to_canonical<T: Serialize>(document: &T) -> Vec<u8> {
    canonical(&to_value(document))
}

/// The document as a JSON value.
#[must_use]
pub fn to_value<T: Serialize>(document: &T) -> Value {
    // Our document types have string keys and no failing serializers.
    serde_json::to_value(document).unwrap_or(Value::Null)
}

/// Reads a typed document from a JSON value, refusing unknown, missing and respelt fields.
///
/// # Errors
/// The value is not what `T` itself would write.
pub fn from_value<T: DeserializeOwned + Serialize>(value: &Value) -> Result<T, Malformed> {
    let document: T = T::deserialize(value).map_err(Malformed::new)?;
    if to_value(&document) == *value {
        Ok(document)
    } else {
        Err(Malformed::new("a field is missing or not in its only spelling"))
    }
}

/// Reads a typed document in any spelling of JSON.
///
/// # Errors
/// As [`parse`] and [`from_value`].
pub fn read<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, Malformed> {
    from_value(&parse(bytes)?)
}

/// Refuses a document of another schema than the one that was expected.
///
/// # Errors
/// It names another.
pub fn expect_schema(found: &str, expected: &str) -> Result<(), Malformed> {
    if found == expected {
        return Ok(());
    }
    Err(Malformed(format!("expected the schema `{expected}`, found `{found}`")))
}

/// Reads a typed document that must be in canonical spelling.
///
/// # Errors
/// As [`read`]; also any other spelling.
pub fn read_canonical<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, Malformed> {
    // A document that writes these very bytes is what was read, whatever read it. Payloads are read by the million.
    let document = serde_json::from_slice::<T>(bytes).ok();
    if let Some(document) = document {
        let value = to_value(&document);
        if in_dialect(&value, MAX_DEPTH) && is_spelt(&value, bytes) {
            return Ok(document);
        }
    }
    read_strictly(bytes)
}

/// Reads as [`read_canonical`] does, and finds what is wrong.
fn read_strictly<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, Malformed> {
    let value = parse(bytes)?;
    if canonical(&value) != bytes {
        return Err(Malformed::new("not in canonical form (RFC 8785)"));
    }
    from_value(&value)
}

/// Whether [`parse`] would read the value's canonical spelling.
fn in_dialect(value: &Value, depth: usize) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => true,
        Value::Number(_) => false,
        Value::Array(items) => depth > 0 && items.iter().all(|item| in_dialect(item, depth - 1)),
        Value::Object(fields) => {
            depth > 0 && fields.iter().all(|(name, field)| name.is_ascii() && in_dialect(field, depth - 1))
        }
    }
}

/// Whether these bytes are the value's canonical spelling.
fn is_spelt(value: &Value, bytes: &[u8]) -> bool {
    let mut rest = Rest(bytes);
    serde_json::to_writer(&mut rest, value).is_ok() && rest.0.is_empty()
}

/// Takes what it held already, and nothing else.
struct Rest<'a>(&'a [u8]);

impl io::Write for Rest<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.strip_prefix(bytes).ok_or(io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A value read without the leniencies of `serde_json::Value`.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, true, false, null, an array or an object (numbers are decimal strings)")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if !name.is_ascii() {
                return Err(serde::de::Error::custom("field names are ASCII"));
            }
            let Strict(value) = map.next_value()?;
            if fields.insert(name.clone(), value).is_some() {
                return Err(serde::de::Error::custom(format!("duplicate field `{name}`")));
            }
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_dialect() {
        for good in ["{}", "[]", "\"1\"", " { \"b\" : \"2\" , \"a\" : [ true , null ] } "] {
            assert!(parse(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "1",
            "-1",
            "1.0",
            "{\"a\":\"1\",\"a\":\"1\"}",
            "{\"a\":{\"b\":null,\"b\":null}}",
            "[1]",
            "{} {}",
            "{\"\u{e9}\":null}",
            "[null,]",
            "nul",
            "\"\u{0}\"",
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(parse(b"\"\xff\"").is_err());
        assert!(parse("[".repeat(17).as_bytes()).is_err());
        assert!(parse((("[".repeat(17)) + &"]".repeat(17)).as_bytes()).is_err());
    }

    /// Lists and objects alike, and no deeper where a shallow neighbour stands beside.
    #[test]
    fn nesting_is_at_most_16_deep() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[null,", "]"), ("{\"a\":null,\"b\":", "}")] {
            let nested = |depth: usize| open.repeat(depth) + "null" + &close.repeat(depth);
            assert!(parse(nested(16).as_bytes()).is_ok(), "{open}");
            assert!(parse(nested(17).as_bytes()).is_err(), "{open}");
        }
    }

    #[test]
    fn a_document_is_of_the_schema_that_is_expected() {
        assert_eq!(expect_schema("bundle/v1", "bundle/v1"), Ok(()));
        for other in ["bundle/v2", "bundle/v", "Bundle/v1", ""] {
            assert!(expect_schema(other, "bundle/v1").is_err(), "{other}");
        }
    }

    #[test]
    fn canonical_is_rfc_8785() {
        let value = parse(b"{ \"b\":\"\\u00e9\\u000a\\u001f\\/\", \"a\":[true,null] }").unwrap();
        let expected = "{\"a\":[true,null],\"b\":\"\u{e9}\\n\\u001f/\"}";
        assert_eq!(canonical(&value), expected.as_bytes());
    }

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        a: Option<String>,
    }

    #[test]
    fn nothing_is_filled_in() {
        assert!(read::<Sample>(b"{\"a\":null}").is_ok());
        assert!(read::<Sample>(b"{}").is_err());
        assert!(read::<Sample>(b"{\"a\":null,\"b\":null}").is_err());
        assert!(read_canonical::<Sample>(b"{\"a\":null}").is_ok());
        assert!(read_canonical::<Sample>(b"{ \"a\":null}").is_err());
    }

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Open {
        b: Value,
        a: std::collections::BTreeMap<String, Value>,
    }

    /// However a document breaks the dialect, in fields of any form too, both readers say the same.
    #[test]
    fn the_short_way_and_the_strict_way_agree() {
        let nested =
            |depth: usize| format!("{{\"a\":{{}},\"b\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        let mut texts: Vec<String> = [
            "{\"a\":{},\"b\":null}",
            "{\"a\":{\"x\":[true,\"1\"]},\"b\":{\"y\":\"\u{e9}\\n\"}}",
            "{\"a\":{},\"b\":1}",
            "{\"a\":{\"x\":{\"z\":-0.5}},\"b\":null}",
            "{\"a\":{\"\u{e9}\":null},\"b\":null}",
            "{\"a\":{\"x\":null,\"x\":null},\"b\":null}",
            "{\"a\":{\"y\":null,\"x\":null},\"b\":null}",
            "{\"b\":null,\"a\":{}}",
            "{\"a\":{},\"b\":\"\\u0041\"}",
            "{\"a\":{},\"b\":\"\\/\"}",
            "{\"a\":{}}",
            "{\"a\":{},\"b\":null} ",
            "{\"a\":{},\"b\":null}{}",
            "{\"a\":{},\"b\":null,\"c\":null}",
            "",
        ]
        .map(str::to_owned)
        .into();
        texts.extend([nested(14), nested(15), nested(16), nested(40), nested(200)]);
        let mut accepted = 0;
        for text in texts {
            for cut in (0..=text.len()).rev().take(3) {
                let bytes = &text.as_bytes()[..cut];
                let strict = read_strictly::<Open>(bytes);
                assert_eq!(read_canonical::<Open>(bytes), strict, "{text}");
                accepted += usize::from(strict.is_ok());
            }
        }
        assert_eq!(accepted, 6, "the two plain ones, 14 and 15 deep, and two that are cut to a plain one");
    }
}
