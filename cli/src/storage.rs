//! Where a ledger is kept: a folder with the database, and the anchor beside it.
//!
//! Without the feature `rocksdb` this program verifies, and settles in memory, but keeps no ledger.

use crate::error::{CliError, LEDGER_FAILED};
use quittance_ledger::{FileAnchor, Store, StoreError};
use std::path::{Path, PathBuf};

/// The anchor's file, beside the ledger's folder so that restoring the folder does not restore the anchor.
pub fn anchor_path(ledger: &Path) -> PathBuf {
    let mut name = ledger.file_name().unwrap_or_default().to_owned();
    name.push(".anchor");
    ledger.with_file_name(name)
}

/// The anchor of a ledger.
pub fn anchor(ledger: &Path) -> FileAnchor {
    FileAnchor::at(anchor_path(ledger))
}

/// What a caller wants of a ledger's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A new one.
    Create,
    /// The one writer.
    Write,
    /// A reader.
    Read,
}

/// Opens a ledger's folder.
///
/// # Errors
/// It is missing, there already, locked by another writer, or damaged.
pub fn open(ledger: &Path, access: Access) -> Result<Box<dyn Store>, CliError> {
    open_store(ledger, access).map_err(|error| {
        let (what, hint) = match &error {
            StoreError::Presence(what) => {
                (what.clone(), "name the folder of a ledger with --ledger DIR; `quittance init` makes one")
            }
            error if locked(error) => (
                "another process has the ledger open for writing".to_owned(),
                "wait until the other command has ended; a ledger has one writer",
            ),
            error => {
                (error.to_string(), "keep a copy of the folder; then look at the disk and at who may read it")
            }
        };
        CliError::new(LEDGER_FAILED, what).file(ledger.display().to_string()).hint(hint)
    })
}

/// Whether the store could not be opened because a process has it: RocksDB says so in words only.
fn locked(error: &StoreError) -> bool {
    let said = error.to_string();
    said.contains("While lock file") || said.contains("lock hold by")
}

#[cfg(feature = "rocksdb")]
fn open_store(ledger: &Path, access: Access) -> Result<Box<dyn Store>, StoreError> {
    use quittance_ledger::RocksStore;
    Ok(match access {
        Access::Create => Box::new(RocksStore::create(ledger)?),
        Access::Write => Box::new(RocksStore::open(ledger)?),
        Access::Read => Box::new(RocksStore::open_read_only(ledger)?),
    })
}

#[cfg(not(feature = "rocksdb"))]
fn open_store(_: &Path, access: Access) -> Result<Box<dyn Store>, StoreError> {
    match access {
        Access::Create => Ok(Box::new(quittance_ledger::MemoryStore::new())),
        Access::Write | Access::Read => Err(StoreError::Corrupt(
            "this build has no database: install it with the feature `rocksdb`".into(),
        )),
    }
}
