//! Bits, and "is it zero".

use crate::builder::{Builder, Late, Num};
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

/// 1 if `x` is 0, else 0.
///
/// `1 − x·inv` with `x·(1 − x·inv) = 0`: for `x = 0` it is 1 whatever `inv` is; for `x ≠ 0` it must be 0.
pub fn is_zero_var(cs: &mut Builder<Late>, property: &'static str, x: &Num<Late>) -> Num<Late> {
    let inverse = cs.hint(x.value().inverse().unwrap_or_default());
    let is_zero = cs.hint(is_zero(x.value()));
    let one = cs.constant(Fr::one());
    let zero = cs.constant(Fr::zero());
    cs.enforce(property, &inverse, x, &(one - is_zero.clone()));
    cs.enforce(property, x, &is_zero, &zero);
    is_zero
}

/// Native twin of [`is_zero_var`].
#[must_use]
pub fn is_zero(x: Fr) -> Fr {
    from_flag(x.is_zero())
}
