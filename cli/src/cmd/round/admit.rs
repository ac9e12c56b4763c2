//! Answering what members hand in: each file gets a receipt or a signed refusal.

use crate::args::example;
use crate::cmd::demo::failed;
use crate::documents::{Admitted, FileAnswer};
use crate::error::{CliError, Exit};
use crate::market_dir::{DirArg, MarketDir, Working, now_ms};
use crate::shell::{Answer, Input, MIB, Secrecy, Shell, Table};
use quittance_circuits::number::Count;
use quittance_engine::entry::{Payload, SealKey};
use quittance_engine::market::Status;
use quittance_engine::operator::OperatorError;
use quittance_engine::seal::HpkeSecret;
use quittance_ledger::Envelope;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Put signed files on the ledger: bids, models, reports, members, rounds that their sellers have signed
///
/// Each is answered by a receipt, or by a refusal that the operator signs; both are written to the answers folder,
/// named after the file, to be handed back. A refused file does not stop the others; if there is one, the exit code
/// is 1. A file that stands on the ledger already gets its receipt again.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance round admit market/rounds/1/bids/acme-meters.json --dir market"))]
pub(super) struct Admit {
    /// The signed files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    dir: DirArg,
    /// Where to write receipts and refusals; by default the folder that market.toml names
    #[arg(long, value_name = "DIR")]
    answers: Option<PathBuf>,
}

/// How a file was answered.
enum Answered {
    /// It stands at this entry.
    Admitted(u64),
    /// The refusal's code, what was found, and the signed file.
    Refused(&'static str, String, Vec<u8>),
}

/// A file and how it was answered.
struct Submission {
    path: PathBuf,
    bytes: Vec<u8>,
    answered: Answered,
}

impl Admit {
    /// Runs the command.
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        // All are read before one is answered: a misspelt name answers none.
        let read = |path: PathBuf| Ok((Input::File(path.clone()).read(MIB)?, path));
        let files: Vec<(Vec<u8>, PathBuf)> =
            self.files.into_iter().map(read).collect::<Result<_, CliError>>()?;
        let dir = MarketDir::open(&self.dir.dir)?;
        let answers = self.answers.unwrap_or_else(|| dir.answers());
        let mut operator = dir.operator(shell)?;
        let mut secrets = open_secrets(shell, &dir, &operator)?;
        let progress = shell.progress("admitting", Some(files.len() as u64));
        let mut submissions = Vec::new();
        for (bytes, path) in files {
            let answered = answer(shell, &dir, &mut operator, &mut secrets, &bytes)
                .map_err(|error| error.file(path.display().to_string()))?;
            submissions.push(Submission { path, bytes, answered });
            progress.advance(1);
        }
        drop(progress);
        operator.checkpoint().map_err(|error| failed(&error))?;
        shell.make_dir(&answers)?;
        report(shell, &operator, &answers, &submissions)
    }
}

/// The secrets of all open rounds.
fn open_secrets(
    shell: &Shell,
    dir: &MarketDir,
    operator: &Working,
) -> Result<BTreeMap<SealKey, HpkeSecret>, CliError> {
    let rounds = operator.market().rounds();
    let open = rounds.into_iter().filter(|round| round.status == Status::Open);
    dir.round_secrets(shell, open.filter_map(|round| round.entry.hpke_key))
}

/// The public key that a submitted bid is sealed to.
fn sealed_to(operator: &Working, bytes: &[u8]) -> Option<SealKey> {
    match Payload::of_envelope(&Envelope::parse(bytes).ok()?).ok()? {
        Payload::Bid(bid) => operator.market().round(bid.round)?.entry.hpke_key,
        _ => None,
    }
}

fn answer(
    shell: &Shell,
    dir: &MarketDir,
    operator: &mut Working,
    secrets: &mut BTreeMap<SealKey, HpkeSecret>,
    bytes: &[u8],
) -> Result<Answered, CliError> {
    let public = sealed_to(operator, bytes);
    if let Some(public) = public.filter(|public| !secrets.contains_key(public)) {
        // A round that was admitted a moment ago.
        secrets.extend(dir.round_secrets(shell, [public])?);
    }
    match operator.submit(bytes, |_| secrets.get(&public?), now_ms()) {
        Ok(index) => Ok(Answered::Admitted(index)),
        Err(OperatorError::Refused(reject)) if reject.code.is_refusal() => {
            let refusal = operator.refuse(bytes, &reject).map_err(|error| failed(&error))?;
            Ok(Answered::Refused(reject.code(), reject.found, refusal.to_json().into_bytes()))
        }
        // The operator's own trouble answers nobody.
        Err(error) => Err(failed(&error)),
    }
}

/// Writes the answers and says what they are.
fn report(
    shell: &Shell,
    operator: &Working,
    answers: &std::path::Path,
    submissions: &[Submission],
) -> Result<Answer, CliError> {
    let mut table = Table::new(&["file", "answer", "entry", "written to", "why"]);
    let mut rows = Vec::new();
    let mut exit = Exit::Done;
    for Submission { path, bytes, answered } in submissions {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // Two files of one name are two files.
        let digest = &blake3::hash(bytes).to_hex()[..8];
        let (word, entry, why, file) = match answered {
            Answered::Admitted(index) => {
                let receipt = operator.receipt(*index).map_err(|error| failed(&error))?;
                let file = answers.join(format!("{stem}-{digest}.tlog-proof"));
                shell.replace(&file, &receipt.to_bytes(), Secrecy::Public)?;
                ("admitted", Some(Count(*index)), "", file)
            }
            Answered::Refused(code, found, refusal) => {
                exit = Exit::No;
                let file = answers.join(format!("{stem}-{digest}.refusal.json"));
                shell.replace(&file, refusal, Secrecy::Public)?;
                (*code, None, found.as_str(), file)
            }
        };
        let (name, file) = (path.display().to_string(), file.display().to_string());
        let stands = entry.map_or("-".to_owned(), |index| index.to_string());
        table.row([&name, word, &stands, &file, why]);
        let code = entry.is_none().then(|| word.to_owned());
        rows.push(FileAnswer { admitted: entry.is_some(), answer: file, code, entry, file: name });
    }
    Ok(Answer::table(&Admitted { schema: Admitted::SCHEMA, answers: rows }, table).exit(exit))
}
