//! Provers who lie about shares and receipts, and everything honest that must pass all the same.

use super::*;
use crate::field::{from_integer, from_u64};
use crate::rules::fine_tuning_bargain::share::{egalitarian, kalai_smorodinsky, nash, value};
use crate::rules::fine_tuning_bargain::subject::several;
use crate::testing::cheat::{Cheat, wires_of};
use crate::testing::round::Challenges;
use ark_ff::Field;
use num_bigint::BigInt;
use num_traits::Signed;

fn passes(case: Case, chosen: Vec<(usize, crate::field::Fr)>, matrices: &Matrices) -> bool {
    Cheat { property: "", about: "", case, chosen }.passes(matrices)
}

/// Honest values fit their widths, whatever the costs are: the ends of the range, and drawn ones.
#[test]
fn every_pair_of_costs_has_a_proof() {
    let (circuit, matrices) = arena(1);
    for (index, [c0, c1]) in pairs().into_iter().enumerate() {
        for solution in SOLUTIONS {
            let terms = terms(solution, &[[1, [0, 9, u64::MAX][index % 3]]], 0);
            let case = claiming(&circuit, &terms, &[c0, c1], shares(&settle(&terms, &[c0, c1])));
            assert_eq!(case.check(&matrices), Ok(()), "{solution} {c0} {c1}");
        }
    }
}

/// The same for several domains, at the ends of rates, costs and revenues.
#[test]
fn every_set_of_domains_has_a_proof() {
    let (circuit, matrices) = arena(4);
    let prove = |domains: &[[u64; 2]], costs: &[u64]| {
        let terms = terms("utilitarian", domains, 0);
        let case = claiming(&circuit, &terms, costs, shares(&settle(&terms, costs)));
        assert_eq!(case.check(&matrices), Ok(()), "{domains:?} {costs:?}");
    };
    for seed in 0..300 {
        let (domains, costs) = several(&mut StdRng::seed_from_u64(seed));
        prove(&domains, &costs);
    }
    for domains in 1..=4 {
        for rate in [1, 65_535] {
            for ends in 0..1 << (domains + 1) {
                let cost = |row: usize| if ends >> row & 1 == 1 { u64::MAX } else { 0 };
                prove(&vec![[rate, u64::MAX]; domains], &(0..=domains).map(cost).collect::<Vec<_>>());
            }
        }
    }
}

/// The widths that the circuit's text states, at the costs that make the numbers largest.
#[test]
fn widths_are_those_of_the_text() {
    let one = BigInt::from(1);
    let (mut widest, mut steepest) = (BigInt::from(0), BigInt::from(0));
    for [c0, c1] in pairs() {
        let (c0, c1) = (c0 as i128, c1 as i128);
        let polynomials = [
            egalitarian(c0, c1).to_vec(),
            nash(c0, c1).to_vec(),
            kalai_smorodinsky(c0, c1).to_vec(),
            kalai_smorodinsky(c1, c0).to_vec(),
        ];
        for polynomial in polynomials {
            for k in (0..=64).map(|step| step * u128::from(WHOLE) / 64) {
                let slope = (value(&polynomial, k + 1) - value(&polynomial, k)).abs();
                widest = widest.max(value(&polynomial, k).abs());
                steepest = steepest.max(slope);
            }
        }
    }
    assert!(widest < &one << 166, "{widest}");
    assert!(steepest < BigInt::from(60) << 128, "{steepest}");
    assert!(BigInt::from(60) << 128 < &one << 135);
    // num < 2^196 and den < 2^165, for four domains of the largest rates and costs.
    let (rate, rates, cost) = (BigInt::from(65_535), BigInt::from(4 * 65_535), BigInt::from(MAX_COST));
    let own = rates.pow(2) * cost.pow(4);
    let others = &cost * 4 * rate.pow(2) * cost.pow(3);
    assert!(&own << 32 < &one << 196 && own + others < one << 165);
}

/// A share is an integer: the fraction at which the polynomial is exactly 0 passes both tests, but has no limbs.
#[test]
fn fraction_for_a_share() {
    let (circuit, matrices) = arena(1);
    let terms = terms("utilitarian", &[[1, 0]], 0);
    let mut case = claiming(&circuit, &terms, &[7, 5], 0);
    let share = from_u64(5 * WHOLE) * from_u64(12).inverse().unwrap();
    case.witness.share = share;
    case.results[1] = vec![share; 2];
    assert!(matrices.check(&case.assignment(&Challenges::new(1))).is_err());
    // All of it in one limb, or lent from one limb to the next.
    let rest = wires_of(&matrices, "the share is at most the whole", 0, 2);
    for limb in 0..rest.len() {
        let weight = from_u64(1 << (4 * limb)).inverse().unwrap();
        let chosen = rest
            .iter()
            .enumerate()
            .map(|(k, wire)| (*wire, from_u64(0) + if k == limb { share * weight } else { from_u64(0) }));
        let chosen = chosen.collect();
        let claim = Case {
            witness: case.witness.clone(),
            results: case.results.clone(),
            ..claiming(&circuit, &terms, &[7, 5], 0)
        };
        assert!(!passes(claim, chosen, &matrices), "limb {limb}");
    }
}

/// A share below 0, or so large that it times the pot would wrap mod r.
#[test]
fn share_that_wraps() {
    let (circuit, matrices) = arena(1);
    let terms = terms("nash", &[[1, 1 << 40]], 0);
    let pot = from_u64(1 << 40);
    for share in [-from_u64(1), pot.inverse().unwrap(), from_integer(BigInt::from(1) << 40)] {
        let mut case = claiming(&circuit, &terms, &[3, 5], 0);
        case.witness.share = share;
        case.results[1] = vec![share; 2];
        assert!(!passes(case, Vec::new(), &matrices));
    }
}

/// Every other point at which a polynomial falls through 0 lies outside of the shares, and is refused.
#[test]
fn other_roots() {
    let (circuit, matrices) = arena(1);
    let mut found = 0;
    for (c0, c1) in (1..=12u64).flat_map(|c0| (1..=12).map(move |c1| (c0, c1))) {
        let terms = terms("nash", &[[1, 0]], 0);
        let polynomial = nash(c0.into(), c1.into());
        let falls = |k: u64| {
            !value(&polynomial, k.into()).is_negative() && value(&polynomial, u128::from(k) + 1).is_negative()
        };
        // Up to 16 times the whole, wherever a step of 1/64 of it has a fall.
        let step = WHOLE / 64;
        for from in (64..1024).map(|i| i * step) {
            let (mut low, mut high) = (from, from + step);
            let least = |k: u64| !value(&polynomial, k.into()).is_negative();
            if !least(low) || least(high) {
                continue;
            }
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if least(middle) { low = middle } else { high = middle }
            }
            assert!(falls(low) && low >= WHOLE);
            assert!(!passes(claiming(&circuit, &terms, &[c0, c1], low), Vec::new(), &matrices), "{c0} {c1}");
            found += 1;
        }
    }
    assert!(found > 10, "{found}");
}

/// The comparison of the costs has one answer, also for equal ones: claiming the other does not pass.
#[test]
fn false_comparison() {
    let (circuit, matrices) = arena(1);
    let bit = wires_of(&matrices, "which cost is larger", 0, 0)[0];
    for costs in [[7, 2], [2, 7], [5, 5], [0, u64::MAX], [u64::MAX, 0]] {
        for solution in ["powerful-g", "powerful-d", "kalai-smorodinsky"] {
            let terms = terms(solution, &[[1, 9]], 0);
            let right = shares(&settle(&terms, &costs));
            let honest = from_u64(u64::from(costs[0] >= costs[1]));
            let mut claims = vec![right, 0, WHOLE];
            claims.extend(SOLUTIONS.map(|other| share(other, costs)));
            for claim in claims {
                for value in [from_u64(0), from_u64(1), -from_u64(1), from_u64(2)] {
                    let case = claiming(&circuit, &terms, &costs, claim);
                    let passed = passes(case, vec![(bit, value)], &matrices);
                    assert_eq!(passed, value == honest && claim == right, "{solution} {costs:?} {claim}");
                }
            }
        }
    }
}

/// Parts that are one off, with the remainder that this leaves: below 0, or a whole unit.
#[test]
fn remainder_of_a_unit() {
    let (circuit, matrices) = arena(4);
    let terms = terms("utilitarian", &[[1, 1_001], [1, 77]], 0);
    let costs = [3, 4, 5];
    let right = settle(&terms, &costs);
    for (from, to) in [(1, 0), (0, 1), (2, 0), (0, 2), (1, 2), (2, 1)] {
        let mut moved = receipts(&right);
        moved[from] -= 1;
        moved[to] += 1;
        let outcome = Outcome { receipts: Some(moved.into_iter().map(Wide).collect()), ..right.clone() };
        let case = claimed(&terms, &costs, &outcome).shards(&circuit).unwrap().remove(0);
        assert!(!passes(case, Vec::new(), &matrices), "{from} to {to}");
    }
}

/// A receipt below 0 cannot be sealed, though its column sums up.
#[test]
fn negative_receipt() {
    let (circuit, matrices) = arena(1);
    let terms = terms("powerful-g", &[[1, 100]], 0);
    let mut case = claiming(&circuit, &terms, &[2, 7], WHOLE);
    case.results[0] = vec![from_u64(101), -from_u64(1)];
    case.witness.parts[0] = from_u64(101);
    assert!(!passes(case, Vec::new(), &matrices));
}

/// Rows that are not there have no cost, no receipt and no share.
#[test]
fn padding_that_holds_something() {
    let (circuit, matrices) = arena(4);
    let terms = terms("utilitarian", &[[1, 100], [2, 50]], 0);
    let honest = || claiming(&circuit, &terms, &[3, 4, 5], shares(&settle(&terms, &[3, 4, 5])));
    assert!(passes(honest(), Vec::new(), &matrices));
    for row in 3..5 {
        let mut with_cost = honest();
        with_cost.witness.costs[row] = from_u64(9);
        assert!(!passes(with_cost, Vec::new(), &matrices), "a cost of its own in row {row}");
        for column in 0..2 {
            let mut with_result = honest();
            with_result.results[column].resize(5, from_u64(0));
            with_result.results[column][row] = with_result.results[1][0];
            assert!(!passes(with_result, Vec::new(), &matrices), "result {column} in row {row}");
        }
        let mut with_part = honest();
        with_part.witness.parts[row - 1] = from_u64(1);
        assert!(!passes(with_part, Vec::new(), &matrices), "a part in row {row}");
    }
}

/// Two parties with two shares.
#[test]
fn share_differs_by_row() {
    for (domains, costs) in [(1, &[3, 4][..]), (4, &[3, 4, 5, 6, 7])] {
        let (circuit, matrices) = arena(domains);
        let terms = terms("utilitarian", &vec![[1, 0]; domains], 0);
        let right = shares(&settle(&terms, costs));
        for row in 0..=domains {
            let mut case = claiming(&circuit, &terms, costs, right);
            case.results[1][row] += from_u64(1);
            assert!(!passes(case, Vec::new(), &matrices), "row {row}");
        }
    }
}

/// A commitment to a number that is no u64 settles nothing: below 0, or of more than 64 bits.
#[test]
fn cost_that_is_no_u64() {
    let (circuit, matrices) = arena(1);
    let terms = terms("utilitarian", &[[1, 9]], 0);
    for cost in [-from_u64(1), from_integer(BigInt::from(1) << 64), from_u64(2).inverse().unwrap()] {
        for meant in [0, 1, MAX_COST] {
            let right = shares(&settle(&terms, &[meant, 5]));
            let mut case = claiming(&circuit, &terms, &[meant, 5], right);
            case.sealed[0][0] = cost;
            case.witness.costs[0] = cost;
            assert!(!passes(case, Vec::new(), &matrices));
        }
    }
}

/// Drawn shares, far from the right one and near to it.
#[test]
fn any_other_share() {
    let mut rng = StdRng::seed_from_u64(3);
    let (circuit, matrices) = arena(1);
    for [c0, c1] in pairs().into_iter().step_by(7) {
        for solution in SOLUTIONS {
            let terms = terms(solution, &[[1, 5]], 0);
            let right = shares(&settle(&terms, &[c0, c1]));
            let near = right.saturating_add_signed(rng.gen_range(-1_000..=1_000));
            for claim in [near, rng.gen_range(0..=WHOLE), right ^ 1 << rng.gen_range(0..33)] {
                let accepted = claiming(&circuit, &terms, &[c0, c1], claim).check(&matrices).is_ok();
                assert_eq!(accepted, claim == right, "{solution} {c0} {c1}: {claim}");
            }
        }
    }
}
