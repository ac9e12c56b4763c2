//! What `resource-stackelberg/v1` must do, and what nobody must get past it.
//!
//! `cheats` attacks with false contests, budgets, splits and contributions; `mutation` takes each constraint away and
//! shows what breaks; `proofs` proves rounds with real keys and hands the verifier what does not belong together;
//! `malformed` hands it public data that no market has.

mod cheats;
mod malformed;
mod mutation;
mod proofs;

use super::circuit::ResourceStackelbergCircuit;
use super::native::{Supply, WHOLE, budget, contest_of, costs, settled, supplies};
use super::subject::{
    COST_MAX, MILLION, VALUE_MAX, centres, claim, contributions, draw, receipts, row, settle, terms,
};
use super::*;
use crate::builder::Matrices;
use crate::field::{Fr, from_integer, from_u64, from_u128};
use crate::proof_system::Circuit;
use crate::rule::Refusal;
use crate::rules::procedures::contest::Contest;
use crate::rules::procedures::largest_remainder::{Divided, Widths, place};
use crate::testing::cheat::{Cheat, wires_of};
use crate::testing::round::{Round, ShardCase, record};
use ark_ff::{Field, One, Zero};
use ark_std::rand::SeedableRng;
use num_bigint::{BigInt, BigUint};
use rand::rngs::StdRng;
use std::sync::OnceLock;

type Case = ShardCase<ResourceStackelbergCircuit>;

/// Rows of the circuit that is attacked, and its limbs: for a tiny table.
const ROWS: usize = 4;
const LIMB_BITS: u32 = 4;

/// The circuit that is attacked, and its matrices.
fn arena() -> &'static (ResourceStackelbergCircuit, Matrices) {
    static ARENA: OnceLock<(ResourceStackelbergCircuit, Matrices)> = OnceLock::new();
    ARENA.get_or_init(|| {
        let circuit = ResourceStackelbergCircuit::sized(ROWS, LIMB_BITS);
        (circuit, record(&circuit, &circuit.blank()))
    })
}

/// Widths of a split in that circuit.
fn widths() -> Widths {
    Widths { part: super::native::VALUE_BITS, whole: 60, index: LIMB_BITS }
}

/// Terms without centres.
fn terms_of(value: u64, unit_cost: u64, min_quality: u64) -> Terms {
    terms(value, unit_cost, min_quality, MILLION, &[])
}

/// What a prover says of a round: the right thing at first.
#[derive(Clone)]
struct Story {
    terms: Terms,
    /// What the ledger holds.
    qualities: Vec<u64>,
    costs: Vec<Option<u64>>,
    contest: Contest,
    budget: u64,
}

impl Story {
    fn new(terms: Terms, qualities: &[u64]) -> Self {
        let costs = costs(&terms, qualities);
        Self { terms, qualities: qualities.to_vec(), ..Self::of_costs(costs) }.optimal()
    }

    fn of_costs(costs: Vec<Option<u64>>) -> Self {
        let contest = contest_of(&costs);
        Self { terms: terms_of(0, 1, 1), qualities: Vec::new(), costs, contest, budget: 0 }
    }

    /// The same with the best budget for its contest.
    fn optimal(self) -> Self {
        Self { budget: budget(&self.terms, &self.contest), ..self }
    }

    /// The story of other costs; everything else follows.
    fn costing(self, costs: Vec<Option<u64>>) -> Self {
        let told = Self::of_costs(costs);
        Self { terms: self.terms, qualities: self.qualities, ..told }.optimal()
    }

    /// The story of another contest; the budget follows.
    fn with_set(self, takes_part: &[bool]) -> Self {
        let inside = self.costs.iter().zip(takes_part).filter(|(_, inside)| **inside);
        let total = inside.filter_map(|(cost, _)| *cost).map(u128::from).sum();
        let count = takes_part.iter().filter(|inside| **inside).count() as u64;
        Self { contest: Contest { takes_part: takes_part.to_vec(), count, total }, ..self }.optimal()
    }

    /// The story of this budget.
    fn spending(self, budget: u64) -> Self {
        Self { budget, ..self }
    }

    fn supplies(&self) -> Vec<Supply> {
        supplies(&self.costs, &self.contest)
    }

    fn outcome(&self) -> Outcome {
        let sizes = vec![Count(1); self.qualities.len()];
        settled(&self.terms, &sizes, &self.supplies(), &self.contest, self.budget)
    }

    /// The outcome of the rule.
    fn truth(&self) -> Outcome {
        settle(&self.terms, &self.qualities.iter().map(|quality| [*quality, 1]).collect::<Vec<_>>())
    }

    /// The claim of what the story leads to, and a witness that tells it.
    fn case(&self) -> Case {
        self.claiming(&self.outcome())
    }

    /// The claim of this outcome.
    fn claiming(&self, outcome: &Outcome) -> Case {
        let round = Round {
            rule: &ResourceStackelberg,
            terms: to_value(&self.terms),
            disclosure: Disclosure::Sealed,
            columns: [("data_size".into(), vec!["1".into(); self.qualities.len()])].into(),
            sealed: self.qualities.iter().map(|quality| vec![*quality]).collect(),
            outcome: to_value(outcome),
        };
        let mut case = round.shards(&arena().0).unwrap().remove(0);
        let receipts: Vec<Fr> = receipts(outcome).into_iter().map(from_u64).collect();
        let supplies = self.supplies();
        let budget = outcome.budget;
        case.witness = arena().0.fill(&self.qualities, &supplies, &self.contest, budget, &receipts);
        case
    }

    /// Every row's quotient and remainder of the budget's split, without bonuses.
    fn divided(&self) -> Vec<Divided> {
        let total = self.contest.total.max(1);
        let mut weights: Vec<u64> = self.supplies().iter().map(|supply| supply.weight).collect();
        weights.resize(ROWS, 0);
        let divided = |weight: u64| {
            let exact = u128::from(self.budget) * u128::from(weight);
            let (quotient, remainder) = (from_u128(exact / total), from_u128(exact % total));
            Divided { quotient, remainder, bonus: Fr::zero() }
        };
        weights.into_iter().map(divided).collect()
    }

    /// The claim of the story's outcome but for receipts, which are quotients and bonuses of these rows, with this cut.
    fn splitting(&self, rows: &[Divided], cut: Option<Fr>) -> Case {
        let mut case = self.case();
        let divisor = from_u128(self.contest.total.max(1));
        let with_bonus = rows.iter().enumerate().filter(|(_, divided)| !divided.bonus.is_zero());
        let keys = with_bonus.map(|(row, divided)| widths().key_of(row, divided.remainder));
        let cut = cut.or(keys.min()).unwrap_or(widths().end(divisor));
        let parts = place(widths(), divisor, cut, rows);
        case.witness.cut = cut;
        for (row, part) in case.witness.rows.iter_mut().zip(parts) {
            row.part = part;
        }
        let receipts = rows.iter().map(|divided| divided.quotient + divided.bonus);
        case.results[0] = receipts.take(self.qualities.len()).collect();
        case
    }
}

/// Whether the circuit accepts a case with all that its prover says, and whatever follows from it.
fn passes(case: Case, chosen: Vec<(usize, Fr)>) -> bool {
    Cheat { property: "", about: "", case, chosen }.passes(&arena().1)
}

/// Four owners of equal quality, unless `quality` is another one of this row.
fn but(row: usize, quality: u64) -> [u64; ROWS] {
    let mut qualities = [MILLION; ROWS];
    qualities[row] = quality;
    qualities
}

#[test]
fn refuses_in_order_and_never_by_a_sealed_number() {
    let check = |terms: &Terms, rows: &[Row]| native::evaluate(terms, rows).map(drop);
    let refused = |code| Err(Refusal(code));
    let good = row([0, COST_MAX]);
    let bad = vec![row([u64::MAX, 1 << 32]); 257];
    let centres = [0; 257];
    let with = |value, unit_cost, min_quality, centre_cost| {
        check(&terms(value, unit_cost, min_quality, centre_cost, &centres), &bad)
    };
    assert_eq!(with(1 << 44, 0, 0, 0), refused("value_scale_too_large"));
    for (unit_cost, centre_cost) in [(0, 1), (1, 0), (1 << 32, 1), (1, 1 << 32)] {
        assert_eq!(with(0, unit_cost, 0, centre_cost), refused("unit_cost_out_of_range"));
    }
    for min_quality in [0, MILLION + 1] {
        assert_eq!(with(0, 1, min_quality, 1), refused("min_quality_out_of_range"));
    }
    assert_eq!(with(0, 1, 1, 1), refused("centre_cost_out_of_range"));
    let terms = |centres: &[u64]| terms(VALUE_MAX, COST_MAX, MILLION, COST_MAX, centres);
    assert_eq!(check(&terms(&[1, MILLION + 1]), &bad), refused("centre_cost_out_of_range"));
    assert_eq!(check(&terms(&[1; 257]), &bad), refused("too_many_centres"));
    assert_eq!(check(&terms(&[MILLION; 256]), &bad), refused("too_many_rows"));
    assert_eq!(check(&terms(&[MILLION; 256]), &bad[1..]), refused("data_size_too_large"));
    assert_eq!(check(&terms(&[]), &[good.clone(), row([0, 1 << 32])]), refused("data_size_too_large"));
    assert_eq!(check(&terms(&[1; 256]), &vec![good; 256]), Ok(()));
    assert_eq!(check(&terms(&[1]), &[]), Ok(()));
}

#[test]
fn qualities_are_capped() {
    let terms = terms(5_000_000, MILLION, 1, MILLION, &[7, 7]);
    assert_eq!(settle(&terms, &[[u64::MAX, 3], [900_000, 4]]), settle(&terms, &[[MILLION, 3], [900_000, 4]]));
    assert_eq!(settle(&terms, &[[0, 3], [0, 4]]).budget, Amount(0));
}

#[test]
fn largest_numbers() {
    let (dear, cheap) = ([1, COST_MAX], [MILLION, COST_MAX]);
    // The most data for the money: two owners of the best quality, data for next to nothing.
    let two = settle(&terms(VALUE_MAX, 1, 1, 1, &[1, 1]), &[cheap, cheap]);
    assert_eq!(two.budget, Amount(VALUE_MAX - 2));
    assert_eq!(contributions(&two), [(VALUE_MAX - 2) * MILLION / 4; 2]);
    let load = Wide(u128::from(VALUE_MAX - 2) * 1_000_000 / 2 * 1_000_000 / 4);
    assert_eq!(two.loads_ppm, Some(vec![load; 2]));
    // As many of the worst: each costs almost 2^52, the total almost 2^60.
    let all = settle(&terms(VALUE_MAX, 1, 1, 1, &[MILLION; 256]), &[dear; 256]);
    assert_eq!(all.active, [true; 256]);
    assert_eq!(receipts(&all).iter().sum::<u64>(), all.budget.0);
    assert_eq!(centres(&all), (0..256).map(Some).collect::<Vec<_>>());
    let dearest = settle(&terms(VALUE_MAX, COST_MAX, 1, COST_MAX, &[]), &[dear; 256]);
    assert_eq!((dearest.budget, dearest.active), (Amount(0), vec![false; 256]));
}

#[test]
fn qualities_are_not_printed() {
    assert_eq!(format!("{:?}", row([123_456, 789])), "Row(secret)");
}
