//! What the card says, by the text of rules.md section 9.2 and 9.5, in fractions.

use super::{MILLION, Outcome, Terms, centres, contributions, draw, receipts, settle};
use ark_std::rand::SeedableRng;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};
use rand::rngs::StdRng;

fn fraction(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> BigRational {
    BigRational::new(numerator.into(), denominator.into())
}

fn floor(of: &BigRational) -> u128 {
    of.floor().to_integer().to_u128().unwrap_or_else(|| panic!("{of} is a u128"))
}

/// Everything of 9.2 but centres and remainders, in fractions; the active set is any set that fits.
pub fn outcomes_are_the_text() {
    let mut seen = [0; 3];
    for seed in 0..2_000 {
        let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
        let outcome = settle(&terms, &rows);
        let about = format!("seed {seed}: {terms:?} {rows:?}: {outcome:?}");
        let costs = costs(&terms, &rows);
        let (set, total) = active_set(&costs);
        let others = u64::from(set.count_ones()).saturating_sub(1);
        let spared = if others == 0 {
            None
        } else {
            Some(fraction(BigInt::from(total) * terms.unit_cost.0, others) / q32())
        };
        // The floor of what is left of the value is the value less the ceiling.
        let left = spared.map(|spared| fraction(terms.value_scale.0, 1) - spared).filter(Signed::is_positive);
        let budget = left.map_or(0, |left| floor(&left));
        assert_eq!(u128::from(outcome.budget.0), budget, "{about}");
        seen[usize::from(budget > 0) + usize::from(budget > 0 && (set + 1) >> rows.len() == 0)] += 1;
        for (i, cost) in costs.iter().enumerate() {
            let active = budget > 0 && set >> i & 1 == 1;
            assert_eq!(outcome.active[i], active, "{about}");
            let found = (u128::from(receipts(&outcome)[i]), u128::from(contributions(&outcome)[i]));
            let Some(cost) = cost.filter(|_| active) else {
                // 9.5 (b).
                assert_eq!(found, (0, 0), "{about}");
                continue;
            };
            let part = fraction(total - others * cost, total);
            let receipt = &part * BigInt::from(budget);
            let least = floor(&receipt);
            assert!(found.0 == least || (found.0 == least + 1 && !receipt.is_integer()), "{about}");
            let supplied = receipt * fraction(BigInt::from(others * cost) * MILLION, terms.unit_cost.0)
                / BigInt::from(total);
            assert_eq!(found.1, floor(&supplied), "{about}");
        }
    }
    assert!(seen.iter().all(|count| *count > 100), "{seen:?}: one case is hardly tested");
}

fn q32() -> BigInt {
    BigInt::from(1u64 << 32)
}

fn costs(terms: &Terms, rows: &[[u64; 2]]) -> Vec<Option<u64>> {
    let quality = |row: &[u64; 2]| row[0].min(MILLION);
    let live = |quality: &u64| *quality >= terms.min_quality_ppm.0;
    rows.iter().map(|row| Some(quality(row)).filter(live).map(|quality| (MILLION << 32) / quality)).collect()
}

/// The set with k·(a−1) < T inside and k·(a−1) ≥ T outside, found among all, and T.
fn active_set(costs: &[Option<u64>]) -> (u32, u64) {
    let total = |set: u32| -> u64 {
        costs.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).filter_map(|(_, cost)| *cost).sum()
    };
    let fits = |set: &u32| {
        let (a, total) = (u64::from(set.count_ones()), total(*set));
        a >= 2
            && costs.iter().enumerate().all(|(i, cost)| {
                cost.map_or(set >> i & 1 == 0, |cost| (set >> i & 1 == 1) == (cost * (a - 1) < total))
            })
    };
    let set = (0..1u32 << costs.len()).find(fits).unwrap_or(0);
    (set, total(set))
}

/// 9.5 (a), (c), (f).
pub fn budget_is_paid_out_by_quality_and_nobody_loses() {
    for seed in 2_000..4_000 {
        let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
        let outcome = settle(&terms, &rows);
        let about = format!("seed {seed}: {terms:?} {rows:?}: {outcome:?}");
        let receipts = receipts(&outcome);
        assert_eq!(receipts.iter().sum::<u64>(), outcome.budget.0, "{about}");
        for (i, own) in rows.iter().enumerate() {
            for (j, other) in rows.iter().enumerate() {
                let better = own[0].min(MILLION) > other[0].min(MILLION);
                assert!(!better || receipts[i] >= receipts[j], "{about}");
            }
            let [receipt, unit, supplied] =
                [receipts[i], terms.unit_cost.0, contributions(&outcome)[i]].map(i128::from);
            assert!(receipt * 1_000_000 >= unit * supplied - 1_000_000, "{about}");
        }
    }
}

/// Loads in fractions; 9.5 (e): no centre and owner would both rather have each other.
pub fn centres_follow_and_matching_is_stable() {
    let (mut matched, mut loaded) = (0, 0);
    for seed in 0..2_000 {
        let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
        let outcome = settle(&terms, &rows);
        let about = format!("seed {seed}: {terms:?} {rows:?}: {outcome:?}");
        let sigma: Vec<u64> = terms.centres.iter().map(|centre| centre.cost_ppm.0).collect();
        let (set, total) = active_set(&sigma.iter().copied().map(Some).collect::<Vec<_>>());
        let supplied: u128 = contributions(&outcome).into_iter().map(u128::from).sum();
        for (m, load) in outcome.loads_ppm.iter().flatten().enumerate() {
            let others = u64::from(set.count_ones()).saturating_sub(1);
            let expected = if set >> m & 1 == 1 {
                let prize = fraction(BigInt::from(terms.unit_cost.0) * supplied, terms.centre_unit_cost.0);
                let part = fraction((total - others * sigma[m]) * others, total * total);
                floor(&(prize * part * BigInt::from(MILLION)))
            } else {
                0
            };
            assert_eq!(load.0, expected, "{about}");
            loaded += u32::from(load.0 > 0);
        }
        matched += centres(&outcome).iter().flatten().count();
        stable(&rows, &sigma, &outcome, &about);
    }
    assert!(matched > 1_000 && loaded > 1_000, "{matched} {loaded}");
}

fn stable(rows: &[[u64; 2]], sigma: &[u64], outcome: &Outcome, about: &str) {
    let centre = centres(outcome);
    let active: Vec<usize> = (0..rows.len()).filter(|row| outcome.active[*row]).collect();
    let volume = |row: usize| u128::from(rows[row][1]) * u128::from(contributions(outcome)[row]) / 1_000_000;
    let volumes = || active.iter().map(|row| volume(*row));
    let (Some(low), Some(high)) = (volumes().min(), volumes().max()) else {
        assert!(centre.iter().all(Option::is_none), "{about}");
        return;
    };
    let spread = sigma.iter().max().zip(sigma.iter().min()).map_or(1, |(high, low)| (high - low).max(1));
    let miss = |m: usize, row: usize| {
        let steps = sigma.iter().max().map_or(0, |highest| highest - sigma[m]);
        let target = fraction(low, 1) + fraction(BigInt::from(steps) * (high - low), spread);
        (fraction(volume(row), 1) - target).abs()
    };
    let holder = |m: usize| centre.iter().position(|held| *held == Some(m));
    let count = centre.iter().flatten().count();
    assert_eq!(count, active.len().min(sigma.len()), "{about}");
    for m in 0..sigma.len() {
        for row in active.iter().copied() {
            let has = centre[row];
            let owner_prefers = has.is_none_or(|held| sigma[m] > sigma[held]);
            let now = holder(m);
            let centre_prefers = now.is_none_or(|now| (miss(m, row), row) < (miss(m, now), now));
            assert!(!(owner_prefers && centre_prefers), "centre {m}, row {row}: {about}");
            // Among equally dear centres the earlier one chose first.
            let later = has.is_some_and(|held| sigma[held] == sigma[m] && held > m);
            assert!(!(later && centre_prefers), "centre {m}, row {row}: {about}");
        }
    }
    let inactive = (0..rows.len()).filter(|row| !outcome.active[*row]);
    assert!(inactive.map(|row| centre[row]).all(|held| held.is_none()), "{about}");
}
