//! `quittance`: contracts of a model market, settled with proofs. Parses, runs, and maps to an exit code.
//!
//! A library for its [`parsers`] alone, so that they can be fuzzed; nothing else here is for other programs.

mod args;
mod circuit_keys;
mod cmd;
mod documents;
mod error;
mod http;
mod keys;
mod locate;
mod lookup;
mod market_dir;
mod page;
pub mod parsers;
mod remembered;
mod shell;
mod site;
mod storage;
mod witnesses;

use args::{Cli, Parsed};
use error::CliError;
use shell::{Answer, Shell};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

/// What the first panic said, where it happened.
static PANIC: OnceLock<String> = OnceLock::new();

/// Exit code after Ctrl-C, as shells have it.
const INTERRUPTED: i32 = 130;

/// The program: what the command line asks for, and the exit code.
pub fn main() -> ExitCode {
    // Leaves at once and runs no destructors: every step can be killed and repeated. If the handler cannot be
    // set, the signal still ends the program, as the system's default.
    let always = Arc::new(AtomicBool::new(true));
    let _ =
        signal_hook::flag::register_conditional_shutdown(signal_hook::consts::SIGINT, INTERRUPTED, always);
    set_hook(Box::new(|info| {
        let _ = PANIC.set(info.to_string());
    }));
    let line: Vec<_> = std::env::args_os().collect();
    match args::parse(&line) {
        Parsed::Run(cli) => {
            let Cli { common, command } = *cli;
            let shell = Shell::new(common);
            let result = catch_unwind(AssertUnwindSafe(|| command.run(&shell)));
            shell.finish(result.unwrap_or_else(|_| Err(bug())))
        }
        Parsed::Help(page) => Shell::new(args::Common::default()).finish(Ok(Answer::text(&(), page))),
        Parsed::Wrong(error, common, page) => {
            let shell = Shell::new(common);
            page.iter().for_each(|page| shell.note(page));
            shell.finish(Err(error))
        }
    }
}

/// A panic is a bug, not an answer: exit 2, like everything that is no answer.
fn bug() -> CliError {
    let what = PANIC.get().map_or("unknown cause", String::as_str);
    CliError::new(error::BUG, format!("a bug in quittance: {what}"))
        .hint("nothing was decided; please report the command and this message")
}
