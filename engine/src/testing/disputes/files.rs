//! The files of `fixtures/evidence/`, for other implementations too.

use super::{Dispute, Outcome};
use crate::dispute::exclusion::exclusion;
use crate::testing::fixtures::pretty;
use serde_json::{Map, Value, json};

/// Name and content of every file: evidence, and what must be said to it.
///
/// # Panics
/// Evidence of a cheat cannot be made: a mistake in a test.
#[must_use]
pub fn evidence_files() -> Vec<(String, Vec<u8>)> {
    let dispute = Dispute::new();
    let key = dispute.key();
    let mut files = vec![("market.vkey".to_owned(), key.to_string().into_bytes())];
    let mut expected = Map::new();
    let mut add = |name: &str, file: Vec<u8>, outcome: Outcome, code: &str| {
        let name = format!("{name}.json");
        expected.insert(name.clone(), json!({ "code": code, "outcome": outcome.word() }));
        files.push((name, file));
    };
    let pairs = dispute.cheats().into_iter().chain(dispute.frames());
    for pair in pairs.filter(|pair| pair.outcome != Outcome::Inconclusive) {
        let made = exclusion(&pair.receipt, &pair.bundle, pair.bid.as_deref(), &key);
        let made = made.unwrap_or_else(|error| panic!("{}: {error}", pair.name));
        add(pair.name, made.file, pair.outcome, pair.code);
    }
    for case in dispute.crafted() {
        add(case.name, case.file, case.outcome, case.code);
    }
    files.push(("expected.json".to_owned(), pretty(&Value::Object(expected)).into_bytes()));
    files
}
