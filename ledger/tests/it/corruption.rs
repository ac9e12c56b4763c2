//! A ledger's folder with anything in it damaged: it is refused, or what is read from it is the same to the byte.
//!
//! `make test` tries a sample of places; `make corruption` every byte (`QUITTANCE_CORRUPTION=all`) and every 16th place to cut
//! off or to zero from, and prints the table of docs/src/reference/endurance.md.

use crate::support::{fill, log_key};
use quittance_ledger::{Anchor as _, FileAnchor, Log, RocksStore, SignedCheckpoint, Store, Survey};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const CONTEXT: &str = "quittance test blob";
/// Everything that a store holds, by names.
type Content = BTreeMap<String, Vec<u8>>;

/// A ledger as it lies on disk: `ledger/`, `ledger.anchor`.
struct Lying {
    what: &'static str,
    root: TempDir,
    content: Content,
}

/// A folder in memory where there is one: every case copies a ledger and syncs it several times.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}

/// Two of one ledger: closed, and as a crash leaves it; and an older copy of it, closed.
fn lying() -> (Vec<Lying>, TempDir) {
    let made = folder();
    let (path, anchor) = (made.path().join("ledger"), FileAnchor::at(made.path().join("ledger.anchor")));
    let mut log = Log::open(RocksStore::create(&path).expect("created")).expect("opens");
    for size in [5, 9] {
        fill(&mut log, size);
        log.put_blob(CONTEXT, format!("blob {size}").as_bytes()).expect("kept");
        log.store().put_meta("name", b"value").expect("kept");
        log.publish_checkpoint(&log_key(), &anchor).expect("published");
    }
    drop(log);
    let older = folder();
    copy(made.path(), older.path());
    let mut log = Log::open(RocksStore::open(&path).expect("opens")).expect("sound");
    for size in 10..=14 {
        fill(&mut log, size);
    }
    log.publish_checkpoint(&log_key(), &anchor).expect("published");
    // Nothing outside the folder knows of these.
    for size in 15..=17 {
        fill(&mut log, size);
    }
    log.put_blob(CONTEXT, b"the last blob").expect("kept");
    let content = content(log.store());
    let take = |what| {
        let root = folder();
        copy(made.path(), root.path());
        Lying { what, root, content: content.clone() }
    };
    let crashed = take("after a crash");
    drop(log);
    (vec![take("closed"), crashed], older)
}

/// Copies a folder and those in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for file in fs::read_dir(from).expect("a folder").map(|file| file.expect("a file")) {
        let (path, copied) = (file.path(), to.join(file.file_name()));
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            fs::copy(path, copied).expect("copied");
        }
    }
}

/// Reads everything.
fn content(store: &dyn Store) -> Content {
    let mut content = Content::new();
    for index in 0..store.head().expect("read").size {
        content.insert(format!("entry {index}"), store.entry(index).expect("read").expect("there"));
    }
    for size in store.checkpoint_sizes().expect("read") {
        content.insert(format!("checkpoint {size}"), store.checkpoint(size).expect("read").expect("there"));
    }
    for id in store.blob_ids().expect("read") {
        content.insert(format!("blob {id}"), store.blob(&id).expect("read").expect("there"));
    }
    for name in store.meta_names().expect("read") {
        let value = store.meta(&name).expect("read").expect("there");
        content.insert(format!("value {name}"), value);
    }
    content
}

/// What became of a damaged folder.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// Not opened, or not signed.
    Refused(String),
    /// Opened; a survey names what is wrong.
    Reported(String),
    /// Nothing is wrong, and this is there.
    Sound(Content),
}

/// Opens for reading, as `ledger replay` does, compares with the anchor, and reads all of it.
fn audit(root: &Path) -> Outcome {
    let (path, anchor) = (root.join("ledger"), FileAnchor::at(root.join("ledger.anchor")));
    let key = log_key().verifier_key();
    let log = match RocksStore::open_read_only(&path) {
        Ok(store) => Log::open(store),
        Err(error) => return Outcome::Refused(error.to_string()),
    };
    let log = match log.and_then(|log| log.check_anchor(&key, &anchor).map(|_| log)) {
        Ok(log) => log,
        Err(error) => return Outcome::Refused(error.to_string()),
    };
    let note = anchor.load().expect("read").map(|note| SignedCheckpoint::parse(&note).expect("a note"));
    let notes = note.into_iter().collect();
    let survey = Survey::of(log.store(), &key, &[CONTEXT], notes, 0, &mut |_| {});
    match survey.damage.first() {
        Some(damage) => Outcome::Reported(format!("{}: {}", damage.part, damage.what)),
        None => Outcome::Sound(content(log.store())),
    }
}

/// Opens for writing, appends, signs; then reads all of it.
fn write(root: &Path) -> Outcome {
    let (path, anchor) = (root.join("ledger"), FileAnchor::at(root.join("ledger.anchor")));
    let written = RocksStore::open(&path).map_err(Into::into).and_then(Log::open).and_then(|mut log| {
        log.check_anchor(&log_key().verifier_key(), &anchor)?;
        let next = crate::support::entry(1000);
        log.append(vec![next])?;
        log.publish_checkpoint(&log_key(), &anchor).map(drop)
    });
    match written {
        Ok(()) => audit(root),
        Err(error) => Outcome::Refused(error.to_string()),
    }
}

/// How often damage of a kind of file came to what.
#[derive(Default)]
struct Count {
    cases: usize,
    refused: usize,
    reported: usize,
    same: usize,
}

/// Kinds of files, by the starts and ends of their names.
fn kind(name: &str) -> &'static str {
    match name {
        name if name.ends_with(".sst") => "tables (.sst)",
        name if name.ends_with(".log") => "write-ahead logs (.log)",
        name if name.starts_with("MANIFEST") => "MANIFEST",
        name if name.starts_with("OPTIONS") => "OPTIONS",
        name if name.starts_with("LOG") => "LOG",
        "CURRENT" => "CURRENT",
        "IDENTITY" => "IDENTITY",
        "LOCK" => "LOCK",
        "HIGH-WATER" => "HIGH-WATER",
        "ledger.anchor" => "anchor",
        other => panic!("a file of no known kind: {other}"),
    }
}

/// Every file of a ledger, with its bytes; what RocksDB writes for people is left out.
fn files(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let folders = [root.to_owned(), root.join("ledger")];
    let all = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder"));
    let paths = all.map(|file| file.expect("a file").path()).filter(|path| path.is_file());
    let mut files: Vec<_> = paths
        .filter(|path| !["LOG", "LOCK"].contains(&kind(&name(path))))
        .map(|path| (path.clone(), fs::read(path).expect("read")))
        .collect();
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

/// Compares an outcome with what was there.
fn judge(outcome: &Outcome, before: &Content, about: &str) -> usize {
    match outcome {
        Outcome::Refused(why) => {
            // It is named: a file, a part, or that something was lost.
            let names =
                ["ledger", "lost", "loss", "checkpoint", "entr", "head", "signature", "signed", "root"];
            assert!(names.iter().any(|name| why.contains(name)), "{about}: {why}");
            0
        }
        Outcome::Reported(_) => 1,
        Outcome::Sound(after) => {
            for (name, bytes) in before {
                assert_eq!(after.get(name), Some(bytes), "{about}: {name} is not what it was");
            }
            2
        }
    }
}

/// Damages one file in one way after the other; each time the folder is audited, and a copy of it written to.
fn damage(lying: &Lying, all: bool, counts: &mut BTreeMap<(&'static str, &'static str), Count>) {
    let root = lying.root.path();
    for (path, bytes) in files(root) {
        let (name, length) = (name(&path), bytes.len());
        let kind = kind(&name);
        let mut cases: Vec<(String, &'static str, Option<Vec<u8>>)> =
            vec![("deleted".into(), "deleted", None)];
        // Options are not read: a sample says as much as all of them.
        let step = if all && kind != "OPTIONS" { 1 } else { (length / 3).max(1) };
        for place in (0..length).step_by(step) {
            for mask in if all { &[0x01, 0xff][..] } else { &[0x01] } {
                let mut changed = bytes.clone();
                changed[place] ^= mask;
                cases.push((format!("byte {place} ^ {mask:#x}"), "a byte changed", Some(changed)));
            }
            if all && place % 16 != 0 {
                continue;
            }
            cases.push((format!("cut off at {place}"), "cut off", Some(bytes[..place].to_vec())));
            let end = length.min(place + 512);
            let mut zeroed = bytes.clone();
            zeroed[place..end].fill(0);
            cases.push((format!("zeros from {place} to {end}"), "512 bytes zeroed", Some(zeroed)));
        }
        if all {
            eprintln!("{}: {name}, {length} bytes, {} cases", lying.what, cases.len());
        }
        for (about, way, changed) in cases {
            let about = format!("{}: {name}: {about}", lying.what);
            match &changed {
                Some(changed) => fs::write(&path, changed).expect("written"),
                None => fs::remove_file(&path).expect("removed"),
            }
            let audited = judge(&audit(root), &lying.content, &format!("audited {about}"));
            // Writing takes thrice as long: one of the two changes of a byte is enough.
            if !about.ends_with("0xff") {
                let copied = folder();
                copy(root, copied.path());
                judge(&write(copied.path()), &lying.content, &format!("written to {about}"));
            }
            let count = counts.entry((kind, way)).or_default();
            count.cases += 1;
            *[&mut count.refused, &mut count.reported, &mut count.same][audited] += 1;
            fs::write(&path, &bytes).expect("restored");
        }
    }
    assert_eq!(audit(root), Outcome::Sound(lying.content.clone()), "{}: nothing is damaged", lying.what);
}

#[test]
fn any_damage_is_refused_or_changes_nothing() {
    let all = std::env::var("QUITTANCE_CORRUPTION").is_ok_and(|which| which == "all");
    let (lying, _) = lying();
    let mut counts = BTreeMap::new();
    for lying in &lying {
        damage(lying, all, &mut counts);
    }
    println!(
        "| file | damage | cases | refused | reported by a survey | read the same |\n|---|---|---|---|---|---|"
    );
    for ((kind, way), Count { cases, refused, reported, same }) in &counts {
        println!("| {kind} | {way} | {cases} | {refused} | {reported} | {same} |");
    }
    // One changed byte: these hold nothing that may be wrong.
    for kind in ["anchor", "CURRENT"] {
        let count = &counts[&(kind, "a byte changed")];
        assert_eq!(count.refused, count.cases, "{kind}");
    }
    let lost =
        [("write-ahead logs (.log)", "deleted"), ("MANIFEST", "deleted"), ("tables (.sst)", "deleted")];
    for (kind, way) in lost {
        assert!(counts[&(kind, way)].refused > 0, "{kind}");
    }
}

#[test]
fn an_older_copy_is_refused() {
    let (lying, older) = lying();
    for Lying { root, content, .. } in &lying {
        let root = root.path();
        // The folder, its anchor being newer.
        let back = folder();
        copy(older.path(), back.path());
        fs::copy(root.join("ledger.anchor"), back.path().join("ledger.anchor")).expect("copied");
        for outcome in [audit(back.path()), write(back.path())] {
            assert!(
                matches!(&outcome, Outcome::Refused(why) if why.starts_with("rollback or loss")),
                "{outcome:?}"
            );
        }
        // The database, its mark being newer.
        fs::copy(older.path().join("ledger.anchor"), back.path().join("ledger.anchor")).expect("copied");
        fs::copy(root.join("ledger/HIGH-WATER"), back.path().join("ledger/HIGH-WATER")).expect("copied");
        for outcome in [audit(back.path()), write(back.path())] {
            assert!(
                matches!(&outcome, Outcome::Refused(why) if why.starts_with("entries are lost")),
                "{outcome:?}"
            );
        }
        // An older mark or anchor hides nothing that is there.
        let back = folder();
        copy(root, back.path());
        for file in ["ledger.anchor", "ledger/HIGH-WATER"] {
            fs::copy(older.path().join(file), back.path().join(file)).expect("copied");
        }
        assert_eq!(audit(back.path()), Outcome::Sound(content.clone()));
    }
}
