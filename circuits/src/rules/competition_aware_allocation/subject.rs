//! Rounds of `competition-aware-allocation/v1` to test with, and what its card claims of them.

use super::{Outcome, Row, Terms, native};
use crate::number::{Amount, BasisPoints, Count};
use crate::testing::tempting;
use ark_std::rand::Rng;
use rand::rngs::StdRng;

/// Terms of these action values, with a discount that leaves remainders.
#[must_use]
pub fn terms(values: &[u64]) -> Terms {
    Terms { action_values: values.iter().map(|v| Amount(*v)).collect(), discount_bps: BasisPoints(3_333) }
}

/// A row that can be steered to these actions, as bits, and takes this one by itself.
#[must_use]
pub fn row([steerable, baseline]: [u64; 2]) -> Row {
    Row { steerable: Count(steerable), baseline_action: Count(baseline) }
}

/// Terms and rows that are not refused; ties, zeros and extremes are likely.
#[must_use]
pub fn draw(rng: &mut StdRng) -> (Terms, Vec<Row>) {
    let values: Vec<u64> = (0..16).map(|_| tempting(rng)).collect();
    let values = &values[..*[1, 2, 3, 4, 5, 16].get(rng.gen_range(0..6usize)).unwrap_or(&1)];
    let mut one = || {
        let baseline = if rng.gen_bool(0.8) { rng.gen_range(0..6) } else { tempting(rng) };
        row([if rng.gen_bool(0.5) { rng.gen_range(0..32) } else { tempting(rng) }, baseline])
    };
    let rows: Vec<Row> = (0..6).map(|_| one()).collect();
    let rows = rows[..rng.gen_range(0..=6)].to_vec();
    (Terms { discount_bps: BasisPoints(rng.gen_range(0..=10_000)), ..terms(values) }, rows)
}

/// The outcome of a round that is not refused.
#[must_use]
pub fn settle(terms: &Terms, rows: &[Row]) -> Outcome {
    native::evaluate(terms, rows).unwrap_or_else(|error| panic!("{terms:?}: {error}"))
}

/// What the rule card claims.
pub mod card {
    use super::*;
    use ark_std::rand::SeedableRng;
    use std::collections::BTreeSet;

    /// Every two buyers and two actions, drawn rounds of more, and rounds with extremes.
    pub fn check() {
        for values in 0..16 {
            for first in 0..12 {
                for second in 0..12 {
                    let rows = [row([first % 4, first / 4]), row([second % 4, second / 4])];
                    fair(&terms(&[values % 4, values / 4]), &rows);
                }
            }
        }
        let rng = &mut StdRng::seed_from_u64(50);
        for _ in 0..2_000 {
            let values: Vec<u64> = (0..rng.gen_range(1..=4)).map(|_| rng.gen_range(0..9)).collect();
            let rows = rng.gen_range(0..=6);
            let rows: Vec<Row> =
                (0..rows).map(|_| row([rng.gen_range(0..16), rng.gen_range(0..5)])).collect();
            fair(&terms(&values), &rows);
        }
        for seed in 0..500 {
            let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
            fair(&terms, &rows);
        }
    }

    fn fair(terms: &Terms, rows: &[Row]) {
        let outcome = settle(terms, rows);
        optimal(terms, rows, &outcome);
        shared(terms, rows, &outcome);
        conserving(terms, &outcome);
    }

    /// The actions that a buyer can be made to take: by some data set or by the unchanged data.
    fn choices(terms: &Terms, row: &Row) -> Vec<usize> {
        let reaches =
            |action: &usize| row.steerable.0 & (1 << action) != 0 || row.baseline_action.0 == *action as u64;
        (0..terms.action_values.len()).filter(reaches).collect()
    }

    /// What the rows earn in all when everybody takes some action, whatever the others do, by trying
    /// everything.
    fn most(terms: &Terms, rows: &[Row], taken: &BTreeSet<usize>) -> u128 {
        let Some((row, rest)) = rows.split_first() else {
            return taken.iter().map(|action| u128::from(terms.action_values[*action].0)).sum();
        };
        let with = |action: usize| {
            let taken: BTreeSet<usize> = taken.iter().copied().chain([action]).collect();
            most(terms, rest, &taken)
        };
        choices(terms, row).into_iter().map(with).chain([most(terms, rest, taken)]).max().unwrap_or(0)
    }

    /// No choice of data earns more in all, the same data for all included; no two rows share an action.
    fn optimal(terms: &Terms, rows: &[Row], outcome: &Outcome) {
        if terms.action_values.len() <= 5 {
            assert_eq!(outcome.total_revenue.0, most(terms, rows, &BTreeSet::new()), "{terms:?} {outcome:?}");
        }
        assert!(outcome.total_revenue >= outcome.baseline_revenue, "{terms:?} {outcome:?}");
        let mut taken = BTreeSet::new();
        for (row, action) in outcome.actions.iter().enumerate() {
            let Some(action) = action.map(|action| action.0 as usize) else {
                assert_eq!(outcome.revenues[row].0, 0, "{terms:?} {outcome:?}");
                continue;
            };
            assert!(
                choices(terms, &rows[row]).contains(&action) && taken.insert(action),
                "{terms:?} {outcome:?}"
            );
            assert_eq!(outcome.revenues[row], terms.action_values[action], "{terms:?} {outcome:?}");
            assert!(outcome.revenues[row].0 > 0, "{terms:?} {outcome:?}: a worthless action");
        }
    }

    /// With the same data for all, those who take an action share its value equally, to the unit.
    fn shared(terms: &Terms, rows: &[Row], outcome: &Outcome) {
        let takes = |row: &usize, action| rows[*row].baseline_action.0 == action;
        let mut whole = 0;
        for (action, value) in (0..).zip(&terms.action_values) {
            let takers = (0..rows.len()).filter(|row| takes(row, action));
            let shares: Vec<u64> = takers.map(|row| outcome.baseline_revenues[row].0).collect();
            if let Some(least) = shares.last() {
                whole += u128::from(value.0);
                assert_eq!(shares.iter().map(|x| u128::from(*x)).sum::<u128>(), value.0.into());
                assert!(
                    shares.is_sorted_by(|a, b| a >= b) && shares[0] - least <= 1,
                    "{terms:?} {outcome:?}"
                );
            }
        }
        assert_eq!(outcome.baseline_revenue.0, whole, "{terms:?} {outcome:?}");
    }

    /// Sums are sums, a payment is at most its revenue; the outcome follows from its public part.
    fn conserving(terms: &Terms, outcome: &Outcome) {
        let sum = |amounts: &[Amount]| amounts.iter().map(|x| u128::from(x.0)).sum::<u128>();
        assert_eq!(sum(&outcome.revenues), outcome.total_revenue.0);
        assert_eq!(sum(&outcome.payments), outcome.total.0);
        assert_eq!(sum(&outcome.baseline_revenues), outcome.baseline_revenue.0);
        for (payment, revenue) in outcome.payments.iter().zip(&outcome.revenues) {
            let exact = u128::from(revenue.0) * u128::from(terms.discount_bps.0) / 10_000;
            assert!(u128::from(payment.0) == exact && payment <= revenue, "{terms:?} {outcome:?}");
        }
        let implied = native::implied(terms, &outcome.actions, outcome.baseline_revenues.clone());
        assert_eq!(implied.as_ref(), Ok(outcome), "{terms:?}");
    }
}
