//! Public data that no market has: the checks answer with an error, never with a panic and never with yes.

use super::*;
use crate::proof_system::{ProofError, ProveError, ProvingKey, setup};
use crate::rule::{Published, PublishedRule};
use crate::sealed::{Blinding, Opening};
use crate::testing::links::Committed;
use serde_json::json;
use std::collections::BTreeMap;

const NUMBERS: [[u64; 2]; 2] = [[3, 0], [1, 0]];

/// The integer checks of a round of two rows.
fn check(disclosure: Disclosure, outcome: &Value) -> Result<(), WrongOutcome> {
    let (terms, columns) = (to_value(&terms(&[30, 20, 0])), BTreeMap::new());
    let published = Published { terms: &terms, disclosure, rows: 2, columns: &columns, outcome };
    PublishedRule::check_outcome(&CompetitionAwareAllocation, &published).map(drop)
}

fn outcome() -> Outcome {
    settle(&terms(&[30, 20, 0]), &rows(&NUMBERS))
}

fn published(outcome: &Outcome, disclosure: Disclosure) -> Value {
    PublishedRule::publish(&CompetitionAwareAllocation, to_value(outcome), disclosure)
}

#[test]
fn the_form_is_that_of_the_disclosure() {
    let full = to_value(&outcome());
    let [public, sealed] = [Disclosure::Public, Disclosure::Sealed].map(|d| published(&outcome(), d));
    assert_eq!(sealed, json!({ "baseline_revenue": "30", "total": "15", "total_revenue": "50" }));
    assert_eq!(public["actions"], json!(["1", "0"]));
    assert_eq!(check(Disclosure::Public, &public), Ok(()));
    assert_eq!(check(Disclosure::Sealed, &sealed), Ok(()));
    let mut malformed = vec![
        (Disclosure::Public, sealed.clone()),
        (Disclosure::Sealed, public.clone()),
        (Disclosure::Public, full.clone()),
        (Disclosure::Sealed, full.clone()),
    ];
    for name in ["actions", "revenues", "payments", "baseline_revenues"] {
        let mut with = sealed.clone();
        with[name] = full[name].clone();
        malformed.push((Disclosure::Sealed, with.clone()));
        with[name] = json!(null);
        malformed.push((Disclosure::Sealed, with));
        let mut other = public.clone();
        if other.as_object_mut().unwrap().remove(name).is_none() {
            other[name] = full[name].clone();
        }
        malformed.push((Disclosure::Public, other));
    }
    for (disclosure, outcome) in malformed {
        let refused = check(disclosure, &outcome);
        assert!(matches!(refused, Err(WrongOutcome::Malformed(_))), "{outcome}: {refused:?}");
    }
}

/// What public numbers rule out is refused, each under its own name.
#[test]
fn public_numbers_are_checked() {
    let public = |change: &dyn Fn(&mut Outcome)| {
        let mut changed = outcome();
        change(&mut changed);
        check(Disclosure::Public, &published(&changed, Disclosure::Public))
    };
    assert_eq!(public(&|_| ()), Ok(()));
    let terms = terms(&[30, 20, 0]);
    let steered = |actions: &[Option<u64>]| steering(&terms, &outcome(), actions);
    let impossible: [&dyn Fn(&mut Outcome); 12] = [
        &|o| o.actions = Some(vec![Some(Count(3)), Some(Count(0))]),
        &|o| o.actions = Some(vec![Some(Count(u64::MAX)), Some(Count(0))]),
        &|o| o.actions = Some(vec![Some(Count(0)), Some(Count(1))]),
        &|o| o.actions = Some(vec![Some(Count(1))]),
        &|o| o.actions = Some(vec![Some(Count(1)), Some(Count(0)), None]),
        &|o| *o = steered(&[Some(0), Some(0)]),
        &|o| *o = steered(&[Some(0), Some(2)]),
        &|o| o.revenues = Some(vec![Amount(20), Amount(29)]),
        &|o| o.revenues = Some(Vec::new()),
        &|o| o.total_revenue = Wide(49),
        &|o| o.baseline_revenue = Wide(51),
        &|o| o.baseline_revenue = Wide(u128::MAX),
    ];
    for (index, change) in impossible.into_iter().enumerate() {
        assert!(matches!(public(change), Err(WrongOutcome::Impossible(_))), "{index}");
    }
    let payment = public(&|o| o.payments = Some(vec![Amount(7), Amount(9)]));
    assert!(matches!(payment, Err(WrongOutcome::Payment(_))));
    for total in [14, 16, u128::MAX] {
        let refused = public(&|o| o.total = Wide(total));
        assert!(matches!(refused, Err(WrongOutcome::Conservation(_))), "{total}");
    }
    let sealed = |total_revenue: u128, total: u128, baseline: u128| {
        let mut outcome = outcome();
        (outcome.total_revenue, outcome.total) = (Wide(total_revenue), Wide(total));
        outcome.baseline_revenue = Wide(baseline);
        check(Disclosure::Sealed, &published(&outcome, Disclosure::Sealed))
    };
    assert_eq!(sealed(50, 16, 50), Ok(()));
    assert_eq!(sealed(0, 0, 0), Ok(()));
    let most = u128::MAX;
    for (total_revenue, total, baseline) in
        [(51, 15, 30), (most, 15, 30), (50, 17, 30), (50, most, 30), (30, 10, 31), (50, 15, most)]
    {
        let refused = sealed(total_revenue, total, baseline);
        assert!(matches!(refused, Err(WrongOutcome::Impossible(_))), "{total_revenue} {total} {baseline}");
    }
}

fn key() -> ProvingKey<AllocationCircuit> {
    let circuit = AllocationCircuit { rows: 2, actions: 3, limb_bits: 4 };
    setup(circuit, &mut StdRng::seed_from_u64(1)).unwrap()
}

fn honest(disclosure: Disclosure) -> Committed {
    Committed::new(round(disclosure, &terms(&[30, 20, 0]), &rows(&NUMBERS), &outcome()))
}

/// Terms that the rule refuses do not end the verifier or the prover, who may look at the proof first.
#[test]
fn refused_terms_are_no_panic() {
    let key = key();
    let honest = honest(Disclosure::Sealed);
    let proof = honest.prove(&key).unwrap();
    assert_eq!(honest.verify(&key, &proof), Ok(()));
    let other = |values: &[u64], discount: u64| {
        let mut other = honest.clone();
        let discount_bps = BasisPoints(discount);
        other.round.terms = to_value(&Terms { discount_bps, ..terms(values) });
        (other.verify(&key, &proof), other.prove(&key).is_ok())
    };
    assert_eq!(other(&[30, 20, 0], 3_333), (Ok(()), true));
    for (values, discount) in
        [(&[][..], 3_333), (&[30], 3_333), (&[30, 20], 10_001), (&[30, 20, u64::MAX], u64::MAX)]
    {
        assert_eq!(other(values, discount), (Err(ProofError::Pairing), false), "{values:?}");
    }
    let (verified, proved) = other(&[30, 20, 0, 0], 3_333);
    assert!(matches!(verified, Err(ProofError::Claim(_))) && !proved, "more actions than the circuit has");
}

/// Numbers of every wrong form in an outcome that the prover or the verifier is handed.
#[test]
fn malformed_outcomes_are_no_panic() {
    let key = key();
    let honest = honest(Disclosure::Public);
    let proof = honest.prove(&key).unwrap();
    let values = [
        json!("18446744073709551616"),
        json!("-1"),
        json!("05"),
        json!(5),
        json!(null),
        json!([]),
        json!([null]),
        json!([null, null]),
        json!(["18446744073709551615", "18446744073709551615"]),
        json!(["18446744073709551616", "1"]),
        json!([["0"], ["1"]]),
        json!({}),
        json!(["1", "0", "0"]),
    ];
    for field in ["actions", "revenues", "payments", "total_revenue", "total", "baseline_revenue"] {
        for value in &values {
            let mut other = honest.clone();
            other.round.outcome[field] = value.clone();
            let refused = other.verify(&key, &proof);
            let wrong = matches!(refused, Err(ProofError::Claim(_) | ProofError::Pairing));
            assert!(wrong, "{field} {value}: {refused:?}");
            assert!(other.prove(&key).is_err(), "{field} {value}");
        }
    }
}

/// Openings that are not of the rule's form, and more rows than the circuit has.
#[test]
fn misshapen_openings_are_refused() {
    let key = key();
    let opening = |numbers: &[u64]| {
        let numbers = numbers.to_vec();
        Opening::new(numbers, Blinding::from_uniform_bytes(&[1; 64])).unwrap()
    };
    let with = |numbers: &[u64]| {
        let mut other = honest(Disclosure::Public);
        other.openings[0] = opening(numbers);
        other.prove(&key).map(drop)
    };
    // A number that is missing is 0 in the commitment too.
    assert_eq!((with(&[3, 0]), with(&[3])), (Ok(()), Ok(())));
    assert_eq!(with(&[3, 0, 1]), Err(ProveError::Unverified(ProofError::Link)));
    let mut short = honest(Disclosure::Public);
    short.openings.pop();
    assert!(short.prove(&key).is_err());
    let terms = terms(&[30, 20, 0]);
    let three = rows(&[[3, 0], [1, 0], [0, 0]]);
    let many = Committed::new(round(Disclosure::Public, &terms, &three, &settle(&terms, &three)));
    let refused = many.prove(&key).unwrap_err();
    assert!(matches!(refused, ProveError::Unverified(ProofError::Claim(_))), "{refused}");
}

#[test]
fn own_view_knows_the_terms() {
    let terms = terms(&[30, 20, 0]);
    let full = outcome();
    let sealed = Outcome { actions: None, revenues: None, payments: None, ..full.clone() };
    let view = |outcome: &Outcome, index: usize, numbers: [u64; 2], results: &[u128]| {
        <CompetitionAwareAllocation as Rule>::own_view(&terms, outcome, index, &row(numbers), results)
    };
    assert!(view(&full, 0, [3, 0], &[]).is_ok() && view(&full, 1, [1, 0], &[]).is_ok());
    assert!(view(&full, 0, [0, 1], &[]).is_ok(), "by the unchanged data");
    assert!(view(&full, 0, [1, 0], &[]).is_err() && view(&full, 1, [2, 9], &[]).is_err());
    assert!(view(&full, 2, [3, 0], &[2, 20, 6]).is_err(), "there is no such row");
    assert!(view(&sealed, 0, [3, 0], &[2, 20, 6]).is_ok() && view(&sealed, 0, [3, 0], &[0, 0, 0]).is_ok());
    assert_ne!(view(&sealed, 0, [3, 0], &[2, 20, 6]), view(&sealed, 0, [3, 0], &[0, 0, 0]));
    let most = u128::MAX;
    for wrong in [
        &[][..],
        &[2, 20],
        &[2, 20, 7],
        &[2, 30, 6],
        &[1, 20, 6],
        &[3, 0, 0],
        &[4, 0, 0],
        &[most, 0, 0],
        &[0, 20, 6],
        &[2, 20, 6, 0],
    ] {
        assert!(view(&sealed, 0, [7, 0], wrong).is_err(), "{wrong:?}");
    }
    // In public: an action is left that would have been better, or as good and earlier.
    let steered = |values: &[u64], actions: &[Option<u64>], numbers: [u64; 2]| {
        let terms = super::terms(values);
        let claim = steering(&terms, &full, actions);
        <CompetitionAwareAllocation as Rule>::own_view(&terms, &claim, 0, &row(numbers), &[]).is_ok()
    };
    assert!(!steered(&[30, 20], &[Some(1), None], [3, 9]) && steered(&[30, 20], &[Some(1), Some(0)], [3, 9]));
    assert!(!steered(&[20, 20], &[Some(1), None], [3, 9]) && steered(&[20, 20], &[Some(0), None], [3, 9]));
    assert!(!steered(&[20], &[None, None], [1, 9]) && steered(&[20], &[None, None], [2, 9]));
    assert!(steered(&[0], &[None, None], [1, 0]) && steered(&[20], &[None, Some(0)], [1, 0]));
}
