//! Every reason for refusal: its order, its cases, its fixtures.

use super::{fixture, json_fixture};
use crate::admit::admit;
use crate::market::Market;
use crate::reject::{Code, Reject, Stage};
use crate::seal::HpkeSecret;
use crate::testing::cases::{Attempt, all};
use crate::testing::disputes::evidence_files;
use crate::testing::fixtures::reject_files;
use crate::testing::verify_fixtures::verify_files;
use crate::testing::{TestMarket, seal_secret};
use crate::verify::{Own, verify};
use quittance_circuits::number::Wide;
use quittance_ledger::{Entry, MarketKey};
use serde_json::Value;
use std::collections::BTreeSet;

/// The code without a fixture: `round_full` needs 65,536 rows (`market::a_full_round_takes_no_row`).
fn has_no_fixture(code: Code) -> bool {
    code == Code::RoundFull
}

/// What is said to evidence has a folder of its own, `fixtures/evidence/`.
fn is_of_evidence(code: Code) -> bool {
    code.stage() == Stage::Evidence
}

/// Codes that no submission and no next entry is refused with: they are about what an operator has published, in
/// `reject/verify/`.
fn is_of_bundles(code: Code) -> bool {
    let of_market = [Code::LogInvalid, Code::KeyUnknown, Code::KeyMismatch, Code::KeyUnsafe];
    let of_ending = [Code::BidSetMismatch, Code::ProofMalformed];
    code.stage() > Stage::Bid
        && !is_of_evidence(code)
        && !of_market.contains(&code)
        && !of_ending.contains(&code)
}

#[test]
fn the_order_is_the_published_one() {
    let readme = String::from_utf8(fixture("reject/README.md")).unwrap();
    let published: Vec<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(code, _)| code)
        .collect();
    let ours: Vec<&str> = Code::ALL.iter().map(|code| code.word()).collect();
    assert_eq!(ours, published);
    assert!(Code::ALL.windows(2).all(|pair| pair[0] < pair[1] && pair[0].stage() <= pair[1].stage()));
    for code in Code::ALL {
        assert_eq!(Code::of_word(code.word()), Some(*code));
        assert!(!code.hint().is_empty() && code.hint().lines().count() == 1, "{code}");
    }
    assert_eq!(Code::of_word(""), None);
}

#[test]
fn codes_of_the_ledger_are_ours() {
    for word in ["file_malformed", "file_too_large", "kind_unknown", "version_unknown", "signature_invalid"]
        .into_iter()
        .chain([
            "checkpoint_malformed",
            "market_mismatch",
            "checkpoint_signature_invalid",
            "quorum_missing",
            "inclusion_invalid",
        ])
        .chain(["log_forked", "range_invalid"])
    {
        assert!(Code::of_word(word).is_some(), "{word}");
    }
}

fn attempt(test: &TestMarket, attempt: Attempt) -> Result<(), Reject> {
    let mut market = test.market.clone();
    let secret = seal_secret("round");
    let result = match attempt {
        Attempt::Admit(bytes) => admit(&market, |_| Some(&secret), &bytes, 0).map(drop),
        Attempt::Apply(entry) => market.apply(market.next_index(), &entry),
        Attempt::ApplyAt(index, entry) => market.apply(index, &entry),
    };
    assert_eq!(market, test.market, "a refused entry changed the market");
    result
}

#[test]
fn every_case_is_refused_with_its_code() {
    let example = TestMarket::example();
    for case in all() {
        let mut test = example.clone();
        let result = (case.run)(&mut test);
        let reject = attempt(&test, result).expect_err(case.about);
        assert_eq!(reject.code, case.code, "{}: {reject}", case.about);
        assert_eq!(reject.to_string().lines().count(), 1, "{reject}");
    }
    let codes: BTreeSet<Code> = all().into_iter().map(|case| case.code).collect();
    for code in Code::ALL {
        assert_eq!(
            codes.contains(code),
            !has_no_fixture(*code) && !is_of_bundles(*code) && !is_of_evidence(*code),
            "{code}"
        );
    }
}

#[test]
fn fixtures_are_current() {
    for (name, text) in reject_files() {
        let found = fixture(&format!("reject/{name}"));
        let again = "cargo run -p quittance-engine --features testing --example reject_fixtures";
        assert!(found == text.as_bytes(), "reject/{name} differs: {again}");
    }
    for (name, bytes) in evidence_files() {
        let again = "cargo run -p quittance-engine --features testing --example reject_fixtures";
        assert!(fixture(&format!("evidence/{name}")) == bytes, "evidence/{name} differs: {again}");
    }
    for (name, bytes) in verify_files() {
        let again = "cargo run -p quittance-engine --features testing --example reject_fixtures";
        assert!(fixture(&format!("reject/verify/{name}")) == bytes, "reject/verify/{name} differs: {again}");
    }
}

/// What another implementation would do with the folder of bundles.
#[test]
fn every_bundle_is_refused_with_its_code() {
    let file = |name: &str| fixture(&format!("reject/verify/{name}"));
    let key = |name: &str| -> MarketKey { String::from_utf8(file(name)).unwrap().parse().unwrap() };
    for (bundle, market) in
        [("honest.bundle.json", "market.vkey"), ("witnessed.bundle.json", "witnessed.vkey")]
    {
        assert!(verify(&file(bundle), &key(market), Own::default()).verified, "{bundle}");
    }
    let mut seen = BTreeSet::new();
    for case in json_fixture("reject/verify/expected.json").as_array().unwrap() {
        let brought = |name: &str| case[name].as_str().map(file);
        let (bid, receipt) = (brought("bid"), brought("receipt"));
        let own = Own { bid: bid.as_deref(), receipt: receipt.as_deref(), ..Own::default() };
        let key = key(case["market"].as_str().unwrap());
        let verdict = verify(&brought("bundle").unwrap(), &key, own);
        assert_eq!(verdict.code.map(|code| code.word()), case["code"].as_str(), "{}", case["about"]);
        seen.extend(verdict.code);
    }
    for code in Code::ALL.iter().filter(|code| is_of_bundles(**code)) {
        assert_eq!(seen.contains(code), !has_no_fixture(*code), "{code}");
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn entry(value: &Value) -> Entry {
    Entry::decode(&bytes(value)).unwrap()
}

/// What another implementation would do with the folder, from its files alone.
#[test]
fn every_fixture_is_refused_with_its_code() {
    let ledger = json_fixture("reject/ledger.json");
    let entries = ledger["entries"].as_array().unwrap();
    let secret = HpkeSecret::from_bytes(&bytes(&ledger["hpke_secret"]).try_into().unwrap());
    let mut base = Market::open(&entry(&entries[0])).unwrap();
    for (index, text) in entries.iter().enumerate().skip(1) {
        base.apply(index as u64, &entry(text)).unwrap();
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/reject");
    let mut seen = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".json") || name == "ledger.json" {
            continue;
        }
        let fixture = json_fixture(&format!("reject/{name}"));
        let code = fixture["code"].as_str().unwrap();
        assert_eq!(name, format!("{code}.json"));
        for case in fixture["cases"].as_array().unwrap() {
            let found = refusal(base.clone(), &secret, case).expect_err(name.as_str());
            assert_eq!(found.code(), code, "{}: {found}", case["about"]);
        }
        seen.insert(Code::of_word(code).unwrap());
    }
    for code in Code::ALL {
        assert_eq!(
            seen.contains(code),
            !has_no_fixture(*code) && !is_of_bundles(*code) && !is_of_evidence(*code),
            "{code}"
        );
    }
}

fn refusal(mut market: Market, secret: &HpkeSecret, case: &Value) -> Result<(), Reject> {
    for text in case["entries"].as_array().unwrap() {
        market.apply(market.next_index(), &entry(text)).unwrap();
        let settled = market.rounds().into_iter().find(|round| round.settled().is_some());
        if let Some((id, seller)) = settled.map(|round| (round.id, round.entry.sellers[0])) {
            let proceeds = Wide(case["proceeds"].as_str().unwrap().parse().unwrap());
            market.record_settlement(id, [(seller, proceeds)].into()).unwrap();
        }
    }
    if let Some(submission) = case.get("admit") {
        let mut submission = bytes(submission);
        let spaces = case.get("spaces").map_or(0, |spaces| spaces.as_str().unwrap().parse().unwrap());
        submission.resize(submission.len() + spaces, b' ');
        return admit(&market, |_| Some(secret), &submission, 0).map(drop);
    }
    let index =
        case.get("index").map_or(market.next_index(), |index| index.as_str().unwrap().parse().unwrap());
    market.apply(index, &entry(&case["apply"]))
}
