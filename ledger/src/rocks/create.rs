//! Making a store: whole or not at all.

use super::options::{database_options, families};
use super::{Access, DATABASE_FILE, FORMAT, META, META_FORMAT, RocksStore, failed};
use crate::error::StoreError;
use crate::high_water::{self, HighWater, Mark};
use crate::tree::TreeHead;
use rocksdb::{DB, WriteBatch};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

impl RocksStore {
    /// Makes a new store in a folder, which must be empty or not there. It is made beside it, as
    /// `<folder>.unfinished`, and gets its name when it is whole: a crash leaves no half of a store.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        if [DATABASE_FILE, high_water::FILE].iter().any(|file| path.join(file).exists()) {
            let what = format!("there is a ledger in {} already", path.display());
            return Err(StoreError::Presence(what));
        }
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".unfinished");
        let unfinished = PathBuf::from(unfinished);
        let moved = |error: io::Error| StoreError::failed(format!("making {}", path.display()), error);
        if unfinished.exists() {
            // What an earlier crash left. Only the files of a store are removed.
            let mark = unfinished.join(high_water::FILE);
            DB::destroy(&database_options(), &unfinished)
                .map_err(|error| failed("removing", &unfinished, error))?;
            if mark.exists() {
                fs::remove_file(mark).map_err(moved)?;
            }
        }
        let mut options = database_options();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_error_if_exists(true);
        let db = DB::open_cf_descriptors(&options, &unfinished, families())
            .map_err(|error| failed("creating", &unfinished, error))?;
        let mark = Mark { sequence: db.latest_sequence_number(), head: TreeHead::EMPTY };
        let high_water = HighWater::create(&unfinished, mark)?;
        let store = Self::new(db, &unfinished, Access::ReadWrite(high_water));
        let mut batch = WriteBatch::default();
        batch.put_cf(store.family(META)?, META_FORMAT, FORMAT);
        store.write(&mut *store.writing()?, batch)?;
        drop(store);
        fs::rename(&unfinished, path).map_err(moved)?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        fs::File::open(parent).and_then(|parent| parent.sync_all()).map_err(moved)?;
        Self::open(path)
    }
}
