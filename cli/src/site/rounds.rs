//! The rounds: what was decided, what happened when, and beside a settled one its report and its bundle.

use super::frame::{self, Depth, LISTED};
use super::{Found, Judged, Put, Site, entry_link, failed};
use crate::error::CliError;
use crate::page::facts::{Facts, short};
use crate::page::words::words;
use crate::page::{self, Report, terms};
use crate::shell::printable;
use maud::{Markup, html};
use quittance_circuits::rule::Evidence;
use quittance_engine::market::{AbortCause, Round, Status};
use quittance_engine::operator::OperatorError;
use quittance_engine::verdict::Verdict;
use quittance_ledger::Store;

/// What the pages say of a settlement.
enum Settled {
    /// There is a bundle, and a verdict on it.
    Judged(Box<Found>),
    /// Why there is no bundle yet.
    NotYet(String),
}

pub fn write<S: Store>(site: &Site<'_, S>, put: &mut Put<'_>) -> Result<Judged, CliError> {
    let (mut judged, mut lines) = (Judged::default(), Vec::new());
    for (place, id) in site.rounds.iter().enumerate() {
        let (number, Some(round)) = (place + 1, site.market.round(*id)) else { continue };
        let settled = settled(site, round)?;
        if matches!(settled, Some(Settled::NotYet(_))) {
            judged.pending += 1;
        }
        if let Some(Settled::Judged(found)) = &settled {
            let Found { bundle, bytes, verdict, names } = &**found;
            let report = Report { bundle, bytes, verdict, key: site.key, names };
            put(&format!("rounds/{number}.report.html"), report.render().as_bytes())?;
            put(&format!("rounds/{number}.bundle.json"), bytes)?;
            *(if verdict.verified { &mut judged.verified } else { &mut judged.rejected }) += 1;
        }
        put(&format!("rounds/{number}.html"), page(site, number, round, settled.as_ref()).as_bytes())?;
        lines.push(line(site, "", number, round));
    }
    for (n, chunk) in chunks(&lines).enumerate() {
        let main = html! {
            h1 { "Rounds" }
            (table(chunk))
            (frame::list_pager("rounds", n, lines.len()))
        };
        put(&frame::list_path("rounds", n), frame::page(site, Depth::Top, "Rounds", &main).as_bytes())?;
    }
    Ok(judged)
}

/// Pages of a list: one, even of nothing.
pub fn chunks<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    (0..rows.len().div_ceil(LISTED).max(1))
        .map(|n| rows.get(n * LISTED..rows.len().min((n + 1) * LISTED)).unwrap_or_default())
}

fn settled<S: Store>(site: &Site<'_, S>, round: &Round) -> Result<Option<Settled>, CliError> {
    if round.settled().is_none() {
        return Ok(None);
    }
    match site.settled(round.id) {
        Ok(found) => Ok(Some(Settled::Judged(Box::new(found)))),
        Err(OperatorError::Refused(reject)) => Ok(Some(Settled::NotYet(reject.found))),
        Err(error) => Err(failed(&error)),
    }
}

/// How far a round has come, in a word or two.
pub fn status(round: &Round) -> &'static str {
    match &round.status {
        Status::Open => "open",
        Status::Closed(_) => "closed, not settled",
        Status::Settled(..) => match round.evidence() {
            Ok(Evidence::Proved) => "settled, proved",
            Ok(Evidence::Recomputed) => "settled, recomputed",
            _ => "settled, asserted",
        },
        Status::Aborted(..) => "aborted",
    }
}

/// Rounds as a table, of lines that [`line`] made.
pub fn table(lines: &[Markup]) -> Markup {
    html! {
        @if lines.is_empty() { p.note { "There is none yet." } } @else {
            div.scroll tabindex="0" role="region" aria-label="rounds" {
                table {
                    thead { tr { th scope="col" { "round" } th scope="col" { "rule" } th scope="col" { "state" } th.n scope="col" { "rows" } th scope="col" { "opened, by the operator’s clock" } } }
                    tbody { @for line in lines { (line) } }
                }
            }
        }
    }
}

/// A round in a table of a page that is `up` below the site's folder.
pub fn line<S: Store>(site: &Site<'_, S>, up: &str, number: usize, round: &Round) -> Markup {
    let rule = round.entry.rule.as_str();
    html! {
        tr {
            td.one { a href={ (up) "rounds/" (number) ".html" } { "round " (number) } }
            td { (words(rule).title) }
            td { (status(round)) }
            td.n { (round.rows.len()) }
            td.one { (site.time(round.index)) }
        }
    }
}

fn page<S: Store>(site: &Site<'_, S>, number: usize, round: &Round, settled: Option<&Settled>) -> String {
    let rule = round.entry.rule.as_str();
    let eyebrow = html! { p.eyebrow { span { "round " (number) } span { (words(rule).title) } span { (status(round)) } span { code.id title=(round.id) { (short(&round.id)) } } } };
    let main = html! {
        @match settled {
            Some(Settled::Judged(found)) => {
                @let Found { bundle, verdict, names, .. } = &**found;
                @let facts = Facts::of(bundle, names);
                header.top {
                    (eyebrow)
                    h1 { @if verdict.verified { (facts.words.headline(&facts)) } @else { "This settlement does not hold." } }
                    (verdict_box(site, number, &facts, verdict))
                }
                (page::decided(&facts, verdict))
                (happened(site, round))
                (terms::rule(&facts))
            }
            other => {
                header.top {
                    (eyebrow)
                    h1 { (so_far(number, round)) }
                    @if let Some(Settled::NotYet(why)) = other { p.warn { "There is no bundle of it yet: " (printable(why)) "." } }
                    @if let Some(aborted) = round.aborted() { p { (cause(aborted.cause)) } }
                }
                (happened(site, round))
                section #rule { h2 { "The rule" } (terms::described(rule, &round.entry.terms, Some(round), &site.units)) }
            }
        }
    };
    frame::page(site, Depth::Below, &format!("Round {number}"), &main)
}

fn verdict_box<S: Store>(site: &Site<'_, S>, number: usize, facts: &Facts<'_>, verdict: &Verdict) -> Markup {
    html! {
        div class={ "verdict " (page::class(verdict)) } {
            (page::said(facts, verdict))
            p.by { "So says quittance " (env!("CARGO_PKG_VERSION")) " under the market key " code { (page::signer(site.key)) } "." }
        }
        p.files {
            a href={ (number) ".report.html" } { "Its report" } ", which verifies itself in your browser with your own files · "
            a href={ (number) ".bundle.json" } { "its bundle" } ", for " code { "quittance verify" }
        }
    }
}

/// A round that is not settled, in a sentence.
fn so_far(number: usize, round: &Round) -> String {
    let rows = match round.rows.len() {
        1 => "one row".to_owned(),
        rows => format!("{rows} rows"),
    };
    match &round.status {
        Status::Open => {
            format!("Round {number} takes bids until {}; it has {rows}.", terms::when(&round.entry.close_at))
        }
        Status::Closed(_) => format!("Round {number} is closed with {rows}, and not settled."),
        Status::Settled(..) => format!("Round {number} is settled."),
        Status::Aborted(_, aborted) => {
            format!("Round {number} was aborted: {}.", printable(aborted.entry.code.as_str()))
        }
    }
}

fn cause(cause: AbortCause) -> &'static str {
    match cause {
        AbortCause::BeforeFirstRow => "Nobody had bid.",
        AbortCause::RuleRefuses => "The rule itself refuses this round.",
        AbortCause::OperatorFault => {
            "The rule does not refuse this round: that it was aborted is the operator’s fault."
        }
    }
}

/// Every entry of the round, as far as it is known by its place in it.
fn happened<S: Store>(site: &Site<'_, S>, round: &Round) -> Markup {
    let mut events: Vec<(u64, Markup)> = vec![(round.index, html! { "opened" })];
    events
        .extend(round.rows.iter().map(|row| (row.index, html! { (site.member_link(row.member)) " is in" })));
    let reports = round.reports.iter();
    events.extend(reports.map(|report| {
        let subject = report.entry.subject.map(|subject| site.member_link(subject));
        (report.index, html! { "report" @if let Some(subject) = subject { " on " (subject) } })
    }));
    events.extend(round.closed().map(|closed| (closed.index, html! { "closed" })));
    events.extend(round.settled().map(|settled| (settled.index, html! { "settled" })));
    events.extend(round.aborted().map(|aborted| (aborted.index, html! { "aborted" })));
    events.sort_by_key(|(index, _)| *index);
    // The middle of a long round is on the entries' own pages.
    let left_out = events.len().saturating_sub(2 * LISTED);
    html! {
        section #happened {
            h2 { "What happened" }
            div.scroll tabindex="0" role="region" aria-label="what happened" {
                table {
                    thead { tr { th.n scope="col" { "entry" } th scope="col" { "what" } th scope="col" { "operator’s clock" } } }
                    tbody {
                        @for (place, (index, what)) in events.into_iter().enumerate() {
                            @if left_out > 0 && place == LISTED {
                                tr { td.n { "…" } td colspan="2" { (left_out) " entries more, from " (entry_link(index)) " on" } }
                            }
                            @if left_out == 0 || place < LISTED || place >= LISTED + left_out {
                                tr { td.n { (entry_link(index)) } td { (what) } td.one { (site.time(index)) } }
                            }
                        }
                    }
                }
            }
            p.note { "Each entry’s page holds its bytes and a proof of its place." }
        }
    }
}
