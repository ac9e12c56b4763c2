#![doc = include_str!("performance_auction/card.md")]
//!
//! Normative text: rules.md section 2.

pub mod circuit;
pub mod native;
mod round;

#[cfg(any(test, feature = "testing"))]
pub mod subject;
#[cfg(test)]
mod tests;

use crate::json::to_value;
use crate::number::{Amount, BasisPoints, Count, Ppm, Wide};
use crate::proved::{Proved, ProvedRule};
use crate::rule::{Column, Disclosure, Evidence, Money, Refusal, Rule, Source, WrongOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// `performance-auction/v1`: copies by certified gain, paid for by realised gain.
pub struct PerformanceAuction;

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
        let Self { expected_gain_ppm, realised_gain_ppm, .. } = *self;
        Gains { expected_gain_ppm, realised_gain_ppm }
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gains {
    /// Certified beforehand, ppm.
    pub expected_gain_ppm: Ppm,
    /// Measured afterwards, ppm.
    pub realised_gain_ppm: Ppm,
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

impl Rule for PerformanceAuction {
    type Terms = Terms;
    type Row = Row;
    type Public = Gains;
    type Outcome = Outcome;

    const ID: &'static str = "performance-auction/v1";
    const CARD: &'static str = include_str!("performance_auction/card.md");
    const COLUMNS: &'static [Column] = &[
        Column::new("valuation_per_ppm", Source::Sealed),
        Column::new("expected_gain_ppm", Source::Report("expected_gain")),
        Column::new("realised_gain_ppm", Source::Report("realised_gain")),
    ];
    const EVIDENCES: &'static [Evidence] = &[Evidence::Proved];
    const SELLS: bool = true;

    fn check_terms(terms: &Terms) -> Result<(), Refusal> {
        native::check_terms(terms)
    }

    fn check_row_count(terms: &Terms, rows: usize) -> Result<(), Refusal> {
        native::check_row_count(terms, rows)
    }

    fn check_row(_: &Terms, row: &Gains) -> Result<(), Refusal> {
        native::check_gains(*row)
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
        rows: &[Gains],
        outcome: &Outcome,
    ) -> Result<Money, WrongOutcome> {
        native::check_outcome(terms, rows, outcome)
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
        let (score, price) = (native::score_of(row.valuation_per_ppm, row.gains()), outcome.clearing_price.0);
        match outcome.won.get(index) {
            Some(true) if score >= price => Ok("won, not above your bid for the gain you got"),
            Some(false) if score <= price => Ok("did not win, your score is not above the price"),
            _ => Err(WrongOutcome::Payment("the outcome contradicts your valuation".into())),
        }
    }

    fn proved() -> Option<&'static dyn ProvedRule> {
        Some(&Proved::<circuit::PerformanceAuctionCircuit>::NEW)
    }
}
