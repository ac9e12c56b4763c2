//! Every command's help ends with one example, and the example works.

use crate::run::{code, quittance, sandbox, stderr};
use std::path::Path;

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
    words.filter(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')).map(Into::into).collect()
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

#[test]
fn every_help_page_ends_with_an_example_that_works() {
    let commands = commands();
    let names: Vec<String> = commands.iter().map(|(words, _)| words.join(" ")).collect();
    for name in ["rule eval", "key new", "model check", "schema", "help"] {
        assert!(names.iter().any(|known| known == name), "{name} is not in {names:?}");
    }
    for (words, page) in commands.iter().skip(1) {
        let name = words.join(" ");
        let mut lines = page.trim_end().lines().rev();
        let line = lines.next().and_then(|line| line.strip_prefix("  $ quittance "));
        let line = line.unwrap_or_else(|| panic!("{name}: no example at the end of\n{page}"));
        assert_eq!(lines.next(), Some("Example:"), "{name}");
        assert!(line.starts_with(&name), "{name}: the example is another command's: {line}");
        // Keys that another example made.
        let dir = sandbox();
        let setup = quittance(dir.path()).args(["key", "new", "acme"]).output().unwrap();
        assert_eq!(code(&setup), 0);
        if line == "key new acme" {
            std::fs::remove_dir_all(dir.path().join("acme")).unwrap();
        }
        let output = quittance(dir.path()).args(line.split(' ')).output().unwrap();
        assert_eq!(code(&output), 0, "{line}: {}", stderr(&output));
        assert!(!output.stdout.is_empty(), "{line}: no result");
    }
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
            String::from_utf8(output.stdout).unwrap().lines().all(|line| line.chars().count() <= 120),
            "{topic}"
        );
    }
}
