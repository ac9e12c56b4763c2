//! The last value that is taken and the first that is not, and what a round may say by its rule.

use super::check;
use crate::entry::{
    AdmittedRule, Disclosure, DustTo, Erasure, HexBytes, KeyRevoke, Label, MarketEntry, Payload, RoundEntry,
    entry_of,
};
use crate::entry::{ModelCommitment, ModelId, PointBytes};
use crate::market::Market;
use crate::testing::{TestMarket, digest, fixed, market_id, public_key, rules, sign, signing_key};
use quittance_circuits::number::{Count, Ppm};
use quittance_circuits::sealed::{Blinding, ResultOpening};

#[test]
fn a_currency_has_at_most_18_decimals() {
    let entry = TestMarket::empty(rules()).entries.remove(0);
    let Ok(Payload::Market(good)) = Payload::of_entry(&entry) else { panic!() };
    let open = |decimals| {
        let payload = MarketEntry { decimals: Count(decimals), ..good.clone() };
        let file = sign_as_log(&payload);
        Market::open(&entry_of(file, 0).unwrap()).map(drop).map_err(|error| error.code())
    };
    assert_eq!(open(18), Ok(()));
    assert_eq!(open(19), Err("value_out_of_range"));
}

fn sign_as_log(payload: &MarketEntry) -> quittance_ledger::Envelope {
    crate::entry::EntryPayload::sign(payload, &[&signing_key("log")]).unwrap()
}

#[test]
fn a_label_has_at_most_64_bytes() {
    for length in 0..=66 {
        let label = "a".repeat(length).parse::<Label>();
        assert_eq!(label.is_ok(), (1..=64).contains(&length), "{length}");
    }
}

/// From the very entry that brought it, for whoever never held it.
#[test]
fn a_key_is_revoked_from_its_first_entry_on() {
    let revoked = |ahead: i64| {
        move |test: &mut TestMarket| {
            let since = test.market.member(test.id("acme")).unwrap().keys[0].since;
            let from_index = Count(since.checked_add_signed(ahead).unwrap());
            let (market, member, key) = (market_id(), test.id("acme"), public_key("acme"));
            test.append(sign(&KeyRevoke { market, member, key, from_index }, &["operator"]))
        }
    };
    check(revoked(0), "ok");
    check(revoked(-1), "value_out_of_range");
}

#[test]
fn a_report_says_at_most_all() {
    let reported = |ppm| {
        move |test: &mut TestMarket| {
            let mut report = test.report(test.auction(), "acme", ppm);
            (report.baseline_ppm, report.score_ppm) = (Ppm(ppm), Ppm(ppm));
            test.append(sign(&report, &["judge"]))
        }
    };
    check(reported(1_000_000), "ok");
    check(reported(1_000_001), "value_out_of_range");
}

#[test]
fn a_model_comes_from_one_that_is_there() {
    let mut test = TestMarket::example();
    let parent = test.item("river");
    assert_eq!(test.market.model(parent).map(|model| model.id), Some(parent));
    let child = |parent| ModelCommitment {
        parent: Some(parent),
        artifact: crate::entry::FileDigest(digest("a child")),
        ..test.model_of("river")
    };
    let (strange, good) = (child(ModelId(digest("no model"))), child(parent));
    assert!(test.market.model(ModelId(digest("no model"))).is_none());
    assert_eq!(test.append(sign(&strange, &["river"])).unwrap_err().code(), "record_unknown");
    test.put(good, &["river"]);
}

/// A row whose numbers are all public has nothing to commit to, even if nothing is what it seals.
#[test]
fn a_public_row_seals_nothing() {
    let mut test = TestMarket::example();
    test.put(test.split_of(None, 1000), &["operator"]);
    let round = test.last_round();
    let Ok(Payload::Bid(mut bid)) = Payload::of_envelope(&test.weight(round, "acme", 3)) else { panic!() };
    let commitment = ResultOpening::new(0, Blinding::from_uniform_bytes(&[3; 64])).commit();
    bid.commitment = Some(PointBytes(commitment.to_bytes()));
    bid.sealed_opening = Some(HexBytes(vec![0; crate::seal::sealed_len(0)]));
    let refused = test.append(sign(&bid, &["judge"])).unwrap_err();
    assert_eq!(refused.code(), "row_invalid", "{refused}");
}

#[test]
fn a_rule_without_circuit_is_admitted_as_it_is() {
    let rule =
        AdmittedRule { rule: fixed("data-coalition/v1"), tier: None, circuit_key: None, provenance: None };
    assert!(TestMarket::empty(vec![rule]).market.rule(&fixed("data-coalition/v1")).unwrap().native());
}

/// A rule that is admitted with keys alone takes no round that needs none.
#[test]
fn a_public_round_needs_its_rule_as_native() {
    let mut admitted = rules();
    admitted[1] = AdmittedRule { rule: fixed("revenue-share/v1"), ..admitted[0].clone() };
    let test = TestMarket::with_members(admitted);
    let split = test.split_of(None, 1_000);
    let refused = test.market.check_opening(&split).unwrap_err();
    assert_eq!(refused.code(), "key_unknown", "{refused}");
    assert!(refused.found.contains("for rounds that are proved only"), "{refused}");
}

/// What an operator is told about a round before it signs.
#[test]
fn a_round_says_what_its_rule_knows() {
    let test = TestMarket::example();
    let (auction, split) = (test.auction_of("north"), test.split_of(None, 1_000));
    assert_eq!(test.market.check_opening(&auction), Ok(()));
    assert_eq!(test.market.check_opening(&split), Ok(()));
    let sellers = ["north", "river"].map(|name| test.id(name)).to_vec();
    let items = ["north", "river"].map(|name| test.item(name)).to_vec();
    let dust_to = Some(DustTo::Operator);
    for (round, found) in [
        (RoundEntry { sellers: sellers.clone(), ..auction.clone() }, "this rule has one seller"),
        (RoundEntry { sellers, items, ..auction.clone() }, "this rule has one seller"),
        (RoundEntry { sellers: Vec::new(), ..auction.clone() }, "nobody sells"),
        (RoundEntry { dust_to, ..auction.clone() }, "leaves nothing undistributed"),
        (RoundEntry { abort_at: auction.close_at, ..auction.clone() }, "not before abort_at"),
        (RoundEntry { disclosure: Disclosure::Sealed, ..auction.clone() }, "nothing that a round may seal"),
        (RoundEntry { dust_to: None, ..split.clone() }, "dust_to names"),
        (RoundEntry { dust_to: Some(DustTo::Seller), ..split.clone() }, "dust_to: no seller"),
        (RoundEntry { evaluator: None, ..split.clone() }, "needs an evaluator"),
        (RoundEntry { hpke_key: None, ..auction }, "hpke_key"),
    ] {
        let refused = test.market.check_opening(&round).unwrap_err();
        assert!(refused.found.contains(found), "{found}: {refused}");
    }
}

#[test]
fn an_erasure_says_what_was_erased() {
    let mut test = TestMarket::example();
    let (acme, item) = (test.id("acme"), test.item("river"));
    let name = test.market.member(acme).unwrap().entry.name;
    let notes = test.market.model(item).unwrap().entry.notes.unwrap();
    assert!(test.market.erasures().is_empty());
    let erase = |test: &mut TestMarket, blob| test.put(Erasure { market: market_id(), blob }, &["operator"]);
    let at = [erase(&mut test, notes), erase(&mut test, name)];
    let expected = [
        (at[0], notes, format!("the notes of model {item}")),
        (at[1], name, format!("the name of member {acme}")),
    ];
    assert_eq!(test.market.erasures(), expected);
}
