//! Disks that fail to sync: `fdatasync` and `fsync` return errors at random. `fiu-run` (of libfiu) makes them.

use crate::Outcome;
use crate::oracle::Oracle;
use crate::process::{BATCH, Process};
use crate::writer::How;
use std::process::Command;

/// One sync in so many fails.
const FAILING: [(&str, &str); 2] = [("posix/io/sync/fdatasync", "0.01"), ("posix/io/sync/fsync", "0.02")];

/// Runs so many writers of one ledger until a sync fails.
pub fn run(times: u64) -> Outcome {
    if Command::new("fiu-run").arg("-h").output().is_err() {
        println!("sync errors: skipped, for they need fiu-run (Debian: fiu-utils)");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let (mut oracle, mut appending) = (Oracle::default(), 0);
    for time in 0..times {
        let controls =
            FAILING.map(|(name, chance)| format!("enable_random name={name},probability={chance}"));
        let under = ["fiu-run", "-x", "-c", &controls[0], "-c", &controls[1]];
        let (said, status) = Process::start(&under, How::Batches, BATCH, folder.path())?.wait()?;
        if status.success() || !said.lines().last().unwrap_or_default().starts_with("failed") {
            return Err(format!("writer {time} ends with {status} after a failed sync").into());
        }
        appending += u64::from(said.contains("ack"));
        oracle.hear(&said)?;
        oracle.check(folder.path()).map_err(|error| format!("after writer {time}: {error}"))?;
    }
    println!(
        "{times} failed syncs, {appending} of them while appending: {} entries acknowledged, {} checkpoints signed; 0 lost, 0 forks",
        oracle.acknowledged(),
        oracle.signed()
    );
    Ok(())
}
