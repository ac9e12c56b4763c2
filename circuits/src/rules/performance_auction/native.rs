//! The evaluator of `performance-auction/v1`, and what follows from its public results.

use super::{Gains, Outcome, Row, Terms};
use crate::number::{Amount, Count, Wide};
use crate::rule::{Refusal, WrongOutcome};
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
    if gains.expected.max(gains.realised) > WHOLE_PPM {
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
    let scores: Vec<u64> = rows.iter().map(score).collect();
    let (won, price) = top_k(&scores, terms.copies.0, terms.reserve_price.0);
    // The price is at most the winner's score, so the payment is at most its bid times its gain: a u64.
    let pays = |(row, won): (&Row, &bool)| if *won { payment(Amount(price), row.gains()) as u64 } else { 0 };
    let payments = rows.iter().zip(&won).map(pays).map(Amount).collect();
    Ok(settled(terms, won, Amount(price), payments))
}

/// The bid times the expected gain, for gains that are not refused: below 2^64.
fn score(row: &Row) -> u64 {
    row.valuation_per_ppm.min(MOST_PER_PPM).0 * row.expected_gain_ppm.0
}

/// ⌊price·realised/expected⌋; 0 where no gain was expected, which no winner has.
fn payment(price: Amount, gains: Gains) -> u128 {
    let exact = u128::from(price.0) * u128::from(gains.realised.0);
    exact.checked_div(gains.expected.0.into()).unwrap_or(0)
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
        if gains.expected.0 == 0 {
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
