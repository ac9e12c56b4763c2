//! `fine-tuning-participation/v1` as the suite of [`crate::testing`] sees it.

use super::{Domain, FineTuningParticipation, Outcome, Row, Terms, native};
use crate::json::to_value;
use crate::number::{Amount, Count};
use crate::rule::PublishedRule;
use crate::testing::{self, CheckCircuits, tempting};
use ark_std::rand::Rng;
use rand::rngs::StdRng;
use serde_json::Value;

/// The rule under the suite.
pub struct Subject;

/// The largest number of a row.
pub const MAX: u64 = native::MAX_NUMBER.0;

/// Terms with this share and these revenue rates.
#[must_use]
pub fn terms(share: u64, rates: &[u64]) -> Terms {
    let domain = |rate: &u64| Domain { revenue_rate: Amount(*rate) };
    Terms { share_q32: Count(share), domains: rates.iter().map(domain).collect() }
}

/// A row of cost, linear cost and entry cost.
#[must_use]
pub fn row([cost, linear, entry]: [u64; 3]) -> Row {
    Row { cost: Amount(cost), linear_cost: Amount(linear), entry_cost: Amount(entry) }
}

/// The outcome of a round that is not refused.
#[must_use]
pub fn settle(terms: &Terms, rows: &[Row]) -> Outcome {
    native::evaluate(terms, rows).unwrap_or_else(|error| panic!("{terms:?}: {error}"))
}

/// Terms and rows that are not refused; ties, zeros and extremes are likely.
#[must_use]
pub fn draw(rng: &mut StdRng) -> (Terms, Vec<Row>) {
    let most = if rng.gen_bool(0.1) { 16 } else { 4 };
    let count = rng.gen_range(1..=most);
    let largest = if rng.gen_bool(0.7) { 9 } else { 1 << 20 };
    let share = match rng.gen_range(0..5) {
        0 => 0,
        1 => 1 << 32,
        2 => [1, (1 << 32) - 1][rng.gen_range(0..2usize)],
        _ => rng.gen_range(0..=8u64) << 29,
    };
    let rates: Vec<u64> = (0..count).map(|_| rng.gen_range(1..=largest)).collect();
    let mut number = |tenths| {
        if rng.gen_ratio(tenths, 10) { tempting(rng) } else { rng.gen_range(0..=largest) }
    };
    let rows = (0..=count).map(|_| row([number(1), number(4), number(2)])).collect();
    (terms(share, &rates), rows)
}

impl testing::Subject for Subject {
    fn rule(&self) -> &'static dyn PublishedRule {
        &FineTuningParticipation
    }

    fn draw(&self, rng: &mut StdRng) -> (Value, Vec<Value>) {
        let (terms, rows) = draw(rng);
        (to_value(&terms), rows.iter().map(to_value).collect())
    }

    fn check_card(&self) {
        card::performance_is_the_best_and_roles_pay();
    }

    fn circuits(&self) -> Option<Box<dyn CheckCircuits>> {
        None
    }
}

/// What the rule card claims, on drawn rounds.
mod card {
    use super::super::Role;
    use super::*;
    use ark_std::rand::SeedableRng;
    use num_bigint::BigInt;
    use num_rational::BigRational;
    use num_traits::{Signed, Zero};

    /// A game in plain fractions, without thresholds: a specialist takes part if its best effort does not lose.
    struct Plain {
        cost: BigRational,
        /// d·r, the effort, and what is left for the specialist at performance 0 and per unit of it.
        specialists: Vec<[BigRational; 4]>,
    }

    fn fraction(numerator: u64, denominator: u64) -> BigRational {
        BigRational::new(numerator.into(), denominator.into())
    }

    impl Plain {
        fn new(terms: &Terms, rows: &[Row]) -> Self {
            let number = |told: Amount| fraction(told.0.min(MAX), 1);
            let share = fraction(terms.share_q32.0, 1 << 32);
            let specialist = |(domain, row): (&Domain, &Row)| {
                let taken = &share * number(domain.revenue_rate);
                let keep = number(domain.revenue_rate) - &taken;
                let (linear, square) = (number(row.linear_cost), number(Amount(row.cost.0.max(1))));
                let profit = |e: &BigRational| (&keep - &linear) * e - &square * e * e;
                let mut effort = (&keep - &linear) / (&square * BigInt::from(2));
                if effort.is_negative() {
                    effort = BigRational::zero();
                }
                let left = profit(&effort) - number(row.entry_cost);
                [taken, effort, left, keep]
            };
            let specialists = terms.domains.iter().zip(&rows[1..]).map(specialist).collect();
            Self { cost: number(Amount(rows[0].cost.0.max(1))), specialists }
        }

        fn role(&self, specialist: usize, performance: &BigRational) -> Role {
            let [_, effort, left, keep] = &self.specialists[specialist];
            if (left + keep * performance).is_negative() {
                Role::Abstainer
            } else if effort.is_positive() {
                Role::Contributor
            } else {
                Role::FreeRider
            }
        }

        fn value(&self, performance: &BigRational) -> BigRational {
            let mut value = -(&self.cost * performance * performance);
            for (index, [taken, effort, _, _]) in self.specialists.iter().enumerate() {
                if self.role(index, performance) != Role::Abstainer {
                    value += taken * (performance + effort);
                }
            }
            value
        }
    }

    /// Nothing does better for the generalist, nothing smaller does as well, and everybody does what pays.
    pub(super) fn performance_is_the_best_and_roles_pay() {
        for seed in 0..400 {
            let mut rng = StdRng::seed_from_u64(seed);
            let (terms, rows) = draw(&mut rng);
            let about = format!("seed {seed}: {terms:?}");
            let (plain, best) = (
                Plain::new(&terms, &rows),
                native::Game::new(&terms, &rows[0], &rows[1..]).best_performance(),
            );
            let outcome = settle(&terms, &rows);
            let floor = (&best * BigInt::from(1u64 << 32)).floor().to_integer();
            assert_eq!(BigInt::from(outcome.base_performance_q32.0), floor, "{about}");
            for (index, role) in outcome.roles.iter().enumerate() {
                assert_eq!(*role, plain.role(index, &best), "{about}");
            }
            let value = plain.value(&best);
            // A grid, every number at which somebody enters, and both sides of it.
            let step = (&best + fraction(1, 1)) / BigInt::from(16);
            let mut others: Vec<BigRational> = (0..64u64).map(|i| &step * BigInt::from(i)).collect();
            for [_, _, left, keep] in plain.specialists.iter().filter(|[.., keep]| !keep.is_zero()) {
                let enters = -left / keep;
                others.extend([
                    &enters - fraction(1, 1 << 40),
                    enters.clone(),
                    enters + fraction(1, 1 << 40),
                ]);
            }
            others.extend([&best - fraction(1, 1 << 40), &best + fraction(1, 1 << 40)]);
            for other in others.iter().filter(|other| !other.is_negative()) {
                let less = plain.value(other);
                assert!(less < value || (less == value && *other >= best), "{about}: {other} beats {best}");
            }
        }
    }
}
