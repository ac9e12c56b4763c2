#![doc = include_str!("competition_aware_allocation/card.md")]
//!
//! Normative text: rules.md section 5.

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
use crate::rule::{Column, Disclosure, Evidence, Money, NoColumns, Refusal, Rule, Source, WrongOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// `competition-aware-allocation/v1`: which data goes to buyers who compete.
pub struct CompetitionAwareAllocation;

/// The public parameters of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// What each action earns those who take it, together, minor units; 1 to 16 actions.
    pub action_values: Vec<Amount>,
    /// The part of its revenue that a buyer pays, at most 10000.
    pub discount_bps: BasisPoints,
}

/// One buyer's numbers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Bit j (of value 2^j) is set if some data set makes the buyer choose action j; bits beyond the actions
    /// mean nothing. Private.
    pub steerable: Count,
    /// The action that the buyer takes with the unchanged data, from 0; anything beyond the actions = none.
    /// Private.
    pub baseline_action: Count,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Row(secret)")
    }
}

/// What the rule decides. A round may seal actions, revenues and payments, together; baseline revenues are never
/// published; the sums are public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The action that each row is steered to, by its place in the terms, from 0; null = none. Sealed in rounds
    /// that seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<Vec<Option<Count>>>,
    /// What that action earns the row, minor units. Sealed in rounds that seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revenues: Option<Vec<Amount>>,
    /// Sum of the revenues.
    pub total_revenue: Wide,
    /// Payments, by row, minor units. Sealed in rounds that seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payments: Option<Vec<Amount>>,
    /// Sum of the payments; all of it is the seller's.
    pub total: Wide,
    /// What each row would have earned with the same data for all, minor units. No settlement has it: whoever has
    /// the openings can compute it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_revenues: Option<Vec<Amount>>,
    /// Sum of the baseline revenues.
    pub baseline_revenue: Wide,
}

/// The result columns: an action tells the payment, so a round seals all of them or none.
const RESULTS: &[&str] = &["actions", "revenues", "payments"];

impl Rule for CompetitionAwareAllocation {
    type Terms = Terms;
    type Row = Row;
    type Public = NoColumns;
    type Outcome = Outcome;

    const ID: &'static str = "competition-aware-allocation/v1";
    const CARD: &'static str = include_str!("competition_aware_allocation/card.md");
    const COLUMNS: &'static [Column] =
        &[Column::new("steerable", Source::Sealed), Column::new("baseline_action", Source::Sealed)];
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
            ("actions", outcome.actions.as_ref().map(to_value)),
            ("revenues", outcome.revenues.as_ref().map(to_value)),
            ("payments", outcome.payments.as_ref().map(to_value)),
        ];
        columns.into_iter().filter_map(|(name, column)| Some((name, column?))).collect()
    }

    fn withheld(disclosure: Disclosure) -> &'static [&'static str] {
        match disclosure {
            Disclosure::Public => &["baseline_revenues"],
            Disclosure::Sealed => &["actions", "revenues", "payments", "baseline_revenues"],
        }
    }

    fn results(outcome: &Outcome) -> Vec<Vec<u128>> {
        let number = |action: &Option<Count>| action.map_or(0, |action| u128::from(action.0) + 1);
        let amounts = |amounts: &Option<Vec<Amount>>| amounts.iter().flatten().map(|x| x.0.into()).collect();
        let actions = outcome.actions.iter().flatten().map(number).collect();
        vec![actions, amounts(&outcome.revenues), amounts(&outcome.payments)]
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
        Some(&Proved::<circuit::AllocationCircuit>::NEW)
    }
}
