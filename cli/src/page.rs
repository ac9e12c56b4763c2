//! Pages: one file each, which need no network, and are refused one by their own content security policy.
//!
//! A report page shows a bundle and its verdict, holds the bundle's exact bytes, and verifies them again in the
//! reader's browser. The verifier page is empty: readers keep it, and drop pages, bundles and their own files into it.
//! `render` has no clock, no randomness and no settings: the same bundle, verdict and names give the same bytes, so
//! that `verify` can tell whether a page says what its bundle says.

mod charts;
pub(crate) mod facts;
mod flow;
mod frame;
mod money;
pub(crate) mod proof;
mod read;
pub(crate) mod terms;
pub(crate) mod units;
pub(crate) mod words;

pub use read::{Page, is_page};

use crate::shell::printable;
use facts::{Facts, short};
use maud::{Markup, html};
use money::Balance;
use quittance_circuits::rule::Evidence;
use quittance_engine::bundle::Bundle;
use quittance_engine::entry::Provenance;
use quittance_engine::kept::NAME_CONTEXT;
use quittance_engine::market::Member;
use quittance_engine::told::Told;
use quittance_engine::verdict::{State, Verdict};
use quittance_ledger::{BlobId, Log, LogError, MarketKey, Store};

/// What a report page is made of.
pub struct Report<'a> {
    /// The bundle.
    pub bundle: &'a Bundle,
    /// Its file, byte for byte.
    pub bytes: &'a [u8],
    /// The verdict on it.
    pub verdict: &'a Verdict,
    /// The key that the verdict was given under.
    pub key: &'a MarketKey,
    /// Names of members, as a ledger keeps them.
    pub names: &'a [Vec<u8>],
}

impl Report<'_> {
    /// The page.
    pub fn render(&self) -> String {
        let facts = Facts::of(self.bundle, self.names);
        let title = format!(
            "{} · round {}",
            printable(self.bundle.statement.market.as_str()),
            short(&facts.statement().round)
        );
        let main = html! {
            (self.top(&facts))
            (decided(&facts, self.verdict))
            (terms::rule(&facts))
            (frame::own(frame::On::Report))
            section #public { h2 { "What is public, and what is not" } (proof::disclosure(&facts)) }
            (self.evidence(&facts))
        };
        frame::document(&title, &main, Some(frame::Data { bundle: self.bytes, names: self.names }))
    }

    /// Who won and what was paid; verified or not.
    fn top(&self, facts: &Facts<'_>) -> Markup {
        let verdict = self.verdict;
        let when = facts.time(facts.last_index());
        html! {
            header.top {
                p.eyebrow {
                    span { (printable(facts.statement().market.as_str())) } span { "round " (short(&facts.statement().round)) } span { (facts.words.title) }
                    @if let Some(when) = when { span { "settled " (when) } }
                }
                h1 { @if verdict.verified { (facts.words.headline(facts)) } @else { "This settlement does not hold." } }
                div #verdict class={ "verdict " (class(verdict)) } {
                    (said(facts, verdict))
                    p.by {
                        "So says quittance " (env!("CARGO_PKG_VERSION")) " under the market key " code { (signer(self.key)) } ". A page cannot vouch for itself: "
                        a href="#check" { "check it with your own copy of the key" } "."
                    }
                }
                @if !verdict.verified { p.claim { "What follows is what the bundle claims." } }
                dl.figures {
                    @for figure in facts.words.figures(facts) {
                        div { dt { (figure.label) } dd data-is=(figure.path) { (figure.value) } }
                    }
                }
            }
        }
    }

    fn evidence(&self, facts: &Facts<'_>) -> Markup {
        html! {
            section #evidence {
                h2 { "Evidence" }
                (proof::checks(self.verdict))
                h3 { "To compare" }
                (proof::digests(facts, self.bytes))
            }
        }
    }
}

/// The name and key id of the log: the part of a market's key that people compare.
pub(crate) fn signer(key: &MarketKey) -> String {
    format!("{}+{:08x}", printable(key.log.origin().as_str()), key.log.note_key_id())
}

fn is_asserted(verdict: &Verdict) -> bool {
    verdict.evidence.as_deref() == Some(Evidence::Asserted.word())
}

/// The colour of a verdict.
pub(crate) fn class(verdict: &Verdict) -> &'static str {
    match (verdict.verified, is_asserted(verdict)) {
        (false, _) => "bad",
        (true, true) => "fair",
        (true, false) => "ok",
    }
}

/// A verdict in a word, and why.
pub(crate) fn said(facts: &Facts<'_>, verdict: &Verdict) -> Markup {
    html! {
        p.word {
            @match (verdict.verified, is_asserted(verdict)) {
                (false, _) => { span aria-hidden="true" { "✗ " } "Rejected" @if let Some(code) = &verdict.code { ": " code { (code) } } },
                (true, true) => { span aria-hidden="true" { "! " } "Checked, but not proved" },
                (true, false) => { span aria-hidden="true" { "✓ " } "Verified" },
            }
        }
        @if verdict.verified { p { (proof::convinces(verdict)) } } @else { (failed(verdict)) }
        @if verdict.verified && proof::provenance(facts) == Some(Provenance::SingleParty) {
            p { "Its circuit key was " (proof::DEV_KEY) "." }
        }
    }
}

/// Why it was rejected.
fn failed(verdict: &Verdict) -> Markup {
    let failed = verdict.checks.iter().find(|check| check.state == State::Failed);
    html! {
        @if let Some(check) = failed { p { strong { (printable(&check.name)) } ": " (printable(&check.compared)) } }
        @if let Some(hint) = &verdict.hint { p.hint { "Hint: " (printable(hint)) } }
    }
}

/// The outcome: money, rows, charts.
pub(crate) fn decided(facts: &Facts<'_>, verdict: &Verdict) -> Markup {
    let balance = Balance::of(facts);
    let charts = charts::charts(facts);
    html! {
        section #money {
            @if balance.is_empty() {
                h2 { "The decision" }
                (terms::decision(facts))
                p.note { "This rule decides; it moves no money." }
                @if let (Some(wrong), false) = (&balance.wrong, verdict.verified) { p.bad { "✗ " (printable(wrong)) "." } }
            } @else {
                h2 { "The money" }
                @if let Some(picture) = flow::flow(facts, &balance) { (picture) }
                (money::balance(facts, &balance))
            }
        }
        section #rows { h2 { "Row by row" } (money::rows(facts)) }
        @if !charts.is_empty() { section #charts { h2 { "In pictures" } @for chart in charts { (chart) } } }
    }
}

/// The blobs of the names of a bundle's members, as far as the ledger keeps them; erased ones are not there.
///
/// # Errors
/// The storage.
pub fn names<S: Store>(log: &Log<S>, bundle: &Bundle) -> Result<Vec<Vec<u8>>, LogError> {
    let Some(told) = Told::of(bundle) else { return Ok(Vec::new()) };
    let blob = |member: &Member| log.blob(NAME_CONTEXT, &BlobId(member.entry.name.0)).transpose();
    told.market.members().filter_map(blob).collect()
}

/// The page that readers keep, to check others with.
pub fn verifier() -> String {
    let main = html! {
        header.top {
            p.eyebrow { span { "quittance " (env!("CARGO_PKG_VERSION")) } span { "verifier" } }
            h1 { "Check a settlement" }
            p { "Keep this page. Drop into it a report page or a bundle, and the market’s key as you got it from a source you trust." }
        }
        (frame::own(frame::On::Verifier))
    };
    frame::document("quittance verifier", &main, None)
}

#[cfg(test)]
mod tests;
