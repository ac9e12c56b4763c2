//! Keys under which anything, or something, false could be proved.

use super::*;
use crate::proof_system::fold::single;
use ark_bn254::G2Affine;
use ark_ec::{AffineRepr, CurveGroup};

#[test]
fn key_gamma_is_delta() {
    let mut key = key().verifying.clone();
    key.gamma = key.delta;
    assert!(matches!(key.lint(), Err(KeyError::Unsafe(_))));
    assert!(VerifyingKey::from_bytes(&key.to_bytes()).is_err());
    assert!(matches!(Round::usual().verify_with(&key), Err(ProofError::Key(KeyError::Unsafe(_)))));
}

#[test]
fn key_sigma_is_generator() {
    for change in [
        |key: &mut VerifyingKey| key.sigma = G2Affine::generator(),
        |key: &mut VerifyingKey| key.delta = G2Affine::generator(),
        |key: &mut VerifyingKey| key.gamma = G2Affine::generator(),
    ] {
        let mut key = key().verifying.clone();
        change(&mut key);
        assert!(matches!(key.lint(), Err(KeyError::Unsafe(_))));
        assert!(VerifyingKey::from_bytes(&key.to_bytes()).is_err());
    }
}

#[test]
fn key_with_the_identity() {
    for change in [
        |key: &mut VerifyingKey| key.alpha = G1Affine::zero(),
        |key: &mut VerifyingKey| key.beta = G2Affine::zero(),
        |key: &mut VerifyingKey| key.sigma = G2Affine::zero(),
        |key: &mut VerifyingKey| key.inputs[3] = G1Affine::zero(),
    ] {
        let mut key = key().verifying.clone();
        change(&mut key);
        assert!(matches!(key.lint(), Err(KeyError::Unsafe(_))));
    }
}

/// On the curve, but not of order r: pairings with it say nothing. Reading refuses it, in every place.
#[test]
fn key_outside_the_subgroup() {
    let outside = (0u64..).find_map(|x| G2Affine::get_point_from_x_unchecked(x.into(), false)).unwrap();
    assert!(outside.is_on_curve() && !outside.is_in_correct_subgroup_assuming_on_curve());
    for change in [
        |key: &mut VerifyingKey, point| key.beta = point,
        |key: &mut VerifyingKey, point| key.gamma = point,
        |key: &mut VerifyingKey, point| key.delta = point,
        |key: &mut VerifyingKey, point| key.sigma = point,
    ] {
        let mut key = key().verifying.clone();
        assert!(VerifyingKey::from_bytes(&key.to_bytes()).is_ok());
        change(&mut key, outside);
        assert!(matches!(VerifyingKey::from_bytes(&key.to_bytes()), Err(KeyError::Malformed(_))));
    }
}

#[test]
fn hiding_base_is_not_identity() {
    // The hiding wire is the first committed wire, and its only constraint is its stand-alone row.
    assert!(!key().bases()[0].is_zero());
    let matrices = key().matrices.without("the hiding wire has a base");
    let hiding = 1 + matrices.public;
    let used = matrices.abc.iter().flatten().flatten().any(|(_, column)| *column == hiding);
    assert!(!used, "without that row its base would be the identity");
}

#[test]
fn committed_bases_distinct() {
    assert_eq!(super::super::keys::check_bases(key().bases()), Ok(()));
    let mut bases = key().bases().to_vec();
    bases[5] = bases[6];
    assert!(matches!(super::super::keys::check_bases(&bases), Err(KeyError::Unsafe(_))));
    bases[5] = G1Affine::zero();
    assert!(matches!(super::super::keys::check_bases(&bases), Err(KeyError::Unsafe(_))));
}

#[test]
fn proving_key_with_bases_not_times_sigma() {
    let mut key = Key::from_trusted_bytes(key().circuit, &key().to_bytes()).unwrap();
    assert_eq!(key.lint(&mut rng()), Ok(()));
    key.bases_sigma[4] = (key.bases_sigma[4] + G1Affine::generator()).into_affine();
    assert!(matches!(key.lint(&mut rng()), Err(KeyError::Unsafe(_))));
}

#[test]
fn proving_key_of_another_verifying_key() {
    use crate::proof_system::keys::bases_digest;
    let read = || Key::from_trusted_bytes(key().circuit, &key().to_bytes()).unwrap();
    let mut other = read();
    other.verifying.bases_digest[0] ^= 1;
    assert!(matches!(other.lint(&mut rng()), Err(KeyError::Unsafe(_))));
    let mut shorter = read();
    shorter.bases_sigma.pop();
    assert!(matches!(shorter.lint(&mut rng()), Err(KeyError::Unsafe(_))));
    // The digest is of every base, in their order.
    let mut bases = key().bases().to_vec();
    assert_eq!(bases_digest(&bases), key().verifying.bases_digest);
    bases.swap(5, 6);
    assert_ne!(bases_digest(&bases), key().verifying.bases_digest);
    bases.swap(5, 6);
    assert_ne!(bases_digest(&bases[1..]), key().verifying.bases_digest);
}

#[test]
fn key_of_another_circuit() {
    let (inputs, digest) = (key().matrices.public, key().matrices.digest());
    assert_eq!(key().verifying.expect(inputs, &digest), Ok(()));
    let mut other = digest;
    other[0] ^= 1;
    for (inputs, digest) in [(inputs, other), (inputs + 1, digest), (inputs - 1, digest)] {
        let refused = key().verifying.expect(inputs, &digest);
        assert!(matches!(refused, Err(KeyError::OtherCircuit(_))), "{inputs}");
    }
}

#[test]
fn extra_input() {
    let round = Round::usual();
    let points = round.points();
    let claim = &shard_claims(&key().circuit, &round.claim(), &points, &[]).unwrap()[0];
    let shard = &round.proof.shards[0];
    let mut prepared = Verification::prepare(&key().verifying, &key().circuit, claim, shard).unwrap();
    assert!(single::groth16_holds(&prepared));
    prepared.inputs.push(Scalar::from(0u64));
    assert!(
        !single::groth16_holds(&prepared),
        "an extra input of 0 changes no sum, and is refused all the same"
    );
    // A key with a base too many is of another circuit.
    let mut wide = key().verifying.clone();
    wide.inputs.push(G1Affine::generator());
    assert!(matches!(round.verify_with(&wide), Err(ProofError::Key(KeyError::OtherCircuit(_)))));
}

#[test]
fn missing_input() {
    let round = Round::usual();
    let points = round.points();
    let mut claim = shard_claims(&key().circuit, &round.claim(), &points, &[]).unwrap().remove(0);
    let shard = &round.proof.shards[0];
    let mut prepared = Verification::prepare(&key().verifying, &key().circuit, &claim, shard).unwrap();
    // The last scalar is 0 in this round: leaving it out changes no sum.
    assert_eq!(prepared.inputs.pop(), Some(Scalar::from(0u64)));
    assert!(!single::groth16_holds(&prepared));
    claim.scalars.pop();
    let refused = verify(&[(&key().verifying, &key().circuit, &claim, shard)]);
    assert_eq!(refused, Err(ProofError::Claim("one value per public scalar")));
}

#[test]
fn matrices_do_not_depend_on_the_recording() {
    let again = setup::record(&key().circuit);
    assert_eq!(again.digest(), key().matrices.digest());
    // arkworks' generator saw the same matrices that the prover evaluates.
    let cs = ark_relations::gr1cs::ConstraintSystem::new_ref();
    ark_relations::gr1cs::ConstraintSynthesizer::generate_constraints(&again, cs.clone()).unwrap();
    cs.finalize();
    let matrices = &cs.to_matrices().unwrap()[ark_relations::gr1cs::R1CS_PREDICATE_LABEL];
    for (ours, theirs) in again.abc.iter().zip(matrices) {
        for (ours, theirs) in ours.iter().zip(theirs) {
            let mut theirs = theirs.clone();
            theirs.sort_by_key(|(_, column)| *column);
            assert_eq!(*ours, theirs);
        }
    }
}
