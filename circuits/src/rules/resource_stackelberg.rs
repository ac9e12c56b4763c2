#![doc = include_str!("resource_stackelberg/card.md")]
//!
//! Normative text: rules.md section 9.

mod centres;
pub mod native;

#[cfg(test)]
mod tests;

use crate::number::{Amount, Count, Ppm, Wide};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The public parameters of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// A: how much the model owner values data, minor units, below 2^44.
    pub value_scale: Amount,
    /// u: what a unit of data costs its owner, minor units, 1 to 2^32 − 1.
    pub unit_cost: Amount,
    /// ξ: the lowest quality that takes part, ppm, 1 to 1000000.
    pub min_quality_ppm: Ppm,
    /// ε: what a unit of load costs a centre of cost 1000000 ppm, minor units, 1 to 2^32 − 1.
    pub centre_unit_cost: Amount,
    /// The computing centres, at most 256.
    pub centres: Vec<Centre>,
}

/// One computing centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Centre {
    /// σ: the centre's cost relative to the common one, ppm, 1 to 1000000.
    pub cost_ppm: Ppm,
}

/// One data owner's numbers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// f: quality of the owner's data, ppm; more than 1000000 counts as that. Private.
    pub quality_ppm: Ppm,
    /// How much data the owner has, records, below 2^32. Public.
    pub data_size: Count,
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
    /// What the model owner spends, minor units.
    pub budget: Amount,
    /// Who supplies data, by row.
    pub active: Vec<bool>,
    /// What each data owner gets, by row, minor units.
    pub receipts: Vec<Amount>,
    /// How much each data owner supplies, by row, millionths of a unit of data.
    pub contributions_ppm: Vec<Ppm>,
    /// How much each centre computes, in the order of the terms, millionths of a unit.
    pub loads_ppm: Vec<Wide>,
    /// The centre that computes for a data owner, by row: its index in the terms, if any.
    pub centre: Vec<Option<Count>>,
}
