//! The files of `fixtures/reject/verify/`: what an operator or a messenger could publish, and what must be said to it.

use super::cases::file::as_list;
use super::fixtures::pretty;
use super::settled::{SettledAuction, auction_key, settled_auction};
use super::witnessed::{ABORT_AT, CLOSE_AT, IN_TIME, cosigned, settled_split};
use super::{TestMarket, log_key, signing_key};
use crate::bundle::Bundle;
use crate::forge::{Forger, Honest};
use crate::reject::Code;
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use quittance_ledger::SignedCheckpoint;
use serde_json::{Value, json};

/// A bundle that must be refused, in the order of the codes.
struct Case {
    code: Code,
    about: &'static str,
    bundle: Vec<u8>,
    /// The bid's file and whether there is a receipt: what the member brings.
    bid: Option<&'static str>,
    receipt: bool,
    /// Whose key the member has.
    market: &'static str,
}

/// A bid of another round.
const BID: &str = "bid.json";
/// A bid of the round, as a list of its file's fields.
const LISTED: &str = "list.bid.json";
/// The key of a market without witnesses.
const MARKET: &str = "market.vkey";
/// The key of a market that asks for two of three witnesses.
const WITNESSED: &str = "witnessed.vkey";

/// Name and content of every file, those that all cases share first.
///
/// # Panics
/// A forgery cannot be made: a mistake in a test.
pub fn verify_files() -> Vec<(String, Vec<u8>)> {
    // A losing bid can be left out without a trace in the outcome; the victim of an edit has won.
    let auction = settled_auction(&[120, 60, 90, 55]);
    let round = auction.settled.statement.round;
    let bundle = auction.operator.bundle(round).unwrap_or_else(|error| panic!("{error}"));
    let foreign = TestMarket::example();
    let victim = victim(&auction);
    let receipt = auction.operator.receipt(victim).unwrap_or_else(|error| panic!("{error}"));
    let mut files = vec![
        (MARKET.to_owned(), auction.operator.market_key().to_string().into_bytes()),
        ("honest.bundle.json".to_owned(), bundle.to_bytes()),
        (BID.to_owned(), foreign.bid(foreign.auction(), "acme", 70).to_json().into_bytes()),
        (LISTED.to_owned(), as_list(&auction.bids[0])),
        ("receipt.tlog-proof".to_owned(), receipt.to_bytes()),
    ];
    let (operator, split) = settled_split(IN_TIME);
    let witnessed = operator.bundle(split).unwrap_or_else(|error| panic!("{error}"));
    files.push((WITNESSED.to_owned(), operator.market_key().to_string().into_bytes()));
    files.push(("witnessed.bundle.json".to_owned(), witnessed.to_bytes()));
    let mut expected: Vec<Value> = Vec::new();
    let mut cases = cases(&auction, &bundle, victim);
    cases.extend(untimely(&witnessed));
    cases.sort_by_key(|case| case.code);
    for case in cases {
        let honest = files.iter().find(|(_, file)| *file == case.bundle).map(|(name, _)| name.clone());
        let name = honest.unwrap_or_else(|| format!("{}.bundle.json", case.code));
        expected.push(json!({
            "about": case.about, "bid": case.bid, "bundle": name, "code": case.code, "market": case.market,
            "receipt": case.receipt.then_some("receipt.tlog-proof"),
        }));
        if files.iter().all(|(known, _)| *known != name) {
            files.push((name, case.bundle));
        }
    }
    files.push(("expected.json".to_owned(), pretty(&Value::Array(expected)).into_bytes()));
    files
}

/// The index of the first row's bid.
fn victim(auction: &SettledAuction) -> u64 {
    let market = auction.operator.market();
    let round = market.round(auction.settled.statement.round);
    round.and_then(|round| round.rows_in_order().first().map(|row| row.index)).unwrap_or_default()
}

fn cases(auction: &SettledAuction, honest: &Bundle, victim: u64) -> Vec<Case> {
    let case = |code, about, bundle| Case { code, about, bundle, bid: None, receipt: false, market: MARKET };
    let mut cases = vec![
        edited(honest, Code::FileMalformed, "a member of the object is missing", &|file| {
            drop(file.as_object_mut().and_then(|file| file.remove("range")));
        }),
        edited(honest, Code::CheckpointMalformed, "the checkpoint has no size", &|file| {
            let note = file["checkpoint"].as_str().unwrap_or_default();
            file["checkpoint"] = note.replacen('\n', "\nx", 1).into();
        }),
        edited(honest, Code::CheckpointSignatureInvalid, "the checkpoint is about one entry more", &|file| {
            let note = file["checkpoint"].as_str().unwrap_or_default();
            let size = note.lines().nth(1).and_then(|size| size.parse::<u64>().ok()).unwrap_or_default();
            file["checkpoint"] =
                note.replacen(&format!("\n{size}\n"), &format!("\n{}\n", size + 1), 1).into();
        }),
        edited(honest, Code::InclusionInvalid, "the path of an entry is another's", &|file| {
            file["entries"][1]["proof"] = file["entries"][0]["proof"].clone();
        }),
        edited(honest, Code::StatementMismatch, "the statement says another fee", &|file| {
            file["statement"]["terms"]["fee_bps"] = "0".into();
        }),
    ];
    for (code, about, bid) in [
        (Code::FileMalformed, "the bid is a list of the fields of its file", LISTED),
        (Code::BidMissing, "the bid is not in this round", BID),
    ] {
        cases.push(Case { bid: Some(bid), ..case(code, about, honest.to_bytes()) });
    }
    for forgery in forge(auction, victim) {
        // One of each code.
        if cases.iter().all(|known| known.code != forgery.code) {
            let receipt = forgery.needs_receipt;
            cases.push(Case { receipt, ..case(forgery.code, forgery.name, forgery.bundle) });
        }
    }
    cases
}

/// Bundles whose notes were cosigned by too few witnesses, or at the wrong time.
fn untimely(honest: &Bundle) -> Vec<Case> {
    let noted = |code, about, place: &'static str, by: &[(u8, u64)]| {
        let case = edited(honest, code, about, &|file| {
            let note = file.pointer_mut(place).map(|note| {
                let parsed = SignedCheckpoint::parse(note.as_str().unwrap_or_default().as_bytes());
                let head = parsed.unwrap_or_else(|error| panic!("{error}")).head();
                *note = String::from_utf8_lossy(&cosigned(&log_key().sign(head), by).to_bytes()).into();
            });
            note.unwrap_or_else(|| panic!("{place} is no place of a bundle"));
        });
        Case { market: WITNESSED, ..case }
    };
    let (early, late) = (CLOSE_AT - 1, ABORT_AT + 1);
    vec![
        noted(Code::QuorumMissing, "one of two witnesses", "/close_checkpoint/note", &[(1, CLOSE_AT)]),
        noted(
            Code::ClosedEarly,
            "seen open before `close_at` only",
            "/before_close/note",
            &[(1, early), (2, early), (3, CLOSE_AT)],
        ),
        noted(
            Code::DeadlineMissed,
            "the settlement was seen after `abort_at` only",
            "/checkpoint",
            &[(1, late), (2, late), (3, ABORT_AT)],
        ),
    ]
}

/// The honest bundle with another text.
fn edited(honest: &Bundle, code: Code, about: &'static str, change: &dyn Fn(&mut Value)) -> Case {
    let mut file = quittance_circuits::json::to_value(honest);
    change(&mut file);
    let bundle = quittance_circuits::json::canonical(&file);
    Case { code, about, bundle, bid: None, receipt: false, market: MARKET }
}

fn forge(auction: &SettledAuction, victim: u64) -> Vec<crate::forge::Forgery> {
    let (log_key, operator_key, own) = (log_key(), signing_key("operator"), auction_key(5));
    let honest = Honest::of(&auction.operator, &auction.settled, &log_key, &operator_key);
    let forger = Forger {
        honest: honest.unwrap_or_else(|error| panic!("{error}")),
        openings: auction.openings.clone(),
        prover: auction.prover.as_ref(),
        own_prover: own.as_ref(),
        victim,
    };
    forger.forge_all(&mut StdRng::seed_from_u64(6)).unwrap_or_else(|error| panic!("{error}"))
}
