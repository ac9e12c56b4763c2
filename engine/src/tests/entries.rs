//! Kinds and payloads: the published table, and one spelling each.

use crate::entry::{
    Disclosure, EntryPayload as _, Kind, MarketId, Measure, Payload, Role, RowSigners, UtcTime, entry_of,
};
use crate::testing::{TestMarket, fixed, sign, signing_key};
use quittance_circuits::json;
use quittance_ledger::{Entry, Envelope};

#[test]
fn the_table_of_kinds() {
    let words = [
        "market",
        "member",
        "key_rotate",
        "key_revoke",
        "rule_admit",
        "rule_withdraw",
        "model",
        "report",
        "round",
        "bid",
        "close",
        "settlement",
        "abort",
        "erasure",
    ];
    assert_eq!(Kind::ALL.iter().map(|kind| kind.word()).collect::<Vec<_>>(), words);
    for (byte, kind) in Kind::ALL.iter().enumerate() {
        assert_eq!(usize::from(kind.byte()), byte);
        assert_eq!(Kind::of_byte(kind.byte()), Some(*kind));
        assert_eq!(Kind::of_word(kind.word()), Some(*kind));
        assert_eq!(kind.payload_type(), format!("application/vnd.quittance.{}.v1+json", kind.word()));
    }
    assert_eq!(Kind::of_byte(14), None);
    assert_eq!(Kind::of_word("refusal"), None);
}

/// Rules name measures by the words that stand in reports.
#[test]
fn measures_have_one_word_each() {
    let words = ["expected_gain", "realised_gain", "quality", "weight"];
    assert_eq!(Measure::ALL.map(Measure::word), words);
    for measure in Measure::ALL {
        assert_eq!(json::to_value(&measure), measure.word());
        assert_eq!(Measure::of_word(measure.word()), Some(measure));
    }
    assert_eq!(Measure::of_word("gain"), None);
}

/// A witness's time is shown as the deadlines are written.
#[test]
fn times_are_seconds_since_1970() {
    for (seconds, text) in [(0, "1970-01-01T00:00:00Z"), (1_893_499_200, "2030-01-01T12:00:00Z")] {
        let time = UtcTime::from_unix_seconds(seconds).unwrap();
        assert_eq!((time.to_string().as_str(), time.unix_seconds()), (text, seconds as i64));
        assert_eq!(text.parse(), Ok(time));
    }
    for never in [u64::MAX, i64::MAX as u64, 253_402_300_800] {
        assert_eq!(UtcTime::from_unix_seconds(never), None, "after the year 9999");
    }
}

/// The payloads of all kinds that stand on the test market's ledger.
fn payloads() -> Vec<(Kind, Vec<u8>)> {
    let mut test = TestMarket::example();
    let round = test.auction();
    test.put(test.report(round, "acme", 7), &["judge"]);
    test.append(test.bid(round, "acme", 70)).unwrap();
    test.settle(round, 63);
    test.put(test.split_of(None, 10), &["operator"]);
    test.put(test.abort(test.last_round(), "no_interest"), &["operator"]);
    let of = |entry: &Entry| (Kind::of_byte(entry.kind()).unwrap(), entry.envelope().payload().to_vec());
    test.entries.iter().map(of).collect()
}

#[test]
fn a_payload_has_one_spelling() {
    for (kind, bytes) in payloads() {
        let payload = Payload::parse(kind, &bytes).unwrap();
        assert_eq!((payload.kind(), payload.payload_type()), (kind, kind.payload_type()));
        assert_eq!(payload.market(), &fixed::<MarketId>("example.com/models"));
        let text = String::from_utf8(bytes).unwrap();
        for other in [
            format!(" {text}"),
            format!("{text}\n"),
            text.replacen(':', ": ", 1),
            format!("{},\"zzz\":null}}", &text[..text.len() - 1]),
            text.replacen("example.com", "example\\u002ecom", 1),
            text.replacen("\"market\":", "\"markets\":", 1),
        ] {
            let reject = Payload::parse(kind, other.as_bytes()).unwrap_err();
            assert_eq!(reject.code(), "file_malformed", "{other}");
        }
        for end in 0..text.len() {
            assert!(Payload::parse(kind, &text.as_bytes()[..end]).is_err());
        }
    }
}

#[test]
fn words_and_numbers_have_one_spelling_too() {
    let test = TestMarket::example();
    let member = json::to_canonical(&test.member_entry("dune", &[Role::Seller, Role::Bidder]));
    let member = String::from_utf8(member).unwrap();
    assert!(member.contains(r#""roles":["bidder","seller"]"#), "{member}");
    let round = String::from_utf8(json::to_canonical(&test.auction_of("river"))).unwrap();
    let (member, round) = ((Kind::Member, &member), (Kind::Round, &round));
    for ((kind, text), from, to) in [
        (member, r#"["bidder","seller"]"#, r#"["seller","bidder"]"#),
        (member, r#"["bidder","seller"]"#, r#"["bidder","bidder","seller"]"#),
        (member, r#"["bidder","seller"]"#, r#"["Bidder","seller"]"#),
        (member, r#"["bidder","seller"]"#, r#"["witness"]"#),
        (member, r#"["bidder","seller"]"#, "null"),
        (round, "2030-01-01T12:00:00Z", "2030-01-01T13:00:00+01:00"),
        (round, "2030-01-01T12:00:00Z", "2030-01-01T12:00:00.000Z"),
        (round, r#""tier":"256""#, r#""tier":"0256""#),
        (round, r#""row_signers":"owner""#, r#""row_signers":"seller""#),
        (round, r#""parties":null,"#, ""),
    ] {
        assert!(Payload::parse(kind, text.as_bytes()).is_ok());
        let other = text.replacen(from, to, 1);
        assert_ne!(&other, text, "{from}");
        assert_eq!(Payload::parse(kind, other.as_bytes()).unwrap_err().code(), "file_malformed", "{other}");
    }
}

#[test]
fn kind_byte_and_payload_type_agree() {
    let test = TestMarket::example();
    let file = test.bid(test.auction(), "acme", 70);
    for byte in 0..=u8::MAX {
        let read = Payload::of_entry(&Entry::from_envelope(byte, 0, file.clone()));
        assert_eq!(read.is_ok(), byte == Kind::Bid.byte(), "{byte}");
    }
    assert_eq!(entry_of(file.clone(), 5).unwrap().kind(), Kind::Bid.byte());
    let other = Envelope::sign("application/json", file.payload(), &[&signing_key("acme")]).unwrap();
    assert_eq!(entry_of(other, 5).unwrap_err().code(), "kind_unknown");
}

/// Sellers sign a round in turn; the operator's file and theirs are one record.
#[test]
fn signatures_may_be_added_in_any_order() {
    let test = TestMarket::example();
    let round = test.auction_of("north");
    assert_eq!((round.disclosure, round.row_signers), (Disclosure::Public, RowSigners::Owner));
    let mut one = round.sign(&[&signing_key("operator")]).unwrap();
    one.add_signature(&signing_key("north")).unwrap();
    assert_eq!(one, sign(&round, &["north", "operator"]));
}
