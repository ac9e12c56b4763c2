//! `close`: fixes which entries take part in a round.

use super::{MarketId, RoundId};
use quittance_circuits::number::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The operator ends a round's time for bids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// The market.
    pub market: MarketId,
    /// The round.
    pub round: RoundId,
    /// Index of the round entry plus 1.
    pub first: Count,
    /// Index of this entry minus 1.
    pub last: Count,
    /// How many bids of the round stand between.
    pub rows: Count,
}
