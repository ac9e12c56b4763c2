//! Every gadget on all of a tiny domain and at the edges: what is true is satisfiable, and satisfied by the
//! native twin; everything else is not, whatever the prover puts into the other wires.
//!
//! A gadget is "unsatisfiable" here if the wires that a prover can still choose were all tried, or if they are
//! solved for: [`complete`] gives every free wire the one value that its constraint allows.

use super::bits::{boolean, is_zero, is_zero_var};
use super::horner::{sum, sum_is};
use super::lookup::{Lookup, multiplicities};
use super::range::{limb_count, limbs, number_var};
use crate::builder::{Assignment, Builder, Early, Late, Layout, Masks, Matrices};
use crate::field::{Fr, from_u64, from_u128};
use crate::proof_system::is_pole;
use crate::testing::solve::complete;
use ark_ff::{Field, One, Zero};

/// Challenges `ρ` and `X`; two public scalars.
const LAYOUT: Layout = Layout { challenges: 2, sealed: 0, results: &[], columns: &[], scalars: &["a", "b"] };

/// Two pairs of challenges that are no poles: a wrong early number may pass one of them by chance only.
fn challenges() -> [[Fr; 2]; 2] {
    [[from_u64(3).pow([70]), from_u64(5).pow([90])], [from_u64(7).pow([80]), from_u64(11).pow([60])]]
}

/// Small numbers and edges: the ends of u64, of u128 and of the field, and fractions.
fn numbers() -> Vec<Fr> {
    let small = (0..16).map(from_u64);
    let edges =
        [1u128 << 32, u128::from(u64::MAX), 1 << 64, (1 << 65) - 1, 1 << 65, u128::MAX].map(from_u128);
    let negative = [1, 2, 3, 16, 1 << 32].map(|x| -from_u64(x));
    let halves = [2, 16, 256].map(|x| from_u64(x).inverse().unwrap());
    small.chain(edges).chain(negative).chain(halves).collect()
}

/// A gadget in a circuit of its own.
trait Gadget: Fn(Builder<Early>, [Fr; 2]) -> Builder<Late> {}
impl<F: Fn(Builder<Early>, [Fr; 2]) -> Builder<Late>> Gadget for F {}

fn matrices(gadget: impl Gadget) -> Matrices {
    gadget(Builder::record(LAYOUT), challenges()[0]).into_matrices()
}

fn wires(scalars: [Fr; 2], challenges: [Fr; 2], gadget: impl Gadget) -> Assignment {
    let masks = Masks { columns: Vec::new(), hide: Fr::one() };
    gadget(Builder::fill(LAYOUT, scalars.to_vec(), masks), challenges).into_assignment()
}

#[test]
fn bits_are_bits() {
    let gadget = |x: Fr| {
        move |mut cs: Builder<Early>, challenges: [Fr; 2]| {
            let x = cs.commit(x);
            boolean(&mut cs, "bit", &x);
            cs.challenge(&challenges, &[], &[])
        }
    };
    let matrices = matrices(gadget(Fr::zero()));
    for x in numbers() {
        let accepted = matrices.check(&wires([Fr::zero(); 2], challenges()[0], gadget(x))).is_ok();
        assert_eq!(accepted, x.is_zero() || x.is_one(), "{x}");
    }
}

#[test]
fn zero_is_zero() {
    let gadget = |x: Fr| {
        move |mut cs: Builder<Early>, challenges: [Fr; 2]| {
            let x = cs.commit(x);
            let mut cs = cs.challenge(&challenges, &[], &[]);
            is_zero_var(&mut cs, "zero", &x.late());
            cs
        }
    };
    let matrices = matrices(gadget(Fr::zero()));
    // The private wires: the inverse, then the answer.
    let inverse = 1 + matrices.public + matrices.committed;
    for x in numbers() {
        let honest = wires([Fr::zero(); 2], challenges()[0], gadget(x));
        assert_eq!(matrices.check(&honest), Ok(()), "{x}");
        assert_eq!(honest.private[1], is_zero(x), "{x}");
        for claimed in numbers() {
            // The hint that suits the claim best: inv·x = 1 − claimed.
            let hint = (Fr::one() - claimed) * x.inverse().unwrap_or_default();
            for hint in [hint, Fr::zero(), Fr::one(), honest.private[0]] {
                let chosen = [(inverse, hint), (inverse + 1, claimed)];
                let accepted = matrices.check(&complete(&matrices, honest.clone(), &chosen)).is_ok();
                assert!(!accepted || claimed == is_zero(x), "{x} is claimed to be zero: {claimed}");
            }
        }
    }
}

/// Sums of 1 to 4 values. A sum of one value is a regression test: it had no constraint at all, so the flag of
/// a circuit of capacity 1 was bound to nothing.
#[test]
fn sums_are_sums() {
    fn gadget(values: Vec<Fr>) -> impl Gadget {
        move |mut cs: Builder<Early>, challenges: [Fr; 2]| {
            let values: Vec<_> = values.iter().map(|value| cs.commit(*value)).collect();
            let claimed = cs.scalar("a").late();
            let mut cs = cs.challenge(&challenges, &[], &[]);
            let rho = cs.nth_challenge(0);
            sum_is(&mut cs, "sum", &values, &rho, &claimed);
            cs
        }
    }
    let some = [Fr::zero(), Fr::one(), from_u64(u64::MAX), -Fr::one()];
    for count in 1..=4u32 {
        let matrices = matrices(gadget(vec![Fr::zero(); count as usize]));
        assert_eq!(matrices.rows_of("sum").len(), (count as usize - 1).max(1));
        for table in 0..4usize.pow(count) {
            let values: Vec<Fr> = (0..count).map(|i| some[table / 4usize.pow(i) % 4]).collect();
            for challenges in challenges() {
                let right = sum(values.iter().copied(), challenges[0]);
                for claimed in numbers().into_iter().chain([right, right + Fr::one(), -right]) {
                    let filled = wires([claimed, Fr::zero()], challenges, gadget(values.clone()));
                    let accepted = matrices.check(&complete(&matrices, filled, &[])).is_ok();
                    assert_eq!(accepted, claimed == right, "{values:?}");
                }
            }
        }
    }
}

/// These numbers are limbs.
fn lookup_of(values: Vec<Fr>, bits: u32) -> impl Gadget {
    move |mut cs: Builder<Early>, challenges: [Fr; 2]| {
        let mut lookup = Lookup::new(bits);
        for value in &values {
            lookup.limb(&mut cs, *value);
        }
        let lookup = lookup.close(&mut cs);
        let mut cs = cs.challenge(&challenges, &[], &[]);
        let x = cs.nth_challenge(1);
        lookup.constrain(&mut cs, &x);
        cs
    }
}

/// Whether these limbs with these multiplicities pass at both challenges; hints are solved for.
fn looked_up(matrices: &Matrices, values: &[Fr], counts: &[Fr], bits: u32) -> bool {
    challenges().into_iter().all(|challenges| {
        let gadget = lookup_of(values.to_vec(), bits);
        let mut filled = wires([Fr::zero(); 2], challenges, gadget);
        let first = filled.committed.len() - counts.len();
        filled.committed[first..].copy_from_slice(counts);
        matrices.check(&complete(matrices, filled, &[])).is_ok()
    })
}

/// Two limbs in a table of four entries: every pair of numbers, every table of counts up to 2, and counts that
/// are no counts.
#[test]
fn lookups_accept_the_table_and_its_counts() {
    let matrices = matrices(lookup_of(vec![Fr::zero(); 2], 2));
    let numbers = [0, 1, 2, 3, 4, 5].map(from_u64).into_iter().chain([-Fr::one(), from_u128(1 << 64)]);
    let numbers: Vec<Fr> = numbers.collect();
    let odd = [from_u64(2).inverse().unwrap(), -Fr::one()];
    for a in &numbers {
        for b in &numbers {
            let right = multiplicities(2, [*a, *b]);
            let in_table = numbers[..4].contains(a) && numbers[..4].contains(b);
            for table in 0..3u64.pow(4) {
                let counts: Vec<Fr> = (0..4).map(|j| from_u64(table / 3u64.pow(j) % 3)).collect();
                let accepted = looked_up(&matrices, &[*a, *b], &counts, 2);
                assert_eq!(accepted, in_table && counts == right, "{a} {b} {counts:?}");
            }
            for j in 0..4 {
                for by in odd {
                    let mut counts = right.clone();
                    counts[j] += by;
                    assert!(!looked_up(&matrices, &[*a, *b], &counts, 2), "{a} {b} {counts:?}");
                }
            }
        }
    }
}

/// A limb at `−X` has no inverse: no hint satisfies its row. `X` at a pole of the table makes the entry's
/// quotient free, so that any limb passes: the transcript refuses such challenges.
#[test]
fn lookups_prove_nothing_at_a_pole() {
    let matrices = matrices(lookup_of(vec![Fr::zero(); 2], 2));
    let off_table = [from_u64(9), -from_u64(5)];
    let pole = [Fr::one(), -from_u64(3)];
    let gadget = lookup_of(off_table.to_vec(), 2);
    let mut filled = wires([Fr::zero(); 2], pole, gadget);
    let first = filled.committed.len() - 4;
    filled.committed[first..].fill(Fr::zero());
    assert_eq!(matrices.check(&complete(&matrices, filled, &[])), Ok(()), "forged at a pole");
    assert!(is_pole(pole[1], 2));
    for bits in 1..=4 {
        for x in (0..20).map(from_u64) {
            let in_table = x < from_u64(1 << bits);
            assert_eq!(is_pole(-x, bits), in_table, "{x} {bits}");
        }
    }

    let [rho, x] = challenges()[0];
    let gadget = lookup_of(vec![-x, Fr::zero()], 2);
    let filled = wires([Fr::zero(); 2], [rho, x], gadget);
    assert!(matrices.check(&complete(&matrices, filled, &[])).is_err());
}

/// A number of `bits` bits in limbs of `limb_bits`, equal to the public scalar.
fn number_is(value: Fr, bits: u32, limb_bits: u32) -> impl Gadget {
    move |mut cs: Builder<Early>, challenges: [Fr; 2]| {
        let mut lookup = Lookup::new(limb_bits);
        let number = number_var(&mut cs, &mut lookup, bits, value);
        let lookup = lookup.close(&mut cs);
        let (claimed, one) = (cs.scalar("a"), cs.constant(Fr::one()));
        cs.enforce("number", &number, &one, &claimed);
        let mut cs = cs.challenge(&challenges, &[], &[]);
        let x = cs.nth_challenge(1);
        lookup.constrain(&mut cs, &x);
        cs
    }
}

#[test]
fn numbers_are_in_range() {
    for (bits, limb_bits) in [(4, 2), (3, 2), (1, 1), (64, 4), (64, 8), (64, 13)] {
        let matrices = matrices(number_is(Fr::zero(), bits, limb_bits));
        // Up to a whole number of limbs: 65 bits for 64 in limbs of 13.
        let bound = from_u128(1 << (limb_bits * limb_count(bits, limb_bits)));
        let edges = [bound - Fr::one(), bound, bound + Fr::one()];
        for x in numbers().into_iter().chain((16..40).map(from_u64)).chain(edges) {
            let native = limbs(x, limb_count(bits, limb_bits), limb_bits);
            let sum = native.iter().rev().fold(Fr::zero(), |sum, l| sum * from_u64(1 << limb_bits) + l);
            assert_eq!(sum, x, "limbs add up, in range or not");
            let filled = wires([x, Fr::zero()], challenges()[0], number_is(x, bits, limb_bits));
            let accepted = matrices.check(&filled).is_ok();
            assert_eq!(accepted, x < bound, "{x} in {bits} bits by {limb_bits}");
        }
    }
}

/// Every pair of limbs, in and off the table, with every count: the number is what its limbs say, and in range.
#[test]
fn no_limbs_make_a_number_out_of_range() {
    let (bits, limb_bits) = (4, 2);
    let matrices = matrices(number_is(Fr::zero(), bits, limb_bits));
    let candidates: Vec<Fr> = (0..8).map(from_u64).chain((1..5).map(|x| -from_u64(x))).collect();
    for claimed in (0..24).map(from_u64).chain([-Fr::one(), -from_u64(4)]) {
        let mut ways = 0;
        for low in &candidates {
            let high = (claimed - low) * from_u64(4).inverse().unwrap();
            let passes = challenges().into_iter().all(|challenges| {
                let mut filled =
                    wires([claimed, Fr::zero()], challenges, number_is(Fr::zero(), bits, limb_bits));
                // After the hiding wire: the limbs, then the multiplicities.
                filled.committed[1..3].copy_from_slice(&[*low, high]);
                let counts = multiplicities(limb_bits, [*low, high]);
                filled.committed[3..].copy_from_slice(&counts);
                matrices.check(&complete(&matrices, filled, &[])).is_ok()
            });
            ways += u32::from(passes);
        }
        assert_eq!(ways, u32::from(claimed < from_u64(16)), "{claimed} has one way or none");
    }
}
