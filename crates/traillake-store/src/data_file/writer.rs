//! Encoded columns as the bytes of a Parquet file, row group by row group.

use std::io::{self, Write};
use std::mem;
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef, Schema as ArrowSchema, SchemaRef};
use object_store::{PutPayload, PutPayloadMut};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, ParquetMetaData, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::statistics::Statistics as ColumnStatistics;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnDescPtr, ColumnPath};
use traillake_event::schema::{Column, EVENT_TIME, Kind, Schema, Statistics};

use super::bounds::ColumnBounds;
use super::chunk::{Chunk, Compressors, EncodedColumn};
use super::order::index_of;
use super::statistics::{Bounds, Value};
use crate::content_hash::ContentHash;
use crate::error::{Error, cause};
use crate::value_counts::{self, ValueCounts};
use crate::value_index::{self, Collectors, PAGE_ROWS, ValueIndex};

/// Small row groups help pruning, large ones bloom filters and compression.
pub(crate) const ROW_GROUP_ROWS: usize = 65_536;
const PAGE_BYTES: usize = 256 << 10;
/// Page limits are looked at after each of these: smaller, so that pages of long JSON keep near their bound.
const WRITE_BATCH_ROWS: usize = 512;
/// Filters have sizes of powers of two, so that 0.01 would often take twice as much.
const BLOOM_FALSE_POSITIVES: f64 = 0.03;
/// An import is waited for: this level saves a sixth of the CPU time of [`ZSTD_MERGED`], for 1.4 % of size.
pub(crate) const ZSTD_FRESH: i32 = 1;
/// A file that was merged is there to stay.
pub(crate) const ZSTD_MERGED: i32 = 3;
/// Text bounds are cut here, the smallest downwards, the largest upwards.
const BOUND_BYTES: usize = 64;
/// A largest value that cannot be rounded up stays whole; beyond this it is no bound worth keeping.
const BOUND_BYTES_MAX: usize = 256;

/// A data file not yet stored.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The Parquet file.
    pub content: PutPayload,
    /// How many events it holds.
    pub rows: u64,
    /// What is known about its columns.
    pub columns: ColumnBounds,
    /// The SHA-256 of the Parquet file.
    pub sha256: ContentHash,
}

/// Writes row groups one after another, whose columns the caller encodes. Holds the encoded file.
pub(crate) struct FileWriter {
    writer: SerializedFileWriter<Blocks>,
    physical: SchemaRef,
    schema: Arc<Schema>,
    compressors: Arc<Compressors>,
    rows: u64,
    /// Of each row group.
    indexes: Vec<ValueIndex>,
    counts: ValueCounts,
}

impl FileWriter {
    /// A writer for batches of these columns: those of [`Schema::physical`], where text may be a dictionary of text.
    /// `rows` is how many rows the file will have, `zstd_level` how hard it is compressed.
    pub(crate) fn new(schema: &Arc<Schema>, batches: &SchemaRef, rows: usize, zstd_level: i32) -> Result<Self, Error> {
        let physical = schema.physical();
        let same = batches.fields().len() == physical.fields().len()
            && batches.fields().iter().zip(physical.fields()).all(|(given, wanted)| {
                given.name() == wanted.name() && value_type(given.data_type()) == wanted.data_type()
            });
        if !same {
            let reason = format!("a batch has the columns {:?}, not those of the event schema", batches.fields());
            return Err(Error::Rows { reason });
        }
        let failed = |error| Error::EncodeDataFile { rows: 0, source: cause(error) };
        let properties = Arc::new(properties(schema, rows, zstd_level).map_err(failed)?);
        // Without Arrow's own metadata every reader sees plain strings and times.
        let parquet = ArrowSchemaConverter::new().convert(&physical).map_err(failed)?;
        let writer = SerializedFileWriter::new(Blocks::new(), parquet.root_schema_ptr(), properties).map_err(failed)?;
        let (schema, compressors) = (Arc::clone(schema), Arc::new(Compressors::new(zstd_level)));
        Ok(Self { writer, physical, schema, compressors, rows: 0, indexes: Vec::new(), counts: ValueCounts::default() })
    }

    /// Writers of the columns of the next row group.
    pub(crate) fn column_writers(&self) -> Vec<ColumnWriter> {
        let columns = self.physical.fields().iter().zip(self.writer.schema_descr().columns());
        let writer = |(field, column): (&FieldRef, &ColumnDescPtr)| ColumnWriter {
            field: Arc::clone(field),
            column: Arc::clone(column),
            properties: Arc::clone(self.writer.properties()),
            compressors: Arc::clone(&self.compressors),
        };
        columns.map(writer).collect()
    }

    /// Appends a row group whose columns are encoded, and whose values are collected.
    pub(crate) fn append(
        &mut self,
        rows: usize,
        columns: Vec<EncodedColumn>,
        values: &Collectors,
    ) -> Result<(), Error> {
        self.rows += rows as u64;
        let (chunks, counts): (Vec<Chunk>, Vec<_>) =
            columns.into_iter().map(|column| (column.chunk, column.counts)).unzip();
        self.append_chunks(chunks).map_err(|error| self.failed(error))?;
        let (index, bytes) = ValueIndex::encode(values, rows, self.writer.bytes_written() as u64);
        self.indexes.push(index);
        self.writer.write_all(&bytes).map_err(|error| self.failed(error.into()))?;
        self.counts.begin_row_group();
        for (column, counts) in self.schema.columns().iter().zip(counts) {
            let Some(counts) = counts else { continue };
            self.counts.add(&column.name, self.writer.bytes_written() as u64, counts.len());
            self.writer
                .write_all(&counts)
                .map_err(|error| Error::EncodeDataFile { rows: self.rows, source: cause(error) })?;
        }
        Ok(())
    }

    /// Closes the file.
    pub(crate) fn finish(mut self) -> Result<Encoded, Error> {
        // Numbers and names always have a JSON form.
        let indexes = serde_json::to_string(&self.indexes).unwrap_or_default();
        let counts = serde_json::to_string(&self.counts).unwrap_or_default();
        self.writer.append_key_value_metadata(KeyValue::new(value_index::FOOTER_KEY.to_owned(), indexes));
        self.writer.append_key_value_metadata(KeyValue::new(value_counts::FOOTER_KEY.to_owned(), counts));
        let metadata = self.writer.finish().map_err(|error| self.failed(error))?;
        let columns = bounds(&self.schema, &metadata);
        let content = mem::take(&mut self.writer.inner_mut().0).freeze();
        let sha256 = ContentHash::of_payload(&content);
        Ok(Encoded { content, rows: self.rows, columns, sha256 })
    }

    fn append_chunks(&mut self, chunks: Vec<Chunk>) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for chunk in chunks {
            chunk.append_to(&mut group)?;
        }
        group.close().map(|_| ())
    }

    fn failed(&self, error: ParquetError) -> Error {
        Error::EncodeDataFile { rows: self.rows, source: cause(error) }
    }
}

/// Writes one column of a row group.
pub(crate) struct ColumnWriter {
    pub(super) field: FieldRef,
    pub(super) column: ColumnDescPtr,
    pub(super) properties: WriterPropertiesPtr,
    pub(super) compressors: Arc<Compressors>,
}

impl ColumnWriter {
    /// Parquet's own writer, for a column whose values come one by one: in an import few do, and each takes its time to
    /// be made.
    pub(super) fn of_values(&self) -> Result<ArrowColumnWriter, ParquetError> {
        let schema = Arc::new(ArrowSchema::new([Arc::clone(&self.field)]));
        let parquet = ArrowSchemaConverter::new().convert(&schema)?;
        let file = SerializedFileWriter::new(io::sink(), parquet.root_schema_ptr(), Arc::clone(&self.properties))?;
        let writers = ArrowRowGroupWriterFactory::new(&file, schema).create_column_writers(0)?;
        let none = || ParquetError::General(format!("{} is no column", self.field.name()));
        writers.into_iter().next().ok_or_else(none)
    }
}

/// The file so far, in blocks: one piece of memory would be copied whenever it has to grow.
struct Blocks(PutPayloadMut);

impl Blocks {
    const BYTES: usize = 1 << 20;

    fn new() -> Self {
        Self(PutPayloadMut::new().with_block_size(Self::BYTES))
    }
}

impl Write for Blocks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn value_type(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => values,
        plain => plain,
    }
}

fn properties(schema: &Schema, rows: usize, zstd_level: i32) -> Result<WriterProperties, ParquetError> {
    let mut sorting = Vec::with_capacity(schema.order().len());
    for (name, descending) in schema.order() {
        let column_idx = i32::try_from(index_of(schema, name)?)?;
        sorting.push(SortingColumn { column_idx, descending, nulls_first: false });
    }
    let mut properties = WriterProperties::builder()
        .set_created_by("traillake".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(zstd_level)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
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
        if !shrinks(column.kind) {
            properties = properties.set_column_compression(path.clone(), Compression::UNCOMPRESSED);
        }
        if let Some(encoding) = encoding(column) {
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path.clone(), encoding);
        }
        if column.bloom {
            // They begin with the size for this many values: a file of few rows is not to fill and fold large ones.
            properties = properties
                .set_column_bloom_filter_fpp(path.clone(), BLOOM_FALSE_POSITIVES)
                .set_column_bloom_filter_max_ndv(path, rows.min(ROW_GROUP_ROWS) as u64);
        }
    }
    Ok(properties.build())
}

/// Whether compression saves anything of values of a kind: bits and hashes it leaves as they are.
fn shrinks(kind: Kind) -> bool {
    !matches!(kind, Kind::Boolean | Kind::Digest)
}

/// The encoding of a column whose values are better neither plain nor in a dictionary.
fn encoding(column: &Column) -> Option<Encoding> {
    match column.kind {
        // It falls from row to row, in small steps.
        Kind::Time if column.name == EVENT_TIME => Some(Encoding::DELTA_BINARY_PACKED),
        // Ids are of one length: apart from it zstd sees nothing but hex digits.
        Kind::Text if !column.dictionary => Some(Encoding::DELTA_LENGTH_BYTE_ARRAY),
        _ => None,
    }
}

/// The bounds of the whole file, from those of its row groups.
fn bounds(schema: &Arc<Schema>, metadata: &ParquetMetaData) -> ColumnBounds {
    let columns = schema.columns().iter().enumerate();
    let bounded = columns.filter(|(_, column)| column.statistics == Statistics::Bounds);
    let bounds = bounded.filter_map(|(place, _)| {
        let groups = metadata.row_groups().iter().map(|group| group.column(place).statistics());
        let groups: Vec<&ColumnStatistics> = groups.collect::<Option<_>>()?;
        Some((place, merge(&groups)?))
    });
    ColumnBounds::new(schema, bounds)
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
