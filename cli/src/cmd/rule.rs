//! `quittance rule`: the published rules.

mod describe;
mod eval;
mod form;

pub use form::{Field, fields};

use crate::args::example;
use crate::error::{CliError, RULE_UNKNOWN};
use crate::shell::{Answer, Shell};
use quittance_circuits::rule::PublishedRule;
use quittance_circuits::rules::{RULES, find};

/// Read the published rules, and check them against your own numbers
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance rule list"))]
pub struct Rule {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
#[command(subcommand_value_name = "COMMAND")]
enum Action {
    List(describe::List),
    Show(describe::Show),
    Explain(describe::Explain),
    Diff(describe::Diff),
    Eval(eval::Eval),
}

impl Rule {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        match self.action {
            Action::List(list) => Ok(list.run()),
            Action::Show(show) => show.run(),
            Action::Explain(explain) => explain.run(),
            Action::Diff(diff) => diff.run(),
            Action::Eval(eval) => eval.run(shell),
        }
    }
}

/// The rule that a person named.
fn named(id: &str) -> Result<&'static dyn PublishedRule, CliError> {
    find(id).ok_or_else(|| {
        let close = RULES.iter().find(|rule| !id.is_empty() && rule.id().starts_with(id));
        let hint = match close {
            Some(rule) => format!("did you mean `{}`?", rule.id()),
            None => "list the rules with `quittance rule list`".to_owned(),
        };
        CliError::new(RULE_UNKNOWN, format!("no published rule is called `{id}`")).hint(hint)
    })
}
