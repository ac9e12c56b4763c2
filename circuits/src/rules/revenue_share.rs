#![doc = include_str!("revenue_share/card.md")]
//!
//! Normative text: rules.md section 6. With public weights nothing is hidden and nothing needs a proof: whoever
//! verifies recomputes. Sealed weights are proved, by the relation of rules.md section 6.6.

pub mod circuit;
mod native;
mod round;
pub mod shapley;

#[cfg(any(test, feature = "testing"))]
pub mod subject;
#[cfg(test)]
mod tests;

pub use native::MAX_ROWS;

use crate::json::to_value;
use crate::number::{Amount, BasisPoints, Count};
use crate::proved::{Proved, ProvedRule};
use crate::rule::{Column, Disclosure, Evidence, Money, Refusal, Rule, Source, WrongOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// `revenue-share/v1`: one revenue in proportion to weights.
pub struct RevenueShare;

/// The public parameters of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// What is divided, minor units.
    pub revenue: Amount,
    /// The operator's share of the revenue, at most 10000.
    pub fee_bps: BasisPoints,
    /// Weight that belongs to nobody.
    pub unallocated_weight: Count,
}

/// One party's number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The party's weight, any unit common to all rows. Private in rounds that seal.
    pub weight: Count,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Row(secret)")
    }
}

/// What is public of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Public {
    /// The party's weight, in public rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Count>,
}

/// What the rule decides. A round that seals the weights seals the receipts too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The operator's part, minor units.
    pub fee: Amount,
    /// Each party's part, by row, minor units. Sealed in rounds that seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<Vec<Amount>>,
    /// What stays undistributed, minor units.
    pub dust: Amount,
}

/// The result columns.
const RESULTS: &[&str] = &["receipts"];

impl Rule for RevenueShare {
    type Terms = Terms;
    type Row = Row;
    type Public = Public;
    type Outcome = Outcome;

    const ID: &'static str = "revenue-share/v1";
    const CARD: &'static str = include_str!("revenue_share/card.md");
    const COLUMNS: &'static [Column] = &[Column::new("weight", Source::Either("weight"))];
    const EVIDENCES: &'static [Evidence] = &[Evidence::Recomputed, Evidence::Proved];
    const RESULTS: &'static [&'static str] = RESULTS;
    const LEAVES_DUST: bool = true;

    fn evidence(_: &Terms, disclosure: Disclosure) -> Evidence {
        match disclosure {
            Disclosure::Public => Evidence::Recomputed,
            Disclosure::Sealed => Evidence::Proved,
        }
    }

    fn check_terms(terms: &Terms) -> Result<(), Refusal> {
        native::check_terms(terms)
    }

    fn check_row_count(_: &Terms, rows: usize) -> Result<(), Refusal> {
        native::check_row_count(rows)
    }

    fn max_rows(_: &Terms) -> Count {
        MAX_ROWS
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
        outcome.receipts.iter().map(|receipts| ("receipts", to_value(receipts))).collect()
    }

    fn withheld(disclosure: Disclosure) -> &'static [&'static str] {
        match disclosure {
            Disclosure::Public => &[],
            Disclosure::Sealed => RESULTS,
        }
    }

    fn results(outcome: &Outcome) -> Vec<Vec<u128>> {
        vec![outcome.receipts.iter().flatten().map(|receipt| receipt.0.into()).collect()]
    }

    fn own_view(
        _: &Terms,
        outcome: &Outcome,
        index: usize,
        row: &Row,
        results: &[u128],
    ) -> Result<&'static str, WrongOutcome> {
        native::own_view(outcome, index, row, results)
    }

    fn proved() -> Option<&'static dyn ProvedRule> {
        Some(&Proved::<circuit::RevenueShareCircuit>::NEW)
    }
}
