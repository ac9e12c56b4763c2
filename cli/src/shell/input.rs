//! What a command reads: a file, or `-` for stdin, never more than its kind may be long.

use crate::error::{CliError, FILE_TOO_LARGE, IO_FAILED, IS_DIRECTORY, reason};
use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// 2^20 bytes.
pub const MIB: u64 = 1 << 20;

/// Where bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// `-`.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl FromStr for Input {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(if text == "-" { Self::Stdin } else { Self::File(text.into()) })
    }
}

impl Input {
    /// How the person named it.
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "-".into(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// A reader, and the number of bytes if it is known.
    ///
    /// # Errors
    /// No such file, or one that cannot be read.
    pub fn open(&self) -> Result<(Box<dyn Read>, Option<u64>), CliError> {
        match self {
            Self::Stdin => Ok((Box::new(io::stdin().lock()), None)),
            Self::File(path) => {
                let file = open(path)?;
                let size = file.metadata().ok().filter(|about| about.is_file()).map(|about| about.len());
                Ok((Box::new(file), size))
            }
        }
    }

    /// All bytes, if there are at most `limit`.
    ///
    /// # Errors
    /// As [`Self::open`]; more bytes.
    pub fn read(&self, limit: u64) -> Result<Vec<u8>, CliError> {
        let mut bytes = Vec::new();
        // One byte more tells a file at the limit from a longer one; the rest is never read.
        let (reader, _) = self.open()?;
        reader.take(limit + 1).read_to_end(&mut bytes).map_err(|error| self.failed(&error))?;
        if bytes.len() as u64 > limit {
            let what = format!("the file is longer than {limit} bytes");
            return Err(CliError::new(FILE_TOO_LARGE, what)
                .file(self.name())
                .hint("name another file: none of this kind is so long"));
        }
        Ok(bytes)
    }

    /// Reading broke off.
    pub fn failed(&self, error: &io::Error) -> CliError {
        CliError::new(IO_FAILED, format!("cannot read it: {}", reason(error))).file(self.name())
    }
}

fn open(path: &Path) -> Result<File, CliError> {
    let file = File::open(path).map_err(|error| CliError::io("read", path, &error))?;
    if file.metadata().is_ok_and(|about| about.is_dir()) {
        let what = "this is a directory, expected a file";
        let name = path.display().to_string();
        let hint = format!("name a file in it: `ls {name}`");
        return Err(CliError::new(IS_DIRECTORY, what).file(name).hint(hint));
    }
    Ok(file)
}
