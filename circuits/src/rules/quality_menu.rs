#![doc = include_str!("quality_menu/card.md")]
//!
//! Normative text: rules.md section 3.

pub mod native;

#[cfg(any(test, feature = "testing"))]
pub mod subject;
#[cfg(test)]
mod tests;

use crate::number::{Amount, BasisPoints, Count, Ppm, Wide};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One tier of quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The least valuation that gets this tier, minor units per ppm of gain, at most 2^44 - 1.
    pub threshold_per_ppm: Amount,
    /// The gain of this tier, ppm, at most 1000000.
    pub gain_ppm: Ppm,
}

/// The public parameters of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The menu, 1 to 64 tiers; thresholds and gains rise strictly from above zero.
    pub tiers: Vec<Tier>,
    /// The operator's share of the total, at most 10000.
    pub fee_bps: BasisPoints,
}

/// One buyer's number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The most the buyer would pay for one ppm of gain, minor units per ppm. Private.
    pub valuation_per_ppm: Amount,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Row(secret)")
    }
}

/// What the rule decides. A round may seal levels, gains and payments, together; the sums are public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The tier that each row gets, from 1; 0 = none.
    pub levels: Vec<Count>,
    /// The gain of that tier, by row, ppm.
    pub gains_ppm: Vec<Ppm>,
    /// Payments, by row, minor units.
    pub payments: Vec<Amount>,
    /// Sum of the payments.
    pub total: Wide,
    /// The operator's part of the total.
    pub fee: Wide,
    /// The seller's part of the total.
    pub proceeds: Wide,
}
