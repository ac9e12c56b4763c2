//! The grammar: what every command shares, and how clap's words become ours.

use crate::cmd::{Command, PEOPLE};
use crate::error::{CliError, USAGE};
use clap::builder::StyledStr;
use clap::builder::styling::{AnsiColor, Style, Styles};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Headings are bold, words to type are cyan; nothing depends on it.
const STYLES: Styles = Styles::plain()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(AnsiColor::Cyan.on_default());

/// The help page of a command.
const PAGE: &str = "{about}\n\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

/// Settles contracts of a model market, and proves that it settled them by the published rule.
#[derive(Debug, Parser)]
#[command(name = "quittance", version, styles = STYLES, disable_help_subcommand = true, max_term_width = 100)]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command understands.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// The ledger
    #[arg(long, global = true, value_name = "DIR")]
    pub ledger: Option<PathBuf>,
    /// The market's verifier key, from a source you trust
    #[arg(long, global = true, value_name = "FILE")]
    pub market: Option<PathBuf>,
    /// Print exactly one JSON document, on failure too
    #[arg(long, global = true)]
    pub json: bool,
    /// Print no progress and no notes
    #[arg(long, global = true)]
    pub quiet: bool,
    /// Say more on stderr
    #[arg(short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Agree to replace files and to what cannot be undone
    #[arg(long, global = true)]
    pub yes: bool,
}

/// What a command line asks for.
pub enum Parsed {
    /// A command.
    Run(Box<Cli>),
    /// A help page or the version: asked for, so it goes to stdout.
    Help(String),
    /// Not of the grammar; the common options as far as they can be told; a page that shows what is missing.
    Wrong(CliError, Common, Option<String>),
}

/// Reads a command line, its first word the program's name.
pub fn parse(line: &[OsString]) -> Parsed {
    let matches = grammar().try_get_matches_from(line);
    match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => Parsed::Run(Box::new(cli)),
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            Parsed::Help(error.render().ansi().to_string())
        }
        Err(error) => {
            let missing = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
            let page = missing.then(|| error.render().ansi().to_string());
            Parsed::Wrong(usage(&error, line), common(line), page)
        }
    }
}

/// The whole grammar; its help lists the commands by the person who needs them.
pub fn grammar() -> clap::Command {
    let mut grammar = Cli::command().mut_subcommands(compact);
    // Settles every command's inherited options and names, which help pages show.
    grammar.build();
    let template = format!(
        "{{about}}\n\n{{usage-heading}} {{usage}}\n{}\n{}\n{{options}}\n\n{}",
        people(&grammar),
        heading("Common options:"),
        "Everything that needs no market works offline. `quittance help trust` says what you rely on.\n"
    );
    grammar.mut_args(|arg| arg.help_heading(None::<&str>)).help_template(template)
}

/// One page of help per command instead of clap's two: its explanation stands above the usage, its options one
/// a line.
fn compact(command: clap::Command) -> clap::Command {
    let text = |text: Option<&StyledStr>| text.map(StyledStr::to_string).unwrap_or_default();
    let (about, long) = (text(command.get_about()), text(command.get_long_about()));
    let more = long.strip_prefix(&about).unwrap_or_default().trim().to_owned();
    let command = if more.is_empty() { command } else { command.long_about(None::<&str>).before_help(more) };
    command.help_template(PAGE).mut_subcommands(compact)
}

fn people(grammar: &clap::Command) -> String {
    let mut text = String::new();
    for (person, names) in PEOPLE {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{}\n", heading(person));
        for name in *names {
            let name = name.replace('_', "-");
            let about = grammar.find_subcommand(&name).and_then(clap::Command::get_about);
            let literal = STYLES.get_literal();
            let about = about.map(StyledStr::to_string).unwrap_or_default();
            let _ = writeln!(text, "  {literal}{name:<11}{literal:#} {about}");
        }
    }
    text
}

fn heading(text: &str) -> String {
    let header = STYLES.get_header();
    format!("{header}{text}{header:#}")
}

/// The last lines of a command's help: one line to type, broken where it is long, which the tests run.
pub fn example(line: &str) -> StyledStr {
    let literal = STYLES.get_literal();
    // Broken by us, as a shell reads it: clap would break it anywhere.
    let (mut text, mut room) = (String::new(), 80usize);
    for word in line.replace(" -", "\n-").split('\n') {
        if !text.is_empty() && room < word.len() + 3 {
            text.push_str(" \\\n    ");
            room = 80;
        } else if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
        room = room.saturating_sub(word.len() + 1);
    }
    StyledStr::from(format!("{}\n  $ {literal}{text}{literal:#}", heading("Example:")))
}

/// The options that decide how a mistake is told, when the line as a whole cannot be read.
fn common(line: &[OsString]) -> Common {
    let words = line.iter().skip(1).take_while(|word| *word != "--");
    let mut common = Common::default();
    for word in words {
        common.json |= word == "--json";
        common.quiet |= word == "--quiet";
    }
    common
}

/// Clap's message in our three lines.
fn usage(error: &clap::Error, line: &[OsString]) -> CliError {
    let rendered = error.render().to_string();
    let said = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        // Sorted by likeness, the likest last.
        Some(ContextValue::Strings(texts)) => texts.last().cloned(),
        _ => None,
    };
    let what = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            "a command is missing".to_owned()
        }
        // The first paragraph, on one line.
        _ => {
            let paragraph: Vec<&str> =
                rendered.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
            paragraph.join(" ").trim_start_matches("error: ").replace('\'', "`")
        }
    };
    let close = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let hint = match close.into_iter().find_map(said) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("see `{} --help`", command_of(line)),
    };
    CliError::new(USAGE, what).hint(hint)
}

/// The command that a line is about: clap names it in some of its messages only.
fn command_of(line: &[OsString]) -> String {
    let grammar = grammar();
    let (mut command, mut names) = (&grammar, vec![grammar.get_name()]);
    let mut words = line.iter().skip(1).map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        if word.starts_with('-') {
            if takes_the_next_word(command, &word) {
                words.next();
            }
        } else if let Some(below) = command.find_subcommand(word.as_ref()) {
            command = below;
            names.push(below.get_name());
        } else {
            break;
        }
    }
    names.join(" ")
}

/// Whether an option's value is a word of its own.
fn takes_the_next_word(command: &clap::Command, option: &str) -> bool {
    let named = |arg: &&clap::Arg| match option.strip_prefix("--") {
        Some(long) => arg.get_long() == Some(long),
        None => arg.get_short().is_some_and(|short| option.strip_prefix('-') == Some(&short.to_string())),
    };
    command.get_arguments().find(named).is_some_and(|arg| arg.get_action().takes_values())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Vec<OsString> {
        std::iter::once("quittance").chain(text.split(' ')).map(Into::into).collect()
    }

    fn hint(text: &str) -> String {
        match parse(&line(text)) {
            Parsed::Wrong(error, ..) => error.hint.unwrap_or_default(),
            Parsed::Run(_) | Parsed::Help(_) => panic!("{text} is of the grammar"),
        }
    }

    #[test]
    fn the_likest_word_is_proposed() {
        for (typed, meant) in [
            ("verfy x", "verify"),
            ("verif x", "verify"),
            ("round publishs 1", "publish"),
            ("models", "model"),
            ("ledgr show", "ledger"),
            ("shema", "schema"),
            ("biid", "bid"),
            ("ledger rceipt 1", "receipt"),
            ("member rotat x", "rotate"),
            ("verify x --recipt y", "--receipt"),
        ] {
            assert_eq!(hint(typed), format!("did you mean `{meant}`?"), "{typed}");
        }
    }

    #[test]
    fn the_help_of_the_command_at_fault_is_named() {
        for (typed, command) in [
            ("demo --bids abc", "demo"),
            ("ledger entry abc", "ledger entry"),
            ("--ledger demo ledger entry abc", "ledger entry"),
            ("ledger --ledger=demo entry abc", "ledger entry"),
            ("rule eval uniform-price/v1", "rule eval"),
            ("round zzz", "round"),
            ("zzz", ""),
        ] {
            assert_eq!(
                hint(typed),
                format!("see `{} --help`", format!("quittance {command}").trim()),
                "{typed}"
            );
        }
    }
}
