use super::super::certificate::Witness;
use super::super::subject::draw;
use super::*;
use crate::rules::procedures::matching::{Broken, Dual, Perturbation};
use crate::testing::published;
use ark_std::rand::SeedableRng;
use num_bigint::BigInt;
use rand::rngs::StdRng;
use serde_json::Value;

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn list<T>(value: &Value, read: impl Fn(&Value) -> T) -> Vec<T> {
    value.as_array().unwrap().iter().map(read).collect()
}

fn number(value: &Value) -> usize {
    text(value).parse().unwrap()
}

fn place(value: &Value) -> Option<usize> {
    value.as_str().map(|text| text.parse().unwrap())
}

/// The market of a published witness, by the name of the case it belongs to.
pub(super) fn market(witness: &Value) -> Market {
    let cases = published("assignment-v1");
    let case = cases.iter().find(|case| case["name"] == witness["case"]).unwrap();
    let read = |field: &str| case[field].clone();
    let terms: Terms = crate::json::from_value(&read("terms")).unwrap();
    let rows: Vec<Row> = crate::json::from_value(&read("rows")).unwrap();
    let outcome: Outcome = crate::json::from_value(&read("outcome")).unwrap();
    let size = Perturbation::new(number(&witness["capacity"]), terms.items.len());
    assert_eq!(size.bits(), number(&witness["S"]) as u64);
    let market = Market::new(&terms, &rows, &outcome, size).unwrap();
    assert_eq!(market.held(), list(&witness["assigned"], place));
    market
}

/// A published witness. Utilities are not published: the relations C2 and C3 leave no choice.
pub(super) fn published_witness(market: &Market, witness: &Value) -> Witness {
    let prices = list(&witness["prices_perturbed"], |price| text(price).parse::<BigInt>().unwrap());
    Witness {
        edges: list(&witness["edges"], |row| list(row, |edge| edge == "1")),
        dual: Dual::at(prices, &market.weights(), market.held()),
        ranks: list(&witness["ranks"], |rank| number(rank) as u64),
        parents: list(&witness["parents"], place),
    }
}

#[test]
fn published_witnesses() {
    let (mut accepted, mut refused) = (0, 0);
    for witness in published("certificates/assignment-v1") {
        let market = market(&witness);
        let published = published_witness(&market, &witness);
        let expected = match witness["why"].as_str() {
            None => Ok(()),
            Some("prices not minimal: one unit of bonus too high") => Err(Broken("M2")),
            Some("ranks do not rise along the forest") => Err(Broken("M3")),
            Some("not competitive: some bidder would rather have another item") => Err(Broken("C1")),
            Some(why) => panic!("{why}"),
        };
        assert_eq!(market.check(&published), expected, "{witness}");
        assert_eq!(witness["accept"], expected.is_ok());
        if expected.is_ok() {
            assert!(published == market.witness(), "{witness}");
            accepted += 1;
        } else {
            refused += 1;
        }
    }
    assert_eq!((accepted, refused), (10, 27));
}

/// The evaluator's outcome has a witness at its own size and at the sizes of larger circuits.
#[test]
fn every_outcome_has_a_witness() {
    for seed in 0..400 {
        let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
        let outcome = settle(&terms, &rows);
        for (n, m) in [(rows.len(), terms.items.len()), (8, 4), (32, 16)] {
            let market = Market::new(&terms, &rows, &outcome, Perturbation::new(n, m)).unwrap();
            assert_eq!(market.check(&market.witness()), Ok(()), "seed {seed}: {n} {m}");
        }
    }
}

/// No other outcome has one: neither another allocation nor another price.
#[test]
fn only_the_outcome_has_a_witness() {
    let terms = terms(&[(1, 0), (2, 1)]);
    let items = [None, Some(Count(0)), Some(Count(1))];
    for table in 0..27u64 {
        let rows: Vec<Row> = [table % 3, table / 3 % 3, table / 9].map(|v| row(&[v, 2 - v / 2])).into();
        let truth = settle(&terms, &rows);
        let mut passed = 0;
        for claim in 0..27 * 16 {
            let assigned = [claim % 3, claim / 3 % 3, claim / 9 % 3].map(|item| items[item]);
            let prices = [claim / 27 % 4, claim / 108].map(|price| Amount(price as u64));
            let claim = native::implied(&terms, &assigned, &prices).unwrap();
            let market = Market::new(&terms, &rows, &claim, Perturbation::new(3, 2)).unwrap();
            if market.check(&market.witness()).is_ok() {
                assert_eq!(claim, truth);
                passed += 1;
            }
        }
        assert_eq!(passed, 1, "{table}");
    }
}

/// Of all competitive prices, with every forest there can be, only the least ones pass.
#[test]
fn only_the_least_prices_have_a_forest() {
    for (items, bids) in [
        ([(1, 0), (1, 0)], [[1, 1], [1, 1], [1, 0]]),
        ([(1, 0), (1, 0)], [[1, 1], [1, 1], [1, 1]]),
        ([(2, 0), (1, 0)], [[1, 1], [1, 0], [1, 1]]),
        ([(1, 0), (2, 1)], [[1, 1], [0, 2], [1, 1]]),
        ([(1, 0), (1, 0)], [[1, 0], [1, 1], [0, 1]]),
    ] {
        let (terms, rows) = (terms(&items), bids.map(|bids| row(&bids)));
        let market = Market::new(&terms, &rows, &settle(&terms, &rows), Perturbation::new(3, 2)).unwrap();
        let (truth, weights) = (market.witness(), market.weights());
        let highest = u64::try_from(weights.iter().flatten().flatten().max().unwrap()).unwrap();
        let (mut competitive, mut circles) = (0, 0);
        for prices in 0..(highest + 1) * (highest + 1) {
            let prices = [prices % (highest + 1), prices / (highest + 1)].map(BigInt::from).into();
            let dual = Dual::at(prices, &weights, market.held());
            let bare = Witness { dual, parents: vec![None; 2], ranks: vec![0; 2], ..truth.clone() };
            if !matches!(market.check(&bare), Err(Broken("C1" | "C2" | "C3" | "C4"))) {
                competitive += 1;
                circles += check_forests(&market, &truth, &bare);
            }
        }
        assert!(competitive > 1 && circles > 0, "{items:?} {bids:?}: {competitive} {circles}");
    }
}

/// Tries all parents and ranks at competitive prices and counts the parents that only ranks refuse at wrong
/// prices.
///
/// These are holders who excuse their own items. Any other circle of excuses would be another assignment of
/// the same weight, and there is none.
fn check_forests(market: &Market, truth: &Witness, bare: &Witness) -> u64 {
    let least = bare.dual == truth.dual;
    let mut circles = 0;
    for parents in 0..16usize {
        let parents: Vec<Option<usize>> = [parents % 4, parents / 4].map(|k| k.checked_sub(1)).into();
        let mut excused = parents.iter().enumerate().filter_map(|(item, row)| Some((item, (*row)?)));
        let own = excused.any(|(item, row)| market.held()[row] == Some(item));
        let with = |ranks: [u64; 2]| {
            market.check(&Witness { parents: parents.clone(), ranks: ranks.into(), ..bare.clone() })
        };
        if !matches!(with([0, 0]), Err(Broken("M1" | "M2"))) {
            assert!(least || own);
            assert_eq!((0..9).any(|k| with([k % 3, k / 3]).is_ok()), !own);
            circles += u64::from(!least);
        }
    }
    circles
}

/// One market with every relation at work, and a change for each that breaks it first.
#[test]
fn each_relation_is_checked() {
    let terms = terms(&[(1, 0), (1, 0)]);
    let rows = [row(&[5, 5]), row(&[5, 5]), row(&[1, 0])];
    let outcome = settle(&terms, &rows);
    let size = || Perturbation::new(3, 2);
    let market = Market::new(&terms, &rows, &outcome, size()).unwrap();
    let broken = |change: &dyn Fn(&mut Witness)| {
        let mut witness = market.witness();
        change(&mut witness);
        market.check(&witness)
    };
    let at = |prices: Vec<BigInt>| Dual::at(prices, &market.weights(), market.held());
    assert_eq!(broken(&|_| ()), Ok(()));
    assert_eq!(broken(&|w| w.ranks[0] = 3), Err(Broken("form")));
    assert_eq!(broken(&|w| w.ranks.truncate(1)), Err(Broken("form")));
    assert_eq!(broken(&|w| w.parents[0] = Some(3)), Err(Broken("form")));
    assert_eq!(broken(&|w| w.edges[2][1] = true), Err(Broken("E")));
    assert_eq!(broken(&|w| w.edges[0][0] = false), Err(Broken("E")));
    assert_eq!(broken(&|w| w.dual.utilities[0] += 1), Err(Broken("C2")));
    assert_eq!(broken(&|w| w.parents[0] = None), Err(Broken("M1")));
    assert_eq!(broken(&|w| w.parents[1] = Some(2)), Err(Broken("M2")));
    assert_eq!(broken(&|w| w.ranks = vec![2, 2]), Err(Broken("M3")));
    // Holders who take their own items for an excuse could raise every price.
    let own_excuse = |w: &mut Witness| {
        w.dual = at(w.dual.prices.iter().map(|price| price + 1).collect());
        w.parents = vec![Some(0), Some(1)];
        w.ranks = vec![1, 2];
    };
    assert_eq!(broken(&own_excuse), Err(Broken("M3")));
    // One unit of money more or less, in public.
    for price in [0, 2] {
        let mut other = outcome.clone();
        other.prices[0] = Amount(price);
        let market = Market::new(&terms, &rows, &other, size()).unwrap();
        assert_eq!(market.check(&market.witness()), Err(Broken("P")));
    }
    assert!(Market::new(&terms, &rows, &outcome, Perturbation::new(2, 2)).is_none());
    assert!(Market::new(&terms, &rows, &outcome, Perturbation::new(3, 1)).is_none());
    assert!(Market::new(&terms, &rows[..2], &outcome, size()).is_none());
}
