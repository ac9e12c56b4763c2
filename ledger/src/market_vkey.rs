//! `market.vkey`: what a verifier must have from a source it trusts.
//!
//! The log's verifier key, the RFC 6962 leaf hash of entry 0, and the witness policy, of as many lines as it has.
//!
//! ```text
//! example.com/models+ecebc950+AZf/yIPIC+5yN++V2bm3A9StY+YKIeYFhnaCt1uLP0MD
//! entry0 5e8948f723d9787dea9f8f4b8f6347296a9c6ffa51c3c5af7270fca8108e9696
//! quorum none
//! ```
//!
//! Whoever can change this file can make any market look right; a copy inside a bundle is worth
//! nothing. There is one spelling: lines end with a newline, single spaces, no comments.

use crate::checkpoint::SignedCheckpoint;
use crate::error::{CheckpointError, FileError};
use crate::ids::TreeHash;
use crate::log_key::VerifierKey;
use crate::policy::{WitnessPolicy, Witnessed};
use crate::tree::TreeHead;
use std::fmt;
use std::str::FromStr;

/// Longest file, in bytes.
const MAX_FILE: usize = 64 * 1024;
/// What stands before the leaf hash.
const ENTRY0: &str = "entry0 ";
/// The content of `market.vkey`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketKey {
    /// The log's verifier key.
    pub log: VerifierKey,
    /// The leaf hash of entry 0, which fixes the market's rules from the start.
    pub entry0: TreeHash,
    /// Whose cosignatures checkpoints need.
    pub policy: WitnessPolicy,
}

impl MarketKey {
    /// Checks that the log has signed a checkpoint, that nobody beside the keys named here has, and that
    /// the policy is met. Returns the tree.
    pub fn verify(&self, note: &SignedCheckpoint) -> Result<TreeHead, CheckpointError> {
        self.witnessed(note)?.check_quorum()
    }

    /// The same, but whether the policy is met: who has cosigned, and when.
    pub fn witnessed(&self, note: &SignedCheckpoint) -> Result<Witnessed<'_>, CheckpointError> {
        self.policy.verify(note, &self.log)
    }
}

impl FromStr for MarketKey {
    type Err = FileError;

    fn from_str(text: &str) -> Result<Self, FileError> {
        if text.len() > MAX_FILE {
            let (found, limit) = (text.len(), MAX_FILE);
            return Err(FileError::TooLarge { what: "the market's key file", found, limit });
        }
        let short = || FileError::malformed("market.vkey: expected verifier key, entry0, policy");
        let (log, rest) = text.split_once('\n').ok_or_else(short)?;
        let (entry0, policy) = rest.split_once('\n').ok_or_else(short)?;
        let entry0 = entry0.strip_prefix(ENTRY0).ok_or_else(short)?;
        let entry0 =
            entry0.parse().map_err(|error| FileError::malformed(format!("market.vkey: entry0: {error}")))?;
        Ok(Self { log: log.parse()?, entry0, policy: policy.parse()? })
    }
}

impl fmt::Display for MarketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{ENTRY0}{}\n{}", self.log, self.entry0, self.policy)
    }
}
