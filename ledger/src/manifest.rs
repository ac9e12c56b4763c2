//! A look at RocksDB's manifest before RocksDB looks: one changed bit, which makes a record one of a recycled file, sends it into a loop
//! without end. Recycled files are never written here.

use crate::error::StoreError;
use std::fs;
use std::path::Path;

/// The file that every RocksDB folder has: it names the manifest.
pub const DATABASE_FILE: &str = "CURRENT";
/// Bytes of a block; a record does not cross its end.
const BLOCK: usize = 32 * 1024;
/// Check sum, length (u16 little-endian), kind.
const HEADER: usize = 7;
/// The largest kind of record that is written: the last part of one.
const LAST: u8 = 4;

/// Refuses a manifest with a record of a kind that is never written. Everything else is for RocksDB to find.
///
/// # Errors
/// There is such a record.
pub fn check(folder: &Path) -> Result<(), StoreError> {
    let current = fs::read_to_string(folder.join(DATABASE_FILE)).unwrap_or_default();
    let path = folder.join(current.trim_end());
    let Ok(bytes) = fs::read(&path) else { return Ok(()) };
    match strange_kind(&bytes) {
        None => Ok(()),
        Some(kind) => {
            let what = format!("{} has a record of kind {kind}, which is never written", path.display());
            Err(StoreError::Corrupt(what))
        }
    }
}

/// The first kind of a record in a manifest's bytes that is never written.
#[must_use]
pub fn strange_kind(manifest: &[u8]) -> Option<u8> {
    for block in manifest.chunks(BLOCK) {
        let mut rest = block;
        while let Some(([_, _, _, _, low, high, kind], after)) = rest.split_first_chunk::<HEADER>() {
            if *kind > LAST {
                return Some(*kind);
            }
            let length = usize::from(u16::from_le_bytes([*low, *high]));
            rest = after.get(length..).unwrap_or_default();
        }
    }
    None
}
