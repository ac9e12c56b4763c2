//! The powers in Lagrange's basis: what a circuit's columns are summed from.

use super::powers::Powers;
use crate::curve::{G1Affine, G2Affine};
use crate::field::Fr;
use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_poly::{EvaluationDomain, GeneralEvaluationDomain};

/// What keys begin with: `L_k(τ)` over the domain of a size in G1, alone and times `α` and `β`.
pub(super) struct ForStart {
    pub(super) tau: Vec<G1Affine>,
    pub(super) alpha: Vec<G1Affine>,
    pub(super) beta: Vec<G1Affine>,
}

/// What provers need besides: `L_k(τ)` in both groups.
pub(super) struct ForProver {
    pub(super) g1: Vec<G1Affine>,
    pub(super) g2: Vec<G2Affine>,
}

impl ForStart {
    pub(super) fn new(powers: &Powers, domain: GeneralEvaluationDomain<Fr>) -> Self {
        Self {
            tau: lagrange(&powers.tau_g1, domain),
            alpha: lagrange(&powers.alpha_g1, domain),
            beta: lagrange(&powers.beta_g1, domain),
        }
    }
}

impl ForProver {
    pub(super) fn new(powers: &Powers, domain: GeneralEvaluationDomain<Fr>) -> Self {
        Self { g1: lagrange(&powers.tau_g1, domain), g2: lagrange(&powers.tau_g2, domain) }
    }
}

/// The inverse Fourier transform of points: `size·log(size)/2` multiplications.
fn lagrange<C: SWCurveConfig<ScalarField = Fr>>(
    powers: &[Affine<C>],
    domain: GeneralEvaluationDomain<Fr>,
) -> Vec<Affine<C>> {
    let mut points: Vec<Projective<C>> =
        powers[..domain.size()].iter().map(|point| (*point).into()).collect();
    domain.ifft_in_place(&mut points);
    Projective::normalize_batch(&points)
}
