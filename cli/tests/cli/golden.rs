//! Files of every kind, as version 1 wrote them, are read for ever. See `fixtures/golden/README.md`.

use crate::run::{code, copy_folder, document, run, stderr, walk};
use crate::witness::Serving;
use quittance_circuits::json;
use quittance_engine::bundle::Bundle;
use quittance_engine::dispute::exclusion::ExclusionEvidence;
use quittance_engine::dispute::fork::ForkEvidence;
use quittance_engine::dispute::history::ConsistencyFile;
use quittance_engine::entry::{Kind, Payload};
use quittance_ledger::{Entry, Envelope, MarketKey, Receipt, SignedCheckpoint};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden/v1")
}

/// The files, where commands may write beside them.
fn copied() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy_folder(&golden(), dir.path());
    dir
}

/// The bytes of every file whose name ends so, but for schemas.
fn ending(end: &str) -> Vec<(String, Vec<u8>)> {
    let (mut found, schemas) = (Vec::new(), golden().join("schema"));
    walk(&golden(), &mut |path| {
        if path.to_string_lossy().ends_with(end) && !path.starts_with(&schemas) {
            found.push((path.display().to_string(), fs::read(path).unwrap()));
        }
    });
    assert!(!found.is_empty(), "{end}");
    found
}

#[test]
fn what_was_written_once_is_written_the_same_again() {
    for (name, bytes) in ending("bundle.json") {
        assert_eq!(Bundle::parse(&bytes).unwrap().to_bytes(), bytes, "{name}");
    }
    for (name, bytes) in ending(".checkpoint").into_iter().chain(ending("ledger.anchor")) {
        assert_eq!(SignedCheckpoint::parse(&bytes).unwrap().to_bytes(), bytes, "{name}");
    }
    for (name, bytes) in ending(".tlog-proof") {
        assert_eq!(Receipt::parse(&bytes).unwrap().to_bytes(), bytes, "{name}");
    }
    for (name, bytes) in ending("market.vkey") {
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.parse::<MarketKey>().unwrap().to_string(), text, "{name}");
    }
    for (name, bytes) in ending("/bid.json").into_iter().chain(ending(".refusal.json")) {
        let file = Envelope::parse(&bytes).unwrap();
        assert_eq!(file.to_json().as_bytes(), bytes.trim_ascii_end(), "{name}");
    }
    let read = |name: &str| fs::read(golden().join(name)).unwrap();
    for name in ["evidence/bid-left-out.json", "evidence/entry-edited.json"] {
        assert_eq!(ExclusionEvidence::parse(&read(name)).unwrap().to_bytes(), read(name), "{name}");
    }
    let fork = read("evidence/two-roots-of-one-size.json");
    assert_eq!(ForkEvidence::parse(&fork).unwrap().to_bytes(), fork);
    let file = read("consistency.json");
    assert_eq!(ConsistencyFile::parse(&file).unwrap().to_bytes(), file);
}

/// The entries of an exported ledger that fit one tile: each preceded by its length.
fn entries() -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    for (_, bytes) in ending("tile/entries/000.p/137") {
        let mut rest = bytes.as_slice();
        while let Some((length, bytes)) = rest.split_first_chunk() {
            let (entry, bytes) = bytes.split_at(usize::from(u16::from_be_bytes(*length)));
            entries.push(entry.to_vec());
            rest = bytes;
        }
    }
    entries
}

#[test]
fn entries_of_every_kind_are_read() {
    let mut kinds = BTreeSet::new();
    for (index, bytes) in entries().iter().enumerate() {
        let entry = Entry::decode(bytes).unwrap();
        assert_eq!(&entry.encode(), bytes, "{index}");
        let payload = Payload::of_entry(&entry).unwrap();
        kinds.insert(payload.kind());
        let value = json::parse(entry.envelope().payload()).unwrap();
        assert_eq!(json::canonical(&value), entry.envelope().payload(), "{index}");
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), Kind::ALL);
}

/// The names and states of a verdict's checks: its words may become better.
fn checks(verdict: &Value) -> Vec<(Value, Value)> {
    let checks = verdict["checks"].as_array().unwrap();
    checks.iter().map(|check| (check["name"].clone(), check["state"].clone())).collect()
}

#[test]
fn bundles_get_the_same_verdict() {
    let dir = golden();
    for number in 1..=11 {
        let line = format!("verify market/rounds/{number}/bundle.json --market market/market.vkey --json");
        let output = run(&dir, &line);
        assert_eq!(code(&output), 0, "{line}: {}", stderr(&output));
        let before: Value =
            serde_json::from_slice(&fs::read(dir.join(format!("verdicts/{number}.json"))).unwrap()).unwrap();
        let verdict = document(&output);
        assert_eq!(checks(&verdict), checks(&before), "{line}");
        for field in ["schema", "verified", "code", "market", "round", "rule"] {
            assert_eq!(verdict[field], before[field], "{line}: {field}");
        }
    }
}

/// Lines that read the files, and how they end. `MEMBER` is the folder of one.
const LINES: &[(&str, i32)] = &[
    (
        "verify market/rounds/1/bundle.json --market market/market.vkey --bid MEMBER/bid.json --opening MEMBER/opening.json \
         --receipt MEMBER/receipt.tlog-proof",
        0,
    ),
    // Its results are sealed to the member.
    (
        "verify market/rounds/9/bundle.json --market market/market.vkey --bid MEMBER/round-9/bid.json --key MEMBER",
        0,
    ),
    ("verify shop/rounds/1/bundle.json --market shop/market.vkey", 0),
    ("verify log.checkpoint --market market/market.vkey", 0),
    ("verify cosigned.checkpoint --market shop/market.vkey", 0),
    ("verify MEMBER/receipt.tlog-proof --bid MEMBER/bid.json --market market/market.vkey", 0),
    ("verify REFUSAL --bid late.json --bundle market/rounds/1/bundle.json --market market/market.vkey", 0),
    ("verify evidence/bid-left-out.json --market evidence/market.vkey", 0),
    ("verify evidence/entry-edited.json --market evidence/market.vkey", 0),
    ("verify evidence/two-roots-of-one-size.json --market evidence/market.vkey", 0),
    ("bid check bid.json --opening bid.opening.json", 0),
    ("bid show bid.json", 0),
    ("key show MEMBER", 0),
    ("circuit-key check market/keys/uniform-price-v1-256.vk", 0),
    ("circuit-key check market/keys/assignment-v1-8x4.vk", 0),
    ("ledger watch consistency.json --market market/market.vkey", 0),
];

#[test]
fn commands_read_files_of_every_kind() {
    let dir = copied();
    let mut refusal = None;
    walk(&dir.path().join("answers"), &mut |path| {
        refusal = refusal
            .take()
            .or(path.to_str().filter(|name| name.ends_with(".refusal.json")).map(str::to_owned));
    });
    for (line, exit) in LINES {
        let line = line.replace("MEMBER", "market/private/acme-meters");
        let line = line.replace("REFUSAL", refusal.as_deref().unwrap());
        let output = run(dir.path(), &format!("{line} --json"));
        assert_eq!(code(&output), *exit, "{line}: {}{}", stderr(&output), document(&output));
    }
    let output = run(dir.path(), "verify cosigned.checkpoint --market shop/market.vkey --json");
    let cosigned = document(&output)["checks"][0]["compared"].as_str().unwrap().to_owned();
    assert!(cosigned.contains(", cosigned by north at 2026-11-23T05:06:"), "{cosigned}");
    // The checkpoint that `watch` remembered.
    let remembered = ending(".checkpoint").into_iter().any(|(name, _)| name.contains("/state/quittance/"));
    assert!(remembered, "a remembered checkpoint is among the files");
}

/// White space, order and escapes mean nothing in a signed file: its marks are looked for in how it is meant. A list of
/// the fields is no signed file, and is told as a damaged one.
#[test]
fn a_signed_file_is_told_however_it_is_spelt() {
    let dir = copied();
    let bid = fs::read_to_string(dir.path().join("market/private/acme-meters/bid.json")).unwrap();
    let escaped = bid.replace("\"payload", "\"p\\u0061yload").replace("application", "\\u0061pplication");
    let file: Value = serde_json::from_str(&bid).unwrap();
    let listed = serde_json::json!([file["payload"], file["payloadType"], file["signatures"]]).to_string();
    assert!(!escaped.contains("payload"));
    let judged = |text: &str| {
        fs::write(dir.path().join("spelt.json"), text).unwrap();
        let output = run(dir.path(), "verify spelt.json --market market/market.vkey --json");
        (code(&output), document(&output))
    };
    assert_eq!(judged(&escaped), judged(&bid));
    let (exit, verdict) = judged(&listed);
    assert_eq!((exit, &verdict["code"]), (1, &Value::from("file_malformed")), "{verdict}");
}

#[test]
fn a_witness_goes_on_from_its_state() {
    let dir = copied();
    let witness = Serving::start(dir.path(), "north");
    assert!(witness.said.contains("follows example.com/shop, 4 entries"), "{}", witness.said);
}

/// The ledger's own folder, a backup and an export: replayed to the same bytes, from the start and from where a
/// replay went before.
#[test]
fn ledgers_are_replayed_to_the_same_bytes() {
    let dir = copied();
    let dir = dir.path();
    let key = "--market market/market.vkey";
    for line in [
        format!("ledger import site --ledger imported {key}"),
        format!("ledger restore backup --to restored {key}"),
    ] {
        let output = run(dir, &line);
        assert_eq!(code(&output), 0, "{line}: {}", stderr(&output));
    }
    let report = fs::read(dir.join("replay.json")).unwrap();
    for ledger in ["market/ledger", "imported", "restored"] {
        for more in ["", "--resume replayed.json"] {
            let line = format!("ledger replay --ledger {ledger} {key} {more} -o again.json --yes");
            let output = run(dir, &line);
            assert_eq!(code(&output), 0, "{line}: {}", stderr(&output));
            assert!(fs::read(dir.join("again.json")).unwrap() == report, "{line}: other bytes");
        }
    }
    let output = run(dir, "ledger replay --ledger shop/ledger --market shop/market.vkey");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

/// A schema without its words.
fn shape(schema: Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let word = |name: &str, part: &Value| matches!(name, "description" | "title") && part.is_string();
            let plain = fields.into_iter().filter(|(name, part)| !word(name, part));
            Value::Object(plain.map(|(name, part)| (name, shape(part))).collect())
        }
        Value::Array(parts) => Value::Array(parts.into_iter().map(shape).collect()),
        other => other,
    }
}

/// A document of version 1 has the fields that it had: a change gets a new name, and the old one stays.
#[test]
fn published_schemas_are_what_they_were() {
    let schemas = golden().join("schema");
    for file in schemas.read_dir().unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let kind = name.replace('.', "/");
        let output = run(Path::new("."), &format!("schema {kind} --json"));
        assert_eq!(code(&output), 0, "{kind} is gone: {}", stderr(&output));
        let before: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(shape(document(&output)), before, "{kind} is another: give it a new version");
    }
}
