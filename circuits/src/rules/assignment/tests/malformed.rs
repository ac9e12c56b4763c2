//! Public data that no market has, handed to the verifier, and openings of another form, handed to the prover: they
//! answer with an error, never with a panic and never with yes.

use super::*;
use crate::rule::PublishedRule;
use serde_json::json;

fn verify(auction: &Auction, terms: &Value, outcome: &Value, proof: &RoundProof) -> Result<(), ProofError> {
    let commitments = &auction.commitments;
    let published = published(terms, commitments.len(), outcome);
    let claim = RoundClaim { statement: [1; 32], commitments, published, results: &[] };
    verify_round(&key().circuit, &key().verifying, &claim, proof)
}

fn auction() -> Auction {
    Auction::new(&[(1, 0), (2, 1)], &[&[5, 4], &[3, 4], &[2, 2]])
}

#[test]
fn malformed_claims_are_refused() {
    let auction = auction();
    let (terms, outcome) = (to_value(&auction.terms), to_value(&auction.outcome()));
    let proof = auction.prove(&auction.outcome()).unwrap();
    assert_eq!(verify(&auction, &terms, &outcome, &proof), Ok(()));
    let values = [
        json!("18446744073709551616"),
        json!("-1"),
        json!("05"),
        json!(5),
        json!(null),
        json!([]),
        json!([null]),
        json!(["18446744073709551616", "1"]),
        json!([["0"], ["1"]]),
        json!({}),
        json!(["2", "1", "1"]),
        json!([{"copies": "1", "reserve_price": "0"}]),
    ];
    for (document, of_terms) in [(&terms, true), (&outcome, false)] {
        let mut changed: Vec<Value> = [json!(null), json!([]), json!({}), json!([document])].into();
        for field in document.as_object().unwrap().keys() {
            for value in &values {
                let mut with = document.clone();
                with[field] = value.clone();
                changed.push(with);
            }
            let mut without = document.clone();
            without.as_object_mut().unwrap().remove(field);
            changed.push(without);
        }
        let mut more = document.clone();
        more["note"] = json!("");
        changed.push(more);
        for changed in changed {
            let (terms, outcome) = if of_terms { (&changed, &outcome) } else { (&terms, &changed) };
            let refused = verify(&auction, terms, outcome, &proof);
            // What the circuit does not read, such as a fee, is the integer checks' business.
            let unread = refused == Ok(())
                && PublishedRule::check_outcome(&Assignment, &published(terms, 3, outcome)).is_err();
            let wrong = matches!(refused, Err(ProofError::Claim(_) | ProofError::Pairing));
            assert!(unread || wrong, "{changed}: {refused:?}");
        }
    }
}

/// Fewer and more valuations than items, by one row or all, and openings of other commitments.
#[test]
fn misshapen_openings_are_refused() {
    let opening = |numbers: &[u64]| Opening::new(numbers.to_vec(), Blinding::random(&mut rng())).unwrap();
    let outcome = auction().outcome();
    for numbers in [&[5][..], &[5, 4, 0], &[5, 4, 1], &[5; 16]] {
        let mut auction = auction();
        auction.openings[0] = opening(numbers);
        auction.commitments[0] = auction.openings[0].commit();
        let refused = auction.prove(&outcome).unwrap_err();
        assert!(matches!(refused, ProveError::Unsatisfied(_)), "{refused}");
    }
    let mut auction = auction();
    auction.openings[0] = opening(&[5, 4]);
    let mut other = auction.clone();
    other.commitments[0] = opening(&[5, 3]).commit();
    let refused = other.prove(&outcome).unwrap_err();
    assert!(matches!(refused, ProveError::Unverified(ProofError::Link)), "{refused}");
    auction.openings.pop();
    assert!(auction.prove(&outcome).is_err(), "one opening per row");
}

/// A commitment with a number for an item that is not for sale is refused at admission. If it is admitted all the
/// same, the round has no proof: the circuit links that column too.
#[test]
fn numbers_for_absent_items_have_no_proof() {
    let mut auction = Auction::new(&[(1, 0)], &[&[5], &[4]]);
    let outcome = auction.outcome();
    assert!(auction.prove(&outcome).is_ok());
    for more in [1, 2, u64::MAX] {
        let opening = Opening::new(vec![5, more], Blinding::random(&mut rng())).unwrap();
        auction.commitments[0] = opening.commit();
        auction.openings[0] = opening;
        assert!(auction.prove(&outcome).is_err(), "{more}");
    }
}

#[test]
fn proofs_of_other_row_counts_are_refused() {
    let auctions: Vec<Auction> = (0..=4).map(|n| Auction::new(&[(1, 5)], &vec![&[4][..]; n])).collect();
    let proofs: Vec<RoundProof> = auctions.iter().map(|a| a.prove(&a.outcome()).unwrap()).collect();
    for (i, auction) in auctions.iter().enumerate() {
        for (j, proof) in proofs.iter().enumerate() {
            assert_eq!(auction.verify(&auction.outcome(), proof).is_ok(), i == j, "{i} {j}");
        }
    }
    let larger = Auction::new(&[(1, 5)], &[&[4][..]; 5]);
    assert!(matches!(larger.verify(&larger.outcome(), &proofs[4]), Err(ProofError::Claim(_))));
    assert!(larger.prove(&larger.outcome()).is_err(), "five rows in a circuit for four");
    let wider = Auction::new(&[(1, 5); 3], &[&[4; 3][..]]);
    assert!(wider.prove(&wider.outcome()).is_err(), "three items in a circuit for two");
}
