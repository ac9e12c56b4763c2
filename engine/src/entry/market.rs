//! `market`: entry 0 of every ledger.

use super::{AdmittedRule, Label, MarketId, SignerKey};
use quittance_circuits::number::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a market is. Signed by the log key, once; another key is another market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarketEntry {
    /// The market.
    pub market: MarketId,
    /// What amounts are counted in.
    pub currency: Label,
    /// How many decimal places of the currency a minor unit is.
    pub decimals: Count,
    /// The log's verifier key, as C2SP writes it: `<origin>+<id>+<key>`.
    pub log_key: String,
    /// The operator's key.
    pub operator_key: SignerKey,
    /// The rules that rounds may use from the start.
    pub rules: Vec<AdmittedRule>,
    /// Whose cosignatures closing checkpoints need, as C2SP tlog-policy writes it. What a verifier has from a
    /// source it trusts rules over this.
    pub witness_policy: Option<String>,
}
