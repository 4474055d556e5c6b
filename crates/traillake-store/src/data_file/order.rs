//! The order of rows in a data file.

use parquet::errors::ParquetError;
use traillake_event::schema::Schema;

pub(super) fn index_of(schema: &Schema, name: &str) -> Result<usize, ParquetError> {
    schema.index_of(name).ok_or_else(|| ParquetError::General(format!("the schema has no column {name}")))
}
