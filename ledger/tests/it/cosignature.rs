//! Cosignatures and witness policies.

use crate::support::{ORIGIN, every_small_change, key, log_key, log_of, origin};
use ed25519_dalek::Signer as _;
use quittance_ledger::checkpoint::SignatureLine;
use quittance_ledger::{
    CheckpointError, CosigningKey, MarketKey, MemoryAnchor, Receipt, SignedCheckpoint, TreeHash, TreeHead,
    VerifierKey, WitnessKey, WitnessPolicy,
};

/// The witness of a number.
pub fn witness(number: u8) -> CosigningKey {
    CosigningKey::new(origin(&format!("witness.example/w{number}")), key(100 + number))
}

/// `threshold` of three witnesses.
pub fn policy(threshold: usize) -> WitnessPolicy {
    let line = |number: u8| format!("witness w{number} {}\n", witness(number).witness_key());
    let text = format!("{}{}{}group some {threshold} w1 w2 w3\nquorum some\n", line(1), line(2), line(3));
    text.parse().expect("a policy")
}

/// A signed checkpoint of the test log.
fn signed() -> SignedCheckpoint {
    log_key().sign(TreeHead { size: 123, root: TreeHash([7; 32]) })
}

/// The note with cosignatures of these witnesses at these times.
fn cosigned(by: &[(u8, u64)]) -> SignedCheckpoint {
    let mut note = signed();
    for (number, time) in by {
        note.add_line(witness(*number).cosign(signed().checkpoint(), *time)).expect("a new line");
    }
    note
}

/// A checkpoint of a public log, with four witnesses' cosignatures, as it was published in May 2026.
const PUBLISHED: &str = "\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
";
const PUBLISHED_LOG: &str =
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f";
const PUBLISHED_WITNESSES: [&str; 4] = [
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
];

#[test]
fn a_published_checkpoint_verifies_with_the_keys_of_its_witnesses() {
    let note = SignedCheckpoint::parse(PUBLISHED.as_bytes()).expect("a checkpoint");
    let log: VerifierKey = PUBLISHED_LOG.parse().expect("the log's key");
    assert_eq!(note.verify_listing_others(&log).map(|others| others.len()), Ok(5));
    let elsewhere = PUBLISHED.replace("1432088532", "1432088531");
    let elsewhere = SignedCheckpoint::parse(elsewhere.as_bytes()).expect("a checkpoint");
    for text in PUBLISHED_WITNESSES {
        let key: WitnessKey = text.parse().expect("a witness key");
        assert_eq!(key.to_string(), text);
        let line = note.lines().iter().find(|line| key.is_of(line)).expect("its line");
        assert_eq!(key.verify(note.checkpoint(), line), Ok(0x6a12_2120));
        assert!(key.verify(elsewhere.checkpoint(), line).is_err());
    }
    // The other line of the log's name is of a kind of key that no policy here names.
    let lines = PUBLISHED_WITNESSES.iter().enumerate();
    let lines: String = lines.map(|(number, key)| format!("witness w{number} {key}\n")).collect();
    let policy: WitnessPolicy =
        format!("{lines}group all all w0 w1 w2 w3\nquorum all\n").parse().expect("a policy");
    let unknown = policy.verify(&note, &log).map(drop);
    assert!(matches!(unknown, Err(CheckpointError::LineUnknown(_))), "{unknown:?}");
    let known = PUBLISHED.lines().filter(|line| !line.contains(" zTM8s"));
    let known: String = known.map(|line| format!("{line}\n")).collect();
    let known = SignedCheckpoint::parse(known.as_bytes()).expect("a checkpoint");
    let witnessed = policy.verify(&known, &log).expect("all verify");
    assert!(witnessed.has_quorum());
    assert_eq!(witnessed.quorum_by(), Some(0x6a12_2120));
}

#[test]
fn what_is_signed() {
    let line = witness(1).cosign(signed().checkpoint(), 1_700_000_000);
    let (time, signature) = line.signature().split_at(8);
    assert_eq!(time, 1_700_000_000_u64.to_be_bytes());
    let text = String::from_utf8(signed().to_bytes()).expect("UTF-8");
    let (body, _) = text.split_once("\n\n").expect("a blank line");
    let message = format!("cosignature/v1\ntime 1700000000\n{body}\n");
    let public = witness(1).witness_key().public_key();
    assert!(public.verifies(message.as_bytes(), signature.try_into().expect("64 bytes")));
}

#[test]
fn every_small_change_of_a_cosignature_is_refused() {
    let (key, note) = (witness(1).witness_key(), signed());
    let line = witness(1).cosign(note.checkpoint(), 1_700_000_000);
    let lines = note.lines().to_vec();
    every_small_change(line.signature(), |changed| {
        let changed =
            SignatureLine::new(line.name().to_owned(), line.id(), changed.to_vec()).expect("a line");
        assert!(key.verify(note.checkpoint(), &changed).is_err());
    });
    // The same bytes under another name or id, the log's own line, a plain signature.
    for other in [
        SignatureLine::new("witness.example/w2".into(), line.id(), line.signature().to_vec()),
        SignatureLine::new(line.name().to_owned(), line.id() ^ 1, line.signature().to_vec()),
        SignatureLine::new(line.name().to_owned(), line.id(), line.signature()[8..].to_vec()),
    ] {
        assert!(key.verify(note.checkpoint(), &other.expect("a line")).is_err());
    }
    assert!(key.verify(note.checkpoint(), &lines[0]).is_err());
    // The last time that C2SP allows, and the one after it, both signed.
    let at = |time: u64| {
        let message = format!("cosignature/v1\ntime {time}\n{}", note.checkpoint().text());
        let signature = crate::support::key(101).sign(message.as_bytes()).to_bytes();
        let signature = [time.to_be_bytes().as_slice(), &signature].concat();
        key.verify(
            note.checkpoint(),
            &SignatureLine::new(line.name().into(), line.id(), signature).expect("a line"),
        )
    };
    assert_eq!(at(i64::MAX as u64), Ok(i64::MAX as u64));
    assert!(at(1 << 63).is_err());
}

#[test]
fn witness_keys_have_one_spelling() {
    let key = witness(1).witness_key();
    assert_eq!(key.to_string().parse(), Ok(key.clone()));
    every_small_change(key.to_string().as_bytes(), |changed| {
        let Ok(text) = std::str::from_utf8(changed) else { return };
        assert!(text.parse::<WitnessKey>().is_err(), "{text}");
    });
    let code = |text: &str| text.parse::<WitnessKey>().map_err(|error| error.code()).map(drop);
    assert_eq!(code(&log_key().verifier_key().to_string()), Err("file_malformed"));
    let of_log = log_key().verifier_key().to_string().parse::<WitnessKey>().expect_err("of a log");
    assert!(of_log.to_string().starts_with("the key of a log"), "{of_log}");
    assert_eq!(code("w.example+00000000+BgAA"), Err("version_unknown"));
    assert_eq!(code("w.example+00000000+BAAA"), Err("file_malformed"));
    // The identity is a key that accepts signatures of anybody.
    let weak = "w.example+00000000+BAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(code(weak), Err("signature_invalid"));
    let log = key.to_string().parse::<VerifierKey>().map_err(|error| error.code());
    assert_eq!(log.map(drop), Err("version_unknown"));
}

#[test]
fn a_quorum_has_times() {
    let policy = policy(2);
    let log = log_key().verifier_key();
    for (by, quorum, first, since) in [
        (&[][..], false, None, None),
        (&[(1, 10)], false, None, None),
        (&[(1, 10), (3, 20)], true, Some(20), Some(10)),
        (&[(1, 10), (2, 30), (3, 20)], true, Some(20), Some(20)),
        (&[(1, 5), (2, 5), (3, 5)], true, Some(5), Some(5)),
        // One witness with an old clock, or a lie, moves neither bound beyond the others'.
        (&[(1, 0), (2, 30), (3, 20)], true, Some(20), Some(20)),
    ] {
        let note = cosigned(by);
        let witnessed = policy.verify(&note, &log).expect("all lines verify");
        assert_eq!(witnessed.head(), signed().head());
        assert_eq!(witnessed.times().len(), by.len());
        assert_eq!(
            (witnessed.has_quorum(), witnessed.quorum_by(), witnessed.quorum_since()),
            (quorum, first, since)
        );
        let code = witnessed.check_quorum().map_err(|error| error.code());
        assert_eq!(code, if quorum { Ok(signed().head()) } else { Err("quorum_missing") });
    }
}

#[test]
fn a_market_key_with_a_policy_believes_its_witnesses_and_nobody_else() {
    let market = MarketKey { log: log_key().verifier_key(), entry0: TreeHash([9; 32]), policy: policy(2) };
    assert_eq!(market.to_string().parse(), Ok(market.clone()));
    let code = |note: &SignedCheckpoint| market.verify(note).map_err(|error| error.code()).map(drop);
    assert_eq!(code(&cosigned(&[(1, 10), (2, 20)])), Ok(()));
    assert_eq!(code(&cosigned(&[(1, 10)])), Err("quorum_missing"));
    // A stranger's line, a named witness's line over another root, a name with a stranger's key.
    let mut note = cosigned(&[(1, 10), (2, 20)]);
    note.add_line(witness(4).cosign(note.checkpoint(), 10)).expect("a new line");
    assert_eq!(code(&note), Err("checkpoint_signature_invalid"));
    let mut note = cosigned(&[(1, 10), (2, 20)]);
    let elsewhere = log_key().sign(TreeHead { size: 123, root: TreeHash([8; 32]) });
    note.add_line(witness(3).cosign(elsewhere.checkpoint(), 10)).expect("a new line");
    assert_eq!(code(&note), Err("checkpoint_signature_invalid"));
    let mut note = cosigned(&[(1, 10), (2, 20)]);
    let impostor = CosigningKey::new(witness(3).witness_key().name().clone(), key(77));
    note.add_line(impostor.cosign(note.checkpoint(), 10)).expect("a new line");
    assert_eq!(code(&note), Err("checkpoint_signature_invalid"));
    // The witnesses do not stand for the log.
    let unsigned = cosigned(&[(1, 10), (2, 20)]).to_bytes();
    let text = String::from_utf8(unsigned).expect("UTF-8");
    let text: Vec<&str> =
        text.split_inclusive('\n').filter(|line| !line.starts_with(&format!("— {ORIGIN}"))).collect();
    let unsigned = SignedCheckpoint::parse(text.concat().as_bytes()).expect("well-formed");
    assert_eq!(code(&unsigned), Err("checkpoint_signature_invalid"));
}

#[test]
fn receipts_may_be_cosigned() {
    let log = log_of(6);
    let note = log.publish_checkpoint(&log_key(), &MemoryAnchor::new()).expect("published");
    let line = witness(1).cosign(note.checkpoint(), 10);
    let note = log.add_cosignatures(6, &policy(2), [line.clone()]).expect("verified");
    assert_eq!(log.checkpoint(6).expect("kept"), Some(note.clone()));
    let market = |policy| MarketKey { log: log_key().verifier_key(), entry0: TreeHash([9; 32]), policy };
    let receipt = log.receipt(2, &note).expect("a receipt");
    let receipt = Receipt::parse(&receipt.to_bytes()).expect("round trip");
    let leaf = log.leaf_hash(2).expect("a leaf");
    assert_eq!(receipt.verify_in(leaf, &market(policy(2))), Ok(log.head()));
    assert!(receipt.verify_in(leaf, &market(WitnessPolicy::none())).is_err());
    assert!(receipt.verify(leaf, &log_key().verifier_key()).is_err());
    // The first cosignature of a witness stays, and signing again returns it.
    let later = witness(1).cosign(note.checkpoint(), 11);
    assert_eq!(log.add_cosignatures(6, &policy(2), [later]).expect("verified"), note);
    assert_eq!(
        log.publish_checkpoint(&log_key(), &MemoryAnchor::new()).map_err(|e| e.code()),
        Err("store_rollback")
    );
    let strange = witness(4).cosign(note.checkpoint(), 10);
    let strange = log.add_cosignatures(6, &policy(2), [strange]).map_err(|error| error.code());
    assert_eq!(strange.map(drop), Err("checkpoint_signature_invalid"));
    let nowhere = log.add_cosignatures(5, &policy(2), [line]).map_err(|error| error.code());
    assert_eq!(nowhere.map(drop), Err("index_unknown"));
}

/// Two witnesses of one name are two, if their keys are.
#[test]
fn witnesses_of_one_name_are_told_apart_by_their_keys() {
    let of = |number| CosigningKey::new(origin("witness.example/w"), key(number));
    let text = format!("witness a {}\nwitness b {}\n", of(1).witness_key(), of(2).witness_key());
    let policy: WitnessPolicy = format!("{text}group both all a b\nquorum both\n").parse().expect("a policy");
    let lines = [1, 2].map(|number| of(number).cosign(signed().checkpoint(), 10));
    let note = signed().with_cosignatures(&policy, lines).expect("both verify");
    assert_eq!(note.lines().len(), 3);
    let log = log_key().verifier_key();
    assert_eq!(policy.verify(&note, &log).map(|witnessed| witnessed.has_quorum()), Ok(true));
}

/// A policy as a person writes it, of witnesses 1 to 6, by this text with `K1` … `K6` for their keys.
fn read(text: &str) -> Result<WitnessPolicy, &'static str> {
    let keys = (1..=6).map(|number| (format!("K{number}"), witness(number).witness_key().to_string()));
    let text = keys.fold(text.to_owned(), |text, (word, key)| text.replace(&word, &key));
    WitnessPolicy::read(&text).map_err(|error| error.code())
}

#[test]
fn policies_are_those_of_c2sp() {
    // The example of the specification, without its `log` line.
    let example = "witness X1 K1\nwitness X2 K2\nwitness X3 K3\ngroup X-witnesses 2 X1 X2 X3\n\n\
        witness Y1 K4\nwitness Y2 K5\nwitness Y3 K6\ngroup Y-witnesses any Y1 Y2 Y3\n\n\
        group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n";
    let policy = read(example).expect("the example");
    let log = log_key().verifier_key();
    for (by, quorum) in [
        (&[1, 2, 4][..], true),
        (&[1, 3, 5], true),
        (&[1, 2, 3], false),
        (&[1, 4, 5, 6], false),
        (&[1, 2, 3, 4, 5, 6], true),
    ] {
        let by: Vec<(u8, u64)> = by.iter().map(|number| (*number, 1)).collect();
        assert_eq!(policy.verify(&cosigned(&by), &log).map(|found| found.has_quorum()), Ok(quorum), "{by:?}");
    }
    // Its one spelling is read back.
    assert_eq!(policy.to_string().parse(), Ok(policy));
    assert!(example.parse::<WitnessPolicy>().is_err());
    for good in [
        "quorum none",
        "\n# comment\n\t # another\n\twitness \t w1  K1   https://w1.example/  \n\n  quorum\tw1",
        "witness all K1\nwitness any K2\ngroup group 2 all any\nquorum group\n",
        "witness w1 K1\nquorum none\n",
    ] {
        read(good).expect(good);
    }
    assert!(read("witness w1 K1\nquorum none\n").expect("a policy").is_none());
    assert_eq!(WitnessPolicy::NONE.parse(), Ok(WitnessPolicy::none()));
    // Comments are anybody's words; a policy of 48 KiB is read.
    read("# Zürich, Köln\nquorum none\n").expect("a comment");
    assert_eq!(read("# \u{1}\nquorum none\n").map(drop), Err("file_malformed"));
    let long = |length: usize| format!("quorum none\n{}", "#".repeat(length - 12));
    read(&long(48 * 1024)).expect("at the limit");
    assert_eq!(read(&long(48 * 1024 + 1)).map(drop), Err("file_too_large"));
    let policy = read("witness a K1\nwitness b K2 https://b.example/\nquorum b\n").expect("a policy");
    let witnesses: Vec<_> = policy.witnesses().iter().map(|w| (w.name.as_str(), w.url.as_deref())).collect();
    assert_eq!(witnesses, [("a", None), ("b", Some("https://b.example/"))]);
    assert_eq!(policy.witnesses()[1].key, witness(2).witness_key());
}

#[test]
fn malformed_policies() {
    for bad in [
        "",
        "witness w1 K1\n",
        "quorum none\nquorum none\n",
        "quorum w1\nwitness w1 K1\n",
        "quorum\n",
        "quorum some\n",
        "quorum none\r\n",
        "quorum none\n\u{1}",
        "quibble w1\nquorum none\n",
        "log K1\nquorum none\n",
        "witness w1\nquorum none\n",
        "witness w1 K1 https://w1.example/ # comment\nquorum w1\n",
        "witness none K1\nquorum none\n",
        "witness w1 K1\nwitness w1 K2\nquorum w1\n",
        "witness w1 K1\nwitness w2 K1\nquorum w1\n",
        "witness w1 K1\ngroup w1 any w1\nquorum w1\n",
        "witness w1 K1\ngroup g 1\nquorum w1\n",
        // All of nobody would be met by everybody.
        "witness w1 K1\ngroup g all\nquorum g\n",
        "witness w1 K1\ngroup g 0 w1\nquorum g\n",
        "witness w1 K1\ngroup g 01 w1\nquorum g\n",
        "witness w1 K1\ngroup g +1 w1\nquorum g\n",
        "witness w1 K1\ngroup g 2 w1\nquorum g\n",
        "witness w1 K1\ngroup g any w2\nquorum g\n",
        "witness w1 K1\ngroup g any none w1\nquorum g\n",
        "witness w1 K1\ngroup g any g\nquorum g\n",
        "witness w1 K1\ngroup g all w1 w1\nquorum g\n",
        "witness w1 K1\nwitness w2 K2\ngroup g any w1 w2\ngroup h any w1\nquorum g\n",
        "witness w\u{e9} K1\nquorum none\n",
    ] {
        assert_eq!(read(bad).map(drop), Err("file_malformed"), "{bad}");
    }
    let log = WitnessPolicy::read("log x\nquorum none\n").expect_err("a log");
    assert!(log.to_string().contains("the log is named elsewhere"), "{log}");
    // Another name does not make another key.
    let again = WitnessKey::new(origin("impostor.example"), witness(1).witness_key().public_key());
    assert_eq!(
        read(&format!("witness w1 K1\nwitness w2 {again}\nquorum w1\n")).map(drop),
        Err("file_malformed")
    );
    assert_eq!(read(&"#\n".repeat(30_000)).map(drop), Err("file_too_large"));
    let many: String = (0..65)
        .map(|n| format!("witness w{n} {}\n", CosigningKey::new(origin("w.example"), key(n)).witness_key()))
        .collect();
    assert_eq!(read(&format!("{many}quorum w0\n")).map(drop), Err("file_malformed"));
}
