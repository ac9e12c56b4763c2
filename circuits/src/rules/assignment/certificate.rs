//! What proves an outcome of `assignment/v1` to somebody who checks relations only: competitive prices in the
//! perturbed weights of MATCH, and a forest that shows them to be the least.
//!
//! Source: rules.md section 4.5. Allocation, tie-breaking and prices follow from the relations because no two
//! assignments have the same perturbed weight.

use super::{Item, Outcome, Row, Terms, native};
use crate::number::{Amount, Count};
use crate::rules::procedures::matching::{Broken, Dual, Perturbation, from_indices};
use num_bigint::BigInt;
use num_traits::{One, Zero};

/// An outcome to prove, with the bids behind it, filled up with absent bidders and items to a published size.
pub struct Market {
    size: Perturbation,
    items: Vec<Item>,
    valuations: Vec<Vec<Amount>>,
    /// The item of each row.
    held: Vec<Option<usize>>,
    /// p: each price less the reserve price.
    above: Vec<BigInt>,
}

/// What the prover knows. It tells the bids: private.
#[derive(Clone, PartialEq, Eq)]
pub struct Witness {
    /// e: whether the row's valuation reaches the item's reserve price, by row and item.
    pub edges: Vec<Vec<bool>>,
    /// q' by item, y by row.
    pub dual: Dual,
    /// ρ, by item: at most the number of items.
    pub ranks: Vec<u64>,
    /// h, by item: the row that would take the item at a lower price.
    pub parents: Vec<Option<usize>>,
}

impl Market {
    /// The market of this size; none if it does not fit, or if the outcome is not about these rows and items.
    #[must_use]
    pub fn new(terms: &Terms, rows: &[Row], outcome: &Outcome, size: Perturbation) -> Option<Self> {
        let Terms { items, .. } = terms;
        let fits = rows.len() <= size.rows()
            && items.len() <= size.items()
            && rows.iter().all(|row| row.valuations.len() == items.len())
            && (outcome.assigned.len(), outcome.prices.len()) == (rows.len(), items.len());
        let mut held = from_indices(&outcome.assigned, items.len()).filter(|_| fits)?;
        held.resize(size.rows(), None);
        let above = |(item, price): (&Item, &Amount)| BigInt::from(price.0) - item.reserve_price.0;
        let mut above: Vec<BigInt> = items.iter().zip(&outcome.prices).map(above).collect();
        above.resize(size.items(), BigInt::zero());
        let mut items = items.clone();
        items.resize(size.items(), Item { copies: Count(0), reserve_price: Amount(0) });
        let mut valuations: Vec<Vec<Amount>> = rows.iter().map(|row| row.valuations.clone()).collect();
        valuations.resize(size.rows(), Vec::new());
        valuations.iter_mut().for_each(|row| row.resize(size.items(), Amount(0)));
        Some(Self { size, items, valuations, held, above })
    }

    /// The item of each row, absent rows included.
    #[must_use]
    pub fn held(&self) -> &[Option<usize>] {
        &self.held
    }

    /// The perturbed weights of the bids.
    #[must_use]
    pub fn weights(&self) -> Vec<Vec<Option<BigInt>>> {
        self.size.weights(&self.surplus())
    }

    /// N, m, S and the bonuses.
    #[must_use]
    pub fn size(&self) -> &Perturbation {
        &self.size
    }

    /// What the row says the item is worth to it; 0 for absent rows and items.
    #[must_use]
    pub fn valuation(&self, row: usize, item: usize) -> u64 {
        self.valuations[row][item].0
    }

    /// The outcome's price of the item; 0 for absent items.
    #[must_use]
    pub fn price(&self, item: usize) -> BigInt {
        &self.above[item] + self.items[item].reserve_price.0
    }

    /// e of P: what q' of the item is beyond p·2^S.
    #[must_use]
    pub fn beyond_money(&self, dual: &Dual, item: usize) -> BigInt {
        &dual.prices[item] - (&self.above[item] << self.size.bits())
    }

    fn surplus(&self) -> Vec<Vec<Option<u64>>> {
        let surplus = |(item, valuation): (&Item, &Amount)| native::surplus_of(*item, *valuation);
        self.valuations.iter().map(|row| self.items.iter().zip(row).map(surplus).collect()).collect()
    }

    fn copies(&self) -> Vec<u64> {
        self.items.iter().map(|item| item.copies.0).collect()
    }

    fn edges(&self) -> Vec<Vec<bool>> {
        self.surplus().iter().map(|row| row.iter().map(Option::is_some).collect()).collect()
    }

    /// The witness, if the outcome is the evaluator's; for any other outcome, one that does not pass.
    #[must_use]
    pub fn witness(&self) -> Witness {
        let weights = self.weights();
        let dual = Dual::least(&weights, &self.held, self.items.len());
        let (ranks, parents) = self.forest(&weights, &dual);
        Witness { edges: self.edges(), dual, ranks, parents }
    }

    /// Ranks and parents. An item is reached when it costs nothing, or when some row is indifferent to it
    /// that holds nothing or an item reached before; its rank is the round in which that happens.
    fn forest(&self, weights: &[Vec<Option<BigInt>>], dual: &Dual) -> (Vec<u64>, Vec<Option<usize>>) {
        let free = |price: &BigInt| price.is_zero().then_some(0);
        let mut ranks: Vec<Option<u64>> = dual.prices.iter().map(free).collect();
        let mut parents = vec![None; ranks.len()];
        for round in 1..=ranks.len() as u64 {
            let before = ranks.clone();
            let ready = |row: &usize| self.held[*row].is_none_or(|item| before[item].is_some());
            for item in (0..ranks.len()).filter(|item| before[*item].is_none()) {
                let indifferent = |row: &usize| dual.slack(weights, *row, item).is_zero();
                parents[item] = (0..self.held.len()).filter(ready).find(indifferent);
                ranks[item] = parents[item].map(|_| round);
            }
        }
        (ranks.into_iter().map(Option::unwrap_or_default).collect(), parents)
    }

    /// The relations of rules.md section 4.5.
    ///
    /// # Errors
    /// The first relation that does not hold: `form`, `E` (edge bits), C1 to C4, M1 to M3, P.
    pub fn check(&self, witness: &Witness) -> Result<(), Broken> {
        let (rows, items) = (self.held.len(), self.items.len());
        let sized = (witness.ranks.len(), witness.parents.len()) == (items, items)
            && witness.ranks.iter().all(|rank| *rank <= items as u64)
            && witness.parents.iter().flatten().all(|row| *row < rows);
        Broken::unless(sized, "form")?;
        Broken::unless(witness.edges == self.edges(), "E")?;
        let weights = self.weights();
        witness.dual.check(&weights, &self.copies(), &self.held)?;
        self.check_forest(witness, &weights)?;
        Broken::unless((0..items).all(|item| self.rounds_to_money(witness, item)), "P")
    }

    /// M1 to M3: every item with a price has a parent that is indifferent to it, and that holds nothing or an
    /// item of smaller rank.
    fn check_forest(&self, witness: &Witness, weights: &[Vec<Option<BigInt>>]) -> Result<(), Broken> {
        let Witness { dual, ranks, parents, .. } = witness;
        let orphans = dual.prices.iter().zip(parents).filter(|(_, parent)| parent.is_none());
        Broken::unless(orphans.into_iter().all(|(price, _)| price.is_zero()), "M1")?;
        let pairs = || parents.iter().enumerate().filter_map(|(item, row)| Some((item, (*row)?)));
        let indifferent = |(item, row): (usize, usize)| dual.slack(weights, row, item).is_zero();
        Broken::unless(pairs().all(indifferent), "M2")?;
        let rank = |row: usize| self.held[row].map_or(0, |item| ranks[item]);
        Broken::unless(pairs().all(|(item, row)| ranks[item] > rank(row)), "M3")
    }

    /// P: q' = p·2^S + e with -2^(S - 1) ≤ e < 2^(S - 1).
    fn rounds_to_money(&self, witness: &Witness, item: usize) -> bool {
        let half = BigInt::one() << (self.size.bits() - 1);
        let error = self.beyond_money(&witness.dual, item);
        -&half <= error && error < half
    }
}
