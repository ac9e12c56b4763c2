//! Sessions of people, which are documentation too. After a change: `TRYCMD=overwrite cargo test -p quittance-cli`;
//! of documents with prose, the README among them, the difference is printed and corrected by hand.

#[test]
fn transcripts() {
    let cases = trycmd::TestCases::new();
    cases.case("tests/cmd/*.trycmd");
    if !cfg!(feature = "rocksdb") {
        // It keeps a ledger.
        cases.skip("tests/cmd/round.trycmd");
    }
}

#[cfg(feature = "rocksdb")]
mod demo_market {
    use crate::demo::demo;
    use crate::run::copy_folder;
    use std::fs;
    use std::panic::{catch_unwind, resume_unwind};
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use tempfile::TempDir;

    fn here(path: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
    }

    /// A demo market to write in, and a transcript that is played in it.
    struct Stage {
        dir: TempDir,
    }

    impl Stage {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            // `trycmd` plays `session.trycmd` in `session.in`.
            copy_folder(&demo().0.path().join("market"), &dir.path().join("session.in"));
            Self { dir }
        }

        /// With nothing in it.
        fn empty() -> Self {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir(dir.path().join("session.in")).unwrap();
            Self { dir }
        }

        fn market(&self) -> PathBuf {
            self.dir.path().join("session.in")
        }

        /// Plays a transcript; gives it as it is afterwards, and whether it went as it says.
        fn play(&self, transcript: &str) -> (String, std::thread::Result<()>) {
            let file = self.dir.path().join("session.trycmd");
            fs::write(&file, transcript).unwrap();
            // The cases are played when they are dropped.
            let played = catch_unwind(|| {
                trycmd::TestCases::new().env("XDG_STATE_HOME", self.dir.path().to_str().unwrap()).case(&file);
            });
            (fs::read_to_string(&file).unwrap(), played)
        }
    }

    #[test]
    fn transcripts_in_the_demo_market() {
        for file in fs::read_dir(here("tests/demo")).unwrap() {
            let file = file.unwrap().path();
            let (after, played) = Stage::new().play(&fs::read_to_string(&file).unwrap());
            if std::env::var_os("TRYCMD").is_some_and(|mode| mode == "overwrite") {
                fs::write(&file, after).unwrap();
            } else if let Err(panic) = played {
                resume_unwind(panic);
            }
        }
    }

    /// The line with its ids and digests left open: they are examples.
    fn without_digests(line: &str) -> String {
        let digests = regex_lite::Regex::new("[0-9a-f]{64}|[0-9a-f]{8}…|\\+[0-9a-f]{8}\\b").unwrap();
        digests.replace_all(line, "[..]").into_owned()
    }

    /// The sessions of a document as a transcript. A line of the shell (`echo … > file`) is run in the market at once;
    /// digests are not compared: they are examples.
    fn transcript(document: &str, market: &Path) -> String {
        let mut transcript = String::new();
        for block in document.split("```console\n").skip(1) {
            let block = block.split("```").next().unwrap().replace(" \\\n    ", " ");
            transcript.push_str("```console\n");
            // A verdict that says no ends with 1.
            let status = if block.contains("\nrejected: ") { "? 1\n" } else { "" };
            let mut lines = block.lines().filter(|line| !line.starts_with("$ export ")).peekable();
            while let Some(line) = lines.next() {
                match line.strip_prefix("$ ") {
                    Some(command) if command.starts_with("quittance ") => {
                        let (line, _) = line.split_once("  # ").unwrap_or((line, ""));
                        transcript.push_str(&format!("{}\n{status}", line.trim_end()));
                        // Where the document shows no output, any will do.
                        if lines.peek().is_none_or(|next| next.starts_with("$ ")) {
                            transcript.push_str("...\n");
                        }
                    }
                    Some(command) => {
                        let shell = Command::new("sh").args(["-c", command]).current_dir(market).status();
                        assert!(shell.unwrap().success(), "{command}");
                    }
                    None => transcript.push_str(&format!("{}\n", without_digests(line))),
                }
                if lines.peek().is_none_or(|next| next.starts_with("$ quittance "))
                    && !line.starts_with("$ echo")
                {
                    transcript.push('\n');
                }
            }
            transcript.push_str("```\n");
        }
        transcript
    }

    /// The sessions below this heading of a document, in a fresh demo market.
    fn check_document(path: &str, heading: &str, sessions: usize) {
        check_in(&Stage::new(), path, heading, sessions);
    }

    fn check_in(stage: &Stage, path: &str, heading: &str, sessions: usize) {
        let document = fs::read_to_string(here(path)).unwrap();
        let (_, below) = document.split_once(heading).unwrap();
        let section = below.split("\n## ").next().unwrap();
        assert_eq!(section.matches("```console\n").count(), sessions, "{path}");
        let (_, played) = stage.play(&transcript(section, &stage.market()));
        played.unwrap_or_else(|panic| resume_unwind(panic));
    }

    #[test]
    fn the_readme_is_a_transcript() {
        check_document("../README.md", "## A 60-second session", 4);
    }

    /// From nothing to a verified settlement, under keys that three parties made: no dev key anywhere.
    #[test]
    fn the_operators_guide_is_a_market() {
        let stage = Stage::empty();
        check_in(&stage, "../docs/src/guides/operator.md", "## A market", 7);
        let ledger = fs::read_to_string(stage.market().join("shop/rounds/1/bundle.json")).unwrap();
        assert!(!ledger.contains("single_party"), "a dev key");
    }

    #[test]
    fn the_auditors_guide_is_a_transcript() {
        check_document("../docs/src/guides/auditor.md", "# Auditor", 1);
    }
}
