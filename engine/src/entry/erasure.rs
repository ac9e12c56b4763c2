//! `erasure`: a name or notes are gone from the operator's storage.

use super::{BlobDigest, MarketId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The operator has erased a blob. Names and notes only: what a settlement rests on is never erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// The market.
    pub market: MarketId,
    /// The blob.
    pub blob: BlobDigest,
}
