//! The evaluator of `competition-aware-allocation/v1`, and what follows from its public results.

use super::{Outcome, Row, Terms};
use crate::number::{Amount, Count, Wide};
use crate::rule::{Refusal, WrongOutcome};
use crate::rules::procedures::matching::{best_match, from_indices, to_indices};
use crate::rules::procedures::{WHOLE_BPS, fee, split};

/// Most rows of a round.
pub const MAX_ROWS: Count = Count(32);
/// Most actions.
pub const MAX_ACTIONS: usize = 16;

/// Refusals that depend on the terms alone.
///
/// # Errors
/// `no_actions`, `too_many_actions`, `discount_above_whole`.
pub fn check_terms(terms: &Terms) -> Result<(), Refusal> {
    if terms.action_values.is_empty() {
        return Err(Refusal("no_actions"));
    }
    if terms.action_values.len() > MAX_ACTIONS {
        return Err(Refusal("too_many_actions"));
    }
    if terms.discount_bps > WHOLE_BPS {
        return Err(Refusal("discount_above_whole"));
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

/// The one outcome for these terms and rows.
///
/// # Errors
/// The first refusal of rules.md section 5.3 that applies.
pub fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
    check_terms(terms)?;
    check_row_count(terms, rows.len())?;
    let values: Vec<Vec<Option<u64>>> = rows.iter().map(|row| reachable(terms, row)).collect();
    let actions = best_match(&values, &vec![1; terms.action_values.len()]);
    Ok(settled(terms, &actions, baseline_revenues(terms, rows)))
}

/// The value of each action that the row can be steered to and that earns something.
#[must_use]
pub fn reachable(terms: &Terms, row: &Row) -> Vec<Option<u64>> {
    let reaches = |action: u64| row.steerable.0 >> action & 1 == 1 || row.baseline_action.0 == action;
    let value = |(action, value): (u64, &Amount)| (value.0 > 0 && reaches(action)).then_some(value.0);
    (0..).zip(&terms.action_values).map(value).collect()
}

/// What each row earns with the same data for all.
fn baseline_revenues(terms: &Terms, rows: &[Row]) -> Vec<Amount> {
    let mut revenues = vec![Amount(0); rows.len()];
    for (action, value) in (0..).zip(&terms.action_values) {
        let takers: Vec<usize> =
            (0..rows.len()).filter(|row| rows[*row].baseline_action == Count(action)).collect();
        let (parts, _) = split(value.0, &vec![1; takers.len()], 0);
        takers.into_iter().zip(parts).for_each(|(row, part)| revenues[row] = Amount(part));
    }
    revenues
}

/// The outcome that the actions and the baseline revenues imply, for terms that are not refused.
///
/// # Errors
/// There is no such action, or not one baseline revenue for each row.
pub fn implied(
    terms: &Terms,
    actions: &[Option<Count>],
    baseline_revenues: Vec<Amount>,
) -> Result<Outcome, WrongOutcome> {
    if baseline_revenues.len() != actions.len() {
        return Err(WrongOutcome::Impossible(format!("the outcome is not about {} rows", actions.len())));
    }
    match from_indices(actions, terms.action_values.len()) {
        Some(actions) => Ok(settled(terms, &actions, baseline_revenues)),
        None => Err(WrongOutcome::Impossible("an action is not in the terms".into())),
    }
}

fn settled(terms: &Terms, actions: &[Option<usize>], baseline_revenues: Vec<Amount>) -> Outcome {
    let revenue = |action: &Option<usize>| action.map_or(Amount(0), |action| terms.action_values[action]);
    let revenues: Vec<Amount> = actions.iter().map(revenue).collect();
    // At most the revenue, a u64.
    let payment = |revenue: &Amount| Amount(fee(revenue.0.into(), terms.discount_bps) as u64);
    let payments: Vec<Amount> = revenues.iter().map(payment).collect();
    Outcome {
        actions: to_indices(actions),
        total_revenue: sum(&revenues),
        revenues,
        total: sum(&payments),
        payments,
        baseline_revenue: sum(&baseline_revenues),
        baseline_revenues,
    }
}

fn sum(amounts: &[Amount]) -> Wide {
    Wide(amounts.iter().map(|amount| u128::from(amount.0)).sum())
}
