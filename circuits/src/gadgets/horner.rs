//! Sums `Σ ρ^(last − i)·x_i`, one constraint a value: how a circuit is linked to the ledger's commitments and
//! to its public columns.

use crate::builder::{Builder, Early, Late, Num};
use crate::field::Fr;
use ark_ff::{One, Zero};

/// `(…((x_0·ρ + x_1)·ρ + x_2)…)` over `values` equals `sum`.
///
/// The values are early, so by Schwartz and Zippel a sum that is right at a random `ρ` is right for each value.
pub fn sum_is<'a>(
    cs: &mut Builder<Late>,
    property: &'static str,
    values: impl IntoIterator<Item = &'a Num<Early>>,
    rho: &Num<Late>,
    sum: &Num<Late>,
) {
    let mut values = values.into_iter();
    let Some(first) = values.next() else {
        panic!("a sum has at least one value");
    };
    let mut accumulated = first.late();
    let mut rest = values.peekable();
    if rest.peek().is_none() {
        // One value is the sum: without this row nothing would say so.
        let one = cs.constant(Fr::one());
        cs.enforce(property, &accumulated, &one, sum);
    }
    while let Some(value) = rest.next() {
        // acc·ρ + x is the next acc; the last one is the public sum itself.
        let next = if rest.peek().is_some() {
            cs.hint(accumulated.value() * rho.value() + value.value())
        } else {
            sum.clone()
        };
        cs.enforce(property, &accumulated, rho, &(next.clone() - value.late()));
        accumulated = next;
    }
}

/// Native twin of [`sum_is`].
#[must_use]
pub fn sum(values: impl IntoIterator<Item = Fr>, rho: Fr) -> Fr {
    values.into_iter().fold(Fr::zero(), |accumulated, value| accumulated * rho + value)
}
