//! What the files on a ledger mean: rounds, rows, settlements, and who may say what.
//!
//! * [`entry`]: kinds of files and their payloads;
//! * [`market`]: the state folded from a ledger's entries, and every check that needs only public data;
//! * [`bid`], [`seal`]: making a sealed row, and opening it as the operator;
//! * [`admit`], [`refusal`]: what an operator does with a submission: an entry, or a signed refusal;
//! * [`settle`], [`statement`]: what a closed round decides, and the proof of it; [`kept`]: what is kept beside entries;
//! * [`bundle`], [`verify`], [`verdict`]: what a member checks offline; [`check`]: what everybody checks alike; [`told`]: what
//!   a bundle says, unverified;
//! * [`deadline`]: what witnesses' times say about a round;
//! * [`dispute`]: evidence against an operator, which strangers can check;
//! * [`replay`]: what an auditor re-derives from the whole ledger; [`facts`]: what of it all cores can do at once;
//! * [`reject`]: every reason for refusal, in published order of precedence;
//! * [`schema`]: JSON Schemas of all files.
//!
//! Nothing here touches a terminal, a clock, a file or the system's random source: they are arguments.

pub mod admit;
pub mod bid;
pub mod bundle;
pub mod check;
pub mod deadline;
pub mod dispute;
pub mod entry;
pub mod facts;
pub mod fixture_market;
pub mod forge;
pub mod history;
pub mod kept;
pub mod market;
pub mod money;
pub mod operator;
pub mod refusal;
pub mod reject;
pub mod replay;
pub mod results;
pub mod schema;
pub mod seal;
pub mod settle;
pub mod statement;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
pub mod told;
pub mod verdict;
pub mod verify;

pub use market::Market;
pub use reject::{Code, Reject};
