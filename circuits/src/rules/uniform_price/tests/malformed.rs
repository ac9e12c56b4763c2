//! Public data that no market has, handed to the verifier: it answers with an error, never with a panic and
//! never with yes.
//!
//! Tried besides what `cheats` tries: outcomes and terms that are no objects, that miss a field or have one too
//! many, numbers in other spellings, above u64, negative and bare; flags that are no flags, too few and too many
//! of them; no rows, exactly as many as the circuit holds and one more, each with the proofs of the others; proofs
//! with sums too few and too many; carries where none belong.

use super::*;
use crate::rule::PublishedRule;
use ark_ff::Zero;
use serde_json::json;

/// Everything that verifies here is a claim about the same rows.
fn verify(market: &Market, terms: &Value, outcome: &Value, proof: &RoundProof) -> Result<(), ProofError> {
    let commitments = &market.commitments;
    let published = published(terms, commitments.len(), outcome);
    let claim = RoundClaim { statement: [1; 32], commitments, published, results: &[] };
    verify_round(&key().circuit, &key().verifying, &claim, proof)
}

#[test]
fn malformed_claims_are_refused() {
    let market = Market::new(&[120, 80, 200, 60, 95], 3, 50);
    let (terms, outcome) = (to_value(&market.terms), to_value(&market.outcome()));
    let proof = market.prove(&market.outcome()).unwrap();
    assert_eq!(verify(&market, &terms, &outcome, &proof), Ok(()));
    let numbers = [
        json!("18446744073709551616"),
        json!("340282366920938463463374607431768211456"),
        json!("21888242871839275222246405745257275088548364400416034343698204186575808495617"),
        json!("-1"),
        json!("080"),
        json!("80 "),
        json!("8e1"),
        json!(""),
        json!(80),
        json!(null),
        json!(true),
        json!(["80"]),
    ];
    for (document, of_terms) in [(&terms, true), (&outcome, false)] {
        let mut changed: Vec<Value> =
            [json!(null), json!([]), json!({}), json!("x"), json!([document])].into();
        for field in document.as_object().unwrap().keys() {
            for number in &numbers {
                let mut with = document.clone();
                with[field] = number.clone();
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
            let refused = verify(&market, terms, outcome, &proof);
            // A wide number may be above u64: well formed, not read by the circuit, and wrong.
            let unread = refused == Ok(())
                && PublishedRule::check_outcome(&UniformPrice, &published(terms, 5, outcome)).is_err();
            assert!(unread || matches!(refused, Err(ProofError::Claim(_))), "{changed}: {refused:?}");
        }
    }
    for won in [
        json!([]),
        json!([true, false, true, false]),
        json!([true, false, true, false, true, false]),
        json!([true, false, true, false, "true"]),
        json!([true, false, true, false, "1"]),
        json!([true, false, true, false, null]),
        json!([[true], [false], [true], [false], [true]]),
    ] {
        let mut changed = outcome.clone();
        changed["won"] = won;
        assert!(matches!(verify(&market, &terms, &changed, &proof), Err(ProofError::Claim(_))), "{changed}");
    }
    // Numbers that this circuit does not read are the integer checks' business; those that it reads are not.
    let mut changed = outcome.clone();
    changed["clearing_price"] = json!("18446744073709551615");
    assert_eq!(verify(&market, &terms, &changed, &proof), Err(ProofError::Pairing));
}

/// No rows, one fewer than the circuit holds, as many, one and five more: no proof is another round's.
#[test]
fn proofs_of_other_row_counts_are_refused() {
    let markets: Vec<Market> =
        [0, 1, 3, 4, 5, 8, 9].iter().map(|n| Market::new(&vec![5; *n], 2, 5)).collect();
    let proofs: Vec<RoundProof> = markets.iter().map(|m| m.prove(&m.outcome()).unwrap()).collect();
    for (i, market) in markets.iter().enumerate() {
        for (j, proof) in proofs.iter().enumerate() {
            assert_eq!(market.verify(&market.outcome(), proof).is_ok(), i == j, "{i} {j}");
        }
    }
    // A commitment of nobody in a round without rows.
    let mut market = Market::new(&[], 2, 5);
    market.commitments.push(markets[1].commitments[0]);
    assert!(market.verify(&market.claimed(5, &[false]), &proofs[0]).is_err());
    assert!(market.prove(&market.claimed(5, &[false])).is_err(), "one opening per row");
}

#[test]
fn misshapen_proofs_are_refused() {
    let market = Market::new(&[120, 80, 200, 60], 3, 50);
    let outcome = market.outcome();
    let proof = market.prove(&outcome).unwrap();
    let verify = |change: &dyn Fn(&mut RoundProof)| {
        let mut changed = proof.clone();
        change(&mut changed);
        market.verify(&outcome, &changed)
    };
    assert!(matches!(verify(&|p| p.shards[0].s.push(Fr::zero())), Err(ProofError::Claim(_))));
    assert!(matches!(verify(&|p| p.shards[0].s.clear()), Err(ProofError::Claim(_))));
    assert!(matches!(verify(&|p| p.carries.push(p.shards[0].d)), Err(ProofError::Claim(_))));
    assert!(matches!(verify(&|p| p.shards.clear()), Err(ProofError::Claim(_))));
}

/// A winner count that is not the number of flags does not reach the circuit: with copies to spare, a bid at the
/// price loses only if the count is believed.
#[test]
fn claimed_counts_are_not_believed() {
    let market = Market::new(&[5, 4], 3, 5);
    let honest = market.claimed(5, &[false, false]);
    for sold in [0, 1, 3, u64::MAX] {
        let outcome = Outcome { sold: Count(sold), ..honest.clone() };
        let refused = market.prove(&outcome).unwrap_err();
        assert!(refused.to_string().contains("with copies to spare all ties win"), "{sold}: {refused}");
    }
}

/// Openings that are not of the rule's form are refused by the prover, without a panic.
#[test]
fn misshapen_openings_are_refused() {
    let mut market = Market::new(&[5, 4], 1, 0);
    let outcome = market.outcome();
    let wide = Opening::new(vec![5, 1], Blinding::random(&mut rng())).unwrap();
    market.commitments[0] = wide.commit();
    market.openings[0] = wide;
    let refused = market.prove(&outcome).unwrap_err();
    assert!(matches!(refused, ProveError::Unverified(ProofError::Link)), "{refused}");
    market.openings.pop();
    assert!(market.prove(&outcome).is_err());
    let wrong = claimed_round(&[1], &json!(null), json!(null));
    assert!(wrong.shards(&key().circuit).is_err());
}
