//! Every published vector of every rule, through `rule eval`.

use crate::run::{code, document, run};
use quittance_circuits::rules::find;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// The rows; a vector of many says how often its rows are repeated.
fn rows(vector: &Value) -> String {
    let Some(repeat) = vector.get("repeat") else {
        return format!("{:#}\n", vector["rows"]);
    };
    let rows: Vec<String> = vector["rows"].as_array().unwrap().iter().map(Value::to_string).collect();
    format!("[{}]", vec![rows.join(","); repeat.as_str().unwrap().parse().unwrap()].join(","))
}

#[test]
fn every_vector_has_its_outcome() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/rules");
    let dir = tempfile::tempdir().unwrap();
    let (mut outcomes, mut refusals) = (0, 0);
    for file in folder.read_dir().unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let vectors: Vec<Value> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for vector in vectors {
            let rule = vector["rule"].as_str().unwrap();
            assert!(find(rule).is_some(), "{rule} is published");
            let about = format!("{} {}", path.display(), vector["name"]);
            fs::write(dir.path().join("terms.json"), vector["terms"].to_string()).unwrap();
            // Any spelling will do here.
            fs::write(dir.path().join("rows.json"), rows(&vector)).unwrap();
            let output = run(dir.path(), &format!("rule eval {rule} --terms terms.json --rows rows.json"));
            let (exit, expected) = match vector.get("refusal") {
                None => (0, json!({ "outcome": vector["outcome"], "rule": rule, "schema": "outcome/v1" })),
                Some(refusal) => (1, json!({ "refusal": refusal, "rule": rule, "schema": "outcome/v1" })),
            };
            assert_eq!(document(&output), expected, "{about}");
            assert_eq!(code(&output), exit, "{about}");
            // RFC 8785: what `serde_json` prints, because fields are ASCII and there are no numbers.
            assert_eq!(output.stdout, format!("{expected}\n").into_bytes(), "{about}");
            *(if exit == 0 { &mut outcomes } else { &mut refusals }) += 1;
        }
    }
    assert!(outcomes >= 21 && refusals >= 3, "{outcomes} outcomes, {refusals} refusals");
}
