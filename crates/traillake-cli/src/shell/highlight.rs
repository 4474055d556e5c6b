//! Colours of a statement while it is typed. The text itself stays the same.

use super::statement::{Kind, tokens};
use super::words;
use crate::terminal::Style;

/// The line with its colours.
pub(super) fn highlight(line: &str) -> String {
    if super::dot::is_command(line) {
        return Style::Cyan.paint(line, true);
    }
    tokens(line)
        .iter()
        .map(|token| match style(token.kind, token.text) {
            Some(style) => style.paint(token.text, true),
            None => token.text.to_owned(),
        })
        .collect()
}

fn style(kind: Kind, text: &str) -> Option<Style> {
    match kind {
        Kind::Word if words::is_keyword(text) => Some(Style::Blue),
        Kind::Text => Some(Style::Green),
        Kind::Number => Some(Style::Cyan),
        Kind::Comment => Some(Style::Dim),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_texts_numbers_and_comments_have_their_colours() {
        assert_eq!(
            highlight("select a, 'from', 12 -- x"),
            "\u{1b}[34mselect\u{1b}[0m a, \u{1b}[32m'from'\u{1b}[0m, \u{1b}[36m12\u{1b}[0m \u{1b}[2m-- x\u{1b}[0m"
        );
    }
}
