//! Colours of a statement while it is typed. The text itself stays the same.

use super::statement::{Kind, Token, tokens};
use super::{dot, words};
use crate::failure::Failure;
use crate::terminal::Style;

/// The line with its colours. Brackets that belong together stand out where the cursor is at one of them; `known` says
/// which functions there are.
pub(super) fn highlight(line: &str, cursor: Option<usize>, known: impl Fn(&str) -> bool) -> String {
    if dot::is_command(line) {
        return command(line);
    }
    let tokens = tokens(line);
    let brackets = Brackets::of(&tokens, cursor);
    let mut painted = String::with_capacity(line.len() * 2);
    for (at, token) in tokens.iter().enumerate() {
        let is_call = || tokens.get(at + 1).is_some_and(|next| next.text == "(") && known(token.text);
        match token.kind {
            Kind::Text | Kind::Quoted if !token.closed => {
                // Quotes are one byte.
                painted.push_str(&Style::Red.paint(&token.text[..1], true));
                painted.push_str(&painted_lines(&token.text[1..], Style::Green));
            }
            Kind::Text => painted.push_str(&painted_lines(token.text, Style::Green)),
            Kind::Quoted => painted.push_str(&painted_lines(token.text, Style::Blue)),
            Kind::Number => painted.push_str(&Style::Cyan.paint(token.text, true)),
            Kind::Comment => painted.push_str(&painted_lines(token.text, Style::Dim)),
            Kind::Word if words::is_reserved(token.text) => painted.push_str(&Style::Magenta.paint(token.text, true)),
            Kind::Word if is_call() => painted.push_str(&Style::Bold.paint(token.text, true)),
            Kind::Sign if brackets.alone.contains(&at) => painted.push_str(&Style::Red.paint(token.text, true)),
            Kind::Sign if brackets.at_cursor.contains(&at) => painted.push_str(&Style::Reverse.paint(token.text, true)),
            _ => painted.push_str(token.text),
        }
    }
    painted
}

/// Each line of a text in a style: terminals end styles where they like.
fn painted_lines(text: &str, style: Style) -> String {
    let lines = text.split('\n').map(|line| if line.is_empty() { String::new() } else { style.paint(line, true) });
    lines.collect::<Vec<_>>().join("\n")
}

/// A dot-command: its name, red when there is none that begins so.
fn command(line: &str) -> String {
    let start = line.len() - line.trim_start().len();
    let (blank, rest) = line.split_at(start);
    let end = rest.find(|letter: char| letter.is_whitespace() || letter == ';').unwrap_or(rest.len());
    let (name, argument) = rest.split_at(end);
    let is_typed = argument.is_empty();
    let is_unknown = matches!(dot::parse(name), Err(Failure::UnknownDot { .. }));
    let known = !is_unknown || is_typed && dot::names().any(|known| known.starts_with(name));
    format!("{blank}{}{argument}", (if known { Style::Cyan } else { Style::Red }).paint(name, true))
}

/// Which of the tokens are brackets that stand out.
#[derive(Default)]
struct Brackets {
    /// The one at the cursor and its partner.
    at_cursor: Vec<usize>,
    /// Those without a partner.
    alone: Vec<usize>,
}

impl Brackets {
    fn of(tokens: &[Token], cursor: Option<usize>) -> Self {
        let (mut open, mut found, mut start) = (Vec::new(), Brackets::default(), 0);
        for (at, token) in tokens.iter().enumerate() {
            match token.text {
                "(" | "[" => open.push((at, start, token.text)),
                ")" | "]" => match open.pop_if(|(_, _, text)| (*text == "(") == (token.text == ")")) {
                    Some((partner, its_start, _)) if [its_start, start].iter().any(|at| is_at(cursor, *at)) => {
                        found.at_cursor = vec![partner, at];
                    }
                    Some(_) => {}
                    None => found.alone.push(at),
                },
                _ => {}
            }
            start += token.text.len();
        }
        found.alone.extend(open.iter().map(|(at, ..)| *at));
        found
    }
}

/// Whether the cursor is on a bracket or right behind it.
fn is_at(cursor: Option<usize>, bracket: usize) -> bool {
    cursor.is_some_and(|cursor| cursor == bracket || cursor == bracket + 1)
}

/// Whether there is a bracket at the cursor.
pub(super) fn is_at_bracket(line: &str, cursor: usize) -> bool {
    let bytes = line.as_bytes();
    let near = [Some(cursor), cursor.checked_sub(1)];
    near.into_iter().flatten().any(|at| bytes.get(at).is_some_and(|byte| b"()[]".contains(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With styles as marks: `{35:select}`.
    fn marked(line: &str, cursor: Option<usize>) -> String {
        let painted = highlight(line, cursor, |name| name == "count");
        painted.replace("\u{1b}[0m", "}").replace("\u{1b}[", "{").replace('m', ":").replace("co::ent", "comment")
    }

    #[test]
    fn every_kind_of_word_has_its_colour() {
        for (line, expected) in [
            ("select a, 'x', 12 -- y", "{35:select} a, {32:'x'}, {36:12} {2:-- y}"),
            ("count(*) + nothing(1)", "{1:count}(*) + nothing({36:1})"),
            ("'a\nb'", "{32:'a}\n{32:b'}"),
            ("\"a b\".c", "{34:\"a b\"}.c"),
            ("timestap", "ti:estap"),
        ] {
            assert_eq!(marked(line, None), expected, "{line}");
        }
    }

    #[test]
    fn what_is_open_is_red() {
        for (line, expected) in [
            ("'x", "{1;31:'}{32:x}"),
            ("a = \"x", "a = {1;31:\"}{32:x}"),
            ("(a", "{1;31:(}a"),
            ("a)", "a{1;31:)}"),
            ("(a]", "{1;31:(}a{1;31:]}"),
            ("'(' a", "{32:'('} a"),
        ] {
            assert_eq!(marked(line, None), expected, "{line}");
        }
    }

    #[test]
    fn brackets_stand_out_where_the_cursor_is() {
        let both = "{7:(}(a){7:)}";
        assert_eq!(marked("((a))", Some(0)), both);
        assert_eq!(marked("((a))", Some(5)), both);
        assert_eq!(marked("((a))", Some(3)), "({7:(}a{7:)})");
        assert_eq!(marked("(ab)", Some(2)), "(ab)");
        assert!(is_at_bracket("(a)", 1) && is_at_bracket("(a)", 3) && !is_at_bracket("(abc)", 3));
    }

    #[test]
    fn unknown_commands_are_red() {
        for (line, expected) in
            [(".schema x", "{36:.sche:a} x"), (".sch", "{36:.sch}"), (".sch x", "{1;31:.sch} x"), ("\\d", "{36:\\d}")]
        {
            assert_eq!(marked(line, None), expected, "{line}");
        }
    }
}
