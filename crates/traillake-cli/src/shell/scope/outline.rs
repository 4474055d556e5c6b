//! A statement as nested groups.

use super::super::statement::{Kind, Token, tokens};
use super::super::words;

/// A word or a sign, what stands in parentheses, or the cursor.
#[derive(Debug)]
pub(in crate::shell) enum Node<'a> {
    Token(Token<'a>),
    Group(Vec<Node<'a>>),
    Cursor,
}

/// What is nested deeper counts as not nested: nobody types that.
const LEVELS_MAX: usize = 64;

impl<'a> Node<'a> {
    /// Whether it is this word, in any letter case, or this sign.
    pub(in crate::shell) fn is(&self, word: &str) -> bool {
        matches!(self, Node::Token(token) if token.kind != Kind::Quoted && token.text.eq_ignore_ascii_case(word))
    }

    pub(in crate::shell) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// The name that it is: a word that is not reserved, or anything in double quotes.
    pub(in crate::shell) fn name(&self) -> Option<String> {
        match self {
            Node::Token(token) => token.name(),
            _ => None,
        }
    }

    /// The text in quotes that it is.
    pub(in crate::shell) fn text(&self) -> Option<String> {
        match self {
            Node::Token(token) => token.quoted(),
            _ => None,
        }
    }

    /// A piece of a table's name: an id is one without quotes, too.
    pub(super) fn name_part(&self) -> Option<String> {
        match self {
            Node::Token(token) if token.kind == Kind::Number => Some(token.text.to_owned()),
            _ => self.name(),
        }
    }

    pub(in crate::shell) fn group(&self) -> Option<&[Node<'a>]> {
        match self {
            Node::Group(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// Whether the cursor is here or inside.
    pub(in crate::shell) fn has_cursor(&self) -> bool {
        match self {
            Node::Cursor => true,
            Node::Group(nodes) => nodes.iter().any(Node::has_cursor),
            Node::Token(_) => false,
        }
    }

    /// Whether an operand may end with it.
    pub(super) fn ends_operand(&self) -> bool {
        match self {
            Node::Token(token) => super::ends_operand(token),
            Node::Group(_) => true,
            Node::Cursor => false,
        }
    }
}

impl Token<'_> {
    /// The name that it is: a word that is not reserved, or anything in double quotes.
    pub(in crate::shell) fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word if !words::is_reserved(self.text) => Some(self.text.to_owned()),
            Kind::Quoted if self.closed && self.text.len() > 1 => {
                Some(self.text[1..self.text.len() - 1].replace("\"\"", "\""))
            }
            _ => None,
        }
    }
}

impl Token<'_> {
    /// The text in quotes that it is.
    pub(in crate::shell) fn quoted(&self) -> Option<String> {
        let inner = self.text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        inner.filter(|_| self.kind == Kind::Text && self.closed).map(|text| text.replace("''", "'"))
    }
}

/// The statement around the cursor, which stands between two pieces of text.
pub(in crate::shell) fn outline<'a>(before: &[Token<'a>], after: &'a str) -> Vec<Node<'a>> {
    let is_end = |token: &Token| token.text == ";";
    let start = before.iter().rposition(is_end).map_or(0, |at| at + 1);
    let open = before.last().is_some_and(|token| !token.closed && token.kind == Kind::Text);
    let after = tokens(if open { behind_text(after) } else { after });
    let after = after.iter().take_while(|token| !is_end(token)).copied().map(Some);
    let all = before[start..].iter().copied().map(Some).chain([None]).chain(after);
    nested(all.filter(|token| token.is_none_or(|token| !matches!(token.kind, Kind::Space | Kind::Comment))))
}

/// What stands behind the text that the cursor is in: it ends at a quote, unless blanks come first.
fn behind_text(after: &str) -> &str {
    let end = after.find(|letter: char| letter == '\'' || letter.is_whitespace());
    let end = end.map_or(after.len(), |at| if after[at..].starts_with('\'') { at + 1 } else { at });
    &after[end..]
}

fn nested<'a>(tokens: impl Iterator<Item = Option<Token<'a>>>) -> Vec<Node<'a>> {
    let mut open: Vec<Vec<Node>> = Vec::new();
    let mut level = Vec::new();
    for token in tokens {
        match token {
            None => level.push(Node::Cursor),
            Some(token) if token.text == "(" && open.len() < LEVELS_MAX => open.push(std::mem::take(&mut level)),
            Some(token) if token.text == ")" => {
                if let Some(outer) = open.pop() {
                    let inner = std::mem::replace(&mut level, outer);
                    level.push(Node::Group(inner));
                }
            }
            Some(token) => level.push(Node::Token(token)),
        }
    }
    while let Some(outer) = open.pop() {
        let inner = std::mem::replace(&mut level, outer);
        level.push(Node::Group(inner));
    }
    level
}
