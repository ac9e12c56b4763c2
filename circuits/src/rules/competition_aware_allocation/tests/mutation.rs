//! Each constraint is taken out of the matrices, and somebody cheats: two rows, two actions, and wherever it makes a
//! difference every one of them. Of limbs, each kind of number.
//!
//! A cheat is a claim that the integer checks pass and that is not the evaluator's outcome. It counts if the mutated
//! matrices accept it at several challenges with the same committed wires, and if the full matrices refuse it because
//! of what is missing and nothing else.

use super::*;
use crate::gadgets::range::limb_count;
use crate::rules::procedures::matching::attempt::score;
use crate::testing::forms::{COUNT, ENTRY, FOLD, LIMB, POLE, POWER, ROW as TUPLE};

const VALUES: [u64; 2] = [600, 400];
/// No action is the row's baseline action.
const NONE: u64 = 9;

/// The constraints of a property that are missing, all for none, and who cheats then.
type Cheat = (&'static str, Option<usize>, Try);

/// One row with these numbers, and one that can be steered nowhere.
fn only(row: usize, numbers: [u64; 2]) -> [[u64; 2]; 2] {
    let mut rows = [[0, NONE]; 2];
    rows[row] = numbers;
    rows
}

/// That one row with these numbers is settled truly.
fn truth(row: usize, numbers: [u64; 2]) -> Scene {
    Scene::new(&VALUES, &only(row, numbers))
}

/// What is true of one row is claimed of another.
fn story(row: usize, numbers: [u64; 2], told: [u64; 2]) -> Scene {
    truth(row, numbers).tells(&only(row, told))
}

/// The number of a pair among its row's and all rows'.
fn nth(row: usize, action: usize) -> usize {
    VALUES.len() * row + action
}

/// B as a number of the field.
fn apart(scene: &Scene) -> Fr {
    crate::field::from_integer(scene.circuit.shape().apart())
}

fn lie(scene: &Scene, change: impl FnOnce(&mut Dual), say: impl FnOnce(&mut Witness)) -> Try {
    scene.is_a_lie();
    scene.attempt(change, say)
}

/// A bit that is none: −2 beside a false bit of the next action, or a half instead of a bit that is denied.
fn bit_that_is_none(row: usize, action: usize) -> Try {
    if action == 0 {
        let scene = story(row, [0, NONE], [2, NONE]);
        lie(&scene, same, |w| {
            let pair = &mut w.rows[row].pairs[0];
            pair.steerable = -from_u64(2);
            pair.slack += from_u64(2) * apart(&scene);
        })
    } else {
        let scene = story(row, [1, NONE], [0, NONE]);
        lie(&scene, same, |w| {
            let pair = &mut w.rows[row].pairs[1];
            pair.steerable = half();
            pair.slack -= half() * apart(&scene);
        })
    }
}

/// A row's baseline action is denied, or made up.
fn baseline_told(row: usize, action: usize, made_up: bool) -> Try {
    let (is, told) = if made_up { (NONE, action as u64) } else { (action as u64, NONE) };
    let mut attempt = lie(&story(row, [0, is], [0, told]), same, |w| w.rows[row].baseline = from_u64(is));
    attempt.set((TAKEN, 2 * nth(row, action) + 1, 1), from_u64(made_up.into()));
    attempt.set((USED, 2 * action + 1, 1), from_u64((!made_up).into()));
    attempt
}

/// The row gets nothing, and there is nothing that it would rather have.
fn slack_made_up(row: usize, action: usize) -> Try {
    let scene = truth(row, [1 << action, NONE]).claims(&[None, None]);
    scene.is_a_lie();
    scene.attempt_at(&scene.nothing(), |w| w.rows[row].pairs[action].slack = Fr::zero())
}

/// A row has an action that it cannot be steered to.
fn held_apart(row: usize, action: usize) -> Try {
    let mut actions = [None, None];
    actions[row] = Some(action as u64);
    let scene = truth(row, [0, NONE]).claims(&actions);
    scene.is_a_lie();
    scene.attempt_at(&scene.nothing(), as_filled)
}

/// The row gets nothing, with all the utility or at all the prices that it takes.
fn left_out(row: usize, action: usize, change: impl FnOnce(&mut Dual, BigInt)) -> Try {
    let scene = truth(row, [1 << action, NONE]).claims(&[None, None]);
    scene.is_a_lie();
    let mut dual = scene.nothing();
    change(&mut dual, scene.weight(row, action));
    scene.attempt_at(&dual, as_filled)
}

/// Actions 0 and 1, numbers 1 and 2, pass for action 2, which has number 3 and earns more.
fn two_for_one(row: usize) -> Try {
    let mut actions = [None, None];
    actions[row] = Some(2);
    let scene = Scene::new(&[6, 4, 9], &only(row, [3, NONE])).claims(&actions);
    scene.is_a_lie();
    let mut dual = scene.nothing();
    dual.prices[..2].clone_from_slice(&[scene.weight(row, 0), scene.weight(row, 1)]);
    scene.attempt_at(&dual, |w| {
        for (pair, held) in w.rows[row].pairs.iter_mut().zip([1, 1, 0]) {
            pair.held = from_u64(held);
        }
    })
}

/// Both rows get the same action.
fn one_for_two(action: usize) -> Try {
    let mask = [1 << action, NONE];
    let scene = Scene::new(&[6, 6], &[mask, mask]).claims(&[Some(action as u64); 2]);
    scene.is_a_lie();
    let mut dual = scene.nothing();
    dual.utilities = (0..2).map(|row| scene.weight(row, action)).collect();
    scene.attempt_at(&dual, as_filled)
}

fn cheats_of_pairs() -> Vec<Cheat> {
    let mut cheats = Vec::new();
    for (row, action) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let nth = nth(row, action);
        cheats.extend([
            (MASK, Some(nth), bit_that_is_none(row, action)),
            // The two constraints of a pair: "not zero is 1" and "zero is 0".
            (TAKEN, Some(2 * nth), baseline_told(row, action, false)),
            (TAKEN, Some(2 * nth + 1), baseline_told(row, action, true)),
            (SLACK, Some(nth), slack_made_up(row, action)),
            (HELD, Some(nth), held_apart(row, action)),
        ]);
    }
    for (index, other) in [(0, 1), (1, 0)] {
        let contented = |dual: &mut Dual, weight: BigInt| dual.utilities[index] = weight;
        let dear = |dual: &mut Dual, weight: BigInt| dual.prices[index] = weight;
        cheats.extend([
            (ROW, Some(index), left_out(index, other, contented)),
            (ROW, Some(index), two_for_one(index)),
            (ACTION, Some(index), left_out(other, index, dear)),
            (ACTION, Some(index), one_for_two(index)),
        ]);
    }
    cheats
}

/// An action counts for the baseline or not: the flag that says so is wrong.
fn baseline_counted(action: usize, made_up: bool) -> Try {
    let scene = if made_up {
        truth(0, [3, NONE]).says(|claim| claim.baseline_revenue = Wide(VALUES[action].into()))
    } else {
        truth(0, [0, action as u64]).says(|claim| claim.baseline_revenue = Wide(0))
    };
    let mut attempt = lie(&scene, same, as_filled);
    attempt.set((USED, 2 * action + 1, 1), from_u64((!made_up).into()));
    attempt
}

fn cheats_of_sums() -> Vec<Cheat> {
    let other = |change: fn(&mut Outcome)| lie(&truth(0, [1, 0]).says(change), same, as_filled);
    let mut cheats = vec![
        (REVENUES, None, other(|claim| claim.total_revenue.0 += 1)),
        (PAYMENTS, None, other(|claim| claim.total.0 -= 1)),
        (BASELINE, None, other(|claim| claim.baseline_revenue.0 -= 1)),
    ];
    for action in [0, 1] {
        let less = truth(0, [0, action as u64]).says(|claim| claim.baseline_revenue.0 -= 1);
        cheats.extend([
            (USED, Some(2 * action), baseline_counted(action, true)),
            (USED, Some(2 * action + 1), baseline_counted(action, false)),
            (EARNED, Some(action), lie(&less, same, as_filled)),
        ]);
    }
    cheats
}

/// Another number in the ledger, in the settlement's commitments, or another number of rows.
fn cheats_of_links() -> Vec<Cheat> {
    let mut cheats = Vec::new();
    for row in [0, 1] {
        cheats.push((LINKS[0], Some(row), lie(&story(row, [1, NONE], [0, NONE]), same, as_filled)));
        cheats.push((LINKS[1], Some(row), lie(&story(row, [0, 0], [0, NONE]), same, as_filled)));
        for column in 0..3 {
            let mut attempt = truth(row, [1, NONE]).attempt(same, as_filled);
            attempt.case.results[column][row] -= Fr::one();
            cheats.push((LINKS[2 + column], Some(row), attempt));
        }
        let absent = |w: &mut Witness| (w.rows[row].real, w.rows[row].baseline) = (Fr::zero(), Fr::zero());
        cheats.push((REAL, None, lie(&story(row, [0, 0], [0, NONE]), same, absent)));
    }
    cheats
}

/// A row gets the action truly, but one unit more is said to be its revenue; this entry of the menu counts it.
fn one_unit_more(row: usize, action: u64, counts: bool) -> Try {
    let (_, revenue, payment) = steered(&terms(&VALUES), Some(action));
    let mut results = [(None, 0, 0); 2];
    results[row] = (Some(action), revenue + 1, payment);
    let mut scene = truth(row, [1 << action, NONE]);
    scene.claim = claimed(&scene.claim, &results);
    let mut attempt = lie(&scene, same, as_filled);
    if counts {
        attempt.set((COUNT, action as usize + 1, 0), Fr::one());
    }
    attempt
}

/// A row without an action has a revenue.
fn revenue_of_nothing(counts: bool) -> Try {
    let mut scene = truth(0, [0, NONE]);
    scene.claim = claimed(&scene.claim, &[(None, 5, 0), (None, 0, 0)]);
    let mut attempt = lie(&scene, same, as_filled);
    if counts {
        attempt.set((COUNT, 0, 0), from_u64(2));
    }
    attempt
}

fn cheats_of_the_menu() -> Vec<Cheat> {
    // At θ² = −payment the revenue does not matter.
    let mut poor = one_unit_more(0, 0, true);
    poor.set((POWER, 0, 2), -from_u64(steered(&terms(&VALUES), Some(0)).2));
    let mut cheats = vec![
        (POWER, None, poor),
        (MENU, None, one_unit_more(0, 0, false)),
        (FOLD, Some(2), revenue_of_nothing(true)),
        (POLE, Some(0), revenue_of_nothing(true)),
        (COUNT, Some(0), revenue_of_nothing(false)),
    ];
    for index in [0, 1] {
        let action = index as u64;
        cheats.extend([
            // The folds of the rows come first, then those of the entries, from no action on.
            (FOLD, Some(index), one_unit_more(index, 0, true)),
            (TUPLE, Some(index), one_unit_more(index, 0, false)),
            (FOLD, Some(3 + index), one_unit_more(0, action, true)),
            (POLE, Some(1 + index), one_unit_more(0, action, true)),
            (COUNT, Some(1 + index), one_unit_more(0, action, false)),
        ]);
    }
    cheats
}

/// The row would rather have what it does not get.
fn negative_slack(row: usize, action: usize) -> Try {
    let scene = truth(row, [1 << action, NONE]).claims(&[None, None]);
    scene.is_a_lie();
    scene.attempt_at(&scene.nothing(), as_filled)
}

/// The row gets its second choice at a price below 0.
fn negative_price(action: usize) -> Try {
    let values = if action == 1 { [600, 400] } else { [400, 600] };
    let other = 1 - action;
    let scene = Scene::new(&values, &only(0, [3, NONE])).claims(&[Some(action as u64), None]);
    scene.is_a_lie();
    let mut dual = scene.nothing();
    dual.utilities[0] = scene.weight(0, other);
    dual.prices[action] = scene.weight(0, action) - scene.weight(0, other);
    scene.attempt_at(&dual, as_filled)
}

/// The later of two equal rows gets the action, and would be better off without it.
fn negative_utility() -> Try {
    let scene = truth(0, [1, NONE]);
    let scene = Scene { rows: rows(&[[1, NONE]; 2]), told: rows(&[[1, NONE]; 2]), ..scene };
    let scene = scene.claims(&[None, Some(0)]);
    scene.is_a_lie();
    let mut dual = scene.nothing();
    dual.prices[0] = scene.weight(0, 0);
    dual.utilities[1] = scene.weight(1, 0) - scene.weight(0, 0);
    scene.attempt_at(&dual, as_filled)
}

/// A false bit in the mask, and a fraction below 0 beyond the actions makes up for it.
fn negative_mask(row: usize) -> Try {
    let beyond = -from_u64(4).inverse().unwrap();
    lie(&story(row, [0, NONE], [1, NONE]), same, |w| w.rows[row].beyond = beyond)
}

fn cheats_of_limbs() -> Vec<Cheat> {
    let mut cheats = vec![(ENTRY, None, negative_slack(0, 0)), (SUMS, None, negative_slack(0, 0))];
    let looked = Looked::new(&cheats[0].2);
    for (row, action) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        cheats.push((LIMB, Some(looked.slack(row, action)), negative_slack(row, action)));
    }
    for index in [0, 1] {
        cheats.push((LIMB, Some(looked.price(index)), negative_price(index)));
        cheats.push((LIMB, Some(looked.beyond(index)), negative_mask(index)));
    }
    cheats.push((LIMB, Some(looked.utility(1)), negative_utility()));
    cheats
}

/// Where the last limbs of numbers stand among the looked-up ones of a circuit.
struct Looked {
    circuit: AllocationCircuit,
    weight: usize,
    slack: usize,
    beyond: usize,
}

impl Looked {
    fn new(attempt: &Try) -> Self {
        let circuit = attempt.case.circuit;
        let (shape, limbs) = (circuit.shape(), |bits| limb_count(bits, circuit.limb_bits) as usize);
        let (weight, slack) = (limbs(shape.weight_bits()), limbs(shape.slack_bits()));
        let looked = Self { circuit, weight, slack, beyond: limbs(64 - circuit.actions as u32) };
        let all = looked.row(circuit.rows);
        assert_eq!(attempt.full.rows_of(LIMB).len(), all, "every number that is looked up");
        looked
    }

    fn price(&self, action: usize) -> usize {
        (action + 1) * self.weight - 1
    }

    /// First limb of the row's numbers: utility, slacks, mask beyond the actions.
    fn row(&self, row: usize) -> usize {
        let AllocationCircuit { actions, .. } = self.circuit;
        actions * self.weight + row * (self.weight + actions * self.slack + self.beyond)
    }

    fn utility(&self, row: usize) -> usize {
        self.row(row) + self.weight - 1
    }

    fn slack(&self, row: usize, action: usize) -> usize {
        self.utility(row) + (action + 1) * self.slack
    }

    fn beyond(&self, row: usize) -> usize {
        self.row(row + 1) - 1
    }
}

/// Beside limbs and the entries of their table, every single constraint is needed.
#[test]
fn every_kind_of_constraint_is_needed() {
    let cheats =
        [cheats_of_pairs(), cheats_of_sums(), cheats_of_links(), cheats_of_the_menu(), cheats_of_limbs()];
    let cheats: Vec<Cheat> = cheats.into_iter().flatten().collect();
    for (property, nth, attempt) in &cheats {
        attempt.needs(property, nth.as_ref().map(std::slice::from_ref));
    }
    let full = &cheats[0].2.full;
    for (property, count) in full.properties().into_iter().filter(|(name, _)| ![LIMB, ENTRY].contains(name)) {
        let single =
            |nth: usize| cheats.iter().any(|(name, only, _)| *name == property && *only == Some(nth));
        let about = cheats.iter().filter(|(name, ..)| *name == property).count();
        // One constraint, or two that are about the key, need no number.
        assert!(about == 0 || count == 1 || (0..count).all(single), "{property}");
    }
    score("competition-aware-allocation/v1", full, cheats.iter().map(|(property, ..)| *property));
}

/// Why no cheat needs a utility of the first row that is below 0: it would prove the best allocation among those in
/// which that row has an action. If it can have one, the best of all is among them.
#[test]
fn the_first_row_is_never_left_out_for_others() {
    for table in 0..512u64 {
        let masks = [table % 8, table / 8 % 8, table / 64].map(|mask| [mask, NONE]);
        let outcome = settle(&terms(&[3, 1, 2]), &rows(&masks));
        assert_eq!(outcome.actions.unwrap()[0].is_some(), masks[0][0] > 0);
    }
}
