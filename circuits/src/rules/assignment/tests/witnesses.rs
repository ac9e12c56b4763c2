//! The circuit accepts a witness if and only if it is a certificate: published ones, true and false, and made-up ones.

use super::super::certificate;
use super::certificate::{market, published_witness};
use super::*;
use crate::builder::Matrices;
use crate::rules::procedures::matching::{Broken, Dual};
use crate::testing::published;
use crate::testing::round::{Challenges, holds, record};
use ark_std::rand::Rng;
use ark_std::rand::seq::SliceRandom;
use num_traits::Zero;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The published witnesses are in the perturbed numbers of N = 16 and the market's own m: a circuit of that size has
/// the same S and bonuses. The circuit has no edges among its wires, they follow from the valuations, so what is fed
/// to it is prices, ranks, parents, and the utilities that C2 and C3 leave no choice for.
#[test]
fn published_witnesses_are_judged_as_published() {
    let mut circuits = BTreeMap::new();
    let mut judged: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for witness in published("certificates/assignment-v1") {
        let (auction, outcome) = published_round(&witness);
        let circuit = AssignmentCircuit { rows: 16, items: auction.terms.items.len(), limb_bits: 8 };
        let matrices = circuits.entry(circuit.items).or_insert_with(|| record(&circuit, &circuit.blank()));
        let market = market(&witness);
        assert_eq!(*market.size(), circuit.shape().size);
        let mut case = auction.round(&outcome).shards(&circuit).unwrap().remove(0);
        assert_eq!(case.check(matrices), Ok(()), "the prover's own");
        case.witness = circuit.fill(&market, &published_witness(&market, &witness));
        // A slack below 0 and a rank that does not rise have limbs off the table. At prices that are not competitive
        // parents are not indifferent either.
        let (expected, without) = match witness["why"].as_str() {
            None => (None, ""),
            Some("prices not minimal: one unit of bonus too high") => (Some(PARENT), ""),
            Some("ranks do not rise along the forest") => (Some(SUMS), ""),
            Some("not competitive: some bidder would rather have another item") => (Some(SUMS), PARENT),
            Some(why) => panic!("{why}"),
        };
        let broken = case.check(&matrices.without(without)).err().map(|broken| broken.property);
        assert_eq!(broken, expected, "{witness}");
        assert_eq!(witness["accept"], broken.is_none());
        *judged.entry(broken).or_default() += 1;
    }
    assert_eq!(judged, BTreeMap::from([(None, 10), (Some(PARENT), 9), (Some(SUMS), 18)]));
}

/// The round that a published witness is about, and its outcome.
fn published_round(witness: &Value) -> (Auction, Outcome) {
    let cases = published("assignment-v1");
    let case = cases.iter().find(|case| case["name"] == witness["case"]).unwrap();
    let terms: Terms = crate::json::from_value(&case["terms"]).unwrap();
    let rows: Vec<Row> = crate::json::from_value(&case["rows"]).unwrap();
    let bids: Vec<Vec<u64>> =
        rows.iter().map(|row| row.valuations.iter().map(|amount| amount.0).collect()).collect();
    let bids: Vec<&[u64]> = bids.iter().map(Vec::as_slice).collect();
    let auction = Auction { terms, ..Auction::on_paper(&[], &bids) };
    (auction, crate::json::from_value(&case["outcome"]).unwrap())
}

/// [`ShardCase::check`] without threads, for many small checks.
fn accepts(matrices: &Matrices, case: &ShardCase<AssignmentCircuit>) -> bool {
    holds(matrices, &case.assignment(&Challenges::new(3)).full())
}

/// A certificate near this one, or not so near.
fn tempted(scene: &Scene, rng: &mut StdRng) -> certificate::Witness {
    let mut witness = scene.certificate.clone();
    let (rows, items) = (scene.market.held().len(), witness.ranks.len());
    let weights: Vec<BigInt> =
        scene.market.weights().into_iter().flatten().flatten().chain([BigInt::zero()]).collect();
    for _ in 0..rng.gen_range(0..3) {
        let item = rng.gen_range(0..items);
        match rng.gen_range(0..6) {
            0 => witness.dual.prices[item] += rng.gen_range(-2..3),
            1 => witness.dual.prices[item] = weights.choose(rng).unwrap().clone(),
            2 => {
                let price = weights.choose(rng).unwrap() - weights.choose(rng).unwrap();
                witness.dual.prices[item] = price;
            }
            3 => witness.ranks[item] = rng.gen_range(0..=items as u64),
            4 => witness.parents[item] = Some(rng.gen_range(0..rows)),
            _ => {
                witness.dual.utilities[rng.gen_range(0..rows)] += rng.gen_range(-2..3);
                return witness;
            }
        }
    }
    witness.dual = Dual::at(witness.dual.prices, &scene.market.weights(), scene.market.held());
    witness
}

/// Tiny markets, claims that the integer checks pass, and certificates with a few numbers changed: the circuit says
/// what the certificate's own check says.
#[test]
fn circuit_is_the_certificate() {
    let sizes = (1..=4).flat_map(|rows| (1..=2).map(move |items| (rows, items)));
    let recorded: BTreeMap<(usize, usize), Matrices> = sizes
        .map(|(rows, items)| {
            let circuit = AssignmentCircuit { rows, items, limb_bits: TINY };
            ((rows, items), record(&circuit, &circuit.blank()))
        })
        .collect();
    let judge = |seed: u64| {
        let rng = &mut StdRng::seed_from_u64(seed);
        let items: Vec<(u64, u64)> =
            (0..rng.gen_range(1..=2)).map(|_| (rng.gen_range(1..=2), rng.gen_range(0..=2))).collect();
        let bids: Vec<Vec<u64>> =
            (0..rng.gen_range(1..=3)).map(|_| items.iter().map(|_| rng.gen_range(0..=3)).collect()).collect();
        let auction = Auction::on_paper(&items, &bids.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let mut outcome = auction.outcome();
        if rng.gen_bool(0.3) {
            let assigned: Vec<Option<u64>> = bids
                .iter()
                .map(|_| (0..items.len() as u64).map(Some).chain([None]).collect::<Vec<_>>())
                .map(|choices| *choices.choose(rng).unwrap())
                .collect();
            let prices: Vec<u64> = items.iter().map(|(_, reserve)| reserve + rng.gen_range(0..2)).collect();
            outcome = auction.claimed(&assigned, &prices);
        }
        if native::check_outcome(&auction.terms, bids.len(), &outcome).is_err() {
            return [0; 3];
        }
        let mut scene = auction.scene(&outcome, rng.gen_range(0..2));
        let tempted = tempted(&scene, rng);
        let expected = scene.market.check(&tempted);
        // A parent that nobody needs must be a parent all the same, and have an edge.
        let needless = tempted
            .parents
            .iter()
            .zip(&tempted.dual.prices)
            .any(|(parent, price)| parent.is_some() && price.is_zero());
        scene.case.witness = scene.case.circuit.fill(&scene.market, &tempted);
        let AssignmentCircuit { rows, items, .. } = scene.case.circuit;
        let accepted = accepts(&recorded[&(rows, items)], &scene.case);
        assert!(!accepted || expected == Ok(()), "seed {seed}: {expected:?}");
        assert!(accepted || expected.is_err() || needless, "seed {seed}: {expected:?}");
        assert!(!accepted || outcome == auction.outcome(), "seed {seed}: a false outcome");
        let minimal = matches!(expected, Err(Broken("M1" | "M2" | "M3")));
        [u64::from(accepted), u64::from(expected.is_err()), u64::from(minimal)]
    };
    let judged = (0..4_000).into_par_iter().map(judge);
    let counts = judged.reduce(|| [0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
    println!("accepted, refused, refused as not minimal: {counts:?}");
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}

/// Every false claim about some tables of three bids for one item, with every price in perturbed numbers, every parent
/// and every rank: none passes, and of the right claim just one price does.
#[test]
fn no_certificate_proves_another_outcome() {
    let circuit = AssignmentCircuit { rows: 3, items: 1, limb_bits: TINY };
    let matrices = record(&circuit, &circuit.blank());
    let half = BigInt::from(1u8) << (circuit.shape().bonus_bits - 1);
    let check = |(bids, copies, reserve): ([u64; 3], u64, u64)| {
        let auction = Auction::on_paper(&[(copies, reserve)], &[&bids[..1], &bids[1..2], &bids[2..]]);
        let truth = auction.outcome();
        for claim in 0..8 * 4u64 {
            let held = |row: u64| (claim >> row & 1 == 1).then_some(0);
            let outcome = auction.claimed(&[held(0), held(1), held(2)], &[reserve + claim / 8]);
            if native::check_outcome(&auction.terms, 3, &outcome).is_err() {
                continue;
            }
            let mut scene = auction.scene(&outcome, 0);
            let mut passing = Vec::new();
            let least = (BigInt::from(claim / 8) * 2 - 1) * &half;
            for bonus in 0..1 << circuit.shape().bonus_bits {
                let price: BigInt = &least + bonus;
                let dual = Dual::at(vec![price.clone()], &scene.market.weights(), scene.market.held());
                for choice in 0..4 * 3usize {
                    let parents = vec![(choice % 4).checked_sub(1)];
                    let ranks = vec![choice as u64 / 4];
                    let (dual, edges) = (dual.clone(), scene.certificate.edges.clone());
                    let witness = certificate::Witness { edges, dual, ranks, parents };
                    scene.case.witness = circuit.fill(&scene.market, &witness);
                    if accepts(&matrices, &scene.case) {
                        passing.push(price.clone());
                    }
                }
            }
            passing.dedup();
            assert_eq!(passing.len(), usize::from(outcome == truth), "{bids:?} {outcome:?}: {passing:?}");
        }
    };
    let rounds =
        [([2, 1, 1], 1, 0), ([1, 1, 1], 2, 0), ([0, 2, 1], 1, 1), ([1, 0, 2], 3, 0), ([2, 2, 0], 1, 2)];
    rounds.into_par_iter().for_each(check);
}
