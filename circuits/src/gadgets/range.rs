//! Numbers of a bounded width, as sums of looked-up limbs.

use super::lookup::Lookup;
use crate::builder::{Builder, Early, Num};
use crate::field::{Fr, from_u64, from_u128};
use ark_ff::{PrimeField, Zero};

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
    for (k, limb) in limbs(value, limb_count(bits, limb_bits), limb_bits).into_iter().enumerate() {
        let weight = from_u128(1u128 << (limb_bits * k as u32));
        sum = sum + lookup.limb(cs, limb).scale(weight);
    }
    sum
}

/// Native twin: the low limbs of a number, least significant first; the top limb takes what is left over, so a
/// number out of range has a limb off the table.
#[must_use]
pub fn limbs(value: Fr, count: u32, limb_bits: u32) -> Vec<Fr> {
    let [low, high, rest @ ..] = value.into_bigint().0;
    if rest != [0; 2] {
        // Far out of range: one limb carries it all.
        let mut limbs = vec![Fr::zero(); count as usize];
        limbs[0] = value;
        return limbs;
    }
    let mut left = u128::from(high) << 64 | u128::from(low);
    let mut limbs = Vec::with_capacity(count as usize);
    for _ in 1..count {
        limbs.push(from_u64((left & ((1 << limb_bits) - 1)) as u64));
        left >>= limb_bits;
    }
    limbs.push(from_u128(left));
    limbs
}
