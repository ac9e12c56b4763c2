//! Rules: terms and rows of anybody's making.

use crate::edit::edited;
use crate::fixtures;
use quittance_circuits::json;
use quittance_circuits::rule::{Disclosure, NoOutcome, PublishedRule};
use quittance_circuits::rules::{RULES, find};
use serde_json::{Value, json};
use std::sync::OnceLock;

/// A rule with terms and rows that it has an outcome for.
struct Example {
    rule: &'static dyn PublishedRule,
    document: Value,
}

fn examples() -> &'static Vec<Example> {
    static EXAMPLES: OnceLock<Vec<Example>> = OnceLock::new();
    EXAMPLES.get_or_init(|| {
        let mut examples = Vec::new();
        for rule in RULES {
            let name = format!("rules/{}.json", rule.id().replace('/', "-"));
            for case in fixtures::document(&name).as_array().into_iter().flatten() {
                let Some(rule) = case["rule"].as_str().and_then(find) else { continue };
                let document = json!({ "rows": case["rows"], "terms": case["terms"] });
                if document["rows"].as_array().is_some_and(|rows| rows.len() < 40) {
                    examples.push(Example { rule, document });
                }
            }
        }
        examples
    })
}

/// `rule`: a byte for the example, then edits of its terms and rows; or, below 16, for the rule, then both as JSON.
///
/// # Panics
/// A rule decides otherwise when it is asked again, or its forms disagree.
pub fn rule(bytes: &[u8]) {
    let Some(([which, also], rest)) = bytes.split_first_chunk::<2>() else { return };
    if *which < 16 {
        let Ok(document) = json::parse(rest) else { return };
        judge(RULES[usize::from(*which) % RULES.len()], &document);
        return;
    }
    let examples = examples();
    let nth = usize::from(u16::from_be_bytes([*which, *also])) % examples.len();
    let example = &examples[nth];
    judge(example.rule, &edited(&example.document, rest));
}

fn judge(rule: &dyn PublishedRule, document: &Value) {
    let (terms, rows) = (&document["terms"], &document["rows"]);
    let outcome = rule.evaluate(terms, rows);
    let of_terms = rule.check_terms(terms);
    let count = rows.as_array().map_or(0, Vec::len);
    if let Ok(outcome) = &outcome {
        assert_eq!(of_terms, Ok(()), "no outcome without terms");
        assert_eq!(rule.check_row_count(terms, count), Ok(()), "no outcome of so many rows");
        assert_eq!(rule.evaluate(terms, rows).as_ref(), Ok(outcome), "one outcome");
        // What is decided is a document of the dialect.
        assert_eq!(json::parse(&json::canonical(outcome)).as_ref(), Ok(outcome));
    }
    if let Err(NoOutcome::Malformed(_)) = of_terms {
        assert!(matches!(outcome, Err(NoOutcome::Malformed(_))));
    }
    for disclosure in [Disclosure::Public, Disclosure::Sealed] {
        let _ = (rule.evidence(terms, disclosure), rule.max_rows(terms));
        let width = rule.sealed_width(terms, disclosure);
        let first = rows.as_array().and_then(|rows| rows.first()).unwrap_or(rows);
        let _ = rule.check_row(terms, disclosure, first);
        for evaluated in [false, true] {
            let _ = rule.check_public(first, disclosure, evaluated);
        }
        let sealed = vec![u64::MAX; width.unwrap_or(0).min(64)];
        let _ = rule.row(terms, disclosure, &sealed, first);
        if let Ok(outcome) = &outcome {
            let _ = rule.publish(outcome.clone(), disclosure);
        }
    }
}
