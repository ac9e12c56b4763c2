//! A sealed-bid round from signed files to a settlement that anyone can verify, in memory.

use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use quittance_circuits::proved::Prover;
use quittance_circuits::rules;
use quittance_engine::bundle::Bundle;
use quittance_engine::entry::UtcTime;
use quittance_engine::fixture_market::{FixtureMarket, FixtureRun};
use quittance_engine::forge::{Forger, Forgery};
use quittance_engine::operator::stored_verifying_key;
use quittance_engine::replay::replay;
use quittance_engine::settle::{commitments_of, round_of};
use quittance_engine::verdict::{State, Verdict};
use quittance_engine::verify::{Own, verify};
use quittance_engine::{Code, history};
use quittance_ledger::{Entry, MarketKey, MemoryAnchor, MemoryStore};
use rand_chacha::ChaCha20Rng;
use std::collections::BTreeMap;
use std::sync::OnceLock;

type Run = FixtureRun<MemoryStore, MemoryAnchor>;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/market/", $name))
    };
}

fn fixture() -> &'static FixtureMarket {
    static FIXTURE: OnceLock<FixtureMarket> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let [market, members] = [&fixture!("market.json")[..], fixture!("members.json")];
        FixtureMarket::read(market, members, fixture!("reports.json"), fixture!("test_secrets.json")).unwrap()
    })
}

fn prover() -> &'static dyn Prover {
    static PROVER: OnceLock<Box<dyn Prover>> = OnceLock::new();
    PROVER
        .get_or_init(|| {
            let rule = rules::find(fixture().rule()).unwrap().proved().unwrap();
            rule.setup("256", &mut ChaCha20Rng::from_seed(fixture().circuit_key_seed())).unwrap()
        })
        .as_ref()
}

fn run() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| {
        let mut time = 1_700_000_000_000;
        let mut clock = || {
            time += 1_000;
            time
        };
        let mut rng = StdRng::seed_from_u64(1);
        let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
        let python = fixture!("bids/kestrel-exams.json").to_vec();
        let foreign = BTreeMap::from([("kestrel-exams".to_owned(), python)]);
        fixture().run(store, anchor, prover(), &foreign, &mut rng, &mut clock).unwrap()
    })
}

fn market_key() -> MarketKey {
    run().operator.market_key()
}

fn bundle(round: usize) -> Bundle {
    run().operator.bundle(run().rounds[round].statement.round).unwrap()
}

fn shown(verdict: &Verdict) -> String {
    serde_json::to_string_pretty(verdict).unwrap()
}

fn forgeries() -> Vec<Forgery> {
    let run = run();
    let settled = &run.rounds[0];
    let market = run.operator.market();
    let round = round_of(market, settled.statement.round).unwrap();
    let entries: Vec<Entry> = run.operator.log().entries(0..settled.index).unwrap();
    let rule = rules::find(fixture().rule()).unwrap().proved().unwrap();
    let own = rule.setup("256", &mut StdRng::seed_from_u64(66)).unwrap();
    let forger = Forger {
        log_key: &fixture().log_key().unwrap(),
        operator_key: &fixture().person("operator").unwrap().signing_key,
        entries,
        needed: history::needed(run.operator.log(), market, round).unwrap(),
        round: round.index,
        close: round.closed().unwrap().index,
        statement: settled.statement.clone(),
        settlement: settled.settlement.clone(),
        openings: run.bids.iter().map(|bid| bid.opening.clone()).collect(),
        commitments: commitments_of(round),
        prover: prover(),
        own_prover: own.as_ref(),
        victim: run.bids[3].index,
    };
    forger.forge_all(&mut StdRng::seed_from_u64(3)).unwrap()
}

#[test]
fn a_member_verifies_a_bundle() {
    let bytes = bundle(0).to_bytes();
    let verdict = verify(&bytes, &market_key(), Own::default());
    assert!(verdict.verified, "{}", shown(&verdict));
    for bid in &run().bids {
        let receipt = bid.receipt.to_bytes();
        let own =
            Own { bid: Some(&bid.file), opening: Some(&bid.opening), receipt: Some(&receipt), seal: None };
        let verdict = verify(&bytes, &market_key(), own);
        assert!(verdict.verified, "{}: {}", bid.name, shown(&verdict));
        assert_eq!(verdict.checks.len(), 9);
        assert!(verdict.checks.iter().all(|check| check.state == State::Passed));
    }
}

#[test]
fn a_split_is_recomputed() {
    let verdict = verify(&bundle(1).to_bytes(), &market_key(), Own::default());
    assert!(verdict.verified, "{}", shown(&verdict));
    assert!(verdict.not_checked.iter().any(|what| what.contains("revenue comes from")));
}

#[test]
fn every_forgery_is_refused() {
    for forgery in forgeries() {
        let bid = &run().bids[3];
        let receipt = bid.receipt.to_bytes();
        let own = Own { receipt: forgery.needs_receipt.then_some(&receipt), ..Own::default() };
        let verdict = verify(&forgery.bundle, &market_key(), own);
        assert_eq!(verdict.code, Some(forgery.code), "{}: {}", forgery.name, shown(&verdict));
        assert!(!verdict.verified);
        if forgery.needs_receipt {
            // Without the receipt the forged past is consistent: that is what receipts are for.
            assert!(verify(&forgery.bundle, &market_key(), Own::default()).verified, "{}", forgery.name);
        }
    }
}

#[test]
fn one_changed_character_never_verifies() {
    let bytes = bundle(0).to_bytes();
    // Every position would take minutes: a sample of each stretch, all of the short fields among them.
    for position in (0..bytes.len()).step_by(97) {
        let mut changed = bytes.clone();
        changed[position] = if changed[position] == b'0' { b'1' } else { b'0' };
        let verdict = verify(&changed, &market_key(), Own::default());
        assert!(!verdict.verified, "byte {position}");
    }
}

#[test]
fn truncated_or_padded_bundles_are_refused() {
    let bytes = bundle(0).to_bytes();
    for length in [0, 1, bytes.len() / 2, bytes.len() - 1] {
        let verdict = verify(&bytes[..length], &market_key(), Own::default());
        assert_eq!(verdict.code, Some(Code::FileMalformed));
    }
    let verdict = verify(&[&bytes[..], b" "].concat(), &market_key(), Own::default());
    assert_eq!(verdict.code, Some(Code::FileMalformed));
    let verdict = verify(&[0xff, 0xfe], &market_key(), Own::default());
    assert_eq!(verdict.code, Some(Code::FileMalformed));
}

#[test]
fn another_market_key_verifies_nothing() {
    let mut key = market_key();
    key.entry0.0[0] ^= 1;
    let verdict = verify(&bundle(0).to_bytes(), &key, Own::default());
    assert_eq!(verdict.code, Some(Code::MarketMismatch));
}

#[test]
fn replay_agrees_twice_with_equal_bytes() {
    let log = run().operator.log();
    let key = |id| stored_verifying_key(log, id).unwrap();
    let now: UtcTime = "2029-01-01T00:00:00Z".parse().unwrap();
    let first = replay(log, &market_key(), &key, Some(now), |_| {}).unwrap();
    let second = replay(log, &market_key(), &key, Some(now), |_| {}).unwrap();
    assert!(first.agrees, "{}", serde_json::to_string_pretty(&first).unwrap());
    assert_eq!(first.to_bytes(), second.to_bytes());
    assert_eq!(first.rounds.len(), 2);
    assert!(first.rounds.iter().all(|round| round.status == "settled"));
}

#[test]
fn money_goes_round() {
    let run = run();
    let auction = &run.rounds[0].statement.outcome;
    let split = &run.rounds[1].statement;
    assert_eq!(auction["proceeds"], split.terms["revenue"]);
    let receipts: u128 = split.outcome["receipts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|amount| amount.as_str().unwrap().parse::<u128>().unwrap())
        .sum();
    assert_eq!(receipts.to_string(), auction["proceeds"].as_str().unwrap());
}
