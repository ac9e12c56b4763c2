//! The ends of the rule, each proved and verified, published and sealed.

use super::*;
use crate::proof_system::{ProofError, ProvingKey, setup};
use crate::rules::quality_menu::native::MAX_TIERS;
use crate::sealed::{Side, balance, balances};
use crate::testing::links::Committed;
use std::sync::OnceLock;

fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

/// A key for four rows.
fn key() -> &'static ProvingKey<QualityMenuCircuit> {
    static KEY: OnceLock<ProvingKey<QualityMenuCircuit>> = OnceLock::new();
    KEY.get_or_init(|| setup(QualityMenuCircuit::sized(4, 8), &mut rng()).unwrap())
}

/// Settles, proves and verifies: the rows are at these levels.
fn proved(terms: &Terms, valuations: &[u64], levels: &[u64]) {
    let outcome = settle(terms, &rows(valuations));
    let expected: Vec<Count> = levels.iter().copied().map(Count).collect();
    assert_eq!(outcome.levels.as_deref(), Some(&expected[..]), "{valuations:?}");
    for disclosure in [Disclosure::Public, Disclosure::Sealed] {
        let round = Committed::new(round(disclosure, terms, valuations, &outcome));
        let proof = round.prove(key()).unwrap_or_else(|error| panic!("{valuations:?}: {error}"));
        assert_eq!(round.verify(key(), &proof), Ok(()), "{valuations:?}");
        let results = if disclosure == Disclosure::Sealed { 3 * 96 } else { 0 };
        assert_eq!(proof.shards[0].to_bytes().len(), 224 + 2 * 32 + results);
    }
}

#[test]
fn ends_of_intervals() {
    let menu = terms(&[(100, 50_000), (250, 110_000), (400, 180_000)]);
    proved(&menu, &[], &[]);
    proved(&menu, &[0], &[0]);
    proved(&menu, &[99, 100, 249, 250], &[0, 1, 1, 2]);
    proved(&menu, &[399, 400, u64::MAX, 0], &[2, 3, 3, 0]);
    proved(&terms(&[(1, 1)]), &[0, 1, u64::MAX, 1], &[0, 1, 1, 1]);
    let top = (1 << 44) - 1;
    proved(&terms(&[(1, 1), (top, 1_000_000)]), &[top - 1, top, u64::MAX, 0], &[1, 2, 2, 0]);
}

/// A menu without a free slot: every level, from both ends of its interval.
#[test]
fn a_full_menu() {
    let tiers: Vec<(u64, u64)> = (1..=MAX_TIERS as u64).map(|x| (x * x, 1_000 * x)).collect();
    let menu = terms(&tiers);
    proved(&menu, &[64 * 64, 64 * 64 - 1, 1, u64::MAX], &[64, 63, 1, 64]);
    let circuit = QualityMenuCircuit::sized(130, 8);
    let matrices = record(&circuit, &circuit.blank());
    let valuations: Vec<u64> = tiers.iter().flat_map(|(threshold, _)| [threshold - 1, *threshold]).collect();
    let results = subject::results(&settle(&menu, &rows(&valuations)));
    assert!(accepted(&matrices, &case(&circuit, &menu, &valuations, &results)));
}

/// The published circuit, through the face that the engine uses: its digest is the pinned one.
#[test]
fn published_circuit_settles() {
    let rule = Proved::<QualityMenuCircuit>::NEW;
    let menu = terms(&[(100, 50_000), (250, 110_000)]);
    let fit = |rows: usize| {
        let fit = rule.fit(&["256", "4096", "65536"], &to_value(&menu), rows).unwrap();
        fit.map(|fit| (fit.tier.size, fit.shards))
    };
    assert_eq!(fit(0), Some(("256".into(), 1)));
    assert_eq!(fit(257), Some(("4096".into(), 1)));
    assert_eq!(fit(65_536), Some(("65536".into(), 1)));
    assert_eq!(fit(65_537), None);
    let prover = rule.setup("256", &mut rng()).unwrap();
    let valuations = [50, 100, 300];
    let outcome = settle(&menu, &rows(&valuations));
    let settled = Committed::new(round(Disclosure::Sealed, &menu, &valuations, &outcome));
    let proof = settled.with_claim(|claim| prover.prove(claim, &settled.secrets(), &mut rng())).unwrap();
    let verify = |outcome: &Outcome| {
        let mut other = settled.clone();
        other.round.outcome = to_value(outcome);
        other.with_claim(|claim| rule.verify(prover.verifying_key(), claim, &proof))
    };
    assert_eq!(verify(&outcome), Ok(()));
    let other_menu = |tiers: &[(u64, u64)]| {
        let mut other = settled.clone();
        other.round.terms = to_value(&terms(tiers));
        other.with_claim(|claim| rule.verify(prover.verifying_key(), claim, &proof))
    };
    assert_eq!(other_menu(&[(100, 50_000), (251, 110_000)]), Err(ProofError::Pairing));
    let refused = Err(ProofError::Claim("gains_not_increasing"));
    assert_eq!(other_menu(&[(100, 50_000), (250, 50_000)]), refused);

    // The total is no number of the circuit: the balance of the commitments refuses another one.
    let total = outcome.total.0;
    let false_total = |total: u128| Outcome { total: Wide(total), proceeds: Wide(total), ..outcome.clone() };
    assert_eq!(verify(&false_total(total - 1)), Ok(()), "unless public numbers tell");
    assert!(matches!(verify(&false_total(1 << 100)), Err(ProofError::Claim(_))));
    let payments = &settled.results[2];
    let z = balance(payments.iter().map(|opening| (Side::Paid, opening)));
    let commitments: Vec<_> = payments.iter().map(|opening| opening.commit()).collect();
    let balanced = |total: u128| balances(commitments.iter().map(|point| (Side::Paid, point)), total, 0, &z);
    assert!(balanced(total) && !balanced(total - 1) && !balanced(total + 1));
}
