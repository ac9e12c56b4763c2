use super::native::evaluate;
use super::*;
use crate::rule::Refusal;
use crate::rules::cases;
use crate::testing::tempting;
use ark_std::rand::{Rng, SeedableRng};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use rand::rngs::StdRng;

const MILLION: u64 = 1_000_000;
const CAPACITY_MAX: u64 = (1 << 32) - 1;

fn terms(budget: u64, unit_cost: u64, min_quality: u64) -> Terms {
    Terms { budget: Amount(budget), unit_cost: Amount(unit_cost), min_quality_ppm: Ppm(min_quality) }
}

fn row([quality, capacity]: [u64; 2]) -> Row {
    Row { quality_ppm: Ppm(quality), capacity_ppm: Ppm(capacity) }
}

fn settle(terms: &Terms, rows: &[[u64; 2]]) -> Outcome {
    let rows: Vec<Row> = rows.iter().copied().map(row).collect();
    evaluate(terms, &rows).unwrap_or_else(|error| panic!("{terms:?}: {error}"))
}

fn fraction(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> BigRational {
    BigRational::new(numerator.into(), denominator.into())
}

fn power(bits: u32) -> BigInt {
    BigInt::from(1) << bits
}

fn floor(of: &BigRational) -> u128 {
    of.floor().to_integer().to_u128().unwrap()
}

#[test]
fn is_its_fixtures() {
    cases::check("resource-stackelberg-capped-v1", evaluate);
}

#[test]
fn refuses_in_order_and_never_by_a_sealed_number() {
    let check = |budget, unit_cost, min_quality, rows| {
        let rows = vec![row([u64::MAX, u64::MAX]); rows];
        evaluate(&terms(budget, unit_cost, min_quality), &rows).map(drop)
    };
    let refused = |code| Err(Refusal(code));
    assert_eq!(check(1 << 44, 0, 0, 257), refused("budget_too_large"));
    for unit_cost in [0, 1 << 32] {
        assert_eq!(check(1, unit_cost, 0, 257), refused("unit_cost_out_of_range"));
    }
    for min_quality in [0, MILLION + 1] {
        assert_eq!(check(1, 1, min_quality, 257), refused("min_quality_out_of_range"));
    }
    assert_eq!(check(1, 1, 1, 257), refused("too_many_rows"));
    for rows in [0, 1, 256] {
        assert_eq!(check((1 << 44) - 1, (1 << 32) - 1, MILLION, rows), Ok(()));
    }
}

/// The owners of the text: quality, cost and capacity of those that are live.
type Owner = Option<[u64; 3]>;

/// Both terms of a share at z, the first possibly below 0.
fn terms_of_share(terms: &Terms, [f, k, cap]: [u64; 3], z: u128) -> [BigRational; 2] {
    let first = fraction(1, 1) - fraction(BigInt::from(k) * z, power(64));
    let second = BigInt::from(f) * cap * terms.unit_cost.0 * power(32);
    [first, fraction(second, BigInt::from(10u64.pow(12)) * z * terms.budget.0)]
}

fn share(terms: &Terms, owner: [u64; 3], z: u128) -> BigRational {
    let [first, second] = terms_of_share(terms, owner, z);
    first.min(second).max(BigRational::zero())
}

fn filled(terms: &Terms, owners: &[Owner], z: u128) -> bool {
    let sum: BigRational = owners.iter().flatten().map(|owner| share(terms, *owner, z)).sum();
    sum >= fraction(1, 1)
}

/// The largest z by steps of halving size from 1 on: shares only fall.
fn supply(terms: &Terms, owners: &[Owner]) -> u128 {
    let mut z = 1;
    for bit in (0..=64).rev() {
        let next = z + (1u128 << bit);
        if next <= 1 << 64 && filled(terms, owners, next) {
            z = next;
        }
    }
    z
}

fn draw(rng: &mut StdRng) -> (Terms, Vec<[u64; 2]>) {
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

fn owners(terms: &Terms, rows: &[[u64; 2]]) -> Vec<Owner> {
    let live = |[quality, capacity]: &[u64; 2]| -> Owner {
        let (f, cap) = (*quality.min(&MILLION), *capacity.min(&CAPACITY_MAX));
        (f >= terms.min_quality_ppm.0 && cap >= 1).then(|| [f, (MILLION << 32) / f, cap])
    };
    rows.iter().map(live).collect()
}

#[test]
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
    let nothing = settle(&terms(0, 1, 1), &[[MILLION, 9], [MILLION, 9]]);
    assert_eq!((nothing.dust, nothing.at_capacity), (Amount(0), vec![false; 2]));
}

/// The whole text in fractions, but for the largest remainders.
#[test]
fn is_the_text() {
    let mut seen = [0; 4];
    for seed in 0..1_500 {
        let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
        let owners = owners(&terms, &rows);
        if owners.iter().flatten().count() < 2 {
            continue;
        }
        let outcome = settle(&terms, &rows);
        let about = format!("seed {seed}: {terms:?} {rows:?}: {outcome:?}");
        let z = supply(&terms, &owners);
        let weight = |owner: &[u64; 3]| floor(&(share(&terms, *owner, z) * power(60)));
        let weights: u128 = owners.iter().flatten().map(weight).sum();
        seen[0] += u32::from(!filled(&terms, &owners, z));
        for (i, owner) in owners.iter().enumerate() {
            let (receipt, part) = (outcome.receipts[i].0, u128::from(outcome.contributions_ppm[i].0));
            let Some(owner @ [f, _, cap]) = *owner else {
                assert_eq!((receipt, part, outcome.at_capacity[i]), (0, 0, false), "{about}");
                continue;
            };
            let exact = u128::from(terms.budget.0) * weight(&owner) / weights;
            assert!((exact..=exact + 1).contains(&receipt.into()), "{about}");
            let [first, second] = terms_of_share(&terms, owner, z);
            let full = second <= first;
            let scale = BigInt::from(z) * terms.budget.0 * 10u64.pow(12);
            let supplied = fraction(scale, power(32) * terms.unit_cost.0 * f) * share(&terms, owner, z);
            assert_eq!(part, if full { cap.into() } else { floor(&supplied) }, "{about}");
            assert!(outcome.at_capacity[i] == full && part <= cap.into(), "{about}");
            seen[if full { 1 } else { 2 + usize::from(part == 0) }] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 20), "{seen:?}: one case is hardly tested");
}

#[test]
fn numbers_are_capped() {
    let terms = terms(1_000_000, 1_000_000, 1);
    let other = [900_000, 300_000];
    assert_eq!(settle(&terms, &[[u64::MAX, 50_000], other]), settle(&terms, &[[MILLION, 50_000], other]));
    assert_eq!(settle(&terms, &[[5, u64::MAX], other]), settle(&terms, &[[5, CAPACITY_MAX], other]));
}

#[test]
fn largest_numbers() {
    // Nobody can supply a whole share even at the least total supply: weights are what there is.
    let scarce = settle(&terms((1 << 44) - 1, 1, 1), &[[1, 1], [1, 1], [1, 2]]);
    assert_eq!((scarce.at_capacity, scarce.dust), (vec![true; 3], Amount(0)));
    assert_eq!(scarce.contributions_ppm, [Ppm(1), Ppm(1), Ppm(2)]);
    assert_eq!(scarce.receipts.iter().map(|receipt| receipt.0).sum::<u64>(), (1 << 44) - 1);
    let crowd = settle(&terms((1 << 44) - 1, CAPACITY_MAX, 1), &[[MILLION, u64::MAX]; 256]);
    assert_eq!(crowd.at_capacity, [false; 256]);
    assert_eq!(crowd.dust, Amount(0));
}

#[test]
fn private_numbers_are_not_printed() {
    assert_eq!(format!("{:?}", row([123_456, 789])), "Row(secret)");
}
