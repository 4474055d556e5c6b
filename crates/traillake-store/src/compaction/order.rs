//! The rows of many sorted files in one order.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::TimestampMicrosecondType;
use futures::TryStreamExt;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::async_reader::ParquetRecordBatchStream;
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use parquet::errors::ParquetError;

use super::input::Input;
use crate::data_file::{DataFileReader, Place};
use crate::error::Error;

/// Rows whose keys are read at once from each file.
const BATCH_ROWS: usize = 2_048;

/// What comes next, row by row.
pub(super) struct Order {
    cursors: Vec<Cursor>,
    /// The cursors that have rows left, the one whose row comes first at the end.
    waiting: Vec<usize>,
}

/// The next rows: a range of each input, and the order among them.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// For each row the input, and its place in the range of that input.
    pub(super) places: Vec<Place>,
    /// The rows of each input.
    pub(super) ranges: Vec<Range<usize>>,
    /// The bytes that the largest column has, about.
    pub(super) column_bytes: u64,
}

impl Order {
    pub(super) async fn new(inputs: &[Arc<Input>]) -> Result<Self, Error> {
        let mut cursors = Vec::with_capacity(inputs.len());
        for input in inputs {
            cursors.push(Cursor::new(input).await?);
        }
        let waiting = (0..cursors.len()).filter(|&place| cursors[place].keys.is_some()).collect();
        let mut order = Self { cursors, waiting };
        let mut waiting = std::mem::take(&mut order.waiting);
        waiting.sort_by(|&a, &b| order.compare(b, a));
        order.waiting = waiting;
        Ok(order)
    }

    /// The next rows, so many at most, and fewer when a column of theirs would have more than so many bytes.
    pub(super) async fn next(&mut self, rows_max: usize, column_bytes_max: u64) -> Result<Group, Error> {
        let starts: Vec<usize> = self.cursors.iter().map(|cursor| cursor.position).collect();
        let mut places = Vec::with_capacity(rows_max);
        let mut column_bytes = 0;
        while places.len() < rows_max {
            let Some(&first) = self.waiting.last() else { break };
            let cursor = &mut self.cursors[first];
            let row_bytes = cursor.row_bytes();
            if column_bytes + row_bytes > column_bytes_max && !places.is_empty() {
                break;
            }
            column_bytes += row_bytes;
            self.waiting.pop();
            places.push(Place { batch: first as u32, row: (cursor.position - starts[first]) as u32 });
            if cursor.advance().await? {
                let at = match self.waiting.last() {
                    // Files of different hours take turns rarely.
                    Some(&next) if self.compare(first, next) == Ordering::Less => self.waiting.len(),
                    _ => self.waiting.partition_point(|&other| self.compare(other, first) == Ordering::Greater),
                };
                self.waiting.insert(at, first);
            }
        }
        let ranges = starts.into_iter().zip(&self.cursors).map(|(start, cursor)| start..cursor.position);
        Ok(Group { places, ranges: ranges.collect(), column_bytes })
    }

    /// Which of two cursors comes first; of equal rows that of the first file.
    fn compare(&self, a: usize, b: usize) -> Ordering {
        let rows = match (self.cursors[a].current(), self.cursors[b].current()) {
            (Some(a), Some(b)) => compare(a, b),
            _ => Ordering::Equal,
        };
        rows.then(a.cmp(&b))
    }
}

/// The next row of one file.
struct Cursor {
    input: Arc<Input>,
    batches: ParquetRecordBatchStream<DataFileReader>,
    /// None behind the last row.
    keys: Option<Keys>,
    /// The row at hand, in `keys`.
    row: usize,
    /// The row at hand, in the file.
    position: usize,
    /// For each row group where it ends, and the bytes that its largest column has for each row.
    weights: Vec<(usize, u64)>,
}

impl Cursor {
    async fn new(input: &Arc<Input>) -> Result<Self, Error> {
        let failed = |error| input.failed(error);
        let plain = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = ArrowReaderMetadata::try_new(Arc::clone(input.metadata()), plain).map_err(failed)?;
        let builder = ParquetRecordBatchStreamBuilder::new_with_metadata(input.reader(), metadata);
        let mask = ProjectionMask::columns(builder.parquet_schema(), input.order());
        let batches = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build().map_err(failed)?;
        let weights = input.weights();
        let mut cursor = Self { input: Arc::clone(input), batches, keys: None, row: 0, position: 0, weights };
        cursor.keys = cursor.read().await?;
        Ok(cursor)
    }

    async fn read(&mut self) -> Result<Option<Keys>, Error> {
        let batch = self.batches.try_next().await.map_err(|error| self.input.failed(error))?;
        let Some(batch) = batch else { return Ok(None) };
        let keys = Keys::of(&batch, self.input.order())
            .ok_or_else(|| self.broken("the columns of the order have other types"))?;
        Ok(Some(keys))
    }

    fn current(&self) -> Option<(&Keys, usize)> {
        Some((self.keys.as_ref()?, self.row))
    }

    /// Goes to the next row; `false` behind the last.
    async fn advance(&mut self) -> Result<bool, Error> {
        self.position += 1;
        self.row += 1;
        let Some(keys) = &self.keys else { return Ok(false) };
        if self.row < keys.len() {
            if compare((keys, self.row - 1), (keys, self.row)) == Ordering::Greater {
                return Err(self.broken("its rows are not in the order it says"));
            }
            return Ok(true);
        }
        let last = self.keys.take();
        self.row = 0;
        self.keys = self.read().await?;
        if let (Some(last), Some(keys)) = (&last, &self.keys)
            && compare((last, last.len() - 1), (keys, 0)) == Ordering::Greater
        {
            return Err(self.broken("its rows are not in the order it says"));
        }
        Ok(self.keys.is_some())
    }

    fn row_bytes(&self) -> u64 {
        self.weights.iter().find(|(end, _)| self.position < *end).map_or(0, |(_, bytes)| *bytes)
    }

    fn broken(&self, reason: &str) -> Error {
        self.input.failed(ParquetError::General(reason.to_owned()))
    }
}

/// The columns of the order in some rows.
struct Keys {
    times: TimestampMicrosecondArray,
    texts: [StringArray; 3],
}

impl Keys {
    /// The keys of some rows, whose columns in file order are `order`.
    fn of(batch: &RecordBatch, order: [&str; 4]) -> Option<Self> {
        let [time, kind, name, id] = order;
        let text = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>().cloned();
        let times = batch.column_by_name(time)?.as_primitive_opt::<TimestampMicrosecondType>()?.clone();
        Some(Self { times, texts: [text(kind)?, text(name)?, text(id)?] })
    }

    fn len(&self) -> usize {
        self.times.len()
    }
}

/// The order of two rows: that of [`Schema::order`](traillake_event::schema::Schema::order).
fn compare((a, a_row): (&Keys, usize), (b, b_row): (&Keys, usize)) -> Ordering {
    let (a_time, b_time) = (time(a, a_row), time(b, b_row));
    nulls_last(b_time.as_ref(), a_time.as_ref(), a_time.is_none(), b_time.is_none()).then_with(|| {
        let texts = a.texts.iter().zip(&b.texts).map(|(a, b)| {
            let (a, b) = (text(a, a_row), text(b, b_row));
            nulls_last(a.as_ref(), b.as_ref(), a.is_none(), b.is_none())
        });
        texts.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    })
}

fn time(keys: &Keys, row: usize) -> Option<i64> {
    keys.times.is_valid(row).then(|| keys.times.value(row))
}

fn text(texts: &StringArray, row: usize) -> Option<&str> {
    texts.is_valid(row).then(|| texts.value(row))
}

fn nulls_last<T: Ord>(a: Option<T>, b: Option<T>, a_is_null: bool, b_is_null: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a_is_null.cmp(&b_is_null),
    }
}
