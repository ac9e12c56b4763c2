//! The keys of a log: the secret half that signs checkpoints, the public half that verifies them.
//!
//! Both have a text form of the [C2SP signed note](https://c2sp.org/signed-note) world, `<name>+<id>+<key
//! data>`; the name is the log's origin. Whoever holds the text of a [`LogKey`] is the log.

use crate::checkpoint::{Checkpoint, SignatureLine, SignedCheckpoint};
use crate::cosignature::TYPE_COSIGNATURE;
use crate::error::FileError;
use crate::key::PublicKey;
use crate::tree::TreeHead;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signer as _, SigningKey};
use signed_note::{VerificationError, Verifier, Verifiers};
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// Signature type byte of plain Ed25519 note signatures.
const TYPE_ED25519: u8 = 1;
/// Longest origin, in bytes.
const MAX_ORIGIN: usize = 128;
/// First words of a secret key's text.
const SECRET_PREFIX: &str = "PRIVATE+KEY+";

/// The name of a log, and so of its market: like `example.com/models`, a URL without scheme.
///
/// ASCII letters, digits and `. - _ / : ~` only, so that it looks the same to everybody and needs no
/// escape in JSON, notes or paths.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

impl Origin {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = FileError;

    fn from_str(text: &str) -> Result<Self, FileError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_/:~".contains(&b);
        if text.is_empty() || text.len() > MAX_ORIGIN || !text.bytes().all(plain) {
            return Err(FileError::malformed(format!(
                "an origin has 1 to {MAX_ORIGIN} letters, digits or . - _ / : ~, found {text:?}"
            )));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name, and the type and key, of a C2SP verifier key. The id between them is for the caller to compare.
pub(crate) fn split_key(text: &str) -> Option<(&str, Vec<u8>)> {
    let mut parts = text.splitn(3, '+');
    let (name, _, data) = (parts.next()?, parts.next()?, parts.next()?);
    Some((name, BASE64.decode(data).ok()?))
}

/// The public key of a log: `example.com/models+1f2e3d4c+AR…`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    origin: Origin,
    key: PublicKey,
}

impl VerifierKey {
    /// The key of the log of this name.
    pub fn new(origin: Origin, key: PublicKey) -> Self {
        Self { origin, key }
    }

    /// The log's origin, which is the key's name too.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The Ed25519 key.
    pub fn public_key(&self) -> PublicKey {
        self.key
    }

    /// The 32-bit id that stands in signature lines.
    pub fn note_key_id(&self) -> u32 {
        let typed = [&[TYPE_ED25519], self.key.to_bytes().as_slice()].concat();
        signed_note::key_id(self.origin.as_str(), &typed)
    }
}

impl VerifierKey {
    /// Whether a signature line claims to be this log's.
    pub(crate) fn is_of(&self, line: &SignatureLine) -> bool {
        line.name() == self.origin.as_str() && line.id() == self.note_key_id()
    }
}

impl FromStr for VerifierKey {
    type Err = FileError;

    /// Reads the one spelling of a verifier key.
    fn from_str(text: &str) -> Result<Self, FileError> {
        let malformed = || FileError::malformed("not a verifier key: expected <origin>+<id>+<key>");
        let (name, data) = split_key(text).ok_or_else(malformed)?;
        match data.split_first() {
            Some((&TYPE_ED25519, key)) => {
                let key = PublicKey::parse(key.try_into().map_err(|_| malformed())?)?;
                let parsed = Self { origin: name.parse()?, key };
                // Covers the id, its case, and the base64.
                if parsed.to_string() != text {
                    return Err(FileError::malformed("verifier key: wrong id or spelling"));
                }
                Ok(parsed)
            }
            Some((&TYPE_COSIGNATURE, _)) => {
                Err(FileError::VersionUnknown("a witness key (cosignature/v1) as the key of a log".into()))
            }
            _ => Err(malformed()),
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key.as_dalek();
        f.write_str(&signed_note::new_ed25519_verifier_key(self.origin.as_str(), key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

// `signed_note::StandardVerifier` verifies without `verify_strict` and takes weak keys; hence our own.
impl Verifier for VerifierKey {
    fn name(&self) -> &str {
        self.origin.as_str()
    }

    fn key_id(&self) -> u32 {
        self.note_key_id()
    }

    fn verify(&self, msg: &[u8], sig: &[u8]) -> bool {
        sig.try_into().is_ok_and(|sig| self.key.verifies(msg, sig))
    }
}

impl Verifiers for VerifierKey {
    fn verifier(&self, name: &str, id: u32) -> Result<&dyn Verifier, VerificationError> {
        if name == self.origin.as_str() && id == self.note_key_id() {
            Ok(self)
        } else {
            Err(VerificationError::UnknownKey { name: name.to_owned(), id })
        }
    }
}

/// The secret key of a log. Wiped on drop; shown by nothing but [`LogKey::to_secret_text`].
///
/// The same Ed25519 key signs checkpoints (notes) and entry 0 (an envelope). No message is both: a PAE
/// starts with `DSSEv1` and a space, and the first line of a note is an origin, which has no space.
pub struct LogKey {
    origin: Origin,
    key: SigningKey,
}

impl LogKey {
    /// The log of this name signs with this key.
    pub fn new(origin: Origin, key: SigningKey) -> Self {
        Self { origin, key }
    }

    /// The log's origin.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The Ed25519 key, for signing entry 0.
    pub fn signing_key(&self) -> &SigningKey {
        &self.key
    }

    /// The public half.
    pub fn verifier_key(&self) -> VerifierKey {
        VerifierKey::new(self.origin.clone(), PublicKey::from(&self.key))
    }

    /// Signs a tree. Only [`crate::Log::publish_checkpoint`] knows whether it should be signed.
    pub fn sign(&self, head: TreeHead) -> SignedCheckpoint {
        let checkpoint = Checkpoint { origin: self.origin.clone(), head };
        let signature = self.key.sign(checkpoint.text().as_bytes()).to_bytes();
        let name = self.origin.as_str().to_owned();
        let id = self.verifier_key().note_key_id();
        let line = signed_note::Signature::new(name, id, signature.to_vec())
            .expect("every origin is a valid key name");
        SignedCheckpoint::from_parts(checkpoint, line)
    }

    /// The text to keep in a secret file: `PRIVATE+KEY+<origin>+<id>+<key>`.
    pub fn to_secret_text(&self) -> Zeroizing<String> {
        let seed = Zeroizing::new(self.key.to_bytes());
        let typed = Zeroizing::new([&[TYPE_ED25519], seed.as_slice()].concat());
        let data = Zeroizing::new(BASE64.encode(typed.as_slice()));
        let id = self.verifier_key().note_key_id();
        let origin = self.origin.as_str();
        Zeroizing::new(format!("{SECRET_PREFIX}{origin}+{id:08x}+{}", data.as_str()))
    }

    /// Reads [`LogKey::to_secret_text`]. The errors quote nothing of the text.
    pub fn parse_secret_text(text: &str) -> Result<Self, FileError> {
        let malformed = || FileError::malformed("not the secret key of a log");
        let rest = text.strip_prefix(SECRET_PREFIX).ok_or_else(malformed)?;
        let mut parts = rest.splitn(3, '+');
        let (Some(name), Some(_), Some(data)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(malformed());
        };
        let data = Zeroizing::new(BASE64.decode(data).map_err(|_| malformed())?);
        let Some((&TYPE_ED25519, seed)) = data.split_first() else {
            return Err(malformed());
        };
        let seed: &[u8; 32] = seed.try_into().map_err(|_| malformed())?;
        let origin = name.parse().map_err(|_| malformed())?;
        let key = Self { origin, key: SigningKey::from_bytes(seed) };
        if key.to_secret_text().as_str() != text {
            return Err(malformed());
        }
        Ok(key)
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogKey({}, secret)", self.verifier_key())
    }
}
