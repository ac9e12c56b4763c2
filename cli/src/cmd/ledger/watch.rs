//! `ledger watch`: whether a log still has the history that this person has seen.

use super::folder::{OnDisk, refused};
use super::{failed, last_checkpoint, open};
use crate::args::example;
use crate::cmd::dispute::made_evidence;
use crate::cmd::verify::market_key;
use crate::documents::Watched;
use crate::error::{CliError, Exit, HISTORY_UNPROVED, KIND_UNKNOWN};
use crate::remembered::Remembered;
use crate::shell::{Answer, Input, MIB, Output, Shell};
use crate::storage::{self, Access};
use quittance_circuits::number::Count;
use quittance_engine::Reject;
use quittance_engine::dispute::fork::ForkEvidence;
use quittance_engine::dispute::history::{ConsistencyFile, History, Prefix, compare};
use quittance_engine::entry::MarketId;
use quittance_ledger::{Log, MarketKey, SignedCheckpoint, Store, tiles};
use std::path::{Path, PathBuf};

/// Compare a log with the checkpoint that you saw last, and remember its newest
///
/// Exit code 1 means that the log has signed two histories: the evidence is written to a file. An older checkpoint is
/// no error. What was seen is kept in $XDG_STATE_HOME/quittance, by default in ~/.local/state/quittance.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ledger watch site --market market/market.vkey"))]
pub struct Watch {
    /// An exported folder, a ledger's folder, a file of `ledger checkpoint --since`, or a checkpoint; without it, the
    /// ledger of --ledger
    source: Option<PathBuf>,
    /// Where to write evidence; else it is kept beside what was seen
    #[arg(short, value_name = "FILE")]
    output: Option<Output>,
}

impl Watch {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let key = market_key(shell)?;
        let source = match &self.source {
            Some(path) => Source::open(path)?,
            None => Source::of_ledger(open(shell)?)?,
        };
        let mut remembered = Remembered::of(&key)?;
        let seen = remembered.last().map(|note| Count(note.head().size));
        let now = Count(source.checkpoint().head().size);
        let history = match follow(shell, &key, &source, &mut remembered)? {
            Followed::Forked(fork) => {
                let made = fork.made(&key).map_err(|error| CliError::refused(&error.0))?;
                let output = match self.output {
                    Some(output) => output,
                    None => Output::File(remembered.put_evidence(shell, &made.file)?),
                };
                return Ok(made_evidence(shell, made, &output)?.exit(Exit::No));
            }
            Followed::First => "first",
            Followed::Same => "same",
            Followed::Extended => "extended",
            Followed::Older => "older",
        };
        let before = seen.map_or(0, |seen| seen.0);
        let text = match history {
            "first" => format!("{} entries; nothing was seen before, so this is remembered", now.0),
            "same" => format!("{} entries, as before", now.0),
            "extended" => format!("{} entries; the {before} that were seen before are how they begin", now.0),
            _ => format!(
                "{} entries; {before} were seen before: an older checkpoint, nothing to compare",
                now.0
            ),
        };
        let market = MarketId(key.log.origin().clone());
        let text = format!("{}: {text}", key.log.origin());
        Ok(Answer::text(&Watched { schema: Watched::SCHEMA, history, market, now, seen }, text))
    }
}

/// How a source goes on from what was seen.
pub enum Followed {
    /// Nothing was seen before.
    First,
    /// The same tree.
    Same,
    /// A longer one.
    Extended,
    /// A shorter one, which was not compared.
    Older,
    /// Another history.
    Forked(Box<ForkEvidence>),
}

/// Compares a source with what was seen, and remembers its checkpoint if it goes on from there.
///
/// # Errors
/// Nothing shows how the two go together, or what shows it is damaged; the system.
pub fn follow(
    shell: &Shell,
    key: &MarketKey,
    source: &Source,
    remembered: &mut Remembered,
) -> Result<Followed, CliError> {
    let now = source.checkpoint();
    key.verify(now).map_err(|error| CliError::refused(&Reject::from(error)))?;
    let mut followed = if remembered.last().is_none() { Followed::First } else { Followed::Same };
    for seen in remembered.notes() {
        let (before, size) = (seen.head().size, now.head().size);
        let prefix = if before < size { source.prefix(before)? } else { None };
        match compare(seen, now, |_| prefix, key).map_err(|error| unproved(before, size, Some(&error.0)))? {
            History::Forked(fork) => return Ok(Followed::Forked(fork)),
            History::One if before < size => followed = Followed::Extended,
            History::One => {}
            History::Unproved if before > size => followed = Followed::Older,
            History::Unproved => return Err(unproved(before, size, None)),
        }
    }
    remembered.keep(shell, now, key)?;
    Ok(followed)
}

/// Nothing shows that what was seen is how this log began.
fn unproved(before: u64, size: u64, why: Option<&Reject>) -> CliError {
    let what = match why {
        None => format!(
            "{before} entries were seen before, and nothing shows that the {size} here begin with them"
        ),
        Some(reject) => {
            format!("the proof that the {before} entries seen before begin these {size} is damaged: {reject}")
        }
    };
    CliError::new(HISTORY_UNPROVED, what).hint(format!(
        "watch the exported folder, or ask the operator for `quittance ledger checkpoint --since {before} -o FILE`"
    ))
}

/// Where a checkpoint comes from, and what proves how its tree began.
pub enum Source {
    /// An exported folder.
    Folder(PathBuf, SignedCheckpoint),
    /// A ledger.
    Ledger(Box<Log<Box<dyn Store>>>, SignedCheckpoint),
    /// A checkpoint with one proof.
    File(Box<ConsistencyFile>, SignedCheckpoint),
    /// A checkpoint alone.
    Note(SignedCheckpoint),
}

impl Source {
    /// What a path names.
    ///
    /// # Errors
    /// None of these, or damaged.
    pub fn open(path: &Path) -> Result<Self, CliError> {
        if path.join("checkpoint").is_file() {
            let note = tiles::checkpoint(&OnDisk(path)).map_err(|error| refused(path, &error))?;
            return Ok(Self::Folder(path.to_owned(), note));
        }
        if path.is_dir() {
            let log = Log::open(storage::open(path, Access::Read)?).map_err(|error| failed(&error))?;
            return Self::of_ledger(log);
        }
        let input = Input::File(path.to_owned());
        let bytes = input.read(MIB)?;
        let wrong = |reject: Reject| CliError::refused(&reject).file(input.name());
        let note = |bytes: &[u8]| SignedCheckpoint::parse(bytes).map_err(|error| wrong(error.into()));
        if bytes.starts_with(b"{") {
            let file = ConsistencyFile::parse(&bytes).map_err(|error| {
                CliError::new(KIND_UNKNOWN, format!("not a checkpoint with a consistency proof: {error}"))
                    .file(input.name())
                    .hint(
                        "name an exported folder, a ledger, or what `ledger checkpoint --since SIZE` printed",
                    )
            })?;
            let checkpoint = note(file.checkpoint.as_bytes())?;
            return Ok(Self::File(Box::new(file), checkpoint));
        }
        Ok(Self::Note(note(&bytes)?))
    }

    /// A ledger's last checkpoint.
    ///
    /// # Errors
    /// It has none.
    pub fn of_ledger(log: Log<Box<dyn Store>>) -> Result<Self, CliError> {
        let note = last_checkpoint(&log)?;
        Ok(Self::Ledger(Box::new(log), note))
    }

    /// The checkpoint.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        match self {
            Self::Folder(_, note) | Self::Ledger(_, note) | Self::File(_, note) | Self::Note(note) => note,
        }
    }

    /// The tree of so many entries that the checkpoint's begins with, if the source can tell.
    ///
    /// # Errors
    /// The folder or the ledger is damaged.
    pub fn prefix(&self, size: u64) -> Result<Option<Prefix>, CliError> {
        let tree = self.checkpoint().head();
        if size > tree.size {
            return Ok(None);
        }
        match self {
            Self::Folder(path, _) => tiles::prove_prefix(&OnDisk(path), tree, size)
                .map(Some)
                .map_err(|error| refused(path, &error)),
            Self::Ledger(log, _) => {
                let proof = log.prove_consistency(size, tree.size);
                let prefix = log.head_at(size).and_then(|head| Ok((head, proof?)));
                prefix.map(Some).map_err(|error| failed(&error))
            }
            Self::File(file, _) => Ok(file.prefix(size)),
            Self::Note(_) => Ok(None),
        }
    }
}
