//! `quittance schema`: the published JSON Schemas.

use crate::args::example;
use crate::documents::{self, Schemas};
use crate::error::{CliError, SCHEMA_UNKNOWN};
use crate::shell::{Answer, Output, Shell, Table};
use quittance_circuits::rules::RULES;
use quittance_engine::schema;
use schemars::Schema as JsonSchema;

/// Print the JSON Schema of a kind of file, or list them
///
/// A schema tells what a file looks like; programs that write files should be checked against it. What a schema
/// cannot say (canonical spelling, ids, signatures) is in the reference.
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance schema uniform-price/v1/row"))]
pub struct Schema {
    /// The kind; without it, all are listed
    kind: Option<String>,
    /// Write the schema to a file; - is stdout
    #[arg(short, value_name = "FILE", requires = "kind", default_value = "-", hide_default_value = true)]
    output: Output,
}

impl Schema {
    /// Runs the command.
    pub fn run(self, shell: &Shell) -> Result<Answer, CliError> {
        let published = published();
        let Some(kind) = &self.kind else {
            let mut table = Table::new(&["kind", "what"]);
            published.iter().for_each(|(name, schema)| table.row([name, &what(schema)]));
            let kinds = published.iter().map(|(name, _)| name.clone()).collect();
            return Ok(Answer::table(&Schemas { schema: Schemas::SCHEMA, kinds }, table));
        };
        let (_, schema) = published.into_iter().find(|(name, _)| name == kind).ok_or_else(|| {
            CliError::new(SCHEMA_UNKNOWN, format!("no schema is called `{kind}`"))
                .hint("list the kinds with `quittance schema`")
        })?;
        let mut pretty = format!("{:#}", schema.as_value());
        pretty.push('\n');
        match self.output {
            // A schema is a document, and is one in both modes.
            Output::Stdout if shell.json() => Ok(Answer::document(&schema)),
            output => output.publish(shell, pretty.into_bytes()),
        }
    }
}

/// The first paragraph of a schema's description.
fn what(schema: &JsonSchema) -> String {
    let text = schema.get("description").and_then(|text| text.as_str()).unwrap_or_default();
    text.split("\n\n").next().unwrap_or_default().to_owned()
}

/// Every published schema, by its name.
fn published() -> Vec<(String, JsonSchema)> {
    let of_rules = RULES
        .iter()
        .flat_map(|rule| rule.schemas().map(|(part, schema)| (format!("{}/{part}", rule.id()), schema)));
    let files = schema::schemas().into_iter().map(|(name, schema)| (name.to_owned(), schema));
    files.chain(of_rules).chain(documents::schemas()).collect()
}
