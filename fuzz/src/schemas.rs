//! Published schemas: they take what the parsers take, and what explains a departure from them points at it.

use quittance_circuits::json;
use quittance_circuits::rules::RULES;
use quittance_cli::parsers;
use quittance_engine::entry::{Kind, Payload};
use serde_json::Value;
use std::sync::OnceLock;

/// The published schemas: of payloads by their kind, then of terms and rows by the rule.
fn schemas() -> &'static Vec<Value> {
    static SCHEMAS: OnceLock<Vec<Value>> = OnceLock::new();
    SCHEMAS.get_or_init(|| {
        let kinds = Kind::ALL.iter().map(|kind| kind.schema().to_value());
        let rules = RULES.iter().flat_map(|rule| rule.schemas().map(|(_, schema)| schema.to_value()));
        kinds.chain(rules).collect()
    })
}

/// A byte for the published schema, then a document, which is compared with it.
///
/// # Panics
/// A payload that is accepted departs from its schema, or one departs at a place that is not there.
pub fn schema(bytes: &[u8]) {
    let Some((which, document)) = bytes.split_first() else { return };
    // As `rule eval` reads what may have numbers in it.
    let Ok(value) = serde_json::from_slice::<Value>(document) else { return };
    let nth = usize::from(*which) % schemas().len();
    let fault = parsers::fault(&schemas()[nth], &value);
    if let Some((pointer, what)) = &fault {
        assert!(!what.is_empty());
        assert!(value.pointer(pointer).is_some(), "{pointer} is not there");
    }
    if let Some(kind) = Kind::ALL.get(nth)
        && json::parse(document).is_ok()
        && Payload::parse(*kind, &json::canonical(&value)).is_ok()
    {
        assert_eq!(fault, None, "a {} departs from its schema", kind.word());
    }
}
