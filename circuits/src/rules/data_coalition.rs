#![doc = include_str!("data_coalition/card.md")]
//!
//! Normative text: rules.md section 8b. Rows are those of [`data_sharing`](super::data_sharing).

pub mod native;

#[cfg(any(test, feature = "testing"))]
pub mod subject;
#[cfg(test)]
mod tests;

pub use super::data_sharing::Row;

use crate::json::to_value;
use crate::number::{Count, Ppm};
use crate::rule::{Column, Disclosure, Evidence, Money, NoColumns, Refusal, Rule, Source, WrongOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `data-coalition/v1`: which competitors pool their data.
pub struct DataCoalition;

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

impl Rule for DataCoalition {
    type Terms = Terms;
    type Row = Row;
    type Public = NoColumns;
    type Outcome = Outcome;

    const ID: &'static str = "data-coalition/v1";
    const CARD: &'static str = include_str!("data_coalition/card.md");
    const COLUMNS: &'static [Column] = &[
        Column::new("data_size", Source::Sealed),
        Column::new("irreducible_cost_ppm", Source::Sealed),
        Column::new("learning_cost_ppm", Source::Sealed),
    ];
    const EVIDENCES: &'static [Evidence] = &[Evidence::Asserted];

    fn check_terms(terms: &Terms) -> Result<(), Refusal> {
        native::check_terms(terms)
    }

    fn check_row_count(terms: &Terms, rows: usize) -> Result<(), Refusal> {
        native::check_row_count(terms, rows)
    }

    fn max_rows(_: &Terms) -> Count {
        Count(*native::ROWS.end() as u64)
    }

    fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
        native::evaluate(terms, rows)
    }

    fn check_outcome(
        _: &Terms,
        _: Disclosure,
        rows: &[NoColumns],
        outcome: &Outcome,
    ) -> Result<Money, WrongOutcome> {
        native::check_outcome(rows.len(), outcome)
    }

    fn public_columns(outcome: &Outcome) -> Vec<(&'static str, Value)> {
        vec![("members", to_value(&outcome.members))]
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
