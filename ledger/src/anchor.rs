//! The anchor: what was signed last, kept outside the database.
//!
//! A database can lose its tail or be replaced by an older copy of itself, and no recovery notices
//! that from within. The anchor does: it holds the last signed checkpoint, on another disk if there is
//! one, and is written *before* that checkpoint is handed to anybody. If the log is
//! shorter than the anchor, or has another root at its size, signing on would fork it, so it is refused.

use crate::checkpoint::SignedCheckpoint;
use crate::error::{LogError, StoreError};
use crate::failpoint::reach;
use crate::log::Log;
use crate::log_key::{LogKey, VerifierKey};
use crate::store::Store;
use crate::tree::TreeHead;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Keeps one signed note.
pub trait Anchor: Send {
    /// The note that was saved last.
    fn load(&self) -> Result<Option<Vec<u8>>, StoreError>;

    /// Replaces the note, atomically and durably.
    fn save(&self, note: &[u8]) -> Result<(), StoreError>;
}

/// An anchor in a file, which is the signed note itself.
///
/// Whoever can write both this file and the database can roll the log back unseen by this machine; the
/// checkpoints that members hold still show it.
#[derive(Debug)]
pub struct FileAnchor {
    path: PathBuf,
}

impl FileAnchor {
    /// The anchor at this path. The file need not exist yet, its folder must.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The folder of the file.
    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }
}

impl Anchor for FileAnchor {
    fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        match fs::read(&self.path) {
            Ok(note) => Ok(Some(note)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let what = format!("reading the anchor {}", self.path.display());
                Err(StoreError::failed(what, error))
            }
        }
    }

    fn save(&self, note: &[u8]) -> Result<(), StoreError> {
        let mut temporary = self.path.clone().into_os_string();
        temporary.push(".tmp");
        let write = || {
            let mut file = File::create(&temporary)?;
            file.write_all(note)?;
            file.sync_all()?;
            reach("anchor: written under another name").map_err(io::Error::other)?;
            fs::rename(&temporary, &self.path)?;
            // The new name is durable only when the folder is.
            File::open(self.folder())?.sync_all()
        };
        write().map_err(|error: std::io::Error| {
            let what = format!("writing the anchor {}", self.path.display());
            StoreError::failed(what, error)
        })
    }
}

/// An anchor in memory, for tests and simulations.
#[derive(Debug, Default)]
pub struct MemoryAnchor(Mutex<Option<Vec<u8>>>);

impl MemoryAnchor {
    /// An anchor that holds nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Anchor for MemoryAnchor {
    fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn save(&self, note: &[u8]) -> Result<(), StoreError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(note.to_vec());
        Ok(())
    }
}

impl<S: Store> Log<S> {
    /// Compares the log with what was signed last, by the anchor and by the checkpoints in the
    /// store, and returns the larger of them. To be called when a log is opened for writing.
    pub fn check_anchor(&self, key: &VerifierKey, anchor: &dyn Anchor) -> Result<Option<TreeHead>, LogError> {
        let stored = match self.store().last_checkpoint()? {
            Some(size) => self.checkpoint(size)?,
            None => None,
        };
        let stored = stored.map(|note| self.check_signed(&note, key)).transpose()?;
        let anchored = match anchor.load()? {
            Some(note) => {
                let note = SignedCheckpoint::parse(&note).map_err(LogError::Anchor)?;
                note.verify_listing_others(key).map_err(LogError::Anchor)?;
                Some(self.check_signed(&note, key)?)
            }
            None => None,
        };
        match (anchored, stored) {
            (None, Some(signed)) => Err(LogError::AnchorMissing { signed }),
            // The store may be ahead if an old anchor was put back; what it holds was signed as well.
            (Some(a), Some(b)) if b.size > a.size => Ok(Some(b)),
            (anchored, _) => Ok(anchored),
        }
    }

    /// Signs the head, and returns the note once anchor and store hold it. The order is: read the new
    /// entries back from the store and compare; sign; write the anchor; store the note.
    ///
    /// Signing the same head again returns the same note, with the cosignatures it has got since.
    pub fn publish_checkpoint(
        &self,
        key: &LogKey,
        anchor: &dyn Anchor,
    ) -> Result<SignedCheckpoint, LogError> {
        let signed = self.check_anchor(&key.verifier_key(), anchor)?;
        let head = self.read_back(signed.unwrap_or(TreeHead::EMPTY))?;
        reach("publish: the entries are read back")?;
        let kept = self.checkpoint(head.size)?;
        let note = kept.clone().unwrap_or_else(|| key.sign(head));
        reach("publish: the note is signed")?;
        anchor.save(&note.to_bytes())?;
        reach("anchor: saved")?;
        if kept.is_none() {
            self.store().put_checkpoint(head.size, &note.to_bytes())?;
        }
        reach("publish: the note is kept")?;
        Ok(note)
    }

    /// The signed note of a size, if there is one.
    pub fn checkpoint(&self, size: u64) -> Result<Option<SignedCheckpoint>, LogError> {
        let note = self.store().checkpoint(size)?;
        Ok(note.map(|note| SignedCheckpoint::parse(&note)).transpose()?)
    }

    /// The signed note of the largest size, if there is one.
    pub fn last_checkpoint(&self) -> Result<Option<SignedCheckpoint>, LogError> {
        match self.store().last_checkpoint()? {
            Some(size) => self.checkpoint(size),
            None => Ok(None),
        }
    }

    /// Verifies a note and compares it with the log.
    fn check_signed(&self, note: &SignedCheckpoint, key: &VerifierKey) -> Result<TreeHead, LogError> {
        // Whether cosigners are to be believed is no question here.
        note.verify_listing_others(key)?;
        let signed = note.head();
        let have = if signed.size > self.size() { self.head() } else { self.head_at(signed.size)? };
        if have != signed {
            return Err(LogError::Rollback { have, signed });
        }
        Ok(signed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The folder is what is synced after the file is renamed.
    #[test]
    fn an_anchor_without_a_folder_lies_in_the_current_one() {
        for (path, folder) in
            [("anchor", "."), ("ledger/anchor", "ledger"), ("/srv/anchor", "/srv"), ("./anchor", ".")]
        {
            assert_eq!(FileAnchor::at(path).folder(), Path::new(folder), "{path}");
        }
    }
}
