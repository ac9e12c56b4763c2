//! Witnesses: the request, the one that decides whether to cosign, and the one that asks.
//!
//! The protocol is [C2SP tlog-witness](https://c2sp.org/tlog-witness), `add-checkpoint`, without the HTTP around it:
//! bytes come in, a status and bytes go out. A request:
//!
//! ```text
//! old 1
//! lc6jYzjGtqmORSfG+kgTQXnVSjGY6rlBqRwmFRjZHng=
//! rPQA/88z40qwhq29lizUAJwD8w8ZRfbSWWvlM0U9ZWM=
//!
//! example.com/models
//! 3
//! KdpPCu7BytqH/x9ci8tTvT8wnsHn9v++rLteQuRR9sc=
//!
//! — example.com/models 7OvJUMXeSj1Swjm31F2GDIcB/bWFOWYmCcwvnkvHBSvBxOpw1NImn3Tj8qf9HdjDUA74akWIkLKJHZ5PJxVp9Bu+zwM=
//! ```
//!
//! Whatever a log or a stranger sends, a witness cosigns no tree that does not contain the one that it cosigned last,
//! and keeps what it is about to cosign before the cosignature leaves it. Narrower than C2SP allows: the log's key is
//! plain Ed25519, and checkpoints have no extension lines.

use crate::anchor::Anchor;
use crate::checkpoint::{MAX_NOTE, SignatureLine, SignedCheckpoint};
use crate::cosignature::{CosigningKey, WitnessKey};
use crate::error::{CheckpointError, FileError, LogError, StoreError};
use crate::ids::TreeHash;
use crate::log::Log;
use crate::log_key::{Origin, VerifierKey};
use crate::proof::ConsistencyProof;
use crate::store::Store;
use crate::tree::TreeHead;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Most lines of a consistency proof.
const MAX_PROOF: usize = 63;
/// Longest request, in bytes.
pub const MAX_REQUEST: usize = MAX_NOTE + 32 + 48 * MAX_PROOF;

/// The body of an `add-checkpoint` request. Parsed is not verified.
#[derive(Debug, Clone, PartialEq)]
pub struct AddCheckpoint {
    /// The size of the tree that the witness cosigned last, as the sender believes.
    pub old: u64,
    /// That the tree of this size is a prefix of the checkpoint's.
    pub proof: ConsistencyProof,
    /// The checkpoint, signed by its log.
    pub checkpoint: SignedCheckpoint,
}

impl AddCheckpoint {
    /// Reads a request. Verifies nothing.
    ///
    /// # Errors
    /// Another form, or the checkpoint's.
    pub fn parse(body: &[u8]) -> Result<Self, CheckpointError> {
        let malformed = |what: &str| CheckpointError::malformed(format!("add-checkpoint: {what}"));
        if body.len() > MAX_REQUEST {
            return Err(malformed("too long"));
        }
        let text = std::str::from_utf8(body).map_err(|_| malformed("not UTF-8"))?;
        let (head, note) = text.split_once("\n\n").ok_or_else(|| malformed("no empty line"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old = old.and_then(size).ok_or_else(|| malformed("expected `old` and a size"))?;
        let hashes: Vec<&str> = lines.collect();
        if hashes.len() > MAX_PROOF {
            return Err(malformed("more than 63 lines of proof"));
        }
        let hash = |line: &&str| tlog_tiles::Hash::parse_hash(line).map(TreeHash::from);
        let hashes: Result<Vec<_>, _> = hashes.iter().map(hash).collect();
        let hashes = hashes.map_err(|_| malformed("a line of the proof is not a hash"))?;
        let checkpoint = SignedCheckpoint::parse(note.as_bytes())?;
        let parsed = Self { old, proof: ConsistencyProof(hashes), checkpoint };
        if parsed.to_bytes() != body {
            return Err(malformed("another spelling"));
        }
        Ok(parsed)
    }

    /// The one spelling.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("old {}\n", self.old);
        for hash in &self.proof.0 {
            text.push_str(&format!("{}\n", tlog_tiles::Hash::from(*hash)));
        }
        text.push('\n');
        let mut body = text.into_bytes();
        body.extend(self.checkpoint.to_bytes());
        body
    }
}

/// A size as the protocol spells it.
fn size(text: &str) -> Option<u64> {
    text.parse().ok().filter(|size: &u64| size.to_string() == text)
}

/// Why a witness does not cosign. Each has its HTTP status.
#[derive(Debug, thiserror::Error)]
pub enum Declined {
    /// Not a request.
    #[error(transparent)]
    Malformed(#[from] CheckpointError),
    /// The old size is above the checkpoint's.
    #[error("the old size {old} is above the checkpoint's, {new}")]
    Backwards {
        /// The old size.
        old: u64,
        /// The checkpoint's size.
        new: u64,
    },
    /// The log has not signed the checkpoint.
    #[error("not signed by the log: {0}")]
    Unsigned(CheckpointError),
    /// The witness does not follow this log.
    #[error("the log {0} is not followed here")]
    UnknownLog(Origin),
    /// The witness stands elsewhere, or has cosigned another tree of this size.
    #[error("the tree that was cosigned last has {size} entries")]
    Conflict {
        /// The size of the tree that was cosigned last.
        size: u64,
    },
    /// The proof does not show that the tree contains the one that was cosigned last.
    #[error("the consistency proof does not lead from {old} to {new} entries")]
    Inconsistent {
        /// The old size.
        old: u64,
        /// The checkpoint's size.
        new: u64,
    },
    /// The witness cannot keep what it would cosign.
    #[error("the witness cannot keep its state")]
    Store(#[from] StoreError),
}

impl Declined {
    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) | Self::Backwards { .. } => 400,
            Self::Unsigned(_) => 403,
            Self::UnknownLog(_) => 404,
            Self::Conflict { .. } => 409,
            Self::Inconsistent { .. } => 422,
            Self::Store(_) => 500,
        }
    }
}

/// A log that a witness follows.
struct Followed {
    key: VerifierKey,
    memory: Box<dyn Anchor>,
    /// The tree that was cosigned last.
    last: TreeHead,
    /// When, in POSIX seconds.
    time: u64,
}

/// A witness: cosigns what only grows.
pub struct Witness {
    key: CosigningKey,
    /// One lock for the check and the record of it, so that no other request comes between.
    logs: Mutex<BTreeMap<Origin, Followed>>,
}

impl Witness {
    /// A witness that follows nobody yet.
    pub fn new(key: CosigningKey) -> Self {
        Self { key, logs: Mutex::new(BTreeMap::new()) }
    }

    /// The witness's public key.
    pub fn key(&self) -> WitnessKey {
        self.key.witness_key()
    }

    /// Follows a log; where the last cosigned checkpoint is kept. Returns the tree that was cosigned last.
    ///
    /// Nothing but its memory keeps a witness from going back: a memory that is lost or replaced by an older one is a
    /// broken promise.
    ///
    /// # Errors
    /// The log is followed already; the memory cannot be read, or holds what this witness has not cosigned.
    pub fn follow(&self, key: VerifierKey, memory: Box<dyn Anchor>) -> Result<TreeHead, LogError> {
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        if logs.contains_key(key.origin()) {
            let what = format!("the log {} is named twice", key.origin());
            return Err(StoreError::Presence(what).into());
        }
        let (last, time) = match memory.load()? {
            None => (TreeHead::EMPTY, 0),
            Some(note) => self.remembered(&key, &SignedCheckpoint::parse(&note)?)?,
        };
        logs.insert(key.origin().clone(), Followed { key, memory, last, time });
        Ok(last)
    }

    /// The tree and the time of a note from the memory, which the log has signed and this witness too.
    fn remembered(
        &self,
        log: &VerifierKey,
        note: &SignedCheckpoint,
    ) -> Result<(TreeHead, u64), CheckpointError> {
        let own = self.key();
        let others = note.verify_listing_others(log)?;
        let line = others.iter().find(|line| own.is_of(line));
        let line = line.ok_or_else(|| CheckpointError::Unsigned(own.to_string()))?;
        let time = own.verify(note.checkpoint(), line)?;
        Ok((note.head(), time))
    }

    /// Decides on a request at this time in POSIX seconds. The tree is kept before the cosignature is returned. Times
    /// never run backwards: a clock that was put back would have the witness say what was not so.
    ///
    /// # Errors
    /// Why not.
    pub fn add_checkpoint(&self, body: &[u8], time: u64) -> Result<SignatureLine, Declined> {
        let AddCheckpoint { old, proof, checkpoint } = AddCheckpoint::parse(body)?;
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = &checkpoint.checkpoint().origin;
        let followed = logs.get_mut(origin).ok_or_else(|| Declined::UnknownLog(origin.clone()))?;
        checkpoint.verify_listing_others(&followed.key).map_err(Declined::Unsigned)?;
        let head = checkpoint.head();
        if old > head.size {
            return Err(Declined::Backwards { old, new: head.size });
        }
        if old != followed.last.size {
            return Err(Declined::Conflict { size: followed.last.size });
        }
        if old == head.size && head != followed.last {
            return Err(Declined::Conflict { size: followed.last.size });
        }
        proof.verify(followed.last, head).map_err(|_| Declined::Inconsistent { old, new: head.size })?;
        let time = time.max(followed.time);
        let line = self.key.cosign(checkpoint.checkpoint(), time);
        // Lines of others are not this witness's business: it keeps the log's and its own.
        let own = SignedCheckpoint::from_lines(&checkpoint, |l| followed.key.is_of(l), line.clone());
        followed.memory.save(&own.to_bytes())?;
        (followed.last, followed.time) = (head, time);
        Ok(line)
    }
}

/// Why a witness that was asked has not cosigned.
#[derive(Debug, thiserror::Error)]
pub enum AskError<E> {
    /// It could not be reached.
    #[error("{0}")]
    Unreachable(E),
    /// It answered with this status and these words.
    #[error("it answers {status}: {text}")]
    Status {
        /// HTTP status.
        status: u16,
        /// The beginning of what it said.
        text: String,
    },
    /// It has cosigned a larger tree already, or another one of this size.
    #[error("it has cosigned a tree of {known} entries already, and is asked about one of {asked}")]
    Ahead {
        /// The size of the tree that it cosigned last.
        known: u64,
        /// The size of the tree that it is asked about.
        asked: u64,
    },
    /// Its answer has no cosignature by the key that the policy names, or one that does not verify.
    #[error("it answers with a cosignature that does not verify")]
    Wrong,
    /// The log has not the tree that it is asked about.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Most requests for one cosignature: the size may change while it is asked for, but not for ever.
const MAX_REQUESTS: usize = 3;
/// Longest text of an answer that is quoted.
const MAX_QUOTE: usize = 200;

/// Asks a witness to cosign a checkpoint of a log: sends a request through `post`, which returns status and body, and
/// once more with the size that the witness names. Returns the line, which was verified, and its time.
///
/// # Errors
/// Why there is none.
pub fn ask<S: Store, E>(
    log: &Log<S>,
    witness: &WitnessKey,
    note: &SignedCheckpoint,
    mut post: impl FnMut(&[u8]) -> Result<(u16, Vec<u8>), E>,
) -> Result<(SignatureLine, u64), AskError<E>> {
    let asked = note.head().size;
    let (mut old, mut requests) = (0, 0);
    loop {
        requests += 1;
        let proof = log.prove_consistency(old, asked)?;
        let request = AddCheckpoint { old, proof, checkpoint: note.clone() };
        let (status, body) = post(&request.to_bytes()).map_err(AskError::Unreachable)?;
        let text = String::from_utf8_lossy(&body);
        match status {
            200 => {
                let lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
                let mut lines = lines.filter_map(|line| SignatureLine::from_bytes(line.as_bytes()).ok());
                let line = lines.find(|line| witness.is_of(line)).ok_or(AskError::Wrong)?;
                let time = witness.verify(note.checkpoint(), &line).map_err(|_| AskError::Wrong)?;
                return Ok((line, time));
            }
            409 => {
                let known = text.strip_suffix('\n').and_then(size).ok_or(AskError::Wrong)?;
                // A witness that names the size that it was just told says that it has another tree of it.
                if known <= old || known > asked || requests == MAX_REQUESTS {
                    return Err(AskError::Ahead { known, asked });
                }
                old = known;
            }
            _ => {
                let text = text.chars().take(MAX_QUOTE).filter(|c| !c.is_control()).collect();
                return Err(AskError::Status { status, text });
            }
        }
    }
}

/// The name of the file in which a witness keeps its last checkpoint of a log.
pub fn memory_file(origin: &Origin) -> String {
    format!("{}.checkpoint", origin.as_str().replace('/', "%2F").replace(':', "%3A"))
}

/// Reads the logs that a witness follows: verifier keys, a line each; empty lines and lines that start with `#` are
/// passed over.
///
/// # Errors
/// A line is no key, or two keys are of one log.
pub fn read_logs(text: &str) -> Result<Vec<VerifierKey>, FileError> {
    let mut logs: Vec<VerifierKey> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = |what: &str| FileError::malformed(format!("line {}: {what}", number + 1));
        let key: VerifierKey = line.parse().map_err(|error: FileError| wrong(&error.to_string()))?;
        if logs.iter().any(|known| known.origin() == key.origin()) {
            return Err(wrong("a second key of one log"));
        }
        logs.push(key);
    }
    Ok(logs)
}
