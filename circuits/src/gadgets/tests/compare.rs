use super::*;
use crate::field::to_integer;
use crate::gadgets::compare::{at_least, at_least_var};
use crate::gadgets::range::{limb_count, limbs};
use num_bigint::BigInt;

/// `c` says whether `a ≥ b`.
fn compared(bits: u32, limb_bits: u32) -> impl Gadget {
    with_lookup(limb_bits, move |cs, lookup| {
        let (a, b) = (cs.scalar("a"), cs.scalar("b"));
        let bit = at_least_var(cs, lookup, "at least", bits, &a, &b);
        claim(cs, "c", &bit);
    })
}

/// Every pair below 12 with differences of up to 3 bits: one bit, in one way, or none beyond the width.
#[test]
fn comparisons_have_one_answer() {
    let full = matrices(compared(3, 2));
    assert_eq!((full.rows_of("at least").len(), looked_up(&full).len()), (2, 3));
    let wrong = |matrices: &Matrices| {
        let pairs = (0..16).flat_map(|a| (0..16).map(move |b| (a, b)));
        pairs.into_iter().any(|(a, b)| wrong_for(matrices, a, b))
    };
    all_are_needed(&full, "at least", wrong);
}

fn wrong_for(matrices: &Matrices, a: i64, b: i64) -> bool {
    let difference = Fr::from(a - b);
    let slope = difference + difference + Fr::one();
    // What is no bit but would fit some distance.
    let fitting = (0..8u64).map(|distance| (from_u64(distance) + difference + Fr::one()) / slope);
    let fits = (-8..8).contains(&(a - b));
    numbers().into_iter().chain(fitting).any(|claimed| {
        let scalars = [Fr::from(a), Fr::from(b), claimed];
        let expected = fits && claimed == Fr::from(a >= b);
        // The distance in every pair of limbs where the claim is a bit; elsewhere two pairs do.
        let distance = claimed * slope - difference - Fr::one();
        let lows = if claimed.is_zero() || claimed.is_one() { integers(0..8) } else { integers(0..2) };
        let pass = |low: Fr| {
            let high = (distance - low) / from_u64(4);
            let candidates = [vec![claimed], vec![low], either(high, Fr::zero())];
            ways(matrices, &scalars, compared(3, 2), &candidates)
        };
        lows.into_iter().map(pass).sum::<usize>() != usize::from(expected)
    })
}

/// 64-bit differences at the edges, negative numbers too: the prover passes if the difference fits; the other
/// answer has a distance out of range.
#[test]
fn comparisons_at_the_edges() {
    for limb_bits in [8, 5] {
        let full = matrices(compared(64, limb_bits));
        let fits = |x: &BigInt| *x >= -BigInt::from(1u128 << 64) && *x < BigInt::from(1u128 << 64);
        for a in numbers() {
            for b in numbers() {
                let difference = a - b;
                let right = at_least(a, b);
                assert_eq!(right, to_integer(a - b) >= BigInt::from(0));
                let accepted = accepted(&full, &[a, b, Fr::from(right)], compared(64, limb_bits));
                assert_eq!(accepted, fits(&to_integer(difference)), "{a} {b}");
                if limb_bits == 8 {
                    let next = difference + Fr::one();
                    let distance = if right { -next } else { difference };
                    let mut chosen = vec![vec![Fr::from(!right)]];
                    chosen.extend(limbs(distance, limb_count(64, 8), 8).into_iter().map(|limb| vec![limb]));
                    let ways = ways(&full, &[a, b, Fr::from(!right)], compared(64, 8), &chosen);
                    assert_eq!(ways, 0, "{a} {b}");
                }
            }
        }
    }
    ignores_witnesses(|_| compared(64, 8));
}
