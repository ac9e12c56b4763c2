//! Signed files: one meaning each, and exactly the signers that are asked for.

use crate::support::{envelope, every_small_change, key, public};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use quittance_ledger::envelope::{MAX_FILE, MAX_PAYLOAD, MAX_PAYLOAD_TYPE, MAX_SIGNATURES, payload_type};
use quittance_ledger::{Envelope, FileError, KeyId, Verified};

#[test]
fn dsse_vector() {
    // From the DSSE specification.
    let envelope = Envelope::sign("http://example.com/HelloWorld", *b"hello world", &[&key(1)]);
    let envelope = envelope.expect("a valid envelope");
    assert_eq!(envelope.pae(), b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    assert!(public(1).verifies(&envelope.pae(), &envelope.signatures()[0].signature));
}

#[test]
fn canonical_spelling() {
    let envelope = envelope(5, &[1]);
    let json = envelope.to_json();
    let id = public(1).id();
    assert!(json.starts_with(
        r#"{"payload":"eyJudW1iZXIiOiI1In0=","payloadType":"application/vnd.quittance.note.v1+json","signatures":[{"keyid":""#
    ));
    assert!(json.contains(&id.to_string()));
    assert_eq!(Envelope::parse(json.as_bytes()), Ok(envelope));
}

#[test]
fn record_id_by_hand() {
    let envelope = envelope(5, &[2, 1]);
    let mut input = Vec::new();
    let mut ids = [public(1).id(), public(2).id()];
    ids.sort();
    let mut part = |bytes: &[u8]| {
        input.extend((bytes.len() as u64).to_le_bytes());
        input.extend(bytes);
    };
    part(&envelope.pae());
    part(ids[0].as_bytes());
    part(ids[1].as_bytes());
    assert_eq!(envelope.record_id().0, blake3::derive_key("quittance v1 record-id", &input));
}

#[test]
fn record_id_depends_on_payload_type_and_signers_only() {
    let one = envelope(5, &[1, 2]);
    assert_eq!(one.record_id(), envelope(5, &[2, 1]).record_id());
    assert_ne!(one.record_id(), envelope(6, &[1, 2]).record_id());
    assert_ne!(one.record_id(), envelope(5, &[1]).record_id());
    assert_ne!(one.record_id(), envelope(5, &[1, 3]).record_id());
    let other = Envelope::sign(payload_type("bid"), one.payload(), &[&key(1), &key(2)]);
    assert_ne!(one.record_id(), other.expect("valid").record_id());
}

#[test]
fn exactly_the_signers_asked_for() {
    let both = envelope(5, &[1, 2]);
    assert_eq!(both.verify(&[public(1), public(2)]), Ok(()));
    assert_eq!(both.verify(&[public(2), public(1)]), Ok(()));
    assert_eq!(both.verify(&[public(1)]), Err(FileError::SignatureExtra(public(2).id())));
    assert_eq!(
        both.verify(&[public(1), public(2), public(3)]),
        Err(FileError::SignatureMissing(public(3).id()))
    );
    assert_eq!(
        both.verify(&[public(1), public(2), public(2)]),
        Err(FileError::SignerRepeated(public(2).id()))
    );
    assert!(both.verify(&[]).is_err());
    let nobody = Envelope::sign(payload_type("note"), *b"{}", &[]).expect("unsigned");
    assert!(nobody.verify(&[]).is_err());
    assert!(nobody.verify(&[public(1)]).is_err());
}

#[test]
fn what_was_verified_need_not_be_again() {
    let both = envelope(5, &[1, 2]);
    let key_of = |id: &KeyId| [public(1), public(2)].into_iter().find(|key| key.id() == *id);
    assert_eq!(both.verified(key_of), Verified::before(&both));
    // One signature of two is another file's: it is not among those that are right, and is looked at again.
    let mut signatures = both.signatures().to_vec();
    signatures[1].signature = envelope(6, &[1, 2]).signatures()[1].signature;
    let wrong = signatures[1].key_id;
    let mixed = Envelope::from_parts(both.payload_type().into(), both.payload().to_vec(), signatures);
    let mixed = mixed.expect("well-formed");
    let known = mixed.verified(key_of);
    assert_ne!(known, Verified::before(&mixed));
    assert_ne!(known, Verified::default());
    let verified = mixed.verify_knowing(&[public(1), public(2)], &known);
    assert_eq!(verified, Err(FileError::SignatureWrong(wrong)));
    // Whoever says that it was verified before is believed; who must sign is asked nevertheless.
    let before = Verified::before(&mixed);
    assert_eq!(mixed.verify_knowing(&[public(1), public(2)], &before), Ok(()));
    assert!(mixed.verify_knowing(&[public(1)], &before).is_err());
    // A key that is found under an id that is not its own verifies nothing.
    assert_eq!(both.verified(|_| Some(public(3))), Verified::default());
    assert_eq!(both.verified(|_| None), Verified::default());
}

#[test]
fn cosigning() {
    let mut file = envelope(5, &[1]);
    file.add_signature(&key(2)).expect("a second signer");
    assert_eq!(file, envelope(5, &[2, 1]));
    assert_eq!(file.add_signature(&key(1)), Err(FileError::SignerRepeated(public(1).id())));
}

#[test]
fn a_signature_of_another_file_is_refused() {
    let (one, two) = (envelope(5, &[1]), envelope(6, &[1]));
    let mixed = Envelope::from_parts(
        one.payload_type().to_owned(),
        one.payload().to_vec(),
        two.signatures().to_vec(),
    );
    let mixed = mixed.expect("well-formed");
    assert_eq!(mixed.verify(&[public(1)]), Err(FileError::SignatureWrong(public(1).id())));
}

#[test]
fn other_spellings_of_the_envelope_are_read() {
    let file = envelope(5, &[1]);
    let json = file.to_json();
    let spaced = json.replace("\":", "\": ").replace(",\"", ", \"");
    let padded = format!("\n {json} \r\n");
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let pretty = serde_json::to_string_pretty(&value).expect("JSON");
    let escaped = json.replace("payloadType", "payload\\u0054ype").replace('/', "\\/");
    for other in [spaced, padded, pretty, escaped] {
        assert_ne!(other, json);
        assert_eq!(Envelope::parse(other.as_bytes()), Ok(file.clone()), "{other}");
    }
}

#[test]
fn malformed_files() {
    let json = envelope(5, &[1, 2]).to_json();
    let sig = |n: usize| json.split(r#"{"keyid""#).nth(n).expect("two signatures").to_owned();
    let (first, second) = (sig(1), sig(2));
    let id = public(1).id().to_string();
    let malformed = [
        // Not this object.
        String::new(),
        "null".into(),
        "[]".into(),
        "{}".into(),
        format!("{json}{json}"),
        format!("{json},"),
        format!("\u{feff}{json}"),
        json.replace("\"payload\"", "\"Payload\""),
        // Lists of the fields, in their order.
        r#"["e30=","application/vnd.quittance.note.v1+json",[]]"#.into(),
        json.replace(r#"{"keyid":"#, "[")
            .replace(r#","sig":"#, ",")
            .replace("\"},[", "\"],[")
            .replace("\"}]}", "\"]]}"),
        // Unknown, missing, repeated fields.
        json.replacen('{', r#"{"extra":"","#, 1),
        json.replacen('{', r#"{"payload":"","#, 1),
        json.replacen(r#"{"keyid""#, r#"{"extra":1,"keyid""#, 1),
        json.replacen(r#"{"keyid""#, &format!(r#"{{"keyid":"{id}","keyid""#), 1),
        json.replacen(r#""payloadType":"application/vnd.quittance.note.v1+json","#, "", 1),
        // Base64 that is not the one standard encoding of `{"number":"5"}`, 14 bytes.
        json.replace("eyJudW1iZXIiOiI1In0=", "eyJudW1iZXIiOiI1In0"),
        json.replace("eyJudW1iZXIiOiI1In0=", "eyJudW1iZXIiOiI1In1="),
        json.replace("eyJudW1iZXIiOiI1In0=", "eyJudW1iZXIiOiI1In0=="),
        json.replace("eyJudW1iZXIiOiI1In0=", "eyJudW1i\\nZXIiOiI1In0="),
        json.replace("eyJudW1iZXIiOiI1In0=", "eyJudW1iZXIiOiI1In-_"),
        json.replace("\"sig\":\"", "\"sig\":\"AAAA"),
        // Key ids.
        json.replace(&id, &id.to_uppercase()),
        json.replace(&id, &id[1..]),
        // Order.
        json.replace(&first, &second.replace("}]}", "},")).replacen(
            &format!(r#"{{"keyid"{second}"#),
            &format!(r#"{{"keyid"{}"#, first.replace("},", "}]}")),
            1,
        ),
        // Payload types.
        json.replace("application/", "application /"),
        json.replace("application/", "\\u0000"),
        json.replace("application/", "é"),
        json.replace("application/vnd.quittance.note.v1+json", ""),
    ];
    for file in malformed {
        assert_ne!(file, json);
        let code = Envelope::parse(file.as_bytes()).map_err(|error| error.code());
        let expected = [Err("file_malformed"), Err("signature_invalid")];
        assert!(expected.contains(&code), "{code:?}: {file}");
    }
    let mut not_utf8 = json.into_bytes();
    not_utf8[15] = 0xff;
    assert_eq!(Envelope::parse(&not_utf8).map_err(|e| e.code()), Err("file_malformed"));
}

#[test]
fn a_key_that_signs_twice_is_refused() {
    let file = envelope(5, &[1]);
    let twice = [file.signatures()[0]; 2];
    let parsed = Envelope::from_parts(file.payload_type().into(), file.payload().into(), twice.into());
    assert_eq!(parsed, Err(FileError::SignerRepeated(public(1).id())));
}

#[test]
fn limits() {
    let kind = payload_type("note");
    let sign = |len| Envelope::sign(kind.clone(), vec![b' '; len], &[&key(1)]);
    let full = sign(MAX_PAYLOAD).expect("at the limit");
    assert_eq!(Envelope::parse(full.to_json().as_bytes()), Ok(full));
    assert_eq!(sign(MAX_PAYLOAD + 1).map_err(|e| e.code()), Err("file_too_large"));
    let long = Envelope::sign("t".repeat(MAX_PAYLOAD_TYPE + 1), *b"", &[]);
    assert_eq!(long.map_err(|e| e.code()), Err("file_too_large"));
    let json = envelope(5, &[1]).to_json();
    let padded = |len: usize| json.clone() + &" ".repeat(len - json.len());
    assert!(Envelope::parse(padded(MAX_FILE).as_bytes()).is_ok());
    let large = Envelope::parse(padded(MAX_FILE + 1).as_bytes());
    assert_eq!(large.map_err(|e| e.code()), Err("file_too_large"));
}

#[test]
fn the_largest_file_fits_an_entry_and_its_own_limit() {
    let limits = (MAX_PAYLOAD, MAX_FILE, MAX_PAYLOAD_TYPE, MAX_SIGNATURES);
    assert_eq!(limits, (49_152, 131_072, 127, 100), "as published");
    let seeds: Vec<u8> = (0..MAX_SIGNATURES as u8).collect();
    let mut file = Envelope::sign("t".repeat(MAX_PAYLOAD_TYPE), vec![0; MAX_PAYLOAD], &[]);
    let file = file.as_mut().expect("at the limit");
    for seed in &seeds {
        file.add_signature(&key(*seed)).expect("room");
    }
    assert!(file.add_signature(&key(250)).is_err());
    assert_eq!(Envelope::parse(file.to_json().as_bytes()).as_ref(), Ok(&*file));
    let entry = quittance_ledger::Entry::from_envelope(1, 1, file.clone());
    assert!(entry.encode().len() <= quittance_ledger::entry::MAX_ENTRY);
    assert_eq!(quittance_ledger::Entry::decode(&entry.encode()), Ok(entry));
}

#[test]
fn kinds() {
    let kind = |text: &str| {
        let envelope = Envelope::sign(text, *b"", &[]).expect("well-formed");
        envelope.kind().map(str::to_owned).map_err(|error| error.code())
    };
    assert_eq!(kind("application/vnd.quittance.key_rotate.v1+json"), Ok("key_rotate".into()));
    for unknown in [
        "application/json",
        "application/vnd.quittance..v1+json",
        "application/vnd.quittance.Bid.v1+json",
        "application/vnd.quittance.bid.v+json",
        "application/vnd.quittance.bid.v01+json",
        "application/vnd.quittance.bid.vx+json",
        "application/vnd.quittance.bid+json",
        "application/vnd.quittance.bid.v1",
        "text/application/vnd.quittance.bid.v1+json",
    ] {
        assert_eq!(kind(unknown), Err("kind_unknown"), "{unknown}");
    }
    for version in ["2", "10", "99999999999999999999"] {
        let text = format!("application/vnd.quittance.bid.v{version}+json");
        assert_eq!(kind(&text), Err("version_unknown"));
    }
}

#[test]
fn every_small_change_is_refused_or_means_the_same() {
    let file = envelope(5, &[1, 2]);
    let keys = [public(1), public(2)];
    let mut same = 0;
    every_small_change(file.to_json().as_bytes(), |changed| {
        let Ok(parsed) = Envelope::parse(changed) else { return };
        if parsed.verify(&keys).is_ok() {
            assert_eq!(parsed, file, "{}", String::from_utf8_lossy(changed));
            same += 1;
        }
    });
    // White space at either end.
    assert!(same > 0);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn round_trip(payload: Vec<u8>, kind in "[a-z_]{1,20}", seeds: [u8; 3], count in 0_usize..=3) {
        let mut file = Envelope::sign(payload_type(&kind), payload.clone(), &[]).expect("valid");
        let mut keys = Vec::new();
        for seed in &seeds[..count] {
            if file.add_signature(&key(*seed)).is_ok() {
                keys.push(public(*seed));
            }
        }
        let parsed = Envelope::parse(file.to_json().as_bytes());
        prop_assert_eq!(parsed.as_ref(), Ok(&file));
        prop_assert_eq!(file.kind(), Ok(kind.as_str()));
        prop_assert_eq!(file.payload(), payload);
        prop_assert_eq!(file.verify(&keys).is_ok(), !keys.is_empty());
        prop_assert_eq!(file.record_id(), parsed.expect("parsed").record_id());
    }

    #[test]
    fn garbage_never_panics(bytes: Vec<u8>) {
        let _ = Envelope::parse(&bytes);
    }
}
