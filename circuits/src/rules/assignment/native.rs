//! The evaluator of `assignment/v1`, and what follows from its public results.

use super::{Item, Outcome, Row, Terms};
use crate::number::{Amount, Count, Wide};
use crate::rule::{Money, Refusal, WrongOutcome};
use crate::rules::procedures::matching::{best_match, from_indices, least_prices, to_indices};
use crate::rules::procedures::{WHOLE_BPS, fee};

/// Most rows of a round.
pub const MAX_ROWS: Count = Count(32);
/// Most items for sale.
pub const MAX_ITEMS: usize = 16;

/// Refusals that depend on the terms alone.
///
/// # Errors
/// `no_items`, `too_many_items`, `no_copies`, `fee_above_whole`.
pub fn check_terms(terms: &Terms) -> Result<(), Refusal> {
    if terms.items.is_empty() {
        return Err(Refusal("no_items"));
    }
    if terms.items.len() > MAX_ITEMS {
        return Err(Refusal("too_many_items"));
    }
    if terms.items.iter().any(|item| item.copies.0 == 0) {
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

/// Whether a row may have this many valuations; their number is public.
///
/// # Errors
/// `wrong_width`.
pub fn check_width(terms: &Terms, valuations: usize) -> Result<(), Refusal> {
    if valuations != terms.items.len() {
        return Err(Refusal("wrong_width"));
    }
    Ok(())
}

/// The one outcome for these terms and rows.
///
/// # Errors
/// The first refusal of rules.md section 4.3 that applies.
pub fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
    check_terms(terms)?;
    check_row_count(terms, rows.len())?;
    rows.iter().try_for_each(|row| check_width(terms, row.valuations.len()))?;
    let surplus: Vec<Vec<Option<u64>>> = rows.iter().map(|row| surplus(terms, row)).collect();
    let copies: Vec<u64> = terms.items.iter().map(|item| item.copies.0).collect();
    let held = best_match(&surplus, &copies);
    let above = least_prices(&surplus, &held, copies.len());
    // A price above the reserve price is at most a holder's valuation: a u64.
    let prices = terms.items.iter().zip(above).map(|(item, above)| Amount(item.reserve_price.0 + above));
    Ok(settled(terms, &held, prices.collect()))
}

/// What the row's valuations exceed the reserve prices by, where they reach them and are above zero.
fn surplus(terms: &Terms, row: &Row) -> Vec<Option<u64>> {
    let surplus = |(item, valuation): (&Item, &Amount)| surplus_of(*item, *valuation);
    terms.items.iter().zip(&row.valuations).map(surplus).collect()
}

/// What the valuation exceeds the item's reserve price by; none where it does not reach it or is zero.
#[must_use]
pub fn surplus_of(item: Item, valuation: Amount) -> Option<u64> {
    if valuation.0 == 0 { None } else { valuation.0.checked_sub(item.reserve_price.0) }
}

/// The outcome that the allocation and the prices imply, for terms that are not refused.
///
/// # Errors
/// There is no such item, or not one price for each.
pub fn implied(
    terms: &Terms,
    assigned: &[Option<Count>],
    prices: &[Amount],
) -> Result<Outcome, WrongOutcome> {
    let items = terms.items.len();
    if prices.len() != items {
        return Err(WrongOutcome::Impossible(format!("there are not {items} prices")));
    }
    match from_indices(assigned, items) {
        Some(held) => Ok(settled(terms, &held, prices.to_vec())),
        None => Err(WrongOutcome::Impossible(format!("an item is not one of the {items}"))),
    }
}

/// The item's copies that are sold.
#[must_use]
pub fn sold(outcome: &Outcome, item: usize) -> u64 {
    outcome.assigned.iter().filter(|held| **held == Some(Count(item as u64))).count() as u64
}

/// The integer checks: what sales and prices alone rule out, and the money.
///
/// # Errors
/// What is wrong.
pub fn check_outcome(terms: &Terms, rows: usize, outcome: &Outcome) -> Result<Money, WrongOutcome> {
    let impossible = |what: String| Err(WrongOutcome::Impossible(what));
    if outcome.assigned.len() != rows {
        return impossible(format!("the outcome is not about {rows} rows"));
    }
    let implied = implied(terms, &outcome.assigned, &outcome.prices)?;
    for (index, (item, price)) in terms.items.iter().zip(&outcome.prices).enumerate() {
        let (sold, Item { copies, reserve_price }) = (sold(outcome, index), *item);
        if sold > copies.0 {
            return impossible(format!("{sold} of {copies} copies of item {index} are sold"));
        }
        if *price < reserve_price {
            return impossible(format!("the price of item {index} is below its reserve price"));
        }
        if *price > reserve_price && sold < copies.0 {
            let what = format!("item {index} costs more than its reserve price and has copies to spare");
            return impossible(what);
        }
    }
    if outcome.payments != implied.payments {
        return Err(WrongOutcome::Payment("a payment is not the price of the row's item".into()));
    }
    if outcome.total != implied.total {
        return Err(WrongOutcome::Conservation("total is not the sum of the payments".into()));
    }
    if (outcome.fee, &outcome.proceeds) != (implied.fee, &implied.proceeds) {
        let what = "what an item brings in is not its proceeds plus the published fee";
        return Err(WrongOutcome::Conservation(what.into()));
    }
    Ok(Money {
        payments: outcome.payments.clone(),
        proceeds: outcome.proceeds.clone(),
        fee: outcome.fee,
        ..Money::default()
    })
}

/// Whether the row has nothing that it would rather have than what it got, at these prices.
#[must_use]
pub fn content(outcome: &Outcome, index: usize, row: &Row) -> bool {
    if row.valuations.len() != outcome.prices.len() {
        return false;
    }
    let pairs = row.valuations.iter().zip(&outcome.prices);
    let utilities: Vec<i128> = pairs.map(|(v, price)| i128::from(v.0) - i128::from(price.0)).collect();
    let own = match outcome.assigned.get(index) {
        None => None,
        Some(None) => Some(0),
        Some(Some(item)) => {
            let item = usize::try_from(item.0).ok().filter(|item| *item < utilities.len());
            item.filter(|item| row.valuations[*item].0 > 0).map(|item| utilities[item])
        }
    };
    own.is_some_and(|own| own >= 0 && utilities.iter().all(|other| *other <= own))
}

fn settled(terms: &Terms, held: &[Option<usize>], prices: Vec<Amount>) -> Outcome {
    let payments: Vec<Amount> = held.iter().map(|item| item.map_or(Amount(0), |item| prices[item])).collect();
    let gross = |(item, price): (usize, &Amount)| {
        let sold = held.iter().filter(|held| **held == Some(item)).count();
        u128::from(price.0) * sold as u128
    };
    let gross: Vec<u128> = prices.iter().enumerate().map(gross).collect();
    let fees: Vec<u128> = gross.iter().map(|gross| fee(*gross, terms.fee_bps)).collect();
    Outcome {
        assigned: to_indices(held),
        prices,
        payments,
        total: Wide(gross.iter().sum()),
        fee: Wide(fees.iter().sum()),
        proceeds: gross.iter().zip(&fees).map(|(gross, fee)| Wide(gross - fee)).collect(),
    }
}
