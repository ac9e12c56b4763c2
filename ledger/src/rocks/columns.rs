//! The column families, as [`Store`] names what is in them.

use super::options::read_options;
use super::{BLOBS, CHECKPOINTS, ENTRIES, IDS, META, META_HEAD, NODES, RocksStore, failed, toggle};
use crate::error::StoreError;
use crate::ids::{BlobId, RecordId, TreeHash};
use crate::store::{Batch, Store, check_batch};
use crate::tree::TreeHead;
use rocksdb::{BottommostLevelCompaction, CompactOptions, Direction, IteratorMode, WriteBatch};
use std::ops::ControlFlow;

impl Store for RocksStore {
    fn head(&self) -> Result<TreeHead, StoreError> {
        let Some(value) = self.get(META, META_HEAD)? else {
            return Ok(TreeHead::EMPTY);
        };
        let bad = || StoreError::Corrupt("the head has a wrong length".into());
        let (size, root) = value.split_first_chunk::<8>().ok_or_else(bad)?;
        let root = TreeHash(root.try_into().map_err(|_| bad())?);
        Ok(TreeHead { size: u64::from_be_bytes(*size), root })
    }

    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(ENTRIES, &index.to_be_bytes())
    }

    fn scan(
        &self,
        from: u64,
        visit: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut options = read_options();
        // A scan reads everything once; it would push out of the cache what is read often.
        options.fill_cache(false);
        let start = from.to_be_bytes();
        let mode = IteratorMode::From(&start, Direction::Forward);
        let items = self.db.iterator_cf_opt(self.family(ENTRIES)?, options, mode);
        for (index, item) in (from..).zip(items) {
            let (key, entry) = item.map_err(|error| failed("reading", &self.path, error))?;
            if *key != index.to_be_bytes() {
                return Err(StoreError::Corrupt(format!("entry {index} is missing")));
            }
            if visit(index, &entry).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn index_of(&self, id: &RecordId) -> Result<Option<u64>, StoreError> {
        let Some(value) = self.get(IDS, id.as_bytes())? else {
            return Ok(None);
        };
        let bad = |_| StoreError::Corrupt(format!("the index of record {id} has a wrong length"));
        value.as_slice().try_into().map(u64::from_be_bytes).map(Some).map_err(bad)
    }

    fn nodes(&self, positions: &[u64]) -> Result<Vec<TreeHash>, StoreError> {
        let node = |position: &u64| {
            let bad = || StoreError::Corrupt(format!("tree node {position} is missing"));
            let value = self.get(NODES, &position.to_be_bytes())?.ok_or_else(bad)?;
            value.as_slice().try_into().map(TreeHash).map_err(|_| bad())
        };
        positions.iter().map(node).collect()
    }

    fn append(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut writing = self.writing()?;
        check_batch(batch, self.head()?)?;
        let mut write = WriteBatch::default();
        let (entries, ids, nodes) = (self.family(ENTRIES)?, self.family(IDS)?, self.family(NODES)?);
        for (index, (id, entry)) in (batch.first..).zip(&batch.entries) {
            write.put_cf(entries, index.to_be_bytes(), entry);
            write.put_cf(ids, id.as_bytes(), index.to_be_bytes());
        }
        let first_node = tlog_tiles::stored_hash_count(batch.first);
        for (position, node) in (first_node..).zip(&batch.nodes) {
            write.put_cf(nodes, position.to_be_bytes(), node.as_bytes());
        }
        let head = [batch.head.size.to_be_bytes().as_slice(), batch.head.root.as_bytes()].concat();
        write.put_cf(self.family(META)?, META_HEAD, head);
        self.write(&mut writing, write)
    }

    fn checkpoint(&self, size: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(CHECKPOINTS, &size.to_be_bytes())
    }

    fn last_checkpoint(&self) -> Result<Option<u64>, StoreError> {
        let family = self.family(CHECKPOINTS)?;
        let mut items = self.db.iterator_cf_opt(family, read_options(), IteratorMode::End);
        let Some(item) = items.next() else {
            return Ok(None);
        };
        let (key, _) = item.map_err(|error| failed("reading", &self.path, error))?;
        let bad = |_| StoreError::Corrupt("the size of a checkpoint has a wrong length".into());
        (*key).try_into().map(u64::from_be_bytes).map(Some).map_err(bad)
    }

    fn checkpoint_sizes(&self) -> Result<Vec<u64>, StoreError> {
        let bad = |_| StoreError::Corrupt("the size of a checkpoint has a wrong length".into());
        let size = |key: Vec<u8>| key.as_slice().try_into().map(u64::from_be_bytes).map_err(bad);
        self.keys(CHECKPOINTS)?.into_iter().map(size).collect()
    }

    fn blob_ids(&self) -> Result<Vec<BlobId>, StoreError> {
        let bad = |_| StoreError::Corrupt("the id of a blob has a wrong length".into());
        let id = |key: Vec<u8>| key.as_slice().try_into().map(BlobId).map_err(bad);
        self.keys(BLOBS)?.into_iter().map(id).collect()
    }

    fn meta_names(&self) -> Result<Vec<String>, StoreError> {
        let bad = || StoreError::Corrupt("a name in `meta` is not UTF-8".into());
        let name = |key: Vec<u8>| {
            let name = key.strip_prefix(&user_key("")[..])?.to_vec();
            Some(String::from_utf8(name).map_err(|_| bad()))
        };
        self.keys(META)?.into_iter().filter_map(name).collect()
    }

    fn put_checkpoint(&self, size: u64, note: &[u8]) -> Result<(), StoreError> {
        self.keep(CHECKPOINTS, &size.to_be_bytes(), Some(note))
    }

    fn blob(&self, id: &BlobId) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(BLOBS, id.as_bytes())
    }

    fn put_blob(&self, id: &BlobId, bytes: &[u8]) -> Result<(), StoreError> {
        self.keep(BLOBS, id.as_bytes(), Some(bytes))
    }

    fn erase_blob(&self, id: &BlobId) -> Result<(), StoreError> {
        self.keep(BLOBS, id.as_bytes(), None)?;
        // The bytes still stand in the write-ahead log and in older tables: a flush of all families makes the
        // first obsolete, rewriting the tables that may hold the blob the others.
        self.flush()?;
        let mut options = CompactOptions::default();
        options.set_bottommost_level_compaction(BottommostLevelCompaction::Force);
        options.set_exclusive_manual_compaction(true);
        let blobs = self.family(BLOBS)?;
        self.db.compact_range_cf_opt(blobs, Some(id.as_bytes()), Some(id.as_bytes()), &options);
        Ok(())
    }

    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(META, &user_key(name))
    }

    fn put_meta(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        self.keep(META, &user_key(name), Some(value))
    }

    fn check_kept(&self) -> Result<(), StoreError> {
        let mut found = [0; 32];
        for family in [CHECKPOINTS, BLOBS, META] {
            let mut options = read_options();
            options.fill_cache(false);
            for item in self.db.iterator_cf_opt(self.family(family)?, options, IteratorMode::Start) {
                let (key, value) = item.map_err(|error| failed("reading", &self.path, error))?;
                if family != META || key.starts_with(&user_key("")) {
                    toggle(&mut found, family, &key, &value);
                }
            }
        }
        if found == self.kept()? {
            return Ok(());
        }
        let what =
            "the blobs, checkpoints and values are not those that were kept: some are missing or changed";
        Err(StoreError::Corrupt(what.into()))
    }
}

/// The key of a user's value in `meta`, apart from the store's own.
fn user_key(name: &str) -> Vec<u8> {
    format!("user/{name}").into_bytes()
}
