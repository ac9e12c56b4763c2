//! `quittance help`: short texts on topics, and the help of commands.

use crate::args::{example, grammar};
use crate::documents::{self, HelpTopics};
use crate::error::{CODES, CliError, TOPIC_UNKNOWN};
use crate::shell::{Answer, HEAD, Shell, WORD, wrap};
use quittance_engine::Code;
use std::fmt::Write as _;

/// Letters of a line beside a code.
const SAYS: usize = 47;

/// The topics, their titles and texts.
const TOPICS: &[(&str, &str, &str)] = &[
    ("trust", "what a verdict rests on, and what it cannot tell", include_str!("../help/trust.md")),
    ("codes", "the code words of errors and refusals", include_str!("../help/codes.md")),
    ("files", "which file is what, and who may see it", include_str!("../help/files.md")),
    ("exit-codes", "what 0, 1, 2 and 130 mean", include_str!("../help/exit-codes.md")),
];

/// Read about trust, codes, files, exit-codes, or a command
#[derive(Debug, clap::Args)]
#[command(after_help = example("quittance help trust"))]
pub struct Help {
    /// A topic, or the words of a command; without it, the topics are listed
    #[arg(value_name = "TOPIC")]
    words: Vec<String>,
}

impl Help {
    /// Runs the command.
    pub fn run(self, _: &Shell) -> Result<Answer, CliError> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        match words[..] {
            [] => Ok(list()),
            [word] if topic(word).is_some() => Ok(topic(word).unwrap_or_else(list)),
            _ => command(&words),
        }
    }
}

fn list() -> Answer {
    let mut text = format!("{HEAD}Topics{HEAD:#}\n");
    for (name, title, _) in TOPICS {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {WORD}{name:<11}{WORD:#} {title}");
    }
    text.push_str("\nType `quittance help TOPIC`; `quittance --help` lists the commands.\n");
    let names: Vec<&str> = TOPICS.iter().map(|(name, ..)| *name).collect();
    Answer::text(&HelpTopics { schema: HelpTopics::SCHEMA, topics: names }, text)
}

fn topic(word: &str) -> Option<Answer> {
    let (name, _, text) = TOPICS.iter().find(|(name, ..)| *name == word)?;
    let mut text = (*text).to_owned();
    if *name == "codes" {
        text.push_str(&codes());
    }
    let plain = anstream::adapter::strip_str(&text).to_string();
    Some(Answer::text(
        &documents::Help { schema: documents::Help::SCHEMA, text: plain, topic: name.to_string() },
        text,
    ))
}

/// The engine's codes in their order, by stage, with what to do next; then the command line's own.
fn codes() -> String {
    let mut text = String::new();
    let mut line = |before: &str, code: &str, says: &str| {
        let says = wrap(says, SAYS).replace('\n', &format!("\n{:32}", ""));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{before}  {WORD}{code:<29}{WORD:#} {says}");
    };
    let mut stage = None;
    for code in Code::ALL {
        // An empty line before each stage.
        let new = stage.replace(code.stage()) != Some(code.stage());
        line(if new { "\n" } else { "" }, code.word(), code.hint());
    }
    let own = CODES.iter().filter(|(word, _)| Code::of_word(word).is_none());
    let before = std::iter::once("\n").chain(std::iter::repeat(""));
    own.zip(before).for_each(|((word, meaning), before)| line(before, word, meaning));
    text
}

/// The help page of a command, as `COMMAND --help` has it.
fn command(words: &[&str]) -> Result<Answer, CliError> {
    let mut command = &mut grammar();
    for word in words {
        command = command.find_subcommand_mut(word).ok_or_else(|| {
            let what = format!("no topic and no command is called `{}`", words.join(" "));
            CliError::new(TOPIC_UNKNOWN, what).hint("list the topics with `quittance help`")
        })?;
    }
    let page = command.render_help().ansi().to_string();
    let plain = anstream::adapter::strip_str(&page).to_string();
    let topic = words.join(" ");
    Ok(Answer::text(&documents::Help { schema: documents::Help::SCHEMA, text: plain, topic }, page))
}
