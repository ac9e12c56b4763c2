use super::*;
use crate::field::{from_integer, to_natural};
use crate::gadgets::divide::{divide, divide_var};
use crate::gadgets::range::{limb_count, limbs};
use num_bigint::BigUint;
use num_traits::CheckedSub;

/// `c` is the quotient and `d` the remainder of `a` by `b`.
fn divided(quotient_bits: u32, remainder_bits: u32, limb_bits: u32) -> impl Gadget {
    with_lookup(limb_bits, move |cs, lookup| {
        let (a, b) = (cs.scalar("a"), cs.scalar("b"));
        let (quotient, remainder) = divide_var(cs, lookup, "divided", &a, &b, quotient_bits, remainder_bits);
        claim(cs, "c", &quotient);
        claim(cs, "d", &remainder);
    })
}

/// Quotients of 3 bits, remainders of 2: every dividend below 36 and every divisor below 6, with every quotient
/// and remainder, field elements that are no integers among them.
#[test]
fn divisions_have_one_answer() {
    let full = matrices(divided(3, 2, 3));
    // One limb for the quotient; remainder and room are looked up twice.
    assert_eq!((full.rows_of("divided").len(), looked_up(&full).len()), (2, 5));
    let wrong = |matrices: &Matrices| {
        let cases = (-2..36).flat_map(|a| (-1..6).map(move |b| (a, b)));
        cases.into_iter().any(|(a, b)| wrong_for(matrices, a, b))
    };
    all_are_needed(&full, "divided", wrong);
}

fn wrong_for(matrices: &Matrices, a: i64, b: i64) -> bool {
    let fits = |q: i64, rem: i64| {
        let room = b - 1 - rem;
        a == q * b + rem && (0..8).contains(&q) && (0..4).contains(&rem) && (0..4).contains(&room)
    };
    let [dividend, divisor] = [a, b].map(Fr::from);
    (-1..5).any(|rem| {
        // Every quotient that the claim may have, and the one that the field would give.
        let quotients = (-1..9).map(|q| (Fr::from(q), fits(q, rem)));
        let field = divisor.inverse().map(|inverse| (dividend - Fr::from(rem)) * inverse);
        let odd = field.filter(|q| !integers(-1..9).contains(q)).map(|q| (q, false));
        quotients.chain(odd).any(|(quotient, expected)| {
            let rem = Fr::from(rem);
            let room = [integers(0..4), vec![divisor - Fr::one() - rem]].concat();
            let candidates = [vec![quotient], vec![rem], room];
            let passes = ways(matrices, &[dividend, divisor, quotient, rem], divided(3, 2, 3), &candidates);
            (passes > 0) != expected
        })
    })
}

/// The widths of the rules: the prover passes exactly if the divisor is not 0 and all numbers fit, and every
/// other quotient with the remainder that goes with it fails.
#[test]
fn divisions_at_the_edges() {
    for (quotient_bits, remainder_bits, limb_bits) in [(64, 84, 8), (52, 20, 8), (33, 33, 5), (64, 152, 8)] {
        let gadget = || divided(quotient_bits, remainder_bits, limb_bits);
        let full = matrices(gadget());
        let power = |bits: u32| BigUint::from(1u8) << bits;
        let divisors = [0u32, 1, 2, 3, 7, 10_000].map(BigUint::from).into_iter();
        for b in divisors.chain([0u8, 1, 2].map(|more| power(remainder_bits) - 1u8 + more)) {
            let above = power(quotient_bits) * &b;
            let dividends = [0u8, 1].map(BigUint::from).into_iter().chain([b.clone(), above.clone()]);
            for a in dividends.chain(above.checked_sub(&BigUint::from(1u8))) {
                let [a, b] = [&a, &b].map(|x| from_integer(x.clone()));
                let [q, rem] = divide(a, b);
                assert_eq!(q * b + rem, if b.is_zero() { Fr::zero() } else { a });
                let room = b - Fr::one() - rem;
                let widths = [(q, quotient_bits), (rem, remainder_bits), (room, remainder_bits)];
                let fits = widths.iter().all(|(x, bits)| to_natural(*x) < power(*bits));
                assert_eq!(accepted(&full, &[a, b, q, rem], gadget()), fits, "{a} by {b}");
                assert!(!fits || rem < b, "{a} by {b}");
                if limb_bits == 8 {
                    refuse_other_quotients(&full, [a, b, q], [quotient_bits, remainder_bits], gadget);
                }
            }
        }
    }
    ignores_witnesses(|_| divided(64, 84, 8));
}

/// One more, one less, nothing, and the quotient in the field.
fn refuse_other_quotients<G: Gadget>(
    matrices: &Matrices,
    [a, b, q]: [Fr; 3],
    [quotient_bits, remainder_bits]: [u32; 2],
    gadget: impl Fn() -> G,
) {
    let limbs = |x: Fr, bits: u32| limbs(x, limb_count(bits, 8), 8).into_iter().map(|limb| vec![limb]);
    for wrong in [q + Fr::one(), q - Fr::one(), Fr::zero(), a * b.inverse().unwrap_or_default()] {
        let rem = a - wrong * b;
        let room = b - Fr::one() - rem;
        let candidates: Vec<Vec<Fr>> = limbs(wrong, quotient_bits)
            .chain(limbs(rem, remainder_bits))
            .chain(limbs(room, remainder_bits))
            .collect();
        let passes = ways(matrices, &[a, b, wrong, rem], gadget(), &candidates);
        assert!(passes == 0 || wrong == q, "{a} by {b} is not {wrong}");
    }
}

/// The dividend may be any field element up to the widths' own bound, `r − 1` never.
#[test]
fn a_negative_dividend_has_no_quotient() {
    let full = matrices(divided(64, 84, 8));
    for a in [1u64, 2, 1 << 40].map(|x| -from_u64(x)) {
        for b in [1u64, 2, 3, u64::MAX].map(from_u64) {
            let [q, rem] = divide(a, b);
            assert_eq!(q * b + rem, a);
            assert!(!accepted(&full, &[a, b, q, rem], divided(64, 84, 8)), "{a} by {b}");
        }
    }
}
