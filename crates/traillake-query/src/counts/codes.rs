//! Row groups whose columns are stored as codes: their pages are all that is read.

use bytes::Bytes;
use datafusion::common::{DataFusionError, Result};
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use traillake_store::{read_codes, read_times};

use super::scan::Counted;
use super::tally::Column;

/// The rows of a row group, as a tally takes them.
pub(super) struct Codes {
    /// `None` where the file lacks the column.
    pub(super) columns: Vec<Option<Column>>,
    pub(super) rows: usize,
}

/// The columns of a row group; `None` where one is stored in another way.
pub(super) async fn read(
    columns: &[Counted],
    row_group: &RowGroupMetaData,
    reader: &mut dyn AsyncFileReader,
) -> Result<Option<Codes>> {
    let Ok(rows) = usize::try_from(row_group.num_rows()) else { return Ok(None) };
    let chunk = |column: &Counted| {
        let mut chunks = row_group.columns().iter();
        chunks.find(|chunk| chunk.column_path().parts() == [column.name()])
    };
    let chunks: Vec<Option<&ColumnChunkMetaData>> = columns.iter().map(chunk).collect();
    let range = |chunk: &&ColumnChunkMetaData| {
        let (start, length) = chunk.byte_range();
        start..start + length
    };
    let ranges = chunks.iter().flatten().map(range).collect();
    let mut pages = reader.get_byte_ranges(ranges).await.map_err(DataFusionError::from)?.into_iter();
    let mut read = Vec::with_capacity(columns.len());
    for (column, chunk) in columns.iter().zip(chunks) {
        let Some(chunk) = chunk else {
            read.push(None);
            continue;
        };
        match of_pages(column, pages.next().unwrap_or_default(), chunk, rows) {
            Some(values) => read.push(Some(values)),
            None => return Ok(None),
        }
    }
    Ok(Some(Codes { columns: read, rows }))
}

fn of_pages(column: &Counted, pages: Bytes, chunk: &ColumnChunkMetaData, rows: usize) -> Option<Column> {
    Some(match column {
        Counted::Text(_) => Column::Texts(read_codes(pages, chunk, rows)?),
        Counted::Time { .. } => Column::Times(read_times(pages, chunk, rows)?),
    })
}
