//! The market: what may follow what. Codes of refusals are in `testing::cases`; here is what must be taken, and what
//! it leads to.

use super::check;
use crate::entry::{
    AdmittedRule, CircuitKeyId, DustTo, EntryPayload as _, Erasure, Measure, Payload, Provenance,
    RevenueSource, Role, RoundEntry, entry_of,
};
use crate::market::{AbortCause, Market};
use crate::reject::Code;
use crate::testing::{TestMarket, fixed, log_key, market_id, rules, sign, signing_key};
use quittance_circuits::number::{Count, Ppm, Wide};
use quittance_ledger::{Envelope, LogKey, RecordId};
use serde_json::json;

/// A round of river's that differs from the example's.
fn second(test: &TestMarket) -> RoundEntry {
    RoundEntry { abort_at: fixed("2031-01-01T00:00:00Z"), ..test.auction_of("river") }
}

fn append_round(test: &mut TestMarket, round: &RoundEntry) -> Result<u64, crate::Reject> {
    let seller = if round.items == [test.item("north")] { "north" } else { "river" };
    test.append(sign(round, &["operator", seller]))
}

#[test]
fn a_round_from_opening_to_settlement() {
    let mut test = TestMarket::example();
    let round = test.auction();
    for (name, valuation) in [("cedar", 70), ("acme", 90), ("birch", 0)] {
        test.append(test.bid(round, name, valuation)).unwrap();
    }
    let state = test.market.round(round).unwrap();
    let names: Vec<_> = state.rows_in_order().iter().map(|row| row.member).collect();
    assert_eq!(
        names,
        ["cedar", "acme", "birch"].map(|name| test.id(name)),
        "rows in the order of the ledger"
    );
    test.settle(round, 63);
    let state = test.market.round(round).unwrap();
    let closed = state.closed().unwrap();
    assert_eq!((closed.first, closed.last, closed.rows), (state.index + 1, closed.index - 1, 3));
    let settled = state.settled().unwrap();
    assert_eq!(settled.proceeds.as_ref().unwrap()[&test.id("river")], Wide(63));
    assert_eq!(test.market.index_of(settled.id), Some(settled.index));
    assert_eq!(test.market.next_index(), test.entries.len() as u64);
}

#[test]
fn parties_give_the_row_order_and_close_up() {
    let mut test = TestMarket::example();
    let mut round = test.auction_of("north");
    round.parties = Some(["birch", "cedar", "acme"].map(|name| test.id(name)).to_vec());
    append_round(&mut test, &round).unwrap();
    let round = test.last_round();
    test.append(test.bid(round, "acme", 70)).unwrap();
    test.append(test.bid(round, "birch", 70)).unwrap();
    let rows = test.market.round(round).unwrap().rows_in_order();
    assert_eq!(rows.iter().map(|row| row.member).collect::<Vec<_>>(), [test.id("birch"), test.id("acme")]);
}

#[test]
fn other_rounds_stand_between_first_and_last() {
    let mut test = TestMarket::example();
    test.put(test.auction_of("north"), &["operator", "north"]);
    let (one, two) = (test.auction(), test.last_round());
    test.append(test.bid(one, "acme", 70)).unwrap();
    test.append(test.bid(two, "acme", 70)).unwrap();
    test.append(test.bid(one, "birch", 70)).unwrap();
    test.put(test.close(one), &["operator"]);
    assert_eq!(test.market.round(one).unwrap().closed().unwrap().rows, 2);
}

/// Whoever verifies a bundle has the entries of one round, with gaps.
#[test]
fn indices_may_jump() {
    let mut test = TestMarket::example();
    let round = test.auction();
    test.append(test.bid(round, "acme", 70)).unwrap();
    let entry = entry_of(sign(&test.close(round), &["operator"]), 0).unwrap();
    let index = test.market.next_index() + 1;
    assert_eq!(test.market.apply(index, &entry).unwrap_err().code(), "bid_set_mismatch");
    let mut close = test.close(round);
    close.last.0 += 1;
    test.market.apply(index, &entry_of(sign(&close, &["operator"]), 0).unwrap()).unwrap();
    assert_eq!(test.market.next_index(), index + 1);
}

#[test]
fn a_split_divides_what_a_settled_round_brought_its_seller() {
    let mut test = TestMarket::example();
    let round = test.auction();
    let source = RevenueSource { round, seller: test.id("river") };
    test.put(test.close(round), &["operator"]);
    test.put(test.settlement(round), &["operator"]);
    let mut split = test.split_of(Some(source), 900);
    let unknown = test.append(sign(&split, &["operator", "river"])).unwrap_err();
    assert_eq!(unknown.code(), "terms_invalid", "before anybody has read the statement: {unknown}");

    let stranger = [(test.id("acme"), Wide(900))].into();
    assert_eq!(test.market.record_settlement(round, stranger).unwrap_err().code, Code::StatementMismatch);
    test.market.record_settlement(round, [(test.id("river"), Wide(900))].into()).unwrap();
    test.market.record_settlement(round, [(test.id("river"), Wide(900))].into()).unwrap();
    let other = [(test.id("river"), Wide(901))].into();
    assert_eq!(test.market.record_settlement(round, other).unwrap_err().code, Code::StatementMismatch);

    let norths = RoundEntry { sellers: vec![test.id("north")], ..split.clone() };
    assert_eq!(test.append(sign(&norths, &["operator", "north"])).unwrap_err().code(), "terms_invalid");
    split.dust_to = Some(DustTo::Seller);
    test.put(split, &["operator", "river"]);
    let split = test.last_round();
    for (name, weight) in [("acme", 2), ("birch", 1)] {
        test.append(test.weight(split, name, weight)).unwrap();
    }
    let state = test.market.round(split).unwrap();
    assert_eq!(state.public_columns(&state.rows[0]), json!({ "weight": "2" }));
    assert_eq!(state.circuit_key(), None);
    assert_eq!(test.market.round_over(source).map(|round| round.id), Some(split));
    test.put(test.close(split), &["operator"]);
    test.put(test.settlement(split), &["operator"]);
}

#[test]
fn proceeds_are_free_again_after_an_abort() {
    let mut test = TestMarket::example();
    let round = test.auction();
    test.settle(round, 900);
    let source = RevenueSource { round, seller: test.id("river") };
    let split = test.split_of(Some(source), 900);
    test.put(split.clone(), &["operator", "river"]);
    let first = test.last_round();
    test.append(test.weight(first, "acme", 2)).unwrap();
    test.put(test.abort(first, "second_thoughts"), &["operator"]);
    let again = RoundEntry { abort_at: fixed("2031-01-01T00:00:00Z"), ..split };
    let unnamed = test.append(sign(&again, &["operator", "river"])).unwrap_err();
    assert_eq!(unnamed.code(), "terms_invalid", "{unnamed}");
    test.put(RoundEntry { reopens: Some(first), ..again }, &["operator", "river"]);
}

#[test]
fn an_abort_is_excused_before_the_first_row_only() {
    let mut test = TestMarket::example();
    let first = test.auction();
    test.put(test.abort(first, "no_interest"), &["operator"]);
    let cause = |test: &TestMarket, id| test.market.round(id).unwrap().aborted().unwrap().cause;
    assert_eq!(cause(&test, first), AbortCause::BeforeFirstRow);
    let again = second(&test);
    append_round(&mut test, &again).unwrap();

    let next = test.last_round();
    test.append(test.bid(next, "acme", 70)).unwrap();
    test.put(test.abort(next, "no_copies"), &["operator"]);
    assert_eq!(cause(&test, next), AbortCause::OperatorFault, "the rule does not refuse");
    let third = RoundEntry { close_at: fixed("2029-01-01T00:00:00Z"), ..again };
    for wrong in [None, Some(first)] {
        let round = RoundEntry { reopens: wrong, ..third.clone() };
        assert_eq!(append_round(&mut test, &round).unwrap_err().code(), "terms_invalid");
    }
    append_round(&mut test, &RoundEntry { reopens: Some(next), ..third }).unwrap();
    let north = RoundEntry { reopens: Some(next), ..test.auction_of("north") };
    assert_eq!(append_round(&mut test, &north).unwrap_err().code(), "terms_invalid", "another item");
}

#[test]
fn reports_do_not_move_after_the_bid() {
    let mut test = TestMarket::example();
    let round = test.auction();
    let report = |test: &mut TestMarket, measure, value| {
        let mut report = test.report(round, "acme", value);
        report.measure = measure;
        test.put(report, &["judge"]);
    };
    report(&mut test, Measure::ExpectedGain, 100);
    report(&mut test, Measure::ExpectedGain, 200);
    let bid = test.append(test.bid(round, "acme", 70)).unwrap();
    report(&mut test, Measure::ExpectedGain, 300);
    let value = |test: &TestMarket, measure| {
        let state = test.market.round(round).unwrap();
        state.report_for(test.id("acme"), measure, bid).map(|report| report.entry.value_ppm)
    };
    assert_eq!(value(&test, "expected_gain"), Some(Ppm(200)));
    assert_eq!(value(&test, "realised_gain"), Some(Ppm(200)), "none realised: the expected one");
    report(&mut test, Measure::RealisedGain, 150);
    assert_eq!(value(&test, "realised_gain"), Some(Ppm(150)));
    assert_eq!(value(&test, "quality"), None);
    // No other measure stands for these two, nor they for it.
    for (measure, word) in [(Measure::Quality, "quality"), (Measure::Weight, "weight")] {
        let mut before = test.report(round, "birch", 10);
        before.measure = measure;
        test.put(before, &["judge"]);
        let of_birch = |word| test.market.round(round).unwrap().report_for(test.id("birch"), word, u64::MAX);
        assert_eq!(of_birch(word).map(|report| report.entry.measure), Some(measure));
        assert!(of_birch("expected_gain").is_none() && of_birch("realised_gain").is_none());
        assert_eq!(value(&test, word), None, "after the bid of nobody");
    }
    assert_eq!(value(&test, "gain"), None, "no measure");
    let same = test.append(sign(&test.report(round, "acme", 300), &["judge"])).unwrap_err();
    assert_eq!(same.code(), "duplicate_entry");
    let mut nobodys = test.report(round, "acme", 400);
    nobodys.subject = None;
    assert_eq!(
        test.append(sign(&nobodys, &["judge"])).unwrap_err().code(),
        "row_invalid",
        "a gain of nobody"
    );
    nobodys.measure = Measure::Quality;
    test.put(nobodys.clone(), &["judge"]);
    nobodys.model = None;
    assert_eq!(test.append(sign(&nobodys, &["judge"])).unwrap_err().code(), "row_invalid", "of nothing");
    let of_birch = test.market.round(round).unwrap().report_for(test.id("birch"), "expected_gain", bid);
    assert!(of_birch.is_none());
    assert!(test.market.round(round).unwrap().reports_used().is_empty(), "the rule has no such column");
}

#[test]
fn a_round_ends_once() {
    let aborted = |test: &mut TestMarket| test.put(test.abort(test.auction(), "no_interest"), &["operator"]);
    let settled = |test: &mut TestMarket| test.settle(test.auction(), 0);
    check(
        |test| {
            aborted(test);
            test.append(sign(&test.close(test.auction()), &["operator"]))
        },
        "round_not_open",
    );
    check(
        |test| {
            settled(test);
            test.append(sign(&test.close(test.auction()), &["operator"]))
        },
        "already_settled",
    );
    check(
        |test| {
            aborted(test);
            test.append(sign(&test.abort(test.auction(), "again"), &["operator"]))
        },
        "round_not_open",
    );
    check(
        |test| {
            settled(test);
            test.append(test.bid(test.auction(), "acme", 70))
        },
        "round_closed",
    );
}

#[test]
fn names_and_notes_are_erased_once() {
    let mut test = TestMarket::example();
    let name = test.market.member(test.id("acme")).unwrap().entry.name;
    let erasure = Erasure { market: market_id(), blob: name };
    assert_eq!(test.market.erased_by(name), None);
    test.put(erasure.clone(), &["operator"]);
    assert_eq!(test.market.erased_by(name), test.entries.len().checked_sub(1).map(|index| index as u64));
    assert_eq!(test.append(sign(&erasure, &["operator"])).unwrap_err().code(), "duplicate_entry");
}

/// 65,536 rows would take a minute: the rows of this test are not on any ledger.
#[test]
fn a_full_round_takes_no_row() {
    let mut test = TestMarket::example();
    test.put(test.split_of(None, 1000), &["operator"]);
    let round = test.last_round();
    test.append(test.weight(round, "acme", 3)).unwrap();
    let bid = entry_of(test.weight(round, "birch", 3), 0).unwrap();
    for (rows, code) in [((1 << 16) - 1, None), (1 << 16, Some(Code::RoundFull))] {
        let mut market = test.market.clone();
        market.fill(round, rows);
        assert_eq!(
            market.apply(market.next_index(), &bid).err().map(|error| error.code),
            code,
            "{rows} rows"
        );
    }
}

#[test]
fn entry_0_says_what_the_market_is() {
    let entry = TestMarket::empty(rules()).entries.remove(0);
    let Ok(Payload::Market(good)) = Payload::of_entry(&entry) else { panic!() };
    let open = |payload: &crate::entry::MarketEntry, signer: &str| {
        let file = payload.sign(&[&signing_key(signer)]).unwrap();
        Market::open(&entry_of(file, 0).unwrap()).map(drop).map_err(|error| error.code())
    };
    assert_eq!(open(&good, "log"), Ok(()));
    assert_eq!(open(&good, "operator"), Err("signature_invalid"));
    let mut bad = good.clone();
    bad.market = fixed("example.com/other");
    assert_eq!(open(&bad, "log"), Err("market_mismatch"));
    let mut bad = good.clone();
    bad.log_key = LogKey::new(fixed("example.com/models"), signing_key("acme")).verifier_key().to_string();
    assert_eq!(open(&bad, "log"), Err("signature_invalid"));
    let mut bad = good.clone();
    bad.log_key = log_key().verifier_key().to_string() + "=";
    assert_eq!(open(&bad, "log"), Err("file_malformed"));
    let mut bad = good.clone();
    bad.witness_policy = Some("nobody".into());
    assert_eq!(open(&bad, "log"), Err("file_malformed"));
    bad.witness_policy = Some("quorum some\n".into());
    assert_eq!(open(&bad, "log"), Err("file_malformed"), "refused, not taken for none");
    bad.witness_policy = Some("quorum none\n".into());
    assert_eq!(open(&bad, "log"), Ok(()));
    let mut bad = good.clone();
    bad.rules.push(bad.rules[0].clone());
    assert_eq!(open(&bad, "log"), Err("duplicate_entry"));
    let mut bad = good.clone();
    bad.decimals = Count(19);
    assert_eq!(open(&bad, "log"), Err("value_out_of_range"));
    let test = TestMarket::example();
    let admitted: Vec<_> =
        test.market.rules().map(|(rule, state)| (rule.as_str(), state.in_force())).collect();
    assert_eq!(admitted, [("revenue-share/v1", true), ("uniform-price/v1", true)]);
    assert_eq!(Market::open(&test.entries[1]).unwrap_err().code(), "file_malformed", "not a market entry");
}

/// Whatever reasons hold besides, the first of the published order is given.
#[test]
fn the_first_reason_is_given() {
    check(
        |test| {
            // A copied signature, another market, a key out of force, no such round.
            let file = test.bid(test.auction(), "acme", 70);
            let Ok(Payload::Bid(mut bid)) = Payload::of_envelope(&file) else { panic!() };
            bid.market = fixed("example.com/other");
            bid.commitment = None;
            let forged = Envelope::from_parts(
                file.payload_type().into(),
                quittance_circuits::json::to_canonical(&bid),
                file.signatures().to_vec(),
            );
            test.append(forged.unwrap())
        },
        "signature_invalid",
    );
    check(
        |test| {
            let file = test.bid(test.auction(), "acme", 70);
            let Ok(Payload::Bid(mut bid)) = Payload::of_envelope(&file) else { panic!() };
            test.put(test.close(test.auction()), &["operator"]);
            bid.commitment = None;
            test.append(sign(&bid, &["acme"]))
        },
        "round_closed",
    );
    check(
        |test| {
            let mut round = test.auction_of("river");
            round.terms["copies"] = json!("01");
            test.append(sign(&round, &["river"]))
        },
        "file_malformed",
    );
    check(
        |test| {
            let mut round = test.auction_of("river");
            round.terms["copies"] = json!("0");
            round.circuit_keys.clear();
            round.rule = fixed("second-price/v9");
            test.append(sign(&round, &["operator", "river"]))
        },
        "rule_unknown",
    );
    check(
        |test| {
            let mut round = test.auction_of("river");
            round.terms["copies"] = json!("0");
            round.circuit_keys.clear();
            let reject = test.append(sign(&round, &["operator", "river"])).unwrap_err();
            assert_eq!(reject.rule_refusal.map(|refusal| refusal.0), Some("no_copies"));
            Err(reject)
        },
        "terms_invalid",
    );
}

#[test]
fn who_takes_part_in_a_round() {
    let sold = |change: fn(&TestMarket, &mut RoundEntry), expected| {
        check(
            |test| {
                let mut round = second(test);
                change(test, &mut round);
                let mut signers = vec!["operator"];
                for name in ["north", "river"] {
                    if round.sellers.contains(&test.id(name)) {
                        signers.push(name);
                    }
                }
                test.append(sign(&round, &signers))
            },
            expected,
        );
    };
    sold(|_, _| {}, "ok");
    check(
        |test| {
            let round = RoundEntry { sellers: vec![test.id("acme")], ..second(test) };
            test.append(sign(&round, &["operator", "acme"]))
        },
        "role_missing",
    );
    sold(|_, round| round.sellers.clear(), "terms_invalid");
    sold(|_, round| round.evaluator = None, "ok");
    sold(|_, round| round.dust_to = Some(DustTo::Operator), "terms_invalid");
    sold(|_, round| round.hpke_key = None, "terms_invalid");
    sold(|test, round| round.sellers.push(test.id("north")), "terms_invalid");
    sold(|_, round| round.items.push(round.items[0]), "terms_invalid");
    sold(|test, round| round.parties = Some(vec![test.id("acme"); 2]), "terms_invalid");
    sold(|test, round| round.parties = Some(vec![test.id("judge")]), "role_missing");
    sold(|_, round| round.row_signers = crate::entry::RowSigners::Evaluator, "ok");
    sold(|_, round| round.reopens = Some(crate::entry::RoundId::from(RecordId([9; 32]))), "round_unknown");
    sold(
        |_, round| {
            round.row_signers = crate::entry::RowSigners::Evaluator;
            round.evaluator = None;
        },
        "terms_invalid",
    );
    sold(|test, round| round.reopens = Some(test.auction()), "terms_invalid");
}

/// With terms for other items than the round's, somebody who sells nothing would be owed money, or nobody.
#[test]
fn terms_that_price_items_are_of_the_items() {
    let admitted = AdmittedRule {
        rule: fixed("assignment/v1"),
        tier: Some(fixed("8x4")),
        circuit_key: Some(CircuitKeyId([1; 32])),
        provenance: Some(Provenance::SingleParty),
    };
    for (items, priced) in [(1, 1), (2, 2), (1, 2), (2, 1)] {
        let mut test = TestMarket::with_members(vec![admitted.clone()]);
        let sellers = ["north", "river"].into_iter().take(items);
        let price = json!({ "copies": "1", "reserve_price": "1" });
        let round = RoundEntry {
            terms: json!({ "fee_bps": "0", "items": vec![price; priced] }),
            circuit_keys: test.market.rule(&admitted.rule).map(|state| state.keys()).unwrap_or_default(),
            rule: admitted.rule.clone(),
            items: sellers.clone().map(|seller| test.item(seller)).collect(),
            sellers: sellers.clone().map(|seller| test.id(seller)).collect(),
            ..test.auction_of("river")
        };
        let signers: Vec<&str> = ["operator"].into_iter().chain(sellers).collect();
        let opened = test.append(sign(&round, &signers)).map_err(|reject| reject.code());
        assert_eq!(opened.is_ok(), items == priced, "{items} items, terms for {priced}: {opened:?}");
        assert!(opened.is_ok() || opened == Err("terms_invalid"), "{opened:?}");
    }
}

/// An evaluator who signs rows weighs nobody in who measures itself.
#[test]
fn rows_that_an_evaluator_signs() {
    let mut test = TestMarket::example();
    test.add("judge-2", &[Role::Evaluator]);
    test.put(test.split_of(None, 1000), &["operator"]);
    let round = test.last_round();
    let own = test.weight(round, "judge", 3);
    assert_eq!(test.append(own).unwrap_err().code(), "row_not_expected");
    let stranger = test.weight(round, "stranger", 3);
    assert_eq!(test.append(stranger).unwrap_err().code(), "record_unknown");
    let Ok(Payload::Bid(bid)) = Payload::of_envelope(&test.weight(round, "acme", 3)) else { panic!() };
    for other in ["acme", "judge-2"] {
        assert_eq!(test.append(sign(&bid, &[other])).unwrap_err().code(), "signature_invalid");
    }
    test.put(bid, &["judge"]);
    test.append(test.weight(round, "north", 3)).unwrap();
    let mut bad = test.weight(round, "birch", 3);
    let Ok(Payload::Bid(mut bid)) = Payload::of_envelope(&bad) else { panic!() };
    for public in [json!({}), json!({ "weight": "01" }), json!({ "weight": null }), json!([])] {
        bid.public = public;
        bad = sign(&bid, &["judge"]);
        assert_eq!(test.append(bad.clone()).unwrap_err().code(), "row_invalid", "{}", bid.public);
    }
}
