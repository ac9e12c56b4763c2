//! `ceremony contribute` and `ceremony beacon`: one link more.

use super::{Held, failed, random};
use crate::args::example;
use crate::documents::CeremonyStep;
use crate::error::{CEREMONY_UNFIT, CliError, USAGE};
use crate::shell::{Answer, Secrecy, Shell, WORD, parent};
use quittance_circuits::ceremony::{self, CeremonyError, ContributorName, PowersOrigin, Ptau};
use quittance_circuits::number::Count;
use rand::rngs::StdRng;
use std::path::{Path, PathBuf};

/// Microseconds that a point takes on one core: see the figures in the docs.
const POINT_US: u64 = 90;
/// Bytes of memory a point, its file in memory included.
const POINT_BYTES: u64 = 350;

/// Multiply the secrets by factors of your own, which are forgotten, and hand on the next file
///
/// Of all who contribute, one has to be honest: to run this program unchanged, on a machine that nobody reads. What you got
/// is verified first: who multiplies points unseen hands out what nobody may have. What is written is read again and
/// checked. Write down the digest that is printed: `ceremony show` of the last file must list it.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance ceremony contribute keys-0.ceremony --powers powers.ptau --name Acme -o keys-1.ceremony"))]
pub(super) struct Contribute {
    /// The file as you got it: powers of tau, or a ceremony
    file: PathBuf,
    /// The powers of tau that a ceremony rests on; a file of powers needs none
    #[arg(long, value_name = "FILE")]
    powers: Option<PathBuf>,
    /// What you are called in the transcript
    #[arg(long)]
    name: ContributorName,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// End a phase with a public value that nobody could foresee
///
/// Announce before the last contribution which value it will be: the hash of a block, the numbers of a lottery.
#[derive(Debug, clap::Args)]
#[command(after_help = example(
    "quittance ceremony beacon keys-1.ceremony --powers powers.ptau --value 8c1f0e3ab2d4955d90c2f7a16be01f77 \
     --name block-900000 -o keys.ceremony"
))]
pub(super) struct Beacon {
    /// The file after the last contribution
    file: PathBuf,
    /// The powers of tau that a ceremony rests on; a file of powers needs none
    #[arg(long, value_name = "FILE")]
    powers: Option<PathBuf>,
    /// The value: 16 to 64 bytes, hexadecimal
    #[arg(long, value_name = "HEX")]
    value: String,
    /// What the value is
    #[arg(long)]
    name: ContributorName,
    /// The value is hashed 2^this times
    #[arg(long, value_name = "POWER", default_value_t = 10)]
    rounds_power: u64,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

impl Contribute {
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let (name, powers) = (self.name, self.powers);
        link(shell, &self.file, &self.output, |held, rng, watch| match held {
            Held::Powers(ptau) => match &mut ptau.origin {
                PowersOrigin::Contributions(transcript) => {
                    ptau.powers.contribute(transcript, name, rng, watch).map_err(failed)
                }
                PowersOrigin::Imported => Err(foreign()),
            },
            Held::Keys(keys) => keys.contribute(&rests_on(powers)?, name, rng, watch).map_err(failed),
        })
    }
}

impl Beacon {
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let beacon = ceremony::Beacon { value: self.value, rounds_power: Count(self.rounds_power) };
        beacon.check().map_err(|error| CliError::new(USAGE, error.to_string()))?;
        let (name, powers) = (self.name, self.powers);
        link(shell, &self.file, &self.output, |held, rng, watch| match held {
            Held::Powers(ptau) => match &mut ptau.origin {
                PowersOrigin::Contributions(transcript) => {
                    ptau.powers.end(transcript, name, beacon, rng, watch).map_err(failed)
                }
                PowersOrigin::Imported => Err(foreign()),
            },
            Held::Keys(keys) => keys.end(&rests_on(powers)?, name, beacon, rng, watch).map_err(failed),
        })
    }
}

/// The powers that a ceremony rests on, which have to be named.
fn rests_on(powers: Option<PathBuf>) -> Result<Ptau, CliError> {
    let missing = || {
        let what = "a ceremony is verified before it goes on, and for that its powers of tau are needed";
        CliError::new(USAGE, what).hint("name them: --powers FILE")
    };
    super::powers(&powers.ok_or_else(missing)?, &[])
}

fn foreign() -> CliError {
    let what = "these powers were made by another program, which alone can go on with them";
    CliError::new(CEREMONY_UNFIT, what)
        .hint("contribute with snarkjs, or begin phase 2: `quittance ceremony phase2`")
}

/// Reads a file, makes a link, writes the next file, reads it again and checks it.
fn link(
    shell: &Shell,
    file: &Path,
    output: &Path,
    make: impl FnOnce(&mut Held, &mut StdRng, ceremony::Watch<'_>) -> Result<(), CliError>,
) -> Result<Answer, CliError> {
    let named = |error: CliError| match error.file {
        None => error.file(file.display().to_string()),
        Some(_) => error,
    };
    // Before the work, not after it.
    writable(shell, output)?;
    let before = Held::read(shell, file)?;
    let points = before.points();
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let (seconds, mib) = ((points * POINT_US / cores).div_ceil(1_000_000), (points * POINT_BYTES) >> 20);
    shell.note(&format!(
        "{points} points to multiply: about {seconds} s on {cores} cores, and {mib} MiB of memory"
    ));
    let mut rng = random()?;
    let mut held = before.clone();
    {
        let progress = shell.progress("multiplying the points", Some(points));
        make(&mut held, &mut rng, &|points| progress.advance(points as u64)).map_err(named)?;
    }
    write(shell, &held, output)?;
    let again = Held::read(shell, output)?;
    let _progress = shell.progress("checking what was written", None);
    let same = if again == held {
        check(&before, &again, &mut rng)
    } else {
        Err(CeremonyError::Invalid("what was written is not what was read".into()))
    };
    same.map_err(|error| failed(error).file(output.display().to_string()))?;
    Ok(answer(&again, output, None))
}

fn check(before: &Held, after: &Held, rng: &mut StdRng) -> Result<(), CeremonyError> {
    match (before, after) {
        (Held::Powers(_), Held::Powers(ptau)) => ptau.powers.check(rng),
        (Held::Keys(before), Held::Keys(after)) => ceremony::check_step(before, after, rng),
        _ => Err(CeremonyError::Invalid("what was written is of another phase".into())),
    }
}

/// Whether the file can be written, as far as can be told.
fn writable(shell: &Shell, output: &Path) -> Result<(), CliError> {
    if output == Path::new("-") {
        return Err(CliError::new(USAGE, "points go to a file, which is read again: `-o -` is none"));
    }
    if output.exists() && !shell.yes() {
        return Err(CliError::io("write", output, &std::io::ErrorKind::AlreadyExists.into()));
    }
    if !parent(output).is_dir() {
        return Err(CliError::io("write", output, &std::io::ErrorKind::NotFound.into()));
    }
    Ok(())
}

fn write(shell: &Shell, held: &Held, output: &Path) -> Result<(), CliError> {
    writable(shell, output)?;
    let _progress = shell.progress("writing the points", None);
    shell.write(output, &held.to_bytes()?, Secrecy::Public)
}

/// Writes the first file of a phase.
pub(super) fn hand_on(shell: &Shell, held: &Held, output: &Path, note: &str) -> Result<Answer, CliError> {
    write(shell, held, output)?;
    Ok(answer(held, output, Some(note)))
}

fn answer(held: &Held, output: &Path, note: Option<&str>) -> Answer {
    let (file, digest) = (output.display().to_string(), held.digest());
    let names: Vec<String> = held.contributions().iter().map(|link| link.name.to_string()).collect();
    let who = note.map_or_else(|| names.join(", "), str::to_owned);
    let text = format!(
        "wrote {file}\n\n  {WORD}phase{WORD:#}         {}\n  {WORD}contributors{WORD:#}  {who}\n  {WORD}digest{WORD:#}        {digest}",
        held.phase(),
    );
    let document = CeremonyStep {
        schema: CeremonyStep::SCHEMA,
        contributors: names,
        digest,
        file,
        phase: Count(held.phase()),
    };
    Answer::text(&document, text)
}
