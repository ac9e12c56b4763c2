//! Tables: aligned on a terminal, tab-separated and without a heading when piped.

use super::text::{HEAD, lines, printable, width};
use std::io::{self, IsTerminal as _, Write};

/// Narrowest last column that is still read with ease.
const NARROW: usize = 24;
/// Between two columns.
const GAP: usize = 2;

/// A table of texts. The last column may wrap.
#[derive(Debug)]
pub struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub fn new(head: &[&'static str]) -> Self {
        Self { head: head.to_vec(), rows: Vec::new() }
    }

    /// Adds a row, a text a column.
    pub fn row<const N: usize>(&mut self, cells: [&str; N]) {
        // One line a row: what a cell says cannot start another.
        let cells =
            cells.map(|cell| printable(&cell.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned());
        self.rows.push(cells.into());
    }

    /// Prints it to stdout.
    pub(super) fn print(&self) -> io::Result<()> {
        let mut to = anstream::stdout().lock();
        if io::stdout().is_terminal() {
            to.write_all(self.aligned(width().unwrap_or(80)).as_bytes())?;
        } else {
            for row in &self.rows {
                writeln!(to, "{}", row.join("\t"))?;
            }
        }
        to.flush()
    }

    fn aligned(&self, width: usize) -> String {
        let letters = |row: &[String], column: usize| row.get(column).map_or(0, |cell| cell.chars().count());
        let last = self.head.len().saturating_sub(1);
        let widest = |column: usize| {
            let cells = self.rows.iter().map(|row| letters(row, column)).max().unwrap_or(0);
            cells.max(self.head[column].chars().count())
        };
        let widths: Vec<usize> = (0..last).map(widest).collect();
        let room = width.saturating_sub(widths.iter().map(|w| w + GAP).sum()).max(NARROW);

        let mut text = String::new();
        let mut line = |cells: &[String], bold: bool| {
            let (before, after) = if bold {
                (HEAD.render().to_string(), HEAD.render_reset().to_string())
            } else {
                Default::default()
            };
            let wrapped = lines(cells.last().map_or("", String::as_str), room);
            for (number, part) in wrapped.iter().enumerate() {
                let blank = String::new();
                let cell = |column: usize| if number == 0 { &cells[column] } else { &blank };
                let start: String = (0..last)
                    .map(|column| format!("{:<w$}", cell(column), w = widths[column] + GAP))
                    .collect();
                text.push_str(&format!("{before}{}{after}\n", format!("{start}{part}").trim_end()));
            }
        };
        line(&self.head.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>(), true);
        self.rows.iter().for_each(|row| line(row, false));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let mut table = Table::new(&["name", "what"]);
        table.row(["a", "one"]);
        table.row(["longer", "two words that are broken into\tlines"]);
        let plain = anstream::adapter::strip_str(&table.aligned(32)).to_string();
        let expected = "name    what\na       one\nlonger  two words that are\n        broken into lines\n";
        assert_eq!(plain, expected);
    }
}
