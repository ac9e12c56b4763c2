#![doc = include_str!("fine_tuning_participation/card.md")]
//!
//! Normative text: rules.md section 7b.

pub mod native;

#[cfg(any(test, feature = "testing"))]
pub mod subject;
#[cfg(test)]
mod tests;

use crate::number::{Amount, Count, Wide};
use crate::rule::{Column, Disclosure, Evidence, Money, NoColumns, Refusal, Rule, Source, WrongOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// `fine-tuning-participation/v1`: who invests, who free-rides and who stays out.
pub struct FineTuningParticipation;

/// The public parameters of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The generalist's share of revenue, parts per 2^32, at most the whole.
    pub share_q32: Count,
    /// The domains that the general model is adapted to, 1 to 16.
    pub domains: Vec<Domain>,
}

/// One domain of use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Minor units per unit of performance, 1 to 2^32 − 1.
    pub revenue_rate: Amount,
}

/// One party's numbers: row 0 is the generalist, of whom only the cost is used; row i is the specialist of
/// domain i − 1. More than 2^32 − 1 counts as 2^32 − 1.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Minor units per squared unit of performance; 0 counts as 1. Private.
    pub cost: Amount,
    /// Minor units per unit of performance. Private.
    pub linear_cost: Amount,
    /// Minor units for taking part at all. Private.
    pub entry_cost: Amount,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Row(secret)")
    }
}

/// What a specialist does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Takes the general model and improves it.
    Contributor,
    /// Takes the general model as it is.
    FreeRider,
    /// Stays out.
    Abstainer,
}

/// What the rule decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The performance that the generalist chooses, in 2^-32 of a unit, rounded down.
    pub base_performance_q32: Wide,
    /// Roles, by domain.
    pub roles: Vec<Role>,
}

impl Rule for FineTuningParticipation {
    type Terms = Terms;
    type Row = Row;
    type Public = NoColumns;
    type Outcome = Outcome;

    const ID: &'static str = "fine-tuning-participation/v1";
    const CARD: &'static str = include_str!("fine_tuning_participation/card.md");
    const COLUMNS: &'static [Column] = &[
        Column::new("cost", Source::Sealed),
        Column::new("linear_cost", Source::Sealed),
        Column::new("entry_cost", Source::Sealed),
    ];
    const EVIDENCES: &'static [Evidence] = &[Evidence::Asserted];

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
        _: Disclosure,
        _: &[NoColumns],
        outcome: &Outcome,
    ) -> Result<Money, WrongOutcome> {
        native::check_outcome(terms, outcome)
    }

    fn public_columns(_: &Outcome) -> Vec<(&'static str, Value)> {
        Vec::new()
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
