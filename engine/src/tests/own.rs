//! What a member brings beside a bundle: its own bid, and what opens it.

use crate::bundle::Bundle;
use crate::entry::{HexBytes, Payload};
use crate::reject::Code;
use crate::testing::settled::{SettledAuction, settled_auction};
use crate::testing::{sign, signing_key};
use crate::verdict::Verdict;
use crate::verify::{Own, verify};
use quittance_circuits::sealed::Opening;
use quittance_ledger::Envelope;

fn verdict(auction: &SettledAuction, bundle: &Bundle, bid: &[u8], opening: Option<&Opening>) -> Verdict {
    let own = Own { bid: Some(bid), opening, ..Own::default() };
    verify(&bundle.to_bytes(), &auction.operator.market_key(), own)
}

fn compared<'a>(verdict: &'a Verdict, name: &str) -> &'a str {
    let check = verdict.checks.iter().find(|check| check.name == name);
    check.map_or("", |check| check.compared.as_str())
}

/// Each opening fits the bid of its own member, and nobody else's.
#[test]
fn an_opening_is_of_its_own_bid() {
    let auction = settled_auction(&[70, 90, 80]);
    let bundle = auction.operator.bundle(auction.settled.statement.round).unwrap();
    for (row, bid) in auction.bids.iter().enumerate() {
        let bid = bid.to_json().into_bytes();
        for (of, opening) in auction.openings.iter().enumerate() {
            let found = verdict(&auction, &bundle, &bid, Some(opening));
            let code = (of != row).then_some(Code::OpeningMismatch);
            assert_eq!(found.code, code, "row {row}, opening {of}: {found:?}");
            assert_eq!(found.verified, of == row);
            let said = compared(&found, "your bid").ends_with("; your opening fits it");
            assert_eq!(said, of == row, "{found:?}");
        }
        // Without it nothing is said of it.
        let found = verdict(&auction, &bundle, &bid, None);
        assert!(found.verified && compared(&found, "your bid").ends_with(" carries your commitment"));
    }
}

/// Another bid of a member who has one, which the ledger does not hold.
#[test]
fn another_bid_of_the_member_is_missing() {
    let auction = settled_auction(&[70, 90]);
    let bundle = auction.operator.bundle(auction.settled.statement.round).unwrap();
    let Ok(Payload::Bid(mut bid)) = Payload::of_envelope(&auction.bids[0]) else { panic!("a bid") };
    bid.sealed_opening =
        bid.sealed_opening.map(|HexBytes(bytes)| HexBytes(bytes.into_iter().rev().collect()));
    let other = sign(&bid, &["bidder 0"]);
    let found = verdict(&auction, &bundle, other.to_json().as_bytes(), None);
    assert_eq!(found.code, Some(Code::BidMissing), "{found:?}");
    // The same bid, signed by somebody else, is no more the member's.
    let forged = Envelope::sign(
        auction.bids[0].payload_type(),
        auction.bids[0].payload(),
        &[&signing_key("bidder 1")],
    );
    let found = verdict(&auction, &bundle, forged.unwrap().to_json().as_bytes(), None);
    assert_eq!(found.code, Some(Code::BidMissing), "{found:?}");
    // Nor is any other signed file a bid.
    let close =
        sign(&crate::testing::TestMarket::example().abort(bundle.statement.round, "x"), &["operator"]);
    let found = verdict(&auction, &bundle, close.to_json().as_bytes(), None);
    assert_eq!(found.code, Some(Code::KindUnknown), "{found:?}");
}
