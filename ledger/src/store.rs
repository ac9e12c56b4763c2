//! Where a log is kept: the [`Store`] trait, and [`MemoryStore`].
//!
//! A store keeps bytes and promises atomicity and durability; what the bytes mean is for
//! [`crate::Log`]. It has one writer; readers may share it, so all methods take `&self` and an
//! `Arc<S>` is a store too.

pub use crate::error::StoreError;
use crate::ids::{BlobId, RecordId, TreeHash};
use crate::tree::TreeHead;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Entries to append together: all of them or none.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The index of the first entry: the number of entries in the store.
    pub first: u64,
    /// The entries, encoded, with their record ids, none of which is in the store.
    pub entries: Vec<(RecordId, Vec<u8>)>,
    /// The new tree nodes, in stored order after those the store has.
    pub nodes: Vec<TreeHash>,
    /// The tree after the batch.
    pub head: TreeHead,
}

/// Storage of one log.
///
/// Every write is durable when it returns. A write that fails may or may not have happened: the
/// store then refuses all further writes ([`StoreError::Poisoned`]) until it is opened again.
pub trait Store: Send + Sync {
    /// The tree after the last batch; [`TreeHead::EMPTY`] at first.
    fn head(&self) -> Result<TreeHead, StoreError>;

    /// The encoded entry at an index.
    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Visits the entries from index `from` on, in order, until the end or a `Break`. Fails if one
    /// is missing.
    fn scan(&self, from: u64, visit: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>)
    -> Result<(), StoreError>;

    /// The index of a record.
    fn index_of(&self, id: &RecordId) -> Result<Option<u64>, StoreError>;

    /// The tree nodes at these stored positions ([`tlog_tiles::stored_hash_index`]). Fails if one is
    /// missing.
    fn nodes(&self, positions: &[u64]) -> Result<Vec<TreeHash>, StoreError>;

    /// Appends a batch.
    fn append(&self, batch: &Batch) -> Result<(), StoreError>;

    /// The signed note of the checkpoint of this size.
    fn checkpoint(&self, size: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// The size of the largest signed checkpoint.
    fn last_checkpoint(&self) -> Result<Option<u64>, StoreError>;

    /// The sizes of all signed checkpoints, ascending.
    fn checkpoint_sizes(&self) -> Result<Vec<u64>, StoreError>;

    /// Keeps a signed note. A note of this size, if there is one, is replaced: that is how
    /// cosignatures are added.
    fn put_checkpoint(&self, size: u64, note: &[u8]) -> Result<(), StoreError>;

    /// The bytes kept under a blob id, as they are: [`crate::Log::blob`] checks them.
    fn blob(&self, id: &BlobId) -> Result<Option<Vec<u8>>, StoreError>;

    /// The ids of all blobs, ascending.
    fn blob_ids(&self) -> Result<Vec<BlobId>, StoreError>;

    /// Keeps a blob.
    fn put_blob(&self, id: &BlobId, bytes: &[u8]) -> Result<(), StoreError>;

    /// Erases a blob: its bytes are no longer in the store's files when this returns.
    fn erase_blob(&self, id: &BlobId) -> Result<(), StoreError>;

    /// A small value under a name of the user's choice.
    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The names of all small values, ascending.
    fn meta_names(&self) -> Result<Vec<String>, StoreError>;

    /// Keeps a small value under a name.
    fn put_meta(&self, name: &str, value: &[u8]) -> Result<(), StoreError>;

    /// Reads all checkpoints, blobs and small values, and fails if one is missing or changed. (What the
    /// tree covers, it does not read.)
    fn check_kept(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

macro_rules! delegate_store {
    ($pointer:ident) => {
        impl<S: Store + ?Sized> Store for $pointer<S> {
            fn head(&self) -> Result<TreeHead, StoreError> {
                (**self).head()
            }
            fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
                (**self).entry(index)
            }
            fn scan(
                &self,
                from: u64,
                visit: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
            ) -> Result<(), StoreError> {
                (**self).scan(from, visit)
            }
            fn index_of(&self, id: &RecordId) -> Result<Option<u64>, StoreError> {
                (**self).index_of(id)
            }
            fn nodes(&self, positions: &[u64]) -> Result<Vec<TreeHash>, StoreError> {
                (**self).nodes(positions)
            }
            fn append(&self, batch: &Batch) -> Result<(), StoreError> {
                (**self).append(batch)
            }
            fn checkpoint(&self, size: u64) -> Result<Option<Vec<u8>>, StoreError> {
                (**self).checkpoint(size)
            }
            fn last_checkpoint(&self) -> Result<Option<u64>, StoreError> {
                (**self).last_checkpoint()
            }
            fn checkpoint_sizes(&self) -> Result<Vec<u64>, StoreError> {
                (**self).checkpoint_sizes()
            }
            fn blob_ids(&self) -> Result<Vec<BlobId>, StoreError> {
                (**self).blob_ids()
            }
            fn meta_names(&self) -> Result<Vec<String>, StoreError> {
                (**self).meta_names()
            }
            fn put_checkpoint(&self, size: u64, note: &[u8]) -> Result<(), StoreError> {
                (**self).put_checkpoint(size, note)
            }
            fn blob(&self, id: &BlobId) -> Result<Option<Vec<u8>>, StoreError> {
                (**self).blob(id)
            }
            fn put_blob(&self, id: &BlobId, bytes: &[u8]) -> Result<(), StoreError> {
                (**self).put_blob(id, bytes)
            }
            fn erase_blob(&self, id: &BlobId) -> Result<(), StoreError> {
                (**self).erase_blob(id)
            }
            fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
                (**self).meta(name)
            }
            fn put_meta(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
                (**self).put_meta(name, value)
            }
            fn check_kept(&self) -> Result<(), StoreError> {
                (**self).check_kept()
            }
        }
    };
}

delegate_store!(Arc);
delegate_store!(Box);

/// Refuses a batch that does not continue the log or does not fit together. For implementations of
/// [`Store::append`], which call it under their write lock.
pub fn check_batch(batch: &Batch, head: TreeHead) -> Result<(), StoreError> {
    let size = head.size;
    if batch.first != size {
        return Err(StoreError::Conflict { first: batch.first, size });
    }
    let end = size + batch.entries.len() as u64;
    let nodes = tlog_tiles::stored_hash_count(end) - tlog_tiles::stored_hash_count(size);
    if batch.head.size != end || batch.nodes.len() as u64 != nodes {
        return Err(StoreError::Corrupt("a batch that does not fit together".into()));
    }
    Ok(())
}

/// A store in memory: for verifying, for tests and for simulations. It forgets everything at the end.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: RwLock<MemoryState>,
}

#[derive(Debug, Default, Clone)]
struct MemoryState {
    head: Option<TreeHead>,
    entries: Vec<Vec<u8>>,
    ids: BTreeMap<RecordId, u64>,
    nodes: Vec<TreeHash>,
    checkpoints: BTreeMap<u64, Vec<u8>>,
    blobs: BTreeMap<BlobId, Vec<u8>>,
    meta: BTreeMap<String, Vec<u8>>,
}

impl MemoryState {
    /// The entry at an index.
    fn entry(&self, index: u64) -> Option<&Vec<u8>> {
        self.entries.get(usize::try_from(index).ok()?)
    }

    /// The node at a stored position.
    fn node(&self, position: u64) -> Option<TreeHash> {
        self.nodes.get(usize::try_from(position).ok()?).copied()
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn read(&self) -> Result<RwLockReadGuard<'_, MemoryState>, StoreError> {
        self.state.read().map_err(|_| StoreError::Poisoned)
    }

    fn write(&self) -> Result<RwLockWriteGuard<'_, MemoryState>, StoreError> {
        self.state.write().map_err(|_| StoreError::Poisoned)
    }
}

impl Store for MemoryStore {
    fn head(&self) -> Result<TreeHead, StoreError> {
        Ok(self.read()?.head.unwrap_or(TreeHead::EMPTY))
    }

    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.read()?.entry(index).cloned())
    }

    fn scan(
        &self,
        from: u64,
        visit: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        // The lock is not held while visiting, so that a visitor may use the store.
        let mut index = from;
        while let Some(entry) = self.entry(index)? {
            if visit(index, &entry).is_break() {
                break;
            }
            index += 1;
        }
        Ok(())
    }

    fn index_of(&self, id: &RecordId) -> Result<Option<u64>, StoreError> {
        Ok(self.read()?.ids.get(id).copied())
    }

    fn nodes(&self, positions: &[u64]) -> Result<Vec<TreeHash>, StoreError> {
        let state = self.read()?;
        let node = |position: &u64| {
            let missing = || StoreError::Corrupt(format!("tree node {position} is missing"));
            state.node(*position).ok_or_else(missing)
        };
        positions.iter().map(node).collect()
    }

    fn append(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut state = self.write()?;
        check_batch(batch, state.head.unwrap_or(TreeHead::EMPTY))?;
        for (index, (id, entry)) in (batch.first..).zip(&batch.entries) {
            state.ids.insert(*id, index);
            state.entries.push(entry.clone());
        }
        state.nodes.extend(&batch.nodes);
        state.head = Some(batch.head);
        Ok(())
    }

    fn checkpoint(&self, size: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.read()?.checkpoints.get(&size).cloned())
    }

    fn last_checkpoint(&self) -> Result<Option<u64>, StoreError> {
        Ok(self.read()?.checkpoints.keys().next_back().copied())
    }

    fn checkpoint_sizes(&self) -> Result<Vec<u64>, StoreError> {
        Ok(self.read()?.checkpoints.keys().copied().collect())
    }

    fn blob_ids(&self) -> Result<Vec<BlobId>, StoreError> {
        Ok(self.read()?.blobs.keys().copied().collect())
    }

    fn meta_names(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.read()?.meta.keys().cloned().collect())
    }

    fn put_checkpoint(&self, size: u64, note: &[u8]) -> Result<(), StoreError> {
        self.write()?.checkpoints.insert(size, note.to_vec());
        Ok(())
    }

    fn blob(&self, id: &BlobId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.read()?.blobs.get(id).cloned())
    }

    fn put_blob(&self, id: &BlobId, bytes: &[u8]) -> Result<(), StoreError> {
        self.write()?.blobs.insert(*id, bytes.to_vec());
        Ok(())
    }

    fn erase_blob(&self, id: &BlobId) -> Result<(), StoreError> {
        self.write()?.blobs.remove(id);
        Ok(())
    }

    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.read()?.meta.get(name).cloned())
    }

    fn put_meta(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        self.write()?.meta.insert(name.to_owned(), value.to_vec());
        Ok(())
    }
}
