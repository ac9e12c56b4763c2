//! `revenue-share/v1` as the suite of [`crate::testing`] sees it.

use super::circuit::{RevenueShareCircuit, TIERS};
use super::native::fee_and_pot;
use super::{Outcome, RevenueShare, Row, Terms};
use crate::json::{from_value, to_value};
use crate::number::{Amount, BasisPoints, Count};
use crate::proved::RoundCircuit;
use crate::rule::{self, Rule};
use crate::testing::circuits::TINY;
use crate::testing::{self, CheckCircuits, Circuits, Round, tempting};
use ark_std::rand::{Rng, SeedableRng};
use rand::rngs::StdRng;
use serde_json::Value;

/// The rule under the suite.
pub struct Subject;

/// Terms without a fee.
#[must_use]
pub fn terms(revenue: u64, unallocated: u64) -> Terms {
    Terms { revenue: Amount(revenue), fee_bps: BasisPoints(0), unallocated_weight: Count(unallocated) }
}

/// Rows of these weights.
#[must_use]
pub fn rows(weights: &[u64]) -> Vec<Row> {
    weights.iter().map(|w| Row { weight: Count(*w) }).collect()
}

/// The outcome in which the rows get these receipts and the rest of the pot is dust; `None` if there is no rest.
#[must_use]
pub fn claimed(terms: &Terms, receipts: &[u64]) -> Option<Outcome> {
    let (fee, pot) = fee_and_pot(terms);
    let dust = pot.checked_sub(receipts.iter().sum())?;
    let receipts = receipts.iter().copied().map(Amount).collect();
    Some(Outcome { fee: Amount(fee), receipts: Some(receipts), dust: Amount(dust) })
}

fn draw(rng: &mut StdRng) -> (Terms, Vec<Row>) {
    let weights: Vec<u64> = (0..rng.gen_range(0..=6)).map(|_| tempting(rng)).collect();
    let unallocated_weight = Count(if rng.gen_bool(0.5) { 0 } else { tempting(rng) });
    let fee_bps = BasisPoints(*[0, 1, 500, 9_999, 10_000].get(rng.gen_range(0..5usize)).unwrap_or(&0));
    (Terms { revenue: Amount(tempting(rng)), fee_bps, unallocated_weight }, rows(&weights))
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
                let weights: Vec<u64> = (0..n).map(|i| table / 4u64.pow(i) % 4).collect();
                for revenue in 0..=8 {
                    for unallocated in 0..=2 {
                        let unallocated_weight = Count(unallocated);
                        let fee_bps = BasisPoints(1_000);
                        check(
                            &Terms { revenue: Amount(revenue), fee_bps, unallocated_weight },
                            &rows(&weights),
                        );
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
        Some(Box::new(circuits()))
    }
}

/// The circuits under the suite.
#[must_use]
pub fn circuits() -> Circuits<RevenueShareCircuit> {
    Circuits {
        tiers: &TIERS,
        pin: RevenueShareCircuit::PIN,
        sized: RevenueShareCircuit::sized,
        limb_bits: TINY,
        sums: &["weights are the ledger's", "receipts are the settlement's"],
        switches: &["weightless"],
        rounds,
        claims,
    }
}

/// Units left over for none, some and all but one of the rows, ties among them, nothing to divide, no weight, no
/// rows; unallocated weight of which one more or less shows.
fn rounds() -> Vec<(Value, Vec<Value>)> {
    let cases: &[(&[u64], u64, u64)] = &[
        (&[3, 1, 2], 4, 0),
        (&[1, 1, 1], 5, 0),
        (&[2, 0, 2], 3, 0),
        (&[1, 2], 6, 0),
        (&[5, 3], 97, 2),
        (&[0, 0], 3, 0),
        (&[0, 1], 0, 0),
        (&[0, 0], 0, 0),
        (&[], 2, 0),
    ];
    let case = |(weights, pot, unallocated): &(&[u64], u64, u64)| {
        (to_value(&terms(*pot, *unallocated)), rows(weights).iter().map(to_value).collect())
    };
    cases.iter().map(case).collect()
}

/// Receipts of up to 3 more or less than the right ones, in any combination.
fn claims(round: &Round) -> Vec<Value> {
    let read = |value: &Value| from_value(value).unwrap_or_else(|error| panic!("{error}"));
    let (terms, right): (Terms, Outcome) =
        (read(&round.terms), from_value(&round.outcome).unwrap_or_else(|error| panic!("{error}")));
    let around = |receipt: &Amount| receipt.0.saturating_sub(3)..=receipt.0 + 3;
    let mut tables = vec![Vec::new()];
    for receipt in right.receipts.iter().flatten() {
        let longer =
            |table: &Vec<u64>| around(receipt).map(|x| [&table[..], &[x]].concat()).collect::<Vec<_>>();
        tables = tables.iter().flat_map(longer).collect();
    }
    tables.iter().filter_map(|table| Some(to_value(&claimed(&terms, table)?))).collect()
}

fn settle(terms: &Terms, rows: &[Row]) -> Outcome {
    RevenueShare::evaluate(terms, rows).unwrap_or_else(|error| panic!("{terms:?} {rows:?}: {error}"))
}

fn receipts_of(outcome: &Outcome) -> Vec<u128> {
    outcome.receipts.iter().flatten().map(|receipt| receipt.0.into()).collect()
}

fn check(terms: &Terms, rows: &[Row]) {
    let outcome = settle(terms, rows);
    let about = format!("{terms:?} {rows:?}: {outcome:?}");
    let weights: Vec<u128> = rows.iter().map(|row| row.weight.0.into()).collect();
    let receipts = receipts_of(&outcome);
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
        assert!(receipts_of(&settle(terms, &raised))[row] >= *receipt, "row {row}: {about}");
    }
    assert!(unallocated > 0 || whole == 0 || outcome.dust.0 == 0, "dust without a reason: {about}");
    assert!(whole > 0 || u128::from(outcome.dust.0) == pot, "nobody to pay: {about}");
}
