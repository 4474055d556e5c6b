//! The files that are merged, and ranges of their columns.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringBuilder, new_empty_array, new_null_array};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Field, Schema as ArrowSchema};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, RowSelection, RowSelector};
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData, SortingColumn};
use traillake_event::json;
use traillake_event::schema::{Column, Kind, Schema};

use crate::data_file::{DataFile, DataFileReader};
use crate::error::{Error, cause};
use crate::snapshot::Snapshot;

/// How many files are opened at once.
const OPENED_AT_ONCE: usize = 8;

/// A file that is merged.
#[derive(Debug)]
pub(super) struct Input {
    snapshot: Snapshot,
    pub(super) file: DataFile,
    metadata: ArrowReaderMetadata,
    /// For each column of the store where its values come from.
    sources: Vec<Source>,
}

/// Where the values of a column come from.
#[derive(Clone, Debug, PartialEq)]
enum Source {
    /// The column of this place in the file.
    Leaf(usize),
    /// The text of the map at this place, which has the key.
    Key(usize, String),
    /// Nowhere: the file was written before there was such a column.
    Absent,
}

/// Opens files. `Err`: those that cannot be merged, as another writer made them in another order, or with columns that
/// this build does not know.
pub(super) async fn open(snapshot: &Snapshot, files: &[DataFile]) -> Result<Result<Vec<Input>, Vec<Path>>, Error> {
    let opening: Vec<_> = files.iter().map(|file| Input::open(snapshot, file)).collect();
    let opened: Vec<Option<Input>> = stream::iter(opening).buffered(OPENED_AT_ONCE).try_collect().await?;
    let unfit = files.iter().zip(&opened).filter(|(_, input)| input.is_none());
    let unfit: Vec<Path> = unfit.map(|(file, _)| file.path.clone()).collect();
    Ok(if unfit.is_empty() { Ok(opened.into_iter().flatten().collect()) } else { Err(unfit) })
}

impl Input {
    /// `None` when the file cannot be merged.
    async fn open(snapshot: &Snapshot, file: &DataFile) -> Result<Option<Self>, Error> {
        let schema = snapshot.store().schema();
        let mut reader = DataFileReader::new(snapshot.store().lake().storage(), file);
        let metadata = reader.get_metadata(None).await.map_err(|error| failed(file, error))?;
        let (Some(types), Some(sources), true) =
            (types(schema, &metadata), sources(schema, &metadata), is_sorted(schema, &metadata))
        else {
            return Ok(None);
        };
        let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or_default();
        if rows != file.rows {
            let reason = format!("it has {rows} rows, not {} as the log says", file.rows);
            return Err(failed(file, ParquetError::General(reason)));
        }
        let options = ArrowReaderOptions::new().with_schema(Arc::new(types));
        // Types that are not what ours are read as: of another writer.
        let Ok(metadata) = ArrowReaderMetadata::try_new(metadata, options) else { return Ok(None) };
        Ok(Some(Self { snapshot: snapshot.clone(), file: file.clone(), metadata, sources }))
    }

    pub(super) fn metadata(&self) -> &Arc<ParquetMetaData> {
        self.metadata.metadata()
    }

    pub(super) fn reader(&self) -> DataFileReader {
        DataFileReader::new(self.snapshot.store().lake().storage(), &self.file)
    }

    pub(super) fn failed(&self, error: ParquetError) -> Error {
        failed(&self.file, error)
    }

    /// For each row group where it ends, and the bytes that its largest column has for each row.
    pub(super) fn weights(&self) -> Vec<(usize, u64)> {
        let mut end = 0;
        let weight = |group: &RowGroupMetaData| {
            let rows = u64::try_from(group.num_rows()).unwrap_or_default().max(1);
            let largest = group.columns().iter().map(|column| column.uncompressed_size()).max().unwrap_or_default();
            end += usize::try_from(group.num_rows()).unwrap_or_default();
            (end, u64::try_from(largest).unwrap_or_default().div_ceil(rows))
        };
        self.metadata().row_groups().iter().map(weight).collect()
    }

    /// The columns that its rows are sorted by.
    pub(super) fn order(&self) -> [&'static str; 4] {
        self.snapshot.store().schema().order().map(|(name, _)| name)
    }

    /// The values of a column of the store, by its place, in a range of the file's rows.
    ///
    /// Reads the pages that have them, nothing where the metadata says that all are NULL.
    pub(super) async fn read(&self, place: usize, rows: Range<usize>) -> Result<ArrayRef, Error> {
        let column = &self.snapshot.store().schema().columns()[place];
        let data_type = merged_type(column);
        if rows.is_empty() {
            return Ok(new_empty_array(&data_type));
        }
        match &self.sources[place] {
            Source::Absent => Ok(new_null_array(&data_type, rows.len())),
            Source::Leaf(leaf) => self.read_leaf(*leaf, rows, &data_type).await,
            Source::Key(map, key) => {
                let texts = self.read_leaf(*map, rows, &DataType::Utf8).await?;
                let mut values = StringBuilder::new();
                for text in texts.as_string::<i32>() {
                    values.append_option(text.and_then(|text| json::member_text(text, key)));
                }
                cast(&values.finish(), &data_type).map_err(|error| self.failed(error.into()))
            }
        }
    }

    async fn read_leaf(&self, leaf: usize, rows: Range<usize>, data_type: &DataType) -> Result<ArrayRef, Error> {
        let (groups, skipped) = self.groups_of(&rows);
        let metadata = self.metadata.metadata();
        let has_values = groups.iter().any(|&group| {
            let chunk = metadata.row_group(group).column(leaf);
            let nulls = chunk.statistics().and_then(|statistics| statistics.null_count_opt());
            nulls != u64::try_from(chunk.num_values()).ok()
        });
        if !has_values {
            return Ok(new_null_array(data_type, rows.len()));
        }
        let selection = vec![RowSelector::skip(skipped), RowSelector::select(rows.len())];
        let builder = ParquetRecordBatchStreamBuilder::new_with_metadata(self.reader(), self.metadata.clone());
        let mask = ProjectionMask::leaves(builder.parquet_schema(), [leaf]);
        let builder = builder
            .with_projection(mask)
            .with_row_groups(groups)
            .with_row_selection(RowSelection::from(selection))
            .with_batch_size(rows.len());
        let batches = builder.build().map_err(|error| self.failed(error))?.try_collect::<Vec<_>>().await;
        let batches = batches.map_err(|error| self.failed(error))?;
        let arrays: Vec<_> = batches.iter().map(|batch| batch.column(0).as_ref()).collect();
        let read = concat(&arrays).map_err(|error| self.failed(error.into()))?;
        if read.len() != rows.len() {
            let reason = format!("{} of {} rows were read", read.len(), rows.len());
            return Err(self.failed(ParquetError::General(reason)));
        }
        Ok(read)
    }

    /// The row groups that have the rows, and how many rows of the first come before them.
    fn groups_of(&self, rows: &Range<usize>) -> (Vec<usize>, usize) {
        let (mut groups, mut skipped, mut start) = (Vec::new(), 0, 0);
        for (index, group) in self.metadata().row_groups().iter().enumerate() {
            let end = start + usize::try_from(group.num_rows()).unwrap_or_default();
            if start < rows.end && rows.start < end {
                if groups.is_empty() {
                    skipped = rows.start - start;
                }
                groups.push(index);
            }
            start = end;
        }
        (groups, skipped)
    }
}

/// What a column is read as: text that repeats stays a dictionary all the way.
fn merged_type(column: &Column) -> DataType {
    match column.data_type() {
        DataType::Utf8 if column.dictionary => {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
        }
        plain => plain,
    }
}

/// What the columns of a file are read as; `None` when there is one that the store does not have, and which a merge
/// would lose.
fn types(schema: &Schema, metadata: &ParquetMetaData) -> Option<ArrowSchema> {
    let columns = metadata.file_metadata().schema_descr();
    let fields = columns.columns().iter().map(|column| {
        let known = schema.column(column.name())?;
        Some(Field::new(column.name(), merged_type(known), true))
    });
    fields.collect::<Option<Vec<_>>>().map(ArrowSchema::new)
}

/// `None` when the file lacks a column that holds records.
fn sources(schema: &Schema, metadata: &ParquetMetaData) -> Option<Vec<Source>> {
    let descriptor = metadata.file_metadata().schema_descr();
    let leaf = |name: &str| descriptor.columns().iter().position(|column| column.name() == name);
    let source = |column: &Column| match (leaf(&column.name), column.path.split_last()) {
        (Some(leaf), _) => Source::Leaf(leaf),
        (None, Some((key, map))) if column.kind == Kind::HotKey => match leaf(&map.join("_")) {
            Some(map) => Source::Key(map, key.clone()),
            None => Source::Absent,
        },
        _ => Source::Absent,
    };
    let has_order = schema.order().iter().all(|(name, _)| leaf(name).is_some());
    has_order.then(|| schema.columns().iter().map(source).collect())
}

/// Whether the file says that its rows are in our order.
fn is_sorted(schema: &Schema, metadata: &ParquetMetaData) -> bool {
    let descriptor = metadata.file_metadata().schema_descr();
    let names = |sorting: &SortingColumn| {
        let column = usize::try_from(sorting.column_idx).ok().filter(|place| *place < descriptor.num_columns())?;
        let name = schema.column(descriptor.column(column).name())?.name.as_str();
        (!sorting.nulls_first).then_some((name, sorting.descending))
    };
    metadata.row_groups().iter().all(|group| {
        let sorting = group.sorting_columns().map(Vec::as_slice).unwrap_or_default();
        sorting.iter().map(names).eq(schema.order().map(Some))
    })
}

fn failed(file: &DataFile, error: ParquetError) -> Error {
    Error::ReadDataFile { path: file.path.clone(), source: cause(error) }
}
