//! `quittance demo`: a whole market on this machine, from signed files to verified settlements.

mod bench;
mod forged;

use crate::args::example;
use crate::circuit_keys::KeyFiles;
use crate::cmd::verify::market_key_at;
use crate::documents;
use crate::error::{CliError, Exit, NOT_EMPTY};
use crate::market_dir::{KeysFrom, MarketDir, now_ms};
use crate::shell::{Answer, GOOD, Secrecy, Shell, WORD};
use crate::storage::{self, Access};
use quittance_circuits::number::Count;
use quittance_engine::fixture_market::{FixtureFiles, FixtureMarket, FixtureRun, Provers};
use quittance_engine::operator::OperatorError;
use quittance_engine::verify::{Own, verify};
use quittance_ledger::{FileAnchor, Store};
use rand::SeedableRng as _;
use rand::rngs::OsRng;
use rand_chacha::ChaCha20Rng;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/market/", $name))
    };
}

/// Bids of the fixture market that other programs made, by member.
const FOREIGN: [(&str, &[u8]); 1] = [("kestrel-exams", fixture!("bids/kestrel-exams.json"))];

/// Run a whole market: models, reports, bids, and a settlement of every rule
///
/// The market is that of fixtures/market: real models, measured on real data, and members whose secrets are
/// public. It leaves the ledger, the bundles, and every member's files, for the other commands to try.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance demo market"))]
pub struct Demo {
    /// Where to put it: a folder that is not there yet, or is empty
    #[arg(value_name = "DIR", default_value = "quittance-demo")]
    dir: PathBuf,
    /// Forge bundles too, as an operator who cheats could; `verify` must refuse each
    #[arg(long)]
    cheat: bool,
    /// Instead: settle, prove and verify a round of so many random bids, and print the figures
    #[arg(long, value_name = "N", conflicts_with_all = ["cheat", "dir"])]
    bids: Option<usize>,
}

/// The market's folder and what was run in it.
struct Market {
    dir: PathBuf,
    fixture: FixtureMarket,
    provers: Provers,
    run: FixtureRun<Box<dyn Store>, FileAnchor>,
}

impl Demo {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        if let Some(bids) = self.bids {
            return bench::run(shell, bids);
        }
        prepare(&self.dir)?;
        let fixture = fixture()?;
        let provers = circuit_keys(shell, &fixture)?;
        let market = settle(shell, self.dir, fixture, provers)?;
        market.write(shell)?;
        let forged = if self.cheat { forged::write(shell, &market)? } else { 0 };
        market.answer(forged)
    }
}

/// An empty folder.
fn prepare(dir: &Path) -> Result<(), CliError> {
    fs::create_dir_all(dir).map_err(|error| CliError::io("make", dir, &error))?;
    let mut entries = fs::read_dir(dir).map_err(|error| CliError::io("read", dir, &error))?;
    if entries.next().is_some() {
        return Err(CliError::new(NOT_EMPTY, "the folder is not empty")
            .file(dir.display().to_string())
            .hint("name a folder that is not there yet"));
    }
    Ok(())
}

fn fixture() -> Result<FixtureMarket, CliError> {
    let files = FixtureFiles {
        market: fixture!("market.json"),
        members: fixture!("members.json"),
        reports: fixture!("reports.json"),
        secrets: fixture!("test_secrets.json"),
        rounds: fixture!("rounds.json"),
    };
    FixtureMarket::read(files).map_err(|error| CliError::malformed(&error))
}

/// The fixture's circuit keys, from their public seeds.
fn circuit_keys(shell: &Shell, fixture: &FixtureMarket) -> Result<Provers, CliError> {
    let mut progress = None;
    let mut tell =
        |rule: &str| progress = Some(shell.progress(&format!("making the circuit key of {rule}"), None));
    let keys = fixture.make_keys(|seed| Box::new(ChaCha20Rng::from_seed(seed)), &mut tell);
    keys.map_err(|reject| CliError::refused(&reject))
}

fn settle(shell: &Shell, dir: PathBuf, fixture: FixtureMarket, provers: Provers) -> Result<Market, CliError> {
    let _progress = shell.progress("running the market", None);
    let ledger = dir.join("ledger");
    let store = storage::open(&ledger, Access::Create)?;
    let foreign: BTreeMap<String, Vec<u8>> =
        FOREIGN.iter().map(|(name, file)| ((*name).to_owned(), file.to_vec())).collect();
    let anchor = storage::anchor(&ledger);
    let run = fixture.run(store, anchor, &provers, &foreign, &mut OsRng, &mut now_ms);
    let run = run.map_err(|error| failed(&error))?;
    Ok(Market { dir, fixture, provers, run })
}

/// An operator's step that failed.
pub fn failed(error: &OperatorError) -> CliError {
    match error {
        OperatorError::Refused(reject) => CliError::refused(reject),
        other => CliError::new(crate::error::LEDGER_FAILED, other.to_string()),
    }
}

impl Market {
    /// The files of formats.md section 7.
    fn write(&self, shell: &Shell) -> Result<(), CliError> {
        let operator = &self.run.operator;
        shell.write(
            &self.dir.join("market.vkey"),
            operator.market_key().to_string().as_bytes(),
            Secrecy::Public,
        )?;
        let keys = MarketDir::prepare(shell, &self.dir, KeysFrom::OnePersonToo)?.keys();
        make_dir(&keys)?;
        for prover in self.provers.0.values() {
            let tier = &prover.verifying_key().tier;
            KeyFiles::of(&keys, &tier.rule, &tier.size).write(shell, prover.as_ref())?;
        }
        let private = self.dir.join("private");
        shell.make_private_dir(&private)?;
        for name in self.fixture.members().chain(["operator", "log"]) {
            let person = self.fixture.person(name).map_err(|reject| CliError::refused(&reject))?;
            let dir = private.join(name);
            shell.make_private_dir(&dir)?;
            let secret = |file: &str, bytes: &[u8]| {
                shell.write(&dir.join(file), format!("{}\n", hex::encode(bytes)).as_bytes(), Secrecy::Secret)
            };
            secret("signing.key", person.signing_key.as_bytes())?;
            secret("seal.key", person.seal_key.as_slice())?;
            secret("blinding.seed", person.blinding_seed.as_slice())?;
        }
        for (number, settled) in self.run.rounds.iter().enumerate() {
            let dir = self.dir.join("rounds").join((number + 1).to_string());
            make_dir(&dir.join("bids"))?;
            let bundle = operator.bundle(settled.statement.round).map_err(|error| failed(&error))?;
            shell.write(&dir.join("bundle.json"), &bundle.to_bytes(), Secrecy::Public)?;
            let opened = bundle.range.first.0;
            let entry = operator.log().entry(opened).map_err(|error| failed(&error.into()))?;
            shell.write(&dir.join("round.json"), entry.envelope().to_json().as_bytes(), Secrecy::Public)?;
        }
        for (number, bids) in (1..).zip(&self.run.bids) {
            let folder = self.dir.join(format!("rounds/{number}/bids"));
            for bid in bids {
                shell.write(&folder.join(format!("{}.json", bid.name)), &bid.file, Secrecy::Public)?;
                let mut member = private.join(&bid.name);
                // The first round's files stand in the member's folder itself, where the first steps of the docs are.
                if number > 1 {
                    member = member.join(format!("round-{number}"));
                    shell.make_private_dir(&member)?;
                }
                shell.write(&member.join("bid.json"), &bid.file, Secrecy::Secret)?;
                if let Some(opening) = &bid.opening {
                    shell.write(&member.join("opening.json"), &opening.to_json(), Secrecy::Secret)?;
                }
                shell.write(&member.join("receipt.tlog-proof"), &bid.receipt.to_bytes(), Secrecy::Secret)?;
            }
        }
        Ok(())
    }

    /// Verifies what was written as a member would, and says what there is to try.
    fn answer(&self, forged: usize) -> Result<Answer, CliError> {
        let key = market_key_at(&self.dir.join("market.vkey"))?;
        let mut verified = true;
        let mut lines = String::new();
        for number in 1..=self.run.rounds.len() {
            let path = self.dir.join(format!("rounds/{number}/bundle.json"));
            let bytes = fs::read(&path).map_err(|error| CliError::io("read", &path, &error))?;
            let verdict = verify(&bytes, &key, Own::default());
            verified &= verdict.verified;
            let mark =
                if verdict.verified { format!("{GOOD}verified{GOOD:#}") } else { "refused".to_owned() };
            lines.push_str(&format!("  {mark}  {}\n", verdict.about));
        }
        let dir = self.dir.display();
        if forged > 0 {
            lines.push_str(&format!(
                "  {forged} forged bundles in {dir}/forged, each with the code it must get\n"
            ));
        }
        let document = documents::Demo {
            schema: documents::Demo::SCHEMA,
            dir: dir.to_string(),
            forged: Count(forged as u64),
            rounds: Count(self.run.rounds.len() as u64),
            verified,
        };
        let text = format!(
            "{lines}\nTry:\n  {WORD}quittance verify {dir}/rounds/1/bundle.json --market {dir}/market.vkey \\\n    \
             --bid {dir}/private/acme-meters/bid.json --opening {dir}/private/acme-meters/opening.json \\\n    \
             --receipt {dir}/private/acme-meters/receipt.tlog-proof{WORD:#}\n  \
             {WORD}quittance ledger replay --ledger {dir}/ledger --market {dir}/market.vkey{WORD:#}\n"
        );
        let exit = if verified { Exit::Done } else { Exit::No };
        Ok(Answer::text(&document, text).exit(exit))
    }
}

/// Makes a folder and those above it.
fn make_dir(path: &Path) -> Result<(), CliError> {
    fs::create_dir_all(path).map_err(|error| CliError::io("make", path, &error))
}
