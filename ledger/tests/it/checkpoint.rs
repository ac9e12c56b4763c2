//! The texts that leave the machine: checkpoints, receipts, the market's key file.

use crate::support::{ORIGIN, envelope, every_small_change, key, log_key, log_of, origin};
use quittance_ledger::checkpoint::SignatureLine;
use quittance_ledger::{
    CheckpointError, LogKey, MarketKey, MemoryAnchor, Receipt, SignedCheckpoint, TreeHash, TreeHead,
    WitnessPolicy,
};

/// A signed checkpoint of the test log.
fn signed() -> SignedCheckpoint {
    log_key().sign(TreeHead { size: 123, root: TreeHash([7; 32]) })
}

/// A signature line of somebody else.
fn foreign_line(name: &str) -> SignatureLine {
    SignatureLine::new(name.to_owned(), 0x0102_0304, vec![5; 72]).expect("a valid name")
}

#[test]
fn checkpoint_text() {
    let note = signed().to_bytes();
    let text = String::from_utf8(note.clone()).expect("UTF-8");
    let expected =
        format!("{ORIGIN}\n123\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n\u{2014} {ORIGIN} ");
    assert!(text.starts_with(&expected), "{text}");
    let parsed = SignedCheckpoint::parse(&note).expect("round trip");
    assert_eq!(parsed, signed());
    assert_eq!(parsed.verify(&log_key().verifier_key()), Ok(signed().head()));
}

#[test]
fn other_peoples_code_agrees() {
    // `signed_note` verifies our note, and ours verifies the note it signs.
    let vkey = log_key().verifier_key();
    let verifier = signed_note::StandardVerifier::new(&vkey.to_string()).expect("a key");
    let note = signed_note::Note::from_bytes(&signed().to_bytes()).expect("a note");
    let known = signed_note::VerifierList::new(vec![Box::new(verifier)]);
    let (verified, others) = note.verify(&known).expect("verified");
    assert_eq!((verified.len(), others.len()), (1, 0));
    let signer = signed_note::StandardSigner::new(&log_key().to_secret_text()).expect("a key");
    let mut note = signed_note::Note::new(note.text(), &[]).expect("a note");
    note.add_sigs(&[&signer]).expect("signing");
    assert_eq!(note.to_bytes(), signed().to_bytes());
}

#[test]
fn another_log_is_not_believed() {
    let elsewhere = LogKey::new(origin("example.com/other"), key(200));
    let wrong = signed().verify(&elsewhere.verifier_key()).expect_err("another origin");
    assert_eq!(wrong.code(), "market_mismatch");
    let impostor = LogKey::new(origin(ORIGIN), key(201));
    let wrong = signed().verify(&impostor.verifier_key()).expect_err("another key");
    assert_eq!(wrong.code(), "checkpoint_signature_invalid");
}

#[test]
fn lines_of_others_are_reported_or_refused() {
    let vkey = log_key().verifier_key();
    let mut note = signed();
    note.add_line(foreign_line("witness.example/w1")).expect("a new line");
    let note = SignedCheckpoint::parse(&note.to_bytes()).expect("round trip");
    assert_eq!(note.lines().len(), 2);
    assert_eq!(note.verify_listing_others(&vkey), Ok(vec![foreign_line("witness.example/w1")]));
    assert!(matches!(note.verify(&vkey), Err(CheckpointError::LineUnknown(_))));
    // The log's name with another key id is somebody else, too.
    let mut note = signed();
    note.add_line(foreign_line(ORIGIN)).expect("a new line");
    assert!(matches!(note.verify(&vkey), Err(CheckpointError::LineUnknown(_))));
    // Without the log's own line nothing is signed.
    let text = String::from_utf8(signed().to_bytes()).expect("UTF-8");
    let (body, _) = text.split_once("\n\n").expect("a blank line");
    let line = String::from_utf8(foreign_line("witness.example/w1").to_bytes()).expect("UTF-8");
    let unsigned = SignedCheckpoint::parse(format!("{body}\n\n{line}").as_bytes());
    let unsigned = unsigned.expect("well-formed").verify_listing_others(&vkey);
    assert!(matches!(unsigned, Err(CheckpointError::Unsigned(_))));
}

#[test]
fn nobody_signs_twice() {
    let mut note = signed();
    let own = note.lines()[0].clone();
    assert!(note.add_line(own.clone()).is_err());
    let twice = [signed().to_bytes(), own.to_bytes()].concat();
    let error = SignedCheckpoint::parse(&twice).expect_err("a repeated line");
    assert_eq!(error.code(), "checkpoint_malformed");
}

#[test]
fn malformed_checkpoints() {
    let text = String::from_utf8(signed().to_bytes()).expect("UTF-8");
    let malformed = [
        String::new(),
        text.replace("123", "0123"),
        text.replace("123", "+123"),
        text.replace("123", "18446744073709551616"),
        text.replace("123", "-1"),
        text.replace("123", "0"),
        text.replace("Bwc=\n\n", "Bwc=\nextension\n\n"),
        text.replace("Bwc=\n\n", "Bwc=\n\n\n"),
        text.replace("Bwc=\n", "Bwc=\r\n"),
        text.replace("Bwc=", "Bwc"),
        text.replace("Bwc=", "Bwd="),
        text.replace(ORIGIN, "a b"),
        text.replace(ORIGIN, ""),
        format!("{text}\n"),
        text.trim_end().to_owned(),
        text.split_once("\n\n").expect("a blank line").0.to_owned(),
        text.replace('\u{2014}', "-"),
    ];
    for note in malformed {
        assert_ne!(note, text);
        let code = SignedCheckpoint::parse(note.as_bytes()).map_err(|error| error.code());
        assert_eq!(code.map(drop), Err("checkpoint_malformed"), "{note}");
    }
    let large = format!("{text}{}", "x".repeat(200_000));
    assert!(SignedCheckpoint::parse(large.as_bytes()).is_err());
}

/// A signed note of so many bytes, most of them a line of somebody else.
fn note_of(length: usize) -> Vec<u8> {
    let line = |name: usize, signature: usize| {
        SignatureLine::new("w".repeat(name), 1, vec![5; signature]).expect("a line")
    };
    let room = length - signed().to_bytes().len();
    // Base64 grows by four characters, a name by one.
    let signature = (room - 100) / 4 * 3 - 4;
    let name = 1 + room - line(1, signature).to_bytes().len();
    let mut note = signed();
    note.add_line(line(name, signature)).expect("a new line");
    note.to_bytes()
}

#[test]
fn the_longest_note_has_128_kib() {
    let note = note_of(128 * 1024);
    assert_eq!(note.len(), 128 * 1024);
    let note = SignedCheckpoint::parse(&note).expect("at the limit");
    assert_eq!(note.verify_listing_others(&log_key().verifier_key()).map(|others| others.len()), Ok(1));
    let error = SignedCheckpoint::parse(&note_of(128 * 1024 + 1)).expect_err("a byte more");
    assert!(error.to_string().contains("128 KiB"), "{error}");
}

#[test]
fn every_small_change_of_a_checkpoint_is_refused() {
    let vkey = log_key().verifier_key();
    every_small_change(&signed().to_bytes(), |changed| {
        if let Ok(note) = SignedCheckpoint::parse(changed) {
            assert!(note.verify(&vkey).is_err(), "{}", String::from_utf8_lossy(changed));
        }
    });
}

#[test]
fn receipts() {
    let log = log_of(11);
    let vkey = log_key().verifier_key();
    let note = log.publish_checkpoint(&log_key(), &MemoryAnchor::new()).expect("published");
    for index in 0..11 {
        let receipt = log.receipt(index, &note).expect("a receipt");
        let leaf = log.leaf_hash(index).expect("a leaf");
        let parsed = Receipt::parse(&receipt.to_bytes()).expect("round trip");
        assert_eq!(parsed, receipt);
        assert_eq!(parsed.verify(leaf, &vkey), Ok(log.head()));
        // The signed file and the receipt make the leaf; another kind or file makes another.
        assert_eq!(parsed.leaf(7, envelope(index, &[1])), leaf);
        assert_ne!(parsed.leaf(8, envelope(index, &[1])), leaf);
        assert_ne!(parsed.leaf(7, envelope(index, &[2])), leaf);
        let other = log.leaf_hash((index + 1) % 11).expect("a leaf");
        let wrong = parsed.verify(other, &vkey).expect_err("another leaf");
        assert_eq!(wrong.code(), "inclusion_invalid");
    }
    assert!(log.receipt(11, &note).is_err());
    let elsewhere = log_key().sign(TreeHead { size: 3, root: TreeHash([0; 32]) });
    assert_eq!(log.receipt(1, &elsewhere).expect_err("a fork").code(), "store_rollback");
}

#[test]
fn receipt_of_the_only_entry_has_no_path() {
    let log = log_of(1);
    let note = log.publish_checkpoint(&log_key(), &MemoryAnchor::new()).expect("published");
    let bytes = log.receipt(0, &note).expect("a receipt").to_bytes();
    let expected =
        [b"c2sp.org/tlog-proof@v1\nextra AAAAAAAAAAA=\nindex 0\n\n".as_slice(), &note.to_bytes()].concat();
    assert_eq!(bytes, expected);
    assert!(Receipt::parse(&bytes).is_ok());
}

#[test]
fn malformed_receipts() {
    let log = log_of(3);
    let note = log.publish_checkpoint(&log_key(), &MemoryAnchor::new()).expect("published");
    let receipt = log.receipt(1, &note).expect("a receipt").to_bytes();
    let text = String::from_utf8(receipt).expect("UTF-8");
    for bad in [
        text.replace("@v1", "@v2"),
        text.replace("index 1", "index 01"),
        text.replace("index 1", "index +1"),
        text.replace("index 1", "index  1"),
        text.replace("extra AAAAAAAAAAE=\n", ""),
        text.replace("AAAAAAAAAAE=", "AAAAAAAAAAF="),
        text.replace("AAAAAAAAAAE=", "AAAAAAAAAAE"),
        text.replace("AAAAAAAAAAE=", "AAAAAAAAAQ=="),
        text.replace("AAAAAAAAAAE=", "AAAAAAAAAAAB"),
        text.replace("AAAAAAAAAAE=", ""),
        text.replace("extra", "extra extra"),
        text.replace("index 1\n", ""),
        text.replacen("\n\n", "\n", 1),
        text.replacen("=\n", "\n", 1),
    ] {
        assert_ne!(bad, text);
        let code = Receipt::parse(bad.as_bytes()).map_err(|error| error.code());
        assert_eq!(code.map(drop), Err("file_malformed"), "{bad}");
    }
    let large = format!("{text}{}", "x".repeat(200_000));
    let code = |text: &str| Receipt::parse(text.as_bytes()).map_err(|error| error.code()).map(drop);
    assert_eq!(code(&large), Err("file_too_large"));
    // A note of 128 KiB and 4 KiB for the path: the last length that is looked at.
    assert_eq!(code(&large[..132 * 1024]), Err("checkpoint_malformed"));
    assert_eq!(code(&large[..132 * 1024 + 1]), Err("file_too_large"));
}

#[test]
fn every_small_change_of_a_receipt_is_refused() {
    let log = log_of(6);
    let vkey = log_key().verifier_key();
    let note = log.publish_checkpoint(&log_key(), &MemoryAnchor::new()).expect("published");
    let receipt = log.receipt(5, &note).expect("a receipt");
    every_small_change(&receipt.to_bytes(), |changed| {
        if let Ok(receipt) = Receipt::parse(changed) {
            // The member has the signed file; the time is the receipt's.
            let leaf = receipt.leaf(7, envelope(5, &[1]));
            let text = String::from_utf8_lossy(changed);
            assert!(receipt.verify(leaf, &vkey).is_err(), "{text}");
        }
    });
}

/// The key file of the test market.
fn market_key() -> MarketKey {
    let entry0 = TreeHash([9; 32]);
    MarketKey { log: log_key().verifier_key(), entry0, policy: WitnessPolicy::none() }
}

#[test]
fn market_key_file() {
    let text = market_key().to_string();
    let vkey = log_key().verifier_key();
    assert_eq!(text, format!("{vkey}\nentry0 {}\nquorum none\n", "09".repeat(32)));
    assert_eq!(text.parse(), Ok(market_key()));
    assert_eq!(market_key().verify(&signed()), Ok(signed().head()));
    let mut note = signed();
    note.add_line(foreign_line("witness.example/w1")).expect("a new line");
    assert!(market_key().verify(&note).is_err());
}

#[test]
fn malformed_market_keys() {
    let text = market_key().to_string();
    for bad in [
        String::new(),
        text.trim_end().to_owned(),
        format!("{text}\n"),
        text.replace('\n', "\r\n"),
        text.replace("entry0 ", "entry0  "),
        text.replace("entry0", "entry1"),
        text.replace("0909", "0A0A"),
        text.replace("quorum none\n", ""),
        text.replace("quorum none", "# quorum none"),
        text.replace("quorum none", "none"),
        format!("# a comment\n{text}"),
    ] {
        let code = bad.parse::<MarketKey>().map_err(|error| error.code());
        assert_eq!(code.map(drop), Err("file_malformed"), "{bad}");
    }
    // A policy that asks for witnesses must never be taken for one that asks for none.
    for policy in
        ["quorum w\n", "witness w KEY\nquorum w\n", "quorum none\nwitness w KEY\n", "quorum  none\n"]
    {
        let bad = text.replace("quorum none\n", policy);
        let code = bad.parse::<MarketKey>().map_err(|error| error.code());
        assert_eq!(code.map(drop), Err("file_malformed"), "{bad}");
    }
    let large = format!("{text}{}", "x".repeat(100_000));
    let refused = |text: &str| text.parse::<MarketKey>().expect_err("too long").to_string();
    let limit = 64 * 1024;
    assert!(refused(&large[..limit]).starts_with("the witness policy has"), "{}", refused(&large[..limit]));
    assert_eq!(refused(&large[..=limit]), "the market's key file has 65537 bytes, the limit is 65536");
}

#[test]
fn every_small_change_of_a_market_key_is_refused_or_another_market() {
    let text = market_key().to_string();
    every_small_change(text.as_bytes(), |changed| {
        let Ok(changed) = std::str::from_utf8(changed) else { return };
        if let Ok(other) = changed.parse::<MarketKey>() {
            assert_eq!(other.to_string(), changed);
            assert_ne!(other.entry0, market_key().entry0);
            assert_eq!(other.log, market_key().log, "the key's id covers name and key");
        }
    });
}

/// The first `text` example in the documentation of a module.
fn documented(source: &str) -> String {
    let (_, example) = source.split_once("//! ```text\n").expect("an example");
    let (example, _) = example.split_once("//! ```\n").expect("its end");
    let line = |line: &str| format!("{}\n", line.strip_prefix("//!").expect("a comment").trim());
    example.lines().map(line).collect()
}

#[test]
fn the_documented_examples_are_of_one_log_and_verify() {
    let key = documented(include_str!("../../src/market_vkey.rs"));
    let key: MarketKey = key.parse().expect("the documented key file");
    let note = documented(include_str!("../../src/checkpoint.rs"));
    let note = SignedCheckpoint::parse(note.as_bytes()).expect("the documented checkpoint");
    let receipt = documented(include_str!("../../src/receipt.rs"));
    let receipt = Receipt::parse(receipt.as_bytes()).expect("the documented receipt");
    let log = log_of(3);
    assert_eq!(key.entry0, log.leaf_hash(0).expect("a leaf"));
    assert_eq!(key.verify(&note), Ok(log.head()));
    let leaf = log.leaf_hash(1).expect("a leaf");
    assert_eq!(receipt.verify(leaf, &key.log), Ok(log.head()));
    assert_eq!((receipt.index, receipt.checkpoint), (1, note));
}

#[test]
fn of_log_alone_drops_the_lines_of_others() {
    let note = log_key().sign(log_of(3).head());
    let mut cosigned = note.clone();
    let other = quittance_ledger::LogKey::new(origin("example.com/witness"), crate::support::key(9));
    let line = other.sign(log_of(3).head()).lines()[0].clone();
    cosigned.add_line(line).expect("another's line");
    assert_ne!(cosigned, note);
    let verifier = log_key().verifier_key();
    assert_eq!(cosigned.of_log_alone(&verifier), note);
    assert_eq!(note.of_log_alone(&verifier), note);
    assert!(note.of_log_alone(&other.verifier_key()).lines().is_empty());
    // Its name with another id, and its id with another name, are others.
    cosigned.add_line(foreign_line(ORIGIN)).expect("another's line");
    let id = verifier.note_key_id();
    let line = SignatureLine::new("example.com/other".into(), id, vec![5; 64]).expect("a line");
    cosigned.add_line(line).expect("another's line");
    assert_eq!(cosigned.of_log_alone(&verifier), note);
}
