//! `ledger repair`: what is left of a damaged ledger. It changes nothing and invents nothing: it names what is lost, and
//! writes what signatures prove as an exported folder, from which `ledger import` makes a ledger.

use super::folder;
use super::place::{self, Staged};
use super::{failed, path};
use crate::args::example;
use crate::cmd::verify::market_key;
use crate::documents::{self, Damaged};
use crate::error::{CliError, Exit, LEDGER_DAMAGED, LEDGER_MISSING};
use crate::shell::{Answer, BAD, GOOD, Shell};
use crate::storage::{self, Access};
use quittance_circuits::number::Count;
use quittance_engine::kept::CONTEXTS;
use quittance_ledger::{
    Anchor as _, Damage, Entry, Log, LogError, MemoryStore, Part, SignedCheckpoint, Store, StoreError,
    Survey, VerifierKey,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Entries that are salvaged in one write.
const BATCH: usize = 1000;

/// Say what of a ledger is missing or damaged, and how far the rest can be proved; nothing is changed
///
/// With --to, what a signed checkpoint proves is written as an exported folder: `ledger import` makes a ledger of it.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ledger repair --ledger market/ledger --market market/market.vkey --to rest"))]
pub struct Repair {
    /// The folder to make of what is proved
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

/// What could be opened.
struct Opened {
    store: Box<dyn Store>,
    /// The copy that it is, if the ledger itself cannot be opened, and why not.
    rebuilt: Option<(TempDir, StoreError)>,
}

impl Repair {
    /// Reads all of it.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let (key, ledger) = (market_key(shell)?.log, path(shell)?);
        if !ledger.is_dir() {
            return Err(CliError::new(LEDGER_MISSING, "there is no such folder")
                .file(ledger.display().to_string())
                .hint("name the ledger's folder: --ledger DIR"));
        }
        let mut beside = Vec::new();
        let acknowledged = storage::acknowledged(&ledger).unwrap_or_else(|error| {
            beside.push(Damaged { part: "the high-water mark".to_owned(), what: error.to_string() });
            0
        });
        let anchor = anchored(&ledger, &key, &mut beside);
        let anchorless = anchor.is_none() && beside.iter().all(|damaged| damaged.part != ANCHOR);
        let Opened { store, rebuilt } = open(&ledger)?;
        let progress = shell.progress("reading", None);
        let notes = anchor.into_iter().collect();
        let survey = Survey::of(&*store, &key, &CONTEXTS, notes, acknowledged, &mut |n| progress.advance(n));
        drop(progress);
        if let Some((_, error)) = &rebuilt {
            beside.push(Damaged { part: "the database".to_owned(), what: error.to_string() });
        }
        if anchorless && survey.signed.is_some() {
            beside.push(Damaged { part: ANCHOR.to_owned(), what: "it is missing".to_owned() });
        }
        let mut damage = beside;
        damage.extend(grouped(&survey.damage));
        let salvage = match (&self.to, &survey.proved) {
            (Some(folder), Some(note)) => {
                salvage(shell, &*store, &survey, note, folder)?;
                Some(folder.display().to_string())
            }
            (Some(folder), None) => {
                return Err(CliError::new(
                    LEDGER_DAMAGED,
                    "no signed checkpoint is borne out by the entries that are left",
                )
                .file(folder.display().to_string())
                .hint("restore a backup, or import the market's exported folder"));
            }
            (None, _) => None,
        };
        let report = documents::Survey {
            schema: documents::Survey::SCHEMA,
            sound: damage.is_empty(),
            expected: Count(survey.expected),
            unbroken: Count(survey.unbroken),
            signed: survey.signed.map(|note| Count(note.head().size)),
            proved: survey.proved.map(|note| Count(note.head().size)),
            rebuilt: rebuilt.is_some(),
            damage,
            salvage,
        };
        let exit = if report.sound { Exit::Done } else { Exit::No };
        Ok(Answer::text(&report, text_of(&report)).exit(exit))
    }
}

/// The name of the anchor in reports.
const ANCHOR: &str = "the anchor";

/// The anchor's note, if it is one of this market.
fn anchored(ledger: &Path, key: &VerifierKey, damage: &mut Vec<Damaged>) -> Option<SignedCheckpoint> {
    let read = || -> Result<Option<SignedCheckpoint>, LogError> {
        let Some(bytes) = storage::anchor(ledger).load()? else { return Ok(None) };
        let note = SignedCheckpoint::parse(&bytes)?;
        note.verify_listing_others(key)?;
        Ok(Some(note))
    };
    read().unwrap_or_else(|error| {
        damage.push(Damaged { part: ANCHOR.to_owned(), what: error.to_string() });
        None
    })
}

/// Opens the ledger; if that cannot be done, a copy of it whose catalogue the database has made anew.
fn open(ledger: &Path) -> Result<Opened, CliError> {
    let error = match storage::open_store(ledger, Access::Salvage) {
        Ok(store) => return Ok(Opened { store, rebuilt: None }),
        Err(error) => error,
    };
    let copy = tempfile::Builder::new().prefix("quittance-").tempdir();
    let copy = copy.map_err(|error| CliError::io("write", &std::env::temp_dir(), &error))?;
    place::copy(ledger, copy.path()).map_err(|error| CliError::io("read", ledger, &error))?;
    let rebuilt = storage::rebuild(copy.path());
    let store = rebuilt.and_then(|()| storage::open_store(copy.path(), Access::Salvage));
    let store = store.map_err(|again| {
        let what = format!("it cannot be opened ({error}), nor a copy without its catalogue ({again})");
        CliError::new(LEDGER_DAMAGED, what)
            .file(ledger.display().to_string())
            .hint("restore a backup, or import the market's exported folder")
    })?;
    Ok(Opened { store, rebuilt: Some((copy, error)) })
}

/// Writes what is proved: the entries under a checkpoint, earlier checkpoints, and what is whole of the rest.
fn salvage(
    shell: &Shell,
    store: &dyn Store,
    survey: &Survey,
    note: &SignedCheckpoint,
    folder: &Path,
) -> Result<(), CliError> {
    // Before the work.
    drop(Staged::new(folder)?);
    let damaged = |part: &Part| survey.damage.iter().any(|damage| damage.part == *part);
    let rest = || -> Result<Log<MemoryStore>, LogError> {
        let size = note.head().size;
        let mut log = Log::open(MemoryStore::new())?;
        let mut entries = Vec::new();
        for index in 0..size {
            let bytes = store.entry(index)?.unwrap_or_default();
            entries.push(Entry::decode(&bytes).map_err(|error| StoreError::Corrupt(error.to_string()))?);
            if entries.len() == BATCH || index + 1 == size {
                log.append(std::mem::take(&mut entries))?;
            }
        }
        for earlier in store.checkpoint_sizes().unwrap_or_default() {
            let sound = earlier < size && !damaged(&Part::Checkpoint(earlier));
            if let Some(bytes) = store.checkpoint(earlier)?.filter(|_| sound) {
                log.store().put_checkpoint(earlier, &bytes)?;
            }
        }
        for id in store.blob_ids().unwrap_or_default() {
            if !damaged(&Part::Blob(id)) {
                store.blob(&id)?.map(|blob| log.store().put_blob(&id, &blob)).transpose()?;
            }
        }
        for name in store.meta_names().unwrap_or_default() {
            if !damaged(&Part::Value(name.clone())) {
                store.meta(&name)?.map(|value| log.store().put_meta(&name, &value)).transpose()?;
            }
        }
        Ok(log)
    };
    let log = rest().map_err(|error| failed(&error))?;
    folder::write(shell, &log, note, folder).map(drop)
}

/// Damage of the same kind and cause in one line.
fn grouped(damage: &[Damage]) -> Vec<Damaged> {
    let mut groups: BTreeMap<(String, &str), BTreeSet<u64>> = BTreeMap::new();
    for Damage { part, what } in damage {
        let (name, index) = match part {
            Part::Entry(index) => ("entries".to_owned(), Some(*index)),
            Part::Record(index) => ("record ids of entries".to_owned(), Some(*index)),
            Part::Nodes(index) => ("the tree at entries".to_owned(), Some(*index)),
            part => (part.to_string(), None),
        };
        groups.entry((name, what)).or_default().extend(index);
    }
    let shown = |((name, what), indexes): ((String, &str), BTreeSet<u64>)| {
        let part = if indexes.is_empty() { name } else { format!("{name} {}", ranges(&indexes)) };
        Damaged { part, what: what.to_owned() }
    };
    groups.into_iter().map(shown).collect()
}

/// Numbers in words: `3, 7 to 9`.
fn ranges(indexes: &BTreeSet<u64>) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for index in indexes.iter().copied() {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == index => *last = index,
            _ => ranges.push((index, index)),
        }
    }
    let one = |(first, last)| if first == last { format!("{first}") } else { format!("{first} to {last}") };
    ranges.into_iter().map(one).collect::<Vec<_>>().join(", ")
}

fn text_of(report: &documents::Survey) -> String {
    let mut text = String::new();
    for Damaged { part, what } in &report.damage {
        text.push_str(&format!("{BAD}{part}{BAD:#}: {what}\n"));
    }
    let signed = match report.signed {
        Some(signed) => format!("{signed} of them signed"),
        None => "none of them signed".to_owned(),
    };
    text.push_str(&format!("\n  expected   {} entries, {signed}\n", report.expected));
    text.push_str(&format!(
        "  there      entries 0 to {}, without a gap\n",
        Count(report.unbroken.0.saturating_sub(1))
    ));
    let proved = report
        .proved
        .map_or("nothing".to_owned(), |proved| format!("{proved} entries, by the log's signature"));
    text.push_str(&format!("  proved     {proved}\n"));
    if let Some(folder) = &report.salvage {
        text.push_str(&format!("  written    {folder}, for `quittance ledger import`\n"));
    }
    if report.sound {
        text.push_str(&format!("\n{GOOD}sound{GOOD:#}: every entry, hash, checkpoint and blob was read\n"));
    } else {
        text.push_str(&format!("\n{BAD}damaged{BAD:#}: restore a backup; nothing was changed here\n"));
    }
    text
}
