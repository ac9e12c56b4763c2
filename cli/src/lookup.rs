//! Finding what people name: by number, by name, or by the first digits of an id.

use crate::error::{CliError, NAME_AMBIGUOUS, NAME_UNKNOWN};
use quittance_engine::Market;
use quittance_engine::entry::{MemberId, ModelId};
use quittance_engine::fixture_market::NAME_CONTEXT;
use quittance_engine::market::{Member, Round};
use quittance_ledger::{BlobId, Log, Store};
use serde_json::Value;
use std::fmt::Display;

/// Fewest digits that name something: people mistype, and ids can be made to agree in a few digits.
const FEWEST: usize = 8;

/// The first digits of an id, for tables.
pub fn short(id: impl Display) -> String {
    id.to_string().chars().take(16).collect()
}

/// The one id that starts with these digits; `None` if the text is no such digits, or none does.
fn by_digits<T: Display>(ids: impl Iterator<Item = T>, text: &str) -> Result<Option<T>, CliError> {
    let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if text.len() < FEWEST || !text.bytes().all(digit) {
        return Ok(None);
    }
    one(ids.filter(|id| id.to_string().starts_with(text)), text)
}

fn one<T>(mut found: impl Iterator<Item = T>, text: &str) -> Result<Option<T>, CliError> {
    let first = found.next();
    match found.next() {
        Some(_) => Err(CliError::new(NAME_AMBIGUOUS, format!("several are called `{text}`"))
            .hint("give more digits of the id")),
        None => Ok(first),
    }
}

fn unknown(what: &str, text: &str, hint: &str) -> CliError {
    CliError::new(NAME_UNKNOWN, format!("no {what} `{text}` on this ledger")).hint(hint)
}

/// A member's name, if the ledger keeps it.
pub fn name_of<S: Store>(log: &Log<S>, member: &Member) -> Option<String> {
    let blob = log.blob(NAME_CONTEXT, &BlobId(member.entry.name.0)).ok()??;
    let document: Value = serde_json::from_slice(&blob).ok()?;
    Some(document.get("name")?.as_str()?.to_owned())
}

/// The member of this name or these first digits.
///
/// # Errors
/// None, or several.
pub fn member<S: Store>(log: &Log<S>, market: &Market, text: &str) -> Result<MemberId, CliError> {
    if let Some(id) = by_digits(market.members().map(|member| member.id), text)? {
        return Ok(id);
    }
    let named = market.members().filter(|member| name_of(log, member).as_deref() == Some(text));
    one(named.map(|member| member.id), text)?
        .ok_or_else(|| unknown("member", text, "list the members with `quittance member list`"))
}

/// The model of these first digits.
///
/// # Errors
/// None, or several.
pub fn model(market: &Market, text: &str) -> Result<ModelId, CliError> {
    by_digits(market.models().map(|model| model.id), text)?.ok_or_else(|| {
        unknown("model", text, "give at least 8 digits of its record id: `quittance ledger show`")
    })
}

/// The round of this number, counted from 1 in the order of the ledger, or of these first digits; with its number.
///
/// # Errors
/// None, or several.
pub fn round<'a>(market: &'a Market, text: &str) -> Result<(usize, &'a Round), CliError> {
    let rounds = market.rounds();
    let number = text.parse::<usize>().ok().filter(|_| text.len() < FEWEST);
    let index = match number {
        Some(number) => number.checked_sub(1).filter(|index| *index < rounds.len()),
        None => {
            let id = by_digits(rounds.iter().map(|round| round.id), text)?;
            rounds.iter().position(|round| Some(round.id) == id)
        }
    };
    index.and_then(|index| Some((index + 1, *rounds.get(index)?))).ok_or_else(|| CliError {
        code: "round_unknown",
        ..unknown("round", text, "list the rounds with `quittance round list`")
    })
}
