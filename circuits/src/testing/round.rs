//! Rounds with all their secrets, and the wires that a prover makes of them: what the matrices are evaluated
//! on, without keys and without proofs.

use crate::builder::{Assignment, Builder, Masks, Matrices, Unsatisfied, Wire, dot};
use crate::field::{Fr, from_u64, from_u128};
use crate::gadgets::horner;
use crate::json::Malformed;
use crate::proof_system::{Circuit, Shard};
use crate::proved::{RoundCircuit, shard_count};
use crate::rule::{Disclosure, Money, PublicRound, Published, PublishedRule, WrongOutcome};
use crate::sealed::{Blinding, Opening};
use ark_ff::Zero;
use ark_std::UniformRand;
use ark_std::rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// The matrices of a circuit, recorded over this witness (they do not depend on it).
pub fn record<C: Circuit>(circuit: &C, witness: &C::Witness) -> Matrices {
    let layout = circuit.layout();
    let mut early = Builder::record(layout);
    let wires = circuit.commit(&mut early, witness);
    let challenges = Challenges::new(1).values[..layout.challenges].to_vec();
    let mut late = early.challenge(&challenges, &[], &[]);
    circuit.relate(&mut late, &wires, witness);
    late.into_matrices()
}

/// Challenges that are fixed instead of hashed. A cheat counts only if it works for several of them with the
/// same committed wires: that is what hashing after `D` means.
pub struct Challenges {
    values: [Fr; 3],
}

impl Challenges {
    /// The challenges of this number.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        Self { values: std::array::from_fn(|_| Fr::rand(&mut rng)) }
    }
}

/// Whether the wires `z` satisfy every constraint: [`Matrices::check`] without threads, for many small checks.
#[must_use]
pub fn holds(matrices: &Matrices, z: &[Fr]) -> bool {
    (0..matrices.constraints()).all(|row| {
        let [a, b, c] = [0, 1, 2].map(|m| dot(&matrices.abc[m][row], z));
        a * b == c
    })
}

/// One shard of a round: what is public, what the ledger's commitments hold, and what the prover fills in.
pub struct ShardCase<C: Circuit> {
    /// The circuit.
    pub circuit: C,
    /// Public columns of the shard's rows.
    pub columns: Vec<Vec<Fr>>,
    /// The rule's public scalars.
    pub scalars: Vec<Fr>,
    /// Sealed columns: the values that the ledger's commitments hold.
    pub sealed: Vec<Vec<Fr>>,
    /// Result columns: the values that the settlement claims.
    pub results: Vec<Vec<Fr>>,
    /// The value in the carry commitment taken; 0 where there is none.
    pub taken: Fr,
    /// The value in the carry commitment given; 0 where there is none.
    pub given: Fr,
    /// What the prover fills in.
    pub witness: C::Witness,
}

impl<C: Circuit> ShardCase<C> {
    /// All wires. The sums and evaluations are those that a verifier's own checks force.
    pub fn assignment(&self, challenges: &Challenges) -> Assignment {
        self.cheating(challenges, [])
    }

    /// The same by a prover that puts these values into its wires, masks excepted; what the circuit computes from
    /// them follows.
    pub(crate) fn cheating(
        &self,
        challenges: &Challenges,
        chosen: impl IntoIterator<Item = (Wire, Fr)>,
    ) -> Assignment {
        let layout = self.circuit.layout();
        let rho = challenges.values[0];
        let pad = |column: &[Fr]| {
            let mut column = column.to_vec();
            column.resize(self.circuit.capacity(), Fr::zero());
            column
        };
        let masks: Vec<Fr> = (0..layout.masks() as u64).map(|k| from_u64(1_000_003 + k)).collect();
        let masked = self.sealed.iter().chain(&self.results).zip(&masks).enumerate();
        let sums: Vec<Fr> = masked
            .map(|(k, (column, mask))| {
                let carried = if k == 0 { [self.given, self.taken] } else { [Fr::zero(); 2] };
                let values = carried.into_iter().chain([*mask]).chain(pad(column));
                horner::sum(values, rho)
            })
            .collect();
        let evaluations: Vec<Fr> = self.columns.iter().map(|c| horner::sum(pad(c), rho)).collect();
        let masks = Masks { columns: masks, hide: from_u64(77) };
        let mut early = Builder::fill(layout, self.scalars.clone(), masks);
        early.cheat(chosen);
        let wires = self.circuit.commit(&mut early, &self.witness);
        let mut late = early.challenge(&challenges.values[..layout.challenges], &sums, &evaluations);
        self.circuit.relate(&mut late, &wires, &self.witness);
        late.into_assignment()
    }

    /// Whether the matrices accept the prover's wires.
    ///
    /// # Errors
    /// The first constraint that does not hold.
    pub fn check(&self, matrices: &Matrices) -> Result<(), Unsatisfied> {
        matrices.check(&self.assignment(&Challenges::new(3)))
    }
}

/// A round with what its parties sealed and an outcome that somebody claims.
#[derive(Clone)]
pub struct Round {
    /// The rule.
    pub rule: &'static dyn PublishedRule,
    /// The round's terms.
    pub terms: Value,
    /// Whether it seals what it may seal.
    pub disclosure: Disclosure,
    /// Public columns of its rows.
    pub columns: BTreeMap<String, Vec<Value>>,
    /// Sealed numbers, by row.
    pub sealed: Vec<Vec<u64>>,
    /// The outcome that is claimed, with every field.
    pub outcome: Value,
}

impl fmt::Debug for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, terms, disclosure, columns, sealed, outcome } = self;
        write!(f, "{} {terms} {disclosure:?} {columns:?} {sealed:?} -> {outcome}", rule.id())
    }
}

impl Round {
    /// What the settlement would publish.
    pub(super) fn with_published<T>(&self, act: impl FnOnce(&Published<'_>) -> T) -> T {
        let outcome = self.rule.publish(self.outcome.clone(), self.disclosure);
        act(&Published {
            terms: &self.terms,
            disclosure: self.disclosure,
            rows: self.sealed.len(),
            columns: &self.columns,
            outcome: &outcome,
        })
    }

    /// The numbers of the result columns of the claimed outcome, published or not.
    ///
    /// # Errors
    /// The outcome is not of the rule's form.
    pub fn results(&self) -> Result<Vec<Vec<Fr>>, Malformed> {
        let columns = self.rule.results(&self.outcome)?;
        Ok(columns.into_iter().map(|column| column.into_iter().map(from_u128).collect()).collect())
    }

    /// The integer checks of the claimed outcome.
    ///
    /// # Errors
    /// What is wrong.
    pub fn money(&self) -> Result<Money, WrongOutcome> {
        self.with_published(|published| self.rule.check_outcome(published))
    }

    /// The shards of the round, filled in as the rule's own prover does.
    ///
    /// # Errors
    /// The claim is not of the rule's form.
    pub fn shards<C: RoundCircuit>(&self, circuit: &C) -> Result<Vec<ShardCase<C>>, Malformed> {
        self.shards_handing_over(circuit, |honest| honest)
    }

    /// The same with these numbers in sealed result columns, which may be none that an outcome could have.
    ///
    /// # Errors
    /// The claim is not of the rule's form.
    pub fn shards_sealing<C: RoundCircuit>(
        &self,
        circuit: &C,
        results: &[Vec<Fr>],
    ) -> Result<Vec<ShardCase<C>>, Malformed> {
        self.shards_of(circuit, results, |honest| honest)
    }

    /// The same, but between shards the commitments hold what `hand` makes of the value that the rule's own
    /// prover hands over; the shard after takes that.
    ///
    /// # Errors
    /// The claim is not of the rule's form.
    pub fn shards_handing_over<C: RoundCircuit>(
        &self,
        circuit: &C,
        hand: impl Fn(Fr) -> Fr,
    ) -> Result<Vec<ShardCase<C>>, Malformed> {
        self.shards_of(circuit, &self.results()?, hand)
    }

    fn shards_of<C: RoundCircuit>(
        &self,
        circuit: &C,
        results: &[Vec<Fr>],
        hand: impl Fn(Fr) -> Fr,
    ) -> Result<Vec<ShardCase<C>>, Malformed> {
        let blinding = || Blinding::from_uniform_bytes(&[9; 64]);
        let opening = |row: &Vec<u64>| Opening::new(row.clone(), blinding());
        let openings: Vec<Opening> = self.sealed.iter().flat_map(opening).collect();
        let public = self.with_published(PublicRound::<C::Rule>::read)?;
        let (rows, capacity) = (self.sealed.len(), circuit.capacity());
        if results.iter().any(|column| column.len() != rows) {
            return Err(Malformed("a result column has not one entry per row".into()));
        }
        let count = shard_count(rows, capacity);
        let mut carried = Fr::zero();
        let case = |index: usize| {
            let shard = Shard { index: index as u64, count: count as u64, rows: rows as u64 };
            let range = index * capacity..rows.min((index + 1) * capacity);
            let taken = carried;
            let results: Vec<Vec<Fr>> = results.iter().map(|column| column[range.clone()].to_vec()).collect();
            let (witness, given) = circuit.witness(&public, &openings, &results, range.clone(), taken, shard);
            let given = if shard.is_last() { given } else { hand(given) };
            carried = given;
            let number = |row: &Vec<u64>, k: usize| from_u64(row.get(k).copied().unwrap_or(0));
            let column = |k| self.sealed[range.clone()].iter().map(|row| number(row, k)).collect();
            ShardCase {
                circuit: circuit.clone(),
                columns: circuit.columns(&public, range.clone()),
                scalars: circuit.scalars(&public, shard),
                sealed: (0..circuit.layout().sealed).map(column).collect(),
                results,
                taken,
                given,
                witness,
            }
        };
        Ok((0..count).map(case).collect())
    }

    /// Whether the circuit accepts the round as the rule's own prover fills it.
    pub fn accepted<C: RoundCircuit>(&self, circuit: &C, matrices: &Matrices) -> bool {
        let shards = self.shards(circuit);
        shards.is_ok_and(|shards| shards.iter().all(|shard| shard.check(matrices).is_ok()))
    }
}
