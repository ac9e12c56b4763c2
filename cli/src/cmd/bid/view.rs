//! Looking at a bid, and handing it in.

use crate::args::example;
use crate::cmd::cosign::read_signed;
use crate::documents::{BidCheck, BidShown, NamedCheck, Submitted};
use crate::error::{CliError, Exit, INBOX_MISSING};
use crate::market_dir;
use crate::shell::{Answer, BAD, GOOD, Input, MIB, Secrecy, Shell, WORD};
use quittance_circuits::sealed::{Commitment, Opening};
use quittance_engine::entry::{Bid, Payload, entry_of};
use quittance_engine::{Code, Reject};
use quittance_ledger::Envelope;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Check a bid before you hand it in: its form, your opening, and with --ledger what the market will say
#[derive(Debug, clap::Args)]
#[command(after_help = example(
    "quittance bid check market/private/acme-meters/bid.json --opening market/private/acme-meters/opening.json"
))]
pub(super) struct Check {
    /// The signed bid
    file: Input,
    /// What opens it; it is read and shown to nobody
    #[arg(long, value_name = "FILE")]
    opening: Option<Input>,
}

/// Show what a bid says; its numbers are sealed
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance bid show market/rounds/1/bids/acme-meters.json"))]
pub(super) struct Show {
    /// The signed bid
    file: Input,
}

/// Hand a signed file in: copy it whole into the operator's inbox
///
/// The file is named after its record, so the same bid handed in twice is one file. The inbox must be there: one that
/// is mistyped is not made, or the bid would lie where nobody looks.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance bid submit market/rounds/1/bids/acme-meters.json --to inbox"))]
pub(super) struct Submit {
    /// The signed file
    file: PathBuf,
    /// The inbox, a folder that is there and that the operator reads
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

fn read_bid(input: &Input) -> Result<(Envelope, Bid), CliError> {
    match read_signed(input)? {
        (envelope, Payload::Bid(bid)) => Ok((envelope, bid)),
        (_, other) => {
            let what = format!("the signed file of a {}, expected a bid", other.kind().word());
            Err(CliError::refused(&Code::KindUnknown.because(what)).file(input.name()))
        }
    }
}

/// The commitment is a point that rows may have.
fn check_commitment(bid: &Bid) -> Result<Option<Commitment>, Reject> {
    let Some(bytes) = &bid.commitment else { return Ok(None) };
    let canonical = || Code::CommitmentNotCanonical.because("the commitment is no point of the curve");
    let point = Commitment::from_bytes(&bytes.0).ok_or_else(canonical)?;
    if point.is_identity() {
        return Err(Code::CommitmentIdentity.because("the commitment is the identity"));
    }
    Ok(Some(point))
}

impl Check {
    /// Runs the command.
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let (envelope, bid) = read_bid(&self.file)?;
        let mut checks = vec![(
            "bid",
            check_commitment(&bid).map(|_| format!("a bid of its form for round {}", bid.round)),
        )];
        let mut unchecked = Vec::new();
        match &self.opening {
            Some(input) => {
                let bytes = Zeroizing::new(input.read(MIB)?);
                let opening = Opening::from_json(&bytes);
                let opening = opening.map_err(|error| CliError::malformed(&error).file(input.name()))?;
                let opens = check_commitment(&bid).and_then(|point| match point {
                    Some(point) if opening.opens(&point) => Ok("your opening fits the commitment".to_owned()),
                    _ => Err(Code::OpeningMismatch.because("your opening is of another commitment")),
                });
                checks.push(("opening", opens));
            }
            None => unchecked.push("your opening (`--opening`)"),
        }
        if shell.ledger().is_some() {
            let reading = market_dir::read(shell, Path::new("."))?;
            let market = &reading.market;
            let found = entry_of(envelope, 0).and_then(|entry| market.check(market.next_index(), &entry));
            checks.push(("market", found.map(|()| "the market takes it as its next entry".to_owned())));
        } else {
            unchecked.push("signature and round (`--ledger`)");
        }
        unchecked.push("that the operator can open it");
        Ok(answer(&checks, &unchecked))
    }
}

fn answer(checks: &[(&'static str, Result<String, Reject>)], unchecked: &[&str]) -> Answer {
    let mut text = String::new();
    for (name, found) in checks {
        match found {
            Ok(says) => text.push_str(&format!("  {GOOD}✓{GOOD:#} {name:<9} {says}\n")),
            Err(reject) => text.push_str(&format!("  {BAD}✗{BAD:#} {name:<9} {}\n", reject.found)),
        }
    }
    text.push_str(&format!("\n  not checked  {}\n", unchecked.join("; ")));
    let failed = checks.iter().find_map(|(_, found)| found.as_ref().err());
    match failed {
        None => text.push_str("\ngood"),
        Some(reject) => {
            let hint = reject.hint();
            text.push_str(&format!("\n{BAD}rejected: {}{BAD:#}\n{WORD}hint:{WORD:#} {hint}", reject.code));
        }
    }
    let document = BidCheck {
        schema: BidCheck::SCHEMA,
        checks: checks.iter().map(|(name, found)| NamedCheck { name, passed: found.is_ok() }).collect(),
        code: failed.map(Reject::code),
        good: failed.is_none(),
        not_checked: unchecked.iter().map(|what| (*what).to_owned()).collect(),
    };
    Answer::text(&document, text).exit(if failed.is_none() { Exit::Done } else { Exit::No })
}

impl Show {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Answer, CliError> {
        let (envelope, bid) = read_bid(&self.file)?;
        let signers: Vec<String> = envelope.signatures().iter().map(|s| s.key_id.to_string()).collect();
        let record = envelope.record_id().to_string();
        let mut text = format!("a bid in {}\n\n", bid.market);
        let mut line =
            |what: &str, says: &str| text.push_str(&format!("  {WORD}{what:<11}{WORD:#} {says}\n"));
        line("record", &record);
        line("round", &bid.round.to_string());
        line("member", &bid.member.to_string());
        line("public", &bid.public.to_string());
        bid.commitment.iter().for_each(|commitment| line("commitment", &commitment.to_string()));
        signers.iter().for_each(|id| line("signed by", id));
        let document = BidShown { schema: BidShown::SCHEMA, bid, record, signed_by: signers };
        Ok(Answer::text(&document, text))
    }
}

impl Submit {
    /// Runs the command.
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let (envelope, payload) = read_signed(&Input::File(self.file.clone()))?;
        if !self.to.is_dir() {
            return Err(CliError::new(
                INBOX_MISSING,
                "the inbox is not a folder that is there; nothing was handed in",
            )
            .file(self.to.display().to_string())
            .hint("look at its spelling; the operator says where its inbox is"));
        }
        let record = envelope.record_id().to_string();
        let path = self.to.join(format!("{record}.json"));
        let bytes = Input::File(self.file.clone()).read(MIB)?;
        shell.write_again(&path, &bytes, Secrecy::Public)?;
        let file = path.display().to_string();
        let word = payload.kind().word();
        let text = format!("handed in a {word}: {file}\nwait for its receipt or signed refusal");
        let document = Submitted { schema: Submitted::SCHEMA, file, kind: word, record };
        Ok(Answer::text(&document, text))
    }
}
