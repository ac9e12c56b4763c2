//! Constraint deletion: each constraint is taken out of the matrices in turn, and somebody cheats.
//!
//! A [`Cheat`] is a false claim with wires of the prover's choice. Everything else is filled as the rule's own prover
//! fills it, then solved for: private wires by the constraints that are left, numbers out of range by new limbs. It
//! counts only if the mutated matrices accept it at several challenges with the same committed wires.

use super::forms::{counted, looked_up};
use super::round::{Challenges, ShardCase, holds};
use super::solve::complete;
use crate::builder::{Assignment, Matrices, Wire, dot};
use crate::field::{Fr, from_u64};
use crate::gadgets::lookup::multiplicities;
use crate::gadgets::range::limbs;
use crate::proof_system::Circuit;
use ark_ff::{One, PrimeField, Zero};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of constraints that no assignment can break, because they have the form `wire·0 = 0`: they are about the
/// key. The setup refuses to do without them.
pub const ABOUT_THE_KEY: [&str; 2] = ["public input stands alone", "the hiding wire has a base"];

/// A false claim, and how to get it past a circuit in which some constraint of a property is missing.
pub struct Cheat<C: Circuit> {
    /// The property.
    pub property: &'static str,
    /// For people.
    pub about: &'static str,
    /// The claim; its witness is what the cheat says about it.
    pub case: ShardCase<C>,
    /// Wires that the cheat chooses, by their position in `[1 | public | committed | private]`.
    pub chosen: Vec<(usize, Fr)>,
}

/// What a circuit's matrices say about limbs, read once.
struct Limbs {
    /// What is looked up, less `X`: the wire and its factor.
    looked_up: Vec<(usize, Fr)>,
    /// First wire of the multiplicities.
    counts: usize,
    bits: u32,
}

impl Limbs {
    fn of(matrices: &Matrices, bits: u32) -> Self {
        let first = 1 + matrices.public;
        // Challenge 1 is `X`, wire 2; a limb is one committed wire.
        let limb = |form: Vec<(Fr, usize)>| form.into_iter().find(|(_, wire)| *wire >= first);
        let looked_up = looked_up(matrices).into_iter().filter_map(limb);
        let counts = counted(matrices).iter().flatten().map(|(_, wire)| *wire).min();
        Self {
            looked_up: looked_up.map(|(factor, wire)| (wire, factor)).collect(),
            counts: counts.unwrap_or_default(),
            bits,
        }
    }

    /// Whether a limb's value times its factor is in the table.
    fn holds(&self, limb: Fr) -> bool {
        limb.into_bigint() < from_u64(1 << self.bits).into_bigint()
    }

    /// The limbs of the number in a constraint `1·number = x`: `Σ 2^(bits·k)·limb_k`.
    fn number(&self, matrices: &Matrices, row: usize) -> Vec<usize> {
        let [a, b] = [0, 1].map(|m| &matrices.abc[m][row]);
        let mut weight = Fr::one();
        let weighted = b.iter().all(|(factor, _)| {
            let expected = *factor == weight;
            weight *= from_u64(1 << self.bits);
            expected
        });
        let known = b.iter().any(|(_, wire)| self.looked_up.iter().any(|(limb, _)| limb == wire));
        let number = a[..] == [(Fr::one(), 0)] && weighted && known;
        if number { b.iter().map(|(_, wire)| *wire).collect() } else { Vec::new() }
    }

    /// Puts 0 into limbs that are not in the table, and into all limbs of numbers that have one, unless chosen.
    fn tidy(&self, matrices: &Matrices, z: &mut [Fr], chosen: &BTreeMap<usize, Fr>) {
        let off = self.looked_up.iter().filter(|(wire, factor)| !self.holds(z[*wire] * factor));
        let off: BTreeSet<usize> = off.map(|(wire, _)| *wire).collect();
        let numbers = (0..matrices.constraints()).map(|row| self.number(matrices, row));
        let spoilt = numbers.filter(|number| number.iter().any(|wire| off.contains(wire))).flatten();
        for wire in spoilt.chain(off.iter().copied()).filter(|wire| !chosen.contains_key(wire)) {
            z[wire] = Fr::zero();
        }
    }

    /// Counts limbs again.
    fn count(&self, z: &mut [Fr]) {
        let looked_up = self.looked_up.iter().map(|(wire, factor)| z[*wire] * factor).collect::<Vec<_>>();
        let counts = multiplicities(self.bits, looked_up);
        z[self.counts..self.counts + counts.len()].copy_from_slice(&counts);
    }

    /// New limbs for the number of a constraint `1·number = x` that does not hold, if `x` has that many. Whether
    /// there are any.
    fn repair(&self, matrices: &Matrices, row: usize, z: &mut [Fr], chosen: &BTreeMap<usize, Fr>) -> bool {
        let number = self.number(matrices, row);
        let count = u32::try_from(number.len()).unwrap_or_default();
        if count == 0 || number.iter().any(|wire| chosen.contains_key(wire)) {
            return false;
        }
        let new = limbs(dot(&matrices.abc[2][row], z), count, self.bits);
        let fits = new.iter().all(|limb| self.holds(*limb));
        if fits {
            number.iter().zip(new).for_each(|(wire, limb)| z[*wire] = limb);
        }
        fits
    }
}

fn split(matrices: &Matrices, z: &[Fr]) -> Assignment {
    let (committed, private) = (1 + matrices.public, 1 + matrices.public + matrices.committed);
    Assignment {
        public: z[1..committed].to_vec(),
        committed: z[committed..private].to_vec(),
        private: z[private..].to_vec(),
    }
}

impl<C: Circuit> Cheat<C> {
    fn wires(&self, matrices: &Matrices) -> impl Iterator<Item = (Wire, Fr)> {
        self.chosen.iter().filter_map(|(wire, value)| Some((matrices.wire(*wire)?, *value)))
    }

    /// The cheat's wires at these challenges, with these committed ones if they are fixed already.
    fn solved(&self, matrices: &Matrices, challenges: &Challenges, fixed: Option<&[Fr]>) -> Vec<Fr> {
        let limbs = Limbs::of(matrices, self.case.circuit.limb_bits());
        let chosen: BTreeMap<usize, Fr> = self.chosen.iter().copied().collect();
        let private = 1 + matrices.public + matrices.committed;
        let late: Vec<(usize, Fr)> =
            self.chosen.iter().copied().filter(|(wire, _)| *wire >= private).collect();
        let mut z = self.case.cheating(challenges, self.wires(matrices)).full();
        match fixed {
            Some(committed) => z[1 + matrices.public..private].copy_from_slice(committed),
            None => limbs.tidy(matrices, &mut z, &chosen),
        }
        // Each round gives at least one number new limbs; a cheat needs few.
        for _ in 0..6 {
            if fixed.is_none() {
                limbs.count(&mut z);
            }
            z = complete(matrices, split(matrices, &z), &late).full();
            let broken = (0..matrices.constraints()).filter(|row| !row_holds(matrices, *row, &z));
            let broken: Vec<usize> = broken.collect();
            let repaired = broken.iter().filter(|row| limbs.repair(matrices, **row, &mut z, &chosen)).count();
            if repaired == 0 || fixed.is_some() {
                break;
            }
        }
        z
    }

    /// Whether the matrices accept the cheat, at several challenges with the same committed wires.
    #[must_use]
    pub fn passes(&self, matrices: &Matrices) -> bool {
        let first = self.solved(matrices, &Challenges::new(0), None);
        let committed = 1 + matrices.public..1 + matrices.public + matrices.committed;
        let passes_at = |seed| {
            let fixed = Some(&first[committed.clone()]);
            holds(matrices, &self.solved(matrices, &Challenges::new(seed), fixed))
        };
        holds(matrices, &first) && (1..3).all(passes_at)
    }
}

fn row_holds(matrices: &Matrices, row: usize, z: &[Fr]) -> bool {
    let [a, b, c] = [0, 1, 2].map(|m| dot(&matrices.abc[m][row], z));
    a * b == c
}

/// The prover's wires in one side (0, 1 or 2 for `a·b = c`) of the `nth` constraint of a property.
#[must_use]
pub fn wires_of(matrices: &Matrices, property: &str, nth: usize, side: usize) -> Vec<usize> {
    let row = matrices.rows_of(property)[nth];
    matrices.abc[side][row].iter().map(|(_, wire)| *wire).filter(|wire| *wire > matrices.public).collect()
}

/// Panics unless the circuit refuses every cheat, and without any single one of its constraints accepts some cheat
/// that is said to be about its property. Prints the score.
pub fn every_constraint_is_needed<C>(name: &str, matrices: &Matrices, cheats: &[Cheat<C>])
where
    C: Circuit,
    Cheat<C>: Sync,
{
    constraints_are_needed(name, matrices, cheats, &[]);
}

/// [`every_constraint_is_needed`], but for the constraints of some properties, which are needed `together`: of these
/// all are missing at once.
pub fn constraints_are_needed<C>(name: &str, matrices: &Matrices, cheats: &[Cheat<C>], together: &[&str])
where
    C: Circuit,
    Cheat<C>: Sync,
{
    let refused = |cheat: &Cheat<C>| assert!(!cheat.passes(matrices), "{}: {}", cheat.property, cheat.about);
    cheats.par_iter().for_each(refused);
    let kinds = matrices.properties();
    for cheat in cheats {
        assert!(
            kinds.iter().any(|(kind, _)| *kind == cheat.property),
            "no constraint says {}",
            cheat.property
        );
    }
    let mut groups: Vec<(&'static str, Vec<usize>)> = Vec::new();
    for (kind, _) in kinds.iter().filter(|(kind, _)| !ABOUT_THE_KEY.contains(kind)) {
        let rows = matrices.rows_of(kind);
        let size = if together.contains(kind) { rows.len() } else { 1 };
        groups.extend(rows.chunks(size).map(|rows| (*kind, rows.to_vec())));
    }
    let caught = |(kind, rows): &&(&'static str, Vec<usize>)| {
        let mutated = matrices.without_rows(rows);
        let about = cheats.iter().filter(|cheat| cheat.property == *kind);
        about.clone().any(|cheat| cheat.passes(&mutated))
    };
    let (caught, missed): (Vec<_>, Vec<_>) = groups.par_iter().partition(caught);
    let constraints =
        |groups: &[&(&str, Vec<usize>)]| groups.iter().map(|(_, rows)| rows.len()).sum::<usize>();
    let mut missing: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (kind, rows) in &missed {
        missing.entry(kind).or_default().extend(rows);
    }
    println!(
        "circuit mutation: {name}: {} of {} kinds of constraints caught, {} of {} constraints",
        kinds.len() - missing.len(),
        kinds.len(),
        constraints(&caught),
        constraints(&caught) + constraints(&missed),
    );
    assert_eq!(missing, BTreeMap::new(), "{name}: constraints that no cheat misses");
}
