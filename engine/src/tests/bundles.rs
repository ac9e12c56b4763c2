//! Bundles of a split: whose keys they hold, which market they are of, and that what is recomputed cannot be restated.

use crate::bundle::Bundle;
use crate::entry::{KeyRevoke, KeyRotate, RoundId, entry_of};
use crate::forge::Honest;
use crate::operator::SettledRound;
use crate::reject::Code;
use crate::testing::settled::replayed;
use crate::testing::witnessed::TestOperator;
use crate::testing::{TestMarket, log_key, market_id, public_key, rules, seal_secret, signing_key};
use crate::verdict::{State, Verdict};
use crate::verify::{Own, verify};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use quittance_circuits::number::Count;
use quittance_ledger::{MarketKey, TreeHash};
use serde_json::json;

/// An open split of 1,000, whose weights `judge` gives.
fn open(test: &mut TestMarket) -> RoundId {
    let mut split = test.split_of(None, 1_000);
    split.evaluator = Some(test.id("judge"));
    test.put(split, &["operator"]);
    test.last_round()
}

/// Closes and settles a split.
fn settle(test: &TestMarket, round: RoundId) -> (TestOperator, SettledRound) {
    let mut operator = replayed(test);
    operator.close(round, 1_000_000).unwrap();
    let settled = operator.settle(round, None, None, &mut StdRng::seed_from_u64(4), 1_000_000);
    let (settled, _) = settled.unwrap_or_else(|error| panic!("{error}"));
    (operator, settled)
}

fn verdict(bundle: &Bundle, key: &MarketKey) -> Verdict {
    verify(&bundle.to_bytes(), key, Own::default())
}

/// A split among three, by weights of 5, 3 and 2.
fn split() -> (TestOperator, SettledRound) {
    let mut test = TestMarket::with_members(rules());
    let round = open(&mut test);
    for (name, weight) in [("acme", 5), ("birch", 3), ("cedar", 2)] {
        test.append(test.weight(round, name, weight)).unwrap();
    }
    settle(&test, round)
}

/// A bundle has room for nothing that nobody checks.
#[test]
fn a_round_without_a_proof_has_no_key() {
    let (operator, settled) = split();
    let mut bundle = operator.bundle(settled.statement.round).unwrap();
    assert!(verdict(&bundle, &operator.market_key()).verified);
    for key in [&b""[..], b"QTTCVK01"] {
        bundle.verifying_key = Some(crate::entry::HexBytes(key.to_vec()));
        assert_eq!(verdict(&bundle, &operator.market_key()).code, Some(Code::KeyMismatch));
    }
}

fn rotation(test: &TestMarket, name: &str, new: &str) -> KeyRotate {
    let (market, member) = (market_id(), test.id(name));
    KeyRotate { market, member, key: public_key(new), seal_key: seal_secret(new).public() }
}

/// Whoever gives the weights changes keys before the round, and again while it is open: each key signs in its time.
#[test]
fn keys_that_changed_before_and_within_a_round_are_known_to_its_bundle() {
    let mut test = TestMarket::with_members(rules());
    let rotated = test.put(rotation(&test, "judge", "judge-2"), &["operator", "judge", "judge-2"]);
    let stranger = test.put(rotation(&test, "acme", "acme-2"), &["operator", "acme", "acme-2"]);
    let round = open(&mut test);
    let weighs = |test: &TestMarket, name: &str, signer: &str| {
        test.made_row(round, name, &[], json!({ "weight": "5" }), signer).envelope
    };
    assert_eq!(test.append(weighs(&test, "birch", "judge")).unwrap_err().code, Code::KeyRevoked);
    test.append(weighs(&test, "birch", "judge-2")).unwrap();
    let member = test.market.member_by_key(signing_id("judge-2")).unwrap().id;
    let (market, key) = (market_id(), public_key("judge-3"));
    let within = KeyRotate { market, member, key, seal_key: seal_secret("judge-3").public() };
    test.put(within, &["operator", "judge-2", "judge-3"]);
    test.append(weighs(&test, "cedar", "judge-3")).unwrap();
    let (operator, settled) = settle(&test, round);
    let bundle = operator.bundle(round).unwrap();
    let found = verdict(&bundle, &operator.market_key());
    assert!(found.verified, "{found:?}");
    assert_eq!(settled.statement.outcome["receipts"], json!(["500", "500"]));
    // It holds the keys of those who take part, and nobody else's.
    let holds = |index| bundle.entries.iter().any(|proved| proved.index.0 == index);
    assert!(holds(rotated) && !holds(stranger));
    let mut without = bundle.clone();
    without.entries.retain(|proved| proved.index.0 != rotated);
    assert_eq!(verdict(&without, &operator.market_key()).code, Some(Code::RangeInvalid));
}

fn signing_id(name: &str) -> quittance_ledger::KeyId {
    quittance_ledger::PublicKey::from(&signing_key(name)).id()
}

/// A key that was revoked within the round signs no row after that, for the bundle as for the ledger.
#[test]
fn keys_revoked_within_a_round_are_known_to_its_bundle() {
    let mut test = TestMarket::with_members(rules());
    let round = open(&mut test);
    test.append(test.weight(round, "birch", 5)).unwrap();
    let revocation = KeyRevoke {
        market: market_id(),
        member: test.id("judge"),
        key: public_key("judge"),
        from_index: Count(test.entries.len() as u64),
    };
    test.put(revocation, &["operator"]);
    assert_eq!(test.append(test.weight(round, "cedar", 5)).unwrap_err().code, Code::KeyRevoked);
    let (operator, _) = settle(&test, round);
    let found = verdict(&operator.bundle(round).unwrap(), &operator.market_key());
    assert!(found.verified, "{found:?}");
}

/// Whoever was to give the weights has lost its key before the round: no row of its makes a range, for the bundle holds
/// the revocation.
#[test]
fn keys_revoked_before_a_round_are_known_to_its_bundle() {
    let mut test = TestMarket::with_members(rules());
    let (market, member, key) = (market_id(), test.id("judge"), public_key("judge"));
    let from_index = Count(test.entries.len() as u64);
    let revoked = test.put(KeyRevoke { market, member, key, from_index }, &["operator"]);
    let round = open(&mut test);
    let row = test.weight(round, "birch", 5);
    assert_eq!(test.append(row.clone()).unwrap_err().code, Code::KeyRevoked);
    let (operator, settled) = settle(&test, round);
    let (key, bundle) = (operator.market_key(), operator.bundle(round).unwrap());
    assert!(verdict(&bundle, &key).verified);
    assert!(bundle.entries.iter().any(|proved| proved.index.0 == revoked));
    // An operator takes it all the same.
    let (log_key, operator_key) = (log_key(), signing_key("operator"));
    let honest = Honest::of(&operator, &settled, &log_key, &operator_key).unwrap();
    let mut entries = honest.entries.clone();
    entries.insert(honest.close as usize, entry_of(row, 0).unwrap());
    let forged = honest.publish(entries, honest.statement.clone(), Vec::new(), None, None).unwrap();
    let found = verdict(&forged, &key);
    assert_eq!(found.code, Some(Code::RangeInvalid));
    let said = found.checks.iter().find(|check| check.state == State::Failed).unwrap();
    assert!(said.compared.contains("revoked"), "{}", said.compared);
}

/// A log and its key may be right, and the market another one.
#[test]
fn a_market_is_its_entry_0() {
    let (operator, settled) = split();
    let bundle = operator.bundle(settled.statement.round).unwrap();
    let key = operator.market_key();
    let found = verdict(&bundle, &key);
    assert!(found.verified);
    // What was examined, by whose key, on what evidence, and what was not.
    let round = settled.statement.round.to_string();
    assert_eq!(found.about, format!("round {}… of {} · revenue-share/v1 · 3 bids", &round[..8], market_id()));
    let signer = format!("{}+{:08x}", key.log.origin(), key.log.note_key_id());
    assert!(found.checks[0].compared.starts_with(&format!("signed by {signer}, ")), "{found:?}");
    assert_eq!(found.evidence.as_deref(), Some("recomputed"));
    for what in ["`--receipt`", "`--history`", "deadlines (no witnesses)", "a second settlement"] {
        assert!(found.not_checked.iter().any(|not| not.contains(what)), "{what}");
    }
    let other = MarketKey { entry0: TreeHash([7; 32]), ..key.clone() };
    assert_eq!(verdict(&bundle, &other).code, Some(Code::MarketMismatch));
    // Another entry in its place, which stands on the ledger, and is not entry 0.
    let mut missing = bundle.clone();
    missing.entries.remove(0);
    assert_eq!(verdict(&missing, &key).code, Some(Code::MarketMismatch));
    let mut none = bundle;
    none.entries.clear();
    assert_eq!(verdict(&none, &key).code, Some(Code::RangeInvalid));
}

/// All is public and nothing is proved, so the rule is computed again: any other outcome is refused, whether its money
/// adds up or not.
#[test]
fn a_recomputed_outcome_cannot_be_restated() {
    let (operator, settled) = split();
    let (log_key, operator_key, key) = (log_key(), signing_key("operator"), operator.market_key());
    let honest = Honest::of(&operator, &settled, &log_key, &operator_key).unwrap();
    let restated = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut statement = honest.statement.clone();
        change(&mut statement.outcome);
        for (name, column) in &mut statement.public {
            if let Some(changed) = statement.outcome.get(name).and_then(|column| column.as_array()) {
                column.clone_from(changed);
            }
        }
        verdict(&honest.restated(statement, Vec::new()).unwrap(), &key)
    };
    assert_eq!(honest.statement.outcome["receipts"], json!(["500", "300", "200"]));
    assert!(restated(&|_| {}).verified);
    // The same sum for others, in any order and of any size.
    for receipts in [["501", "299", "200"], ["300", "500", "200"], ["1000", "0", "0"]] {
        let found = restated(&|outcome| outcome["receipts"] = json!(receipts));
        assert_eq!(found.code, Some(Code::PaymentMismatch), "{receipts:?}");
        let proof = found.checks.iter().find(|check| check.name == "proof").unwrap();
        assert!(proof.compared.contains("`receipts` is not what the rule gives"), "{}", proof.compared);
    }
    // Another sum is the money's to refuse, by a code of its own.
    for receipts in [["501", "300", "200"], ["499", "300", "200"]] {
        let found = restated(&|outcome| outcome["receipts"] = json!(receipts));
        assert_eq!(found.code, Some(Code::ConservationViolated), "{receipts:?}");
    }
}
