#![doc = include_str!("assignment/card.md")]
//!
//! Normative text: rules.md section 4.

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

/// Something for sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// How often it can be sold, at least 1.
    pub copies: Count,
    /// Its lowest price, minor units.
    pub reserve_price: Amount,
}

/// The public parameters of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// What is for sale, 1 to 16 items.
    pub items: Vec<Item>,
    /// The operator's share of what each item brings in, at most 10000.
    pub fee_bps: BasisPoints,
}

/// One bidder's numbers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The most the party would pay for each item, minor units; 0 = no interest. The party gets at most one
    /// item. Private.
    pub valuations: Vec<Amount>,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Row(secret)")
    }
}

/// What the rule decides; all of it public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The item that each row gets, by its place in the terms, from 0; null = nothing.
    pub assigned: Vec<Option<Count>>,
    /// What a copy of each item costs, minor units.
    pub prices: Vec<Amount>,
    /// Payments, by row, minor units.
    pub payments: Vec<Amount>,
    /// Sum of the payments.
    pub total: Wide,
    /// The operator's part of the total.
    pub fee: Wide,
    /// The part of each item's seller.
    pub proceeds: Vec<Wide>,
}
