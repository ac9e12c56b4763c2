//! Cosignatures: what a witness says about a checkpoint, and when.
//!
//! A [C2SP cosignature/v1](https://c2sp.org/tlog-cosignature): an Ed25519 signature over a time and a checkpoint, by
//! somebody other than the log, as one more signature line of the note. It says: at this time (POSIX seconds) this
//! was the largest tree of the log that the witness had seen, and it contains all that the witness saw before.
//!
//! ```text
//! cosignature/v1
//! time 1700000000
//! example.com/models
//! 3
//! KdpPCu7BytqH/x9ci8tTvT8wnsHn9v++rLteQuRR9sc=
//! ```
//!
//! Narrower than C2SP allows: Ed25519 only, and a witness's name is written in the letters of an [`Origin`].

use crate::checkpoint::{Checkpoint, SignatureLine, SignedCheckpoint};
use crate::error::{CheckpointError, FileError, LogError};
use crate::key::PublicKey;
use crate::log::Log;
use crate::log_key::{Origin, split_key};
use crate::policy::WitnessPolicy;
use crate::store::Store;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signer as _, SigningKey};
use std::fmt;
use std::str::FromStr;

/// Signature type byte of timestamped Ed25519 cosignatures of witnesses.
pub(crate) const TYPE_COSIGNATURE: u8 = 4;
/// Signature type byte of ML-DSA-44 cosignatures, which this version does not know.
const TYPE_ML_DSA: u8 = 6;
/// The latest time that a cosignature may have, in POSIX seconds.
const MAX_TIME: u64 = i64::MAX as u64;

/// What a witness signs: the checkpoint's text below the time.
fn message(checkpoint: &Checkpoint, time: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{}", checkpoint.text()).into_bytes()
}

/// The public key of a witness: `witness.example/w1+1f2e3d4c+BE…`.
#[derive(Clone, PartialEq, Eq)]
pub struct WitnessKey {
    name: Origin,
    key: PublicKey,
}

impl WitnessKey {
    /// The key of the witness of this name.
    pub fn new(name: Origin, key: PublicKey) -> Self {
        Self { name, key }
    }

    /// The witness's name.
    pub fn name(&self) -> &Origin {
        &self.name
    }

    /// The Ed25519 key.
    pub fn public_key(&self) -> PublicKey {
        self.key
    }

    /// The signature type and the key, which stand in the key's text.
    fn typed(&self) -> Vec<u8> {
        [&[TYPE_COSIGNATURE], self.key.to_bytes().as_slice()].concat()
    }

    /// The 32-bit id that stands in signature lines.
    pub fn note_key_id(&self) -> u32 {
        signed_note::key_id(self.name.as_str(), &self.typed())
    }

    /// Whether a signature line claims to be this witness's.
    pub fn is_of(&self, line: &SignatureLine) -> bool {
        line.name() == self.name.as_str() && line.id() == self.note_key_id()
    }

    /// Checks that a line is this witness's cosignature of a checkpoint, and returns its time in POSIX seconds.
    ///
    /// # Errors
    /// The line is somebody else's, of another form, or does not verify.
    pub fn verify(&self, checkpoint: &Checkpoint, line: &SignatureLine) -> Result<u64, CheckpointError> {
        let wrong = || CheckpointError::SignatureWrong(format!("{}+{:08x}", line.name(), line.id()));
        if !self.is_of(line) {
            return Err(wrong());
        }
        let (time, signature) = line.signature().split_first_chunk::<8>().ok_or_else(wrong)?;
        let time = u64::from_be_bytes(*time);
        let signature = signature.try_into().map_err(|_| wrong())?;
        if time > MAX_TIME || !self.key.verifies(&message(checkpoint, time), signature) {
            return Err(wrong());
        }
        Ok(time)
    }
}

impl FromStr for WitnessKey {
    type Err = FileError;

    /// Reads the one spelling of a witness's key.
    fn from_str(text: &str) -> Result<Self, FileError> {
        let malformed = || FileError::malformed("not a witness key: expected <name>+<id>+<key>");
        let (name, data) = split_key(text).ok_or_else(malformed)?;
        match data.split_first() {
            Some((&TYPE_COSIGNATURE, key)) => {
                let key = PublicKey::parse(key.try_into().map_err(|_| malformed())?)?;
                let parsed = Self { name: name.parse()?, key };
                if parsed.to_string() != text {
                    return Err(FileError::malformed("witness key: wrong id or spelling"));
                }
                Ok(parsed)
            }
            Some((&TYPE_ML_DSA, _)) => {
                Err(FileError::VersionUnknown("a witness key of type ML-DSA-44".into()))
            }
            Some((&1, _)) => Err(FileError::malformed(
                "the key of a log, where a witness key (cosignature/v1, type 4) is expected",
            )),
            _ => Err(malformed()),
        }
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.note_key_id(), BASE64.encode(self.typed()))
    }
}

impl fmt::Debug for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WitnessKey({self})")
    }
}

/// The secret key of a witness. Wiped on drop; shown by nothing.
///
/// A cosignature does not name the witness, so the key of one witness must be no other witness's, nor a log's.
pub struct CosigningKey {
    name: Origin,
    key: SigningKey,
}

impl CosigningKey {
    /// The witness of this name signs with this key.
    pub fn new(name: Origin, key: SigningKey) -> Self {
        Self { name, key }
    }

    /// The public half.
    pub fn witness_key(&self) -> WitnessKey {
        WitnessKey::new(self.name.clone(), PublicKey::from(&self.key))
    }

    /// Cosigns a checkpoint at a time in POSIX seconds. Only [`crate::witness::Witness`] knows whether it should be.
    pub fn cosign(&self, checkpoint: &Checkpoint, time: u64) -> SignatureLine {
        let time = time.min(MAX_TIME);
        let signature = self.key.sign(&message(checkpoint, time)).to_bytes();
        let signature = [time.to_be_bytes().as_slice(), &signature].concat();
        let id = self.witness_key().note_key_id();
        SignatureLine::new(self.name.as_str().to_owned(), id, signature)
            .expect("every origin is a valid key name")
    }
}

impl fmt::Debug for CosigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CosigningKey({}, secret)", self.witness_key())
    }
}

impl SignedCheckpoint {
    /// The same checkpoint with those cosignatures of a policy's witnesses that it does not have yet. A witness's
    /// first cosignature stays: it says how early the checkpoint was known.
    ///
    /// # Errors
    /// A line is of no witness of the policy, or does not verify.
    pub fn with_cosignatures(
        mut self,
        policy: &WitnessPolicy,
        lines: impl IntoIterator<Item = SignatureLine>,
    ) -> Result<Self, CheckpointError> {
        for line in lines {
            policy.verify_line(self.checkpoint(), &line)?;
            if !self.lines().iter().any(|l| l.name() == line.name() && l.id() == line.id()) {
                self.add_line(line)?;
            }
        }
        Ok(self)
    }
}

impl<S: Store> Log<S> {
    /// Adds cosignatures to the kept note of a size, and returns the note. To be called before anybody names the note
    /// by its digest.
    ///
    /// # Errors
    /// There is no such note; a line does not verify; the storage.
    pub fn add_cosignatures(
        &self,
        size: u64,
        policy: &WitnessPolicy,
        lines: impl IntoIterator<Item = SignatureLine>,
    ) -> Result<SignedCheckpoint, LogError> {
        let kept = self.checkpoint(size)?;
        let missing = || LogError::OutOfRange {
            what: format!("the signed checkpoint of {size} entries"),
            size: self.size(),
        };
        let kept = kept.ok_or_else(missing)?;
        let note = kept.clone().with_cosignatures(policy, lines)?;
        if note != kept {
            self.store().put_checkpoint(size, &note.to_bytes())?;
        }
        Ok(note)
    }
}
