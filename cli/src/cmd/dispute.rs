//! `quittance dispute`: evidence against an operator, in one file that strangers check.

use crate::args::example;
use crate::cmd::verify::{market_key, show};
use crate::documents::EvidenceMade;
use crate::error::{CliError, EVIDENCE_INCONCLUSIVE, Exit};
use crate::shell::{Answer, Input, MIB, Output, Secrecy, Shell};
use quittance_circuits::number::Count;
use quittance_engine::bundle::MAX_BUNDLE;
use quittance_engine::dispute::{EvidenceKind, Inconclusive, Made, exclusion::exclusion, verify};
use quittance_engine::verdict::Verdict;
use quittance_engine::{Code, Reject};
use quittance_ledger::MarketKey;

/// Pack evidence against an operator into one file, which strangers check with `verify`
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance dispute exclusion acme.tlog-proof round-1.bundle.json --market market/market.vkey -o evidence.json"))]
pub struct Dispute {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
#[command(subcommand_value_name = "COMMAND")]
enum Action {
    Exclusion(Exclusion),
}

/// A receipt, and a settlement that ignores it
///
/// The file holds what the log and the operator signed, and nothing else. No file is written (exit code 1) if the
/// settlement honours the receipt; and none (2) if one of the two is damaged, or they are not about the same round.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance dispute exclusion acme.tlog-proof round-1.bundle.json --market market/market.vkey -o evidence.json"))]
struct Exclusion {
    /// The receipt that you got for your bid
    receipt: Input,
    /// The bundle of the round's settlement
    bundle: Input,
    /// Your signed bid: needed where another entry stands in its place
    #[arg(long, value_name = "FILE")]
    bid: Option<Input>,
    /// Where to write the evidence; - is stdout
    #[arg(short, value_name = "FILE", default_value = "evidence.json")]
    output: Output,
}

impl Dispute {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        match self.action {
            Action::Exclusion(exclusion) => exclusion.run(shell),
        }
    }
}

impl Exclusion {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let key = market_key(shell)?;
        let receipt = self.receipt.read(MIB)?;
        let bundle = self.bundle.read(MAX_BUNDLE as u64)?;
        let bid = self.bid.as_ref().map(|bid| bid.read(MIB)).transpose()?;
        let made = exclusion(&receipt, &bundle, bid.as_deref(), &key).map_err(|error| no_answer(&error))?;
        made_evidence(shell, made, &self.output)
    }
}

/// Writes evidence that holds, and says what it shows; evidence that is refuted is not written.
pub fn made_evidence(shell: &Shell, made: Made, output: &Output) -> Result<Answer, CliError> {
    let Made { file, verdict } = made;
    if !verdict.verified {
        return Ok(Answer::text(&verdict, show(&verdict)).exit(Exit::No));
    }
    match output {
        Output::Stdout => output.publish(shell, file),
        Output::File(path) => {
            shell.write_again(path, &file, Secrecy::Public)?;
            let name = path.display().to_string();
            let text = format!(
                "{}wrote {name}: show it to anybody, who checks it with\n  `quittance verify {name} --market market.vkey`\n",
                show(&verdict),
            );
            let size = Count(file.len() as u64);
            Ok(Answer::text(&EvidenceMade { schema: EvidenceMade::SCHEMA, file: name, size, verdict }, text))
        }
    }
}

/// The verdict on a file of evidence.
pub fn evidence(kind: EvidenceKind, file: &[u8], key: &MarketKey) -> Result<Verdict, CliError> {
    verify(kind, file, key).map_err(|error| no_answer(&error))
}

/// Evidence that shows nothing is no answer.
fn no_answer(Inconclusive(reject): &Inconclusive) -> CliError {
    let Reject { code, found, .. } = reject;
    match code {
        Code::MarketMismatch => {
            CliError::refused(reject).hint("name the key of the market that the files are of: --market FILE")
        }
        Code::BidMissing => CliError::new(code.word(), found).hint("name your signed file too: --bid FILE"),
        _ => CliError::new(EVIDENCE_INCONCLUSIVE, format!("it shows nothing: {found} ({code})"))
            .hint("take receipt and bundle again as they were published; a damaged file accuses nobody"),
    }
}
