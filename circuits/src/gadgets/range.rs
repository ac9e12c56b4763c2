//! Numbers of a bounded width, as sums of looked-up limbs.

use super::lookup::Lookup;
use crate::builder::{Builder, Early, Num};
use crate::field::{Fr, from_u64};
use ark_ff::{One, PrimeField, Zero};

/// Limbs that a number of `bits` bits takes.
#[must_use]
pub fn limb_count(bits: u32, limb_bits: u32) -> u32 {
    bits.div_ceil(limb_bits)
}

/// A new number in `[0, 2^(limb_bits·⌈bits/limb_bits⌉))`, defined by its limbs.
///
/// The bound is the next multiple of the limb width, not `bits`: enough wherever the range only keeps a
/// difference from wrapping.
pub fn number_var(cs: &mut Builder<Early>, lookup: &mut Lookup, bits: u32, value: Fr) -> Num<Early> {
    let limb_bits = lookup.bits();
    let mut sum = cs.constant(Fr::zero());
    let base = from_u64(1 << limb_bits);
    let mut weight = Fr::one();
    for limb in limbs(value, limb_count(bits, limb_bits), limb_bits) {
        sum = sum + lookup.limb(cs, limb).scale(weight);
        weight *= base;
    }
    sum
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
