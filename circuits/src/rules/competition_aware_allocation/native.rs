//! The evaluator of `competition-aware-allocation/v1`, and what follows from its public results.

use super::{CompetitionAwareAllocation, Outcome, Row, Terms};
use crate::json::Malformed;
use crate::number::{Amount, Count, Wide};
use crate::rule::{Disclosure, Money, Refusal, Rule, WrongOutcome};
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

/// Whether the row can be steered to this action: by some data set, or by the unchanged data.
#[must_use]
pub fn reaches(row: &Row, action: usize) -> bool {
    let bit = u32::try_from(action).ok().and_then(|action| row.steerable.0.checked_shr(action));
    bit.is_some_and(|bit| bit & 1 == 1) || row.baseline_action.0 == action as u64
}

/// The value of each action that the row can be steered to and that earns something.
#[must_use]
pub fn reachable(terms: &Terms, row: &Row) -> Vec<Option<u64>> {
    let value = |(action, value): (usize, &Amount)| (value.0 > 0 && reaches(row, action)).then_some(value.0);
    terms.action_values.iter().enumerate().map(value).collect()
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
        return impossible(&format!("the outcome is not about {} rows", actions.len()));
    }
    match from_indices(actions, terms.action_values.len()) {
        Some(actions) => Ok(settled(terms, &actions, baseline_revenues)),
        None => impossible("an action is not in the terms"),
    }
}

fn impossible<T>(what: &str) -> Result<T, WrongOutcome> {
    Err(WrongOutcome::Impossible(what.into()))
}

/// What a buyer who is steered to this action pays: at most what it earns.
#[must_use]
pub fn payment(terms: &Terms, revenue: Amount) -> Amount {
    Amount(fee(revenue.0.into(), terms.discount_bps) as u64)
}

fn settled(terms: &Terms, actions: &[Option<usize>], baseline_revenues: Vec<Amount>) -> Outcome {
    let revenue = |action: &Option<usize>| action.map_or(Amount(0), |action| terms.action_values[action]);
    let revenues: Vec<Amount> = actions.iter().map(revenue).collect();
    let payments: Vec<Amount> = revenues.iter().map(|revenue| payment(terms, *revenue)).collect();
    Outcome {
        actions: Some(to_indices(actions)),
        total_revenue: sum(&revenues),
        revenues: Some(revenues),
        total: sum(&payments),
        payments: Some(payments),
        baseline_revenue: sum(&baseline_revenues),
        baseline_revenues: Some(baseline_revenues),
    }
}

fn sum(amounts: &[Amount]) -> Wide {
    Wide(amounts.iter().map(|amount| u128::from(amount.0)).sum())
}

/// The form of the outcome, what public numbers rule out, and its money.
pub(super) fn check_outcome(
    terms: &Terms,
    disclosure: Disclosure,
    rows: usize,
    outcome: &Outcome,
) -> Result<Money, WrongOutcome> {
    let Outcome { actions, revenues, payments, baseline_revenues, .. } = outcome;
    let (payments, sealed_payments) = match (disclosure, actions, revenues, payments, baseline_revenues) {
        (Disclosure::Public, Some(actions), Some(revenues), Some(payments), None) => {
            check_rows(terms, rows, actions, revenues, payments)?;
            if outcome.total_revenue != sum(revenues) {
                return impossible("the total revenue is not the sum of the revenues");
            }
            if outcome.total != sum(payments) {
                let what = "total is not the sum of the payments";
                return Err(WrongOutcome::Conservation(what.into()));
            }
            (payments.clone(), Wide(0))
        }
        (Disclosure::Sealed, None, None, None, None) => (Vec::new(), outcome.total),
        _ => {
            let what = "actions, revenues and payments stand in public rounds, and only there; baseline \
                            revenues nowhere";
            return Err(Malformed(what.into()).into());
        }
    };
    check_sums(terms, rows, outcome)?;
    let proceeds = vec![outcome.total];
    Ok(Money { payments, sealed_payments, proceeds, ..Money::default() })
}

/// Each row has the revenue and the payment of its action, which earns something and is no other row's.
fn check_rows(
    terms: &Terms,
    rows: usize,
    actions: &[Option<Count>],
    revenues: &[Amount],
    payments: &[Amount],
) -> Result<(), WrongOutcome> {
    if [actions.len(), revenues.len(), payments.len()] != [rows; 3] {
        return impossible(&format!("the outcome is not about {rows} rows"));
    }
    let implied = implied(terms, actions, vec![Amount(0); rows])?;
    if implied.revenues.as_deref() != Some(revenues) {
        return impossible("a revenue is not what the row's action earns");
    }
    if actions.iter().zip(revenues).any(|(action, revenue)| action.is_some() && revenue.0 == 0) {
        return impossible("an action that earns nothing is assigned");
    }
    let mut taken: Vec<&Count> = actions.iter().flatten().collect();
    taken.sort_unstable();
    if taken.windows(2).any(|pair| pair[0] == pair[1]) {
        return impossible("two rows are steered to one action");
    }
    if implied.payments.as_deref() != Some(payments) {
        return Err(WrongOutcome::Payment("a payment is not the published part of the row's revenue".into()));
    }
    Ok(())
}

/// No sum is above what the others and the terms allow.
fn check_sums(terms: &Terms, rows: usize, outcome: &Outcome) -> Result<(), WrongOutcome> {
    let mut values: Vec<u128> = terms.action_values.iter().map(|value| value.0.into()).collect();
    values.sort_unstable();
    // At most 16·2^64.
    let most: u128 = values.iter().rev().take(rows).sum();
    if outcome.total_revenue.0 > most {
        return impossible("a total revenue above what the rows could earn");
    }
    if outcome.total.0 > fee(outcome.total_revenue.0, terms.discount_bps) {
        return impossible("a total above the published part of the total revenue");
    }
    if outcome.baseline_revenue > outcome.total_revenue {
        return impossible("with the same data for all the rows would earn more");
    }
    Ok(())
}

/// Whether one buyer has an action that it can be steered to, at the published part of what that earns; in public
/// rounds also whether no action is left that would have been better for it.
pub(super) fn own_view(
    terms: &Terms,
    outcome: &Outcome,
    index: usize,
    row: &Row,
    results: &[u128],
) -> Result<&'static str, WrongOutcome> {
    let own = match &outcome.actions {
        Some(_) => {
            let columns = CompetitionAwareAllocation::results(outcome);
            columns.iter().map(|column| column.get(index).copied()).collect()
        }
        None => Some(results.to_vec()),
    };
    let reachable = reachable(terms, row);
    let action = own.and_then(|own| action_of(terms, &reachable, &own));
    match action.filter(|action| !better_is_left(outcome, &reachable, *action)) {
        None => Err(WrongOutcome::Payment("the outcome contradicts what you can be steered to".into())),
        Some(None) => Ok("got no action, those you can be steered to serve others better or earn nothing"),
        Some(_) => Ok("got an action that you can be steered to, at the published part of what it earns"),
    }
}

/// The action of a row with these results, if they are what such a row gets.
fn action_of(terms: &Terms, reachable: &[Option<u64>], results: &[u128]) -> Option<Option<usize>> {
    let [number, revenue, payment_made] = *results else {
        return None;
    };
    let action = number.checked_sub(1).map(usize::try_from).transpose().ok()?;
    let value = match action {
        Some(action) => *reachable.get(action)?,
        None => Some(0),
    };
    let right = [value?, payment(terms, Amount(value?)).0].map(u128::from);
    (right == [revenue, payment_made]).then_some(action)
}

/// Whether the row could have had an action instead that is nobody's: one that earns more, or the same and is earlier.
fn better_is_left(outcome: &Outcome, reachable: &[Option<u64>], own: Option<usize>) -> bool {
    let Some(actions) = &outcome.actions else {
        return false;
    };
    let rank = |action: usize| (reachable[action], std::cmp::Reverse(action));
    let better = |action: usize| own.is_none_or(|own| rank(action) > rank(own));
    let free = |action: usize| !actions.contains(&Some(Count(action as u64)));
    (0..reachable.len()).any(|action| reachable[action].is_some() && free(action) && better(action))
}
