//! The program as people and programs use it: through its compiled binary.

mod contract;
mod examples;
mod garbage;
mod run;
mod secrets;
mod transcripts;
mod vectors;
