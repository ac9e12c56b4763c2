#![doc = include_str!("assignment/card.md")]
//!
//! Normative text: rules.md section 4.

pub mod certificate;
pub mod circuit;
pub mod native;
mod round;

#[cfg(any(test, feature = "testing"))]
pub mod subject;
#[cfg(test)]
mod tests;

use crate::json::to_value;
use crate::number::{Amount, BasisPoints, Count, Wide};
use crate::proved::{Proved, ProvedRule};
use crate::rule::{Column, Disclosure, Evidence, Money, NoColumns, Refusal, Rule, WrongOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// `assignment/v1`: several items, at most one for each bidder.
pub struct Assignment;

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

impl Rule for Assignment {
    type Terms = Terms;
    type Row = Row;
    type Public = NoColumns;
    type Outcome = Outcome;

    const ID: &'static str = "assignment/v1";
    const CARD: &'static str = include_str!("assignment/card.md");
    const COLUMNS: &'static [Column] = &[Column::sealed_list("valuations")];
    const EVIDENCES: &'static [Evidence] = &[Evidence::Proved];
    const SELLS: bool = true;

    fn list_length(terms: &Terms) -> usize {
        terms.items.len()
    }

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
        _: Disclosure,
        rows: &[NoColumns],
        outcome: &Outcome,
    ) -> Result<Money, WrongOutcome> {
        native::check_outcome(terms, rows.len(), outcome)
    }

    fn public_columns(outcome: &Outcome) -> Vec<(&'static str, Value)> {
        vec![("assigned", to_value(&outcome.assigned))]
    }

    fn own_view(
        _: &Terms,
        outcome: &Outcome,
        index: usize,
        row: &Row,
        _: &[u128],
    ) -> Result<&'static str, WrongOutcome> {
        if !native::content(outcome, index, row) {
            return Err(WrongOutcome::Payment("the outcome contradicts your valuations".into()));
        }
        match outcome.assigned.get(index) {
            Some(Some(_)) => Ok("got an item that is worth at least as much above its price as any other"),
            _ => Ok("got no item, none is worth more to you than it costs"),
        }
    }

    fn proved() -> Option<&'static dyn ProvedRule> {
        Some(&Proved::<circuit::AssignmentCircuit>::NEW)
    }
}
