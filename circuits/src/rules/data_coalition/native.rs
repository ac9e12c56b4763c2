//! The evaluator of `data-coalition/v1`, in integers.
//!
//! Everything is scaled by positive numbers that are the same for every firm and coalition: y by 10^6·2^48
//! and x by that and the denominators of rules.md section 8b. So signs and comparisons are those of the text.

use super::{Outcome, Row, Terms};
use crate::number::Count;
use crate::rule::{Money, Refusal, WrongOutcome};
use crate::rules::data_sharing::market::{Competition, Exponent, Firm, INTERCEPT, LEARNING_BITS, similarity};
use num_bigint::BigInt;
use num_traits::Signed;
use std::ops::RangeInclusive;

/// Row counts of a round.
pub const ROWS: RangeInclusive<usize> = 2..=6;

/// Refusals by the terms alone, in the order of rules.md.
///
/// # Errors
/// The first refusal that applies.
pub fn check_terms(terms: &Terms) -> Result<(), Refusal> {
    Round::new(terms).map(drop)
}

/// Whether there are two to six rows.
///
/// # Errors
/// `wrong_row_count`.
pub fn check_row_count(_: &Terms, rows: usize) -> Result<(), Refusal> {
    if !ROWS.contains(&rows) {
        return Err(Refusal("wrong_row_count"));
    }
    Ok(())
}

/// The one outcome for these terms and rows.
///
/// # Errors
/// The first refusal that applies, in the order of rules.md.
pub fn evaluate(terms: &Terms, rows: &[Row]) -> Result<Outcome, Refusal> {
    let round = Round::new(terms)?;
    check_row_count(terms, rows.len())?;
    let firms: Vec<Firm> = rows.iter().map(Firm::from).collect();
    let coalitions = Coalitions::new(&round, &firms);
    let rational: Vec<Mask> = coalitions.all().filter(|mask| coalitions.is_rational(*mask)).collect();
    let stable: Vec<Mask> = rational.iter().copied().filter(|mask| coalitions.is_stable(*mask)).collect();
    let chosen = coalitions.best(&stable);
    Ok(Outcome {
        members: (0..firms.len()).map(|firm| chosen.has(firm)).collect(),
        rational: Count(rational.len() as u64),
        stable: Count(stable.len() as u64),
    })
}

/// What public numbers alone rule out. No money moves.
pub(super) fn check_outcome(rows: usize, outcome: &Outcome) -> Result<Money, WrongOutcome> {
    let impossible = |what: &str| Err(WrongOutcome::Impossible(what.into()));
    let Outcome { members, rational, stable } = outcome;
    if members.len() != rows {
        return impossible("the outcome is not about these rows");
    }
    let pooling = members.iter().filter(|member| **member).count();
    if pooling == 1 {
        return impossible("a firm that pools with nobody");
    }
    // Sets of rows, without the empty one and those of one row; there are at most six rows.
    let coalitions = (1u64 << rows) - 1 - rows as u64;
    if stable > rational || rational.0 > coalitions {
        return impossible("more coalitions than there can be");
    }
    if (pooling > 0) != (stable.0 > 0) {
        return impossible("somebody pools if and only if a coalition is stable");
    }
    Ok(Money::default())
}

/// What a firm's own numbers say: with some coalition rational every firm sells without one.
pub(super) fn own_view(
    terms: &Terms,
    outcome: &Outcome,
    index: usize,
    row: &Row,
) -> Result<&'static str, WrongOutcome> {
    let firm = Firm::from(row);
    // Who sells without a coalition has a positive margin, whatever the others' numbers are: similar products
    // only take away from what it sells.
    let sells = Round::new(terms)?.margin(&firm, firm.size).is_positive();
    match outcome.members.get(index) {
        Some(_) if outcome.rational.0 > 0 && !sells => {
            Err(WrongOutcome::Impossible("coalitions are called rational although you sell nothing".into()))
        }
        Some(true) => Ok("in the pool"),
        Some(false) => Ok("not in the pool"),
        None => Err(WrongOutcome::Impossible("the outcome is not about this row".into())),
    }
}

/// The terms, understood.
struct Round {
    competition: Competition,
    similarity: u64,
    exponent: Exponent,
}

impl Round {
    fn new(terms: &Terms) -> Result<Self, Refusal> {
        let competition = Competition::named(&terms.competition)?;
        let similarity = similarity(terms.similarity_ppm)?;
        let exponent = Exponent::new(terms.exponent_numerator, terms.exponent_denominator)?;
        Ok(Self { competition, similarity, exponent })
    }

    /// Every firm's profit when these pool, or nothing if some firm sells nothing.
    fn profits(&self, firms: &[Firm], pool: Mask) -> Option<Vec<BigInt>> {
        let pooled = pool.members(firms).map(|firm| firm.size).sum();
        let margin = |(index, firm): (usize, &Firm)| {
            self.margin(firm, if pool.has(index) { pooled } else { firm.size })
        };
        let margins: Vec<BigInt> = firms.iter().enumerate().map(margin).collect();
        let sum: BigInt = margins.iter().sum();
        let [own, all] = self.weights(firms.len() as u64);
        let sales: Vec<BigInt> = margins.iter().map(|margin| margin * own - &sum * all).collect();
        sales.iter().all(Signed::is_positive).then(|| sales.iter().map(|x| x * x).collect())
    }

    /// y: the demand intercept less the firm's unit cost with this much data, at least 1 record.
    fn margin(&self, firm: &Firm, data: u64) -> BigInt {
        (BigInt::from(INTERCEPT - firm.irreducible) << LEARNING_BITS)
            - BigInt::from(firm.learning) * self.exponent.learning(data)
    }

    /// x_i = y_i·(the first) − Σy·(the second), both times powers of 10^6.
    fn weights(&self, firms: u64) -> [u128; 2] {
        let (one, similarity) = (u128::from(INTERCEPT), u128::from(self.similarity));
        let others = u128::from(firms) - 1;
        match self.competition {
            // (2−γ)·x_i = y_i − γ·Σy/(2 + γ(m−1)).
            Competition::Cournot => [2 * one + similarity * others, similarity],
            // (2δ+γ)·x_i = (δ+γ)·y_i − γ·δ·Σy/(2δ − γ(m−1)); the last divisor is 2 + γ(m−3), above 0.
            Competition::Bertrand => {
                let delta = one + similarity * (others - 1);
                [(delta + similarity) * (2 * delta - similarity * others), similarity * delta]
            }
        }
    }
}

/// A set of firms: bit i is row i.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mask(usize);

impl Mask {
    const NOBODY: Self = Self(0);

    fn has(self, firm: usize) -> bool {
        self.0 >> firm & 1 == 1
    }

    fn with(self, firm: usize) -> Self {
        Self(self.0 | 1 << firm)
    }

    /// Without this firm; a coalition of one is none.
    fn without(self, firm: usize) -> Self {
        let rest = self.0 & !(1 << firm);
        if rest.count_ones() < 2 { Self::NOBODY } else { Self(rest) }
    }

    fn members<T>(self, of: &[T]) -> impl Iterator<Item = &T> {
        of.iter().enumerate().filter(move |(firm, _)| self.has(*firm)).map(|(_, x)| x)
    }
}

/// What every coalition earns every firm.
struct Coalitions {
    firms: usize,
    /// By mask; nothing for void ones.
    profits: Vec<Option<Vec<BigInt>>>,
}

impl Coalitions {
    fn new(round: &Round, firms: &[Firm]) -> Self {
        let profits = (0..1 << firms.len()).map(|mask| round.profits(firms, Mask(mask))).collect();
        Self { firms: firms.len(), profits }
    }

    /// The coalitions of two firms or more.
    fn all(&self) -> impl Iterator<Item = Mask> {
        (0..1usize << self.firms).filter(|mask| mask.count_ones() >= 2).map(Mask)
    }

    fn profits(&self, mask: Mask) -> Option<&Vec<BigInt>> {
        self.profits.get(mask.0)?.as_ref()
    }

    fn members(&self, mask: Mask) -> impl Iterator<Item = usize> {
        (0..self.firms).filter(move |firm| mask.has(*firm))
    }

    /// Whether every member earns at least what it earns without any coalition; if that is void, nobody
    /// pools.
    fn is_rational(&self, mask: Mask) -> bool {
        let (Some(base), Some(profits)) = (self.profits(Mask::NOBODY), self.profits(mask)) else {
            return false;
        };
        self.members(mask).all(|firm| profits[firm] >= base[firm])
    }

    /// Whether, if rational, nobody wants to leave and nobody is wanted in.
    fn is_stable(&self, mask: Mask) -> bool {
        let Some(profits) = self.profits(mask) else {
            return false;
        };
        let leaves =
            |firm: usize| self.profits(mask.without(firm)).is_some_and(|alone| alone[firm] > profits[firm]);
        let joins = |firm: usize| {
            self.profits(mask.with(firm)).is_some_and(|joined| {
                joined[firm] > profits[firm]
                    && self.members(mask).all(|member| joined[member] >= profits[member])
            })
        };
        !(0..self.firms).any(|firm| if mask.has(firm) { leaves(firm) } else { joins(firm) })
    }

    /// Of these, in ascending order, the first with the largest total gain of its members; nobody if none.
    fn best(&self, stable: &[Mask]) -> Mask {
        let mut best: Option<(BigInt, Mask)> = None;
        for mask in stable {
            let gain = self.gain(*mask);
            if best.as_ref().is_none_or(|(most, _)| gain > *most) {
                best = Some((gain, *mask));
            }
        }
        best.map_or(Mask::NOBODY, |(_, mask)| mask)
    }

    /// What the members together earn more than without a coalition.
    fn gain(&self, mask: Mask) -> BigInt {
        let earned = |of: Mask| -> BigInt {
            self.profits(of).map(|profits| mask.members(profits).sum()).unwrap_or_default()
        };
        earned(mask) - earned(Mask::NOBODY)
    }
}
