//! `performance-auction/v1` as the suite of [`crate::testing`] sees it.

use super::circuit::{PerformanceAuctionCircuit, TIERS};
use super::{Gains, Outcome, PerformanceAuction, Row, Terms, native};
use crate::json::{from_value, to_value};
use crate::number::{Amount, BasisPoints, Count, Ppm};
use crate::proved::RoundCircuit;
use crate::rule;
use crate::rules::procedures::WHOLE_PPM;
use crate::testing::circuits::TINY;
use crate::testing::{self, CheckCircuits, Circuits, Round, tempting};
use ark_std::rand::Rng;
use rand::rngs::StdRng;
use serde_json::Value;

/// The rule under the suite.
pub struct Subject;

impl testing::Subject for Subject {
    fn rule(&self) -> &'static dyn rule::PublishedRule {
        &PerformanceAuction
    }

    fn draw(&self, rng: &mut StdRng) -> (Value, Vec<Value>) {
        let (terms, rows) = draw(rng);
        (to_value(&terms), rows.iter().map(to_value).collect())
    }

    fn check_card(&self) {
        card::check();
    }

    fn circuits(&self) -> Option<Box<dyn CheckCircuits>> {
        Some(Box::new(circuits()))
    }
}

/// The circuits under the suite.
#[must_use]
pub fn circuits() -> Circuits<PerformanceAuctionCircuit> {
    Circuits {
        tiers: &TIERS,
        pin: PerformanceAuctionCircuit::PIN,
        sized: |capacity, limb_bits| PerformanceAuctionCircuit { capacity, limb_bits },
        limb_bits: TINY,
        sums: &[
            "valuations are the ledger's",
            "winners are the published ones",
            "gains are the reported ones",
        ],
        switches: &["first", "last", "ties_start_here", "setter_due_here", "all_ties_win_here"],
        rounds,
        claims,
    }
}

/// A price above the reserve and at it, at 0, ties between different bids, valuations above the cap, gains of 0.
fn rounds() -> Vec<(Value, Vec<Value>)> {
    let cases: &[(&[[u64; 3]], u64, u64)] = &[
        (&[[2, 1, 1], [1, 3, 2], [4, 0, 1]], 1, 0),
        (&[[2, 2, 3], [1, 4, 0], [4, 1, 1]], 2, 0),
        (&[[3, 1, 1], [1, 2, 2]], 5, 2),
        (&[[0, 3, 1], [u64::MAX, 1, 2], [1 << 44, 1, 1]], 1, 0),
        (&[[1, 1, 1]], 1, 3),
        (&[], 1, 1),
    ];
    let case = |(rows, copies, reserve): &(&[[u64; 3]], u64, u64)| {
        (to_value(&terms(*copies, *reserve)), rows.iter().map(|numbers| to_value(&row(*numbers))).collect())
    };
    cases.iter().map(case).collect()
}

/// Every set of winners at every price up to 4, and around the cap, that passes the integer checks.
fn claims(round: &Round) -> Vec<Value> {
    let read = |value: &Value| from_value(value).unwrap_or_else(|error| panic!("{error}"));
    let terms: Terms = read(&round.terms);
    let ppm = |name: &str, row: usize| from_value(&round.columns[name][row]).unwrap_or_default();
    let gains = |row: usize| Gains {
        expected_gain_ppm: ppm("expected_gain_ppm", row),
        realised_gain_ppm: ppm("realised_gain_ppm", row),
    };
    let rows = round.sealed.len();
    let gains: Vec<Gains> = (0..rows).map(gains).collect();
    let mut claims = Vec::new();
    let cap = native::MOST_PER_PPM.0;
    for price in (0..=4).chain([cap - 1, cap, cap + 1]) {
        for winners in 0..1u32 << rows {
            let won = (0..rows).map(|row| winners >> row & 1 == 1).collect();
            let Ok(claim) = native::implied(&terms, &gains, won, Amount(price)) else { continue };
            if native::check_outcome(&terms, &gains, &claim).is_ok() {
                claims.push(to_value(&claim));
            }
        }
    }
    claims
}

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
