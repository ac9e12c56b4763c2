//! Who signed.

use super::super::{digest, fixed, market_id, public_key, seal_secret, sign};
use super::{Case, acme, acme_with, admit, apply, bid_with, revocation, round_with};
use crate::entry::{KeyRotate, MemberId, Role, RoundId};
use crate::reject::Code;
use quittance_ledger::Envelope;
use serde_json::json;

pub(super) fn who_cases() -> Vec<Case> {
    use Code::{MarketMismatch, SignatureInvalid, SignerUnknown};
    let case = |code, about, run| Case { code, about, run };
    vec![
        case(SignerUnknown, "a bid of somebody who is no member", |test| {
            admit(&bid_with(&acme(test), |bid| bid.member = MemberId(digest("stranger")), &["stranger"]))
        }),
        case(SignerUnknown, "a model of somebody who is no member", |test| {
            admit(&sign(&test.model_of("stranger"), &["stranger"]))
        }),
        case(SignerUnknown, "a round whose seller is no member", |test| {
            round_with(test, |round| round.sellers = vec![MemberId(digest("stranger"))])
        }),
        case(SignatureInvalid, "a bid signed by another member", |test| {
            admit(&bid_with(&acme(test), |_| {}, &["birch"]))
        }),
        case(SignatureInvalid, "a bid signed by a stranger", |test| {
            admit(&bid_with(&acme(test), |_| {}, &["stranger"]))
        }),
        case(SignatureInvalid, "a bid signed by its owner and somebody else", |test| {
            admit(&bid_with(&acme(test), |_| {}, &["acme", "birch"]))
        }),
        case(SignatureInvalid, "a bid signed by nobody", |test| admit(&bid_with(&acme(test), |_| {}, &[]))),
        case(SignatureInvalid, "the signature of another bid", |test| {
            let (one, other) = (acme(test), test.bid(test.auction(), "acme", 71));
            let signatures = other.signatures().to_vec();
            let file = Envelope::from_parts(one.payload_type().into(), one.payload().into(), signatures);
            admit(&file.unwrap_or(one))
        }),
        case(SignatureInvalid, "a round that its seller has not signed", |test| {
            let mut round = test.auction_of("river");
            round.terms = json!({ "copies": "2", "fee_bps": "0", "reserve_price": "1" });
            apply(sign(&round, &["operator"]))
        }),
        case(SignatureInvalid, "a close by a seller", |test| {
            admit(&sign(&test.close(test.auction()), &["river"]))
        }),
        case(SignatureInvalid, "a new member with another's key", |test| {
            apply(sign(&test.member_entry("acme", &[Role::Auditor]), &["operator", "acme"]))
        }),
        case(SignatureInvalid, "a new member with a key of small order", |test| {
            let mut member = test.member_entry("dune", &[]);
            member.key.0 = [0; 32];
            member.key.0[0] = 1;
            apply(sign(&member, &["operator"]))
        }),
        case(MarketMismatch, "a bid for another market", |test| {
            acme_with(test, |bid| bid.market = fixed("example.com/other"))
        }),
        case(MarketMismatch, "a bid for another market's round", |test| {
            acme_with(test, |bid| {
                bid.market = fixed("example.com/other");
                bid.round = RoundId(digest("their round"));
            })
        }),
    ]
}

pub(super) fn key_cases() -> Vec<Case> {
    use Code::{KeyRevoked, RoleMissing};
    let case = |code, about, run| Case { code, about, run };
    vec![
        case(RoleMissing, "a bid of somebody who is no bidder", |test| {
            admit(&test.bid(test.auction(), "north", 70))
        }),
        case(RoleMissing, "a model of a bidder", |test| admit(&sign(&test.model_of("acme"), &["acme"]))),
        case(RoleMissing, "a round whose evaluator is none", |test| {
            let acme = test.id("acme");
            round_with(test, |round| round.evaluator = Some(acme))
        }),
        case(RoleMissing, "an evaluator's report on itself", |test| {
            admit(&sign(&test.report(test.auction(), "judge", 1), &["judge"]))
        }),
        case(RoleMissing, "a report for a round without evaluator", |test| {
            let mut round = test.auction_of("north");
            round.evaluator = None;
            test.put(round, &["operator", "north"]);
            admit(&sign(&test.report(test.last_round(), "acme", 1), &["judge"]))
        }),
        case(KeyRevoked, "a bid with a key that was rotated out", |test| {
            let rotation = KeyRotate {
                market: market_id(),
                member: test.id("acme"),
                key: public_key("acme-2"),
                seal_key: seal_secret("acme-2").public(),
            };
            let bid = acme(test);
            test.put(rotation, &["operator", "acme", "acme-2"]);
            admit(&bid)
        }),
        case(KeyRevoked, "a bid with a key that was revoked", |test| {
            let bid = acme(test);
            test.put(revocation(test, 5), &["operator"]);
            admit(&bid)
        }),
        case(KeyRevoked, "a key that is revoked twice", |test| {
            test.put(revocation(test, 5), &["operator"]);
            apply(sign(&revocation(test, 6), &["operator"]))
        }),
    ]
}
