//! The writer: appends as fast as it can, and says what it has promised, after it was promised.
//!
//! ```text
//! open <size> <root>      before the first write
//! ack <size> <root>       so many entries are acknowledged
//! kept <id>               a blob is
//! signed <size> <root>    a checkpoint was published
//! at <index> <id>         the entry of this record id is acknowledged, by group commit
//! failed <why>            a write failed; nothing comes after it
//! ```

use crate::Outcome;
use quittance_ledger::envelope::payload_type;
use quittance_ledger::{
    Entry, Envelope, EnvelopeSignature, FileAnchor, KeyId, Log, LogError, LogKey, RocksStore, SigningKey,
    Writer,
};
use std::io::Write as _;
use std::path::Path;
use std::thread::{self, ScopedJoinHandle};

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

/// How entries come to the log.
#[derive(Debug, Clone, Copy)]
pub enum How {
    /// One thread appends batches.
    Batches,
    /// Several threads submit, and a group commit takes what waits.
    Together,
}

impl How {
    /// The word on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Batches => "write",
            Self::Together => "write-together",
        }
    }
}

/// Writes until it is killed, or a write fails: at most `most` entries in a batch, or waiting for one thread.
pub fn write(how: How, most: u64, folder: &Path) -> Outcome {
    let written = match how {
        How::Batches => endlessly(most, folder),
        How::Together => together(most, folder),
    };
    if let Err(error) = &written {
        say(format_args!("failed {error}"))?;
    }
    written
}

/// The ledger of a folder, and its anchor.
fn open(folder: &Path) -> Outcome<(Log<RocksStore>, FileAnchor)> {
    let (path, anchor) = (folder.join("ledger"), FileAnchor::at(folder.join("ledger.anchor")));
    let store =
        if path.join("CURRENT").exists() { RocksStore::open(path)? } else { RocksStore::create(path)? };
    let log = Log::open(store)?;
    log.check_anchor(&log_key().verifier_key(), &anchor)?;
    say(format_args!("open {} {}", log.size(), log.head().root))?;
    Ok((log, anchor))
}

/// Threads that submit.
const SUBMITTERS: u64 = 4;

fn together(most: u64, folder: &Path) -> Outcome {
    let (log, _) = open(folder)?;
    let opened_at = log.size();
    let writer = Writer::start(log);
    let submit = |thread: u64| -> Outcome {
        // Numbers that no other thread, no earlier process that wrote anything, and no batch has.
        let mut numbers = ((thread + 1) << 56 | opened_at << 24)..;
        for round in 0_u64.. {
            let wave = numbers.by_ref().take(usize::try_from(1 + round % most)?);
            let tickets: Vec<_> = wave.map(|number| writer.submit(entry(number))).collect();
            for ticket in tickets {
                let appended = ticket.wait()?;
                say(format_args!("at {} {}", appended.index, appended.record_id))?;
            }
            if thread == 0 && round % 7 == 0 {
                let anchor = FileAnchor::at(folder.join("ledger.anchor"));
                let publish = move |log: &mut Log<RocksStore>| -> Result<_, LogError> {
                    let id = log.put_blob(CONTEXT, &log.size().to_be_bytes().repeat(20))?;
                    Ok((id, log.publish_checkpoint(&log_key(), &anchor)?))
                };
                let (id, note) = writer.call(publish)??;
                say(format_args!("kept {id}"))?;
                say(format_args!("signed {} {}", note.head().size, note.head().root))?;
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let submit = &submit;
        let run = |thread| scope.spawn(move || submit(thread).map_err(|error| error.to_string()));
        let threads: Vec<_> = (0..SUBMITTERS).map(run).collect();
        let ended = |thread: ScopedJoinHandle<'_, Result<(), String>>| {
            thread.join().unwrap_or_else(|_| Err("a submitter panicked".into()))
        };
        threads.into_iter().try_for_each(ended)
    })
    .map_err(Into::into)
}

fn endlessly(most: u64, folder: &Path) -> Outcome {
    let (mut log, anchor) = open(folder)?;
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
