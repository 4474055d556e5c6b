//! Decoded records gathered into Arrow batches.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use chrono::{DateTime, NaiveDate};
use sha2::{Digest, Sha256};
use traillake_event::json;
use traillake_event::schema::{EVENT_DIGEST, EVENT_RAW, EVENT_TEMPLATE, EVENT_TIME, OBJECTS, Schema, UNMAPPED};
use traillake_event::template::Template;

use super::columns::ColumnBuilder;
use super::record::Record;
use super::shapes::Shapes;
use super::values::{Leaf, RecordLeaves};
use super::{ROWS_JSON_BYTES, ROWS_MAX};

/// The text of templates of records that were parsed that a decoder remembers. Hand-made input may have one per
/// record, and large ones.
const TEMPLATE_BYTES_MAX: usize = 4 << 20;
/// A longer one is not remembered.
const TEMPLATE_BYTES_KEPT: usize = 64 << 10;
/// The memory for putting records together that is kept from one to the next.
const ASSEMBLED_BYTES_KEPT: usize = 1 << 20;
const DAY_MILLIS: i64 = 86_400_000;

/// Rows as they were decoded, in the order of their records.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The columns of the [`Schema::decoded`] of the store's schema.
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
    events: Arc<Schema>,
    schema: SchemaRef,
    columns: Vec<ColumnBuilder>,
    places: Places,
    days: Vec<Option<NaiveDate>>,
    /// The day at hand and its number since 1970: records of one file share it.
    day: Option<(i64, Option<NaiveDate>)>,
    json_bytes: u64,
    raw_rows: u64,
    /// The template column's key for each shape; none while the batch has no row of it.
    shape_keys: Vec<Option<i16>>,
    templates: HashMap<String, Option<Template>>,
    template_bytes: usize,
    assembled: String,
}

/// Where the columns stand that every row has.
#[derive(Debug)]
struct Places {
    event_time: usize,
    objects: usize,
    template: usize,
    raw: usize,
    unmapped: usize,
    digest: usize,
}

impl RowBuilders {
    pub(super) fn new(schema: &Arc<Schema>) -> Self {
        let place = |name| schema.index_of(name).unwrap_or_default();
        Self {
            events: Arc::clone(schema),
            schema: schema.decoded(),
            columns: schema.columns().iter().map(ColumnBuilder::new).collect(),
            places: Places {
                event_time: place(EVENT_TIME),
                objects: place(OBJECTS),
                template: place(EVENT_TEMPLATE),
                raw: place(EVENT_RAW),
                unmapped: place(UNMAPPED),
                digest: place(EVENT_DIGEST),
            },
            days: Vec::new(),
            day: None,
            json_bytes: 0,
            raw_rows: 0,
            shape_keys: Vec::new(),
            templates: HashMap::new(),
            template_bytes: 0,
            assembled: String::new(),
        }
    }

    /// Whether the rows should be taken before more are appended.
    pub(super) fn is_full(&self) -> bool {
        self.json_bytes >= ROWS_JSON_BYTES || self.days.len() >= ROWS_MAX
    }

    /// Appends a record that has been read from `document` and whose exact text is `raw`.
    pub(super) fn append(&mut self, record: &Record, shapes: &mut Shapes, document: &str, raw: &str) {
        let row = self.days.len();
        self.append_leaves(record, document, row);
        let (objects, exact) = match record.followed {
            Some(followed) => {
                self.append_shape(shapes, followed.shape, row);
                (shapes.shape(followed.shape).objects, true)
            }
            None => (record.objects, self.append_parsed(record, shapes, document, raw, row)),
        };
        if let ColumnBuilder::Objects(builder) = &mut self.columns[self.places.objects] {
            builder.append_value(objects);
        }
        if let ColumnBuilder::Digest(builder) = &mut self.columns[self.places.digest] {
            builder.append_value(digest(raw, record.has_blanks));
        }
        if !record.values.unmapped().is_empty() {
            self.columns[self.places.unmapped].fill(row);
            self.columns[self.places.unmapped].append_text(record.values.unmapped());
        }
        let day = self.day_of(record.values.leaf(self.places.event_time));
        self.days.push(day);
        self.json_bytes += raw.len() as u64;
        self.raw_rows += u64::from(!exact);
    }

    fn append_leaves(&mut self, record: &Record, document: &str, row: usize) {
        for &place in record.values.touched() {
            let column = &mut self.columns[place];
            if column.has(row) {
                // A member that was repeated stands among those touched twice.
                continue;
            }
            match (column, record.values.leaf(place)) {
                (_, Leaf::Null) => {}
                (ColumnBuilder::Boolean(builder), Leaf::Boolean(value)) => {
                    let gap = row - arrow::array::ArrayBuilder::len(builder);
                    builder.append_nulls(gap);
                    builder.append_value(value);
                }
                (ColumnBuilder::Time(builder), Leaf::Millis(millis)) => {
                    let gap = row - arrow::array::ArrayBuilder::len(builder);
                    builder.append_nulls(gap);
                    builder.append_option(millis.checked_mul(1_000));
                }
                (column, _) => {
                    column.fill(row);
                    column.append_text(record.values.text(document, place).unwrap_or_default());
                }
            }
        }
    }

    fn append_shape(&mut self, shapes: &Shapes, shape: usize, row: usize) {
        if self.shape_keys.len() <= shape {
            self.shape_keys.resize(shape + 1, None);
        }
        let column = &mut self.columns[self.places.template];
        column.fill(row);
        if let ColumnBuilder::Dictionary(builder) = column {
            let key = *self.shape_keys[shape].get_or_insert_with(|| builder.key(&shapes.shape(shape).template));
            builder.append_key(key);
        }
    }

    /// Appends the template of a record that was parsed, or its raw text; `true` when the template gives it back.
    fn append_parsed(&mut self, record: &Record, shapes: &mut Shapes, document: &str, raw: &str, row: usize) -> bool {
        let exact = !record.keeps_raw && self.assembles(record, document, raw);
        let (place, text) =
            if exact { (self.places.template, record.template.as_str()) } else { (self.places.raw, raw) };
        self.columns[place].fill(row);
        self.columns[place].append_text(text);
        if exact && record.is_learnable && !shapes.is_full() {
            let range = (record.start, record.start + raw.len());
            shapes.learn(document, range, &record.steps, &record.template, record.objects);
        }
        exact
    }

    fn day_of(&mut self, event_time: Leaf) -> Option<NaiveDate> {
        let Leaf::Millis(millis) = event_time else { return None };
        let number = millis.div_euclid(DAY_MILLIS);
        match self.day {
            Some((known, day)) if known == number => day,
            _ => {
                let day = DateTime::from_timestamp_millis(millis).map(|time| time.date_naive());
                self.day = Some((number, day));
                day
            }
        }
    }

    /// Takes the rows gathered so far; none when there are none.
    #[expect(clippy::expect_used, reason = "builders made from a schema and filled to one length fill that schema")]
    pub(super) fn finish(&mut self) -> Option<Rows> {
        if self.days.is_empty() {
            return None;
        }
        let rows = self.days.len();
        self.shape_keys.clear();
        let finished = self.columns.iter_mut().map(|column| {
            column.fill(rows);
            column.finish()
        });
        let columns = finished.collect();
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
        let rare;
        let template = if record.template.len() > TEMPLATE_BYTES_KEPT {
            rare = Template::parse(&record.template, &self.events);
            rare.as_ref()
        } else {
            self.template(&record.template);
            self.templates.get(&record.template).and_then(Option::as_ref)
        };
        let Some(template) = template else { return false };
        self.assembled.clear();
        let leaves = RecordLeaves { values: &record.values, document };
        let is_exact = template.assemble(&leaves, &mut self.assembled) && self.assembled == raw;
        if self.assembled.capacity() > ASSEMBLED_BYTES_KEPT {
            self.assembled = String::new();
        }
        is_exact
    }
}

impl RowBuilders {
    /// Makes sure that a template is among those remembered.
    fn template(&mut self, text: &str) {
        if self.templates.contains_key(text) {
            return;
        }
        if self.template_bytes >= TEMPLATE_BYTES_MAX {
            self.templates.clear();
            self.template_bytes = 0;
        }
        self.template_bytes += text.len();
        self.templates.insert(text.to_owned(), Template::parse(text, &self.events));
    }
}

/// What [`EVENT_DIGEST`] holds.
fn digest(raw: &str, has_blanks: bool) -> i64 {
    let hash = match has_blanks {
        true => Sha256::digest(json::without_blanks(raw).as_bytes()),
        false => Sha256::digest(raw.as_bytes()),
    };
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    i64::from_be_bytes(first)
}
