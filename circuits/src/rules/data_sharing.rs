#![doc = include_str!("data_sharing/card.md")]
//!
//! Normative text: rules.md section 8.

mod bargain;
pub mod market;
pub mod native;

#[cfg(test)]
mod tests;

use crate::number::{Count, Ppm};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The public parameters of a round. A firm's unit cost with n records is a + b/n^β, β = numerator /
/// denominator; the demand intercept is 1000000 ppm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// How the firms compete: `cournot` in quantities or `bertrand` in prices.
    pub competition: String,
    /// How close the products are, ppm, below 1000000: 0 = independent goods.
    pub similarity_ppm: Ppm,
    /// `all-or-nothing`: pool everything or nothing; `nash`: the Nash bargain over amounts, with β = 1 only.
    pub bargaining: String,
    /// Numerator of β, at least 1.
    pub exponent_numerator: Count,
    /// Denominator of β, from the numerator to 4, without a common divisor.
    pub exponent_denominator: Count,
}

/// One firm's numbers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// n: records that the firm has; 0 counts as 1, more than 2^32 − 1 as 2^32 − 1. Private.
    pub data_size: Count,
    /// a: unit cost that no data lowers, ppm of the demand intercept; more than 1000000 counts as that.
    /// Private.
    pub irreducible_cost_ppm: Ppm,
    /// b: unit cost that data lowers, ppm of the demand intercept with one record; 0 counts as 1, more than
    /// 2^48 − 1 as 2^48 − 1. Private.
    pub learning_cost_ppm: Ppm,
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
    /// Whether the firms share.
    pub share: bool,
    /// Records that each firm gives to the other, by row.
    pub gives: [Count; 2],
}
