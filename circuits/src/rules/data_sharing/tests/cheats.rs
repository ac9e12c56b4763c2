//! Provers who lie about decisions, factors and gives, and everything honest that must pass all the same.

use super::*;
use crate::field::{Fr, from_integer, from_u64};
use crate::testing::cheat::{Cheat, wires_of};
use ark_ff::Field;
use num_bigint::BigInt;

fn passes(case: Case, chosen: Vec<(usize, Fr)>, matrices: &Matrices) -> bool {
    Cheat { property: "", about: "", case, chosen }.passes(matrices)
}

/// Every number at either end of what can be told, and of what counts.
fn ends() -> Vec<[u64; 3]> {
    let sizes = [0, 1, 2, MAX_SIZE - 1, MAX_SIZE, u64::MAX];
    let irreducible = [0, 999_999, 1_000_000, u64::MAX];
    let learning = [0, 1, (1 << 48) - 1, u64::MAX];
    let firm = |index: usize| [sizes[index % 6], irreducible[index / 6 % 4], learning[index / 24]];
    (0..96).map(firm).collect()
}

/// Honest values fit their widths, whatever firms tell: at the ends, and drawn; and no other decision passes.
#[test]
fn every_pair_of_firms_has_one_decision() {
    let (_, matrices) = arena();
    let mut decided = [0; 2];
    let mut check = |terms: &Terms, firms: &[[u64; 3]; 2]| {
        let right = settle(terms, firms).share;
        for share in [true, false] {
            let accepted = deciding(terms, firms, share).check(&matrices).is_ok();
            assert_eq!(accepted, share == right, "{terms:?} {firms:?}");
        }
        decided[usize::from(right)] += 1;
    };
    for (index, first) in ends().into_iter().enumerate() {
        for (other, exponent) in EXPONENTS.into_iter().enumerate() {
            let similarity = [0, 1, 999_999][index % 3];
            let competition = ["cournot", "bertrand"][index % 2];
            let second = ends()[(index * 7 + other * 13) % 96];
            check(&terms(competition, similarity, "all-or-nothing", exponent), &[first, second]);
        }
    }
    for seed in 0..200 {
        let (mut terms, firms) = draw(&mut StdRng::seed_from_u64(seed), "all-or-nothing");
        let [p, q] = EXPONENTS[seed as usize % EXPONENTS.len()];
        (terms.exponent_numerator, terms.exponent_denominator) = (Count(p), Count(q));
        check(&terms, &firms);
    }
    assert!(decided.iter().all(|count| *count > 50), "{decided:?}");
}

/// The widths that the circuit's text states, at the ends.
#[test]
fn widths_are_those_of_the_text() {
    let power = |bits: u32| BigInt::from(1) << bits;
    // A·((10^6 − a)·n − b)·n' and A·b·n'² for β = 1; A·((10^6 − a)·2^48 + b·2^49) else.
    let weight = BigInt::from(2_000_000_000_000u64);
    let (size, cost) = (BigInt::from(MAX_SIZE), BigInt::from((1u64 << 48) - 1));
    assert!(&weight * MILLION * &size * &size < power(153));
    assert!(&weight * &cost * &size * &size < power(153));
    assert!(&weight * ((BigInt::from(MILLION) << 48) + &cost * power(49)) < power(140));
    // What proves a factor, for the largest factors that have limbs: β = 3/4 relies on the sum of both ranges.
    let factor = power(49) - 1u32;
    let pooled: BigInt = &size * 2;
    for [p, q] in EXPONENTS {
        let next: BigInt = (&factor + 1u32).pow(q as u32) * pooled.pow(p as u32);
        assert!([p, q] == [3, 4] || next < power(230), "{p}/{q}");
    }
    let sum: BigInt = ((&factor + 1u32).pow(4) - factor.pow(4)) * pooled.pow(3);
    assert!(sum < power(249));
    // 4·(Y·n)³ < 2^202, so Y^4·n³ < 2^200·2^49, and (Y + 1)^4·n³ is less than 2^202 more.
    assert!(power(249) + power(202) < power(250) && power(250) < BigInt::from(3) << 252);
}

/// Every honest factor fits, at every size from 1 to twice the largest.
#[test]
fn honest_factors_fit() {
    for [p, q] in EXPONENTS {
        let exponent = market::Exponent::new(Count(p), Count(q)).unwrap();
        for size in (0..34).flat_map(|bits| [(1u64 << bits) - 1, 1 << bits, (1 << bits) + 1]) {
            let size = size.clamp(1, 2 * MAX_SIZE);
            let y = BigUint::from(exponent.learning(size));
            let whole = BigUint::from(1u32) << (48 * q);
            let times = |y: BigUint| y.pow(q as u32) * BigUint::from(size).pow(p as u32);
            assert!(y.bits() <= 49 && times(y.clone()) <= whole);
            assert!((&whole - times(y.clone())).bits() <= 200 && (times(y + 1u32) - whole).bits() <= 200);
        }
    }
}

/// Any other factor than the right one, for each size and exponent; also where a power would wrap mod r.
#[test]
fn false_factor() {
    let (_, matrices) = arena();
    for exponent in EXPONENTS {
        let terms = terms("cournot", 500_000, "all-or-nothing", exponent);
        for firms in [[[30, 0, 600_000], [40, 0, 600_000]], [[MAX_SIZE, 0, 9], [MAX_SIZE, 0, 9]]] {
            let share = settle(&terms, &firms).share;
            for size in 0..3 {
                let right = deciding(&terms, &firms, share).witness.factors[size];
                let mut others = vec![right + from_u64(1), right - from_u64(1), -right, -from_u64(1)];
                others.extend([0, 1, 1 << 48, (1 << 49) - 1, 1 << 49, u64::MAX].map(from_u64));
                // The fraction whose power is exactly the whole, where there is one.
                let sizes = [firms[0][0], firms[1][0], firms[0][0] + firms[1][0]];
                if exponent == [1, 1] {
                    others.push(from_u64(1 << 48) * from_u64(sizes[size]).inverse().unwrap());
                }
                for other in others.into_iter().filter(|other| *other != right) {
                    let mut case = deciding(&terms, &firms, share);
                    case.witness.factors[size] = other;
                    assert!(!passes(case, Vec::new(), &matrices), "{exponent:?} {size}: {other}");
                }
            }
        }
    }
}

/// With factors of one bit more, for which powers at β = 3/4 do wrap: a second factor would pass both ranges. This is
/// why the width of a factor is exact.
#[test]
fn factor_of_one_bit_more_is_no_number_of_the_circuit() {
    let (_, matrices) = arena();
    let terms = terms("cournot", 500_000, "all-or-nothing", [3, 4]);
    let firms = [[MAX_SIZE, 0, 9], [MAX_SIZE, 0, 9]];
    for factor in [1u64 << 49, (1 << 50) - 1, 1 << 51, (1 << 52) - 1] {
        let mut case = deciding(&terms, &firms, settle(&terms, &firms).share);
        // Its limbs are all in the table of 16 entries: the top one is looked up times 8 as well.
        case.witness.factors[2] = from_u64(factor);
        let assignment = case.assignment(&crate::testing::round::Challenges::new(4));
        let broken = matrices.check(&assignment);
        assert!(broken.is_err(), "{factor}");
        let loose = matrices.without("a factor is not too large").without("a factor is not too small");
        let broken = loose.check(&assignment).map_err(|broken| broken.property);
        assert_eq!(broken, Err("the lookup sums are equal"), "the limbs alone refuse it");
    }
}

/// The decision with every choice of names, and names that are no bits.
#[test]
fn names_that_suit() {
    let (_, matrices) = arena();
    let names =
        [0, 1, 2, 3].map(|nth| wires_of(&matrices, "a condition is named as broken or not", nth, 0)[0]);
    let firms = [[[30, 0, 600_000], [40, 0, 600_000]], [[4, 0, 100_000], [1, 0, 100_000]]];
    for (similarity, firms) in [(500_000, firms[0]), (900_000, firms[1])] {
        let terms = terms("cournot", similarity, "all-or-nothing", [1, 1]);
        let right = settle(&terms, &firms).share;
        for values in 0..4u32.pow(4) {
            let value = |name: u32| i64::from(values / 4u32.pow(name) % 4) - 1;
            let chosen = |name: usize| (names[name], from_integer(value(name as u32)));
            let case = deciding(&terms, &firms, !right);
            assert!(!passes(case, (0..4).map(chosen).collect(), &matrices), "{values}");
        }
    }
}

/// A condition that is exactly 0, or 1 short of it, decides as the evaluator does.
#[test]
fn conditions_at_their_ends() {
    let (_, matrices) = arena();
    let mut seen = [0; 2];
    for similarity in [500_000, 250_000, 0] {
        let terms = terms("cournot", similarity, "all-or-nothing", [1, 1]);
        for grid in 0..6u64.pow(4) {
            let digit = |place: u32| grid / 6u64.pow(place) % 6;
            let size = |place| [1, 2, 3, 4, 5, 8][digit(place) as usize];
            let cost = |place| [1, 2, 4, 250_000, 500_000, 1_000_000][digit(place) as usize];
            let firms = [[size(0), 0, cost(1)], [size(2), 0, cost(3)]];
            let differences = differences(&terms, &firms);
            let ends = [-1, 0].map(|end| differences.contains(&end));
            if !ends.contains(&true) || differences.iter().any(|difference| *difference < -1) {
                continue;
            }
            let right = differences.iter().all(|difference| *difference >= 0);
            assert_eq!(settle(&terms, &firms).share, right);
            for share in [true, false] {
                let accepted = deciding(&terms, &firms, share).check(&matrices).is_ok();
                assert_eq!(accepted, share == right, "{firms:?} {differences:?}");
            }
            seen[usize::from(right)] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 5), "{seen:?}");
}

/// Firms that share give all they have, firms that do not give nothing.
#[test]
fn other_gives() {
    let (_, matrices) = arena();
    let firms = [[30, 0, 600_000], [u64::MAX, 0, 600_000]];
    for similarity in [0, 999_999] {
        let terms = terms("cournot", similarity, "all-or-nothing", [1, 1]);
        let right = settle(&terms, &firms);
        for row in 0..2 {
            for other in [from_u64(1), -from_u64(1), from_u64(MAX_SIZE)] {
                let mut case = claiming(&terms, &firms, right.share, gives(&right));
                case.results[0][row] += other;
                assert!(!passes(case, Vec::new(), &matrices), "row {row}");
            }
        }
    }
}

/// A commitment to a number that is no u64 settles nothing.
#[test]
fn number_that_is_no_u64() {
    let (_, matrices) = arena();
    let terms = terms("cournot", 0, "all-or-nothing", [1, 1]);
    for column in 0..3 {
        for number in [-from_u64(1), from_integer(BigInt::from(1) << 64), from_u64(2).inverse().unwrap()] {
            for share in [true, false] {
                let mut case = deciding(&terms, &[[7, 7, 7], [7, 7, 7]], share);
                case.sealed[column][0] = number;
                case.witness.told[0][column] = number;
                assert!(!passes(case, Vec::new(), &matrices), "column {column}");
            }
        }
    }
}
