//! `rule_withdraw`: no new round may use a rule, or a circuit key of it.

use super::{CircuitKeyId, MarketId, RuleId, Tier};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The operator withdraws what was admitted. Open rounds and old settlements are not touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleWithdraw {
    /// The market.
    pub market: MarketId,
    /// The rule.
    pub rule: RuleId,
    /// The key's size; null for a rule that is recomputed.
    pub tier: Option<Tier>,
    /// The key. Without it, the second withdrawal of a tier would be the first one's record again.
    pub circuit_key: Option<CircuitKeyId>,
}
