//! What `quality-menu/v1` must do, and what nobody must get past it.
//!
//! `edges` proves the rounds at the ends of the rule; `outcomes` tries every outcome of every tiny round against
//! the matrices; `cheats` attacks with false witnesses; `mutation` takes each kind of constraint away and shows
//! what breaks; `malformed` hands the verifier public data that no market has.

mod cheats;
mod edges;
mod malformed;
mod mutation;
mod outcomes;

use super::circuit::{QualityMenuCircuit, RowWitness};
use super::subject::{Claimed, claimed, draw, rows, settle, terms};
use super::*;
use crate::builder::Matrices;
use crate::field::{Fr, from_u64, from_u128};
use crate::proof_system::Circuit;
use crate::testing::Round;
use crate::testing::round::{Challenges, ShardCase, holds, record};
use ark_ff::{Field, One, Zero};
use ark_std::rand::SeedableRng;
use rand::rngs::StdRng;

type Case = ShardCase<QualityMenuCircuit>;

/// The round in which these valuations are claimed to be settled like this.
fn round(disclosure: Disclosure, terms: &Terms, valuations: &[u64], outcome: &Outcome) -> Round {
    Round {
        rule: &QualityMenu,
        terms: to_value(terms),
        disclosure,
        columns: Default::default(),
        sealed: valuations.iter().map(|valuation| vec![*valuation]).collect(),
        outcome: to_value(outcome),
    }
}

/// The only shard of a sealed round with these claimed results, as the rule's own prover fills it.
fn case(circuit: &QualityMenuCircuit, terms: &Terms, valuations: &[u64], results: &[Claimed]) -> Case {
    let round = round(Disclosure::Sealed, terms, valuations, &claimed(terms, results));
    round.shards(circuit).unwrap().remove(0)
}

/// A circuit of this capacity for menus of up to three tiers, and its matrices.
fn recorded(capacity: usize) -> (QualityMenuCircuit, Matrices) {
    let circuit = QualityMenuCircuit::sized(capacity, 4).slots(3);
    (circuit, record(&circuit, &circuit.blank()))
}

/// Whether the matrices accept a case with all that its prover says, at several challenges. Every wire that is not
/// committed is a product, a sum or an inverse that its own constraint fixes: there is nothing else to choose.
fn accepted(matrices: &Matrices, case: &Case) -> bool {
    (0..2).all(|seed| holds(matrices, &case.assignment(&Challenges::new(seed)).full()))
}

#[test]
fn drawn_rounds_are_not_refused() {
    let levels = (0..300).map(|seed| {
        let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
        settle(&terms, &rows).levels.into_iter().flatten().max().unwrap_or_default()
    });
    assert!(levels.max() > Some(Count(20)));
}

#[test]
fn refuses_in_order() {
    let top = (1 << 44) - 1;
    let refusal = |tiers: &[(u64, u64)], fee: u64, count: usize| {
        let terms = Terms { fee_bps: BasisPoints(fee), ..terms(tiers) };
        native::evaluate(&terms, &rows(&vec![0; count])).err().map(|refusal| refusal.0)
    };
    let long: Vec<(u64, u64)> = (1..=65).map(|x| (x, x)).collect();
    let many = (1 << 16) + 1;
    // Each case has every later fault as well.
    assert_eq!(refusal(&[], 10_001, many), Some("menu_empty"));
    assert_eq!(refusal(&[(0, 0); 65], 10_001, many), Some("menu_too_long"));
    assert_eq!(refusal(&[(0, 0), (top + 1, 0)], 10_001, many), Some("thresholds_not_increasing"));
    assert_eq!(refusal(&[(2, 0), (1, 0), (top + 1, 0)], 10_001, many), Some("thresholds_not_increasing"));
    assert_eq!(refusal(&[(1, 0), (top + 1, 0)], 10_001, many), Some("threshold_too_large"));
    assert_eq!(refusal(&[(1, 0), (top, 1_000_001)], 10_001, many), Some("gains_not_increasing"));
    assert_eq!(refusal(&[(1, 2), (top, 1), (top, 1_000_001)], 0, 0), Some("thresholds_not_increasing"));
    assert_eq!(refusal(&[(1, 2), (2, 1), (top, 1_000_001)], 10_001, many), Some("gains_not_increasing"));
    assert_eq!(refusal(&[(1, 2), (top, 1_000_001)], 10_001, many), Some("gain_above_whole"));
    assert_eq!(refusal(&[(1, 2), (top, 1_000_000)], 10_001, many), Some("fee_above_whole"));
    assert_eq!(refusal(&[(1, 2), (top, 1_000_000)], 10_000, many), Some("too_many_rows"));
    assert_eq!(refusal(&[(1, 2), (top, 1_000_000)], 10_000, many - 1), None);
    assert_eq!(refusal(&long[..64], 0, 0), None);
    assert_eq!(refusal(&[(u64::MAX, u64::MAX)], 0, 0), Some("threshold_too_large"));
    assert_eq!(native::check_row_count(&terms(&[(1, 1)]), usize::MAX), Err(Refusal("too_many_rows")));
}

#[test]
fn implied_knows_the_menu() {
    let terms = terms(&[(2, 3), (5, 4)]);
    let outcome = native::implied(&terms, &[Count(2), Count(0), Count(1)]).unwrap();
    assert_eq!(outcome.payments, Some(vec![Amount(11), Amount(0), Amount(6)]));
    for level in [3, u64::MAX] {
        assert!(native::implied(&terms, &[Count(level)]).is_err());
    }
}

#[test]
fn debug_keeps_the_secret() {
    assert_eq!(format!("{:?}", rows(&[123_456])), "[Row(secret)]");
}
