//! A ledger that is kept: copied, restored, and what is left of it when it was damaged.

use crate::demo::demo;
use crate::run::{code, copy_folder, document, run, stderr, walk};
use crate::schemas::check;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const BACKUP: &str = "ledger backup --to backup --ledger market/ledger --market market/market.vkey --json";
const RESTORE: &str = "ledger restore backup --to copy --market market/market.vkey --json";
const REPAIR: &str = "ledger repair --market market/market.vkey --json";
const REPLAY: &str = "ledger replay --market market/market.vkey --json";

/// The demo's market, in a place of its own.
fn market() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy_folder(&demo().0.path().join("market"), &dir.path().join("market"));
    dir
}

fn done(dir: &Path, line: &str) -> Value {
    let output = run(dir, line);
    assert_eq!(code(&output), 0, "{line}: {} {}", stderr(&output), String::from_utf8_lossy(&output.stdout));
    let said = document(&output);
    check(line, &said);
    said
}

fn refused(dir: &Path, line: &str, exit: i32) -> Value {
    let output = run(dir, line);
    assert_eq!(code(&output), exit, "{line}: {}", String::from_utf8_lossy(&output.stdout));
    let said = document(&output);
    check(line, &said);
    said
}

/// The database's files that end so, largest first.
fn files(ledger: &Path, end: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    walk(ledger, &mut |path| files.extend(path.to_string_lossy().ends_with(end).then(|| path.to_owned())));
    files.sort_by_key(|path| std::cmp::Reverse(fs::metadata(path).unwrap().len()));
    files
}

fn flip(path: &Path, place: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[place] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_restored_ledger_is_the_one_that_was_backed_up() {
    let dir = market();
    let dir = dir.path();
    let backed_up = done(dir, BACKUP);
    assert_eq!(backed_up["entries"], backed_up["signed"]);
    assert_eq!(refused(dir, BACKUP, 2)["code"], "file_exists", "nothing is replaced");
    assert_eq!(
        fs::read(dir.join("backup/checkpoint")).unwrap(),
        fs::read(dir.join("market/ledger.anchor")).unwrap()
    );
    let restored = run(dir, RESTORE);
    assert_eq!(code(&restored), 0, "{}", stderr(&restored));
    assert_eq!(refused(dir, RESTORE, 2)["code"], "file_exists", "nothing is replaced");
    let [old, new] =
        ["market/ledger", "copy"].map(|ledger| run(dir, &format!("{REPLAY} --ledger {ledger}")).stdout);
    assert!(!old.is_empty() && old == new && old == restored.stdout, "three reports, byte for byte");
    let anchors = ["market/ledger.anchor", "copy.anchor"].map(|anchor| fs::read(dir.join(anchor)).unwrap());
    assert_eq!(anchors[0], anchors[1]);
    assert_eq!(done(dir, &format!("{REPAIR} --ledger copy"))["sound"], true);
    // It goes on.
    done(dir, "key new zoe --json");
    done(dir, "member request zoe --roles bidder --market market/market.vkey -o zoe.json --json");
    done(dir, "member add zoe.json --dir market --ledger copy -o zoe/member.json --json");
}

/// Every file of a backup, one byte at a time: refused, with nothing left behind, or the restored ledger is the same.
#[test]
fn a_damaged_backup_is_refused() {
    let dir = market();
    let dir = dir.path();
    done(dir, BACKUP);
    let mut all = Vec::new();
    walk(&dir.join("backup"), &mut |path| all.push(path.to_owned()));
    let mut caught = 0;
    for path in all {
        let whole = fs::read(&path).unwrap();
        let name = path.strip_prefix(dir).unwrap().display().to_string();
        if whole.is_empty() {
            continue;
        }
        flip(&path, whole.len() / 3);
        let output = run(dir, RESTORE);
        // What RocksDB says to people, and the padding of the mark, say nothing about the ledger.
        if ["OPTIONS", "HIGH-WATER"].iter().any(|harmless| name.contains(harmless)) {
            assert_eq!(code(&output), 0, "{name}: {}", stderr(&output));
            fs::remove_dir_all(dir.join("copy")).unwrap();
            fs::remove_file(dir.join("copy.anchor")).unwrap();
        } else {
            assert!(code(&output) != 0, "{name}");
            let said = document(&output);
            assert_eq!(said["code"], "ledger_damaged", "{name}: {said}");
            assert!(
                !dir.join("copy").exists() && !dir.join("copy.anchor").exists(),
                "{name}: something is left"
            );
            caught += 1;
        }
        fs::write(&path, whole).unwrap();
    }
    assert!(caught >= 8, "{caught}: tables, manifest, CURRENT, checkpoint");
    fs::remove_file(dir.join("backup/checkpoint")).unwrap();
    assert_eq!(refused(dir, RESTORE, 2)["file"], "backup/checkpoint");
}

#[test]
fn a_backup_behind_what_was_signed_is_refused() {
    let dir = market();
    let dir = dir.path();
    done(dir, BACKUP);
    done(dir, "key new zoe --json");
    done(dir, "member request zoe --roles bidder --market market/market.vkey -o zoe.json --json");
    done(dir, "member add zoe.json --dir market -o zoe/member.json --json");
    // At the place of a ledger whose anchor is further.
    fs::rename(dir.join("market/ledger"), dir.join("market/lost")).unwrap();
    let at_its_place = "ledger restore backup --to market/ledger --market market/market.vkey --json";
    let said = refused(dir, at_its_place, 2);
    assert!(said["what"].as_str().unwrap().starts_with("rollback or loss"), "{said}");
    assert!(!dir.join("market/ledger").exists());
    // With a newer checkpoint in the backup than its entries reach.
    fs::copy(dir.join("market/ledger.anchor"), dir.join("backup/checkpoint")).unwrap();
    let said = refused(dir, RESTORE, 1);
    assert_eq!(said["code"], "ledger_damaged", "{said}");
    assert!(said["what"].as_str().unwrap().contains("is missing"), "{said}");
    // A ledger behind its anchor is not backed up either.
    fs::remove_dir_all(dir.join("backup")).unwrap();
    copy_folder(&demo().0.path().join("market/ledger"), &dir.join("market/ledger"));
    let said = refused(dir, BACKUP, 2);
    assert!(said["what"].as_str().unwrap().starts_with("rollback or loss"), "{said}");
    assert!(!dir.join("backup").exists());
}

#[test]
fn repair_names_what_is_lost_and_writes_what_is_proved() {
    let dir = market();
    let dir = dir.path();
    let ledger = dir.join("market/ledger");
    let repair = format!("{REPAIR} --ledger market/ledger --to rest");
    let root = |report: &Value| (report["size"].clone(), report["root"].clone());
    let whole = root(&done(dir, &format!("{REPLAY} --ledger market/ledger")));
    // The entries are the largest table. Some are lost in its middle; all before are proved by an earlier checkpoint.
    let entries = files(&ledger, ".sst").remove(0);
    let sound = fs::read(&entries).unwrap();
    flip(&entries, sound.len() / 3);
    let said = refused(dir, &repair, 1);
    let damage = said["damage"].as_array().unwrap();
    assert!(damage.len() == 1 && damage[0]["part"].as_str().unwrap().starts_with("entries "), "{said}");
    let number = |field: &str| said[field].as_str().unwrap().parse::<u64>().unwrap();
    assert!(number("proved") > 0 && number("proved") <= number("unbroken"), "{said}");
    assert!(number("unbroken") < number("expected") && number("expected") == number("signed"), "{said}");
    assert_eq!(refused(dir, &repair, 2)["code"], "file_exists", "nothing is replaced");
    assert_ne!(fs::read(&entries).unwrap(), sound, "nothing is changed");
    // A ledger of the rest is one of that many entries; and it cannot take the place of the longer one.
    let output = run(dir, "ledger import rest --ledger copy --market market/market.vkey --json");
    assert_eq!(document(&output)["size"], said["proved"], "{}", stderr(&output));
    fs::write(&entries, &sound).unwrap();
    fs::remove_dir_all(dir.join("rest")).unwrap();
    // The catalogue is lost: everything is found without it.
    flip(&ledger.join("CURRENT"), 3);
    let said = refused(dir, &repair, 1);
    assert_eq!((&said["rebuilt"], &said["proved"]), (&Value::Bool(true), &said["expected"]), "{said}");
    assert_eq!(said["damage"][0]["part"], "the database");
    let again = done(dir, "ledger import rest --ledger whole --market market/market.vkey --json");
    assert_eq!(root(&again), whole);
    flip(&ledger.join("CURRENT"), 3);
    // Anchor and mark.
    fs::remove_file(dir.join("market/ledger.anchor")).unwrap();
    fs::write(ledger.join("HIGH-WATER"), [0; 1024]).unwrap();
    let said = refused(dir, &format!("{REPAIR} --ledger market/ledger"), 1);
    let parts: Vec<_> =
        said["damage"].as_array().unwrap().iter().map(|damage| damage["part"].clone()).collect();
    assert_eq!(parts, ["the high-water mark", "the anchor"]);
    assert_eq!(refused(dir, &format!("{REPAIR} --ledger nowhere"), 2)["code"], "ledger_missing");
}

/// A byte of every file: replay gives no answer, with words for people, or reports the same, and repair knows what replay
/// met.
#[test]
fn a_damaged_ledger_is_refused_or_replayed_the_same() {
    let dir = market();
    let dir = dir.path();
    let ledger = dir.join("market/ledger");
    let replay = format!("{REPLAY} --ledger market/ledger");
    let whole = run(dir, &replay).stdout;
    let mut refusals = 0;
    let beside = [dir.join("market/ledger.anchor")];
    let said = |path: &PathBuf| !path.ends_with("LOG") && fs::metadata(path).unwrap().len() > 0;
    for path in files(&ledger, "").into_iter().chain(beside).filter(said) {
        let length = fs::metadata(&path).unwrap().len() as usize;
        for place in [length / 3, 2 * length / 3] {
            let about = format!("{}, byte {place}", path.display());
            flip(&path, place);
            let replayed = run(dir, &replay);
            let surveyed = run(dir, &format!("{REPAIR} --ledger market/ledger"));
            let survey = document(&surveyed);
            if code(&replayed) == 0 {
                assert_eq!(replayed.stdout, whole, "{about}");
            } else {
                // Damage is no answer: neither *no* nor a report.
                let said = document(&replayed);
                assert_eq!((code(&replayed), &said["schema"]), (2, &"error/v1".into()), "{about}: {said}");
                let names = ["ledger", "anchor", "rollback"];
                let named = said["what"].as_str().is_some_and(|what| names.iter().any(|n| what.contains(n)));
                assert!(named, "{about}: {said}");
                assert_ne!(code(&surveyed), 0, "{about}: {survey}");
            }
            if code(&surveyed) != 0 {
                refusals += 1;
                let parts = survey["damage"].as_array().is_some_and(|parts| !parts.is_empty());
                assert!(parts || survey["code"] == "ledger_damaged", "{about}: {survey}");
            }
            flip(&path, place);
        }
    }
    assert!(refusals >= 14, "{refusals}: tables, CURRENT, MANIFEST, anchor");
}
