//! Every place between the steps of a write fails, and panics: what was acknowledged or published is there after a restart,
//! nothing is forked, and the log goes on. Runs with the feature `failpoints`: `make failpoints`.

use fail::FailScenario;
use quittance_ledger::envelope::payload_type;
use quittance_ledger::failpoint::{POINTS, ROCKS_POINTS};
use quittance_ledger::{
    Entry, Envelope, FileAnchor, Log, LogKey, MemoryStore, SigningKey, Store, Survey, TreeHead, Writer,
};
use std::path::Path;
use std::sync::Arc;
use tempfile::tempdir;

const CONTEXT: &str = "quittance test blob";

fn log_key() -> LogKey {
    LogKey::new("example.com/models".parse().expect("an origin"), SigningKey::from_bytes(&[200; 32]))
}

fn entry(number: u64) -> Entry {
    let key = SigningKey::from_bytes(&[1; 32]);
    let payload = format!(r#"{{"number":"{number}"}}"#);
    let envelope = Envelope::sign(payload_type("note"), payload, &[&key]).expect("an envelope");
    Entry::from_envelope(1, number, envelope)
}

/// What a log has let go out.
#[derive(Default)]
struct Promised {
    entries: Vec<(Entry, u64)>,
    signed: Vec<TreeHead>,
    /// Whether something was refused or ended.
    failed: bool,
}

/// Submits entries by number, publishes, and notes what was promised.
fn work<S: Store + 'static>(
    log: Log<S>,
    numbers: std::ops::Range<u64>,
    anchor: &Path,
    promised: &mut Promised,
) {
    let writer = Writer::start(log);
    let tickets: Vec<_> = numbers.map(|number| (entry(number), writer.submit(entry(number)))).collect();
    for (entry, ticket) in tickets {
        match ticket.wait() {
            Ok(appended) => promised.entries.push((entry, appended.index)),
            Err(_) => promised.failed = true,
        }
    }
    let anchor = FileAnchor::at(anchor);
    match writer.call(move |log| log.publish_checkpoint(&log_key(), &anchor)) {
        Ok(Ok(note)) => promised.signed.push(note.head()),
        Ok(Err(_)) | Err(_) => promised.failed = true,
    }
}

/// A log has all that was promised, and nothing in it is damaged.
fn keeps<S: Store>(log: &Log<S>, promised: &Promised, anchor: &Path, about: &str) {
    let key = log_key().verifier_key();
    log.check_anchor(&key, &FileAnchor::at(anchor)).unwrap_or_else(|error| panic!("{about}: {error}"));
    for (entry, index) in &promised.entries {
        let found = log.index_of(&entry.record_id()).expect("read");
        assert_eq!(found, Some(*index), "{about}: an acknowledged entry");
    }
    for signed in &promised.signed {
        assert_eq!(log.head_at(signed.size).expect("there"), *signed, "{about}: a fork");
    }
    let survey = Survey::of(log.store(), &key, &[CONTEXT], vec![], 0, &mut |_| {});
    assert_eq!(survey.damage, [], "{about}");
}

/// Tries all points with both ways to fail. `open` opens the store in a folder, again and again.
fn try_all<S: Store + 'static>(points: &[&str], open: impl Fn(&Path) -> S) {
    // One at a time: the places are the process's.
    let scenario = FailScenario::setup();
    for point in points {
        for way in ["return", "panic"] {
            let about = format!("{point}: {way}");
            let folder = tempdir().expect("a folder");
            let (store, anchor) = (folder.path().join("ledger"), folder.path().join("anchor"));
            let log = || Log::open(open(&store)).unwrap_or_else(|error| panic!("{about}: {error}"));
            let mut promised = Promised::default();
            work(log(), 0..5, &anchor, &mut promised);
            assert!(!promised.failed, "{about}: nothing is wrong yet");
            fail::cfg(*point, way).expect("a place to fail at");
            work(log(), 3..9, &anchor, &mut promised);
            fail::remove(point);
            assert!(promised.failed, "{about}: nobody came by");
            keeps(&log(), &promised, &anchor, &about);
            // Whoever was not answered submits again.
            promised.failed = false;
            work(log(), 0..12, &anchor, &mut promised);
            assert!(!promised.failed, "{about}: the log does not go on");
            let log = log();
            keeps(&log, &promised, &anchor, &about);
            assert_eq!(log.size(), 12, "{about}: each entry stands once");
        }
    }
    scenario.teardown();
}

#[test]
fn in_memory() {
    let stores = std::sync::Mutex::new(std::collections::BTreeMap::<_, Arc<MemoryStore>>::new());
    try_all(&POINTS, |path| {
        let mut stores = stores.lock().expect("no panic while it is held");
        Arc::clone(stores.entry(path.to_owned()).or_default())
    });
}

#[cfg(feature = "rocksdb")]
#[test]
fn on_disk() {
    use quittance_ledger::RocksStore;
    let points = [&POINTS[..], &ROCKS_POINTS[..]].concat();
    try_all(&points, |path| {
        let store = if path.exists() { RocksStore::open(path) } else { RocksStore::create(path) };
        store.expect("opens")
    });
}

#[cfg(not(feature = "rocksdb"))]
#[test]
fn places_of_the_disk_are_others() {
    assert!(ROCKS_POINTS.iter().all(|point| !POINTS.contains(point)));
}
