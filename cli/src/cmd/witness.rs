//! `quittance witness`: cosigning the checkpoints of other people's logs, by C2SP tlog-witness.
//!
//! | path | what | who learns it can |
//! |---|---|---|
//! | `private/signing.key` | signs cosignatures | cosign in the witness's name |
//! | `witness.vkey` | the witness's verifier key | believe its cosignatures |
//! | `logs` | verifier keys of the logs that it follows | |
//! | `state/<origin>.checkpoint` | what it cosigned last | nothing; who *puts back* an older one can have a log forked |

use crate::args::example;
use crate::documents::WitnessMade;
use crate::error::{
    ADDRESS_TAKEN, CliError, FILE_MALFORMED, IO_FAILED, LEDGER_FAILED, NOT_CHECKED, WITNESS_RUNNING, reason,
};
use crate::http::{self, Reply};
use crate::keys::{Purpose, Secret};
use crate::shell::{Answer, Input, MIB, Secrecy, Shell, WORD};
use crate::witnesses::PATH;
use quittance_ledger::witness::{Declined, MAX_REQUEST, Witness as Cosigner, memory_file, read_logs};
use quittance_ledger::{CosigningKey, FileAnchor, FileError, MarketKey, Origin, VerifierKey};
use rustix::fs::{FlockOperation, flock};
use std::convert::Infallible;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The file of the witness's verifier key.
const VKEY: &str = "witness.vkey";
/// The file of the logs that it follows.
const LOGS: &str = "logs";
/// What stands above the logs.
const LOGS_HEAD: &str =
    "# The logs that this witness follows: verifier keys, a line each. Read when `witness serve` starts.\n";

/// Watch other people's logs: cosign what only grows
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance witness new river --name river.example/w --log market/market.vkey"))]
pub struct Witness {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
#[command(subcommand_value_name = "COMMAND")]
enum Action {
    New(New),
    Serve(Serve),
}

/// Make a witness's folder: its key, and the logs that it follows
///
/// The key is for this witness alone: a cosignature does not say whose it is.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance witness new north --name north.example/w --log market/market.vkey"))]
struct New {
    /// The witness's folder
    dir: PathBuf,
    /// The witness's name for ever: a domain of yours and a path
    #[arg(long, value_name = "NAME")]
    name: String,
    /// A market.vkey, or a file of logs' verifier keys; may be repeated
    #[arg(long, value_name = "FILE")]
    log: Vec<PathBuf>,
}

/// Answer logs that ask for cosignatures, until Ctrl-C
///
/// Cosigns a checkpoint only if its tree contains the one that was cosigned last, and keeps it on disk before it
/// answers. Speaks HTTP: a proxy in front of it speaks TLS, and limits who may ask how often.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance witness serve north --listen 127.0.0.1:0"))]
struct Serve {
    /// The witness's folder
    dir: PathBuf,
    /// Where to listen; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8400")]
    listen: SocketAddr,
}

impl Witness {
    /// Runs the command.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        match self.action {
            Action::New(new) => new.run(shell),
            Action::Serve(serve) => serve.run(shell).map(|never| match never {}),
        }
    }
}

fn refused(error: &FileError, path: &Path) -> CliError {
    CliError::new(error.code(), error.to_string()).file(path.display().to_string())
}

/// The text of a file.
fn text_of(path: &Path) -> Result<String, CliError> {
    let bytes = Input::File(path.into()).read(MIB)?;
    String::from_utf8(bytes)
        .map_err(|_| CliError::new(FILE_MALFORMED, "not UTF-8").file(path.display().to_string()))
}

/// The logs of a `market.vkey`, which has one, or of a list.
fn logs_of(path: &Path) -> Result<Vec<VerifierKey>, CliError> {
    let text = text_of(path)?;
    match text.parse::<MarketKey>() {
        Ok(market) => Ok(vec![market.log]),
        Err(_) => read_logs(&text).map_err(|error| refused(&error, path)),
    }
}

impl New {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let name: Origin =
            self.name.parse().map_err(|error: FileError| CliError::new(error.code(), error.to_string()))?;
        let mut logs = LOGS_HEAD.to_owned();
        for path in &self.log {
            logs_of(path)?.iter().for_each(|log| logs.push_str(&format!("{log}\n")));
        }
        read_logs(&logs).map_err(|error| refused(&error, &self.dir.join(LOGS)))?;
        shell.make_dir(&self.dir)?;
        let private = self.dir.join("private");
        shell.make_private_dir(&private)?;
        let file = private.join(Purpose::Signing.file());
        let secret = Secret::random()?;
        secret.write(shell, &file)?;
        let key = CosigningKey::new(name, secret.signing_key()).witness_key();
        shell.write(&self.dir.join(VKEY), format!("{key}\n").as_bytes(), Secrecy::Public)?;
        shell.write(&self.dir.join(LOGS), logs.as_bytes(), Secrecy::Public)?;
        shell.make_dir(&self.dir.join("state"))?;
        let dir = self.dir.display().to_string();
        let text = format!(
            "witness {key}\n\nA market that relies on it has this line in its policy:\n\n  \
             {WORD}witness NAME {key} URL{WORD:#}\n\nNext: {WORD}quittance witness serve {dir}{WORD:#}\n"
        );
        Ok(Answer::text(&WitnessMade { schema: WitnessMade::SCHEMA, dir, key: key.to_string() }, text))
    }
}

impl Serve {
    fn run(self, shell: &Shell) -> Result<Infallible, CliError> {
        let state = self.dir.join("state");
        let _lock = locked(shell, &state)?;
        let witness = self.witness(shell, &state)?;
        let taken = |error: std::io::Error| {
            CliError::new(ADDRESS_TAKEN, format!("cannot listen at {}: {}", self.listen, reason(&error)))
                .hint("name another address: --listen 127.0.0.1:0")
        };
        let listener = TcpListener::bind(self.listen).map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        shell.note(&format!("witness {} listens at http://{address}; Ctrl-C ends it", witness.key()));
        let quiet = Shell::new(shell.common().clone());
        let answer = move |body: &[u8]| reply(&quiet, witness.add_checkpoint(body, now()));
        http::serve(listener, PATH, MAX_REQUEST, answer)
            .map_err(|error| CliError::new(IO_FAILED, format!("cannot go on listening: {}", reason(&error))))
    }

    /// The witness of the folder, with what it remembers.
    fn witness(&self, shell: &Shell, state: &Path) -> Result<Cosigner, CliError> {
        let path = self.dir.join(VKEY);
        let text = text_of(&path)?;
        let public = text.trim_end().parse::<quittance_ledger::WitnessKey>();
        let public = public.map_err(|error| refused(&error, &path))?;
        let secret = Secret::of_folder(shell, &self.dir.join("private"), Purpose::Signing)?;
        let key = CosigningKey::new(public.name().clone(), secret.signing_key());
        if key.witness_key() != public {
            let what = "the secret key is not the one of this verifier key";
            return Err(CliError::new(crate::error::KEY_MALFORMED, what).file(path.display().to_string()));
        }
        let witness = Cosigner::new(key);
        let path = self.dir.join(LOGS);
        let logs = read_logs(&text_of(&path)?).map_err(|error| refused(&error, &path))?;
        if logs.is_empty() {
            return Err(CliError::new(NOT_CHECKED, "this witness follows no log")
                .file(path.display().to_string())
                .hint("write the verifier keys of logs into the file, a line each"));
        }
        for log in logs {
            let file = state.join(memory_file(log.origin()));
            let origin = log.origin().clone();
            let last = witness.follow(log, Box::new(FileAnchor::at(&file))).map_err(|error| {
                let what = format!("what the witness remembers of {origin} cannot be relied on: {error}");
                CliError::new(LEDGER_FAILED, what)
                    .file(file.display().to_string())
                    .hint("put back the newest copy; without it, make a new witness with a new key")
            })?;
            shell.note(&format!("follows {origin}, {} entries", last.size));
        }
        Ok(witness)
    }
}

/// Holds the memory for this process alone: two witnesses with one key could cosign two histories.
fn locked(shell: &Shell, state: &Path) -> Result<File, CliError> {
    shell.make_dir(state)?;
    let path = state.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| CliError::io("write", &path, &error))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(error) if error == rustix::io::Errno::WOULDBLOCK => {
            Err(CliError::new(WITNESS_RUNNING, "another process serves this witness")
                .file(path.display().to_string())
                .hint("one process per witness: end the other one first"))
        }
        Err(error) => Err(CliError::io("write", &path, &error.into())),
    }
}

/// POSIX seconds of the witness's clock, which its cosignatures vouch for.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The decision in HTTP's words, and a line about it for whoever runs the witness.
fn reply(shell: &Shell, decision: Result<quittance_ledger::checkpoint::SignatureLine, Declined>) -> Reply {
    match decision {
        Ok(line) => {
            shell.detail("cosigned a checkpoint");
            Reply { status: 200, kind: "text/plain; charset=utf-8", body: line.to_bytes() }
        }
        Err(declined) => {
            match &declined {
                Declined::Store(error) => shell.warn(&format!("{declined}: {error}")),
                Declined::Inconsistent { .. } => shell.note(&format!("declined: {declined}")),
                other => shell.detail(&format!("declined: {other}")),
            }
            match declined {
                Declined::Conflict { size } => {
                    Reply { status: 409, kind: "text/x.tlog.size", body: format!("{size}\n").into_bytes() }
                }
                declined => Reply::text(declined.status(), &declined.to_string()),
            }
        }
    }
}
