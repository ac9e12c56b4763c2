//! `quittance model`: what a seller commits to.

use crate::args::example;
use crate::error::{ARTIFACT_MISMATCH, CliError, Exit, USAGE};
use crate::shell::{Answer, BAD, GOOD, Input, Shell, WORD};
use serde_json::json;
use std::io::Read as _;
use std::str::FromStr;

/// Bytes read at once: enough for BLAKE3 to use wide vectors.
const BLOCK: usize = 1 << 17;

/// Commit to the bytes of a model, and check bytes against a commitment
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance model commit model.bin"))]
pub struct Model {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
#[command(subcommand_value_name = "COMMAND")]
enum Action {
    Commit(Commit),
    Check(Check),
}

/// Print the commitment to a model's bytes: plain BLAKE3, as b3sum prints it
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance model commit model.bin"))]
struct Commit {
    /// The model, one file; - is stdin
    path: Input,
}

/// Check that bytes are those that a seller committed to
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance model check model.bin b02e5c9a1077fb67ab229adbdd2ed8a4bbe1bbb7a0a5aeb67c4a3ad71ab1c5a0"))]
struct Check {
    /// The model, one file; - is stdin
    path: Input,
    /// The commitment: 64 hexadecimal digits
    commitment: Digest,
}

/// BLAKE3 of a file's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Digest([u8; 32]);

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut bytes = [0; 32];
        // Other programs print upper case too; what is meant is clear.
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) => Ok(Self(bytes)),
            Err(_) => Err("expected 64 hexadecimal digits".into()),
        }
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl Model {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        match self.action {
            Action::Commit(commit) => commit.run(shell),
            Action::Check(check) => check.run(shell),
        }
    }
}

impl Commit {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let (artifact, size) = digest(shell, &self.path)?;
        let document =
            json!({ "artifact": artifact.to_string(), "schema": "artifact/v1", "size": size.to_string() });
        let line = |name: &str, value: &str| format!("{WORD}{name:<9}{WORD:#} {value}\n");
        let text = line("artifact", &artifact.to_string()) + &line("size", &format!("{size} bytes"));
        Ok(Answer::text(&document, text))
    }
}

impl Check {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let (found, size) = digest(shell, &self.path)?;
        let matches = found == self.commitment;
        let document = json!({
            "code": if matches { None } else { Some(ARTIFACT_MISMATCH) },
            "committed": self.commitment.to_string(),
            "found": found.to_string(),
            "matches": matches,
            "schema": "artifact-check/v1",
            "size": size.to_string(),
        });
        if matches {
            let text = format!("  {GOOD}✓{GOOD:#} artifact  {found}, {size} bytes\n\nmatches");
            return Ok(Answer::text(&document, text));
        }
        let text = format!(
            "  {BAD}✗{BAD:#} artifact  other bytes than were committed to\n               committed  {}\n               \
             found      {found}, {size} bytes\n\nrejected: {ARTIFACT_MISMATCH}",
            self.commitment
        );
        Ok(Answer::text(&document, text).exit(Exit::No))
    }
}

/// Hashes a file of any length in little memory.
fn digest(shell: &Shell, input: &Input) -> Result<(Digest, u64), CliError> {
    if let Input::File(path) = input
        && path.is_dir()
    {
        return Err(CliError::new(USAGE, "this is a directory, expected a file")
            .file(input.name())
            .hint("make one file of it; `tar --sort=name --mtime=@0 --owner=0 --group=0 -cf model.tar DIR` makes the same each time"));
    }
    let (mut reader, size) = input.open()?;
    let progress = shell.progress("hashing", size);
    let mut hasher = blake3::Hasher::new();
    let mut block = vec![0; BLOCK];
    loop {
        match reader.read(&mut block) {
            Ok(0) => break,
            Ok(count) => {
                hasher.update(&block[..count]);
                progress.advance(count as u64);
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(input.failed(&error)),
        }
    }
    Ok((Digest(*hasher.finalize().as_bytes()), hasher.count()))
}
