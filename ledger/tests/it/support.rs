//! Makers of keys, entries and logs, and the mutations that every format is tried with.

use quittance_ledger::envelope::payload_type;
use quittance_ledger::{Entry, Envelope, Log, LogKey, MemoryStore, Origin, PublicKey, SigningKey, Store};

/// The origin of the test log.
pub const ORIGIN: &str = "example.com/models";

/// A member's key.
pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// The public half of a member's key.
pub fn public(seed: u8) -> PublicKey {
    PublicKey::from(&key(seed))
}

/// The log's key.
pub fn log_key() -> LogKey {
    LogKey::new(origin(ORIGIN), key(200))
}

/// An origin.
pub fn origin(text: &str) -> Origin {
    text.parse().expect("a valid origin")
}

/// A signed file with a payload made of a number.
pub fn envelope(number: u64, seeds: &[u8]) -> Envelope {
    let keys: Vec<SigningKey> = seeds.iter().map(|seed| key(*seed)).collect();
    let keys: Vec<&SigningKey> = keys.iter().collect();
    let payload = format!(r#"{{"number":"{number}"}}"#);
    Envelope::sign(payload_type("note"), payload, &keys).expect("a valid envelope")
}

/// An entry of a number.
pub fn entry(number: u64) -> Entry {
    Entry::from_envelope(7, number, envelope(number, &[1]))
}

/// A log in memory of the entries 0, 1, …
pub fn log_of(size: u64) -> Log<MemoryStore> {
    let mut log = Log::open(MemoryStore::new()).expect("an empty log opens");
    fill(&mut log, size);
    log
}

/// Appends entries of numbers until a log has this size.
pub fn fill<S: Store>(log: &mut Log<S>, size: u64) {
    let entries = (log.size()..size).map(entry).collect();
    log.append(entries).expect("appending");
}

/// Calls `check` with every change of one byte (all 255 others), every byte removed, doubled or
/// replaced by nothing at the end, and a byte more at either end.
pub fn every_small_change(bytes: &[u8], mut check: impl FnMut(&[u8])) {
    for place in 0..bytes.len() {
        let mut changed = bytes.to_vec();
        for flip in 1..=255 {
            changed[place] = bytes[place] ^ flip;
            check(&changed);
        }
        let mut shorter = bytes.to_vec();
        shorter.remove(place);
        if shorter != bytes {
            check(&shorter);
        }
        let mut longer = bytes.to_vec();
        longer.insert(place, bytes[place]);
        check(&longer);
        check(&bytes[..place]);
    }
    for extra in [0, b'\n', b' ', b'}', 0xff] {
        check(&[bytes, &[extra]].concat());
        check(&[&[extra], bytes].concat());
    }
}

/// The reads of a [`Store`] over another that has them right: for stores that fail, or lie, elsewhere.
macro_rules! reads_of_inner {
    () => {
        fn head(&self) -> Result<TreeHead, StoreError> {
            self.inner.head()
        }
        fn index_of(&self, id: &RecordId) -> Result<Option<u64>, StoreError> {
            self.inner.index_of(id)
        }
        fn nodes(&self, positions: &[u64]) -> Result<Vec<TreeHash>, StoreError> {
            self.inner.nodes(positions)
        }
        fn checkpoint(&self, size: u64) -> Result<Option<Vec<u8>>, StoreError> {
            self.inner.checkpoint(size)
        }
        fn last_checkpoint(&self) -> Result<Option<u64>, StoreError> {
            self.inner.last_checkpoint()
        }
        fn checkpoint_sizes(&self) -> Result<Vec<u64>, StoreError> {
            self.inner.checkpoint_sizes()
        }
        fn blob(&self, id: &BlobId) -> Result<Option<Vec<u8>>, StoreError> {
            self.inner.blob(id)
        }
        fn blob_ids(&self) -> Result<Vec<BlobId>, StoreError> {
            self.inner.blob_ids()
        }
        fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
            self.inner.meta(name)
        }
        fn meta_names(&self) -> Result<Vec<String>, StoreError> {
            self.inner.meta_names()
        }
    };
}
pub(crate) use reads_of_inner;
