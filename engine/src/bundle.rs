//! The bundle: what a member verifies offline, in one file.
//!
//! It holds *every* leaf from the round entry to the settlement entry, other rounds' too, with one range proof, so
//! that nothing can be left out; the entries before it that the round needs, each with its inclusion proof; the
//! closing checkpoint with a consistency proof; statement and verifying key. The proof stands in the settlement
//! entry. Keys in a bundle are shown, never trusted: the market's key comes from elsewhere. Source: formats.md
//! section 5.

use crate::entry::{FileDigest, HexBytes};
use crate::statement::Statement;
use quittance_circuits::json::{self, Malformed};
use quittance_circuits::number::Count;
use quittance_ledger::{Log, LogError, SignedCheckpoint, Store, TreeHash};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most bytes of a bundle that is read.
pub const MAX_BUNDLE: usize = 1 << 30;

/// The name of the format.
pub const SCHEMA: &str = "bundle/v1";

/// An entry with the proof that it stands in the tree of the bundle's checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvedEntry {
    /// Where it stands.
    pub index: Count,
    /// Its encoding.
    pub entry: HexBytes,
    /// RFC 6962 audit path.
    #[schemars(with = "Vec<String>")]
    pub proof: Vec<TreeHash>,
}

/// Consecutive entries with one proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvedRange {
    /// Index of the first: the round entry.
    pub first: Count,
    /// Encodings; the last is the settlement entry.
    pub entries: Vec<HexBytes>,
    /// Hashes of the subtrees beside the range, left to right.
    #[schemars(with = "Vec<String>")]
    pub proof: Vec<TreeHash>,
}

/// A tree of the log, and that it is a prefix of the bundle's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseCheckpoint {
    /// Signed note over the tree.
    pub note: String,
    /// RFC 6962 consistency proof.
    #[schemars(with = "Vec<String>")]
    pub proof: Vec<TreeHash>,
}

/// What a member verifies offline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// `bundle/v1`.
    pub schema: String,
    /// Signed note over a tree that holds the settlement entry.
    pub checkpoint: String,
    /// The entries before the round that it needs, entry 0 first, in order.
    pub entries: Vec<ProvedEntry>,
    /// Everything from the round entry to the settlement entry.
    pub range: ProvedRange,
    /// A tree without the close, cosigned no earlier than `close_at`; null where the market has no witnesses.
    pub before_close: Option<CloseCheckpoint>,
    /// The tree that ends with the close.
    pub close_checkpoint: CloseCheckpoint,
    /// What was settled.
    pub statement: Statement,
    /// What opens each row's sealed results, sealed to the row's member; empty if the round publishes results.
    pub sealed_results: Vec<HexBytes>,
    /// The circuit's verifying key; null for a round that is not proved.
    pub verifying_key: Option<HexBytes>,
}

/// Why a bundle could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The ledger.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The ledger has no such note.
    #[error("the ledger has no signed checkpoint of {0} entries")]
    NoCheckpoint(u64),
}

/// What a bundle is made from, beside the ledger.
#[derive(Debug, Clone)]
pub struct Ingredients {
    /// Indices of the entries before the round entry that the round needs; entry 0 among them.
    pub needed: BTreeSet<u64>,
    /// Index of the round entry.
    pub round: u64,
    /// Index of the close.
    pub close: u64,
    /// Index of the settlement entry.
    pub settlement: u64,
    /// The closing note, as the settlement names it.
    pub close_note: Vec<u8>,
    /// A cosigned note from before the close, where the market has witnesses.
    pub before_close: Option<Vec<u8>>,
    /// What was settled.
    pub statement: Statement,
    /// The blobs of its sealed results.
    pub sealed_results: Vec<Vec<u8>>,
    /// The circuit's verifying key.
    pub verifying_key: Option<Vec<u8>>,
}

impl Bundle {
    /// Gathers a bundle under a signed checkpoint of the log.
    ///
    /// # Errors
    /// The ledger lacks something that the settlement names.
    pub fn gather<S: Store>(
        log: &Log<S>,
        checkpoint: &SignedCheckpoint,
        from: Ingredients,
    ) -> Result<Self, BundleError> {
        let size = checkpoint.head().size;
        let proved = |index: &u64| {
            Ok::<_, LogError>(ProvedEntry {
                index: Count(*index),
                entry: HexBytes(log.entry(*index)?.encode()),
                proof: log.prove_inclusion(*index, size)?.0,
            })
        };
        let range = from.round..from.settlement + 1;
        let before_close = match from.before_close {
            Some(note) => {
                let before = SignedCheckpoint::parse(&note).map_err(LogError::from)?.head().size;
                Some(CloseCheckpoint { note: note_text(note), proof: log.prove_consistency(before, size)?.0 })
            }
            None => None,
        };
        let entries = log.entries(range.clone())?;
        Ok(Self {
            schema: SCHEMA.into(),
            checkpoint: note_text(checkpoint.to_bytes()),
            entries: from.needed.iter().map(proved).collect::<Result<_, _>>()?,
            range: ProvedRange {
                first: Count(from.round),
                entries: entries.iter().map(|entry| HexBytes(entry.encode())).collect(),
                proof: log.prove_range(range, size)?.0,
            },
            before_close,
            close_checkpoint: CloseCheckpoint {
                note: note_text(from.close_note),
                proof: log.prove_consistency(from.close + 1, size)?.0,
            },
            statement: from.statement,
            sealed_results: from.sealed_results.into_iter().map(HexBytes).collect(),
            verifying_key: from.verifying_key.map(HexBytes),
        })
    }

    /// The only spelling.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        json::to_canonical(self)
    }

    /// Reads [`Self::to_bytes`]. Verifies nothing.
    ///
    /// # Errors
    /// Any other document or spelling.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > MAX_BUNDLE {
            return Err(Malformed("a bundle of more than 1 GiB".into()));
        }
        let bundle: Self = json::read_canonical(bytes)?;
        json::expect_schema(&bundle.schema, SCHEMA)?;
        Ok(bundle)
    }

    /// The leaf at an index of the ledger, if it stands in the round's range.
    pub(crate) fn leaf(&self, index: u64) -> Option<&[u8]> {
        let position = usize::try_from(index.checked_sub(self.range.first.0)?).ok()?;
        Some(&self.range.entries.get(position)?.0)
    }
}

/// A signed note is UTF-8 by C2SP's signed-note.
fn note_text(note: Vec<u8>) -> String {
    String::from_utf8_lossy(&note).into_owned()
}

/// The digest under which a settlement names its closing note.
#[must_use]
pub fn note_digest(note: &[u8]) -> FileDigest {
    FileDigest::of(note)
}
