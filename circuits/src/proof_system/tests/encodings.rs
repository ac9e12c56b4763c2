//! Bytes, rows and statements that are not what they should be.

use super::*;
use crate::field::{Fr, to_bytes};
use ark_bn254::{Bn254, G2Affine};
use ark_ec::{AffineRepr, short_weierstrass::Affine};
use ark_ff::{BigInteger, PrimeField};
use ark_groth16::Groth16;

const SEALED: usize = 1;

#[test]
fn one_byte_changed() {
    let mut round = Round::usual();
    let proof = round.proof.shards[0].to_bytes();
    assert_eq!(Proof::from_bytes(&proof, SEALED, 0).as_ref(), Some(&round.proof.shards[0]));
    for position in 0..proof.len() {
        let mut changed = proof.clone();
        changed[position] ^= 1 << (position % 8);
        if let Some(changed) = Proof::from_bytes(&changed, SEALED, 0) {
            round.proof.shards[0] = changed;
            assert!(round.verify().is_err(), "proof byte {position}");
        }
    }
    let mut round = Round::usual();
    for position in 0..32 {
        round.statement[position] ^= 1 << (position % 8);
        assert!(round.verify().is_err(), "statement byte {position}");
        round.statement[position] ^= 1 << (position % 8);
    }
    for row in 0..round.commitments.len() {
        for position in 0..32 {
            let commitment = round.commitments[row];
            let mut changed = commitment.to_bytes();
            changed[position] ^= 1 << (position % 8);
            if let Some(changed) = Commitment::from_bytes(&changed) {
                round.commitments[row] = changed;
                assert!(round.verify().is_err(), "commitment {row} byte {position}");
            }
            round.commitments[row] = commitment;
        }
    }
    assert_eq!(round.verify(), Ok(()));
}

#[test]
fn one_byte_changed_in_the_key() {
    let round = Round::usual();
    let bytes = key().verifying.to_bytes();
    assert_eq!(VerifyingKey::from_bytes(&bytes).as_ref(), Ok(&key().verifying));
    for position in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[position] ^= 1 << (position % 8);
        if let Ok(changed) = VerifyingKey::from_bytes(&changed) {
            assert_ne!(changed.id(), key().id(), "byte {position}");
            assert!(round.verify_with(&changed).is_err(), "byte {position}");
        }
    }
}

#[test]
fn trailing_byte() {
    let round = Round::usual();
    let mut proof = round.proof.shards[0].to_bytes();
    assert_eq!(proof.len(), Proof::length(SEALED, 0));
    proof.push(0);
    assert_eq!(Proof::from_bytes(&proof, SEALED, 0), None);
    proof.truncate(287);
    assert_eq!(Proof::from_bytes(&proof, SEALED, 0), None);
    proof.resize(288 + 32, 0);
    assert_eq!(Proof::from_bytes(&proof, SEALED, 0), None, "a proof with another number of columns");
    let mut key = key().verifying.to_bytes();
    key.push(0);
    assert!(VerifyingKey::from_bytes(&key).is_err());
}

#[test]
fn s_plus_r() {
    let round = Round::usual();
    let shard = &round.proof.shards[0];
    for (scalar, position) in [(shard.s[0], 224), (shard.t, 256)] {
        let mut above = scalar.into_bigint();
        assert!(!above.add_with_carry(&Fr::MODULUS), "s + r fits 256 bits");
        let mut bytes = shard.to_bytes();
        assert_eq!(bytes[position..position + 32], to_bytes(&scalar));
        bytes[position..position + 32].copy_from_slice(&above.to_bytes_le());
        assert_eq!(Proof::from_bytes(&bytes, SEALED, 0), None);
    }
}

#[test]
fn b_outside_subgroup() {
    let outside = (0u64..)
        .find_map(|x| Affine::get_point_from_x_unchecked(x.into(), false))
        .filter(|point: &G2Affine| !point.is_in_correct_subgroup_assuming_on_curve())
        .unwrap();
    let mut round = Round::usual();
    round.shard().b = outside;
    let bytes = round.shard().to_bytes();
    assert_eq!(Proof::from_bytes(&bytes, SEALED, 0), None);
}

#[test]
fn identity_points_are_refused() {
    let round = Round::usual();
    let change: [fn(&mut Proof); 6] = [
        |p| p.a = G1Affine::zero(),
        |p| p.b = G2Affine::zero(),
        |p| p.c = G1Affine::zero(),
        |p| p.d = G1Affine::zero(),
        |p| p.d_sigma = G1Affine::zero(),
        |p| p.c_mask = G1Affine::zero(),
    ];
    for change in change {
        let mut proof = round.proof.shards[0].clone();
        change(&mut proof);
        assert_eq!(Proof::from_bytes(&proof.to_bytes(), SEALED, 0), None);
    }
}

#[test]
fn rerandomised_proof_is_same_settlement() {
    let mut round = Round::usual();
    let key = key();
    let shard = round.shard();
    let proof = ark_groth16::Proof { a: shard.a, b: shard.b, c: shard.c };
    let again = Groth16::<Bn254>::rerandomize_proof(&key.groth16.vk, &proof, &mut rng());
    assert_ne!(again, proof);
    (shard.a, shard.b, shard.c) = (again.a, again.b, again.c);
    // Same statement digest, same challenges: the settlement is named by neither of A, B, C.
    assert_eq!(round.verify(), Ok(()));
}

#[test]
fn negated_ab() {
    let mut round = Round::usual();
    let shard = round.shard();
    (shard.a, shard.b) = (-shard.a, -shard.b);
    assert_eq!(round.verify(), Ok(()));
}

#[test]
fn rows_swapped() {
    let mut round = Round::usual();
    round.commitments.swap(1, 3); // both losers: the flags stay the same
    assert!(round.verify().is_err());
}

/// Removes row 3, a loser that sets nothing, from what is claimed.
fn without_row_3(round: &mut Round) {
    round.commitments.remove(3);
    for column in ["won", "payments"] {
        round.outcome[column].as_array_mut().unwrap().remove(3);
    }
}

#[test]
fn row_left_out() {
    // Dropped from the claim: the proof was about all rows.
    let mut round = Round::usual();
    without_row_3(&mut round);
    assert!(round.verify().is_err());
    // Dropped by the prover: proved over fewer rows than the ledger holds.
    let mut fewer = Round::usual();
    let all = Round::usual();
    without_row_3(&mut fewer);
    fewer.openings.remove(3);
    let proof = prove_round(key(), &fewer.claim(), &fewer.secrets(), &mut rng()).unwrap();
    let forged = Round { proof, ..all };
    assert!(forged.verify().is_err());
}

#[test]
fn row_duplicated() {
    let mut round = Round::usual();
    round.commitments.push(round.commitments[3]);
    for (column, value) in [("won", Value::Bool(false)), ("payments", Value::String("0".into()))] {
        round.outcome[column].as_array_mut().unwrap().push(value);
    }
    assert!(round.verify().is_err());
}

#[test]
fn identity_row() {
    let mut round = Round::usual();
    round.commitments[3] = Commitment(G1Affine::zero());
    assert_eq!(round.verify(), Err(ProofError::Claim("a row's commitment is the identity")));
}

#[test]
fn flags_too_long() {
    let mut round = Round::usual();
    round.outcome["won"].as_array_mut().unwrap().push(Value::Bool(false));
    assert!(round.verify().is_err());
    // Below the reader of outcomes: a column of another length than the rows.
    let round = Round::usual();
    let points = round.points();
    let mut claims = shard_claims(&key().circuit, &round.claim(), &points, &[]).unwrap();
    claims[0].columns[0].push(Fr::from(0u64));
    let refused = verify(&[(&key().verifying, &key().circuit, &claims[0], &round.proof.shards[0])]);
    assert_eq!(refused, Err(ProofError::Claim("a public column has not one entry per row")));
}

#[test]
fn another_outcome_or_other_terms() {
    for (part, field, value) in
        [("outcome", "clearing_price", "81"), ("terms", "reserve_price", "80"), ("terms", "copies", "4")]
    {
        let mut round = Round::usual();
        let document = if part == "outcome" { &mut round.outcome } else { &mut round.terms };
        document[field] = Value::String(value.into());
        // No other digest tells the two apart here: what the circuit is told does.
        assert!(round.verify().is_err(), "{field}");
    }
    let mut round = Round::usual();
    round.outcome["won"][1] = Value::Bool(true);
    round.outcome["won"][0] = Value::Bool(false);
    assert!(round.verify().is_err());
}

#[test]
fn other_rule() {
    let mut key = key().verifying.clone();
    key.tier.rule = "performance-auction/v1".into();
    assert!(matches!(Round::usual().verify_with(&key), Err(ProofError::Key(_))));
}

#[test]
fn other_tier() {
    let other = setup(UniformPriceCircuit::sized(16, 8), &mut rng()).unwrap();
    let round = Round::usual();
    assert!(matches!(round.verify_with(&other.verifying), Err(ProofError::Key(_))));
    // A proof of another tier under its own key, given to this tier's verifier.
    let proof = prove_round(&other, &round.claim(), &round.secrets(), &mut rng()).unwrap();
    assert!(Round { proof, ..round }.verify().is_err());
}

#[test]
fn other_round() {
    let mut round = Round::usual();
    round.statement = [8; 32];
    assert_eq!(round.verify(), Err(ProofError::Pairing));
}

#[test]
fn other_ledger() {
    // The same bids, committed anew: other blindings, so other commitments.
    let round = Round::usual();
    let mut rng = StdRng::seed_from_u64(99);
    let again: Vec<Opening> = round
        .openings
        .iter()
        .map(|o| Opening::new(o.row().to_vec(), Blinding::random(&mut rng)).unwrap())
        .collect();
    let other = Round { commitments: commit_all(&again), ..round };
    assert!(other.verify().is_err());
}

#[test]
fn other_key() {
    let other = setup(UniformPriceCircuit::sized(8, 8), &mut StdRng::seed_from_u64(5)).unwrap();
    assert_ne!(other.id(), key().id());
    assert!(Round::usual().verify_with(&other.verifying).is_err());
}

#[test]
fn fresh_masks_every_attempt() {
    let round = Round::usual();
    let mut rng = rng();
    let proofs: Vec<Proof> = (0..3)
        .map(|_| prove_round(key(), &round.claim(), &round.secrets(), &mut rng).unwrap().shards.remove(0))
        .collect();
    for (i, a) in proofs.iter().enumerate() {
        for b in &proofs[i + 1..] {
            // The same statement, nothing in common: no equation in the bids alone follows from two proofs.
            assert!(a.d != b.d && a.d_sigma != b.d_sigma && a.c_mask != b.c_mask);
            assert!(a.s != b.s && a.t != b.t && a.a != b.a);
        }
    }
}
