//! Reading what is left of a damaged store.

use super::options::database_options;
use super::{Access, RocksStore, expect_database, failed};
use crate::error::StoreError;
use crate::high_water;
use crate::tree::TreeHead;
use rocksdb::DB;
use std::path::Path;

impl RocksStore {
    /// Opens the store in a folder for reading, whatever it has lost: to see what is left. Lists of
    /// keys leave out those that cannot be read.
    pub fn open_damaged(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        expect_database(path.as_ref())?;
        Self::open_unchecked(path.as_ref(), Access::Salvage)
    }

    /// What the store in a folder had acknowledged: its tree.
    pub fn acknowledged(path: impl AsRef<Path>) -> Result<TreeHead, StoreError> {
        Ok(high_water::load(path.as_ref())?.head)
    }

    /// Makes RocksDB find in a folder what it can without its manifest. What it finds is to be
    /// checked entry by entry: lost and erased things may come back. For copies only.
    pub fn rebuild(path: impl AsRef<Path>) -> Result<(), StoreError> {
        let path = path.as_ref();
        DB::repair(&database_options(), path).map_err(|error| failed("rebuilding", path, error))
    }
}
