//! Everything that fuzzing found holds: the committed corpora, and what crashed once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use quittance_fuzz::{TARGETS, fixtures};
use std::collections::BTreeSet;
use std::panic::catch_unwind;

/// The inputs of a target.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let text = String::from_utf8(fixtures::read(&format!("fuzz/{name}.txt"))).expect("base64");
    text.lines().map(|line| BASE64.decode(line).expect("base64")).collect()
}

#[test]
fn every_property_holds_of_its_corpus() {
    let mut wrong = Vec::new();
    for target in TARGETS {
        let inputs = corpus(target.name);
        assert!(!inputs.is_empty(), "{} has no corpus", target.name);
        for input in inputs {
            if catch_unwind(|| (target.check)(&input)).is_err() {
                wrong.push(format!("{}: {}", target.name, BASE64.encode(&input)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_corpus_has_a_target() {
    let files = std::fs::read_dir(fixtures::path("fuzz")).expect("a folder");
    let files: BTreeSet<String> =
        files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect();
    let expected = TARGETS.iter().map(|target| format!("{}.txt", target.name));
    assert_eq!(files, expected.collect());
}

#[test]
fn nothing_at_all_is_no_trouble() {
    for target in TARGETS {
        for length in [0, 1, 2, 3, 4, 5, 32, 33, 64, 300] {
            for byte in [0, 1, 0x7f, 0xff, b'{', b'\n'] {
                (target.check)(&vec![byte; length]);
            }
        }
    }
}
