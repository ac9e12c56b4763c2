//! Openings: in files, sealed, and of results; commitments and keys of 32 bytes.

use crate::fixtures;
use quittance_circuits::sealed::{Blinding, Commitment, Opening, ResultOpening};
use quittance_engine::entry::SealKey;
use quittance_engine::seal::{HpkeSecret, open, seal, sealed_len, usable};
use quittance_ledger::PublicKey;

/// A byte that says what the rest is, and of how many columns.
///
/// # Panics
/// An opening is written otherwise than it was read, or something opens that was not sealed.
pub fn opening(bytes: &[u8]) {
    let Some(([what, columns], rest)) = bytes.split_first_chunk::<2>() else { return };
    let columns = usize::from(*columns) % 20;
    match what % 4 {
        0 => {
            if let Ok(opening) = Opening::from_json(rest) {
                assert_eq!(opening.to_json().as_slice(), rest, "one spelling");
                // Short of a commitment, which is slow, everything that is asked of it.
                assert!(Opening::from_bytes(&opening.to_bytes(), opening.row().len()).ok() == Some(opening));
            }
        }
        1 => unsealed(rest, columns),
        2 => resealed(rest, columns),
        _ => points(rest),
    }
}

/// A plaintext of so many columns.
fn unsealed(bytes: &[u8], columns: usize) {
    if let Ok(opening) = Opening::from_bytes(bytes, columns) {
        assert_eq!(opening.to_bytes().as_slice(), bytes, "one encoding");
        assert_eq!(opening.row().len(), columns);
        assert!(Opening::from_json(&opening.to_json()).ok() == Some(opening));
    }
    if let Some(bytes) = bytes.first_chunk::<{ ResultOpening::BYTES }>()
        && let Some(opening) = ResultOpening::from_bytes(bytes)
    {
        assert_eq!(opening.to_bytes().as_slice(), bytes, "one encoding");
    }
}

/// What was sealed opens; what was changed since does not.
fn resealed(bytes: &[u8], columns: usize) {
    let secret = HpkeSecret::from_bytes(&fixtures::key(4).to_bytes());
    assert!(open(&secret, b"info", b"aad", bytes).is_err(), "nobody sealed this");
    let (plaintext, change) = bytes.split_at(bytes.len().min(8 * columns + 32));
    let sealed = seal(&secret.public(), &[5; 32], b"info", b"aad", plaintext).expect("a usable key");
    if plaintext.len() == 8 * columns + 32 {
        assert_eq!(sealed.len(), sealed_len(columns));
    }
    assert!(open(&secret, b"info", b"aad", &sealed).is_ok_and(|opened| opened.as_slice() == plaintext));
    assert!(open(&secret, b"info", b"other", &sealed).is_err());
    if let Some((at, with)) = change.split_first()
        && !with.is_empty()
    {
        let mut changed = sealed.clone();
        let at = usize::from(*at) % changed.len();
        changed.splice(at..(at + with.len()).min(sealed.len()), with.iter().copied());
        // The top bit of an encapsulated key is passed over by X25519, but is part of what keys are derived from.
        assert_eq!(open(&secret, b"info", b"aad", &changed).is_ok(), changed == sealed);
    }
}

/// Points, scalars and keys of 32 bytes, one after another.
fn points(bytes: &[u8]) {
    for bytes in bytes.as_chunks::<32>().0.iter().take(8) {
        if let Some(commitment) = Commitment::from_bytes(bytes) {
            assert_eq!(commitment.to_bytes(), *bytes, "one encoding");
        }
        if let Some(blinding) = Blinding::from_bytes(bytes) {
            assert_eq!(*blinding.to_bytes(), *bytes, "one encoding");
        }
        if let Ok(key) = PublicKey::parse(bytes) {
            assert_eq!(key.to_bytes(), *bytes, "one encoding");
            assert!(!key.verifies(b"message", &[0; 64]) && !key.verifies(b"message", &[1; 64]));
        }
        let _ = usable(&SealKey(*bytes));
    }
}
