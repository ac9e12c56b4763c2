//! What `competition-aware-allocation/v1` must do, and what nobody must get past it.
//!
//! `edges` proves the rounds at the ends of the rule; `duals` compares the circuit with the certificate, on every
//! claim of tiny rounds; `cheats` attacks with false witnesses; `mutation` takes constraints away and shows what
//! breaks; `malformed` hands the verifier public data that no market has.

mod cheats;
mod duals;
mod edges;
mod malformed;
mod mutation;

use super::certificate::Market;
use super::circuit::{AllocationCircuit, Witness};
use super::subject::{claimed, draw, row, settle, steered, terms};
use super::*;
use crate::field::{Fr, from_u64};
use crate::proof_system::Circuit;
use crate::rules::procedures::matching::attempt::Attempt;
use crate::rules::procedures::matching::{Dual, Perturbation};
use crate::testing::Round;
use crate::testing::circuits::TINY;
use ark_ff::{Field, One, Zero};
use ark_std::rand::SeedableRng;
use num_bigint::BigInt;
use rand::rngs::StdRng;

type Try = Attempt<AllocationCircuit>;

const MASK: &str = "a bit of the mask is 0 or 1";
const TAKEN: &str = "a row takes an action by itself or not";
const SLACK: &str = "slack is utility plus price less weight";
const HELD: &str = "a row has nothing of an action, or the slack and one";
const ROW: &str = "a row has one action, or none and no utility";
const ACTION: &str = "one row has the action, or none and it costs nothing";
const REVENUES: &str = "the revenues have their sum";
const PAYMENTS: &str = "the payments have their sum";
const USED: &str = "an action is somebody's baseline or nobody's";
const EARNED: &str = "a baseline action earns its value";
const BASELINE: &str = "the baseline actions have their sum";
/// The links of masks, baseline actions, actions, revenues and payments, in the order of the layout.
const LINKS: [&str; 5] = [
    "masks are the ledger's",
    "baseline actions are the ledger's",
    "actions are the settlement's",
    "revenues are the settlement's",
    "payments are the settlement's",
];
const REAL: &str = "rows are real up to their number";
/// What refuses a limb that is not in the table: nothing counts it.
const SUMS: &str = "the lookup sums are equal";
/// What refuses a tuple that is not in the menu.
const MENU: &str = "the sums of rows and public table are equal";

/// Rows of these masks and baseline actions.
fn rows(numbers: &[[u64; 2]]) -> Vec<Row> {
    numbers.iter().map(|numbers| row(*numbers)).collect()
}

/// The round in which these rows are claimed to be settled like this.
fn round(disclosure: Disclosure, terms: &Terms, rows: &[Row], outcome: &Outcome) -> Round {
    Round {
        rule: &CompetitionAwareAllocation,
        terms: to_value(terms),
        disclosure,
        columns: Default::default(),
        sealed: rows.iter().map(|row| vec![row.steerable.0, row.baseline_action.0]).collect(),
        outcome: to_value(outcome),
    }
}

/// The outcome in which the rows are steered to these actions, with revenues and payments that follow.
fn steering(terms: &Terms, truth: &Outcome, actions: &[Option<u64>]) -> Outcome {
    let results: Vec<_> = actions.iter().map(|action| steered(terms, *action)).collect();
    claimed(truth, &results)
}

/// A claim about a sealed round, and a prover who tells a story about the rows.
#[derive(Clone)]
struct Scene {
    terms: Terms,
    rows: Vec<Row>,
    told: Vec<Row>,
    claim: Outcome,
    circuit: AllocationCircuit,
}

impl Scene {
    /// The true story.
    fn new(values: &[u64], numbers: &[[u64; 2]]) -> Self {
        let (terms, rows) = (terms(values), rows(numbers));
        let circuit = AllocationCircuit { rows: rows.len(), actions: values.len(), limb_bits: TINY };
        Self { claim: settle(&terms, &rows), told: rows.clone(), terms, rows, circuit }
    }

    /// In a circuit with room for more.
    fn with_padding(mut self, rows: usize, actions: usize) -> Self {
        self.circuit.rows += rows;
        self.circuit.actions += actions;
        self
    }

    /// Other actions are claimed, with all that follows from them.
    fn claims(mut self, actions: &[Option<u64>]) -> Self {
        self.claim = steering(&self.terms, &self.claim, actions);
        self
    }

    /// Something else is claimed.
    fn says(mut self, change: impl FnOnce(&mut Outcome)) -> Self {
        change(&mut self.claim);
        self
    }

    /// The prover's wires are about these rows, and its outcome of them is claimed.
    fn tells(mut self, numbers: &[[u64; 2]]) -> Self {
        self.told = rows(numbers);
        self.claim = settle(&self.terms, &self.told);
        self
    }

    /// The market that the prover's wires are about.
    fn market(&self) -> Market {
        let actions = self.claim.actions.clone().unwrap();
        Market::new(&self.terms, &self.told, &actions, &self.circuit.shape().size).unwrap()
    }

    /// The weight of a pair.
    fn weight(&self, row: usize, action: usize) -> BigInt {
        self.circuit.shape().size.weight(self.terms.action_values[action].0, row, action)
    }

    /// Whether the claim is the evaluator's.
    fn is_true(&self) -> bool {
        self.claim == settle(&self.terms, &self.rows)
    }

    /// Panics unless the claim is false, and public numbers do not tell.
    fn is_a_lie(&self) {
        assert!(!self.is_true(), "{:?}", self.claim);
        let money = round(Disclosure::Sealed, &self.terms, &self.rows, &self.claim).money();
        assert!(money.as_ref().is_ok_and(Money::conserved), "{money:?}: {:?}", self.claim);
    }

    /// Everything free, and nobody has anything out of it.
    fn nothing(&self) -> Dual {
        let zeros = |count: usize| vec![BigInt::ZERO; count];
        Dual { prices: zeros(self.circuit.actions), utilities: zeros(self.circuit.rows) }
    }

    /// The claim with the least dual of the story, changed, and other wires.
    fn attempt(&self, change: impl FnOnce(&mut Dual), say: impl FnOnce(&mut Witness)) -> Try {
        let mut dual = self.market().dual();
        change(&mut dual);
        self.attempt_at(&dual, say)
    }

    /// The claim with this dual, and other wires.
    fn attempt_at(&self, dual: &Dual, say: impl FnOnce(&mut Witness)) -> Try {
        let round = round(Disclosure::Sealed, &self.terms, &self.rows, &self.claim);
        let mut case = round.shards(&self.circuit).unwrap().remove(0);
        let mut witness = self.circuit.fill(&self.terms, &self.told, &self.market(), dual);
        for (row, filled) in witness.rows.iter_mut().enumerate().take(self.rows.len()) {
            (filled.revenue, filled.payment) = (case.results[1][row], case.results[2][row]);
        }
        say(&mut witness);
        case.witness = witness;
        Attempt::new(case, "")
    }
}

fn as_filled(_: &mut Witness) {}

fn same(_: &mut Dual) {}

fn half() -> Fr {
    from_u64(2).inverse().unwrap()
}

#[test]
fn refuses_in_order() {
    let refusal = |actions: usize, discount: u64, count: usize| {
        let terms = Terms { discount_bps: BasisPoints(discount), ..terms(&vec![0; actions]) };
        native::evaluate(&terms, &vec![row([u64::MAX; 2]); count]).err().map(|refusal| refusal.0)
    };
    assert_eq!(refusal(0, 10_001, 33), Some("no_actions"));
    assert_eq!(refusal(17, 10_001, 33), Some("too_many_actions"));
    assert_eq!(refusal(16, 10_001, 33), Some("discount_above_whole"));
    assert_eq!(refusal(16, 10_000, 33), Some("too_many_rows"));
    assert_eq!(refusal(16, 10_000, 32), None);
    assert_eq!(native::check_row_count(&terms(&[]), usize::MAX), Err(Refusal("too_many_rows")));
}

#[test]
fn largest_numbers() {
    const MAX: u64 = u64::MAX;
    let all = Terms { discount_bps: BasisPoints(10_000), ..terms(&[MAX; 16]) };
    let outcome = settle(&all, &vec![row([MAX, 15]); 32]);
    let expected: Vec<Option<Count>> = (0..32).map(|i| (i < 16).then_some(Count(i))).collect();
    assert_eq!(outcome.actions, Some(expected));
    assert_eq!((outcome.total_revenue, outcome.total), (Wide(16 * u128::from(MAX)), outcome.total_revenue));
    // 2^64 - 1 = 32·(2^59 - 1) + 31
    let baselines = outcome.baseline_revenues.unwrap();
    assert_eq!(baselines[30..], [Amount(1 << 59), Amount((1 << 59) - 1)]);
    // Bits and baseline actions beyond the actions mean nothing.
    let outcome = settle(&terms(&[7]), &[row([MAX - 1, 1]), row([MAX, 64]), row([0, MAX])]);
    assert_eq!(outcome.actions, Some(vec![None, Some(Count(0)), None]));
    assert_eq!(outcome.baseline_revenue, Wide(0));
}

#[test]
fn implied_knows_the_actions() {
    let implied = |action: u64, rows: usize| {
        native::implied(&terms(&[5, 6]), &[None, Some(Count(action))], vec![Amount(1); rows])
    };
    assert_eq!(implied(1, 2).unwrap().revenues, Some(vec![Amount(0), Amount(6)]));
    assert!(implied(2, 2).is_err() && implied(u64::MAX, 2).is_err() && implied(1, 1).is_err());
}

#[test]
fn every_outcome_has_a_dual() {
    for seed in 0..300 {
        let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
        let actions = settle(&terms, &rows).actions.unwrap();
        for (n, m) in [(rows.len(), terms.action_values.len()), (8, 16), (32, 16)] {
            let market = Market::new(&terms, &rows, &actions, &Perturbation::new(n, m)).unwrap();
            assert_eq!(market.check(&market.dual()), Ok(()), "seed {seed}: {n} {m}");
        }
    }
}

/// A dual that passes for some allocation passes for the heaviest one only: neither it nor one made for the
/// purpose passes for any other.
#[test]
fn only_the_outcome_has_a_dual() {
    let size = Perturbation::new(3, 2);
    for table in 0..64u64 {
        let rows = [table % 4, table / 4 % 4, table / 16].map(|mask| row([mask, mask % 3]));
        for values in [[1, 1], [2, 1], [0, 3]] {
            let terms = terms(&values);
            let truth = settle(&terms, &rows).actions.unwrap();
            let dual = Market::new(&terms, &rows, &truth, &size).unwrap().dual();
            for claim in 0..27 {
                let action = |k: u64| k.checked_sub(1).map(Count);
                let claim = [claim % 3, claim / 3 % 3, claim / 9].map(action);
                let market = Market::new(&terms, &rows, &claim, &size).unwrap();
                assert_eq!(market.check(&dual).is_ok(), claim == *truth, "{table} {values:?} {claim:?}");
                assert_eq!(
                    market.check(&market.dual()).is_ok(),
                    claim == *truth,
                    "{table} {values:?} {claim:?}"
                );
            }
        }
    }
    let none =
        |rows: &[Row], actions: &[Option<Count>]| Market::new(&terms(&[1]), rows, actions, &size).is_none();
    let one = row([1, 1]);
    assert!(none(&vec![one.clone(); 4], &[None; 4]));
    assert!(none(std::slice::from_ref(&one), &[]));
    assert!(none(&[one], &[Some(Count(1))]));
}

#[test]
fn debug_keeps_the_secret() {
    assert_eq!(format!("{:?}", row([123_456, 7])), "Row(secret)");
}
