use super::*;
use crate::gadgets::range::{exact_var, in_range, limb_count, limbs, number_var};

/// A number of `bits` bits, rounded up to limbs of `limb_bits`, equal to the public scalar.
fn number_is(value: Fr, bits: u32, limb_bits: u32) -> impl Gadget {
    with_lookup(limb_bits, move |cs, lookup| {
        let number = number_var(cs, lookup, bits, value);
        claim(cs, "a", &number);
    })
}

/// The public scalar has exactly `bits` bits.
fn scalar_in_range(bits: u32, limb_bits: u32) -> impl Gadget {
    with_lookup(limb_bits, move |cs, lookup| {
        let x = cs.scalar("a");
        in_range(cs, lookup, "in range", bits, &x);
    })
}

fn two_to(bits: u32) -> Fr {
    from_u64(2).pow([u64::from(bits)])
}

#[test]
fn numbers_are_in_range() {
    for (bits, limb_bits) in [(4, 2), (3, 2), (1, 1), (64, 4), (64, 8), (64, 13)] {
        let matrices = matrices(number_is(Fr::zero(), bits, limb_bits));
        // Up to a whole number of limbs: 65 bits for 64 in limbs of 13.
        let bound = two_to(limb_bits * limb_count(bits, limb_bits));
        let edges = [bound - Fr::one(), bound, bound + Fr::one()];
        for x in numbers().into_iter().chain(integers(16..40)).chain(edges) {
            let native = limbs(x, limb_count(bits, limb_bits), limb_bits);
            let sum = native.iter().rev().fold(Fr::zero(), |sum, l| sum * from_u64(1 << limb_bits) + l);
            assert_eq!(sum, x, "limbs add up, in range or not");
            let accepted = accepted(&matrices, &[x], number_is(x, bits, limb_bits));
            assert_eq!(accepted, x < bound, "{x} in {bits} bits by {limb_bits}");
        }
    }
}

/// Every pair of limbs, in and off the table, with every count: the number is what its limbs say, and in range.
#[test]
fn no_limbs_make_a_number_out_of_range() {
    let full = matrices(number_is(Fr::zero(), 4, 2));
    for claimed in integers(-4..24) {
        let ways = ways_of_limbs(&full, claimed, || number_is(Fr::zero(), 4, 2));
        assert_eq!(ways, usize::from(claimed < from_u64(16)), "{claimed} has one way or none");
    }
}

/// Ways to write a number in two limbs of 2 bits, the high one solved for, or nothing.
fn ways_of_limbs<G: Gadget>(matrices: &Matrices, claimed: Fr, gadget: impl Fn() -> G) -> usize {
    let candidates = [integers(0..8), integers(-4..0)].concat();
    let quarter = from_u64(4).inverse().unwrap();
    let ways = |low: &Fr| {
        let high = (claimed - low) * quarter;
        ways(matrices, &[claimed], gadget(), &[vec![*low], either(high, Fr::zero())])
    };
    candidates.iter().map(ways).sum()
}

/// Widths that are no multiple of the limb's, narrower than a limb, none at all, and wider than a u128.
#[test]
fn exact_numbers_are_in_range() {
    let widths = [(4, 2), (3, 2), (1, 1), (1, 4), (0, 2), (5, 4), (64, 8), (64, 13), (20, 8), (200, 8)];
    for (bits, limb_bits) in widths.into_iter().chain([(199, 13), (253, 8)]) {
        let matrices = matrices(scalar_in_range(bits, limb_bits));
        let lookups = limb_count(bits, limb_bits) + u32::from(bits % limb_bits > 0 || bits == 0);
        assert_eq!(looked_up(&matrices).len(), lookups as usize, "{bits} bits by {limb_bits}");
        let bound = two_to(bits);
        let edges = [bound - Fr::one(), bound, bound + Fr::one(), -bound];
        for x in numbers().into_iter().chain(integers(16..40)).chain(edges) {
            let accepted = accepted(&matrices, &[x], scalar_in_range(bits, limb_bits));
            assert_eq!(accepted, x < bound, "{x} in {bits} bits by {limb_bits}");
        }
    }
    ignores_witnesses(|_| scalar_in_range(64, 4));
}

/// As [`no_limbs_make_a_number_out_of_range`], for a width between two limbs; and all limbs are looked up, not
/// only those that the prover would choose.
#[test]
fn no_limbs_make_an_exact_number_out_of_range() {
    let full = matrices(scalar_in_range(3, 2));
    let wrong = |matrices: &Matrices| {
        integers(-4..24).into_iter().any(|claimed| {
            let ways = ways_of_limbs(matrices, claimed, || scalar_in_range(3, 2));
            ways != usize::from(claimed < from_u64(8))
        })
    };
    all_are_needed(&full, "in range", wrong);
    // Limb 0, the top limb, the top limb scaled.
    assert_eq!(looked_up(&full).len(), 3);
}

/// A number that is defined by its limbs costs its lookups and nothing else.
#[test]
fn exact_numbers_cost_their_lookups() {
    let blank = matrices(with_lookup(4, |_, _| ())).constraints();
    for (bits, lookups) in [(64, 16), (63, 17), (3, 2), (4, 1)] {
        let full = matrices(with_lookup(4, move |cs, lookup| {
            exact_var(cs, lookup, bits, Fr::zero());
        }));
        assert_eq!(full.constraints() - blank, lookups, "{bits} bits");
    }
}
