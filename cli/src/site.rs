//! A ledger as a folder of pages for people: a page for every round and member, for every 256 entries, and a search.
//!
//! ```text
//! index.html                      the market, its checkpoint, its newest rounds
//! entries/<first>.html#e<index>   the entries from <first> on, 256 a page, with their bytes and a proof of their place
//! rounds.html, rounds/<n>.html    the rounds in the order of the ledger; beside a settled one its report and bundle
//! members.html, members/<id>.html
//! search.html, search/*.js        an index that works without a server
//! log/                            the export that the pages are about, as `ledger import` and C2SP tools read it
//! style.css, site.js
//! ```
//!
//! Static: it works from any web server, and from a disk. A reader who brings the market's key has every page of entries
//! checked in the browser: the checkpoint's signature, and that the entries stand there; the page is then written anew
//! from their bytes. The same ledger, checkpoint and program give the same bytes.

mod entries;
mod frame;
mod home;
mod members;
mod rounds;
mod said;
mod search;

use crate::cmd::demo::failed;
use crate::error::{CliError, Exit};
use crate::page;
use crate::page::facts::short;
use crate::page::terms::when;
use crate::page::units::Units;
use crate::shell::printable;
use maud::{Markup, html};
use quittance_engine::bundle::Bundle;
use quittance_engine::entry::{Kind, MemberId, RoundId, UtcTime};
use quittance_engine::kept;
use quittance_engine::market::Market;
use quittance_engine::operator::{OperatorError, Reader, fold_first};
use quittance_engine::reject::Reject;
use quittance_engine::verdict::Verdict;
use quittance_engine::verify::{Own, verify};
use quittance_ledger::{Log, LogError, MarketKey, RecordId, SignedCheckpoint, Store};
use std::collections::BTreeMap;

/// Entries a page, as in a tile of tlog-tiles.
const WIDTH: u64 = 256;

/// What takes the path and content of each file.
pub type Put<'a> = dyn FnMut(&str, &[u8]) -> Result<(), CliError> + 'a;

/// A ledger up to a checkpoint, read for its pages.
pub struct Site<'a, S> {
    log: &'a Log<S>,
    note: &'a SignedCheckpoint,
    key: &'a MarketKey,
    market: Market,
    names: BTreeMap<MemberId, String>,
    /// Rounds in the order of the ledger; a page's number is its place here, from 1.
    rounds: Vec<RoundId>,
    /// The same, by round.
    numbers: BTreeMap<RoundId, usize>,
    /// Of every entry: the operator's time, milliseconds since 1970, and its kind.
    entries: Vec<(u64, Option<Kind>)>,
    /// Entries that a member signed, ascending.
    signed: BTreeMap<MemberId, Vec<u64>>,
    units: Units,
}

/// What was found out about the rounds on the way.
#[derive(Debug, Default, Clone, Copy)]
pub struct Judged {
    /// Settlements that hold.
    pub verified: u64,
    /// Settlements that do not.
    pub rejected: u64,
    /// Settlements of which there can be no bundle yet.
    pub pending: u64,
}

/// What to do about a ledger that no market makes.
const REPLAY: &str = "see what is wrong with `quittance ledger replay`";

/// What a ledger gives of a settled round.
struct Found {
    bundle: Bundle,
    /// The bundle's file.
    bytes: Vec<u8>,
    verdict: Verdict,
    /// The blobs of its members' names.
    names: Vec<Vec<u8>>,
}

fn unread(error: LogError) -> CliError {
    failed(&error.into())
}

impl<'a, S: Store> Site<'a, S> {
    /// Reads the ledger up to the checkpoint: every entry is judged again.
    ///
    /// # Errors
    /// `market_mismatch`, `quorum_missing`: not the key's market, or no checkpoint of it; `log_invalid`; the storage.
    pub fn read(log: &'a Log<S>, note: &'a SignedCheckpoint, key: &'a MarketKey) -> Result<Self, CliError> {
        let verified = key.verify(note).map_err(Reject::from);
        let head = verified.map_err(|reject| CliError::refused(&reject))?;
        let mut entries = Vec::new();
        let mut signers = Vec::new();
        let market = fold_first(log, head.size, |index, entry| {
            entries.push((entry.time_ms(), Kind::of_byte(entry.kind())));
            let keys = entry.envelope().signatures().iter().map(|signature| (signature.key_id, index));
            signers.extend(keys);
        });
        // What stands on the ledger was examined: that is a no, not a failure.
        let market = market.map_err(|error| match &error {
            OperatorError::Refused(_) => CliError { exit: Exit::No, ..failed(&error) }.hint(REPLAY),
            _ => failed(&error),
        })?;
        if market.entry0() != key.entry0 || log.head_at(head.size).map_err(unread)? != head {
            let what = "the ledger is not the one that the market's key and the checkpoint are about";
            return Err(CliError::refused(&quittance_engine::Code::MarketMismatch.because(what)));
        }
        let mut signed: BTreeMap<MemberId, Vec<u64>> = BTreeMap::new();
        for (key, index) in signers {
            if let Some(member) = market.member_by_key(key) {
                signed.entry(member.id).or_default().push(index);
            }
        }
        let mut names = BTreeMap::new();
        for member in market.members() {
            if let Some(name) = kept::name(log, member.entry.name).map_err(unread)? {
                names.insert(member.id, printable(&name).into_owned());
            }
        }
        let rounds: Vec<RoundId> = market.rounds().into_iter().map(|round| round.id).collect();
        let numbers = rounds.iter().enumerate().map(|(place, id)| (*id, place + 1)).collect();
        let units = Units::of(market.entry());
        Ok(Self { log, note, key, market, names, rounds, numbers, entries, signed, units })
    }

    /// Writes every page. `done` is told of entries as their pages are written.
    ///
    /// # Errors
    /// The storage; what `put` says.
    pub fn write(&self, put: &mut Put<'_>, done: &mut dyn FnMut(u64)) -> Result<Judged, CliError> {
        put("style.css", frame::STYLE.as_bytes())?;
        put("site.js", frame::SCRIPT.as_bytes())?;
        entries::write(self, put, done)?;
        let judged = rounds::write(self, put)?;
        members::write(self, put)?;
        search::write(self, put)?;
        put("verifier.html", page::verifier().as_bytes())?;
        put("index.html", home::page(self, judged)?.as_bytes())?;
        Ok(judged)
    }

    fn size(&self) -> u64 {
        self.note.head().size
    }

    /// The market's name.
    fn origin(&self) -> String {
        printable(self.market.entry().market.as_str()).into_owned()
    }

    /// The bundle of a settled round and the verdict on it; none if the ledger cannot give one yet.
    fn settled(&self, round: RoundId) -> Result<Found, OperatorError> {
        let reader = Reader { log: self.log, market: &self.market, key: self.key };
        let bundle = reader.bundle(round, || Ok::<_, OperatorError>(self.note.clone()))?;
        let bytes = bundle.to_bytes();
        let verdict = verify(&bytes, self.key, Own::default());
        let names = page::names(self.log, &bundle)?;
        Ok(Found { bundle, bytes, verdict, names })
    }

    /// A member's name, or the first digits of its id.
    fn name(&self, member: MemberId) -> String {
        self.names.get(&member).cloned().unwrap_or_else(|| short(&member))
    }

    /// When an entry was taken, by the operator's clock.
    fn time(&self, index: u64) -> String {
        let place = usize::try_from(index).ok().and_then(|index| self.entries.get(index));
        place.map_or_else(String::new, |(ms, _)| time(*ms))
    }

    /// Links from a page one folder down.
    fn member_link(&self, member: MemberId) -> Markup {
        html! { a href={ "../members/" (member) ".html" } { (self.name(member)) } }
    }

    fn round_link(&self, round: RoundId) -> Markup {
        self.round_as("round", round)
    }

    /// The same with another word, for the start of a sentence.
    fn round_as(&self, word: &str, round: RoundId) -> Markup {
        html! {
            @match self.numbers.get(&round) {
                Some(number) => a href={ "../rounds/" (number) ".html" } { (word) " " (number) },
                None => { (word) " " (short(&round)) }
            }
        }
    }

    /// The page of what bears this id, from a page one folder down.
    fn place_of(&self, id: RecordId) -> Option<String> {
        let index = self.market.index_of(id)?;
        Some(match self.entries.get(usize::try_from(index).ok()?)?.1 {
            Some(Kind::Member) => format!("../members/{id}.html"),
            Some(Kind::Round) => format!("../rounds/{}.html", self.numbers.get(&RoundId::from(id))?),
            _ => format!("../{}", entry_path(index)),
        })
    }
}

/// Where an entry is shown.
fn entry_path(index: u64) -> String {
    format!("entries/{}.html#e{index}", index - index % WIDTH)
}

/// A link to an entry, from a page one folder down.
fn entry_link(index: u64) -> Markup {
    html! { a href={ "../" (entry_path(index)) } { (index) } }
}

/// A time of the operator's clock as people write it.
fn time(ms: u64) -> String {
    UtcTime::from_unix_seconds(ms / 1000).map_or_else(String::new, |time| when(&time))
}

#[cfg(test)]
mod tests;
