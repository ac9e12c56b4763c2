//! `bid`: one row of any rule.

use super::{HexBytes, MarketId, MemberId, Nonce, PointBytes, RoundId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A row of a round, signed by its owner or by the round's evaluator. Made by [`crate::bid::make_bid`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bid {
    /// The market.
    pub market: MarketId,
    /// The round, and with it its rule, terms and keys.
    pub round: RoundId,
    /// Whose row it is.
    pub member: MemberId,
    /// The row's own public columns, by name.
    #[schemars(with = "Map<String, Value>")]
    pub public: Value,
    /// Commitment to the row's sealed numbers; null if the rule has none.
    pub commitment: Option<PointBytes>,
    /// The opening, sealed to the round's `hpke_key`; null if the rule has no sealed numbers.
    pub sealed_opening: Option<HexBytes>,
    /// Makes two bids differ.
    pub nonce: Nonce,
}
