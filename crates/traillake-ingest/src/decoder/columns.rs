//! Builders of columns that are mostly NULL: only values are appended, the gaps between them filled when the next
//! one comes.

use std::sync::Arc;

use ahash::RandomState;
use arrow::array::{
    ArrayRef, BooleanBuilder, DictionaryArray, Int16Builder, Int32Builder, Int64Builder, StringArray, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Int16Type};
use hashbrown::HashTable;
use traillake_event::schema::{Column, Kind};

/// The memory that a text column begins with at most.
const EXPECTED_BYTES_MAX: usize = 8 << 20;

/// The builder of one column.
#[derive(Debug)]
pub(super) enum ColumnBuilder {
    Text(StringBuilder),
    Dictionary(DictionaryBuilder),
    Boolean(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    Objects(Int32Builder),
    Digest(Int64Builder),
}

/// Calls a method of whichever builder it is.
macro_rules! each {
    ($builder:expr, $inner:ident => $call:expr) => {
        match $builder {
            ColumnBuilder::Text($inner) => $call,
            ColumnBuilder::Dictionary(DictionaryBuilder { keys: $inner, .. }) => $call,
            ColumnBuilder::Boolean($inner) => $call,
            ColumnBuilder::Time($inner) => $call,
            ColumnBuilder::Objects($inner) => $call,
            ColumnBuilder::Digest($inner) => $call,
        }
    };
}

impl ColumnBuilder {
    pub(super) fn new(column: &Column) -> Self {
        match column.kind {
            Kind::Boolean => ColumnBuilder::Boolean(BooleanBuilder::new()),
            Kind::Time => ColumnBuilder::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Kind::Objects => ColumnBuilder::Objects(Int32Builder::new()),
            Kind::Digest => ColumnBuilder::Digest(Int64Builder::new()),
            _ if matches!(column.decoded_type(), DataType::Dictionary(..)) => {
                ColumnBuilder::Dictionary(DictionaryBuilder::default())
            }
            _ => ColumnBuilder::Text(StringBuilder::new()),
        }
    }

    /// Whether the column has a value or NULL for this row already.
    pub(super) fn has(&self, row: usize) -> bool {
        use arrow::array::ArrayBuilder;
        each!(self, builder => builder.len() > row)
    }

    /// Makes the column so long with NULLs.
    pub(super) fn fill(&mut self, rows: usize) {
        use arrow::array::ArrayBuilder;
        each!(self, builder => {
            if builder.len() < rows {
                builder.append_nulls(rows - builder.len());
            }
        });
    }

    pub(super) fn append_text(&mut self, text: &str) {
        match self {
            ColumnBuilder::Text(builder) => builder.append_value(text),
            ColumnBuilder::Dictionary(builder) => builder.append(text),
            _ => {}
        }
    }

    /// Takes the column. The next one is expected to be of the same size: growing by doubling would leave half of
    /// the memory of a waiting batch unused. One of large values is fitted instead: the next may have none.
    pub(super) fn finish(&mut self) -> ArrayRef {
        use arrow::array::{Array, ArrayBuilder};
        match self {
            ColumnBuilder::Text(builder) => {
                let (rows, bytes) = (builder.len(), builder.values_slice().len());
                let expected = (bytes + bytes / 16).min(EXPECTED_BYTES_MAX);
                let next = StringBuilder::with_capacity(rows + rows / 16, expected);
                let mut column = std::mem::replace(builder, next).finish();
                if bytes > EXPECTED_BYTES_MAX {
                    column.shrink_to_fit();
                }
                Arc::new(column)
            }
            ColumnBuilder::Dictionary(builder) => builder.finish(),
            ColumnBuilder::Boolean(builder) => Arc::new(builder.finish()),
            ColumnBuilder::Time(builder) => Arc::new(builder.finish().with_timezone("UTC")),
            ColumnBuilder::Objects(builder) => Arc::new(builder.finish()),
            ColumnBuilder::Digest(builder) => Arc::new(builder.finish()),
        }
    }
}

/// A text column whose values repeat: each distinct value stands once.
#[derive(Debug)]
pub(super) struct DictionaryBuilder {
    keys: Int16Builder,
    text: String,
    /// Where each value ends in `text`; one more at the front, 0.
    ends: Vec<i32>,
    places: HashTable<i16>,
    hasher: RandomState,
    /// The key appended last: records of one file share much.
    last: i16,
}

impl Default for DictionaryBuilder {
    fn default() -> Self {
        let (keys, hasher) = (Int16Builder::new(), RandomState::new());
        Self { keys, text: String::new(), ends: vec![0], places: HashTable::new(), hasher, last: 0 }
    }
}

impl DictionaryBuilder {
    fn append(&mut self, value: &str) {
        if self.ends.len() == 1 || value_at(&self.text, &self.ends, self.last) != value {
            self.last = self.key(value);
        }
        self.keys.append_value(self.last);
    }

    /// Appends a value by its key.
    pub(super) fn append_key(&mut self, key: i16) {
        self.keys.append_value(key);
    }

    /// The key of a value, which becomes part of the dictionary.
    pub(super) fn key(&mut self, value: &str) -> i16 {
        let Self { text, ends, places, hasher, .. } = self;
        let hash = hasher.hash_one(value);
        let is_same = |key: &i16| value_at(text, ends, *key) == value;
        if let Some(key) = places.find(hash, is_same) {
            return *key;
        }
        let key = i16::try_from(ends.len() - 1).unwrap_or(i16::MAX);
        text.push_str(value);
        ends.push(i32::try_from(text.len()).unwrap_or(i32::MAX));
        places.insert_unique(hash, key, |key| hasher.hash_one(value_at(text, ends, *key)));
        key
    }

    #[expect(clippy::expect_used, reason = "keys and ends are made in step, of text that is UTF-8")]
    fn finish(&mut self) -> ArrayRef {
        let ends = std::mem::replace(&mut self.ends, vec![0]);
        let text = std::mem::take(&mut self.text);
        self.places.clear();
        self.last = 0;
        let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
        let values = StringArray::try_new(offsets, Buffer::from_vec(text.into_bytes()), None).expect("ends of values");
        let keys = self.keys.finish();
        self.keys = Int16Builder::with_capacity(keys.len() + keys.len() / 16);
        Arc::new(DictionaryArray::<Int16Type>::try_new(keys, Arc::new(values)).expect("keys of values"))
    }
}

fn value_at<'a>(text: &'a str, ends: &[i32], key: i16) -> &'a str {
    let at = usize::try_from(key).unwrap_or_default();
    let end = |at: usize| ends.get(at).and_then(|end| usize::try_from(*end).ok()).unwrap_or_default();
    text.get(end(at)..end(at + 1)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};

    use super::*;

    #[test]
    fn each_distinct_value_stands_once() {
        let mut builder = DictionaryBuilder::default();
        for text in ["", "a", "a", "ü", "", "a"] {
            builder.append(text);
        }
        let array = builder.finish();
        let array = array.as_dictionary::<Int16Type>();
        assert_eq!(array.values().as_string::<i32>(), &StringArray::from(vec!["", "a", "ü"]));
        assert_eq!(array.keys().values(), &[0, 1, 1, 2, 0, 1]);
        builder.append("a");
        assert_eq!(builder.finish().as_dictionary::<Int16Type>().values().len(), 1);
    }

    #[test]
    fn gaps_are_null() {
        let mut builder = ColumnBuilder::Text(StringBuilder::new());
        builder.fill(2);
        builder.append_text("x");
        assert!(builder.has(2) && !builder.has(3));
        builder.fill(4);
        assert_eq!(builder.finish().as_string::<i32>(), &StringArray::from(vec![None, None, Some("x"), None]));
    }
}
