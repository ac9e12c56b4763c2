//! Prints what a log on disk does per second on this machine.
//!
//! `make bench-ledger`, or `cargo run --release -p quittance-ledger --features rocksdb --example throughput -- [ENTRIES]`

#![expect(clippy::float_arithmetic, reason = "figures for people; nothing is decided by them")]

use quittance_ledger::envelope::payload_type;
use quittance_ledger::{
    Entry, Envelope, EnvelopeSignature, KeyId, Log, LogKey, MemoryAnchor, PublicKey, RocksStore, SigningKey,
    Survey,
};
use rayon::prelude::*;
use std::time::{Duration, Instant};

/// Entries in one synced write.
const BATCH: u64 = 1000;
/// Signatures that are checked.
const SIGNED: u64 = 50_000;

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

    // Signature checks are apart from appending: an operator makes them before, on all cores.
    let member = SigningKey::from_bytes(&[1; 32]);
    let keys = [PublicKey::from(&member)];
    let signed = |number: u64| {
        Envelope::sign(payload_type("note"), format!(r#"{{"number":"{number:0150}"}}"#), &[&member])
    };
    let envelopes: Vec<Envelope> = (0..SIGNED).map(signed).collect::<Result<_, _>>()?;
    let start = Instant::now();
    envelopes.par_iter().try_for_each(|envelope| envelope.verify(&keys))?;
    println!("signatures {:>10.0} checks/s, all cores", SIGNED as f64 / start.elapsed().as_secs_f64());

    let mut took = Duration::ZERO;
    for first in (0..size).step_by(BATCH as usize) {
        let entries = (first..size.min(first + BATCH)).map(entry).collect();
        let start = Instant::now();
        log.append(entries)?;
        took += start.elapsed();
    }
    println!("append     {:>10.0} entries/s, durable", size as f64 / took.as_secs_f64());
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

    let key = LogKey::new("example.com/models".parse()?, SigningKey::from_bytes(&[3; 32]));
    let start = Instant::now();
    log.publish_checkpoint(&key, &MemoryAnchor::new())?;
    println!("read back  {:>10.0} entries/s", size as f64 / start.elapsed().as_secs_f64());

    let start = Instant::now();
    log.audit()?;
    println!("audit      {:>10.0} entries/s", size as f64 / start.elapsed().as_secs_f64());

    let start = Instant::now();
    let survey = Survey::of(log.store(), &key.verifier_key(), &[], vec![], size, &mut |_| {});
    println!("survey     {:>10.0} entries/s", size as f64 / start.elapsed().as_secs_f64());
    assert!(survey.is_sound(), "{:?}", survey.damage.first());

    let mut log = log;
    let start = Instant::now();
    for number in size..size + 200 {
        log.append(vec![entry(number)])?;
    }
    println!("one by one {:>10.0} entries/s, durable", 200.0 / start.elapsed().as_secs_f64());
    Ok(())
}
