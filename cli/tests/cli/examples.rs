//! Every command's help ends with one example, and the example works.

use crate::run::{code, quittance, run, sandbox, stderr};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;

/// The help page of a command.
fn help(words: &[String]) -> String {
    let output = quittance(Path::new(".")).args(words).arg("--help").output().unwrap();
    assert_eq!(code(&output), 0, "{words:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The commands that a help page lists: above the options, indented by two.
fn listed(page: &str) -> Vec<String> {
    let above = page.split("ptions:\n").next().unwrap();
    let lines = above.lines().filter_map(|line| line.strip_prefix("  "));
    let words = lines.filter_map(|line| line.split(' ').next().filter(|word| !word.is_empty()));
    words
        .filter(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
        .map(Into::into)
        .collect()
}

/// Every command and the groups above it, with its help page.
fn commands() -> Vec<(Vec<String>, String)> {
    let mut commands = vec![(Vec::new(), help(&[]))];
    let mut next = 0;
    while let Some((words, page)) = commands.get(next) {
        let below: Vec<Vec<String>> =
            listed(page).into_iter().map(|word| [words.clone(), vec![word]].concat()).collect();
        commands.extend(below.into_iter().map(|words| (words.clone(), help(&words))));
        next += 1;
    }
    commands
}

/// What an operator and its members have done before the examples: an open round, a new market, a request.
const OPERATED: &[&str] = &[
    "init shop --origin example.com/shop --insecure-dev-keys",
    "round open --dir market --rule uniform-price/v1 --terms terms.json --item river-lab --seller river-lab \
     --close-at 2030-01-01T12:00:00Z --abort-at 2030-01-08T12:00:00Z -o river.json",
    "cosign river.json --key market/private/river-lab",
    "round admit river.json --dir market",
    "member request acme --roles bidder --market market/market.vkey -o acme.json",
    "member add acme.json --dir market -o acme/member.json",
    "member request bolt --roles bidder --market shop/market.vkey -o request.json",
];

/// A ceremony that has ended.
const CEREMONY: &[&str] = &[
    "ceremony phase2 fine-tuning-bargain/v1:1 --powers powers.ptau -o first.ceremony",
    "ceremony contribute first.ceremony --powers powers.ptau --name Acme -o second.ceremony",
    "ceremony beacon second.ceremony --powers powers.ptau --value 8c1f0e3ab2d4955d90c2f7a16be01f77 --name block -o last.ceremony",
];

/// A folder with what examples name: the example files, a member's keys, and the demo market.
fn furnished() -> TempDir {
    let dir = sandbox();
    std::fs::create_dir(dir.path().join("inbox")).unwrap();
    let powers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/ptau/snarkjs-9.ptau");
    std::fs::copy(powers, dir.path().join("powers.ptau")).unwrap();
    let mut lines = vec!["key new acme", "key new bolt", "demo market --cheat"];
    lines.extend(CEREMONY);
    if cfg!(feature = "rocksdb") {
        lines.extend(OPERATED);
    }
    for line in lines {
        let output = run(dir.path(), line);
        assert_eq!(code(&output), 0, "{line}: {}", stderr(&output));
    }
    // A member's receipt, and what an operator who cheats could publish as the bundle.
    let market = dir.path().join("market");
    for (from, to) in [
        ("private/acme-meters/receipt.tlog-proof", "acme.tlog-proof"),
        ("forged/bid-left-out.bundle.json", "round-1.bundle.json"),
    ] {
        std::fs::copy(market.join(from), dir.path().join(to)).unwrap();
    }
    dir
}

#[test]
fn every_help_page_ends_with_an_example_that_works() {
    let commands = commands();
    let names: Vec<String> = commands.iter().map(|(words, _)| words.join(" ")).collect();
    for name in ["verify", "rule eval", "key new", "model check", "schema", "ledger replay", "help"] {
        assert!(names.iter().any(|known| known == name), "{name} is not in {names:?}");
    }
    let furnished = furnished();
    for (words, page) in commands.iter().skip(1) {
        let name = words.join(" ");
        // A line that ends in a backslash goes on, as in a shell.
        let joined = page.trim_end().replace(" \\\n    ", " ");
        let mut lines = joined.lines().rev();
        let line = lines.next().and_then(|line| line.strip_prefix("  $ quittance "));
        let line = line.unwrap_or_else(|| panic!("{name}: no example at the end of\n{page}"));
        assert_eq!(lines.next(), Some("Example:"), "{name}");
        assert!(line.starts_with(&name), "{name}: the example is another command's: {line}");
        // What makes the furniture does so in an empty place.
        let empty = sandbox();
        let makes = ["key new", "demo", "init"].iter().any(|start| line.starts_with(start));
        if name == "witness serve" {
            serves(furnished.path(), line);
            continue;
        }
        let output = run(if makes { &empty } else { &furnished }.path(), line);
        let keeps = ["ledger", "init", "--dir ", "--old "].iter().any(|word| line.contains(word));
        if keeps && !cfg!(feature = "rocksdb") {
            assert_eq!(code(&output), 2, "{line}: this build keeps no ledger");
            continue;
        }
        assert_eq!(code(&output), 0, "{line}: {}", stderr(&output));
        assert!(!output.stdout.is_empty(), "{line}: no result");
    }
}

/// A command that never ends by itself: it gets as far as to listen.
fn serves(dir: &Path, line: &str) {
    let mut command = quittance(dir);
    command.args(line.split_whitespace()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let listens = said.into_iter().any(|line| line.contains(" listens at http://127.0.0.1:"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(listens, "{line}");
}

#[test]
fn help_topics_are_texts() {
    let output = quittance(Path::new(".")).args(["help", "--json"]).output().unwrap();
    let list = crate::run::document(&output);
    for topic in list["topics"].as_array().unwrap() {
        let topic = topic.as_str().unwrap();
        let output = quittance(Path::new(".")).args(["help", topic]).output().unwrap();
        assert!(code(&output) == 0 && output.stdout.len() > 300, "{topic}");
        assert!(
            String::from_utf8(output.stdout).unwrap().lines().all(|line| line.chars().count() <= 80),
            "{topic}"
        );
    }
}
