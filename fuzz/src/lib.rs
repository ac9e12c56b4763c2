//! What must hold of every parser of other people's bytes, whatever the bytes are.
//!
//! A property takes bytes and panics if something is wrong: that is what libFuzzer looks for, and what an ordinary test
//! says of the bytes that it found before (`fixtures/fuzz/`, one input a line in base64). Each checks that
//!
//! * nothing panics;
//! * what has one spelling is written as it was read, so that another spelling is refused;
//! * what has several is read again as the same thing after it was written.
//!
//! Mutated bytes seldom get past base64, a canonical spelling or a signature. So a property also takes the bytes for
//! [edits](edit) of a document that is right, or puts spelling and signatures right before it hands them to the parser.

pub mod bundles;
pub mod ceremonies;
pub mod documents;
pub mod edit;
pub mod entries;
pub mod fixtures;
pub mod http;
pub mod keys;
pub mod notes;
pub mod payloads;
pub mod points;
pub mod rules;
pub mod schemas;
pub mod sealed;
pub mod store;
pub mod submissions;
pub mod texts;
pub mod tiles;
pub mod witness;

/// A property of bytes.
pub struct Target {
    /// Its name, which is that of its corpus too: `fixtures/fuzz/<name>.txt`.
    pub name: &'static str,
    /// Panics if the property does not hold.
    pub check: fn(&[u8]),
}

macro_rules! targets {
    ($($name:literal $check:path,)*) => {
        /// Every target.
        pub const TARGETS: &[Target] = &[$(Target { name: $name, check: $check },)*];
    };
}

targets! {
    "entry" entries::entry,
    "envelope" entries::envelope,
    "payload" payloads::payload,
    "note" notes::receipt,
    "texts" texts::texts,
    "witness" witness::witness,
    "tiles" tiles::folder,
    "bundle" bundles::bundle,
    "evidence" documents::evidence,
    "statement" documents::statement,
    "submission" submissions::submission,
    "rule" rules::rule,
    "points" points::points,
    "http" http::http,
    "ceremony" ceremonies::ceremony,
}

/// The target of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
