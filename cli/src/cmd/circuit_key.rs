//! `quittance circuit-key`: the keys that settlements are proved and verified with.

use crate::args::example;
use crate::circuit_keys::{KeyFiles, proved, read_verifying_key};
use crate::cmd::demo::failed;
use crate::documents::{self, CircuitKeyCheck, CircuitKeys, ListedKey};
use crate::error::{CliError, Exit, NOT_AGREED, USAGE};
use crate::market_dir::{self, DirArg, MarketDir, now_ms};
use crate::shell::{Answer, BAD, GOOD, Input, Shell, Table, WORD};
use quittance_circuits::number::Count;
use quittance_circuits::proof_system::VerifyingKey;
use quittance_engine::entry::{CircuitKeyId, Provenance, RuleAdmit, RuleId, RuleWithdraw, Tier};
use rand::rngs::OsRng;

/// What a key from one person is worth.
const WARNING: &str = "this key is made by one program on one machine. whoever runs it, or reads its memory, could \
                       keep the numbers that the key is made from, and prove false settlements with them; nobody \
                       could tell. verdicts say so in words. use it among people who trust the operator with that";

/// Make, list and check the keys that settlements are proved with
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance circuit-key list --dir market"))]
pub struct CircuitKey {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
#[command(subcommand_value_name = "COMMAND")]
enum Action {
    Setup(Setup),
    List(List),
    Check(Check),
    Withdraw(Withdraw),
}

/// Make a dev key and admit it: rounds opened from now on may be settled with it
///
/// The key is made by one person, who could forge proofs with what it should have thrown away; so it is for markets
/// begun with `init --insecure-dev-keys`. `quittance ceremony` makes keys that ask for no such trust. Needs --yes, for what is on the ledger stays there. Repeating
/// the command finishes what was begun.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance circuit-key setup uniform-price/v1 256 --dir shop --yes"))]
struct Setup {
    /// The rule
    rule: RuleId,
    /// The size, as `rule show` lists them
    tier: Tier,
    #[command(flatten)]
    dir: DirArg,
}

/// Withdraw a circuit key, or a rule that needs none: no new round opens with it
///
/// Open rounds keep their keys, and old settlements verify for ever. Needs --yes: what was withdrawn does not come back. A
/// tier that has a key in force takes another one only after this.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance circuit-key withdraw assignment/v1 8x4 --dir market --yes"))]
struct Withdraw {
    /// The rule
    rule: RuleId,
    /// The size of the key; none for a rule that needs no key
    tier: Option<Tier>,
    #[command(flatten)]
    dir: DirArg,
}

/// List the circuit keys in force
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance circuit-key list --dir market"))]
struct List {
    #[command(flatten)]
    dir: DirArg,
}

/// Check a verifying key: its form, that it is not one that convinces of anything, and which circuit it is of
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance circuit-key check market/keys/uniform-price-v1-256.vk"))]
struct Check {
    /// The verifying key
    file: Input,
}

impl CircuitKey {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        match self.action {
            Action::Setup(setup) => setup.run(shell),
            Action::List(list) => list.run(shell),
            Action::Check(check) => check.run(),
            Action::Withdraw(withdraw) => withdraw.run(shell),
        }
    }
}

impl Setup {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let (rule, size) = (self.rule.as_str(), self.tier.to_string());
        let tiers = proved(rule)?.tiers();
        if !tiers.iter().any(|tier| tier.size == size) {
            let sizes: Vec<&str> = tiers.iter().map(|tier| tier.size.as_str()).collect();
            let what = format!("{rule} has no tier {size}, only {}", sizes.join(", "));
            return Err(CliError::new(USAGE, what));
        }
        let dir = MarketDir::open(&self.dir.dir)?;
        dir.allow_dev_keys()?;
        let files = KeyFiles::of(&dir.keys(), rule, &size);
        if !shell.yes() && !files.finished() {
            return Err(CliError::new(NOT_AGREED, WARNING).hint("agree with --yes"));
        }
        let mut operator = dir.operator(shell)?;
        let key = self.key(shell, &files, &size)?;
        let id = CircuitKeyId(key.id().0);
        let market = operator.market();
        let in_force = market.rule(&self.rule).is_some_and(|state| state.provenance(id).is_some());
        if !in_force {
            let admit = RuleAdmit {
                market: market.entry().market.clone(),
                rule: self.rule.clone(),
                tier: Some(self.tier),
                circuit_key: Some(id),
                provenance: Some(Provenance::SingleParty),
            };
            operator.append_own(&admit, now_ms()).map_err(|error| failed(&error))?;
        }
        operator.checkpoint().map_err(|error| failed(&error))?;
        shell.warn(WARNING);
        let file = files.vk().display().to_string();
        let text = format!(
            "{rule} tier {size}\n  {WORD}key{WORD:#}   {id}\n  {WORD}file{WORD:#}  {file}\n\nadmitted"
        );
        let document = documents::CircuitKey {
            schema: documents::CircuitKey::SCHEMA,
            circuit_key: id,
            file,
            provenance: Provenance::SingleParty,
            rule: self.rule.clone(),
            tier: self.tier,
        };
        Ok(Answer::text(&document, text))
    }

    /// The key that is there, or a new one.
    fn key(&self, shell: &Shell, files: &KeyFiles, size: &str) -> Result<VerifyingKey, CliError> {
        if !files.finished() {
            let _progress = shell.progress("making the circuit key", None);
            let made = proved(self.rule.as_str())?.setup(size, &mut OsRng);
            let prover = made.map_err(|error| crate::circuit_keys::unsafe_key(&error))?;
            files.write(shell, prover.as_ref())?;
        }
        files.verifying_key()
    }
}

impl Withdraw {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let mut operator = MarketDir::open(&self.dir.dir)?.operator(shell)?;
        let market = operator.market();
        let circuit_key = self.tier.and_then(|tier| market.rule(&self.rule)?.key(tier));
        let what = match self.tier {
            Some(tier) => format!("the key of {} tier {tier}", self.rule),
            None => format!("{} without a proof", self.rule),
        };
        if self.tier.is_some() && circuit_key.is_none() {
            return Err(CliError::new("rule_withdrawn", format!("{what} is not in force"))
                .hint("list what is: `quittance circuit-key list`"));
        }
        if !shell.yes() {
            let what = format!("{what} does not come back once it is withdrawn");
            return Err(CliError::new(NOT_AGREED, what).hint("agree with --yes"));
        }
        let withdraw = RuleWithdraw {
            market: market.entry().market.clone(),
            rule: self.rule.clone(),
            tier: self.tier,
            circuit_key,
        };
        let entry = operator.append_own(&withdraw, now_ms()).map_err(|error| failed(&error))?;
        operator.checkpoint().map_err(|error| failed(&error))?;
        let document = documents::Withdrawn {
            schema: documents::Withdrawn::SCHEMA,
            circuit_key,
            entry: Count(entry),
            rule: self.rule,
            tier: self.tier,
        };
        Ok(Answer::text(&document, format!("{what} is withdrawn; entry {entry} says so")))
    }
}

impl List {
    fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let reading = market_dir::read(shell, &self.dir.dir)?;
        let folder = MarketDir::open(&self.dir.dir).ok().map(|dir| dir.keys());
        let mut table = Table::new(&["rule", "tier", "circuit key", "made by", "proving key"]);
        let mut rows = Vec::new();
        for (rule, state) in reading.market.rules() {
            for key in state.keys() {
                let made = match state.provenance(key.circuit_key) {
                    Some(Provenance::Ceremony(_)) => "a ceremony (claimed)",
                    _ => "one person",
                };
                let size = key.tier.to_string();
                let here = |folder| KeyFiles::of(folder, rule.as_str(), &size).finished();
                let here = folder.as_deref().is_some_and(here);
                let id = key.circuit_key.to_string();
                table.row([rule.as_str(), &size, &id, made, if here { "here" } else { "not here" }]);
                rows.push(ListedKey {
                    circuit_key: key.circuit_key,
                    made_by: made,
                    proving_key_here: here,
                    rule: rule.clone(),
                    tier: key.tier,
                });
            }
        }
        Ok(Answer::table(&CircuitKeys { schema: CircuitKeys::SCHEMA, keys: rows }, table))
    }
}

impl Check {
    fn run(self) -> Result<Answer, CliError> {
        let key = match read_verifying_key(&self.file) {
            Ok(key) => key,
            Err(error) if error.code == "key_unsafe" => return Ok(unsafe_answer(None, &error.what)),
            Err(error) => return Err(error),
        };
        let (rule, size) = (&key.tier.rule, &key.tier.size);
        let tiers = proved(rule)?.tiers();
        let known = tiers.iter().find(|tier| tier.size == *size);
        if known.is_none_or(|tier| tier.matrices_digest != key.matrices_digest) {
            let what = format!(
                "not the circuit of {rule} tier {size} that this program knows: matrices {}",
                hex::encode(key.matrices_digest)
            );
            return Ok(unsafe_answer(Some(&key), &what));
        }
        let matrices = hex::encode(key.matrices_digest);
        let text = format!(
            "{rule} tier {size}\n\n  {GOOD}✓{GOOD:#} key       {}\n  {GOOD}✓{GOOD:#} circuit   matrices {matrices}, \
             as this program has them\n\n  not checked      who made it, and whether its secrets were thrown away\n\n\
             safe",
            key.id()
        );
        Ok(Answer::text(&checked(Some(&key), None), text))
    }
}

/// The document on a key, as far as it was read.
fn checked(key: Option<&VerifyingKey>, code: Option<&'static str>) -> CircuitKeyCheck {
    CircuitKeyCheck {
        schema: CircuitKeyCheck::SCHEMA,
        circuit_key: key.map(|key| hex::encode(key.id().0)),
        code,
        matrices_digest: key.map(|key| hex::encode(key.matrices_digest)),
        rule: key.map(|key| key.tier.rule.clone()),
        safe: code.is_none(),
        tier: key.map(|key| key.tier.size.clone()),
    }
}

fn unsafe_answer(key: Option<&VerifyingKey>, what: &str) -> Answer {
    let text = format!("  {BAD}✗{BAD:#} key       {what}\n\n{BAD}rejected: key_unsafe{BAD:#}");
    Answer::text(&checked(key, Some("key_unsafe")), text).exit(Exit::No)
}
