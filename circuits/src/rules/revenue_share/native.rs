//! The evaluator of `revenue-share/v1`, and the integer checks that need no proof.

use super::{Outcome, Public, Row, Terms};
use crate::json::Malformed;
use crate::number::{Amount, Count, Wide};
use crate::rule::{Disclosure, Money, Refusal, WrongOutcome};
use crate::rules::procedures::{WHOLE_BPS, fee, split};

/// Most rows of a round.
pub const MAX_ROWS: Count = Count(1 << 16);

pub(super) fn check_terms(terms: &Terms) -> Result<(), Refusal> {
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

/// The operator's part of the revenue, and the pot: what is left to divide.
pub(super) fn fee_and_pot(terms: &Terms) -> (u64, u64) {
    let revenue = terms.revenue.0;
    // At most the revenue, for terms that are not refused.
    let fee = fee(u128::from(revenue), terms.fee_bps).min(u128::from(revenue)) as u64;
    (fee, revenue - fee)
}

pub(super) fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
    check_terms(terms)?;
    check_row_count(rows.len())?;
    let (fee, pot) = fee_and_pot(terms);
    let weights: Vec<u64> = rows.iter().map(|row| row.weight.0).collect();
    let (receipts, dust) = split(pot, &weights, terms.unallocated_weight.0);
    let receipts = Some(receipts.into_iter().map(Amount).collect());
    Ok(Outcome { fee: Amount(fee), receipts, dust: Amount(dust) })
}

/// The form of the outcome, and what public numbers say about its money.
pub(super) fn check_outcome(
    terms: &Terms,
    disclosure: Disclosure,
    rows: &[Public],
    outcome: &Outcome,
) -> Result<Money, WrongOutcome> {
    let published = disclosure == Disclosure::Public;
    let right_form =
        outcome.receipts.is_some() == published && rows.iter().all(|row| row.weight.is_some() == published);
    if !right_form {
        let what = "weights and receipts stand in public rounds, and only there";
        return Err(Malformed(what.into()).into());
    }
    if outcome.receipts.as_ref().is_some_and(|receipts| receipts.len() != rows.len()) {
        return Err(WrongOutcome::Impossible(format!("the outcome is not about {} rows", rows.len())));
    }
    let ((fee, pot), dust) = (fee_and_pot(terms), outcome.dust.0);
    let Some(shared) = pot.checked_sub(dust) else {
        return Err(WrongOutcome::Impossible("more dust than there is to divide".into()));
    };
    if terms.unallocated_weight == Count(0) && dust > 0 && shared > 0 {
        return Err(WrongOutcome::Impossible("dust beside shares, with nothing unallocated".into()));
    }
    if outcome.fee.0 != fee {
        return Err(WrongOutcome::Conservation("the fee is not the published share".into()));
    }
    let receipts = outcome.receipts.iter().flatten().map(|receipt| Wide(receipt.0.into()));
    Ok(Money {
        receipts: receipts.collect(),
        sealed_receipts: Wide(if published { 0 } else { shared.into() }),
        revenue: Wide(terms.revenue.0.into()),
        fee: Wide(outcome.fee.0.into()),
        dust: Wide(dust.into()),
        ..Money::default()
    })
}

/// Whether one party's receipt can follow from its weight: without weight it gets nothing.
pub(super) fn own_view(
    outcome: &Outcome,
    index: usize,
    row: &Row,
    results: &[u128],
) -> Result<&'static str, WrongOutcome> {
    let receipt = match &outcome.receipts {
        Some(receipts) => receipts.get(index).map(|receipt| receipt.0.into()),
        None => results.first().copied(),
    };
    match receipt {
        Some(receipt) if row.weight > Count(0) || receipt == 0 => Ok("your share by your weight"),
        _ => Err(WrongOutcome::Payment("the outcome contradicts your weight".into())),
    }
}
