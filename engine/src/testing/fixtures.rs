//! The files of `fixtures/reject/`: what [`super::cases`] makes, for other implementations too.

use super::TestMarket;
use super::cases::{Attempt, all};
use crate::reject::Code;
use serde_json::{Value, json};

/// Name and content of every file, the ledger that all cases start from first.
pub fn reject_files() -> Vec<(String, String)> {
    let example = TestMarket::example();
    let entries = hex_entries(&example, 0);
    let ledger = json!({ "entries": entries, "hpke_secret": hex::encode(super::secret("seal", "round")) });
    let mut files = vec![("ledger.json".to_owned(), pretty(&ledger))];
    for code in Code::ALL {
        let cases: Vec<Value> = all()
            .into_iter()
            .filter(|case| case.code == *code)
            .map(|case| {
                let mut test = example.clone();
                let attempt = (case.run)(&mut test);
                let mut file = json!({
                    "about": case.about,
                    "entries": hex_entries(&test, example.entries.len()),
                });
                match attempt {
                    Attempt::Admit(bytes) => {
                        let text = bytes.trim_ascii_end();
                        file["admit"] = hex::encode(text).into();
                        if text.len() < bytes.len() {
                            file["spaces"] = (bytes.len() - text.len()).to_string().into();
                        }
                    }
                    Attempt::Apply(entry) => file["apply"] = hex::encode(entry.encode()).into(),
                    Attempt::ApplyAt(index, entry) => {
                        file["apply"] = hex::encode(entry.encode()).into();
                        file["index"] = index.to_string().into();
                    }
                }
                if test.market.rounds().iter().any(|round| round.settled().is_some()) {
                    file["proceeds"] = "900".into();
                }
                file
            })
            .collect();
        if !cases.is_empty() {
            files.push((format!("{code}.json"), pretty(&json!({ "cases": cases, "code": code.word() }))));
        }
    }
    files
}

fn hex_entries(test: &TestMarket, from: usize) -> Vec<String> {
    test.entries[from..].iter().map(|entry| hex::encode(entry.encode())).collect()
}

/// The spelling of fixture files: for people to read.
pub fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
