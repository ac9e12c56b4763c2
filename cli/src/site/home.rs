//! The first page: the market, its checkpoint, its newest rounds, and how to check all of it elsewhere.

use super::frame::{self, Depth};
use super::{Judged, Site, entries, rounds};
use crate::error::CliError;
use crate::page;
use crate::shell::printable;
use maud::{Markup, html};
use quittance_engine::entry::Kind;
use quittance_ledger::Store;
use std::collections::BTreeMap;

/// Rounds that it lists.
const NEWEST: usize = 12;

pub fn page<S: Store>(site: &Site<'_, S>, judged: Judged) -> Result<String, CliError> {
    let newest = site.rounds.iter().enumerate().rev().take(NEWEST);
    let newest =
        newest.filter_map(|(place, id)| Some(rounds::line(site, "", place + 1, site.market.round(*id)?)));
    let newest: Vec<Markup> = newest.collect();
    let head = site.note.head();
    let note = String::from_utf8_lossy(&site.note.to_bytes()).into_owned();
    let market = site.market.entry();
    let settled = judged.verified + judged.rejected + judged.pending;
    let main = html! {
        header.top {
            p.eyebrow { span { "ledger of a market" } span { "amounts in " (printable(market.currency.as_str())) } span { @if site.key.policy.is_none() { "no witnesses" } @else { "cosigned by witnesses" } } }
            h1 { (site.origin()) }
            dl.figures {
                div { dt { "entries" } dd { (site.size()) } }
                div { dt { "members" } dd { (site.market.members().count()) } }
                div { dt { "rounds" } dd { (site.rounds.len()) } }
                div { dt { "settlements that verify" } dd { (judged.verified) " of " (settled) } }
            }
            @if judged.pending > 0 { p.note { "Of " (judged.pending) " settlements there is no bundle yet: witnesses have not cosigned a checkpoint that holds them." } }
            @if judged.rejected > 0 { p.bad { "✗ " (judged.rejected) " settlements do not hold: see their rounds." } }
        }
        section #rounds {
            h2 { "Newest rounds" }
            (rounds::table(&newest))
            @if site.rounds.len() > NEWEST { p { a href="rounds.html" { "All " (site.rounds.len()) " rounds" } } }
        }
        section #entries { h2 { "What stands on the ledger" } (kinds(site)) }
        section #checkpoint {
            h2 { "The checkpoint" }
            p { "All of it is under one signature: " (head.size) " entries, root " code { (head.root) } "." }
            pre #note { (printable_lines(&note)) }
            p.note { "By the market key " code { (page::signer(site.key)) } ", last entry taken " (site.time(site.size() - 1)) " by the operator’s clock." }
        }
        (frame::check("Then this page shows that the checkpoint is signed by it; every page of entries shows where its entries stand below it."))
        (own())
        (entries::proof(site.note, 0, &[]))
    };
    Ok(frame::page(site, Depth::Top, "", &main))
}

/// Text of several lines, each with nothing in it that moves anything.
fn printable_lines(text: &str) -> String {
    text.lines().map(|line| printable(line).into_owned()).collect::<Vec<_>>().join("\n")
}

/// How many entries of each kind.
fn kinds<S: Store>(site: &Site<'_, S>) -> Markup {
    let mut counts: BTreeMap<Kind, u64> = BTreeMap::new();
    site.entries.iter().filter_map(|(_, kind)| *kind).for_each(|kind| *counts.entry(kind).or_default() += 1);
    html! {
        ul.kinds { @for (kind, count) in counts { li { (kind.word().replace('_', " ")) " " strong { (count) } } } }
        p { a href="entries/0.html" { "From the first entry on" } " · " a href=(super::entry_path(site.size() - 1)) { "the last entry" } }
    }
}

/// What a reader does who does not believe this site.
fn own() -> Markup {
    html! {
        section #own {
            h2 { "With your own tools" }
            p { "The folder " a href="log/checkpoint" { "log" } " is the ledger itself, in the format of " a href="https://c2sp.org/tlog-tiles" rel="noreferrer" { "C2SP tlog-tiles" } ". Take a copy, and everything is checked and settled again:" }
            pre { "quittance ledger import log --ledger copy --market market.vkey" }
            p { "To see whether it is the ledger that others have, compare this checkpoint with one that you kept, or a receipt:" }
            pre { "quittance ledger watch log --market market.vkey" }
            p { "A settlement’s report can be checked in a page that you keep: the " a href="verifier.html" { "verifier" } " is one, if you have it from somebody you trust." }
        }
    }
}
