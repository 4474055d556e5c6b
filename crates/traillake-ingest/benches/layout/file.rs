//! Rows to a file and back.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, FixedSizeBinaryBuilder, RecordBatch, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema as ArrowSchema};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use traillake_event::schema::{EVENT_RAW, EVENT_TEMPLATE, Kind, Schema};

use crate::Answer;
use crate::events::TEXT;
use crate::layout::{EventJson, Ids, Layout, ids};

/// The columns that a layout writes of some rows.
pub(crate) fn columns(layout: &Layout, rows: &RecordBatch) -> Answer<RecordBatch> {
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (field, column) in rows.schema().fields().iter().zip(rows.columns()) {
        if !is_written(layout, field.name()) {
            continue;
        }
        if layout.ids == Ids::Binary && ids().contains(field.name()) {
            let (binary, text) = binary(column)?;
            fields.push(Field::new(field.name(), DataType::FixedSizeBinary(16), true));
            fields.push(Field::new(format!("{}Text", field.name()), DataType::Utf8, true));
            columns.extend([binary, text]);
        } else {
            fields.push(field.as_ref().clone());
            columns.push(Arc::clone(column));
        }
    }
    Ok(RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), columns)?)
}

fn is_written(layout: &Layout, name: &str) -> bool {
    match name {
        TEXT => layout.event_json == EventJson::Text,
        EVENT_TEMPLATE | EVENT_RAW => layout.event_json == EventJson::Template,
        _ => layout.hot_keys || Schema::events().column(name).is_none_or(|column| column.kind != Kind::HotKey),
    }
}

/// Ids as 16 bytes, and those that are no UUID in lower case as they are.
fn binary(ids: &ArrayRef) -> Answer<(ArrayRef, ArrayRef)> {
    let text = cast(ids, &DataType::Utf8)?;
    let (mut bytes, mut others) = (FixedSizeBinaryBuilder::new(16), StringBuilder::new());
    for id in text.as_string::<i32>() {
        let uuid = id.and_then(|id| uuid::Uuid::try_parse(id).ok()).filter(|uuid| id == Some(&uuid.to_string()));
        match uuid {
            Some(uuid) => bytes.append_value(uuid.as_bytes())?,
            None => bytes.append_null(),
        }
        others.append_option(id.filter(|_| uuid.is_none()));
    }
    Ok((Arc::new(bytes.finish()), Arc::new(others.finish())))
}

/// Writes rows that are in order.
pub(crate) fn encode(layout: &Layout, slices: &[RecordBatch]) -> Answer<Bytes> {
    let schema = slices.first().ok_or("there are no rows")?.schema();
    let rows = slices.iter().map(RecordBatch::num_rows).sum();
    let options =
        ArrowWriterOptions::new().with_properties(layout.properties(&schema, rows)?).with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), schema, options)?;
    for slice in slices {
        writer.write(slice)?;
    }
    Ok(writer.into_inner()?.into())
}

/// Reads all of a file, text as views, as queries do; gives the number of rows.
pub(crate) fn decode(file: &Bytes) -> Answer<usize> {
    let known = ArrowReaderMetadata::load(file, ArrowReaderOptions::new())?;
    let fields = known.schema().fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 => field.as_ref().clone().with_data_type(DataType::Utf8View),
        _ => field.as_ref().clone(),
    });
    let views = Arc::new(ArrowSchema::new(fields.collect::<Vec<_>>()));
    let options = ArrowReaderOptions::new().with_schema(views);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file.clone(), options)?;
    let mut rows = 0;
    for batch in builder.with_batch_size(8_192).build()? {
        rows += batch?.num_rows();
    }
    Ok(rows)
}

/// The bytes of a file's end: its footer and page index.
pub(crate) fn metadata_bytes(file: &Bytes) -> Answer<u64> {
    let known = ArrowReaderMetadata::load(file, ArrowReaderOptions::new())?;
    let chunks = known.metadata().row_groups().iter().flat_map(|group| group.columns());
    let lengths = chunks.flat_map(|chunk| [chunk.column_index_length(), chunk.offset_index_length()]);
    let index: u64 = lengths.flatten().map(|length| u64::from(length.unsigned_abs())).sum();
    let tail = file.len().checked_sub(8).ok_or("no Parquet file")?;
    let mut footer = [0; 4];
    footer.copy_from_slice(&file[tail..tail + 4]);
    Ok(index + u64::from(u32::from_le_bytes(footer)) + 8)
}
