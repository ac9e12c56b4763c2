//! Constraints are taken out of the matrices, and somebody cheats.
//!
//! A cheat is a claim that the integer checks pass and that is not the evaluator's outcome, with wires of the
//! prover's choice. It counts if the matrices without the missing constraints accept it at several challenges with
//! the same committed wires, and if the full matrices, which have nothing more but those, refuse it.

use super::round::{Challenges, Round, ShardCase, record};
use super::solve::complete;
use crate::builder::Matrices;
use crate::field::Fr;
use crate::proved::RoundCircuit;
use serde_json::Value;
use std::collections::BTreeSet;
use std::ops::Range;

/// A false claim, and how to get it past a circuit without some constraints.
pub struct Cheat<C: RoundCircuit> {
    /// The property that is missing.
    pub property: &'static str,
    /// Which of its constraints are missing; all of them if this is empty.
    pub only: Vec<usize>,
    /// The claim: a round in one shard.
    pub round: Round,
    /// What the cheat says in place of the rule's own prover. What is committed follows from it.
    pub say: fn(&mut ShardCase<C>),
    /// Committed wires that do not follow: other counts of a lookup.
    pub commit: fn(&Filled<'_>) -> Vec<(usize, Fr)>,
    /// Wires that the cheat chooses after the challenges; the constraints that are left give the others.
    pub choose: fn(&Filled<'_>) -> Vec<(usize, Fr)>,
}

/// The wires of a cheat, filled as if nothing were missing.
pub struct Filled<'a> {
    matrices: &'a Matrices,
    /// `[1 | public | committed | private]`; the public inputs start with `ρ, X, θ`.
    pub z: &'a [Fr],
}

impl<'a> Filled<'a> {
    /// Wires filled by hand.
    #[must_use]
    pub fn new(matrices: &'a Matrices, z: &'a [Fr]) -> Self {
        Self { matrices, z }
    }

    /// The uncommitted wire that a constraint defines: the one that stands alone on its C, B or A side. `nth` counts
    /// the constraints of the property.
    #[must_use]
    pub fn defined(&self, property: &str, nth: usize) -> usize {
        let first = 1 + self.matrices.public + self.matrices.committed;
        self.alone(property, nth, first..self.z.len())
    }

    /// The committed wire that stands alone on a side of a constraint.
    #[must_use]
    pub fn committed(&self, property: &str, nth: usize) -> usize {
        let first = 1 + self.matrices.public;
        self.alone(property, nth, first..first + self.matrices.committed)
    }

    fn alone(&self, property: &str, nth: usize, among: Range<usize>) -> usize {
        let row = self.matrices.rows_of(property)[nth];
        let alone = |m: usize| match &self.matrices.abc[m][row][..] {
            [(_, wire)] if among.contains(wire) => Some(*wire),
            _ => None,
        };
        [2, 1, 0].into_iter().find_map(alone).unwrap_or_else(|| panic!("{property}: no wire stands alone"))
    }
}

/// Says nothing but what the rule's own prover says.
pub fn nothing<C: RoundCircuit>(_: &mut ShardCase<C>) {}

/// Chooses no wire.
#[must_use]
pub fn none(_: &Filled<'_>) -> Vec<(usize, Fr)> {
    Vec::new()
}

impl<C: RoundCircuit> Cheat<C> {
    /// A cheat without one property, that needs nothing but the claim.
    #[must_use]
    pub fn new(property: &'static str, round: Round) -> Self {
        Self { property, only: Vec::new(), round, say: nothing, commit: none, choose: none }
    }

    /// Panics unless the claim is false, and public numbers do not tell.
    fn check_claim(&self) {
        let Round { rule, terms, disclosure, columns, sealed, outcome } = &self.round;
        let public = |index: usize| -> Value {
            Value::Object(
                columns.iter().map(|(name, column)| (name.clone(), column[index].clone())).collect(),
            )
        };
        let row = |(index, sealed): (usize, &Vec<u64>)| rule.row(terms, *disclosure, sealed, &public(index));
        let rows = sealed.iter().enumerate().map(row).collect::<Result<Vec<Value>, _>>();
        let rows = Value::Array(rows.unwrap_or_else(|error| panic!("{error}")));
        let right = rule.evaluate(terms, &rows).unwrap_or_else(|error| panic!("{error}"));
        assert_ne!(*outcome, right, "{}: the claim is false", self.property);
        let money = self.round.money();
        assert!(money.as_ref().is_ok_and(|money| money.conserved()), "{}: {money:?}", self.property);
    }

    /// Panics unless the matrices without the missing constraints accept the cheat and the full ones refuse it.
    fn check(&self, circuit: &C, full: &Matrices) {
        self.check_claim();
        let about = format!("{} {:?}: {:?}", self.property, self.only, self.round);
        let rows = full.rows_of(self.property);
        let dropped = match &self.only[..] {
            [] => rows,
            only => only.iter().map(|nth| rows[*nth]).collect(),
        };
        let mutated = full.without_rows(&dropped);
        let mut shards = self.round.shards(circuit).unwrap_or_else(|error| panic!("{about}: {error}"));
        assert_eq!(shards.len(), 1, "{about}");
        (self.say)(&mut shards[0]);
        let mut committed = Vec::new();
        for seed in 0..3 {
            let mut assignment = shards[0].assignment(&Challenges::new(seed));
            let z = assignment.full();
            let filled = Filled::new(full, &z);
            for (wire, value) in (self.commit)(&filled) {
                assignment.committed[wire - 1 - full.public] = value;
            }
            committed.push(assignment.committed.clone());
            let chosen = (self.choose)(&filled);
            assert!(chosen.iter().all(|(wire, _)| *wire > full.public + full.committed), "{about}: too late");
            let cheated = complete(&mutated, assignment, &chosen);
            assert_eq!(mutated.check(&cheated), Ok(()), "{about}: accepted without it");
            assert!(full.check(&cheated).is_err(), "{about}: refused with it");
        }
        assert!(committed.windows(2).all(|pair| pair[0] == pair[1]), "{about}: fixed before the challenges");
    }
}

/// Kinds of constraints of the form `wire·0 = 0`, which no assignment can break: they are about the key. What a
/// setup says without them is in `uniform_price/tests/mutation.rs`.
pub const ABOUT_THE_KEY: [&str; 2] = ["public input stands alone", "the hiding wire has a base"];

/// Panics unless every cheat works and every kind of constraint has one; prints the score.
pub fn check<C: RoundCircuit>(circuit: &C, cheats: &[Cheat<C>]) {
    let full = record(circuit, &circuit.blank());
    cheats.iter().for_each(|cheat| cheat.check(circuit, &full));
    let kinds: BTreeSet<&str> = full.properties().into_iter().map(|(name, _)| name).collect();
    let caught: BTreeSet<&str> = cheats.iter().map(|cheat| cheat.property).chain(ABOUT_THE_KEY).collect();
    let rule = circuit.tier().rule;
    println!("circuit mutation: {rule}: {} of {} kinds of constraints caught", caught.len(), kinds.len());
    assert_eq!(caught, kinds, "{rule}");
}
