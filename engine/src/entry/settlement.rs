//! `settlement`: what a round decided, and the proof of it.

use super::{BlobDigest, CircuitKeyId, FileDigest, HexBytes, MarketId, PointBytes, RoundId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A proof, in one shard or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettlementProof {
    /// Proofs of the shards, in row order.
    pub shards: Vec<HexBytes>,
    /// What each shard hands to the next: one commitment between two shards.
    pub carries: Vec<PointBytes>,
}

/// The settlement of a round, signed by the operator. Its identity is the statement, never the proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// The market.
    pub market: MarketId,
    /// The round.
    pub round: RoundId,
    /// BLAKE3 of the signed note over the tree that ends with the close.
    pub close_checkpoint: FileDigest,
    /// The statement's digest, which is its blob's.
    pub statement: BlobDigest,
    /// The proof; null for a rule that is recomputed.
    pub proof: Option<SettlementProof>,
    /// The round's key for the smallest tier that holds the rows, else for the largest; null without a proof.
    pub circuit_key: Option<CircuitKeyId>,
}
