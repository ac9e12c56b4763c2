#![doc = include_str!("resource_stackelberg_capped/card.md")]
//!
//! Normative text: rules.md section 9b.

pub mod native;

#[cfg(any(test, feature = "testing"))]
pub mod subject;
#[cfg(test)]
mod tests;

use crate::json::to_value;
use crate::number::{Amount, Count, Ppm};
use crate::rule::{Column, Disclosure, Evidence, Money, NoColumns, Refusal, Rule, Source, WrongOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// `resource-stackelberg-capped/v1`: a given budget, for owners who have only so much data.
pub struct ResourceStackelbergCapped;

/// The public parameters of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// B: what the model owner spends, minor units, below 2^44.
    pub budget: Amount,
    /// u: what a unit of data costs its owner, minor units, 1 to 2^32 − 1.
    pub unit_cost: Amount,
    /// ξ: the lowest quality that takes part, ppm, 1 to 1000000.
    pub min_quality_ppm: Ppm,
}

/// One data owner's numbers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// f: quality of the owner's data, ppm; more than 1000000 counts as that. Private.
    pub quality_ppm: Ppm,
    /// The most that the owner can supply, millionths of a unit of data; more than 2^32 − 1 counts as that.
    /// Private.
    pub capacity_ppm: Ppm,
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
    /// What each data owner gets, by row, minor units.
    pub receipts: Vec<Amount>,
    /// How much each data owner supplies, by row, millionths of a unit of data.
    pub contributions_ppm: Vec<Ppm>,
    /// Who supplies all it can, by row.
    pub at_capacity: Vec<bool>,
    /// What stays unspent, minor units: the whole budget if there is no contest.
    pub dust: Amount,
}

impl Rule for ResourceStackelbergCapped {
    type Terms = Terms;
    type Row = Row;
    type Public = NoColumns;
    type Outcome = Outcome;

    const ID: &'static str = "resource-stackelberg-capped/v1";
    const CARD: &'static str = include_str!("resource_stackelberg_capped/card.md");
    const COLUMNS: &'static [Column] =
        &[Column::new("quality_ppm", Source::Sealed), Column::new("capacity_ppm", Source::Sealed)];
    const EVIDENCES: &'static [Evidence] = &[Evidence::Asserted];
    const LEAVES_DUST: bool = true;

    fn check_terms(terms: &Terms) -> Result<(), Refusal> {
        native::check_terms(terms)
    }

    fn check_row_count(terms: &Terms, rows: usize) -> Result<(), Refusal> {
        native::check_row_count(terms, rows)
    }

    fn max_rows(_: &Terms) -> Count {
        Count(super::resource_stackelberg::native::MAX_ROWS as u64)
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
        vec![
            ("receipts", to_value(&outcome.receipts)),
            ("contributions_ppm", to_value(&outcome.contributions_ppm)),
            ("at_capacity", to_value(&outcome.at_capacity)),
        ]
    }

    fn own_view(
        terms: &Terms,
        outcome: &Outcome,
        index: usize,
        row: &Row,
        _: &[u128],
    ) -> Result<&'static str, WrongOutcome> {
        native::own_view(terms, outcome, index, row)
    }
}
