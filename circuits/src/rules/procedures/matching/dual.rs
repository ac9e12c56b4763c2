//! Prices and utilities that prove an assignment to be the heaviest.

use super::least_prices;
use num_bigint::BigInt;
use num_traits::Zero;

/// A relation of rules.md section 4.5 that does not hold, by its name there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} does not hold")]
pub struct Broken(pub &'static str);

impl Broken {
    /// The relation holds if this is true.
    ///
    /// # Errors
    /// It does not hold.
    pub fn unless(holds: bool, relation: &'static str) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(Self(relation)) }
    }
}

/// The dual of a matching in perturbed weights. Utilities tell what rows bid: private.
#[derive(Clone, PartialEq, Eq)]
pub struct Dual {
    /// q', by item.
    pub prices: Vec<BigInt>,
    /// y, by row.
    pub utilities: Vec<BigInt>,
}

impl Dual {
    /// The dual of least prices for the heaviest assignment.
    #[must_use]
    pub fn least(weights: &[Vec<Option<BigInt>>], held: &[Option<usize>], items: usize) -> Self {
        Self::at(least_prices(weights, held, items), weights, held)
    }

    /// What rows that hold these items get out of them at these prices.
    #[must_use]
    pub fn at(prices: Vec<BigInt>, weights: &[Vec<Option<BigInt>>], held: &[Option<usize>]) -> Self {
        let utility = |(row, held): (usize, &Option<usize>)| match held {
            Some(item) => weight(weights, row, *item) - &prices[*item],
            None => BigInt::zero(),
        };
        let utilities = held.iter().enumerate().map(utility).collect();
        Self { prices, utilities }
    }

    /// y + q' - w of a pair; the weight of a pair without an edge is 0.
    #[must_use]
    pub fn slack(&self, weights: &[Vec<Option<BigInt>>], row: usize, item: usize) -> BigInt {
        &self.utilities[row] + &self.prices[item] - weight(weights, row, item)
    }

    /// The relations C1 to C4: prices are competitive, hence no assignment is heavier.
    ///
    /// # Errors
    /// The first relation that does not hold; `form` if the lists are not of one size.
    pub fn check(
        &self,
        weights: &[Vec<Option<BigInt>>],
        copies: &[u64],
        held: &[Option<usize>],
    ) -> Result<(), Broken> {
        let (rows, items) = (weights.len(), copies.len());
        let sized = weights.iter().all(|row| row.len() == items)
            && (held.len(), self.utilities.len(), self.prices.len()) == (rows, rows, items)
            && held.iter().flatten().all(|item| *item < items);
        Broken::unless(sized, "form")?;
        let slacks = |row: usize| (0..items).map(move |item| self.slack(weights, row, item));
        let positive = |x: &BigInt| *x >= BigInt::zero();
        let c1 = self.utilities.iter().chain(&self.prices).all(positive)
            && (0..rows).flat_map(slacks).all(|x| positive(&x));
        Broken::unless(c1, "C1")?;
        let c2 = |(row, item): (usize, usize)| {
            weights[row][item].is_some() && self.slack(weights, row, item).is_zero()
        };
        let mut pairs = held.iter().enumerate().filter_map(|(row, held)| Some((row, (*held)?)));
        Broken::unless(pairs.all(c2), "C2")?;
        let c3 = held.iter().zip(&self.utilities).all(|(held, y)| held.is_some() || y.is_zero());
        Broken::unless(c3, "C3")?;
        let c4 = |item: usize| {
            let sold = held.iter().filter(|held| **held == Some(item)).count() as u64;
            sold == copies[item] || sold < copies[item] && self.prices[item].is_zero()
        };
        Broken::unless((0..items).all(c4), "C4")
    }
}

fn weight(weights: &[Vec<Option<BigInt>>], row: usize, item: usize) -> BigInt {
    weights[row][item].clone().unwrap_or_default()
}
