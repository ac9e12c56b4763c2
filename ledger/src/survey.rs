//! Reading everything that a store holds, whatever is wrong with it: what is lost or damaged, and how far what is
//! left can be proved.
//!
//! [`Log::audit`](crate::Log::audit) stops at the first error; a survey goes on, and trusts nothing of the store but
//! what hashes and the log's signatures bear out.

use crate::checkpoint::SignedCheckpoint;
use crate::entry::{Entry, leaf_hash};
use crate::ids::{BlobId, TreeHash};
use crate::log_key::VerifierKey;
use crate::store::Store;
use crate::tree::{RightEdge, TreeHead};
use std::collections::BTreeMap;
use std::fmt;

/// A part of a store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The tree's head.
    Head,
    /// The entry at an index.
    Entry(u64),
    /// Where the record id of the entry at an index says that it stands.
    Record(u64),
    /// The tree nodes that the entry at an index completes.
    Nodes(u64),
    /// The signed note of a size.
    Checkpoint(u64),
    /// A blob.
    Blob(BlobId),
    /// A small value.
    Value(String),
    /// What is kept beside the entries, as a whole.
    Kept,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head => f.write_str("the head"),
            Self::Entry(index) => write!(f, "entry {index}"),
            Self::Record(index) => write!(f, "the record id of entry {index}"),
            Self::Nodes(index) => write!(f, "the tree at entry {index}"),
            Self::Checkpoint(size) => write!(f, "the checkpoint of {size} entries"),
            Self::Blob(id) => write!(f, "blob {id}"),
            Self::Value(name) => write!(f, "value {name}"),
            Self::Kept => f.write_str("what is kept beside the entries"),
        }
    }
}

/// Something that is missing or damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Which part.
    pub part: Part,
    /// What is wrong with it.
    pub what: String,
}

/// What a store holds.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// Entries that ought to be there: by the head, by what was acknowledged, by what was signed.
    pub expected: u64,
    /// Entries from the first one on that are there.
    pub unbroken: u64,
    /// The newest signed checkpoint whose tree the entries make: everything under it is proved.
    pub proved: Option<SignedCheckpoint>,
    /// The newest signed checkpoint that is known, whether the entries reach it or not.
    pub signed: Option<SignedCheckpoint>,
    /// All damage, in the order in which it was found.
    pub damage: Vec<Damage>,
}

impl Survey {
    /// Reads a store. `notes` are signed checkpoints from elsewhere, such as the anchor; `acknowledged` is a number of
    /// entries that must be there. Blobs have ids under one of the BLAKE3 `contexts`. `progress` gets how many entries
    /// were read.
    pub fn of(
        store: &dyn Store,
        key: &VerifierKey,
        contexts: &[&'static str],
        notes: Vec<SignedCheckpoint>,
        acknowledged: u64,
        progress: &mut dyn FnMut(u64),
    ) -> Self {
        let mut survey = Self::default();
        let mut signed = survey.checkpoints(store, key);
        for note in notes.into_iter().filter(|note| note.verify_listing_others(key).is_ok()) {
            signed.entry(note.head().size).or_default().push(note);
        }
        survey.signed = signed.last_key_value().and_then(|(_, notes)| notes.first()).cloned();
        let head = survey.take(Part::Head, store.head());
        let sizes = [head.map(|head| head.size), signed.last_key_value().map(|(size, _)| *size)];
        survey.expected = sizes.into_iter().flatten().fold(acknowledged, u64::max);
        let edge = survey.entries(store, &signed, progress);
        match (edge, head) {
            (Some(edge), Some(head)) if edge != head => {
                survey.found(Part::Head, format!("it says {head}, the entries give {edge}"));
            }
            _ => {}
        }
        if let Ok(Some(_)) = store.entry(survey.expected) {
            survey.found(Part::Entry(survey.expected), "it stands after the last one");
        }
        survey.kept(store, contexts);
        survey
    }

    /// Whether nothing is missing or damaged.
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty()
    }

    fn found(&mut self, part: Part, what: impl Into<String>) {
        self.damage.push(Damage { part, what: what.into() });
    }

    /// What was read, or damage.
    fn take<T, E: fmt::Display>(&mut self, part: Part, read: Result<T, E>) -> Option<T> {
        read.map_err(|error| self.found(part, error.to_string())).ok()
    }

    /// The signed notes in the store, those that verify.
    fn checkpoints(&mut self, store: &dyn Store, key: &VerifierKey) -> BTreeMap<u64, Vec<SignedCheckpoint>> {
        let sizes = self.take(Part::Kept, store.checkpoint_sizes()).unwrap_or_default();
        let mut signed = BTreeMap::new();
        for size in sizes {
            let part = || Part::Checkpoint(size);
            let Some(bytes) = self.take(part(), store.checkpoint(size)) else { continue };
            let note = SignedCheckpoint::parse(&bytes.unwrap_or_default());
            let Some(note) = self.take(part(), note) else { continue };
            if self.take(part(), note.verify_listing_others(key)).is_none() {
                continue;
            }
            if note.head().size != size {
                self.found(part(), format!("it is of {} entries", note.head().size));
                continue;
            }
            signed.insert(size, vec![note]);
        }
        signed
    }

    /// Reads the entries, and what is derived from them. The tree, if no entry is missing.
    fn entries(
        &mut self,
        store: &dyn Store,
        signed: &BTreeMap<u64, Vec<SignedCheckpoint>>,
        progress: &mut dyn FnMut(u64),
    ) -> Option<TreeHead> {
        let mut edge = Some(RightEdge::empty());
        self.compare(signed, TreeHead::EMPTY);
        for index in 0..self.expected {
            progress(1);
            let read = store.entry(index).map_err(|error| error.to_string());
            let read = read.and_then(|entry| entry.ok_or_else(|| "it is missing".to_owned()));
            let entry = read.and_then(|bytes| match Entry::decode(&bytes) {
                Ok(entry) => Ok((bytes, entry)),
                Err(error) => Err(error.to_string()),
            });
            let Some((bytes, entry)) = self.take(Part::Entry(index), entry) else {
                edge = None;
                continue;
            };
            match store.index_of(&entry.record_id()) {
                Ok(Some(stands)) if stands == index => {}
                Ok(other) => {
                    let place = other.map_or("nowhere".to_owned(), |other| format!("at {other}"));
                    self.found(Part::Record(index), format!("it is noted {place}"));
                }
                Err(error) => self.found(Part::Record(index), error.to_string()),
            }
            if let Some(edge) = &mut edge {
                let nodes = edge.push(leaf_hash(&bytes));
                self.nodes(store, index, &nodes);
                self.unbroken = edge.size();
                if signed.contains_key(&edge.size()) {
                    self.compare(signed, edge.head());
                }
            }
        }
        edge.map(|edge| edge.head())
    }

    /// Compares the stored nodes that an entry completes.
    fn nodes(&mut self, store: &dyn Store, index: u64, nodes: &[TreeHash]) {
        let first = tlog_tiles::stored_hash_count(index);
        let positions: Vec<u64> = (first..).take(nodes.len()).collect();
        match store.nodes(&positions) {
            Ok(stored) if stored == nodes => {}
            Ok(_) => self.found(Part::Nodes(index), "its hashes are others than the entries make"),
            Err(error) => self.found(Part::Nodes(index), error.to_string()),
        }
    }

    /// Compares a tree with what was signed at its size.
    fn compare(&mut self, signed: &BTreeMap<u64, Vec<SignedCheckpoint>>, have: TreeHead) {
        for note in signed.get(&have.size).into_iter().flatten() {
            if note.head() == have {
                self.proved = Some(note.clone());
            } else {
                let what = format!("it signs root {}, the entries give {}", note.head().root, have.root);
                self.found(Part::Checkpoint(have.size), what);
            }
        }
    }

    /// Reads blobs and small values.
    fn kept(&mut self, store: &dyn Store, contexts: &[&'static str]) {
        for id in self.take(Part::Kept, store.blob_ids()).unwrap_or_default() {
            let Some(blob) = self.take(Part::Blob(id), store.blob(&id)) else { continue };
            let blob = blob.unwrap_or_default();
            if !contexts.iter().any(|context| BlobId::of(context, &blob) == id) {
                self.found(Part::Blob(id), "it has other bytes");
            }
        }
        for name in self.take(Part::Kept, store.meta_names()).unwrap_or_default() {
            let value = store.meta(&name);
            self.take(Part::Value(name), value);
        }
        self.take(Part::Kept, store.check_kept());
    }
}
