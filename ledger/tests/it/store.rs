//! What every store must do, and what only the one on disk can.

use crate::support::{entry, fill, log_key};
use quittance_ledger::store::Batch;
use quittance_ledger::{BlobId, Log, MemoryAnchor, MemoryStore, RightEdge, Store, TreeHash, TreeHead};
use std::ops::ControlFlow;
use std::sync::Arc;

/// A batch of entries `first..end` after a log of `first` entries.
fn batch(first: u64, end: u64) -> Batch {
    let mut edge = RightEdge::empty();
    for index in 0..first {
        edge.push(entry(index).leaf_hash());
    }
    let mut batch = Batch { first, entries: vec![], nodes: vec![], head: edge.head() };
    for index in first..end {
        batch.nodes.extend(edge.push(entry(index).leaf_hash()));
        batch.entries.push((entry(index).record_id(), entry(index).encode()));
    }
    batch.head = edge.head();
    batch
}

/// The contract, on an empty store.
fn check_contract(store: &dyn Store) {
    assert_eq!(store.head().expect("read"), TreeHead::EMPTY);
    assert_eq!(store.entry(0).expect("read"), None);
    assert_eq!(store.last_checkpoint().expect("read"), None);
    store.append(&batch(0, 5)).expect("written");
    store.append(&batch(5, 300)).expect("written");
    assert_eq!(store.head().expect("read"), batch(0, 300).head);
    assert_eq!(store.entry(299).expect("read"), Some(entry(299).encode()));
    assert_eq!(store.entry(300).expect("read"), None);
    assert_eq!(store.index_of(&entry(257).record_id()).expect("read"), Some(257));
    assert_eq!(store.index_of(&entry(300).record_id()).expect("read"), None);
    assert_eq!(store.nodes(&[0]).expect("read"), [entry(0).leaf_hash()]);
    assert_eq!(store.nodes(&[0, 1_000_000]).expect_err("missing").code(), "store_corrupt");
    check_refused_batches(store);
    let mut seen = Vec::new();
    let mut visit = |index, bytes: &[u8]| {
        assert_eq!(bytes, entry(index).encode());
        seen.push(index);
        if index == 290 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    store.scan(250, &mut visit).expect("read");
    assert_eq!(seen, (250..=290).collect::<Vec<_>>());
    let mut none = |_, _: &[u8]| unreachable!("nothing is there");
    store.scan(300, &mut none).expect("read");
    check_small_things(store);
}

/// Batches that do not continue the log, and leave no trace.
fn check_refused_batches(store: &dyn Store) {
    let head = store.head().expect("read");
    for (first, end) in [(0, 5), (299, 301), (301, 302)] {
        let refused = store.append(&batch(first, end)).expect_err("not the end of the log");
        assert_eq!(refused.code(), "store_conflict");
    }
    let mut short = batch(300, 301);
    short.nodes.pop();
    assert!(store.append(&short).is_err());
    let mut long = batch(300, 301);
    long.head.size += 1;
    assert!(store.append(&long).is_err());
    assert_eq!(store.head().expect("read"), head);
    assert_eq!(store.entry(300).expect("read"), None);
}

/// Checkpoints, blobs, meta.
fn check_small_things(store: &dyn Store) {
    for size in [256, 5, 300, 255] {
        store.put_checkpoint(size, format!("note {size}").as_bytes()).expect("written");
    }
    assert_eq!(store.last_checkpoint().expect("read"), Some(300));
    assert_eq!(store.checkpoint(256).expect("read"), Some(b"note 256".to_vec()));
    assert_eq!(store.checkpoint(6).expect("read"), None);
    store.put_checkpoint(5, b"with a cosignature").expect("written");
    assert_eq!(store.checkpoint(5).expect("read"), Some(b"with a cosignature".to_vec()));
    let id = BlobId([1; 32]);
    assert_eq!(store.blob(&id).expect("read"), None);
    store.put_blob(&id, b"blob").expect("written");
    assert_eq!(store.blob(&id).expect("read"), Some(b"blob".to_vec()));
    store.erase_blob(&id).expect("written");
    store.erase_blob(&id).expect("erasing nothing");
    assert_eq!(store.blob(&id).expect("read"), None);
    assert_eq!(store.meta("head").expect("read"), None, "names of users are their own");
    store.put_meta("head", b"mine").expect("written");
    assert_eq!(store.meta("head").expect("read"), Some(b"mine".to_vec()));
    assert_eq!(store.head().expect("read").size, 300);
}

#[test]
fn memory_store_keeps_the_contract() {
    check_contract(&MemoryStore::new());
    check_contract(&Arc::new(MemoryStore::new()));
    let boxed: Box<dyn Store> = Box::new(MemoryStore::new());
    check_contract(&boxed);
}

#[test]
fn a_log_over_any_store() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let mut log = Log::open(store).expect("opens");
    fill(&mut log, 10);
    let note = log.publish_checkpoint(&log_key(), &MemoryAnchor::new()).expect("published");
    assert_eq!(note.head().size, 10);
    assert_ne!(note.head().root, TreeHash([0; 32]));
}

#[cfg(feature = "rocksdb")]
mod rocks {
    use super::*;
    use crate::support::log_of;
    use quittance_ledger::RocksStore;
    use std::fs;
    use std::path::Path;
    use tempfile::{TempDir, tempdir};

    /// A folder for a store.
    fn folder() -> TempDir {
        tempdir().expect("a temporary folder")
    }

    /// Copies a store's files while it is open: what a crash would leave of them.
    fn copy_files(from: &Path, to: &Path) {
        fs::create_dir_all(to).expect("a folder");
        for file in fs::read_dir(from).expect("a folder") {
            let file = file.expect("a file");
            if file.file_name() != "LOCK" {
                fs::copy(file.path(), to.join(file.file_name())).expect("copying");
            }
        }
    }

    /// The write-ahead logs of a store, which hold something.
    fn write_ahead_logs(folder: &Path) -> Vec<std::path::PathBuf> {
        let files = fs::read_dir(folder).expect("a folder");
        files
            .map(|file| file.expect("a file").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
            .filter(|path| path.metadata().expect("metadata").len() > 0)
            .collect()
    }

    #[test]
    fn keeps_the_contract() {
        let folder = folder();
        check_contract(&RocksStore::create(folder.path()).expect("created"));
    }

    #[test]
    fn everything_survives_closing() {
        let folder = folder();
        check_contract(&RocksStore::create(folder.path()).expect("created"));
        let store = RocksStore::open(folder.path()).expect("opens");
        let mut log = Log::open(store).expect("sound");
        assert_eq!(log.head(), log_of(300).head());
        assert_eq!(log.store().last_checkpoint().expect("read"), Some(300));
        assert_eq!(log.store().meta("head").expect("read"), Some(b"mine".to_vec()));
        fill(&mut log, 310);
        assert_eq!(log.audit().expect("sound"), log_of(310).head());
    }

    #[test]
    fn everything_acknowledged_survives_a_crash() {
        let folder = folder();
        let mut log = Log::open(RocksStore::create(folder.path()).expect("created")).expect("opens");
        for size in [1, 2, 50, 51, 1200] {
            fill(&mut log, size);
            let crashed = self::folder();
            copy_files(folder.path(), crashed.path());
            let again = Log::open(RocksStore::open(crashed.path()).expect("recovers"));
            let again = again.expect("sound");
            assert_eq!(again.head(), log.head());
            assert_eq!(again.audit().expect("sound"), log_of(size).head());
        }
    }

    #[test]
    fn a_torn_tail_is_dropped_and_damage_before_it_is_refused() {
        let folder = folder();
        let mut log = Log::open(RocksStore::create(folder.path()).expect("created")).expect("opens");
        for size in 1..=99 {
            fill(&mut log, size);
        }
        let mark = folder.path().join("mark-at-99");
        fs::copy(folder.path().join("HIGH-WATER"), &mark).expect("copied");
        fill(&mut log, 100);
        // The last record is cut off in the middle. It was acknowledged: refused.
        let torn = self::folder();
        copy_files(folder.path(), torn.path());
        let [wal] = &write_ahead_logs(torn.path())[..] else { panic!("one write-ahead log") };
        let bytes = fs::read(wal).expect("read");
        fs::write(wal, &bytes[..bytes.len() - 10]).expect("written");
        let refused = RocksStore::open(torn.path()).expect_err("shorter than acknowledged");
        let said = format!("entries are lost: have {}, acknowledged {}", log_of(99).head(), log.head());
        assert_eq!((refused.code(), refused.to_string()), ("store_rollback", said));
        // It was not: the last append is gone, all others are there.
        fs::copy(mark, torn.path().join("HIGH-WATER")).expect("copied");
        let again = Log::open(RocksStore::open(torn.path()).expect("recovers")).expect("sound");
        assert_eq!(again.audit().expect("sound"), log_of(99).head());
        // Four bytes in the middle are flipped: refused, not silently shorter.
        let damaged = self::folder();
        copy_files(folder.path(), damaged.path());
        let [wal] = &write_ahead_logs(damaged.path())[..] else { panic!("one write-ahead log") };
        let mut bytes = fs::read(wal).expect("read");
        let middle = bytes.len() / 2;
        bytes[middle..middle + 4].iter_mut().for_each(|byte| *byte ^= 0xff);
        fs::write(wal, bytes).expect("written");
        let refused = RocksStore::open(damaged.path()).expect_err("damaged");
        assert_eq!(refused.code(), "store_corrupt");
    }

    #[test]
    fn damage_in_a_table_is_reported() {
        let folder = folder();
        let mut log = Log::open(RocksStore::create(folder.path()).expect("created")).expect("opens");
        fill(&mut log, 1000);
        drop(log);
        let tables: Vec<_> = fs::read_dir(folder.path())
            .expect("a folder")
            .map(|file| file.expect("a file").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "sst"))
            .collect();
        assert!(!tables.is_empty(), "closing flushes");
        let mut refused = 0;
        for table in tables {
            let good = fs::read(&table).expect("read");
            let mut bad = good.clone();
            bad[good.len() / 3] ^= 1;
            fs::write(&table, &bad).expect("written");
            let audited = RocksStore::open(folder.path())
                .map_err(|error| error.code())
                .and_then(|store| Log::open(store).map_err(|error| error.code()))
                .and_then(|log| log.audit().map_err(|error| error.code()));
            // A flipped bit of a filter or of a node beside the edge changes no answer of the audit.
            match audited {
                Ok(head) => assert_eq!(head, log_of(1000).head()),
                Err(code) => {
                    assert_eq!(code, "store_corrupt");
                    refused += 1;
                }
            }
            fs::write(&table, &good).expect("restored");
        }
        assert!(refused >= 2, "entries and ids are read in full: {refused}");
        let log = Log::open(RocksStore::open(folder.path()).expect("opens")).expect("sound");
        assert_eq!(log.audit().expect("sound"), log_of(1000).head());
    }

    #[test]
    fn create_open_and_read_only() {
        let folder = folder();
        let path = folder.path().join("ledger");
        assert_eq!(RocksStore::open(&path).expect_err("none there").code(), "store_presence");
        assert_eq!(RocksStore::open_read_only(&path).expect_err("none").code(), "store_presence");
        assert!(!path.exists(), "looking makes nothing");
        let mut log = Log::open(RocksStore::create(&path).expect("created")).expect("opens");
        fill(&mut log, 20);
        assert_eq!(RocksStore::create(&path).expect_err("one there").code(), "store_presence");
        assert_eq!(RocksStore::open(&path).expect_err("locked").code(), "store_failed");
        // Readers see what was written when they opened, also while somebody writes.
        let mut reader = Log::open(RocksStore::open_read_only(&path).expect("opens")).expect("sound");
        assert_eq!(reader.audit().expect("sound"), log.head());
        let refused = reader.append(vec![entry(20)]).expect_err("read-only");
        assert_eq!(refused.code(), "store_read_only");
        fill(&mut log, 30);
        assert_eq!(reader.head().size, 20);
    }

    #[test]
    fn another_format_is_refused() {
        let folder = folder();
        drop(RocksStore::create(folder.path()).expect("created"));
        let families = ["entries", "nodes", "ids", "checkpoints", "blobs", "meta"];
        let options = rocksdb::Options::default();
        let db = rocksdb::DB::open_cf(&options, folder.path(), families).expect("opens");
        let meta = db.cf_handle("meta").expect("there");
        db.put_cf(meta, "format", "quittance-ledger/2").expect("written");
        drop(db);
        let refused = RocksStore::open(folder.path()).expect_err("another format");
        assert_eq!(refused.code(), "version_unknown");
        let db = rocksdb::DB::open_cf(&options, folder.path(), families).expect("opens");
        let meta = db.cf_handle("meta").expect("there");
        db.delete_cf(meta, "format").expect("written");
        drop(db);
        let refused = RocksStore::open(folder.path()).expect_err("no format");
        assert_eq!(refused.code(), "store_presence");
    }

    /// Whether any file of a store holds these bytes.
    fn holds(folder: &std::path::Path, bytes: &[u8]) -> bool {
        let files = fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
        let mut files = files.map(|file| fs::read(file).expect("readable"));
        files.any(|file| file.windows(bytes.len()).any(|window| window == bytes))
    }

    /// Wherever the blob was: in the write-ahead log only, or in a table too.
    #[test]
    fn an_erased_blob_is_in_no_file() {
        for tabled in [false, true] {
            let folder = folder();
            let path = folder.path().join("ledger");
            let (name, other) = (b"name of somebody who leaves", b"name of somebody who stays");
            let mut store = RocksStore::create(&path).expect("created");
            let id = BlobId::of("test", name);
            store.append(&batch(0, 3)).expect("written");
            store.put_blob(&id, name).expect("written");
            store.put_blob(&BlobId::of("test", other), other).expect("written");
            if tabled {
                drop(store);
                store = RocksStore::open(&path).expect("opens");
            }
            assert!(holds(&path, name) && holds(&path, other), "or the test looks for nothing");
            store.erase_blob(&id).expect("erased");
            assert!(!holds(&path, name), "tabled: {tabled}");
            assert!(holds(&path, other), "tabled: {tabled}");
            drop(store);
            assert!(!holds(&path, name), "tabled: {tabled}");
            let log = Log::open(RocksStore::open(&path).expect("opens")).expect("sound");
            assert_eq!(log.audit().expect("sound").size, 3);
            assert_eq!(log.blob("test", &id).expect("read"), None);
        }
    }

    /// RocksDB itself would loop without end over it.
    #[test]
    fn a_manifest_record_of_a_recycled_file_is_refused() {
        let folder = folder();
        let path = folder.path().join("ledger");
        let store = RocksStore::create(&path).expect("created");
        store.append(&batch(0, 3)).expect("written");
        drop(store);
        let current = fs::read_to_string(path.join("CURRENT")).expect("readable");
        let manifest = path.join(current.trim_end());
        let good = fs::read(&manifest).expect("readable");
        let second = 7 + usize::from(u16::from_le_bytes([good[4], good[5]]));
        for record in [0, second] {
            let mut bad = good.clone();
            // From 1, a whole record, to 5, a whole record of a recycled file: one bit.
            assert_eq!(bad[record + 6], 1);
            bad[record + 6] = 5;
            fs::write(&manifest, &bad).expect("written");
            for opened in [RocksStore::open(&path), RocksStore::open_read_only(&path)] {
                let refused = opened.expect_err("refused");
                assert_eq!(refused.code(), "store_corrupt");
                assert!(refused.to_string().contains("MANIFEST"), "{refused}");
            }
        }
        fs::write(&manifest, &good).expect("restored");
        RocksStore::open(&path).expect("opens");
    }

    #[test]
    fn backup_is_a_store() {
        let folder = folder();
        let mut log =
            Log::open(RocksStore::create(folder.path().join("a")).expect("created")).expect("opens");
        fill(&mut log, 40);
        log.store().backup(folder.path().join("b")).expect("copied");
        fill(&mut log, 50);
        let copy = Log::open(RocksStore::open(folder.path().join("b")).expect("opens"));
        assert_eq!(copy.expect("sound").audit().expect("sound"), log_of(40).head());
        assert!(log.store().backup(folder.path().join("b")).is_err(), "it exists");
    }

    #[test]
    fn an_older_copy_put_back_is_noticed_by_the_anchor() {
        let folder = folder();
        let path = folder.path().join("ledger");
        let anchor = quittance_ledger::FileAnchor::at(folder.path().join("anchor"));
        let mut log = Log::open(RocksStore::create(&path).expect("created")).expect("opens");
        fill(&mut log, 10);
        log.publish_checkpoint(&log_key(), &anchor).expect("published");
        let old = folder.path().join("old");
        log.store().backup(&old).expect("copied");
        fill(&mut log, 20);
        log.publish_checkpoint(&log_key(), &anchor).expect("published");
        let vkey = log_key().verifier_key();
        let restored = Log::open(RocksStore::open(&old).expect("opens")).expect("sound in itself");
        let error = restored.check_anchor(&vkey, &anchor).expect_err("rolled back");
        assert_eq!(error.code(), "store_rollback");
        assert_eq!(
            error.to_string(),
            format!("rollback or loss: have {}, signed {}", log_of(10).head(), log.head())
        );
        assert_eq!(log.check_anchor(&vkey, &anchor).expect("sound"), Some(log.head()));
    }
}
