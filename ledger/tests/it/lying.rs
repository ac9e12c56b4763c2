//! A store that says what is not so.

use quittance_ledger::store::Batch;
use quittance_ledger::{BlobId, MemoryStore, RecordId, Store, StoreError, TreeHash, TreeHead};
use std::ops::ControlFlow;
use std::sync::Arc;

/// A store in memory with its lies, none by default.
#[derive(Default)]
pub struct Lying {
    /// What is right.
    pub inner: Arc<MemoryStore>,
    /// An entry that is not there.
    pub lost: Option<u64>,
    /// Another head.
    pub head: Option<TreeHead>,
    /// What is kept beside the entries cannot be read.
    pub unreadable: bool,
    /// Reading on ends before this entry, without a word.
    pub ends: Option<u64>,
    /// Only so many nodes are found at once, without a word.
    pub nodes: Option<usize>,
}

impl Lying {
    fn read<T>(&self, read: Result<T, StoreError>) -> Result<T, StoreError> {
        if self.unreadable { Err(StoreError::failed("reading", "a bad sector")) } else { read }
    }
}

impl Store for Lying {
    fn head(&self) -> Result<TreeHead, StoreError> {
        self.head.map_or_else(|| self.inner.head(), Ok)
    }
    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        if self.lost == Some(index) { Ok(None) } else { self.inner.entry(index) }
    }
    fn scan(
        &self,
        from: u64,
        visit: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut until = |index: u64, bytes: &[u8]| {
            if self.ends.is_some_and(|end| index >= end) {
                ControlFlow::Break(())
            } else {
                visit(index, bytes)
            }
        };
        self.inner.scan(from, &mut until)
    }
    fn index_of(&self, id: &RecordId) -> Result<Option<u64>, StoreError> {
        self.inner.index_of(id)
    }
    fn nodes(&self, positions: &[u64]) -> Result<Vec<TreeHash>, StoreError> {
        let mut nodes = self.inner.nodes(positions)?;
        nodes.truncate(self.nodes.unwrap_or(nodes.len()));
        Ok(nodes)
    }
    fn append(&self, batch: &Batch) -> Result<(), StoreError> {
        self.inner.append(batch)
    }
    fn checkpoint(&self, size: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.checkpoint(size)
    }
    fn last_checkpoint(&self) -> Result<Option<u64>, StoreError> {
        self.inner.last_checkpoint()
    }
    fn checkpoint_sizes(&self) -> Result<Vec<u64>, StoreError> {
        self.read(self.inner.checkpoint_sizes())
    }
    fn put_checkpoint(&self, size: u64, note: &[u8]) -> Result<(), StoreError> {
        self.inner.put_checkpoint(size, note)
    }
    fn blob(&self, id: &BlobId) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.blob(id)
    }
    fn blob_ids(&self) -> Result<Vec<BlobId>, StoreError> {
        self.inner.blob_ids()
    }
    fn put_blob(&self, id: &BlobId, bytes: &[u8]) -> Result<(), StoreError> {
        self.inner.put_blob(id, bytes)
    }
    fn erase_blob(&self, id: &BlobId) -> Result<(), StoreError> {
        self.inner.erase_blob(id)
    }
    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(self.inner.meta(name))
    }
    fn meta_names(&self) -> Result<Vec<String>, StoreError> {
        self.inner.meta_names()
    }
    fn put_meta(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        self.inner.put_meta(name, value)
    }
    fn check_kept(&self) -> Result<(), StoreError> {
        self.read(self.inner.check_kept())
    }
}
