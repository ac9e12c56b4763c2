#![doc = include_str!("data_sharing/card.md")]
//!
//! Normative text: rules.md section 8.

mod bargain;
pub mod circuit;
pub mod market;
pub mod native;
mod round;

#[cfg(any(test, feature = "testing"))]
pub mod subject;
#[cfg(test)]
mod tests;

use crate::json::to_value;
use crate::number::{Count, Ppm};
use crate::proved::{Proved, ProvedRule};
use crate::rule::{Column, Disclosure, Evidence, Money, NoColumns, Refusal, Rule, Source, WrongOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// `data-sharing/v1`: whether two competitors pool their data, or how much each gives.
pub struct DataSharing;

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
    /// Records that each firm gives to the other, by row. Sealed in rounds that seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gives: Option<[Count; 2]>,
}

/// The result columns.
const RESULTS: &[&str] = &["gives"];

impl Rule for DataSharing {
    type Terms = Terms;
    type Row = Row;
    type Public = NoColumns;
    type Outcome = Outcome;

    const ID: &'static str = "data-sharing/v1";
    const CARD: &'static str = include_str!("data_sharing/card.md");
    const COLUMNS: &'static [Column] = &[
        Column::new("data_size", Source::Sealed),
        Column::new("irreducible_cost_ppm", Source::Sealed),
        Column::new("learning_cost_ppm", Source::Sealed),
    ];
    const EVIDENCES: &'static [Evidence] = &[Evidence::Proved, Evidence::Asserted];
    const RESULTS: &'static [&'static str] = RESULTS;

    /// The Nash bargain has no circuit.
    fn evidence(terms: &Terms, _: Disclosure) -> Evidence {
        if native::is_nash(terms) { Evidence::Asserted } else { Evidence::Proved }
    }

    fn check_terms(terms: &Terms) -> Result<(), Refusal> {
        native::check_terms(terms)
    }

    fn check_row_count(terms: &Terms, rows: usize) -> Result<(), Refusal> {
        native::check_row_count(terms, rows)
    }

    fn max_rows(_: &Terms) -> Count {
        Count(native::ROWS as u64)
    }

    fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
        native::evaluate(terms, rows)
    }

    fn check_outcome(
        terms: &Terms,
        disclosure: Disclosure,
        _: &[NoColumns],
        outcome: &Outcome,
    ) -> Result<Money, WrongOutcome> {
        native::check_outcome(terms, disclosure, outcome)
    }

    fn public_columns(outcome: &Outcome) -> Vec<(&'static str, Value)> {
        outcome.gives.iter().map(|gives| ("gives", to_value(gives))).collect()
    }

    fn withheld(disclosure: Disclosure) -> &'static [&'static str] {
        match disclosure {
            Disclosure::Public => &[],
            Disclosure::Sealed => RESULTS,
        }
    }

    fn results(outcome: &Outcome) -> Vec<Vec<u128>> {
        vec![outcome.gives.iter().flatten().map(|given| given.0.into()).collect()]
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
        Some(&Proved::<circuit::DataSharingCircuit>::NEW)
    }
}
