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
            Parsed::Wrong(usage(&error), common(line), page)
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
fn usage(error: &clap::Error) -> CliError {
    let rendered = error.render().to_string();
    let said = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.first().cloned(),
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
        None => format!("see `{} --help`", command_of(&rendered)),
    };
    CliError::new(USAGE, what).hint(hint)
}

/// The command that a mistake is about, by the usage line of clap's message.
fn command_of(rendered: &str) -> String {
    let usage = rendered.lines().find_map(|line| line.trim_start().strip_prefix("Usage: "));
    let plain =
        |word: &&str| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') && !word.starts_with('-');
    let words: Vec<&str> = usage.unwrap_or("quittance").split(' ').take_while(plain).collect();
    words.join(" ")
}
