//! The program as people and programs use it: through its compiled binary.

mod contract;
mod demo;
mod dispute;
mod examples;
#[cfg(feature = "rocksdb")]
mod folder;
mod garbage;
#[cfg(feature = "rocksdb")]
mod golden;
#[cfg(feature = "rocksdb")]
mod keeping;
#[cfg(feature = "rocksdb")]
mod market;
mod report;
mod run;
mod schemas;
mod secrets;
mod transcripts;
mod vectors;
#[cfg(feature = "rocksdb")]
mod watch;
#[cfg(feature = "rocksdb")]
mod witness;
