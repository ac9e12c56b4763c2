//! What commands print is of the published schemas.

use crate::demo::demo;
use crate::run::{code, document, run, sandbox, stderr};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

// The part of the program that explains where a document departs from a schema.
#[path = "../../src/locate.rs"]
#[allow(dead_code, reason = "half of it is about rows")]
mod locate;

/// The published schemas, by name.
fn schemas() -> &'static BTreeMap<String, Value> {
    static SCHEMAS: OnceLock<BTreeMap<String, Value>> = OnceLock::new();
    SCHEMAS.get_or_init(|| {
        let ask = |line: &str| document(&run(Path::new("."), &format!("{line} --json")));
        let kinds = ask("schema")["kinds"].clone();
        let kinds = kinds.as_array().unwrap().iter().map(|kind| kind.as_str().unwrap().to_owned());
        kinds.map(|kind| (kind.clone(), ask(&format!("schema {kind}")))).collect()
    })
}

/// The document that a line printed is of the schema that it names.
pub fn check(line: &str, document: &Value) {
    let name = document["schema"].as_str().unwrap_or_else(|| panic!("{line}: no schema: {document}"));
    let schema = schemas().get(name.trim_end_matches("/v1"));
    let schema = schema.unwrap_or_else(|| panic!("{line}: {name} is not published"));
    assert_eq!(locate::fault(schema, document), None, "{line}: {document}");
}

/// Lines that anybody can type, in a folder of example files.
const ANYWHERE: &[&str] = &[
    "rule list",
    "rule show uniform-price/v1",
    "rule explain revenue-share/v1",
    "rule diff uniform-price/v1 revenue-share/v1",
    "rule eval uniform-price/v1 --terms terms.json --rows rows.json",
    "rule eval nothing/v1 --terms terms.json --rows rows.json",
    "schema",
    "schema bid -o written.json",
    "help",
    "help trust",
    "help rule eval",
    "model commit model.bin",
    "model check model.bin model.json",
    "model check rows.json model.json",
    "key new acme",
    "demo --bids 3",
    "nothing",
];

/// Lines in a demo market.
const IN_A_MARKET: &[&str] = &[
    "verify rounds/1/bundle.json --market market.vkey",
    "verify rounds/1/bundle.json rounds/4/bundle.json --market market.vkey",
    "verify forged/bid-left-out.bundle.json --market market.vkey",
    "dispute exclusion private/acme-meters/receipt.tlog-proof rounds/1/bundle.json --market market.vkey",
    "bid check private/acme-meters/bid.json --opening private/acme-meters/opening.json",
    "bid show private/acme-meters/bid.json",
    "circuit-key check keys/uniform-price-v1-256.vk",
    "circuit-key check market.vkey",
];

/// Lines that need the market's ledger, to read it.
const ON_A_LEDGER: &[&str] = &[
    "ledger replay --ledger ledger --market market.vkey",
    "ledger show --ledger ledger",
    "ledger checkpoint --ledger ledger",
    "ledger checkpoint --since 50 --ledger ledger",
    "ledger watch ledger --market market.vkey",
    "round list",
    "round show 4",
    "member list",
    "circuit-key list",
];

#[test]
fn documents_are_of_their_schemas() {
    let dir = sandbox();
    let market = demo().0.path().join("market");
    let on_a_ledger = if cfg!(feature = "rocksdb") { ON_A_LEDGER } else { &[] };
    let lines = [(dir.path(), ANYWHERE), (&market, IN_A_MARKET), (&market, on_a_ledger)];
    for (place, line) in
        lines.into_iter().flat_map(|(place, lines)| lines.iter().map(move |line| (place, line)))
    {
        let output = run(place, &format!("{line} --json"));
        assert!((0..=2).contains(&code(&output)), "{line}: {}", stderr(&output));
        check(line, &document(&output));
    }
}

#[test]
fn published_files_are_of_their_schemas() {
    let market = demo().0.path().join("market");
    let read =
        |path: &str| -> Value { serde_json::from_slice(&std::fs::read(market.join(path)).unwrap()).unwrap() };
    for number in 1..=4 {
        let bundle = read(&format!("rounds/{number}/bundle.json"));
        check("bundle", &bundle);
        assert_eq!(locate::fault(&schemas()["statement"], &bundle["statement"]), None, "statement {number}");
        let statement = &bundle["statement"];
        let outcome = format!("{}/outcome", statement["rule"].as_str().unwrap());
        assert_eq!(locate::fault(&schemas()[&outcome], &statement["outcome"]), None, "{outcome} {number}");
    }
    let opening = read("private/acme-meters/opening.json");
    assert_eq!(locate::fault(&schemas()["opening"], &opening), None);
}
