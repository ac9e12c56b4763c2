//! Checkpoints that were seen before: what goes on from them, and what contradicts them.

use crate::demo::demo;
use crate::run::{code, copy_folder, document, quittance, run, stderr, walk};
use crate::schemas::check;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

/// Two ledgers of one market that part after its start: an operator who shows each half of the members another.
struct Fork(TempDir);

impl Fork {
    fn new() -> Self {
        let fork = Self(tempfile::tempdir().unwrap());
        fork.done("init shop --origin example.com/shop");
        for name in ["acme", "bolt", "cord"] {
            fork.done(&format!("key new {name}"));
            fork.done(&format!(
                "member request {name} --roles bidder --market shop/market.vkey -o {name}.json"
            ));
        }
        copy_folder(&fork.0.path().join("shop"), &fork.0.path().join("other"));
        fork.add("shop", "acme");
        fork.add("other", "bolt");
        fork
    }

    fn add(&self, ledger: &str, member: &str) {
        self.done(&format!("member add {member}.json --dir {ledger} -o {ledger}-{member}.json"));
    }

    fn run(&self, line: &str) -> Output {
        run(self.0.path(), line)
    }

    fn done(&self, line: &str) {
        let output = self.run(line);
        assert_eq!(code(&output), 0, "{line}: {}", stderr(&output));
    }

    /// How `ledger watch` ends: its exit code, and what it says of the history, or the code of an error.
    fn watch(&self, source: &str) -> (i32, String) {
        let output = self.run(&format!("ledger watch {source} --market shop/market.vkey --json"));
        let answer = document(&output);
        check(source, &answer);
        let word = ["history", "code"].iter().find_map(|field| answer[*field].as_str());
        (code(&output), word.unwrap_or("evidence").to_owned())
    }

    /// Every file of evidence that was kept.
    fn evidence(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(&self.0.path().join("state"), &mut |path| {
            if path.extension().is_some_and(|extension| extension == "json") {
                found.push(path.display().to_string());
            }
        });
        found
    }

    fn forget(&self) {
        fs::remove_dir_all(self.0.path().join("state")).unwrap();
    }
}

fn ends(exit: i32, word: &str) -> (i32, String) {
    (exit, word.to_owned())
}

#[test]
fn a_log_that_goes_on_is_followed() {
    let fork = Fork::new();
    fork.done("ledger export one --ledger shop/ledger");
    fork.add("shop", "bolt");
    fork.done("ledger export two --ledger shop/ledger");
    for (source, expected) in [
        ("one", ends(0, "first")),
        ("one", ends(0, "same")),
        ("two", ends(0, "extended")),
        ("two", ends(0, "same")),
        ("one", ends(0, "older")),
        ("shop/ledger", ends(0, "same")),
    ] {
        assert_eq!(fork.watch(source), expected, "{source}");
    }
    // A note alone tells that it is the same, and of a longer log nothing.
    fork.add("shop", "cord");
    let note = fork.run("ledger checkpoint --ledger shop/ledger").stdout;
    fs::write(fork.0.path().join("note"), note).unwrap();
    assert_eq!(fork.watch("note"), ends(2, "history_unproved"));
    fork.done("ledger checkpoint --since 1 --ledger shop/ledger -o wrong.json");
    assert_eq!(fork.watch("wrong.json"), ends(2, "history_unproved"));
    fork.done("ledger checkpoint --since 3 --ledger shop/ledger -o since.json");
    let since = fs::read_to_string(fork.0.path().join("since.json")).unwrap();
    let mut damaged: Value = serde_json::from_str(&since).unwrap();
    check("since", &damaged);
    damaged["root"] = "00".repeat(32).into();
    fs::write(fork.0.path().join("damaged.json"), damaged.to_string()).unwrap();
    assert_eq!(fork.watch("damaged.json"), ends(2, "history_unproved"), "anybody can damage a proof");
    assert_eq!(fork.watch("since.json"), ends(0, "extended"));
    assert_eq!(fork.watch("note"), ends(0, "same"));
    assert_eq!(fork.evidence(), Vec::<String>::new());
    // Remembered is the last one, and nothing else.
    let mut notes = 0;
    walk(&fork.0.path().join("state"), &mut |path| {
        notes += 1;
        assert!(path.ends_with("4.checkpoint"), "{}", path.display());
    });
    assert_eq!(notes, 1);
}

#[test]
fn two_histories_are_evidence_for_strangers() {
    let fork = Fork::new();
    assert_eq!(fork.watch("shop/ledger"), ends(0, "first"));
    // Two roots of one size; then a longer log that begins otherwise, from each kind of source.
    assert_eq!(fork.watch("other/ledger"), ends(1, "evidence"));
    fork.add("other", "cord");
    fork.done("ledger export site --ledger other/ledger");
    fork.done("ledger checkpoint --since 2 --ledger other/ledger -o since.json");
    for source in ["other/ledger", "site", "since.json"] {
        assert_eq!(fork.watch(source), ends(1, "evidence"), "{source}");
    }
    let evidence = fork.evidence();
    assert_eq!(evidence.len(), 2, "the same contradiction is the same file: {evidence:?}");
    for file in &evidence {
        let output = fork.run(&format!("verify {file} --market shop/market.vkey --json"));
        assert_eq!(code(&output), 0, "{}", document(&output));
    }
    // What contradicts what was seen does not take its place.
    assert_eq!(fork.watch("shop/ledger"), ends(0, "same"));
    let output = fork.run("ledger watch site --market shop/market.vkey -o fork.json");
    assert_eq!(code(&output), 1);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("wrote fork.json") && said.contains("log_forked"), "{said}");
    assert!(fork.0.path().join("fork.json").is_file());
}

#[test]
fn damaged_sources_and_memories_are_no_answer() {
    let fork = Fork::new();
    fork.done("ledger export site --ledger shop/ledger");
    fork.add("shop", "bolt");
    assert_eq!(fork.watch("site"), ends(0, "first"));
    fork.done("ledger export later --ledger shop/ledger");
    let tile = fork.0.path().join("later/tile/0/000.p/3");
    let bytes = fs::read(&tile).unwrap();
    for damage in [&bytes[..64], &[&[1], &bytes[1..]].concat()] {
        fs::write(&tile, damage).unwrap();
        assert_eq!(fork.watch("later"), ends(1, "folder_damaged"));
    }
    fs::write(&tile, &bytes).unwrap();
    let mut note = None;
    walk(&fork.0.path().join("state"), &mut |path| note = Some(path.to_owned()));
    let note = note.unwrap();
    let text = fs::read_to_string(&note).unwrap();
    fs::write(&note, text.replacen("\n2\n", "\n3\n", 1)).unwrap();
    assert_eq!(fork.watch("later"), ends(2, "history_damaged"));
    fs::write(&note, &text).unwrap();
    assert_eq!(fork.watch("later"), ends(0, "extended"));
    assert_eq!(fork.watch("acme.json"), ends(2, "kind_unknown"));
    assert_eq!(fork.watch("nothing"), ends(2, "file_not_found"));
    let other = demo().0.path().join("market/ledger").display().to_string();
    assert_eq!(fork.watch(&other), ends(2, "market_mismatch"));
    fork.forget();
    let mut command = quittance(fork.0.path());
    command.args(["ledger", "watch", "site", "--market", "shop/market.vkey", "--json"]);
    let output = command.env_remove("XDG_STATE_HOME").env_remove("HOME").output().unwrap();
    assert_eq!((code(&output), document(&output)["code"].as_str()), (2, Some("io_failed")));
}

fn history(place: &Path, line: &str) -> (i32, String, String) {
    let market = demo().0.path().join("market");
    let market = market.display();
    let output = run(place, &format!("verify {market}/{line} --market {market}/market.vkey --json"));
    let verdict = document(&output);
    check(line, &verdict);
    let check = verdict["checks"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(check["name"], "history", "{verdict}");
    let open = verdict["not_checked"].to_string().contains("history before");
    assert_eq!(open, check["state"] == "not_made" || check["state"] == "failed", "{verdict}");
    (
        code(&output),
        check["state"].as_str().unwrap().to_owned(),
        check["compared"].as_str().unwrap().to_owned(),
    )
}

/// A log that was made again is consistent in itself: whoever has seen the other one needs no receipt to notice.
#[test]
fn verify_remembers_what_it_saw() {
    let place = tempfile::tempdir().unwrap();
    let ended = |line: &str| {
        let (code, state, _) = history(place.path(), line);
        (code, state)
    };
    let ends = |code: i32, state: &str| (code, state.to_owned());
    assert_eq!(
        ended("forged/entry-edited.bundle.json --history"),
        ends(0, "not_made"),
        "nothing was seen before"
    );
    assert_eq!(ended("forged/entry-edited.bundle.json --history"), ends(0, "passed"));
    // The honest bundle shows the tree at the size that was seen, so it needs no other source.
    assert_eq!(ended("rounds/1/bundle.json --history"), ends(1, "failed"));
    let other = tempfile::tempdir().unwrap();
    let ended = |line: &str| {
        let (code, state, said) = history(other.path(), line);
        (code, state, said.split([' ', ':']).next().unwrap().to_owned())
    };
    let ends = |code: i32, state: &str, word: &str| (code, state.to_owned(), word.to_owned());
    assert_eq!(ended("rounds/1/bundle.json --history"), ends(0, "not_made", "nothing"));
    assert_eq!(ended("rounds/4/bundle.json --history"), ends(0, "passed", "you"));
    let receipt = "private/acme-meters/receipt.tlog-proof";
    let bid = format!("--bid {}/market/private/acme-meters/bid.json", demo().0.path().display());
    assert_eq!(ended(&format!("{receipt} {bid} --history")), ends(0, "not_made", "older"));
    assert_eq!(ended("forged/entry-edited.bundle.json --history"), ends(0, "not_made", "older"));
    let ledger = format!("--history={}/market/ledger", demo().0.path().display());
    assert_eq!(ended(&format!("{receipt} {bid} {ledger}")), ends(0, "passed", "the"));
    assert_eq!(ended(&format!("forged/entry-edited.bundle.json {ledger}")), ends(1, "failed", "log_forked"));
}
