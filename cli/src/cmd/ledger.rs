//! `quittance ledger`: what stands on a ledger, replaying all of it, and keeping it.

mod backup;
mod folder;
mod place;
mod repair;
mod replayed;
pub mod watch;

use crate::args::example;
use crate::cmd::verify::market_key;
use crate::documents::{self, Entries, ListedEntry};
use crate::error::{CliError, Exit, LEDGER_FAILED, LEDGER_MISSING, USAGE};
use crate::market_dir::{DirArg, MarketDir};
use crate::shell::{Answer, BAD, GOOD, MIB, Output, Shell, Table};
use crate::storage::{self, Access};
use crate::witnesses;
use quittance_circuits::number::Count;
use quittance_circuits::sealed::{Commitment, Opening};
use quittance_engine::Code;
use quittance_engine::dispute::history::ConsistencyFile;
use quittance_engine::entry::{CircuitKeyId, Payload, UtcTime};
use quittance_engine::operator::stored_verifying_key;
use quittance_engine::replay::{Evidence, ReplayError, ReplayReport, replay_from};
use quittance_ledger::{Log, LogError, SignedCheckpoint, Store, StoreError, TreeHead};
use replayed::Progress;
pub use replayed::Replayed;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Look at a ledger, and replay it
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ledger replay --ledger market/ledger --market market/market.vkey"))]
pub struct Ledger {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
#[command(subcommand_value_name = "COMMAND")]
enum Action {
    Show(Show),
    Entry(EntryOf),
    Checkpoint(Checkpoint),
    Receipt(ReceiptOf),
    Replay(Replay),
    Export(folder::Export),
    Import(folder::Import),
    Backup(backup::Backup),
    Restore(backup::Restore),
    Repair(repair::Repair),
    Watch(watch::Watch),
}

/// List the entries
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ledger show --ledger market/ledger"))]
struct Show {}

/// Print one entry: its signed file, as it was handed in
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ledger entry 0 --ledger market/ledger"))]
struct EntryOf {
    /// The entry's index
    index: u64,
}

/// Print the last signed checkpoint
///
/// With --cosign, the operator signs the ledger as it stands, and asks the witnesses of the market's policy to cosign
/// what they have not: closing checkpoints and settlements first. With --since, as a file that also proves how its tree
/// began: for whoever has seen a checkpoint of that size, to `ledger watch` or `verify --history=FILE`.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ledger checkpoint --ledger market/ledger"))]
struct Checkpoint {
    /// Ask the witnesses first
    #[arg(long, conflicts_with = "since")]
    cosign: bool,
    #[command(flatten)]
    dir: DirArg,
    /// Prove that the tree begins with its first SIZE entries
    #[arg(long, value_name = "SIZE")]
    since: Option<u64>,
    /// Where to write it; - is stdout
    #[arg(short, value_name = "FILE", requires = "since", default_value = "-", hide_default_value = true)]
    output: Output,
}

/// Print the receipt of an entry, under the last signed checkpoint
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ledger receipt 21 --ledger market/ledger -o receipt.tlog-proof"))]
struct ReceiptOf {
    /// The entry's index
    index: u64,
    /// Where to write it; - is stdout
    #[arg(short, value_name = "FILE", default_value = "-", hide_default_value = true)]
    output: Output,
}

/// Check everything again: every entry, decision, statement and proof
///
/// The report is the same, byte for byte, for the same ledger, anywhere.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ledger replay --ledger market/ledger --market market/market.vkey"))]
struct Replay {
    /// Judge deadlines as of this time, such as 2030-01-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
    /// A folder with openings of rows, searched through and through: with them, outcomes that nothing proves are
    /// recomputed
    #[arg(long, value_name = "DIR")]
    openings: Option<PathBuf>,
    /// Keep how far the replay came in this file, and go on from there: entries that were replayed before are hashed and
    /// judged again, but their signatures and proofs are not verified again
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Write the report to a file; - is stdout
    #[arg(short, value_name = "FILE")]
    output: Option<Output>,
}

impl Ledger {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        match self.action {
            Action::Show(_) => show(shell),
            Action::Entry(entry) => entry.run(shell),
            Action::Checkpoint(checkpoint) => checkpoint.run(shell),
            Action::Receipt(receipt) => receipt.run(shell),
            Action::Replay(replay) => replay.run(shell),
            Action::Export(export) => export.run(shell),
            Action::Import(import) => import.run(shell),
            Action::Backup(backup) => backup.run(shell),
            Action::Restore(restore) => restore.run(shell),
            Action::Repair(repair) => repair.run(shell),
            Action::Watch(watch) => watch.run(shell),
        }
    }
}

fn failed(error: &LogError) -> CliError {
    let failed = CliError::new(LEDGER_FAILED, error.to_string());
    match error {
        LogError::OutOfRange { .. } => failed.hint("list the entries with `quittance ledger show`"),
        LogError::Store(StoreError::Corrupt(_) | StoreError::Lost { .. })
        | LogError::Rollback { .. }
        | LogError::AnchorMissing { .. }
        | LogError::Anchor(_)
        | LogError::ReadBack { .. } => failed.hint(storage::DAMAGED),
        _ => failed,
    }
}

/// The folder that the person names, else that of the `market.toml` here.
fn path(shell: &Shell) -> Result<PathBuf, CliError> {
    match shell.ledger() {
        Some(path) => Ok(path.to_owned()),
        None => MarketDir::open(Path::new(".")).map(|dir| dir.ledger()).map_err(|_| {
            CliError::new(LEDGER_MISSING, "the ledger's folder is missing, and there is no market.toml here")
                .hint("name it: --ledger DIR; `quittance demo` makes one to try")
        }),
    }
}

/// The log there, to read.
fn open(shell: &Shell) -> Result<Log<Box<dyn Store>>, CliError> {
    let store = storage::open(&path(shell)?, Access::Read)?;
    Log::open(store).map_err(|error| failed(&error))
}

fn show(shell: &Shell) -> Result<Answer, CliError> {
    let log = open(shell)?;
    let mut table = Table::new(&["entry", "kind", "record", "signed by"]);
    let mut entries = Vec::new();
    log.scan(0..log.size(), |index, entry| {
        let kind = Payload::of_entry(&entry).map_or("unknown", |payload| payload.kind().word());
        let record = entry.record_id().to_string();
        let signers: Vec<String> =
            entry.envelope().signatures().iter().map(|signature| signature.key_id.to_string()).collect();
        let short: Vec<&str> = signers.iter().map(|id| &id[..8]).collect();
        table.row([&index.to_string(), kind, &record, &short.join(" ")]);
        entries.push(ListedEntry { index: Count(index), kind, record, signed_by: signers });
        Ok::<(), LogError>(())
    })
    .map_err(|error| failed(&error))?;
    Ok(Answer::table(&Entries { schema: Entries::SCHEMA, entries }, table))
}

impl EntryOf {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let entry = open(shell)?.entry(self.index).map_err(|error| failed(&error))?;
        let file: Value = serde_json::from_str(&entry.envelope().to_json())
            .map_err(|error| CliError::new(LEDGER_FAILED, error.to_string()))?;
        Ok(Answer::document(&file))
    }
}

/// The last note that a ledger has signed.
fn last_checkpoint(log: &Log<Box<dyn Store>>) -> Result<SignedCheckpoint, CliError> {
    let note = log.last_checkpoint().map_err(|error| failed(&error))?;
    note.ok_or_else(|| CliError::new(LEDGER_FAILED, "the ledger has no signed checkpoint"))
}

/// A signed note, as it is.
fn shown(note: &SignedCheckpoint) -> Answer {
    let text = String::from_utf8_lossy(&note.to_bytes()).into_owned();
    let document = documents::Checkpoint { schema: documents::Checkpoint::SCHEMA, note: text.clone() };
    Answer::text(&document, text)
}

impl Checkpoint {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        if self.cosign {
            let dir = MarketDir::open(&self.dir.dir)?;
            let note = witnesses::cosign_head(shell, &dir, &dir.operator(shell)?)?;
            return Ok(shown(&note));
        }
        let log = open(shell)?;
        let note = last_checkpoint(&log)?;
        let Some(since) = self.since else {
            return Ok(shown(&note));
        };
        let proof = log.prove_consistency(since, note.head().size);
        let prefix = log.head_at(since).and_then(|head| Ok((head, proof?)));
        let file = ConsistencyFile::new(&note, prefix.map_err(|error| failed(&error))?);
        match self.output {
            Output::Stdout => Ok(Answer::document(&file)),
            output => output.publish(shell, file.to_bytes()),
        }
    }
}

impl ReceiptOf {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let log = open(shell)?;
        let note = last_checkpoint(&log)?;
        let receipt = log.receipt(self.index, &note).map_err(|error| failed(&error))?;
        self.output.publish(shell, receipt.to_bytes())
    }
}

impl Replay {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let now = self.now.as_deref().map(|text| text.parse::<UtcTime>()).transpose();
        let now = now.map_err(|error| CliError::new(USAGE, error.to_string()))?;
        let key = market_key(shell)?;
        let log = open(shell)?;
        let openings = self.openings.as_deref().map(openings_in).transpose()?.unwrap_or_default();
        // What the entries do not cover: a lost blob would look like one that was never there.
        log.store().check_kept().map_err(|error| failed(&error.into()))?;
        let evidence = Auditor { log: &log, openings };
        let resumed = self.resume.map(|path| Progress::open(shell, &path, &key)).transpose()?;
        let (mut kept, done) = resumed.map_or((None, TreeHead::EMPTY), |(kept, done)| (Some(kept), done));
        let progress = shell.progress("replaying", Some(log.size()));
        let report = replay_from(&log, done, &key, &evidence, now, |index, tree| {
            progress.advance(1);
            kept.iter_mut().for_each(|kept| kept.done(index, tree));
        });
        drop(progress);
        let report = report.map_err(|error| unreplayed(&error))?;
        let tree = TreeHead { size: report.size.0, root: report.root };
        kept.map_or(Ok(()), |kept| kept.finish(report.agrees.then_some(tree)))?;
        let exit = if report.agrees { Exit::Done } else { Exit::No };
        if let Some(output) = self.output {
            return Ok(output.publish(shell, report.to_bytes())?.exit(exit));
        }
        Ok(Answer::text(&report, text_of(&report)).exit(exit))
    }
}

/// Why there is no report. What an auditor saw before and what stands here cannot both be one log: that is a *no*.
fn unreplayed(error: &ReplayError) -> CliError {
    match error {
        ReplayError::Log(error) => failed(error),
        ReplayError::Market(reject) if reject.code == Code::LogForked => {
            CliError { exit: Exit::No, ..CliError::refused(reject) }
        }
        ReplayError::Market(reject) => CliError::refused(reject),
    }
}

/// What an auditor has beside the entries: the verifying keys that the ledger's store keeps, and openings.
struct Auditor<'a> {
    log: &'a Log<Box<dyn Store>>,
    openings: BTreeMap<[u8; 32], Opening>,
}

impl Evidence for Auditor<'_> {
    fn verifying_key(&self, id: CircuitKeyId) -> Result<Option<Vec<u8>>, LogError> {
        stored_verifying_key(self.log, id)
    }

    fn opening(&self, commitment: &Commitment) -> Option<Opening> {
        self.openings.get(&commitment.to_bytes()).cloned()
    }
}

/// Every opening in a folder and those below it, by the commitment that it opens. Other files are passed over.
fn openings_in(dir: &Path) -> Result<BTreeMap<[u8; 32], Opening>, CliError> {
    let unreadable = |error: std::io::Error| CliError::io("read", dir, &error);
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            found.extend(openings_in(&entry.path())?);
        } else if kind.is_file() && entry.metadata().is_ok_and(|file| file.len() <= MIB) {
            let bytes = Zeroizing::new(fs::read(entry.path()).map_err(unreadable)?);
            if let Ok(opening) = Opening::from_json(&bytes) {
                found.insert(opening.commit().to_bytes(), opening);
            }
        }
    }
    Ok(found)
}

fn text_of(report: &ReplayReport) -> String {
    let mut text = format!("{}: {} entries, root {}\n\n", report.market, report.size, report.root);
    for round in &report.rounds {
        let id = round.round.to_string();
        let evidence = round.evidence.as_deref().map_or(String::new(), |evidence| format!(", {evidence}"));
        text.push_str(&format!(
            "  round {}… {} · {} rows · {}{evidence}\n",
            &id[..8],
            round.rule,
            round.rows,
            round.status
        ));
        round.remarks.iter().for_each(|remark| text.push_str(&format!("      {remark}\n")));
    }
    report.erased.iter().for_each(|erased| text.push_str(&format!("  erased: {erased}\n")));
    report.contested.iter().for_each(|contested| text.push_str(&format!("  contested: {contested}\n")));
    text.push_str(&format!("\n  not checked      {}\n", report.not_checked.join(";\n                   ")));
    match &report.disagreement {
        None => text.push_str(&format!(
            "\n{GOOD}agrees{GOOD:#}: every entry, statement and proof is what it must be\n"
        )),
        Some(wrong) => {
            text.push_str(&format!(
                "\n{BAD}rejected: {}{BAD:#} at entry {}\n  {}\n",
                wrong.code, wrong.index, wrong.found
            ));
        }
    }
    text
}
