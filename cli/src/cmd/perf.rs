//! `quittance perf`: what an evaluator measured.

use crate::args::example;
use crate::cmd::verify::market_key;
use crate::error::{CliError, USAGE};
use crate::keys::{Purpose, Secret};
use crate::shell::{Answer, Input, Output, Shell};
use quittance_circuits::number::Ppm;
use quittance_engine::entry::{
    EntryPayload as _, FileDigest, Label, MarketId, Measure, MemberId, ModelId, PerformanceReport, RoundId,
};
use std::path::PathBuf;

/// Sign performance reports
#[derive(Debug, clap::Args)]
#[command(after_help = example(EXAMPLE))]
pub struct Perf {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLE: &str = "quittance perf report --key market/private/quay-evaluations --market market/market.vkey --round \
                       1111111111111111111111111111111111111111111111111111111111111111 --measure quality \
                       --value-ppm 900000 --test-set rows.json --metric accuracy --baseline-ppm 100000 --score-ppm \
                       910000 -o report.json";

#[derive(Debug, clap::Subcommand)]
#[command(subcommand_value_name = "COMMAND")]
enum Action {
    Report(Box<Report>),
}

/// Make a performance report, signed with the evaluator's key, to be handed in for a round
///
/// A report is as true as its evaluator. All figures are millionths.
#[derive(Debug, clap::Args)]
#[command(after_help = example(EXAMPLE))]
struct Report {
    /// The evaluator's keys: a directory made by `key new`
    #[arg(long, value_name = "DIR")]
    key: PathBuf,
    /// The round, 64 digits: `round list --json`
    #[arg(long, value_name = "ID")]
    round: RoundId,
    /// The model that was measured, 64 digits
    #[arg(long, value_name = "ID")]
    model: Option<ModelId>,
    /// The member that it was measured for, 64 digits
    #[arg(long, value_name = "ID")]
    subject: Option<MemberId>,
    /// What was measured: expected_gain, realised_gain, quality or weight
    #[arg(long, value_name = "WORD", value_parser = measure)]
    measure: Measure,
    /// The result
    #[arg(long, value_name = "PPM")]
    value_ppm: u64,
    /// The test set: a file, or the 64 digits of its BLAKE3
    #[arg(long, value_name = "FILE")]
    test_set: String,
    /// How scores are computed, in a word
    #[arg(long, value_name = "WORD")]
    metric: Label,
    /// The score without the model
    #[arg(long, value_name = "PPM")]
    baseline_ppm: u64,
    /// The score with the model
    #[arg(long, value_name = "PPM")]
    score_ppm: u64,
    /// Where to write the report; - is stdout
    #[arg(short, value_name = "FILE")]
    output: Output,
}

fn measure(text: &str) -> Result<Measure, String> {
    serde_json::from_value(text.into())
        .map_err(|_| "one of expected_gain, realised_gain, quality, weight".to_owned())
}

impl Perf {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        match self.action {
            Action::Report(report) => report.run(shell),
        }
    }
}

impl Report {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let market = MarketId(market_key(shell)?.log.origin().clone());
        let key = Secret::of_folder(shell, &self.key, Purpose::Signing)?.signing_key();
        let ppm = |value: u64| {
            let fits = Some(value).filter(|value| *value <= 1_000_000);
            fits.map(Ppm).ok_or_else(|| CliError::new(USAGE, "a figure is more than 1000000 millionths"))
        };
        let test_set = match self.test_set.parse() {
            Ok(digest) => digest,
            Err(_) => FileDigest::of(&Input::File(self.test_set.into()).read(1 << 32)?),
        };
        let report = PerformanceReport {
            market,
            round: self.round,
            model: self.model,
            subject: self.subject,
            measure: self.measure,
            value_ppm: ppm(self.value_ppm)?,
            test_set,
            metric: self.metric,
            baseline_ppm: ppm(self.baseline_ppm)?,
            score_ppm: ppm(self.score_ppm)?,
        };
        let envelope = report.sign(&[&key]).map_err(|error| CliError::refused(&error.into()))?;
        self.output.publish(shell, envelope.to_json().into_bytes())
    }
}
