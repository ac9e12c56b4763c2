//! Signed files: [DSSE](https://github.com/secure-systems-lab/dsse) envelopes with Ed25519.
//!
//! ```json
//! {"payload":"eyJtYXJrZXQiOiJleGFtcGxlLmNvbS9tb2RlbHMifQ==",
//!  "payloadType":"application/vnd.quittance.abort.v1+json",
//!  "signatures":[{"keyid":"<64 hex digits>","sig":"<88 base64 characters>"}]}
//! ```
//!
//! What is signed is the PAE: the exact bytes of the payload and its type. Nothing is decoded,
//! re-encoded or normalised before the signature is checked.
//!
//! **Spelling.** The envelope itself is not signed, so white space and the order of its fields carry
//! no meaning and [`Envelope::parse`] accepts any (Python's `json.dumps` puts spaces). Everything that
//! could make two readers disagree is refused: lists for objects, unknown, missing or repeated fields, base64 that is
//! not the one standard encoding, key ids in upper case, signatures out of order or repeated.
//! [`Envelope::to_json`] writes the one canonical (RFC 8785) spelling.

use crate::error::FileError;
use crate::ids::{KeyId, RecordId};
use crate::key::PublicKey;
use crate::object::Object;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signer as _, SigningKey};
use serde::Deserialize;
use std::cell::LazyCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Longest payload, in bytes.
pub const MAX_PAYLOAD: usize = 48 * 1024;
/// Longest signed file, in bytes: a full payload in base64, all signatures, and room for white space.
pub const MAX_FILE: usize = 128 * 1024;
/// Longest payload type, in bytes.
pub const MAX_PAYLOAD_TYPE: usize = 127;
/// Most signatures. With this many and a full payload an entry still fits 65,535 bytes.
pub const MAX_SIGNATURES: usize = 100;

/// BLAKE3 context of record ids.
const RECORD_ID_CONTEXT: &str = "quittance v1 record-id";
/// What stands before the kind in a payload type.
const TYPE_PREFIX: &str = "application/vnd.quittance.";
/// What stands after the kind and before the version.
const TYPE_SUFFIX: &str = "+json";

/// One signature of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnvelopeSignature {
    /// The name of the key that signed.
    pub key_id: KeyId,
    /// The Ed25519 signature over the PAE.
    pub signature: [u8; 64],
}

/// A payload, its type and its signatures, which are sorted by key id and of different keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    payload_type: String,
    payload: Vec<u8>,
    signatures: Vec<EnvelopeSignature>,
}

/// The JSON form. `serde` refuses unknown, missing and repeated fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeJson {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<Object<SignatureJson>>,
}

/// One signature in the JSON form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureJson {
    keyid: String,
    sig: String,
}

/// The payload type of a kind, in version 1: `application/vnd.quittance.<kind>.v1+json`.
pub fn payload_type(kind: &str) -> String {
    format!("{TYPE_PREFIX}{kind}.v1{TYPE_SUFFIX}")
}

impl Envelope {
    /// Signs a payload with one or more keys.
    pub fn sign(
        payload_type: impl Into<String>,
        payload: impl Into<Vec<u8>>,
        keys: &[&SigningKey],
    ) -> Result<Self, FileError> {
        let mut envelope = Self::from_parts(payload_type.into(), payload.into(), Vec::new())?;
        for key in keys {
            envelope.add_signature(key)?;
        }
        Ok(envelope)
    }

    /// Puts an envelope together from its parts, with the same checks as [`Envelope::parse`].
    pub fn from_parts(
        payload_type: String,
        payload: Vec<u8>,
        signatures: Vec<EnvelopeSignature>,
    ) -> Result<Self, FileError> {
        check_payload_type(&payload_type)?;
        limit("the payload", payload.len(), MAX_PAYLOAD)?;
        if signatures.len() > MAX_SIGNATURES {
            return Err(FileError::malformed(format!(
                "{} signatures, at most {MAX_SIGNATURES} are allowed",
                signatures.len()
            )));
        }
        for pair in signatures.windows(2) {
            match pair[0].key_id.cmp(&pair[1].key_id) {
                Ordering::Less => {}
                Ordering::Equal => return Err(FileError::SignerRepeated(pair[0].key_id)),
                Ordering::Greater => {
                    return Err(FileError::malformed("the signatures are not sorted by keyid"));
                }
            }
        }
        Ok(Self { payload_type, payload, signatures })
    }

    /// Reads a signed file. Verifies nothing.
    pub fn parse(file: &[u8]) -> Result<Self, FileError> {
        limit("the signed file", file.len(), MAX_FILE)?;
        let Object(json): Object<EnvelopeJson> = serde_json::from_slice(file)
            .map_err(|error| FileError::malformed(format!("not a signed file: {error}")))?;
        let payload = decode_base64("payload", &json.payload)?;
        let mut signatures = Vec::with_capacity(json.signatures.len());
        for Object(entry) in &json.signatures {
            let key_id =
                entry.keyid.parse().map_err(|error| FileError::malformed(format!("keyid: {error}")))?;
            let signature = decode_base64("sig", &entry.sig)?
                .try_into()
                .map_err(|_| FileError::malformed("sig: an Ed25519 signature has 64 bytes"))?;
            signatures.push(EnvelopeSignature { key_id, signature });
        }
        Self::from_parts(json.payload_type, payload, signatures)
    }

    /// The canonical spelling: RFC 8785, no white space, no newline at the end.
    pub fn to_json(&self) -> String {
        // No string here needs escaping: base64, hex, and payload types of `check_payload_type`.
        let signatures: Vec<String> = self
            .signatures
            .iter()
            .map(|s| {
                let sig = BASE64.encode(s.signature);
                format!(r#"{{"keyid":"{}","sig":"{sig}"}}"#, s.key_id)
            })
            .collect();
        format!(
            r#"{{"payload":"{}","payloadType":"{}","signatures":[{}]}}"#,
            BASE64.encode(&self.payload),
            self.payload_type,
            signatures.join(",")
        )
    }

    /// The payload type.
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// The payload, exactly as signed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The signatures, sorted by key id.
    pub fn signatures(&self) -> &[EnvelopeSignature] {
        &self.signatures
    }

    /// The kind in the payload type: `bid` of `application/vnd.quittance.bid.v1+json`.
    pub fn kind(&self) -> Result<&str, FileError> {
        let unknown = || FileError::KindUnknown(self.payload_type.clone());
        let (kind, version) = self
            .payload_type
            .strip_prefix(TYPE_PREFIX)
            .and_then(|rest| rest.strip_suffix(TYPE_SUFFIX))
            .and_then(|rest| rest.split_once(".v"))
            .ok_or_else(unknown)?;
        let kind_is_plain = kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let version_is_number = version.bytes().all(|b| b.is_ascii_digit()) && !version.starts_with('0');
        if kind.is_empty() || !kind_is_plain || version.is_empty() || !version_is_number {
            return Err(unknown());
        }
        if version != "1" {
            return Err(FileError::VersionUnknown(self.payload_type.clone()));
        }
        Ok(kind)
    }

    /// The bytes that are signed: DSSE pre-authentication encoding.
    pub fn pae(&self) -> Vec<u8> {
        pae(&self.payload_type, &self.payload)
    }

    /// The record id, which resubmission, another time or another signature value do not change.
    pub fn record_id(&self) -> RecordId {
        let mut hasher = blake3::Hasher::new_derive_key(RECORD_ID_CONTEXT);
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        part(&self.pae());
        for signature in &self.signatures {
            part(signature.key_id.as_bytes());
        }
        RecordId(*hasher.finalize().as_bytes())
    }

    /// Adds a signature: several members sign one file in turn.
    pub fn add_signature(&mut self, key: &SigningKey) -> Result<(), FileError> {
        let key_id = PublicKey::from(key).id();
        let Err(place) = self.signatures.binary_search_by_key(&key_id, |s| s.key_id) else {
            return Err(FileError::SignerRepeated(key_id));
        };
        if self.signatures.len() == MAX_SIGNATURES {
            return Err(FileError::malformed("no room for another signature"));
        }
        let signature = key.sign(&self.pae()).to_bytes();
        self.signatures.insert(place, EnvelopeSignature { key_id, signature });
        Ok(())
    }

    /// Checks that exactly these keys have signed, each once: none missing, none beside them. The
    /// order of `keys` is of no account; nobody's signature is not enough, so none at all is refused.
    pub fn verify(&self, keys: &[PublicKey]) -> Result<(), FileError> {
        self.verify_knowing(keys, &Verified::default())
    }

    /// As [`Self::verify`], without computing again what was found of this envelope's signatures before.
    pub fn verify_knowing(&self, keys: &[PublicKey], known: &Verified) -> Result<(), FileError> {
        if keys.is_empty() {
            return Err(FileError::malformed("a signed file needs a signer"));
        }
        let mut asked = BTreeMap::new();
        for key in keys {
            if asked.insert(key.id(), key).is_some() {
                return Err(FileError::SignerRepeated(key.id()));
            }
        }
        let present = |id: &KeyId| self.signatures.iter().any(|s| s.key_id == *id);
        if let Some(missing) = asked.keys().find(|id| !present(id)) {
            return Err(FileError::SignatureMissing(*missing));
        }
        let pae = LazyCell::new(|| self.pae());
        for signature in &self.signatures {
            let id = signature.key_id;
            let key = asked.get(&id).ok_or(FileError::SignatureExtra(id))?;
            if !known.0.contains(&id) && !key.verifies(&pae, &signature.signature) {
                return Err(FileError::SignatureWrong(id));
            }
        }
        Ok(())
    }

    /// Which signatures are right, of those whose key is found under its id. Whether these keys should have signed
    /// is another question.
    pub fn verified(&self, key_of: impl Fn(&KeyId) -> Option<PublicKey>) -> Verified {
        let pae = self.pae();
        let right = |signature: &&EnvelopeSignature| {
            let key = key_of(&signature.key_id).filter(|key| key.id() == signature.key_id);
            key.is_some_and(|key| key.verifies(&pae, &signature.signature))
        };
        Verified(self.signatures.iter().filter(right).map(|signature| signature.key_id).collect())
    }
}

/// Keys whose signatures over one envelope were seen to be right. A key id names one key for ever.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified(Vec<KeyId>);

impl Verified {
    /// All signatures of an envelope that was verified before: the caller knows that these are the same bytes.
    pub fn before(envelope: &Envelope) -> Self {
        Self(envelope.signatures.iter().map(|signature| signature.key_id).collect())
    }
}

/// DSSE pre-authentication encoding of a payload and its type.
fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// Refuses what is longer than its limit.
fn limit(what: &'static str, found: usize, limit: usize) -> Result<(), FileError> {
    if found > limit {
        return Err(FileError::TooLarge { what, found, limit });
    }
    Ok(())
}

/// A media type of plain characters, so that no JSON spelling of it needs an escape.
fn check_payload_type(text: &str) -> Result<(), FileError> {
    limit("the payload type", text.len(), MAX_PAYLOAD_TYPE)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"./+-_:".contains(&b);
    if text.is_empty() || !text.bytes().all(plain) {
        return Err(FileError::malformed("payloadType is not a plain media type"));
    }
    Ok(())
}

/// Standard base64 with canonical padding and zero trailing bits, and nothing else.
fn decode_base64(field: &str, text: &str) -> Result<Vec<u8>, FileError> {
    let bytes = BASE64.decode(text).map_err(|error| FileError::malformed(format!("{field}: {error}")))?;
    // The decoder is strict already; this does not rest on its defaults.
    if BASE64.encode(&bytes) != text {
        return Err(FileError::malformed(format!("{field}: not canonical base64")));
    }
    Ok(bytes)
}
