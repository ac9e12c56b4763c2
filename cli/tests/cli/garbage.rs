//! Whatever is handed in, the program answers: 0, 1 or 2, never a panic.

use crate::run::{code, document, quittance, run_with, sandbox, stderr};
use proptest::prelude::*;
use serde_json::Value;

/// Documents that are close to rows: the right shape with something wrong, or any JSON.
fn rows() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(|n| Value::from(n.to_string())),
        "[0-9]{0,40}".prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let name = prop_oneof![3 => Just("valuation".to_owned()), 1 => ".{0,6}"];
    let row = prop_oneof![
        4 => proptest::collection::btree_map(name, leaf.clone(), 0..3)
            .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        1 => leaf,
    ];
    proptest::collection::vec(row, 0..4).prop_map(Value::from)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn eval_answers_any_document(rows in rows()) {
        let dir = sandbox();
        let line = "rule eval uniform-price/v1 --terms terms.json --rows -";
        let output = run_with(dir.path(), line, rows.to_string().as_bytes());
        let document = document(&output);
        let expected = match code(&output) {
            0 => document.get("outcome").is_some(),
            1 => document.get("refusal").is_some(),
            2 => document["code"] == "file_malformed",
            _ => false,
        };
        prop_assert!(expected, "{rows}: {document} {}", stderr(&output));
    }

    #[test]
    fn eval_answers_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let dir = sandbox();
        let output = run_with(dir.path(), "rule eval uniform-price/v1 --terms - --rows rows.json", &bytes);
        prop_assert_eq!(code(&output), 2);
        prop_assert_eq!(&document(&output)["code"], "file_malformed");
    }

    #[test]
    fn any_words_are_answered(words in proptest::collection::vec("[ -~é\u{1b}]{0,12}", 0..5)) {
        let dir = sandbox();
        let output = quittance(dir.path()).args(&words).output().unwrap();
        prop_assert!((0..=2).contains(&code(&output)), "{words:?}");
        prop_assert!(!stderr(&output).contains("code: bug"), "{words:?}: {}", stderr(&output));
    }
}
