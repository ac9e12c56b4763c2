//! The evaluator of `fine-tuning-bargain/v1`.

use super::share::{Bargain, MAX_COST, Solution, WHOLE_BITS};
use super::{Outcome, Row, Terms};
use crate::number::{Amount, BasisPoints, Count, Wide};
use crate::rule::Refusal;
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
fn divided(terms: &Terms, share: u64) -> Outcome {
    let mut receipts = vec![Wide(0)];
    let (mut total, mut fees) = (0, 0);
    for domain in &terms.domains {
        let (fee, generalist, specialist) = parts(domain.revenue, terms.fee_bps, share);
        total += u128::from(domain.revenue.0);
        fees += fee;
        receipts[0].0 += generalist;
        receipts.push(Wide(specialist));
    }
    Outcome { share_q32: Count(share), receipts, total: Wide(total), fee: Wide(fees) }
}

/// Fee, the generalist's part and the specialist's of one domain.
fn parts(revenue: Amount, bps: BasisPoints, share: u64) -> (u128, u128, u128) {
    let revenue = u128::from(revenue.0);
    let fee = fee(revenue, bps);
    let pot = revenue - fee;
    // At most the pot, because the share is at most the whole.
    let generalist = (u128::from(share) * pot) >> WHOLE_BITS;
    (fee, generalist, pot - generalist)
}
