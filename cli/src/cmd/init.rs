//! `quittance init`: a new market.

use crate::args::example;
use crate::cmd::demo::failed;
use crate::documents;
use crate::error::{CliError, LEDGER_FAILED, USAGE};
use crate::keys::{Purpose, Secret};
use crate::market_dir::{KeysFrom, MarketDir, Working, now_ms};
use crate::shell::{Answer, Input, MIB, Secrecy, Shell, WORD};
use crate::storage::{self, Access};
use quittance_circuits::number::Count;
use quittance_circuits::rule::Evidence;
use quittance_circuits::rules::RULES;
use quittance_engine::Reject;
use quittance_engine::entry::{AdmittedRule, Label, MarketEntry, MarketId, Payload};
use quittance_engine::operator::Operator;
use quittance_ledger::{Entry, LogError, LogKey, Store, StoreError, WitnessPolicy};
use std::path::PathBuf;

/// Start a market: its folder, its keys, and the first entry of its ledger
///
/// Rules that are recomputed are admitted from the start; a proved rule is admitted with its first circuit key, which
/// a ceremony makes: `quittance ceremony`. Repeating the command finishes what was begun and changes nothing else.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance init shop --origin example.com/shop"))]
pub struct Init {
    /// The market's folder
    dir: PathBuf,
    /// The market's name for ever: a domain of yours and a path
    #[arg(long, value_name = "NAME")]
    origin: MarketId,
    /// What amounts are counted in
    #[arg(long, default_value = "EUR")]
    currency: Label,
    /// Decimal places of the currency's smallest unit
    #[arg(long, default_value_t = 2)]
    decimals: u64,
    /// A witness policy (C2SP tlog-policy, without log lines); without it, nobody's cosignature is needed
    #[arg(long, value_name = "FILE")]
    policy: Option<Input>,
    /// Take circuit keys that one person made, too: who made one could forge proofs under it, and every verdict says so
    #[arg(long)]
    insecure_dev_keys: bool,
}

impl Init {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        if self.decimals > 18 {
            return Err(CliError::new(USAGE, "a currency has at most 18 decimals"));
        }
        if !cfg!(feature = "rocksdb") {
            let what = "this build has no database: install it with the feature `rocksdb`";
            return Err(CliError::new(LEDGER_FAILED, what));
        }
        let policy = self.policy.as_ref().map(read_policy).transpose()?;
        shell.make_dir(&self.dir)?;
        let keys = if self.insecure_dev_keys { KeysFrom::OnePersonToo } else { KeysFrom::Ceremonies };
        let dir = MarketDir::prepare(shell, &self.dir, keys)?;
        shell.make_private_dir(&dir.private())?;
        shell.make_dir(&dir.keys())?;
        let log = LogKey::new(self.origin.0.clone(), key(shell, &dir, "log")?.signing_key());
        let own = key(shell, &dir, "operator")?;
        let operator = self.operator(&dir, log, &own, policy)?;
        operator.checkpoint().map_err(|error| failed(&error))?;
        let vkey = operator.market_key().to_string();
        shell.write_again(&dir.market_key_file(), vkey.as_bytes(), Secrecy::Public)?;
        Ok(self.answer(&dir, &vkey))
    }

    /// The market in the folder: a new one, or the one that is there.
    fn operator(
        &self,
        dir: &MarketDir,
        log: LogKey,
        own: &Secret,
        policy: Option<WitnessPolicy>,
    ) -> Result<Working, CliError> {
        let ledger = dir.ledger();
        let access = if ledger.exists() { Access::Write } else { Access::Create };
        let store = storage::open(&ledger, access)?;
        let anchor = storage::anchor(&ledger);
        let operator = match self.begun(store.as_ref())? {
            false => {
                let entry = self.entry(&log, own, policy);
                Operator::create(store, anchor, log, own.signing_key(), &entry, now_ms())
            }
            true => Operator::open(store, anchor, log, own.signing_key()),
        };
        operator.map_err(|error| failed(&error))
    }

    /// Whether this very market is on the ledger already.
    fn begun(&self, store: &dyn Store) -> Result<bool, CliError> {
        let ledger = |error: StoreError| failed(&LogError::from(error).into());
        let Some(first) = store.entry(0).map_err(ledger)? else { return Ok(false) };
        let refused = |reject: Reject| CliError::refused(&reject);
        let entry = Entry::decode(&first).map_err(|error| refused(error.into()))?;
        let found = Payload::of_entry(&entry).map_err(refused)?.market().clone();
        if found != self.origin {
            let what = format!("there is a market in the folder already: {found}");
            return Err(CliError::new("market_mismatch", what)
                .file(self.dir.display().to_string())
                .hint("name another folder"));
        }
        Ok(true)
    }

    fn entry(&self, log: &LogKey, own: &Secret, policy: Option<WitnessPolicy>) -> MarketEntry {
        let native =
            RULES.iter().filter(|rule| rule.evidences().iter().any(|kind| *kind != Evidence::Proved));
        let rules = native.filter_map(|rule| {
            Some(AdmittedRule {
                rule: rule.id().parse().ok()?,
                tier: None,
                circuit_key: None,
                provenance: None,
            })
        });
        MarketEntry {
            market: self.origin.clone(),
            currency: self.currency.clone(),
            decimals: Count(self.decimals),
            log_key: log.verifier_key().to_string(),
            operator_key: own.signing_public().into(),
            rules: rules.collect(),
            witness_policy: policy.map(|policy| policy.to_string()),
        }
    }

    fn answer(&self, dir: &MarketDir, vkey: &str) -> Answer {
        let name = self.dir.display();
        let file = dir.market_key_file().display().to_string();
        let document = documents::Init {
            schema: documents::Init::SCHEMA,
            dir: name.to_string(),
            market: self.origin.clone(),
            market_key: vkey.to_owned(),
        };
        let next = match dir.allow_dev_keys() {
            Ok(()) => "quittance circuit-key setup uniform-price/v1 256",
            Err(_) => "quittance ceremony finish CEREMONY --powers POWERS",
        };
        let text = format!(
            "market {}\n\n{vkey}\n{WORD}{file}{WORD:#} is for members, who need it from a source they trust.\n\
             {WORD}{}{WORD:#} is for you alone. Keep a copy of it.\n\n\
             Next: {WORD}{next} --dir {name}{WORD:#}\n",
            self.origin,
            dir.private().display(),
        );
        Answer::text(&document, text)
    }
}

/// A witness policy as a person wrote it.
fn read_policy(input: &Input) -> Result<WitnessPolicy, CliError> {
    let text = String::from_utf8_lossy(&input.read(MIB)?).into_owned();
    WitnessPolicy::read(&text)
        .map_err(|error| CliError::new(error.code(), error.to_string()).file(input.name()))
}

/// A signing key of the folder, made if it is not there.
fn key(shell: &Shell, dir: &MarketDir, name: &str) -> Result<Secret, CliError> {
    let folder = dir.key_folder(name);
    let file = folder.join(Purpose::Signing.file());
    if !file.exists() {
        shell.make_private_dir(&folder)?;
        Secret::random()?.write(shell, &file)?;
    }
    Secret::read(shell, &file)
}
