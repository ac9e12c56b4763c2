//! A survey names whatever is lost or damaged, and says how far the rest is proved.

use crate::lying::Lying;
use crate::support::{ORIGIN, entry, envelope, fill, key, log_key, log_of, origin};
use quittance_ledger::store::Batch;
use quittance_ledger::{
    BlobId, Entry, LogKey, MemoryAnchor, MemoryStore, Part, RightEdge, SignedCheckpoint, Store, Survey,
    TreeHash, TreeHead,
};

const CONTEXT: &str = "quittance test blob";

/// A batch of the entries below `size` that fits together, and may be changed before it is appended.
fn batch(size: u64) -> Batch {
    let mut edge = RightEdge::empty();
    let mut batch = Batch { first: 0, entries: vec![], nodes: vec![], head: TreeHead::EMPTY };
    for index in 0..size {
        batch.nodes.extend(edge.push(entry(index).leaf_hash()));
        batch.entries.push((entry(index).record_id(), entry(index).encode()));
    }
    batch.head = edge.head();
    batch
}

/// The tree of the first entries of the test log, signed.
fn note(size: u64) -> SignedCheckpoint {
    log_key().sign(log_of(size).head())
}

/// Nine entries, two checkpoints, a blob and a value, all of it right.
fn store(batch: &Batch) -> Lying {
    let store = Lying::default();
    store.append(batch).expect("a batch that fits together");
    for size in [5, 9] {
        store.put_checkpoint(size, &note(size).to_bytes()).expect("kept");
    }
    store.put_blob(&BlobId::of(CONTEXT, b"a statement"), b"a statement").expect("kept");
    store.put_meta("name", b"value").expect("kept");
    store
}

fn survey(store: &Lying, notes: Vec<SignedCheckpoint>, acknowledged: u64) -> Survey {
    Survey::of(store, &log_key().verifier_key(), &[CONTEXT], notes, acknowledged, &mut |_| {})
}

fn parts(survey: &Survey) -> Vec<Part> {
    survey.damage.iter().map(|damage| damage.part.clone()).collect()
}

/// The sizes of what is proved and of what was signed last.
fn sizes(survey: &Survey) -> (Option<u64>, Option<u64>) {
    let size = |note: &Option<SignedCheckpoint>| note.as_ref().map(|note| note.head().size);
    (size(&survey.proved), size(&survey.signed))
}

#[test]
fn a_sound_store_has_no_damage() {
    let mut read = 0;
    let key = log_key().verifier_key();
    let found = Survey::of(&store(&batch(9)), &key, &[CONTEXT], vec![note(9)], 9, &mut |some| read += some);
    assert!(found.is_sound(), "{:?}", found.damage);
    assert_eq!((found.expected, found.unbroken, read), (9, 9, 9));
    assert_eq!(sizes(&found), (Some(9), Some(9)));
    // The same of a log that was made as logs are.
    let (mut log, anchor) = (log_of(4), MemoryAnchor::new());
    log.publish_checkpoint(&log_key(), &anchor).expect("signed");
    fill(&mut log, 7);
    let found = Survey::of(log.store(), &key, &[], vec![], 0, &mut |_| {});
    assert_eq!((found.is_sound(), found.expected, found.unbroken), (true, 7, 7));
    assert_eq!(sizes(&found), (Some(4), Some(4)));
    let nothing = Survey::of(&MemoryStore::new(), &key, &[], vec![], 0, &mut |_| {});
    assert_eq!((nothing.is_sound(), nothing.expected, sizes(&nothing)), (true, 0, (None, None)));
}

#[test]
fn what_was_promised_and_is_not_there_is_missed() {
    let missing = [Part::Entry(9), Part::Entry(10)];
    let signed = survey(&store(&batch(9)), vec![note(11)], 0);
    assert!(!signed.is_sound());
    assert_eq!((signed.expected, signed.unbroken, parts(&signed)), (11, 9, missing.to_vec()));
    assert_eq!(sizes(&signed), (Some(9), Some(11)));
    let acknowledged = survey(&store(&batch(9)), vec![], 11);
    assert_eq!((acknowledged.expected, parts(&acknowledged)), (11, missing.to_vec()));
    assert_eq!(sizes(&acknowledged), (Some(9), Some(9)));
    // What somebody else signed promises nothing.
    let stranger = LogKey::new(origin(ORIGIN), key(9)).sign(note(11).head());
    assert!(survey(&store(&batch(9)), vec![stranger], 0).is_sound());
    // The log has signed another tree of a size that is there.
    let fork = log_key().sign(TreeHead { size: 9, root: TreeHash([8; 32]) });
    let forked = survey(&store(&batch(9)), vec![fork], 0);
    assert_eq!((parts(&forked), sizes(&forked).0), (vec![Part::Checkpoint(9)], Some(9)));
    // An entry in the middle: those after it are read, and prove nothing.
    let hole = survey(&Lying { lost: Some(6), ..store(&batch(9)) }, vec![], 0);
    assert_eq!((hole.expected, hole.unbroken, parts(&hole)), (9, 6, vec![Part::Entry(6)]));
    assert_eq!(sizes(&hole), (Some(5), Some(9)));
}

#[test]
fn changed_entries_ids_nodes_and_heads_are_named() {
    let changed = |change: &dyn Fn(&mut Batch)| {
        let mut batch = batch(9);
        change(&mut batch);
        survey(&store(&batch), vec![], 0)
    };
    let edited = || Entry::from_envelope(7, 1, envelope(77, &[1]));
    let unreadable = changed(&|batch| batch.entries[6].1.truncate(20));
    assert_eq!((parts(&unreadable), unreadable.unbroken), (vec![Part::Entry(6)], 6));
    let other = changed(&|batch| batch.entries[6].1 = edited().encode());
    let (tree, head) = ([Part::Nodes(6), Part::Nodes(7)], [Part::Checkpoint(9), Part::Head]);
    assert_eq!(parts(&other), [&[Part::Record(6)], &tree[..], &head].concat());
    assert_eq!(sizes(&other).0, Some(5), "what was signed before the change stays proved");
    let noted = changed(&|batch| batch.entries[6].0 = edited().record_id());
    assert_eq!(parts(&noted), [Part::Record(6)]);
    let swapped = changed(&|batch| {
        (batch.entries[3].0, batch.entries[6].0) = (entry(6).record_id(), entry(3).record_id())
    });
    assert_eq!(parts(&swapped), [Part::Record(3), Part::Record(6)]);
    // The last node is the leaf of entry 8, which completes nothing.
    let node = changed(&|batch| batch.nodes.last_mut().expect("a node").0[0] ^= 1);
    assert_eq!(parts(&node), [Part::Nodes(8)]);
    let root = changed(&|batch| batch.head.root = TreeHash([8; 32]));
    assert_eq!(parts(&root), [Part::Head]);
    // A head that was put back leaves entries after the last one.
    let shorter = Lying::default();
    shorter.append(&batch(9)).expect("appended");
    let shorter = survey(&Lying { head: Some(log_of(8).head()), ..shorter }, vec![], 0);
    assert_eq!((shorter.expected, parts(&shorter)), (8, vec![Part::Entry(8)]));
}

#[test]
fn changed_checkpoints_blobs_and_values_are_named() {
    let store = store(&batch(9));
    let stranger = LogKey::new(origin(ORIGIN), key(9)).sign(note(4).head());
    let fork = log_key().sign(TreeHead { size: 7, root: TreeHash([8; 32]) });
    store.put_checkpoint(3, b"no note").expect("kept");
    store.put_checkpoint(4, &stranger.to_bytes()).expect("kept");
    store.put_checkpoint(6, &note(5).to_bytes()).expect("kept");
    store.put_checkpoint(7, &fork.to_bytes()).expect("kept");
    let blob = BlobId::of(CONTEXT, b"another");
    store.put_blob(&blob, b"a changed blob").expect("kept");
    let found = survey(&store, vec![], 0);
    // Those that cannot be believed first, then what disagrees with the entries.
    let expected = [3, 4, 6, 7].map(Part::Checkpoint);
    assert_eq!(parts(&found), [&expected[..], &[Part::Blob(blob)]].concat());
    assert_eq!(sizes(&found), (Some(9), Some(9)));
    let unreadable = survey(&Lying { unreadable: true, ..self::store(&batch(9)) }, vec![], 0);
    assert_eq!(parts(&unreadable), [Part::Kept, Part::Value("name".into()), Part::Kept]);
    assert_eq!((unreadable.unbroken, sizes(&unreadable)), (9, (None, None)));
}
