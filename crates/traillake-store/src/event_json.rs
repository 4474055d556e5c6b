//! `eventJson`: the exact text of a row's record, put together from its template and its leaves.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringViewArray, TimestampMillisecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMillisecondType};
use arrow::error::ArrowError;
use thiserror::Error;
use traillake_event::schema::{Column, Kind, Schema};
use traillake_event::template::{Leaves, Template};

/// How many templates are remembered. Real trails have dozens; hand-made input may have one per record.
const TEMPLATES_MAX: usize = 4_096;

/// Why a row has no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CorruptRecord {
    /// Its template cannot be read.
    #[error("corrupt data file: unreadable eventTemplate")]
    Template,
    /// A column that its template names is empty.
    #[error("corrupt data file: an event's columns do not fill its template")]
    Leaves,
}

/// The columns of some rows that their records are put together from.
#[derive(Debug)]
pub struct RecordColumns {
    /// One for each column of the schema.
    columns: Vec<Values>,
    template: usize,
    raw: usize,
    unmapped: usize,
}

#[derive(Debug)]
enum Values {
    Text(StringViewArray),
    Boolean(BooleanArray),
    Millis(TimestampMillisecondArray),
    Absent,
}

impl RecordColumns {
    /// The columns that records are put together from, by their place in [`Schema::columns`], ascending.
    pub fn places(schema: &Schema) -> Vec<usize> {
        (0..schema.columns().len()).filter(|&place| is_part(&schema.columns()[place])).collect()
    }

    /// The columns of [`places`](Self::places), in that order; text and times in any of Arrow's types for them.
    ///
    /// Copies no text.
    pub fn new(schema: &Schema, columns: &[ArrayRef]) -> Result<Self, ArrowError> {
        let places = Self::places(schema);
        if places.len() != columns.len() {
            let reason = format!("a record has {} columns, not {}", places.len(), columns.len());
            return Err(ArrowError::InvalidArgumentError(reason));
        }
        Self::at(schema, places.into_iter().zip(columns))
    }

    /// The columns of rows as they were read from a data file. One that a file written by an older build lacks holds
    /// nothing.
    pub fn of(schema: &Schema, rows: &RecordBatch) -> Result<Self, ArrowError> {
        let places = Self::places(schema).into_iter();
        Self::at(schema, places.filter_map(|place| Some((place, rows.column_by_name(&schema.columns()[place].name)?))))
    }

    fn at<'a>(schema: &Schema, parts: impl Iterator<Item = (usize, &'a ArrayRef)>) -> Result<Self, ArrowError> {
        let place = |kind| schema.columns().iter().position(|column| column.kind == kind).unwrap_or_default();
        let mut columns: Vec<Values> = schema.columns().iter().map(|_| Values::Absent).collect();
        for (place, array) in parts {
            columns[place] = Values::new(&schema.columns()[place], array)?;
        }
        Ok(Self { columns, template: place(Kind::Template), raw: place(Kind::Raw), unmapped: place(Kind::Unmapped) })
    }

    fn row(&self, row: usize) -> Row<'_> {
        Row { columns: self, row }
    }
}

fn is_part(column: &Column) -> bool {
    match column.kind {
        Kind::Text | Kind::Boolean | Kind::Time | Kind::Json | Kind::Template | Kind::Raw | Kind::Unmapped => true,
        Kind::HotKey | Kind::Objects | Kind::Digest => false,
    }
}

impl Values {
    fn new(column: &Column, array: &ArrayRef) -> Result<Self, ArrowError> {
        Ok(match column.kind {
            Kind::Boolean => Values::Boolean(as_type(array, &DataType::Boolean)?.as_boolean().clone()),
            Kind::Time => {
                // With the zone it has: a change of zone would change the instant.
                let zone = match array.data_type() {
                    DataType::Timestamp(_, zone) => zone.clone(),
                    _ => None,
                };
                let array = as_type(array, &DataType::Timestamp(TimeUnit::Millisecond, zone))?;
                Values::Millis(array.as_primitive::<TimestampMillisecondType>().clone())
            }
            _ => Values::Text(as_type(array, &DataType::Utf8View)?.as_string_view().clone()),
        })
    }
}

fn as_type(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    if array.data_type() == data_type { Ok(ArrayRef::clone(array)) } else { cast(array, data_type) }
}

/// Puts records together. One for many batches: it remembers the templates it has met.
#[derive(Debug)]
pub struct RecordReader {
    schema: Arc<Schema>,
    templates: HashMap<String, Template>,
    text: String,
}

impl RecordReader {
    /// A reader of the records of events of a schema.
    pub fn new(schema: &Arc<Schema>) -> Self {
        Self { schema: Arc::clone(schema), templates: HashMap::new(), text: String::new() }
    }

    /// The exact text of a row's record; `None` where the row has none, which no data file of ours does.
    pub fn read<'a>(&'a mut self, columns: &'a RecordColumns, row: usize) -> Result<Option<&'a str>, CorruptRecord> {
        let row = columns.row(row);
        let Some(template) = row.text(columns.template) else { return Ok(row.text(columns.raw)) };
        if !self.templates.contains_key(template) {
            if self.templates.len() >= TEMPLATES_MAX {
                self.templates.clear();
            }
            let read = Template::parse(template, &self.schema).ok_or(CorruptRecord::Template)?;
            self.templates.insert(template.to_owned(), read);
        }
        self.text.clear();
        if !self.templates[template].assemble(&row, &mut self.text) {
            return Err(CorruptRecord::Leaves);
        }
        Ok(Some(&self.text))
    }
}

#[derive(Clone, Copy)]
struct Row<'a> {
    columns: &'a RecordColumns,
    row: usize,
}

impl<'a> Row<'a> {
    fn text(self, column: usize) -> Option<&'a str> {
        match &self.columns.columns[column] {
            Values::Text(array) => array.is_valid(self.row).then(|| array.value(self.row)),
            _ => None,
        }
    }
}

impl Leaves for Row<'_> {
    fn text(&self, column: usize) -> Option<&str> {
        (*self).text(column)
    }

    fn boolean(&self, column: usize) -> Option<bool> {
        match &self.columns.columns[column] {
            Values::Boolean(array) => array.is_valid(self.row).then(|| array.value(self.row)),
            _ => None,
        }
    }

    fn millis(&self, column: usize) -> Option<i64> {
        match &self.columns.columns[column] {
            Values::Millis(array) => array.is_valid(self.row).then(|| array.value(self.row)),
            _ => None,
        }
    }

    fn unmapped(&self) -> &str {
        (*self).text(self.columns.unmapped).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{DictionaryArray, StringArray, TimestampMicrosecondArray};
    use arrow::datatypes::{Field, Int32Type, Schema as ArrowSchema};
    use traillake_event::template::{Slot, write_slot};
    use traillake_event::time::Spelling;

    use super::*;

    /// Rows of these columns alone.
    fn rows(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        let fields = columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true));
        let schema = Arc::new(ArrowSchema::new(fields.collect::<Vec<_>>()));
        RecordBatch::try_new(schema, columns.into_iter().map(|(_, array)| array).collect()).unwrap()
    }

    fn template() -> String {
        let mut template = "{\"eventTime\": ".to_owned();
        write_slot(&mut template, Slot::Time(Spelling::Extended), "eventTime");
        template.push_str(", \"eventName\":");
        write_slot(&mut template, Slot::Text, "eventName");
        template + "}"
    }

    #[test]
    fn a_record_comes_back_from_any_type_of_text_and_time() {
        let times = || Arc::new(TimestampMicrosecondArray::from(vec![1_700_000_000_000_000; 2]).with_timezone("UTC"));
        let plain: ArrayRef = Arc::new(StringArray::from(vec!["a\"b", "c"]));
        let dictionary: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::from_iter(["a\"b", "c"]));
        for names in [plain, dictionary] {
            let rows = rows(vec![
                ("eventTime", times()),
                ("eventName", names),
                ("eventTemplate", Arc::new(StringArray::from(vec![Some(template()), None]))),
                ("eventRaw", Arc::new(StringArray::from(vec![None, Some("{ }")]))),
            ]);
            let columns = RecordColumns::of(Schema::events(), &rows).unwrap();
            let mut reader = RecordReader::new(Schema::events());
            let expected = "{\"eventTime\": \"2023-11-14T22:13:20Z\", \"eventName\":\"a\\\"b\"}";
            assert_eq!(reader.read(&columns, 0), Ok(Some(expected)));
            assert_eq!(reader.read(&columns, 1), Ok(Some("{ }")));
        }
    }

    #[test]
    fn a_damaged_row_is_told() {
        let of = |template: &str| {
            let templates: ArrayRef = Arc::new(StringArray::from(vec![template]));
            RecordColumns::of(Schema::events(), &rows(vec![("eventTemplate", templates)])).unwrap()
        };
        let mut reader = RecordReader::new(Schema::events());
        assert_eq!(reader.read(&of(&template()), 0), Err(CorruptRecord::Leaves));
        assert_eq!(reader.read(&of("\u{1}?\u{2}"), 0), Err(CorruptRecord::Template));
        assert!(RecordColumns::new(Schema::events(), &[]).is_err());
    }
}
