//! A log as a folder of files, which any static web server or object store serves to any number of readers.
//!
//! ```text
//! checkpoint                            the signed note of the tree
//! tile/<level>/<n>[.p/<width>]          256 hashes, or at the right edge fewer: [C2SP tlog-tiles](https://c2sp.org/tlog-tiles)
//! tile/entries/<n>[.p/<width>]          the entries of a level-0 tile, each after its length (u16 big-endian)
//! kept/checkpoints/<size>               every other note that was signed, up to this tree
//! kept/blobs/<id>, kept/meta/<name>     what is kept beside the entries: statements, sealed results, verifying keys
//! ```
//!
//! `<n>` is written in groups of three digits, all but the last with an `x` before them: `x001/x234/067`. Readers of
//! tlog-tiles know nothing of `kept/`, and need not.
//!
//! A folder has one form: [`import`] writes every file again and compares, so a changed, missing or strange byte is found
//! and named.

mod prefix;

pub use prefix::{checkpoint, prove_prefix};

use crate::checkpoint::SignedCheckpoint;
use crate::entry::Entry;
use crate::error::{FileError, LogError, StoreError};
use crate::ids::{BlobId, TreeHash};
use crate::log::{Log, Novelty};
use crate::log_key::VerifierKey;
use crate::store::Store;
use std::collections::{BTreeMap, BTreeSet};

/// Leaves, or nodes, of a full tile.
const WIDTH: u64 = 256;
/// Levels of the tree that a tile is high.
const HEIGHT: u8 = 8;
/// Levels of tiles that a tree of fewer than 2^64 leaves can have.
const LEVELS: u8 = 64 / HEIGHT;
/// The signed note's file.
const CHECKPOINT: &str = "checkpoint";

/// The path of tile `n` at a level, or of its entries; partial if it is narrower than 256.
fn path(level: &str, n: u64, width: u64) -> String {
    let mut path = format!("{:03}", n % 1000);
    let mut rest = n / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    let partial = if width < WIDTH { format!(".p/{width}") } else { String::new() };
    format!("tile/{level}/{path}{partial}")
}

/// Number and width of the tiles over `nodes` nodes: full ones, then a partial one if nodes are left.
fn tiles(nodes: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..nodes.div_ceil(WIDTH)).map(move |n| (n, WIDTH.min(nodes - n * WIDTH)))
}

/// What takes the path and content of each file.
pub type Put<'a> = dyn FnMut(&str, &[u8]) -> Result<(), LogError> + 'a;

/// Writes the tree of a signed checkpoint of this log.
///
/// # Errors
/// The log does not reach the checkpoint or has signed another tree; its store; what `put` says.
pub fn export<S: Store>(
    log: &Log<S>,
    checkpoint: &SignedCheckpoint,
    put: &mut Put<'_>,
) -> Result<(), LogError> {
    let (signed, size) = (checkpoint.head(), checkpoint.head().size);
    let have = log.head_at(size)?;
    if have != signed {
        return Err(LogError::Rollback { have, signed });
    }
    for (n, width) in tiles(size) {
        put(&path("entries", n, width), &bundle(log, n, width)?)?;
    }
    // Levels above the highest have no nodes, and so no tiles.
    for level in 0..LEVELS {
        for (n, width) in tiles(size >> (level * HEIGHT)) {
            put(&path(&level.to_string(), n, width), &hashes(log, level, n, width)?)?;
        }
    }
    export_kept(log, size, put)?;
    // Last: whoever sees it finds everything that it promises.
    put(CHECKPOINT, &checkpoint.to_bytes())
}

/// The entries of a tile.
fn bundle<S: Store>(log: &Log<S>, n: u64, width: u64) -> Result<Vec<u8>, LogError> {
    let mut bundle = Vec::new();
    log.scan(n * WIDTH..n * WIDTH + width, |_, entry| {
        let encoded = entry.encode();
        // At most MAX_ENTRY bytes.
        bundle.extend((encoded.len() as u16).to_be_bytes());
        bundle.extend(encoded);
        Ok::<(), LogError>(())
    })?;
    Ok(bundle)
}

/// The hashes of a tile.
fn hashes<S: Store>(log: &Log<S>, level: u8, n: u64, width: u64) -> Result<Vec<u8>, LogError> {
    let first = n * WIDTH;
    let position = |node| tlog_tiles::stored_hash_index(level * HEIGHT, node);
    let positions: Vec<u64> = (first..first + width).map(position).collect();
    let nodes: Vec<TreeHash> = log.store().nodes(&positions)?;
    Ok(nodes.iter().flat_map(TreeHash::as_bytes).copied().collect())
}

/// What is kept beside the entries of the first `size`.
fn export_kept<S: Store>(log: &Log<S>, size: u64, put: &mut Put<'_>) -> Result<(), LogError> {
    let store = log.store();
    for earlier in store.checkpoint_sizes()?.into_iter().filter(|earlier| *earlier < size) {
        if let Some(note) = store.checkpoint(earlier)? {
            put(&format!("kept/checkpoints/{earlier}"), &note)?;
        }
    }
    for id in store.blob_ids()? {
        if let Some(blob) = store.blob(&id)? {
            put(&format!("kept/blobs/{id}"), &blob)?;
        }
    }
    for name in store.meta_names()? {
        if let Some(value) = store.meta(&name)? {
            put(&format!("kept/meta/{name}"), &value)?;
        }
    }
    Ok(())
}

/// Why a folder is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file is missing, changed or strange.
    #[error("{path}: {what}")]
    File {
        /// Which.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// The checkpoint is not the log's, or about another tree than the entries.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Log(error.into())
    }
}

/// A folder to read from.
pub trait Folder {
    /// The paths of all files, with `/` between folders.
    ///
    /// # Errors
    /// They cannot be listed.
    fn paths(&self) -> Result<BTreeSet<String>, StoreError>;

    /// The content of a file, if it is there.
    ///
    /// # Errors
    /// It cannot be read.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError>;
}

/// A folder in memory: contents by path.
impl Folder for BTreeMap<String, Vec<u8>> {
    fn paths(&self) -> Result<BTreeSet<String>, StoreError> {
        Ok(self.keys().cloned().collect())
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.get(path).cloned())
    }
}

/// Reads a folder into an empty store and checks every byte of it: entries against the tree that `key` has signed, tiles
/// against the entries, other notes against the tree, blobs against their ids under one of these BLAKE3 contexts.
/// `progress` gets how many entries were read.
///
/// What stands in the store after an error is of no use.
///
/// # Errors
/// The first file that is wrong.
pub fn import<S: Store>(
    store: S,
    folder: &dyn Folder,
    key: &VerifierKey,
    contexts: &[&'static str],
    progress: &mut dyn FnMut(u64),
) -> Result<(Log<S>, SignedCheckpoint), ImportError> {
    let mut log = Log::open(store)?;
    if log.size() > 0 {
        return Err(StoreError::Presence("there are entries in this ledger already".into()).into());
    }
    let note = expect(folder, CHECKPOINT)?;
    let checkpoint = SignedCheckpoint::parse(&note).map_err(LogError::from)?;
    // Whether cosigners are to be believed is no question here.
    checkpoint.verify_listing_others(key).map_err(LogError::from)?;
    let size = checkpoint.head().size;
    for (n, width) in tiles(size) {
        let path = path("entries", n, width);
        let entries = entries(&path, &expect(folder, &path)?, width)?;
        let appended = log.append(entries)?;
        if let Some(again) = appended.iter().find(|appended| appended.novelty != Novelty::New) {
            return Err(file(&path, format!("record {} stands twice", again.record_id)));
        }
        progress(width);
    }
    if log.head() != checkpoint.head() {
        let (found, expected) = (log.head().root, checkpoint.head().root);
        return Err(LogError::ReadBack { found, expected }.into());
    }
    let paths = folder.paths()?;
    paths.iter().filter(|path| path.starts_with("kept/")).try_for_each(|path| {
        let bytes = expect(folder, path)?;
        keep(&log, path, &bytes, key, contexts)
    })?;
    log.store().put_checkpoint(size, &note)?;
    compare(&log, &checkpoint, folder, paths)?;
    Ok((log, checkpoint))
}

fn file(path: &str, what: impl Into<String>) -> ImportError {
    ImportError::File { path: path.to_owned(), what: what.into() }
}

fn expect(folder: &dyn Folder, path: &str) -> Result<Vec<u8>, ImportError> {
    folder.read(path)?.ok_or_else(|| file(path, "is missing"))
}

/// The entries of a bundle.
fn entries(path: &str, bundle: &[u8], width: u64) -> Result<Vec<Entry>, ImportError> {
    let short = || file(path, format!("has not {width} entries"));
    let mut rest = bundle;
    let mut entries = Vec::new();
    for _ in 0..width {
        let (length, after) = rest.split_first_chunk::<2>().ok_or_else(short)?;
        let (entry, after) = after.split_at_checked(u16::from_be_bytes(*length).into()).ok_or_else(short)?;
        entries.push(Entry::decode(entry).map_err(|error: FileError| file(path, error.to_string()))?);
        rest = after;
    }
    if rest.is_empty() { Ok(entries) } else { Err(short()) }
}

/// Takes a file of `kept/`, if it is what its name says.
fn keep<S: Store>(
    log: &Log<S>,
    path: &str,
    bytes: &[u8],
    key: &VerifierKey,
    contexts: &[&'static str],
) -> Result<(), ImportError> {
    let strange = || file(path, "is no file of an export");
    let (kind, name) =
        path.strip_prefix("kept/").and_then(|rest| rest.split_once('/')).ok_or_else(strange)?;
    match kind {
        "checkpoints" => {
            let size: u64 = name.parse().map_err(|_| strange())?;
            let wrong = |what: String| file(path, what);
            if size >= log.size() {
                return Err(strange());
            }
            let note = SignedCheckpoint::parse(bytes).map_err(|error| wrong(error.to_string()))?;
            note.verify_listing_others(key).map_err(|error| wrong(error.to_string()))?;
            if note.head() != log.head_at(size)? {
                return Err(wrong(format!("the log has signed another tree of {size} entries")));
            }
            log.store().put_checkpoint(size, bytes)?;
        }
        "blobs" => {
            let id = contexts.iter().map(|context| BlobId::of(context, bytes));
            let id = id.into_iter().find(|id| id.to_string() == name);
            log.store()
                .put_blob(&id.ok_or_else(|| file(path, "has other bytes than its name says"))?, bytes)?;
        }
        "meta" => log.store().put_meta(name, bytes)?,
        _ => return Err(strange()),
    }
    Ok(())
}

/// The folder is the export of this log, to the byte.
fn compare<S: Store>(
    log: &Log<S>,
    checkpoint: &SignedCheckpoint,
    folder: &dyn Folder,
    mut paths: BTreeSet<String>,
) -> Result<(), ImportError> {
    let mut wrong = None;
    export(log, checkpoint, &mut |path, bytes| {
        paths.remove(path);
        let found = folder.read(path)?;
        if wrong.is_none() && found.as_deref() != Some(bytes) {
            let what = if found.is_some() { "is not what the entries make it" } else { "is missing" };
            wrong = Some(file(path, what));
        }
        Ok(())
    })?;
    match (wrong, paths.first()) {
        (Some(wrong), _) => Err(wrong),
        (None, Some(strange)) => Err(file(strange, "is no file of an export")),
        (None, None) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_tlog_tiles() {
        assert_eq!(path("0", 7, 256), "tile/0/007");
        assert_eq!(path("0", 999, 255), "tile/0/999.p/255");
        assert_eq!(path("0", 1000, 256), "tile/0/x001/000");
        assert_eq!(path("entries", 1_234_067, 1), "tile/entries/x001/x234/067.p/1");
    }
}
