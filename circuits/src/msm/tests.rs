use super::*;
use crate::field::from_u64;
use ark_bn254::{G1Affine, G1Projective, G2Projective};
use ark_ec::CurveGroup;
use ark_std::UniformRand;
use ark_std::rand::{Rng, SeedableRng};
use rand::rngs::StdRng;

/// Points, some of them the identity, equal or opposite.
fn points<C: SWCurveConfig<ScalarField = Fr>>(count: usize, rng: &mut StdRng) -> Vec<Affine<C>> {
    let drawn: Vec<Projective<C>> = (0..count.div_ceil(2)).map(|_| Projective::rand(rng)).collect();
    let drawn = Projective::normalize_batch(&drawn);
    let pick = |_| match rng.gen_range(0..10) {
        0 => Affine::identity(),
        1 => -drawn[rng.gen_range(0..drawn.len())],
        _ => drawn[rng.gen_range(0..drawn.len())],
    };
    (0..count).map(pick).collect()
}

/// A scalar of any length, or the negative of one; small ones and extremes are likely.
fn scalar(rng: &mut StdRng) -> Fr {
    let scalar = match rng.gen_range(0..8) {
        0 => Fr::zero(),
        1 => Fr::one(),
        2 => from_u64(rng.gen_range(0..1 << 16)),
        3 => from_u64(rng.r#gen()),
        4 => from_u64(2).pow([rng.gen_range(0..254)]) - Fr::from(rng.r#gen::<bool>()),
        5 => -Fr::one() / from_u64(2),
        _ => Fr::rand(rng),
    };
    if rng.r#gen() { scalar } else { -scalar }
}

fn by_definition<C: SWCurveConfig<ScalarField = Fr>>(bases: &[Affine<C>], scalars: &[Fr]) -> Projective<C> {
    bases.iter().zip(scalars).map(|(base, scalar)| *base * scalar).sum()
}

fn check<C: SWCurveConfig<ScalarField = Fr>>(counts: &[usize]) {
    for (seed, count) in (0..).zip(counts) {
        let rng = &mut StdRng::seed_from_u64(seed);
        let bases = points::<C>(*count, rng);
        let scalars: Vec<Fr> = (0..*count).map(|_| scalar(rng)).collect();
        let expected = by_definition(&bases, &scalars);
        assert_eq!(msm_in_windows(&bases, &scalars), expected, "{count} terms");
        assert_eq!(msm(&bases, &scalars), expected, "{count} terms");
    }
}

#[test]
fn is_its_definition() {
    check::<ark_bn254::g1::Config>(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 17, 100, 511, 512, 513, 1500]);
    check::<ark_bn254::g2::Config>(&[1, 2, 3, 30, 300]);
}

/// Several segments, and buckets that reach over their ends.
#[test]
fn is_what_arkworks_finds() {
    let rng = &mut StdRng::seed_from_u64(7);
    let count = 3 * SEGMENT + 5;
    let bases = points::<ark_bn254::g1::Config>(count, rng);
    for few in [true, false] {
        let scalars: Vec<Fr> =
            (0..count).map(|_| if few { from_u64(rng.gen_range(0..3)) } else { scalar(rng) }).collect();
        assert_eq!(msm(&bases, &scalars), G1Projective::msm_unchecked(&bases, &scalars), "few: {few}");
    }
}

#[test]
fn every_width_of_digits() {
    let rng = &mut StdRng::seed_from_u64(8);
    let bases = points::<ark_bn254::g1::Config>(40, rng);
    let scalars: Vec<Fr> = (0..40).map(|_| scalar(rng)).collect();
    for bits in 2..=MAX_DIGIT_BITS {
        let terms = |(index, scalar): (usize, &Fr)| Term::new(index, scalar);
        let mut terms: Vec<Term> = scalars.iter().enumerate().map(terms).collect();
        let windows = Windows { bits, count: 254u32.div_ceil(bits) };
        terms.iter_mut().for_each(|term| windows.shift(term));
        let mut sum = G1Projective::zero();
        for window in (0..windows.count).rev() {
            (0..bits).for_each(|_| {
                sum.double_in_place();
            });
            sum += windows.sum(window, &bases, &terms);
        }
        assert_eq!(sum, by_definition(&bases, &scalars), "{bits} bits");
    }
}

#[test]
fn equal_and_opposite_points() {
    let rng = &mut StdRng::seed_from_u64(9);
    let point = G1Projective::rand(rng).into_affine();
    let all_equal = vec![point; 700];
    for scalar in [Fr::one(), -Fr::one(), from_u64(40_000), Fr::rand(rng)] {
        let scalars = vec![scalar; 700];
        assert_eq!(msm(&all_equal, &scalars), point * (scalar * from_u64(700)));
        let cancelling: Vec<G1Affine> = (0..700).map(|i| if i % 2 == 0 { point } else { -point }).collect();
        assert!(msm(&cancelling, &scalars).is_zero());
    }
    assert!(msm(&all_equal, &vec![Fr::zero(); 700]).is_zero());
    assert!(msm(&vec![G1Affine::identity(); 700], &vec![Fr::one(); 700]).is_zero());
    assert_eq!(
        msm(&all_equal[..699], &vec![Fr::one(); 700]),
        point * from_u64(699),
        "the shorter list counts"
    );
    let second = [G2Projective::rand(rng).into_affine()];
    assert!(msm(&second, &[]).is_zero());
}
