//! Attempts to get a false claim past the circuits of rules that match, and what is left of a circuit without some
//! of its constraints.

use crate::builder::{Assignment, Matrices, Unsatisfied, dot};
use crate::field::Fr;
use crate::gadgets::lookup::multiplicities;
use crate::proof_system::Circuit;
use crate::testing::forms::{counted, looked_up};
use crate::testing::round::{Challenges, ShardCase, record};
use crate::testing::solve::complete;
use std::collections::BTreeSet;

/// Kinds of constraints that no assignment can break, because they have the form `wire·0 = 0`: they are about the
/// key, and the setup refuses to do without them.
pub const ABOUT_THE_KEY: [&str; 2] = ["public input stands alone", "the hiding wire has a base"];

/// A claim with wires of the prover's choice: what the witness says, then single wires.
pub struct Attempt<C: Circuit> {
    /// The claim, and the witness that the prover makes up.
    pub case: ShardCase<C>,
    /// The circuit's matrices.
    pub full: Matrices,
    /// Wires in `[1 | public | committed | private]` that the prover sets as well.
    pub chosen: Vec<(usize, Fr)>,
    /// Private wires that are as the witness has them. The others are solved for.
    pub kept: Vec<usize>,
}

impl<C: Circuit> Attempt<C> {
    /// The attempt with this case, keeping the private wires on the A side of the constraints of `kept`.
    #[must_use]
    pub fn new(case: ShardCase<C>, kept: &str) -> Self {
        let full = record(&case.circuit, &case.circuit.blank());
        let rows = full.rows_of(kept);
        let kept = rows.into_iter().flat_map(|row| full.abc[0][row].iter().map(|(_, wire)| *wire)).collect();
        Self { case, full, chosen: Vec::new(), kept }
    }

    /// The prover's wires in side `side` (0, 1, 2 for `a·b = c`) of constraint `nth` of a property.
    #[must_use]
    pub fn wires(&self, property: &str, nth: usize, side: usize) -> Vec<usize> {
        let row = self.full.rows_of(property)[nth];
        let wires = self.full.abc[side][row].iter().map(|(_, wire)| *wire);
        wires.filter(|wire| *wire > self.full.public).collect()
    }

    /// Sets the only wire in a side of a constraint.
    pub fn set(&mut self, (property, nth, side): (&str, usize, usize), value: Fr) {
        let wires = self.wires(property, nth, side);
        assert_eq!(wires.len(), 1, "{property} {nth} {side}");
        self.chosen.push((wires[0], value));
    }

    /// The attempt's wires, completed to satisfy these of the matrices' constraints.
    fn assignment(&self, matrices: &Matrices, challenges: &Challenges) -> Assignment {
        let first = 1 + self.full.public;
        let private = first + self.full.committed;
        let mut assignment = self.case.assignment(challenges);
        for (wire, value) in self.chosen.iter().filter(|(wire, _)| *wire < private) {
            assignment.committed[*wire - first] = *value;
        }
        // Whatever was set, limbs are counted as they are.
        let (z, x) = (assignment.full(), assignment.public[1]);
        let limbs: Vec<Fr> = looked_up(&self.full).iter().map(|form| dot(form, &z) - x).collect();
        let counts = multiplicities(self.case.circuit.limb_bits(), limbs);
        let counted = counted(&self.full);
        if let Some(wire) = counted.iter().flatten().map(|(_, wire)| *wire).min() {
            assignment.committed[wire - first..][..counts.len()].copy_from_slice(&counts);
        }
        let kept = self.kept.iter().map(|wire| (*wire, assignment.private[*wire - private]));
        let late = self.chosen.iter().copied().filter(|(wire, _)| *wire >= private);
        let late: Vec<(usize, Fr)> = kept.chain(late).collect();
        complete(matrices, assignment, &late)
    }

    /// Whether these of the matrices' constraints accept the attempt, at several challenges with the same committed
    /// wires.
    ///
    /// # Errors
    /// The first constraint that does not hold.
    pub fn check(&self, matrices: &Matrices) -> Result<(), Unsatisfied> {
        let passes = |seed| matrices.check(&self.assignment(matrices, &Challenges::new(seed)));
        (0..3).try_for_each(passes)
    }

    /// The property of the first constraint that refuses the attempt, if one does.
    #[must_use]
    pub fn refused(&self) -> Option<&'static str> {
        self.check(&self.full).err().map(|broken| broken.property)
    }

    /// Panics unless the circuit refuses the attempt, and accepts it without these of the property's constraints:
    /// all of them for `None`.
    pub fn needs(&self, property: &'static str, nth: Option<&[usize]>) {
        let rows = self.full.rows_of(property);
        let dropped = nth.map_or(rows.clone(), |nth| nth.iter().map(|nth| rows[*nth]).collect());
        let mutated = self.full.without_rows(&dropped);
        assert_eq!(self.check(&mutated), Ok(()), "accepted without `{property}` {nth:?}");
        // Wires that satisfy everything else do not satisfy the property.
        let wires = self.assignment(&mutated, &Challenges::new(0));
        let broken = self.full.check(&wires).map_err(|broken| dropped.contains(&broken.row));
        assert_eq!(broken, Err(true), "refused by `{property}` {nth:?}");
        assert!(self.refused().is_some(), "refused whatever is solved for: `{property}` {nth:?}");
    }
}

/// Panics unless the cheats are about every kind of constraint; prints the score.
pub fn score(rule: &str, full: &Matrices, cheats: impl IntoIterator<Item = &'static str>) {
    let kinds: BTreeSet<&str> = full.properties().into_iter().map(|(name, _)| name).collect();
    let caught: BTreeSet<&str> = cheats.into_iter().chain(ABOUT_THE_KEY).collect();
    println!("circuit mutation: {rule}: {} of {} kinds of constraints caught", caught.len(), kinds.len());
    assert_eq!(caught, kinds);
}
