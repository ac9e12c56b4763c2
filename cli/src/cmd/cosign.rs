//! `quittance cosign`: a second required signature.

use crate::args::example;
use crate::documents::Signed;
use crate::error::CliError;
use crate::keys::{Purpose, Secret};
use crate::shell::{Answer, Input, MIB, Output, Secrecy, Shell, WORD};
use quittance_engine::entry::Payload;
use quittance_ledger::{Envelope, PublicKey};
use std::path::PathBuf;

/// Add your signature to a file that others must sign too, such as a round that you sell in
///
/// You sign all that the file says: read it first. Without -o the file itself is replaced, whole. A file that has
/// your signature already stays as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance cosign model.json --key acme -o signed.json"))]
pub struct Cosign {
    /// The signed file
    file: PathBuf,
    /// Your keys: a directory made by `key new`, or a signing key
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
    /// Where to write it; - is stdout
    #[arg(short, value_name = "FILE")]
    output: Option<Output>,
}

/// Reads a signed file and what it says. Verifies no signature.
///
/// # Errors
/// No such file, or not a signed file of a known kind.
pub fn read_signed(input: &Input) -> Result<(Envelope, Payload), CliError> {
    let bytes = input.read(MIB)?;
    let refused = |reject: &quittance_engine::Reject| CliError::refused(reject).file(input.name());
    let envelope = Envelope::parse(&bytes).map_err(|error| refused(&error.into()))?;
    let payload = Payload::of_envelope(&envelope).map_err(|reject| refused(&reject))?;
    Ok((envelope, payload))
}

impl Cosign {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let (mut envelope, payload) = read_signed(&Input::File(self.file.clone()))?;
        let key = Secret::of_folder(shell, &self.key, Purpose::Signing)?.signing_key();
        let id = PublicKey::from(&key).id();
        if !envelope.signatures().iter().any(|signature| signature.key_id == id) {
            envelope.add_signature(&key).map_err(|error| CliError::refused(&error.into()))?;
        }
        let bytes = envelope.to_json().into_bytes();
        if let Some(output) = self.output {
            return output.publish(shell, bytes);
        }
        shell.replace(&self.file, &bytes, Secrecy::Public)?;
        let file = self.file.display().to_string();
        let signers: Vec<String> = envelope.signatures().iter().map(|s| s.key_id.to_string()).collect();
        let (kind, record) = (payload.kind().word(), envelope.record_id().to_string());
        let lines: String = signers.iter().map(|id| format!("  {WORD}signed by{WORD:#} {id}\n")).collect();
        let text = format!("{file}: a {kind}, record {record}\n{lines}");
        Ok(Answer::text(&Signed { schema: Signed::SCHEMA, file, kind, record, signed_by: signers }, text))
    }
}
