//! Points of BN254 as bytes: one encoding per point, every reader checks it.
//!
//! arkworks' compressed form (x little-endian, two flag bits in the last byte). Its own reader is lenient
//! about the identity's coordinates, so readers here encode again and compare. Source: formats.md section 1.

use ark_bn254::{Fq, G1Projective};
pub use ark_bn254::{G1Affine, G2Affine};
use ark_ff::{BigInteger, Field, PrimeField};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};

/// Bytes of an encoded G1 point.
pub const G1_BYTES: usize = 32;
/// Bytes of an encoded G2 point.
pub const G2_BYTES: usize = 64;

/// The only encoding of a G1 point.
#[must_use]
pub fn g1_to_bytes(point: &G1Affine) -> [u8; G1_BYTES] {
    let mut bytes = [0; G1_BYTES];
    let written = point.serialize_compressed(&mut bytes[..]);
    debug_assert!(written.is_ok(), "an encoded G1 point has 32 bytes");
    bytes
}

/// Reads a G1 point; `None` unless it is on the curve and in its only encoding (G1 has cofactor 1).
#[must_use]
pub fn g1_from_bytes(bytes: &[u8; G1_BYTES]) -> Option<G1Affine> {
    let point = G1Affine::deserialize_compressed(&bytes[..]).ok()?;
    (g1_to_bytes(&point) == *bytes).then_some(point)
}

/// The only encoding of a G2 point.
#[must_use]
pub fn g2_to_bytes(point: &G2Affine) -> [u8; G2_BYTES] {
    let mut bytes = [0; G2_BYTES];
    let written = point.serialize_compressed(&mut bytes[..]);
    debug_assert!(written.is_ok(), "an encoded G2 point has 64 bytes");
    bytes
}

/// Reads a G2 point; `None` unless it is in the subgroup of order `r` and in its only encoding.
#[must_use]
pub fn g2_from_bytes(bytes: &[u8; G2_BYTES]) -> Option<G2Affine> {
    let point = G2Affine::deserialize_compressed(&bytes[..]).ok()?;
    (g2_to_bytes(&point) == *bytes).then_some(point)
}

/// Hashes a label to a G1 point whose discrete logarithm nobody knows.
///
/// BLAKE3 over `label ‖ counter (u32 LE)`, 64 bytes of output, little-endian mod q, is x; the first counter
/// for which x³ + 3 is a square; y is the root whose canonical integer is even.
pub fn hash_to_g1(label: &str) -> G1Affine {
    for counter in 0u32.. {
        let mut output = [0; 64];
        let mut hasher = blake3::Hasher::new();
        hasher.update(label.as_bytes());
        hasher.update(&counter.to_le_bytes());
        hasher.finalize_xof().fill(&mut output);
        let x = Fq::from_le_bytes_mod_order(&output);
        if let Some(y) = (x * x * x + Fq::from(3u64)).sqrt() {
            let even = if y.into_bigint().is_odd() { -y } else { y };
            let point = G1Affine::new_unchecked(x, even);
            debug_assert!(point.is_on_curve());
            return point;
        }
    }
    // Each counter succeeds with probability one half.
    G1Affine::default()
}

/// Many projective points to affine, with one inversion.
#[must_use]
pub fn normalize(points: &[G1Projective]) -> Vec<G1Affine> {
    ark_ec::CurveGroup::normalize_batch(points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ec::AffineRepr;

    #[test]
    fn only_encodings_are_read() {
        let point = hash_to_g1("a point");
        let bytes = g1_to_bytes(&point);
        assert_eq!(g1_from_bytes(&bytes), Some(point));
        let identity = g1_to_bytes(&G1Affine::identity());
        assert_eq!(g1_from_bytes(&identity), Some(G1Affine::identity()));
        let mut padded = identity;
        padded[0] = 1;
        assert_eq!(g1_from_bytes(&padded), None, "identity with coordinates");
        assert_eq!(g1_from_bytes(&[0xff; 32]), None);
        let mut off_curve = 0;
        for x in 0..20u8 {
            let mut bytes = [0; 32];
            bytes[0] = x;
            off_curve += u32::from(g1_from_bytes(&bytes).is_none());
        }
        assert!(off_curve > 3, "about half of all x are on no point");
    }

    #[test]
    fn g2_points_outside_the_subgroup_are_refused() {
        let point = (0u64..).find_map(|x| G2Affine::get_point_from_x_unchecked(x.into(), false)).unwrap();
        assert!(!point.is_in_correct_subgroup_assuming_on_curve());
        assert_eq!(g2_from_bytes(&g2_to_bytes(&point)), None);
        let generator = G2Affine::generator();
        assert_eq!(g2_from_bytes(&g2_to_bytes(&generator)), Some(generator));
    }
}
