//! Rows of one day as the bytes of a Parquet file.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::{SortColumn, SortOptions, concat, interleave, lexsort_to_indices};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::statistics::Statistics as ColumnStatistics;
use parquet::schema::types::ColumnPath;
use traillake_event::schema::{Schema, Statistics};

use super::statistics::{Bounds, Value};
use crate::error::{Error, cause};

/// The order of rows in a file: newest first, then what questions group by. `true` is descending; NULLs last.
const ORDER: [(&str, bool); 4] =
    [("eventTime", true), ("eventSource", false), ("eventName", false), ("eventID", false)];

/// Small row groups help pruning, large ones bloom filters and compression.
const ROW_GROUP_ROWS: usize = 131_072;
const ROW_GROUP_BYTES: usize = 64 << 20;
/// A needle reads one page of each column: 2 048 rows read a third of what 8 192 do, at a few percent of size.
const PAGE_ROWS: usize = 2_048;
const PAGE_BYTES: usize = 256 << 10;
/// Page limits are looked at after each of these: smaller, so that pages of long JSON keep near their bound.
const WRITE_BATCH_ROWS: usize = 512;
const BLOOM_FALSE_POSITIVES: f64 = 0.01;
const ZSTD_LEVEL: i32 = 3;
/// Text bounds are cut here, the smallest downwards, the largest upwards.
const BOUND_BYTES: usize = 64;
/// A largest value that cannot be rounded up stays whole; beyond this it is no bound worth keeping.
const BOUND_BYTES_MAX: usize = 256;

/// A data file not yet stored.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The Parquet file.
    pub bytes: Bytes,
    /// How many events it holds.
    pub rows: u64,
    /// What is known about its columns, by physical name.
    pub columns: HashMap<String, Bounds>,
}

/// Sorts rows into file order and encodes them as Parquet.
///
/// `rows` are batches of [`Schema::physical`], in any order, at least one row in all. Rows go by `eventTime`
/// descending (NULLs last), `eventSource`, `eventName`, `eventID`. Pure CPU work, without I/O: about the time
/// of one zstd pass over the columns, and the memory of the rows, four sort columns and the file.
pub fn encode(rows: Vec<RecordBatch>) -> Result<Encoded, Error> {
    let schema = Schema::events();
    let physical = schema.physical();
    if let Some(batch) = rows.iter().find(|batch| batch.schema().fields() != physical.fields()) {
        let reason = format!("a batch has the columns {:?}, not those of the event schema", batch.schema().fields());
        return Err(Error::Rows { reason });
    }
    let count: usize = rows.iter().map(RecordBatch::num_rows).sum();
    if count == 0 {
        return Err(Error::Rows { reason: "there are no rows".to_owned() });
    }
    let failed = |error: ParquetError| Error::EncodeDataFile { rows: count as u64, source: cause(error) };

    let options = ArrowWriterOptions::new()
        .with_properties(properties(schema).map_err(failed)?)
        // Without it every reader sees plain strings and times, not what this writer happened to hold.
        .with_skip_arrow_metadata(true);
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new_with_options(&mut bytes, physical, options).map_err(failed)?;
    let order = file_order(schema, &rows).map_err(failed)?;
    for part in order.chunks(ROW_GROUP_ROWS / 8) {
        writer.write(&gather(&rows, part).map_err(failed)?).map_err(failed)?;
    }
    drop(rows);
    let metadata = writer.close().map_err(failed)?;
    let columns = bounds(schema, &metadata);
    Ok(Encoded { bytes: Bytes::from(bytes), rows: count as u64, columns })
}

/// The places (batch, row) of all rows, in file order.
fn file_order(schema: &Schema, rows: &[RecordBatch]) -> Result<Vec<(usize, usize)>, ParquetError> {
    let mut keys = Vec::with_capacity(ORDER.len());
    for (name, descending) in ORDER {
        let index = index_of(schema, name)?;
        let parts: Vec<&dyn Array> = rows.iter().map(|batch| batch.column(index).as_ref()).collect();
        let options = SortOptions { descending, nulls_first: false };
        keys.push(SortColumn { values: concat(&parts)?, options: Some(options) });
    }
    let places: Vec<(usize, usize)> =
        rows.iter().enumerate().flat_map(|(batch, rows)| (0..rows.num_rows()).map(move |row| (batch, row))).collect();
    let sorted = lexsort_to_indices(&keys, None)?;
    Ok(sorted.values().iter().map(|&index| places[index as usize]).collect())
}

fn gather(rows: &[RecordBatch], places: &[(usize, usize)]) -> Result<RecordBatch, ParquetError> {
    let first = &rows[0];
    let columns = (0..first.num_columns()).map(|index| {
        let parts: Vec<&dyn Array> = rows.iter().map(|batch| batch.column(index).as_ref()).collect();
        interleave(&parts, places)
    });
    Ok(RecordBatch::try_new(first.schema(), columns.collect::<Result<Vec<ArrayRef>, _>>()?)?)
}

fn index_of(schema: &Schema, name: &str) -> Result<usize, ParquetError> {
    schema.index_of(name).ok_or_else(|| ParquetError::General(format!("the schema has no column {name}")))
}

fn properties(schema: &Schema) -> Result<WriterProperties, ParquetError> {
    let mut sorting = Vec::with_capacity(ORDER.len());
    for (name, descending) in ORDER {
        let column_idx = i32::try_from(index_of(schema, name)?)?;
        sorting.push(SortingColumn { column_idx, descending, nulls_first: false });
    }
    let mut properties = WriterProperties::builder()
        .set_created_by("traillake".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_write_batch_size(WRITE_BATCH_ROWS)
        .set_statistics_truncate_length(Some(BOUND_BYTES))
        .set_column_index_truncate_length(Some(BOUND_BYTES))
        .set_sorting_columns(Some(sorting));
    for column in schema.columns() {
        let path = ColumnPath::from(column.name.as_str());
        let statistics = match column.statistics {
            Statistics::Bounds => EnabledStatistics::Page,
            Statistics::None => EnabledStatistics::None,
        };
        properties = properties
            .set_column_dictionary_enabled(path.clone(), column.dictionary)
            .set_column_statistics_enabled(path.clone(), statistics);
        if column.bloom {
            properties = properties.set_column_bloom_filter_fpp(path, BLOOM_FALSE_POSITIVES);
        }
    }
    Ok(properties.build())
}

/// The bounds of the whole file, from those of its row groups.
fn bounds(schema: &Schema, metadata: &ParquetMetaData) -> HashMap<String, Bounds> {
    let columns = schema.columns().iter().enumerate().filter(|(_, column)| column.statistics == Statistics::Bounds);
    columns
        .filter_map(|(index, column)| {
            let groups = metadata.row_groups().iter().map(|group| group.column(index).statistics());
            let groups: Vec<&ColumnStatistics> = groups.collect::<Option<_>>()?;
            Some((column.name.clone(), merge(&groups)?))
        })
        .collect()
}

fn merge(groups: &[&ColumnStatistics]) -> Option<Bounds> {
    let mut whole = Bounds::new(None, None, 0);
    let (mut min_known, mut max_known) = (true, true);
    for group in groups {
        whole.nulls += group.null_count_opt()?;
        let (min, max) = ends(group);
        // A group of nulls has no ends and moves none; a group with values but without an end unsettles it.
        let empty = min.is_none() && max.is_none() && group.min_bytes_opt().is_none();
        min_known &= min.is_some() || empty;
        max_known &= max.is_some() || empty;
        whole.min = [whole.min.take(), min].into_iter().flatten().reduce(|a, b| if b < a { b } else { a });
        whole.max = [whole.max.take(), max].into_iter().flatten().reduce(|a, b| if b > a { b } else { a });
    }
    Some(Bounds::new(whole.min.filter(|_| min_known), whole.max.filter(|_| max_known), whole.nulls))
}

fn ends(group: &ColumnStatistics) -> (Option<Value>, Option<Value>) {
    let millis = |micros: i64| Value::Millis(micros.div_euclid(1_000));
    let text = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).ok()?;
        (text.len() <= BOUND_BYTES_MAX).then(|| Value::Text(text.to_owned()))
    };
    match group {
        ColumnStatistics::Boolean(ends) => {
            (ends.min_opt().copied().map(Value::Boolean), ends.max_opt().copied().map(Value::Boolean))
        }
        ColumnStatistics::Int64(ends) => (
            ends.min_opt().map(|&min| millis(min)),
            // Outwards, though times are whole milliseconds.
            ends.max_opt().map(|&max| millis(max.saturating_add(999))),
        ),
        _ => (group.min_bytes_opt().and_then(text), group.max_bytes_opt().and_then(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(ends: Option<(i64, i64)>, nulls: u64) -> ColumnStatistics {
        ColumnStatistics::int64(ends.map(|ends| ends.0), ends.map(|ends| ends.1), None, Some(nulls), false)
    }

    fn texts(ends: Option<(&str, &str)>, nulls: u64) -> ColumnStatistics {
        let (min, max) = (ends.map(|ends| ends.0.into()), ends.map(|ends| ends.1.into()));
        ColumnStatistics::byte_array(min, max, None, Some(nulls), false)
    }

    #[test]
    fn the_bounds_of_a_file_enclose_its_row_groups() {
        let bounds = merge(&[&times(Some((5_000, 9_000)), 1), &times(None, 7), &times(Some((2_000, 6_001)), 2)]);
        assert_eq!(bounds, Some(Bounds::new(Some(Value::Millis(2)), Some(Value::Millis(9)), 10)));
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let bounds = merge(&[&texts(Some(("", "m")), 0), &texts(Some(("a", "z")), 0)]);
        assert_eq!(bounds, Some(Bounds::new(text(""), text("z"), 0)));
    }

    #[test]
    fn times_between_milliseconds_round_outwards() {
        let bounds = merge(&[&times(Some((-1, 9_001)), 0)]);
        assert_eq!(bounds, Some(Bounds::new(Some(Value::Millis(-1)), Some(Value::Millis(10)), 0)));
    }

    #[test]
    fn one_row_group_without_a_bound_leaves_the_file_without() {
        let endless = "\u{10ffff}".repeat(100);
        let bounds = merge(&[&texts(Some(("a", "b")), 0), &texts(Some(("c", &endless)), 0)]);
        assert_eq!(bounds, Some(Bounds::new(Some(Value::Text("a".to_owned())), None, 0)));
        let unknown = ColumnStatistics::int64(Some(1), Some(2), None, None, false);
        assert_eq!(merge(&[&unknown]), None);
    }
}
