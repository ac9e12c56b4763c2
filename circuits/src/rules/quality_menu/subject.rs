//! Rounds of `quality-menu/v1` to test with, and what its card claims of them.

use super::native::{self, HIGHEST_THRESHOLD, MAX_TIERS};
use super::{Outcome, Row, Terms, Tier};
use crate::number::{Amount, BasisPoints, Ppm};
use crate::rules::procedures::WHOLE_PPM;
use crate::testing::tempting;
use ark_std::rand::Rng;
use rand::rngs::StdRng;
use std::collections::BTreeSet;

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
            assert_eq!(
                (alone.levels[0], alone.payments[0]),
                (outcome.levels[index], outcome.payments[index])
            );
            truthful(terms, *valuation, index, &outcome);
            by_the_text(terms, *valuation, index, &outcome);
        }
        assert!(outcome.payments.is_sorted() && outcome.gains_ppm.is_sorted() && outcome.levels.is_sorted());
        conserving(terms, &outcome);
    }

    /// No result of another valuation is better than one's own, nor is nothing: truthful and rational.
    fn truthful(terms: &Terms, valuation: u64, index: usize, outcome: &Outcome) {
        let utility = |row: usize| {
            let value = i128::from(valuation) * i128::from(outcome.gains_ppm[row].0);
            value - i128::from(outcome.payments[row].0)
        };
        assert!(utility(index) >= 0, "{terms:?}: {valuation} pays more than its value");
        for lie in 0..outcome.levels.len() {
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
        let result = (outcome.levels[index].0, outcome.gains_ppm[index].0, outcome.payments[index].0.into());
        assert_eq!(result, (level, gain, payment), "{terms:?} {valuation}");
    }

    /// What the buyers pay is what the seller and the operator get; the outcome follows from its levels.
    fn conserving(terms: &Terms, outcome: &Outcome) {
        let paid: u128 = outcome.payments.iter().map(|x| u128::from(x.0)).sum();
        assert_eq!(paid, outcome.total.0);
        assert_eq!(paid, outcome.fee.0 + outcome.proceeds.0);
        assert_eq!(outcome.fee.0, paid * u128::from(terms.fee_bps.0) / 10_000, "rounded down");
        assert_eq!(native::implied(terms, &outcome.levels).as_ref(), Ok(outcome), "{terms:?}");
    }
}
