//! Circuit keys in an operator's folder: `<rule>-<tier>.pk`, its digest `.pk.b3`, and `.vk` for everybody.
//!
//! The digest is written last, so a key without it was not finished; a proving key is parsed only if its bytes are
//! those that were written here.

use crate::error::{CliError, FILE_NOT_FOUND, RULE_UNKNOWN};
use crate::shell::{Input, MIB, Secrecy, Shell};
use quittance_circuits::proof_system::{KeyError, VerifyingKey};
use quittance_circuits::proved::{ProvedRule, Prover};
use quittance_circuits::rules;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Longest proving key that is read.
const LIMIT: u64 = 1 << 36;

/// The files of one key.
#[derive(Debug, Clone)]
pub struct KeyFiles {
    folder: PathBuf,
    stem: String,
}

/// The proved rule of this id.
///
/// # Errors
/// No such rule, or one that is recomputed.
pub fn proved(rule: &str) -> Result<&'static dyn ProvedRule, CliError> {
    let unknown = || {
        CliError::new(RULE_UNKNOWN, format!("no published rule is called `{rule}`"))
            .hint("list the rules with `quittance rule list`")
    };
    rules::find(rule).ok_or_else(unknown)?.proved().ok_or_else(|| {
        CliError::new(RULE_UNKNOWN, format!("{rule} is recomputed, not proved: it needs no circuit key"))
            .hint("open a round with it: `quittance round open`")
    })
}

/// A key that is not to be used.
pub fn unsafe_key(error: &KeyError) -> CliError {
    let code = match error {
        KeyError::Malformed(_) => "file_malformed",
        KeyError::Unsafe(_) | KeyError::OtherCircuit(_) => "key_unsafe",
    };
    CliError::new(code, error.to_string())
}

impl KeyFiles {
    /// The files of a rule's key of a size.
    pub fn of(folder: &Path, rule: &str, size: &str) -> Self {
        Self { folder: folder.to_owned(), stem: format!("{}-{size}", rule.replace('/', "-")) }
    }

    fn file(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.stem))
    }

    /// The proving key.
    pub fn pk(&self) -> PathBuf {
        self.file("pk")
    }

    /// The verifying key.
    pub fn vk(&self) -> PathBuf {
        self.file("vk")
    }

    fn digest(&self) -> PathBuf {
        self.file("pk.b3")
    }

    /// Whether all of it was written.
    pub fn finished(&self) -> bool {
        [self.pk(), self.vk(), self.digest()].iter().all(|path| path.exists())
    }

    /// Writes a key, in place of one that was not finished.
    ///
    /// # Errors
    /// The system refused.
    pub fn write(&self, shell: &Shell, prover: &dyn Prover) -> Result<(), CliError> {
        let bytes = prover.to_bytes();
        let digest = format!("{}\n", blake3::hash(&bytes));
        // It says that all of it was written, which is not so while another key is being replaced.
        match fs::remove_file(self.digest()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(CliError::io("remove", &self.digest(), &error));
            }
            _ => {}
        }
        shell.replace(&self.pk(), &bytes, Secrecy::Secret)?;
        shell.replace(&self.vk(), &prover.verifying_key().to_bytes(), Secrecy::Public)?;
        shell.replace(&self.digest(), digest.as_bytes(), Secrecy::Public)
    }

    /// Reads the proving key, if its bytes are those that were written.
    ///
    /// # Errors
    /// It is not there, or not what was written.
    pub fn load(&self, shell: &Shell, rule: &str, size: &str) -> Result<Box<dyn Prover>, CliError> {
        let name = self.pk().display().to_string();
        if !self.finished() {
            return Err(CliError::new(FILE_NOT_FOUND, "the proving key is not in the market's folder")
                .file(name)
                .hint(format!("make it with `quittance circuit-key setup {rule} {size}`")));
        }
        let _progress = shell.progress("reading the proving key", None);
        let bytes = Input::File(self.pk()).read(LIMIT)?;
        let expected = Input::File(self.digest()).read(MIB)?;
        let found = blake3::hash(&bytes);
        if expected.trim_ascii() != found.to_hex().as_bytes() {
            let what = format!("the proving key's bytes are not those that were written: digest {found}");
            return Err(CliError::new("key_mismatch", what).file(name).hint("put the file back from a copy"));
        }
        proved(rule)?.load(size, &bytes).map_err(|error| unsafe_key(&error).file(name))
    }

    /// Reads the verifying key.
    ///
    /// # Errors
    /// It is not there, or not a safe key.
    pub fn verifying_key(&self) -> Result<VerifyingKey, CliError> {
        read_verifying_key(&Input::File(self.vk()))
    }
}

/// Reads and lints a verifying key.
///
/// # Errors
/// No such file, or not a safe key.
pub fn read_verifying_key(input: &Input) -> Result<VerifyingKey, CliError> {
    let bytes = input.read(16 * MIB)?;
    VerifyingKey::from_bytes(&bytes).map_err(|error| unsafe_key(&error).file(input.name()))
}
