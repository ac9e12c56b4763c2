//! Evidence against an operator, through the binary: packed by a member, verified by a stranger.

use crate::demo::demo;
use crate::run::{code, document, run, stderr};
use crate::schemas::check;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Bundles of the demo's forger and whose receipt contradicts them. A bundle that somebody has cut is nobody's word.
const FORGED: [(&str, &str, &str); 7] = [
    ("bid-left-out", "acme-meters", "bid_set_mismatch"),
    ("price-raised", "acme-meters", "proof_invalid"),
    ("another-winner", "acme-meters", "proof_invalid"),
    ("another-circuit-key", "acme-meters", "key_mismatch"),
    ("payment-changed", "acme-meters", "payment_mismatch"),
    ("money-lost", "acme-meters", "conservation_violated"),
    ("entry-edited", "delta-census", "log_forked"),
];

fn pack(place: &Path, bundle: &str, member: &str, more: &str) -> std::process::Output {
    let market = demo().0.path().join("market");
    let market = market.display();
    let line = format!(
        "dispute exclusion {market}/private/{member}/receipt.tlog-proof {bundle} --market {market}/market.vkey {more} --json"
    );
    run(place, &line)
}

#[test]
fn strangers_are_shown_what_was_forged() {
    let market = demo().0.path().join("market");
    let place = tempfile::tempdir().unwrap();
    for (forged, member, contradiction) in FORGED {
        let bundle = market.join(format!("forged/{forged}.bundle.json")).display().to_string();
        let bid = format!("--bid {}/private/{member}/bid.json -o {forged}.json", market.display());
        let output = pack(place.path(), &bundle, member, &bid);
        assert_eq!(code(&output), 0, "{forged}: {} {}", document(&output), stderr(&output));
        let made = document(&output);
        check(&bid, &made);
        let said = made["verdict"]["checks"].as_array().unwrap().last().unwrap()["compared"].clone();
        assert!(said.as_str().unwrap().starts_with(contradiction), "{forged}: {said}");
        // A stranger has the file and the market's key.
        fs::copy(market.join("market.vkey"), place.path().join("market.vkey")).unwrap();
        let verify = format!("verify {forged}.json --market market.vkey --json");
        let output = run(place.path(), &verify);
        assert_eq!((code(&output), &document(&output)), (0, &made["verdict"]), "{forged}");
        let evidence: Value =
            serde_json::from_slice(&fs::read(place.path().join(format!("{forged}.json"))).unwrap()).unwrap();
        check(forged, &evidence);
    }
}

#[test]
fn nothing_is_written_against_an_honest_operator() {
    let market = demo().0.path().join("market");
    let place = tempfile::tempdir().unwrap();
    let honest = market.join("rounds/1/bundle.json");
    let output = pack(place.path(), &honest.display().to_string(), "acme-meters", "-o no.json");
    assert_eq!((code(&output), document(&output)["code"].as_str()), (1, Some("evidence_refuted")));
    // Damaged so that `verify` would reject it.
    let damaged = fs::read_to_string(&honest).unwrap().replacen(r#""rows":"12""#, r#""rows":"11""#, 1);
    fs::write(place.path().join("damaged.json"), damaged).unwrap();
    let output = pack(place.path(), "damaged.json", "acme-meters", "-o no.json");
    let error = document(&output);
    assert_eq!((code(&output), error["code"].as_str()), (2, Some("evidence_inconclusive")), "{error}");
    assert!(error["what"].as_str().unwrap().contains("statement_mismatch"), "{error}");
    let other = market.join("rounds/3/bundle.json").display().to_string();
    let output = pack(place.path(), &other, "acme-meters", "-o no.json");
    assert_eq!((code(&output), document(&output)["code"].as_str()), (2, Some("bid_missing")));
    let bid = format!("--bid {}/private/acme-meters/bid.json -o no.json", market.display());
    let output = pack(place.path(), &other, "acme-meters", &bid);
    assert_eq!((code(&output), document(&output)["code"].as_str()), (2, Some("evidence_inconclusive")));
    assert!(!place.path().join("no.json").exists());
}

#[test]
fn damaged_evidence_is_no_answer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/evidence");
    let expected: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let exit = |outcome: &Value| match outcome.as_str() {
        Some("holds") => 0,
        Some("refuted") => 1,
        _ => 2,
    };
    for (name, how) in expected.as_object().unwrap() {
        let output = run(&folder, &format!("verify {name} --market market.vkey --json"));
        assert_eq!(code(&output), exit(&how["outcome"]), "{name}: {}", document(&output));
        let cut = fs::read(folder.join(name)).unwrap();
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("cut.json"), &cut[..cut.len() / 2]).unwrap();
        let line = format!("verify cut.json --market {}/market.vkey --json", folder.display());
        let output = run(place.path(), &line);
        assert_eq!(
            (code(&output), document(&output)["code"].as_str()),
            (2, Some("evidence_inconclusive")),
            "{name}"
        );
    }
}
