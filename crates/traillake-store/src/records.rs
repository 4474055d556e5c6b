//! Events of one day with the exact text of their records, for who compares them with something.

use std::ops::RangeInclusive;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use arrow::error::ArrowError;
use chrono::NaiveDate;
use futures::TryStreamExt;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, RowFilter};
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use traillake_event::schema::{EVENT_DIGEST, EVENT_ID, EVENT_TIME};

use crate::data_file::{Bounds, DataFile, DataFileReader, Value};
use crate::error::{Error, cause};
use crate::event_json::{RecordColumns, RecordReader};
use crate::snapshot::Snapshot;

/// How many rows are decoded at once, at most.
const ROWS_MAX: usize = 1_024;
/// How many bytes they have, about: there are records of many megabytes.
const ROWS_BYTES: i64 = 8 << 20;

/// Whether the record of this `eventID` and [`eventDigest`](traillake_event::schema::EVENT_DIGEST) is asked for.
pub type Wanted = dyn Fn(&str, i64) -> bool + Send + Sync;

/// Which events of a day are read.
#[derive(Clone)]
pub struct RecordsWanted {
    /// The UTC day; `None` for the events without a readable time.
    pub day: Option<NaiveDate>,
    /// The `eventTime`s wanted, in milliseconds since 1970 UTC: files that hold none of them are not opened. `None`
    /// for all.
    pub times: Option<RangeInclusive<i64>>,
    /// Whether the event of this `eventID` (empty when it has none) and `eventDigest` is wanted.
    pub is_wanted: Arc<Wanted>,
}

/// An event as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredRecord<'a> {
    /// Its `eventID`; empty when it has none.
    pub event_id: &'a str,
    /// Its [`eventDigest`](traillake_event::schema::EVENT_DIGEST).
    pub digest: i64,
    /// The exact text of its record.
    pub json: &'a str,
}

/// Hands every event that is wanted to `found`, file by file.
pub(crate) async fn read_records(
    snapshot: &Snapshot,
    wanted: &RecordsWanted,
    found: &mut (dyn FnMut(StoredRecord<'_>) + Send),
) -> Result<(), Error> {
    let mut reader = RecordReader::new(snapshot.store().schema());
    for file in snapshot.data_files().iter().filter(|file| file.calendar_day == wanted.day) {
        if !may_hold(file, wanted.times.as_ref()) {
            tracing::debug!(path = %file.path, rows = file.rows, "data file pruned");
            continue;
        }
        tracing::debug!(path = %file.path, rows = file.rows, "data file read");
        let failed = |error: ParquetError| Error::ReadDataFile { path: file.path.clone(), source: cause(error) };
        read_file(snapshot, file, wanted, &mut reader, found).await.map_err(failed)?;
    }
    Ok(())
}

/// Whether a file may hold events of these times, by what the log says about it.
pub(crate) fn may_hold(file: &DataFile, times: Option<&RangeInclusive<i64>>) -> bool {
    match (times, file.columns.get(EVENT_TIME)) {
        (Some(times), Some(Bounds { min: Some(Value::Millis(min)), max: Some(Value::Millis(max)), .. })) => {
            min <= *times.end() && max >= *times.start()
        }
        _ => true,
    }
}

async fn read_file(
    snapshot: &Snapshot,
    file: &DataFile,
    wanted: &RecordsWanted,
    reader: &mut RecordReader,
    found: &mut (dyn FnMut(StoredRecord<'_>) + Send),
) -> Result<(), ParquetError> {
    let input = DataFileReader::new(snapshot.store().lake().storage(), file);
    let builder = ParquetRecordBatchStreamBuilder::new(input).await?;
    let identity = ProjectionMask::columns(builder.parquet_schema(), [EVENT_ID, EVENT_DIGEST]);
    let is_wanted = Arc::clone(&wanted.is_wanted);
    let filter = ArrowPredicateFn::new(identity, move |rows| {
        let identities = Identities::of(&rows)?;
        Ok((0..rows.num_rows()).map(|row| Some(is_wanted(identities.id(row), identities.digest(row)))).collect())
    });
    let rows_at_once = rows_at_once(builder.metadata());
    let schema = snapshot.store().schema();
    let names = RecordColumns::places(schema).into_iter().map(|place| schema.columns()[place].name.as_str());
    let columns = ProjectionMask::columns(builder.parquet_schema(), names.chain([EVENT_ID, EVENT_DIGEST]));
    let filter = RowFilter::new(vec![Box::new(filter)]);
    let mut batches = builder.with_projection(columns).with_row_filter(filter).with_batch_size(rows_at_once).build()?;
    while let Some(rows) = batches.try_next().await? {
        let (identities, columns) = (Identities::of(&rows)?, RecordColumns::of(schema, &rows)?);
        for row in 0..rows.num_rows() {
            let json = reader.read(&columns, row).map_err(|error| ParquetError::General(error.to_string()))?;
            let json = json.unwrap_or_default();
            found(StoredRecord { event_id: identities.id(row), digest: identities.digest(row), json });
        }
    }
    Ok(())
}

fn rows_at_once(metadata: &ParquetMetaData) -> usize {
    let row_bytes = metadata.row_groups().iter().map(|group| group.total_byte_size() / group.num_rows().max(1)).max();
    let rows = ROWS_BYTES / row_bytes.unwrap_or_default().max(1);
    usize::try_from(rows).unwrap_or(ROWS_MAX).clamp(1, ROWS_MAX)
}

/// What tells the events of some rows apart.
struct Identities {
    ids: StringViewArray,
    digests: Int64Array,
}

impl Identities {
    fn of(rows: &RecordBatch) -> Result<Self, ArrowError> {
        let column = |name: &str| {
            let missing = || ArrowError::SchemaError(format!("column {name} is not there"));
            rows.column_by_name(name).ok_or_else(missing)
        };
        let ids = cast(column(EVENT_ID)?, &DataType::Utf8View)?.as_string_view().clone();
        let digests = cast(column(EVENT_DIGEST)?, &DataType::Int64)?.as_primitive::<Int64Type>().clone();
        Ok(Self { ids, digests })
    }

    fn id(&self, row: usize) -> &str {
        if self.ids.is_null(row) { "" } else { self.ids.value(row) }
    }

    fn digest(&self, row: usize) -> i64 {
        if self.digests.is_null(row) { 0 } else { self.digests.value(row) }
    }
}

#[cfg(test)]
mod tests {
    use traillake_event::schema::Schema;

    use super::*;
    use crate::data_file::ColumnBounds;

    #[test]
    fn files_of_other_times_are_left_out() {
        let millis = |at| Some(Value::Millis(at));
        let time = Schema::events().index_of(EVENT_TIME).unwrap();
        let mut file = DataFile {
            path: "a.parquet".into(),
            bytes: 1,
            rows: 1,
            calendar_day: None,
            columns: ColumnBounds::new(Schema::events(), [(time, Bounds::new(millis(10), millis(20), 0))]),
            modified_at_ms: 0,
            sha256: None,
        };
        for (times, holds) in [(0..=9, false), (0..=10, true), (12..=13, true), (20..=30, true), (21..=30, false)] {
            assert_eq!(may_hold(&file, Some(&times)), holds, "{times:?}");
        }
        assert!(may_hold(&file, None));
        // Without bounds it may hold anything.
        file.columns = ColumnBounds::unknown(Schema::events());
        assert!(may_hold(&file, Some(&(0..=9))));
    }
}
