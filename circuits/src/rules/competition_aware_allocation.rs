#![doc = include_str!("competition_aware_allocation/card.md")]
//!
//! Normative text: rules.md section 5.

pub mod certificate;
pub mod native;

#[cfg(any(test, feature = "testing"))]
pub mod subject;
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
    /// What each action earns those who take it, together, minor units; 1 to 16 actions.
    pub action_values: Vec<Amount>,
    /// The part of its revenue that a buyer pays, at most 10000.
    pub discount_bps: BasisPoints,
}

/// One buyer's numbers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Bit j (of value 2^j) is set if some data set makes the buyer choose action j; bits beyond the actions
    /// mean nothing. Private.
    pub steerable: Count,
    /// The action that the buyer takes with the unchanged data, from 0; anything beyond the actions = none.
    /// Private.
    pub baseline_action: Count,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Row(secret)")
    }
}

/// What the rule decides. A round may seal actions, revenues and payments, together; baseline revenues are
/// always sealed to their party; the sums are public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The action that each row is steered to, by its place in the terms, from 0; null = none.
    pub actions: Vec<Option<Count>>,
    /// What that action earns the row, minor units.
    pub revenues: Vec<Amount>,
    /// Sum of the revenues.
    pub total_revenue: Wide,
    /// Payments, by row, minor units.
    pub payments: Vec<Amount>,
    /// Sum of the payments.
    pub total: Wide,
    /// What each row would have earned with the same data for all, minor units.
    pub baseline_revenues: Vec<Amount>,
    /// Sum of the baseline revenues.
    pub baseline_revenue: Wide,
}
