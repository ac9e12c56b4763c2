//! Bytes without text: openings, proofs, circuit keys, points, marks.

use crate::{sealed, store};
use quittance_circuits::proof_system::{Proof, VerifyingKey};

/// `points`: a byte that says what the rest is.
///
/// # Panics
/// As [`sealed::opening`], [`proof`], [`circuit_key`] and [`store::store`].
pub fn points(bytes: &[u8]) {
    let Some((what, rest)) = bytes.split_first() else { return };
    match what % 4 {
        0 => sealed::opening(rest),
        1 => proof(rest),
        2 => circuit_key(rest),
        _ => store::store(rest),
    }
}

/// A byte for the sealed columns, one for the sealed result columns, then a proof.
///
/// # Panics
/// A proof is written otherwise than it was read.
pub fn proof(bytes: &[u8]) {
    let Some(([sealed, results], rest)) = bytes.split_first_chunk::<2>() else { return };
    let (sealed, results) = (usize::from(*sealed) % 20, usize::from(*results) % 4);
    if let Some(proof) = Proof::from_bytes(rest, sealed, results) {
        assert_eq!(proof.to_bytes(), rest, "one encoding");
        assert_eq!(rest.len(), Proof::length(sealed, results));
        let (other, more) = (sealed + 1, results + 1);
        assert!(Proof::from_bytes(rest, other, results).is_none(), "of one shape");
        assert!(Proof::from_bytes(rest, sealed, more).is_none(), "of one shape");
    }
}

/// The file of a verifying key.
///
/// # Panics
/// A key is written otherwise than it was read, or is not safe.
pub fn circuit_key(bytes: &[u8]) {
    if let Ok(key) = VerifyingKey::from_bytes(bytes) {
        assert_eq!(key.to_bytes(), bytes, "one encoding");
        assert_eq!(key.lint(), Ok(()));
        assert!(VerifyingKey::from_bytes(&[bytes, &[0]].concat()).is_err(), "nothing stands after it");
    }
}
