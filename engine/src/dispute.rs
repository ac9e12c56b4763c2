//! Evidence against an operator: files in which a market's log contradicts itself, or the market's rules, by its own
//! signature.
//!
//! * [`exclusion`]: a member's receipt, and a settlement that ignores it;
//! * [`fork`]: two checkpoints, of which neither is of a prefix of the other's tree;
//! * [`history`]: comparing a checkpoint with one that was seen before, which is how forks are found.
//!
//! Evidence rests on bytes that the log or the operator signed, and on nothing that a messenger could have changed.
//! So it has three ends: it holds; it is refuted, because what was signed agrees; or it is [`Inconclusive`], because
//! something in it is not what was signed. A member who damages a file cannot frame an operator with it.
//! Source: formats.md section 5.

pub mod exclusion;
pub mod fork;
pub mod history;
mod settlement;

use crate::bundle::Bundle;
use crate::reject::{Code, Reject};
use crate::verdict::Verdict;
use quittance_circuits::json::Malformed;
use quittance_ledger::{
    CheckpointError, Entry, FileError, KnownRange, MarketKey, ProofError, RangeProof, ReceiptError,
    SignedCheckpoint, TreeHead, leaf_hash,
};

/// Evidence that shows nothing, neither for nor against the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.0)]
pub struct Inconclusive(pub Reject);

macro_rules! inconclusive {
    ($($error:ty),*) => {
        $(impl From<$error> for Inconclusive {
            fn from(error: $error) -> Self {
                Self(error.into())
            }
        })*
    };
}

inconclusive!(Reject, Malformed, CheckpointError, FileError, ProofError, ReceiptError);

/// A kind of evidence, told by its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceKind {
    /// [`exclusion::ExclusionEvidence`].
    Exclusion,
    /// [`fork::ForkEvidence`].
    Fork,
}

/// Verifies a file of evidence under the market's key from a source that the caller trusts.
///
/// The verdict is *verified* if the evidence holds, else its code is `evidence_refuted`.
///
/// # Errors
/// The file shows nothing.
pub fn verify(kind: EvidenceKind, file: &[u8], key: &MarketKey) -> Result<Verdict, Inconclusive> {
    match kind {
        EvidenceKind::Exclusion => exclusion::ExclusionEvidence::parse(file)?.verify(key),
        EvidenceKind::Fork => fork::ForkEvidence::parse(file)?.verify(key),
    }
}

/// A file of evidence and the verdict on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The file. Of use only if the verdict is *verified*.
    pub file: Vec<u8>,
    /// What [`verify`] says to it.
    pub verdict: Verdict,
}

/// What the evidence leaves open.
const NOT_CHECKED: &str =
    "who used the log's key: whatever it signed, the operator answers for (`quittance help trust`)";

/// What was signed agrees.
fn refuted(found: impl Into<String>) -> Reject {
    Code::EvidenceRefuted.because(found)
}

/// The tree that the log has signed. Whether witnesses have too is no question of what the log can be held to.
fn signed_tree(note: &SignedCheckpoint, key: &MarketKey) -> Result<TreeHead, CheckpointError> {
    note.verify_listing_others(&key.log)?;
    Ok(note.head())
}

/// The leaves of a bundle's range, which stand in this tree.
fn known_range(bundle: &Bundle, tree: TreeHead) -> Result<KnownRange, ProofError> {
    let leaves = bundle.range.entries.iter().map(|entry| leaf_hash(&entry.0)).collect();
    KnownRange::verify(&RangeProof(bundle.range.proof.clone()), leaves, bundle.range.first.0, tree)
}

/// What an entry is, for people.
fn what(entry: &[u8]) -> String {
    let entry = Entry::decode(entry).map_err(Reject::from);
    let payload = entry.and_then(|entry| crate::entry::Payload::of_entry(&entry));
    payload.map_or("something that is no entry".into(), |payload| format!("a {}", payload.kind().word()))
}
