//! Rounds with real keys: proved, verified, and lied about.

use super::super::circuit::PerformanceAuctionCircuit;
use super::super::subject::{gains, row, settle, terms};
use super::super::{Outcome, native};
use crate::json::to_value;
use crate::number::Amount;
use crate::proof_system::{ProofError, ProveError, ProvingKey, setup};
use crate::proved::{RoundClaim, RoundProof, RoundSecrets, prove_round, verify_round};
use crate::rule::{Disclosure, Published};
use crate::sealed::{Blinding, Commitment, Opening, commit_all};
use ark_std::rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::OnceLock;

fn key() -> &'static ProvingKey<PerformanceAuctionCircuit> {
    static KEY: OnceLock<ProvingKey<PerformanceAuctionCircuit>> = OnceLock::new();
    let circuit = PerformanceAuctionCircuit { capacity: 3, limb_bits: 8 };
    KEY.get_or_init(|| setup(circuit, &mut StdRng::seed_from_u64(21)).unwrap())
}

struct Market {
    terms: Value,
    columns: BTreeMap<String, Vec<Value>>,
    openings: Vec<Opening>,
    commitments: Vec<Commitment>,
    outcome: Outcome,
}

impl Market {
    /// Scores 8, 6, 6, 5, 4 in two shards; a tie over the cut is won by the earlier row.
    fn new() -> Self {
        let rng = &mut StdRng::seed_from_u64(22);
        let rows = [[4, 2, 1], [2, 3, 9], [3, 2, 2], [5, 1, 0], [1, 4, 4]].map(row);
        let terms = terms(2, 1);
        let outcome = settle(&terms, &rows);
        let column = |of: fn(&super::super::Gains) -> u64| {
            gains(&rows).iter().map(|gains| json!(of(gains).to_string())).collect()
        };
        let columns = BTreeMap::from([
            ("expected_gain_ppm".to_owned(), column(|gains| gains.expected_gain_ppm.0)),
            ("realised_gain_ppm".to_owned(), column(|gains| gains.realised_gain_ppm.0)),
        ]);
        let open = |row: &super::super::Row| {
            Opening::new(vec![row.valuation_per_ppm.0], Blinding::random(rng)).unwrap()
        };
        let openings: Vec<Opening> = rows.iter().map(open).collect();
        let commitments = commit_all(&openings);
        Self { terms: to_value(&terms), columns, openings, commitments, outcome }
    }

    fn with<T>(&self, act: impl FnOnce(&RoundClaim<'_>) -> T) -> T {
        let outcome = to_value(&self.outcome);
        let published = Published {
            terms: &self.terms,
            disclosure: Disclosure::Public,
            rows: self.commitments.len(),
            columns: &self.columns,
            outcome: &outcome,
        };
        act(&RoundClaim { statement: [5; 32], commitments: &self.commitments, published, results: &[] })
    }

    fn prove(&self) -> Result<RoundProof, ProveError> {
        let secrets = RoundSecrets { rows: &self.openings, results: &[] };
        self.with(|claim| prove_round(key(), claim, &secrets, &mut StdRng::seed_from_u64(23)))
    }

    fn verify(&self, proof: &RoundProof) -> Result<(), ProofError> {
        self.with(|claim| verify_round(&key().circuit, &key().verifying, claim, proof))
    }
}

#[test]
fn a_round_is_proved_in_shards() {
    let market = Market::new();
    assert_eq!(market.outcome.won, [true, true, false, false, false]);
    assert_eq!(market.outcome.clearing_price, Amount(6));
    let proof = market.prove().unwrap();
    assert_eq!(proof.shards.len(), 2);
    assert_eq!(market.verify(&proof), Ok(()));
}

/// Whoever reports another gain after the proof, or before it, gets no proof that holds.
#[test]
fn another_gain_is_refused() {
    let market = Market::new();
    let proof = market.prove().unwrap();
    for row in 0..5 {
        let mut changed = Market::new();
        changed.columns.get_mut("expected_gain_ppm").unwrap()[row] = json!("7");
        assert_eq!(changed.verify(&proof), Err(ProofError::Pairing), "row {row}");
    }
    let mut short = Market::new();
    short.columns.get_mut("expected_gain_ppm").unwrap().pop();
    assert!(matches!(short.verify(&proof), Err(ProofError::Claim(_))));
    short.columns.clear();
    assert!(matches!(short.verify(&proof), Err(ProofError::Claim(_))));
}

/// The later of two equal scores, a higher price, one winner fewer: nobody can prove it.
#[test]
fn another_outcome_cannot_be_proved() {
    for (won, price) in [
        ([true, false, true, false, false], 6),
        ([true, true, false, false, false], 5),
        ([true, true, false, false, false], 7),
        ([true, false, false, false, false], 1),
        ([true, true, true, false, false], 6),
    ] {
        let mut market = Market::new();
        let rows = [[4, 2, 1], [2, 3, 9], [3, 2, 2], [5, 1, 0], [1, 4, 4]].map(row);
        let claim = native::implied(&terms(2, 1), &gains(&rows), won.to_vec(), Amount(price));
        market.outcome = claim.unwrap();
        assert!(market.prove().is_err(), "{won:?} at {price}");
    }
}
