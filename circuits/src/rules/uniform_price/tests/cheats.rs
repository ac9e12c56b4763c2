//! Provers who lie: about distances, limbs, padding and hand-overs. Each lie is tried on the matrices with every
//! other wire solved for, and as a real proof.

use super::*;
use crate::curve::G1Affine;
use crate::gadgets::lookup::multiplicities;
use crate::proof_system::{Claim, Secrets, pedersen, prove};
use crate::proved::shard_claims;
use crate::testing::round::{Challenges, ShardCase};
use crate::testing::solve::complete;
use ark_ff::{Field, One, Zero};

/// The only shard of a claim, as the rule's own prover fills it, in a circuit of 4 rows.
fn case(valuations: &[u64], terms: &Terms, outcome: &Outcome) -> ShardCase<UniformPriceCircuit> {
    let round = claimed_round(valuations, &to_value(terms), to_value(outcome));
    round.shards(&key().circuit).unwrap().remove(0)
}

/// Whether the matrices accept the case with some tie cut, at several challenges, with these committed wires and
/// multiplicities to match; everything that is not committed is solved for.
fn accepted(case: &ShardCase<UniformPriceCircuit>, committed: &[(usize, Fr)]) -> bool {
    let matrices = &key().matrices;
    let wires = Wires::new(&key().circuit, matrices);
    let passes = |seed: u64, cut: usize| {
        let mut assignment = case.assignment(&Challenges::new(seed));
        for (wire, value) in committed {
            assignment.committed[wire - wires.committed] = *value;
        }
        let limbs = (0..wires.rows).flat_map(|row| (0..wires.limbs).map(move |limb| (row, limb)));
        let limbs = limbs.map(|(row, limb)| assignment.committed[wires.limb(row, limb) - wires.committed]);
        let counts = multiplicities(8, limbs.collect::<Vec<Fr>>());
        let first = assignment.committed.len() - counts.len();
        assignment.committed[first..].copy_from_slice(&counts);
        let open = |row: usize| (wires.open(row), from_u64(u64::from(row < cut)));
        let open: Vec<(usize, Fr)> = (0..wires.rows).map(open).collect();
        matrices.check(&complete(matrices, assignment, &open)).is_ok()
    };
    (0..=wires.rows).any(|cut| (0..3).all(|seed| passes(seed, cut)))
}

/// Proves the only shard of a claim with a witness of the prover's choice.
fn prove_with(market: &Market, outcome: &Outcome, witness: &Witness) -> Result<RoundProof, ProveError> {
    let points: Vec<G1Affine> = market.commitments.iter().map(|c| c.0).collect();
    let claims = market.with(outcome, |claim| shard_claims(&key().circuit, claim, &points, &[]))?;
    let nothing = (Fr::zero(), Fr::zero());
    let secrets = Secrets::new(&market.openings, 1, Vec::new(), nothing, nothing);
    let proof = prove(key(), &claims[0], &secrets, witness, &mut rng())?;
    Ok(RoundProof { shards: vec![proof], carries: Vec::new() })
}

/// A loser above the price and a winner below it have a negative distance. Neither −d as one limb nor any other
/// way to write it passes, at the reserve (where no setter is needed) and above.
#[test]
fn negative_distance() {
    for (valuations, price, won) in
        [([2, 9, 0], 2, [true, false, false]), ([2, 1, 2], 2, [false, true, false])]
    {
        let market = Market::new(&valuations, 1, 2);
        assert_ne!(market.outcome().won, won);
        let outcome = market.claimed(price, &won);
        assert!(native::check_outcome(&market.terms, 3, &outcome).is_ok());
        let mut case = case(&valuations, &market.terms, &outcome);
        let liar = 1;
        let negative = -from_u64(valuations[liar].abs_diff(price));
        case.witness.distance[liar] = negative;
        let wires = Wires::new(&key().circuit, &key().matrices);
        for limb in 0..wires.limbs {
            // All of it in one limb, or one limb lent to the next.
            let weight = from_u64(1 << (8 * limb)).inverse().unwrap();
            let mut alone: Vec<(usize, Fr)> =
                (0..wires.limbs).map(|k| (wires.limb(liar, k), Fr::zero())).collect();
            alone[limb].1 = negative * weight;
            assert!(!accepted(&case, &alone), "limb {limb}");
            if limb > 0 {
                let mut lent = alone.clone();
                lent[limb].1 -= Fr::one();
                lent[limb - 1].1 += from_u64(256);
                assert!(!accepted(&case, &lent), "limb {limb}");
            }
        }
        let refused = prove_with(&market, &outcome, &case.witness).unwrap_err();
        assert!(matches!(refused, ProveError::Unsatisfied(_)), "{refused}");
        assert!(matches!(market.prove(&outcome).unwrap_err(), ProveError::Unsatisfied(_)));
    }
}

/// The right distance, but one limb is 256 too large and the next one too small, or a limb is a fraction.
#[test]
fn limb_off_table() {
    let market = Market::new(&[70, 120, 90], 1, 0);
    let case = case(&market.valuations, &market.terms, &market.outcome());
    let wires = Wires::new(&key().circuit, &key().matrices);
    let honest = case.assignment(&Challenges::new(0)).full();
    assert!(accepted(&case, &[]));
    for row in 0..4 {
        for limb in 0..wires.limbs - 1 {
            let (low, high) = (wires.limb(row, limb), wires.limb(row, limb + 1));
            for carry in [Fr::one(), -Fr::one(), from_u64(256).inverse().unwrap(), from_u64(u64::MAX)] {
                let moved = [(low, honest[low] + from_u64(256) * carry), (high, honest[high] - carry)];
                assert!(!accepted(&case, &moved), "row {row}, limb {limb}, carry {carry}");
            }
        }
    }
}

/// A padding row cannot win: neither as a flag in `D` alone, nor as a flag in the statement, nor with a
/// commitment of its own.
#[test]
fn padded_row_wins() {
    // At price 0 the padding row is at distance 0; at a positive price it is below.
    for (valuations, reserve) in [(vec![0, 7, 0], 0), (vec![9, 7, 6], 1)] {
        let market = Market::new(&valuations, 4, reserve);
        let outcome = market.outcome();
        let mut case = case(&valuations, &market.terms, &outcome);
        assert!(accepted(&case, &[]));
        case.witness.won[3] = Fr::one();
        assert!(!accepted(&case, &[]));
        case.columns[0].push(Fr::one());
        assert!(!accepted(&case, &[]), "even if the verifier evaluated a flag of padding");
        for open in [false, true] {
            case.witness.ties_open[3] = open;
            let refused = prove_with(&market, &outcome, &case.witness).unwrap_err();
            assert!(matches!(refused, ProveError::Unsatisfied(_)), "{refused}");
        }

        let proof = market.prove(&outcome).unwrap();
        let longer = market.claimed(outcome.clearing_price.0, &[&outcome.won[..], &[true]].concat());
        assert!(matches!(market.verify(&longer, &proof), Err(ProofError::Claim(_))));
        let mut padded = Market::new(&valuations, 4, reserve);
        padded.commitments.push(Commitment(G1Affine::identity()));
        assert!(matches!(padded.verify(&longer, &proof), Err(ProofError::Claim(_))), "an identity row");
    }
}

/// Two shards, no loser at the price in either: no hand-over makes both pass.
#[test]
fn two_shards_no_setter() {
    let market = Market::new(&[10, 3, 2, 1, 7, 1, 0, 0], 2, 0);
    assert_eq!(market.outcome().clearing_price, Amount(3));
    let won = [true, false, false, false, true, false, false, false];
    let outcome = market.claimed(5, &won);
    assert!(native::check_outcome(&market.terms, 8, &outcome).is_ok(), "integers see nothing wrong");
    let refused = market.prove(&outcome).unwrap_err();
    assert!(refused.to_string().contains("a price above the reserve has a setter"), "{refused}");

    let round = claimed_round(&market.valuations, &to_value(&market.terms), to_value(&outcome));
    let wires = Wires::new(&key().circuit, &key().matrices);
    for number in 0..8 {
        let shards = round.shards_handing_over(&key().circuit, |_| from_u64(number)).unwrap();
        // However the number is read: as two bits, or as anything else that adds up to it.
        let mut readings: Vec<[Fr; 2]> = Vec::new();
        for missing in [Fr::zero(), Fr::one(), -Fr::one(), from_u64(2).inverse().unwrap()] {
            readings.push([from_u64(number) - missing - missing, missing]);
        }
        let pass = |shard: usize, bit: fn(&Wires, usize) -> usize| {
            readings.iter().any(|[open, missing]| {
                accepted(&shards[shard], &[(bit(&wires, 0), *open), (bit(&wires, 1), *missing)])
            })
        };
        let (gives, takes) = (pass(0, Wires::given), pass(1, Wires::taken));
        // Ties may be closed early where no row is at the price (the number of winners makes up for it); that the
        // setter is missing cannot be hidden.
        assert_eq!(gives, number == 2 || number == 3, "handing over {number}");
        assert!(!(gives && takes), "handing over {number}");
    }

    // The second shard's proof with a carry of its own choice is a proof, but not of this round.
    let points: Vec<G1Affine> = market.commitments.iter().map(|c| c.0).collect();
    let half = |shard: usize, value: u64| {
        let blinding = from_u64(99);
        let carry = pedersen(&[from_u64(value)], blinding);
        let claims = market.with(&outcome, |claim| shard_claims(&key().circuit, claim, &points, &[carry]));
        let claim: &Claim<'_> = &claims.unwrap()[shard];
        let (carried, nothing) = ((from_u64(value), blinding), (Fr::zero(), Fr::zero()));
        let (taken, given) = if shard == 0 { (nothing, carried) } else { (carried, nothing) };
        let rows = shard * 4..shard * 4 + 4;
        let secrets = Secrets::new(&market.openings[rows.clone()], 1, Vec::new(), taken, given);
        let taken = HandOver { ties_open: value & 1 == 1, setter_missing: value & 2 == 2 };
        let taken = if shard == 0 { HandOver::default() } else { taken };
        let witness = Witness::fill(4, 5, &market.valuations[rows.clone()], &won[rows], taken, claim.shard);
        (carry, prove(key(), claim, &secrets, &witness, &mut rng()).unwrap())
    };
    let ((honest, first), (invented, second)) = (half(0, 3), half(1, 1));
    for carry in [honest, invented] {
        let proof = RoundProof { shards: vec![first.clone(), second.clone()], carries: vec![carry] };
        assert_eq!(market.verify(&outcome, &proof), Err(ProofError::Pairing));
    }
}

/// A round of three shards with one of its proofs missing, twice there, or in another's place.
#[test]
fn shard_missing() {
    let market = Market::new(&[9, 9, 1, 1, 5, 5, 1, 1, 5, 1], 4, 0);
    let outcome = market.outcome();
    let proof = market.prove(&outcome).unwrap();
    assert_eq!(market.verify(&outcome, &proof), Ok(()));
    let verify = |change: &dyn Fn(&mut RoundProof)| {
        let mut changed = proof.clone();
        change(&mut changed);
        market.verify(&outcome, &changed)
    };
    for missing in 0..3 {
        let gone = verify(&|p| drop(p.shards.remove(missing)));
        assert_eq!(gone, Err(ProofError::Claim("one proof per shard")));
        for carry in 0..2 {
            let gone = verify(&|p| {
                drop(p.shards.remove(missing));
                let _ = p.carries.remove(carry);
            });
            assert_eq!(gone, Err(ProofError::Claim("one carry between each two shards")));
        }
        for other in (0..3).filter(|other| *other != missing) {
            let again = verify(&|p| p.shards[missing] = p.shards[other].clone());
            assert!(matches!(again, Err(ProofError::Pairing | ProofError::Link)), "{missing} {other}");
        }
    }
    assert!(verify(&|p| p.shards.clear()).is_err());
    assert!(verify(&|p| p.shards.push(p.shards[2].clone())).is_err());
    assert!(verify(&|p| p.shards.reverse()).is_err());
    assert!(verify(&|p| p.carries.reverse()).is_err());
    assert!(verify(&|p| p.carries[1] = p.carries[0]).is_err());
    assert!(verify(&|p| p.carries[0] = G1Affine::identity()).is_err());
    assert!(verify(&|p| p.carries[0] = -p.carries[0]).is_err());
    assert!(verify(&|p| p.carries.push(p.carries[0])).is_err());

    // The last shard left out together with its rows.
    let mut fewer = Market::new(&market.valuations[..8], 4, 0);
    fewer.commitments = market.commitments[..8].to_vec();
    let (mut shorter, first) = (proof.clone(), fewer.claimed(5, &outcome.won[..8]));
    shorter.shards.pop();
    assert!(fewer.verify(&first, &shorter).is_err());
    shorter.carries.pop();
    assert!(matches!(fewer.verify(&first, &shorter), Err(ProofError::Pairing | ProofError::Link)));
}
