//! What a member brings beside a bundle: its own bid, and what opens it.

use crate::bundle::Bundle;
use crate::entry::{CircuitKeyId, Disclosure, HexBytes, Payload, Provenance, RoundId, Tier};
use crate::operator::stored_verifying_key;
use crate::reject::Code;
use crate::replay::replay;
use crate::seal::HpkeSecret;
use crate::testing::settled::{SettledAuction, replayed, settled_auction};
use crate::testing::witnessed::TestOperator;
use crate::testing::{TestMarket, rules, seal_secret, sign, signing_key};
use crate::verdict::{State, Verdict};
use crate::verify::{Own, YOUR_RESULTS, verify};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use quittance_circuits::number::Wide;
use quittance_circuits::rules::find;
use quittance_circuits::sealed::Opening;
use quittance_ledger::{BlobId, Envelope, Store};
use serde_json::json;

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

/// What each bidder of an auction pays is said, and compared with its opening.
#[test]
fn each_bidder_is_told_what_it_pays() {
    let auction = settled_auction(&[70, 90, 80]);
    let bundle = auction.operator.bundle(auction.settled.statement.round).unwrap();
    let payments = auction.settled.statement.outcome["payments"].as_array().unwrap();
    for (row, bid) in auction.bids.iter().enumerate() {
        let bid = bid.to_json().into_bytes();
        let payment: u64 = payments[row].as_str().unwrap().parse().unwrap();
        let told = format!("0.{payment:02}, ");
        let opened = verdict(&auction, &bundle, &bid, Some(&auction.openings[row]));
        assert_eq!(state(&opened, "your payment"), State::Passed);
        let said = compared(&opened, "your payment");
        assert!(said.starts_with(&told) && said.len() > told.len(), "{said}");
        let unopened = verdict(&auction, &bundle, &bid, None);
        assert_eq!(state(&unopened, "your payment"), State::NotMade);
        let said = compared(&unopened, "your payment");
        assert!(said.starts_with(&told) && said.contains("your opening would compare it"), "{said}");
    }
    assert!(payments.iter().any(|payment| payment == "0") && payments.iter().any(|payment| payment != "0"));
}

fn state(verdict: &Verdict, name: &str) -> State {
    verdict.checks.iter().find(|check| check.name == name).unwrap().state
}

const PARTS: [(&str, u64, &str); 3] = [("acme", 5, "500"), ("birch", 3, "300"), ("cedar", 2, "200")];

/// A settled split of 1,000 by weights that `judge` signs, and the files of its rows.
fn split(disclosure: Disclosure) -> (TestOperator, RoundId, Vec<Envelope>) {
    let (mut admitted, mut rng) = (rules(), StdRng::seed_from_u64(4));
    let sealed = disclosure == Disclosure::Sealed;
    let rule = find("revenue-share/v1").and_then(|rule| rule.proved()).unwrap();
    let prover = sealed.then(|| rule.setup("256", &mut rng).unwrap());
    if let Some(prover) = &prover {
        admitted[1].tier = Some(Tier { rows: 256, items: None });
        admitted[1].circuit_key = Some(CircuitKeyId(prover.verifying_key().id().0));
        admitted[1].provenance = Some(Provenance::SingleParty);
    }
    let mut test = TestMarket::with_members(admitted);
    let mut split = test.split_of(None, 1_000);
    split.disclosure = disclosure;
    split.circuit_keys = test.market.rule(&split.rule).unwrap().keys();
    split.hpke_key = sealed.then(|| seal_secret("round").public());
    test.put(split, &["operator"]);
    let round = test.last_round();
    let mut rows = Vec::new();
    for (name, weight, _) in PARTS {
        let numbers = [weight];
        let (numbers, public) = if sealed {
            (&numbers[..], json!({}))
        } else {
            (&[][..], json!({ "weight": weight.to_string() }))
        };
        let made = test.made_row(round, name, numbers, public, "judge");
        test.append(made.envelope.clone()).unwrap();
        rows.push(made.envelope);
    }
    let mut operator = replayed(&test);
    operator.close(round, 1_000_000).unwrap();
    let hpke = seal_secret("round");
    operator.settle(round, Some(&hpke), prover.as_deref(), &mut rng, 1_000_000).unwrap();
    (operator, round, rows)
}

/// The parts of a public split are told to whom they belong.
#[test]
fn each_party_is_told_what_it_gets() {
    let (operator, round, rows) = split(Disclosure::Public);
    let (bundle, key) = (operator.bundle(round).unwrap().to_bytes(), operator.market_key());
    for (row, (_, _, receipt)) in rows.iter().zip(PARTS) {
        let bid = row.to_json().into_bytes();
        let found = verify(&bundle, &key, Own { bid: Some(&bid), ..Own::default() });
        assert!(found.verified, "{found:?}");
        let told = format!("{}.00, your share by your weight", &receipt[..1]);
        assert_eq!(compared(&found, "your payment"), told);
        assert!(found.own_results.is_empty() && found.own_row.is_none());
    }
}

/// The parts of a sealed split are opened by whom they belong to, with the weight that somebody else gave; whoever
/// replays the ledger sees that each of them can be had.
#[test]
fn each_party_opens_what_it_gets() {
    let (operator, round, rows) = split(Disclosure::Sealed);
    let (bundle, key) = (operator.bundle(round).unwrap(), operator.market_key());
    let verdict = |row: &Envelope, seal: Option<&HpkeSecret>| {
        let bid = row.to_json().into_bytes();
        verify(&bundle.to_bytes(), &key, Own { bid: Some(&bid), seal, ..Own::default() })
    };
    for (row, (name, weight, receipt)) in rows.iter().zip(PARTS) {
        let found = verdict(row, Some(&seal_secret(name)));
        assert!(found.verified, "{found:?}");
        let expected = [("receipts".to_owned(), Some(receipt.parse().map(Wide).unwrap()))];
        assert_eq!(found.own_results, expected.into());
        assert_eq!(found.own_row, Some(json!({ "weight": weight.to_string() })));
        let said = compared(&found, YOUR_RESULTS);
        assert_eq!(said, format!("receipts {receipt}; they open your commitments"));
        let told = format!("{}.00, your share by your weight", &receipt[..1]);
        assert_eq!(compared(&found, "your payment"), told);
        // Without the key, or with a stranger's, nothing is said, and nobody is accused.
        let stranger = seal_secret("judge");
        for (seal, why) in [(None, "`seal_key` opens them"), (Some(&stranger), "another key")] {
            let found = verdict(row, seal);
            assert!(found.verified && found.own_results.is_empty() && found.own_row.is_none());
            assert_eq!(state(&found, YOUR_RESULTS), State::NotMade);
            assert!(compared(&found, YOUR_RESULTS).contains(why), "{found:?}");
            assert_eq!(state(&found, "your payment"), State::NotMade);
        }
    }
    let stored = |id| stored_verifying_key(operator.log(), id).unwrap();
    let code = || replay(operator.log(), &key, &stored, None, |_| {}).unwrap().disagreement.map(|d| d.code);
    assert_eq!(code(), None);
    operator.log().store().erase_blob(&BlobId(bundle.statement.sealed_results[2].0)).unwrap();
    assert_eq!(code(), Some(Code::StatementMismatch));
}

/// A receipt is for the entry that stands where it says: with the member's bid, and with whatever stands there.
#[test]
fn a_receipt_is_for_the_entry_that_stands_there() {
    let auction = settled_auction(&[70, 90]);
    let (operator, key) = (&auction.operator, auction.operator.market_key());
    let round = auction.settled.statement.round;
    let bundle = operator.bundle(round).unwrap().to_bytes();
    let rows = operator.market().round(round).unwrap().rows_in_order();
    let receipts: Vec<_> = rows.iter().map(|row| operator.receipt(row.index).unwrap().to_bytes()).collect();
    let found = |bid: Option<&Envelope>, receipt: usize| {
        let bid = bid.map(|bid| bid.to_json().into_bytes());
        verify(
            &bundle,
            &key,
            Own { bid: bid.as_deref(), receipt: Some(&receipts[receipt]), ..Own::default() },
        )
    };
    for (row, bid) in auction.bids.iter().enumerate() {
        for brought in [None, Some(bid)] {
            let found = found(brought, row);
            assert!(found.verified, "{found:?}");
            let said = format!("entry {} stands where the receipt for it says", rows[row].index);
            assert_eq!(compared(&found, "receipt"), said);
        }
        // The member mistook a receipt for its own: that is no fork.
        assert_eq!(found(Some(bid), 1 - row).code, Some(Code::InclusionInvalid));
    }
}
