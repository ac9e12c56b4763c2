//! Why there is no answer: what was found, a stable code word, and what to type next.

use quittance_circuits::json::Malformed;
use quittance_engine::Reject;
use serde::Serialize;
use std::io;
use std::path::Path;

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or *yes*.
    Done = 0,
    /// The evidence was examined, and the answer is *no*.
    No = 1,
    /// No answer: wrong usage, a missing file, a wrong key, an input or output error.
    NoAnswer = 2,
}

macro_rules! codes {
    ($($name:ident $word:literal $meaning:literal)*) => {
        $(#[doc = $meaning] pub const $name: &str = $word;)*

        /// The command line's own code words and what they mean, for `quittance help codes`. Refusals by the
        /// engine, the ledger and the rules have their own.
        pub const CODES: &[(&str, &str)] = &[$(($word, $meaning),)*];
    };
}

codes! {
    USAGE "usage" "the command line is not of the grammar"
    TOPIC_UNKNOWN "topic_unknown" "there is no help on this"
    FILE_NOT_FOUND "file_not_found" "there is no such file"
    FILE_EXISTS "file_exists" "the file is there already, and is not replaced without --yes"
    FILE_MALFORMED "file_malformed" "the file is not of its form"
    FILE_TOO_LARGE "file_too_large" "the file is longer than its kind may be"
    IS_DIRECTORY "is_directory" "this is a directory, where a file is expected"
    IO_FAILED "io_failed" "the operating system refused to read or to write"
    RULE_UNKNOWN "rule_unknown" "no published rule has this id"
    SCHEMA_UNKNOWN "schema_unknown" "no published schema has this name"
    KEY_MALFORMED "key_malformed" "the file is no secret key"
    ARTIFACT_MISMATCH "artifact_mismatch" "the bytes are not those that were committed to"
    MARKET_KEY_MISSING "market_key_missing" "a question about a market needs the market's key: --market FILE"
    LEDGER_MISSING "ledger_missing" "a question about a ledger needs its folder: --ledger DIR"
    INBOX_MISSING "inbox_missing" "the inbox is no folder that is there, so nobody would read what is put into it"
    LEDGER_FAILED "ledger_failed" "the ledger cannot be opened, read or written"
    LEDGER_DAMAGED "ledger_damaged" "a part of a ledger or a backup is missing, damaged, or shorter than what was signed"
    FOLDER_DAMAGED "folder_damaged" "a file of an exported ledger is missing, changed or strange"
    MARKET_DIR_MISSING "market_dir_missing" "an operator's command needs the market's folder: --dir DIR"
    NAME_UNKNOWN "name_unknown" "nothing on the ledger has this name, number or first digits"
    NAME_AMBIGUOUS "name_ambiguous" "several things on the ledger have this name or these first digits"
    NOT_AGREED "not_agreed" "this cannot be undone; it is done with --yes"
    NOT_CHECKED "not_checked" "the file cannot be checked with what was named beside it"
    HISTORY_UNPROVED "history_unproved" "nothing shows that a log goes on from the checkpoint that was seen before"
    HISTORY_DAMAGED "history_damaged" "a remembered checkpoint is not what was written"
    KIND_UNKNOWN "kind_unknown" "not a kind of file that the command knows"
    EVIDENCE_INCONCLUSIVE "evidence_inconclusive" "the evidence shows nothing: something in it is not what was signed, or not about this"
    ADDRESS_TAKEN "address_taken" "another program listens at this address, or this program may not"
    WITNESS_RUNNING "witness_running" "another process has this witness's memory open"
    NOT_EMPTY "not_empty" "the folder holds something already"
    CEREMONY_INVALID "ceremony_invalid" "somebody cheated in a ceremony, or something in it was damaged"
    DEV_KEYS_REFUSED "dev_keys_refused" "a circuit key that one person made, in a market not begun with --insecure-dev-keys"
    CEREMONY_UNFIT "ceremony_unfit" "the ceremony's file is not one for this step"
    BUG "bug" "a mistake in this program"
}

/// Why there is no answer, or a refusal that ends a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliError {
    /// The stable code word.
    pub code: &'static str,
    /// What was found and what was expected, in lower case.
    pub what: String,
    /// The next command to type.
    pub hint: Option<String>,
    /// How the run ends.
    pub exit: Exit,
    /// The file at fault.
    pub file: Option<String>,
    /// JSON pointer (RFC 6901) into the file.
    pub pointer: Option<String>,
    /// Whether the command speaks JSON without `--json` too, so that its mistakes must.
    pub machine: bool,
}

/// A command that has no answer, as `--json` prints it.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorDocument<'a> {
    /// The stable code word.
    code: &'a str,
    /// The file at fault, as it was named; `-` is standard input.
    file: Option<&'a str>,
    /// What to do next.
    hint: Option<&'a str>,
    /// JSON pointer into the file.
    pointer: Option<&'a str>,
    /// `error/v1`.
    schema: &'a str,
    /// What was found and what was expected, for people.
    what: &'a str,
}

impl CliError {
    /// No answer, for this reason.
    pub fn new(code: &'static str, what: impl Into<String>) -> Self {
        let what = what.into();
        Self { code, what, hint: None, exit: Exit::NoAnswer, file: None, pointer: None, machine: false }
    }

    /// What to type next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The file at fault.
    pub fn file(mut self, name: impl Into<String>) -> Self {
        self.file = Some(name.into());
        self
    }

    /// The place in the file at fault.
    pub fn pointer(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// Printed as JSON even without `--json`.
    pub fn machine(mut self) -> Self {
        self.machine = true;
        self
    }

    /// A refusal by the operating system: what it was asked to do (`read`, `write`), and to which file.
    pub fn io(verb: &str, path: &Path, error: &io::Error) -> Self {
        let name = path.display().to_string();
        match error.kind() {
            io::ErrorKind::NotFound if verb == "read" => {
                let there = path.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
                Self::new(FILE_NOT_FOUND, "there is no such file")
                    .hint(format!("see what is there: `ls {}`", there.display()))
            }
            io::ErrorKind::NotFound => {
                let folder = path.parent().unwrap_or(path).display();
                Self::new(FILE_NOT_FOUND, format!("cannot {verb} it: its folder is not there"))
                    .hint(format!("make the folder first: `mkdir -p {folder}`"))
            }
            io::ErrorKind::AlreadyExists => Self::new(FILE_EXISTS, "the file is there already")
                .hint("name another file, or replace it with --yes"),
            _ => Self::new(IO_FAILED, format!("cannot {verb} it: {}", reason(error))),
        }
        .file(name)
    }

    /// A document that breaks the dialect or its form.
    pub fn malformed(error: &Malformed) -> Self {
        Self::new(FILE_MALFORMED, error.to_string())
    }

    /// A refusal by the engine: no answer, where the file was only to be read.
    pub fn refused(reject: &Reject) -> Self {
        Self::new(reject.code(), reject.to_string()).hint(reject.hint())
    }

    /// The error as a document.
    pub fn document(&self) -> ErrorDocument<'_> {
        ErrorDocument {
            code: self.code,
            file: self.file.as_deref(),
            hint: self.hint.as_deref(),
            pointer: self.pointer.as_deref(),
            schema: "error/v1",
            what: &self.what,
        }
    }
}

/// The system's words, in lower case and without its number.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
