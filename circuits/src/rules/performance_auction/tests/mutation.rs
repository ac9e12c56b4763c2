//! Each kind of constraint is taken out of the matrices, and somebody cheats: see
//! [`crate::rules::procedures::top_k::mutation`].

use super::super::circuit::{PerformanceAuctionCircuit, Witness};
use super::super::native;
use super::super::subject::{gains, row, settle, terms};
use super::super::{Outcome, PerformanceAuction, Row};
use crate::field::{Fr, from_u64};
use crate::json::to_value;
use crate::number::Amount;
use crate::proof_system::Shard;
use crate::rule::Disclosure;
use crate::rules::procedures::top_k::mutation::{Cheat, Host, LOWER_WINS, Said, Wires, every_kind_is_needed};
use crate::rules::procedures::top_k::{self, HandOver};
use crate::testing::{Round, Subject as _};
use ark_ff::Zero;

struct Performance;

/// Rows of these scores: everybody's certified gain is one ppm.
fn rows(scores: &[u64]) -> Vec<Row> {
    scores.iter().map(|score| row([*score, 1, 1])).collect()
}

impl Host for Performance {
    type Circuit = PerformanceAuctionCircuit;

    fn circuit() -> PerformanceAuctionCircuit {
        PerformanceAuctionCircuit { capacity: 2, limb_bits: 4 }
    }

    fn round(scores: &[u64], copies: u64, reserve: u64, claim: Option<(u64, &[bool])>) -> Option<Round> {
        let (terms, rows) = (terms(copies, reserve), rows(scores));
        let gains = gains(&rows);
        let outcome: Outcome = match claim {
            Some((price, won)) => native::implied(&terms, &gains, won.to_vec(), Amount(price)).ok()?,
            None => settle(&terms, &rows),
        };
        native::check_outcome(&terms, &gains, &outcome).ok()?;
        let json: Vec<_> = rows.iter().map(to_value).collect();
        Some(Round {
            rule: &PerformanceAuction,
            terms: to_value(&terms),
            disclosure: Disclosure::Public,
            columns: super::super::subject::Subject.columns(Disclosure::Public, &json),
            sealed: scores.iter().map(|score| vec![*score]).collect(),
            outcome: to_value(&outcome),
        })
    }

    fn winners(witness: &mut Witness) -> &mut top_k::Witness {
        &mut witness.winners
    }

    fn set_scores(witness: &mut Witness, scores: &[u64]) {
        witness.valuations = scores.iter().map(|score| from_u64(*score)).collect();
    }
}

const CAP: u64 = (1 << 44) - 1;
const CAPPED: &str = "a bid is the valuation up to the cap";
const SCORED: &str = "a score is the bid times the certified gain";

/// Of the bids 5 and 3 the lower one wins, at 5.
const OUTBID: Cheat =
    Cheat { bids: &[5, 3], copies: 1, reserve: 0, price: 5, won: &[false, true], ..LOWER_WINS };

/// Winners and price as if the scores were these; the valuations stay the ledger's.
fn as_if(said: &mut Said, price: u64, scores: &[u64]) {
    let shard = Shard { index: 0, count: 1, rows: 2 };
    said.witness = top_k::Witness::fill(2, price, scores, &[false, true], HandOver::default(), shard);
}

fn at_the_cap(_: usize, said: &mut Said) {
    as_if(said, 5, &[5, CAP]);
}

/// The flag that nothing of a row's valuation is above the cap.
fn fits(wires: &Wires<'_>, row: usize) -> usize {
    wires.of(CAPPED, 3 * row, 2)[0]
}

fn cheats() -> Vec<Cheat> {
    vec![
        // Nothing is above the cap, but "something is": 3 counts as the cap.
        Cheat {
            property: CAPPED,
            nth: Some(3),
            say: at_the_cap,
            choose: |_, wires| vec![(fits(wires, 1), Fr::zero())],
            ..OUTBID
        },
        // 2^44 + 1 is above the cap and "is not": it counts as its low part, 1.
        Cheat {
            property: CAPPED,
            nth: Some(1),
            bids: &[(1 << 44) + 1, 3],
            price: 1,
            say: |_, said| as_if(said, 1, &[1, 3]),
            choose: |_, wires| vec![(fits(wires, 0), from_u64(1))],
            ..OUTBID
        },
        // What is added up to the cap is anything.
        Cheat {
            property: CAPPED,
            nth: Some(5),
            say: at_the_cap,
            choose: |_, wires| vec![(wires.of(CAPPED, 5, 2)[0], from_u64(CAP - 3))],
            ..OUTBID
        },
        // The score is anything.
        Cheat { property: SCORED, nth: Some(1), say: |_, said| as_if(said, 5, &[5, 9]), ..OUTBID },
        // The gain is three times the reported one.
        Cheat {
            property: "gains are the reported ones",
            say: |_, said| as_if(said, 5, &[5, 9]),
            choose: |_, wires| vec![(wires.of(SCORED, 1, 0)[0], from_u64(3))],
            ..OUTBID
        },
    ]
}

#[test]
fn every_kind_of_constraint_is_needed() {
    every_kind_is_needed::<Performance>(&cheats());
}
