//! `revenue-share/v1` as the suite of [`crate::testing`] sees it.

use super::{Outcome, RevenueShare, Row, Terms};
use crate::json::to_value;
use crate::number::{Amount, BasisPoints, Count};
use crate::rule::{self, Rule};
use crate::testing::{self, CheckCircuits, tempting};
use ark_std::rand::{Rng, SeedableRng};
use rand::rngs::StdRng;
use serde_json::Value;

/// The rule under the suite.
pub struct Subject;

fn draw(rng: &mut StdRng) -> (Terms, Vec<Row>) {
    let rows = (0..rng.gen_range(0..=6)).map(|_| Row { weight: Count(tempting(rng)) }).collect();
    let unallocated_weight = Count(if rng.gen_bool(0.5) { 0 } else { tempting(rng) });
    let fee_bps = BasisPoints(*[0, 1, 500, 9_999, 10_000].get(rng.gen_range(0..5usize)).unwrap_or(&0));
    (Terms { revenue: Amount(tempting(rng)), fee_bps, unallocated_weight }, rows)
}

impl testing::Subject for Subject {
    fn rule(&self) -> &'static dyn rule::PublishedRule {
        &RevenueShare
    }

    fn draw(&self, rng: &mut StdRng) -> (Value, Vec<Value>) {
        let (terms, rows) = draw(rng);
        (to_value(&terms), rows.iter().map(to_value).collect())
    }

    /// On small grids and on drawn rounds with extremes.
    fn check_card(&self) {
        for n in 0..=3u32 {
            for table in 0..4u64.pow(n) {
                let rows: Vec<Row> = (0..n).map(|i| Row { weight: Count(table / 4u64.pow(i) % 4) }).collect();
                for revenue in 0..=8 {
                    for unallocated in 0..=2 {
                        let unallocated_weight = Count(unallocated);
                        let fee_bps = BasisPoints(1_000);
                        check(&Terms { revenue: Amount(revenue), fee_bps, unallocated_weight }, &rows);
                    }
                }
            }
        }
        for seed in 0..500 {
            let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
            check(&terms, &rows);
        }
    }

    fn circuits(&self) -> Option<Box<dyn CheckCircuits>> {
        None
    }
}

fn settle(terms: &Terms, rows: &[Row]) -> Outcome {
    RevenueShare::evaluate(terms, rows).unwrap_or_else(|error| panic!("{terms:?} {rows:?}: {error}"))
}

fn check(terms: &Terms, rows: &[Row]) {
    let outcome = settle(terms, rows);
    let about = format!("{terms:?} {rows:?}: {outcome:?}");
    let weights: Vec<u128> = rows.iter().map(|row| row.weight.0.into()).collect();
    let receipts: Vec<u128> = outcome.receipts.iter().map(|receipt| receipt.0.into()).collect();
    let unallocated = u128::from(terms.unallocated_weight.0);
    let whole = weights.iter().sum::<u128>() + unallocated;
    let pot = u128::from(terms.revenue.0 - outcome.fee.0);
    // What comes in goes out.
    assert_eq!(receipts.iter().sum::<u128>() + u128::from(outcome.dust.0), pot, "{about}");
    assert_eq!(u128::from(outcome.fee.0), u128::from(terms.revenue.0) * u128::from(terms.fee_bps.0) / 10_000);
    for (row, (weight, receipt)) in weights.iter().zip(&receipts).enumerate() {
        // A share is exact to less than a unit: receipt − 1 < pot·weight/whole < receipt + 1.
        let (exact, floor) = (pot * weight, pot * weight / whole.max(1));
        assert!((floor..=floor + 1).contains(receipt) || whole == 0, "{about}");
        assert!(*receipt == floor || exact % whole.max(1) > 0, "row {row} is less than a unit off: {about}");
        assert!(unallocated == 0 || whole == 0 || *receipt == floor, "no unit is added to dust's: {about}");
        assert!(*weight > 0 || *receipt == 0, "no weight, no receipt: {about}");
        for (other, more) in weights.iter().zip(&receipts) {
            assert!(
                weight > other || receipt <= more || weight == other,
                "more weight, not less money: {about}"
            );
            assert!(weight != other || receipt.abs_diff(*more) <= 1, "equal weights: {about}");
        }
        // More weight for one row alone is not less money for it.
        let mut raised = rows.to_vec();
        raised[row].weight = Count(raised[row].weight.0.saturating_add(1));
        assert!(u128::from(settle(terms, &raised).receipts[row].0) >= *receipt, "row {row}: {about}");
    }
    assert!(unallocated > 0 || whole == 0 || outcome.dust.0 == 0, "dust without a reason: {about}");
    assert!(whole > 0 || u128::from(outcome.dust.0) == pot, "nobody to pay: {about}");
}
