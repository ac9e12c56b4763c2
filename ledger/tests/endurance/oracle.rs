//! What the writers have promised so far, and whether a ledger keeps it.

use crate::Outcome;
use crate::writer::{CONTEXT, log_key};
use quittance_ledger::{Anchor as _, FileAnchor, Log, RocksStore, SignedCheckpoint, Store as _, Survey};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Promises, of all writers of one ledger.
#[derive(Debug, Default, Clone)]
pub struct Oracle {
    /// Roots by size, acknowledged or signed.
    roots: BTreeMap<u64, String>,
    /// Record ids by index, acknowledged one by one.
    entries: BTreeMap<u64, String>,
    signed: BTreeSet<u64>,
    blobs: BTreeSet<String>,
}

impl Oracle {
    /// Takes notice of what a writer said. A line without its end was not said.
    pub fn hear(&mut self, said: &str) -> Outcome {
        for line in said.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["open" | "ack", size, root] => self.root(size.parse()?, root)?,
                ["at", index, id] => drop(self.entries.insert(index.parse()?, id.to_owned())),
                ["signed", size, root] => {
                    self.root(size.parse()?, root)?;
                    self.signed.insert(size.parse()?);
                }
                ["kept", id] => drop(self.blobs.insert(id.to_owned())),
                ["failed", ..] => {}
                _ => return Err(format!("the writer says {line:?}").into()),
            }
        }
        Ok(())
    }

    /// One size has one root, for ever.
    fn root(&mut self, size: u64, root: &str) -> Outcome {
        let known = self.roots.entry(size).or_insert_with(|| root.to_owned());
        if known != root {
            return Err(format!("fork: {size} entries had root {known}, now {root}").into());
        }
        Ok(())
    }

    /// How many entries were acknowledged.
    pub fn acknowledged(&self) -> u64 {
        let by_roots = self.roots.last_key_value().map_or(0, |(size, _)| *size);
        by_roots.max(self.entries.last_key_value().map_or(0, |(index, _)| *index + 1))
    }

    /// How many checkpoints were signed.
    pub fn signed(&self) -> usize {
        self.signed.len()
    }

    /// The ledger holds all that was promised, and nothing of it is damaged.
    pub fn check(&mut self, folder: &Path) -> Outcome {
        let path = folder.join("ledger");
        if self.roots.is_empty() && !path.join("CURRENT").exists() {
            return Ok(());
        }
        let opened = RocksStore::open(path);
        if self.roots.is_empty() && opened.is_err() {
            // Killed while it was made: nobody was told that it is there.
            return Ok(());
        }
        self.check_log(&Log::open(opened?)?, folder)
    }

    /// As [`Self::check`], without writing.
    pub fn look(&mut self, folder: &Path) -> Outcome {
        self.check_log(&Log::open(RocksStore::open_read_only(folder.join("ledger"))?)?, folder)
    }

    fn check_log(&mut self, log: &Log<RocksStore>, folder: &Path) -> Outcome {
        let (key, anchor) = (log_key().verifier_key(), FileAnchor::at(folder.join("ledger.anchor")));
        log.check_anchor(&key, &anchor)?;
        let acknowledged = self.acknowledged();
        if log.size() < acknowledged {
            return Err(format!("lost: {} entries of {acknowledged}", log.size()).into());
        }
        for (size, root) in &self.roots {
            let have = log.head_at(*size)?.root.to_string();
            if have != *root {
                return Err(format!("{size} entries have root {have}, promised was {root}").into());
            }
        }
        for (index, id) in &self.entries {
            let have = log.entry(*index)?.record_id().to_string();
            if have != *id {
                return Err(format!("entry {index} is record {have}, promised was {id}").into());
            }
        }
        let kept: BTreeSet<String> = log.store().blob_ids()?.iter().map(ToString::to_string).collect();
        if let Some(lost) = self.blobs.difference(&kept).next() {
            return Err(format!("blob {lost} is lost").into());
        }
        let sizes: BTreeSet<u64> = log.store().checkpoint_sizes()?.into_iter().collect();
        let note = anchor.load()?.map(|note| SignedCheckpoint::parse(&note)).transpose()?;
        let anchored = note.as_ref().map(|note| note.head().size);
        if let Some(lost) = self.signed.iter().find(|size| !sizes.contains(size) && anchored != Some(**size))
        {
            return Err(format!("the checkpoint of {lost} entries is lost").into());
        }
        let survey =
            Survey::of(log.store(), &key, &[CONTEXT], note.into_iter().collect(), acknowledged, &mut |_| {});
        if let Some(damage) = survey.damage.first() {
            return Err(format!("{}: {}", damage.part, damage.what).into());
        }
        // Signed, but killed before it was said.
        for size in sizes.into_iter().chain(anchored) {
            let root = log.head_at(size)?.root.to_string();
            self.root(size, &root)?;
        }
        Ok(())
    }
}
