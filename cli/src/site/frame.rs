//! What every page of a site has: its head with the policy, the way to the other pages, the script.

use super::Site;
use maud::{DOCTYPE, Markup, html};
use quittance_ledger::Store;

/// `make page` writes it: what checks the entries and searches.
pub const SCRIPT: &str = include_str!("../../page/site.js");
/// What report pages look like, and what only a site has.
pub const STYLE: &str =
    concat!(include_str!("../../page/report/style.css"), include_str!("../../page/site/style.css"));

/// Nothing but the site's own files, which on a disk are `file:`.
const POLICY: &str = "default-src 'none'; script-src 'self' file:; style-src 'self' file:; base-uri 'none'; form-action 'self' file:";

/// How far below the site's folder a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// In it.
    Top,
    /// In a folder of it.
    Below,
}

impl Depth {
    /// The way up.
    pub fn up(self) -> &'static str {
        match self {
            Self::Top => "",
            Self::Below => "../",
        }
    }
}

/// A whole page.
pub fn page<S: Store>(site: &Site<'_, S>, depth: Depth, title: &str, main: &Markup) -> String {
    let (up, origin) = (depth.up(), site.origin());
    let title = if title.is_empty() { origin.clone() } else { format!("{title} · {origin}") };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="generator" content={ "quittance " (env!("CARGO_PKG_VERSION")) };
                title { (title) }
                link rel="stylesheet" href={ (up) "style.css" };
            }
            body.site {
                header.masthead {
                    a.home href={ (up) "index.html" } { (origin) }
                    nav aria-label="site" {
                        a href={ (up) "rounds.html" } { "Rounds" }
                        a href={ (up) "members.html" } { "Members" }
                        a href={ (up) "entries/0.html" } { "Entries" }
                    }
                    form role="search" action={ (up) "search.html" } {
                        input type="search" name="q" placeholder="Name, number or id" aria-label="Search";
                    }
                }
                main { (main) }
                footer {
                    p {
                        "Made by quittance " (env!("CARGO_PKG_VERSION")) " from the first " (site.size()) " entries. A site cannot vouch for itself: whoever made it could have made its script. "
                        a href={ (up) "index.html#own" } { "Check the ledger with your own tools" } "."
                    }
                }
                script src={ (up) "site.js" } {}
            }
        }
    };
    page.into_string()
}

/// The way through pages of a list: `paths` of the first, the one before, the one after and the last.
pub fn pager(said: &str, paths: [Option<String>; 4]) -> Markup {
    let words = [("First", "«"), ("Before", "‹"), ("Next", "›"), ("Last", "»")];
    let link = |((word, sign), path): ((&str, &str), &Option<String>)| {
        html! {
            @match path {
                Some(path) => a href=(path) title=(word) aria-label=(word) { (sign) },
                None => span aria-hidden="true" { (sign) },
            }
        }
    };
    let links: Vec<Markup> = words.into_iter().zip(&paths).map(link).collect();
    html! {
        @if paths.iter().any(Option::is_some) {
            nav.pager aria-label="pages" {
                @for link in links.iter().take(2) { (link) }
                span.said { (said) }
                @for link in links.iter().skip(2) { (link) }
            }
        }
    }
}

/// Rows of a long list on one page.
pub const LISTED: usize = 500;

/// Where page `n` of a list is: the first has the list's own name.
pub fn list_path(list: &str, n: usize) -> String {
    if n == 0 { format!("{list}.html") } else { format!("{list}-{}.html", n + 1) }
}

/// The pager of page `n` of a list of so many rows.
pub fn list_pager(list: &str, n: usize, rows: usize) -> Markup {
    let last = rows.saturating_sub(1) / LISTED;
    let path = |n: usize| list_path(list, n);
    let (before, after) = (n.checked_sub(1), Some(n + 1).filter(|n| *n <= last));
    let said = format!("{} to {} of {rows}", n * LISTED + 1, rows.min((n + 1) * LISTED));
    pager(&said, [before.map(|_| path(0)), before.map(path), after.map(path), after.map(|_| path(last))])
}

/// Where a reader brings the market's key.
pub fn check(what: &str) -> Markup {
    html! {
        section #check {
            h2 { "Check this page" }
            noscript { p { "Without JavaScript this page checks nothing. The program does: " code { "quittance ledger import log --ledger copy --market market.vkey" } } }
            div.needs-script hidden {
                p { "Bring the market’s key from a source you trust, not from this site. " (what) " The key stays in this tab until you close it." }
                label.drop for="files" {
                    input #files type="file";
                    strong { "Drop market.vkey here, or choose it" }
                }
                details { summary { "Paste it instead" } textarea #key rows="4" spellcheck="false" aria-label="market.vkey" placeholder="example.com/models+1f2e3d4c+…" {} }
                div #result aria-live="polite" {}
            }
        }
    }
}
