//! What `fine-tuning-bargain/v1` must do, and what nobody must get past it.
//!
//! `proofs` proves rounds of every kind with real keys, and hands the verifier what does not belong together; `cheats`
//! attacks with false shares and receipts; `mutation` takes each constraint away and shows what breaks.

mod cheats;
mod mutation;
mod proofs;

use super::circuit::FineTuningBargainCircuit;
use super::share::{Bargain, MAX_COST, Solution, WHOLE};
use super::subject::{SOLUTIONS, pairs, receipts, rows, settle, share, shares, terms};
use super::*;
use crate::builder::Matrices;
use crate::proof_system::Circuit;
use crate::rule::Refusal;
use crate::testing::round::{Round, ShardCase, record};
use ark_std::rand::{Rng, SeedableRng};
use rand::rngs::StdRng;

type Case = ShardCase<FineTuningBargainCircuit>;

/// The circuit of so many domains, with limbs for a tiny table, and its matrices.
fn arena(domains: usize) -> (FineTuningBargainCircuit, Matrices) {
    let circuit = FineTuningBargainCircuit::sized(domains + 1, 4);
    (circuit, record(&circuit, &circuit.blank()))
}

/// The sealed round in which these costs are claimed to be settled like this.
fn claimed(terms: &Terms, costs: &[u64], outcome: &Outcome) -> Round {
    Round {
        rule: &FineTuningBargain,
        terms: to_value(terms),
        disclosure: Disclosure::Sealed,
        columns: Default::default(),
        sealed: costs.iter().map(|cost| vec![*cost]).collect(),
        outcome: to_value(outcome),
    }
}

/// The same for a share with the receipts that it makes.
fn claiming(circuit: &FineTuningBargainCircuit, terms: &Terms, costs: &[u64], share: u64) -> Case {
    claimed(terms, costs, &native::divided(terms, share)).shards(circuit).unwrap().remove(0)
}

#[test]
fn refuses_in_order_and_never_by_a_cost() {
    let evaluate = |solution: &str, domains: &[[u64; 2]], fee, costs: usize| {
        native::evaluate(&terms(solution, domains, fee), &vec![Row { cost: Count(0) }; costs]).map(drop)
    };
    let refused = |code| Err(Refusal(code));
    let (low, high, good) = ([0, 1], [65_536, 1], [65_535, u64::MAX]);
    assert_eq!(evaluate("Nash", &[], 10_001, 9), refused("unknown_solution"));
    assert_eq!(evaluate("", &[good], 0, 2), refused("unknown_solution"));
    assert_eq!(evaluate("egalitarian", &[], 10_001, 9), refused("no_domains"));
    assert_eq!(evaluate("egalitarian", &[low; 5], 10_001, 9), refused("too_many_domains"));
    for solution in ["egalitarian", "kalai-smorodinsky", "powerful-g", "powerful-d"] {
        assert_eq!(evaluate(solution, &[low; 2], 10_001, 9), refused("solution_needs_one_domain"));
        assert_eq!(evaluate(solution, &[good], 0, 2), Ok(()));
    }
    assert_eq!(evaluate("nash", &[good, low], 10_001, 9), refused("revenue_rate_out_of_range"));
    assert_eq!(evaluate("nash", &[high, good], 10_001, 9), refused("revenue_rate_out_of_range"));
    assert_eq!(evaluate("nash", &[good; 4], 10_001, 9), refused("fee_above_whole"));
    for wrong in [0, 1, 4, 6] {
        assert_eq!(evaluate("nash", &[good; 4], 10_000, wrong), refused("wrong_row_count"));
    }
    assert_eq!(evaluate("nash", &[good; 4], 10_000, 5), Ok(()));
    assert_eq!(evaluate("utilitarian", &[good; 4], 0, 5), Ok(()));
}

#[test]
fn costs_are_capped_and_zero_counts_as_one() {
    for solution in SOLUTIONS {
        for other in [1, 9, MAX_COST] {
            for (told, meant) in [(0, 1), (1 << 32, MAX_COST), (u64::MAX, MAX_COST)] {
                assert_eq!(share(solution, [told, other]), share(solution, [meant, other]));
                assert_eq!(share(solution, [other, told]), share(solution, [other, meant]));
            }
        }
    }
}

/// 7.5 (c): one domain is a special case of several.
#[test]
fn one_domain_is_several() {
    for (seed, [c0, c1]) in pairs().into_iter().enumerate() {
        let rates = [StdRng::seed_from_u64(seed as u64).gen_range(1..=65_535)];
        let bargain = Bargain { generalist: c0, specialists: &[c1], rates: &rates };
        assert_eq!(bargain.common_nash(), bargain.share(Solution::Nash).into(), "{c0} {c1}");
        assert_eq!(bargain.common_utilitarian(), bargain.share(Solution::Utilitarian).into(), "{c0} {c1}");
    }
}

#[test]
fn receipts_can_exceed_64_bits() {
    let outcome = settle(&terms("utilitarian", &[[65_535, u64::MAX]; 4], 0), &[0, u64::MAX, 1 << 32, 7, 9]);
    assert!(receipts(&outcome)[0] > 3 * u128::from(u64::MAX));
    assert_eq!(outcome.total, Wide(4 * u128::from(u64::MAX)));
    let whole = settle(&terms("powerful-g", &[[1, u64::MAX]], 0), &[3, 3]);
    assert_eq!((shares(&whole), receipts(&whole)), (WHOLE, vec![u64::MAX.into(), 0]));
}

#[test]
fn costs_are_not_printed() {
    assert_eq!(format!("{:?}", rows(&[123_456_789])), "[Row(secret)]");
}
