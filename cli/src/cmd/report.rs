//! `quittance report`: a settlement as a page for people.

use crate::args::example;
use crate::cmd::verify::{answerable, market_key};
use crate::documents::ReportMade;
use crate::error::{CliError, Exit, USAGE};
use crate::page::{self, Report as Page, verifier};
use crate::shell::{Answer, BAD, GOOD, Input, Output, Secrecy, Shell};
use crate::storage::{self, Access};
use quittance_circuits::number::Count;
use quittance_circuits::rule::Evidence;
use quittance_engine::bundle::{Bundle, MAX_BUNDLE};
use quittance_engine::entry::FileDigest;
use quittance_engine::verdict::Verdict;
use quittance_engine::verify::{Own, verify};
use quittance_ledger::Log;

/// Write a settlement as one page for people: verdict, money, rule, evidence
///
/// The page holds the bundle's exact bytes and verifies them again in the reader's browser, without a network, once
/// the reader brings the market's key. A page cannot vouch for itself, so readers keep a second one to check others
/// with: --verifier. A rejected settlement gets its page too, and exit code 1. With --ledger the page names
/// members; who has the page then has the names.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance report market/rounds/1/bundle.json --market market/market.vkey -o page.html"))]
pub struct Report {
    /// The bundle
    #[arg(required_unless_present = "verifier", conflicts_with = "verifier", value_name = "FILE")]
    bundle: Option<Input>,
    /// Write the page that checks other pages instead, to keep: it needs no bundle and no key
    #[arg(long)]
    verifier: bool,
    /// Where to write the page; - is stdout
    #[arg(short, value_name = "FILE", default_value = "report.html")]
    output: Output,
}

impl Report {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let Some(input) = &self.bundle else {
            return self.output.publish(shell, verifier().into_bytes());
        };
        let key = market_key(shell)?;
        let bytes = input.read(MAX_BUNDLE as u64)?;
        let unread = |what: String| CliError::new("file_malformed", what).file(input.name());
        let bundle = Bundle::parse(&bytes).map_err(|error| {
            unread(format!("not a bundle: {error}")).hint("name the bundle of a settled round")
        })?;
        let verdict =
            answerable(verify(&bytes, &key, Own::default())).map_err(|error| error.file(input.name()))?;
        let names = names(shell, &bundle)?;
        let page = Page { bundle: &bundle, bytes: &bytes, verdict: &verdict, key: &key, names: &names };
        let page = page.render().into_bytes();
        let exit = if verdict.verified { Exit::Done } else { Exit::No };
        let Output::File(path) = &self.output else {
            if shell.json() {
                let what = "`-o -` and `--json` both want stdout";
                return Err(CliError::new(USAGE, what).hint("name a file, or leave out `--json`"));
            }
            return Ok(Answer::bytes(page).exit(exit));
        };
        shell.write_again(path, &page, Secrecy::Public)?;
        let (file, size) = (path.display().to_string(), Count(page.len() as u64));
        let text = format!("wrote {file}, {size} bytes\n{}", said(&verdict));
        let document = ReportMade {
            schema: ReportMade::SCHEMA,
            bundle: FileDigest::of(&bytes),
            code: verdict.code.map(|code| code.word()),
            evidence: verdict.evidence.clone(),
            file,
            names: Count(names.len() as u64),
            size,
            verified: verdict.verified,
        };
        Ok(Answer::text(&document, text).exit(exit))
    }
}

/// The verdict in a line.
fn said(verdict: &Verdict) -> String {
    match &verdict.code {
        Some(code) => format!("{BAD}rejected: {code}{BAD:#}"),
        None if verdict.evidence.as_deref() == Some(Evidence::Asserted.word()) => {
            format!("{GOOD}verified{GOOD:#}, but the outcome is the operator's word: nothing proves it")
        }
        None => format!("{GOOD}verified{GOOD:#}"),
    }
}

/// The names of the bundle's members that the ledger keeps, if one is named.
fn names(shell: &Shell, bundle: &Bundle) -> Result<Vec<Vec<u8>>, CliError> {
    let Some(path) = shell.ledger() else { return Ok(Vec::new()) };
    let failed =
        |error: quittance_ledger::LogError| CliError::new(crate::error::LEDGER_FAILED, error.to_string());
    let log = Log::open(storage::open(path, Access::Read)?).map_err(failed)?;
    page::names(&log, bundle).map_err(failed)
}
