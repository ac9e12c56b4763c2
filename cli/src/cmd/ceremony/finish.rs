//! `ceremony finish`: the keys of a ceremony, verified, written and admitted to a market.

use super::{Held, failed, powers, random};
use crate::args::example;
use crate::circuit_keys::KeyFiles;
use crate::cmd::demo::failed as operator_failed;
use crate::documents::{CeremonyFinished, CeremonyKey};
use crate::error::{CEREMONY_UNFIT, CliError};
use crate::market_dir::{DirArg, MarketDir, now_ms};
use crate::shell::{Answer, Secrecy, Shell};
use quittance_circuits::ceremony::{Ceremony, Ptau, VerifiedKey, domains};
use quittance_circuits::json;
use quittance_circuits::proof_system::VerifyingKey;
use quittance_circuits::proved::Prover;
use quittance_engine::entry::{CircuitKeyId, FileDigest, Provenance, RuleAdmit};
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
        let file = self.file.display().to_string();
        let Held::Keys(keys) = Held::read(shell, &self.file)? else {
            return Err(CliError::new(CEREMONY_UNFIT, "these are powers of tau: phase 1")
                .file(file)
                .hint("name the file of phase 2 after its beacon"));
        };
        let dir = MarketDir::open(&self.dir.dir)?;
        let mut operator = dir.operator(shell)?;
        let circuits = keys.transcript.circuits.iter();
        let circuits: Vec<_> = circuits.map(|circuit| (circuit.rule.clone(), circuit.tier.clone())).collect();
        let ptau = powers(&self.powers, &domains(&circuits).map_err(failed)?)?;
        let digest = FileDigest(keys.transcript.digest());
        let in_force = |rule: &str, tier: &str| {
            let (rule, tier) = (rule.parse().ok()?, tier.parse().ok()?);
            let keys = operator.market().rule(&rule)?.keys();
            keys.into_iter().find(|key| key.tier == tier).map(|key| key.circuit_key)
        };
        let admitted =
            write_keys(shell, &dir, &keys, &ptau, &in_force).map_err(|error| match error.file {
                None => error.file(file),
                Some(_) => error,
            })?;
        let transcript = dir.keys().join(format!("ceremony-{}.json", &digest.to_string()[..16]));
        shell.write_again(&transcript, &json::to_canonical(&keys.transcript), Secrecy::Public)?;
        let mut text = format!("ceremony {digest}\n\n");
        for key in &admitted {
            let (rule, tier) = (key.rule.parse(), key.tier.parse());
            let (Ok(rule), Ok(tier)) = (rule, tier) else {
                return Err(CliError::new(crate::error::BUG, "a circuit of ours has no name on ledgers"));
            };
            let id: CircuitKeyId = key.circuit_key.parse().map_err(|_| {
                CliError::new(crate::error::BUG, "a circuit key of ours has no id on ledgers")
            })?;
            let market = operator.market();
            if market.rule(&rule).and_then(|state| state.provenance(id)).is_none() {
                let admit = RuleAdmit {
                    market: market.entry().market.clone(),
                    rule,
                    tier: Some(tier),
                    circuit_key: Some(id),
                    provenance: Some(Provenance::Ceremony(digest)),
                };
                operator.append_own(&admit, now_ms()).map_err(|error| operator_failed(&error))?;
            }
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {} tier {}  {}", key.rule, key.tier, key.circuit_key);
        }
        operator.checkpoint().map_err(|error| operator_failed(&error))?;
        let transcript = transcript.display().to_string();
        let _ = write!(text, "\nadmitted. Publish {transcript}, the ceremony's file and the powers of tau");
        let document = CeremonyFinished {
            schema: CeremonyFinished::SCHEMA,
            digest: digest.to_string(),
            keys: admitted,
            transcript,
        };
        Ok(Answer::text(&document, text))
    }
}

/// Verifies, and writes each key into its place.
fn write_keys(
    shell: &Shell,
    dir: &MarketDir,
    keys: &Ceremony,
    ptau: &Ptau,
    in_force: &dyn Fn(&str, &str) -> Option<CircuitKeyId>,
) -> Result<Vec<CeremonyKey>, CliError> {
    let steps = 2 * keys.transcript.circuits.len() as u64;
    let progress = shell.progress("verifying the ceremony and making its keys", Some(steps));
    let watch = |steps: usize| progress.advance(steps as u64);
    // All of them before the first is written.
    let allow = |keys: &[VerifiedKey]| keys.iter().try_for_each(|key| free(shell, dir, &key.key, in_force));
    let mut written = Vec::new();
    let take = |prover: Box<dyn Prover>| -> Result<(), Stop> {
        let key = prover.verifying_key();
        let (rule, tier, id) = (&key.tier.rule, &key.tier.size, key.id());
        let files = KeyFiles::of(&dir.keys(), rule, tier);
        if !files.finished() || files.verifying_key()?.id() != id {
            files.write(shell, prover.as_ref())?;
        }
        written.push(CeremonyKey { circuit_key: id.to_string(), rule: rule.clone(), tier: tier.clone() });
        Ok(())
    };
    keys.finish(ptau, &mut random()?, &watch, allow, take).map_err(|stop: Stop| stop.0)?;
    Ok(written)
}

/// Whether the place of a key is free: no other key is in force there, and no other one's files are there.
fn free(
    shell: &Shell,
    dir: &MarketDir,
    key: &VerifyingKey,
    in_force: &dyn Fn(&str, &str) -> Option<CircuitKeyId>,
) -> Result<(), Stop> {
    let (rule, tier, id) = (&key.tier.rule, &key.tier.size, key.id());
    if in_force(rule, tier).is_some_and(|other| other.0 != id.0) {
        let what = format!("another key of {rule} tier {tier} is in force");
        let hint = format!("withdraw it: `quittance circuit-key withdraw {rule} {tier}`");
        return Err(CliError::new("duplicate_entry", what).hint(hint).into());
    }
    let files = KeyFiles::of(&dir.keys(), rule, tier);
    if files.finished() && files.verifying_key()?.id() != id && !shell.yes() {
        let what = format!("there is another key of {rule} tier {tier} in the market's folder");
        let hint = "replace it with --yes, once no round is open that needs it, and keep a copy of it";
        let file = files.pk().display().to_string();
        return Err(CliError::new("key_mismatch", what).file(file).hint(hint).into());
    }
    Ok(())
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
