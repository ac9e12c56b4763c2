//! Proof elements moved along every direction that a stranger knows.

use super::*;
use crate::field::from_u64;
use crate::proof_system::fold::single;
use crate::sealed::Generators;
use ark_ec::CurveGroup;

/// Whether the three equations hold under the challenges of the unchanged proof: what would be left to stop the
/// change if `D` were not hashed.
fn equations_under_old_challenges(old: &Round, new: &Proof) -> (bool, bool, bool) {
    let points = old.points();
    let claim = shard_claims(&key().circuit, &old.claim(), &points, &[]).unwrap().remove(0);
    let honest =
        Verification::prepare(&key().verifying, &key().circuit, &claim, &old.proof.shards[0]).unwrap();
    let mut inputs = honest.inputs.clone();
    inputs[2] = new.s[0];
    let moved = Verification { proof: new, inputs, ..honest };
    (single::span_holds(&moved), single::groth16_holds(&moved), single::link_holds(&moved))
}

#[test]
fn d_moved_along_hiding_base() {
    let honest = Round::usual();
    let mut round = Round::usual();
    let shard = round.shard();
    let k = from_u64(5);
    shard.d = (shard.d + key().bases()[0] * k).into_affine();
    shard.d_sigma = (shard.d_sigma + key().bases_sigma[0] * k).into_affine();
    let (span, ..) = equations_under_old_challenges(&honest, &round.proof.shards[0]);
    assert!(span, "the span check alone does not see it");
    assert!(round.verify().is_err());
}

#[test]
fn d_against_c() {
    let honest = Round::usual();
    let mut round = Round::usual();
    // D + kδ with C − kγ keeps e(L, γ)·e(C, δ). [γ]_1 is never published; here we play a setup that leaked it.
    let (key, secrets) = leaky_setup();
    let proof = prove_round(&key, &honest.claim(), &honest.secrets(), &mut rng()).unwrap();
    let honest = Round { proof: proof.clone(), ..honest };
    round.proof = proof;
    let k = from_u64(5);
    let shard = round.shard();
    shard.d = (shard.d + key.groth16.delta_g1 * k).into_affine();
    shard.c = (shard.c - secrets.gamma_g1 * k).into_affine();
    let points = honest.points();
    let claim = shard_claims(&key.circuit, &honest.claim(), &points, &[]).unwrap().remove(0);
    let old = Verification::prepare(&key.verifying, &key.circuit, &claim, &honest.proof.shards[0]).unwrap();
    let moved = Verification { proof: &round.proof.shards[0], ..old };
    assert!(single::groth16_holds(&moved) && single::link_holds(&moved), "Groth16 alone accepts");
    assert!(!single::span_holds(&moved), "σ stops it");
    assert!(verify(&[(&key.verifying, &key.circuit, &claim, &round.proof.shards[0])]).is_err());
}

#[test]
fn d_against_b() {
    let honest = Round::usual();
    let mut round = Round::usual();
    // B + kγ with D + kA keeps e(A, B) = e(α, β)·e(L, γ)·e(C, δ).
    let k = from_u64(5);
    let shard = round.shard();
    shard.b = (shard.b + key().verifying.gamma * k).into_affine();
    shard.d = (shard.d + shard.a * k).into_affine();
    let (span, groth16, link) = equations_under_old_challenges(&honest, &round.proof.shards[0]);
    assert!(groth16 && link, "Groth16 alone accepts");
    assert!(!span, "σ stops it");
    assert!(round.verify().is_err());
}

#[test]
fn s_plus_one() {
    let mut round = Round::usual();
    round.shard().s[0] += from_u64(1);
    assert!(round.verify().is_err());
    let mut round = Round::usual();
    round.shard().t += from_u64(1);
    assert_eq!(round.verify(), Err(ProofError::Link));
}

#[test]
fn c_mask_moved() {
    let honest = Round::usual();
    let generators = Generators::published();
    // Moved along H, with t to match under the old challenges: hashing C_mask stops it.
    let mut round = Round::usual();
    let points = honest.points();
    let claim = shard_claims(&key().circuit, &honest.claim(), &points, &[]).unwrap().remove(0);
    let old =
        Verification::prepare(&key().verifying, &key().circuit, &claim, &honest.proof.shards[0]).unwrap();
    let weight = old.challenges.power(key().circuit.capacity());
    let shard = round.shard();
    shard.c_mask = (shard.c_mask + generators.h).into_affine();
    shard.t += weight;
    let moved = Verification { proof: &round.proof.shards[0], ..old };
    assert!(single::span_holds(&moved) && single::groth16_holds(&moved) && single::link_holds(&moved));
    assert!(round.verify().is_err());
}

#[test]
fn carries_moved() {
    let many: Vec<u64> = (0..20).map(|i| 1 + i * 7 % 11).collect();
    let mut round = Round::new(&many, 6, 2);
    round.proof.carries.swap(0, 1);
    assert!(round.verify().is_err());
    let mut round = Round::new(&many, 6, 2);
    round.proof.shards.swap(0, 1);
    assert!(round.verify().is_err());
    let mut round = Round::new(&many, 6, 2);
    round.proof.carries.pop();
    assert_eq!(round.verify(), Err(ProofError::Claim("one carry between each two shards")));
}

struct Leaked {
    gamma_g1: G1Affine,
}

/// A setup whose `[γ]_1` leaked.
fn leaky_setup() -> (Key, Leaked) {
    let toxic = setup::Toxic::draw(&mut rng());
    let gamma_g1 = toxic.gamma_g1();
    let key = setup::setup_with(UniformPriceCircuit::sized(8, 8), &toxic, &mut rng()).unwrap();
    (key, Leaked { gamma_g1 })
}
