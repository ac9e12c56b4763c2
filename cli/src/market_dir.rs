//! An operator's folder: the ledger, the keys, and `market.toml`, which says where they are.
//!
//! | path | what | who learns it can |
//! |---|---|---|
//! | `private/operator/signing.key` | signs entries, refusals | answer in the operator's name |
//! | `private/log/signing.key` | signs checkpoints | show different members different ledgers |
//! | `private/rounds/<public>.key` | opens the bids of a round | read every bid of the round |
//! | `keys/<rule>-<tier>.pk` | proves settlements | nothing; who *changes* it can make proofs fail |

use crate::cmd::demo::failed;
use crate::cmd::verify::market_key_at;
use crate::error::{CliError, DEV_KEYS_REFUSED, KEY_MALFORMED, LEDGER_FAILED, MARKET_DIR_MISSING};
use crate::keys::{Purpose, Secret};
use crate::shell::{Input, MIB, Secrecy, Shell};
use crate::storage::{self, Access};
use quittance_engine::Market;
use quittance_engine::entry::SealKey;
use quittance_engine::operator::{Operator, fold};
use quittance_engine::seal::HpkeSecret;
use quittance_ledger::{FileAnchor, Log, LogKey, MarketKey, PolicyWitness, PublicKey, Store};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The file's name.
pub const CONFIG: &str = "market.toml";

/// What `init` writes; every key is explained beside it.
pub const TEMPLATE: &str = r#"# The folder of a market's operator. Paths are relative to this file. Nothing in it can make a failed check pass:
# it says where things are, and no more.

# The ledger. Its anchor stands beside it, as <ledger>.anchor: keep the two on different disks if you can, so that
# restoring an old copy of the ledger is noticed.
ledger = "ledger"

# The market's verifier key. Members need it from a source that they trust: publish it where they look.
market_key = "market.vkey"

# Secret keys, readable by you alone: operator/ and log/ sign, rounds/ opens bids. Keep a copy: with the log's key
# lost, the market ends; with a round's key lost, the round must be aborted by your fault.
private = "private"

# Circuit keys: <rule>-<tier>.pk proves, <rule>-<tier>.vk verifies.
keys = "keys"

# Whether rounds may be opened under circuit keys that one person made, who could forge proofs under them: for trying,
# and for people who trust the operator with that. Every verdict says so. Keys of a ceremony need no leave.
insecure_dev_keys = false

# Receipts and signed refusals, the answers to what members hand in.
answers = "answers"

# Bundles of settled rounds: <rounds>/<number>/bundle.json.
rounds = "rounds"

# Where witnesses are asked, by their names in the policy of market.vkey, if elsewhere than the policy says.
# [witnesses]
# north = "http://127.0.0.1:8400"
"#;

/// [`TEMPLATE`] of a market that takes these keys.
fn template(keys: KeysFrom) -> String {
    match keys {
        KeysFrom::Ceremonies => TEMPLATE.to_owned(),
        KeysFrom::OnePersonToo => TEMPLATE.replace("insecure_dev_keys = false", "insecure_dev_keys = true"),
    }
}

/// `market.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    ledger: PathBuf,
    market_key: PathBuf,
    private: PathBuf,
    keys: PathBuf,
    answers: PathBuf,
    rounds: PathBuf,
    #[serde(default)]
    insecure_dev_keys: bool,
    #[serde(default)]
    witnesses: BTreeMap<String, String>,
}

impl Config {
    /// Reads the file's bytes.
    fn parse(bytes: &[u8]) -> Result<Self, CliError> {
        toml::from_slice(bytes)
            .map_err(|error| CliError::new(crate::error::FILE_MALFORMED, error.message().to_owned()))
    }
}

/// Whose circuit keys a market takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysFrom {
    /// Ceremonies.
    Ceremonies,
    /// One person too: `--insecure-dev-keys`.
    OnePersonToo,
}

/// Whether bytes are a `market.toml`.
pub fn is_config(bytes: &[u8]) -> bool {
    Config::parse(bytes).is_ok()
}

/// Where an operator's folder is.
#[derive(Debug, clap::Args)]
pub struct DirArg {
    /// The market's folder, made by `init`
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
}

/// An operator's folder.
#[derive(Debug)]
pub struct MarketDir {
    dir: PathBuf,
    config: Config,
}

/// A ledger to read, and the market folded from it.
pub struct Reading {
    /// The log.
    pub log: Log<Box<dyn Store>>,
    /// The market.
    pub market: Market,
}

/// An operator at work in this program.
pub type Working = Operator<Box<dyn Store>, FileAnchor>;

/// The operator's clock, for people to read. No decision rests on it.
pub fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

/// Where the ledger is: as named with `--ledger`, else as the folder's `market.toml` says.
///
/// # Errors
/// Neither is there.
pub fn ledger_path(shell: &Shell, dir: &Path) -> Result<PathBuf, CliError> {
    match shell.ledger() {
        Some(path) => Ok(path.to_owned()),
        None => Ok(MarketDir::open(dir)?.ledger()),
    }
}

/// Reads the ledger, as [`ledger_path`] finds it.
///
/// # Errors
/// It is not there, or holds what no market takes.
pub fn read(shell: &Shell, dir: &Path) -> Result<Reading, CliError> {
    let path = ledger_path(shell, dir)?;
    let log = Log::open(storage::open(&path, Access::Read)?);
    let log = log.map_err(|error| CliError::new(LEDGER_FAILED, error.to_string()))?;
    if log.size() == 0 {
        return Err(CliError::new(LEDGER_FAILED, "the ledger is empty")
            .file(path.display().to_string())
            .hint("finish `quittance init`: repeat it"));
    }
    let market = fold(&log).map_err(|error| failed(&error))?;
    Ok(Reading { log, market })
}

impl MarketDir {
    /// Reads the folder's `market.toml`.
    ///
    /// # Errors
    /// There is none, or it says something else than where things are.
    pub fn open(dir: &Path) -> Result<Self, CliError> {
        let path = dir.join(CONFIG);
        let name = path.display().to_string();
        if !path.exists() {
            return Err(CliError::new(MARKET_DIR_MISSING, "there is no market.toml in the folder")
                .file(name)
                .hint("name the market's folder with --dir DIR; `quittance init DIR` makes one"));
        }
        let bytes = Input::File(path).read(MIB)?;
        let config = Config::parse(&bytes).map_err(|error| error.file(name))?;
        Ok(Self { dir: dir.to_owned(), config })
    }

    /// The ledger's folder.
    pub fn ledger(&self) -> PathBuf {
        self.dir.join(&self.config.ledger)
    }

    /// The file of the market's key.
    pub fn market_key_file(&self) -> PathBuf {
        self.dir.join(&self.config.market_key)
    }

    /// The folder of secrets.
    pub fn private(&self) -> PathBuf {
        self.dir.join(&self.config.private)
    }

    /// The folder of circuit keys.
    pub fn keys(&self) -> PathBuf {
        self.dir.join(&self.config.keys)
    }

    /// Refuses circuit keys that one person made, unless the market was begun for them.
    ///
    /// # Errors
    /// It was not.
    pub fn allow_dev_keys(&self) -> Result<(), CliError> {
        if self.config.insecure_dev_keys {
            return Ok(());
        }
        let what = "a key that one person made: this market takes keys of ceremonies alone";
        Err(CliError::new(DEV_KEYS_REFUSED, what).file(self.dir.join(CONFIG).display().to_string()).hint(
            "hold a ceremony: `quittance ceremony --help`; for trying, `quittance init --insecure-dev-keys` in a new \
             folder, or `insecure_dev_keys = true` in this file",
        ))
    }

    /// The folder of receipts and refusals.
    pub fn answers(&self) -> PathBuf {
        self.dir.join(&self.config.answers)
    }

    /// The folder of a round's published files.
    pub fn round(&self, number: usize) -> PathBuf {
        self.dir.join(&self.config.rounds).join(number.to_string())
    }

    /// The market's key. The folder is the operator's own, so its copy is to be trusted.
    ///
    /// # Errors
    /// `init` was not finished.
    pub fn market_key(&self) -> Result<MarketKey, CliError> {
        market_key_at(&self.market_key_file())
    }

    /// Where a witness of the policy is asked.
    pub fn witness_url<'a>(&'a self, witness: &'a PolicyWitness) -> Option<&'a str> {
        self.config.witnesses.get(&witness.name).or(witness.url.as_ref()).map(String::as_str)
    }

    /// A key folder of `private`.
    pub fn key_folder(&self, name: &str) -> PathBuf {
        self.private().join(name)
    }

    /// The operator's signing key.
    ///
    /// # Errors
    /// No such file, or no key in it.
    pub fn operator_key(&self, shell: &Shell) -> Result<Secret, CliError> {
        Secret::of_folder(shell, &self.key_folder("operator"), Purpose::Signing)
    }

    /// Goes on with the market: the one writer of the ledger.
    ///
    /// # Errors
    /// Missing or wrong keys; another writer; a ledger that is behind its anchor, or damaged.
    pub fn operator(&self, shell: &Shell) -> Result<Working, CliError> {
        let key = self.market_key()?;
        let log = Secret::of_folder(shell, &self.key_folder("log"), Purpose::Signing)?;
        let own = self.operator_key(shell)?.signing_key();
        let log_key = LogKey::new(key.log.origin().clone(), log.signing_key());
        let ledger = match shell.ledger() {
            Some(path) => path.to_owned(),
            None => self.ledger(),
        };
        let store = storage::open(&ledger, Access::Write)?;
        let public = PublicKey::from(&own);
        let operator = Operator::open(store, storage::anchor(&ledger), log_key, own);
        let mut operator = operator.map_err(|error| failed(&error))?;
        // What members check rules over what entry 0 says.
        operator.require(key.policy.clone());
        if operator.market_key() != key {
            let what = "this ledger is of another market than the folder's market key";
            return Err(
                CliError::new("market_mismatch", what).file(self.market_key_file().display().to_string())
            );
        }
        if operator.market().operator_key() != public {
            let what = "this is not the key of the market's operator, which stands in entry 0";
            return Err(
                CliError::new(KEY_MALFORMED, what).file(self.key_folder("operator").display().to_string())
            );
        }
        Ok(operator)
    }

    /// The file of a round's HPKE secret.
    fn round_secret_file(&self, public: SealKey) -> PathBuf {
        self.private().join("rounds").join(format!("{public}.key"))
    }

    /// Whether the secret of this public key is here.
    pub fn has_round_secret(&self, public: SealKey) -> bool {
        self.round_secret_file(public).exists()
    }

    /// Keeps a round's HPKE secret.
    ///
    /// # Errors
    /// The system.
    pub fn keep_round_secret(&self, shell: &Shell, secret: &Secret) -> Result<(), CliError> {
        shell.make_private_dir(&self.private().join("rounds"))?;
        secret.write(shell, &self.round_secret_file(secret.seal_public()))
    }

    /// The secret of a round's public key, if it is here.
    ///
    /// # Errors
    /// The file is no secret, or another one.
    pub fn round_secret(&self, shell: &Shell, public: SealKey) -> Result<Option<HpkeSecret>, CliError> {
        let path = self.round_secret_file(public);
        if !path.exists() {
            return Ok(None);
        }
        let secret = Secret::read(shell, &path)?;
        if secret.seal_public() != public {
            return Err(CliError::new(KEY_MALFORMED, "the file holds another secret than it is named after")
                .file(path.display().to_string()));
        }
        Ok(Some(secret.hpke_secret()))
    }

    /// The secrets of all rounds on the ledger that still need them.
    ///
    /// # Errors
    /// As [`Self::round_secret`].
    pub fn round_secrets(
        &self,
        shell: &Shell,
        publics: impl IntoIterator<Item = SealKey>,
    ) -> Result<BTreeMap<SealKey, HpkeSecret>, CliError> {
        let mut secrets = BTreeMap::new();
        for public in publics {
            if let Some(secret) = self.round_secret(shell, public)? {
                secrets.insert(public, secret);
            }
        }
        Ok(secrets)
    }

    /// Writes `market.toml`, unless it is there.
    ///
    /// # Errors
    /// The system.
    pub fn prepare(shell: &Shell, dir: &Path, keys: KeysFrom) -> Result<Self, CliError> {
        let path = dir.join(CONFIG);
        if !path.exists() {
            shell.write(&path, template(keys).as_bytes(), Secrecy::Public)?;
        }
        Self::open(dir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_a_configuration_and_explains_every_key() {
        let config: Config = toml::from_str(TEMPLATE).unwrap();
        assert_eq!(config.ledger, Path::new("ledger"));
        assert!(!config.insecure_dev_keys);
        let open: Config = toml::from_str(&template(KeysFrom::OnePersonToo)).unwrap();
        assert!(open.insecure_dev_keys);
        let lines: Vec<&str> = TEMPLATE.lines().collect();
        for (index, line) in lines.iter().enumerate().filter(|(_, line)| line.contains(" = ")) {
            assert!(lines[index - 1].starts_with("# "), "{line} is not explained");
        }
    }
}
