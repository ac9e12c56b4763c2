//! The checkpoints that this person has seen, by market: what a later checkpoint is compared with.
//!
//! `$XDG_STATE_HOME/quittance/<market>/<size>.checkpoint`, by default below `~/.local/state`. A note is a file of its
//! own, whole or not there, and is removed only when a larger one was seen to continue it: so two commands at once
//! lose nothing. Evidence of forks is put beside them.

use crate::error::{CliError, HISTORY_DAMAGED, IO_FAILED};
use crate::shell::{Input, MIB, Secrecy, Shell};
use quittance_ledger::{MarketKey, SignedCheckpoint};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The BLAKE3 context of a market's folder.
const CONTEXT: &str = "quittance v1 remembered checkpoints";
/// How a note's file ends.
const EXTENSION: &str = "checkpoint";

/// What was seen of one market's log.
#[derive(Debug)]
pub struct Remembered {
    dir: PathBuf,
    /// By size. Several only where nothing has compared them yet.
    notes: Vec<SignedCheckpoint>,
}

impl Remembered {
    /// What was seen of the log of this key. The first entry plays no part: a log that shows another one has forked.
    ///
    /// # Errors
    /// No home; a file there cannot be read, or is not what this program wrote.
    pub fn of(key: &MarketKey) -> Result<Self, CliError> {
        let id = blake3::derive_key(CONTEXT, key.log.to_string().as_bytes());
        let dir = state_home(|name| std::env::var_os(name))?.join("quittance").join(&hex::encode(id)[..32]);
        let mut notes: Vec<SignedCheckpoint> = Vec::new();
        for path in files(&dir)? {
            notes.push(read(&path, key)?);
        }
        notes.sort_by_key(|note| note.head().size);
        Ok(Self { dir, notes })
    }

    /// All of them, the largest tree last.
    pub fn notes(&self) -> &[SignedCheckpoint] {
        &self.notes
    }

    /// The one of the largest tree.
    pub fn last(&self) -> Option<&SignedCheckpoint> {
        self.notes.last()
    }

    /// Remembers a checkpoint that continues all that were seen, which are then of no more use. One that does not go
    /// beyond them is not kept.
    ///
    /// # Errors
    /// The system.
    pub fn keep(&mut self, shell: &Shell, note: &SignedCheckpoint, key: &MarketKey) -> Result<(), CliError> {
        let size = note.head().size;
        if self.last().is_some_and(|last| last.head().size >= size) {
            return Ok(());
        }
        shell.make_dir(&self.dir)?;
        let note = note.of_log_alone(&key.log);
        shell.write_again(&self.file(size), &note.to_bytes(), Secrecy::Public)?;
        for old in std::mem::replace(&mut self.notes, vec![note]) {
            match fs::remove_file(self.file(old.head().size)) {
                // Another command was faster.
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(CliError::io("remove", &self.file(old.head().size), &error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Puts evidence beside what was seen; where it lies.
    ///
    /// # Errors
    /// The system.
    pub fn put_evidence(&self, shell: &Shell, file: &[u8]) -> Result<PathBuf, CliError> {
        shell.make_dir(&self.dir)?;
        let name = format!("fork-{}.json", &blake3::hash(file).to_hex()[..16]);
        let path = self.dir.join(name);
        shell.write_again(&path, file, Secrecy::Public)?;
        Ok(path)
    }

    fn file(&self, size: u64) -> PathBuf {
        self.dir.join(format!("{size}.{EXTENSION}"))
    }
}

/// `$XDG_STATE_HOME`, if it is absolute; else `~/.local/state`.
fn state_home(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, CliError> {
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || absolute("HOME").map(|home| home.join(".local/state"));
    absolute("XDG_STATE_HOME").or_else(home).ok_or_else(|| {
        CliError::new(IO_FAILED, "there is no place to remember checkpoints")
            .hint("name a folder: export XDG_STATE_HOME=DIR")
    })
}

/// The notes of a folder, which need not be there.
fn files(dir: &Path) -> Result<Vec<PathBuf>, CliError> {
    let unread = |error: &io::Error| CliError::io("read", dir, error);
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unread(&error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unread(&error))?.path();
        // Temporary files of another command have no such end.
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            files.push(path);
        }
    }
    Ok(files)
}

fn read(path: &Path, key: &MarketKey) -> Result<SignedCheckpoint, CliError> {
    let damaged = |what: String| {
        CliError::new(HISTORY_DAMAGED, what)
            .file(path.display().to_string())
            .hint("remove the file to forget what was seen; then what comes next is not compared with it")
    };
    let note = SignedCheckpoint::parse(&Input::File(path.to_owned()).read(MIB)?);
    let note = note.map_err(|error| damaged(error.to_string()))?;
    note.verify_listing_others(&key.log).map_err(|error| damaged(error.to_string()))?;
    Ok(note)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_that_of_the_xdg_specification() {
        let place = |state: Option<&str>, home: Option<&str>| {
            let value = |name: &str| if name == "HOME" { home } else { state };
            state_home(|name| value(name).map(OsString::from)).map_err(|error| error.code)
        };
        assert_eq!(place(Some("/s"), Some("/h")), Ok("/s".into()));
        assert_eq!(place(None, Some("/h")), Ok("/h/.local/state".into()));
        // Relative paths are to be ignored.
        assert_eq!(place(Some("s"), Some("/h")), Ok("/h/.local/state".into()));
        assert_eq!(place(Some(""), None), Err(IO_FAILED));
    }
}
