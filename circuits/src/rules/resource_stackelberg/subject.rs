//! `resource-stackelberg/v1` as the suite of [`crate::testing`] sees it.

use super::circuit::{ResourceStackelbergCircuit, TIERS};
use super::native::{MAX_DATA_SIZE, MAX_UNIT_COST, VALUE_END, WHOLE, evaluate, followers};
use super::{Centre, Outcome, ResourceStackelberg, Row, Terms};
use crate::json::{from_value, to_value};
use crate::number::{Amount, Count, Ppm};
use crate::proved::RoundCircuit;
use crate::rule::PublishedRule;
use crate::testing::circuits::TINY;
use crate::testing::{self, CheckCircuits, Circuits, Round, tempting};
use ark_std::rand::Rng;
use rand::rngs::StdRng;
use serde_json::Value;

mod card;

/// The rule under the suite.
pub struct Subject;

/// The best quality.
pub const MILLION: u64 = WHOLE.0;
/// The largest value scale.
pub const VALUE_MAX: u64 = VALUE_END.0 - 1;
/// The largest unit cost, and the largest data size.
pub const COST_MAX: u64 = MAX_UNIT_COST.0;
const _: () = assert!(COST_MAX == MAX_DATA_SIZE.0);

/// Terms of value scale, unit cost, lowest quality, unit cost of centres, and costs of centres.
#[must_use]
pub fn terms(value: u64, unit_cost: u64, min_quality: u64, centre_cost: u64, centres: &[u64]) -> Terms {
    Terms {
        value_scale: Amount(value),
        unit_cost: Amount(unit_cost),
        min_quality_ppm: Ppm(min_quality),
        centre_unit_cost: Amount(centre_cost),
        centres: centres.iter().map(|cost| Centre { cost_ppm: Ppm(*cost) }).collect(),
    }
}

/// A row of quality and data size.
#[must_use]
pub fn row([quality, size]: [u64; 2]) -> Row {
    Row { quality_ppm: Ppm(quality), data_size: Count(size) }
}

/// The outcome of a round that is not refused.
#[must_use]
pub fn settle(terms: &Terms, rows: &[[u64; 2]]) -> Outcome {
    let rows: Vec<Row> = rows.iter().copied().map(row).collect();
    evaluate(terms, &rows).unwrap_or_else(|error| panic!("{terms:?}: {error}"))
}

/// What the owners get in an outcome that has every field.
#[must_use]
pub fn receipts(outcome: &Outcome) -> Vec<u64> {
    outcome.receipts.iter().flatten().map(|receipt| receipt.0).collect()
}

/// What the owners supply in an outcome that has every field.
#[must_use]
pub fn contributions(outcome: &Outcome) -> Vec<u64> {
    outcome.contributions_ppm.iter().flatten().map(|part| part.0).collect()
}

/// The owners' centres in an outcome that has every field.
#[must_use]
pub fn centres(outcome: &Outcome) -> Vec<Option<usize>> {
    let index = |centre: &Option<Count>| centre.map(|centre| centre.0 as usize);
    outcome.centre.iter().flatten().map(index).collect()
}

/// The outcome that somebody claims of rows of these data sizes; loads and centres follow.
#[must_use]
pub fn claim(
    terms: &Terms,
    sizes: &[Count],
    budget: u64,
    active: &[bool],
    [receipts, contributions]: [&[u64]; 2],
) -> Outcome {
    let parts: Vec<Ppm> = contributions.iter().copied().map(Ppm).collect();
    let (loads, centre) = followers(terms, sizes, active, &parts);
    Outcome {
        budget: Amount(budget),
        active: active.to_vec(),
        receipts: Some(receipts.iter().copied().map(Amount).collect()),
        contributions_ppm: Some(parts),
        loads_ppm: Some(loads),
        centre: Some(centre),
    }
}

/// Terms and rows that are not refused; ties, zeros and extremes are likely.
#[must_use]
pub fn draw(rng: &mut StdRng) -> (Terms, Vec<[u64; 2]>) {
    let qualities = [5, 1_000, MILLION][rng.gen_range(0..3usize)];
    let mut rows = Vec::new();
    for _ in 0..rng.gen_range(0..=7) {
        let near = MILLION - rng.gen_range(0..qualities);
        let quality =
            [near, near, near, rng.gen_range(0..=qualities), tempting(rng)][rng.gen_range(0..5usize)];
        rows.push([quality, tempting(rng).min(COST_MAX)]);
    }
    let centres: Vec<u64> = (0..rng.gen_range(0..=6))
        .map(|_| [1, 2, 3, 500_000, MILLION, rng.gen_range(1..=MILLION)][rng.gen_range(0..6usize)])
        .collect();
    let unit_cost = [1, 1_000, MILLION, COST_MAX][rng.gen_range(0..4usize)];
    let value = [5 * unit_cost, 2 * unit_cost + 7, VALUE_MAX][rng.gen_range(0..3usize)].min(VALUE_MAX);
    let min_quality = [1, 1, 1, 900_000, MILLION][rng.gen_range(0..5usize)];
    let centre_cost = [1, MILLION, COST_MAX][rng.gen_range(0..3usize)];
    (terms(value, unit_cost, min_quality, centre_cost, &centres), rows)
}

impl testing::Subject for Subject {
    fn rule(&self) -> &'static dyn PublishedRule {
        &ResourceStackelberg
    }

    fn draw(&self, rng: &mut StdRng) -> (Value, Vec<Value>) {
        let (terms, rows) = draw(rng);
        (to_value(&terms), rows.iter().map(|numbers| to_value(&row(*numbers))).collect())
    }

    fn check_card(&self) {
        card::outcomes_are_the_text();
        card::budget_is_paid_out_by_quality_and_nobody_loses();
        card::centres_follow_and_matching_is_stable();
    }

    fn circuits(&self) -> Option<Box<dyn CheckCircuits>> {
        Some(Box::new(circuits()))
    }
}

/// The circuits under the suite.
#[must_use]
pub fn circuits() -> Circuits<ResourceStackelbergCircuit> {
    Circuits {
        tiers: &TIERS,
        pin: ResourceStackelbergCircuit::PIN,
        sized: ResourceStackelbergCircuit::sized,
        limb_bits: TINY,
        sums: &[
            "qualities are the ledger's",
            "receipts are the settlement's",
            "contributions are the settlement's",
            "active owners are the published ones",
        ],
        // With nothing to spend a smaller value or a larger cost decides alike, and another minimum may let the same
        // owners take part.
        switches: &["value_scale", "unit_cost", "min_quality_ppm", "spends"],
        rounds,
        claims,
    }
}

/// A round of the suite: value scale, unit cost, lowest quality; quality of each row.
type Case = (u64, u64, u64, &'static [u64]);

/// Everybody active, with units left over; owners too dear, one of them only just; owners out, and ties; more than the
/// best quality; a budget of one unit, and one unit too little value; nothing that pays, one owner alone, none in,
/// none there; the largest numbers.
const CASES: &[Case] = &[
    (5_000_000, MILLION, 1, &[900_000, 950_000, MILLION]),
    (5_000_000, MILLION, 1, &[300_000, MILLION, 990_000]),
    (5_000_000, 1_000, 1, &[MILLION, MILLION, 500_000]),
    (5_000_000, 1_000, 1, &[MILLION, MILLION, 500_001]),
    (5_000_001, MILLION, 500_000, &[MILLION, 499_999, MILLION]),
    (5_000_000, MILLION, 1, &[u64::MAX, 0, 900_000]),
    (2_001, 1_000, 1, &[MILLION, MILLION]),
    (2_000, 1_000, 1, &[MILLION, MILLION]),
    (0, 1, 1, &[900_000, 800_000]),
    (VALUE_MAX, 1, 600_000, &[599_999, 600_000]),
    (VALUE_MAX, 1, MILLION, &[5, 7]),
    (5, 1, 1, &[]),
    (VALUE_MAX, 1, 1, &[1, 1]),
    (VALUE_MAX, COST_MAX, 1, &[MILLION, u64::MAX, 1]),
];

fn rounds() -> Vec<(Value, Vec<Value>)> {
    let round = |(value, unit_cost, min_quality, qualities): &Case| {
        let rows = qualities.iter().zip([400, 7, COST_MAX]).map(|(quality, size)| row([*quality, size]));
        let terms = terms(*value, *unit_cost, *min_quality, MILLION, &[500_000, 900_000]);
        (to_value(&terms), rows.map(|row| to_value(&row)).collect())
    };
    CASES.iter().map(round).collect()
}

/// Any owners active; a budget, receipts and contributions of one more or less than the right ones, in any
/// combination of which one differs.
fn claims(round: &Round) -> Vec<Value> {
    let terms: Terms = from_value(&round.terms).unwrap_or_else(|error| panic!("{error}"));
    let right: Outcome = from_value(&round.outcome).unwrap_or_else(|error| panic!("{error}"));
    let sizes: Vec<Count> = round.columns["data_size"].iter().flat_map(from_value).collect();
    let (budget, paid, supplied) = (right.budget.0, receipts(&right), contributions(&right));
    let rows = sizes.len();
    let mut claims = Vec::new();
    for set in 0..1u32 << rows {
        let active: Vec<bool> = (0..rows).map(|row| set >> row & 1 == 1).collect();
        for other in budget.saturating_sub(1)..=budget + 1 {
            claims.push(claim(&terms, &sizes, other, &active, [&paid, &supplied]));
        }
    }
    for receipts in around(&paid) {
        for other in budget.saturating_sub(1)..=budget + 1 {
            claims.push(claim(&terms, &sizes, other, &right.active, [&receipts, &supplied]));
        }
    }
    for contributions in around(&supplied) {
        claims.push(claim(&terms, &sizes, budget, &right.active, [&paid, &contributions]));
    }
    claims.iter().map(to_value).collect()
}

/// Every list of numbers of which each is one less, the same or one more.
fn around(numbers: &[u64]) -> Vec<Vec<u64>> {
    let longer = |lists: Vec<Vec<u64>>, number: &u64| {
        let next = |list: &Vec<u64>| {
            let numbers = number.saturating_sub(1)..=number + 1;
            numbers.map(|number| [&list[..], &[number]].concat()).collect::<Vec<_>>()
        };
        lists.iter().flat_map(next).collect()
    };
    numbers.iter().fold(vec![Vec::new()], longer)
}
