//! Reading a whole log back, on all cores.

use crate::entry::{Entry, leaf_hash};
use crate::error::{LogError, StoreError};
use crate::ids::{RecordId, TreeHash};
use crate::log::{Log, decode};
use crate::store::Store;
use crate::tree::{RightEdge, TreeHead};
use rayon::prelude::*;
use std::panic::resume_unwind;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

/// Entries that are prepared together, and two such chunks that wait, are all that is held.
const CHUNK: usize = 2048;

/// What is found of one entry: its leaf hash, and what `prepare` made of it.
type Found<T> = (u64, TreeHash, T);

impl<S: Store> Log<S> {
    /// Reads every entry back and hashes it, and compares the ids and the root with what is stored. `prepare` sees
    /// the entries on all cores and in any order; `visit` takes what it made, in the order of the log, with the
    /// tree up to there.
    ///
    /// Holds a few thousand entries at a time.
    ///
    /// # Errors
    /// The storage, or it does not hold the tree that its head says: then nothing that was visited is worth anything.
    pub fn sweep<T: Send>(
        &self,
        prepare: impl Fn(u64, RecordId, Entry) -> T + Sync,
        mut visit: impl FnMut(u64, T, &RightEdge),
    ) -> Result<TreeHead, LogError> {
        let (sender, chunks) = sync_channel(2);
        thread::scope(|scope| {
            let reading = scope.spawn(|| self.read_chunks(&prepare, sender));
            let mut edge = RightEdge::empty();
            for (index, leaf, prepared) in chunks.into_iter().flatten() {
                edge.push(leaf);
                visit(index, prepared, &edge);
            }
            match reading.join() {
                Ok(read) => read?,
                Err(panic) => resume_unwind(panic),
            }
            self.expect_head(edge.head())
        })
    }

    /// Sends all entries, a chunk at a time, for as long as somebody listens.
    fn read_chunks<T: Send>(
        &self,
        prepare: &(impl Fn(u64, RecordId, Entry) -> T + Sync),
        sender: SyncSender<Vec<Found<T>>>,
    ) -> Result<(), LogError> {
        let mut chunk: Vec<(u64, Vec<u8>)> = Vec::with_capacity(CHUNK);
        let find = |chunk: &mut Vec<(u64, Vec<u8>)>| -> Result<Vec<Found<T>>, LogError> {
            let find = |(index, bytes): (u64, Vec<u8>)| {
                let entry = decode(index, &bytes)?;
                let id = entry.record_id();
                let stands = self.store().index_of(&id)?;
                if stands != Some(index) {
                    let what = format!("record {id} of entry {index} is noted at {stands:?}");
                    return Err(StoreError::Corrupt(what).into());
                }
                Ok((index, leaf_hash(&bytes), prepare(index, id, entry)))
            };
            // Of several errors the first is told, whichever was found first.
            let found: Vec<Result<Found<T>, LogError>> = chunk.par_drain(..).map(find).collect();
            found.into_iter().collect()
        };
        self.scan_encoded(0..self.size(), |index, bytes| {
            chunk.push((index, bytes.to_vec()));
            if chunk.len() == CHUNK {
                // An error means that nobody listens any more, and why is known there.
                let _ = sender.send(find(&mut chunk)?);
            }
            Ok::<(), LogError>(())
        })?;
        let _ = sender.send(find(&mut chunk)?);
        Ok(())
    }

    /// Reads every entry back, hashes it, and compares the ids and the root with what is stored.
    /// The time is that of reading the whole log.
    pub fn audit(&self) -> Result<TreeHead, LogError> {
        self.sweep(|_, _, _| (), |_, (), _| ())
    }
}
