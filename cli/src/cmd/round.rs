//! `quittance round`: one run of one rule, from opening to settlement.

mod admit;
mod open;
mod run;
mod view;

use crate::args::example;
use crate::error::CliError;
use crate::shell::{Answer, Shell};

/// Open rounds, admit bids, close, settle, publish
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance round list --dir market"))]
pub struct Round {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
#[command(subcommand_value_name = "COMMAND")]
enum Action {
    List(view::List),
    Show(view::Show),
    Open(Box<open::Open>),
    Admit(admit::Admit),
    Close(run::Close),
    Settle(run::Settle),
    Publish(run::Publish),
    Abort(run::Abort),
}

impl Round {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        match self.action {
            Action::List(list) => list.run(shell),
            Action::Show(show) => show.run(shell),
            Action::Open(open) => open.run(shell),
            Action::Admit(admit) => admit.run(shell),
            Action::Close(close) => close.run(shell),
            Action::Settle(settle) => settle.run(shell),
            Action::Publish(publish) => publish.run(shell),
            Action::Abort(abort) => abort.run(shell),
        }
    }
}
