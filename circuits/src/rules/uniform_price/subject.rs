//! `uniform-price/v1` as the suite of [`crate::testing`] sees it.

use super::circuit::{TIERS, UniformPriceCircuit};
use super::{Row, Terms, UniformPrice, native};
use crate::json::to_value;
use crate::number::{Amount, BasisPoints, Count};
use crate::proved::RoundCircuit;
use crate::rule::{self, Rule};
use crate::testing::circuits::TINY;
use crate::testing::{self, CheckCircuits, Circuits, Round, tempting};
use ark_std::rand::Rng;
use rand::rngs::StdRng;
use serde_json::Value;

/// The rule under the suite.
pub struct Subject;

/// Terms without a fee.
#[must_use]
pub fn terms(copies: u64, reserve: u64) -> Terms {
    Terms { copies: Count(copies), reserve_price: Amount(reserve), fee_bps: BasisPoints(0) }
}

/// Rows of these valuations.
#[must_use]
pub fn rows(valuations: &[u64]) -> Vec<Row> {
    valuations.iter().map(|v| Row { valuation: Amount(*v) }).collect()
}

impl testing::Subject for Subject {
    fn rule(&self) -> &'static dyn rule::PublishedRule {
        &UniformPrice
    }

    fn draw(&self, rng: &mut StdRng) -> (Value, Vec<Value>) {
        let valuations: Vec<u64> = (0..rng.gen_range(0..=7)).map(|_| tempting(rng)).collect();
        let copies = if rng.gen_bool(0.9) { rng.gen_range(1..=4) } else { u64::MAX };
        let terms = Terms { fee_bps: BasisPoints(rng.gen_range(0..=10_000)), ..terms(copies, tempting(rng)) };
        (to_value(&terms), rows(&valuations).iter().map(to_value).collect())
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
pub fn circuits() -> Circuits<UniformPriceCircuit> {
    Circuits {
        tiers: &TIERS,
        pin: UniformPriceCircuit::PIN,
        sized: UniformPriceCircuit::sized,
        limb_bits: TINY,
        sums: &["valuations are the ledger's", "winners are the published ones"],
        switches: &["first", "last", "ties_start_here", "setter_due_here", "all_ties_win_here"],
        rounds,
        claims,
    }
}

/// A price above the reserve and at it, at 0, ties won and lost, nobody, everybody, copies to spare.
fn rounds() -> Vec<(Value, Vec<Value>)> {
    let cases: &[(&[u64], u64, u64)] = &[
        (&[2, 3, 1], 1, 0),
        (&[2, 2, 2, 2], 2, 0),
        (&[3, 1, 2], 5, 2),
        (&[0, 3, 0], 2, 0),
        (&[2, 2, 0, 3], 3, 2),
        (&[1], 1, 3),
        (&[], 1, 1),
    ];
    let case = |(valuations, copies, reserve): &(&[u64], u64, u64)| {
        (to_value(&terms(*copies, *reserve)), rows(valuations).iter().map(to_value).collect())
    };
    cases.iter().map(case).collect()
}

/// Every set of winners at every price up to 4 that passes the integer checks.
fn claims(round: &Round) -> Vec<Value> {
    let rows = round.sealed.len();
    let terms: Terms = crate::json::from_value(&round.terms).unwrap_or_else(|error| panic!("{error}"));
    let mut claims = Vec::new();
    for price in 0..=4 {
        for winners in 0..1u32 << rows {
            let won = (0..rows).map(|row| winners >> row & 1 == 1).collect();
            let claim = native::implied(&terms, won, Amount(price));
            if native::check_outcome(&terms, rows, &claim).is_ok() {
                claims.push(to_value(&claim));
            }
        }
    }
    claims
}

/// What the rule card claims, on every table of a small grid.
mod card {
    use super::super::Outcome;
    use super::*;

    /// Every table of up to 3 rows with valuations up to 4, every number of copies up to one too many, every
    /// reserve price up to 5.
    fn every_round(check: impl Fn(&Terms, &[u64], &Outcome)) {
        for n in 0..=3u32 {
            for table in 0..5u64.pow(n) {
                let valuations: Vec<u64> = (0..n).map(|i| table / 5u64.pow(i) % 5).collect();
                for copies in 1..=u64::from(n) + 1 {
                    for reserve in 0..=5 {
                        let terms = Terms { fee_bps: BasisPoints(333), ..terms(copies, reserve) };
                        check(&terms, &valuations, &settle(&terms, &valuations));
                    }
                }
            }
        }
    }

    fn settle(terms: &Terms, valuations: &[u64]) -> Outcome {
        let outcome = UniformPrice::evaluate(terms, &rows(valuations));
        outcome.unwrap_or_else(|error| panic!("{terms:?} {valuations:?}: {error}"))
    }

    pub(super) fn check() {
        every_round(truthful);
        every_round(rational);
        every_round(monotone);
        every_round(anonymous);
        every_round(conserving);
    }

    fn utility(worth: u64, row: usize, outcome: &Outcome) -> i64 {
        if outcome.won[row] { worth as i64 - outcome.payments[row].0 as i64 } else { 0 }
    }

    /// No other bid leaves anybody better off.
    fn truthful(terms: &Terms, valuations: &[u64], outcome: &Outcome) {
        for row in 0..valuations.len() {
            for lie in 0..=6 {
                let mut told = valuations.to_vec();
                told[row] = lie;
                let gained = utility(valuations[row], row, &settle(terms, &told));
                let honest = utility(valuations[row], row, outcome);
                assert!(gained <= honest, "{terms:?} {valuations:?}: row {row} gains by saying {lie}");
            }
        }
    }

    /// Winners pay at most their bid and at least the reserve price, losers pay nothing, zero never wins.
    fn rational(terms: &Terms, valuations: &[u64], outcome: &Outcome) {
        for (row, valuation) in valuations.iter().enumerate() {
            let (paid, won) = (outcome.payments[row].0, outcome.won[row]);
            let fair = if won {
                *valuation > 0
                    && *valuation >= terms.reserve_price.0
                    && paid <= *valuation
                    && paid >= terms.reserve_price.0
            } else {
                paid == 0
            };
            assert!(fair, "{terms:?} {valuations:?}: {outcome:?}");
        }
    }

    /// The price does not fall when a bid is raised or a row added at the end.
    fn monotone(terms: &Terms, valuations: &[u64], outcome: &Outcome) {
        let more = |told: Vec<u64>| {
            let price = settle(terms, &told).clearing_price;
            assert!(price >= outcome.clearing_price, "{terms:?} {valuations:?} to {told:?}");
        };
        for row in 0..valuations.len() {
            let mut raised = valuations.to_vec();
            raised[row] += 1;
            more(raised);
        }
        for added in 0..=5 {
            more([valuations, &[added]].concat());
        }
    }

    /// Another order of the rows gives the same price, and each valuation as many winners.
    fn anonymous(terms: &Terms, valuations: &[u64], outcome: &Outcome) {
        let winners = |told: &[u64], outcome: &Outcome| {
            let mut winners: Vec<u64> =
                told.iter().zip(&outcome.won).filter(|(_, won)| **won).map(|(x, _)| *x).collect();
            winners.sort_unstable();
            (outcome.clearing_price, winners)
        };
        let mut told = valuations.to_vec();
        for row in 1..told.len() {
            told.swap(row - 1, row);
            let other = winners(&told, &settle(terms, &told));
            assert_eq!(other, winners(valuations, outcome), "{terms:?} {valuations:?} as {told:?}");
        }
    }

    /// What the winners pay is what the seller and the operator get.
    fn conserving(terms: &Terms, valuations: &[u64], outcome: &Outcome) {
        let paid: u128 = outcome.payments.iter().map(|x| u128::from(x.0)).sum();
        assert_eq!(paid, outcome.total.0);
        assert_eq!(paid, outcome.fee.0 + outcome.proceeds.0);
        assert_eq!(outcome.fee.0, paid * u128::from(terms.fee_bps.0) / 10_000, "rounded down");
        let money = native::check_outcome(terms, valuations.len(), outcome);
        assert!(money.is_ok_and(|money| money.conserved()), "{terms:?} {valuations:?}");
    }
}
