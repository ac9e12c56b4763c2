//! kill -9 at random points: while opening, recovering, appending, syncing, signing.

use crate::Outcome;
use crate::oracle::Oracle;
use crate::process::{BATCH, Process, seed, some_time};

/// Longest life of a writer, in milliseconds.
const LIFE: u64 = 300;

/// Kills so many writers of one ledger.
pub fn run(times: u64) -> Outcome {
    let folder = tempfile::tempdir()?;
    let (mut oracle, seed) = (Oracle::default(), seed());
    println!("kills: seed {seed}");
    for kill in 0..times {
        let mut writer = Process::start(&[], BATCH, folder.path())?;
        writer.listen(some_time(seed + kill, LIFE));
        let said = writer.kill()?;
        if said.contains("failed") {
            return Err(format!("kill {kill}: {said}").into());
        }
        oracle.hear(&said)?;
        oracle.check(folder.path()).map_err(|error| format!("after kill {kill} of seed {seed}: {error}"))?;
    }
    println!(
        "{times} kills: {} entries acknowledged, {} checkpoints signed; 0 lost, 0 forks",
        oracle.acknowledged(),
        oracle.signed()
    );
    Ok(())
}
