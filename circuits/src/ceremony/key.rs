//! A circuit's key under way: the points that phase 2 multiplies.

use super::multiple::multiply;
use super::points::{self, G1_WIDE};
use super::{CeremonyError, Watch};
use crate::builder::Matrices;
use crate::curve::G1Affine;
use crate::field::Fr;
use ark_ff::Field;
use ark_poly::{EvaluationDomain, GeneralEvaluationDomain};

/// Positions of a circuit's secrets in the chain.
pub(super) const GAMMA: usize = 0;
/// See [`GAMMA`].
pub(super) const DELTA: usize = 1;
/// See [`GAMMA`].
pub(super) const SIGMA: usize = 2;
/// Secrets of a circuit.
pub(super) const SECRETS: usize = 3;

/// How many points of each kind a circuit's key has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// `1` and the public inputs.
    pub(super) inputs: usize,
    pub(super) committed: usize,
    pub(super) private: usize,
    /// Size of the domain.
    pub(super) domain: usize,
}

impl Shape {
    pub(super) fn of(matrices: &Matrices) -> Result<Self, CeremonyError> {
        Ok(Self {
            inputs: 1 + matrices.public,
            committed: matrices.committed,
            private: matrices.private,
            domain: domain(matrices)?.size(),
        })
    }

    /// Points of G1 in all.
    pub(super) fn points(&self) -> Option<usize> {
        let instance = self.inputs.checked_add(self.committed.checked_mul(2)?)?;
        instance.checked_add(self.private)?.checked_add(self.domain)
    }
}

/// The domain of a circuit: Groth16's, without rows for the committed wires.
pub(super) fn domain(matrices: &Matrices) -> Result<GeneralEvaluationDomain<Fr>, CeremonyError> {
    GeneralEvaluationDomain::new(matrices.constraints())
        .ok_or_else(|| CeremonyError::unfit("the circuit is too large for the field"))
}

/// The points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyPoints {
    /// `(β·u + α·v + w)(τ)/γ` of `1`, of the public inputs, and then of the committed wires: their bases.
    pub(super) instance: Vec<G1Affine>,
    /// `σ` times the bases of the committed wires.
    pub(super) bases_sigma: Vec<G1Affine>,
    /// `(β·u + α·v + w)(τ)/δ` of the other wires.
    pub(super) private: Vec<G1Affine>,
    /// `τ^i·t(τ)/δ` for `i` below the domain's size less one.
    pub(super) quotient: Vec<G1Affine>,
    /// `δ·G_1`.
    pub(super) delta_g1: G1Affine,
}

impl KeyPoints {
    /// Multiplies the secrets `γ`, `δ`, `σ` by factors, none of them 0.
    pub(super) fn scale(&mut self, [gamma, delta, sigma]: [Fr; SECRETS], watch: Watch<'_>) {
        // Of a factor 0 nothing would be left; none is drawn.
        let inverse = |factor: Fr| factor.inverse().unwrap_or_default();
        let (by_gamma, by_delta) = (inverse(gamma), inverse(delta));
        multiply(&mut self.instance, by_gamma, watch);
        multiply(&mut self.bases_sigma, by_gamma * sigma, watch);
        multiply(&mut self.private, by_delta, watch);
        multiply(&mut self.quotient, by_delta, watch);
        multiply(std::slice::from_mut(&mut self.delta_g1), delta, watch);
    }

    /// The bases of the committed wires.
    pub(super) fn bases(&self) -> &[G1Affine] {
        &self.instance[self.instance.len() - self.bases_sigma.len()..]
    }

    /// How many points there are.
    pub(super) fn shape(&self) -> Shape {
        let committed = self.bases_sigma.len();
        Shape {
            inputs: self.instance.len() - committed,
            committed,
            private: self.private.len(),
            domain: self.quotient.len() + 1,
        }
    }

    /// Four counts, then the points in the order of the fields.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        self.counts().into_iter().for_each(|count| out.extend_from_slice(&count));
        self.lists().into_iter().for_each(|list| points::write(list, out));
    }

    /// Hashes what [`Self::write`] writes.
    pub(super) fn hash(&self, hasher: &mut blake3::Hasher) {
        self.counts().into_iter().for_each(|count| {
            hasher.update(&count);
        });
        self.lists().into_iter().for_each(|list| points::hash(list, hasher));
    }

    fn counts(&self) -> [[u8; 8]; 4] {
        let Shape { inputs, committed, private, domain } = self.shape();
        [inputs, committed, private, domain].map(|count| (count as u64).to_le_bytes())
    }

    fn lists(&self) -> [&[G1Affine]; 5] {
        let delta = std::slice::from_ref(&self.delta_g1);
        [&self.instance, &self.bases_sigma, &self.private, &self.quotient, delta]
    }

    /// Reads [`Self::write`]; gives the rest.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, &[u8]), CeremonyError> {
        let cut = || CeremonyError::malformed("the ceremony's file is cut off");
        let (counts, rest) = bytes.split_first_chunk::<32>().ok_or_else(cut)?;
        let mut counts = counts.as_chunks::<8>().0.iter().map(|count| u64::from_le_bytes(*count));
        let mut count = || counts.next().and_then(|count| usize::try_from(count).ok()).ok_or_else(cut);
        let shape = Shape { inputs: count()?, committed: count()?, private: count()?, domain: count()? };
        let points = shape.points().filter(|_| shape.domain > 0);
        let length = points.and_then(|points| points.checked_mul(G1_WIDE)).ok_or_else(cut)?;
        let (points, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
        let mut points = points::read(points)?;
        let mut take = |count: usize| points.drain(..count).collect::<Vec<_>>();
        let key = Self {
            instance: take(shape.inputs + shape.committed),
            bases_sigma: take(shape.committed),
            private: take(shape.private),
            quotient: take(shape.domain - 1),
            delta_g1: take(1)[0],
        };
        Ok((key, rest))
    }
}
