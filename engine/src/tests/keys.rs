//! Keys of members and of circuits, judged by ledger position.

use super::check;
use crate::entry::{
    AdmittedRule, CircuitKeyId, KeyRevoke, KeyRotate, Payload, Provenance, RoundEntry, RuleAdmit,
    RuleWithdraw, SealKey, Tier,
};
use crate::market::Row;
use crate::testing::{TestMarket, digest, fixed, market_id, public_key, rules, seal_secret, sign};
use quittance_circuits::number::Count;

/// A round of river's that differs from the example's.
fn second(test: &TestMarket) -> RoundEntry {
    RoundEntry { abort_at: fixed("2031-01-01T00:00:00Z"), ..test.auction_of("river") }
}

#[test]
fn keys_rotate_and_are_revoked_by_position() {
    let mut test = TestMarket::example();
    let (acme, birch) = (test.id("acme"), test.id("birch"));
    let round = test.auction();
    let bid = test.append(test.bid(round, "acme", 70)).unwrap();
    let rotation = KeyRotate {
        market: market_id(),
        member: birch,
        key: public_key("birch-2"),
        seal_key: seal_secret("birch-2").public(),
    };
    let signed_by = |names: &[&str]| sign(&rotation, names);
    for names in [&["operator", "birch"][..], &["operator", "birch-2"], &["birch", "birch-2"]] {
        assert_eq!(test.append(signed_by(names)).unwrap_err().code(), "signature_invalid", "{names:?}");
    }
    test.append(signed_by(&["operator", "birch", "birch-2"])).unwrap();
    let old = test.bid(round, "birch", 70);
    let Ok(Payload::Bid(payload)) = Payload::of_envelope(&old) else { panic!() };
    test.put(payload, &["birch-2"]);
    let member = test.market.member(birch).unwrap();
    assert_eq!(member.key().unwrap().key.to_bytes(), public_key("birch-2").0);
    assert_eq!((member.keys.len(), member.keys[0].until), (2, Some(bid + 1)));

    let revocation = |from_index| KeyRevoke {
        market: market_id(),
        member: acme,
        key: public_key("acme"),
        from_index: Count(from_index),
    };
    assert_eq!(test.append(sign(&revocation(0), &["operator"])).unwrap_err().code(), "value_out_of_range");
    test.put(revocation(bid), &["operator"]);
    assert!(test.market.member(acme).unwrap().key().is_none());
    let state = test.market.round(round).unwrap();
    let contested = |row: &Row| test.market.is_contested(row.index, &row.signers);
    assert_eq!(state.rows.iter().map(contested).collect::<Vec<_>>(), [true, false]);
    assert_eq!(test.market.revocations().count(), 1);
    let weak = KeyRotate { seal_key: SealKey([0; 32]), key: public_key("birch-3"), ..rotation.clone() };
    let weak = sign(&weak, &["operator", "birch-2", "birch-3"]);
    assert_eq!(test.append(weak).unwrap_err().code(), "key_unsafe");
    let reused = KeyRotate { key: public_key("acme"), ..rotation.clone() };
    let again = sign(&reused, &["operator", "birch-2", "acme"]);
    assert_eq!(test.append(again).unwrap_err().code(), "signature_invalid", "a key names one party for ever");
}

#[test]
fn rules_are_admitted_and_withdrawn_by_position() {
    let mut test = TestMarket::example();
    let (rule, market) = (fixed::<crate::entry::RuleId>("uniform-price/v1"), market_id());
    let admit = |rows, key: &str| RuleAdmit {
        market: market.clone(),
        rule: rule.clone(),
        tier: Some(Tier { rows, items: None }),
        circuit_key: Some(CircuitKeyId(digest(key))),
        provenance: Some(Provenance::SingleParty),
    };
    assert_eq!(test.append(sign(&admit(256, "other"), &["operator"])).unwrap_err().code(), "duplicate_entry");
    test.put(admit(4096, "large"), &["operator"]);
    let keys = test.auction_of("river").circuit_keys;
    assert_eq!(keys.iter().map(|key| key.tier.rows).collect::<Vec<_>>(), [256, 4096]);
    check(
        |test| test.append(sign(&RoundEntry { circuit_keys: keys, ..second(test) }, &["operator", "river"])),
        "key_unknown",
    );
    test.put(second(&test), &["operator", "river"]);
    let round = test.market.round(test.last_round()).unwrap();
    for (rows, tier) in [(0, 256), (256, 256), (257, 4096), (4096, 4096), (4097, 4096)] {
        assert_eq!(round.fit(rows).unwrap().key.tier.rows, tier, "{rows} rows");
    }

    let withdraw = |rows, key: &str| RuleWithdraw {
        market: market.clone(),
        rule: rule.clone(),
        tier: Some(Tier { rows, items: None }),
        circuit_key: Some(CircuitKeyId(digest(key))),
    };
    assert_eq!(
        test.append(sign(&withdraw(256, "other"), &["operator"])).unwrap_err().code(),
        "rule_withdrawn"
    );
    // Nothing of a tier that is not there is not in force either.
    let nothing = RuleWithdraw { circuit_key: None, ..withdraw(65536, "other") };
    assert_eq!(test.append(sign(&nothing, &["operator"])).unwrap_err().code(), "rule_withdrawn");
    test.put(withdraw(256, "circuit key"), &["operator"]);
    let again = test.append(sign(&admit(256, "circuit key"), &["operator"])).unwrap_err();
    assert_eq!(again.code(), "rule_withdrawn", "{again}");
    test.put(admit(256, "other"), &["operator"]);
    test.put(withdraw(256, "other"), &["operator"]);
    test.put(withdraw(4096, "large"), &["operator"]);
    let open = test.auction();
    test.append(test.bid(open, "acme", 70)).unwrap();
    let withdrawn = RoundEntry { close_at: fixed("2029-01-01T00:00:00Z"), ..second(&test) };
    assert_eq!(test.append(sign(&withdrawn, &["operator", "river"])).unwrap_err().code(), "rule_withdrawn");
    // The open round keeps its keys.
    test.put(test.close(open), &["operator"]);
    test.put(test.settlement(open), &["operator"]);
}

#[test]
fn a_recomputed_rule_is_withdrawn_for_ever() {
    let mut test = TestMarket::example();
    let rule = fixed::<crate::entry::RuleId>("revenue-share/v1");
    let withdraw =
        |circuit_key| RuleWithdraw { market: market_id(), rule: rule.clone(), tier: None, circuit_key };
    let keyed = withdraw(Some(CircuitKeyId(digest("circuit key"))));
    assert_eq!(test.append(sign(&keyed, &["operator"])).unwrap_err().code(), "rule_withdrawn");
    test.put(withdraw(None), &["operator"]);
    assert!(!test.market.rule(&rule).unwrap().in_force());
    assert_eq!(test.append(sign(&withdraw(None), &["operator"])).unwrap_err().code(), "rule_withdrawn");
    let admit = RuleAdmit {
        market: market_id(),
        rule: rule.clone(),
        tier: None,
        circuit_key: None,
        provenance: None,
    };
    assert_eq!(test.append(sign(&admit, &["operator"])).unwrap_err().code(), "rule_withdrawn");
    let split = test.split_of(None, 1000);
    assert_eq!(test.append(sign(&split, &["operator"])).unwrap_err().code(), "rule_withdrawn");
    let never = RuleWithdraw { rule: fixed("second-price/v9"), ..withdraw(None) };
    assert_eq!(test.append(sign(&never, &["operator"])).unwrap_err().code(), "rule_unknown");
}

#[test]
fn a_rule_is_admitted_with_what_its_evidence_needs() {
    let proved = rules()[0].clone();
    let recomputed = rules()[1].clone();
    let refused = |rules: Vec<AdmittedRule>| {
        let mut test = TestMarket::empty(Vec::new());
        let mut codes = rules.into_iter().map(|rule| {
            let AdmittedRule { rule, tier, circuit_key, provenance } = rule;
            let admit = RuleAdmit { market: market_id(), rule, tier, circuit_key, provenance };
            test.append(sign(&admit, &["operator"])).map_or_else(|error| error.code(), |_| "ok")
        });
        codes.next_back().unwrap()
    };
    assert_eq!(refused(vec![proved.clone()]), "ok");
    assert_eq!(refused(vec![recomputed.clone()]), "ok");
    assert_eq!(refused(vec![AdmittedRule { circuit_key: None, ..proved.clone() }]), "terms_invalid");
    assert_eq!(refused(vec![AdmittedRule { provenance: None, ..proved.clone() }]), "terms_invalid");
    assert_eq!(refused(vec![AdmittedRule { tier: proved.tier, ..recomputed }]), "terms_invalid");
    assert_eq!(refused(vec![AdmittedRule { rule: fixed("second-price/v9"), ..proved }]), "rule_unknown");
}
