//! Whether one signed tree is how another begins: what a member who has seen a checkpoint asks of every later one.
//!
//! A consistency proof comes from the log's own store, from the tiles of an exported folder, from a bundle (of trees
//! that end within its range), or in a [`ConsistencyFile`].

use super::fork::ForkEvidence;
use super::{Inconclusive, signed_tree};
use crate::bundle::Bundle;
use crate::reject::Code;
use quittance_circuits::json::{self, Malformed};
use quittance_circuits::number::Count;
use quittance_ledger::{ConsistencyProof, KnownRange, MarketKey, SignedCheckpoint, TreeHash, TreeHead};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of the format.
pub const SCHEMA: &str = "consistency/v1";

/// A checkpoint, and how its tree began.
///
/// Unlike a bare proof it names the smaller root, so that the proof of a log that forked shows the fork instead of
/// only failing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsistencyFile {
    /// `consistency/v1`.
    pub schema: String,
    /// Signed note over the larger tree.
    pub checkpoint: String,
    /// Size of the smaller tree.
    pub size: Count,
    /// Root of the smaller tree.
    #[schemars(with = "String", regex(pattern = "^[0-9a-f]{64}$"))]
    pub root: TreeHash,
    /// RFC 6962 consistency proof.
    #[schemars(with = "Vec<String>")]
    pub proof: Vec<TreeHash>,
}

/// A tree that another one begins with, and the proof.
pub type Prefix = (TreeHead, ConsistencyProof);

impl ConsistencyFile {
    /// A checkpoint, and a tree that its tree begins with.
    #[must_use]
    pub fn new(checkpoint: &SignedCheckpoint, (tree, proof): Prefix) -> Self {
        Self {
            schema: SCHEMA.into(),
            // A signed note is UTF-8 by C2SP's signed-note.
            checkpoint: String::from_utf8_lossy(&checkpoint.to_bytes()).into_owned(),
            size: Count(tree.size),
            root: tree.root,
            proof: proof.0,
        }
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
        let file: Self = json::read_canonical(bytes)?;
        json::expect_schema(&file.schema, SCHEMA)?;
        Ok(file)
    }

    /// The tree of `size` entries with its proof, if the file is about that size.
    #[must_use]
    pub fn prefix(&self, size: u64) -> Option<Prefix> {
        let tree = TreeHead { size: self.size.0, root: self.root };
        (size == tree.size).then(|| (tree, ConsistencyProof(self.proof.clone())))
    }
}

/// How two signed trees of one log go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum History {
    /// The smaller is how the larger begins, or they are the same.
    One,
    /// Nothing was brought that compares them.
    Unproved,
    /// They are two histories.
    Forked(Box<ForkEvidence>),
}

/// Compares two signed trees. `prefix` is what is known of the tree of the smaller's size that the larger begins
/// with; two trees of one size need none.
///
/// # Errors
/// A note is not the log's, or the proof does not hold: anybody can damage one, so that is no evidence.
pub fn compare(
    one: &SignedCheckpoint,
    other: &SignedCheckpoint,
    prefix: impl FnOnce(u64) -> Option<Prefix>,
    key: &MarketKey,
) -> Result<History, Inconclusive> {
    let (smaller, larger) = if one.head().size <= other.head().size { (one, other) } else { (other, one) };
    let (small, large) = (signed_tree(smaller, key)?, signed_tree(larger, key)?);
    let known = match small.size {
        0 => Some((TreeHead::EMPTY, ConsistencyProof(Vec::new()))),
        size if size == large.size => Some((large, ConsistencyProof(Vec::new()))),
        size => prefix(size),
    };
    let Some((tree, proof)) = known else { return Ok(History::Unproved) };
    if tree.size != small.size {
        return Err(Code::LogForked.because("the consistency proof is about another size").into());
    }
    proof.verify(tree, large)?;
    Ok(match tree.root == small.root {
        true => History::One,
        false => History::Forked(Box::new(ForkEvidence::new(smaller, larger, tree.root, proof, key))),
    })
}

/// The leaves of a bundle's range, which show the trees that its tree begins with and that end within the range:
/// [`KnownRange::prove_prefix`]. These proofs are not trusted: [`compare`] checks the one that is used.
#[must_use]
pub fn range_in_bundle(bundle: &Bundle, tree: TreeHead) -> Option<KnownRange> {
    super::known_range(bundle, tree).ok()
}
