//! What data-sharing rules know of a market: how firms compete, and what data does to a firm's unit cost.
//!
//! Source: rules.md sections 8.2 and 8b.

use super::Row;
use crate::number::{Count, Ppm};
use crate::rule::Refusal;
use crate::rules::procedures::largest::largest;
use num_bigint::BigUint;
use num_integer::Integer;

/// The demand intercept, ppm.
pub const INTERCEPT: u64 = 1_000_000;
/// Bits behind the point of n^-β.
pub const LEARNING_BITS: u32 = 48;
/// The largest data size.
pub const MAX_SIZE: u64 = (1 << 32) - 1;
/// The largest learning cost, ppm.
pub const MAX_LEARNING_COST: u64 = (1 << 48) - 1;
/// The largest denominator of β.
pub const MAX_DENOMINATOR: u64 = 4;

/// How firms compete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Competition {
    /// In quantities.
    Cournot,
    /// In prices.
    Bertrand,
}

impl Competition {
    /// The competition of this name.
    ///
    /// # Errors
    /// `unknown_competition`.
    pub fn named(name: &str) -> Result<Self, Refusal> {
        match name {
            "cournot" => Ok(Self::Cournot),
            "bertrand" => Ok(Self::Bertrand),
            _ => Err(Refusal("unknown_competition")),
        }
    }
}

/// The similarity of products that are no perfect substitutes.
///
/// # Errors
/// `similarity_not_below_one`.
pub fn similarity(told: Ppm) -> Result<u64, Refusal> {
    if told.0 >= INTERCEPT { Err(Refusal("similarity_not_below_one")) } else { Ok(told.0) }
}

/// β, by which data lowers costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exponent {
    numerator: u32,
    denominator: u32,
}

impl Exponent {
    /// The exponent `numerator / denominator`.
    ///
    /// # Errors
    /// `exponent_out_of_range`.
    pub fn new(numerator: Count, denominator: Count) -> Result<Self, Refusal> {
        let (p, q) = (numerator.0, denominator.0);
        if p < 1 || p > q || q > MAX_DENOMINATOR || p.gcd(&q) != 1 {
            return Err(Refusal("exponent_out_of_range"));
        }
        // At most 4.
        Ok(Self { numerator: p as u32, denominator: q as u32 })
    }

    /// p, 1 to 3.
    #[must_use]
    pub fn numerator(self) -> u32 {
        self.numerator
    }

    /// q, 1 to 4.
    #[must_use]
    pub fn denominator(self) -> u32 {
        self.denominator
    }

    /// Whether β = 1.
    #[must_use]
    pub fn is_one(self) -> bool {
        self.numerator == self.denominator
    }

    /// Y(n) = ⌊2^48·n^-β⌋, for n of at least 1.
    #[must_use]
    pub fn learning(self, size: u64) -> u64 {
        let one = BigUint::from(1u32) << (LEARNING_BITS * self.denominator);
        let size = BigUint::from(size).pow(self.numerator);
        let fits = |y: u128| BigUint::from(y).pow(self.denominator) * &size <= one;
        // At most 2^48.
        largest(0, 1 << LEARNING_BITS, fits) as u64
    }
}

/// A firm by its numbers, brought into range.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Firm {
    /// n, 1 to [`MAX_SIZE`].
    pub size: u64,
    /// a in ppm, at most [`INTERCEPT`].
    pub irreducible: u64,
    /// b in ppm, 1 to [`MAX_LEARNING_COST`].
    pub learning: u64,
}

impl From<&Row> for Firm {
    fn from(row: &Row) -> Self {
        Self {
            size: row.data_size.0.clamp(1, MAX_SIZE),
            irreducible: row.irreducible_cost_ppm.0.min(INTERCEPT),
            learning: row.learning_cost_ppm.0.clamp(1, MAX_LEARNING_COST),
        }
    }
}
