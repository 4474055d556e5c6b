//! A record's exact text as a **template** and its leaves.
//!
//! `eventJson` gives back the very bytes CloudTrail wrote. Kept as text they would nearly double a store, though
//! almost every byte stands in another column already. What is left is the template: keys, their order,
//! punctuation and blanks, with a slot where a column's value stands. A store has few distinct templates, so a
//! dictionary column holds them for nearly nothing.
//!
//! ```text
//! record     {"eventVersion":"1.08","readOnly":true,"tlsDetails":{"keyExchange":"x"}}
//! template   {"eventVersion":<t eventVersion>,"readOnly":<b readOnly>,"tlsDetails":{"keyExchange":<u>}}
//! unmapped   {"tlsDetails.keyExchange":"x"}
//! ```
//!
//! In the stored text a slot is U+0001, a letter, the physical column's name, U+0002: a form that outlives any
//! change of the schema. A record whose leaves do not come back exactly (odd escapes, a key given twice) keeps
//! its raw text instead; the writer finds out by assembling every record once.

use crate::json::{Cursor, write_string};
use crate::schema::Schema;
use crate::time::{self, Spelling};

const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';

/// How a column's value stands in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// As a JSON string.
    Text,
    /// As it is: the column holds JSON text.
    Json,
    /// As `true` or `false`.
    Boolean,
    /// As a JSON string holding a time in this spelling.
    Time(Spelling),
}

impl Slot {
    fn letter(self) -> char {
        match self {
            Slot::Text => 't',
            Slot::Json => 'j',
            Slot::Boolean => 'b',
            Slot::Time(Spelling::Extended | Spelling::Other) => 'e',
            Slot::Time(Spelling::Basic) => 'c',
            Slot::Time(Spelling::Millis) => 'm',
        }
    }

    fn from_letter(letter: char) -> Option<Self> {
        Some(match letter {
            't' => Slot::Text,
            'j' => Slot::Json,
            'b' => Slot::Boolean,
            'e' => Slot::Time(Spelling::Extended),
            'c' => Slot::Time(Spelling::Basic),
            'm' => Slot::Time(Spelling::Millis),
            _ => return None,
        })
    }
}

/// Appends a slot for a physical column to a template's text.
pub fn write_slot(out: &mut String, slot: Slot, column: &str) {
    out.push(OPEN);
    out.push(slot.letter());
    out.push_str(column);
    out.push(CLOSE);
}

/// Appends the slot of the next unmapped member.
pub fn write_unmapped_slot(out: &mut String) {
    out.push(OPEN);
    out.push('u');
    out.push(CLOSE);
}

/// Appends text between slots. `false` when it holds a control character that marks slots: such a record has
/// no template.
#[must_use]
pub fn write_literal(out: &mut String, text: &str) -> bool {
    out.push_str(text);
    !text.bytes().any(|byte| byte == 1 || byte == 2)
}

/// What stands between the slots of a stored template, piece by piece: keys, punctuation, and what is no leaf.
pub fn literals(text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.split(OPEN).enumerate();
    pieces.map(|(place, piece)| if place == 0 { piece } else { piece.split_once(CLOSE).map_or("", |(_, rest)| rest) })
}

/// The values a template is filled with, addressed by the column's place in [`Schema::columns`].
pub trait Leaves {
    /// A text or JSON column.
    fn text(&self, column: usize) -> Option<&str>;
    /// A boolean column.
    fn boolean(&self, column: usize) -> Option<bool>;
    /// A time column, in milliseconds since 1970 UTC.
    fn millis(&self, column: usize) -> Option<i64>;
    /// The unmapped members: a JSON object, or empty text for none.
    fn unmapped(&self) -> &str;
}

/// A template, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Leaf(Slot, usize),
    Unmapped,
}

impl Template {
    /// Reads a stored template. `None` when it is damaged or names a column the schema does not have.
    pub fn parse(text: &str, schema: &Schema) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, marked)) = rest.split_once(OPEN) {
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            let (slot, after) = marked.split_once(CLOSE)?;
            let letter = slot.chars().next()?;
            parts.push(match letter {
                'u' => Part::Unmapped,
                _ => Part::Leaf(Slot::from_letter(letter)?, schema.index_of(&slot[1..])?),
            });
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Some(Self { parts })
    }

    /// The columns whose values stand in the record.
    pub fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.parts.iter().filter_map(|part| match part {
            Part::Leaf(_, column) => Some(*column),
            Part::Literal(_) | Part::Unmapped => None,
        })
    }

    /// Appends the record's text to `out`. `false`, with `out` half written, when a leaf is missing.
    #[must_use]
    pub fn assemble(&self, leaves: &impl Leaves, out: &mut String) -> bool {
        let mut unmapped = UnmappedValues::new(leaves.unmapped());
        self.parts.iter().all(|part| match part {
            Part::Literal(text) => {
                out.push_str(text);
                true
            }
            Part::Unmapped => unmapped.next().map(|value| out.push_str(value)).is_some(),
            Part::Leaf(slot, column) => write_leaf(*slot, *column, leaves, out).is_some(),
        })
    }
}

fn write_leaf(slot: Slot, column: usize, leaves: &impl Leaves, out: &mut String) -> Option<()> {
    match slot {
        Slot::Text => write_string(out, leaves.text(column)?),
        Slot::Json => out.push_str(leaves.text(column)?),
        Slot::Boolean => out.push_str(if leaves.boolean(column)? { "true" } else { "false" }),
        Slot::Time(spelling) => {
            let millis = leaves.millis(column)?;
            out.push('"');
            time::write(out, millis, spelling);
            out.push('"');
        }
    }
    Some(())
}

/// The exact values of an unmapped object, in order.
struct UnmappedValues<'a> {
    cursor: Cursor<'a>,
    members: Option<crate::json::Members>,
}

impl<'a> UnmappedValues<'a> {
    fn new(text: &'a str) -> Self {
        let mut cursor = Cursor::new(text);
        let members = cursor.members().ok();
        Self { cursor, members }
    }

    fn next(&mut self) -> Option<&'a str> {
        let members = self.members.as_mut()?;
        members.next(&mut self.cursor).ok()??;
        self.cursor.value().ok().map(|value| value.raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row;

    impl Leaves for Row {
        fn text(&self, column: usize) -> Option<&str> {
            match Schema::events().columns()[column].name.as_str() {
                "eventName" => Some("say \"hi\""),
                "requestParameters" => Some("{ \"n\": 1.0 }"),
                _ => None,
            }
        }

        fn boolean(&self, _: usize) -> Option<bool> {
            Some(true)
        }

        fn millis(&self, _: usize) -> Option<i64> {
            Some(1_383_354_388_000)
        }

        fn unmapped(&self) -> &str {
            r#"{"tlsDetails.keyExchange":"x","odd":[1, 2]}"#
        }
    }

    fn template() -> String {
        let mut text = String::new();
        for (literal, slot) in [
            ("{\"eventName\": ", Some((Slot::Text, "eventName"))),
            (",\"eventTime\":", Some((Slot::Time(Spelling::Basic), "eventTime"))),
            (",\"readOnly\":", Some((Slot::Boolean, "readOnly"))),
            (",\"requestParameters\":", Some((Slot::Json, "requestParameters"))),
            (",\"tlsDetails\":{\"keyExchange\":", None),
            ("},\"odd\":", None),
        ] {
            assert!(write_literal(&mut text, literal));
            match slot {
                Some((slot, column)) => write_slot(&mut text, slot, column),
                None => write_unmapped_slot(&mut text),
            }
        }
        assert!(write_literal(&mut text, "}"));
        text
    }

    #[test]
    fn a_template_and_its_leaves_are_the_record() {
        let template = Template::parse(&template(), Schema::events()).unwrap();
        let mut out = String::new();
        assert!(template.assemble(&Row, &mut out));
        assert_eq!(
            out,
            "{\"eventName\": \"say \\\"hi\\\"\",\"eventTime\":\"20131102T010628Z\",\"readOnly\":true,\
             \"requestParameters\":{ \"n\": 1.0 },\"tlsDetails\":{\"keyExchange\":\"x\"},\"odd\":[1, 2]}"
        );
    }

    #[test]
    fn a_missing_leaf_is_told() {
        let mut text = String::new();
        write_slot(&mut text, Slot::Text, "errorCode");
        assert!(!Template::parse(&text, Schema::events()).unwrap().assemble(&Row, &mut String::new()));
    }

    #[test]
    fn damaged_templates_are_none() {
        for text in ["\u{1}teventName", "\u{1}xeventName\u{2}", "\u{1}tno_such_column\u{2}", "\u{1}\u{2}"] {
            assert_eq!(Template::parse(text, Schema::events()), None, "{text:?}");
        }
    }

    #[test]
    fn text_that_looks_like_a_slot_has_no_template() {
        assert!(!write_literal(&mut String::new(), "{\"\u{1}\":1}"));
    }
}
