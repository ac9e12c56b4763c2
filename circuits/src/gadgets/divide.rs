//! Division with remainder.

use super::lookup::Lookup;
use super::range::{MAX_BITS, exact_var, in_range};
use crate::builder::{Builder, Early, Num};
use crate::field::{Fr, from_integer, to_natural};
use ark_ff::{One, Zero};
use num_integer::Integer;

/// New numbers `(quotient, remainder)` with `a = quotient·b + remainder` and `0 ≤ remainder < b`, over the
/// integers: `a` and `b` are the numbers from 0 to `r − 1` that they are read as.
///
/// The quotient is below `2^quotient_bits`, the remainder below `2^remainder_bits`, `b` from 1 to
/// `2^(remainder_bits + 1) − 1`: nothing else satisfies the constraints, so `b = 0` does not. A prover passes
/// with every `b` from 1 to `2^remainder_bits` whose quotient fits.
pub fn divide_var(
    cs: &mut Builder<Early>,
    lookup: &mut Lookup,
    property: &'static str,
    a: &Num<Early>,
    b: &Num<Early>,
    quotient_bits: u32,
    remainder_bits: u32,
) -> (Num<Early>, Num<Early>) {
    // remainder and b − 1 − remainder are below 2^remainder_bits, so b is below 2^(remainder_bits + 1), and
    // quotient·b + remainder < (quotient + 1)·b stays below 2^MAX_BITS < r: it is not reduced.
    assert!(quotient_bits + remainder_bits < MAX_BITS, "a product would wrap mod r");
    let [quotient, remainder] = divide(a.value(), b.value());
    let quotient = exact_var(cs, lookup, quotient_bits, quotient);
    let remainder = exact_var(cs, lookup, remainder_bits, remainder);
    cs.enforce(property, b, &quotient, &(a.clone() - remainder.clone()));
    let room = b.clone() - cs.constant(Fr::one()) - remainder.clone();
    in_range(cs, lookup, property, remainder_bits, &room);
    (quotient, remainder)
}

/// Native twin of [`divide_var`]: quotient and remainder; zeros if `b = 0`, which no constraint accepts.
#[must_use]
pub fn divide(a: Fr, b: Fr) -> [Fr; 2] {
    if b.is_zero() {
        return [Fr::zero(); 2];
    }
    let (quotient, remainder) = to_natural(a).div_rem(&to_natural(b));
    [quotient, remainder].map(from_integer)
}
