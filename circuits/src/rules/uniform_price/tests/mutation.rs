//! Each kind of constraint is taken out of the matrices, and somebody cheats.
//!
//! A cheat is a claim that the integer checks pass and that is not the evaluator's outcome, with wires of the
//! prover's choice. It counts if the mutated matrices accept it at several challenges with the same committed
//! wires, and if the full matrices refuse it because of the missing property and nothing else.

use super::*;
use crate::proof_system::{KeyError, setup_mutated};
use crate::testing::round::{Challenges, ShardCase, record};
use crate::testing::solve::complete;
use ark_ff::{Field, One};
use std::collections::BTreeSet;

type Case = ShardCase<UniformPriceCircuit>;

/// A false outcome and how to get it past circuits of two rows, shard by shard.
struct Cheat {
    /// The property that is missing.
    property: &'static str,
    /// Which constraint of the property, where its constraints say different things.
    nth: Option<usize>,
    bids: &'static [u64],
    copies: u64,
    reserve: u64,
    /// What is claimed, and false.
    price: u64,
    won: &'static [bool],
    /// The number handed over, if not the honest one.
    handed: Option<u64>,
    /// What the cheat says about a shard.
    say: fn(usize, &mut Case),
    /// Wires that the cheat chooses.
    choose: fn(usize, &Wires) -> Vec<(usize, Fr)>,
}

fn nothing(_: usize, _: &mut Case) {}

fn none(_: usize, _: &Wires) -> Vec<(usize, Fr)> {
    Vec::new()
}

fn half() -> Fr {
    from_u64(2).inverse().unwrap()
}

/// One of two copies goes to row 2, which ties with row 0 at the price 5: the first shard saw the tie lost.
const REOPENED: Cheat = Cheat {
    property: "",
    nth: None,
    bids: &[5, 9, 5, 5],
    copies: 2,
    reserve: 0,
    price: 5,
    won: &[false, true, true, false],
    handed: Some(1),
    say: nothing,
    choose: none,
};

/// Both copies are sold at 5, which nobody bid; the price is 3.
const NO_SETTER: Cheat = Cheat {
    property: "",
    nth: None,
    bids: &[9, 3, 7, 1],
    copies: 2,
    reserve: 0,
    price: 5,
    won: &[true, false, true, false],
    handed: Some(1),
    say: nothing,
    choose: none,
};

/// The lower of two bids wins at the reserve price, which is what it is worth.
const LOWER_WINS: Cheat = Cheat {
    property: "",
    nth: None,
    bids: &[2, 3],
    copies: 1,
    reserve: 2,
    price: 2,
    won: &[true, false],
    handed: None,
    say: nothing,
    choose: none,
};

/// The same with a negative distance.
const NEGATIVE: Cheat = Cheat { say: |_, case| case.witness.distance[1] = -Fr::one(), ..LOWER_WINS };

/// The first shard says that its setter is seen.
fn claim_setter(shard: usize, case: &mut Case) {
    if shard == 0 {
        case.witness.given = HandOver { ties_open: true, setter_missing: false };
    }
}

fn cheats() -> Vec<Cheat> {
    vec![
        // The higher bid's distance is 0, and half a unit of "gain" makes up for it: it also sets the price.
        Cheat {
            property: "a winner's distance counts upwards",
            reserve: 0,
            say: |_, case| {
                case.witness.distance[1] = from_u64(0);
                case.witness.ties_open[1] = false;
            },
            choose: |_, wires| vec![(wires.gained(1), half())],
            ..LOWER_WINS
        },
        // The bids 3 and 2 are settled in place of 2 and 3.
        Cheat {
            property: "valuations are the ledger's",
            reserve: 0,
            say: |_, case| {
                let shard = Shard { index: 0, count: 1, rows: 2 };
                case.witness = Witness::fill(2, 2, &[3, 2], &[true, false], HandOver::default(), shard);
            },
            ..LOWER_WINS
        },
        // The right winner is committed, another one is published.
        Cheat {
            property: "winners are the published ones",
            say: |_, case| {
                let shard = Shard { index: 0, count: 1, rows: 2 };
                case.witness = Witness::fill(2, 2, &[2, 3], &[false, true], HandOver::default(), shard);
            },
            ..LOWER_WINS
        },
        // The limb −1: without its row its inverse is whatever makes the sums equal; without the table's rows a
        // quotient is; without the equality nothing has to be.
        Cheat { property: "a limb lies in the table", ..NEGATIVE },
        Cheat { property: "a table entry counts its limbs", ..NEGATIVE },
        Cheat { property: "the lookup sums are equal", ..NEGATIVE },
        // 3 = 1 + 2·1 is read as 3 + 2·0: the setter is not missing, and two falls lead back to a bit.
        Cheat {
            property: "the carry taken is two bits",
            nth: Some(0),
            handed: None,
            choose: |shard, wires| match shard {
                0 => Vec::new(),
                _ => vec![
                    (wires.taken(0), from_u64(3)),
                    (wires.taken(1), from_u64(0)),
                    (wires.open(0), from_u64(2)),
                    (wires.open(1), from_u64(1)),
                ],
            },
            ..NO_SETTER
        },
        // 0 = 0 + 2·0 is read as 1 + 2·(−1/2): ties are open again.
        Cheat {
            property: "the carry taken is two bits",
            nth: Some(1),
            handed: None,
            choose: |shard, wires| match shard {
                0 => Vec::new(),
                _ => vec![
                    (wires.taken(0), from_u64(1)),
                    (wires.taken(1), -half()),
                    (wires.open(0), from_u64(1)),
                    (wires.open(1), from_u64(0)),
                ],
            },
            ..REOPENED
        },
        // At price 0 a bid of 0 wins a copy, because "the shard before" says that ties are open. The verifier
        // refuses a carry into the first shard as well (`shard_missing`): this constraint is the second lock.
        Cheat {
            property: "the first shard takes nothing",
            bids: &[0, 3],
            copies: 2,
            reserve: 0,
            price: 0,
            won: &[true, true],
            say: |_, case| {
                case.taken = from_u64(1);
                case.witness.taken = HandOver { ties_open: true, setter_missing: false };
                case.witness.ties_open = vec![true, true];
            },
            ..LOWER_WINS
        },
        // Of two equal bids the later one wins.
        Cheat {
            property: "at the price the open rows win",
            bids: &[5, 5],
            reserve: 0,
            price: 5,
            won: &[false, true],
            ..LOWER_WINS
        },
        Cheat {
            property: "ties close at most once",
            bids: &[5, 5],
            reserve: 0,
            price: 5,
            won: &[false, true],
            say: |_, case| case.witness.ties_open = vec![false, true],
            ..LOWER_WINS
        },
        // The first shard's ties end at −1; −1 + 2·1 is read as 1 + 2·0: the setter is not missing.
        Cheat {
            property: "ties end at a bit",
            choose: |shard, wires| match shard {
                0 => vec![
                    (wires.given(0), -Fr::one()),
                    (wires.given(1), from_u64(1)),
                    (wires.open(0), from_u64(0)),
                    (wires.open(1), -Fr::one()),
                ],
                _ => Vec::new(),
            },
            ..NO_SETTER
        },
        // The copy is sold at 5; the other bid is 3.
        Cheat {
            property: "a loser at the price is a zero factor",
            bids: &[9, 3],
            reserve: 0,
            price: 5,
            won: &[true, false],
            choose: |_, wires| vec![(wires.product(1), from_u64(0))],
            ..LOWER_WINS
        },
        Cheat {
            property: "a price above the reserve has a setter",
            bids: &[9, 3],
            reserve: 0,
            price: 5,
            won: &[true, false],
            ..LOWER_WINS
        },
        // A bid at the reserve price loses although there are copies for all.
        Cheat {
            property: "with copies to spare all ties win",
            bids: &[5, 4],
            copies: 3,
            reserve: 5,
            price: 5,
            won: &[false, false],
            ..LOWER_WINS
        },
        Cheat {
            property: "the carry given is this shard's end",
            nth: Some(0),
            say: claim_setter,
            ..REOPENED
        },
        Cheat {
            property: "the carry given is this shard's end",
            nth: Some(1),
            say: claim_setter,
            ..NO_SETTER
        },
        // The product is zero, but "1/2 of it is": 0 + 2·(1/2) is read as 1 + 2·0.
        Cheat {
            property: "the carry says whether the product is zero",
            nth: Some(0),
            choose: |shard, wires| match shard {
                0 => vec![
                    (wires.given(0), from_u64(0)),
                    (wires.given(1), half()),
                    (wires.setter_seen(), half()),
                ],
                _ => Vec::new(),
            },
            ..REOPENED
        },
        // The product is not zero and is called zero.
        Cheat {
            property: "the carry says whether the product is zero",
            nth: Some(1),
            say: claim_setter,
            choose: |shard, wires| match shard {
                0 => vec![(wires.setter_seen(), from_u64(1))],
                _ => Vec::new(),
            },
            ..NO_SETTER
        },
    ]
}

/// Kinds of constraints that no assignment can break, because they have the form `wire·0 = 0`: they are about
/// the key. What the setup says without them is in [`keys_need_the_stand_alone_rows`].
const ABOUT_THE_KEY: [&str; 2] = ["public input stands alone", "the hiding wire has a base"];

impl Cheat {
    fn market(&self) -> Market {
        Market::new(self.bids, self.copies, self.reserve)
    }

    fn shards(&self, circuit: &UniformPriceCircuit) -> Vec<Case> {
        let market = self.market();
        let outcome = to_value(&market.claimed(self.price, self.won));
        let round = claimed_round(self.bids, &to_value(&market.terms), outcome);
        let hand = |honest| self.handed.map_or(honest, from_u64);
        let mut shards = round.shards_handing_over(circuit, hand).unwrap();
        shards.iter_mut().enumerate().for_each(|(shard, case)| (self.say)(shard, case));
        shards
    }

    /// Panics unless the mutated matrices accept the cheat and the full ones refuse it for this property alone.
    fn check(&self, circuit: &UniformPriceCircuit, full: &Matrices) {
        let about = format!("{} {:?}", self.property, self.nth);
        let market = self.market();
        let claim = market.claimed(self.price, self.won);
        assert!(native::check_outcome(&market.terms, self.bids.len(), &claim).is_ok(), "{about}");
        assert_ne!(claim, market.outcome(), "{about}: the claim is false");
        let wires = Wires::new(circuit, full);
        let rows = full.rows_of(self.property);
        let dropped = self.nth.map_or(rows.clone(), |nth| vec![rows[nth]]);
        let mutated = full.without_rows(&dropped);
        let mut refused = false;
        for (shard, case) in self.shards(circuit).iter().enumerate() {
            for seed in 0..3 {
                let mut assignment = case.assignment(&Challenges::new(seed));
                let chosen = (self.choose)(shard, &wires);
                let (chosen, early): (Vec<_>, Vec<_>) =
                    chosen.into_iter().partition(|(wire, _)| *wire >= wires.private);
                let open = case.witness.ties_open.iter().enumerate();
                let open = open.map(|(row, open)| (wires.open(row), from_u64(u64::from(*open))));
                let late: Vec<_> = open.chain(chosen).collect();
                for (wire, value) in early {
                    assignment.committed[wire - wires.committed] = value;
                }
                let cheated = complete(&mutated, assignment, &late);
                assert_eq!(mutated.check(&cheated), Ok(()), "{about}: accepted without it");
                if let Err(broken) = full.check(&cheated) {
                    assert_eq!(broken.property, self.property, "{about}");
                    assert!(dropped.contains(&broken.row), "{about}");
                    refused = true;
                }
            }
        }
        assert!(refused, "{about}: the full matrices refuse it");
    }
}

#[test]
fn every_kind_of_constraint_is_needed() {
    let circuit = UniformPriceCircuit::sized(2, 4);
    let full = record(&circuit, &circuit.blank());
    let cheats = cheats();
    cheats.iter().for_each(|cheat| cheat.check(&circuit, &full));

    let kinds: BTreeSet<&str> = full.properties().into_iter().map(|(name, _)| name).collect();
    let caught: BTreeSet<&str> = cheats.iter().map(|cheat| cheat.property).chain(ABOUT_THE_KEY).collect();
    println!(
        "circuit mutation: uniform-price/v1: {} of {} kinds of constraints caught",
        caught.len(),
        kinds.len()
    );
    assert_eq!(caught, kinds);
    // A kind whose constraints are not one for each row, limb or entry has a cheat for each of them.
    for (kind, count) in [
        ("the carry taken is two bits", 2),
        ("the carry given is this shard's end", 2),
        ("the carry says whether the product is zero", 2),
    ] {
        assert_eq!(full.rows_of(kind).len(), count);
        assert_eq!(cheats.iter().filter(|cheat| cheat.property == kind).count(), count, "{kind}");
    }
}

/// Without its row the hiding wire has the identity for a base, and `D` would not hide; without theirs a public
/// input that no other constraint uses has it too, and every value of it would verify. The setup refuses both.
#[test]
fn keys_need_the_stand_alone_rows() {
    let circuit = UniformPriceCircuit::sized(2, 4);
    let full = record(&circuit, &circuit.blank());
    let error = |matrices: Matrices| setup_mutated(circuit, matrices, &mut rng()).err();
    assert_eq!(error(full.without("")), None);
    let bare = full.without("the hiding wire has a base");
    assert_eq!(error(bare), Some(KeyError::Unsafe("a committed base is the identity")));

    let unused = full.without("a price above the reserve has a setter");
    let bare = unused.without("public input stands alone");
    assert_eq!(error(unused), None);
    assert_eq!(error(bare), Some(KeyError::Unsafe("a point is the identity")));
}
