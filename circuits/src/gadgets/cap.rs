//! "Too large counts as the cap": a new number and the smaller of it and a cap.

use super::bits::zero_var;
use super::compare::at_least_var;
use super::lookup::Lookup;
use super::range::{MAX_BITS, exact_var};
use crate::builder::{Builder, Early, Num};
use crate::field::{Fr, from_integer, to_natural};
use ark_ff::One;
use num_bigint::BigUint;

/// A new number `x` in `[0, 2^total_bits)`, defined by its limbs, and `min(x, 2^bits − 1)`.
pub fn cap_bits_var(
    cs: &mut Builder<Early>,
    lookup: &mut Lookup,
    property: &'static str,
    bits: u32,
    total_bits: u32,
    value: Fr,
) -> (Num<Early>, Num<Early>) {
    assert!(bits <= total_bits && total_bits <= MAX_BITS, "the number has one reading");
    let power = from_integer(BigUint::from(1u8) << bits);
    let [low, high] = split(value, bits);
    let low = exact_var(cs, lookup, bits, low);
    let high = exact_var(cs, lookup, total_bits - bits, high);
    let fits = zero_var(cs, property, &high);
    // With anything above, the low part counts as all ones.
    let above = cs.constant(Fr::one()) - fits;
    let short = cs.constant(power - Fr::one()) - low.clone();
    let raised = cs.product(property, &short, &above);
    (low.clone() + high.scale(power), low + raised)
}

/// A new number `x` in `[0, 2^bits)`, defined by its limbs, and `min(x, cap)`. The difference `x − cap` lies in
/// `[−2^bits, 2^bits)`.
pub fn cap_var(
    cs: &mut Builder<Early>,
    lookup: &mut Lookup,
    property: &'static str,
    bits: u32,
    cap: &Num<Early>,
    value: Fr,
) -> (Num<Early>, Num<Early>) {
    let x = exact_var(cs, lookup, bits, value);
    let above = at_least_var(cs, lookup, property, bits, &x, cap);
    let excess = x.clone() - cap.clone();
    let cut = cs.product(property, &excess, &above);
    (x.clone(), x - cut)
}

/// `[low, high]` with `value = low + 2^bits·high`.
fn split(value: Fr, bits: u32) -> [Fr; 2] {
    let value = to_natural(value);
    let high = &value >> bits;
    let low = value - (&high << bits);
    [low, high].map(from_integer)
}

/// Native twin of [`cap_bits_var`] and [`cap_var`].
#[must_use]
pub fn cap(value: Fr, cap: Fr) -> Fr {
    value.min(cap)
}
