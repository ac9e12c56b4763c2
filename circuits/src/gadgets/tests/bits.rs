use super::*;
use crate::gadgets::bits::{bit_var, boolean, is_zero, is_zero_var, zero_var};

#[test]
fn bits_are_bits() {
    let gadget = |x: Fr| {
        move |mut cs: Builder<Early>, challenges: [Fr; 3]| {
            let x = cs.commit(x);
            boolean(&mut cs, "bit", &x);
            cs.challenge(&challenges, &[], &[])
        }
    };
    let matrices = matrices(gadget(Fr::zero()));
    for x in numbers() {
        assert_eq!(accepted(&matrices, &[], gadget(x)), x.is_zero() || x.is_one(), "{x}");
    }
}

#[test]
fn new_bits_are_bits() {
    let gadget = |flag: bool| {
        move |mut cs: Builder<Early>, challenges: [Fr; 3]| {
            let bit = bit_var(&mut cs, "bit", flag);
            claim(&mut cs, "a", &bit);
            cs.challenge(&challenges, &[], &[])
        }
    };
    let full = matrices(gadget(false));
    let wrong = |matrices: &Matrices| {
        let passes = |x: &Fr| ways(matrices, &[*x], gadget(false), &[vec![*x]]) == 1;
        numbers().iter().any(|x| passes(x) != (x.is_zero() || x.is_one()))
    };
    all_are_needed(&full, "bit", wrong);
    for flag in [false, true] {
        assert!(accepted(&full, &[Fr::from(flag)], gadget(flag)));
        assert!(!accepted(&full, &[Fr::from(!flag)], gadget(flag)));
    }
}

/// The early answer is committed, so it can be linked; the inverse is not.
#[test]
fn early_zero_is_zero() {
    let gadget = |mut cs: Builder<Early>, challenges: [Fr; 3]| {
        let x = cs.scalar("a");
        let answer = zero_var(&mut cs, "zero", &x);
        claim(&mut cs, "b", &answer);
        cs.challenge(&challenges, &[], &[])
    };
    let full = matrices(gadget);
    assert_eq!((full.committed, full.private, full.rows_of("zero").len()), (2, 1, 2));
    let wrong = |matrices: &Matrices| {
        let claims = |x: Fr| numbers().into_iter().map(move |claimed| (x, claimed));
        numbers().into_iter().flat_map(claims).any(|(x, claimed)| {
            let passes = ways(matrices, &[x, claimed], gadget, &[vec![claimed]]) == 1;
            passes != (claimed == is_zero(x))
        })
    };
    all_are_needed(&full, "zero", wrong);
    for x in numbers() {
        assert!(accepted(&full, &[x, is_zero(x)], gadget), "{x}");
    }
}

#[test]
fn zero_is_zero() {
    let gadget = |x: Fr| {
        move |mut cs: Builder<Early>, challenges: [Fr; 3]| {
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
        let honest = wires(&[], challenges()[0], gadget(x));
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
