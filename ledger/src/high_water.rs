//! The high-water mark: how far the writes of a store had come when the last one was acknowledged, in a file of its own.
//!
//! A write-ahead log or a manifest that was cut off at the right byte, or whose last block was zeroed, looks to RocksDB
//! like one that a crash cut off: it opens, and holds less. Only what stands elsewhere can tell. So every write
//! is followed by one to this file before it is acknowledged, and a database that is behind the mark is refused.
//!
//! ```text
//! file := slot ‖ slot                      each padded with zeros to 512 bytes, a sector
//! slot := u64 sequence ‖ u64 size ‖ root[32] ‖ check[32]
//! ```
//!
//! `sequence` is RocksDB's, which counts every key ever written; `check` is BLAKE3 of what is before it. The slots are
//! written in turn, so that a crash while one is written leaves the other. One unreadable slot is therefore no damage
//! that could be told from a crash: the other holds. Two are.

use crate::error::StoreError;
use crate::ids::TreeHash;
use crate::tree::TreeHead;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// The file's name, in the store's folder.
pub const FILE: &str = "HIGH-WATER";
/// BLAKE3 context of the checks.
const CONTEXT: &str = "quittance v1 high-water";
/// A slot without its padding.
const LENGTH: usize = 80;
/// Bytes from slot to slot.
const SECTOR: usize = 512;

/// How far a store has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Keys ever written.
    pub sequence: u64,
    /// The tree.
    pub head: TreeHead,
}

impl Mark {
    /// A slot, without its padding.
    #[must_use]
    pub fn encode(&self) -> [u8; LENGTH] {
        let mut slot = [0; LENGTH];
        slot[..8].copy_from_slice(&self.sequence.to_be_bytes());
        slot[8..16].copy_from_slice(&self.head.size.to_be_bytes());
        slot[16..48].copy_from_slice(self.head.root.as_bytes());
        let check = blake3::derive_key(CONTEXT, &slot[..48]);
        slot[48..].copy_from_slice(&check);
        slot
    }

    /// The mark in a slot, if it is whole.
    fn decode(slot: &[u8]) -> Option<Self> {
        let (sequence, rest) = slot.split_first_chunk()?;
        let (size, rest) = rest.split_first_chunk()?;
        let (root, _) = rest.split_first_chunk()?;
        let head = TreeHead { size: u64::from_be_bytes(*size), root: TreeHash(*root) };
        let mark = Self { sequence: u64::from_be_bytes(*sequence), head };
        (slot.get(..LENGTH)? == mark.encode()).then_some(mark)
    }
}

/// The file, open for writing.
#[derive(Debug)]
pub struct HighWater {
    file: File,
    last: Mark,
    /// The slot that is written next.
    next: usize,
}

impl HighWater {
    /// Makes the file of a new store, or of a copy of one.
    pub fn create(folder: &Path, mark: Mark) -> Result<Self, StoreError> {
        let make = || {
            let file = OpenOptions::new().write(true).create_new(true).open(folder.join(FILE))?;
            file.set_len(2 * SECTOR as u64)?;
            file.write_all_at(&mark.encode(), 0)?;
            file.write_all_at(&mark.encode(), SECTOR as u64)?;
            file.sync_all()?;
            File::open(folder)?.sync_all()?;
            Ok(file)
        };
        let file = make().map_err(|error| failed("making", folder, error))?;
        Ok(Self { file, last: mark, next: 0 })
    }

    /// Opens the file of a store.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let (last, newest) = read(folder)?;
        let file = OpenOptions::new().write(true).open(folder.join(FILE));
        let file = file.map_err(|error| failed("opening", folder, error))?;
        Ok(Self { file, last, next: 1 - newest })
    }

    /// Notes durably that the store has come this far.
    pub fn raise(&mut self, folder: &Path, mark: Mark) -> Result<(), StoreError> {
        if mark == self.last {
            return Ok(());
        }
        let offset = (self.next * SECTOR) as u64;
        let written = self.file.write_all_at(&mark.encode(), offset).and_then(|()| self.file.sync_data());
        written.map_err(|error| failed("writing", folder, error))?;
        self.last = mark;
        self.next = 1 - self.next;
        Ok(())
    }
}

/// The mark of a store.
pub fn load(folder: &Path) -> Result<Mark, StoreError> {
    read(folder).map(|(mark, _)| mark)
}

/// The newer mark in a file's bytes, and which slot holds it; none if neither is whole.
#[must_use]
pub fn newest(file: &[u8]) -> Option<(Mark, usize)> {
    let slots = file.chunks(SECTOR).take(2).map(Mark::decode).zip(0..);
    let marks = slots.filter_map(|(mark, slot)| Some((mark?, slot)));
    marks.max_by_key(|(mark, _)| mark.sequence)
}

fn read(folder: &Path) -> Result<(Mark, usize), StoreError> {
    let path = folder.join(FILE);
    let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => StoreError::Corrupt(format!(
            "{} is missing, so nothing says whether entries were lost",
            path.display()
        )),
        _ => failed("reading", folder, error),
    })?;
    newest(&bytes).ok_or_else(|| {
        let path = path.display();
        StoreError::Corrupt(format!("{path} is damaged, so nothing says whether entries were lost"))
    })
}

fn failed(doing: &str, folder: &Path, error: io::Error) -> StoreError {
    StoreError::failed(format!("{doing} {}", folder.join(FILE).display()), error)
}
