//! What `uniform-price/v1` must do, and what nobody must get past it.
//!
//! `edges` proves the rounds at the ends of the rule; `outcomes` tries every outcome of every tiny round against
//! the matrices; `cheats` attacks with false witnesses and false hand-overs; `mutation` takes each kind of
//! constraint away and shows what breaks; `malformed` hands the verifier public data that no market has.

mod cheats;
mod edges;
mod malformed;
mod mutation;
mod outcomes;

use super::circuit::{HandOver, UniformPriceCircuit, Witness};
use super::subject::{rows, terms};
use super::{Outcome, Terms, UniformPrice, native};
use crate::builder::Matrices;
use crate::field::{Fr, from_u64};
use crate::json::to_value;
use crate::number::{Amount, BasisPoints, Count};
use crate::proof_system::tests::published;
use crate::proof_system::{Circuit, ProofError, ProveError, ProvingKey, Shard, setup};
use crate::proved::{RoundClaim, RoundProof, RoundSecrets, prove_round, verify_round};
use crate::rule::Disclosure;
use crate::rule::Rule;
use crate::sealed::{Blinding, Commitment, Opening, commit_all};
use crate::testing::Round;
use ark_std::rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;
use std::sync::OnceLock;

/// A key for four rows; longer rounds are sharded.
fn key() -> &'static ProvingKey<UniformPriceCircuit> {
    static KEY: OnceLock<ProvingKey<UniformPriceCircuit>> = OnceLock::new();
    KEY.get_or_init(|| setup(UniformPriceCircuit::sized(4, 8), &mut StdRng::seed_from_u64(7)).unwrap())
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(8)
}

/// A round before it is settled.
struct Market {
    valuations: Vec<u64>,
    terms: Terms,
    openings: Vec<Opening>,
    commitments: Vec<Commitment>,
}

impl Market {
    fn new(valuations: &[u64], copies: u64, reserve: u64) -> Self {
        let mut rng = rng();
        let opening = |v: &u64| Opening::new(vec![*v], Blinding::random(&mut rng)).unwrap();
        let openings: Vec<Opening> = valuations.iter().map(opening).collect();
        let commitments = commit_all(&openings);
        let terms = Terms { fee_bps: BasisPoints(250), ..terms(copies, reserve) };
        Self { valuations: valuations.to_vec(), terms, openings, commitments }
    }

    fn secrets(&self) -> RoundSecrets<'_> {
        RoundSecrets { rows: &self.openings, results: &[] }
    }

    /// The evaluator's outcome.
    fn outcome(&self) -> Outcome {
        UniformPrice::evaluate(&self.terms, &rows(&self.valuations)).unwrap()
    }

    /// The outcome that somebody else would like.
    fn claimed(&self, price: u64, won: &[bool]) -> Outcome {
        native::implied(&self.terms, won.to_vec(), Amount(price))
    }

    fn with<T>(&self, outcome: &Outcome, act: impl FnOnce(&RoundClaim<'_>) -> T) -> T {
        let (terms, outcome) = (to_value(&self.terms), to_value(outcome));
        let commitments = &self.commitments;
        let published = published(&terms, commitments.len(), &outcome);
        act(&RoundClaim { statement: [1; 32], commitments, published, results: &[] })
    }

    fn prove(&self, outcome: &Outcome) -> Result<RoundProof, ProveError> {
        self.with(outcome, |claim| prove_round(key(), claim, &self.secrets(), &mut rng()))
    }

    fn verify(&self, outcome: &Outcome, proof: &RoundProof) -> Result<(), ProofError> {
        self.with(outcome, |claim| verify_round(&key().circuit, &key().verifying, claim, proof))
    }
}

/// The round in which these valuations are claimed to be settled like this.
fn claimed_round(valuations: &[u64], terms: &Value, outcome: Value) -> Round {
    Round {
        rule: &UniformPrice,
        terms: terms.clone(),
        disclosure: Disclosure::Public,
        columns: Default::default(),
        sealed: valuations.iter().map(|x| vec![*x]).collect(),
        outcome,
    }
}

/// Where the circuit puts its wires in `[1 | public | committed | private]`.
struct Wires {
    committed: usize,
    private: usize,
    rows: usize,
    limbs: usize,
    table: usize,
}

impl Wires {
    fn new(circuit: &UniformPriceCircuit, matrices: &Matrices) -> Self {
        let bits = circuit.limb_bits();
        let committed = 1 + matrices.public;
        let private = committed + matrices.committed;
        let limbs = 64usize.div_ceil(bits as usize);
        let wires = Self { committed, private, rows: circuit.capacity(), limbs, table: 1 << bits };
        assert_eq!(wires.given(0) + 2 + wires.table, private, "hiding wire, mask, rows, carries, counts");
        assert_eq!(wires.setter_seen() + 1, private + matrices.private, "the last wire");
        wires
    }

    fn won(&self, row: usize) -> usize {
        self.committed + 2 + row * (1 + self.limbs)
    }

    fn limb(&self, row: usize, limb: usize) -> usize {
        self.won(row) + 1 + limb
    }

    /// The two numbers taken: ties open, setter missing.
    fn taken(&self, bit: usize) -> usize {
        self.won(self.rows) + bit
    }

    fn given(&self, bit: usize) -> usize {
        self.taken(2) + bit
    }

    /// After the products and the partial sums of the two columns, the inverses and the quotients.
    fn open(&self, row: usize) -> usize {
        let sums = (self.rows + 1) + self.rows.saturating_sub(2);
        self.private + self.rows + sums + self.rows * self.limbs + self.table + 2 * row
    }

    fn product(&self, row: usize) -> usize {
        self.open(self.rows) + row
    }

    fn setter_seen(&self) -> usize {
        self.product(self.rows) + 1
    }
}
