//! Decoded records gathered into Arrow batches of the physical schema.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Int32Builder, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::SchemaRef;
use chrono::{DateTime, NaiveDate};
use sha2::{Digest, Sha256};
use traillake_event::json;
use traillake_event::schema::{Column, Kind, Schema};
use traillake_event::template::Template;

use super::record::{Leaf, Record, RecordLeaves};

/// How many templates a decoder remembers. Real trails have dozens; hand-made input may have one per record.
const TEMPLATES_MAX: usize = 4_096;

/// Rows as they were decoded, in the order of their records.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The columns of [`Schema::physical`].
    pub batch: RecordBatch,
    /// For each row the UTC day of its `eventTime`; none when it has no readable time.
    pub days: Vec<Option<NaiveDate>>,
    /// The bytes of JSON the rows were decoded from.
    pub json_bytes: u64,
    /// How many rows keep their raw text because no template gives it back.
    pub raw_rows: u64,
}

/// Builders of one batch.
#[derive(Debug)]
pub(super) struct RowBuilders {
    schema: SchemaRef,
    columns: Vec<Builder>,
    event_time: usize,
    days: Vec<Option<NaiveDate>>,
    json_bytes: u64,
    raw_rows: u64,
    templates: HashMap<String, Option<Template>>,
    assembled: String,
}

#[derive(Debug)]
enum Builder {
    Leaf(StringBuilder),
    Boolean(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    Objects(Int32Builder),
    Template(StringBuilder),
    Raw(StringBuilder),
    Unmapped(StringBuilder),
    Digest(Int64Builder),
}

impl Builder {
    fn new(column: &Column) -> Self {
        match column.kind {
            Kind::Text | Kind::Json | Kind::HotKey => Builder::Leaf(StringBuilder::new()),
            Kind::Boolean => Builder::Boolean(BooleanBuilder::new()),
            Kind::Time => Builder::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Kind::Objects => Builder::Objects(Int32Builder::new()),
            Kind::Template => Builder::Template(StringBuilder::new()),
            Kind::Raw => Builder::Raw(StringBuilder::new()),
            Kind::Unmapped => Builder::Unmapped(StringBuilder::new()),
            Kind::Digest => Builder::Digest(Int64Builder::new()),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Leaf(text) | Builder::Template(text) | Builder::Raw(text) | Builder::Unmapped(text) => {
                Arc::new(text.finish())
            }
            Builder::Boolean(values) => Arc::new(values.finish()),
            Builder::Time(values) => Arc::new(values.finish().with_timezone("UTC")),
            Builder::Objects(values) => Arc::new(values.finish()),
            Builder::Digest(values) => Arc::new(values.finish()),
        }
    }
}

impl RowBuilders {
    pub(super) fn new() -> Self {
        let schema = Schema::events();
        Self {
            schema: schema.physical(),
            columns: schema.columns().iter().map(Builder::new).collect(),
            event_time: schema.index_of("eventTime").unwrap_or_default(),
            days: Vec::new(),
            json_bytes: 0,
            raw_rows: 0,
            templates: HashMap::new(),
            assembled: String::new(),
        }
    }

    /// JSON bytes since the last [`finish`](Self::finish).
    pub(super) fn json_bytes(&self) -> u64 {
        self.json_bytes
    }

    /// Appends a record that has been read from `document` and whose exact text is `raw`.
    pub(super) fn append(&mut self, record: &Record, document: &str, raw: &str) {
        let exact = !record.keeps_raw && self.assembles(record, document, raw);
        let event_time = match record.leaves[self.event_time] {
            Leaf::Millis(millis) => DateTime::from_timestamp_millis(millis).map(|time| time.date_naive()),
            _ => None,
        };
        self.days.push(event_time);
        self.json_bytes += raw.len() as u64;
        self.raw_rows += u64::from(!exact);
        for (place, builder) in self.columns.iter_mut().enumerate() {
            match builder {
                Builder::Leaf(text) => text.append_option(record.text(document, place)),
                Builder::Boolean(values) => values.append_option(match record.leaves[place] {
                    Leaf::Boolean(value) => Some(value),
                    _ => None,
                }),
                Builder::Time(values) => values.append_option(match record.leaves[place] {
                    Leaf::Millis(millis) => millis.checked_mul(1_000),
                    _ => None,
                }),
                Builder::Objects(values) => values.append_value(record.objects),
                Builder::Template(text) => text.append_option(exact.then_some(record.template.as_str())),
                Builder::Raw(text) => text.append_option((!exact).then_some(raw)),
                Builder::Unmapped(text) => {
                    text.append_option((!record.unmapped.is_empty()).then_some(record.unmapped.as_str()));
                }
                Builder::Digest(values) => values.append_value(digest(raw)),
            }
        }
    }

    /// Takes the rows gathered so far; none when there are none.
    #[expect(clippy::expect_used, reason = "builders made from a schema and appended to in step fill that schema")]
    pub(super) fn finish(&mut self) -> Option<Rows> {
        if self.days.is_empty() {
            return None;
        }
        let columns = self.columns.iter_mut().map(Builder::finish).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).expect("the columns are the schema's");
        Some(Rows {
            batch,
            days: std::mem::take(&mut self.days),
            json_bytes: std::mem::take(&mut self.json_bytes),
            raw_rows: std::mem::take(&mut self.raw_rows),
        })
    }

    /// Whether the template and the leaves give the record's text back. Nothing is taken on trust here: the text
    /// is put together as a reader will, and compared.
    fn assembles(&mut self, record: &Record, document: &str, raw: &str) -> bool {
        if !self.templates.contains_key(&record.template) {
            if self.templates.len() >= TEMPLATES_MAX {
                self.templates.clear();
            }
            let parsed = Template::parse(&record.template, Schema::events());
            self.templates.insert(record.template.clone(), parsed);
        }
        let Some(Some(template)) = self.templates.get(&record.template) else { return false };
        self.assembled.clear();
        template.assemble(&RecordLeaves { record, document }, &mut self.assembled) && self.assembled == raw
    }
}

/// What [`EVENT_DIGEST`](traillake_event::schema::EVENT_DIGEST) holds.
fn digest(raw: &str) -> i64 {
    let hash = Sha256::digest(json::without_blanks(raw).as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    i64::from_be_bytes(first)
}
