//! The log: entries in an order nobody can change afterwards.

use crate::entry::{Entry, leaf_hash};
use crate::error::{LogError, StoreError};
use crate::failpoint::reach;
use crate::ids::{BlobId, RecordId, TreeHash};
use crate::proof::{ConsistencyProof, InclusionProof, Part, RangeProof, walk_range};
use crate::store::{Batch, Store};
use crate::tree::{RightEdge, StoredNodes, TreeHead};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

/// Where a submitted entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its record id.
    pub record_id: RecordId,
    /// The index of its first submission.
    pub index: u64,
    /// Whether this submission put it there.
    pub novelty: Novelty,
}

/// Whether a submission was the first of its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Novelty {
    /// It was appended now.
    New,
    /// It stood there already; nothing was appended.
    Resubmitted,
}

/// An append-only log of entries over a [`Store`].
///
/// Of all `Log`s over one shared store only one may append; the others see its entries after
/// [`Log::refresh`].
#[derive(Debug)]
pub struct Log<S> {
    store: S,
    edge: RightEdge,
    last_time_ms: u64,
}

impl<S: Store> Log<S> {
    /// Opens the log in a store, which may be empty. Fails if the head is not the root of the stored
    /// tree; [`Log::sweep`] and [`Log::audit`] look deeper.
    pub fn open(store: S) -> Result<Self, LogError> {
        let mut log = Self { store, edge: RightEdge::empty(), last_time_ms: 0 };
        log.refresh()?;
        Ok(log)
    }

    /// Takes notice of what another `Log` has appended to the same store.
    pub fn refresh(&mut self) -> Result<(), LogError> {
        let head = self.store.head()?;
        let edge = RightEdge::load(&self.store, head.size)?;
        if edge.head() != head {
            return Err(LogError::ReadBack { found: edge.head().root, expected: head.root });
        }
        self.edge = edge;
        self.last_time_ms = match head.size.checked_sub(1) {
            Some(last) => self.entry(last)?.time_ms(),
            None => 0,
        };
        Ok(())
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The tree of all entries.
    pub fn head(&self) -> TreeHead {
        self.edge.head()
    }

    /// The number of entries.
    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// The tree of the first `size` entries.
    pub fn head_at(&self, size: u64) -> Result<TreeHead, LogError> {
        self.check_size(size)?;
        Ok(RightEdge::load(&self.store, size)?.head())
    }

    /// Appends entries: all that are new in one atomic, durable write, in the order given. The answers
    /// are in the same order.
    ///
    /// A record that stands already is not appended again; its answer is the first index. An entry's
    /// time is raised to its predecessor's if it lies before it, so that times never run backwards.
    pub fn append(&mut self, entries: Vec<Entry>) -> Result<Vec<Appended>, LogError> {
        reach("append: entries are verified")?;
        let first = self.size();
        let mut edge = self.edge.clone();
        let mut last_time_ms = self.last_time_ms;
        let mut batch = Batch { first, entries: Vec::new(), nodes: Vec::new(), head: edge.head() };
        let (mut fresh, mut news) = (BTreeMap::new(), Vec::new());
        let mut answers = Vec::with_capacity(entries.len());
        let known = |entry: Entry| {
            let record_id = entry.record_id();
            Ok::<_, StoreError>((record_id, self.store.index_of(&record_id)?, entry))
        };
        for found in on_all_cores(entries, known) {
            let (record_id, stored, entry) = found?;
            if let Some(index) = stored.or_else(|| fresh.get(&record_id).copied()) {
                answers.push(Appended { record_id, index, novelty: Novelty::Resubmitted });
                continue;
            }
            let entry = entry.not_before(last_time_ms);
            last_time_ms = entry.time_ms();
            let index = first + news.len() as u64;
            news.push((record_id, entry));
            fresh.insert(record_id, index);
            answers.push(Appended { record_id, index, novelty: Novelty::New });
        }
        let encode = |(record_id, entry): (RecordId, Entry)| {
            let encoded = entry.encode();
            (leaf_hash(&encoded), (record_id, encoded))
        };
        for (leaf, entry) in on_all_cores(news, encode) {
            batch.nodes.extend(edge.push(leaf));
            batch.entries.push(entry);
        }
        if !batch.entries.is_empty() {
            batch.head = edge.head();
            reach("append: the batch is made")?;
            self.store.append(&batch)?;
            reach("append: the batch is committed")?;
            self.edge = edge;
            self.last_time_ms = last_time_ms;
        }
        Ok(answers)
    }

    /// The entry at an index.
    pub fn entry(&self, index: u64) -> Result<Entry, LogError> {
        let Some(bytes) = self.store.entry(index)? else {
            let what = format!("entry {index}");
            return Err(LogError::OutOfRange { what, size: self.size() });
        };
        decode(index, &bytes)
    }

    /// The entries of a range, in order.
    pub fn entries(&self, range: Range<u64>) -> Result<Vec<Entry>, LogError> {
        let mut entries = Vec::new();
        self.scan(range, |_, entry| {
            entries.push(entry);
            Ok::<(), LogError>(())
        })?;
        Ok(entries)
    }

    /// Visits the entries of a range in order without holding them all, until an error.
    pub fn scan<E: From<LogError>>(
        &self,
        range: Range<u64>,
        mut visit: impl FnMut(u64, Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        self.scan_encoded(range, |index, bytes| visit(index, decode(index, bytes)?))
    }

    /// Visits the encoded entries of a range.
    pub(crate) fn scan_encoded<E: From<LogError>>(
        &self,
        range: Range<u64>,
        mut visit: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.check_size(range.end)?;
        let mut next = range.start;
        let mut outcome = Ok(());
        let mut step = |index: u64, bytes: &[u8]| {
            if index >= range.end {
                return ControlFlow::Break(());
            }
            next = index + 1;
            outcome = visit(index, bytes);
            if outcome.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        if range.start < range.end {
            self.store.scan(range.start, &mut step).map_err(LogError::from)?;
        }
        outcome?;
        if next < range.end {
            let lost = StoreError::Corrupt(format!("entry {next} is missing"));
            return Err(LogError::from(lost).into());
        }
        Ok(())
    }

    /// The index of a record.
    pub fn index_of(&self, id: &RecordId) -> Result<Option<u64>, LogError> {
        Ok(self.store.index_of(id)?)
    }

    /// The leaf hash of the entry at an index.
    pub fn leaf_hash(&self, index: u64) -> Result<TreeHash, LogError> {
        self.check_index(index)?;
        Ok(StoredNodes::new(&self.store).subtree(index, index + 1)?)
    }

    /// Proves that the entry at `index` stands there in the tree of `size` entries.
    pub fn prove_inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, LogError> {
        self.check_size(size)?;
        if index >= size {
            let what = format!("the place of entry {index}");
            return Err(LogError::OutOfRange { what, size });
        }
        let nodes = StoredNodes::new(&self.store);
        let path = nodes.run(|reader| tlog_tiles::prove_record(size, index, reader))?;
        Ok(InclusionProof(path.into_iter().map(Into::into).collect()))
    }

    /// Proves that the tree of `old` entries is a prefix of that of `new` entries.
    pub fn prove_consistency(&self, old: u64, new: u64) -> Result<ConsistencyProof, LogError> {
        self.check_size(new)?;
        if old > new {
            let what = format!("a prefix of {old} entries");
            return Err(LogError::OutOfRange { what, size: new });
        }
        if old == 0 {
            return Ok(ConsistencyProof(Vec::new()));
        }
        let nodes = StoredNodes::new(&self.store);
        let proof = nodes.run(|reader| tlog_tiles::prove_tree(new, old, reader))?;
        Ok(ConsistencyProof(proof.into_iter().map(Into::into).collect()))
    }

    /// Proves that the entries of a range stand there in the tree of `size` entries.
    pub fn prove_range(&self, range: Range<u64>, size: u64) -> Result<RangeProof, LogError> {
        self.check_size(size)?;
        if range.is_empty() || range.end > size {
            let what = format!("the range from {} to {}", range.start, range.end);
            return Err(LogError::OutOfRange { what, size });
        }
        let nodes = StoredNodes::new(&self.store);
        let mut beside = Vec::new();
        // The walk wants a hash for every leaf as well, only to compute a root nobody looks at.
        let unused = TreeHash([0; 32]);
        walk_range(0..size, &range, &mut |part| match part {
            Part::Leaf => Ok::<_, StoreError>(unused),
            Part::Beside(tree) => {
                beside.push(nodes.subtree(tree.start, tree.end)?);
                Ok(unused)
            }
        })?;
        Ok(RangeProof(beside))
    }

    /// Reads the entries after `signed` back and compares with the head. What is signed next is then
    /// what the disk holds, not what memory remembers.
    pub(crate) fn read_back(&self, signed: TreeHead) -> Result<TreeHead, LogError> {
        let mut edge = RightEdge::load(&self.store, signed.size)?;
        if edge.head() != signed {
            return Err(LogError::Rollback { have: edge.head(), signed });
        }
        self.scan_encoded(edge.size()..self.size(), |_, bytes| {
            edge.push(leaf_hash(bytes));
            Ok::<(), LogError>(())
        })?;
        self.expect_head(edge.head())
    }

    /// Compares with the head.
    pub(crate) fn expect_head(&self, found: TreeHead) -> Result<TreeHead, LogError> {
        let expected = self.head();
        if found != expected {
            return Err(LogError::ReadBack { found: found.root, expected: expected.root });
        }
        Ok(found)
    }

    /// Keeps a blob under the id of its bytes and a BLAKE3 context, which says what kind of blob it is.
    pub fn put_blob(&self, context: &'static str, bytes: &[u8]) -> Result<BlobId, LogError> {
        let id = BlobId::of(context, bytes);
        self.store.put_blob(&id, bytes)?;
        Ok(id)
    }

    /// The blob of an id, or nothing if there is none or it was erased.
    pub fn blob(&self, context: &'static str, id: &BlobId) -> Result<Option<Vec<u8>>, LogError> {
        let bytes = self.store.blob(id)?;
        if bytes.as_ref().is_some_and(|bytes| BlobId::of(context, bytes) != *id) {
            return Err(StoreError::Corrupt(format!("blob {id} has other bytes")).into());
        }
        Ok(bytes)
    }

    /// Refuses a size beyond the log.
    fn check_size(&self, wanted: u64) -> Result<(), LogError> {
        let size = self.size();
        if wanted > size {
            let what = format!("a tree of {wanted} entries");
            return Err(LogError::OutOfRange { what, size });
        }
        Ok(())
    }

    /// Refuses an index beyond the log.
    fn check_index(&self, index: u64) -> Result<(), LogError> {
        let size = self.size();
        if index >= size {
            return Err(LogError::OutOfRange { what: format!("entry {index}"), size });
        }
        Ok(())
    }
}

/// Maps all items, in order. Of few items each is done before another core would have woken up.
fn on_all_cores<T: Send, U: Send>(items: Vec<T>, map: impl Fn(T) -> U + Sync + Send) -> Vec<U> {
    const FEW: usize = 64;
    if items.len() < FEW {
        return items.into_iter().map(map).collect();
    }
    items.into_par_iter().with_min_len(FEW).map(map).collect()
}

/// An entry that was read from the store.
pub(crate) fn decode(index: u64, bytes: &[u8]) -> Result<Entry, LogError> {
    Entry::decode(bytes).map_err(|error| StoreError::Corrupt(format!("entry {index}: {error}")).into())
}
