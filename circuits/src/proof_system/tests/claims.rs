//! Claims that no circuit can have: each is refused for what is wrong with it, before anything is computed.

use super::*;
use crate::proof_system::verify::Verification;
use ark_bn254::G1Affine;
use ark_ec::AffineRepr;
use ark_ff::Zero;

/// What is said to a claim with the proof of an honest one.
fn refused(claim: &Claim<'_>, proof: &Proof) -> Option<ProofError> {
    Verification::prepare(&key().verifying, &key().circuit, claim, proof).err()
}

#[test]
fn claims_out_of_form_are_refused() {
    let round = Round::usual();
    let (points, proof) = (round.points(), &round.proof.shards[0]);
    let truth = shard_claims(&key().circuit, &round.claim(), &points, &[]).unwrap().remove(0);
    assert_eq!(refused(&truth, proof), None);
    let nine = [points.as_slice(), &points[..4]].concat();
    let mut identity = points.clone();
    identity[3] = G1Affine::zero();
    type Change<'a> = &'a dyn Fn(&mut Claim<'_>);
    let with = |what, change: Change<'_>| {
        let mut claim = truth.clone();
        change(&mut claim);
        assert_eq!(refused(&claim, proof), Some(ProofError::Claim(what)));
    };
    with("no such shard", &|claim| claim.shard.index = 1);
    with("no such shard", &|claim| claim.shard.count = 0);
    with("the shard has not its rows", &|claim| claim.shard.rows = 6);
    with("the shard has not its rows", &|claim| claim.shard.rows = 4);
    with("the shard has not its rows", &|claim| claim.shard.count = 2);
    with("a carry is missing or out of place", &|claim| {
        claim.carries.taken = Some(G1Affine::generator());
    });
    with("a carry is missing or out of place", &|claim| {
        claim.carries.given = Some(G1Affine::generator());
    });
    with("a result column has not one entry per row", &|claim| {
        claim.results.push(ResultColumn::Published(vec![Scalar::zero(); 5]));
    });
    with("a public column has not one entry per row", &|claim| claim.columns.push(vec![Scalar::zero(); 5]));
    with("one value per public scalar", &|claim| claim.scalars.push(Scalar::zero()));
    with("one value per public scalar", &|claim| claim.scalars.truncate(1));
    // More rows than the circuit holds; a last shard with none; a row that commits to nothing.
    let of = |commitments, index, count, rows| Claim {
        commitments,
        shard: Shard { index, count, rows },
        ..truth.clone()
    };
    let rows = Some(ProofError::Claim("the shard has not its rows"));
    assert_eq!(refused(&of(&nine, 0, 1, 9), proof), rows);
    assert_eq!(refused(&of(&[], 1, 2, 8), proof), rows);
    let commits = Some(ProofError::Claim("a row's commitment is the identity"));
    assert_eq!(refused(&of(&identity, 0, 1, 5), proof), commits);
    // A sum that no column has.
    let mut sums = proof.clone();
    sums.s.push(Scalar::zero());
    assert_eq!(refused(&truth, &sums), Some(ProofError::Claim("one sum per sealed column")));
}
