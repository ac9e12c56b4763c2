//! Which of two numbers is larger.

use super::bits::bit_var;
use super::lookup::Lookup;
use super::range::{MAX_BITS, exact_var};
use crate::builder::{Builder, Early, Num};
use crate::field::{Fr, is_negative};
use ark_ff::One;

/// A new committed bit: 1 if `a ≥ b`, else 0. The difference `a − b` lies in `[−2^bits, 2^bits)`.
///
/// `a − b` is in `[0, 2^bits)` if the bit is 1 and `b − a − 1` is if it is 0: two ranges of `a − b` that do not
/// meet mod `r`. So the bit is right for any two field elements, in the signed reading of their difference.
pub fn at_least_var(
    cs: &mut Builder<Early>,
    lookup: &mut Lookup,
    property: &'static str,
    bits: u32,
    a: &Num<Early>,
    b: &Num<Early>,
) -> Num<Early> {
    assert!(bits < MAX_BITS, "differences of both signs would meet mod r");
    let yes = at_least(a.value(), b.value());
    let bit = bit_var(cs, property, yes);
    let difference = a.clone() - b.clone();
    let next = difference.clone() + cs.constant(Fr::one());
    let distance = if yes { difference.value() } else { -next.value() };
    let distance = exact_var(cs, lookup, bits, distance);
    // distance = bit·(a − b) + (1 − bit)·(b − a − 1).
    let slope = difference + next.clone();
    cs.enforce(property, &slope, &bit, &(distance + next));
    bit
}

/// Native twin of [`at_least_var`].
#[must_use]
pub fn at_least(a: Fr, b: Fr) -> bool {
    !is_negative(a - b)
}
