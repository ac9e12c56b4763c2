//! The log as a whole: appending, resubmission, times, reading, audit.

use crate::lying::Lying;
use crate::support::{entry, envelope, fill, log_of};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use quittance_ledger::store::Batch;
use quittance_ledger::{
    BlobId, Entry, Log, LogError, MemoryStore, Novelty, RecordId, RightEdge, Store, StoreError, TreeHash,
    TreeHead,
};
use std::sync::Arc;

#[test]
fn empty_log() {
    let log = log_of(0);
    assert_eq!(log.head(), TreeHead::EMPTY);
    assert_eq!(log.head_at(0).expect("always there"), TreeHead::EMPTY);
    assert_eq!(log.audit().expect("nothing to audit"), TreeHead::EMPTY);
    assert_eq!(log.entries(0..0).expect("no entries"), []);
}

#[test]
fn resubmission_returns_the_first_index() {
    let mut log = log_of(3);
    // The second is another signature-free copy: another time, another kind byte.
    let again = Entry::from_envelope(8, 999, envelope(1, &[1]));
    let answers = log.append(vec![again, entry(3), entry(3), entry(0)]).expect("appended");
    let summary: Vec<_> = answers.iter().map(|a| (a.index, a.novelty)).collect();
    assert_eq!(
        summary,
        [(1, Novelty::Resubmitted), (3, Novelty::New), (3, Novelty::Resubmitted), (0, Novelty::Resubmitted)]
    );
    assert_eq!(log.size(), 4);
    let head = log.head();
    log.append((0..4).map(entry).collect()).expect("nothing new");
    assert_eq!(log.head(), head);
}

#[test]
fn times_never_run_backwards() {
    let store = Arc::new(MemoryStore::new());
    let at = |number, time| Entry::from_envelope(7, time, envelope(number, &[1]));
    let mut log = Log::open(Arc::clone(&store)).expect("opens");
    log.append(vec![at(0, 50), at(1, 40)]).expect("appended");
    let mut log = Log::open(store).expect("opens again");
    log.append(vec![at(2, 45), at(3, 60)]).expect("appended");
    let times: Vec<_> = log.entries(0..4).expect("all").iter().map(Entry::time_ms).collect();
    assert_eq!(times, [50, 50, 50, 60]);
    log.audit().expect("sound");
}

#[test]
fn lookups() {
    let log = log_of(5);
    for index in 0..5 {
        assert_eq!(log.index_of(&entry(index).record_id()).expect("found"), Some(index));
        assert_eq!(log.entry(index).expect("there"), entry(index));
    }
    assert_eq!(log.index_of(&RecordId([0; 32])).expect("read"), None);
    assert_eq!(log.entries(1..3).expect("there"), [entry(1), entry(2)]);
    let mut seen = Vec::new();
    let stopped = log.scan(1..5, |index, _| {
        seen.push(index);
        if index == 3 { Err(LogError::from(StoreError::Poisoned)) } else { Ok(()) }
    });
    assert!(stopped.is_err());
    assert_eq!(seen, [1, 2, 3]);
}

#[test]
fn blobs_are_checked_when_read() {
    let log = log_of(0);
    let id = log.put_blob("quittance test blob", b"text").expect("kept");
    assert_eq!(id, BlobId::of("quittance test blob", b"text"));
    let read = |log: &Log<MemoryStore>| log.blob("quittance test blob", &id);
    assert_eq!(read(&log).expect("there"), Some(b"text".to_vec()));
    assert!(log.blob("another context", &id).is_err());
    log.store().put_blob(&id, b"tex").expect("kept");
    assert_eq!(read(&log).expect_err("other bytes").code(), "store_corrupt");
    log.store().erase_blob(&id).expect("erased");
    assert_eq!(read(&log).expect("read"), None);
}

#[test]
fn two_logs_over_one_store() {
    let store = Arc::new(MemoryStore::new());
    let mut writer = Log::open(Arc::clone(&store)).expect("opens");
    let mut reader = Log::open(Arc::clone(&store)).expect("opens");
    fill(&mut writer, 5);
    assert_eq!(reader.size(), 0);
    // A second writer cannot fork the log.
    let conflict = reader.append(vec![entry(9)]).expect_err("a stale log");
    assert_eq!(conflict.code(), "store_conflict");
    reader.refresh().expect("sound");
    assert_eq!(reader.head(), writer.head());
}

/// A store with entries 0..3 whose second entry is not what its hash says.
fn tampered(entry1: Vec<u8>, id1: RecordId) -> Arc<MemoryStore> {
    let honest = log_of(3);
    let store = MemoryStore::new();
    let mut edge = RightEdge::empty();
    let mut batch = Batch { first: 0, entries: vec![], nodes: vec![], head: TreeHead::EMPTY };
    for index in 0..3 {
        let entry = honest.entry(index).expect("there");
        batch.nodes.extend(edge.push(entry.leaf_hash()));
        batch.entries.push((entry.record_id(), entry.encode()));
    }
    batch.entries[1] = (id1, entry1);
    batch.head = edge.head();
    store.append(&batch).expect("a batch that fits together");
    Arc::new(store)
}

#[test]
fn audit_finds_what_opening_does_not() {
    let right = (entry(1).encode(), entry(1).record_id());
    let sound = Log::open(tampered(right.0.clone(), right.1)).expect("opens");
    assert_eq!(sound.audit().expect("sound"), sound.head());
    let edited = Entry::from_envelope(7, 1, envelope(77, &[1]));
    let cases = [
        (edited.encode(), right.1),
        (edited.encode(), edited.record_id()),
        (right.0.clone(), edited.record_id()),
        (right.0[1..].to_vec(), right.1),
    ];
    for (bytes, id) in cases {
        let log = Log::open(tampered(bytes, id)).expect("opening reads only the edge");
        assert_eq!(log.audit().expect_err("tampered").code(), "store_corrupt");
    }
}

/// What a store leaves out without a word is missed.
#[test]
fn a_store_that_falls_short_is_noticed() {
    let inner = Arc::new(MemoryStore::new());
    fill(&mut Log::open(Arc::clone(&inner)).expect("opens"), 8);
    let open = |ends, nodes| {
        let store = Lying { inner: Arc::clone(&inner), ends, nodes, ..Lying::default() };
        Log::open(store).expect("the edge of eight entries is one node")
    };
    let ends = open(Some(3), None);
    assert_eq!(ends.entries(0..3).expect("there"), [entry(0), entry(1), entry(2)]);
    assert_eq!(ends.entries(0..4).expect_err("one is missing").code(), "store_corrupt");
    assert_eq!(ends.audit().expect_err("most are missing").code(), "store_corrupt");
    let few = open(None, Some(1));
    assert_eq!(few.leaf_hash(3).expect("one node"), entry(3).leaf_hash());
    assert_eq!(few.prove_inclusion(3, 8).expect_err("three nodes").code(), "store_corrupt");
}

#[test]
fn a_head_that_does_not_fit_the_tree_does_not_open() {
    let store = MemoryStore::new();
    let head = TreeHead { size: 1, root: TreeHash([1; 32]) };
    let entries = vec![(entry(0).record_id(), entry(0).encode())];
    let nodes = vec![entry(0).leaf_hash()];
    store.append(&Batch { first: 0, entries, nodes, head }).expect("appended");
    assert_eq!(Log::open(store).expect_err("another root").code(), "store_corrupt");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 60,
        rng_seed: RngSeed::Fixed(3),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Any sequence of batches with repetitions is the list of first occurrences.
    #[test]
    fn batches_against_a_list(batches in prop::collection::vec(prop::collection::vec(0_u64..40, 0..12), 0..12)) {
        let store = Arc::new(MemoryStore::new());
        let mut model: Vec<u64> = Vec::new();
        for batch in &batches {
            let mut log = Log::open(Arc::clone(&store)).expect("opens");
            let at = |number: &u64| Entry::from_envelope(7, 0, envelope(*number, &[1]));
            let answers = log.append(batch.iter().map(at).collect()).expect("appended");
            for (number, answer) in batch.iter().zip(answers) {
                let stood = model.iter().position(|other| other == number);
                if stood.is_none() {
                    model.push(*number);
                }
                let index = stood.unwrap_or(model.len() - 1) as u64;
                prop_assert_eq!(answer.index, index);
                prop_assert_eq!(answer.novelty == Novelty::New, stood.is_none());
            }
            let mut edge = RightEdge::empty();
            for number in &model {
                edge.push(at(number).leaf_hash());
            }
            prop_assert_eq!(log.head(), edge.head());
            prop_assert_eq!(log.audit().expect("sound"), edge.head());
        }
    }
}

/// In order whatever the cores do, with the tree up to each entry.
#[test]
fn a_sweep_visits_all_in_order() {
    for size in [0, 1, 2047, 2048, 2049, 4097] {
        let log = log_of(size);
        let mut next = 0;
        let swept = log.sweep(
            |index, id, entry| (index, id == entry.record_id()),
            |index, prepared, tree| {
                assert_eq!((index, prepared), (next, (next, true)));
                next += 1;
                assert_eq!(tree.size(), next);
            },
        );
        assert_eq!((swept.expect("sound"), next), (log.head(), size));
    }
}

#[test]
fn a_panic_in_a_sweep_is_the_callers() {
    let log = log_of(10);
    let swept = std::panic::catch_unwind(|| log.sweep(|index, _, _| assert!(index < 5), |_, (), _| {}));
    assert!(swept.is_err());
}
