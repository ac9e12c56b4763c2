//! `quittance key`: a member's own keys.

use crate::args::example;
use crate::error::{CliError, FILE_EXISTS, USAGE};
use crate::keys::{Purpose, Secret};
use crate::shell::{Answer, Shell, WORD};
use quittance_ledger::PublicKey;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Make and show your own keys
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance key new acme"))]
pub struct Key {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
#[command(subcommand_value_name = "COMMAND")]
enum Action {
    New(New),
    Show(Show),
}

/// Make the keys of a member: a directory with three secret files
///
/// signing.key signs in your name; seal.key reads the results that are sealed to you; blinding.seed hides your
/// valuations, and remakes the openings of lost bids. Each is readable by you alone. Keep a copy: nobody else
/// has one.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance key new acme"))]
struct New {
    /// The directory to make
    #[arg(value_name = "NAME")]
    directory: PathBuf,
}

/// Show the public parts of keys; the secrets stay where they are
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance key show acme"))]
struct Show {
    /// A directory made by `key new`, or its signing.key or seal.key
    #[arg(value_name = "FILE")]
    path: PathBuf,
}

/// What others may know: for the operator, who registers a member.
#[derive(Debug, Default, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicKeys {
    /// The Ed25519 public key.
    key: Option<String>,
    /// Its name in signatures.
    key_id: Option<String>,
    /// `public-keys/v1`.
    schema: &'static str,
    /// The X25519 public key.
    seal_key: Option<String>,
}

impl Key {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        match self.action {
            Action::New(new) => new.run(shell),
            Action::Show(show) => show.run(shell),
        }
    }
}

impl New {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let path = |purpose: Purpose| self.directory.join(purpose.file());
        // All three or none: a new key beside an old seed would be nobody's.
        if let Some(there) = Purpose::ALL.into_iter().map(path).find(|path| path.exists() && !shell.yes()) {
            return Err(CliError::new(FILE_EXISTS, "there are keys already; what they seal would be lost")
                .file(there.display().to_string())
                .hint("name another directory, or replace the keys with --yes"));
        }
        shell.make_private_dir(&self.directory)?;
        for purpose in Purpose::ALL {
            Secret::random()?.write(shell, &path(purpose))?;
        }
        let name = self.directory.display();
        shell.note(&format!(
            "wrote three secret files to {name}: keep a copy of them where only you can read it"
        ));
        Show { path: self.directory }.run(shell)
    }
}

impl Show {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let mut public = PublicKeys { schema: "public-keys/v1", ..PublicKeys::default() };
        if self.path.is_dir() {
            public.add(shell, Purpose::Signing, &self.path.join(Purpose::Signing.file()))?;
            public.add(shell, Purpose::Seal, &self.path.join(Purpose::Seal.file()))?;
        } else {
            public.add(shell, purpose_of(&self.path)?, &self.path)?;
        }
        let lines = [("key", &public.key), ("key id", &public.key_id), ("seal key", &public.seal_key)];
        let line = |(name, value): (&str, &Option<String>)| {
            value.as_ref().map(|value| format!("{WORD}{name:<9}{WORD:#} {value}\n"))
        };
        let text: String = lines.into_iter().filter_map(line).collect();
        Ok(Answer::text(&public, text))
    }
}

impl PublicKeys {
    fn add(&mut self, shell: &Shell, purpose: Purpose, path: &Path) -> Result<(), CliError> {
        let secret = Secret::read(shell, path)?;
        match purpose {
            Purpose::Signing => {
                let key: PublicKey = secret.signing_public();
                self.key = Some(hex::encode(key.to_bytes()));
                self.key_id = Some(key.id().to_string());
            }
            Purpose::Seal => self.seal_key = Some(secret.seal_public().to_string()),
            Purpose::Blinding => {}
        }
        Ok(())
    }
}

/// What a single file is for. Any 32 bytes could be any of the three, so its name decides.
fn purpose_of(path: &Path) -> Result<Purpose, CliError> {
    let usage = |what: &str| CliError::new(USAGE, what).file(path.display().to_string());
    match Purpose::of(path) {
        Some(Purpose::Blinding) => {
            Err(usage("a blinding seed has no public part").hint("show its directory"))
        }
        Some(purpose) => Ok(purpose),
        None if !path.exists() => {
            let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
            Err(CliError::io("read", path, &missing).hint("make keys with `quittance key new NAME`"))
        }
        None => Err(usage("a key's file is called signing.key or seal.key").hint("show its directory")),
    }
}
