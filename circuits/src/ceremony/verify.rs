//! Whether a ceremony's points are what its proofs, the powers of tau and the circuits say.

use super::key::{self, DELTA, GAMMA, KeyPoints, SECRETS, SIGMA, Shape};
use super::phase2::{Ceremony, CircuitOf, PowersUsed};
use super::points::weights;
use super::powers::{Powers, PowersOrigin, same_product};
use super::ptau::Ptau;
use super::relation::weighted;
use super::{CeremonyError, Watch, chain};
use crate::builder::Matrices;
use crate::curve::{G1Affine, G2Affine};
use crate::field::Fr;
use crate::msm::msm;
use crate::proof_system::{Tier, VerifyingKey, bases_digest, check_bases};
use ark_bn254::G1Projective;
use ark_ec::{AffineRepr, CurveGroup};
use ark_poly::{EvaluationDomain, GeneralEvaluationDomain};
use ark_std::rand::{CryptoRng, RngCore};

/// What was found right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Digest of the transcript: what the ledger names as a key's origin.
    pub transcript: [u8; 32],
    /// The keys that it leads to; none before its beacon has spoken.
    pub keys: Vec<VerifiedKey>,
}

/// A key from a ceremony.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedKey {
    /// Of which circuit.
    pub circuit: CircuitOf,
    /// The key.
    pub key: VerifyingKey,
}

impl Ptau {
    /// Whether the points are powers, and where the file says who made them, those that the contributions lead to.
    ///
    /// # Errors
    /// They are not; or their own ceremony has no beacon yet.
    pub fn check(&self, rng: &mut (impl RngCore + CryptoRng)) -> Result<(), CeremonyError> {
        self.powers.check(rng)?;
        let PowersOrigin::Contributions(transcript) = &self.origin else { return Ok(()) };
        self.powers.fits(transcript)?;
        if !chain::has_ended(&transcript.contributions) {
            return Err(CeremonyError::unfit("phase 1 has not ended: its beacon is missing"));
        }
        Ok(())
    }
}

impl Ceremony {
    /// Checks everything against the powers of tau and this program's own circuits: powers, every contribution's
    /// proofs, and that the points are those of the circuits times the secrets that the proofs lead to.
    ///
    /// Nobody who contributed is believed. One of them, in each phase, has to have forgotten what was drawn. Points that
    /// are wrong pass with probability 2^−128 a comparison. `watch` is told of each circuit.
    ///
    /// # Errors
    /// What is wrong, and whose contribution.
    pub fn verify(
        &self,
        ptau: &Ptau,
        rng: &mut (impl RngCore + CryptoRng),
        watch: Watch<'_>,
    ) -> Result<Verified, CeremonyError> {
        self.verify_values(ptau, rng, watch).map(|(verified, _)| verified)
    }

    /// [`Self::verify`]; gives also the values after the last contribution.
    pub(super) fn verify_values(
        &self,
        ptau: &Ptau,
        rng: &mut (impl RngCore + CryptoRng),
        watch: Watch<'_>,
    ) -> Result<(Verified, Vec<[G2Affine; SECRETS]>), CeremonyError> {
        ptau.check(rng)?;
        let power = u32::try_from(self.transcript.powers.power.0).unwrap_or(u32::MAX);
        if power > ptau.powers.power() || PowersUsed::new(ptau, power) != self.transcript.powers {
            let what = "the ceremony rests on other powers of tau than these";
            return Err(CeremonyError::invalid(what));
        }
        let values = self.values()?;
        let mut keys = Vec::new();
        for ((circuit, points), values) in self.transcript.circuits.iter().zip(&self.keys).zip(&values) {
            let wrong = |what: &str| {
                CeremonyError::invalid(format!("{} tier {}: {what}", circuit.rule, circuit.tier))
            };
            let matrices = circuit.matrices()?;
            if key::domain(&matrices)?.size() > 1 << power {
                return Err(wrong("larger than the powers of tau that the ceremony names"));
            }
            check_points(points, &matrices, &ptau.powers, values, rng).map_err(wrong)?;
            if self.transcript.has_ended() {
                let key = points.verifying_key(circuit, &matrices, &ptau.powers, values);
                key.lint().map_err(|error| wrong(&error.to_string()))?;
                keys.push(VerifiedKey { circuit: circuit.clone(), key });
            }
            watch(1);
        }
        Ok((Verified { transcript: self.transcript.digest(), keys }, values))
    }
}

/// Compares a circuit's points with its matrices: sums with random weights, once from the points and once from the powers.
fn check_points(
    key: &KeyPoints,
    matrices: &Matrices,
    powers: &Powers,
    values: &[G2Affine; SECRETS],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(), &'static str> {
    let domain = key::domain(matrices).map_err(|_| "too large for the field")?;
    let size = domain.size();
    if Shape::of(matrices).ok() != Some(key.shape()) {
        return Err("there are not as many points as the circuit has wires");
    }
    check_bases(key.bases()).map_err(|_| "a committed base is the identity, or two are equal")?;
    let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
    let [gamma, delta, sigma] = [GAMMA, DELTA, SIGMA].map(|secret| values[secret]);
    // δ is one number in both groups.
    if !same_product([key.delta_g1, g1], [g2, delta]) {
        return Err("δ is not the same in G1 and G2");
    }
    // γ times the sum of the instance's points is the sum of its columns at τ.
    let weight = weights(key.instance.len().max(key.private.len()).max(size), rng);
    let of = |points: &[G1Affine]| msm(points, &weight).into_affine();
    let columns = |first: usize, count: usize| {
        groth16_sum(matrices, powers, domain, first, &weight[..count]).into_affine()
    };
    let instance = columns(0, key.instance.len());
    if !same_product([of(&key.instance), instance], [gamma, g2]) {
        return Err("the points of public and committed wires are not the circuit's, divided by γ");
    }
    // The same for δ and the private wires.
    let private = columns(key.instance.len(), key.private.len());
    if !same_product([of(&key.private), private], [delta, g2]) {
        return Err("the points of private wires are not the circuit's, divided by δ");
    }
    // And for δ and the vanishing polynomial: t(τ) = τ^size − 1.
    let count = size - 1;
    let high = msm(&powers.tau_g1[size..size + count], &weight[..count]);
    let vanishing = (high - msm(&powers.tau_g1[..count], &weight[..count])).into_affine();
    if !same_product([of(&key.quotient), vanishing], [delta, g2]) {
        return Err("the points of the quotient are not the vanishing polynomial's, divided by δ");
    }
    // The bases times σ are the bases times σ.
    if !same_product([of(key.bases()), of(&key.bases_sigma)], [sigma, g2]) {
        return Err("the committed bases are not multiplied by σ");
    }
    Ok(())
}

/// `Σ_i weight_i·(β·u_i + α·v_i + w_i)(τ)` over wires from `first`, from the powers themselves.
fn groth16_sum(
    matrices: &Matrices,
    powers: &Powers,
    domain: GeneralEvaluationDomain<Fr>,
    first: usize,
    weights: &[Fr],
) -> G1Projective {
    let size = domain.size();
    let one = |matrix: usize, powers: &[G1Affine]| {
        let mut polynomial = weighted(&matrices.abc[matrix], first, weights, size);
        domain.ifft_in_place(&mut polynomial);
        msm(&powers[..size], &polynomial)
    };
    one(0, &powers.beta_g1) + one(1, &powers.alpha_g1) + one(2, &powers.tau_g1)
}

impl KeyPoints {
    pub(super) fn verifying_key(
        &self,
        circuit: &CircuitOf,
        matrices: &Matrices,
        powers: &Powers,
        values: &[G2Affine; SECRETS],
    ) -> VerifyingKey {
        VerifyingKey {
            tier: Tier { rule: circuit.rule.clone(), size: circuit.tier.clone() },
            matrices_digest: matrices.digest(),
            bases_digest: bases_digest(self.bases()),
            alpha: powers.alpha_g1[0],
            beta: powers.beta_g2,
            gamma: values[GAMMA],
            delta: values[DELTA],
            sigma: values[SIGMA],
            inputs: self.instance[..1 + matrices.public].to_vec(),
        }
    }
}

/// Whether a contribution multiplied the points as it says: what a contributor asks of its own file, which needs neither
/// powers nor circuits.
///
/// # Errors
/// Which points are wrong.
pub fn check_step(
    before: &Ceremony,
    after: &Ceremony,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(), CeremonyError> {
    let wrong = |what: &str| Err(CeremonyError::invalid(what));
    let (old, new) = (before.values()?, after.values()?);
    let one_more = after.transcript.contributions.split_last().is_some_and(|(_, rest)| {
        rest == before.transcript.contributions && after.transcript.circuits == before.transcript.circuits
    });
    if !one_more {
        return wrong("not one contribution more");
    }
    for (nth, (points, moved)) in before.keys.iter().zip(&after.keys).enumerate() {
        if points.shape() != moved.shape() {
            return wrong("points are missing");
        }
        let lists = [
            (&points.instance, &moved.instance, GAMMA),
            (&points.private, &moved.private, DELTA),
            (&points.quotient, &moved.quotient, DELTA),
        ];
        for (points, moved, secret) in lists {
            let weight = weights(points.len(), rng);
            let sums = [msm(moved, &weight).into_affine(), msm(points, &weight).into_affine()];
            if !same_product(sums, [new[nth][secret], old[nth][secret]]) {
                return wrong("points are not multiplied by the contribution's factors");
            }
        }
        let weight = weights(moved.bases().len(), rng);
        let sums =
            [msm(moved.bases(), &weight).into_affine(), msm(&moved.bases_sigma, &weight).into_affine()];
        let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
        let delta = same_product([moved.delta_g1, g1], [g2, new[nth][DELTA]]);
        if !delta || !same_product(sums, [new[nth][SIGMA], g2]) {
            return wrong("points are not multiplied by the contribution's factors");
        }
    }
    Ok(())
}
