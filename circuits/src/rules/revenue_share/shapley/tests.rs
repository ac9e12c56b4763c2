use super::*;
use crate::rules::procedures::split;
use ark_std::rand::{Rng, SeedableRng};
use num_bigint::BigUint;
use num_traits::{One, Pow};
use rand::rngs::StdRng;

fn table(utilities: &[u64]) -> Vec<Ppm> {
    utilities.iter().map(|utility| Ppm(*utility)).collect()
}

fn counts(weights: &[u64]) -> Vec<Count> {
    weights.iter().map(|weight| Count(*weight)).collect()
}

/// A table in which a larger coalition is worth no less.
fn monotone(rng: &mut StdRng, parties: usize) -> Vec<u64> {
    let mut utilities: Vec<u64> = (0..1 << parties).map(|_| rng.gen_range(0..=1_000_000)).collect();
    for party in 0..parties {
        for coalition in (0..utilities.len()).filter(|coalition| coalition >> party & 1 == 1) {
            utilities[coalition] = utilities[coalition].max(utilities[coalition ^ 1 << party]);
        }
    }
    utilities
}

fn similarities(rng: &mut StdRng, parties: usize) -> Vec<Vec<Count>> {
    let mut similarity = || if rng.gen_bool(0.3) { 0 } else { rng.gen_range(0..=256) };
    let one_way: Vec<u64> = (0..parties * parties).map(|_| similarity()).collect();
    let both_ways = |i: usize, j: usize| Count(one_way[i.min(j) * parties + i.max(j)]);
    (0..parties).map(|i| (0..parties).map(|j| both_ways(i, j)).collect()).collect()
}

/// Every order in which these parties can arrive.
fn orders(parties: &[usize]) -> Vec<Vec<usize>> {
    if parties.is_empty() {
        return vec![vec![]];
    }
    let from = |first: &usize| {
        let rest: Vec<usize> = parties.iter().copied().filter(|party| party != first).collect();
        orders(&rest).into_iter().map(|rest| [&[*first], rest.as_slice()].concat()).collect::<Vec<_>>()
    };
    parties.iter().flat_map(from).collect()
}

#[test]
fn half_is_its_definition() {
    let whole = BigUint::one() << 8192u32;
    for (f, half) in HALF.iter().enumerate() {
        let fits = |t: u64| BigUint::from(t).pow(256u32) << f <= whole;
        assert!(fits(*half) && !fits(*half + 1), "{f}");
    }
    assert_eq!((HALF[0], HALF[128]), (1 << 32, 3_037_000_499));
}

/// What a party adds when it arrives, over all orders of arrival.
#[test]
fn shapley_is_its_definition() {
    let rng = &mut StdRng::seed_from_u64(60);
    for round in 0..60 {
        let parties = round % 6;
        let any = |rng: &mut StdRng| (0..1 << parties).map(|_| rng.gen_range(0..=1_000_000)).collect();
        let utilities: Vec<u64> = if round < 30 { any(rng) } else { monotone(rng, parties) };
        let mut added = vec![0i64; parties];
        for order in orders(&(0..parties).collect::<Vec<_>>()) {
            let mut coalition = 0;
            for party in order {
                let with = coalition | 1 << party;
                added[party] += utilities[with] as i64 - utilities[coalition] as i64;
                coalition = with;
            }
        }
        let expected: Vec<u64> = added.iter().map(|added| (*added).max(0) as u64).collect();
        let weights = shapley_weights(&table(&utilities)).unwrap();
        assert_eq!(weights, Weights { weights: counts(&expected), unallocated_weight: Count(0) });
    }
}

#[test]
fn extremes() {
    assert_eq!(shapley_weights(&table(&[7])).unwrap().weights, []);
    assert_eq!(shapley_weights(&table(&[0, 1_000_000])).unwrap().weights, counts(&[1_000_000]));
    assert_eq!(shapley_weights(&table(&[5, 3])).unwrap().weights, counts(&[0]));
    // One party of eight does it all: 8!·10^6, below 2^36.
    let all: Vec<u64> = (0..256).map(|coalition| coalition % 2 * 1_000_000).collect();
    let weights = shapley_weights(&table(&all)).unwrap().weights;
    assert_eq!(weights, counts(&[40_320_000_000, 0, 0, 0, 0, 0, 0, 0]));
    // Eight exact copies: 2^-7 each.
    let alike = vec![vec![ALIKE; 8]; 8];
    let one: Vec<u64> = (0..256).map(|coalition| u64::from(coalition > 0) * 1_000_000).collect();
    let robust = robust_shapley_weights(&table(&one), &alike).unwrap();
    assert_eq!(robust.weights, counts(&[5_040_000_000 >> 7; 8]));
    assert_eq!(robust.unallocated_weight.0, 8 * (5_040_000_000 - (5_040_000_000 >> 7)));
}

#[test]
fn bad_tables() {
    for length in [0, 3, 6, 255, 257, 512] {
        assert_eq!(shapley_weights(&vec![Ppm(1); length]), Err(BadTable::Coalitions), "{length}");
    }
    assert_eq!(shapley_weights(&table(&[0, 1_000_001])), Err(BadTable::AboveWhole));
    let two = table(&[0, 1, 2, 3]);
    let robust = |z: &[&[u64]]| {
        let rows: Vec<Vec<Count>> = z.iter().map(|row| counts(row)).collect();
        robust_shapley_weights(&two, &rows).map(|weights| weights.unallocated_weight.0 > 0)
    };
    // A party's likeness to itself means nothing.
    assert_eq!(robust(&[&[9, 256], &[256, 999]]), Ok(true));
    assert_eq!(robust(&[&[0, 0], &[0, 0]]), Ok(false));
    let bad: [&[&[u64]]; 5] =
        [&[], &[&[0, 0]], &[&[0, 0], &[0]], &[&[0, 1], &[2, 0]], &[&[0, 257], &[257, 0]]];
    for bad in bad {
        assert_eq!(robust(bad), Err(BadTable::Similarities), "{bad:?}");
    }
}

/// The game in which the last party enters this many times.
fn replicated(utilities: &[u64], similarities: &[Vec<Count>], copies: usize) -> (Vec<Ppm>, Vec<Vec<Count>>) {
    let last = similarities.len() - 1;
    let original = |party: usize| party.min(last);
    let parties = last + copies;
    let utility = |coalition: usize| {
        let members = (0..parties).filter(|party| coalition >> party & 1 == 1);
        utilities[members.fold(0, |known, party| known | 1 << original(party))]
    };
    let similarity = |i: usize, j: usize| match (original(i), original(j)) {
        (i, j) if i == last && j == last => ALIKE,
        (i, j) => similarities[i][j],
    };
    let similarities = (0..parties).map(|i| (0..parties).map(|j| similarity(i, j)).collect()).collect();
    (table(&(0..1 << parties).map(utility).collect::<Vec<_>>()), similarities)
}

fn receipts(pot: u64, weights: &Weights) -> Vec<u64> {
    let of_rows: Vec<u64> = weights.weights.iter().map(|weight| weight.0).collect();
    split(pot, &of_rows, weights.unallocated_weight.0).0
}

/// Entering several times does not raise what one gets in all, by not even a unit.
#[test]
fn copies_of_oneself_earn_nothing() {
    let rng = &mut StdRng::seed_from_u64(61);
    for round in 0..400 {
        let parties = rng.gen_range(1..=4);
        let (utilities, similarities) = (monotone(rng, parties), similarities(rng, parties));
        let pot = [3, 1_000, 999_983, u64::MAX][round % 4];
        let honest = robust_shapley_weights(&table(&utilities), &similarities).unwrap();
        let honest = receipts(pot, &honest)[parties - 1];
        for copies in 2..=4 {
            let (utilities, similarities) = replicated(&utilities, &similarities, copies);
            let weights = robust_shapley_weights(&utilities, &similarities).unwrap();
            let gained: u128 = receipts(pot, &weights)[parties - 1..].iter().map(|x| u128::from(*x)).sum();
            assert!(gained <= honest.into(), "round {round}, {copies} copies: {gained} instead of {honest}");
        }
    }
}
