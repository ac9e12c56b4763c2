//! Signed notes and receipts.

use crate::fixtures;
use quittance_ledger::{MarketKey, Receipt, SignedCheckpoint};
use std::sync::OnceLock;

/// The keys that a note is checked against: without and with witnesses.
pub(crate) fn keys() -> &'static [MarketKey; 2] {
    static KEYS: OnceLock<[MarketKey; 2]> = OnceLock::new();
    KEYS.get_or_init(|| {
        ["reject/verify/market.vkey", "reject/verify/witnessed.vkey"].map(fixtures::market_key)
    })
}

/// A signed checkpoint, with lines of witnesses or without.
///
/// # Panics
/// A note is written otherwise than it was read.
pub fn note(bytes: &[u8]) {
    if let Ok(note) = SignedCheckpoint::parse(bytes) {
        assert_eq!(note.to_bytes(), bytes, "one spelling");
        judged(&note);
    }
    // The same text, signed: the fuzzer cannot sign.
    let Some(text) = bytes.strip_suffix(b"\n").and_then(|rest| std::str::from_utf8(rest).ok()) else {
        return;
    };
    if let Ok(note) = SignedCheckpoint::parse(format!("{text}\n\n{LINE}\n").as_bytes()) {
        judged(&note);
        let log = fixtures::log_key();
        let signed = log.sign(note.head());
        let again = SignedCheckpoint::parse(&signed.to_bytes()).expect("what the log signs is a note");
        assert_eq!(again.verify(&log.verifier_key()).ok(), Some(note.head()));
    }
}

/// A signature line of nobody.
const LINE: &str = "— example.com/models AAAAAAAA";

/// What is asked of a note does not panic, and nobody's line passes for the log's.
fn judged(note: &SignedCheckpoint) {
    for key in keys() {
        let alone = note.of_log_alone(&key.log);
        assert_eq!(alone.head(), note.head());
        let witnessed = key.witnessed(note);
        if let Ok(witnessed) = &witnessed {
            assert!(note.verify_listing_others(&key.log).is_ok());
            assert_eq!(witnessed.has_quorum(), key.verify(note).is_ok());
            let _ = (witnessed.quorum_by(), witnessed.quorum_since());
        }
        if note.verify(&key.log).is_ok() {
            assert_eq!(witnessed.map(|witnessed| witnessed.head()).ok(), Some(note.head()));
        }
    }
}

/// `note`: a C2SP tlog-proof, or a signed checkpoint.
///
/// # Panics
/// A receipt is written otherwise than it was read.
pub fn receipt(bytes: &[u8]) {
    note(bytes);
    let Ok(receipt) = Receipt::parse(bytes) else { return };
    assert_eq!(receipt.to_bytes(), bytes, "one spelling");
    let leaf = quittance_ledger::leaf_hash(bytes);
    for key in keys() {
        assert!(receipt.verify(leaf, &key.log).is_err(), "a receipt for its own bytes");
        assert!(receipt.verify_in(leaf, key).is_err(), "a receipt for its own bytes");
    }
    // With a checkpoint that is signed the proof itself is walked.
    let log = fixtures::log_key();
    let signed = Receipt { checkpoint: log.sign(receipt.checkpoint.head()), ..receipt };
    assert!(signed.verify(leaf, &log.verifier_key()).is_err(), "a root that nobody computed");
}
