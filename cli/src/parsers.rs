//! What of this program reads other people's bytes, from outside: for fuzzing. The commands call the same functions.

use crate::cmd::ledger::Replayed;
use crate::keys::Secret;
use crate::{http, locate, market_dir};
use quittance_circuits::json;
use serde_json::Value;

/// Whether bytes are a `market.toml`.
#[must_use]
pub fn market_toml(bytes: &[u8]) -> bool {
    market_dir::is_config(bytes)
}

/// The secret in a secret file's bytes, if they are one.
#[must_use]
pub fn secret(bytes: &[u8]) -> Option<[u8; 32]> {
    Secret::parse(bytes).map(|secret| *secret.bytes())
}

/// How a file of `ledger replay --resume` is written that was read from these bytes, if they are one.
#[must_use]
pub fn replayed(bytes: &[u8]) -> Option<Vec<u8>> {
    Replayed::parse(bytes).ok().map(|replayed| json::to_canonical(&replayed))
}

/// What kind of file `verify` takes bytes for, in words for comparison only.
#[must_use]
pub fn form(bytes: &[u8]) -> Option<String> {
    crate::cmd::verify::Form::of(bytes).map(|form| format!("{form:?}"))
}

/// The bundle that a report page holds, if the bytes are one.
#[must_use]
pub fn page(bytes: &[u8]) -> Option<Vec<u8>> {
    crate::page::Page::parse(bytes).ok().map(|page| page.bundle)
}

/// Where a document departs from a published schema, and how: a JSON pointer, and words.
#[must_use]
pub fn fault(schema: &Value, document: &Value) -> Option<(String, String)> {
    locate::fault(schema, document).map(|fault| (fault.pointer, fault.what))
}

/// A text as it is shown in a terminal.
#[must_use]
pub fn printable(text: &str) -> String {
    crate::shell::printable(text).into_owned()
}

/// What a witness's server writes to somebody who connects, sends these bytes and no more. Each body that it is posted,
/// `limit` bytes at most, goes to `answer`, whose status it sends back.
///
/// # Errors
/// The system has no connections to give.
pub fn served(
    bytes: &[u8],
    path: &str,
    limit: usize,
    answer: &dyn Fn(&[u8]) -> u16,
) -> std::io::Result<Vec<u8>> {
    http::served(bytes, path, limit, &|body| http::Reply::text(answer(body), "answered"))
}

/// What is read of a server's answer to a request of ours: status and body.
///
/// # Errors
/// The answer is none, in words.
pub fn answered(bytes: &[u8]) -> Result<(u16, Vec<u8>), String> {
    http::answered(bytes)
}
