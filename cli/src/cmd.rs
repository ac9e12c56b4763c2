//! The commands: a file each, and a line in the list below.
//!
//! A command is a type that clap reads (`#[derive(clap::Args)]`, or a `clap::Subcommand` inside one), with a
//! function `run(self, &Shell) -> Result<Answer, CliError>`. Its doc comment is its help, and its `after_help`
//! is [`crate::args::example`]. It prints nothing itself: what it returns is its result.

mod bid;
mod ceremony;
mod circuit_key;
pub mod cosign;
pub mod demo;
mod dispute;
mod help;
mod init;
pub mod key;
pub mod ledger;
mod member;
mod model;
mod perf;
mod report;
mod round;
pub mod rule;
mod schema;
pub mod verify;
mod witness;

use crate::error::CliError;
use crate::shell::{Answer, Shell};

macro_rules! commands {
    ($($person:literal { $($name:ident $file:ident)* })*) => {
        /// Every command.
        #[derive(Debug, clap::Subcommand)]
        #[command(subcommand_value_name = "COMMAND")]
        pub enum Command {
            $($($name($file::$name),)*)*
        }

        impl Command {
            /// Runs the command.
            ///
            /// # Errors
            /// Why there is no answer.
            pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
                match self { $($(Self::$name(command) => command.run(shell),)*)* }
            }
        }

        /// The commands' files by the person who needs them, for the help page.
        pub const PEOPLE: &[(&str, &[&str])] = &[$(($person, &[$(stringify!($file)),*]),)*];
    };
}

commands! {
    "Members: was I treated right?" { Verify verify Report report Dispute dispute Key key Bid bid Demo demo }
    "Integrators: files made by a program" { Model model Perf perf Schema schema }
    "Auditors: everything again" { Ledger ledger Rule rule }
    "Operators: rounds" { Init init Ceremony ceremony CircuitKey circuit_key Member member Round round Cosign cosign }
    "Witnesses: that a log only grows" { Witness witness }
    "Help" { Help help }
}
