//! Numbers of a bounded width, as sums of looked-up limbs.

use super::lookup::Lookup;
use crate::builder::{Builder, Early, Num};
use crate::field::{Fr, from_u64};
use ark_ff::{One, PrimeField, Zero};

/// Widest number that has one reading: `2^253 < r`.
pub const MAX_BITS: u32 = Fr::MODULUS_BIT_SIZE - 1;

/// Limbs that a number of `bits` bits takes: at least one.
#[must_use]
pub fn limb_count(bits: u32, limb_bits: u32) -> u32 {
    bits.div_ceil(limb_bits).max(1)
}

/// A new number in `[0, 2^(limb_bits·⌈bits/limb_bits⌉))`, defined by its limbs.
///
/// The bound is the next multiple of the limb width, not `bits`: enough wherever the range only keeps a
/// difference from wrapping.
pub fn number_var(cs: &mut Builder<Early>, lookup: &mut Lookup, bits: u32, value: Fr) -> Num<Early> {
    let limbs = limb_vars(cs, lookup, bits, value);
    weighted_sum(cs, lookup, &limbs)
}

/// A new number in `[0, 2^bits)`, defined by its limbs.
pub fn exact_var(cs: &mut Builder<Early>, lookup: &mut Lookup, bits: u32, value: Fr) -> Num<Early> {
    assert!(bits <= MAX_BITS, "a number as wide as the field would have two readings");
    let limbs = limb_vars(cs, lookup, bits, value);
    let spare = lookup.bits() * limb_count(bits, lookup.bits()) - bits;
    if let Some(top) = limbs.last().filter(|_| spare > 0) {
        // Both are in the table, so top·2^spare does not wrap and top has `spare` bits less than a limb.
        lookup.require(top.clone().scale(from_u64(1 << spare)));
    }
    weighted_sum(cs, lookup, &limbs)
}

/// `x` lies in `[0, 2^bits)`.
///
/// A negative `x` is the field element `r − |x|` and fails, unless `|x| > r − 2^bits`.
pub fn in_range(
    cs: &mut Builder<Early>,
    lookup: &mut Lookup,
    property: &'static str,
    bits: u32,
    x: &Num<Early>,
) {
    let number = exact_var(cs, lookup, bits, x.value());
    let one = cs.constant(Fr::one());
    cs.enforce(property, &one, &number, x);
}

fn limb_vars(cs: &mut Builder<Early>, lookup: &mut Lookup, bits: u32, value: Fr) -> Vec<Num<Early>> {
    let limb_bits = lookup.bits();
    let limbs = limbs(value, limb_count(bits, limb_bits), limb_bits);
    limbs.into_iter().map(|limb| lookup.limb(cs, limb)).collect()
}

fn weighted_sum(cs: &Builder<Early>, lookup: &Lookup, limbs: &[Num<Early>]) -> Num<Early> {
    let base = from_u64(1 << lookup.bits());
    let mut weight = Fr::one();
    limbs.iter().fold(cs.constant(Fr::zero()), |sum, limb| {
        let term = limb.clone().scale(weight);
        weight *= base;
        sum + term
    })
}

/// Native twin: the low limbs of a number, least significant first; the top limb takes what is left over, so a
/// number out of range has a limb off the table.
#[must_use]
pub fn limbs(value: Fr, count: u32, limb_bits: u32) -> Vec<Fr> {
    let mut left = value.into_bigint();
    let mut limbs = Vec::with_capacity(count as usize);
    for _ in 1..count {
        limbs.push(from_u64(left.0[0] & ((1 << limb_bits) - 1)));
        left >>= limb_bits;
    }
    // Shifted right, it is still below r.
    limbs.push(Fr::from_bigint(left).unwrap_or_default());
    limbs
}
