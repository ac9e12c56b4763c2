//! Ed25519 public keys that are safe to rely on.

use crate::error::KeyError;
use crate::ids::KeyId;
use curve25519_dalek::constants::EIGHT_TORSION;
use ed25519_dalek::{Signature, SigningKey, Verifier as _, VerifyingKey};
use std::sync::LazyLock;

/// BLAKE3 context of key ids.
const KEY_ID_CONTEXT: &str = "quittance v1 key-id";

/// An Ed25519 public key: canonical, and of prime order.
///
/// Every way to obtain one checks that. A key of small order accepts a signature that fits every
/// message; a key with a small-order part is judged differently by different verifiers; a point
/// with two encodings would have two key ids.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    /// Of `key`. An auditor asks for it several times an entry.
    id: KeyId,
}

/// The encodings of the points of small order.
static SMALL_ORDER: LazyLock<[[u8; 32]; 8]> =
    LazyLock::new(|| EIGHT_TORSION.map(|point| point.compress().to_bytes()));

impl PublicKey {
    /// Reads the 32 bytes of RFC 8032.
    pub fn parse(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NotCanonical)?;
        let point = key.to_edwards();
        // Decompression accepts y ≥ p and −0; compressing again gives the canonical bytes.
        if point.compress().as_bytes() != bytes {
            return Err(KeyError::NotCanonical);
        }
        if key.is_weak() {
            return Err(KeyError::Weak);
        }
        if !point.is_torsion_free() {
            return Err(KeyError::MixedOrder);
        }
        Ok(Self::of(key))
    }

    /// The 32 bytes of RFC 8032.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// The key as `ed25519_dalek` has it.
    pub(crate) fn as_dalek(&self) -> &VerifyingKey {
        &self.key
    }

    fn of(key: VerifyingKey) -> Self {
        Self { key, id: KeyId(blake3::derive_key(KEY_ID_CONTEXT, key.as_bytes())) }
    }

    /// The key's name.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Whether `signature` is this key's over `message`: RFC 8032 without cofactor, canonical `S`, `R`
    /// not of small order.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        // This is `verify_strict`, a tenth faster. That decompresses `R` to learn whether it is of small order; but
        // `verify` accepts only the bytes of the `R` that it computes itself, which has one encoding.
        let signature = Signature::from_bytes(signature);
        !SMALL_ORDER.contains(signature.r_bytes()) && self.key.verify(message, &signature).is_ok()
    }
}

impl From<&SigningKey> for PublicKey {
    /// The public half. A signing key's public key is a multiple of the base point by a clamped
    /// scalar, which is canonical and of prime order.
    fn from(key: &SigningKey) -> Self {
        Self::of(key.verifying_key())
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({})", hex::encode(self.key.as_bytes()))
    }
}
