//! Rows to the exact text of their records, put together as a reader does.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use traillake_event::category::StoreType;
use traillake_event::schema::{EVENT_RAW, EVENT_TEMPLATE, Schema, UNMAPPED};
use traillake_event::template::{Leaves, Template};

/// A batch whose text columns are plain text, however they came.
pub fn plain(batch: &RecordBatch) -> RecordBatch {
    let columns: Vec<(String, ArrayRef)> = batch
        .schema_ref()
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| {
            let is_text =
                matches!(field.data_type(), DataType::Dictionary(..) | DataType::Utf8View | DataType::LargeUtf8);
            let column = if is_text { cast(column, &DataType::Utf8).expect("text") } else { Arc::clone(column) };
            (field.name().clone(), column)
        })
        .collect();
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
        .expect("columns of one length")
}

/// The exact text of each row's record.
pub fn event_json(batch: &RecordBatch) -> Vec<String> {
    let batch = plain(batch);
    let schema = schema_of(&batch);
    (0..batch.num_rows()).map(|row| Row { batch: &batch, schema, row }.event_json()).collect()
}

/// The schema whose columns are all there.
fn schema_of(batch: &RecordBatch) -> &'static Schema {
    let has = |schema: &&'static std::sync::Arc<Schema>| {
        schema.columns().iter().all(|column| batch.column_by_name(&column.name).is_some())
    };
    StoreType::ALL.into_iter().map(Schema::of).find(has).expect("rows of a schema")
}

struct Row<'a> {
    batch: &'a RecordBatch,
    schema: &'static Schema,
    row: usize,
}

impl<'a> Row<'a> {
    fn event_json(&self) -> String {
        let Some(template) = self.text_of(EVENT_TEMPLATE) else {
            return self.text_of(EVENT_RAW).expect("a row has a template or its raw text").to_owned();
        };
        let template = Template::parse(template, self.schema).expect("a template that can be read");
        let mut out = String::new();
        assert!(template.assemble(self, &mut out), "a leaf of the template is missing");
        out
    }

    fn column(&self, column: usize) -> Option<&'a ArrayRef> {
        let column = self.batch.column_by_name(&self.schema.columns()[column].name)?;
        column.is_valid(self.row).then_some(column)
    }

    fn text_of(&self, name: &str) -> Option<&'a str> {
        let column = self.batch.column_by_name(name)?;
        column.is_valid(self.row).then(|| column.as_string::<i32>().value(self.row))
    }
}

impl Leaves for Row<'_> {
    fn text(&self, column: usize) -> Option<&str> {
        self.column(column).map(|column| column.as_string::<i32>().value(self.row))
    }

    fn boolean(&self, column: usize) -> Option<bool> {
        self.column(column).map(|column| column.as_boolean().value(self.row))
    }

    fn millis(&self, column: usize) -> Option<i64> {
        let micros = self.column(column)?.as_primitive::<TimestampMicrosecondType>().value(self.row);
        Some(micros / 1_000)
    }

    fn unmapped(&self) -> &str {
        self.text_of(UNMAPPED).unwrap_or_default()
    }
}
