#![doc = include_str!("fine_tuning_participation/card.md")]
//!
//! Normative text: rules.md section 7b.

pub mod native;

#[cfg(test)]
mod tests;

use crate::number::{Amount, Count, Wide};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The public parameters of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The generalist's share of revenue, parts per 2^32, at most the whole.
    pub share_q32: Count,
    /// The domains that the general model is adapted to, 1 to 16.
    pub domains: Vec<Domain>,
}

/// One domain of use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Minor units per unit of performance, 1 to 2^32 − 1.
    pub revenue_rate: Amount,
}

/// One party's numbers: row 0 is the generalist, of whom only the cost is used; row i is the specialist of
/// domain i − 1. More than 2^32 − 1 counts as 2^32 − 1.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Minor units per squared unit of performance; 0 counts as 1. Private.
    pub cost: Amount,
    /// Minor units per unit of performance. Private.
    pub linear_cost: Amount,
    /// Minor units for taking part at all. Private.
    pub entry_cost: Amount,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Row(secret)")
    }
}

/// What a specialist does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Takes the general model and improves it.
    Contributor,
    /// Takes the general model as it is.
    FreeRider,
    /// Stays out.
    Abstainer,
}

/// What the rule decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The performance that the generalist chooses, in 2^-32 of a unit, rounded down.
    pub base_performance_q32: Wide,
    /// Roles, by domain.
    pub roles: Vec<Role>,
}
