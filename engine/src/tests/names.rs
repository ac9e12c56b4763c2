//! Names that a ledger keeps beside its entries, until they are erased.

use crate::entry::BlobDigest;
use crate::kept::{NAME_CONTEXT, name, name_blob, name_digest};
use crate::testing::digest;
use quittance_ledger::{BlobId, Log, MemoryStore, Store};

#[test]
fn a_name_is_read_from_its_blob_and_from_nothing_else() {
    let log = Log::open(MemoryStore::new()).unwrap();
    let keep = |blob: &[u8]| {
        let digest = name_digest(blob);
        assert_eq!(log.put_blob(NAME_CONTEXT, blob).unwrap(), BlobId(digest.0));
        digest
    };
    let called = "Acme \u{201c}AG\u{201d}";
    let blob = name_blob(called, &[7; 32]);
    let text = format!("{{\"name\":\"{called}\",\"salt\":\"{}\"}}", "07".repeat(32));
    assert_eq!(String::from_utf8(blob.clone()).unwrap(), text);
    assert_ne!(name_blob(called, &[8; 32]), blob, "the salt keeps names from being tried");
    let kept = keep(&blob);
    assert_eq!(name(&log, kept).unwrap().as_deref(), Some(called));
    for other in [&b"{}"[..], br#"{"name":7}"#, b"[]", b"\xff"] {
        assert_eq!(name(&log, keep(other)).unwrap(), None);
    }
    assert_eq!(name(&log, BlobDigest(digest("never kept"))).unwrap(), None);
    log.store().erase_blob(&BlobId(kept.0)).unwrap();
    assert_eq!(name(&log, kept).unwrap(), None);
}
