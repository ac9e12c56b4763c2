//! What a command writes: whole files or none, and nothing replaced that nobody gave up.

use super::{Answer, Shell};
use crate::documents::Written;
use crate::error::{CliError, USAGE};
use quittance_circuits::number::Count;
use std::convert::Infallible;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use zeroize::Zeroizing;

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrecy {
    /// Its owner alone: mode 0600.
    Secret,
    /// Everybody: mode 0644.
    Public,
}

impl Secrecy {
    const fn mode(self) -> u32 {
        match self {
            Self::Secret => 0o600,
            Self::Public => 0o644,
        }
    }
}

/// Where a result goes: `-o FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// `-`.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl FromStr for Output {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(if text == "-" { Self::Stdout } else { Self::File(text.into()) })
    }
}

impl Output {
    /// Writes a public file there, and answers so.
    ///
    /// # Errors
    /// The file exists or cannot be written; `--json` with stdout, which has room for one document.
    pub fn publish(&self, shell: &Shell, bytes: Vec<u8>) -> Result<Answer, CliError> {
        match self {
            Self::Stdout if shell.json() => {
                let what = "`-o -` and `--json` both want stdout";
                Err(CliError::new(USAGE, what).hint("name a file, or leave out `--json`"))
            }
            Self::Stdout => Ok(Answer::bytes(bytes)),
            Self::File(path) => {
                shell.write_again(path, &bytes, Secrecy::Public)?;
                let (file, size) = (path.display().to_string(), Count(bytes.len() as u64));
                let text = format!("wrote {file}, {size} bytes");
                Ok(Answer::text(&Written { schema: Written::SCHEMA, file, size }, text))
            }
        }
    }
}

impl Shell {
    /// Writes a whole file, durably: another process sees the old file, no file or the new one, and a crash
    /// leaves no half. An existing file is replaced only with `--yes`.
    ///
    /// # Errors
    /// The file exists, or the system refused.
    pub fn write(&self, path: &Path, bytes: &[u8], secrecy: Secrecy) -> Result<(), CliError> {
        write_file(path, bytes, secrecy, self.yes()).map_err(|error| CliError::io("write", path, &error))
    }

    /// As [`Self::write`], but whatever is there is replaced: for files that are made anew from what is kept
    /// elsewhere.
    ///
    /// # Errors
    /// The system refused.
    pub fn replace(&self, path: &Path, bytes: &[u8], secrecy: Secrecy) -> Result<(), CliError> {
        write_file(path, bytes, secrecy, true).map_err(|error| CliError::io("write", path, &error))
    }

    /// As [`Self::write`], but a file that says the same already is left as it is: for steps that are repeated.
    ///
    /// # Errors
    /// The file says something else, or the system refused.
    pub fn write_again(&self, path: &Path, bytes: &[u8], secrecy: Secrecy) -> Result<(), CliError> {
        match fs::read(path).map(Zeroizing::new) {
            Ok(there) if there.as_slice() == bytes => Ok(()),
            _ => self.write(path, bytes, secrecy),
        }
    }

    /// Makes a directory for everybody, and those above it.
    ///
    /// # Errors
    /// The system refused.
    pub fn make_dir(&self, path: &Path) -> Result<(), CliError> {
        fs::create_dir_all(path).map_err(|error| CliError::io("make", path, &error))
    }

    /// Makes a directory that its owner alone can enter; one that is there stays as it is.
    ///
    /// # Errors
    /// The system refused.
    pub fn make_private_dir(&self, path: &Path) -> Result<(), CliError> {
        let made = match fs::create_dir(path) {
            Ok(()) => fs::set_permissions(path, Permissions::from_mode(0o700)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            Err(error) => Err(error),
        };
        made.map_err(|error| CliError::io("make", path, &error))
    }
}

/// The folder that a path is in.
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a file under another name and gives it its own when it is whole.
fn write_file(path: &Path, bytes: &[u8], secrecy: Secrecy, replace: bool) -> io::Result<()> {
    let parent = parent(path);
    // Readable by the owner alone from its first byte on, whatever the umask.
    let mut file = tempfile::Builder::new().prefix(".quittance-").tempfile_in(parent)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(Permissions::from_mode(secrecy.mode()))?;
    file.as_file().sync_all()?;
    if replace {
        file.persist(path)?;
    } else {
        file.persist_noclobber(path)?;
    }
    File::open(parent)?.sync_all()
}
