//! A log, its writer and its disk, simulated: whatever goes wrong in whatever order, the log says what a list would say,
//! or refuses. Every seed is a life of its own; `make simulation` lives 10,000 of them.

use crate::support::{entry, log_key, reads_of_inner};
use quittance_ledger::store::Batch;
use quittance_ledger::{
    BlobId, Entry, Log, LogError, MemoryAnchor, MemoryStore, Novelty, RecordId, Store, StoreError, TreeHash,
    TreeHead, leaf_hash,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Steps of a life.
const STEPS: u64 = 60;

/// What happens to the next write.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    /// Nothing of it is written.
    Lost,
    /// All of it is written, and the error says otherwise.
    Unacknowledged,
}

/// A disk in memory that fails when it is told to, and then refuses to write until it is opened anew.
#[derive(Default)]
struct Disk {
    inner: MemoryStore,
    fate: Mutex<Option<Fate>>,
    /// An entry one bit of which is read wrongly.
    rotten: Mutex<Option<u64>>,
    poisoned: AtomicBool,
}

impl Disk {
    fn write(&self, write: impl FnOnce() -> Result<(), StoreError>) -> Result<(), StoreError> {
        if self.poisoned.load(Ordering::SeqCst) {
            return Err(StoreError::Poisoned);
        }
        let fate = self.fate.lock().expect("unpoisoned").take();
        if fate != Some(Fate::Lost) {
            write()?;
        }
        if fate.is_some() {
            self.poisoned.store(true, Ordering::SeqCst);
            return Err(StoreError::failed("writing", "the disk"));
        }
        Ok(())
    }

    fn rot(&self, index: u64, mut bytes: Vec<u8>) -> Vec<u8> {
        let last = bytes.len() - 1;
        if *self.rotten.lock().expect("unpoisoned") == Some(index) {
            bytes[last] ^= 4;
        }
        bytes
    }
}

impl Store for Disk {
    reads_of_inner!();

    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.inner.entry(index)?.map(|bytes| self.rot(index, bytes)))
    }
    fn scan(
        &self,
        from: u64,
        visit: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.inner.scan(from, &mut |index, bytes| visit(index, &self.rot(index, bytes.to_vec())))
    }
    fn append(&self, batch: &Batch) -> Result<(), StoreError> {
        self.write(|| self.inner.append(batch))
    }
    fn put_checkpoint(&self, size: u64, note: &[u8]) -> Result<(), StoreError> {
        self.write(|| self.inner.put_checkpoint(size, note))
    }
    fn put_blob(&self, id: &BlobId, bytes: &[u8]) -> Result<(), StoreError> {
        self.write(|| self.inner.put_blob(id, bytes))
    }
    fn erase_blob(&self, id: &BlobId) -> Result<(), StoreError> {
        self.write(|| self.inner.erase_blob(id))
    }
    fn put_meta(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        self.write(|| self.inner.put_meta(name, value))
    }
}

/// Numbers that look random.
struct Dice(u64);

impl Dice {
    /// Below `sides`, which is not 0.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 += 1;
        let hash = blake3::hash(&self.0.to_be_bytes());
        let number = hash.as_bytes().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        number % sides
    }
}

/// How often each operation was done, and each outcome seen.
type Counts = BTreeMap<&'static str, u64>;

/// One life: the log, and the list that says what it must say.
struct Life {
    dice: Dice,
    disk: Arc<Disk>,
    log: Log<Arc<Disk>>,
    anchor: MemoryAnchor,
    /// What stands, byte for byte.
    list: Vec<Vec<u8>>,
    /// Whose index is promised: ids of acknowledged entries.
    promised: BTreeMap<RecordId, u64>,
    /// Every tree that was ever signed.
    signed: BTreeMap<u64, TreeHash>,
    next: u64,
}

/// RFC 6962, naively.
fn root(list: &[Vec<u8>]) -> TreeHash {
    match list {
        [] => TreeHead::EMPTY.root,
        [bytes] => leaf_hash(bytes),
        _ => {
            let half = list.len().next_power_of_two() / 2;
            let (left, right) = list.split_at(half);
            tlog_tiles::node_hash(root(left).into(), root(right).into()).into()
        }
    }
}

impl Life {
    fn new(seed: u64) -> Self {
        let disk = Arc::new(Disk::default());
        let log = Log::open(Arc::clone(&disk)).expect("an empty log");
        let (list, promised, signed) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        let anchor = MemoryAnchor::new();
        Self { dice: Dice(seed << 32), disk, log, anchor, list, promised, signed, next: 0 }
    }

    fn size(&self) -> u64 {
        self.list.len() as u64
    }

    /// New entries and old ones, in any order, some twice.
    fn batch(&mut self) -> Vec<Entry> {
        let many = 1 + self.dice.roll(6);
        let mut batch = Vec::new();
        for _ in 0..many {
            let number = if self.next > 0 && self.dice.roll(4) == 0 {
                self.dice.roll(self.next)
            } else {
                self.next += 1;
                self.next - 1
            };
            batch.push(entry(number));
        }
        let (first, second) = (self.dice.roll(many), self.dice.roll(many));
        batch.swap(first as usize, second as usize);
        batch
    }

    /// What a list does with a batch.
    fn expected(&self, batch: &[Entry]) -> (Vec<(u64, Novelty)>, Vec<Vec<u8>>) {
        let mut list = self.list.clone();
        let mut ids: BTreeMap<RecordId, u64> = (0..)
            .zip(&list)
            .map(|(index, bytes)| (Entry::decode(bytes).expect("ours").record_id(), index))
            .collect();
        let mut time = list.last().map_or(0, |bytes| Entry::decode(bytes).expect("ours").time_ms());
        let mut answers = Vec::new();
        for entry in batch {
            if let Some(index) = ids.get(&entry.record_id()) {
                answers.push((*index, Novelty::Resubmitted));
                continue;
            }
            let entry = entry.clone().not_before(time);
            time = entry.time_ms();
            let index = list.len() as u64;
            ids.insert(entry.record_id(), index);
            list.push(entry.encode());
            answers.push((index, Novelty::New));
        }
        (answers, list)
    }

    fn append(&mut self, fate: Option<Fate>, counts: &mut Counts) {
        let batch = self.batch();
        let (answers, list) = self.expected(&batch);
        *self.disk.fate.lock().expect("unpoisoned") = fate;
        let result = self.log.append(batch.clone());
        let writes = list.len() > self.list.len();
        *self.disk.fate.lock().expect("unpoisoned") = None;
        match (result, fate.filter(|_| writes)) {
            (Ok(appended), None) => {
                let found: Vec<_> = appended.iter().map(|one| (one.index, one.novelty)).collect();
                assert_eq!(found, answers);
                for one in &appended {
                    assert_eq!(*self.promised.entry(one.record_id).or_insert(one.index), one.index);
                    let novelty = if one.novelty == Novelty::New { "appended" } else { "resubmitted" };
                    *counts.entry(novelty).or_default() += 1;
                }
                self.list = list;
            }
            (Err(error), Some(fate)) => {
                assert_eq!(error.code(), "store_failed");
                if fate == Fate::Unacknowledged {
                    self.list = list;
                }
                let fate = if fate == Fate::Lost { "a lost write" } else { "an unacknowledged write" };
                *counts.entry(fate).or_default() += 1;
                let again = self.log.append(vec![entry(self.next + 1_000_000)]).expect_err("poisoned");
                assert_eq!(again.code(), "store_poisoned");
                *counts.entry("refused: store_poisoned").or_default() += 1;
                self.reopen(counts);
            }
            (result, fate) => panic!("{result:?} of a write with fate {}", fate.is_some()),
        }
    }

    /// A new process on the same disk.
    fn reopen(&mut self, counts: &mut Counts) {
        self.disk.poisoned.store(false, Ordering::SeqCst);
        self.log = Log::open(Arc::clone(&self.disk)).expect("sound");
        let signed =
            self.log.check_anchor(&log_key().verifier_key(), &self.anchor).expect("nothing was lost");
        assert_eq!(signed.map(|tree| tree.size), self.signed.last_key_value().map(|(size, _)| *size));
        assert_eq!(self.log.audit().expect("sound"), TreeHead { size: self.size(), root: root(&self.list) });
        for (id, index) in &self.promised {
            assert_eq!(self.log.index_of(id).expect("read"), Some(*index));
        }
        *counts.entry("reopened").or_default() += 1;
    }

    fn sign(&mut self, fate: Option<Fate>, counts: &mut Counts) {
        let again = self.signed.contains_key(&self.size());
        *self.disk.fate.lock().expect("unpoisoned") = fate;
        let published = self.log.publish_checkpoint(&log_key(), &self.anchor);
        *self.disk.fate.lock().expect("unpoisoned") = None;
        let tree = TreeHead { size: self.size(), root: root(&self.list) };
        // The anchor may have it even where the store failed: then it counts as signed.
        assert_eq!(*self.signed.entry(tree.size).or_insert(tree.root), tree.root, "a fork");
        match published {
            Ok(note) => {
                assert_eq!(note.head(), tree);
                *counts.entry(if again { "signed again" } else { "signed" }).or_default() += 1;
            }
            Err(error) => {
                assert_eq!(error.code(), "store_failed");
                *counts.entry("a note that was not kept").or_default() += 1;
                self.reopen(counts);
            }
        }
    }

    /// A disk that is an older copy of itself.
    fn roll_back(&mut self, counts: &mut Counts) {
        let Some((signed, _)) = self.signed.last_key_value() else { return };
        if *signed == 0 {
            return;
        }
        let keep = self.dice.roll(*signed);
        let mut older = Log::open(MemoryStore::new()).expect("empty");
        let entries = self.list.iter().take(keep as usize).map(|bytes| Entry::decode(bytes).expect("ours"));
        older.append(entries.collect()).expect("appended");
        let error = older.check_anchor(&log_key().verifier_key(), &self.anchor).expect_err("rolled back");
        assert!(matches!(error, LogError::Rollback { .. }), "{error}");
        let error = older.publish_checkpoint(&log_key(), &self.anchor).expect_err("it would be a fork");
        assert_eq!(error.code(), "store_rollback");
        *counts.entry("refused: store_rollback").or_default() += 1;
    }

    /// A history of its own under the same key, longer than what was signed.
    fn replace(&mut self, counts: &mut Counts) {
        let Some((signed, _)) = self.signed.last_key_value().filter(|(size, _)| **size > 0) else { return };
        let mut other = Log::open(MemoryStore::new()).expect("empty");
        let changed = self.dice.roll(*signed);
        let entries =
            (0..*signed).map(|number| entry(number + if number == changed { 2_000_000 } else { 3_000_000 }));
        other.append(entries.collect()).expect("appended");
        let error = other.publish_checkpoint(&log_key(), &self.anchor).expect_err("it would be a fork");
        assert_eq!(error.code(), "store_rollback");
        *counts.entry("refused: another history").or_default() += 1;
    }

    /// One bit of an entry is read wrongly.
    fn rot(&mut self, counts: &mut Counts) {
        if self.list.is_empty() {
            return;
        }
        let index = self.dice.roll(self.size());
        *self.disk.rotten.lock().expect("unpoisoned") = Some(index);
        assert_eq!(self.log.audit().expect_err("damaged").code(), "store_corrupt");
        let unsigned = self.signed.last_key_value().is_none_or(|(size, _)| index >= *size);
        if unsigned {
            let error = self.log.publish_checkpoint(&log_key(), &self.anchor).expect_err("it was read back");
            assert_eq!(error.code(), "store_corrupt");
            *counts.entry("refused to sign what is not on disk").or_default() += 1;
        }
        *self.disk.rotten.lock().expect("unpoisoned") = None;
        *counts.entry("refused: store_corrupt").or_default() += 1;
    }

    /// The anchor is gone.
    fn lose_anchor(&mut self, counts: &mut Counts) {
        let kept = self.disk.inner.last_checkpoint().expect("read");
        let checked = self.log.check_anchor(&log_key().verifier_key(), &MemoryAnchor::new());
        match kept {
            Some(_) => {
                let error = checked.expect_err("the anchor is missing");
                assert!(matches!(error, LogError::AnchorMissing { .. }), "{error}");
                *counts.entry("refused: no anchor").or_default() += 1;
            }
            None => assert_eq!(checked.expect("nothing was signed"), None),
        }
    }

    fn prove(&mut self, counts: &mut Counts) {
        if self.list.is_empty() {
            return;
        }
        let new = 1 + self.dice.roll(self.size());
        let (old, index) = (self.dice.roll(new + 1), self.dice.roll(new));
        let tree = |size: u64| TreeHead { size, root: root(&self.list[..size as usize]) };
        let proof = self.log.prove_inclusion(index, new).expect("within");
        assert_eq!(proof.verify(leaf_hash(&self.list[index as usize]), index, tree(new)), Ok(()));
        let proof = self.log.prove_consistency(old, new).expect("within");
        assert_eq!(proof.verify(tree(old), tree(new)), Ok(()));
        let end = index + 1 + self.dice.roll(new - index);
        let leaves: Vec<_> =
            self.list[index as usize..end as usize].iter().map(|bytes| leaf_hash(bytes)).collect();
        let proof = self.log.prove_range(index..end, new).expect("within");
        assert_eq!(proof.verify(&leaves, index, tree(new)), Ok(()));
        let beyond = self.log.prove_inclusion(self.size(), self.size() + 1).expect_err("not there yet");
        assert_eq!(beyond.code(), "index_unknown");
        *counts.entry("proved").or_default() += 1;
    }

    fn step(&mut self, counts: &mut Counts) {
        let fate = [Fate::Lost, Fate::Unacknowledged][self.dice.roll(2) as usize];
        match self.dice.roll(16) {
            0..=5 => self.append(None, counts),
            6 => self.append(Some(fate), counts),
            7 | 8 => self.sign(None, counts),
            9 => self.sign(Some(fate), counts),
            10 => self.reopen(counts),
            11 => self.roll_back(counts),
            12 => self.replace(counts),
            13 => self.rot(counts),
            14 => self.lose_anchor(counts),
            _ => self.prove(counts),
        }
    }
}

#[test]
fn every_life_ends_well() {
    let lives = std::env::var("QUITTANCE_LIVES").map_or(100, |lives| lives.parse().expect("a number"));
    let mut counts = Counts::new();
    for seed in 0..lives {
        let mut life = Life::new(seed);
        for _ in 0..STEPS {
            life.step(&mut counts);
        }
        life.reopen(&mut counts);
    }
    println!("{lives} lives: {counts:?}");
    let seen: BTreeSet<&str> = counts.keys().copied().collect();
    let all = [
        "a lost write",
        "a note that was not kept",
        "an unacknowledged write",
        "appended",
        "proved",
        "refused to sign what is not on disk",
        "refused: another history",
        "refused: no anchor",
        "refused: store_corrupt",
        "refused: store_poisoned",
        "refused: store_rollback",
        "reopened",
        "resubmitted",
        "signed",
        "signed again",
    ];
    assert_eq!(seen, all.into(), "an operation or an outcome that never occurred");
}
