//! The search: an index in files that a page loads as it needs them, without a server.
//!
//! Ids are in files by their first digits, so that a file stays small on a large ledger; names are in one.

use super::frame::{self, Depth};
use super::rounds::status;
use super::{Put, Site, entry_path, unread};
use crate::error::CliError;
use crate::page::words::words;
use maud::html;
use quittance_circuits::json;
use quittance_engine::entry::{Kind, MemberId, Payload, RoundId};
use quittance_ledger::Store;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Ids that a file holds about.
const A_FILE: usize = 4096;
/// Digits of an id that are kept: none is ever typed whole.
const DIGITS: usize = 32;

/// What is found: its id or text, its name for people, its page.
type Found = (String, String, String);

pub fn write<S: Store>(site: &Site<'_, S>, put: &mut Put<'_>) -> Result<(), CliError> {
    let ids = ids(site)?;
    let digits = digits(ids.len());
    let mut files: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    for found in ids {
        files.entry(found.0.chars().take(digits).collect()).or_default().push(found);
    }
    for (prefix, mut found) in files {
        found.sort();
        put(&format!("search/ids{prefix}.js"), &script(&found))?;
    }
    put("search/names.js", &script(&names(site)))?;
    let main = html! {
        h1 { "Search" }
        noscript { p { "The search needs JavaScript. Without it: " a href="rounds.html" { "rounds" } ", " a href="members.html" { "members" } ", " a href="entries/0.html" { "entries" } "." } }
        p { "An entry’s number; the name of a member; a rule; or at least four digits of an id: of an entry, a member, a round, a model, a key, a commitment or a statement." }
        div #found data-digits=(digits) data-size=(site.size()) data-rounds=(site.rounds.len()) aria-live="polite" {}
    };
    put("search.html", frame::page(site, Depth::Top, "Search", &main).as_bytes())
}

/// Digits that files are named by, so that each has about [`A_FILE`] ids.
pub(super) fn digits(ids: usize) -> usize {
    let (mut digits, mut files) = (0, 1);
    while ids / files > A_FILE {
        (digits, files) = (digits + 1, files * 16);
    }
    digits
}

/// A file of the index: a call, because a page on a disk may run a file and may not read one.
fn script(found: &[Found]) -> Vec<u8> {
    let rows: Vec<Value> = found.iter().map(|(id, name, path)| json!([id, name, path])).collect();
    let mut script = b"found(".to_vec();
    script.extend(json::canonical(&Value::Array(rows)));
    script.extend(b");\n");
    script
}

/// Names of members, and rules of rounds.
fn names<S: Store>(site: &Site<'_, S>) -> Vec<Found> {
    let members = site.market.members().filter_map(|member| {
        let name = site.names.get(&member.id)?;
        Some((name.to_lowercase(), format!("{name}, member"), format!("members/{}.html", member.id)))
    });
    let rounds = site.rounds.iter().enumerate().filter_map(|(place, id)| {
        let (round, number) = (site.market.round(*id)?, place + 1);
        let rule = round.entry.rule.as_str();
        let text = format!("round {number} {rule} {}", words(rule).title.to_lowercase());
        Some((text, format!("round {number}: {rule}, {}", status(round)), format!("rounds/{number}.html")))
    });
    members.chain(rounds).collect()
}

/// Every id that somebody could have at hand.
fn ids<S: Store>(site: &Site<'_, S>) -> Result<Vec<Found>, CliError> {
    let mut ids: Vec<Found> = Vec::new();
    let mut add = |id: String, name: String, path: String| {
        ids.push((id.chars().take(DIGITS).collect(), name, path));
    };
    site.log
        .scan(0..site.size(), |index, entry| {
            let (id, path) = (entry.record_id(), entry_path(index));
            let kind = Kind::of_byte(entry.kind()).map_or("unknown", Kind::word);
            match Payload::of_entry(&entry) {
                Ok(Payload::Member(_)) => {
                    let name = site.name(MemberId::from(id));
                    add(id.to_string(), format!("{name}, member"), format!("members/{id}.html"));
                }
                Ok(Payload::Round(round)) => {
                    if let Some(number) = site.numbers.get(&RoundId::from(id)) {
                        let name = format!("round {number}: {}", round.rule);
                        add(id.to_string(), name, format!("rounds/{number}.html"));
                    }
                }
                Ok(Payload::RuleAdmit(admit)) => {
                    add(id.to_string(), format!("entry {index}, {kind}"), path.clone());
                    if let Some(key) = admit.circuit_key {
                        add(key.to_string(), format!("circuit key of {}, entry {index}", admit.rule), path);
                    }
                }
                Ok(Payload::Bid(bid)) => {
                    add(id.to_string(), format!("entry {index}, {kind}"), path.clone());
                    if let Some(commitment) = bid.commitment {
                        add(commitment.to_string(), format!("commitment of entry {index}"), path);
                    }
                }
                Ok(Payload::Settlement(settlement)) => {
                    add(id.to_string(), format!("entry {index}, {kind}"), path.clone());
                    add(settlement.statement.to_string(), format!("statement of entry {index}"), path);
                }
                Ok(Payload::Model(model)) => {
                    add(id.to_string(), format!("model, entry {index}"), path.clone());
                    add(model.artifact.to_string(), format!("bytes of the model of entry {index}"), path);
                }
                _ => add(id.to_string(), format!("entry {index}, {kind}"), path),
            }
            Ok::<(), quittance_ledger::LogError>(())
        })
        .map_err(unread)?;
    for member in site.market.members() {
        for key in &member.keys {
            let (name, path) = (site.name(member.id), format!("members/{}.html#keys", member.id));
            add(key.key.id().to_string(), format!("key of {name}"), path);
        }
    }
    for rule in &site.market.entry().rules {
        if let Some(key) = rule.circuit_key {
            add(key.to_string(), format!("circuit key of {}, entry 0", rule.rule), entry_path(0));
        }
    }
    Ok(ids)
}
