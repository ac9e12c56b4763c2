//! Each kind of constraint is taken out of the matrices, and somebody cheats; for limbs, each range in turn.

use super::*;
use crate::testing::mutation::{self, Cheat};

/// Two rows; a key is 16 times the remainder and 15 for row 0, 14 for row 1.
fn circuit() -> RevenueShareCircuit {
    RevenueShareCircuit::sized(2, 4)
}

/// The limbs of the room above the cut come first, then those of each row: weight, quotient, bound, distance.
const LIMBS: [usize; 5] = [19, 16, 16, 18, 19];

/// The top limb of the room.
const ROOM: usize = LIMBS[0] - 1;

/// The top limb of a row's number: 1 is the weight, 4 the distance.
fn top_limb(row: usize, number: usize) -> usize {
    let before: usize = LIMBS[1..number].iter().sum();
    LIMBS[0] + row * LIMBS[1..].iter().sum::<usize>() + before + LIMBS[number] - 1
}

/// A false claim about these weights.
fn cheat(
    property: &'static str,
    (weights, pot, unallocated): ([u64; 2], u64, u64),
    receipts: [u64; 2],
    dust: u64,
    say: fn(&mut Case),
) -> Cheat<RevenueShareCircuit> {
    let round = round(&terms(pot, unallocated), &weights, &claim(&receipts, dust));
    Cheat { say, ..Cheat::new(property, round) }
}

/// The witness that the equations force for these weights, claimed receipts, bonuses and cut.
fn say(case: &mut Case, terms: &Terms, weights: &[Fr], bonuses: &[Fr], stand_in: u64, cut: u64) {
    let receipts = case.results[0].clone();
    let choice = Choice { bonuses: bonuses.to_vec(), stand_in: from_u64(stand_in), cut: from_u64(cut) };
    case.witness = forced(&case.circuit, terms, weights, &receipts, &choice);
}

/// Of [4, 3] shares of 8 the bonuses are 2 and -1 instead of 1 and 0: with both the ranges are met.
fn two_units_and_minus_one(case: &mut Case) {
    say(case, &terms(8, 0), &fields(&[4, 3]), &[from_u64(2), -Fr::one()], 0, 79);
}

/// Row 0 gets 0 instead of 1, and its remainder is the whole divisor: its key is under a cut above all keys.
fn cut_above_the_end(case: &mut Case) {
    say(case, &terms(4, 2), &fields(&[1, 1]), &fields(&[0, 0]), 0, 80);
}

/// Row 0 gets 2 instead of 1, and its remainder is −4.
fn negative_remainder(case: &mut Case) {
    say(case, &terms(4, 2), &fields(&[1, 1]), &fields(&[0, 0]), 0, 64);
}

/// Of two equal rows the later one has the bonus; the earlier one's key is above the cut as well.
fn later_row_first(case: &mut Case) {
    say(case, &terms(1, 0), &fields(&[1, 1]), &fields(&[0, 1]), 0, 30);
}

/// Shares of 3 and 1 for equal weights, without remainders.
fn unequal_shares(case: &mut Case) {
    case.witness = case.circuit.fill(&terms(4, 0), &[3, 1], &fields(&[3, 1]));
    case.witness.divisor = from_u64(2);
    (case.witness.cut, case.witness.room) = (from_u64(32), from_u64(0));
    for (row, distance) in case.witness.rows.iter_mut().zip([16, 17]) {
        (row.weight, row.part.distance) = (from_u64(1), from_u64(distance));
    }
}

/// The ledger holds the weights 1/3 and 2/3, which no admission lets pass: three times them are numbers.
fn fractional_weights(case: &mut Case) {
    let third = from_u64(3).inverse().unwrap();
    case.sealed[0] = vec![third, third + third];
    let weights = case.sealed[0].clone();
    say(case, &terms(3, 0), &weights, &fields(&[0, 0]), 0, 16);
}

/// Half a unit each, which is no amount: two halves are the pot.
fn fractional_receipts(case: &mut Case) {
    let half = from_u64(2).inverse().unwrap();
    case.results[0] = vec![half, half];
    say(case, &terms(1, 0), &fields(&[1, 1]), &fields(&[0, 0]), 0, 32);
}

fn cheats_of_the_whole() -> Vec<Cheat<RevenueShareCircuit>> {
    vec![
        // A stand-in of 1 beside a whole of 2: nobody has one of three parts of the one unit.
        cheat("only a whole of 0 has a stand-in", ([1, 1], 1, 0), [0, 0], 1, |case| {
            say(case, &terms(1, 0), &fields(&[1, 1]), &fields(&[0, 0]), 1, 48);
        }),
        cheat("the cut is at most the end of the keys", ([1, 1], 4, 2), [0, 1], 3, |case| {
            cut_above_the_end(case);
            case.witness.room = Fr::zero();
        }),
        // Twice the unallocated weight.
        cheat("the whole is the sum of all weights", ([1, 1], 4, 2), [0, 0], 4, |case| {
            say(case, &terms(4, 6), &fields(&[1, 1]), &fields(&[0, 0]), 0, 128);
        }),
        // A unit of dust is nobody's. Where the receipts are sealed, the balance of the commitments is a second lock.
        cheat("receipts and dust are the pot", ([1, 1], 4, 2), [1, 1], 1, mutation::nothing),
        cheat("nobody has a bonus beside unallocated weight", ([1, 1], 4, 1), [2, 1], 1, mutation::nothing),
        cheat("without any weight everything is dust", ([0, 0], 1, 0), [1, 0], 0, mutation::nothing),
        cheat("dust with nothing unallocated means no weight", ([1, 1], 1, 0), [0, 0], 1, mutation::nothing),
    ]
}

fn cheats_of_rows() -> Vec<Cheat<RevenueShareCircuit>> {
    let later = "the rows from the cut on have the bonuses";
    let bounded = "a remainder is at least 0, with a bonus below the divisor";
    vec![
        cheat("the exact share times the divisor", ([1, 1], 4, 0), [3, 1], 0, unequal_shares),
        cheat("the quotient times the divisor", ([1, 1], 4, 0), [3, 1], 0, unequal_shares),
        cheat("a bonus is one unit or none", ([4, 3], 8, 0), [6, 2], 0, two_units_and_minus_one),
        cheat(bounded, ([1, 1], 4, 2), [2, 1], 1, |case| {
            negative_remainder(case);
            case.witness.rows[0].part.bounded = Fr::zero();
        }),
        cheat(later, ([1, 1], 1, 0), [0, 1], 0, |case| {
            later_row_first(case);
            case.witness.rows[0].part.distance = Fr::zero();
        }),
        // The settlement of equal weights, for weights 1 and 0.
        cheat("weights are the ledger's", ([1, 0], 2, 0), [1, 1], 0, |case| {
            case.witness = case.circuit.fill(&terms(2, 0), &[1, 1], &fields(&[1, 1]));
        }),
        cheat("receipts are the settlement's", ([1, 0], 2, 0), [1, 1], 0, |case| {
            case.witness = case.circuit.fill(&terms(2, 0), &[1, 0], &fields(&[2, 0]));
        }),
    ]
}

/// One number out of its range, by its top limb alone.
fn cheats_of_ranges() -> Vec<Cheat<RevenueShareCircuit>> {
    let limb = "a limb lies in the table";
    let without = |only: &[usize], cheat: Cheat<_>| Cheat { only: only.to_vec(), ..cheat };
    let above = |property| cheat(property, ([1, 1], 4, 2), [0, 1], 3, cut_above_the_end);
    vec![
        without(&[ROOM], above(limb)),
        without(
            &[top_limb(0, 1), top_limb(1, 1)],
            cheat(limb, ([0, 0], 3, 0), [1, 2], 0, fractional_weights),
        ),
        without(
            &[top_limb(0, 2), top_limb(1, 2)],
            cheat(limb, ([1, 1], 1, 0), [0, 1], 0, fractional_receipts),
        ),
        without(&[top_limb(0, 3)], cheat(limb, ([1, 1], 4, 2), [2, 1], 1, negative_remainder)),
        without(&[top_limb(0, 4)], cheat(limb, ([1, 1], 1, 0), [0, 1], 0, later_row_first)),
        // Without the table's rows its quotients make up for the limb off the table; without the equality nothing
        // has to.
        above("a table entry counts its limbs"),
        above("the lookup sums are equal"),
    ]
}

#[test]
fn every_kind_of_constraint_is_needed() {
    let circuit = circuit();
    let full = record(&circuit, &circuit.blank());
    let limbs = full.rows_of("a limb lies in the table").len();
    assert_eq!(limbs, LIMBS[0] + 2 * LIMBS[1..].iter().sum::<usize>());
    let cheats: Vec<_> =
        [cheats_of_the_whole(), cheats_of_rows(), cheats_of_ranges()].into_iter().flatten().collect();
    mutation::check(&circuit, &cheats);
}
