//! The only way in and out: stdout is the result and nothing else, stderr is everything else.
//!
//! A command returns one [`Answer`] or one [`CliError`], and [`Shell::finish`] prints it: so `--json` prints
//! exactly one document whatever happens.

mod answer;
mod input;
mod output;
mod progress;
mod table;
mod text;

pub use answer::Answer;
pub use input::{Input, MIB};
pub use output::{Output, Secrecy, parent};
pub use progress::Progress;
pub use table::Table;
pub use text::{BAD, GOOD, HEAD, WORD, printable, wrap};

use crate::args::Common;
use crate::error::{CliError, Exit, IO_FAILED, reason};
use quittance_circuits::json;
use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;

/// Terminal, files and the options that every command shares.
#[derive(Debug)]
pub struct Shell {
    common: Common,
}

impl Shell {
    /// The shell of this process.
    pub fn new(common: Common) -> Self {
        Self { common }
    }

    /// The market's key, as the person named it.
    pub fn market(&self) -> Option<&std::path::Path> {
        self.common.market.as_deref()
    }

    /// The ledger's folder, as the person named it.
    pub fn ledger(&self) -> Option<&std::path::Path> {
        self.common.ledger.as_deref()
    }

    /// The options that every command shares.
    pub fn common(&self) -> &Common {
        &self.common
    }

    /// Whether the person agreed to replace files and to what cannot be undone.
    pub fn yes(&self) -> bool {
        self.common.yes
    }

    /// Whether stdout carries exactly one JSON document.
    pub fn json(&self) -> bool {
        self.common.json
    }

    /// Says something beside the result, on stderr; programs and `--quiet` are spared.
    pub fn note(&self, text: &str) {
        if !self.common.quiet && !self.common.json {
            // Nobody may be listening; the result does not depend on it.
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// Says more on stderr, for `-v`.
    pub fn detail(&self, text: &str) {
        if self.common.verbose > 0 {
            self.note(text);
        }
    }

    /// Says what should not be as it is, on stderr.
    pub fn warn(&self, text: &str) {
        let _ = writeln!(anstream::stderr(), "{WORD}warning:{WORD:#} {}", printable(text));
    }

    /// A bar for work of so many steps, a spinner if nobody knows how many.
    pub fn progress(&self, what: &str, steps: Option<u64>) -> Progress {
        Progress::new(what, steps, !self.common.quiet && io::stderr().is_terminal())
    }

    /// Prints how a command ended, and says it to the system.
    pub fn finish(&self, result: Result<Answer, CliError>) -> ExitCode {
        let (exit, printed) = match &result {
            Ok(answer) => (answer.exit, answer.print(self.json())),
            Err(error) => (error.exit, self.print_error(error)),
        };
        let exit = match printed {
            Ok(()) => exit,
            // Whoever reads has read enough; that changes no answer.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit,
            Err(error) => {
                let what = format!("cannot write to stdout: {}", reason(&error));
                let _ = CliError::new(IO_FAILED, what).explain();
                Exit::NoAnswer
            }
        };
        ExitCode::from(exit as u8)
    }

    fn print_error(&self, error: &CliError) -> io::Result<()> {
        if self.json() || error.machine {
            print_document(&json::to_canonical(&error.document()))?;
        }
        if !self.json() {
            // A closed stderr leaves nobody to tell.
            let _ = error.explain();
        }
        Ok(())
    }
}

impl CliError {
    /// The error in lines for people, on stderr.
    fn explain(&self) -> io::Result<()> {
        let mut to = anstream::stderr().lock();
        writeln!(to, "{BAD}error:{BAD:#} {}", printable(&self.what))?;
        let mut line = |word: &str, text: &str| writeln!(to, "  {WORD}{word}:{WORD:#} {}", printable(text));
        match (&self.file, &self.pointer) {
            (Some(file), Some(pointer)) if !pointer.is_empty() => {
                line("file", &format!("{file} at {pointer}"))?
            }
            (Some(file), _) => line("file", file)?,
            (None, _) => {}
        }
        line("code", self.code)?;
        self.hint.iter().try_for_each(|hint| line("hint", hint))
    }
}

/// One line of bytes on stdout, as they are.
fn print_document(bytes: &[u8]) -> io::Result<()> {
    let mut to = io::stdout().lock();
    to.write_all(bytes)?;
    to.write_all(b"\n")?;
    to.flush()
}
