use super::*;
use crate::gadgets::cap::{cap, cap_bits_var, cap_var};

/// `a` is a number of `total` bits, `b` is the smaller of it and `2^bits − 1`.
fn capped_bits(value: Fr, bits: u32, total: u32, limb_bits: u32) -> impl Gadget {
    with_lookup(limb_bits, move |cs, lookup| {
        let (x, capped) = cap_bits_var(cs, lookup, "capped", bits, total, value);
        claim(cs, "a", &x);
        claim(cs, "b", &capped);
    })
}

/// `a` is a number of `bits` bits, `b` is the smaller of it and `c`.
fn capped(value: Fr, bits: u32, limb_bits: u32) -> impl Gadget {
    with_lookup(limb_bits, move |cs, lookup| {
        let limit = cs.scalar("c");
        let (x, capped) = cap_var(cs, lookup, "capped", bits, &limit, value);
        claim(cs, "a", &x);
        claim(cs, "b", &capped);
    })
}

/// Every number of 4 bits under the cap 3: one way to write each, and one capped number.
#[test]
fn bits_are_capped() {
    let full = matrices(capped_bits(Fr::zero(), 2, 4, 2));
    assert_eq!((full.rows_of("capped").len(), looked_up(&full).len()), (3, 2));
    let wrong = |matrices: &Matrices| {
        let claims = |x: i64| integers(-1..17).into_iter().map(move |claimed| (x, claimed));
        (-3..20).flat_map(claims).any(|(x, claimed)| {
            let low = integers(-1..5);
            let in_range = (0..16).contains(&x);
            let ways: usize =
                low.into_iter().map(|low| ways_to_cap(matrices, Fr::from(x), low, claimed)).sum();
            ways != usize::from(in_range && claimed == Fr::from(x.min(3)))
        })
    };
    all_are_needed(&full, "capped", wrong);
}

/// Ways to cap `x` with this low limb: the high one follows, and the flag is a bit or what the claim needs.
fn ways_to_cap(matrices: &Matrices, x: Fr, low: Fr, claimed: Fr) -> usize {
    let high = (x - low) / from_u64(4);
    let short = from_u64(3) - low;
    let mut flags = vec![Fr::zero(), Fr::one()];
    let fitting = short.inverse().map(|inverse| Fr::one() - (claimed - low) * inverse);
    flags.extend(fitting.filter(|flag| !flags.contains(flag)));
    ways(matrices, &[x, claimed], capped_bits(Fr::zero(), 2, 4, 2), &[vec![low], vec![high], flags])
}

/// Widths between two limbs, the caps of the rules, and a cap as wide as the number.
#[test]
fn bits_are_capped_at_the_edges() {
    for (bits, total, limb_bits) in
        [(3, 5, 2), (44, 64, 8), (48, 64, 13), (32, 64, 8), (64, 64, 8), (100, 200, 8)]
    {
        let full = matrices(capped_bits(Fr::zero(), bits, total, limb_bits));
        let two_to = |bits: u32| from_u64(2).pow([u64::from(bits)]);
        let (limit, bound) = (two_to(bits) - Fr::one(), two_to(total));
        let edges = [limit, limit + Fr::one(), bound - Fr::one(), bound];
        for x in numbers().into_iter().chain(edges) {
            let right = cap(x, limit);
            let gadget = || capped_bits(x, bits, total, limb_bits);
            assert_eq!(accepted(&full, &[x, right], gadget()), x < bound, "{x} capped at {bits} bits");
            for claimed in [x, limit, right + Fr::one(), right - Fr::one()] {
                assert!(claimed == right || !accepted(&full, &[x, claimed], gadget()), "{x}");
            }
        }
    }
    ignores_witnesses(|x| capped_bits(x, 44, 64, 8));
}

/// Every number of 3 bits under every cap of 3 bits, and under caps that are too far from it.
#[test]
fn numbers_are_capped() {
    let full = matrices(capped(Fr::zero(), 3, 3));
    assert_eq!((full.rows_of("capped").len(), looked_up(&full).len()), (3, 2));
    let wrong = |matrices: &Matrices| {
        let cases = (-2..10).flat_map(|x| (-2..10).map(move |limit| (x, limit)));
        cases.into_iter().any(|(x, limit)| {
            let fits = (0..8).contains(&x) && (-8..8).contains(&(x - limit));
            let [x, limit] = [x, limit].map(Fr::from);
            let right = if crate::gadgets::compare::at_least(x, limit) { limit } else { x };
            integers(-2..10).into_iter().any(|claimed| {
                let ways = ways_under(matrices, x, limit, claimed);
                ways != usize::from(fits && claimed == right)
            })
        })
    };
    all_are_needed(&full, "capped", wrong);
}

/// Ways to cap `x`: the flag is a bit or what the claim needs, the distance any of the table.
fn ways_under(matrices: &Matrices, x: Fr, limit: Fr, claimed: Fr) -> usize {
    let mut flags = vec![Fr::zero(), Fr::one()];
    let fitting = (x - limit).inverse().map(|inverse| (x - claimed) * inverse);
    flags.extend(fitting.filter(|flag| !flags.contains(flag)));
    let candidates = [vec![x], flags, integers(0..8)];
    ways(matrices, &[x, claimed, limit], capped(Fr::zero(), 3, 3), &candidates)
}

#[test]
fn numbers_are_capped_at_the_edges() {
    let full = matrices(capped(Fr::zero(), 64, 8));
    let bound = from_u128(1 << 64);
    for x in numbers() {
        for limit in [from_u64(0), from_u64(1), from_u64(1_000_000), from_u64(u64::MAX)] {
            let right = cap(x, limit);
            let gadget = || capped(x, 64, 8);
            assert_eq!(accepted(&full, &[x, right, limit], gadget()), x < bound, "{x} under {limit}");
            for claimed in [x, limit, right + Fr::one()] {
                assert!(claimed == right || !accepted(&full, &[x, claimed, limit], gadget()), "{x}");
            }
        }
    }
    ignores_witnesses(|x| capped(x, 64, 8));
}
