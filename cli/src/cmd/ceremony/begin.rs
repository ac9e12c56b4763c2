//! `ceremony new` and `ceremony phase2`: where each phase begins.

use super::{Held, failed, powers, random};
use crate::args::example;
use crate::error::{CliError, USAGE};
use crate::shell::{Answer, Shell};
use quittance_circuits::ceremony::{
    Ceremony, CeremonyError, Powers, PowersOrigin, PowersTranscript, Ptau, domains,
};
use quittance_circuits::rules::RULES;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

/// Begin phase 1: powers of tau that everybody multiplies
///
/// They serve all circuits of up to 2^SIZE constraints, of any market. Instead, a published file can be taken, as
/// snarkjs makes and checks them.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ceremony new 9 -o powers-0.ptau"))]
pub(super) struct New {
    /// The size: 12 for `uniform-price/v1:256`; `ceremony phase2` says what others need
    size: u32,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Begin phase 2: the keys of circuits, on powers of tau that are checked first
#[derive(Debug, clap::Args)]
#[command(after_help = example(
    "quittance ceremony phase2 fine-tuning-bargain/v1:1 --powers powers.ptau -o keys-0.ceremony"
))]
pub(super) struct Phase2 {
    /// The circuits, a rule and a size each: `uniform-price/v1:256`; `all:256` takes every rule that has the size
    #[arg(required = true, value_name = "CIRCUIT")]
    circuits: Vec<Circuits>,
    /// The powers of tau
    #[arg(long, value_name = "FILE")]
    powers: PathBuf,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// One circuit, or a size of every rule.
#[derive(Debug, Clone)]
struct Circuits(Vec<(String, String)>);

impl FromStr for Circuits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (rule, size) =
            text.rsplit_once(':').ok_or("a circuit is a rule and a size: `uniform-price/v1:256`")?;
        let known = RULES.iter().filter_map(|known| Some((known.id(), known.proved()?)));
        let known = known.filter(|(id, _)| rule == "all" || rule == *id);
        let known = known.filter(|(_, proved)| proved.tiers().iter().any(|tier| tier.size == size));
        let circuits: Vec<_> = known.map(|(id, _)| (id.to_owned(), size.to_owned())).collect();
        if circuits.is_empty() {
            return Err("there is no such circuit; `quittance rule show RULE` lists a rule's sizes".into());
        }
        Ok(Self(circuits))
    }
}

impl New {
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        if !(1..=28).contains(&self.size) {
            return Err(CliError::new(USAGE, "a size is 1 to 28: powers for circuits of 2^size constraints"));
        }
        let powers = Powers::new(self.size).map_err(failed)?;
        let origin = PowersOrigin::Contributions(PowersTranscript::new(self.size));
        let held = Held::Powers(Box::new(Ptau { powers, origin, prepared: BTreeMap::new() }));
        super::contribute::hand_on(shell, &held, &self.output, "nobody has contributed yet")
    }
}

impl Phase2 {
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let circuits: Vec<(String, String)> = self.circuits.into_iter().flat_map(|named| named.0).collect();
        let name = self.powers.display().to_string();
        let ptau = {
            let _progress = shell.progress("reading the powers of tau", None);
            powers(&self.powers, &domains(&circuits).map_err(failed)?)?
        };
        if ptau.origin == PowersOrigin::Imported {
            shell.warn(&format!(
                "the powers were made elsewhere. That they are powers is checked; who made them is not: compare the digest \
                 of {name} with the published one, and let `snarkjs powersoftau verify` check who contributed"
            ));
        }
        let progress = shell.progress("beginning the circuits' keys", Some(circuits.len() as u64));
        let advance = |circuits: usize| progress.advance(circuits as u64);
        let begun = Ceremony::start(&circuits, &ptau, &mut random()?, &advance);
        drop(progress);
        let held = Held::Keys(begun.map_err(|error| match error {
            error @ CeremonyError::Unfit(_) => failed(error),
            error => failed(error).file(name),
        })?);
        super::contribute::hand_on(shell, &held, &self.output, "nobody has contributed yet")
    }
}
