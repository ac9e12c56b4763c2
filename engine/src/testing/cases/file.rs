//! The file alone.

use super::super::sign;
use super::{Attempt, Case, acme, acme_text, raw, round_with};
use crate::entry::Kind;
use crate::reject::Code;
use quittance_ledger::{Entry, Envelope};
use serde_json::{Value, json};

/// A signed file as a list of its fields, which some readers of JSON take for the object.
pub(in super::super) fn as_list(file: &Envelope) -> Vec<u8> {
    let object: Value = serde_json::from_str(&file.to_json()).unwrap_or_default();
    let fields = object.as_object().into_iter().flatten().map(|(_, field)| field.clone()).collect();
    Value::Array(fields).to_string().into_bytes()
}

pub(super) fn file_cases() -> Vec<Case> {
    use Code::{FileMalformed, FileTooLarge, KindUnknown, VersionUnknown};
    let case = |code, about, run| Case { code, about, run };
    vec![
        case(FileMalformed, "cut off in the middle", |test| {
            let file = acme(test).to_json();
            Attempt::Admit(file.as_bytes()[..file.len() / 2].to_vec())
        }),
        case(FileMalformed, "empty", |_| Attempt::Admit(Vec::new())),
        case(FileMalformed, "not UTF-8", |test| {
            let mut file = acme(test).to_json().into_bytes();
            file[12] = 0xff;
            Attempt::Admit(file)
        }),
        case(FileMalformed, "a payload that is not UTF-8", |_| {
            raw(&Kind::Bid.payload_type(), b"{\"a\":\"\xff\"}")
        }),
        case(FileMalformed, "an unknown field beside the signatures", |test| {
            acme_text(test, "{\"payload\"", "{\"note\":\"\",\"payload\"")
        }),
        case(FileMalformed, "a list of the fields", |test| Attempt::Admit(as_list(&acme(test)))),
        case(FileMalformed, "a signature as a list of its fields", |test| {
            let file = acme(test).to_json();
            let listed = file.replace("{\"keyid\":", "[").replace("\"sig\":", "").replace("\"}]}", "\"]]}");
            Attempt::Admit(listed.into_bytes())
        }),
        case(FileMalformed, "a payload with a space", |test| {
            let payload = String::from_utf8_lossy(acme(test).payload()).replace(":{}", ": {}");
            raw(&Kind::Bid.payload_type(), payload.as_bytes())
        }),
        case(FileMalformed, "a payload with an unknown field", |test| {
            let payload =
                String::from_utf8_lossy(acme(test).payload()).replace("{\"com", "{\"a\":null,\"com");
            raw(&Kind::Bid.payload_type(), payload.as_bytes())
        }),
        case(FileMalformed, "a payload with a field twice", |test| {
            let payload = String::from_utf8_lossy(acme(test).payload())
                .replace("\"public\":{}", "\"public\":{},\"public\":{}");
            raw(&Kind::Bid.payload_type(), payload.as_bytes())
        }),
        case(FileMalformed, "a number that is not a string", |test| {
            let close = sign(&test.close(test.auction()), &["operator"]);
            let payload = String::from_utf8_lossy(close.payload()).replace("\"rows\":\"0\"", "\"rows\":0");
            raw(&Kind::Close.payload_type(), payload.as_bytes())
        }),
        case(FileMalformed, "an id in upper case", |test| {
            let id = test.id("acme").to_string();
            let payload = String::from_utf8_lossy(acme(test).payload()).replace(&id, &id.to_uppercase());
            raw(&Kind::Bid.payload_type(), payload.as_bytes())
        }),
        case(FileMalformed, "another kind's payload", |test| {
            raw(&Kind::Model.payload_type(), acme(test).payload())
        }),
        case(FileMalformed, "another kind's byte", |test| {
            Attempt::Apply(Entry::from_envelope(Kind::Model.byte(), 0, acme(test)))
        }),
        case(FileMalformed, "terms that are not the rule's", |test| {
            round_with(test, |round| round.terms = json!({ "copies": "1" }))
        }),
        case(FileTooLarge, "more than 128 KiB", |test| {
            let mut file = acme(test).to_json();
            file.push_str(&" ".repeat(128 * 1024));
            Attempt::Admit(file.into_bytes())
        }),
        case(KindUnknown, "a kind that nobody knows", |test| {
            raw("application/vnd.quittance.offer.v1+json", acme(test).payload())
        }),
        case(KindUnknown, "somebody else's payload type", |_| raw("application/json", b"{}")),
        case(KindUnknown, "a refusal, which never stands on a ledger", |_| {
            raw("application/vnd.quittance.refusal.v1+json", b"{}")
        }),
        case(VersionUnknown, "a bid of version 2", |test| {
            raw("application/vnd.quittance.bid.v2+json", acme(test).payload())
        }),
    ]
}
