//! Each kind of constraint is taken out of the matrices, and somebody cheats: a menu of one tier, with threshold 3,
//! gain 7 and so payment 21, and one buyer.

use super::*;
use crate::testing::forms::{COUNT, ENTRY, FOLD, LIMB, POLE, POWER, ROW};
use crate::testing::mutation::{self, Cheat, Filled};

/// One row, and one of padding.
fn circuit() -> QualityMenuCircuit {
    QualityMenuCircuit::sized(2, 4).slots(1)
}

/// A false claim about a buyer with this valuation.
fn cheat(property: &'static str, valuation: u64, result: Claimed) -> Cheat<QualityMenuCircuit> {
    let terms = terms(&[(3, 7)]);
    let outcome = claimed(&terms, &[result]);
    Cheat::new(property, round(Disclosure::Sealed, &terms, &[valuation], &outcome))
}

/// What a buyer who reaches the tier gets.
const TIER: Claimed = (1, 7, 21);
/// What the others get.
const NOTHING: Claimed = (0, 0, 0);

/// The witness of a buyer with a valuation of 5, whatever is claimed.
fn say_five(case: &mut Case) {
    case.witness = case.circuit.fill(
        &terms(&[(3, 7)]),
        &[5],
        &[vec![from_u64(1)], vec![from_u64(7)], vec![from_u64(21)]],
    );
}

/// The tier's interval starts at 0 for this buyer.
fn start_at_zero(case: &mut Case) {
    let row = &mut case.witness[0];
    (row.above, row.start) = (row.above + row.start, Fr::zero());
}

/// The buyer is counted as one at the tier.
fn count_at_the_tier(filled: &Filled<'_>) -> Vec<(usize, Fr)> {
    vec![(filled.committed(COUNT, 1), Fr::one())]
}

fn theta(filled: &Filled<'_>, power: u64) -> Fr {
    filled.z[3].pow([power])
}

/// The two products of the tier's fold, or of one that differs in start or payment.
fn product(filled: &Filled<'_>, start: u64) -> Fr {
    (from_u64(start) + theta(filled, 1)) * (from_u64(1) + theta(filled, 2))
}

fn product_of_payment(filled: &Filled<'_>, payment: u64) -> Fr {
    (from_u64(payment) + theta(filled, 3)) * (from_u64(7) + theta(filled, 4))
}

fn cheats_of_sums() -> Vec<Cheat<QualityMenuCircuit>> {
    let said = |property, valuation, result| Cheat { say: say_five, ..cheat(property, valuation, result) };
    vec![
        said("valuations are the ledger's", 2, TIER),
        said("levels are the settlement's", 5, (0, 7, 21)),
        said("gains are the settlement's", 5, (1, 6, 21)),
        said("payments are the settlement's", 5, (1, 7, 20)),
    ]
}

fn cheats_of_ranges() -> Vec<Cheat<QualityMenuCircuit>> {
    let top_limb = |number: usize| vec![16 * number + 15];
    vec![
        // One below the threshold, and in its interval: −1 above its start.
        Cheat { only: top_limb(0), ..cheat(LIMB, 2, TIER) },
        // Two above the threshold, and in the interval below: −3 below its end.
        Cheat { only: top_limb(1), ..cheat(LIMB, 5, NOTHING) },
        cheat(ENTRY, 2, TIER),
        cheat("the lookup sums are equal", 2, TIER),
    ]
}

/// Tuples that are no entry. Where their fold must be the tier's, it is counted as one.
fn cheats_of_the_menu() -> Vec<Cheat<QualityMenuCircuit>> {
    let low = |property, nth| {
        let cheat = cheat(property, 2, TIER);
        Cheat { only: vec![nth], say: start_at_zero, commit: count_at_the_tier, ..cheat }
    };
    let cheap = |property, nth| Cheat {
        only: vec![nth],
        commit: count_at_the_tier,
        ..cheat(property, 5, (1, 7, 20))
    };
    let poor = Cheat { only: vec![1], commit: count_at_the_tier, ..cheat(POWER, 5, (1, 6, 21)) };
    vec![
        // At θ² = −level the start does not matter, at θ³ = −payment the gain, at θ⁴ = −gain the payment.
        Cheat { choose: |f| vec![(f.defined(POWER, 0), -from_u64(1))], ..low(POWER, 0) },
        Cheat { choose: |f| vec![(f.defined(POWER, 1), -from_u64(21))], ..poor },
        Cheat { choose: |f| vec![(f.defined(POWER, 2), -from_u64(7))], ..cheap(POWER, 2) },
        // The products of two rows come first, then those of level 0 and of the tier.
        Cheat { choose: |f| vec![(f.defined(FOLD, 0), product(f, 3))], ..low(FOLD, 0) },
        Cheat { choose: |f| vec![(f.defined(FOLD, 1), product_of_payment(f, 21))], ..cheap(FOLD, 1) },
        Cheat { choose: |f| vec![(f.defined(FOLD, 6), product(f, 0))], ..low(FOLD, 6) },
        Cheat { choose: |f| vec![(f.defined(FOLD, 7), product_of_payment(f, 20))], ..cheap(FOLD, 7) },
        Cheat { commit: mutation::none, ..cheap(ROW, 0) },
        cheap(POLE, 1),
        Cheat { commit: mutation::none, ..cheap(COUNT, 1) },
        cheat("the sums of rows and public table are equal", 5, (1, 7, 20)),
    ]
}

#[test]
fn every_kind_of_constraint_is_needed() {
    let cheats = [cheats_of_sums(), cheats_of_ranges(), cheats_of_the_menu()];
    mutation::check(&circuit(), &cheats.into_iter().flatten().collect::<Vec<_>>());
}
