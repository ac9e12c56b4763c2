//! What can go wrong, and who is to blame.
//!
//! | type | blame | typical answer |
//! |---|---|---|
//! | [`KeyError`], [`FileError`] | whoever made the file | refuse it |
//! | [`CheckpointError`] | the log, or whoever handed the note on | do not believe it |
//! | [`ProofError`] | the log, or whoever handed the proof on | do not believe it |
//! | [`StoreError`] | this machine | stop |
//! | [`LogError`] | this machine, or the caller | stop, or fix the call |
//!
//! Every error has a stable code word (`code`), which other programs may match on; the sentences
//! may change.

use crate::ids::{KeyId, TreeHash};
use crate::tree::TreeHead;

/// An Ed25519 public key that must not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not the one encoding of a point of the curve.
    #[error("not a canonical Ed25519 public key")]
    NotCanonical,
    /// A point of small order: signatures under it say nothing about who signed.
    #[error("weak Ed25519 public key: a point of small order")]
    Weak,
    /// A point with a small-order part: verifiers disagree on its signatures.
    #[error("unsound Ed25519 public key: a point outside the prime-order subgroup")]
    MixedOrder,
}

impl KeyError {
    /// The stable code word.
    pub const fn code(&self) -> &'static str {
        "signature_invalid"
    }
}

/// A signed file, an entry or a verifier-key file that must be refused. Its maker is to blame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Not the format.
    #[error("{0}")]
    Malformed(String),
    /// Longer than the format allows.
    #[error("{what} has {found} bytes, the limit is {limit}")]
    TooLarge {
        /// Which part is too long.
        what: &'static str,
        /// How long it is.
        found: usize,
        /// How long it may be.
        limit: usize,
    },
    /// The payload type names no kind of this project.
    #[error("payload type {0:?} is not of the form application/vnd.quittance.<kind>.v1+json")]
    KindUnknown(String),
    /// The payload type names a version, or the file a feature, that this program does not know.
    #[error("{0} is not known to this version of the program")]
    VersionUnknown(String),
    /// A required signature is missing.
    #[error("no signature by key {0}")]
    SignatureMissing(KeyId),
    /// A signature by a key that must not sign this file.
    #[error("a signature by key {0}, which is not asked for")]
    SignatureExtra(KeyId),
    /// A signature does not verify.
    #[error("the signature by key {0} does not verify")]
    SignatureWrong(KeyId),
    /// A key stands twice.
    #[error("key {0} signs twice")]
    SignerRepeated(KeyId),
    /// A key in the file is unusable.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl FileError {
    /// A malformed file, with what is wrong in words.
    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed(what.into())
    }

    /// The stable code word.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "file_malformed",
            Self::TooLarge { .. } => "file_too_large",
            Self::KindUnknown(_) => "kind_unknown",
            Self::VersionUnknown(_) => "version_unknown",
            Self::SignatureMissing(_)
            | Self::SignatureExtra(_)
            | Self::SignatureWrong(_)
            | Self::SignerRepeated(_)
            | Self::Key(_) => "signature_invalid",
        }
    }
}

/// A checkpoint or receipt that must not be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a checkpoint of this format.
    #[error("{0}")]
    Malformed(String),
    /// The checkpoint is another log's.
    #[error("the checkpoint is of {found}, expected {expected}")]
    WrongOrigin {
        /// The origin in the checkpoint.
        found: String,
        /// The origin of the verifier key.
        expected: String,
    },
    /// The log has not signed it.
    #[error("no signature by {0}")]
    Unsigned(String),
    /// A signature line of a known key does not verify.
    #[error("the signature by {0} does not verify")]
    SignatureWrong(String),
    /// A signature line of a key nobody named, where only named keys may sign.
    #[error("a signature line of {0}, which the market's key file does not name")]
    LineUnknown(String),
    /// Too few witnesses have cosigned.
    #[error(
        "the checkpoint of {size} entries is cosigned by {by}; the policy asks for the quorum {quorum:?}"
    )]
    QuorumMissing {
        /// Its tree's size.
        size: u64,
        /// Who has cosigned, by their names in the policy.
        by: String,
        /// The quorum's name in the policy.
        quorum: String,
    },
}

impl CheckpointError {
    /// A malformed checkpoint, with what is wrong in words.
    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed(what.into())
    }

    /// The stable code word.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "checkpoint_malformed",
            Self::WrongOrigin { .. } => "market_mismatch",
            Self::Unsigned(_) | Self::SignatureWrong(_) | Self::LineUnknown(_) => {
                "checkpoint_signature_invalid"
            }
            Self::QuorumMissing { .. } => "quorum_missing",
        }
    }
}

/// A tree proof that does not prove what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf is not shown to stand at the index.
    #[error("the inclusion proof does not lead to the checkpoint's root")]
    Inclusion,
    /// The smaller tree is not shown to be a prefix of the larger.
    #[error("the consistency proof does not connect the two checkpoints: the log was rewritten")]
    Consistency,
    /// The leaves are not shown to stand in the range.
    #[error("the range proof does not lead to the checkpoint's root")]
    Range,
}

impl ProofError {
    /// The stable code word.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Inclusion => "inclusion_invalid",
            Self::Consistency => "log_forked",
            Self::Range => "range_invalid",
        }
    }
}

/// A receipt that must not be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The file is not a receipt.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its checkpoint must not be believed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Its proof does not prove it.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl ReceiptError {
    /// The stable code word.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::File(error) => error.code(),
            Self::Checkpoint(error) => error.code(),
            Self::Proof(error) => error.code(),
        }
    }
}

/// The storage of this machine failed. Nothing that was not acknowledged before may be relied on.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system or the database reported an error.
    #[error("{what}: {source}")]
    Failed {
        /// What was being done.
        what: String,
        /// What was reported.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What was read cannot have been written by this program.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// The store holds less than it had acknowledged, or something else: a part of it was cut off, zeroed or
    /// replaced by an older one.
    #[error("{lost} are lost: have {have}, acknowledged {acknowledged}")]
    Lost {
        /// What.
        lost: &'static str,
        /// The tree in the store.
        have: TreeHead,
        /// The tree after the last acknowledged write.
        acknowledged: TreeHead,
    },
    /// An earlier write failed, so what the store holds is unknown until it is opened again.
    #[error("the store is closed for writing after an earlier write error")]
    Poisoned,
    /// The store was opened for reading only.
    #[error("the store is open for reading only")]
    ReadOnly,
    /// A batch does not continue the log, because somebody else appended.
    #[error("the batch starts at {first}, but the store holds {size} entries: two writers?")]
    Conflict {
        /// First index of the batch.
        first: u64,
        /// Entries in the store.
        size: u64,
    },
    /// The store was written in a format this program does not know.
    #[error("the store has format {found:?}, this program knows {known:?}")]
    Format {
        /// What the store says.
        found: String,
        /// What this program writes.
        known: &'static str,
    },
    /// A store stands where a new one should be made, or none where one should be opened.
    #[error("{0}")]
    Presence(String),
}

impl StoreError {
    /// An error of the machine, with what was being done.
    pub fn failed(
        what: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Failed { what: what.into(), source: source.into() }
    }

    /// The stable code word.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Failed { .. } => "store_failed",
            Self::Corrupt(_) => "store_corrupt",
            Self::Lost { .. } => "store_rollback",
            Self::Poisoned => "store_poisoned",
            Self::ReadOnly => "store_read_only",
            Self::Conflict { .. } => "store_conflict",
            Self::Format { .. } => "version_unknown",
            Self::Presence(_) => "store_presence",
        }
    }
}

/// The log cannot do what it is asked to.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The caller asked for something beyond the log.
    #[error("{what} is asked for, but the log has {size} entries")]
    OutOfRange {
        /// What was asked for.
        what: String,
        /// Entries in the log.
        size: u64,
    },
    /// What the database holds is not what was signed: it lost entries or was replaced.
    #[error("rollback or loss: have {have}, signed {signed}")]
    Rollback {
        /// The tree in the database: its head if it is shorter than the signed one, else its tree
        /// at the signed size.
        have: TreeHead,
        /// The tree of the last signed checkpoint.
        signed: TreeHead,
    },
    /// The database holds signed checkpoints, but the anchor file is gone. Going on takes a decision by a
    /// person: compare with what members hold, then save the last checkpoint as the anchor.
    #[error("the anchor is missing, but a checkpoint of {signed} was signed")]
    AnchorMissing {
        /// The last signed tree in the database.
        signed: TreeHead,
    },
    /// The entries that were read back do not hash to the head.
    #[error("the entries on disk give {found}, the head says {expected}")]
    ReadBack {
        /// What the entries give.
        found: TreeHash,
        /// What the head says.
        expected: TreeHash,
    },
    /// The anchor or a stored checkpoint is not a checkpoint of this log.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl LogError {
    /// The stable code word.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::OutOfRange { .. } => "index_unknown",
            Self::Rollback { .. } | Self::AnchorMissing { .. } => "store_rollback",
            Self::ReadBack { .. } => "store_corrupt",
            Self::Checkpoint(error) => error.code(),
        }
    }
}
