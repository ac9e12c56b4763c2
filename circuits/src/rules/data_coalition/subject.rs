//! `data-coalition/v1` as the suite of [`crate::testing`] sees it.

use super::{DataCoalition, Outcome, Row, Terms, native};
use crate::json::to_value;
use crate::number::{Count, Ppm};
use crate::rule::PublishedRule;
use crate::testing::{self, CheckCircuits};
use ark_std::rand::{Rng, SeedableRng};
use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::Signed;
use rand::rngs::StdRng;
use serde_json::Value;

/// The rule under the suite.
pub struct Subject;

/// The demand intercept, ppm.
pub const MILLION: u64 = 1_000_000;

/// Terms of an exponent p/q.
#[must_use]
pub fn terms(competition: &str, similarity: u64, [p, q]: [u64; 2]) -> Terms {
    Terms {
        competition: competition.into(),
        similarity_ppm: Ppm(similarity),
        exponent_numerator: Count(p),
        exponent_denominator: Count(q),
    }
}

/// A row of size, irreducible and learning cost.
#[must_use]
pub fn row([n, a, b]: [u64; 3]) -> Row {
    Row { data_size: Count(n), irreducible_cost_ppm: Ppm(a), learning_cost_ppm: Ppm(b) }
}

/// The outcome of a round that is not refused.
#[must_use]
pub fn settle(terms: &Terms, firms: &[[u64; 3]]) -> Outcome {
    let rows: Vec<Row> = firms.iter().copied().map(row).collect();
    native::evaluate(terms, &rows).unwrap_or_else(|error| panic!("{terms:?} {firms:?}: {error}"))
}

/// The text in fractions, word for word. `None`: void.
pub struct Market<'a> {
    /// The terms.
    pub terms: &'a Terms,
    /// Size, irreducible and learning cost of each firm.
    pub firms: &'a [[u64; 3]],
}

impl Market<'_> {
    fn cost(&self, [_, a, b]: [u64; 3], n: u64) -> BigRational {
        let (p, q) = (self.terms.exponent_numerator.0 as u32, self.terms.exponent_denominator.0 as u32);
        let y = ((BigUint::from(1u32) << (48 * q)) / BigUint::from(n).pow(p)).nth_root(q);
        let learned = BigRational::new(BigInt::from(y) * b, BigInt::from(1u64 << 48));
        (learned + BigInt::from(a)) / BigInt::from(MILLION)
    }

    /// Every firm's profit when these pool.
    #[must_use]
    pub fn profits(&self, mask: usize) -> Option<Vec<BigRational>> {
        let number = |number: i64| BigRational::from(BigInt::from(number));
        let m = self.firms.len() as i64;
        let member = |i: usize| mask >> i & 1 == 1;
        let size = |i: usize| self.firms[i][0];
        let pooled = (0..self.firms.len()).filter(|i| member(*i)).map(size).sum();
        let data = |i: usize| if member(i) { pooled } else { size(i) };
        let y: Vec<BigRational> =
            (0..self.firms.len()).map(|i| number(1) - self.cost(self.firms[i], data(i))).collect();
        let g = BigRational::new(self.terms.similarity_ppm.0.into(), MILLION.into());
        let sum: BigRational = y.iter().sum();
        let x: Vec<BigRational> = if self.terms.competition == "cournot" {
            let q = sum / (number(2) + &g * number(m - 1));
            y.iter().map(|y| (y - &g * &q) / (number(2) - &g)).collect()
        } else {
            let delta = number(1) + &g * number(m - 2);
            let all = &delta * sum / (&delta * number(2) - &g * number(m - 1));
            y.iter().map(|y| y - (&delta * y + &g * &all) / (&delta * number(2) + &g)).collect()
        };
        x.iter().all(Signed::is_positive).then(|| x.iter().map(|x| x * x).collect())
    }

    /// The outcome, by the text.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let m = self.firms.len();
        let members = |mask: usize| (0..m).filter(move |i| mask >> i & 1 == 1);
        let none = Outcome { members: vec![false; m], rational: Count(0), stable: Count(0) };
        let Some(base) = self.profits(0) else { return none };
        let (mut rational, mut stable) = (0, Vec::new());
        for mask in (0..1usize << m).filter(|mask| mask.count_ones() >= 2) {
            let Some(profits) = self.profits(mask) else { continue };
            if members(mask).any(|i| profits[i] < base[i]) {
                continue;
            }
            rational += 1;
            let leaving = members(mask).any(|i| {
                let rest = if mask.count_ones() == 2 { 0 } else { mask & !(1 << i) };
                self.profits(rest).is_some_and(|alone| alone[i] > profits[i])
            });
            let joining = (0..m).filter(|j| mask >> j & 1 == 0).any(|j| {
                let joined = self.profits(mask | 1 << j);
                joined.is_some_and(|joined| {
                    joined[j] > profits[j] && members(mask).all(|i| joined[i] >= profits[i])
                })
            });
            if !leaving && !joining {
                let gain: BigRational = members(mask).map(|i| &profits[i] - &base[i]).sum();
                stable.push((gain, mask));
            }
        }
        let most = stable.iter().map(|(gain, _)| gain.clone()).max();
        let chosen =
            stable.iter().filter(|(gain, _)| Some(gain) == most.as_ref()).map(|(_, mask)| *mask).min();
        let chosen = chosen.unwrap_or(0);
        Outcome {
            members: (0..m).map(|i| chosen >> i & 1 == 1).collect(),
            rational: Count(rational),
            stable: Count(stable.len() as u64),
        }
    }
}

/// Terms and firms that are not refused; ties and extremes are likely.
#[must_use]
pub fn draw(rng: &mut StdRng) -> (Terms, Vec<[u64; 3]>) {
    let exponent = [[1, 1], [1, 2], [1, 3], [2, 3], [1, 4], [3, 4]][rng.gen_range(0..6usize)];
    let similarity = [0, 1, 500_000, 800_000, 999_999][rng.gen_range(0..5usize)];
    let competition = if rng.gen_bool(0.5) { "cournot" } else { "bertrand" };
    let learning = [1_000, 100_000, 800_000][rng.gen_range(0..3usize)];
    let alike = rng.gen_bool(0.3);
    let count = [2, 2, 3, 3, 3, 4, 4, 5][rng.gen_range(0..8usize)];
    let mut firm = || {
        let n = [1, 2, 10, rng.gen_range(1..5_000), (1 << 32) - 1][rng.gen_range(0..5usize)];
        let a = [0, 0, 100_000, 300_000][rng.gen_range(0..4usize)];
        if alike { [10, 0, learning] } else { [n, a, rng.gen_range(1..=learning)] }
    };
    (terms(competition, similarity, exponent), (0..count).map(|_| firm()).collect())
}

impl testing::Subject for Subject {
    fn rule(&self) -> &'static dyn PublishedRule {
        &DataCoalition
    }

    fn draw(&self, rng: &mut StdRng) -> (Value, Vec<Value>) {
        let (terms, firms) = draw(rng);
        (to_value(&terms), firms.iter().map(|firm| to_value(&row(*firm))).collect())
    }

    fn check_card(&self) {
        members_never_lose();
    }

    fn circuits(&self) -> Option<Box<dyn CheckCircuits>> {
        None
    }
}

/// A member never earns less than without a coalition, and there are members if and only if one is stable.
fn members_never_lose() {
    for seed in 0..300 {
        let (terms, firms) = draw(&mut StdRng::seed_from_u64(1_000 + seed));
        let outcome = settle(&terms, &firms);
        let market = Market { terms: &terms, firms: &firms };
        let mask = outcome.members.iter().rev().fold(0, |mask, member| mask << 1 | usize::from(*member));
        assert_eq!(mask > 0, outcome.stable > Count(0), "seed {seed}");
        assert!(mask.count_ones() != 1 && outcome.stable <= outcome.rational, "seed {seed}");
        if let (Some(base), Some(profits)) = (market.profits(0), market.profits(mask)) {
            let members = outcome.members.iter().enumerate().filter(|(_, member)| **member);
            assert!(members.map(|(i, _)| i).all(|i| profits[i] >= base[i]), "seed {seed}");
        }
    }
}
