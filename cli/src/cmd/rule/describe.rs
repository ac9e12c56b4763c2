//! `rule list`, `show`, `explain` and `diff`: what the rules say.

use super::form::{Field, evidence, fields, source};
use super::named;
use crate::args::example;
use crate::documents::{self, Difference, ListedRule, RuleCard, RuleDiff, Rules};
use crate::error::CliError;
use crate::shell::{Answer, HEAD, Table};
use quittance_circuits::json;
use quittance_circuits::rule::{Evidence, PublishedRule};
use quittance_circuits::rules::RULES;
use serde_json::Value;

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
            rules.push(ListedRule { evidence: evidence(*rule), rule: rule.id(), short: short(*rule) });
        }
        Answer::table(&Rules { schema: Rules::SCHEMA, rules }, table)
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
        let (schema, evidence, rule) = (documents::Rule::SCHEMA, evidence(rule), rule.id());
        let document = documents::Rule { schema, evidence, fields, rule };
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
        let example = example_of(rule);
        let convinces: Vec<&str> = rule.evidences().iter().map(|kind| words(*kind)).collect();
        let shown = example.as_ref().map(show_example).unwrap_or_default();
        let (id, card) = (rule.id(), rule.card());
        let text = format!("{HEAD}{id}{HEAD:#}\n\n{}\n\n{}\n{shown}", card.trim(), convinces.join("\n\n"));
        let document =
            RuleCard { schema: RuleCard::SCHEMA, card, evidence: evidence(rule), example, rule: id };
        Ok(Answer::prose(&document, text))
    }
}

/// How a settlement convinces, in a sentence.
fn words(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Proved => "A settlement of sealed rows is proved: a proof says that the outcome is theirs.",
        Evidence::Recomputed => {
            "Where every number is public a settlement needs no proof: whoever verifies recomputes it."
        }
        Evidence::Asserted => {
            "What has no circuit nothing proves: the operator asserts the outcome, and whoever has the openings \
             recomputes it (`quittance ledger replay --openings DIR`)."
        }
    }
}

/// One case of each rule, to work through by hand.
const EXAMPLES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/rules/examples.json"));

/// The rule's worked example: terms, rows and outcome.
fn example_of(rule: &dyn PublishedRule) -> Option<Value> {
    let Ok(Value::Array(examples)) = json::parse(EXAMPLES.as_bytes()) else { return None };
    examples.into_iter().find(|example| example["rule"] == rule.id())
}

/// The example in lines: its terms, a line a row, its outcome.
fn show_example(example: &Value) -> String {
    let mut text = format!("\n{HEAD}An example{HEAD:#}\n\n");
    let fields = |value: &Value| -> Vec<(String, String)> {
        value.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), plain(value))).collect()
    };
    for (name, value) in fields(&example["terms"]) {
        text.push_str(&format!("  {name:<26} {value}\n"));
    }
    for (index, row) in example["rows"].as_array().into_iter().flatten().enumerate() {
        let row: Vec<String> =
            fields(row).into_iter().map(|(name, value)| format!("{name} {value}")).collect();
        text.push_str(&format!("  {:<26} {}\n", format!("row {index}"), row.join(", ")));
    }
    text.push_str("  gives\n");
    for (name, value) in fields(&example["outcome"]) {
        text.push_str(&format!("  {name:<26} {value}\n"));
    }
    text
}

/// A value as people write it: without quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".into(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| format!("({name} {})", plain(value)))
            .collect::<Vec<_>>()
            .join(" "),
        number => number.to_string(),
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
            let only = if mark == "-" { a.id() } else { b.id() };
            differences.push(Difference { field: field.clone(), only });
        };
        ours.iter().filter(|field| !theirs.contains(field)).for_each(|field| differs("-", field));
        theirs.iter().filter(|field| !ours.contains(field)).for_each(|field| differs("+", field));
        let same = differences.is_empty();
        let document = RuleDiff { schema: RuleDiff::SCHEMA, a: a.id(), b: b.id(), differences };
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

#[cfg(test)]
mod tests {
    use super::*;
    use quittance_circuits::rules::RULES;

    /// `rule explain` shows what the evaluator gives.
    #[test]
    fn every_rule_has_a_true_example() {
        for rule in RULES {
            let example = example_of(*rule).unwrap_or_else(|| panic!("{} has an example", rule.id()));
            let outcome = rule.evaluate(&example["terms"], &example["rows"]).unwrap();
            assert_eq!(outcome, example["outcome"], "{}", rule.id());
        }
    }
}
