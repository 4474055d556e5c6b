//! The order of rows in a data file.

use parquet::errors::ParquetError;
use traillake_event::schema::Schema;

/// Newest first, then what questions group by. `true` is descending; NULLs last.
pub(crate) const ORDER: [(&str, bool); 4] =
    [("eventTime", true), ("eventSource", false), ("eventName", false), ("eventID", false)];

pub(super) fn index_of(schema: &Schema, name: &str) -> Result<usize, ParquetError> {
    schema.index_of(name).ok_or_else(|| ParquetError::General(format!("the schema has no column {name}")))
}
