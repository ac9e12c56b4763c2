//! Finding what people name: by number, by name, or by the first digits of an id.

use crate::cmd::cosign::read_signed;
use crate::error::{CliError, NAME_AMBIGUOUS, NAME_UNKNOWN};
use crate::market_dir;
use crate::shell::{Input, Shell};
use quittance_engine::Market;
use quittance_engine::entry::{MemberId, ModelId, Payload};
use quittance_engine::kept;
use quittance_engine::market::{Member, Round};
use quittance_ledger::{Log, PublicKey, Store};
use std::fmt::Display;
use std::path::Path;

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

/// A member's name, if the ledger keeps it and can be read.
pub fn name_of<S: Store>(log: &Log<S>, member: &Member) -> Option<String> {
    kept::name(log, member.entry.name).ok()?
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

/// The model of these first digits, or the only one of the seller of this name.
///
/// # Errors
/// None, or several.
pub fn model<S: Store>(log: &Log<S>, market: &Market, text: &str) -> Result<ModelId, CliError> {
    if let Some(id) = by_digits(market.models().map(|model| model.id), text)? {
        return Ok(id);
    }
    let seller = |id| market.member(id).and_then(|member| name_of(log, member));
    let named = market.models().filter(|model| seller(model.seller).as_deref() == Some(text));
    one(named.map(|model| model.id), text)?.ok_or_else(|| {
        unknown("model", text, "give at least 8 digits of its record id: `quittance ledger show`")
    })
}

/// Whose these keys are: as the person says, else by the entry kept beside the keys (`member.json`), else by the
/// ledger, where one is named.
///
/// # Errors
/// None of them tells.
pub fn own_member(
    shell: &Shell,
    said: Option<&str>,
    folder: &Path,
    key: PublicKey,
) -> Result<MemberId, CliError> {
    if let Some(id) = said.and_then(|text| text.parse().ok()) {
        return Ok(id);
    }
    let entry = folder.join("member.json");
    if said.is_none() && entry.exists() {
        let (envelope, payload) = read_signed(&Input::File(entry))?;
        if matches!(payload, Payload::Member(_)) {
            return Ok(envelope.record_id().into());
        }
    }
    if shell.ledger().is_some() {
        let reading = market_dir::read(shell, Path::new("."))?;
        if let Some(name) = said {
            return member(&reading.log, &reading.market, name);
        }
        if let Some(member) = reading.market.member_by_key(key.id()) {
            return Ok(member.id);
        }
    }
    Err(CliError::new(NAME_UNKNOWN, "it is not known which member this is").hint(
        "name the member id with --member, or put the entry that `member add -o` wrote into your keys as member.json",
    ))
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
