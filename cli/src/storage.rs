//! Where a ledger is kept: a folder with the database, and the anchor beside it.
//!
//! Without the feature `rocksdb` this program verifies, and settles in memory, but keeps no ledger.

use crate::error::{CliError, LEDGER_FAILED};
use quittance_ledger::{FileAnchor, LogError, Store, StoreError, VerifierKey};
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
    /// A reader of what is left, whatever is lost.
    Salvage,
}

/// Opens a ledger's folder.
///
/// # Errors
/// It is missing, there already, locked by another writer, or damaged.
pub fn open(ledger: &Path, access: Access) -> Result<Box<dyn Store>, CliError> {
    open_store(ledger, access).map_err(|error| refused(ledger, &error))
}

/// An error of the storage at a place, and what to do about it.
pub fn refused(ledger: &Path, error: &StoreError) -> CliError {
    let (what, hint) = match error {
        StoreError::Presence(what) => {
            (what.clone(), "name the folder of a ledger with --ledger DIR; `quittance init` makes one")
        }
        error if locked(error) => (
            "another process has the ledger open for writing".to_owned(),
            "wait until the other command has ended; a ledger has one writer",
        ),
        StoreError::Corrupt(_) | StoreError::Lost { .. } => (
            error.to_string(),
            "change nothing; see what is left with `quittance ledger repair`, then restore a backup",
        ),
        error => {
            (error.to_string(), "keep a copy of the folder; then look at the disk and at who may read it")
        }
    };
    CliError::new(LEDGER_FAILED, what).file(ledger.display().to_string()).hint(hint)
}

/// Whether the store could not be opened because a process has it: RocksDB says so in words only.
fn locked(error: &StoreError) -> bool {
    let said = error.to_string();
    said.contains("While lock file") || said.contains("lock hold by")
}

#[cfg(feature = "rocksdb")]
pub fn open_store(ledger: &Path, access: Access) -> Result<Box<dyn Store>, StoreError> {
    use quittance_ledger::RocksStore;
    Ok(match access {
        Access::Create => Box::new(RocksStore::create(ledger)?),
        Access::Write => Box::new(RocksStore::open(ledger)?),
        Access::Read => Box::new(RocksStore::open_read_only(ledger)?),
        Access::Salvage => Box::new(RocksStore::open_damaged(ledger)?),
    })
}

/// How many entries a ledger had acknowledged.
///
/// # Errors
/// Its mark is missing or damaged.
#[cfg(feature = "rocksdb")]
pub fn acknowledged(ledger: &Path) -> Result<u64, StoreError> {
    Ok(quittance_ledger::RocksStore::acknowledged(ledger)?.size)
}

/// Copies the database of a ledger that is sound and not behind its anchor to a folder that is not there yet.
///
/// # Errors
/// It cannot be opened for writing, or is behind; the system.
#[cfg(feature = "rocksdb")]
pub fn copy(ledger: &Path, key: &VerifierKey, to: &Path) -> Result<(), LogError> {
    let log = quittance_ledger::Log::open(quittance_ledger::RocksStore::open(ledger)?)?;
    log.check_anchor(key, &anchor(ledger))?;
    Ok(log.store().backup(to)?)
}

/// Has the database find what it can in a folder whose catalogue is lost. For copies only.
///
/// # Errors
/// It finds nothing.
#[cfg(feature = "rocksdb")]
pub fn rebuild(copy: &Path) -> Result<(), StoreError> {
    quittance_ledger::RocksStore::rebuild(copy)
}

#[cfg(not(feature = "rocksdb"))]
mod without {
    use super::*;

    fn none() -> StoreError {
        StoreError::Corrupt("this build has no database: install it with the feature `rocksdb`".into())
    }

    pub fn open_store(_: &Path, access: Access) -> Result<Box<dyn Store>, StoreError> {
        match access {
            Access::Create => Ok(Box::new(quittance_ledger::MemoryStore::new())),
            Access::Write | Access::Read | Access::Salvage => Err(none()),
        }
    }

    pub fn acknowledged(_: &Path) -> Result<u64, StoreError> {
        Err(none())
    }

    pub fn copy(_: &Path, _: &VerifierKey, _: &Path) -> Result<(), LogError> {
        Err(none().into())
    }

    pub fn rebuild(_: &Path) -> Result<(), StoreError> {
        Err(none())
    }
}

#[cfg(not(feature = "rocksdb"))]
pub use without::open_store;
#[cfg(not(feature = "rocksdb"))]
pub use without::{acknowledged, copy, rebuild};
