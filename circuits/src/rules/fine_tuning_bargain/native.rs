//! The evaluator of `fine-tuning-bargain/v1`.

use super::share::{Bargain, MAX_COST, Solution, WHOLE, WHOLE_BITS};
use super::{Outcome, Row, Terms};
use crate::json::Malformed;
use crate::number::{Amount, BasisPoints, Count, Wide};
use crate::rule::{Disclosure, Money, Refusal, WrongOutcome};
use crate::rules::procedures::{WHOLE_BPS, fee};

/// Most domains of a round.
pub const MAX_DOMAINS: usize = 4;
/// The largest revenue rate.
pub const MAX_RATE: Amount = Amount((1 << 16) - 1);

/// Refusals by the terms alone, in the order of rules.md.
///
/// # Errors
/// The first refusal that applies.
pub fn check_terms(terms: &Terms) -> Result<(), Refusal> {
    accepted(terms).map(drop)
}

/// Whether there is one row for the generalist and one per domain.
///
/// # Errors
/// `wrong_row_count`.
pub fn check_row_count(terms: &Terms, rows: usize) -> Result<(), Refusal> {
    if rows != terms.domains.len() + 1 {
        return Err(Refusal("wrong_row_count"));
    }
    Ok(())
}

/// The one outcome for these terms and rows.
///
/// # Errors
/// The first refusal that applies, in the order of rules.md.
pub fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
    let solution = accepted(terms)?;
    check_row_count(terms, rows.len())?;
    let costs: Vec<u64> = rows.iter().map(|row| row.cost.0.clamp(1, MAX_COST)).collect();
    let rates: Vec<u64> = terms.domains.iter().map(|domain| domain.revenue_rate.0).collect();
    let share = match costs.as_slice() {
        [generalist, specialists @ ..] => {
            Bargain { generalist: *generalist, specialists, rates: &rates }.share(solution)
        }
        [] => return Err(Refusal("wrong_row_count")),
    };
    Ok(divided(terms, share))
}

fn accepted(terms: &Terms) -> Result<Solution, Refusal> {
    let solution = Solution::named(&terms.solution).ok_or(Refusal("unknown_solution"))?;
    let domains = terms.domains.len();
    if domains == 0 {
        return Err(Refusal("no_domains"));
    }
    if domains > MAX_DOMAINS {
        return Err(Refusal("too_many_domains"));
    }
    if domains > 1 && !matches!(solution, Solution::Utilitarian | Solution::Nash) {
        return Err(Refusal("solution_needs_one_domain"));
    }
    if terms.domains.iter().any(|domain| !(Amount(1)..=MAX_RATE).contains(&domain.revenue_rate)) {
        return Err(Refusal("revenue_rate_out_of_range"));
    }
    if terms.fee_bps > WHOLE_BPS {
        return Err(Refusal("fee_above_whole"));
    }
    Ok(solution)
}

/// Step 3: every domain's revenue, divided by the share.
pub(super) fn divided(terms: &Terms, share: u64) -> Outcome {
    let mut receipts = vec![Wide(0)];
    for domain in &terms.domains {
        let (_, pot) = fee_and_pot(domain.revenue, terms.fee_bps);
        // At most the pot, because the share is at most the whole.
        let generalist = (u128::from(share) * u128::from(pot)) >> WHOLE_BITS;
        receipts[0].0 += generalist;
        receipts.push(Wide(u128::from(pot).saturating_sub(generalist)));
    }
    let (total, fee) = total_and_fee(terms);
    Outcome { share_q32: Some(Count(share)), receipts: Some(receipts), total, fee }
}

/// What all domains together earned, and the operator's part: each domain's fee is rounded down.
fn total_and_fee(terms: &Terms) -> (Wide, Wide) {
    let total = terms.domains.iter().map(|domain| u128::from(domain.revenue.0)).sum();
    let fees = terms.domains.iter().map(|domain| fee_and_pot(domain.revenue, terms.fee_bps).0);
    (Wide(total), Wide(fees.map(u128::from).sum()))
}

/// Fee and pot of one domain.
fn fee_and_pot(revenue: Amount, bps: BasisPoints) -> (u64, u64) {
    let whole = u128::from(revenue.0);
    // At most the revenue, for terms that are not refused.
    let fee = fee(whole, bps).min(whole) as u64;
    (fee, revenue.0 - fee)
}

/// What each domain leaves to divide.
pub(super) fn pots(terms: &Terms) -> Vec<u64> {
    terms.domains.iter().map(|domain| fee_and_pot(domain.revenue, terms.fee_bps).1).collect()
}

/// The form of the outcome and what public numbers rule out, and the money.
pub(super) fn check_outcome(
    terms: &Terms,
    disclosure: Disclosure,
    outcome: &Outcome,
) -> Result<Money, WrongOutcome> {
    let published = disclosure == Disclosure::Public;
    if [outcome.share_q32.is_some(), outcome.receipts.is_some()] != [published; 2] {
        return Err(Malformed("share and receipts stand in public rounds, and only there".into()).into());
    }
    if let (Some(share), Some(receipts)) = (outcome.share_q32, &outcome.receipts) {
        if receipts.len() != terms.domains.len() + 1 {
            return Err(WrongOutcome::Impossible("the outcome is not about these rows".into()));
        }
        if share.0 > WHOLE {
            return Err(WrongOutcome::Impossible("the share is above the whole".into()));
        }
        if divided(terms, share.0).receipts.as_ref() != Some(receipts) {
            return Err(WrongOutcome::Payment("a receipt is not what the share makes it".into()));
        }
    }
    let (total, fee) = total_and_fee(terms);
    if outcome.total != total {
        return Err(WrongOutcome::Conservation("total is not the sum of the revenues".into()));
    }
    if outcome.fee != fee {
        return Err(WrongOutcome::Conservation("the fee is not the published share".into()));
    }
    Ok(Money {
        receipts: outcome.receipts.clone().unwrap_or_default(),
        // Fees are at most the revenues.
        sealed_receipts: Wide(if published { 0 } else { total.0 - fee.0 }),
        revenue: total,
        fee,
        ..Money::default()
    })
}

/// Whether one party's receipt is what its share makes it.
pub(super) fn own_view(
    terms: &Terms,
    outcome: &Outcome,
    index: usize,
    results: &[u128],
) -> Result<&'static str, WrongOutcome> {
    let own = match (&outcome.receipts, outcome.share_q32) {
        (Some(receipts), Some(share)) => receipts.get(index).map(|receipt| (receipt.0, u128::from(share.0))),
        _ => results.first().copied().zip(results.get(1).copied()),
    };
    let wrong = |what: &str| Err(WrongOutcome::Payment(what.into()));
    let Some((receipt, share)) = own else {
        return wrong("there is no receipt of yours");
    };
    let Some(share) = u64::try_from(share).ok().filter(|share| *share <= WHOLE) else {
        return wrong("the share is above the whole");
    };
    let due = divided(terms, share).receipts.and_then(|receipts| receipts.get(index).copied());
    match index {
        _ if due != Some(Wide(receipt)) => wrong("your receipt is not what the share makes it"),
        0 => Ok("the agreed share of every domain after the fee"),
        _ => Ok("what the agreed share leaves of your domain after the fee"),
    }
}
