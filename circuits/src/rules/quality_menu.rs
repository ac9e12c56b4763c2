#![doc = include_str!("quality_menu/card.md")]
//!
//! Normative text: rules.md section 3.

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
use crate::rule::{Column, Disclosure, Evidence, Money, NoColumns, Refusal, Rule, Source, WrongOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// `quality-menu/v1`: posted tiers of quality.
pub struct QualityMenu;

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
    /// The tier that each row gets, from 1; 0 = none. Sealed in rounds that seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<Vec<Count>>,
    /// The gain of that tier, by row, ppm. Sealed in rounds that seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gains_ppm: Option<Vec<Ppm>>,
    /// Payments, by row, minor units. Sealed in rounds that seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payments: Option<Vec<Amount>>,
    /// Sum of the payments.
    pub total: Wide,
    /// The operator's part of the total.
    pub fee: Wide,
    /// The seller's part of the total.
    pub proceeds: Wide,
}

/// The result columns: a level tells the payment, so a round seals all of them or none.
const RESULTS: &[&str] = &["levels", "gains_ppm", "payments"];

impl Rule for QualityMenu {
    type Terms = Terms;
    type Row = Row;
    type Public = NoColumns;
    type Outcome = Outcome;

    const ID: &'static str = "quality-menu/v1";
    const CARD: &'static str = include_str!("quality_menu/card.md");
    const COLUMNS: &'static [Column] = &[Column::new("valuation_per_ppm", Source::Sealed)];
    const EVIDENCES: &'static [Evidence] = &[Evidence::Proved];
    const RESULTS: &'static [&'static str] = RESULTS;
    const SELLS: bool = true;

    fn check_terms(terms: &Terms) -> Result<(), Refusal> {
        native::check_terms(terms)
    }

    fn check_row_count(terms: &Terms, rows: usize) -> Result<(), Refusal> {
        native::check_row_count(terms, rows)
    }

    fn max_rows(_: &Terms) -> Count {
        native::MAX_ROWS
    }

    fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
        native::evaluate(terms, rows)
    }

    fn check_outcome(
        terms: &Terms,
        disclosure: Disclosure,
        rows: &[NoColumns],
        outcome: &Outcome,
    ) -> Result<Money, WrongOutcome> {
        native::check_outcome(terms, disclosure, rows.len(), outcome)
    }

    fn public_columns(outcome: &Outcome) -> Vec<(&'static str, Value)> {
        let columns = [
            ("levels", outcome.levels.as_ref().map(to_value)),
            ("gains_ppm", outcome.gains_ppm.as_ref().map(to_value)),
            ("payments", outcome.payments.as_ref().map(to_value)),
        ];
        columns.into_iter().filter_map(|(name, column)| Some((name, column?))).collect()
    }

    fn withheld(disclosure: Disclosure) -> &'static [&'static str] {
        match disclosure {
            Disclosure::Public => &[],
            Disclosure::Sealed => RESULTS,
        }
    }

    fn results(outcome: &Outcome) -> Vec<Vec<u128>> {
        let levels = outcome.levels.iter().flatten().map(|level| level.0.into());
        let gains = outcome.gains_ppm.iter().flatten().map(|gain| gain.0.into());
        let payments = outcome.payments.iter().flatten().map(|payment| payment.0.into());
        vec![levels.collect(), gains.collect(), payments.collect()]
    }

    fn own_view(
        terms: &Terms,
        outcome: &Outcome,
        index: usize,
        row: &Row,
        results: &[u128],
    ) -> Result<&'static str, WrongOutcome> {
        native::own_view(terms, outcome, index, row, results)
    }

    fn proved() -> Option<&'static dyn ProvedRule> {
        Some(&Proved::<circuit::QualityMenuCircuit>::NEW)
    }
}
