//! `rule eval`: how anyone checks a rule against their own numbers. Source: formats.md section 7.

use super::named;
use crate::args::example;
use crate::documents::Outcome;
use crate::error::{CliError, Exit, FILE_MALFORMED, USAGE};
use crate::locate::{Fault, fault, fault_in_rows};
use crate::shell::{Answer, Input, MIB, Shell};
use quittance_circuits::json::{self, Malformed};
use quittance_circuits::rule::{NoOutcome, PublishedRule};
use serde_json::Value;

/// A round's terms are short.
const TERMS_LIMIT: u64 = MIB;
/// The largest round has 2^20 rows; 256 bytes for each of them, which is room for three named numbers of any size.
const ROWS_LIMIT: u64 = 256 * MIB;

/// What helps against malformed terms and rows.
const HINT: &str = "see the forms with `quittance rule show RULE`";

/// Compute a rule's outcome for terms and rows of yours
///
/// Prints one line of JSON: the outcome (exit 0), the rule's refusal (exit 1), or what is wrong with the
/// files (exit 2). Numbers are decimal strings. Sealed columns are printed too: they are your own numbers.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance rule eval uniform-price/v1 --terms terms.json --rows rows.json"))]
pub struct Eval {
    /// The rule, such as uniform-price/v1
    rule: String,
    /// The round's terms: a JSON object; - is stdin
    #[arg(long, value_name = "FILE")]
    terms: Input,
    /// The rows: a JSON array of objects; - is stdin
    #[arg(long, value_name = "FILE")]
    rows: Input,
}

impl Eval {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        // Whoever reads the line is a program, so mistakes are a line too.
        self.evaluate(shell).map_err(CliError::machine)
    }

    fn evaluate(self, shell: &Shell) -> Result<Answer, CliError> {
        let rule = named(&self.rule)?;
        if self.terms == Input::Stdin && self.rows == Input::Stdin {
            let what = "terms and rows cannot both come from stdin";
            return Err(CliError::new(USAGE, what).hint("put one of them into a file"));
        }
        let terms = read(&self.terms, TERMS_LIMIT, |value| fault(&forms(rule).0, value))?;
        let rows = read(&self.rows, ROWS_LIMIT, |value| fault_in_rows(&forms(rule).1, value))?;
        shell.detail(&format!("read {} rows from {}", rows.as_array().map_or(0, Vec::len), self.rows.name()));

        let spinner = shell.progress("evaluating", None);
        let result = rule.evaluate(&terms, &rows);
        drop(spinner);
        match result {
            Ok(outcome) => {
                let (rule, schema) = (rule.id(), Outcome::SCHEMA);
                Ok(Answer::document(&Outcome::Decided { outcome, rule, schema }))
            }
            Err(NoOutcome::Refused(refusal)) => {
                let id = rule.id();
                shell.note(&format!("refused: {id} has no outcome for these terms and rows ({refusal})"));
                let (refusal, schema) = (refusal.0, Outcome::SCHEMA);
                let document = Outcome::Refused { refusal, rule: id, schema };
                Ok(Answer::document(&document).exit(Exit::No))
            }
            Err(NoOutcome::Malformed(error)) => Err(self.malformed(rule, &terms, &rows, &error)),
        }
    }

    /// Not of the rule's form: where, if the schemas tell.
    fn malformed(
        &self,
        rule: &dyn PublishedRule,
        terms: &Value,
        rows: &Value,
        error: &Malformed,
    ) -> CliError {
        let (terms_form, row_form) = forms(rule);
        if let Some(fault) = fault(&terms_form, terms) {
            return at(&self.terms, fault);
        }
        if let Some(fault) = fault_in_rows(&row_form, rows) {
            return at(&self.rows, fault);
        }
        let terms_are_wrong = matches!(rule.check_terms(terms), Err(NoOutcome::Malformed(_)));
        let input = if terms_are_wrong { &self.terms } else { &self.rows };
        CliError::malformed(error).file(input.name()).hint(HINT)
    }
}

/// The schemas of a rule's terms and of one row.
fn forms(rule: &dyn PublishedRule) -> (Value, Value) {
    let [terms, row, _] = rule.schemas().map(|(_, schema)| schema.to_value());
    (terms, row)
}

/// Reads a document in our dialect.
fn read(input: &Input, limit: u64, fault: impl Fn(&Value) -> Option<Fault>) -> Result<Value, CliError> {
    let bytes = input.read(limit)?;
    json::parse(&bytes).map_err(|error| {
        // A number where a string should be is no document of ours, but it has a place all the same.
        let lenient: Option<Value> = serde_json::from_slice(&bytes).ok();
        match lenient.as_ref().and_then(fault) {
            Some(fault) => at(input, fault),
            None => CliError::malformed(&error).file(input.name()).hint(HINT),
        }
    })
}

fn at(input: &Input, fault: Fault) -> CliError {
    CliError::new(FILE_MALFORMED, fault.what).file(input.name()).pointer(fault.pointer).hint(HINT)
}
