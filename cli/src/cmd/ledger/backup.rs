//! `ledger backup` and `ledger restore`: a copy of a ledger, read through and through when it is made and when it is used.
//!
//! ```text
//! <folder>/ledger/       the database, with its high-water mark
//! <folder>/checkpoint    the newest signed note when the copy was made
//! ```

use super::place::{self, Staged};
use super::{failed, path};
use crate::args::example;
use crate::cmd::verify::market_key;
use crate::documents::BackedUp;
use crate::error::{CliError, Exit, LEDGER_DAMAGED, LEDGER_FAILED};
use crate::shell::{Answer, Input, MIB, Secrecy, Shell};
use crate::storage::{self, Access};
use quittance_circuits::number::Count;
use quittance_engine::kept::CONTEXTS;
use quittance_ledger::{Anchor as _, Log, SignedCheckpoint, Store, StoreError, Survey, VerifierKey};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The note's file in a backup.
const CHECKPOINT: &str = "checkpoint";
/// The database's folder in a backup.
const LEDGER: &str = "ledger";

/// Copy the ledger with its newest checkpoint, and check the copy: every entry, hash, checkpoint and blob
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ledger backup --to backup --ledger market/ledger --market market/market.vkey"))]
pub struct Backup {
    /// The folder to make, best on another disk
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

/// Make a ledger from a backup: it is checked and replayed, and refused if it is damaged or behind what was signed
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ledger restore backup --to ledger --market market/market.vkey"))]
pub struct Restore {
    /// The backup
    backup: PathBuf,
    /// The ledger's folder to make; an anchor that is there must not be ahead of the backup
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

impl Backup {
    /// Makes the backup whole or not at all.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let (key, ledger) = (market_key(shell)?.log, path(shell)?);
        let staged = Staged::new(&self.to)?;
        let unwritten = |error: io::Error| CliError::io("write", &self.to, &error);
        // On one disk the database links its files: a damaged sector would damage the backup too.
        let linked = staged.path().join("linked");
        storage::copy(&ledger, &key, &linked).map_err(|error| match error {
            quittance_ledger::LogError::Store(error) => storage::refused(&ledger, &error),
            error => failed(&error).file(ledger.display().to_string()),
        })?;
        let copy = staged.path().join(LEDGER);
        place::copy(&linked, &copy).and_then(|()| fs::remove_dir_all(&linked)).map_err(unwritten)?;
        let anchored = storage::anchor(&ledger).load().map_err(|error| failed(&error.into()))?;
        let note = parsed(anchored.as_deref(), &storage::anchor_path(&ledger))?;
        let (log, newest) = checked(shell, &copy, &ledger, &key, note)?;
        let (entries, signed) = (Count(log.size()), Count(newest.head().size));
        drop(log);
        shell.write(&staged.path().join(CHECKPOINT), &newest.to_bytes(), Secrecy::Public)?;
        staged.finish("")?;
        let folder = self.to.display().to_string();
        let text = format!("wrote {folder}: {entries} entries, {signed} of them signed, all of them checked");
        Ok(Answer::text(&BackedUp { schema: BackedUp::SCHEMA, folder, entries, signed }, text))
    }
}

impl Restore {
    /// Makes the ledger whole or not at all; its anchor holds the newest checkpoint.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let key = market_key(shell)?;
        let note = self.backup.join(CHECKPOINT);
        let note = parsed(Some(&Input::File(note.clone()).read(MIB)?), &note)?;
        let from = self.backup.join(LEDGER);
        let log_key = key.log.clone();
        let make = |place: &Path| {
            place::copy(&from, place).map_err(|error| CliError::io("read", &from, &error))?;
            checked(shell, place, &from, &log_key, note)
        };
        place::ledger(shell, &self.to, &key, Box::new(make))
    }
}

/// A signed note in a file.
fn parsed(bytes: Option<&[u8]>, file: &Path) -> Result<SignedCheckpoint, CliError> {
    let missing = || CliError::new(LEDGER_FAILED, "the ledger has no signed checkpoint");
    let note = SignedCheckpoint::parse(bytes.ok_or_else(missing)?);
    note.map_err(|error| CliError::new(LEDGER_DAMAGED, error.to_string()).file(file.display().to_string()))
}

/// Opens a copy of a ledger and reads all of it. The newest signed checkpoint that is known, here by `note` or in the
/// copy, is one that the copy's entries bear out.
fn checked(
    shell: &Shell,
    copy: &Path,
    of: &Path,
    key: &VerifierKey,
    note: SignedCheckpoint,
) -> Result<(Log<Box<dyn Store>>, SignedCheckpoint), CliError> {
    let damaged = |what: String| {
        let refused = CliError::new(LEDGER_DAMAGED, what).file(of.display().to_string());
        CliError { exit: Exit::No, ..refused }
            .hint("use another backup, or an exported folder of the market: `quittance ledger import`")
    };
    note.verify_listing_others(key).map_err(|error| damaged(format!("the newest checkpoint: {error}")))?;
    let said = |error: StoreError| damaged(error.to_string());
    let acknowledged = storage::acknowledged(copy).map_err(said)?;
    let store = storage::open(copy, Access::Read).map_err(|error| damaged(error.what))?;
    let progress = shell.progress("checking", Some(acknowledged));
    let survey = Survey::of(&*store, key, &CONTEXTS, vec![note], acknowledged, &mut |entries| {
        progress.advance(entries)
    });
    drop(progress);
    if let Some(damage) = survey.damage.first() {
        return Err(damaged(format!("{}: {}", damage.part, damage.what)));
    }
    let log = Log::open(store).map_err(|error| damaged(error.to_string()))?;
    // With the note in the survey, one is known.
    let newest = survey.proved.filter(|_| survey.signed.is_some());
    let newest = newest.ok_or_else(|| damaged("the ledger has no signed checkpoint".to_owned()))?;
    Ok((log, newest))
}
