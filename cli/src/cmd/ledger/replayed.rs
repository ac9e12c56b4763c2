//! How far an auditor has replayed a ledger: a file of the auditor's own, which nobody else is to be believed about.

use crate::error::{CliError, NOT_CHECKED};
use crate::shell::{Input, MIB, Secrecy, Shell};
use quittance_circuits::json::{self, Malformed};
use quittance_circuits::number::Count;
use quittance_ledger::{MarketKey, RightEdge, TreeHash, TreeHead};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Entries between two writes of the file.
const EVERY: u64 = 1 << 16;

const HINT: &str = "name a file that an earlier replay made with --resume, or one that is not there yet";

/// What was replayed, and agreed: `ledger replay --resume`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replayed {
    /// `replayed/v1`.
    schema: String,
    /// The market's origin.
    market: String,
    /// Leaf hash of its first entry.
    #[schemars(with = "String", regex(pattern = "^[0-9a-f]{64}$"))]
    entry0: TreeHash,
    /// Entries.
    size: Count,
    /// Root hash of the tree of these entries.
    #[schemars(with = "String", regex(pattern = "^[0-9a-f]{64}$"))]
    root: TreeHash,
}

impl Replayed {
    /// What the document calls itself.
    pub const SCHEMA: &'static str = "replayed/v1";

    /// Reads the file's bytes.
    ///
    /// # Errors
    /// Another form, spelling or schema.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let replayed: Self = json::read_canonical(bytes)?;
        json::expect_schema(&replayed.schema, Self::SCHEMA)?;
        Ok(replayed)
    }
}

/// The file, while a replay goes on.
pub struct Progress<'a> {
    shell: &'a Shell,
    path: PathBuf,
    key: &'a MarketKey,
    failed: Option<CliError>,
}

impl<'a> Progress<'a> {
    /// What was replayed before, if the file is there: nothing if not.
    ///
    /// # Errors
    /// The file is of another market, or no such file.
    pub fn open(shell: &'a Shell, path: &Path, key: &'a MarketKey) -> Result<(Self, TreeHead), CliError> {
        let progress = Self { shell, path: path.to_owned(), key, failed: None };
        if !path.exists() {
            return Ok((progress, TreeHead::EMPTY));
        }
        let input = Input::File(path.to_owned());
        let wrong = |error: Malformed| CliError::malformed(&error).file(input.name()).hint(HINT);
        let replayed = Replayed::parse(&input.read(MIB)?).map_err(wrong)?;
        if replayed.entry0 != key.entry0 || replayed.market != key.log.origin().as_str() {
            let what = format!("the file is about {}, or another market of this name", replayed.market);
            return Err(CliError::new(NOT_CHECKED, what)
                .file(input.name())
                .hint("keep a file for each market, or leave out --resume"));
        }
        Ok((progress, TreeHead { size: replayed.size.0, root: replayed.root }))
    }

    /// Takes note that the entry at this index agreed, now and then.
    pub fn done(&mut self, index: u64, tree: &RightEdge) {
        if (index + 1).is_multiple_of(EVERY) && self.failed.is_none() {
            self.failed = self.write(tree.head()).err();
        }
    }

    /// Takes note that the tree was replayed, if it was.
    ///
    /// # Errors
    /// The file could not be written, now or before.
    pub fn finish(mut self, agreed: Option<TreeHead>) -> Result<(), CliError> {
        match (self.failed.take(), agreed) {
            (Some(error), _) => Err(error),
            (None, Some(tree)) => self.write(tree),
            (None, None) => Ok(()),
        }
    }

    fn write(&self, tree: TreeHead) -> Result<(), CliError> {
        let replayed = Replayed {
            schema: Replayed::SCHEMA.into(),
            market: self.key.log.origin().as_str().to_owned(),
            entry0: self.key.entry0,
            size: Count(tree.size),
            root: tree.root,
        };
        self.shell.replace(&self.path, &json::to_canonical(&replayed), Secrecy::Public)
    }
}
