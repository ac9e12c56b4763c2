//! Asking to join.

use super::{beside, words};
use crate::args::example;
use crate::cmd::verify::market_key;
use crate::documents;
use crate::error::{CliError, USAGE};
use crate::keys::{Purpose, Secret};
use crate::shell::{Answer, Secrecy, Shell, WORD};
use quittance_engine::entry::{EntryPayload as _, MarketId, MemberEntry, Role};
use quittance_engine::kept::{name_blob, name_digest};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// BLAKE3 context of the salts of names.
const SALT_CONTEXT: &str = "quittance v1 name-salt";

/// Make a request to join a market, signed with your key, for the operator to sign too
///
/// Beside it a file with your name and a salt is written, <request>.name.json: hand in both. On the ledger stands
/// only a digest of that, so the name can be erased. The same keys and name give the same request again.
#[derive(Debug, clap::Args)]
#[command(after_help = example(
    "quittance member request acme --roles bidder,seller --market market/market.vkey -o acme.request.json"
))]
pub(super) struct Request {
    /// Your name in this market
    name: String,
    /// What you want to do: bidder, seller, evaluator, auditor
    #[arg(long, required = true, value_delimiter = ',', value_parser = role)]
    roles: Vec<Role>,
    /// Your keys: a directory made by `key new`; by default the one of your name
    #[arg(long, value_name = "DIR")]
    key: Option<PathBuf>,
    /// Where to write the request
    #[arg(short, value_name = "FILE")]
    output: PathBuf,
}

fn role(text: &str) -> Result<Role, String> {
    serde_json::from_value(text.into()).map_err(|_| "one of bidder, seller, evaluator, auditor".to_owned())
}

impl Request {
    /// Runs the command.
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        if self.name.is_empty() || self.name.len() > 128 || self.name.chars().any(char::is_control) {
            return Err(CliError::new(USAGE, "a name has 1 to 128 bytes and no control characters"));
        }
        let market = MarketId(market_key(shell)?.log.origin().clone());
        let folder = self.key.unwrap_or_else(|| PathBuf::from(&self.name));
        let signing = Secret::of_folder(shell, &folder, Purpose::Signing)?;
        let seal = Secret::read(shell, &folder.join(Purpose::Seal.file()))?;
        let seed = Secret::read(shell, &folder.join(Purpose::Blinding.file()))?;
        // Nobody finds the name by trying names, without the seed; and a repeated request is the same request.
        let mut salt = blake3::Hasher::new_derive_key(SALT_CONTEXT);
        for part in [&seed.bytes()[..], market.as_str().as_bytes(), self.name.as_bytes()] {
            salt.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        let blob = name_blob(&self.name, salt.finalize().as_bytes());
        let roles: BTreeSet<Role> = self.roles.into_iter().collect();
        let entry = MemberEntry {
            market,
            name: name_digest(&blob),
            key: signing.signing_public().into(),
            seal_key: seal.seal_public(),
            roles: roles.clone(),
        };
        let envelope =
            entry.sign(&[&signing.signing_key()]).map_err(|error| CliError::refused(&error.into()))?;
        let name_file = beside(&self.output, "name.json");
        shell.write_again(&name_file, &blob, Secrecy::Secret)?;
        shell.write_again(&self.output, envelope.to_json().as_bytes(), Secrecy::Public)?;
        let (file, name_file) = (self.output.display().to_string(), name_file.display().to_string());
        let text = format!(
            "wrote {file} and {name_file}: a request to join as {}\nhand both to the operator, who answers with \
             {WORD}quittance member add{WORD:#}",
            words(roles.iter().copied())
        );
        let document =
            documents::MemberRequest { schema: documents::MemberRequest::SCHEMA, file, name_file, roles };
        Ok(Answer::text(&document, text))
    }
}
