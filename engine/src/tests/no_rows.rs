//! Rounds in which nobody takes part: settled, verified and replayed like any other.

use crate::entry::{AdmittedRule, CircuitKeyId, Disclosure, Provenance, RoundEntry, RowSigners, Tier};
use crate::operator::stored_verifying_key;
use crate::replay::replay;
use crate::testing::settled::replayed;
use crate::testing::{TestMarket, fixed, rules, seal_secret};
use crate::verify::{Own, verify};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use quittance_circuits::proved::Prover;
use quittance_circuits::rules::find;
use serde_json::{Value, json};

/// A market with a circuit key of this size for a rule, and the key.
fn market(rule: &str, size: &str, rows: u32) -> (TestMarket, Box<dyn Prover>) {
    let proved = find(rule).and_then(|rule| rule.proved()).unwrap();
    let prover = proved.setup(size, &mut StdRng::seed_from_u64(8)).unwrap();
    let admitted = AdmittedRule {
        rule: fixed(rule),
        tier: Some(Tier { rows, items: None }),
        circuit_key: Some(CircuitKeyId(prover.verifying_key().id().0)),
        provenance: Some(Provenance::SingleParty),
    };
    let [_, split] = rules().try_into().unwrap_or_else(|_| panic!("two rules"));
    (TestMarket::with_members(vec![admitted, split]), prover)
}

/// Opens a round, closes it at once, settles, verifies and replays it.
fn settle(mut test: TestMarket, round: RoundEntry, signers: &[&str], prover: Option<&dyn Prover>) -> Value {
    test.put(round, signers);
    let round = test.last_round();
    let mut operator = replayed(&test);
    operator.close(round, 1_000_000).unwrap();
    let (hpke, mut rng) = (seal_secret("round"), StdRng::seed_from_u64(9));
    let settled = operator.settle(round, Some(&hpke), prover, &mut rng, 1_000_000);
    let (settled, _) = settled.unwrap_or_else(|error| panic!("{error}"));
    let key = operator.market_key();
    let verdict = verify(&operator.bundle(round).unwrap().to_bytes(), &key, Own::default());
    assert!(verdict.verified, "{verdict:?}");
    let stored = |id| stored_verifying_key(operator.log(), id).unwrap();
    let report = replay(operator.log(), &key, &stored, None, |_| {}).unwrap();
    assert!(report.agrees, "{report:?}");
    settled.statement.outcome
}

#[test]
fn an_auction_by_reports() {
    let (test, prover) = market("performance-auction/v1", "256", 256);
    let rule = fixed("performance-auction/v1");
    let round = RoundEntry {
        circuit_keys: test.market.rule(&rule).map(|state| state.keys()).unwrap_or_default(),
        rule,
        ..test.auction_of("river")
    };
    let outcome = settle(test, round, &["operator", "river"], Some(prover.as_ref()));
    assert_eq!((&outcome["sold"], &outcome["payments"]), (&json!("0"), &json!([])));
}

#[test]
fn a_contest_with_public_sizes() {
    for disclosure in [Disclosure::Public, Disclosure::Sealed] {
        let (test, prover) = market("resource-stackelberg/v1", "16", 16);
        let rule = fixed("resource-stackelberg/v1");
        let round = RoundEntry {
            circuit_keys: test.market.rule(&rule).map(|state| state.keys()).unwrap_or_default(),
            rule,
            disclosure,
            terms: json!({
                "centre_unit_cost": "1000000", "centres": [], "min_quality_ppm": "1",
                "unit_cost": "1000000", "value_scale": "5000000",
            }),
            items: Vec::new(),
            sellers: Vec::new(),
            row_signers: RowSigners::Owner,
            ..test.auction_of("river")
        };
        let outcome = settle(test, round, &["operator"], Some(prover.as_ref()));
        assert_eq!(outcome["budget"], "0");
    }
}

#[test]
fn a_split_among_nobody() {
    let test = TestMarket::with_members(rules());
    let round = test.split_of(None, 1_000);
    let outcome = settle(test, round, &["operator"], None);
    assert_eq!((&outcome["dust"], &outcome["receipts"]), (&json!("1000"), &json!([])));
}
