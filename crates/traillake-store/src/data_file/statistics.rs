//! What the log says about the columns of a data file, in Delta's JSON.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use traillake_event::schema::{Kind, Schema};

use super::bounds::ColumnBounds;

/// Text bounds from this many bytes on may be shortened: ours are cut at 64 bytes, those of other writers of
/// the same table (a compaction by Spark or delta-rs) at 32 characters.
const CUT_BYTES: usize = 32;

/// What a data file holds of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds {
    /// No value is smaller. `None` when every value is null, or nothing is known.
    pub min: Option<Value>,
    /// No value is larger. `None` when every value is null, or nothing is known.
    pub max: Option<Value>,
    /// Whether `min` and `max` are values of the column themselves; long text is cut, the largest upwards.
    pub exact: bool,
    /// How many values are null.
    pub nulls: u64,
}

/// A bound.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub enum Value {
    /// Ordered by its bytes.
    Text(String),
    /// `false` before `true`.
    Boolean(bool),
    /// An instant in milliseconds since 1970 UTC.
    Millis(i64),
}

impl Bounds {
    pub(crate) fn new(min: Option<Value>, max: Option<Value>, nulls: u64) -> Self {
        let exact = [&min, &max].into_iter().flatten().all(Value::is_whole);
        Self { min, max, exact, nulls }
    }
}

impl Value {
    fn is_whole(&self) -> bool {
        !matches!(self, Value::Text(text) if text.len() >= CUT_BYTES)
    }

    fn to_json(&self) -> Option<serde_json::Value> {
        Some(match self {
            Value::Text(text) => text.as_str().into(),
            Value::Boolean(boolean) => (*boolean).into(),
            Value::Millis(millis) => {
                DateTime::<Utc>::from_timestamp_millis(*millis)?.to_rfc3339_opts(SecondsFormat::Millis, true).into()
            }
        })
    }

    fn from_json(kind: Kind, json: &serde_json::Value) -> Option<Self> {
        match kind {
            Kind::Boolean => json.as_bool().map(Value::Boolean),
            Kind::Time => {
                let time = DateTime::parse_from_rfc3339(json.as_str()?).ok()?;
                Some(Value::Millis(time.timestamp_millis()))
            }
            Kind::Objects | Kind::Digest => None,
            Kind::Text | Kind::Json | Kind::HotKey | Kind::Template | Kind::Raw | Kind::Unmapped => {
                json.as_str().map(|text| Value::Text(text.to_owned()))
            }
        }
    }
}

/// The statistics of a data file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statistics {
    pub(crate) rows: u64,
    pub(crate) columns: ColumnBounds,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json {
    num_records: u64,
    #[serde(default)]
    min_values: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    max_values: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    null_count: serde_json::Map<String, serde_json::Value>,
}

impl Statistics {
    /// The `stats` member of an `add` action.
    pub(crate) fn to_json(&self) -> String {
        let mut json = Json {
            num_records: self.rows,
            min_values: serde_json::Map::new(),
            max_values: serde_json::Map::new(),
            null_count: serde_json::Map::new(),
        };
        for (name, bounds) in self.columns.iter() {
            json.null_count.insert(name.to_owned(), bounds.nulls.into());
            if let Some(min) = bounds.min.as_ref().and_then(Value::to_json) {
                json.min_values.insert(name.to_owned(), min);
            }
            if let Some(max) = bounds.max.as_ref().and_then(Value::to_json) {
                json.max_values.insert(name.to_owned(), max);
            }
        }
        // Maps of text and numbers always have a JSON form.
        serde_json::to_string(&json).unwrap_or_default()
    }

    /// Reads a `stats` member. `None` when it is no JSON object with `numRecords`; bounds that cannot be
    /// read, and those of columns the schema does not know, are left out.
    pub(crate) fn from_json(schema: &Arc<Schema>, text: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(text).ok()?;
        let columns = json.null_count.iter().filter_map(|(name, nulls)| {
            let place = schema.index_of(name)?;
            let kind = schema.columns()[place].kind;
            let bound = |values: &serde_json::Map<String, serde_json::Value>| {
                values.get(name).and_then(|json| Value::from_json(kind, json))
            };
            Some((place, Bounds::new(bound(&json.min_values), bound(&json.max_values), nulls.as_u64()?)))
        });
        Some(Self { rows: json.num_records, columns: ColumnBounds::new(schema, columns) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_come_back_from_their_json() {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let long = "x".repeat(64);
        let place = |name| Schema::events().index_of(name).unwrap();
        let columns = [
            (place("eventName"), Bounds::new(text("A"), text("Z"), 0)),
            (place("eventID"), Bounds::new(text(&long), text(&long), 1)),
            (place("eventTime"), Bounds::new(Some(Value::Millis(-1)), Some(Value::Millis(1_672_628_645_123)), 0)),
            (place("readOnly"), Bounds::new(Some(Value::Boolean(false)), Some(Value::Boolean(true)), 2)),
            (place("errorCode"), Bounds::new(None, None, 9)),
        ];
        let columns = ColumnBounds::new(Schema::events(), columns);
        let statistics = Statistics { rows: 9, columns };
        let json = statistics.to_json();
        assert!(json.contains("\"2023-01-02T03:04:05.123Z\""), "{json}");
        assert_eq!(Statistics::from_json(Schema::events(), &json), Some(statistics));
    }

    #[test]
    fn long_text_is_no_exact_bound() {
        let text = |length| Some(Value::Text("x".repeat(length)));
        assert!(Bounds::new(text(31), text(31), 0).exact);
        assert!(!Bounds::new(text(31), text(32), 0).exact);
    }

    #[test]
    fn statistics_without_a_row_count_are_refused() {
        for text in ["", "{}", "[]", "{\"numRecords\":-1}"] {
            assert!(Statistics::from_json(Schema::events(), text).is_none(), "{text}");
        }
    }
}
