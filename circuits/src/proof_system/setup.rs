//! Setup by one party, who must forget what it drew: for development and tests.

use super::keys::{ProvingKey, VerifyingKey, bases_digest, check_bases, times};
use super::{Circuit, KeyError, qap::ExplicitRows};
use crate::builder::{Builder, Matrices};
use crate::curve::G2Affine;
use crate::field::Fr;
use ark_bn254::{Bn254, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Zero;
use ark_groth16::Groth16;
use ark_std::UniformRand;
use ark_std::rand::{CryptoRng, RngCore};
use zeroize::Zeroize;

/// The matrices of a circuit, recorded from its one text.
#[must_use]
pub(crate) fn record<C: Circuit>(circuit: &C) -> Matrices {
    let layout = circuit.layout();
    let mut early = Builder::record(layout);
    let blank = circuit.blank();
    let wires = circuit.commit(&mut early, &blank);
    let before = vec![Fr::zero(); layout.challenges];
    let mut late = early.challenge(&before, &[], &[]);
    circuit.relate(&mut late, &wires, &blank);
    late.into_matrices()
}

/// The secrets of a setup: whoever knows them can prove anything.
pub(super) struct Toxic {
    alpha: Fr,
    beta: Fr,
    gamma: Fr,
    delta: Fr,
    sigma: Fr,
}

impl Toxic {
    pub(super) fn draw(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        let mut secret = || {
            loop {
                let secret = Fr::rand(rng);
                if !secret.is_zero() {
                    break secret;
                }
            }
        };
        Self { alpha: secret(), beta: secret(), gamma: secret(), delta: secret(), sigma: secret() }
    }

    #[cfg(test)]
    pub(super) fn gamma_g1(&self) -> G1Affine {
        (G1Affine::generator() * self.gamma).into_affine()
    }
}

impl Drop for Toxic {
    fn drop(&mut self) {
        let Self { alpha, beta, gamma, delta, sigma } = self;
        [alpha, beta, gamma, delta, sigma].into_iter().for_each(Zeroize::zeroize);
    }
}

/// Makes the keys of a circuit. **Whoever ran this could have kept the secrets and could then prove anything.**
///
/// # Errors
/// The circuit gives a key that cannot be safe: a committed wire in no constraint, or two that are always used
/// alike.
pub fn setup<C: Circuit>(
    circuit: C,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<ProvingKey<C>, KeyError> {
    setup_with(circuit, &Toxic::draw(rng), rng)
}

pub(super) fn setup_with<C: Circuit>(
    circuit: C,
    toxic: &Toxic,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<ProvingKey<C>, KeyError> {
    let matrices = record(&circuit);
    setup_over(circuit, matrices, toxic, rng)
}

/// A setup over other matrices than the circuit's own, for tests that leave constraints out.
#[cfg(test)]
pub(crate) fn setup_mutated<C: Circuit>(
    circuit: C,
    matrices: Matrices,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<ProvingKey<C>, KeyError> {
    setup_over(circuit, matrices, &Toxic::draw(rng), rng)
}

fn setup_over<C: Circuit>(
    circuit: C,
    matrices: Matrices,
    toxic: &Toxic,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<ProvingKey<C>, KeyError> {
    // The standard generators: with random ones a key lint could not tell γ = 1.
    let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
    let groth16 = Groth16::<Bn254, ExplicitRows>::generate_parameters_with_qap(
        &matrices,
        toxic.alpha,
        toxic.beta,
        toxic.gamma,
        toxic.delta,
        g1.into_group(),
        g2.into_group(),
        rng,
    )
    .map_err(|_| KeyError::Malformed("the circuit is too large"))?;
    let (inputs, bases) = groth16.vk.gamma_abc_g1.split_at(1 + matrices.public);
    check_bases(bases)?;
    let verifying = VerifyingKey {
        tier: circuit.tier(),
        matrices_digest: matrices.digest(),
        bases_digest: bases_digest(bases),
        alpha: groth16.vk.alpha_g1,
        beta: groth16.vk.beta_g2,
        gamma: groth16.vk.gamma_g2,
        delta: groth16.vk.delta_g2,
        sigma: (g2 * toxic.sigma).into_affine(),
        inputs: inputs.to_vec(),
    };
    verifying.lint()?;
    let bases_sigma = times(bases, toxic.sigma);
    let id = verifying.id();
    Ok(ProvingKey { circuit, matrices, verifying, groth16, bases_sigma, id })
}
