//! The events that are written: decoded as an import does, without duplicates, in any order.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, StringBuilder, UInt32Array};
use arrow::compute::{
    SortColumn, SortOptions, cast, concat_batches, filter_record_batch, lexsort_to_indices, take, take_record_batch,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema as ArrowSchema};
use traillake_event::schema::EVENT_DIGEST;
use traillake_ingest::decoder::{Decoder, Rows, Sink};
use traillake_ingest::inflate::inflate;
use traillake_ingest::reject::Rejected;
use traillake_store::EventKey;

use crate::{Answer, Order};

/// The exact text of each record: no column of a data file, but of some layouts that are tried.
pub(crate) const TEXT: &str = "text";
/// How many rows are handed to a writer at a time, as the store does.
const SLICE_ROWS: usize = 2_048;

/// The events of some files.
pub(crate) struct Events {
    /// The decoded columns and [`TEXT`], as one batch.
    pub(crate) rows: RecordBatch,
}

impl Events {
    /// Reads the files at or below `paths`; only those that have one of `parts` in their path, when there are any.
    pub(crate) fn read(paths: &[PathBuf], parts: &[String]) -> Answer<Self> {
        let mut files = Vec::new();
        for path in paths {
            list(path, &mut files)?;
        }
        files.retain(|file| parts.is_empty() || parts.iter().any(|part| file.to_string_lossy().contains(part)));
        files.sort();
        let (mut decoder, mut found) = (Decoder::new(), Found::default());
        for file in &files {
            decoder.decode_document(&inflate(&fs::read(file)?).bytes, &mut found);
        }
        decoder.flush(&mut found);
        let batches = found.batches.into_iter().collect::<Answer<Vec<_>>>()?;
        let first = batches.first().ok_or("there is no event in the files")?;
        Ok(Self { rows: concat_batches(&first.schema(), &batches)? })
    }

    pub(crate) fn count(&self) -> usize {
        self.rows.num_rows()
    }

    /// The rows in an order, in slices.
    pub(crate) fn in_order(&self, order: Order) -> Answer<Vec<RecordBatch>> {
        let mut keys = Vec::new();
        for &(name, descending) in order {
            let column = self.rows.column_by_name(name).ok_or(name)?;
            let values = match column.as_any_dictionary_opt() {
                Some(dictionary) => take(dictionary.values(), dictionary.keys(), None)?,
                None => Arc::clone(column),
            };
            keys.push(SortColumn { values, options: Some(SortOptions { descending, nulls_first: false }) });
        }
        let indices = lexsort_to_indices(&keys, None)?;
        let slices = indices.values().chunks(SLICE_ROWS);
        slices.map(|slice| Ok(take_record_batch(&self.rows, &UInt32Array::from(slice.to_vec()))?)).collect()
    }
}

fn list(path: &Path, files: &mut Vec<PathBuf>) -> Answer<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        list(&entry?.path(), files)?;
    }
    Ok(())
}

/// Takes rows from the decoder, with their texts.
#[derive(Default)]
struct Found {
    texts: StringBuilder,
    seen: HashSet<EventKey>,
    batches: Vec<Answer<RecordBatch>>,
}

impl Sink for Found {
    fn record(&mut self, raw: &str, _offset: u64) {
        self.texts.append_value(raw);
    }

    fn rows(&mut self, rows: Rows) {
        let texts: ArrayRef = Arc::new(self.texts.finish());
        let batch = with_texts(&rows.batch, texts).and_then(|batch| self.unseen(&batch));
        self.batches.push(batch);
    }

    fn reject(&mut self, _rejected: Rejected) {}
}

impl Found {
    /// Without the rows of events that came before.
    fn unseen(&mut self, batch: &RecordBatch) -> Answer<RecordBatch> {
        let ids = cast(batch.column_by_name("eventID").ok_or("eventID")?, &DataType::Utf8)?;
        let digests = batch.column_by_name(EVENT_DIGEST).ok_or(EVENT_DIGEST)?.as_primitive::<Int64Type>();
        let keys = ids.as_string::<i32>().iter().zip(digests.values());
        let keys = keys.map(|(id, digest)| EventKey::new(id.unwrap_or_default(), *digest));
        let unseen: BooleanArray = keys.map(|key| Some(self.seen.insert(key))).collect();
        Ok(filter_record_batch(batch, &unseen)?)
    }
}

/// The columns, whose dictionaries get keys for any number of words, and the texts.
fn with_texts(batch: &RecordBatch, texts: ArrayRef) -> Answer<RecordBatch> {
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let wide = match field.data_type() {
            DataType::Dictionary(_, values) => DataType::Dictionary(Box::new(DataType::Int32), values.clone()),
            plain => plain.clone(),
        };
        columns.push(cast(column, &wide)?);
        fields.push(field.as_ref().clone().with_data_type(wide));
    }
    fields.push(Field::new(TEXT, DataType::Utf8, true));
    columns.push(texts);
    Ok(RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), columns)?)
}
