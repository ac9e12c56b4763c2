//! Entries and signed files.

use quittance_engine::entry::{Kind, Payload};
use quittance_ledger::{Entry, Envelope};
use serde_json::Value;

/// `entry`: what stands on a ledger at one index.
///
/// # Panics
/// An entry is written otherwise than it was read.
pub fn entry(bytes: &[u8]) {
    let Ok(entry) = Entry::decode(bytes) else { return };
    assert_eq!(entry.encode(), bytes, "one encoding");
    assert_eq!(entry.leaf_hash(), quittance_ledger::leaf_hash(bytes));
    same_file(entry.envelope());
    if let Ok(payload) = Payload::of_entry(&entry) {
        assert_eq!(Some(payload.kind()), Kind::of_byte(entry.kind()));
    }
}

/// `envelope`: a signed file, in any white space and order of fields.
///
/// # Panics
/// A file is read as another after it was written, or by us and by a plain JSON reader differently.
pub fn envelope(bytes: &[u8]) {
    let Ok(envelope) = Envelope::parse(bytes) else { return };
    same_file(&envelope);
    let said = serde_json::from_slice::<Value>(bytes).ok();
    assert_eq!(said, serde_json::from_str(&envelope.to_json()).ok(), "nothing is dropped or filled in");
    // The entry of any signed file is one.
    let entry = Entry::from_envelope(9, u64::MAX, envelope);
    assert_eq!(Entry::decode(&entry.encode()).ok().as_ref(), Some(&entry));
}

/// A signed file is the same after it was written; what is asked of it does not panic.
fn same_file(envelope: &Envelope) {
    let json = envelope.to_json();
    assert_eq!(Envelope::parse(json.as_bytes()).ok().as_ref(), Some(envelope));
    let sorted = serde_json::from_str::<Value>(&json).expect("JSON").to_string();
    assert_eq!(sorted, json, "the canonical spelling");
    assert_eq!(envelope.record_id(), envelope.clone().record_id());
    let _ = (envelope.kind(), envelope.verified(|_| None));
    let _ = Payload::of_envelope(envelope);
}
