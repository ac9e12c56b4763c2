//! Power cuts: an ext4 file system in a file, whose bytes are copied while a writer is stopped. The copy is what a disk
//! holds when the power fails: what the file system had not handed to its disk is gone.
//!
//! Before that a control: writers whose syncs do nothing (`eatmydata`) must lose something by the same cuts, or the
//! check could not tell.
//!
//! Needs root and loop devices; says so where it cannot run.

use crate::Outcome;
use crate::oracle::Oracle;
use crate::process::{BATCH, Process, seed, some_time};
use crate::writer::How;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Longest life of a writer, in milliseconds.
const LIFE: u64 = 1500;

/// Runs a program, which must succeed.
fn done(program: &str, words: &[&str]) -> Outcome {
    let output = Command::new(program).args(words).output()?;
    if !output.status.success() {
        return Err(format!("{program} {words:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(())
}

/// A file system that is mounted until it is dropped.
struct Mounted(PathBuf);

impl Mounted {
    fn image(image: &Path, at: PathBuf) -> Outcome<Self> {
        fs::create_dir_all(&at)?;
        done("mount", &["-o", "loop", &image.to_string_lossy(), &at.to_string_lossy()])?;
        Ok(Self(at))
    }

    /// Makes a file system of so many bytes and mounts it.
    fn new(image: &Path, bytes: u64, at: PathBuf) -> Outcome<Self> {
        fs::File::create(image)?.set_len(bytes)?;
        done("mkfs.ext4", &["-q", "-F", &image.to_string_lossy()])?;
        Self::image(image, at)
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Err(error) = done("umount", &[&self.0.to_string_lossy()]) {
            println!("{error}");
        }
    }
}

/// Cuts the power so many times, then fills a disk.
pub fn run(times: u64) -> Outcome {
    let folder = tempfile::tempdir()?;
    let image = folder.path().join("disk");
    let disk = match Mounted::new(&image, 300 << 20, folder.path().join("mounted")) {
        Ok(disk) => disk,
        Err(error) => {
            println!("power cuts: skipped, for they need root, loop devices and mkfs.ext4: {error}");
            return Ok(());
        }
    };
    let (mut oracle, seed) = (Oracle::default(), seed());
    println!("power cuts: seed {seed}");
    control(folder.path())?;
    for cut in 0..times {
        let mut writer = Process::start(&[], How::Batches, BATCH, &disk.0)?;
        writer.listen(some_time(seed + cut, LIFE));
        cut_off(&mut writer, &image, &mut oracle)?
            .map_err(|error| format!("after cut {cut} of seed {seed}: {error}"))?;
        // The disk itself has had no power cut, only a kill.
        oracle.hear(&writer.kill()?)?;
        oracle.check(&disk.0)?;
    }
    println!(
        "{times} power cuts: {} entries acknowledged, {} checkpoints signed; 0 lost, 0 forks",
        oracle.acknowledged(),
        oracle.signed()
    );
    drop(disk);
    full(folder.path())
}

/// Stops a writer, and checks what is left when the power fails at this moment: the inner result.
fn cut_off(writer: &mut Process, image: &Path, oracle: &mut Oracle) -> Outcome<Outcome> {
    done("kill", &["-STOP", &writer.id().to_string()])?;
    // What it said before it was stopped is in the pipe.
    writer.listen(Duration::from_millis(100));
    oracle.hear(&writer.heard())?;
    let copy = image.with_extension("copy");
    copy_at_rest(image, &copy)?;
    let after = Mounted::image(&copy, image.with_extension("after"))?;
    let checked = oracle.clone().check(&after.0);
    drop(after);
    fs::remove_file(copy)?;
    Ok(checked)
}

/// Power cuts of writers whose syncs do nothing.
fn control(folder: &Path) -> Outcome {
    const CUTS: u64 = 4;
    if Command::new("eatmydata").arg("true").output().is_err() {
        println!("the control of the power cuts: skipped, for it needs eatmydata");
        return Ok(());
    }
    let mut lost = 0;
    for cut in 0..CUTS {
        let image = folder.join(format!("unsynced-{cut}"));
        let disk = Mounted::new(&image, 300 << 20, image.with_extension("mounted"))?;
        let mut writer = Process::start(&["eatmydata"], How::Batches, BATCH, &disk.0)?;
        writer.listen_for("ack ");
        let checked = cut_off(&mut writer, &image, &mut Oracle::default())?;
        lost += u64::from(checked.is_err());
        writer.kill()?;
    }
    if lost == 0 {
        return Err(
            "writers that do not sync lost nothing, so the power cuts would not show that others do".into()
        );
    }
    println!("{CUTS} power cuts of writers that do not sync: {lost} lost what they had acknowledged");
    Ok(())
}

/// Copies a file until it did not change meanwhile: the system may still be writing to it.
fn copy_at_rest(from: &Path, to: &Path) -> Outcome {
    for _ in 0..20 {
        done("cp", &["--sparse=always", &from.to_string_lossy(), &to.to_string_lossy()])?;
        if done("cmp", &[&from.to_string_lossy(), &to.to_string_lossy()]).is_ok() {
            return Ok(());
        }
    }
    Err("the file system's file never comes to rest".into())
}

/// Fills a disk under a writer: it ends with an error, nothing that it had promised is lost, and with room again the next
/// one goes on.
fn full(folder: &Path) -> Outcome {
    let disk = Mounted::new(&folder.join("small"), 400 << 20, folder.join("full"))?;
    let ballast = disk.0.join("ballast");
    let mut oracle = Oracle::default();
    let mut last = String::new();
    for writer in 0..2 {
        let mut process = Process::start(&[], How::Batches, 1000, &disk.0)?;
        process.listen(Duration::from_secs(1));
        // It ends when there is no room.
        let mut file = fs::File::create(&ballast)?;
        while file.write_all(&[0; 1 << 16]).is_ok() {}
        drop(file);
        process.listen(Duration::from_secs(60));
        let said = process.kill()?;
        oracle.hear(&said)?;
        last = said.lines().last().unwrap_or_default().to_owned();
        if !last.starts_with("failed") || !last.contains("No space left on device") {
            return Err(format!("writer {writer} on a full disk ends with {last:?}").into());
        }
        // On the full disk it can be read, with room again it goes on.
        oracle.look(&disk.0)?;
        fs::remove_file(&ballast)?;
        oracle.check(&disk.0)?;
    }
    println!("2 full disks: {} entries acknowledged, then {last:?}; 0 lost", oracle.acknowledged());
    Ok(())
}
