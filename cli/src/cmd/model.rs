//! `quittance model`: what a seller commits to.

use crate::args::example;
use crate::cmd::verify::market_key;
use crate::documents::{Artifact, ArtifactCheck};
use crate::error::{ARTIFACT_MISMATCH, CliError, Exit, FILE_NOT_FOUND, IS_DIRECTORY};
use crate::keys::{Purpose, Secret};
use crate::shell::{Answer, BAD, GOOD, Input, MIB, Output, Shell, WORD};
use quittance_circuits::number::Count;
use quittance_engine::entry::{
    EntryPayload as _, FileDigest, Label, MarketId, ModelCommitment, ModelId, Payload,
};
use quittance_engine::{Code, Reject};
use quittance_ledger::Envelope;
use std::io::{ErrorKind, Read as _};
use std::path::PathBuf;
use std::time::Instant;

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
///
/// With --key it is signed too, as a seller hands it in: then --task, --market and -o are needed.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance model commit model.bin"))]
struct Commit {
    /// The model, one file; - is stdin
    path: Input,
    /// The seller's keys: a directory made by `key new`
    #[arg(long, value_name = "DIR", requires = "task", requires = "output")]
    key: Option<PathBuf>,
    /// What the model is for, in a word
    #[arg(long, value_name = "WORD", requires = "key")]
    task: Option<Label>,
    /// The model that it was made from, 64 digits
    #[arg(long, value_name = "ID", requires = "key")]
    parent: Option<ModelId>,
    /// Where to write the signed file; - is stdout
    #[arg(short, value_name = "FILE", requires = "key")]
    output: Option<Output>,
}

/// Check that bytes are those that a seller committed to
///
/// The commitment is what `model commit` printed, or the seller's signed file. Of the signed file only the
/// commitment is read: who signed it is for `quittance verify` and the ledger.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance model check model.bin model.json"))]
struct Check {
    /// The model, one file; - is stdin
    path: Input,
    /// 64 hexadecimal digits, or the signed file of a model
    commitment: String,
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
        if let (Some(key), Some(task), Some(output)) = (&self.key, self.task, self.output) {
            let market = MarketId(market_key(shell)?.log.origin().clone());
            let key = Secret::of_folder(shell, key, Purpose::Signing)?.signing_key();
            let size = Count(size);
            let model = ModelCommitment { market, artifact, size, task, parent: self.parent, notes: None };
            let envelope = model.sign(&[&key]).map_err(|error| CliError::refused(&error.into()))?;
            return output.publish(shell, envelope.to_json().into_bytes());
        }
        let document = Artifact { schema: Artifact::SCHEMA, artifact, size: Count(size) };
        let line = |name: &str, value: &str| format!("{WORD}{name:<9}{WORD:#} {value}\n");
        let text = line("artifact", &artifact.to_string()) + &line("size", &format!("{size} bytes"));
        Ok(Answer::text(&document, text))
    }
}

impl Check {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let committed = Committed::read(&self.commitment)?;
        let (found, size) = digest(shell, &self.path)?;
        let matches = committed.artifact == found && committed.size.is_none_or(|count| count.0 == size);
        let document = ArtifactCheck {
            schema: ArtifactCheck::SCHEMA,
            code: (!matches).then_some(ARTIFACT_MISMATCH),
            committed: committed.artifact,
            found,
            matches,
            size: Count(size),
        };
        if matches {
            let first = format!("  {GOOD}✓{GOOD:#} artifact   the {size} bytes that were committed to");
            return Ok(Answer::text(&document, format!("{first}\n    found      {found}\n\nmatches")));
        }
        let other = committed.size.filter(|count| count.0 != size);
        let length = other.map_or_else(String::new, |count| format!(": {size}, where {count} are expected"));
        let text = format!(
            "  {BAD}✗{BAD:#} artifact   other bytes than were committed to{length}\n    \
             committed  {}\n    found      {found}\n\nrejected: {ARTIFACT_MISMATCH}",
            committed.artifact,
        );
        Ok(Answer::text(&document, text).exit(Exit::No))
    }
}

/// What a seller committed to.
struct Committed {
    artifact: FileDigest,
    /// Known from a signed file only.
    size: Option<Count>,
}

impl Committed {
    /// Reads what a person gave: the digits, or the name of a signed file.
    fn read(text: &str) -> Result<Self, CliError> {
        // Other programs print digests in upper case too; what is meant is clear.
        if let Ok(artifact) = text.to_ascii_lowercase().parse() {
            return Ok(Self { artifact, size: None });
        }
        // Standard input may be the model.
        let file = Input::File(text.into());
        let bytes = file.read(MIB).map_err(|error| match error.code {
            FILE_NOT_FOUND => CliError::new(FILE_NOT_FOUND, "neither 64 hexadecimal digits nor a file")
                .file(text)
                .hint("print the commitment with `quittance model commit PATH`"),
            _ => error,
        })?;
        let refused = |reject: Reject| CliError::refused(&reject).file(text);
        let envelope = Envelope::parse(&bytes).map_err(|error| refused(error.into()))?;
        match Payload::of_envelope(&envelope).map_err(refused)? {
            Payload::Model(model) => Ok(Self { artifact: model.artifact, size: Some(model.size) }),
            other => {
                let what = format!("the signed file of a {}, expected one of a model", other.kind().word());
                Err(refused(Code::KindUnknown.because(what)))
            }
        }
    }
}

/// Hashes a file of any length in little memory.
fn digest(shell: &Shell, input: &Input) -> Result<(FileDigest, u64), CliError> {
    let started = Instant::now();
    let (mut reader, size) = input.open().map_err(|error| match error.code {
        IS_DIRECTORY => error.hint("make one file of it with `tar --sort=name --mtime=@0 -cf model.tar DIR`"),
        _ => error,
    })?;
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
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(input.failed(&error)),
        }
    }
    shell.detail(&format!("hashed {} bytes in {:.1?}", hasher.count(), started.elapsed()));
    Ok((FileDigest(*hasher.finalize().as_bytes()), hasher.count()))
}
