//! The Nash bargain over whole records, with β = 1. Source: rules.md section 8.2, step 4.
//!
//! At the bargain one firm gives everything: two edges. Along an edge the gains are affine in the fall of the
//! receiver's cost and that fall grows with every record, so the product of the gains rises, stays level for
//! at most one step and falls: the smallest best number is the last to which it rises.

use super::market::Firm;
use super::native::{Effect, margin_times_size};
use crate::rules::procedures::largest::largest;
use num_bigint::BigInt;
use num_rational::{BigRational, Ratio};
use num_traits::Signed;

/// Records given, by row, if any number makes both profits rise.
pub(super) fn gives(effect: &Effect, firms: &[Firm; 2]) -> Option<[u64; 2]> {
    let [first, second] = firms;
    let best_of_first = Edge { effect, giver: first, other: second }.best();
    let best_of_second = Edge { effect, giver: second, other: first }.best();
    match (best_of_first, best_of_second) {
        (Some((_, product)), Some((given, better))) if better > product => Some([first.size, given]),
        (Some((given, _)), _) => Some([given, second.size]),
        (None, second_edge) => second_edge.map(|(given, _)| [first.size, given]),
    }
}

/// One firm, the giver, gives d of its records; the other gives all.
struct Edge<'a> {
    effect: &'a Effect,
    giver: &'a Firm,
    other: &'a Firm,
}

impl Edge<'_> {
    /// The smallest admissible d of largest product, and that product.
    fn best(&self) -> Option<(u64, BigRational)> {
        let all = u128::from(self.giver.size);
        // With more records the giver's gain falls from above zero, and the other's rises from at most zero.
        let first = largest(0, all, |d| !self.gains(d)[1].is_positive()) + 1;
        let last = largest(0, all, |d| self.gains(d)[0].is_positive());
        if first > last {
            return None;
        }
        let best = largest(first, last, |d| d == first || self.product(d) > self.product(d - 1));
        // At most the giver's size.
        Some((best as u64, self.product(best)))
    }

    /// Δ of giver and other, times n_e·n_o·N·(n_o + d).
    fn gains(&self, d: u128) -> [BigInt; 2] {
        let (giver, other) = (self.giver, self.other);
        // b_e·(1/n_e − 1/N) = b_e·n_o/(n_e·N) and b_o·(1/n_o − 1/(n_o + d)) = b_o·d/(n_o·(n_o + d)).
        let giver_falls = BigInt::from(giver.learning) * other.size * other.size * self.reached(d);
        let other_falls = BigInt::from(other.learning) * d * giver.size * self.pooled();
        self.effect.on_each(&[giver_falls, other_falls])
    }

    /// Δ_e·(2m_e + Δ_e)·Δ_o·(2m_o + Δ_o), times (n_e·n_o·N)⁴, which is the same on both edges.
    fn product(&self, d: u128) -> BigRational {
        let (giver, other) = (self.giver, self.other);
        let margin =
            |own: &Firm, rival: &Firm| margin_times_size(own) * rival.size * self.pooled() * self.reached(d);
        let margins = self.effect.on_each(&[margin(giver, other), margin(other, giver)]);
        let gains = self.gains(d);
        let factors = gains.iter().zip(&margins).map(|(gain, margin)| gain * (margin * 2 + gain));
        Ratio::new_raw(factors.product(), BigInt::from(self.reached(d)).pow(4))
    }

    /// n_o + d.
    fn reached(&self, d: u128) -> u128 {
        d + u128::from(self.other.size)
    }

    /// N.
    fn pooled(&self) -> u64 {
        self.giver.size + self.other.size
    }
}
