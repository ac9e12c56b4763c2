//! `key_rotate`: a member signs with a new key from here on.

use super::{MarketId, MemberId, SealKey, SignerKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A member's new keys, signed by the old key, the new key and the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRotate {
    /// The market.
    pub market: MarketId,
    /// The member.
    pub member: MemberId,
    /// The new signing key.
    pub key: SignerKey,
    /// The new key to seal results to.
    pub seal_key: SealKey,
}
