//! The ends of the rule, each proved and verified, published and sealed, with padding rows and actions and without.

use super::super::circuit::TIERS;
use super::*;
use crate::proof_system::{ProofError, ProveError, ProvingKey, setup};
use crate::sealed::{Side, balance, balances};
use crate::testing::links::Committed;
use crate::testing::round::record;
use ark_std::rand::Rng;
use std::sync::OnceLock;

const MAX: u64 = u64::MAX;

fn rng() -> StdRng {
    StdRng::seed_from_u64(9)
}

/// A key for four rows and three actions.
fn key() -> &'static ProvingKey<AllocationCircuit> {
    static KEY: OnceLock<ProvingKey<AllocationCircuit>> = OnceLock::new();
    let circuit = AllocationCircuit { rows: 4, actions: 3, limb_bits: 6 };
    KEY.get_or_init(|| setup(circuit, &mut rng()).unwrap())
}

/// Settles, proves and verifies: the rows are steered to these actions, and with the same data for all they would have
/// earned this. No other allocation and no other sum verifies with the proof.
fn proved(values: &[u64], numbers: &[[u64; 2]], actions: &[Option<u64>], baseline: u64) {
    let (terms, rows) = (terms(values), rows(numbers));
    let outcome = settle(&terms, &rows);
    assert_eq!(outcome, steering(&terms, &outcome, actions), "{numbers:?}");
    assert_eq!(outcome.baseline_revenue, Wide(baseline.into()), "{numbers:?}");
    for disclosure in [Disclosure::Public, Disclosure::Sealed] {
        let honest = Committed::new(round(disclosure, &terms, &rows, &outcome));
        let proof = honest.prove(key()).unwrap_or_else(|error| panic!("{numbers:?}: {error}"));
        assert_eq!(honest.verify(key(), &proof), Ok(()), "{numbers:?}");
        let results = if disclosure == Disclosure::Sealed { 3 * 96 } else { 0 };
        assert_eq!(proof.shards[0].to_bytes().len(), 224 + 32 + 2 * 32 + results);
        let refused = |claim: &Outcome| {
            let mut other = honest.clone();
            other.round.outcome = to_value(claim);
            assert_eq!(other.verify(key(), &proof), Err(ProofError::Pairing), "{numbers:?}: {claim:?}");
        };
        let sums: [fn(&mut Outcome) -> &mut Wide; 3] =
            [|claim| &mut claim.total_revenue, |claim| &mut claim.total, |claim| &mut claim.baseline_revenue];
        for sum in sums {
            let mut claim = outcome.clone();
            let sum = sum(&mut claim);
            sum.0 = sum.0.wrapping_add(1);
            refused(&claim);
        }
        for row in (0..rows.len()).filter(|_| disclosure == Disclosure::Public) {
            let mut other = actions.to_vec();
            other[row] = if other[row].is_some() { None } else { Some(0) };
            refused(&steering(&terms, &outcome, &other));
        }
    }
}

#[test]
fn nobody_and_nothing() {
    proved(&[5], &[], &[], 0);
    proved(&[0, 0, 0], &[[7, 0], [7, 1]], &[None, None], 0);
    proved(&[5, 6], &[[0, 2], [4, 3]], &[None, None], 0);
    proved(&[5], &[[MAX - 1, MAX], [0, 1]], &[None, None], 0);
}

#[test]
fn ties_of_every_kind() {
    // The earlier rows take the earlier actions.
    proved(&[7, 7, 7], &[[7, 0], [7, 0], [7, 0], [7, 0]], &[Some(0), Some(1), Some(2), None], 7);
    proved(&[7, 7], &[[2, 9], [3, 1], [3, 0]], &[Some(1), Some(0), None], 14);
    proved(&[1, 1], &[[0, 1], [2, 9]], &[Some(1), None], 1);
}

#[test]
fn chains_of_displaced_rows() {
    proved(&[30, 20, 10], &[[7, 0], [3, 0], [1, 0]], &[Some(2), Some(1), Some(0)], 30);
    proved(&[9, 8], &[[3, 0], [1, 0], [0, 0]], &[Some(1), Some(0), None], 9);
    // A worthless action in between is nobody's, also as a baseline.
    proved(&[9, 0, 8], &[[7, 1], [2, 1], [6, 2]], &[Some(0), None, Some(2)], 8);
}

#[test]
fn largest_numbers_are_proved() {
    proved(&[MAX, 1], &[[MAX, MAX], [0, 0]], &[Some(1), Some(0)], MAX);
    proved(&[MAX, MAX - 1], &[[MAX, 1], [MAX - 1, 1 << 63]], &[Some(0), Some(1)], MAX - 1);
}

/// A full round of the largest numbers, in every published size: no range is too narrow.
#[test]
fn largest_rounds_fit() {
    for circuit in TIERS {
        let matrices = record(&circuit, &circuit.blank());
        let terms = Terms { discount_bps: BasisPoints(10_000), ..terms(&vec![MAX; circuit.actions]) };
        for mask in [MAX, 0, 1] {
            let rows = rows(&vec![[mask, 0]; circuit.rows]);
            let round = round(Disclosure::Public, &terms, &rows, &settle(&terms, &rows));
            assert!(round.accepted(&circuit, &matrices), "{circuit:?} {mask}");
        }
    }
}

/// A false claim has no proof from the rule's own prover, and a true one has none for other rows or terms.
#[test]
fn false_claims_are_not_proved() {
    let (terms, rows) = (terms(&[30, 20]), rows(&[[3, 0], [1, 0], [2, 1]]));
    let outcome = settle(&terms, &rows);
    for disclosure in [Disclosure::Public, Disclosure::Sealed] {
        let honest = Committed::new(round(disclosure, &terms, &rows, &outcome));
        let proof = honest.prove(key()).unwrap();
        for actions in [
            [Some(1), Some(0), None],
            [Some(0), None, None],
            [None, None, Some(1)],
            [None, None, None],
            [Some(0), Some(1), None],
            [None, Some(0), Some(1)],
        ] {
            let claim = steering(&terms, &outcome, &actions);
            assert_ne!(claim, outcome);
            let claimed = Committed::new(round(disclosure, &terms, &rows, &claim));
            let refused = claimed.prove(key()).unwrap_err();
            assert!(matches!(refused, ProveError::Unsatisfied(_)), "{actions:?}: {refused}");
            assert_eq!(claimed.verify(key(), &proof), Err(ProofError::Pairing), "{actions:?}");
        }
        let refused = |change: &dyn Fn(&mut Committed)| {
            let mut other = honest.clone();
            change(&mut other);
            other.verify(key(), &proof).is_err()
        };
        assert!(!refused(&|_| ()));
        assert!(refused(&|round| round.openings.swap(0, 1)));
        assert!(refused(&|round| round.openings[2] = round.openings[1].clone()));
        assert!(refused(&|round| round.round.terms["action_values"][1] = "21".into()));
        assert!(refused(&|round| round.round.terms["action_values"] = serde_json::json!(["30"])));
        assert!(refused(&|round| round.round.terms["discount_bps"] = "3400".into()));
    }
}

/// The published circuits, through the face that the engine uses: their digests are the pinned ones.
#[test]
fn published_circuits_settle() {
    let rule = Proved::<AllocationCircuit>::NEW;
    let fit = |actions: usize, rows: usize| {
        let terms = to_value(&terms(&vec![1; actions]));
        rule.fit(&["8x4", "32x16"], &terms, rows).unwrap().map(|fit| (fit.tier.size, fit.shards))
    };
    assert_eq!(fit(1, 0), Some(("8x4".into(), 1)));
    assert_eq!(fit(4, 8), Some(("8x4".into(), 1)));
    assert_eq!(fit(5, 8), Some(("32x16".into(), 1)));
    assert_eq!(fit(4, 9), Some(("32x16".into(), 1)));
    assert_eq!(fit(16, 32), Some(("32x16".into(), 1)));
    assert_eq!(fit(17, 32), None);
    assert_eq!(fit(16, 33), None);
    for (size, count, actions) in [("8x4", 8, 4), ("8x4", 3, 2), ("32x16", 32, 16)] {
        let mut rng = rng();
        let prover = rule.setup(size, &mut rng).unwrap();
        let values: Vec<u64> = (0..actions).map(|_| rng.gen_range(0..2_000)).collect();
        let numbers: Vec<[u64; 2]> =
            (0..count).map(|_| [rng.r#gen(), rng.gen_range(0..actions + 2)]).collect();
        let (terms, rows) = (terms(&values), rows(&numbers));
        let outcome = settle(&terms, &rows);
        let settled = Committed::new(round(Disclosure::Sealed, &terms, &rows, &outcome));
        let proof = settled.with_claim(|claim| prover.prove(claim, &settled.secrets(), &mut rng)).unwrap();
        let key = prover.verifying_key();
        let verify = |claim: &Outcome| {
            let mut other = settled.clone();
            other.round.outcome = to_value(claim);
            other.with_claim(|claim| rule.verify(key, claim, &proof))
        };
        assert_eq!(verify(&outcome), Ok(()));
        refuses_other_sums(&outcome, &verify);
        let payments = &settled.results[2];
        let z = balance(payments.iter().map(|opening| (Side::Paid, opening)));
        let commitments: Vec<_> = payments.iter().map(|opening| opening.commit()).collect();
        let paid = || commitments.iter().map(|point| (Side::Paid, point));
        let total = outcome.total.0;
        assert!(balances(paid(), total, 0, &z) && !balances(paid(), total + 1, 0, &z));
        let mut other = key.clone();
        other.tier.size = if size == "8x4" { "32x16".into() } else { "8x4".into() };
        let verified = settled.with_claim(|claim| rule.verify(&other, claim, &proof));
        assert!(matches!(verified, Err(ProofError::Key(_) | ProofError::Claim(_))), "{verified:?}");
    }
    assert!(rule.setup("8x5", &mut rng()).is_err());
}

/// What integers rule out is refused before the proof is looked at, what they leave open by the proof.
fn refuses_other_sums(outcome: &Outcome, verify: &dyn Fn(&Outcome) -> Result<(), ProofError>) {
    let other = |change: &dyn Fn(&mut Outcome)| {
        let mut claim = outcome.clone();
        change(&mut claim);
        verify(&claim)
    };
    let below: [&dyn Fn(&mut Outcome); 2] = [&|o| o.total.0 -= 1, &|o| o.baseline_revenue.0 -= 1];
    for change in below {
        assert_eq!(other(change), Err(ProofError::Pairing));
    }
    let above: [&dyn Fn(&mut Outcome); 4] = [
        &|o| o.total_revenue.0 = u128::MAX,
        &|o| o.total.0 = o.total_revenue.0,
        &|o| o.baseline_revenue.0 = o.total_revenue.0 + 1,
        &|o| o.total_revenue.0 = o.baseline_revenue.0 - 1,
    ];
    for change in above {
        assert!(matches!(other(change), Err(ProofError::Claim(_))));
    }
}
