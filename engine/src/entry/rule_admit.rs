//! `rule_admit`: rounds may use a rule, or a circuit key for it.

use super::{CircuitKeyId, FileDigest, MarketId, RuleId, Tier};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a circuit key came to be, as the operator claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// One person made it, and could forge proofs with what it should have thrown away.
    SingleParty,
    /// A ceremony made it; BLAKE3 of the transcript.
    Ceremony(FileDigest),
}

/// A rule that rounds may use; with a key, if its settlements are proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdmittedRule {
    /// The rule.
    pub rule: RuleId,
    /// The key's size; null for a rule that is recomputed.
    pub tier: Option<Tier>,
    /// The key; null for a rule that is recomputed.
    pub circuit_key: Option<CircuitKeyId>,
    /// How the key came to be; null for a rule that is recomputed.
    pub provenance: Option<Provenance>,
}

/// The operator admits a rule. Judged by position: open rounds keep the keys that they opened with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleAdmit {
    /// The market.
    pub market: MarketId,
    /// The rule.
    pub rule: RuleId,
    /// The key's size; null for a rule that is recomputed.
    pub tier: Option<Tier>,
    /// The key; null for a rule that is recomputed.
    pub circuit_key: Option<CircuitKeyId>,
    /// How the key came to be; null for a rule that is recomputed.
    pub provenance: Option<Provenance>,
}

impl RuleAdmit {
    /// What is admitted.
    #[must_use]
    pub fn admitted(&self) -> AdmittedRule {
        let Self { rule, tier, circuit_key, provenance, .. } = self.clone();
        AdmittedRule { rule, tier, circuit_key, provenance }
    }
}
