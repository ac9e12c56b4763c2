//! The powers in Lagrange's basis: what a circuit's columns are summed from.
//!
//! `L_k(τ)` is `(1/N)·Σ_i ω^(−ik)·τ^i`: the inverse Fourier transform of the powers, in the points. That takes minutes for
//! large domains; files that snarkjs prepared for phase 2 hold the result, which is compared with the powers.

use super::CeremonyError;
use super::points::weights;
use super::powers::Powers;
use super::ptau::Ptau;
use crate::curve::{G1Affine, G2Affine};
use crate::field::Fr;
use crate::msm::msm;
use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_poly::{EvaluationDomain, GeneralEvaluationDomain};
use ark_std::rand::{CryptoRng, RngCore};
use std::collections::BTreeMap;

/// What a file says that its powers are in Lagrange's basis, over one domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    pub(super) tau_g1: Vec<G1Affine>,
    pub(super) tau_g2: Vec<G2Affine>,
    pub(super) alpha_g1: Vec<G1Affine>,
    pub(super) beta_g1: Vec<G1Affine>,
}

/// What keys begin with: `L_k(τ)` in G1, alone and times `α` and `β`.
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

/// A part of Lagrange's basis.
pub(super) trait Basis {
    fn computed(powers: &Powers, domain: GeneralEvaluationDomain<Fr>) -> Self;
    fn prepared(prepared: &Prepared) -> Self;
}

impl Basis for ForStart {
    fn computed(powers: &Powers, domain: GeneralEvaluationDomain<Fr>) -> Self {
        Self {
            tau: lagrange(&powers.tau_g1, domain),
            alpha: lagrange(&powers.alpha_g1, domain),
            beta: lagrange(&powers.beta_g1, domain),
        }
    }

    fn prepared(prepared: &Prepared) -> Self {
        let Prepared { tau_g1, alpha_g1, beta_g1, .. } = prepared.clone();
        Self { tau: tau_g1, alpha: alpha_g1, beta: beta_g1 }
    }
}

impl Basis for ForProver {
    fn computed(powers: &Powers, domain: GeneralEvaluationDomain<Fr>) -> Self {
        Self { g1: lagrange(&powers.tau_g1, domain), g2: lagrange(&powers.tau_g2, domain) }
    }

    fn prepared(prepared: &Prepared) -> Self {
        let Prepared { tau_g1, tau_g2, .. } = prepared.clone();
        Self { g1: tau_g1, g2: tau_g2 }
    }
}

fn lagrange<C: SWCurveConfig<ScalarField = Fr>>(
    powers: &[Affine<C>],
    domain: GeneralEvaluationDomain<Fr>,
) -> Vec<Affine<C>> {
    let mut points: Vec<Projective<C>> =
        powers[..domain.size()].iter().map(|point| (*point).into()).collect();
    domain.ifft_in_place(&mut points);
    Projective::normalize_batch(&points)
}

/// The bases of the domains that circuits have, found once each.
pub(super) struct Bases<'a, L> {
    ptau: &'a Ptau,
    found: BTreeMap<usize, L>,
}

impl<'a, L: Basis> Bases<'a, L> {
    pub(super) fn new(ptau: &'a Ptau) -> Self {
        Self { ptau, found: BTreeMap::new() }
    }

    /// The basis of a domain, which is no larger than the powers.
    pub(super) fn of(
        &mut self,
        domain: GeneralEvaluationDomain<Fr>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<&L, CeremonyError> {
        let (size, powers) = (domain.size(), &self.ptau.powers);
        if let std::collections::btree_map::Entry::Vacant(place) = self.found.entry(size) {
            place.insert(match self.ptau.prepared.get(&size.ilog2()) {
                Some(prepared) => {
                    prepared.check(powers, domain, rng)?;
                    L::prepared(prepared)
                }
                None => L::computed(powers, domain),
            });
        }
        Ok(&self.found[&size])
    }
}

impl Prepared {
    /// Compares it with the powers, by random linear combinations.
    fn check(
        &self,
        powers: &Powers,
        domain: GeneralEvaluationDomain<Fr>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), CeremonyError> {
        let size = domain.size();
        let weights = weights(size, rng);
        let mut polynomial = weights.clone();
        domain.ifft_in_place(&mut polynomial);
        // Σ weight_k·L_k(τ) is the polynomial with these values, at τ.
        let g1 = |lagrange: &[G1Affine], powers: &[G1Affine]| {
            lagrange.len() == size && msm(lagrange, &weights) == msm(&powers[..size], &polynomial)
        };
        let same = g1(&self.tau_g1, &powers.tau_g1)
            && g1(&self.alpha_g1, &powers.alpha_g1)
            && g1(&self.beta_g1, &powers.beta_g1)
            && self.tau_g2.len() == size
            && msm(&self.tau_g2, &weights) == msm(&powers.tau_g2[..size], &polynomial);
        if same {
            return Ok(());
        }
        let what =
            format!("what the powers' file prepared for domains of 2^{} is not its powers", size.ilog2());
        Err(CeremonyError::invalid(what))
    }
}
