#![doc = include_str!("resource_stackelberg/card.md")]
//!
//! Normative text: rules.md section 9.

mod centres;
pub mod circuit;
pub mod native;
mod round;

#[cfg(any(test, feature = "testing"))]
pub mod subject;
#[cfg(test)]
mod tests;

use crate::json::to_value;
use crate::number::{Amount, Count, Ppm, Wide};
use crate::proved::{Proved, ProvedRule};
use crate::rule::{Column, Disclosure, Evidence, Money, Refusal, Rule, Source, WrongOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// `resource-stackelberg/v1`: a budget, and who supplies data for it.
pub struct ResourceStackelberg;

/// The public parameters of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// A: how much the model owner values data, minor units, below 2^44.
    pub value_scale: Amount,
    /// u: what a unit of data costs its owner, minor units, 1 to 2^32 − 1.
    pub unit_cost: Amount,
    /// ξ: the lowest quality that takes part, ppm, 1 to 1000000.
    pub min_quality_ppm: Ppm,
    /// ε: what a unit of load costs a centre of cost 1000000 ppm, minor units, 1 to 2^32 − 1.
    pub centre_unit_cost: Amount,
    /// The computing centres, at most 256.
    pub centres: Vec<Centre>,
}

/// One computing centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Centre {
    /// σ: the centre's cost relative to the common one, ppm, 1 to 1000000.
    pub cost_ppm: Ppm,
}

/// One data owner's numbers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// f: quality of the owner's data, ppm; more than 1000000 counts as that. Private.
    pub quality_ppm: Ppm,
    /// How much data the owner has, records, below 2^32. Public.
    pub data_size: Count,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Row(secret)")
    }
}

/// What is public of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Public {
    /// How much data the owner has, records, below 2^32.
    pub data_size: Count,
}

/// What the rule decides. A round that seals receipts and contributions does not publish what follows from them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// What the model owner spends, minor units.
    pub budget: Amount,
    /// Who supplies data, by row.
    pub active: Vec<bool>,
    /// What each data owner gets, by row, minor units. Sealed in rounds that seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<Vec<Amount>>,
    /// How much each data owner supplies, by row, millionths of a unit of data. Sealed in rounds that seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contributions_ppm: Option<Vec<Ppm>>,
    /// How much each centre computes, in the order of the terms, millionths of a unit. Missing in rounds that seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loads_ppm: Option<Vec<Wide>>,
    /// The centre that computes for a data owner, by row: its index in the terms, if any. Missing in rounds that
    /// seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre: Option<Vec<Option<Count>>>,
}

/// The result columns.
const RESULTS: &[&str] = &["receipts", "contributions_ppm"];

impl Rule for ResourceStackelberg {
    type Terms = Terms;
    type Row = Row;
    type Public = Public;
    type Outcome = Outcome;

    const ID: &'static str = "resource-stackelberg/v1";
    const CARD: &'static str = include_str!("resource_stackelberg/card.md");
    const COLUMNS: &'static [Column] =
        &[Column::new("quality_ppm", Source::Sealed), Column::new("data_size", Source::Bid)];
    const EVIDENCES: &'static [Evidence] = &[Evidence::Proved];
    const RESULTS: &'static [&'static str] = RESULTS;

    fn check_terms(terms: &Terms) -> Result<(), Refusal> {
        native::check_terms(terms)
    }

    fn check_row_count(terms: &Terms, rows: usize) -> Result<(), Refusal> {
        native::check_row_count(terms, rows)
    }

    fn check_row(_: &Terms, row: &Public) -> Result<(), Refusal> {
        native::check_data_size(row.data_size)
    }

    fn max_rows(_: &Terms) -> Count {
        Count(native::MAX_ROWS as u64)
    }

    fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
        native::evaluate(terms, rows)
    }

    fn check_outcome(
        terms: &Terms,
        disclosure: Disclosure,
        rows: &[Public],
        outcome: &Outcome,
    ) -> Result<Money, WrongOutcome> {
        native::check_outcome(terms, disclosure, rows, outcome)
    }

    fn public_columns(outcome: &Outcome) -> Vec<(&'static str, Value)> {
        let columns = [
            ("active", Some(to_value(&outcome.active))),
            ("receipts", outcome.receipts.as_ref().map(to_value)),
            ("contributions_ppm", outcome.contributions_ppm.as_ref().map(to_value)),
            ("centre", outcome.centre.as_ref().map(to_value)),
        ];
        columns.into_iter().filter_map(|(name, column)| Some((name, column?))).collect()
    }

    fn withheld(disclosure: Disclosure) -> &'static [&'static str] {
        match disclosure {
            Disclosure::Public => &[],
            Disclosure::Sealed => &["receipts", "contributions_ppm", "loads_ppm", "centre"],
        }
    }

    fn results(outcome: &Outcome) -> Vec<Vec<u128>> {
        let receipts = outcome.receipts.iter().flatten().map(|receipt| receipt.0.into());
        let contributions = outcome.contributions_ppm.iter().flatten().map(|part| part.0.into());
        vec![receipts.collect(), contributions.collect()]
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
        Some(&Proved::<circuit::ResourceStackelbergCircuit>::NEW)
    }
}
