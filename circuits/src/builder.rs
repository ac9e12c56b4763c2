//! The two-stage circuit builder.
//!
//! A circuit is written once. Recorded, it gives the matrices of its key; filled, it gives the wires of one
//! proof, without building a constraint again. Two stages, kept apart by types:
//!
//! * [`Early`]: what the proof's commitment `D` fixes before any challenge exists: committed wires, scalars of
//!   the statement, and their products.
//! * [`Late`]: everything that may depend on the challenges.
//!
//! A constraint is an equation over all wires, whenever it is written: the early stage may constrain numbers of
//! either stage, and a relation that needs no challenge is written there whole.
//!
//! Only early numbers can be linked to the ledger, bound as a public column or looked up, so the rule "every
//! wire in a ρ-sum or a lookup is fixed before the challenge" (proof-system.md section 3) is a type error to
//! break. Witness values given while recording are ignored.

use crate::field::Fr;
use ark_ff::{One, Zero};
use std::marker::PhantomData;
use std::ops::{Add, Neg, Sub};

mod matrices;
pub(crate) use matrices::dot;
pub use matrices::{Matrices, Unsatisfied};

/// Stage: fixed before the challenges.
#[derive(Debug, Clone, Copy)]
pub struct Early;
/// Stage: may depend on the challenges.
#[derive(Debug, Clone, Copy)]
pub struct Late;

/// A variable of the constraint system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wire {
    /// The constant 1.
    One,
    /// A public input, by its position in [`Layout`].
    Public(u32),
    /// A wire in `D`: known to the prover, fixed before the challenges.
    Committed(u32),
    /// Any other wire of the prover.
    Private(u32),
}

pub(crate) type Terms = Vec<(Fr, Wire)>;

/// A linear combination of wires (while recording) or its value (while filling).
#[derive(Debug, Clone)]
pub struct Num<S> {
    pub(crate) value: Fr,
    pub(crate) terms: Terms,
    stage: PhantomData<S>,
}

impl<S> Num<S> {
    fn new(value: Fr, terms: Terms) -> Self {
        let stage = PhantomData;
        Self { value, terms, stage }
    }

    /// The value on this proof's witness; meaningless while recording.
    #[must_use]
    pub fn value(&self) -> Fr {
        self.value
    }

    /// This number times a constant.
    #[must_use]
    pub fn scale(mut self, by: Fr) -> Self {
        self.value *= by;
        self.terms.iter_mut().for_each(|(coefficient, _)| *coefficient *= by);
        self
    }
}

impl Num<Early> {
    /// Treats a late number as if it were fixed early: what the types forbid, for tests that show why.
    #[cfg(test)]
    pub(crate) fn pretend(late: &Num<Late>) -> Self {
        Num::new(late.value, late.terms.clone())
    }

    /// What is fixed early may be used late.
    #[must_use]
    pub fn late(&self) -> Num<Late> {
        Num::new(self.value, self.terms.clone())
    }
}

impl<S> Add for Num<S> {
    type Output = Self;
    fn add(mut self, mut other: Self) -> Self {
        self.value += other.value;
        self.terms.append(&mut other.terms);
        self
    }
}

impl<S> Neg for Num<S> {
    type Output = Self;
    fn neg(self) -> Self {
        self.scale(-Fr::one())
    }
}

impl<S> Sub for Num<S> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

/// The public inputs of a circuit, in their only order: challenges, sums of sealed columns and of results,
/// evaluations of public columns, scalars of the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Challenges drawn after `D`: `ρ`, `X`, then whatever further ones the rule folds with.
    pub challenges: usize,
    /// Sealed columns: each has a mask and a public sum `s_k`.
    pub sealed: usize,
    /// Result columns, by name: each has a mask, 0 where the column is published, and a public sum.
    pub results: &'static [&'static str],
    /// Public columns, by name: each has a public evaluation at `ρ`.
    pub columns: &'static [&'static str],
    /// The rule's public scalars, by name.
    pub scalars: &'static [&'static str],
}

impl Layout {
    /// The number of public inputs, without the constant.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.challenges + self.masks() + self.columns.len() + self.scalars.len()
    }

    /// The number of masked columns.
    #[must_use]
    pub fn masks(&self) -> usize {
        self.sealed + self.results.len()
    }

    /// The names of the public inputs, in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let challenges = ["rho", "x", "theta"].into_iter().map(String::from);
        challenges
            .take(self.challenges)
            .chain((1..=self.sealed).map(|k| format!("s_{k}")))
            .chain(self.results.iter().map(|name| format!("s_{name}")))
            .chain(self.columns.iter().map(|name| format!("{name}(rho)")))
            .chain(self.scalars.iter().map(ToString::to_string))
            .collect()
    }
}

/// One constraint `a·b = c` under the name of the property that it serves.
struct Constraint {
    property: &'static str,
    rows: [Terms; 3],
}

/// Secrets that the proof system draws anew for every attempt.
#[derive(Clone)]
pub(crate) struct Masks {
    /// One mask per sealed column and per result column.
    pub columns: Vec<Fr>,
    /// The hiding wire of `D`.
    pub hide: Fr,
}

struct Inner {
    recording: bool,
    layout: Layout,
    public: Vec<Fr>,
    committed: Vec<Fr>,
    private: Vec<Fr>,
    constraints: Vec<Constraint>,
    /// What a cheating prover puts into wires, whatever the circuit says of them.
    #[cfg(any(test, feature = "testing"))]
    chosen: std::collections::BTreeMap<Wire, Fr>,
}

/// Builds a circuit, in stage `S`.
pub struct Builder<S> {
    inner: Inner,
    stage: PhantomData<S>,
}

/// The wires of one proof.
#[derive(Clone, PartialEq, Eq)]
pub struct Assignment {
    pub(crate) public: Vec<Fr>,
    pub(crate) committed: Vec<Fr>,
    pub(crate) private: Vec<Fr>,
}

impl Assignment {
    /// `[1 | public | committed | private]`.
    pub(crate) fn full(&self) -> Vec<Fr> {
        [&[Fr::one()], &self.public[..], &self.committed, &self.private].concat()
    }
}

/// Position of the hiding wire among the committed wires; the masks follow it.
const HIDE: u32 = 0;

impl Builder<Early> {
    /// Starts to record a circuit.
    pub(crate) fn record(layout: Layout) -> Self {
        let masks = Masks { columns: vec![Fr::zero(); layout.masks()], hide: Fr::zero() };
        Self::start(true, layout, vec![Fr::zero(); layout.scalars.len()], masks)
    }

    /// Starts to fill a circuit whose rule has these public scalars.
    pub(crate) fn fill(layout: Layout, scalars: Vec<Fr>, masks: Masks) -> Self {
        Self::start(false, layout, scalars, masks)
    }

    fn start(recording: bool, layout: Layout, scalars: Vec<Fr>, masks: Masks) -> Self {
        assert_eq!(scalars.len(), layout.scalars.len(), "one value per public scalar");
        assert_eq!(masks.columns.len(), layout.masks(), "one mask per sealed column");
        let before = layout.inputs() - scalars.len();
        let mut public = vec![Fr::zero(); before];
        public.extend(scalars);
        let mut inner = Inner {
            recording,
            layout,
            public,
            committed: Vec::new(),
            private: Vec::new(),
            constraints: Vec::new(),
            #[cfg(any(test, feature = "testing"))]
            chosen: Default::default(),
        };
        inner.committed.push(masks.hide);
        inner.committed.extend(masks.columns);
        Self { inner, stage: PhantomData }
    }

    /// Fills these wires, which are not there yet, with these values; what is computed from them follows.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn cheat(&mut self, chosen: impl IntoIterator<Item = (Wire, Fr)>) {
        self.inner.chosen.extend(chosen);
    }

    /// A new committed wire.
    pub fn commit(&mut self, value: Fr) -> Num<Early> {
        let wire = Wire::Committed(index(self.inner.committed.len()));
        let value = self.inner.chosen(wire, value);
        self.inner.committed.push(value);
        self.inner.num(value, wire)
    }

    /// A new wire of the prover that is not in `D`: inverses, and whatever else is late by type, so that it can
    /// be neither linked nor looked up. Only constraints give it a meaning.
    pub fn auxiliary(&mut self, value: Fr) -> Num<Late> {
        self.inner.private(value)
    }

    /// The committed mask of sealed column `k`; result columns come after the sealed ones.
    #[must_use]
    pub fn mask(&self, k: usize) -> Num<Early> {
        assert!(k < self.inner.layout.masks(), "the column has a mask");
        let wire = Wire::Committed(HIDE + 1 + index(k));
        self.inner.num(self.inner.committed[1 + k], wire)
    }

    /// The rule's public scalar of this name.
    #[must_use]
    pub fn scalar(&self, name: &str) -> Num<Early> {
        let layout = &self.inner.layout;
        let position = layout.scalars.iter().position(|scalar| *scalar == name);
        let before = layout.inputs() - layout.scalars.len();
        match position {
            Some(position) => self.inner.public_num(before + position),
            None => panic!("the layout has no public scalar `{name}`"),
        }
    }

    /// The committed wires, in the order of their bases.
    pub(crate) fn committed(&self) -> &[Fr] {
        &self.inner.committed
    }

    /// Ends the early stage: the challenges and what follows from them become known.
    pub(crate) fn challenge(mut self, challenges: &[Fr], sums: &[Fr], evaluations: &[Fr]) -> Builder<Late> {
        let known = challenges.iter().chain(sums).chain(evaluations);
        for (input, value) in self.inner.public.iter_mut().zip(known) {
            *input = *value;
        }
        Builder { inner: self.inner, stage: PhantomData }
    }
}

impl Builder<Late> {
    /// Challenge number `i`: 0 is `ρ`, 1 is `X`.
    #[must_use]
    pub fn nth_challenge(&self, i: usize) -> Num<Late> {
        assert!(i < self.inner.layout.challenges);
        self.inner.public_num(i)
    }

    /// The public sum `s_k` of sealed column `k`; result columns come after the sealed ones.
    #[must_use]
    pub fn sum(&self, k: usize) -> Num<Late> {
        assert!(k < self.inner.layout.masks());
        self.inner.public_num(self.inner.layout.challenges + k)
    }

    /// The public evaluation at `ρ` of public column `j`.
    #[must_use]
    pub fn evaluation(&self, j: usize) -> Num<Late> {
        assert!(j < self.inner.layout.columns.len());
        self.inner.public_num(self.inner.layout.challenges + self.inner.layout.masks() + j)
    }

    /// A new wire that the prover chooses freely; only constraints give it a meaning.
    pub fn hint(&mut self, value: Fr) -> Num<Late> {
        self.inner.private(value)
    }

    /// Ends the circuit: its matrices (while recording).
    pub(crate) fn into_matrices(self) -> Matrices {
        self.inner.into_matrices()
    }

    /// Ends the circuit: this proof's wires (while filling).
    pub(crate) fn into_assignment(self) -> Assignment {
        let Inner { public, committed, private, .. } = self.inner;
        Assignment { public, committed, private }
    }
}

impl<S> Builder<S> {
    /// The constant: fixed before every challenge, so of any stage.
    #[must_use]
    pub fn constant<T>(&self, value: Fr) -> Num<T> {
        let terms = if self.inner.recording { vec![(value, Wire::One)] } else { Vec::new() };
        Num::new(value, terms)
    }

    /// A new wire equal to `a·b`.
    pub fn product(&mut self, property: &'static str, a: &Num<S>, b: &Num<S>) -> Num<S> {
        let product = self.inner.private(a.value * b.value);
        self.inner.enforce(property, a, b, &product);
        product
    }

    /// Adds the constraint `a·b = c`: an equation, which does not depend on stages.
    pub fn enforce<T>(&mut self, property: &'static str, a: &Num<T>, b: &Num<T>, c: &Num<T>) {
        self.inner.enforce(property, a, b, c);
    }
}

impl Inner {
    fn num<S>(&self, value: Fr, wire: Wire) -> Num<S> {
        let terms = if self.recording { vec![(Fr::one(), wire)] } else { Vec::new() };
        Num::new(value, terms)
    }

    fn public_num<S>(&self, position: usize) -> Num<S> {
        self.num(self.public[position], Wire::Public(index(position)))
    }

    #[cfg(any(test, feature = "testing"))]
    fn chosen(&self, wire: Wire, value: Fr) -> Fr {
        self.chosen.get(&wire).copied().unwrap_or(value)
    }

    #[cfg(not(any(test, feature = "testing")))]
    fn chosen(&self, _: Wire, value: Fr) -> Fr {
        value
    }

    fn private<S>(&mut self, value: Fr) -> Num<S> {
        let wire = Wire::Private(index(self.private.len()));
        let value = self.chosen(wire, value);
        self.private.push(value);
        self.num(value, wire)
    }

    fn enforce<S>(&mut self, property: &'static str, a: &Num<S>, b: &Num<S>, c: &Num<S>) {
        if self.recording {
            let rows = [a, b, c].map(|num| num.terms.clone());
            self.constraints.push(Constraint { property, rows });
        }
    }

    /// Every public input and the hiding wire get a row of their own: the first so that their polynomials are
    /// independent of all others (the check stock Groth16 makes by implicit rows), the second so that the
    /// hiding wire has a base in the key although no other constraint mentions it.
    fn close(&mut self) {
        let mut stand_alone = |property, wire| {
            let rows = [vec![(Fr::one(), wire)], Vec::new(), Vec::new()];
            self.constraints.push(Constraint { property, rows });
        };
        stand_alone("public input stands alone", Wire::One);
        for position in 0..self.public.len() {
            stand_alone("public input stands alone", Wire::Public(index(position)));
        }
        stand_alone("the hiding wire has a base", Wire::Committed(HIDE));
    }

    fn into_matrices(mut self) -> Matrices {
        self.close();
        let (public, committed) = (self.public.len(), self.committed.len());
        let position = |wire| match wire {
            Wire::One => 0,
            Wire::Public(i) => 1 + i as usize,
            Wire::Committed(i) => 1 + public + i as usize,
            Wire::Private(i) => 1 + public + committed + i as usize,
        };
        let place = |terms: Terms| {
            let mut row: Vec<(Fr, usize)> =
                terms.into_iter().map(|(coefficient, wire)| (coefficient, position(wire))).collect();
            row.sort_unstable_by_key(|(_, column)| *column);
            row.dedup_by(|later, first| {
                let same = later.1 == first.1;
                if same {
                    first.0 += later.0;
                }
                same
            });
            row.retain(|(coefficient, _)| !coefficient.is_zero());
            row.shrink_to_fit();
            row
        };
        let mut matrices = Matrices::new(public, committed, self.private.len());
        for Constraint { property, rows } in self.constraints {
            matrices.push(property, rows.map(place));
        }
        matrices
    }
}

fn index(position: usize) -> u32 {
    u32::try_from(position).unwrap_or_else(|_| panic!("a circuit has fewer than 2^32 wires"))
}
