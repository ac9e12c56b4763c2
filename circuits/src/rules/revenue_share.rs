#![doc = include_str!("revenue_share/card.md")]
//!
//! Normative text: rules.md section 6. With public weights nothing is hidden and nothing needs a proof: whoever
//! verifies recomputes. Sealed weights need the relation of rules.md section 6.6.

use crate::number::{Amount, BasisPoints, Count, Wide};
use crate::rule::{Column, Disclosure, Evidence, Money, Refusal, Rule, Source, WrongOutcome};
use crate::rules::procedures::{WHOLE_BPS, fee, split};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub mod shapley;

#[cfg(any(test, feature = "testing"))]
pub mod subject;

/// `revenue-share/v1`: one revenue in proportion to weights.
pub struct RevenueShare;

/// Most rows of a round.
pub const MAX_ROWS: Count = Count(1 << 16);

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The party's weight, any unit common to all rows.
    pub weight: Count,
}

/// What the rule decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The operator's part, minor units.
    pub fee: Amount,
    /// Each party's part, by row, minor units.
    pub receipts: Vec<Amount>,
    /// What stays undistributed, minor units.
    pub dust: Amount,
}

impl Rule for RevenueShare {
    type Terms = Terms;
    type Row = Row;
    type Public = Row;
    type Outcome = Outcome;

    const ID: &'static str = "revenue-share/v1";
    const CARD: &'static str = include_str!("revenue_share/card.md");
    const COLUMNS: &'static [Column] = &[Column::new("weight", Source::Bid)];
    const EVIDENCES: &'static [Evidence] = &[Evidence::Recomputed];
    const LEAVES_DUST: bool = true;

    fn check_terms(terms: &Terms) -> Result<(), Refusal> {
        if terms.fee_bps > WHOLE_BPS {
            return Err(Refusal("fee_above_whole"));
        }
        Ok(())
    }

    fn check_row_count(_: &Terms, rows: usize) -> Result<(), Refusal> {
        if rows as u64 > MAX_ROWS.0 {
            return Err(Refusal("too_many_rows"));
        }
        Ok(())
    }

    fn max_rows(_: &Terms) -> Count {
        MAX_ROWS
    }

    fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
        Self::check_terms(terms)?;
        Self::check_row_count(terms, rows.len())?;
        // The fee is at most the revenue, a u64.
        let fee = fee(u128::from(terms.revenue.0), terms.fee_bps) as u64;
        let weights: Vec<u64> = rows.iter().map(|row| row.weight.0).collect();
        let (receipts, dust) = split(terms.revenue.0 - fee, &weights, terms.unallocated_weight.0);
        let receipts = receipts.into_iter().map(Amount).collect();
        Ok(Outcome { fee: Amount(fee), receipts, dust: Amount(dust) })
    }

    fn check_outcome(
        terms: &Terms,
        _: Disclosure,
        rows: &[Row],
        outcome: &Outcome,
    ) -> Result<Money, WrongOutcome> {
        if outcome.receipts.len() != rows.len() {
            return Err(WrongOutcome::Impossible(format!("the outcome is not about {} rows", rows.len())));
        }
        if u128::from(outcome.fee.0) != fee(u128::from(terms.revenue.0), terms.fee_bps) {
            return Err(WrongOutcome::Conservation("the fee is not the published share".into()));
        }
        Ok(Money {
            receipts: outcome.receipts.iter().map(|receipt| Wide(receipt.0.into())).collect(),
            revenue: Wide(terms.revenue.0.into()),
            fee: Wide(outcome.fee.0.into()),
            dust: Wide(outcome.dust.0.into()),
            ..Money::default()
        })
    }

    fn public_columns(outcome: &Outcome) -> Vec<(&'static str, Value)> {
        vec![("receipts", crate::json::to_value(&outcome.receipts))]
    }

    fn own_view(
        _: &Terms,
        outcome: &Outcome,
        index: usize,
        row: &Row,
        _: &[u128],
    ) -> Result<&'static str, WrongOutcome> {
        match outcome.receipts.get(index) {
            Some(receipt) if row.weight > Count(0) || receipt.0 == 0 => Ok("your share by your weight"),
            _ => Err(WrongOutcome::Payment("the outcome contradicts your weight".into())),
        }
    }
}
