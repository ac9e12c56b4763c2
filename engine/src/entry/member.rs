//! `member`: somebody takes part.

use super::{BlobDigest, MarketId, SealKey, SignerKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a member may do. Written in alphabetical order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Replays the ledger.
    Auditor,
    /// Owns rows of auctions.
    Bidder,
    /// Signs performance reports.
    Evaluator,
    /// Commits to models and sells them.
    Seller,
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Auditor => "auditor",
            Self::Bidder => "bidder",
            Self::Evaluator => "evaluator",
            Self::Seller => "seller",
        })
    }
}

/// A new member, signed by the operator and by the member's own key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberEntry {
    /// The market.
    pub market: MarketId,
    /// The member's name, as a salted blob: it can be erased.
    pub name: BlobDigest,
    /// The signing key.
    pub key: SignerKey,
    /// The key to seal results to.
    pub seal_key: SealKey,
    /// What the member may do, in alphabetical order.
    pub roles: BTreeSet<Role>,
}
