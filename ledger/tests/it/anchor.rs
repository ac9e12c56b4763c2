//! Signing, and refusing to sign what would fork the log.

use crate::support::{entry, envelope, fill, log_key, log_of};
use quittance_ledger::checkpoint::SignatureLine;
use quittance_ledger::{
    Anchor, Entry, FileAnchor, Log, LogError, LogKey, MemoryAnchor, MemoryStore, Store, TreeHead,
};
use tempfile::tempdir;

#[test]
fn publishing_again_gives_the_same_note_with_its_cosignatures() {
    let (mut log, anchor) = (log_of(5), MemoryAnchor::new());
    let first = log.publish_checkpoint(&log_key(), &anchor).expect("published");
    assert_eq!(log.publish_checkpoint(&log_key(), &anchor).expect("published"), first);
    assert_eq!(log.last_checkpoint().expect("read"), Some(first.clone()));
    let mut cosigned = first.clone();
    let line = SignatureLine::new("witness.example".to_owned(), 1, vec![1; 72]);
    cosigned.add_line(line.expect("a valid line")).expect("a new line");
    log.store().put_checkpoint(5, &cosigned.to_bytes()).expect("kept");
    assert_eq!(log.publish_checkpoint(&log_key(), &anchor).expect("published"), cosigned);
    fill(&mut log, 9);
    let second = log.publish_checkpoint(&log_key(), &anchor).expect("published");
    assert_eq!(second.head(), log.head());
    let proof = log.prove_consistency(5, 9).expect("within the log");
    assert_eq!(proof.verify(first.head(), second.head()), Ok(()));
}

#[test]
fn the_empty_log_can_be_signed() {
    let (log, anchor) = (log_of(0), MemoryAnchor::new());
    let note = log.publish_checkpoint(&log_key(), &anchor).expect("published");
    assert_eq!(note.head(), TreeHead::EMPTY);
    assert_eq!(note.verify(&log_key().verifier_key()), Ok(TreeHead::EMPTY));
}

#[test]
fn a_shorter_or_different_log_is_refused() {
    let (log, anchor) = (log_of(5), MemoryAnchor::new());
    log.publish_checkpoint(&log_key(), &anchor).expect("published");
    let signed = log.head();
    // Entries were lost.
    let shorter = log_of(4);
    // Entries were lost and others came in their place.
    let mut other = log_of(4);
    let strange = Entry::from_envelope(7, 4, envelope(99, &[1]));
    other.append(vec![strange, entry(5), entry(6)]).expect("appended");
    for (log, have) in [(&shorter, shorter.head()), (&other, other.head_at(5).expect("there"))] {
        for refused in [
            log.check_anchor(&log_key().verifier_key(), &anchor).map(drop),
            log.publish_checkpoint(&log_key(), &anchor).map(drop),
        ] {
            let error = refused.expect_err("refused");
            let expected = format!("rollback or loss: have {have}, signed {signed}");
            assert_eq!((error.code(), error.to_string()), ("store_rollback", expected));
        }
        assert_eq!(log.last_checkpoint().expect("read"), None, "nothing was signed");
    }
    // A longer log with the same beginning is the same log.
    let longer = log_of(8);
    longer.publish_checkpoint(&log_key(), &anchor).expect("published");
}

#[test]
fn a_missing_anchor_is_noticed() {
    let (mut log, anchor) = (log_of(5), MemoryAnchor::new());
    let vkey = log_key().verifier_key();
    assert_eq!(log.check_anchor(&vkey, &anchor).expect("nothing signed yet"), None);
    log.publish_checkpoint(&log_key(), &anchor).expect("published");
    let signed = log.head();
    fill(&mut log, 6);
    let lost = log.check_anchor(&vkey, &MemoryAnchor::new()).expect_err("no anchor");
    assert!(matches!(lost, LogError::AnchorMissing { signed: s } if s == signed), "{lost}");
}

#[test]
fn an_older_anchor_put_back_does_not_hide_later_checkpoints() {
    let (mut log, anchor) = (log_of(5), MemoryAnchor::new());
    log.publish_checkpoint(&log_key(), &anchor).expect("published");
    let old = anchor.load().expect("read").expect("there");
    fill(&mut log, 9);
    log.publish_checkpoint(&log_key(), &anchor).expect("published");
    anchor.save(&old).expect("put back");
    let signed = log.check_anchor(&log_key().verifier_key(), &anchor).expect("sound");
    assert_eq!(signed, Some(log.head()));
    log.publish_checkpoint(&log_key(), &anchor).expect("published");
    assert_ne!(anchor.load().expect("read"), Some(old), "the anchor has caught up");
}

#[test]
fn an_anchor_of_somebody_else_is_refused() {
    let (log, anchor) = (log_of(5), MemoryAnchor::new());
    let stranger = LogKey::new(log_key().origin().clone(), crate::support::key(3));
    anchor.save(&stranger.sign(log.head()).to_bytes()).expect("kept");
    let error = log.publish_checkpoint(&log_key(), &anchor).expect_err("another key");
    assert_eq!(error.code(), "checkpoint_signature_invalid");
    anchor.save(b"garbage").expect("kept");
    let error = log.publish_checkpoint(&log_key(), &anchor).expect_err("garbage");
    assert_eq!(error.code(), "checkpoint_malformed");
}

#[test]
fn a_crash_between_anchor_and_store_is_made_good() {
    let (log, anchor) = (log_of(5), MemoryAnchor::new());
    anchor.save(&log_key().sign(log.head()).to_bytes()).expect("kept");
    assert_eq!(log.last_checkpoint().expect("read"), None);
    let note = log.publish_checkpoint(&log_key(), &anchor).expect("published");
    assert_eq!(note.to_bytes(), anchor.load().expect("read").expect("there"));
    assert_eq!(log.last_checkpoint().expect("read"), Some(note));
}

/// An anchor whose disk is full.
struct FullDisk;

impl Anchor for FullDisk {
    fn load(&self) -> Result<Option<Vec<u8>>, quittance_ledger::StoreError> {
        Ok(None)
    }

    fn save(&self, _: &[u8]) -> Result<(), quittance_ledger::StoreError> {
        Err(quittance_ledger::StoreError::Poisoned)
    }
}

#[test]
fn nothing_is_published_before_the_anchor_holds_it() {
    let log = log_of(5);
    assert!(log.publish_checkpoint(&log_key(), &FullDisk).is_err());
    assert_eq!(log.last_checkpoint().expect("read"), None);
}

#[test]
fn entries_are_read_back_before_signing() {
    // The store of the right tree, one entry of which is another on disk.
    let honest = log_of(6);
    let store = MemoryStore::new();
    let mut batch = quittance_ledger::store::Batch {
        first: 0,
        entries: vec![],
        nodes: (0..10).map(|p| honest.store().nodes(&[p]).expect("there")[0]).collect(),
        head: honest.head(),
    };
    for index in 0..6 {
        let stored = if index == 3 { entry(33) } else { entry(index) };
        batch.entries.push((entry(index).record_id(), stored.encode()));
    }
    store.append(&batch).expect("a batch that fits together");
    let log = Log::open(store).expect("opening reads only the edge");
    let anchor = MemoryAnchor::new();
    let error = log.publish_checkpoint(&log_key(), &anchor).expect_err("another entry");
    assert!(matches!(error, LogError::ReadBack { .. }), "{error}");
    assert_eq!(anchor.load().expect("read"), None);
}

#[test]
fn file_anchor() {
    let folder = tempdir().expect("a temporary folder");
    let path = folder.path().join("anchor");
    let anchor = FileAnchor::at(&path);
    assert_eq!(anchor.load().expect("read"), None);
    anchor.save(b"one").expect("written");
    anchor.save(b"two").expect("written");
    assert_eq!(FileAnchor::at(&path).load().expect("read"), Some(b"two".to_vec()));
    let files = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(files, 1, "no temporary file stays");
    let log = log_of(5);
    let error = log.publish_checkpoint(&log_key(), &anchor).expect_err("not a note");
    assert_eq!(error.code(), "checkpoint_malformed");
    std::fs::remove_file(&path).expect("removed");
    let note = log.publish_checkpoint(&log_key(), &anchor).expect("published");
    assert_eq!(std::fs::read(&path).expect("the file is the note"), note.to_bytes());
    // An anchor that cannot be read is no missing one.
    assert_eq!(FileAnchor::at(folder.path()).load().expect_err("a folder").code(), "store_failed");
    let nowhere = FileAnchor::at(folder.path().join("no/such/folder"));
    assert_eq!(nowhere.save(b"x").expect_err("no folder").code(), "store_failed");
}
