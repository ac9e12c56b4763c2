//! Each kind of constraint is taken out of the matrices, and somebody cheats; then each kind of number is taken out
//! of the lookup.
//!
//! A cheat is a claim that the integer checks pass and that is not the evaluator's outcome. It counts if the mutated
//! matrices accept it at several challenges with the same committed wires, and if the full matrices refuse it because
//! of what is missing and nothing else.

use super::*;
use crate::gadgets::range::limb_count;
use crate::proof_system::{KeyError, setup_mutated};
use crate::rules::procedures::matching::Dual;
use crate::rules::procedures::matching::attempt::score;
use ark_ff::{Field, One, Zero};

type Certificate = super::super::certificate::Witness;
type Try = Attempt<AssignmentCircuit>;

/// A claim that the integer checks pass and that is false.
fn claim(items: &[(u64, u64)], bids: &[&[u64]], assigned: &[Option<u64>], prices: &[u64]) -> Scene {
    let auction = Auction::on_paper(items, bids);
    let outcome = auction.claimed(assigned, prices);
    assert!(native::check_outcome(&auction.terms, bids.len(), &outcome).is_ok(), "{outcome:?}");
    assert_ne!(outcome, auction.outcome(), "the claim is false");
    auction.scene(&outcome, 0)
}

/// Prices q' that this many of the certificate's numbers make, and utilities that follow from them.
fn at(prices: Vec<BigInt>, scene: &Scene) -> Dual {
    Dual::at(prices, &scene.market.weights(), scene.market.held())
}

/// The item goes to the middle one of three equal bids: the first has the largest bonus, the last sets the price.
fn second_of_three() -> Scene {
    claim(&[(1, 0)], &[&[1], &[1], &[1]], &[None, Some(0), None], &[1])
}

/// The certificate of [`second_of_three`]: nothing but the slack of row 0 is wrong.
fn third_sets_the_price(scene: &Scene) -> impl FnOnce(&mut Certificate) + use<> {
    let dual = at(vec![scene.weight(2, 0)], scene);
    move |c| *c = Certificate { dual, ranks: vec![1], parents: vec![Some(2)], ..c.clone() }
}

/// The item costs 2, but nobody else would pay more than 1.
fn too_dear() -> Scene {
    claim(&[(1, 0)], &[&[3], &[1]], &[Some(0), None], &[2])
}

/// The certificate of [`too_dear`] with this parent.
fn with_parent(scene: &Scene, parent: Option<usize>) -> impl FnOnce(&mut Certificate) + use<> {
    let dual = at(vec![BigInt::from(2) << scene.market.size().bits()], scene);
    move |c| *c = Certificate { dual, ranks: vec![1], parents: vec![parent], ..c.clone() }
}

/// The row gets its second choice, for nothing.
fn second_choice() -> Scene {
    claim(&[(1, 0), (1, 0)], &[&[2, 1]], &[Some(1)], &[0, 0])
}

/// A certificate in which everything is free, and this is the utility of the only row.
fn content_with(utility: BigInt) -> impl FnOnce(&mut Certificate) {
    move |c| {
        let items = c.ranks.len();
        c.dual = Dual { prices: vec![BigInt::zero(); items], utilities: vec![utility] };
        (c.ranks, c.parents) = (vec![0; items], vec![None; items]);
    }
}

/// The bonus of a pair.
fn bonus(scene: &Scene, row: usize, item: usize) -> Fr {
    crate::field::from_integer(scene.market.size().bonus(row, item))
}

fn same(_: &mut Certificate) {}

fn as_filled(_: &mut Witness) {}

/// A pair with no slack at all, and no carry: what is claimed of row 0 and item 0 is not true.
fn no_slack(witness: &mut Witness) {
    witness.slacks[0][0] = [Fr::zero(); 2];
    witness.carries[0][0] = Fr::zero();
}

/// A row that bids 0 gets the item: it is said to be interested.
fn zero_wins() -> Try {
    let scene = claim(&[(1, 0)], &[&[0]], &[Some(0)], &[0]);
    let utility = scene.market.size().bonus(0, 0);
    let mut attempt = scene.attempt(content_with(utility), no_slack);
    attempt.set((INTEREST, 1, 1), Fr::zero());
    attempt
}

/// The first of three equal bids is said to be of no interest: it has no bonus.
fn interest_denied() -> Try {
    let scene = second_of_three();
    let (certify, left) = (third_sets_the_price(&scene), bonus(&scene, 2, 0));
    let mut attempt = scene.attempt(certify, |w| {
        no_slack(w);
        w.slacks[0][0][0] = left;
    });
    attempt.set((INTEREST, 1, 1), Fr::one());
    attempt
}

/// The first of three equal bids has no slack, whatever the sum says.
fn slack_made_up() -> Try {
    let scene = second_of_three();
    let certify = third_sets_the_price(&scene);
    scene.attempt(certify, no_slack)
}

fn second_choice_held() -> Try {
    let scene = second_choice();
    let utility = scene.weight(0, 0);
    scene.attempt(content_with(utility), as_filled)
}

/// A holder is its own item's parent. It has the item's rank or, as `rank` says, another.
fn own_excuse(rank: u64, rise: u64) -> Try {
    let scene = too_dear();
    let certify = with_parent(&scene, Some(0));
    scene.attempt(certify, |w| {
        w.row_ranks[0] = from_u64(rank);
        w.rises[0] = from_u64(rise);
    })
}

/// A row that would not have the item at this price is said to be its parent.
fn unwilling_parent() -> Try {
    let scene = too_dear();
    let certify = with_parent(&scene, Some(1));
    scene.attempt(certify, as_filled)
}

fn orphan() -> Try {
    let scene = too_dear();
    let certify = with_parent(&scene, None);
    scene.attempt(certify, as_filled)
}

/// The row gets the later of two equal items, because the earlier one, which nobody has, costs a bit of bonus.
fn later_item() -> Try {
    let scene = claim(&[(1, 0), (1, 0)], &[&[1, 1]], &[Some(1)], &[0, 0]);
    let dual = at(vec![scene.weight(0, 0) - scene.weight(0, 1), BigInt::zero()], &scene);
    let certify = |c: &mut Certificate| {
        *c = Certificate { dual, ranks: vec![1, 0], parents: vec![Some(0), None], ..c.clone() };
    };
    scene.attempt(certify, as_filled)
}

/// The only bid gets nothing, and has all the utility it could have.
fn contented_loser() -> Try {
    let scene = claim(&[(1, 0)], &[&[2]], &[None], &[0]);
    let utility = scene.weight(0, 0);
    scene.attempt(content_with(utility), as_filled)
}

/// What is true of the bids 3 and 2 is claimed of 2 and 3.
fn other_bids() -> Try {
    let other = Auction::on_paper(&[(1, 0)], &[&[3], &[2]]);
    let witness = other.scene(&other.outcome(), 0).case.witness;
    claim(&[(1, 0)], &[&[2], &[3]], &[Some(0), None], &[2]).attempt(same, |w| *w = witness)
}

/// The right holder is committed, another one is published.
fn other_holder() -> Try {
    let auction = Auction::on_paper(&[(1, 0)], &[&[2], &[3]]);
    let witness = auction.scene(&auction.outcome(), 0).case.witness;
    claim(&[(1, 0)], &[&[2], &[3]], &[Some(0), None], &[2]).attempt(same, |w| *w = witness)
}

/// The first of three equal bids has a slack below 0: its money is −1.
fn negative_slack() -> Try {
    let scene = second_of_three();
    let certify = third_sets_the_price(&scene);
    scene.attempt(certify, as_filled)
}

fn cheats() -> Vec<(&'static str, Option<Vec<usize>>, Try)> {
    vec![
        // The two constraints of a pair: "not zero is 1" and "zero is 0".
        (INTEREST, Some(vec![0]), zero_wins()),
        (INTEREST, Some(vec![1]), interest_denied()),
        (SLACK, None, slack_made_up()),
        (HOLDER, None, second_choice_held()),
        (HOLDER, None, own_excuse(0, 1)),
        (PARENT, None, unwilling_parent()),
        (PARENT, None, own_excuse(1, 1)),
        (SPARE, None, later_item()),
        (ORPHAN, None, orphan()),
        (NOTHING, None, contented_loser()),
        (LINK, None, other_bids()),
        (PUBLISHED, None, other_holder()),
        (LIMB, None, negative_slack()),
        ("a table entry counts its limbs", None, negative_slack()),
        ("the lookup sums are equal", None, negative_slack()),
    ]
}

#[test]
fn every_kind_of_constraint_is_needed() {
    let cheats = cheats();
    cheats.iter().for_each(|(property, nth, attempt)| attempt.needs(property, nth.as_deref()));
    let full = &cheats[0].2.full;
    score("assignment/v1", full, cheats.iter().map(|(property, ..)| *property));
}

/// Where numbers stand among the looked-up ones of a circuit.
struct Looked {
    circuit: AssignmentCircuit,
    lower: usize,
    bonus: usize,
    money: usize,
}

impl Looked {
    fn new(attempt: &Try) -> Self {
        let circuit = attempt.case.circuit;
        let (shape, limbs) = (circuit.shape(), |bits| limb_count(bits, circuit.limb_bits) as usize);
        // A number of no bits is a limb that is looked up twice.
        let lower = if shape.lower_bits() == 0 { 2 } else { limbs(shape.lower_bits()) };
        let looked = Self { circuit, lower, bonus: limbs(shape.bonus_bits), money: limbs(65) };
        let all = looked.pair(0, circuit.items);
        assert_eq!(attempt.full.rows_of(LIMB).len(), all, "every number that is looked up");
        looked
    }

    /// The last of the lower limbs of e; then the last limb, once for its width and once for its highest bit; rank and
    /// rise.
    fn item(&self, item: usize) -> usize {
        item * (self.lower + 4) + self.lower - 1
    }

    /// First of the row's bonus, money and rank.
    fn row(&self, row: usize) -> usize {
        self.item(self.circuit.items) + 1 - self.lower + row * (self.bonus + self.money + 1)
    }

    /// First of the pair's bonus, money and carry.
    fn pair(&self, row: usize, item: usize) -> usize {
        let pair = item * self.circuit.rows + row;
        self.row(self.circuit.rows) + pair * (self.bonus + self.money + 1)
    }

    fn last_bonus(&self, first: usize) -> usize {
        first + self.bonus - 1
    }

    fn last_money(&self, first: usize) -> usize {
        self.last_bonus(first) + self.money
    }
}

/// A price of 0 instead of 1, by a bonus of a whole unit that is hidden in the lower limbs or in the last one.
fn rounded_down(lower: bool) -> Try {
    let scene = claim(&[(1, 0)], &[&[3], &[1], &[0]], &[Some(0), None, None], &[0]);
    let (dual, size) = (at(vec![scene.weight(1, 0)], &scene), scene.market.size().bits());
    let certify =
        |c: &mut Certificate| *c = Certificate { dual, ranks: vec![1], parents: vec![Some(1)], ..c.clone() };
    scene.attempt(certify, |w| {
        if lower {
            // The highest bit alone is in the last limb.
            assert_eq!(size, 5);
            let [low, top] = w.bonuses[0];
            w.bonuses[0] = [low + from_u64(16) * (top - Fr::one()), Fr::one()];
        }
    })
}

/// The second row gets its second choice at a bonus below 0, which its first choice does not make up for. The first
/// row, which would have either, is the excuse.
fn paid_to_take_it() -> Try {
    let items = [(1, 0), (1, 0), (1, 0)];
    let scene = claim(&items, &[&[0, 1, 1], &[1, 0, 1]], &[Some(1), Some(2)], &[0, 0, 0]);
    let less = scene.weight(0, 2) - scene.weight(0, 1);
    assert!(less < BigInt::zero());
    let dual = at(vec![BigInt::zero(), BigInt::zero(), less], &scene);
    let certify = |c: &mut Certificate| {
        *c = Certificate { dual, ranks: vec![0, 0, 1], parents: vec![None, None, Some(0)], ..c.clone() };
    };
    scene.attempt(certify, as_filled)
}

/// A rank that makes up for the slack of what the row holds: the item's, or the row's.
fn rank_for_slack(of_item: bool) -> Try {
    let mut attempt = second_choice_held();
    let shape = attempt.case.circuit.shape();
    let gap = bonus_and_money(&attempt.case.witness.slacks[0][1], &shape);
    let fraction = gap * shape.step().inverse().unwrap();
    let witness = &mut attempt.case.witness;
    let rank = if of_item { &mut witness.ranks[1] } else { &mut witness.row_ranks[0] };
    *rank = if of_item { fraction } else { -fraction };
    attempt
}

fn bonus_and_money([bonus, money]: &[Fr; 2], shape: &super::super::circuit::Shape) -> Fr {
    *bonus + *money * from_u64(1 << shape.bonus_bits)
}

/// A holder who is worse off than with nothing, by a bonus or by money.
fn holder_at_a_loss(money: bool) -> Try {
    let bids: [&[u64]; 2] = if money { [&[1], &[2]] } else { [&[1], &[1]] };
    let (held, price) = if money { ([Some(0), None], 2) } else { ([None, Some(0)], 1) };
    let scene = claim(&[(1, 0)], &bids, &held, &[price]);
    let other = usize::from(money);
    let dual = at(vec![scene.weight(other, 0)], &scene);
    let certify = |c: &mut Certificate| {
        *c = Certificate { dual, ranks: vec![1], parents: vec![Some(other)], ..c.clone() };
    };
    scene.attempt(certify, |w| {
        if !money {
            let [bonus, money] = w.utilities[1];
            assert_eq!(money, -Fr::one());
            w.utilities[1] = [bonus - from_u64(16), Fr::zero()];
            w.carries[1][0] += Fr::one();
        }
    })
}

/// The first of three equal bids has a bonus below 0 in its slack.
fn negative_bonus() -> Try {
    let mut attempt = negative_slack();
    let shape = attempt.case.circuit.shape();
    let witness = &mut attempt.case.witness;
    let [bonus, money] = witness.slacks[0][0];
    assert_eq!(money, -Fr::one());
    witness.slacks[0][0] = [bonus - from_u64(1 << shape.bonus_bits), Fr::zero()];
    witness.carries[0][0] -= Fr::one();
    attempt
}

/// A commitment to a fraction: the second of two bids of 1 is a little more, and wins the tie.
fn fraction_sealed() -> Try {
    let scene = claim(&[(1, 0)], &[&[1], &[1]], &[None, Some(0)], &[1]);
    let unit = from_u64(1 << scene.market.size().bits()).inverse().unwrap();
    let more = scene.weight(0, 0) - scene.weight(1, 0);
    let dual = Dual { prices: vec![scene.weight(0, 0)], utilities: vec![BigInt::zero(); 2] };
    let certify =
        |c: &mut Certificate| *c = Certificate { dual, ranks: vec![1], parents: vec![Some(0)], ..c.clone() };
    let more = crate::field::from_integer(more) * unit;
    let mut attempt = scene.attempt(certify, |w| {
        w.slacks[1][0] = [Fr::zero(); 2];
        w.carries[1][0] = -more;
    });
    attempt.case.sealed[0][1] += more;
    attempt
}

/// Every kind of number that is looked up: without it in the table a false outcome passes.
#[test]
fn every_lookup_is_needed() {
    let needs = |attempt: Try, place: &dyn Fn(&Looked) -> usize| {
        let place = place(&Looked::new(&attempt));
        attempt.needs(LIMB, Some(&[place]));
    };
    needs(rounded_down(true), &|looked| looked.item(0));
    needs(rounded_down(false), &|looked| looked.item(0) + 1);
    needs(paid_to_take_it(), &|looked| looked.item(2) + 2);
    needs(rank_for_slack(true), &|looked| looked.item(1) + 3);
    needs(own_excuse(1, 0), &|looked| looked.item(0) + 4);
    needs(holder_at_a_loss(false), &|looked| looked.last_bonus(looked.row(1)));
    needs(holder_at_a_loss(true), &|looked| looked.last_money(looked.row(0)));
    needs(rank_for_slack(false), &|looked| looked.row(0) + looked.bonus + looked.money);
    needs(negative_bonus(), &|looked| looked.last_bonus(looked.pair(0, 0)));
    needs(negative_slack(), &|looked| looked.last_money(looked.pair(0, 0)));
    needs(fraction_sealed(), &|looked| looked.last_money(looked.pair(1, 0)) + 1);
}

/// A gap cannot make up for a step, nor the steps for r.
#[test]
fn a_gap_is_below_one_step() {
    let tiny =
        (1..=5).flat_map(|rows| (1..=4).map(move |items| AssignmentCircuit { rows, items, limb_bits: TINY }));
    for circuit in super::super::circuit::TIERS.into_iter().chain(tiny) {
        let shape = circuit.shape();
        let largest = |bits: u32| {
            let limbs = limb_count(bits, circuit.limb_bits);
            (BigInt::one() << (limbs * circuit.limb_bits)) - 1
        };
        let gap = largest(shape.bonus_bits) + (largest(65) << shape.bonus_bits) + 1;
        let step = crate::field::to_integer(shape.step());
        assert!(gap < step && step > BigInt::zero(), "{circuit:?}");
        // The two ranks and the rise: at most twice the table, in either direction.
        let steps: BigInt = &step << (circuit.limb_bits + 2);
        assert_eq!(crate::field::to_integer(crate::field::from_integer(steps.clone())), steps, "{circuit:?}");
    }
}

/// Without its row the hiding wire has the identity for a base; without theirs a public input that no other
/// constraint uses has it too, and every value of it would verify. The setup refuses both.
#[test]
fn keys_need_the_stand_alone_rows() {
    let Try { case, full, .. } = orphan();
    let error = |matrices| setup_mutated(case.circuit, matrices, &mut rng()).err();
    assert_eq!(error(full.without("")), None);
    let bare = full.without("the hiding wire has a base");
    assert_eq!(error(bare), Some(KeyError::Unsafe("a committed base is the identity")));
    let unused = full.without(SPARE);
    let bare = unused.without("public input stands alone");
    assert_eq!(error(unused), None);
    assert_eq!(error(bare), Some(KeyError::Unsafe("a point is the identity")));
}
