//! The values of one record, column by column.

use std::borrow::Cow;

use traillake_event::json::{Cursor, JsonError, Kind, Value};
use traillake_event::template::Leaves;

use super::members::HotKeys;

/// The value of one column in one record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Leaf {
    Null,
    /// A range of the document.
    Text(usize, usize),
    /// A range of [`Values::arena`], where strings with escapes stand resolved.
    Resolved(usize, usize),
    Boolean(bool),
    Millis(i64),
}

/// The leaves of one record; reused from record to record, so that it allocates nothing in the long run.
#[derive(Debug)]
pub(super) struct Values {
    leaves: Vec<Leaf>,
    /// The columns whose leaf is or was not NULL; one may stand here more than once.
    touched: Vec<usize>,
    arena: String,
    /// The unmapped members as a JSON object without its closing brace; empty for none.
    unmapped: String,
}

impl Values {
    pub(super) fn new(columns: usize) -> Self {
        let leaves = vec![Leaf::Null; columns];
        Self { leaves, touched: Vec::with_capacity(columns), arena: String::new(), unmapped: String::new() }
    }

    pub(super) fn clear(&mut self) {
        for column in self.touched.drain(..) {
            self.leaves[column] = Leaf::Null;
        }
        self.arena.clear();
        self.unmapped.clear();
    }

    pub(super) fn leaf(&self, column: usize) -> Leaf {
        self.leaves[column]
    }

    pub(super) fn set(&mut self, column: usize, leaf: Leaf) {
        if self.leaves[column] == Leaf::Null {
            self.touched.push(column);
        }
        self.leaves[column] = leaf;
    }

    /// The columns that may have a value, in no order; one may come twice.
    pub(super) fn touched(&self) -> &[usize] {
        &self.touched
    }

    /// The text of a leaf; `None` when it is NULL or no text.
    pub(super) fn text<'a>(&'a self, document: &'a str, column: usize) -> Option<&'a str> {
        match self.leaves[column] {
            Leaf::Text(start, end) => Some(&document[start..end]),
            Leaf::Resolved(start, end) => Some(&self.arena[start..end]),
            _ => None,
        }
    }

    /// A string's content as a leaf.
    pub(super) fn content(&mut self, value: Value<'_>) -> Leaf {
        match value.as_text() {
            Some(Cow::Owned(text)) => {
                let start = self.arena.len();
                self.arena.push_str(&text);
                Leaf::Resolved(start, self.arena.len())
            }
            _ => Leaf::Text(value.offset + 1, value.offset + value.raw.len() - 1),
        }
    }

    /// Reads the object that comes next, and the leaves of its hot keys. Of a repeated key the last value counts.
    pub(super) fn read_hot_keys(&mut self, cursor: &mut Cursor<'_>, hot: &HotKeys) -> Result<(), JsonError> {
        let mut members = cursor.members()?;
        while let Some(key) = members.next(cursor)? {
            let value = cursor.value()?;
            if let Some(column) = hot.column(&key.as_text().unwrap_or_default()) {
                let leaf = match value.kind {
                    Kind::Null => Leaf::Null,
                    Kind::String => self.content(value),
                    _ => Leaf::Text(value.offset, value.offset + value.raw.len()),
                };
                self.set(column, leaf);
            }
        }
        Ok(())
    }

    /// Adds an unmapped member: its key as a JSON string, and its exact value.
    pub(super) fn add_unmapped(&mut self, key: &str, raw: &str) {
        self.unmapped.push(if self.unmapped.is_empty() { '{' } else { ',' });
        self.unmapped.push_str(key);
        self.unmapped.push(':');
        self.unmapped.push_str(raw);
    }

    /// Ends the record.
    pub(super) fn close(&mut self) {
        if !self.unmapped.is_empty() {
            self.unmapped.push('}');
        }
    }

    /// The unmapped members as a JSON object; empty for none.
    pub(super) fn unmapped(&self) -> &str {
        &self.unmapped
    }
}

/// A record's leaves as a template wants them.
pub(super) struct RecordLeaves<'a> {
    pub(super) values: &'a Values,
    pub(super) document: &'a str,
}

impl Leaves for RecordLeaves<'_> {
    fn text(&self, column: usize) -> Option<&str> {
        self.values.text(self.document, column)
    }

    fn boolean(&self, column: usize) -> Option<bool> {
        match self.values.leaf(column) {
            Leaf::Boolean(value) => Some(value),
            _ => None,
        }
    }

    fn millis(&self, column: usize) -> Option<i64> {
        match self.values.leaf(column) {
            Leaf::Millis(millis) => Some(millis),
            _ => None,
        }
    }

    fn unmapped(&self) -> &str {
        self.values.unmapped()
    }
}
