//! 32-byte names of things: tree hashes, key ids, record ids, blob ids.
//!
//! They are distinct types because all of them are 32 bytes and none may stand in for another. Each
//! has one text form, 64 lower-case hexadecimal digits, in JSON too, and parsing accepts no other.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A text was not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 lower-case hexadecimal digits")]
pub struct HexError;

/// The 32 bytes of a strict hexadecimal text.
fn parse_hex(text: &str) -> Result<[u8; 32], HexError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| HexError)?;
    // `hex` accepts upper case as well; one value has one spelling here.
    if hex::encode(bytes) == text { Ok(bytes) } else { Err(HexError) }
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The raw bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

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
            type Err = HexError;

            fn from_str(text: &str) -> Result<Self, HexError> {
                parse_hex(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id_type! {
    /// A SHA-256 hash in the RFC 6962 tree: of a leaf, of an inner node, or the root.
    TreeHash
}

id_type! {
    /// The name of an Ed25519 key: BLAKE3 `derive_key("quittance v1 key-id", public key)`.
    KeyId
}

id_type! {
    /// The name of a signed file: its payload, payload type and signers, without signatures or time.
    ///
    /// BLAKE3 `derive_key("quittance v1 record-id", …)` over the PAE and then each key id in
    /// ascending order, each part prefixed with its length (u64 little-endian).
    RecordId
}

id_type! {
    /// The name of a blob: BLAKE3 `derive_key(context, bytes)`; the context is the caller's.
    BlobId
}

impl From<tlog_tiles::Hash> for TreeHash {
    fn from(hash: tlog_tiles::Hash) -> Self {
        Self(hash.0)
    }
}

impl From<TreeHash> for tlog_tiles::Hash {
    fn from(hash: TreeHash) -> Self {
        Self(hash.0)
    }
}

impl BlobId {
    /// The id of `bytes` under a BLAKE3 context string, which says what kind of blob they are.
    pub fn of(context: &'static str, bytes: &[u8]) -> Self {
        Self(blake3::derive_key(context, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling() {
        let id = RecordId([0xab; 32]);
        let text = id.to_string();
        assert_eq!(text, "ab".repeat(32));
        assert_eq!(text.parse::<RecordId>(), Ok(id));
        for bad in [
            "AB".repeat(32),
            "ab".repeat(31),
            "ab".repeat(33),
            format!(" {}", "ab".repeat(31)),
            format!("0x{}", "ab".repeat(31)),
            "zz".repeat(32),
            String::new(),
        ] {
            assert_eq!(bad.parse::<RecordId>(), Err(HexError), "{bad}");
        }
    }

    #[test]
    fn one_spelling_in_json() {
        let id = TreeHash([0xab; 32]);
        let json = format!("\"{}\"", "ab".repeat(32));
        assert_eq!(serde_json::to_string(&id).ok(), Some(json.clone()));
        assert_eq!(serde_json::from_str(&json).ok(), Some(id));
        assert!(serde_json::from_str::<TreeHash>(&json.to_uppercase()).is_err());
        assert!(serde_json::from_str::<TreeHash>("[1]").is_err());
    }

    #[test]
    fn blob_context_separates() {
        assert_ne!(BlobId::of("a", b"x"), BlobId::of("b", b"x"));
    }
}
