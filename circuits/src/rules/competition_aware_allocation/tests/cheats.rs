//! Provers who lie in ways that the rule's own prover does not know. Each lie is tried on the matrices with everything
//! that the liar does not choose solved for; `mutation` has the lies that one constraint alone refuses.

use super::*;
use crate::field::from_integer;
use crate::testing::forms::COUNT;
use crate::testing::round::record;
use ark_std::rand::Rng;

/// Nobody's baseline action.
const NONE: u64 = 9;

fn minus(number: u64) -> Fr {
    -from_u64(number)
}

/// A row of padding can be steered nowhere: it has neither bits nor a baseline action, whatever is said of it.
#[test]
fn padded_row_takes_part() {
    let scene = || Scene::new(&[5, 4], &[[1, 0]]).with_padding(1, 1);
    assert_eq!(scene().attempt(same, as_filled).refused(), None);
    let refused = |say: &dyn Fn(&mut Witness)| scene().attempt(same, say).refused();
    assert_eq!(refused(&|w| w.rows[1].pairs[1].held = Fr::one()), Some(HELD));
    assert_eq!(refused(&|w| w.rows[1].real = Fr::one()), Some(SLACK), "its baseline action is 0");
    let utility = scene().attempt(|dual| dual.utilities[1] += 1, as_filled);
    assert_eq!(utility.refused(), Some(ROW));
    let apart = from_integer(scene().circuit.shape().apart());
    // It takes part as a row that takes action 0 by itself, at a price at which it would rather not.
    let weight = scene().weight(0, 0);
    let dear = |dual: &mut Dual| (dual.prices[0], dual.utilities[0]) = (weight, BigInt::ZERO);
    let as_row = scene().attempt(dear, |w| {
        w.rows[1].real = Fr::one();
        w.rows[1].pairs[0].slack -= apart;
    });
    assert_eq!(as_row.refused(), Some(REAL));
    // It is steered to action 1, which nobody else has.
    let weight = scene().circuit.shape().size.weight(4, 1, 1);
    let steered = scene().attempt(
        |dual| dual.utilities[1] = weight,
        |w| {
            w.rows[1].pairs[1].slack -= apart;
            (w.rows[1].pairs[1].steerable, w.rows[1].pairs[1].held) = (Fr::one(), Fr::one());
        },
    );
    assert_eq!(steered.refused(), Some(LINKS[0]));
}

/// A row of the ledger that passes for padding: its baseline action would not count.
#[test]
fn real_row_passes_for_padding() {
    for row in 0..2 {
        let mut numbers = [[0, 1]; 2];
        numbers[row] = [0, 0];
        let scene = Scene::new(&[5, 4], &numbers).with_padding(1, 0);
        assert_eq!(scene.attempt(same, as_filled).refused(), None);
        let mut told = numbers;
        told[row] = [0, NONE];
        let attempt = scene.tells(&told).attempt(same, |w| {
            (w.rows[row].real, w.rows[row].baseline) = (Fr::zero(), Fr::zero());
        });
        assert_eq!(attempt.refused(), Some(REAL));
    }
}

/// An action that earns nothing, or is not in the terms, is nobody's, and costs nothing.
#[test]
fn worthless_actions_take_part() {
    let scene = || Scene::new(&[0, 5], &[[1, 0], [0, NONE]]).with_padding(0, 1);
    assert_eq!(scene().attempt(same, as_filled).refused(), None);
    let held = scene().claims(&[Some(0), None]);
    held.is_a_lie();
    assert_eq!(held.attempt(same, as_filled).refused(), Some(HELD));
    let utility = scene().weight(0, 0);
    assert!(held.attempt(|dual| dual.utilities[0] = utility, as_filled).refused().is_some());
    for action in [0, 2] {
        let attempt = scene().attempt(|dual| dual.prices[action] += 1, as_filled);
        assert_eq!(attempt.refused(), Some(ACTION), "{action}");
        let attempt = scene().attempt(same, |w| w.rows[0].pairs[action].held = Fr::one());
        assert_eq!(attempt.refused(), Some(HELD), "{action}");
    }
    // An action of the terms that passes for worthless, and the other way round.
    let mut attempt = scene().attempt(same, as_filled);
    for worthless in [3 + 1, 3 + 3 + 1] {
        let was = attempt.case.scalars[worthless];
        attempt.case.scalars[worthless] = Fr::one() - was;
        assert!(attempt.refused().is_some());
        attempt.case.scalars[worthless] = was;
    }
    assert_eq!(attempt.refused(), None);
}

/// What a row has of an action is no part, no multiple and no debt.
#[test]
fn shares_of_actions() {
    let scene = || Scene::new(&[5, 4], &[[3, NONE], [3, NONE]]);
    let strange = [half(), -half(), minus(1), from_u64(2), minus(2), from_u64(3).inverse().unwrap()];
    for row in 0..2 {
        for action in 0..2 {
            for share in strange {
                let attempt = scene().attempt(same, |w| w.rows[row].pairs[action].held = share);
                assert_eq!(attempt.refused(), Some(HELD), "{row} {action} {share}");
            }
            // One more than a slack, which HELD allows, is more than one action.
            let attempt = scene().attempt(same, |w| {
                let pair = &mut w.rows[row].pairs[action];
                pair.held = pair.slack + Fr::one();
            });
            let right = row == action;
            assert_eq!(attempt.refused(), if right { None } else { Some(ROW) }, "{row} {action}");
        }
    }
    // Two rows share an action by halves, or exchange parts of two.
    for parts in [[half(), half()], [from_u64(2), minus(1)]] {
        let attempt = scene().attempt(same, |w| {
            for row in 0..2 {
                (w.rows[row].pairs[0].held, w.rows[row].pairs[1].held) = (parts[row], parts[1 - row]);
            }
        });
        assert_eq!(attempt.refused(), Some(HELD));
    }
}

/// Every way to write a mask in bits, whatever they are, and a rest: the right one passes.
#[test]
fn masks_written_otherwise() {
    let bits: Vec<Fr> = (0..4).map(from_u64).chain([minus(1), minus(2), half()]).collect();
    let rests: Vec<Fr> =
        (0..3).map(from_u64).chain([minus(1), half(), -from_u64(4).inverse().unwrap()]).collect();
    for mask in 0..9u64 {
        let scene = Scene::new(&[5, 4], &[[mask, NONE]]);
        let mut attempt = scene.attempt(same, as_filled);
        let honest = attempt.case.witness.rows[0].clone();
        let mut passed = 0;
        for low in &bits {
            for high in &bits {
                for rest in &rests {
                    let row = &mut attempt.case.witness.rows[0];
                    row.clone_from(&honest);
                    let apart = from_integer(scene.circuit.shape().apart());
                    for (pair, bit) in row.pairs.iter_mut().zip([low, high]) {
                        pair.slack += (pair.steerable - bit) * apart;
                        pair.steerable = *bit;
                    }
                    row.beyond = *rest;
                    if attempt.refused().is_none() {
                        assert_eq!([*low, *high, *rest], [mask % 2, mask / 2 % 2, mask / 4].map(from_u64));
                        passed += 1;
                    }
                }
            }
        }
        assert_eq!(passed, 1, "{mask}");
    }
}

/// Commitments to what is no u64, which admission refuses: a mask has no bits then, so there is no proof; a baseline
/// action is none of the actions.
#[test]
fn commitments_to_other_numbers() {
    let scene = Scene::new(&[5, 4], &[[1, NONE], [2, NONE]]);
    for number in [minus(1), minus(4), half(), -half(), from_u64(4).inverse().unwrap()] {
        let mut attempt = scene.attempt(same, as_filled);
        attempt.case.sealed[0][0] = number;
        assert!(attempt.refused().is_some(), "{number}");
        let rest = (number - Fr::one()) * from_u64(4).inverse().unwrap();
        attempt.case.witness.rows[0].beyond = rest;
        assert_eq!(attempt.refused(), Some(SUMS), "{number}");

        let mut attempt = scene.attempt(same, as_filled);
        attempt.case.sealed[1][0] = number;
        attempt.case.witness.rows[0].baseline = number;
        assert_eq!(attempt.refused(), None, "{number}");
        attempt.set((TAKEN, 3, 1), Fr::one());
        assert_eq!(attempt.refused(), Some(TAKEN), "{number}");
    }
}

/// A flag about a baseline action that is no bit: an action counts twice, or for a part.
#[test]
fn baselines_in_parts() {
    for flag in [from_u64(2), minus(1), half(), Fr::zero()] {
        let scene = Scene::new(&[50, 40], &[[3, 0], [3, 0]]);
        let mut attempt = scene.attempt(same, as_filled);
        assert_eq!(attempt.refused(), None);
        attempt.set((TAKEN, 1, 1), flag);
        assert_eq!(attempt.refused(), Some(TAKEN), "{flag}");
        let mut attempt = scene.attempt(same, as_filled);
        attempt.set((USED, 1, 1), flag);
        // Nobody's baseline it is not: the flag is 0.
        assert_eq!(attempt.refused(), if flag.is_zero() { None } else { Some(USED) }, "{flag}");
    }
}

/// Numbers that are another action's, singly, and tuples of no action.
#[test]
fn results_of_other_actions() {
    let scene = Scene::new(&[50, 40], &[[3, NONE], [1, NONE]]);
    for (column, row) in [(1, 0), (1, 1), (2, 0), (2, 1)] {
        for number in [Fr::zero(), Fr::one(), from_u64(40), from_u64(50), minus(1), half()] {
            let mut attempt = scene.attempt(same, as_filled);
            if attempt.case.results[column][row] == number {
                continue;
            }
            // The sum that goes with it is claimed too.
            let change = number - attempt.case.results[column][row];
            attempt.case.scalars[column - 1] += change;
            attempt.case.results[column][row] = number;
            let filled = &mut attempt.case.witness.rows[row];
            *(if column == 1 { &mut filled.revenue } else { &mut filled.payment }) = number;
            assert_eq!(attempt.refused(), Some(MENU), "{column} {row} {number}");
            for entry in 0..3 {
                attempt.chosen.clear();
                attempt.set((COUNT, entry, 0), Fr::one());
                assert_eq!(attempt.refused(), Some(MENU), "{column} {row} {number}");
            }
        }
    }
}

/// The true duals of drawn rounds prove no other claim, nor do duals made for it.
#[test]
fn true_duals_prove_no_other_claim() {
    let (mut tried, mut recorded) = (0, std::collections::BTreeMap::new());
    for seed in 0..80 {
        let rng = &mut StdRng::seed_from_u64(seed);
        let (terms, rows) = draw(rng);
        let actions = terms.action_values.len();
        if rows.is_empty() || actions > 5 {
            continue;
        }
        let circuit = AllocationCircuit { rows: rows.len() + 1, actions, limb_bits: TINY };
        let matrices = recorded
            .entry((circuit.rows, circuit.actions))
            .or_insert_with(|| record(&circuit, &circuit.blank()));
        let truth = settle(&terms, &rows);
        let honest = Scene { told: rows.clone(), terms, rows, claim: truth.clone(), circuit };
        let dual = honest.market().dual();
        for _ in 0..20 {
            let mut actions = truth.actions.clone().unwrap();
            let (one, other) = (rng.gen_range(0..actions.len()), rng.gen_range(0..actions.len()));
            actions.swap(one, other);
            if rng.gen_bool(0.5) {
                actions[one] = Some(Count(rng.gen_range(0..circuit.actions as u64)));
            }
            let actions: Vec<Option<u64>> = actions.iter().map(|action| action.map(|a| a.0)).collect();
            let scene = honest.clone().claims(&actions);
            if scene.is_true() {
                continue;
            }
            let own = scene.market().dual();
            for dual in [&dual, &own] {
                let case = scene.attempt_at(dual, as_filled).case;
                assert!(case.check(matrices).is_err(), "seed {seed}: {actions:?}");
            }
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
}
