//! What every page has: its head with the policy, the place where files are dropped, the script, and its data.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

/// `make page` writes it: the verifier of `cli/page/verify` and the page's own script, in one file.
pub(super) const SCRIPT: &str = include_str!("../../page/report.js");
const STYLE: &str = include_str!("../../page/report/style.css");

/// What a report page holds beside its words.
pub struct Data<'a> {
    /// The bundle's file.
    pub bundle: &'a [u8],
    /// Names of members, as a ledger keeps them.
    pub names: &'a [Vec<u8>],
}

/// The page may run this script and use this style, and nothing else from anywhere.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

/// A whole page.
pub fn document(title: &str, main: &Markup, data: Option<Data<'_>>) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="generator" content={ "quittance " (env!("CARGO_PKG_VERSION")) };
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main { (main) }
                footer {
                    p { "Made by quittance " (env!("CARGO_PKG_VERSION")) ". One file, no network: its policy forbids it any. It has not been audited." }
                }
                @if let Some(data) = &data {
                    script #bundle type="text/plain" { (STANDARD.encode(data.bundle)) }
                    @for name in data.names { script.name type="text/plain" { (STANDARD.encode(name)) } }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// Which page readers bring their files to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// One about a bundle, by somebody else.
    Report,
    /// The reader's own.
    Verifier,
}

/// Where readers bring what they trust and what is theirs.
pub fn own(on: On) -> Markup {
    html! {
        section #check {
            h2 { @match on { On::Report => "Check it yourself", On::Verifier => "What is to be checked" } }
            noscript {
                p { "Without JavaScript this page checks nothing. The program does: " code { "quittance verify PAGE --market market.vkey" } }
            }
            div.needs-script hidden {
                p {
                    @if on == On::Report { "Bring the market’s key from a source you trust, not from whoever sent you this page. " }
                    "With your own bid, opening and receipt the answer also says whether " strong { "you" } " were treated right. Everything stays in this browser."
                }
                label.drop for="files" {
                    input #files type="file" multiple;
                    strong { "Drop files here, or choose them" }
                    span { @match on {
                        On::Report => "market.vkey · your bid, opening and receipt",
                        On::Verifier => "a report page or a bundle · market.vkey · your bid, opening and receipt",
                    } }
                }
                details { summary { "Paste the market key instead" } textarea #key rows="4" spellcheck="false" aria-label="market.vkey" placeholder="example.com/models+1f2e3d4c+…" {} }
                ul #brought {}
                div #result aria-live="polite" {}
            }
            p.warn { @match on {
                On::Report => {
                    "A page cannot vouch for itself: whoever wrote it could have written a script that always agrees. If it matters, open it in a verifier that you keep: "
                    code { "quittance report --verifier -o verifier.html" } ", or use the program: " code { "quittance verify PAGE --market market.vkey" } "."
                },
                On::Verifier => {
                    "A page that you check is read and never run. Its bundle is verified, and its numbers are compared with the bundle’s; its other words are not. The program compares every byte: "
                    code { "quittance verify PAGE --market market.vkey" } "."
                },
            } }
        }
    }
}
