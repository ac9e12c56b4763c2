//! `ceremony finish`: the keys of a ceremony, verified, written and admitted to a market.

use super::{Held, failed, powers, random};
use crate::args::example;
use crate::circuit_keys::KeyFiles;
use crate::cmd::demo::failed as operator_failed;
use crate::documents::{CeremonyFinished, CeremonyKey};
use crate::error::{BUG, CliError};
use crate::market_dir::{DirArg, MarketDir, now_ms};
use crate::shell::{Answer, Secrecy, Shell};
use quittance_circuits::ceremony::{Ceremony, Ptau, VerifiedKey, domains};
use quittance_circuits::json;
use quittance_circuits::proof_system::VerifyingKey;
use quittance_circuits::proved::Prover;
use quittance_engine::Market;
use quittance_engine::entry::{CircuitKeyId, FileDigest, Provenance, RuleAdmit, RuleId, Tier};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Verify a ceremony that has ended, write its keys into the market's folder, and admit them on the ledger
///
/// Rounds opened from now on are settled with them. Publish the ceremony's file and the powers of tau: with
/// `quittance ceremony verify` everybody finds the same keys. Repeating the command finishes what was begun.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ceremony finish last.ceremony --powers powers.ptau --dir shop"))]
pub(super) struct Finish {
    /// The ceremony after its beacon
    file: PathBuf,
    /// The powers of tau that it rests on
    #[arg(long, value_name = "FILE")]
    powers: PathBuf,
    #[command(flatten)]
    dir: DirArg,
}

impl Finish {
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let at_fault = |error: CliError| match error.file {
            None => error.file(self.file.display().to_string()),
            Some(_) => error,
        };
        let held = Held::read(shell, &self.file)?;
        let keys = held.keys().map_err(at_fault)?;
        let dir = MarketDir::open(&self.dir.dir)?;
        let mut operator = dir.operator(shell)?;
        let circuits = keys.transcript.circuits.iter();
        let circuits: Vec<_> = circuits.map(|circuit| (circuit.rule.clone(), circuit.tier.clone())).collect();
        let ptau = powers(&self.powers, &domains(&circuits).map_err(failed)?)?;
        let digest = FileDigest(keys.transcript.digest());
        let written = write_keys(shell, &dir, operator.market(), keys, &ptau).map_err(at_fault)?;
        let transcript = dir.keys().join(format!("ceremony-{}.json", &digest.to_string()[..16]));
        shell.write_again(&transcript, &json::to_canonical(&keys.transcript), Secrecy::Public)?;
        let mut text = format!("ceremony {digest}\n\n");
        for Made { rule, tier, id } in &written {
            let market = operator.market();
            if market.rule(rule).and_then(|state| state.key(*tier)) != Some(*id) {
                let admit = RuleAdmit {
                    market: market.entry().market.clone(),
                    rule: rule.clone(),
                    tier: Some(*tier),
                    circuit_key: Some(*id),
                    provenance: Some(Provenance::Ceremony(digest)),
                };
                operator.append_own(&admit, now_ms()).map_err(|error| operator_failed(&error))?;
            }
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {rule} tier {tier}  {id}");
        }
        operator.checkpoint().map_err(|error| operator_failed(&error))?;
        let transcript = transcript.display().to_string();
        let _ = write!(text, "\nadmitted. Publish {transcript}, the ceremony's file and the powers of tau");
        let keys = written.iter().map(|made| CeremonyKey {
            circuit_key: made.id.to_string(),
            rule: made.rule.to_string(),
            tier: made.tier.to_string(),
        });
        let document = CeremonyFinished {
            schema: CeremonyFinished::SCHEMA,
            digest: digest.to_string(),
            keys: keys.collect(),
            transcript,
        };
        Ok(Answer::text(&document, text))
    }
}

/// A key, in the words of ledgers.
struct Made {
    rule: RuleId,
    tier: Tier,
    id: CircuitKeyId,
}

impl Made {
    fn of(key: &VerifyingKey) -> Result<Self, CliError> {
        let (rule, tier) = (key.tier.rule.parse(), key.tier.size.parse());
        let (Ok(rule), Ok(tier)) = (rule, tier) else {
            return Err(CliError::new(BUG, "a circuit of ours has no name on ledgers"));
        };
        Ok(Self { rule, tier, id: CircuitKeyId(key.id().0) })
    }

    fn files(&self, dir: &MarketDir) -> KeyFiles {
        KeyFiles::of(&dir.keys(), self.rule.as_str(), &self.tier.to_string())
    }

    /// Whether another key than this one is among the files.
    fn differs(&self, files: &KeyFiles) -> Result<bool, CliError> {
        Ok(files.finished() && files.verifying_key()?.id().0 != self.id.0)
    }

    /// Refuses where no place is free: another key is in force there, or another one's files are there.
    fn check_place(&self, shell: &Shell, dir: &MarketDir, market: &Market) -> Result<(), CliError> {
        let Self { rule, tier, id } = self;
        if market.rule(rule).and_then(|state| state.key(*tier)).is_some_and(|other| other != *id) {
            let what = format!("another key of {rule} tier {tier} is in force");
            let hint = format!("withdraw it: `quittance circuit-key withdraw {rule} {tier}`");
            return Err(CliError::new("duplicate_entry", what).hint(hint));
        }
        let files = self.files(dir);
        if self.differs(&files)? && !shell.yes() {
            let what = format!("there is another key of {rule} tier {tier} in the market's folder");
            let hint = "replace it with --yes, once no round is open that needs it, and keep a copy of it";
            let file = files.pk().display().to_string();
            return Err(CliError::new("key_mismatch", what).file(file).hint(hint));
        }
        Ok(())
    }
}

/// Verifies, and writes each key into its place, once all of them have one.
fn write_keys(
    shell: &Shell,
    dir: &MarketDir,
    market: &Market,
    keys: &Ceremony,
    ptau: &Ptau,
) -> Result<Vec<Made>, CliError> {
    let steps = 2 * keys.transcript.circuits.len() as u64;
    let progress = shell.progress("verifying the ceremony and making its keys", Some(steps));
    let watch = |steps: usize| progress.advance(steps as u64);
    let allow = |keys: &[VerifiedKey]| -> Result<(), Stop> {
        Ok(keys.iter().try_for_each(|key| Made::of(&key.key)?.check_place(shell, dir, market))?)
    };
    let mut written = Vec::new();
    let take = |prover: Box<dyn Prover>| -> Result<(), Stop> {
        let made = Made::of(prover.verifying_key())?;
        let files = made.files(dir);
        if !files.finished() || made.differs(&files)? {
            files.write(shell, prover.as_ref())?;
        }
        written.push(made);
        Ok(())
    };
    keys.finish(ptau, &mut random()?, &watch, allow, take).map_err(|stop: Stop| stop.0)?;
    Ok(written)
}

/// Why it stopped.
struct Stop(CliError);

impl From<CliError> for Stop {
    fn from(error: CliError) -> Self {
        Self(error)
    }
}

impl From<quittance_circuits::ceremony::CeremonyError> for Stop {
    fn from(error: quittance_circuits::ceremony::CeremonyError) -> Self {
        Self(failed(error))
    }
}
