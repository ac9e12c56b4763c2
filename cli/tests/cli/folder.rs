//! A ledger as a folder: exported, imported, and refused with any byte changed.

use crate::demo::demo;
use crate::run::{code, copy_folder, document, run, stderr, walk};
use std::fs;
use std::path::Path;

/// The demo's ledger as a folder, in a new place.
fn exported(dir: &Path) {
    copy_folder(&demo().0.path().join("market"), &dir.join("market"));
    let output = run(dir, "ledger export site --ledger market/ledger --json");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(document(&output)["schema"], "exported/v1");
}

const IMPORT: &str = "ledger import site --ledger copy --market market/market.vkey --json";
const REPLAY: &str = "ledger replay --market market/market.vkey --json";

#[test]
fn a_ledger_is_the_same_after_a_journey() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    exported(dir);
    assert_eq!(code(&run(dir, "ledger export site --ledger market/ledger")), 2, "nothing is replaced");
    let output = run(dir, IMPORT);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let [old, new] =
        ["market/ledger", "copy"].map(|ledger| run(dir, &format!("{REPLAY} --ledger {ledger}")).stdout);
    assert!(!old.is_empty() && old == new && old == output.stdout, "three reports, byte for byte");
    let again = run(dir, "ledger export again --ledger copy");
    assert_eq!(code(&again), 0, "{}", stderr(&again));
    walk(&dir.join("site"), &mut |path| {
        let other = dir.join("again").join(path.strip_prefix(dir.join("site")).unwrap());
        assert_eq!(fs::read(path).unwrap(), fs::read(other).unwrap(), "{}", path.display());
    });
    let anchors = ["market/ledger.anchor", "copy.anchor"].map(|anchor| fs::read(dir.join(anchor)).unwrap());
    assert_eq!(anchors[0], anchors[1]);
    assert_eq!(code(&run(dir, IMPORT)), 2, "nothing is replaced");
    // A place where a longer ledger was is not taken by an older copy.
    fs::remove_dir_all(dir.join("copy")).unwrap();
    assert_eq!(code(&run(dir, IMPORT)), 0, "the same one may come back");
}

/// The ledger in a site is the export; its pages are the same each time, and its reports are reports.
#[test]
fn a_site_holds_the_ledger_that_it_is_about() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    exported(dir);
    let made = "ledger export --site pages --ledger market/ledger --market market/market.vkey";
    let output = run(dir, &format!("{made} --json"));
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let said = document(&output);
    assert_eq!((&said["schema"], &said["rejected"]), (&"site/v1".into(), &"0".into()));
    let mut files = 0;
    walk(&dir.join("pages"), &mut |_| files += 1);
    assert_eq!(said["files"], files.to_string());
    walk(&dir.join("site"), &mut |path| {
        let other = dir.join("pages/log").join(path.strip_prefix(dir.join("site")).unwrap());
        assert_eq!(fs::read(path).unwrap(), fs::read(other).unwrap(), "{}", path.display());
    });
    let output = run(dir, "ledger import pages/log --ledger copy --market market/market.vkey");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    // From a copy, the same bytes.
    let output = run(dir, "ledger export --site again --ledger copy --market market/market.vkey");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    walk(&dir.join("pages"), &mut |path| {
        let other = dir.join("again").join(path.strip_prefix(dir.join("pages")).unwrap());
        assert_eq!(fs::read(path).unwrap(), fs::read(other).unwrap(), "{}", path.display());
    });
    for round in 1..=11 {
        for file in ["report.html", "bundle.json"] {
            let line = format!("verify pages/rounds/{round}.{file} --market market/market.vkey --yes");
            assert_eq!(code(&run(dir, &line)), 0, "{line}");
        }
    }
    // One mistake each; nothing is left behind.
    fs::write(dir.join("file"), "x").unwrap();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden/v1/market/market.vkey");
    fs::copy(golden, dir.join("other.vkey")).unwrap();
    for (line, said) in [
        (made.to_owned(), "file_exists"),
        (made.replace("pages", "file"), "file_exists"),
        (
            made.replace("--site pages", "--site new").replace("market/market.vkey", "other.vkey"),
            "market_mismatch",
        ),
        (
            made.replace("--site pages", "--site new").replace(" --market market/market.vkey", ""),
            "market_key_missing",
        ),
        (made.replace("--site pages", "--site no/such/new"), "file_not_found"),
        (made.replace("--site pages", "other --site new"), "usage"),
        (made.replace(" --site pages", ""), "usage"),
    ] {
        let output = run(dir, &format!("{line} --json"));
        assert_eq!((code(&output), document(&output)["code"].as_str()), (2, Some(said)), "{line}");
        assert!(!dir.join("new").exists(), "{line}");
    }
}

/// Files of every kind with a byte changed; a strange file. Nothing is left behind. (Every file, byte and length is tried on
/// a folder in memory: `ledger/tests/it/tiles.rs`.)
#[test]
fn a_damaged_folder_is_refused_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    exported(dir);
    let refused = |about: &str| {
        let output = run(dir, IMPORT);
        assert_eq!(code(&output), 1, "{about}: {}", String::from_utf8_lossy(&output.stdout));
        assert!(
            !dir.join("copy").exists() && !dir.join("copy.anchor").exists(),
            "{about}: something is left"
        );
        document(&output)
    };
    let mut files = Vec::new();
    walk(&dir.join("site"), &mut |path| files.push(path.to_owned()));
    files.sort();
    // One of each folder.
    files.dedup_by_key(|path| path.parent().map(Path::to_owned));
    assert!(files.len() >= 5, "{files:?}");
    for path in files {
        let whole = fs::read(&path).unwrap();
        let name = path.strip_prefix(dir).unwrap().display().to_string();
        let mut changed = whole.clone();
        changed[whole.len() / 2] ^= 1;
        fs::write(&path, &changed).unwrap();
        let said = refused(&name);
        let blamed = [name.as_str(), "site"].into_iter().any(|file| said["file"] == file);
        assert!(blamed || said["schema"] == "replay/v1", "{name}: {said}");
        fs::write(&path, &whole).unwrap();
    }
    fs::write(dir.join("site/more"), "?").unwrap();
    assert_eq!(refused("a strange file")["file"], "site/more");
    let left: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "no half of a ledger: {left:?}");
}
