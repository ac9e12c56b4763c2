//! The generalist's share by each bargaining solution: the largest number of 2^-32 that does not exceed it.
//!
//! Source: rules.md sections 7.2 and 7.4. S is the whole, 2^32; k is the share and l = S − k the rest.

use crate::rules::procedures::largest::largest;
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// The whole is 2 to this power.
pub(super) const WHOLE_BITS: u32 = 32;
/// S: the share that leaves nothing to the specialists.
pub(super) const WHOLE: u64 = 1 << WHOLE_BITS;
/// The largest cost.
pub(super) const MAX_COST: u64 = (1 << 32) - 1;

/// A bargaining solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Solution {
    Utilitarian,
    Egalitarian,
    Nash,
    KalaiSmorodinsky,
    PowerfulG,
    PowerfulD,
}

impl Solution {
    /// Every solution.
    pub(super) const ALL: [Self; 6] = [
        Self::Utilitarian,
        Self::Egalitarian,
        Self::Nash,
        Self::KalaiSmorodinsky,
        Self::PowerfulG,
        Self::PowerfulD,
    ];

    /// The solution of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "utilitarian" => Self::Utilitarian,
            "egalitarian" => Self::Egalitarian,
            "nash" => Self::Nash,
            "kalai-smorodinsky" => Self::KalaiSmorodinsky,
            "powerful-g" => Self::PowerfulG,
            "powerful-d" => Self::PowerfulD,
            _ => return None,
        })
    }
}

/// What the parties bargain over. Costs are 1 to [`MAX_COST`].
pub(super) struct Bargain<'a> {
    pub(super) generalist: u64,
    /// By domain.
    pub(super) specialists: &'a [u64],
    /// Revenue rates, by domain.
    pub(super) rates: &'a [u64],
}

impl Bargain<'_> {
    /// The share, 0 to [`WHOLE`]. Several domains know two solutions; `check_terms` refuses the others.
    pub(super) fn share(&self, solution: Solution) -> u64 {
        let share = match (self.specialists, solution) {
            ([specialist], _) => one_domain(solution, self.generalist, *specialist),
            (_, Solution::Nash) => self.common_nash(),
            _ => self.common_utilitarian(),
        };
        // At most the whole.
        share as u64
    }

    /// Step 2, utilitarian: ⌊S·R²P / (R²P + c0·Σ r_i²·P/c_i)⌋.
    pub(super) fn common_utilitarian(&self) -> u128 {
        let (generalist, specialists) = self.weights();
        let whole = &generalist + specialists * self.generalist;
        ((generalist << WHOLE_BITS) / whole).to_u128().unwrap_or(WHOLE.into())
    }

    /// Step 2, nash: the root of the derivative D.
    pub(super) fn common_nash(&self) -> u128 {
        let factors = self.factors();
        let rises = |k: u128| {
            let l = u128::from(WHOLE) - k;
            let values: Vec<BigInt> = factors.iter().map(|factor| factor.at(k, l)).collect();
            let but = |left_out: usize| product(values.iter().enumerate().filter(|(i, _)| *i != left_out));
            let slopes: BigInt = factors.iter().enumerate().map(|(i, factor)| factor.slope() * but(i)).sum();
            let ends = BigInt::from(l) - BigInt::from(k) * self.rates.len();
            !(ends * product(values.iter().enumerate()) + slopes * k * l).is_negative()
        };
        largest(0, WHOLE.into(), |k| k == 0 || (k < u128::from(WHOLE) && rises(k)))
    }

    /// R²P and Σ r_i²·P/c_i.
    fn weights(&self) -> (BigInt, BigInt) {
        let all: BigInt = self.specialists.iter().map(|cost| BigInt::from(*cost)).product();
        let rate: u64 = self.rates.iter().sum();
        let part = |(rate, cost): (&u64, &u64)| &all / cost * rate * rate;
        let parts = self.rates.iter().zip(self.specialists).map(part).sum();
        (&all * rate * rate, parts)
    }

    /// The linear forms G, H_1, ..., H_n.
    fn factors(&self) -> Vec<Linear> {
        let (generalist, specialists) = self.weights();
        let all: u64 = self.rates.iter().sum();
        let mut factors = vec![Linear { k: generalist, l: specialists * self.generalist * 2u32 }];
        factors.extend(self.rates.iter().zip(self.specialists).map(|(rate, cost)| Linear {
            k: BigInt::from(*cost) * all * 2u32,
            l: BigInt::from(*rate) * self.generalist,
        }));
        factors
    }
}

/// k·(its coefficient) + l·(its coefficient).
struct Linear {
    k: BigInt,
    l: BigInt,
}

impl Linear {
    fn at(&self, k: u128, l: u128) -> BigInt {
        &self.k * k + &self.l * l
    }

    /// By how much the form grows when a unit moves from l to k.
    fn slope(&self) -> BigInt {
        &self.k - &self.l
    }
}

fn product<'a>(values: impl Iterator<Item = (usize, &'a BigInt)>) -> BigInt {
    values.fold(BigInt::one(), |product, (_, value)| product * value)
}

/// Step 1.
pub(super) fn one_domain(solution: Solution, generalist: u64, specialist: u64) -> u128 {
    let (c0, c1) = (u128::from(generalist), u128::from(specialist));
    let whole = u128::from(WHOLE);
    match solution {
        Solution::Utilitarian => c1 * whole / (c0 + c1),
        Solution::PowerfulG if c0 <= c1 => whole,
        Solution::PowerfulG => c0 * whole / (2 * c0 - c1),
        Solution::PowerfulD if c1 <= c0 => 0,
        Solution::PowerfulD => (c1 - c0) * whole / (2 * c1 - c0),
        Solution::Egalitarian => {
            let polynomial = egalitarian(c0 as i128, c1 as i128);
            largest(0, whole, |k| !value(&polynomial, k).is_positive())
        }
        Solution::Nash => {
            let polynomial = nash(c0 as i128, c1 as i128);
            largest(0, whole, |k| !value(&polynomial, k).is_negative())
        }
        Solution::KalaiSmorodinsky if c0 <= c1 => {
            let polynomial = kalai_smorodinsky(c0 as i128, c1 as i128);
            largest(0, whole, |k| !value(&polynomial, k).is_positive())
        }
        Solution::KalaiSmorodinsky => {
            let polynomial = kalai_smorodinsky(c1 as i128, c0 as i128);
            largest(0, whole, |k| !value(&polynomial, whole - k).is_negative())
        }
    }
}

/// E, from k⁰ up.
pub(super) fn egalitarian(c0: i128, c1: i128) -> [i128; 3] {
    [-c0, 4 * c0 - 2 * c1, 3 * (c1 - c0)]
}

/// N, from k⁰ up.
pub(super) fn nash(c0: i128, c1: i128) -> [i128; 4] {
    let (generalist, both, specialist) = (c0 * c0, c0 * c1, c1 * c1);
    [
        generalist,
        5 * both - 6 * generalist,
        3 * specialist - 15 * both + 9 * generalist,
        -(4 * specialist - 10 * both + 4 * generalist),
    ]
}

/// K(·; c0, c1), from k⁰ up.
pub(super) fn kalai_smorodinsky(c0: i128, c1: i128) -> [i128; 3] {
    [-c0 * (2 * c1 - c0), -(4 * c1 * c1 - 8 * c0 * c1 + 2 * c0 * c0), (c1 - c0) * (5 * c1 - c0)]
}

/// The homogeneous polynomial in k and S with these coefficients, from k⁰ up.
pub(super) fn value(polynomial: &[i128], k: u128) -> BigInt {
    let mut bits = 0;
    polynomial.iter().rev().fold(BigInt::zero(), |value, coefficient| {
        let term = BigInt::from(*coefficient) << bits;
        bits += WHOLE_BITS;
        value * k + term
    })
}
