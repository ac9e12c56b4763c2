//! What matrices say, read back from the matrices alone: which wires enter sums and lookups, and which
//! directions a satisfying assignment can move in.

use crate::builder::{Matrices, dot};
use crate::field::Fr;
use ark_ff::{Field, One, Zero};
use std::collections::BTreeMap;
use std::ops::Range;

/// A linear form over `[1 | public | committed | private]`.
pub type Form = Vec<(Fr, usize)>;

/// The property of a lookup's rows, one for each limb.
pub const LIMB: &str = "a limb lies in the table";
/// The property of a lookup's table, one row for each entry.
pub const ENTRY: &str = "a table entry counts its limbs";
/// Properties of a lookup of tuples: see `gadgets/tuple.rs`.
pub const POWER: &str = "the next power of theta";
/// Two numbers of a tuple, each with its power of `θ`.
pub const FOLD: &str = "two numbers of a tuple are folded";
/// A row's `X + fold`.
pub const ROW: &str = "a row is an entry of the public table";
/// An entry's `X + fold`.
pub const POLE: &str = "no entry of the public table is at a pole";
/// An entry's multiplicity.
pub const COUNT: &str = "an entry of the public table counts its rows";

/// The values that a Horner sum adds up, in order, each as a linear form.
///
/// Row `k` of the sum reads `acc_k·ρ = acc_(k+1) − x_(k+1)`, with `acc_0 = x_0` and the public sum as the last
/// `acc`. A sum of one value reads `x_0·1 = sum`. `sums` are all public sums: where a sum of the same property
/// ends, the next one begins.
#[must_use]
pub fn summed(matrices: &Matrices, property: &str, sum: usize, sums: &Range<usize>) -> Vec<Form> {
    let [a, b, c] = &matrices.abc;
    let rows = matrices.rows_of(property);
    let ends = |row: &usize| c[*row].iter().any(|(_, wire)| sums.contains(wire));
    let of_this = |rows: &&[usize]| {
        let last = rows.last().map(|row| &c[*row]);
        last.is_some_and(|form| form.iter().any(|(_, wire)| *wire == sum))
    };
    let Some(rows) = rows.split_inclusive(ends).find(of_this) else {
        return Vec::new();
    };
    let (first, last) = (rows[0], rows[rows.len() - 1]);
    let mut forms = vec![a[first].clone()];
    if b[first].iter().all(|(_, column)| *column == 0) {
        return forms;
    }
    forms.extend(rows.windows(2).map(|pair| minus(&a[pair[1]], &c[pair[0]])));
    forms.push(minus(&vec![(Fr::one(), sum)], &c[last]));
    forms
}

fn minus(a: &Form, b: &Form) -> Form {
    let mut form = a.clone();
    for (coefficient, column) in b {
        match form.iter_mut().find(|(_, known)| known == column) {
            Some((sum, _)) => *sum -= coefficient,
            None => form.push((-*coefficient, *column)),
        }
    }
    form.retain(|(coefficient, _)| !coefficient.is_zero());
    form
}

/// The numbers that are looked up, each as `X + number`.
#[must_use]
pub fn looked_up(matrices: &Matrices) -> Vec<Form> {
    matrices.rows_of(LIMB).into_iter().map(|row| matrices.abc[1][row].clone()).collect()
}

/// The multiplicities of a lookup.
#[must_use]
pub fn counted(matrices: &Matrices) -> Vec<Form> {
    matrices.rows_of(ENTRY).into_iter().map(|row| matrices.abc[2][row].clone()).collect()
}

/// What tuples that are looked up are made of: both factors of each fold, and each `X + fold`. A tuple lies in a
/// finite table, so no direction moves any of them.
#[must_use]
pub fn folded(matrices: &Matrices) -> Vec<Form> {
    let [a, b, _] = &matrices.abc;
    let factors = matrices.rows_of(FOLD).into_iter().flat_map(|row| [a[row].clone(), b[row].clone()]);
    let folds = [ROW, POLE].into_iter().flat_map(|property| matrices.rows_of(property));
    factors.chain(folds.map(|row| a[row].clone())).collect()
}

/// Whether the numbers of all looked-up tuples, and their multiplicities, are `early` wires: beside them a fold
/// has nothing but powers of the challenge `theta`, and what is inverted nothing but folds and the challenge `x`.
#[must_use]
pub fn tuples_are_early(matrices: &Matrices, early: &[bool], x: usize, theta: usize) -> bool {
    let [a, b, c] = &matrices.abc;
    let of = |property: &str, m: &[Form]| -> Vec<usize> {
        matrices.rows_of(property).into_iter().flat_map(|row| m[row].iter().map(|(_, wire)| *wire)).collect()
    };
    let powers = [of(POWER, c), vec![theta]].concat();
    let folds = [of(FOLD, c), vec![x]].concat();
    let numbers = [of(FOLD, a), of(FOLD, b)].concat();
    let inverted = [of(ROW, a), of(POLE, a)].concat();
    numbers.iter().all(|wire| early[*wire] || powers.contains(wire))
        && inverted.iter().all(|wire| early[*wire] || folds.contains(wire))
        && of(COUNT, a).iter().all(|wire| early[*wire])
}

/// The wires that the statement and `D` fix: the constant, public scalars, committed wires and their products.
/// `before_scalars` is the number of public inputs before the scalars.
#[must_use]
pub fn early_wires(matrices: &Matrices, before_scalars: usize) -> Vec<bool> {
    let prover = 1 + matrices.public;
    let committed = prover + matrices.committed;
    let total = committed + matrices.private;
    let mut early: Vec<bool> = (0..total).map(|w| w == 0 || (w > before_scalars && w < committed)).collect();
    let [a, b, c] = &matrices.abc;
    for row in 0..matrices.constraints() {
        let known = a[row].iter().chain(&b[row]).all(|(_, wire)| early[*wire]);
        if let ([(_, product)], true) = (&c[row][..], known) {
            early[*product] = true;
        }
    }
    early
}

/// The row space of some forms over the prover's wires, in echelon form.
pub struct Span {
    /// First of the prover's wires: columns below are public.
    first: usize,
    /// Rows by their leading column, which has the coefficient 1; the rest of each in the order of columns.
    echelon: BTreeMap<usize, Form>,
}

impl Span {
    /// What the equations of `matrices`, linearised at the wires `z`, say about directions of the prover's
    /// wires: `A·z·B + B·z·A − C` for each constraint.
    #[must_use]
    pub fn of_jacobian(matrices: &Matrices, z: &[Fr]) -> Self {
        Self::of_forms_and_jacobian(&[], matrices, z)
    }

    /// [`Self::of_jacobian`], and that no direction changes these forms. Sparse ones leave little of the equations.
    #[must_use]
    pub fn of_forms_and_jacobian(forms: &[Form], matrices: &Matrices, z: &[Fr]) -> Self {
        let mut span = Self { first: 1 + matrices.public, echelon: BTreeMap::new() };
        forms.iter().for_each(|form| span.insert(form));
        let [a, b, c] = &matrices.abc;
        for row in 0..matrices.constraints() {
            let (at_a, at_b) = (dot(&a[row], z), dot(&b[row], z));
            let terms = |form: &Form, by: Fr| form.iter().map(|(k, column)| (*k * by, *column)).collect();
            let parts: [Form; 3] = [terms(&b[row], at_a), terms(&a[row], at_b), terms(&c[row], -Fr::one())];
            span.insert(&parts.concat());
        }
        span
    }

    /// Adds a form that no direction may change.
    pub fn insert(&mut self, form: &Form) {
        let mut rest = self.reduce(form).into_iter();
        if let Some((leading, inverse)) = rest.next().and_then(|(wire, x)| Some((wire, x.inverse()?))) {
            self.echelon.insert(leading, rest.map(|(wire, x)| (x * inverse, wire)).collect());
        }
    }

    /// Whether no direction of the kernel changes this form.
    #[must_use]
    pub fn fixes(&self, form: &Form) -> bool {
        self.reduce(form).is_empty()
    }

    /// What is left of a form when multiples of the rows are taken from it: no leading column of theirs.
    fn reduce(&self, form: &Form) -> BTreeMap<usize, Fr> {
        let (mut open, mut rest) = (BTreeMap::new(), BTreeMap::new());
        for (coefficient, wire) in form.iter().filter(|(_, wire)| *wire >= self.first) {
            *open.entry(*wire).or_insert_with(Fr::zero) += coefficient;
        }
        while let Some((wire, coefficient)) = open.pop_first() {
            if coefficient.is_zero() {
                continue;
            }
            match self.echelon.get(&wire) {
                Some(row) => row.iter().for_each(|(known, wire)| {
                    *open.entry(*wire).or_insert_with(Fr::zero) -= coefficient * known;
                }),
                None => {
                    rest.insert(wire, coefficient);
                }
            }
        }
        rest
    }
}
