//! `key_revoke`: a member's key is no longer to be relied on.

use super::{MarketId, MemberId, SignerKey};
use quittance_circuits::number::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The operator revokes a key. What it signed from `from_index` to here stays, and is printed as contested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRevoke {
    /// The market.
    pub market: MarketId,
    /// Whose key.
    pub member: MemberId,
    /// The key.
    pub key: SignerKey,
    /// The first entry that the member contests.
    pub from_index: Count,
}
