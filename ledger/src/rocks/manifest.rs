//! A look at RocksDB's manifest before RocksDB looks: one changed bit, which makes a record one of a recycled file, sends it into a loop
//! without end. Recycled files are never written here.

use super::{DATABASE_FILE, StoreError};
use std::fs;
use std::path::Path;

/// Bytes of a block; a record does not cross its end.
const BLOCK: usize = 32 * 1024;
/// Check sum, length (u16 little-endian), kind.
const HEADER: usize = 7;
/// The largest kind of record that is written: the last part of one.
const LAST: u8 = 4;

/// Refuses a manifest with a record of a kind that is never written. Everything else is for RocksDB to find.
pub fn check(folder: &Path) -> Result<(), StoreError> {
    let current = fs::read_to_string(folder.join(DATABASE_FILE)).unwrap_or_default();
    let path = folder.join(current.trim_end());
    let Ok(bytes) = fs::read(&path) else { return Ok(()) };
    for block in bytes.chunks(BLOCK) {
        let mut rest = block;
        while let Some(([_, _, _, _, low, high, kind], after)) = rest.split_first_chunk::<HEADER>() {
            if *kind > LAST {
                let what = format!("{} has a record of kind {kind}, which is never written", path.display());
                return Err(StoreError::Corrupt(what));
            }
            let length = usize::from(u16::from_le_bytes([*low, *high]));
            rest = after.get(length..).unwrap_or_default();
        }
    }
    Ok(())
}
