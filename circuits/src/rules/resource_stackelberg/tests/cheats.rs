//! Provers who lie about contests, budgets, splits and contributions, and everything honest that must pass all the
//! same.

use super::*;
use crate::rules::resource_stackelberg::circuit::TIERS;
use crate::testing::cheat::wires_of;

/// Whether the circuit accepts a case as its prover fills it.
fn accepted(case: &Case) -> bool {
    case.check(&arena().1).is_ok()
}

/// Up to four owners of drawn rounds, and ones at the ends.
fn stories() -> Vec<Story> {
    let mut stories = Vec::new();
    for seed in 0..120 {
        let (terms, rows) = draw(&mut StdRng::seed_from_u64(seed));
        let qualities: Vec<u64> = rows.iter().take(ROWS).map(|[quality, _]| *quality).collect();
        stories.push(Story::new(terms, &qualities));
    }
    for minimum in [1, 2, 999_999, MILLION] {
        for told in [0, 1, 2, 999_998, 999_999, MILLION, MILLION + 1, 1 << 32, u64::MAX] {
            for (value, unit_cost) in [(VALUE_MAX, 1), (VALUE_MAX, COST_MAX), (5, 3), (0, 1)] {
                stories.push(Story::new(terms_of(value, unit_cost, minimum), &[told, MILLION, 999_999]));
            }
        }
    }
    stories
}

/// An owner who is out has a cost as well, for a prover who wants it in.
fn with_all_costs(story: Story) -> Story {
    let costs = story.costs.iter().map(|cost| Some(cost.unwrap_or(MILLION << 32))).collect();
    Story { costs, ..story }
}

/// Every set of owners as the contest, with the budget that is best for it, with none, and with the right one: only the
/// right outcome passes, and it does.
#[test]
fn every_other_contest_is_refused() {
    let mut tried = [0; 2];
    for story in stories() {
        let truth = story.truth();
        assert!(accepted(&story.case()), "{:?} {:?}", story.terms, story.qualities);
        let rows = story.qualities.len();
        let contest = story.contest.takes_part.clone();
        let story = with_all_costs(story);
        for set in 0..1u32 << rows {
            let set: Vec<bool> = (0..rows).map(|row| set >> row & 1 == 1).collect();
            let other = story.clone().with_set(&set);
            for budget in [other.budget, 0, truth.budget.0] {
                let other = other.clone().spending(budget);
                let (passes, right) = (accepted(&other.case()), set == contest && budget == truth.budget.0);
                assert_eq!(passes, right, "{:?} {:?} {set:?} {budget}", story.terms, story.qualities);
                tried[usize::from(right)] += 1;
            }
        }
    }
    assert!(tried.iter().all(|count| *count > 200), "{tried:?}");
}

/// Any other budget, with everything that follows from it.
#[test]
fn every_other_budget_is_refused() {
    for story in stories() {
        let (truth, value) = (story.budget, story.terms.value_scale.0);
        let others = [0, 1, truth.wrapping_sub(1), truth + 1, truth + 2, value, value + 1, 1 << 44, u64::MAX];
        for budget in others.into_iter().filter(|budget| *budget != truth) {
            let other = story.clone().spending(budget);
            assert!(!accepted(&other.case()), "{:?} {:?} {budget}", story.terms, story.qualities);
        }
    }
}

/// Every list of receipts that adds up to a small budget, with every choice of bonuses, and every cut that differs.
#[test]
fn every_other_split_is_refused() {
    let mut right = 0;
    for (budget, qualities) in
        [(3, [MILLION, MILLION, MILLION]), (4, [MILLION, 900_000, 800_000]), (2, [800_000, MILLION, MILLION])]
    {
        let story = Story::new(terms_of(0, 3, 1), &qualities);
        let spared = (3 * story.contest.total).div_ceil((story.contest.count as u128 - 1) << 32) as u64;
        let story = Story { terms: terms_of(spared + budget, 3, 1), ..story }.optimal();
        assert_eq!(story.budget, budget);
        let (truth, divided) = (receipts(&story.truth()), story.divided());
        let divisor = from_u128(story.contest.total);
        let list = |list: u64| [0, 1, 2].map(|row| list / (budget + 1).pow(row) % (budget + 1));
        let lists = (0..(budget + 1).pow(3)).map(list);
        for claimed in lists.filter(|list| list.iter().sum::<u64>() == budget) {
            for bonuses in 0..1u64 << ROWS {
                let row = |row: usize| {
                    let bonus = from_u64(bonuses >> row & 1);
                    let quotient = from_u64(claimed.get(row).copied().unwrap_or(0)) - bonus;
                    let remainder = divided[row].remainder + (divided[row].quotient - quotient) * divisor;
                    Divided { quotient, remainder, bonus }
                };
                let rows = [0, 1, 2, 3].map(row);
                let keys = (0..ROWS).map(|i| widths().key_of(i, rows[i].remainder));
                for cut in keys.flat_map(|key| [key, key + Fr::one()]).chain([widths().end(divisor)]) {
                    let passes = accepted(&story.splitting(&rows, Some(cut)));
                    assert!(!passes || claimed[..] == truth, "{qualities:?} {claimed:?} {bonuses:b}");
                    right += u32::from(passes);
                }
            }
        }
    }
    assert!(right > 2, "the right split passes: {right}");
}

/// Any other contribution, for every owner.
#[test]
fn every_other_contribution_is_refused() {
    for story in stories().into_iter().step_by(3) {
        for row in 0..story.qualities.len() {
            for by in [1, -1, MILLION as i64, i64::MAX] {
                let mut case = story.case();
                case.results[1][row] += from_integer(by);
                assert!(!accepted(&case), "{:?} {:?} row {row}: {by}", story.terms, story.qualities);
            }
        }
    }
}

/// Limbs of the gap below the best quality and of the excess above it, as somebody says.
fn gap_and_excess(row: usize, gap: u64, excess: u64) -> Vec<(usize, Fr)> {
    let property = "a quality is not both below the best and above";
    let number = |side: usize, number: u64| {
        let wires = wires_of(&arena().1, property, row, side);
        wires.into_iter().enumerate().map(move |(limb, wire)| (wire, from_u64(number >> (4 * limb) & 15)))
    };
    number(0, gap).chain(number(1, excess)).collect()
}

/// What more than the best quality counts as, and what is below 0, which no admission lets pass.
#[test]
fn qualities_count_as_one_number() {
    let story = |quality: u64| Story::new(terms_of(1_000, 3, 800_000), &but(1, quality));
    // Any other gap and excess that make the same number, and what follows from them.
    for (told, counted) in
        [(900_000, 950_000), (900_000, 850_000), (MILLION + 5, 999_999), (u64::MAX, 900_000)]
    {
        let mut case = story(counted).case();
        case.sealed[0][1] = from_u64(told);
        let (gap, excess) = (MILLION - counted, told.wrapping_sub(counted));
        assert!(!passes(case, gap_and_excess(1, gap, excess)), "{told} as {counted}");
    }
    let below = |told: i64| {
        let mut case = story(0).case();
        case.sealed[0][1] = from_integer(told);
        passes(case, gap_and_excess(1, (MILLION as i64 - told) as u64, 0))
    };
    assert!(below(0) && below(-1) && below(-48_575), "out, as 0 is");
    assert!(!below(-48_576), "not a number of the circuit");
    let mut case = story(MILLION).case();
    case.sealed[0][1] = -Fr::one();
    assert!(!passes(case, Vec::new()));
}

/// The widths that the circuit's text states, at the ends.
#[test]
fn widths_are_those_of_the_text() {
    let power = |bits: u32| BigUint::from(1u32) << bits;
    let (cost, value) = (BigUint::from(MILLION) << 32u32, power(44));
    let total: BigUint = &cost * 256u32;
    assert!(cost < power(52) && total <= power(60));
    // surplus + rivalry = total, so their product is at most total²/4.
    let product: BigUint = &total * &total / 4u32;
    assert!(product < power(119) && &product * &value * MILLION < power(183));
    assert!(&total * &total * COST_MAX < power(152));
    // Of the contribution total² cancels; of the budget, the largest is the value.
    assert!(&value * MILLION / 4u32 < power(62));
    assert!((BigUint::from(255u32) << 32u32) < power(40));
    assert!(&total * COST_MAX + (BigUint::from(255u32) << 32u32) < power(93));
}

/// The published circuits hold the largest and the smallest rounds.
#[test]
fn published_circuits_hold_every_end() {
    for circuit in &TIERS {
        let matrices = record(circuit, &circuit.blank());
        let full = circuit.capacity();
        for (value, unit_cost, minimum) in
            [(VALUE_MAX, 1, 1), (VALUE_MAX, COST_MAX, 1), (0, COST_MAX, 1), (VALUE_MAX, 1, MILLION)]
        {
            for quality in [0, 1, MILLION, u64::MAX] {
                let cheap = (full / 2..full).map(|_| MILLION);
                let mixed: Vec<u64> = vec![quality; full / 2].into_iter().chain(cheap).collect();
                for qualities in [vec![quality; full], mixed, vec![quality], Vec::new()] {
                    let rows: Vec<Value> = qualities.iter().map(|q| to_value(&row([*q, COST_MAX]))).collect();
                    let terms = to_value(&terms_of(value, unit_cost, minimum));
                    let round = crate::testing::Subject::settled(&subject::Subject, &terms, &rows).unwrap();
                    let about = format!("{full}: {terms}, {} of {quality}", qualities.len());
                    assert!(round.accepted(circuit, &matrices), "{about}");
                    let mut other = round.clone();
                    let budget: u64 = round.outcome["budget"].as_str().unwrap().parse().unwrap();
                    other.outcome["budget"] = (budget + 1).to_string().into();
                    assert!(!other.accepted(circuit, &matrices), "{about}");
                }
            }
        }
    }
}
