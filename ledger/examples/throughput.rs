//! Prints what a log on disk does per second on this machine.
//!
//! `cargo run --release -p quittance-ledger --features rocksdb --example throughput -- [ENTRIES]`

#![expect(clippy::float_arithmetic, reason = "figures for people; nothing is decided by them")]

use quittance_ledger::envelope::payload_type;
use quittance_ledger::{Entry, Envelope, EnvelopeSignature, KeyId, Log, RocksStore};
use std::time::Instant;

/// Entries in one synced write.
const BATCH: u64 = 1000;

/// An entry of about 300 bytes. Its signature is made up: the log does not look at it.
fn entry(number: u64) -> Entry {
    let signature = EnvelopeSignature { key_id: KeyId([1; 32]), signature: [2; 64] };
    let payload = format!(r#"{{"number":"{number:0150}"}}"#).into_bytes();
    let envelope = Envelope::from_parts(payload_type("note"), payload, vec![signature]);
    Entry::from_envelope(1, number, envelope.expect("a well-formed envelope"))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let size: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let folder = tempfile::tempdir_in(".")?;
    let path = folder.path().join("ledger");
    let mut log = Log::open(RocksStore::create(&path)?)?;
    println!("{size} entries of {} bytes, {BATCH} in a write", entry(0).encode().len());

    let start = Instant::now();
    for first in (0..size).step_by(BATCH as usize) {
        log.append((first..size.min(first + BATCH)).map(entry).collect())?;
    }
    println!("append     {:>10.0} entries/s", size as f64 / start.elapsed().as_secs_f64());
    drop(log);

    let start = Instant::now();
    let log = Log::open(RocksStore::open(&path)?)?;
    println!("open       {:>10.1} ms", start.elapsed().as_secs_f64() * 1e3);

    let proofs = 10_000;
    let start = Instant::now();
    for i in 0..proofs {
        // Indexes all over the log: a multiplicative hash.
        log.prove_inclusion(i * 0x9e37_79b9 % size, size)?;
    }
    println!("inclusion  {:>10.3} ms", start.elapsed().as_secs_f64() * 1e3 / proofs as f64);

    let start = Instant::now();
    log.audit()?;
    println!("audit      {:>10.0} entries/s", size as f64 / start.elapsed().as_secs_f64());

    let mut log = log;
    let start = Instant::now();
    for number in size..size + 200 {
        log.append(vec![entry(number)])?;
    }
    println!("one by one {:>10.0} entries/s", 200.0 / start.elapsed().as_secs_f64());
    Ok(())
}
