//! Places between the steps of a write, where a test may make it fail or panic. Without the feature `failpoints`, which no
//! program of this project has, they are nothing.

use crate::error::StoreError;

/// The places of every log, in the order in which an append and a checkpoint come by.
pub const POINTS: [&str; 9] = [
    "append: entries are verified",
    "append: the batch is made",
    "append: the batch is committed",
    "append: before it is acknowledged",
    "publish: the entries are read back",
    "publish: the note is signed",
    "anchor: written under another name",
    "anchor: saved",
    "publish: the note is kept",
];

/// The places of a store on disk.
pub const ROCKS_POINTS: [&str; 3] =
    ["write: before RocksDB", "write: before the high-water mark", "write: all is synced"];

/// Fails or panics if a test has told this place to.
#[cfg_attr(not(feature = "failpoints"), expect(clippy::unnecessary_wraps, reason = "nothing fails here"))]
pub(crate) fn reach(point: &'static str) -> Result<(), StoreError> {
    debug_assert!(POINTS.contains(&point) || ROCKS_POINTS.contains(&point), "{point}");
    #[cfg(feature = "failpoints")]
    fail::fail_point!(point, |_| Err(StoreError::failed(point, "a test")));
    Ok(())
}
