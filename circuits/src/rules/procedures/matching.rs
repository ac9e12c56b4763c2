//! MATCH and PRICES: who gets which item, and the least prices that nobody objects to.
//!
//! In a market `a[i][j]` is the surplus of row i with item j, or nothing where they do not go together;
//! `copies[j]` says how often j can be had; `held[i]` is the item that row i gets. Rows have one entry for
//! each item.

#[cfg(test)]
pub mod attempt;
mod dual;
#[cfg(test)]
mod tests;

pub use dual::{Broken, Dual};

use crate::number::Count;
use num_bigint::BigInt;
use num_traits::{One, Zero};
use std::ops::Sub;

/// MATCH(a, copies): the assignment of highest total surplus; of several, the one whose vector of items is
/// lexicographically smallest, nothing being the largest item.
#[must_use]
pub fn best_match(surplus: &[Vec<Option<u64>>], copies: &[u64]) -> Vec<Option<usize>> {
    let weights = Perturbation::new(surplus.len(), copies.len()).weights(surplus);
    heaviest(&weights, copies)
}

/// PRICES(a, held) for the assignment of MATCH: the least prices that support it.
#[must_use]
pub fn least_prices<T>(surplus: &[Vec<Option<T>>], held: &[Option<usize>], items: usize) -> Vec<T>
where
    T: Clone + Ord + Zero + for<'a> Sub<&'a T, Output = T>,
{
    let above = |a: &T, b: &T| if a > b { a.clone() - b } else { T::zero() };
    let mut prices = vec![T::zero(); items];
    for _ in 0..items {
        let mut raised = prices.clone();
        for (row, held) in surplus.iter().zip(held) {
            let own = held.and_then(|item| Some(above(row[item].as_ref()?, &prices[item])));
            let own = own.unwrap_or_else(T::zero);
            for (item, surplus) in row.iter().enumerate().filter(|(item, _)| Some(*item) != *held) {
                let offered = surplus.as_ref().map_or_else(T::zero, |surplus| above(surplus, &own));
                if offered > raised[item] {
                    raised[item] = offered;
                }
            }
        }
        if raised == prices {
            break;
        }
        prices = raised;
    }
    prices
}

/// Items as outcomes write them.
#[must_use]
pub fn to_indices(held: &[Option<usize>]) -> Vec<Option<Count>> {
    held.iter().map(|item| item.map(|item| Count(item as u64))).collect()
}

/// Items as outcomes write them; none if one is not among this many.
#[must_use]
pub fn from_indices(indices: &[Option<Count>], items: usize) -> Option<Vec<Option<usize>>> {
    let place = |index: &Option<Count>| match index {
        Some(index) => usize::try_from(index.0).ok().filter(|item| *item < items).map(Some),
        None => Some(None),
    };
    indices.iter().map(place).collect()
}

/// The form of MATCH in which nothing ties: surpluses times 2^S, plus a bonus for each pair that tells every
/// two assignments apart. Its N and m may be larger than the market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Perturbation {
    /// (m + 1)^k for k = 0 … N
    powers: Vec<BigInt>,
    items: usize,
}

impl Perturbation {
    /// For markets of up to this size.
    #[must_use]
    pub fn new(rows: usize, items: usize) -> Self {
        let base = BigInt::from(items + 1);
        let powers = std::iter::successors(Some(BigInt::one()), |power| Some(power * &base));
        Self { powers: powers.take(rows + 1).collect(), items }
    }

    /// N, the most rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.powers.len() - 1
    }

    /// m, the most items.
    #[must_use]
    pub fn items(&self) -> usize {
        self.items
    }

    /// S = bitlength((m + 1)^N) + 1: the bonuses of an assignment add up to less than 2^(S - 1).
    #[must_use]
    pub fn bits(&self) -> u64 {
        self.powers[self.rows()].bits() + 1
    }

    /// ε = (m - item)·(m + 1)^(N - 1 - row), for a row and an item within the size.
    #[must_use]
    pub fn bonus(&self, row: usize, item: usize) -> BigInt {
        &self.powers[self.rows() - 1 - row] * (self.items - item)
    }

    /// surplus·2^S + ε.
    #[must_use]
    pub fn weight(&self, surplus: u64, row: usize, item: usize) -> BigInt {
        (BigInt::from(surplus) << self.bits()) + self.bonus(row, item)
    }

    /// The weights of a market within the size.
    #[must_use]
    pub fn weights(&self, surplus: &[Vec<Option<u64>>]) -> Vec<Vec<Option<BigInt>>> {
        let weights = |(row, surplus): (usize, &Vec<Option<u64>>)| {
            let weight = |(item, a): (usize, &Option<u64>)| a.map(|a| self.weight(a, row, item));
            surplus.iter().enumerate().map(weight).collect()
        };
        surplus.iter().enumerate().map(weights).collect()
    }
}

/// The assignment of highest total weight, for weights above zero among which no two assignments tie.
#[must_use]
pub fn heaviest(weights: &[Vec<Option<BigInt>>], copies: &[u64]) -> Vec<Option<usize>> {
    let mut held = Vec::new();
    for row in 0..weights.len() {
        held.push(None);
        admit(weights, copies, &mut held, row);
    }
    held
}

/// What the rows before gain in all when the new row comes in and `row` moves on to some item.
#[derive(Clone)]
struct Step {
    gain: BigInt,
    row: usize,
}

/// Lets one more row into the best assignment of the rows before it.
///
/// The best assignment with the row differs from the one without by one chain: the row takes an item, whose
/// holder moves on to another, and so on, until a copy is free or a holder is left with nothing.
fn admit(weights: &[Vec<Option<BigInt>>], copies: &[u64], held: &mut [Option<usize>], new: usize) {
    let steps = best_steps(weights, held, new, copies.len());
    let Some((mut item, left_out)) = best_end(weights, copies, held, &steps) else {
        return;
    };
    if let Some(row) = left_out {
        held[row] = None;
    }
    while let Some(row) = steps[item].as_ref().map(|step| step.row) {
        match held[row].replace(item) {
            Some(before) => item = before,
            None => return,
        }
    }
}

/// For each item the best chain that ends in one more row taking it.
fn best_steps(
    weights: &[Vec<Option<BigInt>>],
    held: &[Option<usize>],
    new: usize,
    items: usize,
) -> Vec<Option<Step>> {
    let first = |weight: &Option<BigInt>| weight.clone().map(|gain| Step { gain, row: new });
    let mut steps: Vec<Option<Step>> = weights[new].iter().map(first).collect();
    // No chain is better for taking an item twice, because the assignment without the new row is the best.
    for _ in 0..items {
        let mut settled = true;
        for (row, item) in held.iter().enumerate().filter_map(|(row, item)| Some((row, (*item)?))) {
            let Some(left) = leave(weights, &steps, row, item) else {
                continue;
            };
            for (next, weight) in weights[row].iter().enumerate().filter(|(next, _)| *next != item) {
                let Some(gain) = weight.as_ref().map(|weight| &left + weight) else {
                    continue;
                };
                if steps[next].as_ref().is_none_or(|known| known.gain < gain) {
                    steps[next] = Some(Step { gain, row });
                    settled = false;
                }
            }
        }
        if settled {
            break;
        }
    }
    steps
}

/// The gain when somebody takes the item of this row and the row is left with nothing.
fn leave(weights: &[Vec<Option<BigInt>>], steps: &[Option<Step>], row: usize, item: usize) -> Option<BigInt> {
    Some(&steps[item].as_ref()?.gain - weights[row][item].as_ref()?)
}

/// The item at which the best chain ends, and the row that it leaves with nothing, if the chain gains
/// anything.
fn best_end(
    weights: &[Vec<Option<BigInt>>],
    copies: &[u64],
    held: &[Option<usize>],
    steps: &[Option<Step>],
) -> Option<(usize, Option<usize>)> {
    let spare =
        |item: &usize| (held.iter().filter(|held| **held == Some(*item)).count() as u64) < copies[*item];
    let free = (0..copies.len()).filter(spare);
    let free = free.filter_map(|item| Some((steps[item].as_ref()?.gain.clone(), item, None)));
    let holders = held.iter().enumerate().filter_map(|(row, item)| Some((row, (*item)?)));
    let dropped =
        holders.filter_map(|(row, item)| Some((leave(weights, steps, row, item)?, item, Some(row))));
    let (gain, item, left_out) = free.chain(dropped).max_by(|a, b| a.0.cmp(&b.0))?;
    (gain > BigInt::zero()).then_some((item, left_out))
}
