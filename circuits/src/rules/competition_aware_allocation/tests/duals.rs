//! The circuit accepts a claim if and only if the dual behind it passes the certificate's own check; and of all duals
//! of a tiny round none proves a false claim.

use super::*;
use crate::builder::Matrices;
use crate::testing::choices;
use crate::testing::round::{Challenges, ShardCase, holds, record};
use ark_std::rand::Rng;
use ark_std::rand::seq::SliceRandom;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// [`ShardCase::check`] without threads, for many small checks.
fn accepts(matrices: &Matrices, case: &ShardCase<AllocationCircuit>) -> bool {
    holds(matrices, &case.assignment(&Challenges::new(3)).full())
}

/// The only shard of a claim, filled by the rule's own prover.
fn case(scene: &Scene) -> ShardCase<AllocationCircuit> {
    let round = round(Disclosure::Sealed, &scene.terms, &scene.rows, &scene.claim);
    round.shards(&scene.circuit).unwrap().remove(0)
}

/// A dual near this one, or not so near.
fn tempted(market: &Market, rng: &mut StdRng) -> Dual {
    let mut dual = market.dual();
    let weights: Vec<BigInt> =
        market.weights().iter().flatten().flatten().cloned().chain([BigInt::ZERO]).collect();
    for _ in 0..rng.gen_range(0..3) {
        let action = rng.gen_range(0..dual.prices.len());
        match rng.gen_range(0..4) {
            0 => dual.prices[action] += rng.gen_range(-2..3),
            1 => dual.prices[action] = weights.choose(rng).unwrap().clone(),
            2 => dual.prices[action] = weights.choose(rng).unwrap() - weights.choose(rng).unwrap(),
            _ => {
                let row = rng.gen_range(0..dual.utilities.len());
                dual.utilities[row] += rng.gen_range(-2..3);
                return dual;
            }
        }
    }
    Dual::at(dual.prices, market.weights(), market.held())
}

/// Tiny rounds, claims of any allocation, and duals with a few numbers changed.
#[test]
fn circuit_is_the_certificate() {
    let sizes = (1..=4).flat_map(|rows| (1..=3).map(move |actions| (rows, actions)));
    let recorded: BTreeMap<(usize, usize), Matrices> = sizes
        .map(|(rows, actions)| {
            let circuit = AllocationCircuit { rows, actions, limb_bits: TINY };
            ((rows, actions), record(&circuit, &circuit.blank()))
        })
        .collect();
    let judge = |seed: u64| {
        let rng = &mut StdRng::seed_from_u64(seed);
        let values: Vec<u64> = (0..rng.gen_range(1..=2)).map(|_| rng.gen_range(0..=3)).collect();
        let actions = values.len() as u64;
        let numbers: Vec<[u64; 2]> =
            (0..rng.gen_range(1..=3)).map(|_| [rng.gen_range(0..8), rng.gen_range(0..=actions)]).collect();
        let mut scene = Scene::new(&values, &numbers).with_padding(rng.gen_range(0..2), rng.gen_range(0..2));
        if rng.gen_bool(0.4) {
            let held: Vec<Option<u64>> =
                numbers.iter().map(|_| rng.gen_range(0..=actions).checked_sub(1)).collect();
            scene = scene.claims(&held);
        }
        let (market, truth) = (scene.market(), scene.is_true());
        let dual = tempted(&market, rng);
        let expected = market.check(&dual).is_ok();
        let mut case = case(&scene);
        case.witness = scene.circuit.fill(&scene.terms, &scene.rows, &market, &dual);
        let AllocationCircuit { rows, actions, .. } = scene.circuit;
        let accepted = accepts(&recorded[&(rows, actions)], &case);
        assert_eq!(accepted, expected, "seed {seed}");
        assert!(!accepted || truth, "seed {seed}: a false claim");
        // Other prices than the least prove as well.
        [u64::from(accepted), u64::from(!accepted), u64::from(accepted && dual != market.dual())]
    };
    let judged = (0..4_000).into_par_iter().map(judge);
    let counts = judged.reduce(|| [0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
    println!("accepted, refused, accepted with other prices: {counts:?}");
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}

/// Two rows and one action that earns one unit: every claim with every price and every utility, in perturbed numbers,
/// up to one more than any weight.
#[test]
fn no_dual_proves_another_claim() {
    let circuit = AllocationCircuit { rows: 2, actions: 1, limb_bits: TINY };
    let matrices = record(&circuit, &circuit.blank());
    let most = i64::try_from(circuit.shape().size.weight(1, 0, 0)).unwrap() + 1;
    let numbers = [[0, 1], [1, 1], [0, 0]];
    let rounds = choices(&vec![numbers.to_vec(); 2]);
    let tried = rounds.into_par_iter().map(|numbers| {
        let scene = Scene::new(&[1], &numbers);
        let mut tried = 0;
        for held in choices(&vec![vec![None, Some(0)]; 2]) {
            let scene = scene.clone().claims(&held);
            let mut passing = 0;
            let mut case = case(&scene);
            for price in -1..=most {
                for first in -1..=most {
                    for second in -1..=most {
                        let dual =
                            Dual { prices: vec![price.into()], utilities: vec![first.into(), second.into()] };
                        case.witness = scene.circuit.fill(&scene.terms, &scene.rows, &scene.market(), &dual);
                        passing += u64::from(accepts(&matrices, &case));
                        tried += 1;
                    }
                }
            }
            assert_eq!(passing > 0, scene.is_true(), "{numbers:?} {held:?}");
        }
        tried
    });
    let tried: u64 = tried.sum();
    println!("competition-aware-allocation/v1: {tried} duals tried");
    assert!(tried > 100_000, "{tried}");
}
