//! What proves the actions of `competition-aware-allocation/v1`: prices and utilities in the perturbed
//! weights of MATCH, in which no two allocations tie.
//!
//! Source: rules.md sections 4.5 and 5.5. The prices are nobody's money, so they need not be the least.

use super::{Row, Terms, native};
use crate::number::Count;
use crate::rules::procedures::matching::{Broken, Dual, Perturbation, from_indices};
use num_bigint::BigInt;

/// An allocation to prove, with the numbers behind it, filled up with absent buyers and worthless actions to
/// a published size.
pub struct Market {
    weights: Vec<Vec<Option<BigInt>>>,
    /// One of each action.
    copies: Vec<u64>,
    /// The action of each row.
    held: Vec<Option<usize>>,
}

impl Market {
    /// The market of this size; none if it does not fit, or if the allocation is not about these rows and
    /// actions.
    #[must_use]
    pub fn new(terms: &Terms, rows: &[Row], actions: &[Option<Count>], size: &Perturbation) -> Option<Self> {
        let known = terms.action_values.len();
        let fits = rows.len() <= size.rows() && known <= size.items() && actions.len() == rows.len();
        let mut held = from_indices(actions, known).filter(|_| fits)?;
        held.resize(size.rows(), None);
        let mut values: Vec<Vec<Option<u64>>> =
            rows.iter().map(|row| native::reachable(terms, row)).collect();
        values.resize(size.rows(), Vec::new());
        values.iter_mut().for_each(|row| row.resize(size.items(), None));
        Some(Self { weights: size.weights(&values), copies: vec![1; size.items()], held })
    }

    /// The action of each row, absent rows included.
    #[must_use]
    pub fn held(&self) -> &[Option<usize>] {
        &self.held
    }

    /// The perturbed weights of the pairs that go together.
    #[must_use]
    pub fn weights(&self) -> &[Vec<Option<BigInt>>] {
        &self.weights
    }

    /// q' by action and y by row, if the allocation is the evaluator's; for any other, a dual that does not
    /// pass.
    #[must_use]
    pub fn dual(&self) -> Dual {
        Dual::least(&self.weights, &self.held, self.copies.len())
    }

    /// The relations C1 to C4 of rules.md section 4.5.
    ///
    /// # Errors
    /// The first relation that does not hold.
    pub fn check(&self, dual: &Dual) -> Result<(), Broken> {
        dual.check(&self.weights, &self.copies, &self.held)
    }
}
