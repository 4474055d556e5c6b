//! Text that is safe to show.
//!
//! Log content is whatever a caller put into a user agent or a file name: escape sequences that move the cursor, line
//! breaks that fake a row, marks that turn the reading direction. What is made for reading shows them as escapes.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text with every control character and direction mark written out: `\n`, `\t`, `\u{1b}`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match is_hidden(letter) {
            true => shown.extend(letter.escape_default()),
            false => shown.push(letter),
        }
    }
    Cow::Owned(shown)
}

/// As [`visible`], with the lines kept as they are.
pub(crate) fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// Whether a letter would steer what shows it.
pub(crate) fn is_hidden(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The columns a text takes on a screen.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most `columns` columns, with `…` where it was cut.
pub(crate) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let (mut taken, mut end) = (0, 0);
    for (at, letter) in text.char_indices() {
        taken += letter.width().unwrap_or(0);
        if taken >= columns {
            break;
        }
        end = at + letter.len_utf8();
    }
    Cow::Owned(format!("{}…", &text[..end]))
}

/// As [`cut`], in the middle, for texts that tell themselves apart at their ends.
pub(crate) fn cut_in_the_middle(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let of_end = columns.saturating_sub(1) * 2 / 3;
    let (mut taken, mut start) = (0, text.len());
    for (at, letter) in text.char_indices().rev() {
        taken += letter.width().unwrap_or(0);
        if taken > of_end {
            break;
        }
        start = at;
    }
    let end = &text[start..];
    Cow::Owned(format!("{}{end}", cut(text, columns.saturating_sub(width(end)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_steer_a_terminal_is_written_out() {
        assert_eq!(visible("a\nb\t\u{1b}[2J \u{202e}x"), "a\\nb\\t\\u{1b}[2J \\u{202e}x");
        assert_eq!(visible("C:\\new ünï"), "C:\\new ünï");
    }

    #[test]
    fn a_text_cut_in_the_middle_keeps_both_ends() {
        let arn = "arn:aws:iam::111122223333:user/deploy-ci";
        for (columns, expected) in [(40, arn), (20, "arn:aws…er/deploy-ci"), (8, "arn…y-ci"), (2, "a…"), (1, "…")]
        {
            assert_eq!(cut_in_the_middle(arn, columns), expected, "{columns}");
            assert!(width(&cut_in_the_middle("日本語日本語", columns)) <= columns.max(1));
        }
    }

    #[test]
    fn a_cut_text_keeps_within_its_columns() {
        for (text, columns, expected) in [
            ("abcdef", 6, "abcdef"),
            ("abcdef", 5, "abcd…"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("ab", 1, "…"),
        ] {
            assert_eq!(cut(text, columns), expected, "{text} in {columns}");
        }
    }
}
