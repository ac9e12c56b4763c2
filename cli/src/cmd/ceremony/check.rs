//! `ceremony show` and `ceremony verify`: who took part, and whether it is right.

use super::{Held, failed, powers, random};
use crate::args::example;
use crate::documents::{CeremonyCheck, CeremonyKey, CeremonyShown, Contributor};
use crate::error::{CliError, Exit};
use crate::shell::{Answer, BAD, GOOD, Output, Shell, WORD, printable};
use quittance_circuits::ceremony::{Ceremony, Contribution, PowersOrigin, Ptau, Verified};
use quittance_circuits::json;
use quittance_circuits::number::Count;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Show who has contributed, to what, and the digest that stands for it. Checks nothing
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ceremony show last.ceremony"))]
pub(super) struct Show {
    /// Powers of tau, or a ceremony
    file: PathBuf,
    /// Write the transcript of phase 2 there: what its digest is of
    #[arg(long, value_name = "FILE")]
    transcript: Option<Output>,
}

/// Check a ceremony: every contribution, and that the points are those of the powers of tau and of this program's circuits
///
/// Nobody who contributed is believed. Needs no secret, no ledger and no network.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ceremony verify last.ceremony --powers powers.ptau"))]
pub(super) struct Verify {
    /// A ceremony, under way or ended
    file: PathBuf,
    /// The powers of tau that it rests on
    #[arg(long, value_name = "FILE")]
    powers: PathBuf,
}

impl Show {
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let held = Held::read(shell, &self.file)?;
        if let Some(output) = &self.transcript {
            let keys = held.keys().map_err(|error| error.file(self.file.display().to_string()))?;
            return output.publish(shell, json::to_canonical(&keys.transcript));
        }
        let contributors = contributors(&held);
        let (mut circuits, mut text) = (Vec::new(), String::new());
        match &held {
            Held::Powers(ptau) => {
                let _ = writeln!(text, "phase 1, powers of tau of size {}", ptau.powers.power());
                if ptau.origin == PowersOrigin::Imported {
                    let _ = writeln!(text, "made by another program, which lists who contributed");
                }
            }
            Held::Keys(keys) => {
                let _ = writeln!(text, "phase 2, on powers of tau of size {}", keys.transcript.powers.power);
                for circuit in &keys.transcript.circuits {
                    let _ =
                        writeln!(text, "  {} tier {}", printable(&circuit.rule), printable(&circuit.tier));
                    circuits.push(format!("{}:{}", circuit.rule, circuit.tier));
                }
            }
        }
        text.push('\n');
        for (nth, contributor) in contributors.iter().enumerate() {
            let what = if contributor.beacon.is_some() { "beacon" } else { "" };
            let (name, digest) = (&contributor.name, &contributor.digest);
            let _ = writeln!(text, "  {WORD}{:>2}{WORD:#}  {name:<24} {what:<6}  {digest}", nth + 1);
        }
        if contributors.is_empty() {
            text.push_str("  nobody has contributed\n");
        }
        let digest = held.digest();
        let ended = contributors.last().is_some_and(|last| last.beacon.is_some());
        let document = CeremonyShown {
            schema: CeremonyShown::SCHEMA,
            circuits,
            contributors,
            digest,
            ended,
            phase: Count(held.phase()),
            points: Count(held.points()),
        };
        Ok(Answer::text(&document, text))
    }
}

fn contributors(held: &Held) -> Vec<Contributor> {
    let digests = held.digests();
    let one = |(link, digest): (&Contribution, &String)| Contributor {
        beacon: link.beacon.as_ref().map(|beacon| beacon.value.clone()),
        digest: digest.clone(),
        name: link.name.to_string(),
    };
    held.contributions().iter().zip(digests.iter().skip(1)).map(one).collect()
}

impl Verify {
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let file = self.file.display().to_string();
        let held = Held::read(shell, &self.file)?;
        let keys = held.keys().map_err(|error| error.file(file.clone()))?;
        let ptau = powers(&self.powers, &[])?;
        let verified = verify(shell, keys, &ptau);
        match verified {
            Ok(verified) => Ok(right(&held, keys, &ptau, &verified)),
            Err(error) if error.exit == Exit::No => {
                let text = format!("  {BAD}✗{BAD:#} {}\n\n{BAD}rejected: {}{BAD:#}", error.what, error.code);
                let document = CeremonyCheck {
                    schema: CeremonyCheck::SCHEMA,
                    code: Some(error.code),
                    contributors: contributors(&held),
                    digest: hex::encode(keys.transcript.digest()),
                    ended: keys.transcript.has_ended(),
                    keys: Vec::new(),
                    not_checked: Vec::new(),
                    verified: false,
                    what: Some(error.what),
                };
                Ok(Answer::text(&document, text).exit(Exit::No))
            }
            Err(error) => Err(error.file(file)),
        }
    }
}

/// Verifies, with a bar.
fn verify(shell: &Shell, keys: &Ceremony, ptau: &Ptau) -> Result<Verified, CliError> {
    let circuits = keys.transcript.circuits.len() as u64;
    let progress = shell.progress("verifying the ceremony", Some(circuits));
    keys.verify(ptau, &mut random()?, &|done| progress.advance(done as u64)).map_err(failed)
}

fn right(held: &Held, keys: &Ceremony, ptau: &Ptau, verified: &Verified) -> Answer {
    let transcript = &keys.transcript;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let mut line = |name: &str, says: &str| {
        let _ = writeln!(text, "  {GOOD}✓{GOOD:#} {name:<14} {says}");
    };
    let made = match &ptau.origin {
        PowersOrigin::Contributions(powers) => format!(", by {}", list(&powers.contributions)),
        PowersOrigin::Imported => String::new(),
    };
    line("powers of tau", &format!("size {}{made}", transcript.powers.power));
    line("contributions", &list(&transcript.contributions));
    if let Some(beacon) = transcript.contributions.last().and_then(|last| last.beacon.as_ref()) {
        line("beacon", &format!("{}, hashed 2^{} times", beacon.value, beacon.rounds_power));
    }
    let tiers: Vec<_> =
        transcript.circuits.iter().map(|circuit| format!("{} tier {}", circuit.rule, circuit.tier)).collect();
    line("circuits", &format!("{}, as this program has them", tiers.join(", ")));
    for key in &verified.keys {
        line("key", &format!("{} tier {}  {}", key.circuit.rule, key.circuit.tier, key.key.id()));
    }
    let mut not_checked = Vec::new();
    if ptau.origin == PowersOrigin::Imported {
        not_checked.push("who made the powers of tau (`snarkjs powersoftau verify`)".to_owned());
    }
    not_checked.push("that the names are the persons' (ask for the digest that each wrote down)".into());
    not_checked.push("that one of them forgot what it drew".into());
    let _ = write!(
        text,
        "\n  transcript       {}\n\n  not checked      {}\n\n",
        hex::encode(verified.transcript),
        not_checked.join(";\n                   ")
    );
    text.push_str(if verified.keys.is_empty() { "right so far; it has not ended" } else { "verified" });
    let keys = verified.keys.iter().map(|key| CeremonyKey {
        circuit_key: key.key.id().to_string(),
        rule: key.circuit.rule.clone(),
        tier: key.circuit.tier.clone(),
    });
    let document = CeremonyCheck {
        schema: CeremonyCheck::SCHEMA,
        code: None,
        contributors: contributors(held),
        digest: hex::encode(verified.transcript),
        ended: transcript.has_ended(),
        keys: keys.collect(),
        not_checked,
        verified: true,
        what: None,
    };
    Answer::text(&document, text)
}

fn list(contributions: &[Contribution]) -> String {
    match contributions {
        [] => "nobody yet".into(),
        _ => {
            let people = contributions.iter().filter(|link| link.beacon.is_none());
            people.map(|link| link.name.to_string()).collect::<Vec<_>>().join(", ")
        }
    }
}
