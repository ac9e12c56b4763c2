//! The demo market: what it leaves verifies, what a cheating operator forges does not.

use crate::run::{code, document, run, stderr, walk};
#[cfg(feature = "rocksdb")]
use crate::run::{copy_folder, quittance};
use base64::Engine as _;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use tempfile::TempDir;

/// `demo --cheat`, run once, and what it printed. It is to be looked at only.
pub fn demo() -> &'static (TempDir, String) {
    static DEMO: OnceLock<(TempDir, String)> = OnceLock::new();
    DEMO.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let output = run(dir.path(), "demo market --cheat");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output);
        assert_eq!(code(&output), 0, "{said}");
        (dir, said)
    })
}

#[test]
fn forged_bundles_are_refused_with_their_codes() {
    let (dir, _) = demo();
    let market = dir.path().join("market");
    let expected = fs::read(market.join("forged/expected.json")).unwrap();
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    let expected = expected.as_object().unwrap();
    assert!(expected.len() >= 6, "{}", expected.len());
    for (file, how) in expected {
        let args: Vec<&str> = how["args"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let line = format!("verify forged/{file} --market market.vkey {} --json", args.join(" "));
        let output = run(&market, &line);
        assert_eq!(code(&output), 1, "{file}: {}", stderr(&output));
        assert_eq!(document(&output)["code"], how["code"], "{file}");
    }
}

#[test]
fn bundles_verify_with_the_market_key_only() {
    let (dir, _) = demo();
    for number in [1, 2] {
        let bundle = format!("verify market/rounds/{number}/bundle.json");
        assert_eq!(code(&run(dir.path(), &format!("{bundle} --market market/market.vkey"))), 0);
        let output = run(dir.path(), &format!("{bundle} --json"));
        assert_eq!((code(&output), document(&output)["code"].as_str()), (2, Some("market_key_missing")));
    }
}

#[test]
fn what_is_no_bundle_is_told_from_a_damaged_one() {
    let (dir, _) = demo();
    let market = dir.path().join("market");
    let place = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(place.path().join(name), bytes).unwrap();
    let bundle = fs::read(market.join("rounds/1/bundle.json")).unwrap();
    write("empty", b"");
    write("outcome.json", br#"{"outcome":{},"rule":"uniform-price/v1","schema":"outcome/v1"}"#);
    let verify = |file: &str| {
        let vkey = market.join("market.vkey");
        run(place.path(), &format!("verify {file} --market {} --json", vkey.display()))
    };
    let key = market.join("keys/uniform-price-v1-256.vk");
    let private = market.join("private/acme-meters");
    let others = [market.join("market.vkey"), key, private.join("opening.json"), private.join("signing.key")];
    for file in ["empty".into(), "outcome.json".into()].into_iter().chain(others) {
        let output = verify(&file.display().to_string());
        let error = document(&output);
        assert_eq!((code(&output), error["code"].as_str()), (2, Some("kind_unknown")), "{}", file.display());
        assert!(error["hint"].as_str().unwrap().contains("a bundle"), "{error}");
    }
    write("cut.json", &bundle[..bundle.len() / 2]);
    write("damaged.json", &[b"x", &bundle[1..]].concat());
    write("spaced.json", &[&bundle[..], b"\n"].concat());
    for (file, expected) in [("cut.json", 1), ("damaged.json", 2), ("spaced.json", 1)] {
        let output = verify(file);
        assert_eq!(code(&output), expected, "{file}: {}", document(&output));
    }
}

/// The bytes themselves, and what every longer run of hexadecimal or base64 digits in them encodes, as deep as it goes.
fn decoded(bytes: Vec<u8>, into: &mut Vec<Vec<u8>>) {
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    for run in bytes.split(|byte| !digit(byte)).filter(|run| run.len() >= 24) {
        let from_hex = hex::decode(run);
        if let Ok(inner) = from_hex.or_else(|_| base64::engine::general_purpose::STANDARD.decode(run)) {
            decoded(inner, into);
        }
    }
    into.push(bytes);
}

/// Keys, seeds, blindings and openings of every member; and valuations of the auction but the one that is the price. The
/// numbers of the other rounds are small: they would be found anywhere.
fn secrets_of_the_demo(market: &Path) -> Vec<Vec<u8>> {
    let bundle: Value =
        serde_json::from_slice(&fs::read(market.join("rounds/1/bundle.json")).unwrap()).unwrap();
    let price = bundle["statement"]["outcome"]["clearing_price"].as_str().unwrap();
    let mut secrets: Vec<Vec<u8>> = Vec::new();
    let mut valuations = 0;
    walk(&market.join("private"), &mut |path| {
        let text = fs::read_to_string(path).unwrap().trim().to_owned();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "opening.json" {
            let opening: Value = serde_json::from_str(&text).unwrap();
            let blinding = opening["blinding"].as_str().unwrap();
            secrets.extend([blinding.as_bytes().to_vec(), hex::decode(blinding).unwrap()]);
            let numbers = opening["row"].as_array().unwrap().iter().filter_map(Value::as_str);
            let auction =
                path.parent().and_then(Path::parent).is_some_and(|parent| parent.ends_with("private"));
            for number in numbers.filter(|number| auction && *number != price) {
                valuations += 1;
                secrets.push(format!("\"{number}\"").into_bytes());
            }
        } else if name.ends_with(".key") || name.ends_with(".seed") {
            secrets.extend(hex::decode(&text).ok());
        } else {
            return;
        }
        secrets.push(text.into_bytes());
    });
    assert!(secrets.len() > 100 && valuations == 11, "{} {valuations}", secrets.len());
    secrets
}

#[test]
fn nothing_published_holds_a_secret() {
    let (dir, said) = demo();
    let market = dir.path().join("market");
    let mut published = Vec::new();
    decoded(said.clone().into_bytes(), &mut published);
    walk(&market, &mut |path| {
        if !path.starts_with(market.join("private")) {
            decoded(fs::read(path).unwrap(), &mut published);
        }
    });
    // The search finds what is there, also where it is encoded twice.
    let holds = |secret: &[u8]| {
        published.iter().any(|bytes| bytes.windows(secret.len()).any(|window| window == secret))
    };
    assert!(holds(b"\"clearing_price\"") && holds(b"sealed_opening"));
    for secret in secrets_of_the_demo(&market) {
        assert!(!holds(&secret), "published: {}", String::from_utf8_lossy(&secret));
    }
}

/// On two copies of a ledger, and on one core as on three.
#[cfg(feature = "rocksdb")]
#[test]
fn replays_of_the_demo_are_equal() {
    let (dir, _) = demo();
    copy_folder(&dir.path().join("market/ledger"), &dir.path().join("copy"));
    let replay = |ledger: &str, threads: &str| {
        let line = format!("ledger replay --ledger {ledger} --market market/market.vkey --json");
        let mut command = quittance(dir.path());
        command.env("RAYON_NUM_THREADS", threads).args(line.split_whitespace()).output().unwrap()
    };
    let first = replay("market/ledger", "1");
    assert_eq!(code(&first), 0, "{}", stderr(&first));
    assert!(!first.stdout.is_empty());
    for second in [replay("market/ledger", "3"), replay("copy", "2")] {
        assert_eq!(String::from_utf8(second.stdout), String::from_utf8(first.stdout.clone()));
    }
}
