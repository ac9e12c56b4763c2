//! The lookup of tuples: many rows of `K` numbers each lie in one small public table.
//!
//! A tuple is folded into one number, with a challenge `θ` of its own:
//!
//! ```text
//! fold(c) = c_0 + (c_1 + θ)·(c_2 + θ²) + (c_3 + θ³)·(c_4 + θ⁴) + …      (a last one without partner: c_k·θ^k)
//! ```
//!
//! Half the constraints of `Σ θ^k·c_k`, and as good: between two tuples the powers `θ^3, θ^7, …` cancel and
//! every `c_k`, `k > 0`, is the coefficient of a power that no other has (its partner's). So the difference of
//! two folds is a polynomial in `θ` of degree below `K`, and the zero polynomial only for equal tuples. For rows
//! fixed before `θ` and `X`, different tuples have different folds but for a chance of `rows·entries·K/r`, and
//! then `Σ 1/(X + fold(row)) = Σ mult_j/(X + fold_j)` says what it says of limbs (see [`super::lookup`]).
//!
//! The two sums are this lookup's alone: no tuple can count as a limb, and no limb as a tuple.

use crate::builder::{Builder, Early, Late, Num};
use crate::field::{Fr, from_u64};
use ark_ff::{One, Zero, batch_inversion};

/// Rows collected in the early stage, and the table.
pub struct TupleLookup<const K: usize> {
    table: Vec<[Num<Early>; K]>,
    rows: Vec<[Num<Early>; K]>,
}

/// Rows, table and multiplicities: all early.
pub struct ClosedTupleLookup<const K: usize> {
    table: Vec<[Num<Early>; K]>,
    rows: Vec<[Num<Early>; K]>,
    multiplicities: Vec<Num<Early>>,
}

impl<const K: usize> TupleLookup<K> {
    /// A table of these entries: public scalars or constants. An entry may stand in it more than once.
    #[must_use]
    pub fn new(table: Vec<[Num<Early>; K]>) -> Self {
        Self { table, rows: Vec::new() }
    }

    /// A row of early numbers is an entry of the table.
    pub fn require(&mut self, row: [Num<Early>; K]) {
        self.rows.push(row);
    }

    /// Commits to how often each table entry was looked up.
    #[must_use]
    pub fn close(self, cs: &mut Builder<Early>) -> ClosedTupleLookup<K> {
        let Self { table, rows } = self;
        let values = |tuples: &[[Num<Early>; K]]| -> Vec<[Fr; K]> {
            tuples.iter().map(|tuple| tuple.each_ref().map(Num::value)).collect()
        };
        let counts = entry_counts(&values(&table), &values(&rows));
        let multiplicities = counts.into_iter().map(|count| cs.commit(count)).collect();
        ClosedTupleLookup { table, rows, multiplicities }
    }
}

impl<const K: usize> ClosedTupleLookup<K> {
    /// Ties rows to multiplicities at the challenges `x` and `theta`.
    ///
    /// An entry at a pole (`X = −fold`) would prove nothing; here it has no inverse, so nobody can prove at all.
    /// The chance is `entries/r`; a new attempt has new challenges.
    pub fn constrain(&self, cs: &mut Builder<Late>, x: &Num<Late>, theta: &Num<Late>) {
        let powers = powers(cs, theta, K.saturating_sub(1));
        let tuples = self.rows.iter().chain(&self.table);
        let folds: Vec<Num<Late>> = tuples.map(|tuple| x.clone() + fold_var(cs, tuple, &powers)).collect();
        let mut inverses: Vec<Fr> = folds.iter().map(Num::value).collect();
        batch_inversion(&mut inverses);
        let mut inverted = folds.iter().zip(inverses);

        // The inverse is on the B side: there it is one large number, the fold would be several.
        let one = cs.constant(Fr::one());
        let mut left = cs.constant(Fr::zero());
        for (fold, inverse) in inverted.by_ref().take(self.rows.len()) {
            let inverse = cs.hint(inverse);
            cs.enforce("a row is an entry of the public table", fold, &inverse, &one);
            left = left + inverse;
        }
        let mut right = cs.constant(Fr::zero());
        for ((fold, inverse), multiplicity) in inverted.zip(&self.multiplicities) {
            let inverse = cs.hint(inverse);
            cs.enforce("no entry of the public table is at a pole", fold, &inverse, &one);
            let counted = "an entry of the public table counts its rows";
            right = right + cs.product(counted, &multiplicity.late(), &inverse);
        }
        let zero = cs.constant(Fr::zero());
        cs.enforce("the sums of rows and public table are equal", &(left - right), &one, &zero);
    }
}

/// `θ, θ², …, θ^count`.
fn powers(cs: &mut Builder<Late>, theta: &Num<Late>, count: usize) -> Vec<Num<Late>> {
    let mut powers = Vec::with_capacity(count);
    let mut power = theta.clone();
    for _ in 1..count {
        let next = cs.product("the next power of theta", &power, theta);
        powers.push(std::mem::replace(&mut power, next));
    }
    powers.push(power);
    powers
}

/// The fold of a tuple: one constraint for each two numbers after the first.
fn fold_var<const K: usize>(
    cs: &mut Builder<Late>,
    tuple: &[Num<Early>; K],
    powers: &[Num<Late>],
) -> Num<Late> {
    let property = "two numbers of a tuple are folded";
    let late: Vec<Num<Late>> = tuple.iter().map(Num::late).collect();
    let Some((first, rest)) = late.split_first() else {
        return cs.constant(Fr::zero());
    };
    rest.chunks(2).zip(powers.chunks(2)).fold(first.clone(), |sum, (numbers, powers)| {
        match (numbers, powers) {
            ([a, b], [p, q]) => {
                sum + cs.product(property, &(a.clone() + p.clone()), &(b.clone() + q.clone()))
            }
            ([a, ..], [p, ..]) => sum + cs.product(property, a, p),
            _ => sum,
        }
    })
}

/// Native twin: how many rows are each entry of the table, the first of equal ones.
#[must_use]
pub fn entry_counts<const K: usize>(table: &[[Fr; K]], rows: &[[Fr; K]]) -> Vec<Fr> {
    let mut counts = vec![0u64; table.len()];
    for row in rows {
        let entry = table.iter().position(|entry| entry == row);
        if let Some(count) = entry.and_then(|j| counts.get_mut(j)) {
            *count += 1;
        }
    }
    counts.into_iter().map(from_u64).collect()
}
