//! The round, and what it is opened with.

use super::super::{digest, fixed, market_id, sign};
use super::{Attempt, Case, acme, acme_with, admit, apply, round_with, source};
use crate::entry::{Disclosure, Erasure, ModelId, RevenueSource, RoundId, RuleWithdraw};
use crate::reject::Code;
use serde_json::json;

pub(super) fn round_cases() -> Vec<Case> {
    use Code::{
        AlreadySettled, DuplicateEntry, RecordUnknown, RoundClosed, RoundNotOpen, RoundOpen, RoundUnknown,
    };
    let case = |code, about, run| Case { code, about, run };
    vec![
        case(RoundUnknown, "a bid for no round", |test| {
            acme_with(test, |bid| bid.round = RoundId(digest("no round")))
        }),
        case(RecordUnknown, "a report on no model", |test| {
            let mut report = test.report(test.auction(), "acme", 1);
            report.model = Some(ModelId(digest("no model")));
            admit(&sign(&report, &["judge"]))
        }),
        case(RecordUnknown, "an auction of no model", |test| {
            round_with(test, |round| round.items = vec![ModelId(digest("no model"))])
        }),
        case(RecordUnknown, "an erasure of what is no name or notes", |test| {
            let blob = test.settlement(test.auction()).statement;
            apply(sign(&Erasure { market: market_id(), blob }, &["operator"]))
        }),
        case(RoundOpen, "a settlement before the close", |test| {
            apply(sign(&test.settlement(test.auction()), &["operator"]))
        }),
        case(RoundNotOpen, "a bid after an abort", |test| {
            let bid = acme(test);
            test.put(test.abort(test.auction(), "hpke_key_lost"), &["operator"]);
            admit(&bid)
        }),
        case(RoundNotOpen, "a settlement after an abort", |test| {
            let settlement = test.settlement(test.auction());
            test.put(test.close(test.auction()), &["operator"]);
            test.put(test.abort(test.auction(), "hpke_key_lost"), &["operator"]);
            apply(sign(&settlement, &["operator"]))
        }),
        case(RoundClosed, "a bid after the close", |test| {
            let bid = acme(test);
            test.put(test.close(test.auction()), &["operator"]);
            admit(&bid)
        }),
        case(RoundClosed, "a report after the close", |test| {
            test.put(test.close(test.auction()), &["operator"]);
            admit(&sign(&test.report(test.auction(), "acme", 1), &["judge"]))
        }),
        case(RoundClosed, "a second close", |test| {
            test.put(test.close(test.auction()), &["operator"]);
            apply(sign(&test.close(test.auction()), &["operator"]))
        }),
        case(AlreadySettled, "a second settlement", |test| {
            let round = source(test).round;
            let mut settlement = test.settlement(round);
            settlement.statement.0 = digest("another statement");
            apply(sign(&settlement, &["operator"]))
        }),
        case(AlreadySettled, "an abort after a settlement", |test| {
            let round = source(test).round;
            apply(sign(&test.abort(round, "hpke_key_lost"), &["operator"]))
        }),
        case(DuplicateEntry, "a model that is committed to", |test| {
            admit(&sign(&test.model_of("river"), &["river"]))
        }),
        case(DuplicateEntry, "a second market entry", |test| Attempt::Apply(test.entries[0].clone())),
        case(DuplicateEntry, "the same round again", |test| {
            apply(sign(&test.auction_of("river"), &["operator", "river"]))
        }),
    ]
}

pub(super) fn opening_cases() -> Vec<Case> {
    use Code::{RuleUnknown, RuleWithdrawn, SourceSpent, TermsInvalid};
    let case = |code, about, run| Case { code, about, run };
    vec![
        case(RuleUnknown, "a rule that nobody has published", |test| {
            round_with(test, |round| round.rule = fixed("second-price/v9"))
        }),
        case(RuleWithdrawn, "a rule that is withdrawn", |test| {
            let key = test.auction_of("river").circuit_keys[0];
            let rule = fixed("uniform-price/v1");
            let (tier, circuit_key) = (Some(key.tier), Some(key.circuit_key));
            test.put(RuleWithdraw { market: market_id(), rule, tier, circuit_key }, &["operator"]);
            round_with(test, |round| round.circuit_keys.clear())
        }),
        case(TermsInvalid, "terms that the rule refuses", |test| {
            round_with(test, |round| round.terms["copies"] = json!("0"))
        }),
        case(TermsInvalid, "an item of another seller", |test| {
            let item = test.item("north");
            round_with(test, |round| round.items = vec![item])
        }),
        case(TermsInvalid, "nothing for sale", |test| round_with(test, |round| round.items.clear())),
        case(TermsInvalid, "a deadline before the close", |test| {
            round_with(test, |round| round.abort_at = round.close_at)
        }),
        case(TermsInvalid, "sealed results of a rule that has none", |test| {
            round_with(test, |round| round.disclosure = Disclosure::Sealed)
        }),
        case(TermsInvalid, "a seller as a party", |test| {
            let river = test.id("river");
            round_with(test, |round| round.parties = Some(vec![river]))
        }),
        case(TermsInvalid, "an aborted round over the same item, not named", |test| {
            test.append(acme(test)).ok();
            test.put(test.abort(test.auction(), "second_thoughts"), &["operator"]);
            round_with(test, |_| {})
        }),
        case(TermsInvalid, "a revenue that is not the proceeds", |test| {
            let source = source(test);
            apply(sign(&test.split_of(Some(source), 901), &["operator", "river"]))
        }),
        case(TermsInvalid, "proceeds of a round that is not settled", |test| {
            let source = RevenueSource { round: test.auction(), seller: test.id("river") };
            apply(sign(&test.split_of(Some(source), 900), &["operator", "river"]))
        }),
        case(SourceSpent, "proceeds that another round divides", |test| {
            let source = source(test);
            test.put(test.split_of(Some(source), 900), &["operator", "river"]);
            let mut again = test.split_of(Some(source), 900);
            again.abort_at = fixed("2031-01-01T00:00:00Z");
            apply(sign(&again, &["operator", "river"]))
        }),
    ]
}
