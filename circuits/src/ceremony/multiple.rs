//! Many points of G1 times one secret.
//!
//! The factor is taken apart once: into two halves along the curve's endomorphism `φ` (`k = k₁ + λ·k₂`, both of about 128
//! bits), each in non-adjacent form. For each point that leaves 128 doublings and some 50 additions of affine points, where a
//! multiplication by itself takes the factor apart again, has twice as many additions, and none of affine points.

use super::Watch;
use super::points::CHUNK;
use crate::curve::G1Affine;
use crate::field::Fr;
use ark_bn254::{G1Projective, g1::Config};
use ark_ec::CurveGroup;
use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ff::{AdditiveGroup, BigInteger, PrimeField};
use rayon::prelude::*;
use zeroize::Zeroizing;

/// Width of the non-adjacent form: digits are 0 or odd, of `−2^(WIDTH−1)` to `2^(WIDTH−1)`, one in `WIDTH + 1` is not 0.
const WIDTH: usize = 4;
/// Odd multiples `1, 3, …` that digits ask for.
const MULTIPLES: usize = 1 << (WIDTH - 2);

/// A factor, taken apart. Wiped when dropped.
struct Digits(Zeroizing<Vec<[i64; 2]>>);

impl Digits {
    /// Lowest first: digits of `k₁` and `k₂`.
    fn of(factor: Fr) -> Self {
        let (first, second) = Config::scalar_decomposition(factor);
        let digits = |(positive, half): (bool, Fr)| {
            // A width of 2 to 63 always has a form.
            let digits = Zeroizing::new(half.into_bigint().find_wnaf(WIDTH).unwrap_or_default());
            Zeroizing::new(
                digits.iter().map(|digit| if positive { *digit } else { -digit }).collect::<Vec<_>>(),
            )
        };
        let halves = [digits(first), digits(second)];
        let length = halves.iter().map(|half| half.len()).max().unwrap_or_default();
        let at = |half: &[i64], place: usize| half.get(place).copied().unwrap_or_default();
        Self(Zeroizing::new(
            (0..length).map(|place| [at(&halves[0], place), at(&halves[1], place)]).collect(),
        ))
    }

    /// The product of the point whose odd multiples these are.
    fn times(&self, multiples: &[G1Affine]) -> G1Projective {
        let mut product = G1Projective::ZERO;
        for [first, second] in self.0.iter().rev() {
            product.double_in_place();
            if let Some(term) = multiple(multiples, *first) {
                product += term;
            }
            if let Some(term) = multiple(multiples, *second) {
                product += Config::endomorphism_affine(&term);
            }
        }
        product
    }
}

/// The multiple that a digit asks for; none for 0.
fn multiple(multiples: &[G1Affine], digit: i64) -> Option<G1Affine> {
    let place = usize::try_from(digit.unsigned_abs() / 2).ok()?;
    let term = *multiples.get(place).filter(|_| digit != 0)?;
    Some(if digit < 0 { -term } else { term })
}

/// Multiplies every point by the factor.
pub(super) fn multiply(points: &mut [G1Affine], factor: Fr, watch: Watch<'_>) {
    let digits = Digits::of(factor);
    points.par_chunks_mut(CHUNK).for_each(|points| {
        let mut multiples = Vec::with_capacity(points.len() * MULTIPLES);
        for point in points.iter() {
            let (mut odd, twice) = (G1Projective::from(*point), G1Projective::from(*point).double());
            for _ in 0..MULTIPLES {
                multiples.push(odd);
                odd += twice;
            }
        }
        let multiples = G1Projective::normalize_batch(&multiples);
        let products: Vec<G1Projective> =
            multiples.chunks(MULTIPLES).map(|multiples| digits.times(multiples)).collect();
        points.copy_from_slice(&G1Projective::normalize_batch(&products));
        watch(points.len());
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ec::AffineRepr;
    use ark_ff::Field;
    use ark_std::UniformRand;
    use ark_std::rand::{SeedableRng, rngs::StdRng};
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// As one multiplication after another gives, for factors of every shape, at the ends of chunks, and of the identity.
    #[test]
    fn a_product_is_a_product() {
        let mut rng = StdRng::from_seed([9; 32]);
        let mut points: Vec<G1Affine> =
            (0..CHUNK + 3).map(|_| G1Projective::rand(&mut rng).into_affine()).collect();
        points[1] = G1Affine::identity();
        points[2] = -points[0];
        points[CHUNK - 1] = G1Affine::generator();
        let lambda = Config::LAMBDA;
        let small = (0..40).map(Fr::from);
        let special = [
            -Fr::ONE,
            lambda,
            -lambda,
            lambda.square(),
            lambda + Fr::ONE,
            lambda - Fr::ONE,
            Fr::from(2).inverse().unwrap(),
        ];
        let powers = (120..254).step_by(7).flat_map(|bit| {
            let power = Fr::from(2).pow([bit]);
            [power, power - Fr::ONE, -power]
        });
        let random: Vec<Fr> = (0..20).map(|_| Fr::rand(&mut rng)).collect();
        for factor in small.chain(special).chain(powers).chain(random) {
            let mut few = points[..5].to_vec();
            multiply(&mut few, factor, &|_| ());
            let plain: Vec<G1Affine> =
                points[..5].iter().map(|point| (*point * factor).into_affine()).collect();
            assert_eq!(few, plain, "{factor}");
        }
        let (factor, told) = (Fr::rand(&mut rng), AtomicUsize::new(0));
        let plain: Vec<G1Affine> = points.iter().map(|point| (*point * factor).into_affine()).collect();
        let tell = |done| {
            told.fetch_add(done, Ordering::Relaxed);
        };
        multiply(&mut points, factor, &tell);
        assert_eq!(points, plain);
        assert_eq!(told.into_inner(), points.len());
    }
}
