//! How a statement ends: `;`, or psql's `\g` and `\G`.

use super::statement::{Kind, Token, tokens};

/// How the result of a text is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As the session is set.
    Plain,
    /// `\G` and `\gx`: a line for each value.
    Vertical,
}

/// Cuts `\g` or `\G` off the end of a text, perhaps with a semicolon behind it. `None` when there is none.
pub(crate) fn ending(text: &str) -> Option<(&str, Ending)> {
    let tokens = tokens(text);
    let said = |token: &&Token| token.kind != Kind::Space && token.text != ";";
    let mut last = tokens.iter().rev().filter(said);
    let (word, sign) = (last.next()?, last.next()?);
    let ending = match word.text {
        "g" => Ending::Plain,
        "G" | "gx" => Ending::Vertical,
        _ => return None,
    };
    let at = (sign.text.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    (sign.text == "\\").then_some(())?;
    Some((text.get(..at)?, ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g_ends_a_statement_outside_of_texts() {
        assert_eq!(ending("select 1\\G"), Some(("select 1", Ending::Vertical)));
        assert_eq!(ending("select 1 \\gx ;\n"), Some(("select 1 ", Ending::Vertical)));
        assert_eq!(ending("select 1\\g"), Some(("select 1", Ending::Plain)));
        for text in ["", "select 1", "select '\\G", "select '\\G'", "select \\GG", "-- \\G", "select g"] {
            assert_eq!(ending(text), None, "{text}");
        }
    }
}
