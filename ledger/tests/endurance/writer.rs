//! The writer: appends as fast as it can, and says what it has promised, after it was promised.
//!
//! ```text
//! open <size> <root>      before the first write
//! ack <size> <root>       so many entries are acknowledged
//! kept <id>               a blob is
//! signed <size> <root>    a checkpoint was published
//! failed <why>            a write failed; nothing comes after it
//! ```

use crate::Outcome;
use quittance_ledger::envelope::payload_type;
use quittance_ledger::{
    Entry, Envelope, EnvelopeSignature, FileAnchor, KeyId, Log, LogKey, RocksStore, SigningKey,
};
use std::io::Write as _;
use std::path::Path;

/// The BLAKE3 context of the blobs.
pub const CONTEXT: &str = "quittance test blob";

/// The log's key.
pub fn log_key() -> LogKey {
    let origin = "example.com/models".parse().expect("a valid origin");
    LogKey::new(origin, SigningKey::from_bytes(&[200; 32]))
}

/// An entry of about 300 bytes. Its signature is made up: the log does not look at it.
fn entry(number: u64) -> Entry {
    let signature = EnvelopeSignature { key_id: KeyId([1; 32]), signature: [2; 64] };
    let payload = format!(r#"{{"number":"{number:0150}"}}"#).into_bytes();
    let envelope = Envelope::from_parts(payload_type("note"), payload, vec![signature]);
    Entry::from_envelope(1, number, envelope.expect("a well-formed envelope"))
}

/// Writes batches of at most `most` entries until it is killed, or a write fails.
pub fn write(most: u64, folder: &Path) -> Outcome {
    let written = endlessly(most, folder);
    if let Err(error) = &written {
        say(format_args!("failed {error}"))?;
    }
    written
}

fn endlessly(most: u64, folder: &Path) -> Outcome {
    let (path, anchor) = (folder.join("ledger"), FileAnchor::at(folder.join("ledger.anchor")));
    let store =
        if path.join("CURRENT").exists() { RocksStore::open(path)? } else { RocksStore::create(path)? };
    let mut log = Log::open(store)?;
    log.check_anchor(&log_key().verifier_key(), &anchor)?;
    say(format_args!("open {} {}", log.size(), log.head().root))?;
    for round in 0_u64.. {
        let (size, more) = (log.size(), 1 + (log.size() * 7 + round) % most);
        log.append((size..size + more).map(entry).collect())?;
        say(format_args!("ack {} {}", log.size(), log.head().root))?;
        if round % 5 == 0 {
            let id = log.put_blob(CONTEXT, &log.size().to_be_bytes().repeat(20))?;
            say(format_args!("kept {id}"))?;
        }
        if round % 7 == 0 {
            let note = log.publish_checkpoint(&log_key(), &anchor)?;
            say(format_args!("signed {} {}", note.head().size, note.head().root))?;
        }
    }
    Ok(())
}

/// One line, at once.
fn say(line: std::fmt::Arguments<'_>) -> Outcome {
    let mut to = std::io::stdout().lock();
    writeln!(to, "{line}")?;
    Ok(to.flush()?)
}
