//! What must never happen, one named test each: proof-system.md section 12. The tests about the rule are in
//! `rules/uniform_price/tests`.

mod claims;
mod crippled;
mod encodings;
mod forgeries;
mod keys;
mod toy;

use super::*;
use crate::json::to_value;
use crate::number::{Amount, BasisPoints, Count};
use crate::proved::{
    CircuitProver, RoundClaim, RoundProof, RoundSecrets, prove_round, shard_claims, verify_round,
};
use crate::rule::{Disclosure, Published, Rule};
use crate::rules::uniform_price::circuit::UniformPriceCircuit;
use crate::rules::uniform_price::{Row, Terms, UniformPrice};
use crate::sealed::{Blinding, Commitment, Opening, commit_all};
use ark_std::rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;

type Key = ProvingKey<UniformPriceCircuit>;

/// One small key for all tests.
fn key() -> &'static Key {
    static KEY: OnceLock<Key> = OnceLock::new();
    KEY.get_or_init(|| setup(UniformPriceCircuit::sized(8, 8), &mut StdRng::seed_from_u64(1)).unwrap())
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(2)
}

/// What a settlement without public columns publishes.
pub(crate) fn published<'a>(terms: &'a Value, rows: usize, outcome: &'a Value) -> Published<'a> {
    static NONE: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    Published { terms, disclosure: Disclosure::Public, rows, columns: &NONE, outcome }
}

/// A settled round with everything that a test may want to change.
struct Round {
    openings: Vec<Opening>,
    commitments: Vec<Commitment>,
    statement: [u8; 32],
    terms: Value,
    outcome: Value,
    proof: RoundProof,
}

impl Round {
    fn new(valuations: &[u64], copies: u64, reserve: u64) -> Self {
        let mut rng = rng();
        let openings: Vec<Opening> =
            valuations.iter().map(|v| Opening::new(vec![*v], Blinding::random(&mut rng)).unwrap()).collect();
        let commitments = commit_all(&openings);
        let terms =
            Terms { copies: Count(copies), reserve_price: Amount(reserve), fee_bps: BasisPoints(100) };
        let rows: Vec<Row> = valuations.iter().map(|v| Row { valuation: Amount(*v) }).collect();
        let outcome = to_value(&UniformPrice::evaluate(&terms, &rows).unwrap());
        let terms = to_value(&terms);
        let statement = [7; 32];
        let proof = RoundProof { shards: Vec::new(), carries: Vec::new() };
        let unproved = Self { openings, commitments, statement, terms, outcome, proof };
        let proof = prove_round(key(), &unproved.claim(), &unproved.secrets(), &mut rng).unwrap();
        Self { proof, ..unproved }
    }

    fn secrets(&self) -> RoundSecrets<'_> {
        RoundSecrets { rows: &self.openings, results: &[] }
    }

    /// Winners 120, 200, 95; price 80, a losing bid above the reserve.
    fn usual() -> Self {
        Self::new(&[120, 80, 200, 60, 95], 3, 50)
    }

    fn claim(&self) -> RoundClaim<'_> {
        RoundClaim {
            statement: self.statement,
            commitments: &self.commitments,
            published: published(&self.terms, self.commitments.len(), &self.outcome),
            results: &[],
        }
    }

    fn verify(&self) -> Result<(), ProofError> {
        self.verify_with(&key().verifying)
    }

    fn verify_with(&self, key: &VerifyingKey) -> Result<(), ProofError> {
        verify_round(&self::key().circuit, key, &self.claim(), &self.proof)
    }

    /// The first shard's proof.
    fn shard(&mut self) -> &mut Proof {
        &mut self.proof.shards[0]
    }

    fn points(&self) -> Vec<G1Affine> {
        self.commitments.iter().map(|c| c.0).collect()
    }
}

#[test]
fn honest_rounds_verify() {
    assert_eq!(Round::usual().verify(), Ok(()));
    // More rows than one circuit holds: three shards, verified as one batch.
    let many: Vec<u64> = (0..20).map(|i| 1 + i * 7 % 11).collect();
    let round = Round::new(&many, 6, 2);
    assert_eq!(round.proof.shards.len(), 3);
    assert_eq!(round.verify(), Ok(()));
}

#[test]
fn keys_survive_their_files() {
    let bytes = key().to_bytes();
    let again = Key::from_trusted_bytes(key().circuit, &bytes).unwrap();
    again.lint(&mut rng()).unwrap();
    assert_eq!(again.id(), key().id());
    let round = Round::usual();
    let proof = CircuitProver(again).0;
    let proof = prove_round(&proof, &round.claim(), &round.secrets(), &mut rng()).unwrap();
    let round = Round { proof, ..round };
    assert_eq!(round.verify(), Ok(()));
}
