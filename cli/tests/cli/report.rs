//! `quittance report`: pages are written, for what is rejected too, and read back by `verify`.

use crate::demo::demo;
use crate::run::{code, copy_folder, document, run, sandbox, stderr};
use std::fs;

#[test]
fn a_rejected_settlement_has_a_page_and_exit_code_1() {
    let (demo, dir) = (demo(), sandbox());
    copy_folder(&demo.0.path().join("market"), dir.path());
    let report = |line: &str| run(dir.path(), &format!("report {line} --market market.vkey"));
    let output = report("rounds/1/bundle.json -o good.html --json");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let made = document(&output);
    crate::schemas::check("report", &made);
    assert_eq!((&made["verified"], &made["evidence"]), (&true.into(), &"proved".into()));
    let output = report("forged/money-lost.bundle.json -o bad.html --json");
    assert_eq!(code(&output), 1);
    crate::schemas::check("report", &document(&output));
    assert_eq!(document(&output)["code"], "conservation_violated");
    let bad = fs::read_to_string(dir.path().join("bad.html")).unwrap();
    assert!(bad.contains("This settlement does not hold.") && bad.contains("differ by 0.01"));

    // Its own program reads a page back, with what a member brings, and sees a changed word.
    let own = "private/acme-meters";
    let line =
        format!("--bid {own}/bid.json --opening {own}/opening.json --receipt {own}/receipt.tlog-proof");
    let verify = |file: &str| run(dir.path(), &format!("verify {file} --market market.vkey {line} --json"));
    let output = verify("good.html");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(document(&output)["checks"].as_array().unwrap().last().unwrap()["name"], "page");
    assert_eq!(code(&verify("bad.html")), 1);
    let good = fs::read_to_string(dir.path().join("good.html")).unwrap();
    fs::write(dir.path().join("changed.html"), good.replacen("5 of 12", "7 of 12", 1)).unwrap();
    assert_eq!(document(&verify("changed.html"))["code"], "file_malformed");

    // No answer: nothing to show, or nothing to trust.
    for (line, expected) in [
        ("report rounds/1/bundle.json -o x.html", "market_key_missing"),
        ("report market.vkey --market market.vkey -o x.html", "file_malformed"),
        ("report nothing.json --market market.vkey -o x.html", "file_not_found"),
        ("report rounds/1/bundle.json --market market.vkey -o good.html", ""),
        ("report rounds/2/bundle.json --market market.vkey -o good.html", "file_exists"),
        ("report rounds/2/bundle.json --verifier", "usage"),
    ] {
        let output = run(dir.path(), &format!("{line} --json"));
        let expected_exit = if expected.is_empty() { 0 } else { 2 };
        assert_eq!(code(&output), expected_exit, "{line}: {}", stderr(&output));
        if !expected.is_empty() {
            assert_eq!(document(&output)["code"], expected, "{line}");
        }
        assert!(!dir.path().join("x.html").exists(), "{line}");
    }
    let output = run(dir.path(), "report --verifier -o verifier.html");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    // A page that checks others holds nothing to check.
    assert_eq!(code(&run(dir.path(), "verify verifier.html --market market.vkey")), 2);
}

#[cfg(feature = "rocksdb")]
#[test]
fn names_come_from_the_ledger_that_is_named() {
    let (demo, dir) = (demo(), sandbox());
    copy_folder(&demo.0.path().join("market"), dir.path());
    let named = |more: &str, file: &str| {
        let line = format!("report rounds/1/bundle.json --market market.vkey -o {file} {more}");
        let output = run(dir.path(), &line);
        assert_eq!(code(&output), 0, "{line}: {}", stderr(&output));
        fs::read_to_string(dir.path().join(file)).unwrap().contains("kestrel-exams")
    };
    assert!(!named("", "plain.html") && named("--ledger ledger", "named.html"));
    let output = run(dir.path(), "verify named.html --market market.vkey");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}
