//! How the columns of a data file are read.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema as ArrowSchema, SchemaRef};
use datafusion::common::Result;
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use datafusion::parquet::file::metadata::ParquetMetaData;

use crate::cache::Cache;

/// A column's field and its part of the tree of readers.
const COLUMN_BYTES: usize = 512;
/// What shapes may take of memory: those of some hundred files.
const SHAPE_BYTES_MAX: usize = 32 << 20;

/// A file's footer, and its columns in the types they are read in: texts as views.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) reader: ArrowReaderMetadata,
    places: HashMap<String, usize>,
}

impl Shape {
    fn new(metadata: &Arc<ParquetMetaData>) -> Result<Self> {
        let stored = ArrowReaderMetadata::try_new(Arc::clone(metadata), ArrowReaderOptions::new())?;
        let options = ArrowReaderOptions::new().with_schema(with_views(stored.schema()));
        let reader = ArrowReaderMetadata::try_new(Arc::clone(metadata), options)?;
        let names = reader.schema().fields().iter().enumerate();
        let places = names.map(|(place, field)| (field.name().clone(), place)).collect();
        Ok(Self { reader, places })
    }

    /// The place of a column; `None` where the file lacks it. No column has parts.
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        self.places.get(column).copied()
    }
}

/// The shapes of files, by their paths.
#[derive(Debug)]
pub(crate) struct Shapes(Cache<String, Shape>);

impl Default for Shapes {
    fn default() -> Self {
        Self(Cache::new(SHAPE_BYTES_MAX))
    }
}

impl Shapes {
    pub(super) fn of(&self, path: &str, metadata: &Arc<ParquetMetaData>) -> Result<Arc<Shape>> {
        // One that was made before the page index was read would not know where pages are.
        if let Some(known) = self.0.get(path).filter(|known| Arc::ptr_eq(known.reader.metadata(), metadata)) {
            return Ok(known);
        }
        let shape = Shape::new(metadata)?;
        let bytes = shape.places.len() * COLUMN_BYTES;
        Ok(self.0.keep(path.to_owned(), shape, bytes))
    }
}

fn with_views(schema: &SchemaRef) -> SchemaRef {
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => Arc::clone(field),
    };
    Arc::new(ArrowSchema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
}
