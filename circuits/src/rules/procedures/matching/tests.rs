use super::*;
use ark_std::rand::seq::SliceRandom;
use ark_std::rand::{Rng, SeedableRng};
use rand::rngs::StdRng;

type Surplus = Vec<Vec<Option<u64>>>;

/// Every assignment of the market: for each row an item with an edge, or nothing.
fn assignments(surplus: &Surplus, copies: &[u64]) -> Vec<Vec<Option<usize>>> {
    let mut all = vec![vec![]];
    for row in surplus {
        let choices = (0..copies.len()).filter(|item| row[*item].is_some()).map(Some).chain([None]);
        let choices: Vec<Option<usize>> = choices.collect();
        let longer = |held: &Vec<Option<usize>>| {
            let with = |choice: &Option<usize>| [held.as_slice(), &[*choice]].concat();
            choices.iter().map(with).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    let fits = |held: &Vec<Option<usize>>| {
        let sold = |item: usize| held.iter().filter(|held| **held == Some(item)).count() as u64;
        copies.iter().enumerate().all(|(item, copies)| sold(item) <= *copies)
    };
    all.retain(fits);
    all
}

fn total(surplus: &Surplus, held: &[Option<usize>]) -> u128 {
    held.iter().enumerate().filter_map(|(row, item)| surplus[row][(*item)?]).map(u128::from).sum()
}

/// The text of rules.md, word for word.
fn match_by_the_text(surplus: &Surplus, copies: &[u64]) -> Vec<Option<usize>> {
    let all = assignments(surplus, copies);
    let most = all.iter().map(|held| total(surplus, held)).max().unwrap();
    let vector = |held: &Vec<Option<usize>>| -> Vec<usize> {
        held.iter().map(|item| item.unwrap_or(copies.len())).collect()
    };
    all.into_iter().filter(|held| total(surplus, held) == most).min_by_key(vector).unwrap()
}

/// Whether nobody would rather have something else at these prices and unsold copies are free.
fn competitive(surplus: &Surplus, copies: &[u64], held: &[Option<usize>], prices: &[u64]) -> bool {
    let gain = |row: usize, item: usize| Some(i128::from(surplus[row][item]?) - i128::from(prices[item]));
    let content = |row: usize| {
        let own = held[row].map_or(0, |item| gain(row, item).unwrap());
        own >= 0 && (0..copies.len()).filter_map(|item| gain(row, item)).all(|other| other <= own)
    };
    let sold_out =
        |item: usize| held.iter().filter(|held| **held == Some(item)).count() as u64 == copies[item];
    (0..surplus.len()).all(content) && (0..copies.len()).all(|item| sold_out(item) || prices[item] == 0)
}

/// The price of each item by VCG: what its holder's presence costs the others.
fn vcg(surplus: &Surplus, copies: &[u64], held: &[Option<usize>], item: usize) -> Option<u128> {
    let row = held.iter().position(|held| *held == Some(item))?;
    let mut without = surplus.clone();
    without[row].fill(None);
    let of_others = total(&without, &match_by_the_text(&without, copies));
    Some(of_others - (total(surplus, held) - u128::from(surplus[row][item].unwrap())))
}

fn check(surplus: &Surplus, copies: &[u64]) {
    let about = format!("{surplus:?} {copies:?}");
    let held = best_match(surplus, copies);
    assert_eq!(held, match_by_the_text(surplus, copies), "{about}");
    let prices = least_prices(surplus, &held, copies.len());
    assert!(competitive(surplus, copies, &held, &prices), "{about}: {held:?} {prices:?}");
    for (item, price) in prices.iter().enumerate() {
        let vcg = vcg(surplus, copies, &held, item).unwrap_or(0);
        assert_eq!(u128::from(*price), vcg, "{about}: {held:?} {prices:?}");
    }
    certified(surplus, copies, &held, &prices);
}

/// The dual in perturbed weights proves the assignment, and its prices round to the prices in money; also in
/// a larger market.
fn certified(surplus: &Surplus, copies: &[u64], held: &[Option<usize>], prices: &[u64]) {
    for (rows, items) in [(0, 0), (1, 0), (2, 3)] {
        let perturbation = Perturbation::new(surplus.len() + rows, copies.len() + items);
        let weights = perturbation.weights(surplus);
        let about = format!("{surplus:?} {copies:?}: {held:?} {prices:?}");
        assert_eq!(heaviest(&weights, copies), held, "{about}");
        let dual = Dual::least(&weights, held, copies.len());
        assert_eq!(dual.check(&weights, copies, held), Ok(()), "{about}");
        let half = BigInt::one() << (perturbation.bits() - 1);
        let rounded = dual.prices.iter().map(|price| (price + &half) >> perturbation.bits());
        assert!(rounded.eq(prices.iter().copied().map(BigInt::from)), "{about}");
    }
}

fn table<T: Copy>(cells: &[T], rows: usize, items: usize, index: usize) -> Vec<Vec<T>> {
    let cell = |k: usize| cells[index / cells.len().pow(k as u32) % cells.len()];
    (0..rows).map(|row| (0..items).map(|item| cell(row * items + item)).collect()).collect()
}

#[test]
fn every_tiny_market() {
    for (rows, items, cells) in [
        (0, 1, &[None][..]),
        (1, 2, &[None, Some(0), Some(1), Some(2)]),
        (2, 2, &[None, Some(0), Some(1), Some(2)]),
        (3, 1, &[None, Some(0), Some(1), Some(2)]),
        (3, 2, &[None, Some(0), Some(1)]),
        (2, 3, &[None, Some(0), Some(1)]),
    ] {
        for index in 0..cells.len().pow((rows * items) as u32) {
            for copies in 0..1 << items {
                let copies: Vec<u64> = (0..items).map(|item| 1 + (copies >> item & 1)).collect();
                check(&table(cells, rows, items, index), &copies);
            }
        }
    }
}

fn draw(rng: &mut StdRng, rows: usize, items: usize) -> (Surplus, Vec<u64>) {
    let extremes = [None, Some(0), Some(1), Some(2), Some(3), Some(u64::MAX - 1), Some(u64::MAX)];
    let small = [None, Some(0), Some(0), Some(1), Some(1), Some(2), Some(3)];
    let cells = *[&extremes, &small].choose(rng).unwrap();
    let mut row = || (0..items).map(|_| *cells.choose(rng).unwrap()).collect();
    let surplus = (0..rows).map(|_| row()).collect();
    let copies = (0..items).map(|_| *[1, 1, 1, 2, 3, u64::MAX].choose(rng).unwrap()).collect();
    (surplus, copies)
}

#[test]
fn drawn_markets() {
    let rng = &mut StdRng::seed_from_u64(40);
    for _ in 0..3_000 {
        let (rows, items) = (rng.gen_range(0..=5), rng.gen_range(1..=3));
        let (surplus, copies) = draw(rng, rows, items);
        check(&surplus, &copies);
    }
}

/// Of all price vectors that support the assignment, the least.
#[test]
fn no_price_can_be_lower() {
    let rng = &mut StdRng::seed_from_u64(41);
    let cells = [None, Some(0), Some(1), Some(2), Some(3)];
    for _ in 0..1_000 {
        let (rows, items) = (rng.gen_range(1..=4), rng.gen_range(1..=3));
        let mut row = || (0..items).map(|_| *cells.choose(rng).unwrap()).collect();
        let surplus: Surplus = (0..rows).map(|_| row()).collect();
        let copies: Vec<u64> = (0..items).map(|_| rng.gen_range(1..=2)).collect();
        let held = best_match(&surplus, &copies);
        let mut least = vec![u64::MAX; items];
        for index in 0..5usize.pow(items as u32) {
            let prices = &table(&[0, 1, 2, 3, 4], 1, items, index)[0];
            if competitive(&surplus, &copies, &held, prices) {
                least.iter_mut().zip(prices).for_each(|(least, price)| *least = *price.min(least));
            }
        }
        assert_eq!(least_prices(&surplus, &held, items), least, "{surplus:?} {copies:?}");
    }
}

/// Markets of the largest size, in which the dual is the only witness: without duality nobody could tell.
#[test]
fn largest_markets() {
    let rng = &mut StdRng::seed_from_u64(42);
    let all_alike = (vec![vec![Some(u64::MAX); 16]; 32], vec![1; 16]);
    let chain =
        |row: usize| (0..16).map(|item| (item <= row).then_some(u64::MAX - (row * item) as u64)).collect();
    let mut markets = vec![all_alike, ((0..32).map(chain).collect(), vec![1; 16])];
    markets.extend((0..40).map(|_| draw(rng, 32, 16)));
    for _ in 0..10 {
        let mut row = || (0..16).map(|_| rng.gen_bool(0.9).then(|| rng.r#gen())).collect();
        markets.push(((0..32).map(|_| row()).collect(), vec![1; 16]));
    }
    for (surplus, copies) in markets {
        let held = best_match(&surplus, &copies);
        let prices = least_prices(&surplus, &held, copies.len());
        assert!(competitive(&surplus, &copies, &held, &prices));
        certified(&surplus, &copies, &held, &prices);
    }
}

/// One market with every relation at work, and a change for each that breaks it first.
#[test]
fn each_relation_is_checked() {
    let surplus = vec![vec![Some(3), Some(1)], vec![Some(5), None], vec![Some(1), Some(1)], vec![None, None]];
    let (copies, perturbation) = ([1, 3], Perturbation::new(4, 2));
    let weights = perturbation.weights(&surplus);
    let held = heaviest(&weights, &copies);
    assert_eq!(held, [Some(1), Some(0), Some(1), None]);
    let dual = Dual::least(&weights, &held, 2);
    let broken = |change: fn(&mut Dual, &mut Vec<Option<usize>>)| {
        let (mut dual, mut held) = (dual.clone(), held.clone());
        change(&mut dual, &mut held);
        dual.check(&weights, &copies, &held)
    };
    assert_eq!(broken(|_, _| ()), Ok(()));
    assert_eq!(broken(|dual, _| drop(dual.prices.pop())), Err(Broken("form")));
    assert_eq!(broken(|dual, _| drop(dual.utilities.pop())), Err(Broken("form")));
    assert_eq!(broken(|_, held| held.truncate(3)), Err(Broken("form")));
    assert_eq!(broken(|_, held| held[3] = Some(2)), Err(Broken("form")));
    assert_eq!(broken(|dual, _| dual.utilities[3] -= 1), Err(Broken("C1")));
    assert_eq!(broken(|dual, _| dual.prices[1] -= 1), Err(Broken("C1")));
    assert_eq!(broken(|dual, _| dual.utilities[1] -= 1), Err(Broken("C1")));
    assert_eq!(broken(|dual, _| dual.utilities[1] += 1), Err(Broken("C2")));
    assert_eq!(broken(|_, held| held[3] = Some(1)), Err(Broken("C2")));
    assert_eq!(broken(|dual, _| dual.utilities[3] += 1), Err(Broken("C3")));
    assert_eq!(broken(|_, held| held[2] = None), Err(Broken("C3")));
    let spared = |dual: &mut Dual, _: &mut Vec<Option<usize>>| {
        dual.prices[1] += 1;
        dual.utilities[0] -= 1;
        dual.utilities[2] -= 1;
        dual.prices[0] += 1;
        dual.utilities[1] -= 1;
    };
    assert_eq!(broken(spared), Err(Broken("C4")));
}
