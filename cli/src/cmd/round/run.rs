//! Closing, settling, publishing, aborting.

use crate::args::example;
use crate::circuit_keys::KeyFiles;
use crate::cmd::demo::failed;
use crate::documents::{RoundAborted, RoundClosed, RoundEvaluated, RoundPublished, RoundSettled};
use crate::error::{CliError, NOT_AGREED};
use crate::lookup;
use crate::market_dir::{DirArg, MarketDir, Working, now_ms};
use crate::shell::{Answer, Secrecy, Shell, WORD};
use crate::witnesses;
use quittance_circuits::number::{Count, Wide};
use quittance_circuits::proved::Prover;
use quittance_engine::bundle::Bundle;
use quittance_engine::check::CheckedSettlement;
use quittance_engine::entry::{self, Label, RoundId};
use quittance_engine::market::{AbortCause, Status};
use quittance_engine::money::Currency;
use quittance_engine::operator::SettledRound;
use quittance_engine::seal::HpkeSecret;
use rand::rngs::OsRng;
use std::fs;
use std::path::{Path, PathBuf};

/// Close a round: the bids on the ledger take part, and no others
///
/// Where the market has witnesses, they are shown the round before, which must be at its `close_at` or later, and the
/// closing checkpoint after. Repeat the command until enough of them have answered.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance round close 1 --dir market"))]
pub(super) struct Close {
    /// The round: its number, or first digits of its id
    round: String,
    #[command(flatten)]
    dir: DirArg,
}

/// Settle a closed round: evaluate the rule, prove the outcome, put it on the ledger
///
/// Without --prove, a round that needs a proof is evaluated only, and nothing is written. A round that is settled
/// already is left as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance round settle 1 --prove --publish --yes --dir market"))]
pub(super) struct Settle {
    /// The round: its number, or first digits of its id
    round: String,
    /// Prove the outcome and put it on the ledger
    #[arg(long)]
    prove: bool,
    /// Write the bundle too, which members verify
    #[arg(long)]
    publish: bool,
    #[command(flatten)]
    dir: DirArg,
}

/// Write a settled round's bundle, which members verify offline
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance round publish 1 --dir market"))]
pub(super) struct Publish {
    /// The round: its number, or first digits of its id
    round: String,
    /// Where to write it; by default rounds/<number>/bundle.json of the market's folder
    #[arg(short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    dir: DirArg,
}

/// Give a round up. Needs --yes
///
/// Excused before the first row, and when the rule refuses the closed round with this very code. Anything else is
/// printed as the operator's fault by every replay, for ever.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance round abort 12 --code withdrawn --yes --dir market"))]
pub(super) struct Abort {
    /// The round: its number, or first digits of its id
    round: String,
    /// Why: the rule's refusal, hpke_key_lost, or another word
    #[arg(long, value_name = "WORD")]
    code: Label,
    #[command(flatten)]
    dir: DirArg,
}

/// An operator at work on one round.
struct Work {
    dir: MarketDir,
    operator: Working,
    number: usize,
    round: RoundId,
}

impl Work {
    fn open(shell: &Shell, dir: &DirArg, round: &str) -> Result<Self, CliError> {
        let dir = MarketDir::open(&dir.dir)?;
        let operator = dir.operator(shell)?;
        let (number, known) = lookup::round(operator.market(), round)?;
        let round = known.id;
        Ok(Self { dir, operator, number, round })
    }

    fn known(&self) -> Result<&quittance_engine::market::Round, CliError> {
        quittance_engine::settle::round_of(self.operator.market(), self.round)
            .map_err(|reject| CliError::refused(&reject))
    }

    /// Writes the bundle where it belongs, or where the person wants it.
    fn publish(&self, shell: &Shell, output: Option<&Path>) -> Result<PathBuf, CliError> {
        let bundle = self.operator.bundle(self.round).map_err(|error| failed(&error))?;
        let bytes = bundle.to_bytes();
        let Some(path) = output else {
            let folder = self.dir.round(self.number);
            shell.make_dir(&folder)?;
            let path = folder.join("bundle.json");
            shell.replace(&path, &bytes, Secrecy::Public)?;
            return Ok(path);
        };
        // A bundle of the same settlement under an older checkpoint is renewed; anything else stays.
        let there = fs::read(path).ok().and_then(|bytes| Bundle::parse(&bytes).ok());
        if there.is_some_and(|there| there.statement == bundle.statement) {
            shell.replace(path, &bytes, Secrecy::Public)?;
        } else {
            shell.write(path, &bytes, Secrecy::Public)?;
        }
        Ok(path.to_owned())
    }

    fn secret(&self, shell: &Shell) -> Result<Option<HpkeSecret>, CliError> {
        match self.known()?.entry.hpke_key {
            Some(public) => self.dir.round_secret(shell, public),
            None => Ok(None),
        }
    }
}

impl Close {
    /// Runs the command.
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let mut work = Work::open(shell, &self.dir, &self.round)?;
        if work.known()?.closed().is_none() && !work.known()?.is_aborted() {
            witnesses::see_open(shell, &work.dir, &work.operator, work.round)?;
        }
        let index = work.operator.close(work.round, now_ms()).map_err(|error| failed(&error))?;
        // Killed between the two last time: the closing checkpoint is signed now.
        work.operator.close_checkpoint(work.round).map_err(|error| failed(&error))?;
        witnesses::collect(shell, &work.dir, &work.operator)?;
        witnesses::check_quorum(&work.operator)?;
        let rows = Count(work.known()?.rows.len() as u64);
        let document =
            RoundClosed { schema: RoundClosed::SCHEMA, entry: Count(index), round: work.round, rows };
        let text = format!("round {} is closed at entry {index}, with {rows} rows", work.number);
        Ok(Answer::text(&document, text))
    }
}

impl Settle {
    /// Runs the command.
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let mut work = Work::open(shell, &self.dir, &self.round)?;
        if let Status::Settled(_, settled) = &work.known()?.status {
            let index = settled.index;
            let statement = settled.entry.statement;
            let bundle = work.dir.round(work.number).join("bundle.json");
            if self.publish && !bundle.exists() {
                witnesses::collect(shell, &work.dir, &work.operator)?;
                work.publish(shell, None)?;
            }
            let document = RoundSettled {
                schema: RoundSettled::SCHEMA,
                bundle: None,
                code: Some("already_settled"),
                entry: Count(index),
                round: work.round,
                statement,
            };
            let text = format!("already_settled: round {} was settled at entry {index}", work.number);
            return Ok(Answer::text(&document, text));
        }
        witnesses::collect(shell, &work.dir, &work.operator)?;
        let secret = work.secret(shell)?;
        let key = work.known()?.fit(work.known()?.rows.len()).map(|fit| fit.key);
        if key.is_some() && !self.prove {
            return preview(&work, secret.as_ref());
        }
        let prover = key.map(|key| self.prover(shell, &work, key)).transpose()?;
        let progress = shell.progress("proving", None);
        let settled =
            work.operator.settle(work.round, secret.as_ref(), prover.as_deref(), &mut OsRng, now_ms());
        let (settled, checked) = settled.map_err(|error| failed(&error))?;
        drop(progress);
        witnesses::collect(shell, &work.dir, &work.operator)?;
        let bundle = if self.publish { Some(work.publish(shell, None)?) } else { None };
        Ok(settled_answer(&work, &settled, &checked, bundle.as_deref()))
    }

    /// The proving key in the market's folder; whether it is the round's is checked by the engine.
    fn prover(&self, shell: &Shell, work: &Work, key: entry::RoundKey) -> Result<Box<dyn Prover>, CliError> {
        let (rule, size) = (work.known()?.entry.rule.to_string(), key.tier.to_string());
        KeyFiles::of(&work.dir.keys(), &rule, &size).load(shell, &rule, &size)
    }
}

/// What public numbers say about an abort.
fn cause(cause: AbortCause) -> &'static str {
    match cause {
        AbortCause::BeforeFirstRow => "excused: nobody had bid",
        AbortCause::RuleRefuses => "excused: the rule refuses the round",
        AbortCause::OperatorFault => "by the operator's fault",
    }
}

/// The outcome, before anything is written.
fn preview(work: &Work, secret: Option<&HpkeSecret>) -> Result<Answer, CliError> {
    let statement = work.operator.evaluate(work.round, secret, &mut OsRng).map_err(|error| failed(&error))?;
    let text = format!(
        "round {}: evaluated, not proved; nothing was written\n\n{}\n\nstatement {}\nprove and settle it: \
         {WORD}quittance round settle {} --prove{WORD:#}",
        work.number,
        statement.outcome,
        statement.digest(),
        work.number
    );
    let document = RoundEvaluated {
        schema: RoundEvaluated::SCHEMA,
        statement: statement.digest(),
        outcome: statement.outcome,
        round: work.round,
    };
    Ok(Answer::text(&document, text))
}

fn settled_answer(
    work: &Work,
    settled: &SettledRound,
    checked: &CheckedSettlement,
    bundle: Option<&Path>,
) -> Answer {
    let currency = Currency::of(work.operator.market().entry());
    let show = |amount: Option<u128>| amount.map_or("?".into(), |amount| currency.show(Wide(amount)));
    let money = &checked.money;
    let digest = settled.statement.digest();
    let bundle = bundle.map(|path| path.display().to_string());
    let written = bundle.as_ref().map_or(String::new(), |bundle| format!("\nwrote {bundle}"));
    let document = RoundSettled {
        schema: RoundSettled::SCHEMA,
        bundle,
        code: None,
        entry: Count(settled.index),
        round: work.round,
        statement: digest,
    };
    let text = format!(
        "round {} is settled at entry {}\n\n  statement  {digest}\n  paid       {} = received {} + fee {} + dust {}\
         \n{written}",
        work.number,
        settled.index,
        show(money.paid()),
        show(money.received()),
        currency.show(money.fee),
        currency.show(money.dust),
    );
    Answer::text(&document, text)
}

impl Publish {
    /// Runs the command.
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let work = Work::open(shell, &self.dir, &self.round)?;
        witnesses::collect(shell, &work.dir, &work.operator)?;
        let path = work.publish(shell, self.output.as_deref())?;
        let file = path.display().to_string();
        let text = format!("wrote {file}: all that a member needs to verify it");
        let document = RoundPublished { schema: RoundPublished::SCHEMA, file, round: work.round };
        Ok(Answer::text(&document, text))
    }
}

impl Abort {
    /// Runs the command.
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let mut work = Work::open(shell, &self.dir, &self.round)?;
        if !work.known()?.is_aborted() {
            if !shell.yes() {
                let rows = work.known()?.rows.len();
                let what = format!("an abort stays on the ledger for ever; the round has {rows} rows");
                return Err(CliError::new(NOT_AGREED, what).hint("agree with --yes"));
            }
            let market = work.operator.market().entry().market.clone();
            let abort = entry::Abort { market, round: work.round, code: self.code };
            work.operator.append_own(&abort, now_ms()).map_err(|error| failed(&error))?;
            work.operator.checkpoint().map_err(|error| failed(&error))?;
        }
        let aborted = work.known()?.aborted();
        let document = RoundAborted {
            schema: RoundAborted::SCHEMA,
            cause: aborted.map(|aborted| cause(aborted.cause)),
            entry: aborted.map(|aborted| Count(aborted.index)),
            round: work.round,
        };
        let text = aborted.map_or(String::new(), |aborted| {
            format!("round {} was aborted at entry {}: {}", work.number, aborted.index, cause(aborted.cause))
        });
        Ok(Answer::text(&document, text))
    }
}
