#![doc = include_str!("fine_tuning_bargain/card.md")]
//!
//! Normative text: rules.md section 7.

pub mod circuit;
pub mod native;
mod round;
mod share;

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
use share::Solution;
use std::fmt;

/// `fine-tuning-bargain/v1`: the maker of a general model and specialists agree on its share of revenue.
pub struct FineTuningBargain;

/// The public parameters of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// One of `utilitarian`, `egalitarian`, `nash`, `kalai-smorodinsky`, `powerful-g`, `powerful-d`.
    pub solution: String,
    /// The domains that the general model is adapted to, 1 to 4; more than one only with `utilitarian` or
    /// `nash`.
    pub domains: Vec<Domain>,
    /// The operator's share of each domain's revenue, at most 10000.
    pub fee_bps: BasisPoints,
}

/// One domain of use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Minor units per unit of performance, 1 to 65535.
    pub revenue_rate: Amount,
    /// The realised revenue that is divided, minor units.
    pub revenue: Amount,
}

/// One party's number: row 0 is the generalist, row i the specialist of domain i − 1.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The coefficient of the party's quadratic cost, any unit common to all rows; 0 counts as 1, more than
    /// 2^32 − 1 as 2^32 − 1. Private.
    pub cost: Count,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Row(secret)")
    }
}

/// What the rule decides. A round that seals the share seals the receipts too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The generalist's share of every domain's revenue after the fee, parts per 2^32. Sealed in rounds that seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_q32: Option<Count>,
    /// What each party gets, by row, minor units; only the generalist's, a sum over domains, can exceed 2^64
    /// − 1. Sealed in rounds that seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<Vec<Wide>>,
    /// Sum of the revenues.
    pub total: Wide,
    /// The operator's part of the total.
    pub fee: Wide,
}

/// The result columns. The share is one number, the same in every row: so every party gets it.
const RESULTS: &[&str] = &["receipts", "share_q32"];

impl Rule for FineTuningBargain {
    type Terms = Terms;
    type Row = Row;
    type Public = NoColumns;
    type Outcome = Outcome;

    const ID: &'static str = "fine-tuning-bargain/v1";
    const CARD: &'static str = include_str!("fine_tuning_bargain/card.md");
    const COLUMNS: &'static [Column] = &[Column::new("cost", Source::Sealed)];
    const EVIDENCES: &'static [Evidence] = &[Evidence::Proved, Evidence::Asserted];
    const RESULTS: &'static [&'static str] = RESULTS;

    /// The Nash bargain over several domains has no circuit.
    fn evidence(terms: &Terms, _: Disclosure) -> Evidence {
        match Solution::named(&terms.solution) {
            Some(Solution::Nash) if terms.domains.len() > 1 => Evidence::Asserted,
            _ => Evidence::Proved,
        }
    }

    fn check_terms(terms: &Terms) -> Result<(), Refusal> {
        native::check_terms(terms)
    }

    fn check_row_count(terms: &Terms, rows: usize) -> Result<(), Refusal> {
        native::check_row_count(terms, rows)
    }

    fn max_rows(terms: &Terms) -> Count {
        Count(terms.domains.len() as u64 + 1)
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
        outcome.receipts.iter().map(|receipts| ("receipts", to_value(receipts))).collect()
    }

    fn withheld(disclosure: Disclosure) -> &'static [&'static str] {
        match disclosure {
            Disclosure::Public => &[],
            Disclosure::Sealed => RESULTS,
        }
    }

    fn results(outcome: &Outcome) -> Vec<Vec<u128>> {
        let receipts = outcome.receipts.iter().flatten().map(|receipt| receipt.0).collect::<Vec<_>>();
        let share = outcome.share_q32.unwrap_or_default();
        let shares = vec![u128::from(share.0); receipts.len()];
        vec![receipts, shares]
    }

    fn own_view(
        terms: &Terms,
        outcome: &Outcome,
        index: usize,
        _: &Row,
        results: &[u128],
    ) -> Result<&'static str, WrongOutcome> {
        native::own_view(terms, outcome, index, results)
    }

    fn proved() -> Option<&'static dyn ProvedRule> {
        Some(&Proved::<circuit::FineTuningBargainCircuit>::NEW)
    }
}
