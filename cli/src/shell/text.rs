//! How text looks: colours that nothing depends on, lines that fit, and nothing that moves the cursor.

use anstyle::{AnsiColor, Style};
use std::borrow::Cow;

/// Headings.
pub const HEAD: Style = Style::new().bold();
/// Field names and words to type.
pub const WORD: Style = AnsiColor::Cyan.on_default();
/// What holds.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What does not hold.
pub const BAD: Style = AnsiColor::Red.on_default().bold();

/// The text with control characters spelt out: what a file says must not move the cursor, change colours or
/// start a line that looks like ours.
pub fn printable(text: &str) -> Cow<'_, str> {
    // Direction marks turn what stands beside them around.
    let turns =
        |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    let harmful = |c: char| c.is_control() || turns(c);
    if !text.contains(harmful) {
        return text.into();
    }
    let spelt = |c: char| if harmful(c) { c.escape_unicode().to_string() } else { c.to_string() };
    text.chars().map(spelt).collect::<String>().into()
}

/// Paragraphs broken anew into lines of at most `width` letters; longer words stand alone.
pub fn wrap(text: &str, width: usize) -> String {
    // What is indented is a table or a command: its lines are its own.
    let fold = |paragraph: &str| match paragraph.starts_with("  ") {
        true => paragraph.to_owned(),
        false => lines(paragraph, width).join("\n"),
    };
    let paragraphs: Vec<String> = text.split("\n\n").map(fold).collect();
    paragraphs.join("\n\n")
}

/// The words of a paragraph in lines.
pub(super) fn lines(paragraph: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut room = width;
    for word in paragraph.split_whitespace() {
        let letters = word.chars().count();
        // There is always a last line.
        let Some(line) = lines.last_mut() else { continue };
        if line.is_empty() {
            line.push_str(word);
            room = width.saturating_sub(letters);
        } else if room > letters {
            line.push(' ');
            line.push_str(word);
            room -= letters + 1;
        } else {
            lines.push(word.to_owned());
            room = width.saturating_sub(letters);
        }
    }
    lines
}

/// Letters that fit beside each other on stdout; `None` if it is no terminal.
pub fn width() -> Option<usize> {
    terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor() {
        for plain in ["", "a b", "\u{2713} 3f81\u{2026}"] {
            assert_eq!(printable(plain), plain);
        }
        assert_eq!(printable("a\u{1b}[2Jb\nerror: c\r"), "a\\u{1b}[2Jb\\u{a}error: c\\u{d}");
        assert_eq!(printable("\u{202e}1"), "\\u{202e}1");
    }

    #[test]
    fn lines_fit() {
        assert_eq!(wrap("aa bb cc\ndd\n\nee", 5), "aa bb\ncc dd\n\nee");
        assert_eq!(wrap("aaaaaaaa b c", 3), "aaaaaaaa\nb c");
        assert_eq!(wrap("", 5), "");
        assert_eq!(wrap("a b", 0), "a\nb");
    }
}
