//! Reading a report page back: what it holds, and whether it says what that says.

use super::Report;
use crate::error::{CliError, FILE_MALFORMED};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quittance_engine::Code;
use quittance_engine::bundle::Bundle;
use quittance_engine::verdict::{Check, State, Verdict};
use quittance_engine::verify::{Own, verify};
use quittance_ledger::MarketKey;

const BUNDLE: &str = "<script id=\"bundle\" type=\"text/plain\">";
const NAME: &str = "<script class=\"name\" type=\"text/plain\">";
const MADE_BY: &str = "<meta name=\"generator\" content=\"quittance ";

/// Whether bytes are a report page, or were one before they were changed.
pub fn is_page(bytes: &[u8]) -> bool {
    let start = bytes.get(..15).unwrap_or_default();
    start.eq_ignore_ascii_case(b"<!DOCTYPE html>")
}

/// A report page.
pub struct Page<'a> {
    text: &'a str,
    /// The bundle's file.
    pub bundle: Vec<u8>,
    names: Vec<Vec<u8>>,
}

impl<'a> Page<'a> {
    /// Reads a page.
    ///
    /// # Errors
    /// It is no report page: none holds a bundle, or more than one.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, CliError> {
        let malformed = |what: &str| {
            CliError::new(FILE_MALFORMED, what)
                .hint("take the page, or the bundle that it is about, from the market again")
        };
        let text = str::from_utf8(bytes).map_err(|_| malformed("the page is not UTF-8"))?;
        let blocks = |start: &'static str| {
            text.split(start).skip(1).map(|rest| rest.split("</script>").next().unwrap_or_default())
        };
        let decode =
            |block: &str| STANDARD.decode(block).map_err(|_| malformed("what the page holds is not base64"));
        let mut bundles = blocks(BUNDLE);
        let (Some(bundle), None) = (bundles.next(), bundles.next()) else {
            return Err(malformed("not a report page: it does not hold exactly one bundle"));
        };
        let names = blocks(NAME).map(decode).collect::<Result<_, _>>()?;
        Ok(Self { text, bundle: decode(bundle)?, names })
    }

    /// The verdict on the page: that on its bundle, and whether the page is what this program makes of it.
    pub fn judge(&self, mut verdict: Verdict, key: &MarketKey) -> Verdict {
        let Ok(bundle) = Bundle::parse(&self.bundle) else { return verdict };
        // A page was written without anything of a member's own.
        let plain = verify(&self.bundle, key, Own::default());
        let report =
            Report { bundle: &bundle, bytes: &self.bundle, verdict: &plain, key, names: &self.names };
        let version =
            self.text.split(MADE_BY).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        let (state, compared) = if report.render() == self.text {
            (State::Passed, "every byte of the page is what this program makes of its bundle".to_owned())
        } else if version == env!("CARGO_PKG_VERSION") {
            let said = "the page does not say what its bundle says, or was written under another market key";
            (State::Failed, said.to_owned())
        } else {
            (
                State::NotMade,
                "another version of the program wrote the page: its words were not compared".to_owned(),
            )
        };
        if state == State::Failed && verdict.code.is_none() {
            verdict.verified = false;
            verdict.code = Some(Code::FileMalformed);
            verdict.hint =
                Some("believe the bundle, not the page: make it again with `quittance report`".to_owned());
        }
        verdict.checks.push(Check { name: "page".into(), state, compared });
        verdict
    }
}
