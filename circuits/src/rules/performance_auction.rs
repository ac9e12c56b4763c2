#![doc = include_str!("performance_auction/card.md")]
//!
//! Normative text: rules.md section 2.

pub mod native;

#[cfg(any(test, feature = "testing"))]
pub mod subject;
#[cfg(test)]
mod tests;

use crate::number::{Amount, BasisPoints, Count, Ppm, Wide};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The public parameters of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Copies for sale, at least 1.
    pub copies: Count,
    /// The lowest price, minor units for the expected gain (the unit of a score).
    pub reserve_price: Amount,
    /// The operator's share of the total, at most 10000.
    pub fee_bps: BasisPoints,
}

/// One buyer's numbers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The most the buyer would pay for one ppm of gain, minor units per ppm; 2^44 and more count as 2^44 -
    /// 1. Private.
    pub valuation_per_ppm: Amount,
    /// The gain that the market certified for this buyer beforehand, ppm, at most 1000000.
    pub expected_gain_ppm: Ppm,
    /// The gain that the buyer really got, ppm, at most 1000000; nothing depends on a loser's.
    pub realised_gain_ppm: Ppm,
}

impl Row {
    /// The public columns of the row.
    #[must_use]
    pub fn gains(&self) -> Gains {
        Gains { expected: self.expected_gain_ppm, realised: self.realised_gain_ppm }
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("expected_gain_ppm", &self.expected_gain_ppm)
            .field("realised_gain_ppm", &self.realised_gain_ppm)
            .finish_non_exhaustive()
    }
}

/// What everybody knows of a buyer: its gains by the performance reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gains {
    /// Certified beforehand.
    pub expected: Ppm,
    /// Measured afterwards.
    pub realised: Ppm,
}

/// What the rule decides; all of it public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The price of the expected gain, minor units.
    pub clearing_price: Amount,
    /// Number of winners.
    pub sold: Count,
    /// Winner flags, by row.
    pub won: Vec<bool>,
    /// Payments for the realised gains, by row, minor units.
    pub payments: Vec<Amount>,
    /// Sum of the payments.
    pub total: Wide,
    /// The operator's part of the total.
    pub fee: Wide,
    /// The seller's part of the total.
    pub proceeds: Wide,
}
