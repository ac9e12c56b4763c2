#![doc = include_str!("uniform_price/card.md")]
//!
//! Normative text: rules.md section 1; the relation: proof-system.md section 8.

pub mod circuit;
mod native;
mod round;

#[cfg(any(test, feature = "testing"))]
pub mod subject;
#[cfg(test)]
mod tests;

use crate::json::to_value;
use crate::number::{Amount, BasisPoints, Count, Wide};
use crate::proved::{Proved, ProvedRule};
use crate::rule::{Column, Disclosure, Evidence, Money, NoColumns, Refusal, Rule, Source, WrongOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// `uniform-price/v1`: the K+1-price auction.
pub struct UniformPrice;

/// The public parameters of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Copies for sale, at least 1.
    pub copies: Count,
    /// The lowest price, minor units.
    pub reserve_price: Amount,
    /// The operator's share of the total, at most 10000.
    pub fee_bps: BasisPoints,
}

/// One bidder's numbers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The most the party would pay for one copy, minor units; 0 = no bid. Private.
    pub valuation: Amount,
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
    /// What every winner pays, minor units.
    pub clearing_price: Amount,
    /// Number of winners.
    pub sold: Count,
    /// Winner flags, by row.
    pub won: Vec<bool>,
    /// Payments, by row, minor units.
    pub payments: Vec<Amount>,
    /// Sum of the payments.
    pub total: Wide,
    /// The operator's part of the total.
    pub fee: Wide,
    /// The seller's part of the total.
    pub proceeds: Wide,
}

impl Rule for UniformPrice {
    type Terms = Terms;
    type Row = Row;
    type Public = NoColumns;
    type Outcome = Outcome;

    const ID: &'static str = "uniform-price/v1";
    const CARD: &'static str = include_str!("uniform_price/card.md");
    const COLUMNS: &'static [Column] = &[Column::new("valuation", Source::Sealed)];
    const EVIDENCES: &'static [Evidence] = &[Evidence::Proved];
    const SELLS: bool = true;

    fn check_terms(terms: &Terms) -> Result<(), Refusal> {
        native::check_terms(terms)
    }

    fn check_row_count(_: &Terms, rows: usize) -> Result<(), Refusal> {
        native::check_row_count(rows)
    }

    fn max_rows(_: &Terms) -> Count {
        native::MAX_ROWS
    }

    fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
        native::evaluate(terms, rows)
    }

    fn check_outcome(
        terms: &Terms,
        _: Disclosure,
        rows: &[NoColumns],
        outcome: &Outcome,
    ) -> Result<Money, WrongOutcome> {
        native::check_outcome(terms, rows.len(), outcome)
    }

    fn public_columns(outcome: &Outcome) -> Vec<(&'static str, Value)> {
        vec![("won", to_value(&outcome.won))]
    }

    fn own_view(
        _: &Terms,
        outcome: &Outcome,
        index: usize,
        row: &Row,
        _: &[u128],
    ) -> Result<&'static str, WrongOutcome> {
        let price = outcome.clearing_price;
        match outcome.won.get(index) {
            Some(true) if row.valuation >= price => Ok("won, not above your valuation"),
            Some(false) if row.valuation <= price => Ok("did not win, your valuation is not above the price"),
            _ => Err(WrongOutcome::Payment("the outcome contradicts your valuation".into())),
        }
    }

    fn proved() -> Option<&'static dyn ProvedRule> {
        Some(&Proved::<circuit::UniformPriceCircuit>::NEW)
    }
}
