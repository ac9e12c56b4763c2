//! What was checked, what is public, and the digests that people compare.

use super::facts::Facts;
use super::units::title;
use crate::shell::printable;
use maud::{Markup, html};
use quittance_circuits::rule::{Column, Disclosure, Evidence, Source};
use quittance_engine::entry::{Provenance, RowSigners};
use quittance_engine::verdict::{State, Verdict};
use quittance_ledger::SignedCheckpoint;

/// Why the outcome is right, in a sentence.
pub fn convinces(verdict: &Verdict) -> &'static str {
    match verdict.evidence.as_deref() {
        Some(word) if word == Evidence::Proved.word() => {
            "A proof shows that this outcome is the published rule’s on the sealed numbers, without telling them."
        }
        Some(word) if word == Evidence::Recomputed.word() => {
            "Every number of this round is public, and the outcome was computed again."
        }
        _ => {
            "The operator asserts this outcome, signed, and nothing proves it. That every bid is there, that public numbers do not contradict it, and the money were checked."
        }
    }
}

/// The checks of a verdict, and what it does not say.
pub fn checks(verdict: &Verdict) -> Markup {
    html! {
        ul.checks {
            @for check in &verdict.checks {
                @let (class, mark, word) = match check.state {
                    State::Passed => ("ok", "✓", "passed"),
                    State::Failed => ("bad", "✗", "failed"),
                    State::Skipped => ("skip", "–", "skipped"),
                    State::NotMade => ("skip", "–", "not made"),
                };
                li class=(class) {
                    span.mark title=(word) { (mark) }
                    strong { (printable(&check.name)) }
                    span.said { (printable(&check.compared)) }
                }
            }
        }
        @if !verdict.not_checked.is_empty() {
            h3 { "Not checked" }
            ul.open { @for what in &verdict.not_checked { li { (printable(what)) } } }
        }
    }
}

/// What the round shows everybody, and what it does not.
pub fn disclosure(facts: &Facts<'_>) -> Markup {
    let round = facts.round();
    let disclosure = round.map_or(Disclosure::Public, |round| round.entry.disclosure);
    let columns = facts.rule.map_or(&[][..], |rule| rule.columns());
    let names = |sealed: bool| columns.iter().filter(move |column| column.is_sealed(disclosure) == sealed);
    let results: Vec<String> = facts.statement().results.keys().map(|name| title(name)).collect();
    let outcome: Vec<String> =
        facts.statement().outcome.as_object().into_iter().flatten().map(|(name, _)| title(name)).collect();
    let knows = match round.map(|round| round.entry.row_signers) {
        Some(RowSigners::Evaluator) => "the evaluator who signed it and the operator",
        _ => "its owner and the operator",
    };
    html! {
        div.two {
            section {
                h3 { "Everybody sees" }
                ul {
                    li { "who took part, by member id, and when each row came onto the ledger" }
                    li { "the rule and the terms" }
                    @for column in names(false) { li { (title(column.name)) @if let Source::Report(_) | Source::Either(_) = column.source { ", from signed reports or bids" } } }
                    @if !outcome.is_empty() { li { "of the outcome: " (outcome.join(", ")) } }
                }
            }
            section {
                h3 { "Not public" }
                ul {
                    @for column in names(true) { li { (sealed(column)) ": " (knows) " know it; everybody else sees a commitment" } }
                    @if !results.is_empty() { li { "each row’s " (results.join(", ")) ": sealed to its member and known to the operator; the sums are public" } }
                    @if names(true).next().is_none() && results.is_empty() { li { "nothing: every number of this round is public" } }
                    li { "members’ names, but for those that this page was given" }
                }
            }
        }
    }
}

fn sealed(column: &Column) -> String {
    format!("each row’s {}", title(column.name))
}

/// What a key from one person is worth.
pub const DEV_KEY: &str = "made by the operator alone (dev key): who made it could prove anything";

/// How the circuit key came to be, as the operator claims; none without a key.
pub fn provenance(facts: &Facts<'_>) -> Option<Provenance> {
    let key = facts.statement().circuit_key?;
    facts.told.as_ref()?.market.rule(&facts.statement().rule)?.provenance(key)
}

/// Digests and places: what people compare with other sources.
pub fn digests(facts: &Facts<'_>, bundle: &[u8]) -> Markup {
    let statement = facts.statement();
    let note = SignedCheckpoint::parse(facts.bundle.checkpoint.as_bytes()).ok();
    let market = facts.told.as_ref().map(|told| &told.market);
    let made = match provenance(facts) {
        Some(Provenance::SingleParty) => DEV_KEY,
        Some(Provenance::Ceremony(_)) => "from a ceremony (claimed)",
        None => "",
    };
    let range = &facts.bundle.range;
    html! {
        dl.digests {
            dt { "market" } dd { (printable(statement.market.as_str())) }
            @if let Some(market) = market {
                dt { "market key in the bundle" }
                dd { code { (printable(&market.entry().log_key)) } br; "shown, never trusted: compare it with your own " code { "market.vkey" } }
            }
            dt { "round" } dd { code { (statement.round) } }
            dt { "statement" } dd { code { (statement.digest()) } }
            dt { "bundle, BLAKE3" } dd { code { (blake3::hash(bundle).to_hex()) } br; (bundle.len()) " bytes" }
            dt { "entries" } dd { (range.first) " to " (facts.last_index()) ", " (range.entries.len()) " in all; the settlement is entry " (facts.last_index())
                @if let Some(time) = facts.time(facts.last_index()) { ", " (time) " by the operator’s clock" } }
            @if let Some(note) = &note {
                dt { "checkpoint" } dd { (note.head().size) " entries, root " code { (note.head().root) } }
            }
            @if let Some(key) = statement.circuit_key {
                dt { "circuit key" } dd { code { (key) } br; (made) }
            }
        }
    }
}
