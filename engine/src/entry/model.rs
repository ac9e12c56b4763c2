//! `model`: a seller commits to the bytes of a model or data set.

use super::{BlobDigest, FileDigest, Label, MarketId, ModelId};
use quittance_circuits::number::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A model commitment, signed by its seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelCommitment {
    /// The market.
    pub market: MarketId,
    /// BLAKE3 of the bytes.
    pub artifact: FileDigest,
    /// How many bytes.
    pub size: Count,
    /// What the model is for, in a word.
    pub task: Label,
    /// The model it was made from.
    pub parent: Option<ModelId>,
    /// More about it, as a blob: it can be erased.
    pub notes: Option<BlobDigest>,
}
