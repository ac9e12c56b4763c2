use super::native::{check_outcome, own_view};
use super::subject::{MILLION, Market, draw, row, settle, terms};
use super::*;
use crate::rule::Refusal;
use ark_std::rand::{Rng, SeedableRng};
use rand::rngs::StdRng;

#[test]
fn refuses_in_order_and_never_by_a_sealed_number() {
    let evaluate = |competition, similarity, exponent, rows| {
        let terms = terms(competition, similarity, exponent);
        native::evaluate(&terms, &vec![row([u64::MAX, u64::MAX, 0]); rows]).map(drop)
    };
    let refused = |code| Err(Refusal(code));
    assert_eq!(evaluate("Cournot", MILLION, [0, 0], 1), refused("unknown_competition"));
    assert_eq!(evaluate("cournot", MILLION, [0, 0], 1), refused("similarity_not_below_one"));
    for exponent in [[0, 1], [2, 1], [2, 2], [2, 4], [1, 5], [u64::MAX, u64::MAX]] {
        assert_eq!(evaluate("bertrand", 0, exponent, 1), refused("exponent_out_of_range"));
    }
    for wrong in [0, 1, 7] {
        assert_eq!(evaluate("bertrand", 0, [1, 1], wrong), refused("wrong_row_count"));
    }
    for fine in 2..=6 {
        assert_eq!(evaluate("bertrand", MILLION - 1, [3, 4], fine), Ok(()));
    }
}

#[test]
fn is_the_text() {
    let mut seen = [0; 4];
    for seed in 0..300 {
        let (terms, firms) = draw(&mut StdRng::seed_from_u64(seed));
        let market = Market { terms: &terms, firms: &firms };
        let (expected, outcome) = (market.outcome(), settle(&terms, &firms));
        assert_eq!(outcome, expected, "seed {seed}: {terms:?} {firms:?}");
        seen[0] += u32::from(market.profits(0).is_none());
        seen[1] += u32::from(outcome.rational > outcome.stable);
        seen[2] += u32::from(outcome.stable > Count(1));
        seen[3] += u32::from(outcome.members.iter().any(|member| !member) && outcome.stable > Count(0));
    }
    assert!(seen.iter().all(|count| *count > 10), "{seen:?}: one case is hardly tested");
}

#[test]
fn six_firms_are_the_text() {
    for (seed, competition) in ["cournot", "bertrand"].into_iter().enumerate() {
        let mut rng = StdRng::seed_from_u64(seed as u64);
        let firms: Vec<[u64; 3]> = (0..6).map(|_| [rng.gen_range(900..1_100), 0, 5_000_000]).collect();
        let terms = terms(competition, 600_000, [1, 2]);
        assert_eq!(settle(&terms, &firms), Market { terms: &terms, firms: &firms }.outcome());
    }
}

#[test]
fn numbers_are_brought_into_range() {
    let terms = terms("cournot", 100_000, [1, 2]);
    let sane = [5, 10, 100_000];
    assert_eq!(settle(&terms, &[[0, 10, 0], sane]), settle(&terms, &[[1, 10, 1], sane]));
    let largest = [(1 << 32) - 1, MILLION, (1 << 48) - 1];
    for column in 0..3 {
        let (mut told, mut meant) = (sane, sane);
        (told[column], meant[column]) = (u64::MAX, largest[column]);
        assert_eq!(settle(&terms, &[told, sane, sane]), settle(&terms, &[meant, sane, sane]));
    }
    // Somebody sells nothing without a coalition: nobody pools.
    let outcome = settle(&terms, &[[1, MILLION, 1], [u64::MAX, 0, 1]]);
    assert_eq!(outcome, Outcome { members: vec![false; 2], rational: Count(0), stable: Count(0) });
}

/// What no firms can lead to is refused, whoever says it.
#[test]
fn impossible_outcomes_are_refused() {
    let check = |members: &[bool], rational, stable| {
        let outcome = Outcome { members: members.to_vec(), rational: Count(rational), stable: Count(stable) };
        check_outcome(3, &outcome).is_ok()
    };
    assert!(check(&[true, false, true], 4, 4));
    assert!(check(&[false; 3], 4, 0));
    assert!(!check(&[true, true], 1, 1), "not these rows");
    assert!(!check(&[true, false, false], 1, 1), "alone");
    assert!(!check(&[true; 3], 5, 1), "of four coalitions");
    assert!(!check(&[true; 3], 1, 2));
    assert!(!check(&[true; 3], 1, 0));
    assert!(!check(&[false; 3], 1, 1));
}

/// A firm that sells nothing alone knows that no coalition can be rational.
#[test]
fn a_firm_out_of_business_sees_a_false_pool() {
    let (terms, idle, sane) = (terms("cournot", 500_000, [1, 1]), row([1, MILLION, 1]), row([9, 0, 1]));
    let pool = Outcome { members: vec![true; 2], rational: Count(1), stable: Count(1) };
    let none = Outcome { members: vec![false; 2], rational: Count(0), stable: Count(0) };
    assert!(own_view(&terms, &pool, 0, &sane).is_ok());
    assert!(own_view(&terms, &pool, 0, &idle).is_err());
    assert!(own_view(&terms, &none, 1, &idle).is_ok());
    assert!(own_view(&terms, &none, 2, &sane).is_err(), "no such row");
}
