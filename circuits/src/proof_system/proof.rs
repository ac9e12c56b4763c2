//! A proof and its only encoding: 224 + 32·(m + 1) bytes and 96 per sealed result column, whatever the number of
//! rows.

use crate::curve::{
    G1_BYTES, G1Affine, G2_BYTES, G2Affine, g1_from_bytes, g1_to_bytes, g2_from_bytes, g2_to_bytes,
};
use crate::field::{Fr, from_bytes, to_bytes};
use ark_ec::AffineRepr;

/// A commit-and-prove Groth16 proof of one shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Groth16's `A`.
    pub(crate) a: G1Affine,
    /// Groth16's `B`.
    pub(crate) b: G2Affine,
    /// Groth16's `C`.
    pub(crate) c: G1Affine,
    /// `D`: commitment to every wire that is fixed before the challenges.
    pub(crate) d: G1Affine,
    /// `D' = σ·D`: `D` is in the span of the committed bases.
    pub(crate) d_sigma: G1Affine,
    /// Commitment to the masks of the sealed columns.
    pub(crate) c_mask: G1Affine,
    /// The masked sums of the sealed columns at `ρ`.
    pub(crate) s: Vec<Fr>,
    /// The masked sum of the blindings at `ρ`.
    pub(crate) t: Fr,
    /// The same three of each sealed result column.
    pub(crate) results: Vec<ResultLink>,
}

/// What links a sealed result column to its commitments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResultLink {
    /// Commitment to the column's mask.
    pub(crate) c_mask: G1Affine,
    /// The masked sum of the column at `ρ`.
    pub(crate) s: Fr,
    /// The masked sum of its blindings at `ρ`.
    pub(crate) t: Fr,
}

impl Proof {
    /// Bytes of a proof with `sealed` sealed columns and `results` sealed result columns.
    #[must_use]
    pub const fn length(sealed: usize, results: usize) -> usize {
        5 * G1_BYTES + G2_BYTES + 32 * (sealed + 1) + (G1_BYTES + 64) * results
    }

    /// The only encoding: `A, B, C, D, D', C_mask`, the results' `C_mask`, `s_1 … s_m, t`, the results' `s, t`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = g1_to_bytes(&self.a).to_vec();
        bytes.extend_from_slice(&g2_to_bytes(&self.b));
        let masks = self.results.iter().map(|link| &link.c_mask);
        for point in [&self.c, &self.d, &self.d_sigma, &self.c_mask].into_iter().chain(masks) {
            bytes.extend_from_slice(&g1_to_bytes(point));
        }
        let sums = self.results.iter().flat_map(|link| [&link.s, &link.t]);
        for scalar in self.s.iter().chain([&self.t]).chain(sums) {
            bytes.extend_from_slice(&to_bytes(scalar));
        }
        bytes
    }

    /// Reads a proof with `sealed` sealed columns and `results` sealed result columns: exact length, canonical
    /// scalars, points on the curve and in their subgroup, none of them the identity. `None` otherwise.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], sealed: usize, results: usize) -> Option<Self> {
        let mut rest = bytes;
        let a = take_g1(&mut rest)?;
        let (b, tail) = rest.split_first_chunk::<G2_BYTES>()?;
        rest = tail;
        let b = g2_from_bytes(b).filter(|point| !point.is_zero())?;
        let [c, d, d_sigma, c_mask] =
            [take_g1(&mut rest)?, take_g1(&mut rest)?, take_g1(&mut rest)?, take_g1(&mut rest)?];
        let masks = (0..results).map(|_| take_g1(&mut rest)).collect::<Option<Vec<G1Affine>>>()?;
        let (scalars, []) = rest.as_chunks::<32>() else {
            return None;
        };
        let scalars = scalars.iter().map(from_bytes).collect::<Option<Vec<Fr>>>()?;
        if scalars.len() != sealed + 1 + 2 * results {
            return None;
        }
        let (s, rest) = scalars.split_at(sealed);
        let (t, rest) = rest.split_first()?;
        let (sums, _) = rest.as_chunks::<2>();
        let link = |(c_mask, [s, t]): (G1Affine, &[Fr; 2])| ResultLink { c_mask, s: *s, t: *t };
        let results = masks.into_iter().zip(sums).map(link).collect();
        Some(Self { a, b, c, d, d_sigma, c_mask, s: s.to_vec(), t: *t, results })
    }
}

fn take_g1(rest: &mut &[u8]) -> Option<G1Affine> {
    let (point, tail) = rest.split_first_chunk::<G1_BYTES>()?;
    *rest = tail;
    g1_from_bytes(point).filter(|point| !point.is_zero())
}
