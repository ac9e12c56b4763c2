//! `quality-menu/v1` as the suite of [`crate::testing`] sees it.

use super::circuit::{QualityMenuCircuit, SCALARS, TIERS};
use super::native::{self, HIGHEST_THRESHOLD, MAX_TIERS};
use super::{Outcome, QualityMenu, Row, Terms, Tier};
use crate::json::{from_value, to_value};
use crate::number::{Amount, BasisPoints, Count, Ppm, Wide};
use crate::proved::RoundCircuit;
use crate::rule;
use crate::rules::procedures::{WHOLE_PPM, fee};
use crate::testing::circuits::TINY;
use crate::testing::{self, CheckCircuits, Circuits, Round, tempting};
use ark_std::rand::Rng;
use rand::rngs::StdRng;
use serde_json::Value;
use std::collections::BTreeSet;

/// The rule under the suite.
pub struct Subject;

impl testing::Subject for Subject {
    fn rule(&self) -> &'static dyn rule::PublishedRule {
        &QualityMenu
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

/// The circuits under the suite. A wrong number of a level that no row has is another true claim.
#[must_use]
pub fn circuits() -> Circuits<QualityMenuCircuit> {
    Circuits {
        tiers: &TIERS,
        pin: QualityMenuCircuit::PIN,
        sized: QualityMenuCircuit::sized,
        limb_bits: TINY,
        sums: &[
            "valuations are the ledger's",
            "levels are the settlement's",
            "gains are the settlement's",
            "payments are the settlement's",
        ],
        switches: SCALARS,
        rounds,
        claims,
    }
}

/// Every level of a menu with few tiers, valuations at both ends of its intervals, a level that nobody has, no rows.
fn rounds() -> Vec<(Value, Vec<Value>)> {
    type Case = (&'static [(u64, u64)], &'static [u64]);
    let cases: &[Case] =
        &[(&[(2, 3), (5, 4)], &[1, 5, 4]), (&[(1, 1), (2, 4), (3, 5)], &[0, u64::MAX]), (&[(3, 7)], &[])];
    let case = |(tiers, valuations): &Case| {
        (to_value(&terms(tiers)), rows(valuations).iter().map(to_value).collect())
    };
    cases.iter().map(case).collect()
}

/// A row's level, gain and payment, as somebody claims them.
pub type Claimed = (u64, u64, u64);

/// The outcome in which the rows have these results.
#[must_use]
pub fn claimed(terms: &Terms, results: &[Claimed]) -> Outcome {
    let total = results.iter().map(|(.., payment)| u128::from(*payment)).sum();
    let fee = fee(total, terms.fee_bps);
    Outcome {
        levels: Some(results.iter().map(|(level, ..)| Count(*level)).collect()),
        gains_ppm: Some(results.iter().map(|(_, gain, _)| Ppm(*gain)).collect()),
        payments: Some(results.iter().map(|(.., payment)| Amount(*payment)).collect()),
        total: Wide(total),
        fee: Wide(fee),
        proceeds: Wide(total - fee),
    }
}

/// Every level of the menu, and one that it has not, for every row; the numbers of several levels for one row.
fn claims(round: &Round) -> Vec<Value> {
    let terms: Terms = from_value(&round.terms).unwrap_or_else(|error| panic!("{error}"));
    let menu: Vec<Claimed> = native::levels(&terms)
        .iter()
        .zip(0..)
        .map(|(level, number)| (number, level.gain_ppm.0, level.payment.0))
        .collect();
    let choices = [&menu[..], &[(menu.len() as u64, 0, 0)]].concat();
    let mut tables = vec![Vec::new()];
    for _ in &round.sealed {
        let longer =
            |table: &Vec<Claimed>| choices.iter().map(|x| [&table[..], &[*x]].concat()).collect::<Vec<_>>();
        tables = tables.iter().flat_map(longer).collect();
    }
    let valuation = |row: &Vec<u64>| Amount(row.first().copied().unwrap_or(0));
    let right: Vec<Claimed> =
        round.sealed.iter().map(|row| menu[native::reached(&terms, valuation(row))]).collect();
    for row in 0..right.len() {
        for mixed in 0..menu.len().pow(3) {
            let of = |digit: u32| menu[mixed / menu.len().pow(digit) % menu.len()];
            let mut table = right.clone();
            table[row] = (of(0).0, of(1).1, of(2).2);
            tables.push(table);
        }
    }
    tables.iter().map(|table| to_value(&claimed(&terms, table))).collect()
}

/// Terms of these thresholds and gains, without a fee.
#[must_use]
pub fn terms(tiers: &[(u64, u64)]) -> Terms {
    let tier =
        |(threshold, gain): &(u64, u64)| Tier { threshold_per_ppm: Amount(*threshold), gain_ppm: Ppm(*gain) };
    Terms { tiers: tiers.iter().map(tier).collect(), fee_bps: BasisPoints(0) }
}

/// Rows of these valuations.
#[must_use]
pub fn rows(valuations: &[u64]) -> Vec<Row> {
    valuations.iter().map(|v| Row { valuation_per_ppm: Amount(*v) }).collect()
}

/// Terms and rows that are not refused; valuations at and beside thresholds, zeros and extremes are likely.
#[must_use]
pub fn draw(rng: &mut StdRng) -> (Terms, Vec<Row>) {
    let mut rising = |most: u64| {
        let mut one =
            || if rng.gen_bool(0.3) { tempting(rng).min(most) } else { rng.gen_range(1..=most.min(90)) };
        let numbers: BTreeSet<u64> = (0..MAX_TIERS).map(|_| one().max(1)).collect();
        numbers.into_iter().collect::<Vec<u64>>()
    };
    let (thresholds, gains) = (rising(HIGHEST_THRESHOLD.0), rising(WHOLE_PPM.0));
    let tiers: Vec<(u64, u64)> =
        thresholds.into_iter().zip(gains).take(rng.gen_range(1..=MAX_TIERS)).collect();
    let mut near = || {
        let (threshold, _) = tiers[rng.gen_range(0..tiers.len())];
        if rng.gen_bool(0.5) { threshold - rng.gen_range(0..=1) } else { tempting(rng) }
    };
    let valuations: Vec<u64> = (0..7).map(|_| near()).collect();
    let valuations = &valuations[..rng.gen_range(0..=7)];
    (Terms { fee_bps: BasisPoints(rng.gen_range(0..=10_000)), ..terms(&tiers) }, rows(valuations))
}

/// The outcome of a round that is not refused.
#[must_use]
pub fn settle(terms: &Terms, rows: &[Row]) -> Outcome {
    native::evaluate(terms, rows).unwrap_or_else(|error| panic!("{terms:?}: {error}"))
}

/// The results of an outcome, by row.
#[must_use]
pub fn results(outcome: &Outcome) -> Vec<Claimed> {
    let levels = outcome.levels.iter().flatten().map(|level| level.0);
    let gains = outcome.gains_ppm.iter().flatten().map(|gain| gain.0);
    let payments = outcome.payments.iter().flatten().map(|payment| payment.0);
    levels.zip(gains).zip(payments).map(|((level, gain), payment)| (level, gain, payment)).collect()
}

/// What the rule card claims.
pub mod card {
    use super::*;
    use ark_std::rand::SeedableRng;

    /// Every menu with thresholds and gains of up to 5, and drawn ones with extremes, each
    /// with every valuation that can matter.
    pub fn check() {
        for thresholds in 1..1u64 << 5 {
            for gains in 1..1u64 << 5 {
                let members = |set: u64| (1..=5).filter(move |x| set >> (x - 1) & 1 == 1);
                if thresholds.count_ones() == gains.count_ones() {
                    let tiers: Vec<(u64, u64)> = members(thresholds).zip(members(gains)).collect();
                    check_menu(&Terms { fee_bps: BasisPoints(333), ..terms(&tiers) }, (0..=7).collect());
                }
            }
        }
        for seed in 0..200 {
            let (terms, _) = draw(&mut StdRng::seed_from_u64(seed));
            let around = |tier: &Tier| [-1, 0, 1].map(|d| tier.threshold_per_ppm.0.saturating_add_signed(d));
            let mut valuations: Vec<u64> = terms.tiers.iter().flat_map(around).collect();
            valuations.extend([0, u64::MAX]);
            valuations.sort_unstable();
            check_menu(&terms, valuations);
        }
    }

    /// One round with these valuations, smallest first, is every round: no row depends on another.
    fn check_menu(terms: &Terms, valuations: Vec<u64>) {
        let outcome = settle(terms, &rows(&valuations));
        for (index, valuation) in valuations.iter().enumerate() {
            let alone = settle(terms, &rows(&[*valuation]));
            assert_eq!(results(&alone)[0], results(&outcome)[index]);
            truthful(terms, *valuation, index, &outcome);
            by_the_text(terms, *valuation, index, &outcome);
        }
        let columns = [|row: &Claimed| row.0, |row: &Claimed| row.1, |row: &Claimed| row.2];
        assert!(columns.iter().all(|column| results(&outcome).is_sorted_by_key(column)));
        conserving(terms, &outcome);
    }

    /// No result of another valuation is better than one's own, nor is nothing: truthful and rational.
    fn truthful(terms: &Terms, valuation: u64, index: usize, outcome: &Outcome) {
        let utility = |row: usize| {
            let (_, gain, payment) = results(outcome)[row];
            i128::from(valuation) * i128::from(gain) - i128::from(payment)
        };
        assert!(utility(index) >= 0, "{terms:?}: {valuation} pays more than its value");
        for lie in 0..results(outcome).len() {
            assert!(utility(lie) <= utility(index), "{terms:?}: {valuation} gains by lying");
        }
    }

    /// The level counts the thresholds that the valuation reaches, the payment adds up the steps to it.
    fn by_the_text(terms: &Terms, valuation: u64, index: usize, outcome: &Outcome) {
        let (mut level, mut gain, mut payment) = (0, 0, 0u128);
        for tier in terms.tiers.iter().filter(|tier| tier.threshold_per_ppm.0 <= valuation) {
            payment += u128::from(tier.threshold_per_ppm.0) * u128::from(tier.gain_ppm.0 - gain);
            (level, gain) = (level + 1, tier.gain_ppm.0);
        }
        let (known, its_gain, its_payment) = results(outcome)[index];
        assert_eq!((known, its_gain, its_payment.into()), (level, gain, payment), "{terms:?} {valuation}");
    }

    /// What the buyers pay is what the seller and the operator get; the outcome follows from its levels.
    fn conserving(terms: &Terms, outcome: &Outcome) {
        let paid: u128 = results(outcome).iter().map(|(.., payment)| u128::from(*payment)).sum();
        assert_eq!(paid, outcome.total.0);
        assert_eq!(paid, outcome.fee.0 + outcome.proceeds.0);
        assert_eq!(outcome.fee.0, paid * u128::from(terms.fee_bps.0) / 10_000, "rounded down");
        assert_eq!(
            native::implied(terms, outcome.levels.as_deref().unwrap_or_default()).as_ref(),
            Ok(outcome),
            "{terms:?}"
        );
    }
}
