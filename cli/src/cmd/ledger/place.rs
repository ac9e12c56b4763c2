//! How a folder comes to its place: whole and durable, or not at all.

use super::{Auditor, failed, text_of, unreplayed};
use crate::error::{CliError, Exit, FILE_EXISTS};
use crate::shell::{Answer, Shell, parent};
use crate::storage;
use quittance_engine::replay::replay;
use quittance_ledger::{Anchor as _, Log, MarketKey, SignedCheckpoint, Store, VerifierKey};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use tempfile::TempDir;

/// What makes the ledger of [`ledger`]: given a place, the log there, and its newest checkpoint.
type Make<'a> = dyn FnOnce(&Path) -> Result<(Log<Box<dyn Store>>, SignedCheckpoint), CliError> + 'a;

/// A folder that is made elsewhere on the same disk first, and gets its name when it is whole.
#[derive(Debug)]
pub struct Staged<'a> {
    made: TempDir,
    name: &'a Path,
}

impl<'a> Staged<'a> {
    /// # Errors
    /// Something is at that place, or the system refused.
    pub fn new(name: &'a Path) -> Result<Self, CliError> {
        if name.exists() {
            return Err(CliError::new(FILE_EXISTS, "there is something at that place already")
                .file(name.display().to_string())
                .hint("name a folder that is not there yet"));
        }
        let made = tempfile::Builder::new().prefix(".quittance-").tempdir_in(parent(name));
        Ok(Self { made: made.map_err(|error| CliError::io("write", name, &error))?, name })
    }

    /// The folder while it is being made.
    pub fn path(&self) -> &Path {
        self.made.path()
    }

    /// Gives the folder, or one below it, its name.
    ///
    /// # Errors
    /// The system refused.
    pub fn finish(self, below: &str) -> Result<(), CliError> {
        let unwritten = |error: io::Error| CliError::io("write", self.name, &error);
        fs::rename(self.made.path().join(below), self.name).map_err(unwritten)?;
        File::open(parent(self.name)).and_then(|folder| folder.sync_all()).map_err(unwritten)
    }
}

/// Copies the files of a folder, durably.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            let copy = to.join(entry.file_name());
            fs::copy(entry.path(), &copy)?;
            File::open(copy)?.sync_all()?;
        }
    }
    File::open(to)?.sync_all()
}

/// Makes a ledger at a place where none is: replayed, with its anchor beside it, or not at all.
///
/// # Errors
/// There is something; what `make` says; a ledger of this name had signed more, or another tree.
pub fn ledger(shell: &Shell, name: &Path, key: &MarketKey, make: Box<Make<'_>>) -> Result<Answer, CliError> {
    let staged = Staged::new(name)?;
    let report = {
        let (log, note) = make(&staged.path().join("ledger"))?;
        guard(name, &log, &note, &key.log)?;
        let evidence = Auditor { log: &log, openings: BTreeMap::new() };
        let progress = shell.progress("replaying", Some(log.size()));
        let report = replay(&log, key, &evidence, None, |_| progress.advance(1));
        let report = report.map_err(|error| unreplayed(&error))?;
        if report.agrees {
            // Before the ledger has its name: it is never there without its anchor.
            let saved = storage::anchor(name).save(&note.to_bytes());
            saved.map_err(|error| failed(&error.into()))?;
        }
        report
    };
    if !report.agrees {
        return Ok(Answer::text(&report, text_of(&report)).exit(Exit::No));
    }
    staged.finish("ledger")?;
    Ok(Answer::text(&report, text_of(&report)))
}

/// A ledger of this name that has signed more, or another tree, is not to be replaced by this one.
fn guard(
    ledger: &Path,
    log: &Log<Box<dyn Store>>,
    note: &SignedCheckpoint,
    key: &VerifierKey,
) -> Result<(), CliError> {
    let anchor = storage::anchor(ledger);
    let known = anchor.load().map_err(|error| failed(&error.into()))?;
    if known.is_none() {
        return Ok(());
    }
    log.check_anchor(key, &anchor).map_err(|error| {
        failed(&error).hint(format!(
            "`{}` was left by a ledger that had signed something else than {}: name another place",
            storage::anchor_path(ledger).display(),
            note.head()
        ))
    })?;
    Ok(())
}
