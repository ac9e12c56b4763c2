#![doc = include_str!("data_coalition/card.md")]
//!
//! Normative text: rules.md section 8b. Rows are those of [`data_sharing`](super::data_sharing).

pub mod native;

#[cfg(test)]
mod tests;

pub use super::data_sharing::Row;

use crate::number::{Count, Ppm};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The public parameters of a round. A firm's unit cost with n records is a + b/n^β, β = numerator /
/// denominator; the demand intercept is 1000000 ppm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// How the firms compete: `cournot` in quantities or `bertrand` in prices.
    pub competition: String,
    /// How close the products are, ppm, below 1000000: 0 = independent goods.
    pub similarity_ppm: Ppm,
    /// Numerator of β, at least 1.
    pub exponent_numerator: Count,
    /// Denominator of β, from the numerator to 4, without a common divisor.
    pub exponent_denominator: Count,
}

/// What the rule decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Who pools its data, by row; nobody if no coalition is stable.
    pub members: Vec<bool>,
    /// Number of coalitions in which no member's profit is below that without a coalition.
    pub rational: Count,
    /// Number of those that nobody wants to leave and nobody is wanted in.
    pub stable: Count,
}
