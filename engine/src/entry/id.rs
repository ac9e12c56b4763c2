//! 32-byte names and keys in payloads: each its own type, each written as 64 lower-case hex digits.

use super::spelled::spelled;
use quittance_ledger::{KeyError, PublicKey, RecordId};
use std::fmt;
use std::str::FromStr;

/// A text was not lower-case hexadecimal of the right length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {0} lower-case hexadecimal digits")]
pub struct NotHex(&'static str);

macro_rules! hex_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = NotHex;

            fn from_str(text: &str) -> Result<Self, NotHex> {
                let mut bytes = [0; 32];
                let read = hex::decode_to_slice(text, &mut bytes);
                // `hex` reads upper case too; a value has one spelling here.
                let plain = read.is_ok() && !text.bytes().any(|b| b.is_ascii_uppercase());
                plain.then_some(Self(bytes)).ok_or(NotHex("64"))
            }
        }

        spelled! { $name, "^[0-9a-f]{64}$" }
    };
}

macro_rules! record_type {
    ($(#[$doc:meta])* $name:ident) => {
        hex_type! { $(#[$doc])* $name }

        impl From<RecordId> for $name {
            fn from(id: RecordId) -> Self {
                Self(id.0)
            }
        }

        impl From<$name> for RecordId {
            fn from(id: $name) -> Self {
                Self(id.0)
            }
        }
    };
}

record_type! {
    /// A member: the record id of the member's first entry. Survives key rotation.
    MemberId
}
record_type! {
    /// A model: the record id of its commitment.
    ModelId
}
record_type! {
    /// A round: the record id of its opening entry.
    RoundId
}
hex_type! {
    /// A circuit key.
    CircuitKeyId
}
hex_type! {
    /// A blob kept beside the ledger: a salted name, notes, a statement.
    BlobDigest
}
hex_type! {
    /// Plain BLAKE3 of a file's bytes: a model, a test set, a submission, a signed note.
    FileDigest
}
hex_type! {
    /// An Ed25519 public key. Not checked: see [`SignerKey::public_key`].
    SignerKey
}
hex_type! {
    /// An X25519 public key. Not checked: see [`crate::seal::usable`].
    SealKey
}
hex_type! {
    /// A G1 point as it was handed in. Not checked: it may be off the curve.
    PointBytes
}
hex_type! {
    /// A scalar as it was handed in, little-endian. Not checked: it may be r or more.
    ScalarBytes
}
hex_type! {
    /// Makes two bids of one member for one round differ.
    Nonce
}

impl SignerKey {
    /// The key, if it is safe to rely on.
    ///
    /// # Errors
    /// Not canonical, of small order, or with a small-order part.
    pub fn public_key(&self) -> Result<PublicKey, KeyError> {
        PublicKey::parse(&self.0)
    }
}

impl From<PublicKey> for SignerKey {
    fn from(key: PublicKey) -> Self {
        Self(key.to_bytes())
    }
}

impl FileDigest {
    /// The digest of a file's bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

/// Bytes of any length, as lower-case hex.
#[derive(Clone, PartialEq, Eq)]
pub struct HexBytes(pub Vec<u8>);

impl fmt::Display for HexBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for HexBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HexBytes({} bytes)", self.0.len())
    }
}

impl FromStr for HexBytes {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        let bytes = hex::decode(text).map_err(|_| NotHex("an even number of"))?;
        let plain = !text.bytes().any(|b| b.is_ascii_uppercase());
        plain.then_some(Self(bytes)).ok_or(NotHex("an even number of"))
    }
}

spelled! { HexBytes, "^([0-9a-f]{2})*$" }
