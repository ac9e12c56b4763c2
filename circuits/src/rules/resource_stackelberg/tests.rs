use super::native::evaluate;
use super::*;
use crate::rule::Refusal;
use crate::rules::cases;
use crate::testing::tempting;
use ark_std::rand::{Rng, SeedableRng};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};
use rand::rngs::StdRng;

const MILLION: u64 = 1_000_000;
const VALUE_MAX: u64 = (1 << 44) - 1;
const COST_MAX: u64 = (1 << 32) - 1;

fn terms(value: u64, unit_cost: u64, min_quality: u64, centre_cost: u64, centres: &[u64]) -> Terms {
    Terms {
        value_scale: Amount(value),
        unit_cost: Amount(unit_cost),
        min_quality_ppm: Ppm(min_quality),
        centre_unit_cost: Amount(centre_cost),
        centres: centres.iter().map(|cost| Centre { cost_ppm: Ppm(*cost) }).collect(),
    }
}

fn row([quality, size]: [u64; 2]) -> Row {
    Row { quality_ppm: Ppm(quality), data_size: Count(size) }
}

fn settle(terms: &Terms, rows: &[[u64; 2]]) -> Outcome {
    let rows: Vec<Row> = rows.iter().copied().map(row).collect();
    evaluate(terms, &rows).unwrap_or_else(|error| panic!("{terms:?}: {error}"))
}

fn fraction(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> BigRational {
    BigRational::new(numerator.into(), denominator.into())
}

fn floor(of: &BigRational) -> u128 {
    of.floor().to_integer().to_u128().unwrap()
}

fn draw(rng: &mut StdRng) -> (Terms, Vec<[u64; 2]>) {
    let qualities = [5, 1_000, MILLION][rng.gen_range(0..3usize)];
    let mut rows = Vec::new();
    for _ in 0..rng.gen_range(0..=7) {
        let near = MILLION - rng.gen_range(0..qualities);
        let quality =
            [near, near, near, rng.gen_range(0..=qualities), tempting(rng)][rng.gen_range(0..5usize)];
        rows.push([quality, tempting(rng).min(COST_MAX)]);
    }
    let centres: Vec<u64> = (0..rng.gen_range(0..=6))
        .map(|_| [1, 2, 3, 500_000, MILLION, rng.gen_range(1..=MILLION)][rng.gen_range(0..6usize)])
        .collect();
    let unit_cost = [1, 1_000, MILLION, COST_MAX][rng.gen_range(0..4usize)];
    let value = [5 * unit_cost, 2 * unit_cost + 7, VALUE_MAX][rng.gen_range(0..3usize)].min(VALUE_MAX);
    let min_quality = [1, 1, 1, 900_000, MILLION][rng.gen_range(0..5usize)];
    let centre_cost = [1, MILLION, COST_MAX][rng.gen_range(0..3usize)];
    (terms(value, unit_cost, min_quality, centre_cost, &centres), rows)
}

/// 9.5 (d) among them: the six cases of the authors' logs.
#[test]
fn is_its_fixtures() {
    cases::check("resource-stackelberg-v1", evaluate);
}

#[test]
fn refuses_in_order_and_never_by_a_sealed_number() {
    let check = |terms: &Terms, rows: &[Row]| evaluate(terms, rows).map(drop);
    let refused = |code| Err(Refusal(code));
    let good = row([0, COST_MAX]);
    let bad = vec![row([u64::MAX, 1 << 32]); 257];
    let centres = [0; 257];
    let with = |value, unit_cost, min_quality, centre_cost| {
        check(&terms(value, unit_cost, min_quality, centre_cost, &centres), &bad)
    };
    assert_eq!(with(1 << 44, 0, 0, 0), refused("value_scale_too_large"));
    for (unit_cost, centre_cost) in [(0, 1), (1, 0), (1 << 32, 1), (1, 1 << 32)] {
        assert_eq!(with(0, unit_cost, 0, centre_cost), refused("unit_cost_out_of_range"));
    }
    for min_quality in [0, MILLION + 1] {
        assert_eq!(with(0, 1, min_quality, 1), refused("min_quality_out_of_range"));
    }
    assert_eq!(with(0, 1, 1, 1), refused("centre_cost_out_of_range"));
    let terms = |centres: &[u64]| terms(VALUE_MAX, COST_MAX, MILLION, COST_MAX, centres);
    assert_eq!(check(&terms(&[1, MILLION + 1]), &bad), refused("centre_cost_out_of_range"));
    assert_eq!(check(&terms(&[1; 257]), &bad), refused("too_many_centres"));
    assert_eq!(check(&terms(&[MILLION; 256]), &bad), refused("too_many_rows"));
    assert_eq!(check(&terms(&[MILLION; 256]), &bad[1..]), refused("data_size_too_large"));
    assert_eq!(check(&terms(&[]), &[good.clone(), row([0, 1 << 32])]), refused("data_size_too_large"));
    assert_eq!(check(&terms(&[1; 256]), &vec![good; 256]), Ok(()));
    assert_eq!(check(&terms(&[1]), &[]), Ok(()));
}

/// Everything of 9.2 but centres and remainders, in fractions; the active set is any set that fits.
#[test]
fn is_the_text() {
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
            let found = (u128::from(outcome.receipts[i].0), u128::from(outcome.contributions_ppm[i].0));
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
#[test]
fn budget_is_paid_out_by_quality_and_nobody_loses() {
    for seed in 2_000..4_000 {
        let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
        let outcome = settle(&terms, &rows);
        let about = format!("seed {seed}: {terms:?} {rows:?}: {outcome:?}");
        assert_eq!(
            outcome.receipts.iter().map(|receipt| receipt.0).sum::<u64>(),
            outcome.budget.0,
            "{about}"
        );
        for (i, own) in rows.iter().enumerate() {
            for (j, other) in rows.iter().enumerate() {
                let better = own[0].min(MILLION) > other[0].min(MILLION);
                assert!(!better || outcome.receipts[i] >= outcome.receipts[j], "{about}");
            }
            let [receipt, unit, supplied] =
                [outcome.receipts[i].0, terms.unit_cost.0, outcome.contributions_ppm[i].0].map(i128::from);
            assert!(receipt * 1_000_000 >= unit * supplied - 1_000_000, "{about}");
        }
    }
}

/// Loads in fractions; 9.5 (e): no centre and owner would both rather have each other.
#[test]
fn centres_follow_and_matching_is_stable() {
    let (mut matched, mut loaded) = (0, 0);
    for seed in 0..2_000 {
        let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
        let outcome = settle(&terms, &rows);
        let about = format!("seed {seed}: {terms:?} {rows:?}: {outcome:?}");
        let sigma: Vec<u64> = terms.centres.iter().map(|centre| centre.cost_ppm.0).collect();
        let (set, total) = active_set(&sigma.iter().copied().map(Some).collect::<Vec<_>>());
        let supplied: u128 = outcome.contributions_ppm.iter().map(|part| u128::from(part.0)).sum();
        for (m, load) in outcome.loads_ppm.iter().enumerate() {
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
        matched += outcome.centre.iter().flatten().count();
        stable(&rows, &sigma, &outcome, &about);
    }
    assert!(matched > 1_000 && loaded > 1_000, "{matched} {loaded}");
}

fn stable(rows: &[[u64; 2]], sigma: &[u64], outcome: &Outcome, about: &str) {
    let active: Vec<usize> = (0..rows.len()).filter(|row| outcome.active[*row]).collect();
    let volume =
        |row: usize| u128::from(rows[row][1]) * u128::from(outcome.contributions_ppm[row].0) / 1_000_000;
    let volumes = || active.iter().map(|row| volume(*row));
    let (Some(low), Some(high)) = (volumes().min(), volumes().max()) else {
        assert!(outcome.centre.iter().all(Option::is_none), "{about}");
        return;
    };
    let spread = sigma.iter().max().zip(sigma.iter().min()).map_or(1, |(high, low)| (high - low).max(1));
    let miss = |centre: usize, row: usize| {
        let steps = sigma.iter().max().unwrap() - sigma[centre];
        let target = fraction(low, 1) + fraction(BigInt::from(steps) * (high - low), spread);
        (fraction(volume(row), 1) - target).abs()
    };
    let holder = |centre: usize| outcome.centre.iter().position(|held| *held == Some(Count(centre as u64)));
    let count = outcome.centre.iter().flatten().count();
    assert_eq!(count, active.len().min(sigma.len()), "{about}");
    for centre in 0..sigma.len() {
        for row in active.iter().copied() {
            let has = outcome.centre[row].map(|held| held.0 as usize);
            let owner_prefers = has.is_none_or(|held| sigma[centre] > sigma[held]);
            let now = holder(centre);
            let centre_prefers = now.is_none_or(|now| (miss(centre, row), row) < (miss(centre, now), now));
            assert!(!(owner_prefers && centre_prefers), "centre {centre}, row {row}: {about}");
            // Among equally dear centres the earlier one chose first.
            let later = has.is_some_and(|held| sigma[held] == sigma[centre] && held > centre);
            assert!(!(later && centre_prefers), "centre {centre}, row {row}: {about}");
        }
    }
    let inactive = (0..rows.len()).filter(|row| !outcome.active[*row]);
    assert!(inactive.map(|row| outcome.centre[row]).all(|centre| centre.is_none()), "{about}");
}

#[test]
fn qualities_are_capped() {
    let terms = terms(5_000_000, MILLION, 1, MILLION, &[7, 7]);
    assert_eq!(settle(&terms, &[[u64::MAX, 3], [900_000, 4]]), settle(&terms, &[[MILLION, 3], [900_000, 4]]));
    assert_eq!(settle(&terms, &[[0, 3], [0, 4]]).budget, Amount(0));
}

#[test]
fn largest_numbers() {
    let (dear, cheap) = ([1, COST_MAX], [MILLION, COST_MAX]);
    // The most data for the money: two owners of the best quality, data for next to nothing.
    let two = settle(&terms(VALUE_MAX, 1, 1, 1, &[1, 1]), &[cheap, cheap]);
    assert_eq!(two.budget, Amount(VALUE_MAX - 2));
    assert_eq!(two.contributions_ppm, [Ppm((VALUE_MAX - 2) * MILLION / 4); 2]);
    assert_eq!(two.loads_ppm, [Wide(u128::from(VALUE_MAX - 2) * 1_000_000 / 2 * 1_000_000 / 4); 2]);
    // As many of the worst: each costs almost 2^52, the total almost 2^60.
    let all = settle(&terms(VALUE_MAX, 1, 1, 1, &[MILLION; 256]), &[dear; 256]);
    assert_eq!(all.active, [true; 256]);
    assert_eq!(all.receipts.iter().map(|receipt| receipt.0).sum::<u64>(), all.budget.0);
    let centres: Vec<Option<Count>> = (0..256).map(|i| Some(Count(i))).collect();
    assert_eq!(all.centre, centres);
    let dearest = settle(&terms(VALUE_MAX, COST_MAX, 1, COST_MAX, &[]), &[dear; 256]);
    assert_eq!((dearest.budget, dearest.active), (Amount(0), vec![false; 256]));
}

#[test]
fn qualities_are_not_printed() {
    assert_eq!(format!("{:?}", row([123_456, 789])), "Row(secret)");
}
