//! `quittance bid`: a row of any rule.

mod make;
mod view;

use crate::args::example;
use crate::error::CliError;
use crate::shell::{Answer, Shell};

/// Make a bid, check it, hand it in
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance bid show market/rounds/1/bids/acme-meters.json"))]
pub struct Bid {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
#[command(subcommand_value_name = "COMMAND")]
enum Action {
    New(Box<make::New>),
    Check(view::Check),
    Show(view::Show),
    Submit(view::Submit),
}

impl Bid {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        match self.action {
            Action::New(new) => new.run(shell),
            Action::Check(check) => check.run(shell),
            Action::Show(show) => show.run(),
            Action::Submit(submit) => submit.run(shell),
        }
    }
}
