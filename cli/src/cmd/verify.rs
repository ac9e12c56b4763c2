//! `quittance verify`: was I treated right?

mod form;
mod history;

use crate::args::example;
use crate::cmd::dispute::evidence;
use crate::documents::Verdicts;
use crate::error::{CliError, Exit, FILE_TOO_LARGE, LEDGER_FAILED, MARKET_KEY_MISSING, NOT_CHECKED};
use crate::keys::{Purpose, Secret};
use crate::page::Page;
use crate::shell::{Answer, BAD, GOOD, Input, MIB, Shell, WORD};
use crate::storage::{self, Access};
pub use form::Form;
use history::Past;
use quittance_circuits::rule;
use quittance_circuits::sealed::Opening;
use quittance_engine::bundle::{Bundle, MAX_BUNDLE};
use quittance_engine::entry::{Kind, Payload, UtcTime};
use quittance_engine::refusal::Refusal;
use quittance_engine::seal::HpkeSecret;
use quittance_engine::verdict::{Check, State, Verdict};
use quittance_engine::verify::{Own, YOUR_RESULTS, verify};
use quittance_engine::{Code, Market, Reject};
use quittance_ledger::{Entry, Envelope, FileError, Log, MarketKey, Receipt, SignedCheckpoint};
use std::path::{Path, PathBuf};

/// Verify files offline: a bundle, a report page, a receipt, a bid, a checkpoint, evidence, a signed refusal
///
/// Says *yes* (0), *no* (1) or that there is no answer (2). Nothing is asked of a network or a database: all that
/// a check compares is in the files, and all that it trusts is the market's key.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance verify market/rounds/1/bundle.json --market market/market.vkey"))]
pub struct Verify {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<Input>,
    /// Your signed bid, to find it in a bundle or to check a receipt with it
    #[arg(long, value_name = "FILE")]
    bid: Option<Input>,
    /// What opens your bid; it is read and shown to nobody
    #[arg(long, value_name = "FILE", requires = "bid")]
    opening: Option<Input>,
    /// Your keys, to open a result that is sealed to you; `seal.key` alone is enough
    #[arg(long, value_name = "KEYS", requires = "bid")]
    key: Option<PathBuf>,
    /// The receipt that you got for your bid
    #[arg(long, value_name = "FILE")]
    receipt: Option<Input>,
    /// A bundle of the market: a signed refusal needs the operator's key, which stands in the market's first entry
    #[arg(long, value_name = "FILE", conflicts_with = "ledger")]
    bundle: Option<Input>,
    /// Compare with the checkpoint that you saw last, and remember this one; SOURCE is what `ledger watch` takes, for
    /// the proof that both are of one history
    #[arg(long, value_name = "SOURCE", num_args = 0..=1, require_equals = true)]
    history: Option<Option<PathBuf>>,
}

/// What a member brings, read.
struct Brought {
    bid: Option<Vec<u8>>,
    opening: Option<Opening>,
    seal: Option<HpkeSecret>,
    receipt: Option<Vec<u8>>,
    /// Entry 0, from a bundle or a ledger.
    entry0: Option<Entry>,
}

impl Verify {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let key = market_key(shell)?;
        let read = |input: &Option<Input>| input.as_ref().map(|input| input.read(MIB)).transpose();
        let opening = |input: &Input| {
            let bytes = zeroize::Zeroizing::new(input.read(MIB)?);
            Opening::from_json(&bytes).map_err(|error| CliError::malformed(&error).file(input.name()))
        };
        let seal = |folder: &PathBuf| {
            Secret::of_folder(shell, folder, Purpose::Seal).map(|secret| secret.hpke_secret())
        };
        let brought = Brought {
            bid: read(&self.bid)?,
            opening: self.opening.as_ref().map(opening).transpose()?,
            seal: self.key.as_ref().map(seal).transpose()?,
            receipt: read(&self.receipt)?,
            entry0: self.entry0(shell)?,
        };
        let past = self.history.as_ref().map(|source| Past::of(shell, &key, source.as_ref()));
        let mut past = past.transpose()?;
        let mut verdicts = Vec::new();
        for file in &self.files {
            let bytes = file.read(MAX_BUNDLE as u64)?;
            let mut verdict = judge(&bytes, &key, &brought).and_then(answerable);
            if let Some(past) = &mut past {
                verdict = verdict.and_then(|verdict| past.judge(shell, &key, &bytes, verdict));
            }
            verdicts.push(verdict.map_err(|error| error.file(file.name()))?);
        }
        let text: Vec<String> = verdicts.iter().map(show).collect();
        let exit = if verdicts.iter().all(|verdict| verdict.verified) { Exit::Done } else { Exit::No };
        let text = text.join("\n");
        let answer = match verdicts.as_slice() {
            [verdict] => Answer::text(verdict, text),
            _ => Answer::text(&Verdicts { schema: Verdicts::SCHEMA, verdicts }, text),
        };
        Ok(answer.exit(exit))
    }

    /// The market's first entry, if the person names something that holds it.
    fn entry0(&self, shell: &Shell) -> Result<Option<Entry>, CliError> {
        if let Some(input) = &self.bundle {
            let malformed = |what: String| CliError::new("file_malformed", what).file(input.name());
            let bundle = Bundle::parse(&input.read(MAX_BUNDLE as u64)?);
            let bundle = bundle.map_err(|error| malformed(error.to_string()))?;
            let first = bundle.entries.first().filter(|entry| entry.index.0 == 0);
            let first = first.ok_or_else(|| malformed("the bundle has no entry 0".into()))?;
            return Entry::decode(&first.entry.0).map(Some).map_err(|error| malformed(error.to_string()));
        }
        let Some(path) = shell.ledger() else { return Ok(None) };
        let log = Log::open(storage::open(path, Access::Read)?);
        let entry = log.and_then(|log| log.entry(0));
        entry.map(Some).map_err(|error| CliError::new(LEDGER_FAILED, error.to_string()))
    }
}

/// The market's key, from the file that the person names.
///
/// # Errors
/// None is named, or the file is no market's key.
pub fn market_key(shell: &Shell) -> Result<MarketKey, CliError> {
    let missing = || {
        CliError::new(MARKET_KEY_MISSING, "the market's key is missing: a file cannot vouch for itself")
            .hint("name the key that you have from a source you trust: --market market.vkey")
    };
    market_key_at(shell.market().ok_or_else(missing)?)
}

/// The market's key in a file.
///
/// # Errors
/// No such file, or it is no market's key.
pub fn market_key_at(path: &Path) -> Result<MarketKey, CliError> {
    let input = Input::File(path.to_owned());
    let hint = "name the market's key, as its operator publishes it: --market market.vkey";
    let bytes = input.read(MIB).map_err(|error| match error.code {
        FILE_TOO_LARGE => error.hint(hint),
        _ => error,
    })?;
    let text = String::from_utf8_lossy(&bytes);
    text.parse().map_err(|error: FileError| CliError::refused(&error.into()).file(input.name()).hint(hint))
}

/// The verdict on a file of any kind.
fn judge(bytes: &[u8], key: &MarketKey, brought: &Brought) -> Result<Verdict, CliError> {
    match Form::of(bytes) {
        Some(Form::Evidence(kind)) => evidence(kind, bytes, key),
        Some(Form::Bundle) => bundle(bytes, key, brought),
        Some(Form::Page) => {
            let page = Page::parse(bytes)?;
            Ok(page.judge(bundle(&page.bundle, key, brought)?, key))
        }
        Some(Form::Receipt) => receipt(bytes, key, brought),
        Some(Form::Checkpoint) => Ok(checkpoint(bytes, key)),
        Some(Form::Signed) => match Envelope::parse(bytes) {
            Ok(envelope) if envelope.kind() == Ok("refusal") => refusal(bytes, key, brought),
            Ok(envelope) => signed_file(&envelope, key),
            Err(error) => Ok(Verdict::of_one("a signed file", "file", Err(error.into()), &[VIEW])),
        },
        None => Err(CliError::new("kind_unknown", "not a file that verify knows").hint(
            "name a bundle, a report page, a receipt, a signed file, a checkpoint, evidence or a signed refusal: `quittance help files`",
        )),
    }
}

/// A file of another market than the key's says nothing about the key's market: no answer, rather than *no*.
///
/// # Errors
/// `market_mismatch`.
pub fn answerable(verdict: Verdict) -> Result<Verdict, CliError> {
    if verdict.code != Some(Code::MarketMismatch) {
        return Ok(verdict);
    }
    let failed = verdict.checks.iter().find(|check| check.state == State::Failed);
    let what = failed.map_or("a file of another market", |check| &check.compared);
    Err(CliError::new(Code::MarketMismatch.word(), what)
        .hint("name the key of the market that the file is of: --market FILE"))
}

fn bundle(bytes: &[u8], key: &MarketKey, brought: &Brought) -> Result<Verdict, CliError> {
    let own = Own {
        bid: brought.bid.as_deref(),
        opening: brought.opening.as_ref(),
        receipt: brought.receipt.as_deref(),
        seal: brought.seal.as_ref(),
    };
    let verdict = verify(bytes, key, own);
    let unopened = |check: &&Check| check.name == YOUR_RESULTS && check.state == State::NotMade;
    match verdict.checks.iter().find(unopened).filter(|_| brought.seal.is_some()) {
        Some(check) => Err(CliError::new(NOT_CHECKED, format!("your results are {}", check.compared))
            .hint("bring the `seal.key` of the bid's member: --key KEYS")),
        None => Ok(verdict),
    }
}

fn checkpoint(bytes: &[u8], key: &MarketKey) -> Verdict {
    let found = SignedCheckpoint::parse(bytes).map_err(Reject::from).and_then(|note| {
        let witnessed = key.witnessed(&note)?;
        let tree = witnessed.check_quorum()?;
        let by = witnessed.times().iter().map(|(name, time)| {
            let at = UtcTime::from_unix_seconds(*time).map_or_else(|| time.to_string(), |at| at.to_string());
            format!(", cosigned by {name} at {at}")
        });
        Ok(format!("{} entries, root {}{}", tree.size, tree.root, by.collect::<String>()))
    });
    Verdict::of_one("a checkpoint", "checkpoint", found, &[HISTORY])
}

const HISTORY: &str = "history before this checkpoint (`--history`)";
const VIEW: &str = "other members' view of the log";

/// A receipt needs the entry that it is for.
fn receipt(bytes: &[u8], key: &MarketKey, brought: &Brought) -> Result<Verdict, CliError> {
    let Some(bid) = &brought.bid else {
        return Err(CliError::new("bid_missing", "a receipt says where an entry stands, not which entry")
            .hint("name your signed file too: --bid FILE"));
    };
    let found = Receipt::parse(bytes).map_err(Reject::from).and_then(|receipt| {
        let envelope = Envelope::parse(bid)?;
        let kind = Kind::of_envelope(&envelope)?;
        key.witnessed(&receipt.checkpoint)?;
        let index = receipt.index;
        receipt.verify_in(receipt.leaf(kind.byte(), envelope), key)?;
        Ok(format!("your {} stands at entry {index}", kind.word()))
    });
    Ok(Verdict::of_one("a receipt", "receipt", found, &[VIEW, HISTORY]))
}

/// A signed file on its own: a wrong one is refused, but none is verified, because who must have signed it is known
/// only with the ledger.
fn signed_file(envelope: &Envelope, key: &MarketKey) -> Result<Verdict, CliError> {
    let found = Payload::of_envelope(envelope).and_then(|payload| {
        if payload.market().as_str() != key.log.origin().as_str() {
            let (found, expected) = (payload.market().as_str().to_owned(), key.log.origin());
            return Err(
                Code::MarketMismatch.because(format!("the file is for {found}, the key is of {expected}"))
            );
        }
        Ok(payload.kind().word())
    });
    match found {
        Err(reject) => Ok(Verdict::of_one("a signed file", "file", Err(reject), &[VIEW])),
        Ok(kind) => {
            let what = format!(
                "a {kind} of its form; who must have signed it stands on the ledger, not in the file"
            );
            Err(CliError::new(NOT_CHECKED, what)
                .hint("verify it where it stands: `quittance verify BUNDLE --bid FILE` or `quittance verify RECEIPT --bid FILE`"))
        }
    }
}

/// A signed refusal needs the operator's key, which stands in entry 0.
fn refusal(bytes: &[u8], key: &MarketKey, brought: &Brought) -> Result<Verdict, CliError> {
    let Some(entry) = &brought.entry0 else {
        let what = "the operator's key is missing: it stands in the market's first entry";
        return Err(CliError::new(NOT_CHECKED, what)
            .hint("name something that holds that entry: --bundle FILE or --ledger DIR"));
    };
    if entry.leaf_hash() != key.entry0 {
        let what = "the first entry of the bundle or ledger is not the one that the market's key names";
        return Err(CliError::new("market_mismatch", what).hint("name a bundle or ledger of this market"));
    }
    let found = Market::open(entry).and_then(|market| {
        let refusal = Refusal::verify(bytes, market.operator_key(), &key.log)?;
        match &brought.bid {
            Some(bid) if !refusal.is_about(bid) => {
                Err(Code::StatementMismatch.because("the refusal is about other bytes than yours"))
            }
            Some(_) => Ok(format!("the operator refused these bytes: {}", refusal.code)),
            None => Ok(format!("the operator refused a file: {}", refusal.code)),
        }
    });
    let mut open = vec!["whether the code is right, which the ledger's state at that time shows", VIEW];
    if brought.bid.is_none() {
        open.insert(0, "which file it is about (`--bid`)");
    }
    Ok(Verdict::of_one("a signed refusal", "refusal", found, &open))
}

/// The verdict in lines for people.
pub fn show(verdict: &Verdict) -> String {
    let mut text = format!("{}\n\n", verdict.about);
    for check in &verdict.checks {
        let mark = match check.state {
            State::Passed => format!("{GOOD}✓{GOOD:#}"),
            State::Failed => format!("{BAD}✗{BAD:#}"),
            State::Skipped | State::NotMade => "–".to_owned(),
        };
        text.push_str(&format!("  {mark} {:<14} {}\n", check.name, check.compared));
    }
    if !verdict.not_checked.is_empty() {
        text.push_str(&format!(
            "\n  not checked      {}\n",
            verdict.not_checked.join(";\n                   ")
        ));
    }
    match &verdict.code {
        None => {
            let asserted = verdict.evidence.as_deref() == Some(rule::Evidence::Asserted.word());
            let but =
                if asserted { ", but the outcome is the operator's word: nothing proves it" } else { "" };
            text.push_str(&format!("\n{GOOD}verified{GOOD:#}{but}\n"));
        }
        Some(code) => {
            text.push_str(&format!("\n{BAD}rejected: {code}{BAD:#}\n"));
            if let Some(hint) = &verdict.hint {
                text.push_str(&format!("{WORD}hint:{WORD:#} {hint}\n"));
            }
        }
    }
    text
}
