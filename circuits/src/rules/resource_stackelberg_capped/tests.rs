use super::native::{check_outcome, own_view};
use super::subject::{CAPACITY_MAX, MILLION, Owner, draw, owners, row, settle, terms};
use super::*;
use crate::rule::Refusal;
use ark_std::rand::SeedableRng;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use rand::rngs::StdRng;

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
fn refuses_in_order_and_never_by_a_sealed_number() {
    let check = |budget, unit_cost, min_quality, rows| {
        let rows = vec![row([u64::MAX, u64::MAX]); rows];
        native::evaluate(&terms(budget, unit_cost, min_quality), &rows).map(drop)
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

#[test]
fn an_empty_budget_buys_nothing() {
    let nothing = settle(&terms(0, 1, 1), &[[MILLION, 9], [MILLION, 9]]);
    assert_eq!((nothing.dust, nothing.at_capacity), (Amount(0), vec![false; 2]));
}

/// What no owners can lead to is refused, whoever says it.
#[test]
fn impossible_outcomes_are_refused() {
    let outcome = |receipts: [u64; 2], parts: [u64; 2], full: [bool; 2], dust| Outcome {
        receipts: receipts.map(Amount).to_vec(),
        contributions_ppm: parts.map(Ppm).to_vec(),
        at_capacity: full.to_vec(),
        dust: Amount(dust),
    };
    let no = [false; 2];
    let check = |budget, outcome: &Outcome| {
        check_outcome(&terms(budget, 1, 1), 2, outcome).is_ok_and(|money| money.conserved())
    };
    assert!(check(9, &outcome([4, 5], [0, 7], [false, true], 0)));
    assert!(check(9, &outcome([0, 0], [0, 0], no, 9)));
    assert!(!check(9, &outcome([4, 4], [0, 7], no, 0)), "a unit is lost");
    assert!(!check(9, &outcome([4, 4], [0, 7], no, 1)), "a unit is left");
    assert!(!check(9, &outcome([4, 5], [0, CAPACITY_MAX + 1], no, 0)));
    assert!(!check(9, &outcome([4, 5], [0, 7], [true, true], 0)), "full of nothing");
    assert!(!check(9, &outcome([0, 0], [0, 1], no, 9)), "supply for nothing");
    assert!(!check(0, &outcome([0, 0], [0, 1], no, 0)), "supply for an empty budget");
    let alone = Outcome {
        receipts: vec![Amount(9)],
        contributions_ppm: vec![Ppm(1)],
        at_capacity: vec![true],
        dust: Amount(0),
    };
    assert!(check_outcome(&terms(9, 1, 1), 1, &alone).is_err(), "no contest");
    assert!(check_outcome(&terms(9, 1, 1), 2, &alone).is_err(), "another round");
}

/// Another flag or contribution than the right one contradicts an owner's own capacity.
#[test]
fn owners_see_a_false_part() {
    let terms = terms(1_388_889, MILLION, 1);
    let numbers = [[MILLION, 100_000], [MILLION, MILLION], [MILLION, MILLION], [0, 7]];
    let outcome = settle(&terms, &numbers);
    let sees = |outcome: &Outcome, index: usize| own_view(&terms, outcome, index, &row(numbers[index]));
    assert!((0..4).all(|index| sees(&outcome, index).is_ok()));
    for index in 0..4 {
        let mut claim = outcome.clone();
        claim.at_capacity[index] = !claim.at_capacity[index];
        assert!(sees(&claim, index).is_err(), "row {index}");
    }
    for (index, part) in [(0, 99_999), (0, 100_001), (1, MILLION), (3, 1)] {
        let mut claim = outcome.clone();
        claim.contributions_ppm[index] = Ppm(part);
        assert!(sees(&claim, index).is_err(), "row {index}: {part}");
    }
    let mut paid = outcome.clone();
    paid.receipts[3] = Amount(1);
    assert!(sees(&paid, 3).is_err(), "paid for nothing");
    assert!(own_view(&terms, &outcome, 4, &row([1, 1])).is_err(), "no such row");
}
