//! The evaluator of `uniform-price/v1`, and the integer checks that need no proof.

use super::{Outcome, Row, Terms};
use crate::number::{Amount, Count, Wide};
use crate::rule::{Money, Refusal, WrongOutcome};
use crate::rules::procedures::top_k::Claim;
use crate::rules::procedures::{WHOLE_BPS, fee, top_k};

/// Most rows of a round: 2^20, in shards.
pub const MAX_ROWS: Count = Count(1 << 20);

pub(super) fn check_terms(terms: &Terms) -> Result<(), Refusal> {
    if terms.copies.0 == 0 {
        return Err(Refusal("no_copies"));
    }
    if terms.fee_bps > WHOLE_BPS {
        return Err(Refusal("fee_above_whole"));
    }
    Ok(())
}

pub(super) fn check_row_count(rows: usize) -> Result<(), Refusal> {
    if rows as u64 > MAX_ROWS.0 {
        return Err(Refusal("too_many_rows"));
    }
    Ok(())
}

pub(super) fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
    check_terms(terms)?;
    check_row_count(rows.len())?;
    let valuations: Vec<u64> = rows.iter().map(|row| row.valuation.0).collect();
    let (won, price) = top_k(&valuations, terms.copies.0, terms.reserve_price.0);
    Ok(implied(terms, won, Amount(price)))
}

/// The outcome that winners and clearing price imply.
pub(super) fn implied(terms: &Terms, won: Vec<bool>, clearing_price: Amount) -> Outcome {
    let sold = won.iter().filter(|won| **won).count() as u64;
    let total = u128::from(clearing_price.0) * u128::from(sold);
    let fee = fee(total, terms.fee_bps);
    Outcome {
        clearing_price,
        sold: Count(sold),
        payments: won.iter().map(|won| if *won { clearing_price } else { Amount(0) }).collect(),
        won,
        total: Wide(total),
        fee: Wide(fee),
        proceeds: Wide(total - fee),
    }
}

/// What the outcome says about winners and price.
pub(super) fn claim<'a>(terms: &Terms, outcome: &'a Outcome) -> Claim<'a> {
    let Terms { copies, reserve_price: reserve, .. } = *terms;
    Claim { copies, reserve, price: outcome.clearing_price, won: &outcome.won }
}

/// The integer checks of proof-system.md section 8 and of the money.
pub(super) fn check_outcome(terms: &Terms, rows: usize, outcome: &Outcome) -> Result<Money, WrongOutcome> {
    let impossible = |what: String| Err(WrongOutcome::Impossible(what));
    if outcome.won.len() != rows || outcome.payments.len() != rows {
        return impossible(format!("the outcome is not about {rows} rows"));
    }
    let implied = implied(terms, outcome.won.clone(), outcome.clearing_price);
    // What price and flags alone rule out comes first: it makes the proof pointless.
    if let Some(what) = claim(terms, outcome).impossible() {
        return impossible(what);
    }
    if outcome.payments != implied.payments {
        return Err(WrongOutcome::Payment("a payment is not the clearing price of a winner".into()));
    }
    if (outcome.sold, outcome.total) != (implied.sold, implied.total) {
        return Err(WrongOutcome::Conservation("total is not the sum of the payments".into()));
    }
    if (outcome.fee, outcome.proceeds) != (implied.fee, implied.proceeds) {
        return Err(WrongOutcome::Conservation("total is not proceeds plus the published fee".into()));
    }
    Ok(Money {
        payments: outcome.payments.clone(),
        proceeds: vec![outcome.proceeds],
        fee: outcome.fee,
        ..Money::default()
    })
}
