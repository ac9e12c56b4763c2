//! The evaluator of `performance-auction/v1`, and what follows from its public results.

use super::{Gains, Outcome, Row, Terms};
use crate::number::{Amount, Count, Wide};
use crate::rule::{Money, Refusal, WrongOutcome};
use crate::rules::procedures::top_k::Claim;
use crate::rules::procedures::{WHOLE_BPS, WHOLE_PPM, fee, top_k};

/// Most rows of a round: 2^20.
pub const MAX_ROWS: Count = Count(1 << 20);
/// What higher valuations count as, minor units per ppm: with a gain of at most the whole, scores and
/// payments stay below 2^64.
pub const MOST_PER_PPM: Amount = Amount((1 << 44) - 1);

/// Refusals that depend on the terms alone.
///
/// # Errors
/// `no_copies`, `fee_above_whole`.
pub fn check_terms(terms: &Terms) -> Result<(), Refusal> {
    if terms.copies.0 == 0 {
        return Err(Refusal("no_copies"));
    }
    if terms.fee_bps > WHOLE_BPS {
        return Err(Refusal("fee_above_whole"));
    }
    Ok(())
}

/// Whether a round may have this many rows.
///
/// # Errors
/// `too_many_rows`.
pub fn check_row_count(_: &Terms, rows: usize) -> Result<(), Refusal> {
    if rows as u64 > MAX_ROWS.0 {
        return Err(Refusal("too_many_rows"));
    }
    Ok(())
}

/// Whether a row may have these public columns.
///
/// # Errors
/// `gain_above_whole`.
pub fn check_gains(gains: Gains) -> Result<(), Refusal> {
    if gains.expected_gain_ppm.max(gains.realised_gain_ppm) > WHOLE_PPM {
        return Err(Refusal("gain_above_whole"));
    }
    Ok(())
}

/// The one outcome for these terms and rows.
///
/// # Errors
/// The first refusal of rules.md section 2.4 that applies.
pub fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
    check_terms(terms)?;
    check_row_count(terms, rows.len())?;
    rows.iter().try_for_each(|row| check_gains(row.gains()))?;
    let scores: Vec<u64> = rows.iter().map(|row| score_of(row.valuation_per_ppm, row.gains())).collect();
    let (won, price) = top_k(&scores, terms.copies.0, terms.reserve_price.0);
    // The price is at most the winner's score, so the payment is at most its bid times its gain: a u64.
    let pays = |(row, won): (&Row, &bool)| if *won { payment(Amount(price), row.gains()) as u64 } else { 0 };
    let payments = rows.iter().zip(&won).map(pays).map(Amount).collect();
    Ok(settled(terms, won, Amount(price), payments))
}

/// The bid times the expected gain, for gains that are not refused: below 2^64.
#[must_use]
pub fn score_of(valuation_per_ppm: Amount, gains: Gains) -> u64 {
    valuation_per_ppm.min(MOST_PER_PPM).0.saturating_mul(gains.expected_gain_ppm.0)
}

/// ⌊price·realised/expected⌋; 0 where no gain was expected, which no winner has.
fn payment(price: Amount, gains: Gains) -> u128 {
    let exact = u128::from(price.0) * u128::from(gains.realised_gain_ppm.0);
    exact.checked_div(gains.expected_gain_ppm.0.into()).unwrap_or(0)
}

/// The outcome that winners and clearing price imply for rows with these gains, for terms and gains that are
/// not refused.
///
/// # Errors
/// There is no such outcome: flags and gains are not about the same rows, a winner had no expected
/// gain, or its payment would be above every bid.
pub fn implied(
    terms: &Terms,
    gains: &[Gains],
    won: Vec<bool>,
    clearing_price: Amount,
) -> Result<Outcome, WrongOutcome> {
    let impossible = |what: String| Err(WrongOutcome::Impossible(what));
    if won.len() != gains.len() {
        return impossible(format!("the outcome is not about {} rows", gains.len()));
    }
    let mut payments = vec![Amount(0); won.len()];
    for (row, gains) in gains.iter().enumerate().filter(|(row, _)| won[*row]) {
        if gains.expected_gain_ppm.0 == 0 {
            return impossible(format!("row {row} won without an expected gain"));
        }
        let Ok(payment) = u64::try_from(payment(clearing_price, *gains)) else {
            return impossible(format!("the price is above every score that row {row} can have"));
        };
        payments[row] = Amount(payment);
    }
    Ok(settled(terms, won, clearing_price, payments))
}

fn settled(terms: &Terms, won: Vec<bool>, clearing_price: Amount, payments: Vec<Amount>) -> Outcome {
    let total = payments.iter().map(|payment| u128::from(payment.0)).sum();
    let fee = fee(total, terms.fee_bps);
    Outcome {
        clearing_price,
        sold: Count(won.iter().filter(|won| **won).count() as u64),
        won,
        payments,
        total: Wide(total),
        fee: Wide(fee),
        proceeds: Wide(total - fee),
    }
}

/// What the outcome says about winners and price.
#[must_use]
pub fn claim<'a>(terms: &Terms, outcome: &'a Outcome) -> Claim<'a> {
    let Terms { copies, reserve_price: reserve, .. } = *terms;
    Claim { copies, reserve, price: outcome.clearing_price, won: &outcome.won }
}

/// The integer checks of rules.md sections 1.6 and 2.6, and of the money.
///
/// # Errors
/// What is wrong.
pub fn check_outcome(terms: &Terms, rows: &[Gains], outcome: &Outcome) -> Result<Money, WrongOutcome> {
    if outcome.won.len() != rows.len() || outcome.payments.len() != rows.len() {
        return Err(WrongOutcome::Impossible(format!("the outcome is not about {} rows", rows.len())));
    }
    if let Some(what) = claim(terms, outcome).impossible() {
        return Err(WrongOutcome::Impossible(what));
    }
    let implied = implied(terms, rows, outcome.won.clone(), outcome.clearing_price)?;
    if outcome.payments != implied.payments {
        let what = "a payment is not the price for the realised gain of a winner";
        return Err(WrongOutcome::Payment(what.into()));
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
