//! `round`: one run of one rule opens.

use super::{CircuitKeyId, MarketId, MemberId, ModelId, RoundId, RuleId, SealKey, Tier, UtcTime};
pub use quittance_circuits::rule::Disclosure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Who signs the rows of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowSigners {
    /// Each row's member.
    Owner,
    /// The round's evaluator.
    Evaluator,
}

/// Who keeps what a rule leaves undistributed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DustTo {
    /// The operator.
    Operator,
    /// The round's seller.
    Seller,
}

/// A circuit key that a round may be settled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundKey {
    /// Its size.
    pub tier: Tier,
    /// Its id.
    pub circuit_key: CircuitKeyId,
}

/// Where the revenue that a split divides comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevenueSource {
    /// A settled round with proceeds.
    pub round: RoundId,
    /// One of its sellers.
    pub seller: MemberId,
}

/// A round, signed by the operator and every seller. Fields without meaning for the rule are null or empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundEntry {
    /// The market.
    pub market: MarketId,
    /// The rule.
    pub rule: RuleId,
    /// The rule's public parameters.
    #[schemars(with = "Map<String, Value>")]
    pub terms: Value,
    /// Whether results are published.
    pub disclosure: Disclosure,
    /// Exactly the rule's circuit keys in force, smallest tier first; empty for a rule that is recomputed.
    pub circuit_keys: Vec<RoundKey>,
    /// What is for sale.
    pub items: Vec<ModelId>,
    /// The seller of each item, or the one seller of all.
    pub sellers: Vec<MemberId>,
    /// Who measures.
    pub evaluator: Option<MemberId>,
    /// Who signs rows.
    pub row_signers: RowSigners,
    /// Who owns rows, in row order; null for anybody, in the order of the ledger.
    pub parties: Option<Vec<MemberId>>,
    /// The proceeds that are divided.
    pub revenue_from: Option<RevenueSource>,
    /// The aborted round that this one repeats.
    pub reopens: Option<RoundId>,
    /// Who keeps what is left, in a split.
    pub dust_to: Option<DustTo>,
    /// Bids are taken at least until then.
    pub close_at: UtcTime,
    /// The settlement is published by then.
    pub abort_at: UtcTime,
    /// Where openings are sealed to; null for a rule without sealed numbers.
    pub hpke_key: Option<SealKey>,
}

impl RoundEntry {
    /// Whether an evaluator's reports fill columns that a rule lets reports fill: an evaluator who signs the rows
    /// writes its numbers there instead.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        self.evaluator.is_some() && self.row_signers == RowSigners::Owner
    }
}
