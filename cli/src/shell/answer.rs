//! The result of a command: one document for programs, and what people see of it.

use super::text::{width, wrap};
use super::{Table, print_document};
use crate::error::Exit;
use quittance_circuits::json;
use serde::Serialize;
use serde_json::Value;
use std::io::{self, Write as _};

/// Letters in a line beyond which the eye loses its place.
const READABLE: usize = 100;

/// A command's result.
#[derive(Debug)]
pub struct Answer {
    /// How the run ends.
    pub exit: Exit,
    document: Vec<u8>,
    shown: Shown,
}

#[derive(Debug)]
enum Shown {
    /// The document itself.
    Document,
    Text(String),
    Prose(String),
    Table(Table),
    /// Bytes that are the result in every mode: a file on stdout.
    Bytes(Vec<u8>),
}

impl Answer {
    fn new(document: &impl Serialize, shown: Shown) -> Self {
        Self { exit: Exit::Done, document: json::to_canonical(document), shown }
    }

    /// A text for people. The document has a `schema` field.
    pub fn text(document: &impl Serialize, text: impl Into<String>) -> Self {
        Self::new(document, Shown::Text(text.into()))
    }

    /// A table for people.
    pub fn table(document: &impl Serialize, table: Table) -> Self {
        Self::new(document, Shown::Table(table))
    }

    /// A document for programs and people alike.
    pub fn document(document: &impl Serialize) -> Self {
        Self::new(document, Shown::Document)
    }

    /// Paragraphs for people, broken into lines that fit.
    pub fn prose(document: &impl Serialize, text: impl Into<String>) -> Self {
        Self::new(document, Shown::Prose(text.into()))
    }

    /// A file that goes to stdout.
    pub fn bytes(bytes: Vec<u8>) -> Self {
        Self::new(&Value::Null, Shown::Bytes(bytes))
    }

    /// The same result, ending otherwise.
    pub fn exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// Prints the result.
    pub(super) fn print(&self, json: bool) -> io::Result<()> {
        match &self.shown {
            Shown::Bytes(bytes) => {
                let mut to = io::stdout().lock();
                to.write_all(bytes)?;
                to.flush()
            }
            _ if json => print_document(&self.document),
            Shown::Document => print_document(&self.document),
            Shown::Text(text) => print_text(text),
            Shown::Prose(text) => print_text(&wrap(text, width().unwrap_or(READABLE).min(READABLE))),
            Shown::Table(table) => table.print(),
        }
    }
}

fn print_text(text: &str) -> io::Result<()> {
    let mut to = anstream::stdout().lock();
    writeln!(to, "{}", text.trim_end())?;
    to.flush()
}
