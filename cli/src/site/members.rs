//! The members: their keys, their rounds, and what they signed.

use super::frame::{self, Depth, LISTED};
use super::rounds::{chunks, status};
use super::{Put, Site, entry_link};
use crate::error::CliError;
use crate::page::facts::short;
use crate::page::words::words;
use maud::{Markup, html};
use quittance_engine::entry::{Kind, MemberId};
use quittance_engine::market::{Member, MemberKey, Round};
use quittance_ledger::Store;
use std::collections::BTreeMap;

/// Entries of a member that its page lists.
const SIGNED: usize = 2000;

/// Of each member, its rounds: the number, and as what.
type Rounds = BTreeMap<MemberId, Vec<(usize, &'static str)>>;

pub fn write<S: Store>(site: &Site<'_, S>, put: &mut Put<'_>) -> Result<(), CliError> {
    let rounds = rounds(site);
    let of = |member: &Member| rounds.get(&member.id).map_or(&[][..], Vec::as_slice);
    let mut members: Vec<&Member> = site.market.members().collect();
    members.sort_by_key(|member| member.index);
    for member in &members {
        put(&format!("members/{}.html", member.id), page(site, member, of(member)).as_bytes())?;
    }
    for (n, chunk) in chunks(&members).enumerate() {
        let main = html! {
            h1 { "Members" }
            @if members.is_empty() { p.note { "There is none yet." } } @else {
                div.scroll tabindex="0" role="region" aria-label="members" {
                    table {
                        thead { tr { th scope="col" { "member" } th scope="col" { "id" } th scope="col" { "joined as" } th.n scope="col" { "rounds" } } }
                        tbody {
                            @for member in chunk {
                                tr {
                                    td { a href={ "members/" (member.id) ".html" } { (site.name(member.id)) } }
                                    td { code.id title=(member.id) { (short(&member.id)) } }
                                    td { (roles(member)) }
                                    td.n { (of(member).len()) }
                                }
                            }
                        }
                    }
                }
            }
            (frame::list_pager("members", n, members.len()))
        };
        put(&frame::list_path("members", n), frame::page(site, Depth::Top, "Members", &main).as_bytes())?;
    }
    Ok(())
}

fn rounds<S: Store>(site: &Site<'_, S>) -> Rounds {
    let mut rounds = Rounds::new();
    for (place, id) in site.rounds.iter().enumerate() {
        let Some(round) = site.market.round(*id) else { continue };
        for (member, what) in parts(round) {
            rounds.entry(member).or_default().push((place + 1, what));
        }
    }
    rounds
}

/// Who takes part in a round, and as what.
fn parts(round: &Round) -> impl Iterator<Item = (MemberId, &'static str)> {
    let rows = round.rows.iter().map(|row| (row.member, "has a row"));
    let sellers = round.entry.sellers.iter().map(|seller| (*seller, "sells"));
    rows.chain(sellers).chain(round.entry.evaluator.map(|evaluator| (evaluator, "evaluates")))
}

fn roles(member: &Member) -> String {
    member.entry.roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn page<S: Store>(site: &Site<'_, S>, member: &Member, rounds: &[(usize, &'static str)]) -> String {
    let signed = site.signed.get(&member.id).map_or(&[][..], Vec::as_slice);
    let main = html! {
        header.top {
            p.eyebrow { span { "member" } span { (roles(member)) } span { "since entry " (entry_link(member.index)) } }
            h1 { (site.name(member.id)) }
            p { "Member id " code { (member.id) } }
            @if let Some(erased) = site.market.erased_by(member.entry.name) { p.note { "Its name was erased: entry " (entry_link(erased)) "." } }
            @else if site.names.contains_key(&member.id) { p.note { "The name is kept beside the ledger, under the digest that its entry has." } }
        }
        section #rounds {
            h2 { "Rounds" }
            @if rounds.is_empty() { p.note { "It took part in none." } } @else {
                div.scroll tabindex="0" role="region" aria-label="rounds" {
                    table {
                        thead { tr { th scope="col" { "round" } th scope="col" { "rule" } th scope="col" { "state" } th scope="col" { "the member" } th.n scope="col" { "entry" } } }
                        tbody { @for (number, what) in rounds.iter().rev().take(LISTED) { (round(site, member, *number, what)) } }
                    }
                }
                @if rounds.len() > LISTED { p.note { "The newest " (LISTED) " of " (rounds.len()) "." } }
            }
        }
        section #keys {
            h2 { "Keys" }
            div.scroll tabindex="0" role="region" aria-label="keys" {
                table {
                    thead { tr { th scope="col" { "key" } th.n scope="col" { "from entry" } th scope="col" { "state" } } }
                    tbody { @for key in &member.keys { (key_line(key)) } }
                }
            }
        }
        section #signed {
            h2 { "What it signed" }
            p.note { (signed.len()) @if signed.len() == 1 { " entry." } @else { " entries." } @if signed.len() > SIGNED { " The newest " (SIGNED) ":" } }
            ul.places { @for index in signed.iter().skip(signed.len().saturating_sub(SIGNED)) { li { (entry_link(*index)) " " (kind(site, *index)) } } }
        }
    };
    frame::page(site, Depth::Below, &site.name(member.id), &main)
}

fn round<S: Store>(site: &Site<'_, S>, member: &Member, number: usize, what: &str) -> Markup {
    let round =
        number.checked_sub(1).and_then(|place| site.rounds.get(place)).and_then(|id| site.market.round(*id));
    html! {
        @if let Some(round) = round {
            tr {
                td.one { a href={ "../rounds/" (number) ".html" } { "round " (number) } }
                td { (words(round.entry.rule.as_str()).title) }
                td { (status(round)) }
                td { (what) }
                td.n { @if let Some(row) = round.row_of(member.id).filter(|_| what == "has a row") { (entry_link(row.index)) } }
            }
        }
    }
}

fn key_line(key: &MemberKey) -> Markup {
    html! {
        tr {
            td { code { (key.key.id()) } }
            td.n { (entry_link(key.since)) }
            td {
                @match (key.revoked, key.until) {
                    (Some(revoked), _) => { "revoked in entry " (entry_link(revoked.index)) "; contested from entry " (entry_link(revoked.from_index)) " on" },
                    (None, Some(until)) => { "replaced in entry " (entry_link(until)) },
                    (None, None) => "in force",
                }
            }
        }
    }
}

fn kind<S: Store>(site: &Site<'_, S>, index: u64) -> &'static str {
    let entry = usize::try_from(index).ok().and_then(|index| site.entries.get(index));
    entry.and_then(|(_, kind)| *kind).map_or("", Kind::word)
}
