//! A member's name, gone.

use crate::args::example;
use crate::cmd::demo::failed;
use crate::documents::NameErased;
use crate::error::{CliError, NAME_UNKNOWN, NOT_AGREED};
use crate::lookup;
use crate::market_dir::{DirArg, MarketDir, now_ms};
use crate::shell::{Answer, Shell};
use quittance_circuits::number::Count;

/// Erase a member's name from the operator's files; an entry says so
///
/// The member, its keys and its bids stay: they were never about the name. Copies that were made before, such as
/// backups and exported folders, still hold it. Repeat the command if it was interrupted.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance member erase kestrel-exams --dir market --yes"))]
pub(super) struct Erase {
    /// The member: name, or first digits of the id
    member: String,
    #[command(flatten)]
    dir: DirArg,
}

impl Erase {
    /// Runs the command.
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let mut operator = MarketDir::open(&self.dir.dir)?.operator(shell)?;
        let market = operator.market();
        let id = lookup::member(operator.log(), market, &self.member)?;
        let member = market.member(id).ok_or_else(|| CliError::new(NAME_UNKNOWN, "no such member"))?;
        let blob = member.entry.name;
        if market.erased_by(blob).is_none() && !shell.yes() {
            let what = format!(
                "an erased name does not come back, and the erasure stays on the ledger: member {id}"
            );
            return Err(CliError::new(NOT_AGREED, what).hint("agree with --yes"));
        }
        let index = operator.erase(blob, now_ms()).map_err(|error| failed(&error))?;
        operator.checkpoint().map_err(|error| failed(&error))?;
        let document = NameErased { schema: NameErased::SCHEMA, entry: Count(index), member: id };
        Ok(Answer::text(&document, format!("the name of member {id}\nis erased; entry {index} says so")))
    }
}
