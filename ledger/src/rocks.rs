//! The log on disk: [`RocksStore`], over RocksDB.
//!
//! | column family | key | value |
//! |---|---|---|
//! | `entries` | index, u64 big-endian | encoded entry |
//! | `nodes` | stored position, u64 big-endian | tree hash |
//! | `ids` | record id | index, u64 big-endian |
//! | `checkpoints` | size, u64 big-endian | signed note |
//! | `blobs` | blob id | bytes |
//! | `meta` | `format`, `head`, `kept`, `user/<name>` | |
//!
//! Tree nodes are kept one by one, not as tiles of 256: an inclusion proof at a million entries reads
//! about twenty small values, and appending writes no node twice. Tiles are made when a log is
//! exported.
//!
//! Every write is one synced batch over all families it touches. The write-ahead log is recovered with
//! `TolerateCorruptedTailRecords`: a torn last record, which a crash leaves, is dropped; damage before
//! it is an error. (The default, `PointInTime`, drops everything after any damage without a word.)
//! Where damage looks like a torn record (a record's length, a cut-off file, a zeroed block, of the
//! write-ahead log or the manifest) RocksDB goes on with less, and deletes the files that it no longer
//! knows. So a store is opened for reading first and compared with [its mark](crate::high_water), and only
//! then for writing. `kept` is a digest of everything that the tree does not cover: see
//! [`Store::check_kept`].
//!
//! Opening for writing flushes what it recovers: the `rocksdb` crate does not offer
//! `avoid_flush_during_recovery`.

mod columns;
mod create;
mod options;
mod salvage;

use crate::error::StoreError;
use crate::failpoint::reach;
use crate::high_water::{self, HighWater, Mark};
use crate::manifest::{self, DATABASE_FILE};
use crate::store::Store as _;
use crate::tree::RightEdge;
use options::{database_options, families, read_options};
use rocksdb::{ColumnFamily, DB, FlushOptions, IteratorMode, WriteBatch, WriteOptions};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What this program writes.
const FORMAT: &str = "quittance-ledger/1";

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
/// Key of the digest of all that is kept beside the entries, in `meta`.
const META_KEPT: &[u8] = b"kept";
/// BLAKE3 context of that digest.
const KEPT_CONTEXT: &str = "quittance v1 kept";

/// A log in a folder. One process may have it open for writing.
pub struct RocksStore {
    db: DB,
    path: PathBuf,
    /// Held while a batch is compared with what is stored, written, and noted.
    access: Mutex<Access>,
}

/// What may be done with a store.
#[derive(Debug)]
enum Access {
    /// It was opened for reading.
    ReadOnly,
    /// It was opened for reading what is left.
    Salvage,
    /// It was opened for writing.
    ReadWrite(HighWater),
    /// A write failed.
    Poisoned,
}

impl RocksStore {
    /// Opens the store in a folder for reading and writing, if nothing of it is lost.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        // Before RocksDB may change anything there.
        drop(Self::open_read_only(path)?);
        let db = DB::open_cf_descriptors(&database_options(), path, families())
            .map_err(|error| failed("opening", path, error))?;
        let mut high_water = HighWater::open(path)?;
        let store = Self::new(db, path, Access::ReadOnly).check_format()?;
        store.check_mark(high_water::load(path)?)?;
        // A write that was never acknowledged may be there; from now on it is relied upon.
        high_water.raise(path, store.mark()?)?;
        *store.lock() = Access::ReadWrite(high_water);
        Ok(store)
    }

    /// Opens the store in a folder for reading, as it is now, if nothing of it is lost. Another process
    /// may be writing to it.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        expect_database(path)?;
        // First: a database that is opened later holds it, whoever writes meanwhile.
        let mark = high_water::load(path);
        let store = Self::open_unchecked(path, Access::ReadOnly)?;
        store.check_mark(mark?)?;
        Ok(store)
    }

    fn open_unchecked(path: &Path, access: Access) -> Result<Self, StoreError> {
        manifest::check(path)?;
        let (options, keep_log) = (database_options(), false);
        let db = DB::open_cf_descriptors_read_only(&options, path, families(), keep_log)
            .map_err(|error| failed("opening", path, error))?;
        Self::new(db, path, access).check_format()
    }

    /// Copies the store, as it is at this moment, to a folder that does not exist yet. Fast on one
    /// disk, where files are linked. The store must be open for writing.
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<(), StoreError> {
        let to = to.as_ref();
        let _writing = self.writing()?;
        rocksdb::checkpoint::Checkpoint::new(&self.db)
            .and_then(|checkpoint| checkpoint.create_checkpoint(to))
            .map_err(|error| failed("copying the ledger to", to, error))?;
        HighWater::create(to, self.mark()?).map(drop)
    }

    fn new(db: DB, path: &Path, access: Access) -> Self {
        Self { db, path: path.to_owned(), access: Mutex::new(access) }
    }

    fn lock(&self) -> MutexGuard<'_, Access> {
        self.access.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The right to write, which one thread has at a time.
    fn writing(&self) -> Result<MutexGuard<'_, Access>, StoreError> {
        let access = self.lock();
        match *access {
            Access::ReadOnly | Access::Salvage => Err(StoreError::ReadOnly),
            Access::Poisoned => Err(StoreError::Poisoned),
            Access::ReadWrite(_) => Ok(access),
        }
    }

    /// How far the store has come.
    fn mark(&self) -> Result<Mark, StoreError> {
        Ok(Mark { sequence: self.db.latest_sequence_number(), head: self.head()? })
    }

    /// Refuses a store that holds less than it had acknowledged, or something else.
    fn check_mark(&self, acknowledged: Mark) -> Result<(), StoreError> {
        let have = self.mark()?;
        let same = acknowledged.head.size <= have.head.size
            && RightEdge::load(self, acknowledged.head.size)?.head() == acknowledged.head;
        if same && acknowledged.sequence <= have.sequence {
            return Ok(());
        }
        let lost = if same { "blobs, checkpoints or values" } else { "entries" };
        Err(StoreError::Lost { lost, have: have.head, acknowledged: acknowledged.head })
    }

    /// Refuses a store of another format.
    fn check_format(self) -> Result<Self, StoreError> {
        let format = match self.get(META, META_FORMAT) {
            Err(StoreError::Corrupt(_)) if self.is_salvage() => return Ok(self),
            format => format?,
        };
        match format {
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

    fn is_salvage(&self) -> bool {
        matches!(*self.lock(), Access::Salvage)
    }

    /// All keys of a family, ascending.
    fn keys(&self, family: &str) -> Result<Vec<Vec<u8>>, StoreError> {
        let read = |mode| -> Result<_, StoreError> {
            let items = self.db.iterator_cf_opt(self.family(family)?, read_options(), mode);
            Ok(items.map(|item| item.map(|(key, _)| key.into_vec())))
        };
        let keys = read(IteratorMode::Start)?;
        if !self.is_salvage() {
            return keys.collect::<Result<_, _>>().map_err(|error| failed("reading", &self.path, error));
        }
        // From either end to the first damage.
        let (mut first, mut last) = (keys.map_while(Result::ok).collect::<Vec<_>>(), Vec::new());
        let before = first.last().cloned();
        let behind = read(IteratorMode::End)?.map_while(Result::ok);
        last.extend(behind.take_while(|key| before.as_ref().is_none_or(|before| key > before)));
        first.extend(last.into_iter().rev());
        Ok(first)
    }

    /// Writes or erases one key that the tree does not cover, and notes it in the digest of all that is kept.
    fn keep(&self, family: &str, key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError> {
        let mut writing = self.writing()?;
        let mut kept = self.kept()?;
        let old = self.get(family, key)?;
        for value in [old.as_deref(), value].into_iter().flatten() {
            toggle(&mut kept, family, key, value);
        }
        let (mut batch, cf) = (WriteBatch::default(), self.family(family)?);
        match value {
            Some(value) => batch.put_cf(cf, key, value),
            None => batch.delete_cf(cf, key),
        }
        batch.put_cf(self.family(META)?, META_KEPT, kept);
        self.write(&mut writing, batch)
    }

    /// The digest of all that is kept.
    fn kept(&self) -> Result<[u8; 32], StoreError> {
        let bad = |_| StoreError::Corrupt("the digest of what is kept has a wrong length".into());
        let kept = self.get(META, META_KEPT)?;
        kept.map_or(Ok([0; 32]), |kept| kept.as_slice().try_into().map_err(bad))
    }

    /// Writes a batch, synced, and notes how far the store has come. After an error nothing is written any more.
    fn write(&self, access: &mut Access, batch: WriteBatch) -> Result<(), StoreError> {
        let Access::ReadWrite(high_water) = access else {
            return Err(StoreError::ReadOnly);
        };
        let mut options = WriteOptions::default();
        options.set_sync(true);
        let written = reach("write: before RocksDB").and_then(|()| {
            self.db.write_opt(batch, &options).map_err(|error| failed("writing", &self.path, error))
        });
        let noted = written
            .and_then(|()| reach("write: before the high-water mark"))
            .and_then(|()| high_water.raise(&self.path, self.mark()?))
            .and_then(|()| reach("write: all is synced"));
        if noted.is_err() {
            *access = Access::Poisoned;
        }
        noted
    }
}

impl RocksStore {
    /// Writes what is in memory to tables.
    fn flush(&self) -> Result<(), StoreError> {
        let families: Vec<_> = FAMILIES.iter().filter_map(|name| self.db.cf_handle(name)).collect();
        let flushed = self.db.flush_cfs_opt(&families, &FlushOptions::default());
        flushed.map_err(|error| failed("flushing", &self.path, error))
    }
}

/// Adds something kept to a digest, or takes it out: the digest is the exclusive or of all items' digests.
fn toggle(kept: &mut [u8; 32], family: &str, key: &[u8], value: &[u8]) {
    let mut hasher = blake3::Hasher::new_derive_key(KEPT_CONTEXT);
    for part in [family.as_bytes(), key] {
        hasher.update(&(part.len() as u64).to_be_bytes()).update(part);
    }
    let item = hasher.update(value).finalize();
    kept.iter_mut().zip(item.as_bytes()).for_each(|(kept, item)| *kept ^= item);
}

impl Drop for RocksStore {
    /// Flushes, so that the next opening need not recover. Everything acknowledged is in the synced
    /// write-ahead log already, so a failure loses nothing.
    fn drop(&mut self) {
        if matches!(*self.lock(), Access::ReadWrite(_)) {
            let _ = self.flush();
        }
    }
}

impl fmt::Debug for RocksStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RocksStore({}, {:?})", self.path.display(), *self.lock())
    }
}

/// Refuses a folder without a store: RocksDB would make one.
fn expect_database(path: &Path) -> Result<(), StoreError> {
    if path.join(DATABASE_FILE).exists() {
        return Ok(());
    }
    if path.join(high_water::FILE).exists() {
        return Err(StoreError::Corrupt(format!("{} is missing", path.join(DATABASE_FILE).display())));
    }
    Err(StoreError::Presence(format!("there is no ledger in {}", path.display())))
}

/// An error of RocksDB.
fn failed(doing: &str, path: &Path, error: rocksdb::Error) -> StoreError {
    let what = format!("{doing} {}", path.display());
    if error.kind() == rocksdb::ErrorKind::Corruption {
        return StoreError::Corrupt(format!("{what}: {error}"));
    }
    StoreError::failed(what, error)
}
