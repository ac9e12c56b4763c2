//! The cases of `fixtures/rules/` for evaluators that are not in the suite of [`crate::testing`] yet.

use crate::json::{self, to_value};
use crate::rule::Refusal;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A file of `fixtures/rules/`, a list.
pub fn list(file: &str) -> Vec<Value> {
    let path = format!("{}/../fixtures/rules/{file}.json", env!("CARGO_MANIFEST_DIR"));
    match json::parse(&std::fs::read(&path).unwrap()).unwrap() {
        Value::Array(cases) => cases,
        _ => panic!("{path} is a list of cases"),
    }
}

/// Compares every published outcome and refusal of a rule with its evaluator.
pub fn check<T, R, O>(file: &str, evaluate: impl Fn(&T, &[R]) -> Result<O, Refusal>)
where
    T: DeserializeOwned + Serialize,
    R: DeserializeOwned + Serialize,
    O: DeserializeOwned + Serialize,
{
    let cases = list(file);
    assert_eq!(cases.len(), 12, "{file}");
    for case in cases {
        let name = &case["name"];
        let terms: T = json::from_value(&case["terms"]).unwrap();
        let rows: Vec<R> = json::from_value(&case["rows"]).unwrap();
        match (case.get("outcome"), evaluate(&terms, &rows)) {
            (Some(expected), Ok(outcome)) => {
                assert_eq!(to_value(&outcome), *expected, "{file}: {name}");
                json::from_value::<O>(expected).unwrap();
            }
            (None, Err(refusal)) => assert_eq!(case["refusal"], refusal.0, "{file}: {name}"),
            (expected, outcome) => {
                let outcome = outcome.map(|outcome| to_value(&outcome));
                panic!("{file}: {name}: {outcome:?} instead of {expected:?}");
            }
        }
    }
}
