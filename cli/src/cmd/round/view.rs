//! Looking at rounds.

use crate::args::example;
use crate::documents::{ListedRound, ListedRow, RoundState, Rounds};
use crate::error::CliError;
use crate::lookup::{self, short};
use crate::market_dir::{self, DirArg};
use crate::shell::{Answer, Shell, Table, WORD};
use quittance_circuits::number::Count;
use quittance_engine::market::{Round, Row, Status};

/// List the rounds, in the order of the ledger
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance round list --dir market"))]
pub(super) struct List {
    #[command(flatten)]
    dir: DirArg,
}

/// Show a round: rule, terms, who sells and who may own rows, and how far it has come
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance round show 1 --dir market"))]
pub(super) struct Show {
    /// The round: its number, or first digits of its id
    round: String,
    #[command(flatten)]
    dir: DirArg,
}

/// How far a round has come, in a word, and where that stands.
fn status(round: &Round) -> (&'static str, Option<u64>) {
    match &round.status {
        Status::Open => ("open", None),
        Status::Closed(closed) => ("closed", Some(closed.index)),
        Status::Settled(_, settled) => ("settled", Some(settled.index)),
        Status::Aborted(_, aborted) => ("aborted", Some(aborted.index)),
    }
}

impl List {
    /// Runs the command.
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let reading = market_dir::read(shell, &self.dir.dir)?;
        let mut table = Table::new(&["round", "id", "entry", "rows", "status", "rule"]);
        let mut rounds = Vec::new();
        for (index, round) in reading.market.rounds().into_iter().enumerate() {
            let (word, at) = status(round);
            let listed = ListedRound {
                ended_at: at.map(Count),
                entry: Count(round.index),
                number: Count(index as u64 + 1),
                round: round.id,
                rows: Count(round.rows.len() as u64),
                rule: round.entry.rule.clone(),
                status: word,
            };
            table.row([
                &listed.number.to_string(),
                &short(round.id),
                &listed.entry.to_string(),
                &listed.rows.to_string(),
                word,
                listed.rule.as_str(),
            ]);
            rounds.push(listed);
        }
        Ok(Answer::table(&Rounds { schema: Rounds::SCHEMA, rounds }, table))
    }
}

impl Show {
    /// Runs the command.
    pub(super) fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let reading = market_dir::read(shell, &self.dir.dir)?;
        let (number, round) = lookup::round(&reading.market, &self.round)?;
        let (word, at) = status(round);
        let name = |id| {
            let member = reading.market.member(id);
            let name = member.and_then(|member| lookup::name_of(&reading.log, member));
            name.map_or_else(|| short(id), |name| format!("{name} ({})", short(id)))
        };
        let entry = &round.entry;
        let at_entry = at.map_or(String::new(), |at| format!(" at entry {at}"));
        let mut text = format!("round {number} · {} · {word}{at_entry}\n\n", entry.rule);
        let mut line =
            |what: &str, says: &str| text.push_str(&format!("  {WORD}{what:<11}{WORD:#} {says}\n"));
        line("id", &round.id.to_string());
        line("entry", &round.index.to_string());
        line("terms", &entry.terms.to_string());
        entry.items.iter().for_each(|item| line("item", &item.to_string()));
        entry.sellers.iter().for_each(|id| line("seller", &name(*id)));
        entry.evaluator.iter().for_each(|id| line("evaluator", &name(*id)));
        entry.parties.iter().flatten().for_each(|id| line("party", &name(*id)));
        entry
            .circuit_keys
            .iter()
            .for_each(|key| line("key", &format!("{} tier {}", key.circuit_key, key.tier)));
        line("closes", &format!("not before {}", entry.close_at));
        line("settles", &format!("by {}", entry.abort_at));
        round.rows.iter().for_each(|row| line("row", &format!("entry {}, {}", row.index, name(row.member))));
        let listed =
            |row: &Row| ListedRow { entry: Count(row.index), member: row.member, record: row.id.to_string() };
        let document = RoundState {
            schema: RoundState::SCHEMA,
            ended_at: at.map(Count),
            entry: Count(round.index),
            number: Count(number as u64),
            opening: entry.clone(),
            round: round.id,
            rows: round.rows.iter().map(listed).collect(),
            status: word,
        };
        Ok(Answer::text(&document, text))
    }
}
