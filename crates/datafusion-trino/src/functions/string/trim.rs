//! `trim`, `ltrim`, `rtrim`: without blanks, or without the letters given.

use arrow::array::{ArrayRef, StringArray};
use datafusion::common::Result;

use crate::functions::scalar::Call;

/// Which ends are trimmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    Start,
    End,
    Both,
}

pub(super) fn trim(call: &Call, ends: Ends) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| {
        let text = call.text(0).value(row);
        Ok(Some(if call.args.len() > 1 {
            let letters = call.text(1).value(row);
            without(text, ends, |letter| letters.contains(letter))
        } else {
            without(text, ends, is_blank)
        }))
    })
}

fn without(text: &str, ends: Ends, unwanted: impl Fn(char) -> bool) -> &str {
    let text = if ends == Ends::End { text } else { text.trim_start_matches(&unwanted) };
    if ends == Ends::Start { text } else { text.trim_end_matches(&unwanted) }
}

/// Java's white space: that of Unicode and the four separators of ASCII, but no blanks that keep words
/// together.
fn is_blank(letter: char) -> bool {
    match letter {
        '\u{1c}'..='\u{1f}' => true,
        '\u{85}' | '\u{a0}' | '\u{2007}' | '\u{202f}' => false,
        other => other.is_whitespace(),
    }
}
