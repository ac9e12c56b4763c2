//! Documents that people hand over beside bundles: evidence, consistency files, statements, refusals.

use crate::edit::edited;
use crate::fixtures::{self, Documents};
use crate::notes::keys;
use crate::payloads::canonical;
use crate::submissions::secrets;
use quittance_circuits::json;
use quittance_engine::dispute::exclusion::ExclusionEvidence;
use quittance_engine::dispute::fork::ForkEvidence;
use quittance_engine::dispute::history::{ConsistencyFile, compare};
use quittance_engine::refusal::Refusal;
use quittance_engine::statement::Statement;
use quittance_ledger::envelope::payload_type;
use quittance_ledger::{Envelope, MarketKey, PublicKey, SignedCheckpoint};
use serde_json::{Value, json};
use std::sync::OnceLock;

static EVIDENCE: Documents = Documents::new(&[
    "evidence/honest.json",
    "evidence/entry-edited.json",
    "evidence/fork-of-one-history.json",
    "evidence/two-roots-of-one-size.json",
    "evidence/earlier-entry-edited.json",
    "evidence/replaced-by-itself.json",
    "evidence/bid-left-out.json",
    "evidence/honest-later-receipt.json",
    "evidence/fork-of-one-checkpoint.json",
]);

fn key() -> &'static MarketKey {
    static KEY: OnceLock<MarketKey> = OnceLock::new();
    KEY.get_or_init(|| fixtures::market_key("evidence/market.vkey"))
}

/// `evidence`: a byte that says what the rest is: a file, or edits of one.
///
/// # Panics
/// A file is written otherwise than it was read, or edits make evidence of what shows nothing against the operator.
pub fn evidence(bytes: &[u8]) {
    let Some((mode, rest)) = bytes.split_first() else { return };
    if *mode == 0 {
        let _ = judged(rest);
        return;
    }
    let Some((which, edits)) = rest.split_first() else { return };
    let (name, document) = EVIDENCE.pick(*which);
    let bytes = json::canonical(&edited(document, edits));
    // Nobody without keys frames an operator who has signed one history and settled by it.
    let honest = ["honest", "fork-of", "replaced-by-itself"].iter().any(|word| name.contains(word));
    let holds = judged(&bytes);
    assert!(!(honest && holds), "an honest operator was framed: {name}");
    if let Value::Object(fields) = document
        && fields.contains_key("larger")
    {
        history(document, edits);
    }
}

/// Whether a file of evidence, if it is one, holds.
fn judged(bytes: &[u8]) -> bool {
    let exclusion = canonical(bytes, ExclusionEvidence::parse);
    let fork = canonical(bytes, ForkEvidence::parse);
    if let Some(file) = canonical(bytes, ConsistencyFile::parse) {
        assert!(file.prefix(file.size.0).is_some());
    }
    let exclusion = exclusion.and_then(|evidence| evidence.verify(key()).ok());
    let fork = fork.and_then(|evidence| evidence.verify(key()).ok());
    exclusion.is_some_and(|verdict| verdict.verified) || fork.is_some_and(|verdict| verdict.verified)
}

/// The notes of fork evidence as a consistency file and a remembered checkpoint.
fn history(evidence: &Value, edits: &[u8]) {
    let document = json!({
        "checkpoint": evidence["larger"], "proof": evidence["proof"], "root": evidence["prefix_root"],
        "schema": "consistency/v1", "size": "37",
    });
    let bytes = json::canonical(&edited(&document, edits));
    let Some(file) = canonical(&bytes, ConsistencyFile::parse) else { return };
    let smaller = evidence["smaller"].as_str().and_then(|note| SignedCheckpoint::parse(note.as_bytes()).ok());
    let larger = SignedCheckpoint::parse(file.checkpoint.as_bytes());
    if let (Some(smaller), Ok(larger)) = (smaller, larger) {
        let _ = compare(&smaller, &larger, |size| file.prefix(size), key());
    }
}

/// `statement`: a byte that says what the rest is: a statement, edits of one, or, from 2, a refusal.
///
/// # Panics
/// A statement is written otherwise than it was read; or as [`refusal`].
pub fn statement(bytes: &[u8]) {
    static HONEST: OnceLock<Value> = OnceLock::new();
    let Some((mode, rest)) = bytes.split_first() else { return };
    if *mode >= 2 {
        return refusal(rest);
    }
    let read = |bytes: &[u8]| canonical::<Statement>(bytes, json::read_canonical);
    if *mode == 0 {
        let _ = read(rest);
        return;
    }
    let honest =
        HONEST.get_or_init(|| fixtures::document("reject/verify/honest.bundle.json")["statement"].clone());
    let bytes = json::canonical(&edited(honest, rest));
    if let Some(statement) = read(&bytes) {
        assert_eq!(statement.to_bytes(), bytes);
        assert_eq!(statement.digest(), Statement::digest_of(&bytes));
    }
}

/// A byte that says what the rest is: a signed file, a refusal, or edits of one, signed by the operator.
///
/// # Panics
/// A refusal is accepted that is none, or is read otherwise than it was written.
pub fn refusal(bytes: &[u8]) {
    static HONEST: OnceLock<Value> = OnceLock::new();
    let Some((mode, rest)) = bytes.split_first() else { return };
    let operator = PublicKey::from(secrets().key("operator"));
    let log = &keys()[0].log;
    let honest = HONEST.get_or_init(|| {
        json!({
            "checkpoint": fixtures::document("reject/verify/honest.bundle.json")["checkpoint"],
            "code": "round_closed", "envelope": "00".repeat(32), "market": "example.com/models", "round": "11".repeat(32),
        })
    });
    let payload = match mode % 3 {
        0 => {
            assert!(Refusal::verify(rest, operator, log).is_err(), "a signature of nobody");
            return;
        }
        1 => rest.to_vec(),
        _ => json::canonical(&edited(honest, rest)),
    };
    let read = canonical::<Refusal>(&payload, json::read_canonical);
    let Ok(signed) = Envelope::sign(payload_type("refusal"), payload, &[secrets().key("operator")]) else {
        return;
    };
    if let Ok(refusal) = Refusal::verify(signed.to_json().as_bytes(), operator, log) {
        assert_eq!(Some(&refusal), read.as_ref());
        assert!(refusal.code.is_refusal());
    }
}
