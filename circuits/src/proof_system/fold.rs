//! The three equations of a proof, and of many proofs at once.
//!
//! Folding is sound only with independent weights that nobody could choose: here 128 bits each, hashed from all
//! transcripts and from every `A, B, C, s_k, t`. With equal weights two false proofs can cancel (tested).

use super::verify::{Verification, sealed_results};
use super::{Proof, VerifyingKey};
use crate::curve::{G1Affine, G2Affine};
use crate::field::Fr;
use crate::msm::msm;
use crate::sealed::Generators;
use crate::transcript::Transcript;
use ark_bn254::{Bn254, G1Projective};
use ark_ec::{AffineRepr, CurveGroup, pairing::Pairing, pairing::PairingOutput};
use ark_ff::Zero;

/// One weight per equation and proof.
pub struct Weights {
    span: Vec<Fr>,
    groth16: Vec<Fr>,
    link: Vec<Fr>,
    /// One for each sealed result column of each proof.
    results: Vec<Vec<Fr>>,
}

impl Weights {
    /// Weights from a hash of everything that the equations contain.
    #[must_use]
    pub fn hashed(proofs: &[Verification<'_>]) -> Self {
        let mut transcript = Transcript::new();
        transcript.append(b"fold");
        for prepared in proofs {
            transcript.append(&prepared.challenges.transcript);
            transcript.append(&prepared.proof.to_bytes());
        }
        let seed = transcript.digest();
        let mut output =
            blake3::Hasher::new_derive_key("quittance v1 fold-weights").update(&seed).finalize_xof();
        let mut draw = || {
            let mut bytes = [0; 16];
            output.fill(&mut bytes);
            // Zero would drop an equation; its probability is 2^-128.
            Fr::from(u128::from_le_bytes(bytes).max(1))
        };
        let mut weights =
            Self { span: Vec::new(), groth16: Vec::new(), link: Vec::new(), results: Vec::new() };
        for (i, prepared) in proofs.iter().enumerate() {
            weights.span.push(draw());
            // One term of a random combination needs no weight; the first is spared the multiplications.
            weights.groth16.push(if i == 0 { Fr::from(1u64) } else { draw() });
            weights.link.push(if i == 0 { Fr::from(1u64) } else { draw() });
            weights.results.push(prepared.proof.results.iter().map(|_| draw()).collect());
        }
        weights
    }

    /// The weights of one proof: span, Groth16, link, and each sealed result column.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn of(&self, proof: usize) -> Vec<Fr> {
        let own = [&self.span, &self.groth16, &self.link].map(|weights| weights[proof]);
        own.into_iter().chain(self.results[proof].iter().copied()).collect()
    }

    /// All weights, for the test that tells them apart.
    #[cfg(test)]
    pub(super) fn all(&self) -> Vec<Fr> {
        [&self.span, &self.groth16, &self.link].into_iter().chain(&self.results).flatten().copied().collect()
    }

    /// Weight 1 for everything: an error, for the test that shows it.
    #[cfg(test)]
    pub(super) fn equal(proofs: usize) -> Self {
        let ones = vec![Fr::from(1u64); proofs];
        Self { span: ones.clone(), groth16: ones.clone(), link: ones, results: vec![Vec::new(); proofs] }
    }
}

/// The folded equations of some proofs.
pub struct Equations<'a> {
    proofs: &'a [Verification<'a>],
    weights: &'a Weights,
}

impl<'a> Equations<'a> {
    /// The equations of these proofs under these weights.
    #[must_use]
    pub fn new(proofs: &'a [Verification<'a>], weights: &'a Weights) -> Self {
        Self { proofs, weights }
    }

    /// Span and Groth16, in one product of pairings.
    #[must_use]
    pub fn pairings_hold(&self) -> bool {
        let mut pairs = Pairs::default();
        for (i, prepared) in self.proofs.iter().enumerate() {
            pairs.span(prepared.key, prepared.proof, self.weights.span[i]);
            pairs.groth16(prepared.key, prepared.proof, &prepared.inputs, self.weights.groth16[i]);
        }
        pairs.product_is_one()
    }

    /// The link of every proof to its commitments, in one multi-scalar multiplication.
    #[must_use]
    pub fn link_holds(&self) -> bool {
        let mut bases = Vec::new();
        let mut scalars = Vec::new();
        let weights = self.weights.link.iter().zip(&self.weights.results);
        for (prepared, (weight, results)) in self.proofs.iter().zip(weights) {
            link_terms(prepared, *weight, &mut bases, &mut scalars);
            result_terms(prepared, results, &mut bases, &mut scalars);
        }
        msm(&bases, &scalars).is_zero()
    }
}

/// `Σ_i ρ^(N−1−i)·C_i + ρ^N·C_mask + ρ^(N+1)·taken + ρ^(N+2)·given − Σ_k s_k·G_k − t·H`, all times `weight`.
fn link_terms(prepared: &Verification<'_>, weight: Fr, bases: &mut Vec<G1Affine>, scalars: &mut Vec<Fr>) {
    let Verification { claim, proof, challenges, capacity, .. } = prepared;
    let generators = Generators::published();
    let rows = claim.commitments.len();
    bases.extend_from_slice(claim.commitments);
    scalars.extend(challenges.weights(*capacity, rows).into_iter().map(|power| power * weight));
    let extra = [(Some(proof.c_mask), 0), (claim.carries.taken, 1), (claim.carries.given, 2)];
    for (point, above) in extra {
        if let Some(point) = point {
            bases.push(point);
            scalars.push(challenges.power(capacity + above) * weight);
        }
    }
    for (s, g) in proof.s.iter().zip(&generators.g) {
        bases.push(*g);
        scalars.push(-*s * weight);
    }
    bases.push(generators.h);
    scalars.push(-proof.t * weight);
}

/// `Σ_i ρ^(N−1−i)·P_i + ρ^N·C_mask − s·G_1 − t·H` of each sealed result column, times its weight.
fn result_terms(
    prepared: &Verification<'_>,
    weights: &[Fr],
    bases: &mut Vec<G1Affine>,
    scalars: &mut Vec<Fr>,
) {
    let Verification { claim, proof, challenges, capacity, .. } = prepared;
    let generators = Generators::published();
    for ((column, link), weight) in sealed_results(claim).zip(&proof.results).zip(weights) {
        bases.extend_from_slice(column);
        scalars.extend(challenges.weights(*capacity, column.len()).into_iter().map(|power| power * weight));
        bases.extend([link.c_mask, generators.g[0], generators.h]);
        scalars.extend([challenges.power(*capacity) * weight, -link.s * weight, -link.t * weight]);
    }
}

/// `gamma_abc_0 + Σ input·gamma_abc_i + D`.
pub(super) fn input_sum(key: &VerifyingKey, proof: &Proof, inputs: &[Fr]) -> G1Projective {
    msm(&key.inputs[1..], inputs) + key.inputs[0] + proof.d
}

/// The two sides of the links of one proof, from the terms that are folded: what has a generator in it stands on the right,
/// with its sign turned.
#[cfg(any(test, feature = "testing"))]
pub(super) fn link_sides(prepared: &Verification<'_>) -> Vec<[G1Projective; 2]> {
    let sides = |bases: &[G1Affine], scalars: &[Fr], right: usize| {
        let left = bases.len() - right;
        [msm(&bases[..left], &scalars[..left]), -msm(&bases[left..], &scalars[left..])]
    };
    let (one, results) = (Fr::from(1u64), prepared.proof.results.len());
    let (mut bases, mut scalars) = (Vec::new(), Vec::new());
    link_terms(prepared, one, &mut bases, &mut scalars);
    let mut all = vec![sides(&bases, &scalars, prepared.proof.s.len() + 1)];
    bases.clear();
    scalars.clear();
    result_terms(prepared, &vec![one; results], &mut bases, &mut scalars);
    // A column's terms after the other's, as many each; `G_1` and `H` are the last of them.
    let column = (bases.len() / results.max(1)).max(1);
    let columns = bases.chunks(column).zip(scalars.chunks(column));
    all.extend(columns.map(|(bases, scalars)| sides(bases, scalars, 2)));
    all
}

/// A product of pairings that should be 1, with the terms of one key's fixed points added up.
#[derive(Default)]
struct Pairs {
    left: Vec<G1Affine>,
    right: Vec<G2Affine>,
    fixed: Vec<(G2Affine, G1Projective)>,
    wrong_length: bool,
}

impl Pairs {
    fn add(&mut self, point: G1Projective, fixed: G2Affine) {
        match self.fixed.iter_mut().find(|(known, _)| *known == fixed) {
            Some((_, sum)) => *sum += point,
            None => self.fixed.push((fixed, point)),
        }
    }

    /// `e(D, σ·[1]_2) = e(D', [1]_2)`: `D` lies in the span of the committed bases.
    fn span(&mut self, key: &VerifyingKey, proof: &Proof, weight: Fr) {
        self.add(proof.d * weight, key.sigma);
        self.add(-(proof.d_sigma * weight), G2Affine::generator());
    }

    /// `e(A, B) = e(α, β)·e(L, γ)·e(C, δ)` with `L` = the public inputs' sum + `D`.
    fn groth16(&mut self, key: &VerifyingKey, proof: &Proof, inputs: &[Fr], weight: Fr) {
        // arkworks ignores extra and missing inputs; here they break the whole product.
        self.wrong_length |= inputs.len() + 1 != key.inputs.len();
        let sum = input_sum(key, proof, inputs);
        self.left.push((proof.a * weight).into_affine());
        self.right.push(proof.b);
        self.add(-(key.alpha * weight), key.beta);
        self.add(-(sum * weight), key.gamma);
        self.add(-(proof.c * weight), key.delta);
    }

    fn product_is_one(mut self) -> bool {
        if self.wrong_length {
            return false;
        }
        for (fixed, sum) in self.fixed {
            self.left.push(sum.into_affine());
            self.right.push(fixed);
        }
        Bn254::multi_pairing(self.left, self.right) == PairingOutput::default()
    }
}

/// The equations one by one and without folding, for tests that cripple a verifier.
#[cfg(test)]
pub(super) mod single {
    use super::*;

    pub(crate) fn span_holds(prepared: &Verification<'_>) -> bool {
        let mut pairs = Pairs::default();
        pairs.span(prepared.key, prepared.proof, Fr::from(1u64));
        pairs.product_is_one()
    }

    pub(crate) fn groth16_holds(prepared: &Verification<'_>) -> bool {
        let mut pairs = Pairs::default();
        pairs.groth16(prepared.key, prepared.proof, &prepared.inputs, Fr::from(1u64));
        pairs.product_is_one()
    }

    pub(crate) fn link_holds(prepared: &Verification<'_>) -> bool {
        let (mut bases, mut scalars) = (Vec::new(), Vec::new());
        link_terms(prepared, Fr::from(1u64), &mut bases, &mut scalars);
        msm(&bases, &scalars).is_zero()
    }
}
