#![doc = include_str!("resource_stackelberg_capped/card.md")]
//!
//! Normative text: rules.md section 9b.

pub mod native;

#[cfg(test)]
mod tests;

use crate::number::{Amount, Ppm};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The public parameters of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// B: what the model owner spends, minor units, below 2^44.
    pub budget: Amount,
    /// u: what a unit of data costs its owner, minor units, 1 to 2^32 − 1.
    pub unit_cost: Amount,
    /// ξ: the lowest quality that takes part, ppm, 1 to 1000000.
    pub min_quality_ppm: Ppm,
}

/// One data owner's numbers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// f: quality of the owner's data, ppm; more than 1000000 counts as that. Private.
    pub quality_ppm: Ppm,
    /// The most that the owner can supply, millionths of a unit of data; more than 2^32 − 1 counts as that.
    /// Private.
    pub capacity_ppm: Ppm,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Row(secret)")
    }
}

/// What the rule decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// What each data owner gets, by row, minor units.
    pub receipts: Vec<Amount>,
    /// How much each data owner supplies, by row, millionths of a unit of data.
    pub contributions_ppm: Vec<Ppm>,
    /// Who supplies all it can, by row.
    pub at_capacity: Vec<bool>,
    /// What stays unspent, minor units: the whole budget if there is no contest.
    pub dust: Amount,
}
