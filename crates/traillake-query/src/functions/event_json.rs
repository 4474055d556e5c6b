//! `eventJson` and its checksum, put together from the other columns.

use arrow::array::{ArrayRef, StringViewBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;
use traillake_event::category::StoreType;
use traillake_event::schema::Schema;
use traillake_store::{RecordColumns, RecordReader};

use super::{text_argument, text_at};

/// `trail_event_json(column, …)`: the record's exact text.
///
/// The arguments are the columns of [`EventJson::columns`], in that order.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct EventJson {
    signature: Signature,
    store_type: StoreType,
}

impl EventJson {
    /// For the records of stores of a type.
    pub(crate) fn new(store_type: StoreType) -> Self {
        Self { signature: Signature::variadic_any(Volatility::Immutable), store_type }
    }

    /// The places of the columns that it takes.
    pub(crate) fn columns(schema: &Schema) -> Vec<usize> {
        RecordColumns::places(schema)
    }
}

impl ScalarUDFImpl for EventJson {
    fn name(&self) -> &str {
        match self.store_type {
            StoreType::Events => "trail_event_json",
            StoreType::Insights => "trail_insight_json",
            StoreType::ConfigurationItems => "trail_configuration_item_json",
            StoreType::Evidence => "trail_evidence_json",
            StoreType::Activity => "trail_activity_json",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let columns: Vec<ArrayRef> = args.args.iter().map(|column| column.to_array(rows)).collect::<Result<_>>()?;
        let schema = Schema::of(self.store_type);
        let columns = RecordColumns::new(schema, &columns)?;
        let mut reader = RecordReader::new(schema);
        let mut builder = StringViewBuilder::with_capacity(rows);
        for row in 0..rows {
            let record = reader.read(&columns, row).map_err(|corrupt| exec_datafusion_err!("{corrupt}"))?;
            builder.append_option(record);
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish())))
    }
}

/// `trail_checksum(text)`: hex SHA-256, what `eventJsonChecksum` holds.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct EventJsonChecksum {
    signature: Signature,
}

impl EventJsonChecksum {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for EventJsonChecksum {
    fn name(&self) -> &str {
        "trail_checksum"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [json] = args.args.as_slice() else { return exec_err!("trail_checksum wants one argument") };
        let texts = text_argument(json, args.number_rows)?;
        let mut builder = StringViewBuilder::with_capacity(args.number_rows);
        for row in 0..args.number_rows {
            builder.append_option(text_at(&texts, row).map(checksum));
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish())))
    }
}

fn checksum(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
