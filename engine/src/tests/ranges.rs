//! What else may stand between a round and its settlement, and how a bundle's range is judged with it.

use crate::entry::{Close, FileDigest, KeyRotate, Payload, Provenance, Role, entry_of};
use crate::reject::Code;
use crate::testing::settled::{replayed, settled_auction_by};
use crate::testing::{TestMarket, digest, market_id, public_key, rules, seal_secret, sign};
use crate::verify::{Own, verify};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use quittance_circuits::number::{Count, Wide};
use quittance_ledger::Envelope;

/// Members who join while a round is open may take part; keys of strangers and other rounds are none of its business,
/// and a bundle holds what they rest on no more than its range must.
#[test]
fn other_matters_stand_within_a_range() {
    let mut test = TestMarket::with_members(rules());
    let split = |test: &TestMarket, revenue| {
        let mut split = test.split_of(None, revenue);
        split.evaluator = Some(test.id("judge"));
        split
    };
    test.put(split(&test, 1_000), &["operator"]);
    let round = test.last_round();
    // The model before, so that its seller is no member that this round mentions.
    test.put(split(&test, 600), &["operator"]);
    let other = test.last_round();
    test.append(test.weight(other, "acme", 3)).unwrap();
    let (market, member) = (market_id(), test.id("acme"));
    let rotated =
        KeyRotate { market, member, key: public_key("acme-2"), seal_key: seal_secret("acme-2").public() };
    test.put(rotated, &["operator", "acme", "acme-2"]);
    test.add("dune", &[Role::Bidder]);
    test.append(test.weight(round, "birch", 3)).unwrap();
    test.append(test.weight(round, "dune", 1)).unwrap();
    let mut operator = replayed(&test);
    for round in [other, round] {
        operator.close(round, 1_000_000).unwrap();
        operator.settle(round, None, None, &mut StdRng::seed_from_u64(4), 1_000_000).unwrap();
    }
    let bundle = operator.bundle(round).unwrap();
    let found = verify(&bundle.to_bytes(), &operator.market_key(), Own::default());
    assert!(found.verified, "{found:?}");
    assert_eq!(bundle.statement.outcome["receipts"], serde_json::json!(["750", "250"]));
    let rule = found.checks.iter().find(|check| check.name == "rule").unwrap();
    let terms = blake3::hash(&quittance_circuits::json::canonical(&bundle.statement.terms)).to_hex();
    assert_eq!(rule.compared, format!("revenue-share/v1, terms {}…", &terms[..8]));
}

/// Whoever reads the verdict is told where the key comes from that the proof rests on.
#[test]
fn the_verdict_says_where_a_key_comes_from() {
    let transcript = FileDigest(digest("transcript"));
    for (provenance, said) in [
        (Provenance::Ceremony(transcript), format!("ceremony {}… (claimed)", &transcript.to_string()[..8])),
        (Provenance::SingleParty, "made by the operator alone (dev key)".to_owned()),
    ] {
        let auction = settled_auction_by(provenance, &[70, 90]);
        let bundle = auction.operator.bundle(auction.settled.statement.round).unwrap();
        let found = verify(&bundle.to_bytes(), &auction.operator.market_key(), Own::default());
        assert!(found.verified, "{found:?}");
        let proof = found.checks.iter().find(|check| check.name == "proof").unwrap();
        assert!(proof.compared.contains(&said), "{}", proof.compared);
    }
}

/// The close and the settlement say themselves what is wrong with what they say of the rows. Who signs them is a matter
/// of the ledger, like any other entry's: a range with one that no market takes is no range.
#[test]
fn a_close_that_the_operator_has_not_signed_makes_no_range() {
    let auction = settled_auction_by(Provenance::SingleParty, &[70, 90]);
    let (operator, settled) = (&auction.operator, &auction.settled);
    let (log_key, operator_key) = (crate::testing::log_key(), crate::testing::signing_key("operator"));
    let honest = crate::forge::Honest::of(operator, settled, &log_key, &operator_key).unwrap();
    let close = honest.entries[honest.close as usize].clone();
    let Ok(Payload::Close(payload)) = Payload::of_entry(&close) else { panic!("a close") };
    let found = |close: Envelope, time_ms| {
        let mut entries = honest.entries.clone();
        entries[honest.close as usize] = entry_of(close, time_ms).unwrap();
        let (proof, key) = (honest.settlement.proof.clone(), honest.verifying_key.clone());
        let bundle = honest.publish(entries, honest.statement.clone(), Vec::new(), proof, key).unwrap();
        verify(&bundle.to_bytes(), &operator.market_key(), Own::default())
    };
    assert!(found(sign(&payload, &["operator"]), close.time_ms()).verified);
    let unsigned = found(sign(&payload, &["acme"]), close.time_ms());
    assert_eq!(unsigned.code, Some(Code::RangeInvalid), "{unsigned:?}");
    let fewer = Close { rows: Count(1), ..payload };
    let lying = found(sign(&fewer, &["operator"]), close.time_ms());
    assert_eq!(lying.code, Some(Code::BidSetMismatch), "{lying:?}");
}

/// A statement that differs from the ledger's in one field is refused by that field's name.
#[test]
fn the_field_that_differs_is_named() {
    let auction = settled_auction_by(Provenance::SingleParty, &[70, 90]);
    let (operator, settled) = (&auction.operator, &auction.settled);
    let (log_key, operator_key) = (crate::testing::log_key(), crate::testing::signing_key("operator"));
    let honest = crate::forge::Honest::of(operator, settled, &log_key, &operator_key).unwrap();
    let mut statement = honest.statement.clone();
    statement.terms["fee_bps"] = serde_json::json!(Wide(1).to_string());
    let bundle = honest.restated(statement, honest.sealed_results.clone()).unwrap();
    let found = verify(&bundle.to_bytes(), &operator.market_key(), Own::default());
    assert_eq!(found.code, Some(Code::StatementMismatch));
    let failed = found.checks.iter().find(|check| check.name == "bid set").unwrap();
    assert_eq!(failed.compared, "`terms` of the statement is not what the ledger says");
}
