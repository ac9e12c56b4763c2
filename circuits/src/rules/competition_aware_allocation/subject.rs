//! `competition-aware-allocation/v1` as the suite of [`crate::testing`] sees it: its rounds, and what its card claims
//! of them.

use super::circuit::{AllocationCircuit, TIERS};
use super::{CompetitionAwareAllocation, Outcome, Row, Terms, native};
use crate::json::{from_value, to_value};
use crate::number::{Amount, BasisPoints, Count, Wide};
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
        &CompetitionAwareAllocation
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

/// Circuits for up to three actions. What nobody pays may be a wrong number: another true claim.
#[must_use]
pub fn small() -> Circuits<AllocationCircuit> {
    Circuits {
        tiers: &TIERS,
        pin: AllocationCircuit::PIN,
        sized: |rows, limb_bits| AllocationCircuit { rows, actions: 3, limb_bits },
        limb_bits: TINY,
        sums: &[
            "masks are the ledger's",
            "baseline actions are the ledger's",
            "actions are the settlement's",
            "revenues are the settlement's",
            "payments are the settlement's",
            "rows are real up to their number",
        ],
        switches: &["payment_1", "payment_2", "payment_3"],
        rounds,
        claims,
    }
}

/// Circuits for as many actions as there can be.
#[must_use]
pub fn large() -> Circuits<AllocationCircuit> {
    Circuits { sized: |rows, limb_bits| AllocationCircuit { rows, actions: 16, limb_bits }, ..small() }
}

/// Action values, and mask and baseline action of each row.
type Case = (&'static [u64], &'static [[u64; 2]]);

/// A chain of displaced rows, actions that nobody reaches, that are worth the same, or nothing; baselines that are
/// shared, nobody's and none; bits beyond the actions; the largest numbers; nobody.
fn rounds() -> Vec<(Value, Vec<Value>)> {
    let cases: &[Case] = &[
        (&[30, 20, 10], &[[0b111, 0], [0b011, 0], [0b001, 2]]),
        (&[10, 10], &[[0b11, 5], [0b10, 1], [0b110, 0]]),
        (&[0, 7, 7], &[[0b001, 0], [0, 2]]),
        (&[u64::MAX - 1, 1], &[[u64::MAX, u64::MAX], [0, 0]]),
        (&[u64::MAX, u64::MAX, 1], &[[u64::MAX - 1, 2]]),
        (&[5], &[[0, 1]]),
        (&[3], &[]),
    ];
    let case = |(values, rows): &Case| {
        (to_value(&terms(values)), rows.iter().map(|numbers| to_value(&row(*numbers))).collect())
    };
    cases.iter().map(case).collect()
}

/// A row's action, revenue and payment, as somebody claims them.
pub type Claimed = (Option<u64>, u64, u64);

/// The outcome in which the rows have these results, with the baseline revenues of another.
#[must_use]
pub fn claimed(truth: &Outcome, results: &[Claimed]) -> Outcome {
    let sum = |number: fn(&Claimed) -> u64| Wide(results.iter().map(|row| u128::from(number(row))).sum());
    Outcome {
        actions: Some(results.iter().map(|(action, ..)| action.map(Count)).collect()),
        revenues: Some(results.iter().map(|(_, revenue, _)| Amount(*revenue)).collect()),
        total_revenue: sum(|(_, revenue, _)| *revenue),
        payments: Some(results.iter().map(|(.., payment)| Amount(*payment)).collect()),
        total: sum(|(.., payment)| *payment),
        ..truth.clone()
    }
}

/// What a row gets that is steered to this action.
#[must_use]
pub fn steered(terms: &Terms, action: Option<u64>) -> Claimed {
    let revenue = action.map_or(0, |action| terms.action_values[action as usize].0);
    (action, revenue, native::payment(terms, Amount(revenue)).0)
}

/// Every allocation; then one row with the numbers of others; then other sums.
fn claims(round: &Round) -> Vec<Value> {
    let terms: Terms = from_value(&round.terms).unwrap_or_else(|error| panic!("{error}"));
    let truth: Outcome = from_value(&round.outcome).unwrap_or_else(|error| panic!("{error}"));
    let actions = terms.action_values.len() as u64;
    let each: Vec<Claimed> =
        (0..actions).map(Some).chain([None]).map(|action| steered(&terms, action)).collect();
    let mut tables = choices(&vec![each.clone(); round.sealed.len()]);
    let right: Vec<Claimed> = results(&truth);
    for row in 0..right.len() {
        for mixed in choices(&vec![each.clone(); 3]) {
            let mut table = right.clone();
            table[row] = (mixed[0].0, mixed[1].1, mixed[2].2);
            tables.push(table);
        }
    }
    let mut claims: Vec<Outcome> = tables.iter().map(|table| claimed(&truth, table)).collect();
    for change in [1, u128::MAX] {
        let by = |sum: Wide| Wide(sum.0.wrapping_add(change));
        claims.push(Outcome { total_revenue: by(truth.total_revenue), ..truth.clone() });
        claims.push(Outcome { total: by(truth.total), ..truth.clone() });
        claims.push(Outcome { baseline_revenue: by(truth.baseline_revenue), ..truth.clone() });
    }
    claims.iter().map(to_value).collect()
}

/// The results of an outcome, by row.
#[must_use]
pub fn results(outcome: &Outcome) -> Vec<Claimed> {
    let amounts = |amounts: &Option<Vec<Amount>>| amounts.iter().flatten().map(|x| x.0).collect::<Vec<_>>();
    let actions = outcome.actions.iter().flatten().map(|action| action.map(|action| action.0));
    let money = amounts(&outcome.revenues).into_iter().zip(amounts(&outcome.payments));
    actions.zip(money).map(|(action, (revenue, payment))| (action, revenue, payment)).collect()
}

/// Terms of these action values, with a discount that leaves remainders.
#[must_use]
pub fn terms(values: &[u64]) -> Terms {
    Terms { action_values: values.iter().map(|v| Amount(*v)).collect(), discount_bps: BasisPoints(3_333) }
}

/// A row that can be steered to these actions, as bits, and takes this one by itself.
#[must_use]
pub fn row([steerable, baseline]: [u64; 2]) -> Row {
    Row { steerable: Count(steerable), baseline_action: Count(baseline) }
}

/// Terms and rows that are not refused; ties, zeros and extremes are likely.
#[must_use]
pub fn draw(rng: &mut StdRng) -> (Terms, Vec<Row>) {
    let values: Vec<u64> = (0..16).map(|_| tempting(rng)).collect();
    let values = &values[..*[1, 2, 3, 4, 5, 16].get(rng.gen_range(0..6usize)).unwrap_or(&1)];
    let mut one = || {
        let baseline = if rng.gen_bool(0.8) { rng.gen_range(0..6) } else { tempting(rng) };
        row([if rng.gen_bool(0.5) { rng.gen_range(0..32) } else { tempting(rng) }, baseline])
    };
    let rows: Vec<Row> = (0..6).map(|_| one()).collect();
    let rows = rows[..rng.gen_range(0..=6)].to_vec();
    (Terms { discount_bps: BasisPoints(rng.gen_range(0..=10_000)), ..terms(values) }, rows)
}

/// The outcome of a round that is not refused.
#[must_use]
pub fn settle(terms: &Terms, rows: &[Row]) -> Outcome {
    native::evaluate(terms, rows).unwrap_or_else(|error| panic!("{terms:?}: {error}"))
}

/// What the rule card claims.
pub mod card {
    use super::{Outcome, Rng, Row, StdRng, Terms, draw, native, results, row, settle, terms};
    use ark_std::rand::SeedableRng;
    use std::collections::BTreeSet;

    /// Every two buyers and two actions, drawn rounds of more, and rounds with extremes.
    pub fn check() {
        for values in 0..16 {
            for first in 0..12 {
                for second in 0..12 {
                    let rows = [row([first % 4, first / 4]), row([second % 4, second / 4])];
                    fair(&terms(&[values % 4, values / 4]), &rows);
                }
            }
        }
        let rng = &mut StdRng::seed_from_u64(50);
        for _ in 0..2_000 {
            let values: Vec<u64> = (0..rng.gen_range(1..=4)).map(|_| rng.gen_range(0..9)).collect();
            let rows = rng.gen_range(0..=6);
            let rows: Vec<Row> =
                (0..rows).map(|_| row([rng.gen_range(0..16), rng.gen_range(0..5)])).collect();
            fair(&terms(&values), &rows);
        }
        for seed in 0..500 {
            let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
            fair(&terms, &rows);
        }
    }

    fn fair(terms: &Terms, rows: &[Row]) {
        let outcome = settle(terms, rows);
        optimal(terms, rows, &outcome);
        shared(terms, rows, &outcome);
        conserving(terms, &outcome);
    }

    /// The actions that a buyer can be made to take: by some data set or by the unchanged data.
    fn choices(terms: &Terms, row: &Row) -> Vec<usize> {
        let reaches =
            |action: &usize| row.steerable.0 & (1 << action) != 0 || row.baseline_action.0 == *action as u64;
        (0..terms.action_values.len()).filter(reaches).collect()
    }

    /// What the rows earn in all when everybody takes some action, whatever the others do, by trying
    /// everything.
    fn most(terms: &Terms, rows: &[Row], taken: &BTreeSet<usize>) -> u128 {
        let Some((row, rest)) = rows.split_first() else {
            return taken.iter().map(|action| u128::from(terms.action_values[*action].0)).sum();
        };
        let with = |action: usize| {
            let taken: BTreeSet<usize> = taken.iter().copied().chain([action]).collect();
            most(terms, rest, &taken)
        };
        choices(terms, row).into_iter().map(with).chain([most(terms, rest, taken)]).max().unwrap_or(0)
    }

    /// What each row would have earned with the same data for all.
    fn baselines(outcome: &Outcome) -> Vec<u64> {
        outcome.baseline_revenues.iter().flatten().map(|amount| amount.0).collect()
    }

    /// No choice of data earns more in all, the same data for all included; no two rows share an action.
    fn optimal(terms: &Terms, rows: &[Row], outcome: &Outcome) {
        if terms.action_values.len() <= 5 {
            assert_eq!(outcome.total_revenue.0, most(terms, rows, &BTreeSet::new()), "{terms:?} {outcome:?}");
        }
        assert!(outcome.total_revenue >= outcome.baseline_revenue, "{terms:?} {outcome:?}");
        let mut taken = BTreeSet::new();
        for (row, (action, revenue, _)) in results(outcome).into_iter().enumerate() {
            let Some(action) = action.map(|action| action as usize) else {
                assert_eq!(revenue, 0, "{terms:?} {outcome:?}");
                continue;
            };
            assert!(
                choices(terms, &rows[row]).contains(&action) && taken.insert(action),
                "{terms:?} {outcome:?}"
            );
            assert_eq!(revenue, terms.action_values[action].0, "{terms:?} {outcome:?}");
            assert!(revenue > 0, "{terms:?} {outcome:?}: a worthless action");
        }
    }

    /// With the same data for all, those who take an action share its value equally, to the unit.
    fn shared(terms: &Terms, rows: &[Row], outcome: &Outcome) {
        let takes = |row: &usize, action| rows[*row].baseline_action.0 == action;
        let mut whole = 0;
        for (action, value) in (0..).zip(&terms.action_values) {
            let takers = (0..rows.len()).filter(|row| takes(row, action));
            let shares: Vec<u64> = takers.map(|row| baselines(outcome)[row]).collect();
            if let Some(least) = shares.last() {
                whole += u128::from(value.0);
                assert_eq!(shares.iter().map(|x| u128::from(*x)).sum::<u128>(), value.0.into());
                assert!(
                    shares.is_sorted_by(|a, b| a >= b) && shares[0] - least <= 1,
                    "{terms:?} {outcome:?}"
                );
            }
        }
        assert_eq!(outcome.baseline_revenue.0, whole, "{terms:?} {outcome:?}");
    }

    /// Sums are sums, a payment is at most its revenue; the outcome follows from its actions.
    fn conserving(terms: &Terms, outcome: &Outcome) {
        let sum = |amounts: Vec<u64>| amounts.into_iter().map(u128::from).sum::<u128>();
        let rows = results(outcome);
        assert_eq!(sum(rows.iter().map(|row| row.1).collect()), outcome.total_revenue.0);
        assert_eq!(sum(rows.iter().map(|row| row.2).collect()), outcome.total.0);
        assert_eq!(sum(baselines(outcome)), outcome.baseline_revenue.0);
        for (_, revenue, payment) in rows {
            let exact = u128::from(revenue) * u128::from(terms.discount_bps.0) / 10_000;
            assert!(u128::from(payment) == exact && payment <= revenue, "{terms:?} {outcome:?}");
        }
        let (actions, baselines) = (outcome.actions.clone(), outcome.baseline_revenues.clone());
        let implied = native::implied(terms, &actions.unwrap_or_default(), baselines.unwrap_or_default());
        assert_eq!(implied.as_ref(), Ok(outcome), "{terms:?}");
    }
}
