//! The log on disk: [`RocksStore`], over RocksDB.
//!
//! | column family | key | value |
//! |---|---|---|
//! | `entries` | index, u64 big-endian | encoded entry |
//! | `nodes` | stored position, u64 big-endian | tree hash |
//! | `ids` | record id | index, u64 big-endian |
//! | `checkpoints` | size, u64 big-endian | signed note |
//! | `blobs` | blob id | bytes |
//! | `meta` | `format`, `head`, `user/<name>` | |
//!
//! Tree nodes are kept one by one, not as tiles of 256: an inclusion proof at a million entries reads
//! about twenty small values, and appending writes no node twice. Tiles are made when a log is
//! exported.
//!
//! Every write is one synced batch over all families it touches. The write-ahead log is recovered with
//! `TolerateCorruptedTailRecords`: a torn last record, which a crash leaves, is dropped; damage before
//! it is an error. (The default, `PointInTime`, drops everything after any damage without a word.)
//! A write-ahead log that is gone altogether is noticed by RocksDB's manifest (a closed one) or by the
//! anchor (the live one). Opening flushes what it recovers: the `rocksdb` crate does not offer
//! `avoid_flush_during_recovery`.

use crate::error::StoreError;
use crate::ids::{BlobId, RecordId, TreeHash};
use crate::store::{Batch, Store, check_batch};
use crate::tree::TreeHead;
use rocksdb::{
    BlockBasedOptions, BottommostLevelCompaction, ColumnFamily, ColumnFamilyDescriptor, CompactOptions, DB,
    DBCompressionType, DBRecoveryMode, Direction, FlushOptions, IteratorMode, Options, ReadOptions,
    WriteBatch, WriteOptions,
};
use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// What this program writes.
const FORMAT: &str = "quittance-ledger/1";
/// The file that every RocksDB folder has.
const DATABASE_FILE: &str = "CURRENT";

const ENTRIES: &str = "entries";
const NODES: &str = "nodes";
const IDS: &str = "ids";
const CHECKPOINTS: &str = "checkpoints";
const BLOBS: &str = "blobs";
const META: &str = "meta";
/// All families of a store.
const FAMILIES: [&str; 6] = [ENTRIES, NODES, IDS, CHECKPOINTS, BLOBS, META];

/// Key of the format in `meta`.
const META_FORMAT: &[u8] = b"format";
/// Key of the head in `meta`.
const META_HEAD: &[u8] = b"head";

/// A log in a folder. One process may have it open for writing.
pub struct RocksStore {
    db: DB,
    path: PathBuf,
    access: Access,
    /// Held while a batch is compared with the head and written.
    writing: Mutex<()>,
    poisoned: AtomicBool,
}

/// What a store was opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    ReadOnly,
    ReadWrite,
}

impl RocksStore {
    /// Makes a new store in a folder, which must not hold one.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        if path.join(DATABASE_FILE).exists() {
            let what = format!("there is a ledger in {} already", path.display());
            return Err(StoreError::Presence(what));
        }
        let mut options = database_options();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_error_if_exists(true);
        let db = DB::open_cf_descriptors(&options, path, families())
            .map_err(|error| failed("creating", path, error))?;
        let store = Self::new(db, path, Access::ReadWrite);
        let mut batch = WriteBatch::default();
        batch.put_cf(store.family(META)?, META_FORMAT, FORMAT);
        store.write(batch)?;
        Ok(store)
    }

    /// Opens the store in a folder for reading and writing.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        expect_database(path)?;
        let db = DB::open_cf_descriptors(&database_options(), path, families())
            .map_err(|error| failed("opening", path, error))?;
        Self::new(db, path, Access::ReadWrite).check_format()
    }

    /// Opens the store in a folder for reading, as it is now. Another process may be writing to it.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        expect_database(path)?;
        let (options, keep_log) = (database_options(), false);
        let db = DB::open_cf_descriptors_read_only(&options, path, families(), keep_log)
            .map_err(|error| failed("opening", path, error))?;
        Self::new(db, path, Access::ReadOnly).check_format()
    }

    /// Copies the store, as it is at this moment, to a folder that does not exist yet. Fast on one
    /// disk, where files are linked.
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<(), StoreError> {
        let to = to.as_ref();
        rocksdb::checkpoint::Checkpoint::new(&self.db)
            .and_then(|checkpoint| checkpoint.create_checkpoint(to))
            .map_err(|error| failed("copying the ledger to", to, error))
    }

    fn new(db: DB, path: &Path, access: Access) -> Self {
        let path = path.to_owned();
        let (writing, poisoned) = (Mutex::new(()), AtomicBool::new(false));
        Self { db, path, access, writing, poisoned }
    }

    /// Refuses a store of another format.
    fn check_format(self) -> Result<Self, StoreError> {
        match self.get(META, META_FORMAT)? {
            Some(format) if format == FORMAT.as_bytes() => Ok(self),
            Some(format) => Err(StoreError::Format {
                found: String::from_utf8_lossy(&format).into_owned(),
                known: FORMAT,
            }),
            None => {
                let path = self.path.display();
                let what = format!("{path} holds a database that was never finished or is no ledger");
                Err(StoreError::Presence(what))
            }
        }
    }

    /// A column family.
    fn family(&self, name: &str) -> Result<&ColumnFamily, StoreError> {
        let missing = || StoreError::Corrupt(format!("column family {name} is missing"));
        self.db.cf_handle(name).ok_or_else(missing)
    }

    /// The value of a key.
    fn get(&self, family: &str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.db
            .get_cf_opt(self.family(family)?, key, &read_options())
            .map_err(|error| failed("reading", &self.path, error))
    }

    /// All keys of a family, ascending.
    fn keys(&self, family: &str) -> Result<Vec<Vec<u8>>, StoreError> {
        let items = self.db.iterator_cf_opt(self.family(family)?, read_options(), IteratorMode::Start);
        let keys = items.map(|item| item.map(|(key, _)| key.into_vec()));
        keys.collect::<Result<_, _>>().map_err(|error| failed("reading", &self.path, error))
    }

    /// Writes one key.
    fn put(&self, family: &str, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let mut batch = WriteBatch::default();
        batch.put_cf(self.family(family)?, key, value);
        self.write(batch)
    }

    /// Writes a batch, synced. After an error nothing is written any more.
    fn write(&self, batch: WriteBatch) -> Result<(), StoreError> {
        if self.access == Access::ReadOnly {
            return Err(StoreError::ReadOnly);
        }
        if self.poisoned.load(Ordering::SeqCst) {
            return Err(StoreError::Poisoned);
        }
        let mut options = WriteOptions::default();
        options.set_sync(true);
        self.db.write_opt(batch, &options).map_err(|error| {
            self.poisoned.store(true, Ordering::SeqCst);
            failed("writing", &self.path, error)
        })
    }
}

impl RocksStore {
    /// Writes what is in memory to tables.
    fn flush(&self) -> Result<(), StoreError> {
        let families: Vec<_> = FAMILIES.iter().filter_map(|name| self.db.cf_handle(name)).collect();
        self.db
            .flush_cfs_opt(&families, &FlushOptions::default())
            .map_err(|error| failed("flushing", &self.path, error))
    }
}

impl Drop for RocksStore {
    /// Flushes, so that the next opening need not recover. Everything acknowledged is in the synced
    /// write-ahead log already, so a failure loses nothing.
    fn drop(&mut self) {
        if self.access == Access::ReadWrite && !self.poisoned.load(Ordering::SeqCst) {
            let _ = self.flush();
        }
    }
}

impl fmt::Debug for RocksStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, access, .. } = self;
        write!(f, "RocksStore({}, {access:?})", path.display())
    }
}

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
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
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
        self.write(write)
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
        self.put(CHECKPOINTS, &size.to_be_bytes(), note)
    }

    fn blob(&self, id: &BlobId) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(BLOBS, id.as_bytes())
    }

    fn put_blob(&self, id: &BlobId, bytes: &[u8]) -> Result<(), StoreError> {
        self.put(BLOBS, id.as_bytes(), bytes)
    }

    fn erase_blob(&self, id: &BlobId) -> Result<(), StoreError> {
        let mut batch = WriteBatch::default();
        batch.delete_cf(self.family(BLOBS)?, id.as_bytes());
        self.write(batch)?;
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
        self.put(META, &user_key(name), value)
    }
}

/// The key of a user's value in `meta`, apart from the store's own.
fn user_key(name: &str) -> Vec<u8> {
    format!("user/{name}").into_bytes()
}

/// Options of the whole database.
fn database_options() -> Options {
    let mut options = Options::default();
    options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    options.set_track_and_verify_wals_in_manifest(true);
    options.set_paranoid_checks(true);
    options
}

/// All column families with their options.
fn families() -> Vec<ColumnFamilyDescriptor> {
    let descriptor = |name: &str| {
        let mut table = BlockBasedOptions::default();
        // Most lookups in `ids` are of records that are new; the filter answers them from memory.
        table.set_bloom_filter(10.0, false);
        let mut options = Options::default();
        options.set_paranoid_checks(true);
        options.set_block_based_table_factory(&table);
        // Hashes do not compress.
        let hashes = name == NODES || name == IDS;
        let compression = if hashes { DBCompressionType::None } else { DBCompressionType::Lz4 };
        options.set_compression_type(compression);
        ColumnFamilyDescriptor::new(name, options)
    };
    FAMILIES.into_iter().map(descriptor).collect()
}

/// Reads check what they read.
fn read_options() -> ReadOptions {
    let mut options = ReadOptions::default();
    options.set_verify_checksums(true);
    options
}

/// Refuses a folder without a store: RocksDB would make one.
fn expect_database(path: &Path) -> Result<(), StoreError> {
    if path.join(DATABASE_FILE).exists() {
        return Ok(());
    }
    Err(StoreError::Presence(format!("there is no ledger in {}", path.display())))
}

/// An error of RocksDB.
fn failed(doing: &str, path: &Path, error: rocksdb::Error) -> StoreError {
    let what = format!("{doing} {}: {error}", path.display());
    if error.kind() == rocksdb::ErrorKind::Corruption {
        return StoreError::Corrupt(what);
    }
    StoreError::failed(what, error)
}
