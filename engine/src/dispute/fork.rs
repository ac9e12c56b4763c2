//! Fork evidence: the log has signed two trees, and the smaller is not how the larger begins.
//!
//! An RFC 6962 consistency proof binds both roots: hashes that lead from some smaller root to the larger, signed one
//! show that the larger tree begins with that smaller root and no other. If the log has signed another root of the
//! same size, it has signed two histories. For two trees of one size the proof is empty. That a proof *fails* shows
//! nothing: anybody can damage one.

use super::{Inconclusive, Made, NOT_CHECKED, refuted, signed_tree};
use crate::reject::Code;
use crate::verdict::{Checks, Verdict};
use quittance_circuits::json::{self, Malformed};
use quittance_ledger::{ConsistencyProof, MarketKey, SignedCheckpoint, TreeHash, TreeHead};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of the format.
pub const SCHEMA: &str = "fork-evidence/v1";

/// Two signed trees that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForkEvidence {
    /// `fork-evidence/v1`.
    pub schema: String,
    /// Signed note over the smaller tree, or over one of two of the same size.
    pub smaller: String,
    /// Signed note over the larger tree.
    pub larger: String,
    /// The root of the first entries of the larger tree, as many as the smaller has.
    #[schemars(with = "String", regex(pattern = "^[0-9a-f]{64}$"))]
    pub prefix_root: TreeHash,
    /// RFC 6962 consistency proof from `prefix_root` to the larger tree.
    #[schemars(with = "Vec<String>")]
    pub proof: Vec<TreeHash>,
}

impl ForkEvidence {
    /// Evidence that `larger` does not begin with `smaller`, but with a tree of the root `prefix_root`.
    #[must_use]
    pub fn new(
        smaller: &SignedCheckpoint,
        larger: &SignedCheckpoint,
        prefix_root: TreeHash,
        proof: ConsistencyProof,
        key: &MarketKey,
    ) -> Self {
        Self {
            schema: SCHEMA.into(),
            smaller: note_text(smaller, key),
            larger: note_text(larger, key),
            prefix_root,
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
        let evidence: Self = json::read_canonical(bytes)?;
        json::expect_schema(&evidence.schema, SCHEMA)?;
        Ok(evidence)
    }

    /// Whether the log has signed two histories.
    ///
    /// # Errors
    /// A note is not the log's, or the proof leads from `prefix_root` to no tree that the log has signed.
    pub fn verify(&self, key: &MarketKey) -> Result<Verdict, Inconclusive> {
        let smaller = signed_tree(&SignedCheckpoint::parse(self.smaller.as_bytes())?, key)?;
        let larger = signed_tree(&SignedCheckpoint::parse(self.larger.as_bytes())?, key)?;
        let prefix = TreeHead { size: smaller.size, root: self.prefix_root };
        ConsistencyProof(self.proof.clone()).verify(prefix, larger)?;
        let mut checks = Checks::new(format!("fork evidence against the log {}", key.log.origin()));
        checks.run("checkpoints", || {
            Ok(((), format!("the log signed trees of {} and of {} entries", smaller.size, larger.size)))
        });
        checks.run("contradiction", || contradiction(smaller, prefix, larger));
        checks.not_checked(NOT_CHECKED);
        Ok(checks.finish())
    }

    /// The file with its verdict.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn made(&self, key: &MarketKey) -> Result<Made, Inconclusive> {
        Ok(Made { file: self.to_bytes(), verdict: self.verify(key)? })
    }
}

fn contradiction(
    smaller: TreeHead,
    prefix: TreeHead,
    larger: TreeHead,
) -> Result<((), String), crate::Reject> {
    let TreeHead { size, root } = smaller;
    if prefix.root == root {
        return Err(refuted(format!(
            "the tree of {} entries begins with the tree of {size}: one history",
            larger.size
        )));
    }
    let found = match larger.size == size {
        true => format!("two roots of {size} entries, {root} and {}", prefix.root),
        false => {
            format!("the larger tree's first {size} entries have root {}, signed was {root}", prefix.root)
        }
    };
    Ok(((), format!("{}: {found}", Code::LogForked)))
}

/// The note with the log's line alone, as text: a note is UTF-8 by C2SP's signed-note.
fn note_text(note: &SignedCheckpoint, key: &MarketKey) -> String {
    String::from_utf8_lossy(&note.of_log_alone(&key.log).to_bytes()).into_owned()
}
