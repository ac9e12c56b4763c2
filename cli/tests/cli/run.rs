//! Running the binary.

use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// The folder of the files that examples in help pages name.
pub fn example_files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples")
}

/// A place of its own for a test, with the example files in it.
pub fn sandbox() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in example_files().read_dir().unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), dir.path().join(file.file_name())).unwrap();
    }
    dir
}

/// The binary, in a folder.
pub fn quittance(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quittance"));
    command.current_dir(dir).stdin(Stdio::null());
    // What is remembered between runs is remembered for this test alone.
    command.env("XDG_STATE_HOME", std::path::absolute(dir).unwrap().join("state"));
    command
}

/// Runs a command line whose words hold no spaces.
pub fn run(dir: &Path, line: &str) -> Output {
    quittance(dir).args(line.split_whitespace()).output().unwrap()
}

/// Runs a command line with something on stdin.
pub fn run_with(dir: &Path, line: &str, input: &[u8]) -> Output {
    let mut command = quittance(dir);
    command.args(line.split_whitespace()).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A program that refuses early closes its end.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// The exit code.
pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// What went to stderr.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The one document on stdout: one line.
pub fn document(output: &Output) -> Value {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    assert_eq!(text.matches('\n').count(), 1, "one line: {text:?} {}", stderr(output));
    serde_json::from_str(text).unwrap()
}

/// Copies a folder whole, for a test that writes.
pub fn copy_folder(from: &Path, to: &Path) {
    walk(from, &mut |path| {
        let copy = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(path, copy).unwrap();
    });
}

/// Every file below a folder.
pub fn walk(dir: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, visit) } else { visit(&path) }
    }
}
