//! Bits, and "is it zero".

use crate::builder::{Builder, Early, Late, Num};
use crate::field::{Fr, from_flag};
use ark_ff::{Field, One, Zero};

/// `x` is 0 or 1.
pub fn boolean<S>(cs: &mut Builder<S>, property: &'static str, x: &Num<S>)
where
    Num<S>: Clone,
{
    let complement = cs.constant(Fr::one()) - x.clone();
    let zero = cs.constant(Fr::zero());
    cs.enforce(property, x, &complement, &zero);
}

/// A new committed wire that is 0 or 1.
pub fn bit_var(cs: &mut Builder<Early>, property: &'static str, flag: bool) -> Num<Early> {
    let bit = cs.commit(from_flag(flag));
    boolean(cs, property, &bit);
    bit
}

/// A new committed wire: 1 if `x` is 0, else 0.
pub fn zero_var(cs: &mut Builder<Early>, property: &'static str, x: &Num<Early>) -> Num<Early> {
    let inverse = cs.auxiliary(x.value().inverse().unwrap_or_default());
    let is_zero = cs.commit(is_zero(x.value()));
    says_zero(cs, property, &x.late(), &inverse, &is_zero.late());
    is_zero
}

/// [`zero_var`] of a number that may depend on the challenges.
pub fn is_zero_var(cs: &mut Builder<Late>, property: &'static str, x: &Num<Late>) -> Num<Late> {
    let inverse = cs.hint(x.value().inverse().unwrap_or_default());
    let is_zero = cs.hint(is_zero(x.value()));
    says_zero(cs, property, x, &inverse, &is_zero);
    is_zero
}

/// `is_zero = 1 − x·inverse` and `x·is_zero = 0`: for `x = 0` it is 1 whatever the inverse is, for `x ≠ 0` it
/// must be 0.
fn says_zero<S>(
    cs: &mut Builder<S>,
    property: &'static str,
    x: &Num<Late>,
    inverse: &Num<Late>,
    is_zero: &Num<Late>,
) {
    let nonzero = cs.constant(Fr::one()) - is_zero.clone();
    let zero = cs.constant(Fr::zero());
    cs.enforce(property, inverse, x, &nonzero);
    cs.enforce(property, x, is_zero, &zero);
}

/// Native twin of [`zero_var`] and [`is_zero_var`].
#[must_use]
pub fn is_zero(x: Fr) -> Fr {
    from_flag(x.is_zero())
}
