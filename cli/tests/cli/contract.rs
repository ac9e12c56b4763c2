//! The contract of every command: exit codes, one document with `--json`, stdout for the result alone.

use crate::run::{code, document, quittance, run, run_with, sandbox, stderr};
use std::fs;
use std::process::Stdio;

/// Command lines, how they end, and the code word where they fail.
const ENDS: &[(&str, i32, Option<&str>)] = &[
    ("rule list", 0, None),
    ("rule show uniform-price/v1", 0, None),
    ("rule explain uniform-price/v1", 0, None),
    ("rule diff uniform-price/v1 uniform-price/v1", 0, None),
    ("rule eval uniform-price/v1 --terms terms.json --rows rows.json", 0, None),
    ("schema", 0, None),
    ("schema bid", 0, None),
    ("schema bid -o -", 0, None),
    ("help trust", 0, None),
    ("help rule eval", 0, None),
    ("model commit model.bin", 0, None),
    ("model check model.bin model.json", 0, None),
    ("model check rows.json model.json", 1, Some("artifact_mismatch")),
    ("model check model.bin rows.json", 2, Some("file_malformed")),
    ("model check model.bin nothing.json", 2, Some("file_not_found")),
    ("model commit nothing.bin", 2, Some("file_not_found")),
    ("model commit .", 2, Some("is_directory")),
    ("rule show nothing/v1", 2, Some("rule_unknown")),
    ("rule diff uniform-price/v1 nothing/v1", 2, Some("rule_unknown")),
    ("rule eval nothing/v1 --terms terms.json --rows rows.json", 2, Some("rule_unknown")),
    ("rule eval uniform-price/v1 --terms rows.json --rows rows.json", 2, Some("file_malformed")),
    ("rule eval uniform-price/v1 --terms terms.json --rows nothing.json", 2, Some("file_not_found")),
    ("rule eval uniform-price/v1 --terms - --rows -", 2, Some("usage")),
    ("key show nobody", 2, Some("file_not_found")),
    ("key show rows.json", 2, Some("usage")),
    ("verify model.json", 2, Some("market_key_missing")),
    ("verify model.bin --market rows.json", 2, Some("file_malformed")),
    ("bid submit model.json --to nowhere", 2, Some("inbox_missing")),
    ("demo --bids abc", 2, Some("usage")),
    ("ledger show", 2, Some("ledger_missing")),
    ("schema nothing", 2, Some("schema_unknown")),
    ("help nothing", 2, Some("topic_unknown")),
    ("rule eval uniform-price/v1", 2, Some("usage")),
    ("rule", 2, Some("usage")),
    ("nothing", 2, Some("usage")),
    ("--nothing", 2, Some("usage")),
    ("", 2, Some("usage")),
];

#[test]
fn every_end_has_its_exit_code_and_one_document() {
    let dir = sandbox();
    for (line, exit, word) in ENDS {
        let output = run(dir.path(), &format!("{line} --json"));
        assert_eq!(code(&output), *exit, "{line}: {}", stderr(&output));
        let document = document(&output);
        assert_eq!(document.get("code").and_then(|code| code.as_str()), *word, "{line}");
        assert_eq!(stderr(&output), "", "{line}");
        if !line.starts_with("schema bid") {
            let schema = document["schema"].as_str().unwrap_or_default();
            assert!(schema.contains('/'), "{line}: {document}");
            assert_eq!(schema == "error/v1", *exit == 2, "{line}: {document}");
        }
    }
}

#[test]
fn people_get_the_same_answer_on_the_other_stream() {
    let dir = sandbox();
    for (line, exit, word) in ENDS {
        let output = run(dir.path(), line);
        assert_eq!(code(&output), *exit, "{line}");
        let machine = line.starts_with("rule eval nothing") || line.contains("--rows");
        if *exit == 2 {
            assert_eq!(output.stdout.is_empty(), !machine, "{line}: no result, no stdout");
            let said = stderr(&output);
            assert!(
                said.contains("error: ") && said.contains(&format!("  code: {}\n", word.unwrap())),
                "{line}: {said}"
            );
        } else {
            assert!(!output.stdout.is_empty(), "{line}");
        }
    }
}

#[test]
fn the_published_schema_of_errors_names_their_fields() {
    let dir = sandbox();
    let error = document(&run(dir.path(), "rule show nothing --json"));
    let schema = document(&run(dir.path(), "schema error --json"));
    let names = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&error), names(&schema["properties"]));
}

#[test]
fn eval_names_file_and_place() {
    let dir = sandbox();
    let check = |rows: &[u8], pointer: Option<&str>, what: &str| {
        let line = "rule eval uniform-price/v1 --terms terms.json --rows -";
        let output = run_with(dir.path(), line, rows);
        let document = document(&output);
        let about = format!("{}: {document}", String::from_utf8_lossy(rows));
        assert_eq!(code(&output), 2, "{about}");
        assert_eq!(
            (&document["code"], &document["file"]),
            (&"file_malformed".into(), &"-".into()),
            "{about}"
        );
        assert_eq!(document["pointer"].as_str(), pointer, "{about}");
        assert!(document["what"].as_str().unwrap().contains(what), "{about}");
    };
    check(b"", None, "EOF");
    check(b"{}", Some(""), "a list of rows");
    check(b"[1]", Some("/0"), "found the number 1, expected an object");
    check(br#"[{"valuation":"1"},{}]"#, Some("/1"), "`valuation` is missing");
    check(br#"[{"valuation":5}]"#, Some("/0/valuation"), "found the number 5");
    check(br#"[{"valuation":"05"}]"#, Some("/0/valuation"), "leading zeros");
    check(br#"[{"valuation":"18446744073709551616"}]"#, Some("/0/valuation"), "at most 18446744073709551615");
    check(br#"[{"valuation":"1","bid":"1"}]"#, Some("/0/bid"), "unknown");
    check(br#"[{"valuation":"1","valuation":"1"}]"#, None, "duplicate field `valuation`");
    check(b"[{\"valuation\":\"\xff\"}]", None, "utf-8");
    check(br#"[{"valuation":"1"}] []"#, None, "trailing");
    check("[".repeat(100_000).as_bytes(), None, "recursion");
}

#[test]
fn oversized_files_are_not_read_to_their_end() {
    let dir = sandbox();
    let spaces = vec![b' '; (1 << 20) + 1];
    let line = "rule eval uniform-price/v1 --terms - --rows rows.json";
    let output = run_with(dir.path(), line, &spaces);
    assert_eq!((code(&output), document(&output)["code"].as_str()), (2, Some("file_too_large")));
    // At the limit, the file is judged by what it says.
    let output = run_with(dir.path(), line, &spaces[1..]);
    assert_eq!((code(&output), document(&output)["code"].as_str()), (2, Some("file_malformed")));
}

#[test]
fn a_closed_pipe_changes_no_answer() {
    let dir = sandbox();
    for (line, exit) in [("schema", 0), ("help codes", 0), ("model check rows.json model.json", 1)] {
        let mut command = quittance(dir.path());
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let status = command.args(line.split(' ')).stdout(writer).stderr(Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(exit), "{line}");
    }
}

#[test]
fn a_full_disk_is_no_answer() {
    let dir = sandbox();
    let Ok(full) = fs::File::options().write(true).open("/dev/full") else {
        // Not on this system.
        return;
    };
    let output = quittance(dir.path()).args(["rule", "list"]).stdout(full).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("code: io_failed"), "{}", stderr(&output));
}

#[test]
fn output_files_are_whole_and_not_replaced() {
    let dir = sandbox();
    let file = dir.path().join("bid.schema.json");
    let line = "schema bid -o bid.schema.json";
    assert_eq!(code(&run(dir.path(), line)), 0);
    let written = fs::read(&file).unwrap();
    assert_eq!(written, run(dir.path(), "schema bid -o -").stdout);
    fs::write(&file, "mine").unwrap();
    let output = run(dir.path(), line);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("code: file_exists"));
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    assert_eq!(code(&run(dir.path(), &format!("{line} --yes"))), 0);
    assert_eq!(fs::read(&file).unwrap(), written);
    let left = dir
        .path()
        .read_dir()
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".quittance-"));
    assert_eq!(left.count(), 0, "no temporary file is left");
}

#[test]
fn control_characters_of_a_file_do_not_reach_the_terminal() {
    let dir = sandbox();
    let rows = br#"[{"valuation":"\u001b[2J\nverified"}]"#;
    let output = run_with(dir.path(), "rule eval uniform-price/v1 --terms terms.json --rows -", rows);
    let said = stderr(&output);
    assert!(!said.contains('\u{1b}') && said.lines().all(|line| line != "verified"), "{said:?}");
    let output = run(dir.path(), "rule show \u{1b}[2J");
    assert!(!stderr(&output).contains('\u{1b}'), "{:?}", stderr(&output));
}

#[test]
fn ctrl_c_is_130() {
    let dir = sandbox();
    let mut command = quittance(dir.path());
    command.args(["model", "commit", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Having taken what does not fit into the pipe, it runs, and waits for more.
    let block = vec![0; 1 << 20];
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), &block).unwrap();
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
