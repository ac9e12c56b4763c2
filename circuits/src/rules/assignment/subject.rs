//! `assignment/v1` as the suite of [`crate::testing`] sees it: its rounds, and what its card claims of them.

use super::circuit::{AssignmentCircuit, TIERS};
use super::{Assignment, Item, Outcome, Row, Terms, native};
use crate::json::{from_value, to_value};
use crate::number::{Amount, BasisPoints, Count};
use crate::proved::RoundCircuit;
use crate::rule;
use crate::testing::circuits::{TINY, TwoSizes};
use crate::testing::{self, CheckCircuits, Circuits, Round, choices, tempting};
use ark_std::rand::Rng;
use rand::rngs::StdRng;
use serde_json::Value;

/// The rule under the suite.
pub struct Subject;

impl testing::Subject for Subject {
    fn rule(&self) -> &'static dyn rule::PublishedRule {
        &Assignment
    }

    fn draw(&self, rng: &mut StdRng) -> (Value, Vec<Value>) {
        let (terms, rows) = draw(rng);
        (to_value(&terms), rows.iter().map(to_value).collect())
    }

    fn check_card(&self) {
        card::check();
    }

    fn circuits(&self) -> Option<Box<dyn CheckCircuits>> {
        Some(Box::new(TwoSizes { small: small(), large: large() }))
    }
}

const LINK: &str = "valuations are the ledger's";
const PUBLISHED: &str = "holdings are the published ones";

/// Circuits for one item or two.
#[must_use]
pub fn small() -> Circuits<AssignmentCircuit> {
    Circuits {
        tiers: &TIERS,
        pin: AssignmentCircuit::PIN,
        sized: |rows, limb_bits| AssignmentCircuit { rows, items: 2, limb_bits },
        limb_bits: TINY,
        sums: &[LINK, LINK, PUBLISHED, PUBLISHED],
        switches: &["above_reserve_1", "spare_1", "above_reserve_2", "spare_2"],
        rounds,
        claims,
    }
}

/// Circuits for up to four items, like the smallest tier.
#[must_use]
pub fn large() -> Circuits<AssignmentCircuit> {
    Circuits {
        sized: |rows, limb_bits| AssignmentCircuit { rows, items: 4, limb_bits },
        sums: &[LINK, LINK, LINK, LINK, PUBLISHED, PUBLISHED, PUBLISHED, PUBLISHED],
        ..small()
    }
}

/// Copies and reserve price of each item, and the valuations of each row.
type Case<'a> = (&'a [(u64, u64)], &'a [&'a [u64]]);

/// A chain of displaced rows, ties at every price, copies to spare and not, prices at the reserve and above, rows that
/// want nothing, valuations of 0 at a price of 0, a single item, nobody.
fn rounds() -> Vec<(Value, Vec<Value>)> {
    let cases: &[Case<'_>] = &[
        (&[(1, 0), (1, 0)], &[&[3, 1], &[3, 2], &[1, 2]]),
        (&[(1, 0), (1, 0)], &[&[1, 1], &[1, 1], &[1, 1]]),
        (&[(2, 1), (1, 0)], &[&[2, 0], &[0, 2], &[3, 2]]),
        (&[(1, 2), (2, 0)], &[&[2, 0], &[1, 0]]),
        (&[(1, 1)], &[&[2], &[0], &[3]]),
        (&[(u64::MAX, u64::MAX), (1, 0)], &[&[u64::MAX, u64::MAX], &[0, u64::MAX]]),
        (&[(1, 3)], &[]),
    ];
    let case = |(items, bids): &Case<'_>| {
        (to_value(&terms(items)), bids.iter().map(|bids| to_value(&row(bids))).collect())
    };
    cases.iter().map(case).collect()
}

/// Every allocation at every price up to 3, at the reserve price and at the highest, that passes the integer checks.
fn claims(round: &Round) -> Vec<Value> {
    let terms: Terms = from_value(&round.terms).unwrap_or_else(|error| panic!("{error}"));
    let items = terms.items.len();
    let prices = |item: &Item| -> Vec<u64> {
        let mut prices = vec![0, 1, 2, 3, item.reserve_price.0, u64::MAX];
        prices.sort_unstable();
        prices.dedup();
        prices.retain(|price| *price >= item.reserve_price.0);
        prices
    };
    let prices = choices(&terms.items.iter().map(prices).collect::<Vec<_>>());
    let holdings: Vec<Option<Count>> =
        (0..items as u64).map(|item| Some(Count(item))).chain([None]).collect();
    let mut claims = Vec::new();
    for assigned in choices(&vec![holdings; round.sealed.len()]) {
        for prices in &prices {
            let prices: Vec<Amount> = prices.iter().copied().map(Amount).collect();
            let claim = native::implied(&terms, &assigned, &prices);
            let claim = claim.unwrap_or_else(|error| panic!("{error}"));
            if native::check_outcome(&terms, round.sealed.len(), &claim).is_ok() {
                claims.push(to_value(&claim));
            }
        }
    }
    claims
}

/// Terms of these copies and reserve prices, without a fee.
#[must_use]
pub fn terms(items: &[(u64, u64)]) -> Terms {
    let item =
        |(copies, reserve): &(u64, u64)| Item { copies: Count(*copies), reserve_price: Amount(*reserve) };
    Terms { items: items.iter().map(item).collect(), fee_bps: BasisPoints(0) }
}

/// A row of these valuations.
#[must_use]
pub fn row(valuations: &[u64]) -> Row {
    Row { valuations: valuations.iter().map(|v| Amount(*v)).collect() }
}

/// Terms and rows that are not refused; ties, zeros and extremes are likely.
#[must_use]
pub fn draw(rng: &mut StdRng) -> (Terms, Vec<Row>) {
    let items = rng.gen_range(1..=4);
    let mut item = || (if rng.gen_bool(0.9) { rng.gen_range(1..=3) } else { u64::MAX }, tempting(rng));
    let items: Vec<(u64, u64)> = (0..items).map(|_| item()).collect();
    let mut bids = || items.iter().map(|_| tempting(rng)).collect::<Vec<u64>>();
    let rows: Vec<Row> = (0..8).map(|_| row(&bids())).collect();
    let rows = rows[..rng.gen_range(0..=8)].to_vec();
    (Terms { fee_bps: BasisPoints(rng.gen_range(0..=10_000)), ..terms(&items) }, rows)
}

/// The outcome of a round that is not refused.
#[must_use]
pub fn settle(terms: &Terms, rows: &[Row]) -> Outcome {
    native::evaluate(terms, rows).unwrap_or_else(|error| panic!("{terms:?}: {error}"))
}

/// What the rule card claims.
pub mod card {
    use super::*;
    use crate::rules::procedures::{fee, top_k};
    use ark_std::rand::SeedableRng;
    use ark_std::rand::seq::SliceRandom;

    /// Every two bidders for two items with valuations up to 3, drawn rounds of more, and rounds with
    /// extremes.
    pub fn check() {
        let bids: Vec<Row> = (0..16).map(|bid| row(&[bid % 4, bid / 4])).collect();
        for copies in 1..=2 {
            for reserves in [[0, 0], [0, 2], [1, 0], [2, 1]] {
                let terms = terms(&[(1, reserves[0]), (copies, reserves[1])]);
                for first in &bids {
                    for second in &bids {
                        let rows = [first.clone(), second.clone()];
                        let outcome = fair(&terms, &rows);
                        truthful(&terms, &rows, &outcome, &bids);
                    }
                }
            }
        }
        let rng = &mut StdRng::seed_from_u64(43);
        for _ in 0..150 {
            let terms = terms(&[(1, rng.gen_range(0..3)), (rng.gen_range(1..=2), rng.gen_range(0..3))]);
            let rows = rng.gen_range(3..=5);
            let rows: Vec<Row> = (0..rows).filter_map(|_| bids.choose(rng).cloned()).collect();
            let outcome = fair(&terms, &rows);
            truthful(&terms, &rows, &outcome, &bids);
        }
        for seed in 0..300 {
            let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
            fair(&terms, &rows);
            one_item(&terms, &rows);
        }
    }

    /// What holds for an outcome on its own.
    fn fair(terms: &Terms, rows: &[Row]) -> Outcome {
        let outcome = settle(terms, rows);
        optimal(terms, rows, &outcome);
        vickrey(terms, rows, &outcome);
        without_envy(terms, rows, &outcome);
        conserving(terms, rows, &outcome);
        outcome
    }

    /// Valuation less reserve price, if that is a deal: the text of rules.md.
    fn surplus(terms: &Terms, rows: &[Row], row: usize, item: usize) -> Option<u128> {
        let (v, r) = (rows[row].valuations[item].0, terms.items[item].reserve_price.0);
        (v >= r.max(1)).then(|| u128::from(v - r))
    }

    /// The highest total surplus of the rows from this one on, by trying everything.
    fn best(terms: &Terms, rows: &[Row], from: usize, without: Option<usize>, left: &mut [u64]) -> u128 {
        if from == rows.len() {
            return 0;
        }
        let mut most = best(terms, rows, from + 1, without, left);
        for item in (0..left.len()).filter(|_| without != Some(from)) {
            if let Some(surplus) = surplus(terms, rows, from, item).filter(|_| left[item] > 0) {
                left[item] -= 1;
                most = most.max(surplus + best(terms, rows, from + 1, without, left));
                left[item] += 1;
            }
        }
        most
    }

    fn most(terms: &Terms, rows: &[Row], without: Option<usize>) -> u128 {
        let mut left: Vec<u64> = terms.items.iter().map(|item| item.copies.0).collect();
        best(terms, rows, 0, without, &mut left)
    }

    fn item_of(outcome: &Outcome, row: usize) -> Option<usize> {
        outcome.assigned[row].map(|item| item.0 as usize)
    }

    /// The total surplus of the allocation; every pair in it has one.
    fn achieved(terms: &Terms, rows: &[Row], outcome: &Outcome) -> u128 {
        let pair = |row| item_of(outcome, row).map(|item| surplus(terms, rows, row, item));
        let pairs = (0..rows.len()).filter_map(pair);
        pairs.map(|pair| pair.unwrap_or_else(|| panic!("{terms:?}: an item nobody wants"))).sum()
    }

    fn optimal(terms: &Terms, rows: &[Row], outcome: &Outcome) {
        assert_eq!(achieved(terms, rows, outcome), most(terms, rows, None), "{terms:?} {outcome:?}");
        for (item, copies) in terms.items.iter().map(|item| item.copies.0).enumerate() {
            let sold = outcome.assigned.iter().filter(|held| **held == Some(Count(item as u64))).count();
            assert!(sold as u64 <= copies, "{terms:?} {outcome:?}");
            let cheap = outcome.prices[item] == terms.items[item].reserve_price;
            assert!(sold as u64 == copies || cheap, "{terms:?} {outcome:?}: not sold out");
        }
    }

    /// A bidder pays the reserve price and what its presence costs the others.
    fn vickrey(terms: &Terms, rows: &[Row], outcome: &Outcome) {
        for row in 0..rows.len() {
            let pays = match item_of(outcome, row) {
                Some(item) => {
                    let own = surplus(terms, rows, row, item).unwrap_or_default();
                    let others = achieved(terms, rows, outcome) - own;
                    u128::from(terms.items[item].reserve_price.0) + most(terms, rows, Some(row)) - others
                }
                None => 0,
            };
            assert_eq!(u128::from(outcome.payments[row].0), pays, "{terms:?} {outcome:?}: row {row}");
        }
    }

    /// What a bidder of these valuations gets out of an outcome.
    fn utility(truth: &Row, row: usize, outcome: &Outcome) -> i128 {
        let value = item_of(outcome, row).map_or(0, |item| truth.valuations[item].0);
        i128::from(value) - i128::from(outcome.payments[row].0)
    }

    /// Nobody would rather have nothing, or another item at its price.
    fn without_envy(terms: &Terms, rows: &[Row], outcome: &Outcome) {
        for (index, row) in rows.iter().enumerate() {
            let own = utility(row, index, outcome);
            assert!(own >= 0, "{terms:?} {outcome:?}: row {index} loses");
            for (valuation, price) in row.valuations.iter().zip(&outcome.prices) {
                let other = i128::from(valuation.0) - i128::from(price.0);
                assert!(other <= own, "{terms:?} {outcome:?}: row {index} envies");
            }
        }
    }

    /// No other bid leaves anybody better off.
    fn truthful(terms: &Terms, rows: &[Row], outcome: &Outcome, lies: &[Row]) {
        for (index, truth) in rows.iter().enumerate() {
            let honest = utility(truth, index, outcome);
            for lie in lies {
                let mut told = rows.to_vec();
                told[index] = lie.clone();
                let gained = utility(truth, index, &settle(terms, &told));
                assert!(gained <= honest, "{terms:?} {outcome:?}: row {index} gains by lying");
            }
        }
    }

    /// With one item the rule is the uniform-price auction.
    fn one_item(terms: &Terms, rows: &[Row]) {
        let terms = Terms { items: terms.items[..1].to_vec(), ..terms.clone() };
        let rows: Vec<Row> =
            rows.iter().map(|row| Row { valuations: row.valuations[..1].to_vec() }).collect();
        let bids: Vec<u64> = rows.iter().map(|row| row.valuations[0].0).collect();
        let (won, price) = top_k(&bids, terms.items[0].copies.0, terms.items[0].reserve_price.0);
        let outcome = settle(&terms, &rows);
        let winners: Vec<bool> = outcome.assigned.iter().map(Option::is_some).collect();
        assert_eq!((winners, outcome.prices[0]), (won, Amount(price)), "{terms:?}");
        assert_eq!(outcome.fee.0, fee(outcome.total.0, terms.fee_bps));
    }

    /// What the holders pay is what the sellers and the operator get; the outcome follows from its public
    /// part.
    fn conserving(terms: &Terms, rows: &[Row], outcome: &Outcome) {
        let paid: u128 = outcome.payments.iter().map(|x| u128::from(x.0)).sum();
        let proceeds: u128 = outcome.proceeds.iter().map(|x| x.0).sum();
        assert_eq!((paid, paid), (outcome.total.0, outcome.fee.0 + proceeds), "{terms:?} {outcome:?}");
        for (item, proceeds) in outcome.proceeds.iter().enumerate() {
            let holds = |row: &usize| item_of(outcome, *row) == Some(item);
            let gross: u128 =
                (0..rows.len()).filter(holds).map(|row| u128::from(outcome.payments[row].0)).sum();
            let fee = gross * u128::from(terms.fee_bps.0) / 10_000;
            assert_eq!(proceeds.0, gross - fee, "{terms:?} {outcome:?}: rounded down for each item");
        }
        let implied = native::implied(terms, &outcome.assigned, &outcome.prices);
        assert_eq!(implied.as_ref(), Ok(outcome), "{terms:?}");
    }
}
