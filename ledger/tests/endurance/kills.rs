//! kill -9 at random points: while opening, recovering, appending, syncing, signing.

use crate::Outcome;
use crate::oracle::Oracle;
use crate::process::{BATCH, Process, seed, some_time};
use crate::writer::How;

/// Longest life of a writer, in milliseconds.
const LIFE: u64 = 300;

/// Kills so many writers of one ledger.
pub fn run(times: u64) -> Outcome {
    let folder = tempfile::tempdir()?;
    let (mut oracle, seed) = (Oracle::default(), seed());
    println!("kills: seed {seed}");
    for kill in 0..times {
        let how = if kill % 4 < 2 { How::Batches } else { How::Together };
        let mut writer = Process::start(&[], how, BATCH, folder.path())?;
        // Every other one lives until it has promised something: on a busy machine the time alone may be too short.
        if kill % 2 == 1 {
            writer.listen_for(match how {
                How::Batches => "ack ",
                How::Together => "at ",
            });
        }
        writer.listen(some_time(seed + kill, LIFE));
        let said = writer.kill()?;
        if said.contains("failed") {
            return Err(format!("kill {kill}: {said}").into());
        }
        oracle.hear(&said)?;
        oracle.check(folder.path()).map_err(|error| format!("after kill {kill} of seed {seed}: {error}"))?;
    }
    if oracle.acknowledged() == 0 {
        return Err("nothing was acknowledged, so nothing was tried".into());
    }
    println!(
        "{times} kills: {} entries acknowledged, {} checkpoints signed; 0 lost, 0 forks",
        oracle.acknowledged(),
        oracle.signed()
    );
    Ok(())
}
