#![doc = include_str!("fine_tuning_bargain/card.md")]
//!
//! Normative text: rules.md section 7.

pub mod native;
mod share;

#[cfg(test)]
mod tests;

use crate::number::{Amount, BasisPoints, Count, Wide};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The public parameters of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// One of `utilitarian`, `egalitarian`, `nash`, `kalai-smorodinsky`, `powerful-g`, `powerful-d`.
    pub solution: String,
    /// The domains that the general model is adapted to, 1 to 4; more than one only with `utilitarian` or
    /// `nash`.
    pub domains: Vec<Domain>,
    /// The operator's share of each domain's revenue, at most 10000.
    pub fee_bps: BasisPoints,
}

/// One domain of use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Minor units per unit of performance, 1 to 65535.
    pub revenue_rate: Amount,
    /// The realised revenue that is divided, minor units.
    pub revenue: Amount,
}

/// One party's number: row 0 is the generalist, row i the specialist of domain i − 1.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The coefficient of the party's quadratic cost, any unit common to all rows; 0 counts as 1, more than
    /// 2^32 − 1 as 2^32 − 1. Private.
    pub cost: Count,
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
    /// The generalist's share of every domain's revenue after the fee, parts per 2^32.
    pub share_q32: Count,
    /// What each party gets, by row, minor units; only the generalist's, a sum over domains, can exceed 2^64
    /// − 1.
    pub receipts: Vec<Wide>,
    /// Sum of the revenues.
    pub total: Wide,
    /// The operator's part of the total.
    pub fee: Wide,
}
