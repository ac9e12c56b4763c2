//! Rounds of `performance-auction/v1` to test with, and what its card claims of them.

use super::{Gains, Outcome, Row, Terms, native};
use crate::number::{Amount, BasisPoints, Count, Ppm};
use crate::rules::procedures::WHOLE_PPM;
use crate::testing::tempting;
use ark_std::rand::Rng;
use rand::rngs::StdRng;

/// Terms without a fee.
#[must_use]
pub fn terms(copies: u64, reserve: u64) -> Terms {
    Terms { copies: Count(copies), reserve_price: Amount(reserve), fee_bps: BasisPoints(0) }
}

/// A row of valuation, expected and realised gain.
#[must_use]
pub fn row([valuation, expected, realised]: [u64; 3]) -> Row {
    Row {
        valuation_per_ppm: Amount(valuation),
        expected_gain_ppm: Ppm(expected),
        realised_gain_ppm: Ppm(realised),
    }
}

/// Terms and rows that are not refused; ties, zeros and extremes are likely.
#[must_use]
pub fn draw(rng: &mut StdRng) -> (Terms, Vec<Row>) {
    let gain = |rng: &mut StdRng| tempting(rng).min(WHOLE_PPM.0);
    let rows = (0..rng.gen_range(0..=7)).map(|_| row([tempting(rng), gain(rng), gain(rng)])).collect();
    let copies = if rng.gen_bool(0.9) { rng.gen_range(1..=4) } else { u64::MAX };
    (Terms { fee_bps: BasisPoints(rng.gen_range(0..=10_000)), ..terms(copies, tempting(rng)) }, rows)
}

/// The outcome of a round that is not refused.
#[must_use]
pub fn settle(terms: &Terms, rows: &[Row]) -> Outcome {
    native::evaluate(terms, rows).unwrap_or_else(|error| panic!("{terms:?} {rows:?}: {error}"))
}

/// The public columns of the rows.
#[must_use]
pub fn gains(rows: &[Row]) -> Vec<Gains> {
    rows.iter().map(Row::gains).collect()
}

/// What the rule card claims.
pub mod card {
    use super::*;
    use ark_std::rand::SeedableRng;

    /// Every table of up to two rows of a small grid, drawn tables of three to five, and rounds with
    /// extremes.
    pub fn check() {
        let grid: Vec<Row> =
            (0..64).map(|cell| row([cell % 4, cell / 4 % 4, [0, 1, 3, 5][cell as usize / 16]])).collect();
        check_terms(&[]);
        for first in &grid {
            check_terms(std::slice::from_ref(first));
            for second in &grid {
                check_terms(&[first.clone(), second.clone()]);
            }
        }
        let rng = &mut StdRng::seed_from_u64(20);
        for _ in 0..1_000 {
            let rows = rng.gen_range(3..=5);
            let mut one = || row([rng.gen_range(0..6), rng.gen_range(0..5), rng.gen_range(0..8)]);
            let rows: Vec<Row> = (0..rows).map(|_| one()).collect();
            check_terms(&rows);
        }
        for seed in 0..500 {
            let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
            let outcome = settle(&terms, &rows);
            rational(&terms, &rows, &outcome);
            ignorant_of_losers(&terms, &rows, &outcome);
            conserving(&terms, &rows, &outcome);
        }
    }

    fn check_terms(rows: &[Row]) {
        for copies in 1..=rows.len().max(1) as u64 {
            for reserve in [0, 1, 3, 4, 7] {
                let terms = Terms { fee_bps: BasisPoints(333), ..terms(copies, reserve) };
                let outcome = settle(&terms, rows);
                truthful(&terms, rows, &outcome);
                rational(&terms, rows, &outcome);
                ignorant_of_losers(&terms, rows, &outcome);
                conserving(&terms, rows, &outcome);
            }
        }
    }

    /// What a buyer of this true valuation got out of a round.
    fn utility(worth: u64, row: &Row, won: bool, paid: Amount) -> i128 {
        let value = i128::from(worth) * i128::from(row.realised_gain_ppm.0);
        if won { value - i128::from(paid.0) } else { 0 }
    }

    /// No other valuation leaves anybody better off, whatever gain was realised.
    fn truthful(terms: &Terms, rows: &[Row], outcome: &Outcome) {
        for (index, row) in rows.iter().enumerate() {
            let of = |outcome: &Outcome| {
                utility(row.valuation_per_ppm.0, row, outcome.won[index], outcome.payments[index])
            };
            for lie in [0, 1, 2, 3, 4, 5, 6, 7, u64::MAX] {
                let mut told = rows.to_vec();
                told[index].valuation_per_ppm = Amount(lie);
                let gained = of(&settle(terms, &told));
                assert!(gained <= of(outcome), "{terms:?} {rows:?}: row {index} gains by saying {lie}");
            }
        }
    }

    /// A winner pays at most its bid for the gain it got; a loser pays nothing; zero never wins.
    fn rational(terms: &Terms, rows: &[Row], outcome: &Outcome) {
        for (index, row) in rows.iter().enumerate() {
            let (won, paid) = (outcome.won[index], outcome.payments[index]);
            let score = u128::from(row.valuation_per_ppm.0) * u128::from(row.expected_gain_ppm.0);
            assert!(won || paid.0 == 0, "{terms:?} {rows:?}: loser {index} pays");
            assert!(!won || score > 0 && score >= terms.reserve_price.0.into(), "{terms:?} {rows:?}");
            assert!(utility(row.valuation_per_ppm.0, row, won, paid) >= 0, "{terms:?} {rows:?}: row {index}");
        }
    }

    /// What losers realised changes nothing.
    fn ignorant_of_losers(terms: &Terms, rows: &[Row], outcome: &Outcome) {
        let mut told = rows.to_vec();
        for (row, _) in told.iter_mut().zip(&outcome.won).filter(|(_, won)| !**won) {
            row.realised_gain_ppm = Ppm(WHOLE_PPM.0 - row.realised_gain_ppm.0);
        }
        assert_eq!(settle(terms, &told), *outcome, "{terms:?} {rows:?}");
    }

    /// What the winners pay is what the seller and the operator get; the outcome follows from its public
    /// part.
    fn conserving(terms: &Terms, rows: &[Row], outcome: &Outcome) {
        let paid: u128 = outcome.payments.iter().map(|x| u128::from(x.0)).sum();
        assert_eq!(paid, outcome.total.0);
        assert_eq!(paid, outcome.fee.0 + outcome.proceeds.0);
        assert_eq!(outcome.fee.0, paid * u128::from(terms.fee_bps.0) / 10_000, "rounded down");
        let implied = native::implied(terms, &gains(rows), outcome.won.clone(), outcome.clearing_price);
        assert_eq!(implied.as_ref(), Ok(outcome), "{terms:?} {rows:?}");
    }
}
