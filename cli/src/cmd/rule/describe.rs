//! `rule list`, `show`, `explain` and `diff`: what the rules say.

use super::form::{Field, evidence, fields, source};
use super::named;
use crate::args::example;
use crate::error::CliError;
use crate::shell::{Answer, HEAD, Table};
use quittance_circuits::rule::PublishedRule;
use quittance_circuits::rules::RULES;
use serde_json::{Value, json};

/// List the published rules
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance rule list"))]
pub struct List {}

impl List {
    /// Runs the command.
    pub fn run(self) -> Answer {
        let mut table = Table::new(&["rule", "evidence", "row", "in short"]);
        let mut rules = Vec::new();
        for rule in RULES {
            let column = |name: &str, from| format!("{name} ({})", source(from));
            let row: Vec<String> = rule.columns().iter().map(|c| column(c.name, c.source)).collect();
            table.row([rule.id(), evidence(*rule), &row.join(", "), short(*rule)]);
            rules.push(json!({ "evidence": evidence(*rule), "rule": rule.id(), "short": short(*rule) }));
        }
        Answer::table(&json!({ "rules": rules, "schema": "rules/v1" }), table)
    }
}

/// The card's first sentence.
fn short(rule: &dyn PublishedRule) -> &'static str {
    let card = rule.card();
    card.find(['.', ':']).map_or(card, |end| &card[..end])
}

/// Show what a rule reads and writes, field by field
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance rule show uniform-price/v1"))]
pub struct Show {
    /// The rule, such as uniform-price/v1
    rule: String,
}

impl Show {
    /// Runs the command.
    pub fn run(self) -> Result<Answer, CliError> {
        let rule = named(&self.rule)?;
        let fields = all(rule);
        let mut table = Table::new(&["part", "field", "form", "what"]);
        for field in &fields {
            table.row([field.part, &field.name, &field.form, &field.meaning]);
        }
        let document =
            json!({ "evidence": evidence(rule), "fields": fields, "rule": rule.id(), "schema": "rule/v1" });
        Ok(Answer::table(&document, table))
    }
}

/// Explain a rule in plain words
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance rule explain revenue-share/v1"))]
pub struct Explain {
    /// The rule, such as uniform-price/v1
    rule: String,
}

impl Explain {
    /// Runs the command.
    pub fn run(self) -> Result<Answer, CliError> {
        let rule = named(&self.rule)?;
        let document = json!({ "card": rule.card(), "rule": rule.id(), "schema": "rule-card/v1" });
        let convinces = match evidence(rule) {
            "proved" => {
                "A settlement is proved: rows are sealed, and a proof says that the outcome is theirs."
            }
            _ => "A settlement needs no proof: every number is public, and whoever verifies recomputes it.",
        };
        Ok(Answer::prose(
            &document,
            format!("{HEAD}{}{HEAD:#}\n\n{}\n\n{convinces}", rule.id(), rule.card().trim()),
        ))
    }
}

/// Compare what two rules read and write
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance rule diff uniform-price/v1 revenue-share/v1"))]
pub struct Diff {
    /// One rule
    a: String,
    /// The other
    b: String,
}

impl Diff {
    /// Runs the command.
    pub fn run(self) -> Result<Answer, CliError> {
        let (a, b) = (named(&self.a)?, named(&self.b)?);
        let (ours, theirs) = (all(a), all(b));
        let mut table = Table::new(&["", "part", "field", "form", "what"]);
        let mut differences = Vec::new();
        let mut differs = |mark: &str, field: &Field| {
            table.row([mark, field.part, &field.name, &field.form, &field.meaning]);
            differences.push(json!({ "field": field, "only": if mark == "-" { a.id() } else { b.id() } }));
        };
        ours.iter().filter(|field| !theirs.contains(field)).for_each(|field| differs("-", field));
        theirs.iter().filter(|field| !ours.contains(field)).for_each(|field| differs("+", field));
        let same = differences.is_empty();
        let document = json!({
            "a": a.id(), "b": b.id(), "differences": Value::Array(differences), "schema": "rule-diff/v1",
        });
        Ok(if same { Answer::text(&document, "no difference") } else { Answer::table(&document, table) })
    }
}

/// The fields and how a settlement convinces.
fn all(rule: &dyn PublishedRule) -> Vec<Field> {
    let form = evidence(rule).to_owned();
    let meaning = "How a settlement convinces.".to_owned();
    let mut all = vec![Field { part: "rule", name: "evidence".into(), form, meaning }];
    all.extend(fields(rule));
    all
}
