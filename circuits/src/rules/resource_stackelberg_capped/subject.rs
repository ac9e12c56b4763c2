//! `resource-stackelberg-capped/v1` as the suite of [`crate::testing`] sees it.

use super::{Outcome, ResourceStackelbergCapped, Row, Terms, native};
use crate::json::to_value;
use crate::number::{Amount, Ppm};
use crate::rule::PublishedRule;
use crate::testing::{self, CheckCircuits, tempting};
use ark_std::rand::{Rng, SeedableRng};
use rand::rngs::StdRng;
use serde_json::Value;

/// The rule under the suite.
pub struct Subject;

/// The best quality.
pub const MILLION: u64 = 1_000_000;
/// The largest capacity.
pub const CAPACITY_MAX: u64 = (1 << 32) - 1;

/// Terms of budget, unit cost and lowest quality.
#[must_use]
pub fn terms(budget: u64, unit_cost: u64, min_quality: u64) -> Terms {
    Terms { budget: Amount(budget), unit_cost: Amount(unit_cost), min_quality_ppm: Ppm(min_quality) }
}

/// A row of quality and capacity.
#[must_use]
pub fn row([quality, capacity]: [u64; 2]) -> Row {
    Row { quality_ppm: Ppm(quality), capacity_ppm: Ppm(capacity) }
}

/// The outcome of a round that is not refused.
#[must_use]
pub fn settle(terms: &Terms, rows: &[[u64; 2]]) -> Outcome {
    let rows: Vec<Row> = rows.iter().copied().map(row).collect();
    native::evaluate(terms, &rows).unwrap_or_else(|error| panic!("{terms:?}: {error}"))
}

/// Terms and rows that are not refused; ties, zeros and extremes are likely.
#[must_use]
pub fn draw(rng: &mut StdRng) -> (Terms, Vec<[u64; 2]>) {
    let unit_cost = [1, 58, MILLION, CAPACITY_MAX][rng.gen_range(0..4usize)];
    let budget = [1, 2, 400, unit_cost, 3 * unit_cost, (1 << 44) - 1][rng.gen_range(0..6usize)];
    let mut rows = Vec::new();
    for _ in 0..rng.gen_range(0..=6) {
        let quality = [MILLION, 999_999, rng.gen_range(0..=MILLION), rng.gen_range(0..=5), tempting(rng)]
            [rng.gen_range(0..5usize)];
        let capacity =
            [1, 100_000, rng.gen_range(0..=MILLION), CAPACITY_MAX, tempting(rng)][rng.gen_range(0..5usize)];
        rows.push([quality, capacity]);
    }
    (terms(budget.min((1 << 44) - 1), unit_cost, [1, 1, 900_000][rng.gen_range(0..3usize)]), rows)
}

/// Quality, cost and capacity of those that are live.
pub type Owner = Option<[u64; 3]>;

/// Who is live, by the text.
#[must_use]
pub fn owners(terms: &Terms, rows: &[[u64; 2]]) -> Vec<Owner> {
    let live = |[quality, capacity]: &[u64; 2]| -> Owner {
        let (f, cap) = (*quality.min(&MILLION), *capacity.min(&CAPACITY_MAX));
        (f >= terms.min_quality_ppm.0 && cap >= 1).then(|| [f, (MILLION << 32) / f, cap])
    };
    rows.iter().map(live).collect()
}

impl testing::Subject for Subject {
    fn rule(&self) -> &'static dyn PublishedRule {
        &ResourceStackelbergCapped
    }

    fn draw(&self, rng: &mut StdRng) -> (Value, Vec<Value>) {
        let (terms, rows) = draw(rng);
        (to_value(&terms), rows.iter().map(|numbers| to_value(&row(*numbers))).collect())
    }

    fn check_card(&self) {
        without_a_contest_the_budget_is_left();
    }

    fn circuits(&self) -> Option<Box<dyn CheckCircuits>> {
        None
    }
}

/// The budget is paid out to the last unit, or there is no contest and nobody supplies or gets anything.
fn without_a_contest_the_budget_is_left() {
    let mut seen = 0;
    for seed in 0..1_500 {
        let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
        let outcome = settle(&terms, &rows);
        let paid: u64 = outcome.receipts.iter().map(|receipt| receipt.0).sum();
        assert_eq!(paid + outcome.dust.0, terms.budget.0, "seed {seed}");
        let contest = owners(&terms, &rows).iter().flatten().count() >= 2;
        assert_eq!(outcome.dust, Amount(if contest { 0 } else { terms.budget.0 }), "seed {seed}");
        let idle = outcome.contributions_ppm.iter().all(|part| part.0 == 0);
        assert!(contest || (idle && outcome.at_capacity.iter().all(|at| !at)), "seed {seed}");
        seen += u32::from(!contest);
    }
    assert!((300..1_200).contains(&seen), "{seen} of 1500: one side is hardly tested");
}
