//! Keys: what a setup leaves behind, and what is checked before one is used.
//!
//! Whoever knows the secrets of a setup can prove anything under its keys. A key from [`super::setup()`] was made
//! by one party alone; only a ceremony spreads that trust.

use super::Circuit;
use crate::builder::Matrices;
use crate::curve::{
    G1_BYTES, G1Affine, G2_BYTES, G2Affine, g1_from_bytes, g1_to_bytes, g2_from_bytes, g2_to_bytes,
};
use crate::field::Fr;
use crate::msm::msm;
use ark_bn254::{Bn254, G1Projective};
use ark_ec::{AffineRepr, CurveGroup, pairing::Pairing};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ark_std::UniformRand;
use ark_std::rand::{CryptoRng, RngCore};
use rayon::prelude::*;
use std::fmt;

/// The size of a circuit of a rule: `256`, `4096`, `65536`, `8x4`, …
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tier {
    /// The rule's id.
    pub rule: String,
    /// The size, as the rule spells it.
    pub size: String,
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tier {}", self.rule, self.size)
    }
}

/// The content address of a circuit's keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 32]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// Why a key is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a key file, or one of another format, rule or size.
    #[error("the key file is malformed: {0}")]
    Malformed(&'static str),
    /// A key that cannot convince: see the words.
    #[error("unsafe key: {0}")]
    Unsafe(&'static str),
    /// A key of a circuit that this program does not know.
    #[error("the key is of another circuit: its matrices digest is {0}")]
    OtherCircuit(String),
}

/// What a verifier needs. Its size does not depend on the number of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    /// Rule and size.
    pub tier: Tier,
    /// Digest of the circuit's matrices.
    pub matrices_digest: [u8; 32],
    /// Digest of the committed bases, which live in the proving key.
    pub bases_digest: [u8; 32],
    pub(crate) alpha: G1Affine,
    pub(crate) beta: G2Affine,
    pub(crate) gamma: G2Affine,
    pub(crate) delta: G2Affine,
    pub(crate) sigma: G2Affine,
    /// Bases of `[1 | public inputs]`.
    pub(crate) inputs: Vec<G1Affine>,
}

const MAGIC: &[u8; 8] = b"QTTCVK01";

impl VerifyingKey {
    /// The points and digests, without magic: what the id covers.
    fn points(&self) -> Vec<u8> {
        let mut bytes = g1_to_bytes(&self.alpha).to_vec();
        for point in [&self.beta, &self.gamma, &self.delta, &self.sigma] {
            bytes.extend_from_slice(&g2_to_bytes(point));
        }
        self.inputs.iter().for_each(|point| bytes.extend_from_slice(&g1_to_bytes(point)));
        bytes
    }

    /// The key's content address: `derive_key("quittance v1 circuit-key", verifying key, committed-bases digest,
    /// rule, tier, matrices digest)`, each part prefixed with its length.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let mut hasher = blake3::Hasher::new_derive_key("quittance v1 circuit-key");
        let (rule, size) = (self.tier.rule.as_bytes(), self.tier.size.as_bytes());
        for part in [&self.points()[..], &self.bases_digest, rule, size, &self.matrices_digest] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        KeyId(*hasher.finalize().as_bytes())
    }

    /// The key file: magic, rule and size (each after its length, one byte), the two digests, the points.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for name in [&self.tier.rule, &self.tier.size] {
            // Rule ids and tiers are short words of ours.
            bytes.push(name.len() as u8);
            bytes.extend_from_slice(name.as_bytes());
        }
        bytes.extend_from_slice(&self.matrices_digest);
        bytes.extend_from_slice(&self.bases_digest);
        bytes.extend_from_slice(&self.points());
        bytes
    }

    /// Reads [`Self::to_bytes`] and refuses what cannot be a safe key; see [`Self::lint`].
    ///
    /// # Errors
    /// Another format, points that are not canonical, or an unsafe key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let rest =
            bytes.strip_prefix(MAGIC).ok_or(KeyError::Malformed("not a verifying key of version 1"))?;
        let (rule, rest) = name(rest)?;
        let (size, rest) = name(rest)?;
        let truncated = KeyError::Malformed("truncated");
        let (matrices_digest, rest) = rest.split_first_chunk().ok_or(truncated.clone())?;
        let (bases_digest, rest) = rest.split_first_chunk().ok_or(truncated.clone())?;
        let (alpha, mut rest) = rest.split_first_chunk::<G1_BYTES>().ok_or(truncated.clone())?;
        let mut g2 = || {
            let (point, tail) = rest.split_first_chunk::<G2_BYTES>().ok_or(truncated.clone())?;
            rest = tail;
            g2_from_bytes(point).ok_or(KeyError::Malformed("a point of G2 is not canonical"))
        };
        let [beta, gamma, delta, sigma] = [g2()?, g2()?, g2()?, g2()?];
        let g1 = |point| g1_from_bytes(point).ok_or(KeyError::Malformed("a point of G1 is not canonical"));
        let (inputs, []) = rest.as_chunks::<G1_BYTES>() else {
            return Err(KeyError::Malformed("trailing bytes"));
        };
        let key = Self {
            tier: Tier { rule, size },
            matrices_digest: *matrices_digest,
            bases_digest: *bases_digest,
            alpha: g1(alpha)?,
            beta,
            gamma,
            delta,
            sigma,
            inputs: inputs.iter().map(g1).collect::<Result<_, _>>()?,
        };
        key.lint()?;
        Ok(key)
    }

    /// Refuses keys under which a false statement can be proved, or a commitment does not bind.
    ///
    /// Points are in their subgroups by their encoding. `γ` is never the generator: our ceremonies draw it like the
    /// other secrets, though `γ = 1` would do.
    ///
    /// # Errors
    /// What is wrong.
    pub fn lint(&self) -> Result<(), KeyError> {
        let g2 = [&self.beta, &self.gamma, &self.delta, &self.sigma];
        if self.alpha.is_zero()
            || g2.iter().any(|point| point.is_zero())
            || self.inputs.iter().any(|p| p.is_zero())
        {
            return Err(KeyError::Unsafe("a point is the identity"));
        }
        if self.gamma == self.delta {
            return Err(KeyError::Unsafe("γ = δ: phase 2 of the setup was skipped; anything can be proved"));
        }
        let generator = G2Affine::generator();
        if [self.gamma, self.delta, self.sigma].contains(&generator) {
            return Err(KeyError::Unsafe("γ, δ or σ is the generator: its secret is 1"));
        }
        Ok(())
    }

    /// Refuses a key of another circuit than the caller's own.
    ///
    /// # Errors
    /// Another number of inputs or another matrices digest.
    pub fn expect(&self, inputs: usize, matrices_digest: &[u8; 32]) -> Result<(), KeyError> {
        if self.matrices_digest != *matrices_digest || self.inputs.len() != inputs + 1 {
            return Err(KeyError::OtherCircuit(hex::encode(self.matrices_digest)));
        }
        Ok(())
    }
}

fn name(bytes: &[u8]) -> Result<(String, &[u8]), KeyError> {
    let malformed = KeyError::Malformed("truncated or not text");
    let (length, rest) = bytes.split_first().ok_or(malformed.clone())?;
    let (name, rest) = rest.split_at_checked(*length as usize).ok_or(malformed.clone())?;
    let name = std::str::from_utf8(name).map_err(|_| malformed)?;
    Ok((name.to_owned(), rest))
}

/// What a prover needs: the circuit with its matrices, the Groth16 key, and the committed bases times `σ`.
pub struct ProvingKey<C> {
    /// The circuit.
    pub circuit: C,
    /// Its matrices, built once.
    pub matrices: Matrices,
    /// The verifier's part.
    pub verifying: VerifyingKey,
    pub(crate) groth16: ark_groth16::ProvingKey<Bn254>,
    pub(crate) bases_sigma: Vec<G1Affine>,
    pub(crate) id: KeyId,
}

/// The points of a proving key that was not made here in one go, in arkworks' words: bases of the instance, of
/// `u`, of `v`, of the quotient, of private wires; and the committed bases times `σ`.
pub struct KeyParts {
    /// The circuit's own, as recorded.
    pub(crate) matrices: Matrices,
    pub(crate) beta_g1: G1Affine,
    pub(crate) delta_g1: G1Affine,
    pub(crate) instance: Vec<G1Affine>,
    pub(crate) a: Vec<G1Affine>,
    pub(crate) b_g1: Vec<G1Affine>,
    pub(crate) b_g2: Vec<G2Affine>,
    pub(crate) quotient: Vec<G1Affine>,
    pub(crate) private: Vec<G1Affine>,
    pub(crate) bases_sigma: Vec<G1Affine>,
}

impl<C: Circuit> ProvingKey<C> {
    /// The key from its parts, linted.
    ///
    /// # Errors
    /// The parts are of another circuit, or unsafe.
    pub(crate) fn assemble(
        circuit: C,
        verifying: VerifyingKey,
        parts: KeyParts,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, KeyError> {
        let matrices = parts.matrices;
        verifying.expect(matrices.public, &matrices.digest())?;
        let vk = ark_groth16::VerifyingKey {
            alpha_g1: verifying.alpha,
            beta_g2: verifying.beta,
            gamma_g2: verifying.gamma,
            delta_g2: verifying.delta,
            gamma_abc_g1: parts.instance,
        };
        let groth16 = ark_groth16::ProvingKey {
            vk,
            beta_g1: parts.beta_g1,
            delta_g1: parts.delta_g1,
            a_query: parts.a,
            b_g1_query: parts.b_g1,
            b_g2_query: parts.b_g2,
            h_query: parts.quotient,
            l_query: parts.private,
        };
        let id = verifying.id();
        let key = Self { circuit, matrices, verifying, groth16, bases_sigma: parts.bases_sigma, id };
        key.lint(rng)?;
        Ok(key)
    }

    /// The bases of the committed wires: the tail of Groth16's instance bases.
    pub(crate) fn bases(&self) -> &[G1Affine] {
        &self.groth16.vk.gamma_abc_g1[1 + self.matrices.public..]
    }

    /// The key's content address.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Refuses a proving key whose commitments would not bind or not hide: a committed base is the identity, two
    /// are equal, or the bases times `σ` are not that (checked by one random linear combination).
    ///
    /// # Errors
    /// What is wrong.
    pub fn lint(&self, rng: &mut (impl RngCore + CryptoRng)) -> Result<(), KeyError> {
        self.verifying.lint()?;
        check_bases(self.bases())?;
        if self.bases_sigma.len() != self.bases().len()
            || bases_digest(self.bases()) != self.verifying.bases_digest
        {
            return Err(KeyError::Unsafe("the committed bases are not those of the verifying key"));
        }
        let weights: Vec<Fr> = self.bases().iter().map(|_| u128::rand(rng).into()).collect();
        let plain = msm(self.bases(), &weights);
        let moved = msm(&self.bases_sigma, &weights);
        let generator = G2Affine::generator();
        let sides = Bn254::multi_pairing([plain, -moved], [self.verifying.sigma, generator]);
        if sides != ark_ec::pairing::PairingOutput::default() {
            return Err(KeyError::Unsafe("the committed bases are not multiplied by σ"));
        }
        Ok(())
    }

    /// The proving key's file, for the machine that made it: not an exchange format.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let verifying = self.verifying.to_bytes();
        let mut bytes = (verifying.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(&verifying);
        let written = self
            .groth16
            .serialize_uncompressed(&mut bytes)
            .and_then(|()| self.bases_sigma.serialize_uncompressed(&mut bytes));
        debug_assert!(written.is_ok(), "writing to memory does not fail");
        bytes
    }

    /// Reads [`Self::to_bytes`]. The caller vouches for the bytes (by a digest): points are not checked again.
    ///
    /// # Errors
    /// Not such a file, or a key of another circuit.
    pub fn from_trusted_bytes(circuit: C, bytes: &[u8]) -> Result<Self, KeyError> {
        let malformed = KeyError::Malformed("not a proving key of this version");
        let (length, rest) = bytes.split_first_chunk().ok_or(malformed.clone())?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| malformed.clone())?;
        let (verifying, mut rest) = rest.split_at_checked(length).ok_or(malformed.clone())?;
        let verifying = VerifyingKey::from_bytes(verifying)?;
        let groth16 = ark_groth16::ProvingKey::deserialize_uncompressed_unchecked(&mut rest);
        let bases_sigma = Vec::deserialize_uncompressed_unchecked(&mut rest);
        let (Ok(groth16), Ok(bases_sigma), []) = (groth16, bases_sigma, rest) else {
            return Err(malformed);
        };
        let matrices = super::record(&circuit);
        verifying.expect(matrices.public, &matrices.digest())?;
        if verifying.tier != circuit.tier() {
            return Err(KeyError::Malformed("the key is of another rule or size"));
        }
        let id = verifying.id();
        Ok(Self { circuit, matrices, verifying, groth16, bases_sigma, id })
    }
}

/// No committed base is the identity (it would not commit, or not hide) and no two are equal.
pub(crate) fn check_bases(bases: &[G1Affine]) -> Result<(), KeyError> {
    if bases.iter().any(|base| base.is_zero()) {
        return Err(KeyError::Unsafe("a committed base is the identity"));
    }
    let mut sorted: Vec<[u8; G1_BYTES]> = bases.par_iter().map(g1_to_bytes).collect();
    sorted.par_sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(KeyError::Unsafe("two committed bases are equal"));
    }
    Ok(())
}

pub(crate) fn bases_digest(bases: &[G1Affine]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("quittance v1 committed-bases");
    bases.iter().for_each(|base| {
        hasher.update(&g1_to_bytes(base));
    });
    *hasher.finalize().as_bytes()
}

/// Multiplies every base by the same secret.
pub(crate) fn times(bases: &[G1Affine], secret: Fr) -> Vec<G1Affine> {
    let products: Vec<G1Projective> = bases.par_iter().map(|base| *base * secret).collect();
    G1Projective::normalize_batch(&products)
}
