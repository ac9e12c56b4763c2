//! Each kind of constraint is taken out of the matrices, and somebody cheats: for every rule that selects by `TOPK`.
//!
//! A cheat is a claim that the integer checks pass and that is not the evaluator's outcome, with wires of the
//! prover's choice. It counts if the mutated matrices accept it at several challenges with the same committed
//! wires, and if the full matrices refuse it because of the missing property and nothing else.

use super::{HandOver, Witness};
use crate::builder::Matrices;
use crate::field::{Fr, from_u64};
use crate::proof_system::{Circuit, Shard};
use crate::proved::RoundCircuit;
use crate::testing::Round;
use crate::testing::round::{Challenges, record};
use crate::testing::solve::complete;
use ark_ff::{Field, One};
use std::collections::BTreeSet;

/// A rule that selects by `TOPK`, at scores that its rows are made to have.
pub trait Host {
    /// Its circuit.
    type Circuit: RoundCircuit;
    /// The circuit of two rows, with limbs of four bits.
    fn circuit() -> Self::Circuit;
    /// A round whose rows have these scores, with this claim of price and winners; the evaluator's own claim for `None`.
    /// `None` if the integer checks refuse it.
    fn round(scores: &[u64], copies: u64, reserve: u64, claim: Option<(u64, &[bool])>) -> Option<Round>;
    /// The part of the witness about winners.
    fn winners(witness: &mut <Self::Circuit as Circuit>::Witness) -> &mut Witness;
    /// Sets the numbers that make these scores.
    fn set_scores(witness: &mut <Self::Circuit as Circuit>::Witness, scores: &[u64]);
}

/// What a cheat says about a shard.
pub struct Said {
    /// Winners and price.
    pub witness: Witness,
    /// What the carry taken commits to.
    pub taken: Fr,
    /// Other scores than the ledger's.
    scores: Option<Vec<u64>>,
}

impl Said {
    /// These scores and winners, at this price, in place of the ledger's.
    pub fn scores(&mut self, price: u64, scores: &[u64], won: &[bool]) {
        let shard = Shard { index: 0, count: 1, rows: 2 };
        self.witness = Witness::fill(2, price, scores, won, HandOver::default(), shard);
        self.scores = Some(scores.to_vec());
    }
}

/// Where a circuit puts the relation's wires in `[1 | public | committed | private]`, read from its matrices.
pub struct Wires<'a> {
    matrices: &'a Matrices,
    /// The first committed wire.
    pub committed: usize,
    /// The first private wire.
    pub private: usize,
}

impl<'a> Wires<'a> {
    /// The wires of these matrices.
    pub fn new(matrices: &'a Matrices) -> Self {
        let committed = 1 + matrices.public;
        Self { matrices, committed, private: committed + matrices.committed }
    }

    /// The prover's wires in side `side` of constraint `nth` of a property.
    pub fn of(&self, property: &str, nth: usize, side: usize) -> Vec<usize> {
        let row = self.matrices.rows_of(property)[nth];
        let wires = self.matrices.abc[side][row].iter().map(|(_, wire)| *wire);
        wires.filter(|wire| *wire >= self.committed).collect()
    }

    fn one(&self, property: &str, nth: usize, side: usize) -> usize {
        let wires = self.of(property, nth, side);
        assert_eq!(wires.len(), 1, "{property} {nth} {side}");
        wires[0]
    }

    /// The two numbers taken: ties open, setter missing.
    pub fn taken(&self, bit: usize) -> usize {
        self.one("the carry taken is two bits", bit, 0)
    }

    /// The two numbers given.
    pub fn given(&self, bit: usize) -> usize {
        self.one("the carry given is this shard's end", bit, 2)
    }

    /// The winner's part of a distance.
    pub fn gained(&self, row: usize) -> usize {
        self.one("a winner's distance counts upwards", row, 2)
    }

    /// Whether ties are still open at a row.
    pub fn open(&self, row: usize) -> usize {
        let won = self.one("a winner's distance counts upwards", row, 0);
        let both = self.of("at the price the open rows win", row, 2);
        both.into_iter().find(|wire| *wire != won).unwrap()
    }

    /// The product up to a row.
    pub fn product(&self, row: usize) -> usize {
        self.one("a loser at the price is a zero factor", row, 2)
    }

    /// The flag that the product is zero.
    pub fn setter_seen(&self) -> usize {
        self.one("the carry says whether the product is zero", 1, 1)
    }
}

/// A false outcome and how to get it past circuits of two rows, shard by shard.
#[derive(Clone, Copy)]
pub struct Cheat {
    /// The property that is missing.
    pub property: &'static str,
    /// Which constraint of the property, where its constraints say different things.
    pub nth: Option<usize>,
    /// The scores.
    pub bids: &'static [u64],
    /// Copies for sale.
    pub copies: u64,
    /// The reserve price.
    pub reserve: u64,
    /// What is claimed, and false.
    pub price: u64,
    /// Who is claimed to win.
    pub won: &'static [bool],
    /// The number handed over, if not the honest one.
    pub handed: Option<u64>,
    /// What the cheat says about a shard.
    pub say: fn(usize, &mut Said),
    /// Wires that the cheat chooses.
    pub choose: fn(usize, &Wires) -> Vec<(usize, Fr)>,
}

fn nothing(_: usize, _: &mut Said) {}

fn none(_: usize, _: &Wires) -> Vec<(usize, Fr)> {
    Vec::new()
}

fn half() -> Fr {
    from_u64(2).inverse().unwrap()
}

/// One of two copies goes to row 2, which ties with row 0 at the price 5: the first shard saw the tie lost.
pub const REOPENED: Cheat = Cheat {
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
pub const NO_SETTER: Cheat = Cheat {
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
pub const LOWER_WINS: Cheat = Cheat {
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
const NEGATIVE: Cheat = Cheat { say: |_, said| said.witness.distance[1] = -Fr::one(), ..LOWER_WINS };

/// The first shard says that its setter is seen.
fn claim_setter(shard: usize, said: &mut Said) {
    if shard == 0 {
        said.witness.given = HandOver { ties_open: true, setter_missing: false };
    }
}

fn cheats() -> Vec<Cheat> {
    vec![
        // The higher bid's distance is 0, and half a unit of "gain" makes up for it: it also sets the price.
        Cheat {
            property: "a winner's distance counts upwards",
            reserve: 0,
            say: |_, said| {
                said.witness.distance[1] = from_u64(0);
                said.witness.ties_open[1] = false;
            },
            choose: |_, wires| vec![(wires.gained(1), half())],
            ..LOWER_WINS
        },
        // The bids 3 and 2 are settled in place of 2 and 3.
        Cheat {
            property: "valuations are the ledger's",
            reserve: 0,
            say: |_, said| {
                said.scores(2, &[3, 2], &[true, false]);
            },
            ..LOWER_WINS
        },
        // The right winner is committed, another one is published.
        Cheat {
            property: "winners are the published ones",
            say: |_, said| {
                said.scores(2, &[2, 3], &[false, true]);
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
            say: |_, said| {
                said.taken = from_u64(1);
                said.witness.taken = HandOver { ties_open: true, setter_missing: false };
                said.witness.ties_open = vec![true, true];
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
            say: |_, said| said.witness.ties_open = vec![false, true],
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
/// the key.
pub const ABOUT_THE_KEY: [&str; 2] = ["public input stands alone", "the hiding wire has a base"];

impl Cheat {
    /// Panics unless the mutated matrices accept the cheat and the full ones refuse it for this property alone.
    fn check<H: Host>(&self, circuit: &H::Circuit, full: &Matrices) {
        let about = format!("{} {:?}", self.property, self.nth);
        let claim = H::round(self.bids, self.copies, self.reserve, Some((self.price, self.won)));
        let claim = claim.unwrap_or_else(|| panic!("{about}: the integers see nothing wrong"));
        let right = H::round(self.bids, self.copies, self.reserve, None).unwrap();
        assert_ne!(claim.outcome, right.outcome, "{about}: the claim is false");
        let wires = Wires::new(full);
        let rows = full.rows_of(self.property);
        let dropped = self.nth.map_or(rows.clone(), |nth| vec![rows[nth]]);
        let mutated = full.without_rows(&dropped);
        let hand = |honest| self.handed.map_or(honest, from_u64);
        let mut refused = false;
        for (shard, mut case) in claim.shards_handing_over(circuit, hand).unwrap().into_iter().enumerate() {
            let mut said =
                Said { witness: H::winners(&mut case.witness).clone(), taken: case.taken, scores: None };
            (self.say)(shard, &mut said);
            case.taken = said.taken;
            *H::winners(&mut case.witness) = said.witness.clone();
            if let Some(scores) = said.scores {
                H::set_scores(&mut case.witness, &scores);
            }
            for seed in 0..3 {
                let mut assignment = case.assignment(&Challenges::new(seed));
                let chosen = (self.choose)(shard, &wires);
                let (chosen, early): (Vec<_>, Vec<_>) =
                    chosen.into_iter().partition(|(wire, _)| *wire >= wires.private);
                let open = said.witness.ties_open.iter().enumerate();
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

/// Takes each kind of constraint out; these cheats of the rule's own go with those of the relation. Prints the score.
pub fn every_kind_is_needed<H: Host>(own: &[Cheat]) {
    let circuit = H::circuit();
    let full = record(&circuit, &circuit.blank());
    let cheats: Vec<Cheat> = cheats().into_iter().chain(own.iter().copied()).collect();
    cheats.iter().for_each(|cheat| cheat.check::<H>(&circuit, &full));

    let kinds: BTreeSet<&str> = full.properties().into_iter().map(|(name, _)| name).collect();
    let caught: BTreeSet<&str> = cheats.iter().map(|cheat| cheat.property).chain(ABOUT_THE_KEY).collect();
    let rule = circuit.tier().rule;
    println!("circuit mutation: {rule}: {} of {} kinds of constraints caught", caught.len(), kinds.len());
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
