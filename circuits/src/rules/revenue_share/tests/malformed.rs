//! Public data that no market has: the checks answer with an error, never with a panic and never with yes.

use super::*;
use crate::proof_system::{ProofError, ProveError, setup};
use crate::proved::prove_round;
use crate::rule::{PublicRound, Published, PublishedRule, Refusal, WrongOutcome};
use crate::sealed::{Blinding, Opening};
use crate::testing::links::Committed;
use ark_std::rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The integer checks of a round of two rows with weights 1 and 2.
fn check(
    terms: &Value,
    disclosure: Disclosure,
    weights: &Value,
    outcome: &Value,
) -> Result<(), WrongOutcome> {
    let mut columns = BTreeMap::new();
    if let Some(weights) = weights.as_array() {
        columns.insert("weight".to_owned(), weights.clone());
    }
    let published = Published { terms, disclosure, rows: 2, columns: &columns, outcome };
    PublishedRule::check_outcome(&RevenueShare, &published).map(drop)
}

#[test]
fn the_form_is_that_of_the_disclosure() {
    let terms = json!({ "fee_bps": "0", "revenue": "6", "unallocated_weight": "0" });
    let public = json!({ "dust": "0", "fee": "0", "receipts": ["2", "4"] });
    let sealed = json!({ "dust": "0", "fee": "0" });
    let (weights, none) = (json!(["1", "2"]), json!(null));
    assert_eq!(check(&terms, Disclosure::Public, &weights, &public), Ok(()));
    assert_eq!(check(&terms, Disclosure::Sealed, &none, &sealed), Ok(()));
    // Weights beside a sealed round are no columns of its rule.
    assert_eq!(check(&terms, Disclosure::Sealed, &weights, &sealed), Ok(()));
    let null = json!({ "dust": "0", "fee": "0", "receipts": null });
    let malformed = [
        (Disclosure::Public, &weights, &sealed),
        (Disclosure::Public, &none, &public),
        (Disclosure::Public, &json!(["1", null]), &public),
        (Disclosure::Public, &json!(["1"]), &public),
        (Disclosure::Public, &weights, &null),
        (Disclosure::Sealed, &none, &public),
        (Disclosure::Sealed, &none, &null),
        (Disclosure::Sealed, &none, &json!({ "dust": "0" })),
        (Disclosure::Sealed, &none, &json!({ "dust": "00", "fee": "0" })),
        (Disclosure::Sealed, &none, &json!({ "dust": "0", "fee": "0", "receipts": [] })),
    ];
    for (disclosure, weights, outcome) in malformed {
        let refused = check(&terms, disclosure, weights, outcome);
        assert!(matches!(refused, Err(WrongOutcome::Malformed(_))), "{weights} {outcome}: {refused:?}");
    }
    for receipts in [json!([]), json!(["6"]), json!(["2", "4", "0"])] {
        let outcome = json!({ "dust": "0", "fee": "0", "receipts": receipts });
        let refused = check(&terms, Disclosure::Public, &weights, &outcome);
        assert!(matches!(refused, Err(WrongOutcome::Impossible(_))), "{refused:?}");
    }
}

/// What public numbers rule out, in either disclosure, and the terms that the rule refuses.
#[test]
fn public_numbers_are_checked() {
    let outcome = |dust: u64, fee: u64| to_value(&Outcome { fee: Amount(fee), ..claim(&[], dust) }.sealed());
    let sealed = |revenue: u64, bps: u64, unallocated: u64, outcome: &Value| {
        let terms = Terms { fee_bps: BasisPoints(bps), ..terms(revenue, unallocated) };
        check(&to_value(&terms), Disclosure::Sealed, &json!(null), outcome)
    };
    assert_eq!(sealed(100, 1_000, 0, &outcome(90, 10)), Ok(()));
    assert_eq!(sealed(100, 1_000, 0, &outcome(0, 10)), Ok(()));
    assert_eq!(sealed(100, 1_000, 1, &outcome(1, 10)), Ok(()));
    for dust in [1, 89, 91, u64::MAX] {
        let refused = sealed(100, 1_000, 0, &outcome(dust, 10));
        assert!(matches!(refused, Err(WrongOutcome::Impossible(_))), "{dust}: {refused:?}");
    }
    for fee in [0, 9, 11, u64::MAX] {
        let refused = sealed(100, 1_000, 1, &outcome(1, fee));
        assert!(matches!(refused, Err(WrongOutcome::Conservation(_))), "{fee}: {refused:?}");
    }
    for bps in [10_001, u64::MAX] {
        let refused = sealed(u64::MAX, bps, 0, &outcome(0, 0));
        assert_eq!(refused, Err(WrongOutcome::Refused(Refusal("fee_above_whole"))));
    }
    assert_eq!(<RevenueShare as Rule>::check_row_count(&terms(0, 0), 65_537), Err(Refusal("too_many_rows")));
    assert_eq!(<RevenueShare as Rule>::check_row_count(&terms(0, 0), 65_536), Ok(()));
}

/// Terms that the rule refuses do not end the verifier, who may look at the proof first.
#[test]
fn refused_terms_are_no_panic() {
    let circuit = RevenueShareCircuit::sized(2, 4);
    let key = setup(circuit, &mut StdRng::seed_from_u64(1)).unwrap();
    let honest = Committed::new(round(&terms(6, 0), &[1, 2], &claim(&[2, 4], 0)));
    let proof = honest.prove(&key).unwrap();
    for (revenue, bps, unallocated) in [(6, 10_001, 0), (u64::MAX, u64::MAX, u64::MAX), (0, u64::MAX, 0)] {
        let mut other = honest.clone();
        other.round.terms = to_value(&Terms { fee_bps: BasisPoints(bps), ..terms(revenue, unallocated) });
        assert_eq!(other.verify(&key, &proof), Err(ProofError::Pairing));
        assert!(other.prove(&key).is_err());
    }
    // Nor is a proof of one's terms one of another's.
    for (revenue, unallocated) in [(7, 0), (5, 0), (6, 1)] {
        let mut other = honest.clone();
        other.round.terms = to_value(&terms(revenue, unallocated));
        assert_eq!(other.verify(&key, &proof), Err(ProofError::Pairing));
    }
}

/// Openings that are not of the rule's form, and more rows than the circuit has.
#[test]
fn misshapen_openings_are_refused() {
    let circuit = RevenueShareCircuit::sized(2, 4);
    let key = setup(circuit, &mut StdRng::seed_from_u64(1)).unwrap();
    let mut wide = Committed::new(round(&terms(6, 0), &[1, 2], &claim(&[2, 4], 0)));
    wide.openings[0] = Opening::new(vec![1, 1], Blinding::from_uniform_bytes(&[1; 64])).unwrap();
    assert_eq!(wide.prove(&key), Err(ProveError::Unverified(ProofError::Link)));
    wide.openings.pop();
    assert!(wide.prove(&key).is_err());
    let many = Committed::new(round(&terms(6, 0), &[1, 2, 3], &claim(&[1, 2, 3], 0)));
    let refused = many.prove(&key).unwrap_err();
    assert!(matches!(refused, ProveError::Unverified(ProofError::Claim(_))), "{refused}");
}

/// Neither whoever proves nor whoever verifies is brought down by columns of other lengths.
#[test]
fn every_row_has_one_opening_and_one_result() {
    let circuit = RevenueShareCircuit::sized(4, 8);
    let key = setup(circuit, &mut StdRng::seed_from_u64(1)).unwrap();
    let honest = Committed::new(round(&terms(6, 0), &[1, 2, 3], &claim(&[1, 2, 3], 0)));
    let proof = honest.prove(&key).unwrap();
    let changes: [fn(&mut Committed); 6] = [
        |round| drop(round.openings.pop()),
        |round| round.openings.extend_from_within(..1),
        |round| drop(round.results.pop()),
        |round| round.results.extend_from_within(..),
        |round| drop(round.results[0].pop()),
        |round| round.results[0].extend_from_within(..1),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut other = honest.clone();
        change(&mut other);
        // Of an honest claim, without what opens it.
        let mut rng = StdRng::seed_from_u64(2);
        let proved = honest.with_claim(|claim| prove_round(&key, claim, &other.secrets(), &mut rng));
        let refused = matches!(proved, Err(ProveError::Unverified(ProofError::Claim(_))));
        assert!(refused, "{number}: {:?}", proved.err());
        // A claim about fewer or more.
        let verified = other.verify(&key, &proof);
        assert!(matches!(verified, Err(ProofError::Claim(_))), "{number}: {verified:?}");
    }
}

#[test]
fn own_view_knows_who_has_no_weight() {
    let sealed = claim(&[], 0).sealed();
    let view = |outcome: &Outcome, weight: u64, results: &[u128]| {
        <RevenueShare as Rule>::own_view(&terms(6, 0), outcome, 1, &rows(&[weight])[0], results).is_ok()
    };
    assert!(view(&sealed, 2, &[4]) && view(&sealed, 0, &[0]) && view(&sealed, 1, &[0]));
    assert!(!view(&sealed, 0, &[1]) && !view(&sealed, 2, &[]));
    let public = claim(&[6, 0], 0);
    assert!(view(&public, 0, &[]) && view(&public, 3, &[]));
    assert!(!view(&claim(&[5, 1], 0), 0, &[0]), "the published receipt counts");
    assert!(!view(&claim(&[6], 0), 1, &[0]), "there is no such row");
}

#[test]
fn debug_keeps_the_secret() {
    assert_eq!(format!("{:?}", rows(&[123_456])), "[Row(secret)]");
    let round = PublicRound::<RevenueShare>::read(&Published {
        terms: &to_value(&terms(1, 0)),
        disclosure: Disclosure::Sealed,
        rows: 3,
        columns: &BTreeMap::new(),
        outcome: &to_value(&claim(&[], 0).sealed()),
    });
    assert!(round.unwrap().rows.iter().all(|row| row.weight.is_none()));
}
