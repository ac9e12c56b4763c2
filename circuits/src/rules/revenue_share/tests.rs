//! What `revenue-share/v1` with sealed weights must do, and what nobody must get past it. Public rounds are
//! recomputed; the suite's `every_*` tests cover them.
//!
//! `edges` proves the rounds at the ends of the rule; `outcomes` tries every outcome of every tiny round against
//! the matrices; `cheats` attacks with false witnesses; `mutation` takes each kind of constraint away and shows
//! what breaks; `malformed` hands the verifier public data that no market has.

mod cheats;
mod edges;
mod malformed;
mod mutation;
mod outcomes;

use super::circuit::{RevenueShareCircuit, RowWitness, Witness};
use super::subject::{rows, terms};
use super::{Outcome, RevenueShare, Terms};
use crate::builder::Matrices;
use crate::field::{Fr, from_u64};
use crate::json::to_value;
use crate::number::{Amount, BasisPoints, Count};
use crate::proof_system::Circuit;
use crate::rule::{Disclosure, Rule};
use crate::rules::procedures::largest_remainder::PartWitness;
use crate::testing::Round;
use crate::testing::round::{Challenges, ShardCase, holds, record};
use ark_ff::{Field, One, Zero};

type Case = ShardCase<RevenueShareCircuit>;

/// The outcome that somebody claims, of terms without a fee.
fn claim(receipts: &[u64], dust: u64) -> Outcome {
    let receipts = Some(receipts.iter().copied().map(Amount).collect());
    Outcome { fee: Amount(0), receipts, dust: Amount(dust) }
}

impl Outcome {
    /// What a sealed round publishes of it.
    fn sealed(self) -> Self {
        Self { receipts: None, ..self }
    }
}

/// The sealed round in which these weights are claimed to be settled like this.
fn round(terms: &Terms, weights: &[u64], outcome: &Outcome) -> Round {
    Round {
        rule: &RevenueShare,
        terms: to_value(terms),
        disclosure: Disclosure::Sealed,
        columns: Default::default(),
        sealed: weights.iter().map(|weight| vec![*weight]).collect(),
        outcome: to_value(outcome),
    }
}

/// The only shard of a round, as the rule's own prover fills it.
fn case(circuit: &RevenueShareCircuit, round: &Round) -> Case {
    round.shards(circuit).unwrap().remove(0)
}

/// A circuit of this capacity, and its matrices.
fn recorded(capacity: usize) -> (RevenueShareCircuit, Matrices) {
    let circuit = RevenueShareCircuit::sized(capacity, 4);
    (circuit, record(&circuit, &circuit.blank()))
}

/// Whether the matrices accept a case with all that its prover says, at several challenges. Every wire that is not
/// committed is a product, a sum or an inverse that its own constraint fixes: there is nothing else to choose.
fn accepted(matrices: &Matrices, case: &Case) -> bool {
    (0..2).all(|seed| holds(matrices, &case.assignment(&Challenges::new(seed)).full()))
}

/// The same claim, with a witness of zeros.
fn unfilled(case: &Case) -> Case {
    let (columns, scalars) = (case.columns.clone(), case.scalars.clone());
    let (sealed, results) = (case.sealed.clone(), case.results.clone());
    let (circuit, witness) = (case.circuit, case.circuit.blank());
    ShardCase { circuit, columns, scalars, sealed, results, taken: case.taken, given: case.given, witness }
}

/// What a prover can choose: everything else that is committed follows from the statement, by equations.
#[derive(Clone)]
struct Choice {
    /// One for each row of the circuit.
    bonuses: Vec<Fr>,
    stand_in: Fr,
    cut: Fr,
}

/// The remainders, with the divisor, of rows with these quotients.
fn divided(terms: &Terms, weights: &[Fr], quotients: &[Fr], stand_in: Fr) -> (Fr, Vec<Fr>) {
    let whole = weights.iter().sum::<Fr>() + from_u64(terms.unallocated_weight.0);
    let (pot, divisor) = (from_u64(terms.revenue.0), whole + stand_in);
    (divisor, weights.iter().zip(quotients).map(|(weight, q)| pot * weight - divisor * q).collect())
}

/// The key of a row with this remainder.
fn key_of(circuit: &RevenueShareCircuit, row: usize, remainder: Fr) -> Fr {
    let step = from_u64(1 << circuit.limb_bits());
    remainder * step + step - Fr::one() - from_u64(row as u64)
}

/// The only witness for these weights and receipts with this choice, of terms without a fee.
fn forced(
    circuit: &RevenueShareCircuit,
    terms: &Terms,
    weights: &[Fr],
    receipts: &[Fr],
    choice: &Choice,
) -> Witness {
    let pad = |numbers: &[Fr]| {
        let mut numbers = numbers.to_vec();
        numbers.resize(circuit.capacity(), Fr::zero());
        numbers
    };
    let (weights, receipts) = (pad(weights), pad(receipts));
    let quotients: Vec<Fr> = receipts.iter().zip(&choice.bonuses).map(|(y, b)| *y - b).collect();
    let (divisor, remainders) = divided(terms, &weights, &quotients, choice.stand_in);
    let row = |i: usize| {
        let (bonus, remainder) = (choice.bonuses[i], remainders[i]);
        let over = key_of(circuit, i, remainder) - choice.cut;
        let chosen = |without: Fr, with: Fr| without + bonus * (with - without);
        let part = PartWitness {
            quotient: quotients[i],
            bonus,
            bounded: chosen(remainder, divisor - Fr::one() - remainder),
            distance: chosen(-over - Fr::one(), over),
        };
        RowWitness { weight: weights[i], part }
    };
    let room = divisor * from_u64(1 << circuit.limb_bits()) - choice.cut;
    let rows = (0..circuit.capacity()).map(row).collect();
    Witness { divisor, stand_in: choice.stand_in, cut: choice.cut, room, rows }
}

fn fields(numbers: &[u64]) -> Vec<Fr> {
    numbers.iter().copied().map(from_u64).collect()
}
