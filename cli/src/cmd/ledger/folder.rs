//! `ledger export` and `ledger import`: a ledger as a folder that any web server serves and any C2SP tool reads.

use super::place::{self, Staged};
use super::{failed, last_checkpoint, open};
use crate::args::example;
use crate::cmd::verify::market_key;
use crate::documents::{Exported, SiteMade};
use crate::error::{CliError, Exit, FOLDER_DAMAGED, LEDGER_FAILED, LEDGER_MISSING, USAGE};
use crate::shell::{Answer, BAD, GOOD, Shell};
use crate::site::Site;
use crate::storage::{self, Access};
use quittance_circuits::number::Count;
use quittance_engine::kept::CONTEXTS;
use quittance_ledger::tiles::{self, Folder, ImportError};
use quittance_ledger::{CheckpointError, Log, LogError, MarketKey, SignedCheckpoint, Store, StoreError};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Write the ledger, up to its last checkpoint, as a folder for any web server (C2SP tlog-tiles)
///
/// With --site, as pages for people instead, which need no server: a page for every round and member, all entries, and a
/// search; the folder is in it, as `log`. Readers who bring the market's key have every entry's place checked in their browser.
/// Every entry and settlement is judged on the way, with --market: a settlement that does not verify gets its page, and
/// exit code 1; a ledger that no market makes gets none. Names of members that the ledger keeps are in either folder. For
/// example: quittance ledger export --site pages --ledger market/ledger --market market/market.vkey
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ledger export site --ledger market/ledger"))]
pub struct Export {
    /// The folder to make
    #[arg(required_unless_present = "site", conflicts_with = "site")]
    folder: Option<PathBuf>,
    /// Make pages for people instead, in this folder
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
}

/// Make a ledger from an exported folder: every byte is checked, and everything replayed
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ledger import site --ledger copy --market market/market.vkey"))]
pub struct Import {
    /// The exported folder
    folder: PathBuf,
}

impl Export {
    /// Writes the folder whole or not at all.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let log = open(shell)?;
        let folder = match (&self.folder, &self.site) {
            (Some(folder), _) => folder,
            (None, Some(site)) => return pages(shell, &log, site),
            (None, None) => return Err(CliError::new(USAGE, "no folder is named")),
        };
        let note = last_checkpoint(&log)?;
        let (files, size) = (write(shell, &log, &note, folder)?, note.head().size);
        let (folder, entries, files) = (folder.display().to_string(), Count(size), Count(files));
        let text = format!("wrote {folder}: {entries} entries in {files} files");
        Ok(Answer::text(&Exported { schema: Exported::SCHEMA, folder, entries, files }, text))
    }
}

/// Writes the site of a ledger, whole or not at all.
fn pages(shell: &Shell, log: &Log<Box<dyn Store>>, folder: &Path) -> Result<Answer, CliError> {
    let key = market_key(shell)?;
    let staged = Staged::new(folder)?;
    let progress = shell.progress("reading", None);
    let note = &newest(shell, log, &key)?;
    let site = Site::read(log, note, &key)?;
    drop(progress);
    let mut files = Files { folder: staged.path(), written: 0 };
    let size = note.head().size;
    let progress = shell.progress("writing", Some(size));
    let exported = tiles::export(log, note, &mut |path, bytes| files.put(&format!("log/{path}"), bytes));
    exported.map_err(|error| failed(&error))?;
    let judged = site
        .write(&mut |path, bytes| files.put(path, bytes).map_err(|error| failed(&error)), &mut |entries| {
            progress.advance(entries)
        })?;
    drop(progress);
    let files = files.written;
    readable(staged.path()).map_err(|error| CliError::io("write", folder, &error))?;
    staged.finish("")?;
    let exit = if judged.rejected == 0 { Exit::Done } else { Exit::No };
    let document = SiteMade {
        schema: SiteMade::SCHEMA,
        entries: Count(size),
        files: Count(files),
        folder: folder.display().to_string(),
        pending: Count(judged.pending),
        rejected: Count(judged.rejected),
        verified: Count(judged.verified),
    };
    let place = folder.join("index.html");
    let mut text = format!("wrote {}: {size} entries in {files} files\n", place.display());
    let settlements = judged.verified + judged.rejected + judged.pending;
    text.push_str(&match (judged.rejected, judged.pending) {
        (0, 0) => format!("{GOOD}verified{GOOD:#}: {} of {settlements} settlements", judged.verified),
        (0, pending) => format!(
            "{GOOD}verified{GOOD:#}: {} of {settlements} settlements; witnesses have not cosigned {pending} yet",
            judged.verified
        ),
        (rejected, _) => format!(
            "{BAD}rejected{BAD:#}: {rejected} of {settlements} settlements do not hold; their pages say why"
        ),
    });
    Ok(Answer::text(&document, text).exit(exit))
}

/// The newest checkpoint that the key's holders accept: with a policy, one that has its quorum.
fn newest(shell: &Shell, log: &Log<Box<dyn Store>>, key: &MarketKey) -> Result<SignedCheckpoint, CliError> {
    let sizes = log.store().checkpoint_sizes().map_err(|error| failed(&error.into()))?;
    let mut refused = None;
    for size in sizes.into_iter().rev() {
        let Some(note) = log.checkpoint(size).map_err(|error| failed(&error))? else { continue };
        match key.verify(&note) {
            Ok(_) => {
                if refused.is_some() {
                    shell
                        .note(&format!("the first {size} entries only: later checkpoints lack their quorum"));
                }
                return Ok(note);
            }
            Err(error @ CheckpointError::QuorumMissing { .. }) => refused = refused.or(Some(error)),
            // Of another key, none will fit.
            Err(error) => return Err(CliError::refused(&error.into())),
        }
    }
    let missing = || CliError::new(LEDGER_FAILED, "the ledger has no signed checkpoint");
    Err(refused.map_or_else(missing, |error| CliError::refused(&error.into())))
}

/// Files below a folder.
struct Files<'a> {
    folder: &'a Path,
    written: u64,
}

impl Files<'_> {
    fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), LogError> {
        self.written += 1;
        let file = self.folder.join(path);
        let folder = file.parent().unwrap_or(self.folder);
        let done = fs::create_dir_all(folder).and_then(|()| fs::write(&file, bytes));
        done.map_err(|error| LogError::from(StoreError::failed(format!("writing {path}"), error)))
    }
}

/// Writes the export of a log, and says how many files it has.
///
/// # Errors
/// There is something at that place; the log does not reach the note; the system refused.
pub fn write<S: Store>(
    shell: &Shell,
    log: &Log<S>,
    note: &SignedCheckpoint,
    folder: &Path,
) -> Result<u64, CliError> {
    let staged = Staged::new(folder)?;
    let mut files = Files { folder: staged.path(), written: 0 };
    let progress = shell.progress("writing", Some(note.head().size));
    tiles::export(log, note, &mut |path, bytes| {
        if path.starts_with("tile/entries/") {
            progress.advance(256);
        }
        files.put(path, bytes)
    })
    .map_err(|error| failed(&error))?;
    drop(progress);
    let files = files.written;
    readable(staged.path()).map_err(|error| CliError::io("write", folder, &error))?;
    staged.finish("")?;
    Ok(files)
}

/// Folders that everybody may read: a temporary one is its owner's alone.
fn readable(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

impl Import {
    /// Makes the ledger whole or not at all; its anchor holds the checkpoint.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let key = market_key(shell)?;
        let missing = || {
            CliError::new(LEDGER_MISSING, "the new ledger's folder is not named")
                .hint("name a folder that is not there yet: --ledger DIR")
        };
        let ledger = shell.ledger().ok_or_else(missing)?;
        let make = |place: &Path| {
            let store = storage::open(place, Access::Create)?;
            let progress = shell.progress("reading", None);
            let imported = tiles::import(store, &OnDisk(&self.folder), &key.log, &CONTEXTS, &mut |entries| {
                progress.advance(entries);
            });
            imported.map_err(|error| refused(&self.folder, &error))
        };
        place::ledger(shell, ledger, &key, Box::new(make))
    }
}

pub(super) fn refused(folder: &Path, error: &ImportError) -> CliError {
    let (code, place) = match error {
        ImportError::File { path, .. } => (FOLDER_DAMAGED, folder.join(path)),
        ImportError::Log(error) => (error.code(), folder.to_owned()),
    };
    let mut refused = CliError::new(code, error.to_string()).file(place.display().to_string());
    refused.exit = Exit::No;
    refused.hint("get the folder again from where it is published, or from another copy")
}

/// A folder of the file system.
pub(super) struct OnDisk<'a>(pub(super) &'a Path);

impl OnDisk<'_> {
    fn list(&self, below: &str, into: &mut BTreeSet<String>) -> Result<(), StoreError> {
        let folder = self.0.join(below);
        let unread = |error: io::Error| StoreError::failed(format!("reading {}", folder.display()), error);
        for entry in fs::read_dir(&folder).map_err(unread)? {
            let entry = entry.map_err(unread)?;
            let name = entry.file_name();
            // A name that is no text is no file of an export: as it can be shown, it is not in one either.
            let path = match below {
                "" => name.to_string_lossy().into_owned(),
                _ => format!("{below}/{}", name.to_string_lossy()),
            };
            if entry.file_type().map_err(unread)?.is_dir() {
                self.list(&path, into)?;
            } else {
                into.insert(path);
            }
        }
        Ok(())
    }
}

impl Folder for OnDisk<'_> {
    fn paths(&self) -> Result<BTreeSet<String>, StoreError> {
        let mut paths = BTreeSet::new();
        self.list("", &mut paths)?;
        Ok(paths)
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match fs::read(self.0.join(path)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::failed(format!("reading {path}"), error)),
        }
    }
}
