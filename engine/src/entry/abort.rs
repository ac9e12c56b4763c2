//! `abort`: a round ends without a settlement.

use super::{Label, MarketId, RoundId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The operator gives a round up. Excused before the first row, or for a refusal of the rule that everybody
/// recomputes; anything else is printed as the operator's fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Abort {
    /// The market.
    pub market: MarketId,
    /// The round.
    pub round: RoundId,
    /// Why: the rule's refusal, `hpke_key_lost`, or another word.
    pub code: Label,
}
