//! Public data that no market has: the checks answer with an error, never with a panic and never with yes.

use super::*;
use crate::proof_system::{ProofError, ProveError, setup};
use crate::rule::{Published, PublishedRule};
use crate::sealed::{Blinding, Opening};
use crate::testing::links::Committed;
use serde_json::json;
use std::collections::BTreeMap;

/// The integer checks of a round of two rows.
fn check(terms: &Terms, disclosure: Disclosure, outcome: &Value) -> Result<(), WrongOutcome> {
    let (terms, columns) = (to_value(terms), BTreeMap::new());
    let published = Published { terms: &terms, disclosure, rows: 2, columns: &columns, outcome };
    PublishedRule::check_outcome(&QualityMenu, &published).map(drop)
}

fn menu() -> Terms {
    Terms { fee_bps: BasisPoints(1_000), ..terms(&[(2, 3), (5, 4)]) }
}

#[test]
fn the_form_is_that_of_the_disclosure() {
    let outcome = settle(&menu(), &rows(&[3, 9]));
    let public = to_value(&outcome);
    let sealed = PublishedRule::publish(&QualityMenu, public.clone(), Disclosure::Sealed);
    assert_eq!(sealed, json!({ "fee": "1", "proceeds": "16", "total": "17" }));
    assert_eq!(check(&menu(), Disclosure::Public, &public), Ok(()));
    assert_eq!(check(&menu(), Disclosure::Sealed, &sealed), Ok(()));
    let mut malformed = vec![(Disclosure::Public, sealed.clone()), (Disclosure::Sealed, public.clone())];
    for name in RESULTS {
        let mut with = sealed.clone();
        with[*name] = public[*name].clone();
        malformed.push((Disclosure::Sealed, with.clone()));
        with[*name] = json!(null);
        malformed.push((Disclosure::Sealed, with));
        let mut without = public.clone();
        without.as_object_mut().unwrap().remove(*name);
        malformed.push((Disclosure::Public, without));
    }
    for (disclosure, outcome) in malformed {
        let refused = check(&menu(), disclosure, &outcome);
        assert!(matches!(refused, Err(WrongOutcome::Malformed(_))), "{outcome}: {refused:?}");
    }
}

/// What public numbers rule out is refused, each under its own name.
#[test]
fn public_numbers_are_checked() {
    let outcome = settle(&menu(), &rows(&[3, 9]));
    let public = |change: fn(&mut Outcome)| {
        let mut changed = outcome.clone();
        change(&mut changed);
        check(&menu(), Disclosure::Public, &to_value(&changed))
    };
    assert_eq!(public(|_| ()), Ok(()));
    let impossible: [fn(&mut Outcome); 5] = [
        |o| o.levels = Some(vec![Count(1), Count(3)]),
        |o| o.levels = Some(vec![Count(1), Count(u64::MAX)]),
        |o| o.gains_ppm = Some(vec![Ppm(4), Ppm(4)]),
        |o| o.levels = Some(vec![Count(1)]),
        |o| o.payments = Some(vec![Amount(6), Amount(11), Amount(0)]),
    ];
    for change in impossible {
        assert!(matches!(public(change), Err(WrongOutcome::Impossible(_))));
    }
    let payment = public(|o| o.payments = Some(vec![Amount(7), Amount(10)]));
    assert!(matches!(payment, Err(WrongOutcome::Payment(_))));
    let money: [fn(&mut Outcome); 4] = [
        |o| o.total = Wide(16),
        |o| o.total = Wide(u128::MAX),
        |o| o.fee = Wide(2),
        |o| o.proceeds = Wide(17),
    ];
    for change in money {
        assert!(matches!(public(change), Err(WrongOutcome::Conservation(_))));
    }
    let sealed = |total: u128, fee: u128, proceeds: u128| {
        let outcome =
            json!({ "fee": fee.to_string(), "proceeds": proceeds.to_string(), "total": total.to_string() });
        check(&menu(), Disclosure::Sealed, &outcome)
    };
    assert_eq!(sealed(22, 2, 20), Ok(()));
    for total in [23, 1 << 80, u128::MAX] {
        assert!(matches!(sealed(total, 0, total), Err(WrongOutcome::Impossible(_))), "{total}");
    }
    for (fee, proceeds) in [(1, 21), (3, 19), (2, 21), (u128::MAX, 23)] {
        assert!(matches!(sealed(22, fee, proceeds), Err(WrongOutcome::Conservation(_))), "{fee} {proceeds}");
    }
}

/// Terms that the rule refuses do not end the verifier, who may look at the proof first.
#[test]
fn refused_terms_are_no_panic() {
    let key = setup(QualityMenuCircuit::sized(2, 4), &mut StdRng::seed_from_u64(1)).unwrap();
    let outcome = settle(&menu(), &rows(&[3, 9]));
    let honest = Committed::new(round(Disclosure::Sealed, &menu(), &[3, 9], &outcome));
    let proof = honest.prove(&key).unwrap();
    assert_eq!(honest.verify(&key, &proof), Ok(()));
    let most = u64::MAX;
    let long: Vec<(u64, u64)> = (1..=65).map(|x| (x, x)).collect();
    let menus: [&[(u64, u64)]; 6] =
        [&[], &[(0, 1)], &[(2, 3), (5, 3)], &[(5, 3), (2, 4)], &[(most, most)], &[(1, most), (most, 1)]];
    for menu in menus {
        let mut other = honest.clone();
        other.round.terms = to_value(&terms(menu));
        assert_eq!(other.verify(&key, &proof), Err(ProofError::Pairing), "{menu:?}");
        assert!(other.prove(&key).is_err(), "{menu:?}");
    }
    let mut other = honest.clone();
    other.round.terms = to_value(&terms(&long));
    assert!(matches!(other.verify(&key, &proof), Err(ProofError::Claim(_))), "more tiers than slots");
}

/// Openings that are not of the rule's form, and more rows than the circuit has.
#[test]
fn misshapen_openings_are_refused() {
    let key = setup(QualityMenuCircuit::sized(2, 4), &mut StdRng::seed_from_u64(1)).unwrap();
    let settled = |valuations: &[u64]| {
        let outcome = settle(&menu(), &rows(valuations));
        Committed::new(round(Disclosure::Public, &menu(), valuations, &outcome))
    };
    let mut wide = settled(&[3, 9]);
    wide.openings[0] = Opening::new(vec![3, 1], Blinding::from_uniform_bytes(&[1; 64])).unwrap();
    assert_eq!(wide.prove(&key), Err(ProveError::Unverified(ProofError::Link)));
    wide.openings.pop();
    assert!(wide.prove(&key).is_err());
    let refused = settled(&[3, 9, 1]).prove(&key).unwrap_err();
    assert!(matches!(refused, ProveError::Unverified(ProofError::Claim(_))), "{refused}");
}

#[test]
fn own_view_knows_the_menu() {
    let outcome = settle(&menu(), &rows(&[3, 9]));
    let sealed = Outcome { levels: None, gains_ppm: None, payments: None, ..outcome.clone() };
    let view = |outcome: &Outcome, index: usize, valuation: u64, results: &[u128]| {
        <QualityMenu as Rule>::own_view(&menu(), outcome, index, &rows(&[valuation])[0], results)
    };
    assert!(view(&outcome, 0, 3, &[]).is_ok() && view(&outcome, 1, 9, &[]).is_ok());
    assert!(view(&outcome, 0, 5, &[]).is_err() && view(&outcome, 1, 3, &[]).is_err());
    assert!(view(&outcome, 2, 3, &[1, 3, 6]).is_err(), "there is no such row");
    assert!(view(&sealed, 0, 3, &[1, 3, 6]).is_ok() && view(&sealed, 0, 1, &[0, 0, 0]).is_ok());
    assert_ne!(view(&sealed, 0, 3, &[1, 3, 6]), view(&sealed, 0, 1, &[0, 0, 0]));
    for wrong in [&[][..], &[1, 3], &[1, 3, 7], &[1, 4, 6], &[2, 3, 6], &[2, 4, 11], &[1, 3, 6, 0]] {
        assert!(view(&sealed, 0, 3, wrong).is_err(), "{wrong:?}");
    }
}
