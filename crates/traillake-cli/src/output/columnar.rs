//! Columnar files: Parquet and Arrow IPC. They hold one result, with its types as they are.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::{Writer, unique_names};
use crate::failure::Failure;

/// A Parquet file, zstd. Memory: the row group being written.
pub(super) struct Parquet {
    schema: SchemaRef,
    file: ArrowWriter<Vec<u8>>,
}

impl Parquet {
    pub(super) fn new(schema: &SchemaRef) -> Result<Self, Failure> {
        let schema = renamed(schema);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("traillake ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let file = ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties)).map_err(parquet_failure)?;
        Ok(Self { schema, file })
    }
}

impl Writer for Parquet {
    fn begin(&mut self, _to: &mut Vec<u8>) -> Result<(), Failure> {
        Ok(())
    }

    fn rows(&mut self, batch: &RecordBatch, to: &mut Vec<u8>) -> Result<(), Failure> {
        let batch = under_names(batch, &self.schema)?;
        self.file.write(&batch).map_err(parquet_failure)?;
        to.append(self.file.inner_mut());
        Ok(())
    }

    fn end(&mut self, to: &mut Vec<u8>) -> Result<(), Failure> {
        self.file.finish().map_err(parquet_failure)?;
        to.append(self.file.inner_mut());
        Ok(())
    }
}

/// An Arrow IPC file.
pub(super) struct Ipc {
    schema: SchemaRef,
    file: FileWriter<Vec<u8>>,
}

impl Ipc {
    pub(super) fn new(schema: &SchemaRef) -> Result<Self, Failure> {
        let schema = renamed(schema);
        let file = FileWriter::try_new(Vec::new(), &schema).map_err(ipc_failure)?;
        Ok(Self { schema, file })
    }
}

impl Writer for Ipc {
    fn begin(&mut self, _to: &mut Vec<u8>) -> Result<(), Failure> {
        Ok(())
    }

    fn rows(&mut self, batch: &RecordBatch, to: &mut Vec<u8>) -> Result<(), Failure> {
        let batch = under_names(batch, &self.schema)?;
        self.file.write(&batch).map_err(ipc_failure)?;
        to.append(self.file.get_mut());
        Ok(())
    }

    fn end(&mut self, to: &mut Vec<u8>) -> Result<(), Failure> {
        self.file.finish().map_err(ipc_failure)?;
        to.append(self.file.get_mut());
        Ok(())
    }
}

/// The schema under names that do not repeat: readers find columns by name.
fn renamed(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().zip(unique_names(schema));
    Arc::new(Schema::new(fields.map(|(field, name)| field.as_ref().clone().with_name(name)).collect::<Vec<_>>()))
}

/// The batch under the schema of its file, whose names are unique and whose types are the same.
fn under_names(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, Failure> {
    RecordBatch::try_new(Arc::clone(schema), batch.columns().to_vec()).map_err(ipc_failure)
}

fn parquet_failure(error: parquet::errors::ParquetError) -> Failure {
    Failure::Encode { format: "parquet", source: Box::new(error) }
}

fn ipc_failure(error: arrow::error::ArrowError) -> Failure {
    Failure::Encode { format: "arrow", source: Box::new(error) }
}
