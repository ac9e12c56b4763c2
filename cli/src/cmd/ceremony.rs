//! `quittance ceremony`: circuit keys that several parties make together.
//!
//! Files that are handed on: powers of tau (`.ptau`, phase 1), then the ceremony of the circuits (phase 2). Every step reads one
//! and writes the next; nothing needs a server.

mod begin;
mod check;
mod contribute;
mod finish;

use crate::args::example;
use crate::error::{CEREMONY_INVALID, CEREMONY_UNFIT, CliError, Exit, FILE_MALFORMED, IO_FAILED, reason};
use crate::shell::{Answer, Input, Shell};
use quittance_circuits::ceremony::{
    CEREMONY_MAGIC, Ceremony as Keys, CeremonyError, Contribution, PowersOrigin, Ptau,
};
use rand::SeedableRng;
use rand::rngs::{OsRng, StdRng};
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

/// Longest file that is read.
const LIMIT: u64 = 1 << 36;
/// How files of powers begin.
const PTAU: &[u8] = b"ptau";

/// Make circuit keys together, so that no one person could forge proofs under them
///
/// First the powers of tau (`new`, `contribute`, `beacon`; or take a published `.ptau` file), then the keys of circuits
/// (`phase2`, `contribute`, `beacon`), which everybody can check (`verify`) and the operator admits (`finish`). Each
/// step reads a file and writes the next one.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ceremony show last.ceremony"))]
pub struct Ceremony {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
#[command(subcommand_value_name = "COMMAND")]
enum Action {
    New(begin::New),
    Phase2(begin::Phase2),
    Contribute(contribute::Contribute),
    Beacon(contribute::Beacon),
    Show(check::Show),
    Verify(check::Verify),
    Finish(finish::Finish),
}

impl Ceremony {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        match self.action {
            Action::New(new) => new.run(shell),
            Action::Phase2(phase2) => phase2.run(shell),
            Action::Contribute(contribute) => contribute.run(shell),
            Action::Beacon(beacon) => beacon.run(shell),
            Action::Show(show) => show.run(shell),
            Action::Verify(verify) => verify.run(shell),
            Action::Finish(finish) => finish.run(shell),
        }
    }
}

/// A file that is handed on.
#[derive(Clone, PartialEq)]
enum Held {
    /// Phase 1.
    Powers(Box<Ptau>),
    /// Phase 2.
    Keys(Keys),
}

impl Held {
    fn read(shell: &Shell, path: &Path) -> Result<Self, CliError> {
        let _progress = shell.progress("reading the points", None);
        let mut start = Vec::new();
        let (reader, _) = Input::File(path.to_owned()).open()?;
        let taken = reader.take(CEREMONY_MAGIC.len() as u64).read_to_end(&mut start);
        taken.map_err(|error| CliError::io("read", path, &error))?;
        if start.starts_with(PTAU) {
            return Ok(Self::Powers(Box::new(powers(path, &[])?)));
        }
        if start != CEREMONY_MAGIC {
            let what = "neither powers of tau (`.ptau`) nor a ceremony's file of version 1";
            return Err(failed(CeremonyError::Malformed(what.into())).file(path.display().to_string()));
        }
        let bytes = Input::File(path.to_owned()).read(LIMIT)?;
        Keys::from_bytes(&bytes)
            .map(Self::Keys)
            .map_err(|error| failed(error).file(path.display().to_string()))
    }

    /// The ceremony, where a file of phase 2 is wanted.
    fn keys(&self) -> Result<&Keys, CliError> {
        match self {
            Self::Keys(keys) => Ok(keys),
            Self::Powers(_) => Err(CliError::new(CEREMONY_UNFIT, "these are powers of tau: phase 1")
                .hint("name a file of phase 2; its powers are checked with it")),
        }
    }

    fn to_bytes(&self) -> Result<Vec<u8>, CliError> {
        match self {
            Self::Keys(keys) => Ok(keys.to_bytes()),
            Self::Powers(ptau) => {
                let mut bytes = Vec::new();
                ptau.write(&mut bytes).map_err(failed)?;
                Ok(bytes)
            }
        }
    }

    fn phase(&self) -> u64 {
        match self {
            Self::Powers(_) => 1,
            Self::Keys(_) => 2,
        }
    }

    fn contributions(&self) -> &[Contribution] {
        match self {
            Self::Powers(ptau) => match &ptau.origin {
                PowersOrigin::Contributions(transcript) => &transcript.contributions,
                PowersOrigin::Imported => &[],
            },
            Self::Keys(keys) => &keys.transcript.contributions,
        }
    }

    /// What contributors write down: each stands for everything up to and with a contribution. Those of another program
    /// are its own.
    fn digests(&self) -> Vec<String> {
        let heads = match self {
            Self::Powers(ptau) => match &ptau.origin {
                PowersOrigin::Contributions(transcript) => transcript.heads(),
                PowersOrigin::Imported => vec![ptau.powers.digest()],
            },
            Self::Keys(keys) => keys.transcript.heads(),
        };
        heads.iter().map(hex::encode).collect()
    }

    /// The last of [`Self::digests`].
    fn digest(&self) -> String {
        self.digests().pop().unwrap_or_default()
    }

    /// Points that a contribution multiplies.
    fn points(&self) -> u64 {
        let points = match self {
            Self::Powers(ptau) => ptau.powers.len(),
            Self::Keys(keys) => keys.points(),
        };
        points as u64
    }
}

/// Reads powers of tau, and what is prepared for domains of these sizes.
fn powers(path: &Path, domains: &[u32]) -> Result<Ptau, CliError> {
    let file = File::open(path).map_err(|error| CliError::io("read", path, &error))?;
    Ptau::read(&mut BufReader::new(file), domains)
        .map_err(|error| failed(error).file(path.display().to_string()))
}

/// Why it went no further.
fn failed(error: CeremonyError) -> CliError {
    match error {
        CeremonyError::Malformed(what) => CliError::new(FILE_MALFORMED, what)
            .hint("ask for the file again, and compare its b3sum or sha256sum with theirs"),
        CeremonyError::Invalid(what) => {
            let error = CliError::new(CEREMONY_INVALID, what);
            let hint = "do not go on with this file: ask for the one before it, and show this to the others";
            CliError { exit: Exit::No, ..error.hint(hint) }
        }
        CeremonyError::Unfit(what) => CliError::new(CEREMONY_UNFIT, what)
            .hint("see where the ceremony stands: `quittance ceremony show FILE`"),
        CeremonyError::Io(error) => CliError::new(IO_FAILED, format!("cannot read it: {}", reason(&error))),
    }
}

/// Randomness that nobody else has.
fn random() -> Result<StdRng, CliError> {
    StdRng::from_rng(OsRng)
        .map_err(|error| CliError::new(IO_FAILED, format!("the system gives no randomness: {error}")))
}
