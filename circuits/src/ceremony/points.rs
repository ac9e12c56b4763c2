//! Many points at once: multiplied by one secret, read and written without compression.

use super::{CeremonyError, Watch};
use crate::field::Fr;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use rayon::prelude::*;

/// Points that are done before the watcher is told.
pub(super) const CHUNK: usize = 512;

/// Multiplies every point by the factor of its position.
pub(super) fn scale<C: SWCurveConfig<ScalarField = Fr>>(
    points: &mut [Affine<C>],
    factor: impl Fn(usize) -> Fr + Sync,
    watch: Watch<'_>,
) {
    points.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, points)| {
        let first = chunk * CHUNK;
        let products: Vec<Projective<C>> =
            points.iter().enumerate().map(|(nth, point)| *point * factor(first + nth)).collect();
        points.copy_from_slice(&Projective::normalize_batch(&products));
        watch(points.len());
    });
}

/// Bytes of a point of G1 in a ceremony's file: `x` and `y`, little-endian, flags in the last byte.
pub(super) const G1_WIDE: usize = 64;

/// Writes points as [`read`] reads them.
pub(super) fn write<C: SWCurveConfig>(points: &[Affine<C>], out: &mut Vec<u8>) {
    for point in points {
        let written = point.serialize_uncompressed(&mut *out);
        debug_assert!(written.is_ok(), "writing to memory does not fail");
    }
}

/// Hashes what [`write`] writes.
pub(super) fn hash<C: SWCurveConfig>(points: &[Affine<C>], hasher: &mut blake3::Hasher) {
    let mut bytes = Vec::new();
    for chunk in points.chunks(CHUNK) {
        bytes.clear();
        write(chunk, &mut bytes);
        hasher.update(&bytes);
    }
}

/// Reads points that fill the bytes: on the curve, in the subgroup, in their only encoding.
pub(super) fn read<C: SWCurveConfig>(bytes: &[u8]) -> Result<Vec<Affine<C>>, CeremonyError> {
    let width = Affine::<C>::default().uncompressed_size();
    let one = |bytes: &[u8]| -> Option<Affine<C>> {
        let point = Affine::<C>::deserialize_uncompressed(bytes).ok()?;
        let mut again = Vec::with_capacity(width);
        write(&[point], &mut again);
        (again == bytes).then_some(point)
    };
    let read: Option<Vec<_>> = bytes.par_chunks(width).map(one).collect();
    read.ok_or_else(|| CeremonyError::malformed("a point is not on the curve, or not in its only encoding"))
}

/// Fresh weights of 128 bits: two sums of points that differ agree under them with probability 2^−128.
pub(super) fn weights(count: usize, rng: &mut (impl ark_std::rand::RngCore + ?Sized)) -> Vec<Fr> {
    (0..count).map(|_| Fr::from(u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64()))).collect()
}

/// Whether one of the points is the identity.
pub(super) fn any_identity<C: SWCurveConfig>(points: &[Affine<C>]) -> bool {
    points.iter().any(AffineRepr::is_zero)
}
