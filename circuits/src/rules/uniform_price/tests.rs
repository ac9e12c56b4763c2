//! What `uniform-price/v1` must do, and what nobody must get past it.

use super::circuit::UniformPriceCircuit;
use super::*;
use crate::json::to_value;
use crate::proof_system::setup;
use crate::proved::{RoundClaim, prove_round, verify_round};
use crate::sealed::{Blinding, Opening, commit_all};
use ark_std::rand::SeedableRng;
use rand::rngs::StdRng;

#[test]
fn rounds_of_every_shape_are_proved() {
    let mut rng = StdRng::seed_from_u64(7);
    let key = setup(UniformPriceCircuit::sized(4, 8), &mut rng).unwrap();
    let cases: &[(&[u64], u64, u64)] = &[
        (&[70, 120, 90], 1, 0),
        (&[120, 80, 200, 60], 3, 50),
        (&[5, 9, 5, 5, 5, 5, 5], 2, 0),
        (&[], 2, 3),
        (&[0, 0], 2, 0),
        (&[0, 7, 0, 0, 0, 3, 0, 0, 0], 3, 0),
        (&[u64::MAX, u64::MAX, 1, 1, u64::MAX], 1, 0),
    ];
    for (valuations, copies, reserve) in cases {
        let openings: Vec<Opening> =
            valuations.iter().map(|v| Opening::new(vec![*v], Blinding::random(&mut rng)).unwrap()).collect();
        let commitments = commit_all(&openings);
        let terms =
            Terms { copies: Count(*copies), reserve_price: Amount(*reserve), fee_bps: BasisPoints(250) };
        let rows: Vec<Row> = valuations.iter().map(|v| Row { valuation: Amount(*v) }).collect();
        let outcome = UniformPrice::evaluate(&terms, &rows).unwrap();
        let (terms, outcome) = (to_value(&terms), to_value(&outcome));
        let claim =
            RoundClaim { statement: [1; 32], commitments: &commitments, terms: &terms, outcome: &outcome };
        let proof = prove_round(&key, &claim, &openings, &mut rng).unwrap();
        assert_eq!(verify_round(&key.circuit, &key.verifying, &claim, &proof), Ok(()), "{valuations:?}");
        assert_eq!(proof.shards[0].to_bytes().len(), 288);
    }
}
