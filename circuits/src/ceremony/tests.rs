//! Ceremonies of small circuits, and everything that somebody could do wrong in one.

mod chain;
mod files;
mod forged;
mod oracle;
mod powers;
mod whole;

use super::*;
use crate::number::Count;
use ark_std::rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::sync::OnceLock;

fn rng() -> StdRng {
    StdRng::seed_from_u64(27)
}

fn name(text: &str) -> ContributorName {
    text.parse().unwrap()
}

fn beacon() -> Beacon {
    Beacon { value: "00112233445566778899aabbccddeeff".into(), rounds_power: Count(3) }
}

const QUIET: Watch<'static> = &|_| {};
/// Domains of 512: enough for the circuit of [`CIRCUIT`].
const POWER: u32 = 9;
const CIRCUIT: (&str, &str) = ("fine-tuning-bargain/v1", "1");

/// Powers of this size that two parties made.
fn phase1(power: u32) -> Ptau {
    let (mut powers, mut rng) = (Powers::new(power).unwrap(), rng());
    let mut transcript = PowersTranscript::new(power);
    for who in ["Ada", "Bob"] {
        powers.contribute(&mut transcript, name(who), &mut rng, QUIET).unwrap();
    }
    powers.end(&mut transcript, name("beacon"), beacon(), &mut rng, QUIET).unwrap();
    Ptau { powers, origin: PowersOrigin::Contributions(transcript), prepared: BTreeMap::new() }
}

/// The powers of a smaller size.
fn truncated(mut powers: Powers, power: u32) -> Powers {
    let size = 1usize << power;
    powers.tau_g1.truncate(2 * size - 1);
    powers.tau_g2.truncate(size);
    powers.alpha_g1.truncate(size);
    powers.beta_g1.truncate(size);
    powers
}

fn ptau() -> &'static Ptau {
    static PTAU: OnceLock<Ptau> = OnceLock::new();
    PTAU.get_or_init(|| phase1(POWER))
}

fn circuits() -> Vec<(String, String)> {
    vec![(CIRCUIT.0.into(), CIRCUIT.1.into())]
}

/// Phase 2 before anybody contributed.
fn begun() -> Ceremony {
    static BEGUN: OnceLock<Ceremony> = OnceLock::new();
    BEGUN.get_or_init(|| Ceremony::start(&circuits(), ptau(), &mut rng(), QUIET).unwrap()).clone()
}

/// After Ada and Bob.
fn contributed() -> Ceremony {
    static CONTRIBUTED: OnceLock<Ceremony> = OnceLock::new();
    let make = || {
        let (mut ceremony, mut rng) = (begun(), rng());
        ceremony.contribute(ptau(), name("Ada"), &mut rng, QUIET).unwrap();
        ceremony.contribute(ptau(), name("Bob"), &mut rng, QUIET).unwrap();
        ceremony
    };
    CONTRIBUTED.get_or_init(make).clone()
}

/// After the beacon.
fn ended() -> Ceremony {
    static ENDED: OnceLock<Ceremony> = OnceLock::new();
    let make = || {
        let mut ceremony = contributed();
        ceremony.end(ptau(), name("beacon"), beacon(), &mut rng(), QUIET).unwrap();
        ceremony
    };
    ENDED.get_or_init(make).clone()
}

/// Goes on with whatever points there are: a crippled program, or somebody's own.
fn multiplied(ceremony: &mut Ceremony, who: &str) {
    let values = ceremony.values().unwrap();
    ceremony.multiply(values, name(who), &mut rng(), QUIET);
}

/// Ends it with whatever points there are.
fn declared(ceremony: &mut Ceremony, who: &str) {
    let values = ceremony.transcript.follow().unwrap();
    ceremony.declare(values, name(who), beacon(), QUIET);
}

/// What is wrong with it.
fn refused(ceremony: &Ceremony) -> String {
    match ceremony.verify(ptau(), &mut rng(), QUIET) {
        Ok(_) => panic!("verified"),
        Err(error) => error.to_string(),
    }
}
