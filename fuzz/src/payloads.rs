//! The JSON dialect, and payloads of every kind in it.

use quittance_circuits::json::{self, Malformed};
use quittance_engine::entry::{
    Abort, Bid, Close, EntryPayload, Erasure, KeyRevoke, KeyRotate, Kind, MarketEntry, MemberEntry,
    ModelCommitment, Payload, PerformanceReport, RoundEntry, RuleAdmit, RuleWithdraw, Settlement,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::fmt::Debug;

/// The dialect of all documents.
///
/// # Panics
/// A document is another one after it was written, or is read otherwise than by a plain JSON reader.
pub fn json(bytes: &[u8]) {
    let Ok(value) = json::parse(bytes) else { return };
    let plain = serde_json::from_slice::<Value>(bytes).expect("a document of the dialect is JSON");
    assert_eq!(plain, value);
    let canonical = json::canonical(&value);
    assert_eq!(json::parse(&canonical).as_ref(), Ok(&value));
    assert_eq!(json::canonical(&value), canonical, "one spelling");
    let typed = json::read_canonical::<Value>(bytes);
    assert_eq!(typed.is_ok(), canonical == bytes, "the one spelling, and no other, is canonical");
}

/// `payload`: a byte for the kind, then the payload in any spelling; also a document, and one under a published schema.
///
/// # Panics
/// A payload is accepted in a spelling that is not its one, or written in another.
pub fn payload(bytes: &[u8]) {
    let Some((kind, document)) = bytes.split_first() else { return };
    json(document);
    crate::schemas::schema(bytes);
    let kind = Kind::ALL[usize::from(*kind) % Kind::ALL.len()];
    let check = match kind {
        Kind::Market => of::<MarketEntry>,
        Kind::Member => of::<MemberEntry>,
        Kind::KeyRotate => of::<KeyRotate>,
        Kind::KeyRevoke => of::<KeyRevoke>,
        Kind::RuleAdmit => of::<RuleAdmit>,
        Kind::RuleWithdraw => of::<RuleWithdraw>,
        Kind::Model => of::<ModelCommitment>,
        Kind::Report => of::<PerformanceReport>,
        Kind::Round => of::<RoundEntry>,
        Kind::Bid => of::<Bid>,
        Kind::Close => of::<Close>,
        Kind::Settlement => of::<Settlement>,
        Kind::Abort => of::<Abort>,
        Kind::Erasure => of::<Erasure>,
    };
    check(document);
    let read = Payload::parse(kind, document).is_ok();
    // The fuzzer need not find the order of fields: the same document in its one spelling.
    let Ok(value) = json::parse(document) else {
        assert!(!read, "what is no document is no payload");
        return;
    };
    let canonical = json::canonical(&value);
    check(&canonical);
    assert!(!read || canonical == document, "another spelling was accepted");
}

/// A payload of one kind.
fn of<T: EntryPayload + PartialEq + Debug>(bytes: &[u8]) {
    canonical::<T>(bytes, |bytes| json::read_canonical(bytes));
}

/// A document that has one spelling: what is read is written so.
///
/// # Panics
/// It is not.
pub fn canonical<T: Serialize + DeserializeOwned + PartialEq + Debug>(
    bytes: &[u8],
    read: impl Fn(&[u8]) -> Result<T, Malformed>,
) -> Option<T> {
    let document = read(bytes).ok()?;
    assert_eq!(json::to_canonical(&document), bytes, "one spelling");
    // Nobody else's reader sees more in it than ours.
    let spaced = [b" ", bytes].concat();
    assert!(read(&spaced).is_err(), "white space was accepted");
    Some(document)
}
