//! Who signs which kind: exactly those, for this market, with keys in force.

use crate::entry::{
    AdmittedRule, Bid, EntryPayload, Erasure, KeyRevoke, KeyRotate, MarketId, Payload, RuleAdmit,
    RuleWithdraw, Tier,
};
use crate::testing::{TestMarket, fixed, market_id, public_key, rules, seal_secret, sign};
use quittance_circuits::number::Count;
use quittance_ledger::Envelope;

/// A kind's file, and who signs it; the script before it.
struct Signed {
    payload: Payload,
    signers: &'static [&'static str],
    before: fn(&mut TestMarket),
}

fn nothing(_: &mut TestMarket) {}

fn closed(test: &mut TestMarket) {
    test.put(test.close(test.auction()), &["operator"]);
}

/// One file of every kind but `market`, all of which the example market takes.
fn one_of_each() -> Vec<Signed> {
    let test = TestMarket::example();
    let (market, auction) = (market_id(), test.auction());
    let mut closed_market = test.clone();
    closed(&mut closed_market);
    let AdmittedRule { rule, tier, circuit_key, provenance } = rules().remove(0);
    let file = |payload, signers, before| Signed { payload, signers, before };
    let rotation = KeyRotate {
        market: market.clone(),
        member: test.id("acme"),
        key: public_key("acme-2"),
        seal_key: seal_secret("acme-2").public(),
    };
    let revocation = KeyRevoke {
        market: market.clone(),
        member: test.id("acme"),
        key: public_key("acme"),
        from_index: Count(9),
    };
    let large = Some(Tier { rows: 4096, items: None });
    let admission =
        RuleAdmit { market: market.clone(), rule: rule.clone(), tier: large, circuit_key, provenance };
    let withdrawal = RuleWithdraw { market: market.clone(), rule, tier, circuit_key };
    let mut model = test.model_of("north");
    model.size = Count(8);
    let erasure = Erasure { market, blob: test.member_entry("acme", &[]).name };
    let bid = test.bid(auction, "acme", 70);
    vec![
        file(Payload::Member(test.member_entry("dune", &[])), &["operator", "dune"], nothing),
        file(Payload::KeyRotate(rotation), &["operator", "acme", "acme-2"], nothing),
        file(Payload::KeyRevoke(revocation), &["operator"], nothing),
        file(Payload::RuleAdmit(admission), &["operator"], nothing),
        file(Payload::RuleWithdraw(withdrawal), &["operator"], nothing),
        file(Payload::Model(model), &["north"], nothing),
        file(Payload::Report(test.report(auction, "acme", 7)), &["judge"], nothing),
        file(Payload::Round(test.auction_of("north")), &["operator", "north"], nothing),
        file(Payload::of_envelope(&bid).unwrap(), &["acme"], nothing),
        file(Payload::Close(test.close(auction)), &["operator"], nothing),
        file(Payload::Settlement(closed_market.settlement(auction)), &["operator"], closed),
        file(Payload::Abort(test.abort(auction, "no_interest")), &["operator"], nothing),
        file(Payload::Erasure(erasure), &["operator"], nothing),
    ]
}

fn signed(payload: &Payload, signers: &[&str]) -> Envelope {
    match payload {
        Payload::Market(payload) => sign(payload, signers),
        Payload::Member(payload) => sign(payload, signers),
        Payload::KeyRotate(payload) => sign(payload, signers),
        Payload::KeyRevoke(payload) => sign(payload, signers),
        Payload::RuleAdmit(payload) => sign(payload, signers),
        Payload::RuleWithdraw(payload) => sign(payload, signers),
        Payload::Model(payload) => sign(payload, signers),
        Payload::Report(payload) => sign(payload, signers),
        Payload::Round(payload) => sign(payload, signers),
        Payload::Bid(payload) => sign(payload, signers),
        Payload::Close(payload) => sign(payload, signers),
        Payload::Settlement(payload) => sign(payload, signers),
        Payload::Abort(payload) => sign(payload, signers),
        Payload::Erasure(payload) => sign(payload, signers),
    }
}

/// The payload, for another market.
fn elsewhere(payload: &Payload) -> Payload {
    let text = String::from_utf8(signed(payload, &[]).payload().to_vec()).unwrap();
    let text = text.replace(r#""market":"example.com/models""#, r#""market":"example.com/other""#);
    let payload = Payload::parse(payload.kind(), text.as_bytes()).unwrap();
    assert_eq!(payload.market(), &fixed::<MarketId>("example.com/other"));
    payload
}

fn outcome(case: &Signed, payload: &Payload, signers: &[&str]) -> &'static str {
    let mut test = TestMarket::example();
    (case.before)(&mut test);
    test.append(signed(payload, signers)).map_or_else(|error| error.code(), |_| "ok")
}

#[test]
fn exactly_the_kinds_signers_sign() {
    for case in one_of_each() {
        let kind = case.payload.kind().word();
        assert_eq!(outcome(&case, &case.payload, case.signers), "ok", "{kind}");
        for missing in case.signers {
            let rest: Vec<&str> = case.signers.iter().copied().filter(|name| name != missing).collect();
            let found = outcome(&case, &case.payload, &rest);
            // A model does not say whose it is but by its signature.
            let expected = if kind == "model" { "signer_unknown" } else { "signature_invalid" };
            assert_eq!(found, expected, "{kind} without {missing}");
        }
        for other in ["birch", "river", "stranger", "log", "operator"] {
            if !case.signers.contains(&other) {
                let more: Vec<&str> = case.signers.iter().copied().chain([other]).collect();
                assert_eq!(outcome(&case, &case.payload, &more), "signature_invalid", "{kind} with {other}");
            }
        }
    }
}

#[test]
fn every_kind_is_for_one_market() {
    for case in one_of_each() {
        let found = outcome(&case, &elsewhere(&case.payload), case.signers);
        assert_eq!(found, "market_mismatch", "{}", case.payload.kind().word());
    }
}

/// An old key of a seller, of an evaluator, of a round's owner: nobody signs with it.
#[test]
fn keys_out_of_force_sign_nothing() {
    for case in one_of_each() {
        let mut test = TestMarket::example();
        (case.before)(&mut test);
        let own = case.signers.iter().find(|name| !["operator", "dune", "acme-2"].contains(name));
        let Some(own) = own else { continue };
        let revocation = KeyRevoke {
            market: market_id(),
            member: test.id(own),
            key: public_key(own),
            from_index: Count(9),
        };
        test.put(revocation, &["operator"]);
        let found = test.append(signed(&case.payload, case.signers));
        assert_eq!(found.unwrap_err().code(), "key_revoked", "{}", case.payload.kind().word());
    }
}

/// What is written beside the payload's own kind never makes it another one's.
#[test]
fn a_payload_type_is_signed_too() {
    let test = TestMarket::example();
    let bid = test.bid(test.auction(), "acme", 70);
    let as_model = Envelope::from_parts(
        <crate::entry::ModelCommitment as EntryPayload>::KIND.payload_type(),
        bid.payload().to_vec(),
        bid.signatures().to_vec(),
    );
    let mut market = test;
    assert_eq!(market.append(as_model.unwrap()).unwrap_err().code(), "file_malformed");
    assert_eq!(<Bid as EntryPayload>::KIND.word(), "bid");
}
