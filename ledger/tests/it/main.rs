//! The tests of the ledger, all in one binary. Everything is seeded; nothing here depends on time.

mod anchor;
mod checkpoint;
#[cfg(feature = "rocksdb")]
mod corruption;
mod cosignature;
mod entry;
mod envelope;
mod keys;
mod known;
mod log;
mod lying;
mod proofs;
mod simulation;
mod store;
mod support;
mod survey;
mod tiles;
mod witness;
mod writer;
