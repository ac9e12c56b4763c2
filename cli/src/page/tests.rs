//! A page for every rule, and words of a file that stay words. In a browser: `cli/page/report/test`.

use super::*;
use quittance_circuits::number::Count;
use quittance_circuits::rules::{RULES, find};
use quittance_circuits::{json, rule::Disclosure};
use quittance_engine::verdict::Check;
use quittance_engine::verify::{Own, verify};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

fn golden(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden/v1/market").join(name))
        .unwrap()
}

fn key() -> MarketKey {
    String::from_utf8(golden("market.vkey")).unwrap().parse().unwrap()
}

fn page_of(bytes: &[u8], names: &[Vec<u8>]) -> String {
    let (bundle, verdict) = (Bundle::parse(bytes).unwrap(), verify(bytes, &key(), Own::default()));
    Report { bundle: &bundle, bytes, verdict: &verdict, key: &key(), names }.render()
}

/// A bundle that says of a round what the rule's worked example does. Nothing of it verifies, which no page minds.
fn example(rule: &str) -> Bundle {
    let examples = json::parse(include_bytes!("../../../fixtures/rules/examples.json")).unwrap();
    let example =
        examples.as_array().unwrap().iter().find(|example| example["rule"] == rule).unwrap().clone();
    let rows = example["rows"].as_array().unwrap().clone();
    let found = find(rule).unwrap();
    let outcome = match found.id() {
        // What no settlement has.
        "competition-aware-allocation/v1" => found.publish(example["outcome"].clone(), Disclosure::Public),
        _ => example["outcome"].clone(),
    };
    let mut public: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for column in found.columns().iter().filter(|column| !column.is_sealed(Disclosure::Public)) {
        public.insert(column.name.into(), rows.iter().map(|row| row[column.name].clone()).collect());
    }
    for (name, column) in found.result_columns(&outcome).unwrap().as_object().unwrap() {
        public.insert(name.clone(), column.as_array().unwrap().clone());
    }
    // An auction of twelve rows has entries enough for all.
    let mut bundle = Bundle::parse(&golden("rounds/1/bundle.json")).unwrap();
    let statement = &mut bundle.statement;
    (statement.rule, statement.terms) = (rule.parse().unwrap(), example["terms"].clone());
    (statement.outcome, statement.public, statement.rows) = (outcome, public, Count(rows.len() as u64));
    bundle
}

fn verified() -> Verdict {
    let check = Check { name: "money".into(), state: State::Passed, compared: "as said".into() };
    Verdict { verified: true, checks: vec![check], ..verify(b"{}", &key(), Own::default()) }
}

#[test]
fn every_rule_has_a_page() {
    for rule in RULES {
        let bundle = example(rule.id());
        let bytes = bundle.to_bytes();
        let verdict = Verdict { code: None, hint: None, ..verified() };
        let page =
            Report { bundle: &bundle, bytes: &bytes, verdict: &verdict, key: &key(), names: &[] }.render();
        let facts = Facts::of(&bundle, &[]);
        let (id, words) = (rule.id(), facts.words);
        assert!(!words.headline(&facts).starts_with("A settlement of"), "{id}: no headline");
        assert!(!words.figures(&facts).is_empty(), "{id}: no figures");
        let balance = Balance::of(&facts);
        assert_eq!(balance.wrong, None, "{id}");
        let (paid, out) = balance.sums().unwrap();
        assert_eq!(paid, out, "{id}");
        let moves = ["fine-tuning-participation/v1", "data-sharing/v1", "data-coalition/v1"]
            .iter()
            .all(|still| *still != id);
        assert_eq!(!balance.is_empty(), moves, "{id}");
        assert_eq!(page.contains("Money in equals money out"), moves, "{id}");
        assert_eq!(page.contains("<figure class=\"flow\">"), moves, "{id}");
        assert!(page.contains("✓ </span>Verified"), "{id}");
        assert_eq!(page.matches("<script").count(), 2 + frame::SCRIPT.matches("<script").count(), "{id}");
    }
}

#[test]
fn golden_bundles_have_pages_that_are_read_back() {
    for round in 1..=11 {
        let bytes = golden(&format!("rounds/{round}/bundle.json"));
        let page = page_of(&bytes, &[]);
        let read = Page::parse(page.as_bytes()).unwrap();
        assert_eq!(read.bundle, bytes, "round {round}");
        let verdict = read.judge(verify(&bytes, &key(), Own::default()), &key());
        assert!(verdict.verified, "round {round}: {verdict:?}");
        assert_eq!(
            verdict.checks.last().map(|check| (check.name.as_str(), check.state)),
            Some(("page", State::Passed))
        );
    }
}

#[test]
fn a_changed_page_is_refused() {
    let bytes = golden("rounds/1/bundle.json");
    let page = page_of(&bytes, &[]);
    let verdict = verify(&bytes, &key(), Own::default());
    for (from, to) in
        [("5 of 12", "6 of 12"), ("</main>", "<p>paid</p></main>"), ("default-src 'none'", "default-src *")]
    {
        let changed = page.replacen(from, to, 1);
        assert_ne!(changed, page, "{from}");
        let judged = Page::parse(changed.as_bytes()).unwrap().judge(verdict.clone(), &key());
        assert_eq!(
            (judged.verified, judged.code.map(|code| code.word())),
            (false, Some("file_malformed")),
            "{from}"
        );
    }
    // Of another version nothing is claimed.
    let older = page.replace(
        &format!("content=\"quittance {}\"", env!("CARGO_PKG_VERSION")),
        "content=\"quittance 0.0.1\"",
    );
    let judged = Page::parse(older.as_bytes()).unwrap().judge(verdict, &key());
    assert_eq!(judged.checks.last().map(|check| check.state), Some(State::NotMade));
    for broken in
        ["<!DOCTYPE html>".to_owned(), page.repeat(2), page.replace("text/plain\">ey", "text/plain\">*")]
    {
        assert!(Page::parse(broken.as_bytes()).is_err());
    }
}

/// The page's own markup around whatever a file says.
fn words_of(page: &str) -> &str {
    let (_, body) = page.split_once("<body>").unwrap();
    body.split_once("<script").unwrap().0
}

#[test]
fn hostile_words_are_escaped() {
    let evil = "</script><img src=x onerror=alert(1)>\u{202e}\"'";
    let mut bundle = Bundle::parse(&golden("rounds/7/bundle.json")).unwrap();
    let statement = &mut bundle.statement;
    statement.terms = json!({ evil: [{ evil: evil }], "fee_bps": evil });
    statement.outcome = json!({ evil: evil, "payments": [evil, evil, evil, evil, evil], "total": evil });
    statement.public = [(evil.to_owned(), vec![json!(evil); 5])].into();
    let verdict =
        Verdict { about: evil.into(), hint: Some(evil.into()), not_checked: vec![evil.into()], ..verified() };
    let verdict = Verdict {
        verified: false,
        checks: vec![Check { name: evil.into(), state: State::Failed, compared: evil.into() }],
        ..verdict
    };
    let bytes = bundle.to_bytes();
    let page = Report { bundle: &bundle, bytes: &bytes, verdict: &verdict, key: &key(), names: &[] }.render();
    let words = words_of(&page);
    assert!(!words.contains("<img") && !words.contains("</script") && !words.contains('\u{202e}'));
    assert!(words.contains("&lt;img src=x onerror=alert(1)&gt;"));
    // Numbers at the ends of what files may hold.
    bundle.statement.public.clear();
    bundle.statement.terms = json!({ "fee_bps": "340282366920938463463374607431768211455" });
    for number in ["340282366920938463463374607431768211455", "0"] {
        let statement = &mut bundle.statement;
        statement.outcome = json!({ "payments": [number, number, number, number, number], "total": number, "fee": number, "proceeds": [number, number], "prices": [number, number] });
        let bytes = bundle.to_bytes();
        page_of(&bytes, &[]);
    }
    bundle.statement.rows = Count(u64::MAX);
    page_of(&bundle.to_bytes(), &[]);
}

#[test]
fn only_signed_names_are_shown() {
    let name = |name: &str| json::canonical(&json!({ "name": name, "salt": "00".repeat(32) }));
    let page = page_of(&golden("rounds/1/bundle.json"), &[name("<b>mallory</b>"), b"{".to_vec()]);
    assert!(!words_of(&page).contains("mallory"));
    assert!(Page::parse(page.as_bytes()).is_ok());
}

#[test]
fn pages_may_ask_nobody() {
    for page in [page_of(&golden("rounds/1/bundle.json"), &[]), verifier()] {
        let policy =
            page.split("Content-Security-Policy\" content=\"").nth(1).unwrap().split('"').next().unwrap();
        assert!(
            policy.starts_with("default-src &#39;none&#39;;") || policy.starts_with("default-src 'none';"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'), "{policy}");
        assert!(!words_of(&page).contains("http"), "nothing to follow");
        assert!(!page.contains("style=\""));
    }
    // A script that spoke of its own end would end there.
    let script = frame::SCRIPT;
    assert!(!script.contains("</script") && !script.contains("<!--"));
}
