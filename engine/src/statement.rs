//! The statement of a settlement: everything that is decided, and about what. Its digest names the settlement.
//!
//! Canonical JSON, kept as a blob under its digest. Readers compute every field that follows from the ledger
//! again and compare; the rest is checked by the rule's integers and by the proof. Source: formats.md section 4.

use crate::entry::{BlobDigest, CircuitKeyId, MarketId, PointBytes, RoundId, RuleId, ScalarBytes, Tier};
use crate::market::Round;
use quittance_circuits::json;
use quittance_circuits::number::Count;
use quittance_circuits::rule::Published;
use quittance_ledger::{RecordId, TreeHash, TreeHead};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The BLAKE3 context that statements are hashed and kept under.
pub const STATEMENT_CONTEXT: &str = "quittance v1 statement";

/// The tree that ends with the close of the round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementTree {
    /// Index of the close plus 1.
    pub size: Count,
    /// Root hash.
    #[schemars(with = "String", regex(pattern = "^[0-9a-f]{64}$"))]
    pub root: TreeHash,
}

impl From<TreeHead> for StatementTree {
    fn from(head: TreeHead) -> Self {
        Self { size: Count(head.size), root: head.root }
    }
}

/// What else on the ledger the settlement draws on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// The settled round whose proceeds are divided.
    pub round: Option<RoundId>,
    /// The performance reports that filled public columns, in row order.
    #[schemars(with = "Vec<String>")]
    pub reports: Vec<RecordId>,
}

/// The statement of a settlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The rule.
    pub rule: RuleId,
    /// The market.
    pub market: MarketId,
    /// The tree that the rows were taken from.
    pub checkpoint: StatementTree,
    /// The round.
    pub round: RoundId,
    /// First index at which a bid of the round could stand.
    pub first: Count,
    /// Last such index.
    pub last: Count,
    /// Number of rows.
    pub rows: Count,
    /// Size of the circuit; null for a rule that is recomputed.
    pub tier: Option<Tier>,
    /// Number of shards; 0 for a rule that is recomputed.
    pub shards: Count,
    /// The circuit key; null for a rule that is recomputed.
    pub circuit_key: Option<CircuitKeyId>,
    /// The round's terms.
    #[schemars(with = "Map<String, Value>")]
    pub terms: Value,
    /// Every public column, by name: inputs and results, one entry per row.
    pub public: BTreeMap<String, Vec<Value>>,
    /// The rule's outcome.
    #[schemars(with = "Map<String, Value>")]
    pub outcome: Value,
    /// Commitments of sealed result columns, by name, one per row; empty if the round publishes results.
    pub results: BTreeMap<String, Vec<PointBytes>>,
    /// Blob per row with what opens the member's results; empty if the round publishes them.
    pub sealed_results: Vec<BlobDigest>,
    /// Sum of the blindings of sealed money, with which it is seen to add up; null without sealed money.
    pub z: Option<ScalarBytes>,
    /// What else the settlement draws on.
    pub sources: Sources,
}

impl Statement {
    /// What the rule judges of the settlement of this round.
    #[must_use]
    pub fn published<'a>(&'a self, round: &Round) -> Published<'a> {
        Published {
            terms: &self.terms,
            disclosure: round.entry.disclosure,
            rows: round.rows.len(),
            columns: &self.public,
            outcome: &self.outcome,
        }
    }

    /// The only spelling.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        json::to_canonical(self)
    }

    /// The digest that names the settlement.
    #[must_use]
    pub fn digest(&self) -> BlobDigest {
        Self::digest_of(&self.to_bytes())
    }

    /// The digest of a statement's bytes.
    #[must_use]
    pub fn digest_of(bytes: &[u8]) -> BlobDigest {
        BlobDigest(blake3::derive_key(STATEMENT_CONTEXT, bytes))
    }
}
