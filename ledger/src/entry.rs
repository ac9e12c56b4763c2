//! The leaf: what stands on the ledger at one index.
//!
//! ```text
//! entry := 0x01 ‖ u8 kind ‖ u64 time_ms ‖ u16 len ‖ payload type ‖ u16 len ‖ payload
//!          ‖ u8 n ‖ n × (key id[32] ‖ signature[64])       sorted by key id, no key twice
//! ```
//!
//! Integers are big-endian. An entry has at most 65,535 bytes, which is what a tlog-tiles bundle can
//! hold. There is one encoding: [`Entry::decode`] encodes again and compares.

use crate::envelope::{Envelope, EnvelopeSignature};
use crate::error::FileError;
use crate::ids::{KeyId, RecordId, TreeHash};

/// First byte of every entry.
const FORMAT: u8 = 1;
/// Longest entry, in bytes.
pub const MAX_ENTRY: usize = u16::MAX as usize;

/// A signed file on the ledger, with the operator's word on when it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    kind: u8,
    time_ms: u64,
    envelope: Envelope,
}

impl Entry {
    /// Makes an entry of a signed file. The ledger gives `kind` and the payload no meaning; that
    /// they agree is for its user to check. No decision depends on `time_ms`.
    pub fn from_envelope(kind: u8, time_ms: u64, envelope: Envelope) -> Self {
        Self { kind, time_ms, envelope }
    }

    /// The kind byte.
    pub fn kind(&self) -> u8 {
        self.kind
    }

    /// Milliseconds since 1970, by the operator's clock.
    pub fn time_ms(&self) -> u64 {
        self.time_ms
    }

    /// The signed file.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The signed file, taken out.
    pub fn into_envelope(self) -> Envelope {
        self.envelope
    }

    /// The same entry, no earlier than `time_ms`.
    #[must_use]
    pub fn not_before(mut self, time_ms: u64) -> Self {
        self.time_ms = self.time_ms.max(time_ms);
        self
    }

    /// The record id of the signed file.
    pub fn record_id(&self) -> RecordId {
        self.envelope.record_id()
    }

    /// The RFC 6962 leaf hash of the encoded entry.
    pub fn leaf_hash(&self) -> TreeHash {
        leaf_hash(&self.encode())
    }

    /// The one encoding.
    pub fn encode(&self) -> Vec<u8> {
        let envelope = &self.envelope;
        let mut out = vec![FORMAT, self.kind];
        out.extend(self.time_ms.to_be_bytes());
        for part in [envelope.payload_type().as_bytes(), envelope.payload()] {
            // The limits of `envelope` keep both parts below 2^16 bytes.
            out.extend((part.len() as u16).to_be_bytes());
            out.extend(part);
        }
        // At most MAX_SIGNATURES = 100.
        out.push(envelope.signatures().len() as u8);
        for signature in envelope.signatures() {
            out.extend(signature.key_id.as_bytes());
            out.extend(signature.signature);
        }
        debug_assert!(out.len() <= MAX_ENTRY, "the limits of `envelope` keep entries short");
        out
    }

    /// Reads an entry. Verifies no signature.
    pub fn decode(bytes: &[u8]) -> Result<Self, FileError> {
        if bytes.len() > MAX_ENTRY {
            return Err(FileError::TooLarge { what: "the entry", found: bytes.len(), limit: MAX_ENTRY });
        }
        let mut input = Input(bytes);
        let [format, kind] = input.array()?;
        if format != FORMAT {
            return Err(FileError::VersionUnknown(format!("entry format {format}")));
        }
        let time_ms = u64::from_be_bytes(input.array()?);
        let payload_type = String::from_utf8(input.part()?.to_vec())
            .map_err(|_| FileError::malformed("entry: the payload type is not UTF-8"))?;
        let payload = input.part()?.to_vec();
        let [count] = input.array()?;
        let mut signatures = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            let key_id = KeyId(input.array()?);
            signatures.push(EnvelopeSignature { key_id, signature: input.array()? });
        }
        let envelope = Envelope::from_parts(payload_type, payload, signatures)?;
        let entry = Self { kind, time_ms, envelope };
        if entry.encode() != bytes {
            return Err(FileError::malformed("entry: not the canonical encoding"));
        }
        Ok(entry)
    }
}

/// The RFC 6962 leaf hash of an encoded entry: SHA-256(0x00 ‖ bytes).
pub fn leaf_hash(encoded: &[u8]) -> TreeHash {
    tlog_tiles::record_hash(encoded).into()
}

/// Bytes yet to be read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    /// The next `n` bytes.
    fn take(&mut self, n: usize) -> Result<&'a [u8], FileError> {
        let (head, rest) =
            self.0.split_at_checked(n).ok_or_else(|| FileError::malformed("entry: ends too early"))?;
        self.0 = rest;
        Ok(head)
    }

    /// The next `N` bytes as an array.
    fn array<const N: usize>(&mut self) -> Result<[u8; N], FileError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// A part prefixed with its length.
    fn part(&mut self) -> Result<&'a [u8], FileError> {
        let len = u16::from_be_bytes(self.array()?);
        self.take(usize::from(len))
    }
}
