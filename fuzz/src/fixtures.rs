//! What properties start from: files of `fixtures/`, and what is made of them.

use quittance_ledger::{Entry, Envelope, LogKey, MarketKey, SigningKey};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::OnceLock;

/// A file or folder below `fixtures/`.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures")).join(name)
}

/// A file below `fixtures/`.
///
/// # Panics
/// It is not there.
#[must_use]
pub fn read(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).expect("a fixture")
}

/// A JSON file below `fixtures/`.
///
/// # Panics
/// It is not there, or no JSON.
#[must_use]
pub fn document(name: &str) -> Value {
    serde_json::from_slice(&read(name)).expect("a fixture of JSON")
}

/// A market's key below `fixtures/`.
///
/// # Panics
/// It is not there, or no market's key.
#[must_use]
pub fn market_key(name: &str) -> MarketKey {
    String::from_utf8(read(name)).expect("UTF-8").parse().expect("a market's key")
}

/// A list of documents that differ from run to run in nothing.
pub struct Documents {
    names: &'static [&'static str],
    read: OnceLock<Vec<Value>>,
}

impl Documents {
    /// These files below `fixtures/`.
    #[must_use]
    pub const fn new(names: &'static [&'static str]) -> Self {
        Self { names, read: OnceLock::new() }
    }

    /// One of them, counted modulo their number; the file's name beside it.
    pub fn pick(&self, byte: u8) -> (&'static str, &Value) {
        let all = self.read.get_or_init(|| self.names.iter().map(|name| document(name)).collect());
        let nth = usize::from(byte) % all.len();
        (self.names[nth], &all[nth])
    }
}

/// A signing key that is the same in every run.
#[must_use]
pub fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

/// A log's key that is the same in every run.
///
/// # Panics
/// Never: the origin is one.
#[must_use]
pub fn log_key() -> LogKey {
    LogKey::new("example.com/fuzz".parse().expect("an origin"), key(1))
}

/// Small entries, all different.
///
/// # Panics
/// Never: they are short.
#[must_use]
pub fn entries(count: usize) -> Vec<Entry> {
    let entry = |n: usize| {
        let kind = quittance_ledger::envelope::payload_type("note");
        let payload = format!("{{\"n\":\"{n}\"}}");
        let envelope = Envelope::sign(kind, payload, &[&key(2)]).expect("short");
        Entry::from_envelope(1, n as u64, envelope)
    };
    (0..count).map(entry).collect()
}
