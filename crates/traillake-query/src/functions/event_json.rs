//! `eventJson` and its checksum, put together from the other columns.

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, StringViewArray, StringViewBuilder, TimestampMillisecondArray,
};
use arrow::datatypes::{DataType, TimestampMillisecondType};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;
use traillake_event::schema::{Kind, Schema};
use traillake_event::template::{Leaves, Template};

use super::{text_argument, text_at};

/// `trail_event_json(eventTemplate, eventRaw, unmapped, leaf, …)`: the record's exact text.
///
/// The leaves are the columns of [`EventJson::leaves`], in that order.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct EventJson {
    signature: Signature,
}

impl EventJson {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::variadic_any(Volatility::Immutable) }
    }

    /// The places of the columns that a template may name.
    pub(crate) fn leaves(schema: &Schema) -> Vec<usize> {
        let is_leaf = |kind| matches!(kind, Kind::Text | Kind::Boolean | Kind::Time | Kind::Json);
        (0..schema.columns().len()).filter(|&place| is_leaf(schema.columns()[place].kind)).collect()
    }
}

impl ScalarUDFImpl for EventJson {
    fn name(&self) -> &str {
        "trail_event_json"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let schema = Schema::events();
        let [template, raw, unmapped, leaves @ ..] = args.args.as_slice() else {
            return exec_err!("trail_event_json wants the columns of an event");
        };
        let rows = args.number_rows;
        let (templates, raws) = (text_argument(template, rows)?, text_argument(raw, rows)?);
        let batch = Batch::new(schema, text_argument(unmapped, rows)?, leaves, rows)?;
        let mut parsed: HashMap<&str, Template> = HashMap::new();
        let mut builder = StringViewBuilder::with_capacity(rows);
        let mut text = String::new();
        for row in 0..rows {
            let Some(template) = text_at(&templates, row) else {
                builder.append_option(text_at(&raws, row));
                continue;
            };
            if !parsed.contains_key(template) {
                let read = Template::parse(template, schema)
                    .ok_or_else(|| exec_datafusion_err!("corrupt data file: unreadable eventTemplate"))?;
                parsed.insert(template, read);
            }
            text.clear();
            if !parsed[template].assemble(&Row { batch: &batch, row }, &mut text) {
                return exec_err!("corrupt data file: an event's columns do not fill its template");
            }
            builder.append_value(&text);
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish())))
    }
}

/// A column of leaves.
enum Leaf {
    Text(StringViewArray),
    Boolean(BooleanArray),
    Millis(TimestampMillisecondArray),
    Absent,
}

struct Batch {
    columns: Vec<Leaf>,
    unmapped: StringViewArray,
}

impl Batch {
    fn new(schema: &Schema, unmapped: StringViewArray, leaves: &[ColumnarValue], rows: usize) -> Result<Self> {
        let mut columns: Vec<Leaf> = schema.columns().iter().map(|_| Leaf::Absent).collect();
        let places = EventJson::leaves(schema);
        if places.len() != leaves.len() {
            return exec_err!("trail_event_json wants {} leaves, got {}", places.len(), leaves.len());
        }
        for (place, leaf) in places.into_iter().zip(leaves) {
            columns[place] = match schema.columns()[place].kind {
                Kind::Boolean => Leaf::Boolean(leaf.to_array(rows)?.as_boolean().clone()),
                Kind::Time => {
                    let array: ArrayRef = leaf.to_array(rows)?;
                    Leaf::Millis(array.as_primitive::<TimestampMillisecondType>().clone())
                }
                _ => Leaf::Text(text_argument(leaf, rows)?),
            };
        }
        Ok(Self { columns, unmapped })
    }
}

struct Row<'a> {
    batch: &'a Batch,
    row: usize,
}

impl Leaves for Row<'_> {
    fn text(&self, column: usize) -> Option<&str> {
        match &self.batch.columns[column] {
            Leaf::Text(array) => text_at(array, self.row),
            _ => None,
        }
    }

    fn boolean(&self, column: usize) -> Option<bool> {
        match &self.batch.columns[column] {
            Leaf::Boolean(array) => array.is_valid(self.row).then(|| array.value(self.row)),
            _ => None,
        }
    }

    fn millis(&self, column: usize) -> Option<i64> {
        match &self.batch.columns[column] {
            Leaf::Millis(array) => array.is_valid(self.row).then(|| array.value(self.row)),
            _ => None,
        }
    }

    fn unmapped(&self) -> &str {
        text_at(&self.batch.unmapped, self.row).unwrap_or_default()
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
