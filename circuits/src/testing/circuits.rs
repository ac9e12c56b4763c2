//! The parts of the suite about circuits.

use super::forms::{
    ENTRY, FOLD, Form, LIMB, POLE, POWER, ROW, Span, counted, early_wires, folded, looked_up, summed,
    tuples_are_early,
};
use super::round::{Challenges, Round, ShardCase, record};
use super::{Fixture, Subject, fixtures, links, pins};
use crate::builder::{Assignment, Layout, Matrices};
use crate::field::{Fr, from_u64};
use crate::json;
use crate::pin::matrices_digest;
use crate::proved::RoundCircuit;
use crate::rule::{Evidence, Rule};
use ark_ff::{One, Zero};
use ark_std::UniformRand;
use ark_std::rand::SeedableRng;
use ark_std::rand::seq::SliceRandom;
use rand::rngs::StdRng;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What the suite must know of the circuits of a proved rule.
pub struct Circuits<C: RoundCircuit> {
    /// The published circuits.
    pub tiers: &'static [C],
    /// Their pin: the text of `pin.txt`.
    pub pin: &'static str,
    /// A circuit of any capacity and limb width; a rule with a fixed number of rows ignores the capacity.
    pub sized: fn(usize, u32) -> C,
    /// Limbs of the tiny circuits.
    pub limb_bits: u32,
    /// Properties of the column sums, in the order of the layout: sealed columns, results, public columns. Several
    /// columns may share one.
    pub sums: &'static [&'static str],
    /// Public scalars of which a wrong one may be a weaker claim, or one that decides alike: those that switch a
    /// condition on, or scale both sides of a comparison. Every other public number is exact.
    pub switches: &'static [&'static str],
    /// Terms and rows of a few rounds that between them use every part of the relation.
    pub rounds: fn() -> Vec<(Value, Vec<Value>)>,
    /// Outcomes that pass the integer checks, with every field, for the terms and public columns of this round: all
    /// of a tiny grid around the right one.
    pub claims: fn(&Round) -> Vec<Value>,
}

/// The object-safe face of [`Circuits`]: each function panics with what is wrong.
pub trait CheckCircuits {
    /// (a) The evaluator's outcome satisfies the circuit, on published cases and drawn rounds, sharded or not.
    fn accept_the_evaluator(&self, subject: &dyn Subject);
    /// (b) Another public input or another entry of a public column does not.
    fn refuse_changed_public_numbers(&self, subject: &dyn Subject);
    /// (c) Another value of one wire does not, or it is a wire that no outcome depends on.
    fn refuse_changed_wires(&self, subject: &dyn Subject);
    /// (d) No direction of the kernel of the Jacobian moves a wire of a column.
    fn leave_no_direction(&self, subject: &dyn Subject);
    /// (e) The matrices do not depend on the witness.
    fn ignore_witnesses(&self, subject: &dyn Subject);
    /// (f) Counts and digests are the pinned ones.
    fn are_pinned(&self, subject: &dyn Subject);
    /// (h) Of all claims of a tiny grid the circuit accepts the evaluator's and no other.
    fn have_one_outcome(&self, subject: &dyn Subject);
    /// What enters a sum over `ρ` or a lookup is fixed before the challenges.
    fn sum_only_early_wires(&self, subject: &dyn Subject);
    /// With keys and proofs: another number in a result, published or sealed, is refused.
    fn link_results(&self, subject: &dyn Subject);
}

/// Limbs narrow enough for a table of 16 entries.
pub const TINY: u32 = 4;

impl<C: RoundCircuit> Circuits<C> {
    /// The matrices of the circuit of this capacity, recorded once.
    fn recorded<'a>(
        &self,
        known: &'a mut BTreeMap<usize, (C, Matrices)>,
        capacity: usize,
    ) -> &'a (C, Matrices) {
        known.entry(capacity).or_insert_with(|| {
            let circuit = (self.sized)(capacity, self.limb_bits);
            let matrices = record(&circuit, &circuit.blank());
            (circuit, matrices)
        })
    }

    /// Capacities for a round: sharded, just large enough, and with padding, where the rule can.
    pub(super) fn capacities(&self, round: &Round) -> Vec<usize> {
        let rows = round.sealed.len();
        let mut capacities = if C::SHARDED { vec![1, 2, rows + 1] } else { vec![rows.max(1), rows + 1] };
        capacities.sort_unstable();
        capacities.dedup_by_key(|capacity| (self.sized)(*capacity, self.limb_bits).capacity());
        self.that_hold(round, capacities)
    }

    /// Those of these capacities whose circuits hold the round: some, if its evidence is a proof, else none.
    fn that_hold(&self, round: &Round, mut capacities: Vec<usize>) -> Vec<usize> {
        let Ok(terms) = json::from_value(&round.terms) else {
            panic!("malformed terms: {round:?}");
        };
        let rows = round.sealed.len();
        capacities
            .retain(|capacity| C::SHARDED || (self.sized)(*capacity, self.limb_bits).holds(&terms, rows));
        let proved = <C::Rule as Rule>::evidence(&terms, round.disclosure) == Evidence::Proved;
        assert_eq!(!capacities.is_empty(), proved, "a proof if and only if some circuit holds it: {round:?}");
        capacities
    }

    /// The fixed cases: every shard of every round, in circuits with and without padding.
    fn cases(&self, subject: &dyn Subject) -> Vec<(String, ShardCase<C>)> {
        let mut cases = Vec::new();
        for (terms, rows) in (self.rounds)() {
            let round = settled(subject, &terms, &rows);
            for capacity in self.capacities(&round) {
                let shards = round.shards(&(self.sized)(capacity, self.limb_bits));
                let shards = shards.unwrap_or_else(|error| panic!("{round:?}: {error}"));
                for (index, shard) in shards.into_iter().enumerate() {
                    cases.push((format!("{round:?}, capacity {capacity}, shard {index}"), shard));
                }
            }
        }
        cases
    }

    /// The public inputs of the circuits of any capacity.
    fn layout(&self) -> Layout {
        (self.sized)(1, self.limb_bits).layout()
    }

    /// Position of the sum or evaluation of each property of [`Self::sums`] among all wires.
    fn sum_wires(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let layout = self.layout();
        assert_eq!(self.sums.len(), layout.masks() + layout.columns.len(), "one property per column");
        self.sums.iter().copied().zip(1 + layout.challenges..)
    }

    /// The values of the given columns and those of the result columns, as linear forms over the wires.
    fn columns(&self, matrices: &Matrices) -> [Vec<Form>; 2] {
        let (sums, layout) = (self.sum_range(), self.layout());
        let results = layout.sealed..layout.masks();
        let (results, given): (Vec<_>, Vec<_>) =
            self.sum_wires().enumerate().partition(|(nth, _)| results.contains(nth));
        [given, results].map(|columns| {
            let columns = columns.into_iter();
            columns.flat_map(|(_, (property, sum))| summed(matrices, property, sum, &sums)).collect()
        })
    }

    /// Counts and digests are the pinned ones; `sized` says what a row more costs.
    fn check_pins(&self, subject: &dyn Subject, sized: impl Fn(usize, u32) -> C) {
        let text = pins::text(self.tiers, sized);
        for circuit in self.tiers {
            let size = circuit.tier().size;
            assert_eq!(circuit.tier().rule, subject.rule().id());
            assert_eq!(
                matrices_digest(self.pin, &size),
                matrices_digest(&text, &size),
                "tier {size}:\n{text}"
            );
        }
        assert!(self.pin == text, "the pin of {} is now:\n{text}", subject.rule().id());
    }

    /// The public sums and evaluations among all wires.
    fn sum_range(&self) -> Range<usize> {
        let first = 1 + self.layout().challenges;
        first..first + self.sums.len()
    }
}

/// A round with the evaluator's outcome.
fn settled(subject: &dyn Subject, terms: &Value, rows: &[Value]) -> Round {
    subject.settled(terms, rows).unwrap_or_else(|error| panic!("{terms}: {error}"))
}

/// The wires that a form mentions.
fn wires(form: &Form) -> impl Iterator<Item = usize> {
    form.iter().map(|(_, wire)| *wire)
}

impl<C: RoundCircuit> CheckCircuits for Circuits<C> {
    fn accept_the_evaluator(&self, subject: &dyn Subject) {
        let mut known = BTreeMap::new();
        let mut accepts = |round: &Round, capacity: usize| {
            let (circuit, matrices) = self.recorded(&mut known, capacity);
            assert!(round.accepted(circuit, matrices), "capacity {capacity}: {round:?}");
        };
        for Fixture { terms, rows, expected, .. } in fixtures(subject.rule()) {
            if expected.is_ok() {
                let round = settled(subject, &terms, &rows);
                for capacity in self.capacities(&round) {
                    accepts(&round, capacity);
                }
            }
        }
        for seed in 0..300 {
            let mut rng = StdRng::seed_from_u64(seed);
            let (terms, rows) = subject.draw(&mut rng);
            let first = if C::SHARDED { 1 } else { rows.len().max(1) };
            let round = settled(subject, &terms, &rows);
            let capacities = self.that_hold(&round, (first..=8.max(first)).collect());
            if let Some(capacity) = capacities.choose(&mut rng) {
                accepts(&round, *capacity);
            }
        }
    }

    fn refuse_changed_public_numbers(&self, subject: &dyn Subject) {
        let (mut known, mut refused) = (BTreeSet::new(), BTreeSet::new());
        for (about, mut case) in self.cases(subject) {
            let layout = case.circuit.layout();
            let names = layout.names();
            known.extend(names.iter().cloned());
            let matrices = record(&case.circuit, &case.circuit.blank());
            let honest = case.assignment(&Challenges::new(5));
            assert_eq!(matrices.check(&honest), Ok(()), "{about}");
            for (input, name) in names.iter().enumerate() {
                let exact = !self.switches.contains(&name.as_str());
                for by in [Fr::one(), -Fr::one(), from_u64(1 << 40)] {
                    let mut changed = honest.clone();
                    changed.public[input] += by;
                    let accepted = matrices.check(&changed).is_ok();
                    assert!(!(exact && accepted), "{name} by {by}: {about}");
                    if !accepted {
                        refused.insert(name.clone());
                    }
                }
            }
            // The same with wires that follow the changed number.
            for (scalar, name) in layout.scalars.iter().enumerate() {
                for by in [Fr::one(), -Fr::one()] {
                    case.scalars[scalar] += by;
                    let accepted = case.check(&matrices).is_ok();
                    assert!(self.switches.contains(name) || !accepted, "{name} by {by}: {about}");
                    case.scalars[scalar] -= by;
                }
            }
            for column in 0..case.columns.len() {
                for row in 0..case.columns[column].len() {
                    for by in [Fr::one(), -Fr::one()] {
                        case.columns[column][row] += by;
                        assert!(case.check(&matrices).is_err(), "column {column}, row {row}: {about}");
                        case.columns[column][row] -= by;
                    }
                }
            }
            for column in 0..case.sealed.len() {
                for row in 0..case.sealed[column].len() {
                    case.sealed[column][row] += Fr::one();
                    assert!(case.check(&matrices).is_err(), "sealed {column}, row {row}: {about}");
                    case.sealed[column][row] -= Fr::one();
                }
            }
            for column in 0..case.results.len() {
                for row in 0..case.results[column].len() {
                    case.results[column][row] += Fr::one();
                    assert!(case.check(&matrices).is_err(), "result {column}, row {row}: {about}");
                    case.results[column][row] -= Fr::one();
                }
            }
        }
        assert_eq!(refused, known, "every public input is used by some constraint");
    }

    fn refuse_changed_wires(&self, subject: &dyn Subject) {
        let seed = 11;
        let mut rng = StdRng::seed_from_u64(seed);
        for (about, case) in self.cases(subject) {
            let matrices = record(&case.circuit, &case.circuit.blank());
            let honest = case.assignment(&Challenges::new(5));
            let outcome: BTreeSet<usize> = self.columns(&matrices).iter().flatten().flat_map(wires).collect();
            let first = 1 + matrices.public;
            let z = honest.full();
            for (wire, known) in z.iter().enumerate().skip(first) {
                for value in [*known + Fr::one(), Fr::zero(), Fr::one(), Fr::rand(&mut rng)] {
                    if value == *known || matrices.check(&with(&honest, wire, value)).is_err() {
                        continue;
                    }
                    assert!(!outcome.contains(&wire), "wire {wire} moves, seed {seed}: {about}");
                    // The hiding wire is free, to hide; every other committed wire has one value.
                    assert!(wire == first || wire >= first + matrices.committed, "wire {wire}: {about}");
                }
            }
        }
    }

    fn leave_no_direction(&self, subject: &dyn Subject) {
        for (about, case) in self.cases(subject) {
            let matrices = record(&case.circuit, &case.circuit.blank());
            for seed in 5..7 {
                let z = case.assignment(&Challenges::new(seed)).full();
                let moved = moved(&matrices, &self.columns(&matrices), &z);
                assert_eq!(moved, Vec::<usize>::new(), "wires that move, seed {seed}: {about}");
            }
        }
    }

    fn ignore_witnesses(&self, subject: &dyn Subject) {
        for (about, case) in self.cases(subject) {
            let blank = record(&case.circuit, &case.circuit.blank()).digest();
            assert_eq!(record(&case.circuit, &case.witness).digest(), blank, "{about}");
        }
    }

    fn are_pinned(&self, subject: &dyn Subject) {
        self.check_pins(subject, self.sized);
    }

    fn have_one_outcome(&self, subject: &dyn Subject) {
        let mut known = BTreeMap::new();
        for (terms, rows) in (self.rounds)() {
            let mut round = settled(subject, &terms, &rows);
            let right = round.outcome.clone();
            let claims = (self.claims)(&round);
            assert!(claims.contains(&right), "the grid has the outcome: {round:?}");
            let capacities = self.capacities(&round);
            for claim in claims {
                round.outcome = claim;
                for capacity in capacities.iter().copied() {
                    let (circuit, matrices) = self.recorded(&mut known, capacity);
                    let accepted = round.accepted(circuit, matrices);
                    assert_eq!(accepted, round.outcome == right, "capacity {capacity}: {round:?}");
                }
            }
        }
    }

    fn sum_only_early_wires(&self, _: &dyn Subject) {
        let tiny = [1, 3].map(|capacity| (self.sized)(capacity, self.limb_bits));
        for circuit in self.tiers.iter().take(1).chain(&tiny) {
            let layout = circuit.layout();
            let columns = |layout: Layout| (layout.challenges, layout.masks(), layout.columns);
            assert_eq!(columns(layout), columns(self.layout()), "the same columns in all sizes");
            let matrices = record(circuit, &circuit.blank());
            let early = early_wires(&matrices, layout.inputs() - layout.scalars.len());
            for (property, sum) in self.sum_wires() {
                // The mask of a masked column, and the carries in the first.
                let masked = usize::from(sum <= layout.challenges + layout.masks());
                let first = sum == 1 + layout.challenges;
                let extra = masked + if first && C::SHARDED { 2 } else { 0 };
                let forms = summed(&matrices, property, sum, &self.sum_range());
                assert_eq!(forms.len(), circuit.capacity() + extra, "{property}: all rows, mask and carries");
                assert!(forms.iter().flat_map(wires).all(|wire| early[wire]), "{property}");
            }
            let limbs = looked_up(&matrices);
            assert!(!limbs.is_empty());
            for limb in limbs {
                // Challenge 1 is `X`; what it is added to is early.
                assert_eq!(limb.iter().filter(|term| **term == (Fr::one(), 2)).count(), 1, "X + limb");
                assert!(wires(&limb).filter(|wire| *wire != 2).all(|wire| early[wire]), "a limb");
            }
            assert!(counted(&matrices).iter().flat_map(wires).all(|wire| early[wire]), "a multiplicity");
            assert!(tuples_are_early(&matrices, &early, 2, 3), "a tuple");
            // Nothing but sums and lookups uses a challenge.
            let known =
                [self.sums, &[LIMB, ENTRY, POWER, FOLD, ROW, POLE, "public input stands alone"]].concat();
            for (property, _) in matrices.properties() {
                if !known.contains(&property) {
                    let rows = matrices.rows_of(property);
                    let terms = rows.iter().flat_map(|row| matrices.abc.iter().flat_map(|m| wires(&m[*row])));
                    let late = |wire: usize| (1..=layout.challenges).contains(&wire);
                    assert!(!terms.into_iter().any(late), "{property} uses a challenge");
                }
            }
        }
    }

    fn link_results(&self, subject: &dyn Subject) {
        links::check(self, subject);
    }
}

/// The circuits of a rule whose rounds have another dimension beside their rows, such as items: some for one small
/// number of these, to search through, and some for all that drawn rounds and published cases have.
pub struct TwoSizes<C: RoundCircuit> {
    /// Circuits to search through, for every round of [`Circuits::rounds`].
    pub small: Circuits<C>,
    /// Circuits that hold every round, with the layout of the smallest tier.
    pub large: Circuits<C>,
}

impl<C: RoundCircuit> CheckCircuits for TwoSizes<C> {
    fn accept_the_evaluator(&self, subject: &dyn Subject) {
        self.large.accept_the_evaluator(subject);
    }

    fn refuse_changed_public_numbers(&self, subject: &dyn Subject) {
        self.small.refuse_changed_public_numbers(subject);
    }

    fn refuse_changed_wires(&self, subject: &dyn Subject) {
        self.small.refuse_changed_wires(subject);
    }

    fn leave_no_direction(&self, subject: &dyn Subject) {
        self.small.leave_no_direction(subject);
    }

    fn ignore_witnesses(&self, subject: &dyn Subject) {
        self.small.ignore_witnesses(subject);
    }

    fn are_pinned(&self, subject: &dyn Subject) {
        // A row more does not cost the same in all sizes, so there is no such count.
        self.large.check_pins(subject, |_, _| self.large.tiers[0].clone());
    }

    fn have_one_outcome(&self, subject: &dyn Subject) {
        self.small.have_one_outcome(subject);
    }

    fn sum_only_early_wires(&self, subject: &dyn Subject) {
        self.large.sum_only_early_wires(subject);
    }

    fn link_results(&self, subject: &dyn Subject) {
        self.small.link_results(subject);
    }
}

/// The assignment with another value of one wire.
fn with(assignment: &Assignment, wire: usize, value: Fr) -> Assignment {
    let mut changed = assignment.clone();
    let committed = 1 + changed.public.len();
    let private = committed + changed.committed.len();
    match wire {
        wire if wire >= private => changed.private[wire - private] = value,
        wire => changed.committed[wire - committed] = value,
    }
    changed
}

/// The wires of columns that some direction of the Jacobian's kernel moves, with these fixed: public inputs, what the
/// commitments of rows hold, the public columns, and limbs and tuples, which lie in finite tables. Result columns are
/// not fixed but for their sums, of which the prover knows many openings.
fn moved(matrices: &Matrices, [given, results]: &[Vec<Form>; 2], z: &[Fr]) -> Vec<usize> {
    let fixed = [looked_up(matrices), folded(matrices), given.clone()].concat();
    let span = Span::of_forms_and_jacobian(&fixed, matrices, z);
    let outcome: BTreeSet<usize> = given.iter().chain(results).flat_map(wires).collect();
    outcome.into_iter().filter(|wire| !span.fixes(&vec![(Fr::one(), *wire)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::dot;
    use crate::proof_system::Circuit;
    use crate::rules::uniform_price::subject;

    /// The kernel test notices what single changes cannot: if nothing says that a carry is two bits and that ties
    /// end at a bit, the two halves of a carry move together, in opposite directions.
    #[test]
    fn a_missing_bit_is_a_direction() {
        let circuits = subject::circuits();
        let mut found = 0;
        for (_, case) in circuits.cases(&subject::Subject) {
            let matrices: Matrices = record(&case.circuit, &case.circuit.blank());
            let z = case.assignment(&Challenges::new(5)).full();
            let columns = circuits.columns(&matrices);
            let loose = matrices.without("the carry taken is two bits").without("ties end at a bit");
            found += usize::from(!moved(&loose, &columns, &z).is_empty());
        }
        assert!(found > 0);
    }

    /// A sum of early wires is read back from the matrices as the values that were added up.
    #[test]
    fn sums_are_read_back() {
        let circuits = subject::circuits();
        for (about, case) in circuits.cases(&subject::Subject) {
            let matrices = record(&case.circuit, &case.circuit.blank());
            let z = case.assignment(&Challenges::new(5)).full();
            let [(sealed, s), (public, w)] = circuits.sum_wires().collect::<Vec<_>>()[..] else {
                panic!("two columns");
            };
            let values = |property, sum| -> Vec<Fr> {
                summed(&matrices, property, sum, &circuits.sum_range())
                    .iter()
                    .map(|form| dot(form, &z))
                    .collect()
            };
            let rows = case.columns[0].len();
            let valuations = values(sealed, s);
            assert_eq!(valuations[..2], [case.given, case.taken], "{about}");
            assert_eq!(valuations[3..3 + rows], case.sealed[0], "{about}");
            assert!(valuations[3 + rows..].iter().all(Zero::is_zero), "{about}");
            assert_eq!(values(public, w)[..rows], case.columns[0], "{about}");
        }
    }
}
