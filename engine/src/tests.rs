//! Tests of the engine over small markets.

mod admission;
mod asserted;
mod bids;
mod bundles;
mod disputes;
mod entries;
mod history;
mod keys;
mod limits;
mod market;
mod names;
mod no_rows;
mod own;
mod properties;
mod ranges;
mod rejects;
mod reported;
mod results;
mod resume;
mod schemas;
mod shards;
mod sightings;
mod signers;
mod witnesses;

use crate::testing::TestMarket;

/// Runs a script on the example market; its result is the code of the refusal it ends with, or `ok`.
fn check(script: impl FnOnce(&mut TestMarket) -> Result<u64, crate::Reject>, expected: &str) {
    let mut test = TestMarket::example();
    let found = script(&mut test);
    let found = found.as_ref().map_or_else(|error| error.code(), |_| "ok");
    assert_eq!(found, expected);
}

/// A file of the repository.
fn fixture(path: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A JSON file of the repository.
fn json_fixture(path: &str) -> serde_json::Value {
    serde_json::from_slice(&fixture(path)).unwrap()
}
