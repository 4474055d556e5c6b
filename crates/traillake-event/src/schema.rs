//! The columns of CloudTrail Lake and where they live physically.
//!
//! [`events::FIELDS`] is the one table: the documented columns with their types and JSON members. Everything
//! else is derived from it: the flat physical [`Column`]s, their Arrow schema, the logical Arrow types, the
//! documentation. **Nothing else spells a column.**
//!
//! Physical columns are flat because a scan prunes only on top-level primitive columns. Their names are the
//! JSON path joined by `_`: `userIdentity_sessionContext_sessionIssuer_arn`, `requestParameters_bucketName`.
//!
//! | shape in the lake | physical form |
//! | --- | --- |
//! | [`Shape::Text`], [`Shape::Boolean`], [`Shape::Time`] | one column |
//! | [`Shape::Struct`] | one column for each leaf, and a bit in [`OBJECTS`] that tells an absent object from an empty one |
//! | [`Shape::Map`] | the object's exact JSON text, and a hidden column for each hot key |
//! | [`Shape::Nested`] | the value's exact JSON text |
//! | [`Shape::Derived`] | nothing: computed from the other columns |

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field as ArrowField, Fields, Schema as ArrowSchema, SchemaRef, TimeUnit};

pub mod athena;
mod columns;
pub mod events;
mod hot_keys;

pub use columns::{Column, Kind, Statistics};
pub use hot_keys::{HOT_KEYS_MAX, HotKeyError, HotKeyPath, HotKeys, maps};

/// The partition column: the UTC day of `eventTime`, what CloudTrail Lake calls its partition key.
pub const CALENDAR_DAY: &str = "calendarday";
/// Which of the optional objects a record has: bit *n* is the *n*-th struct of [`Schema::structs`].
pub const OBJECTS: &str = "objects";
/// The record's template ([`crate::template`]), or NULL when [`EVENT_RAW`] holds the record.
pub const EVENT_TEMPLATE: &str = "eventTemplate";
/// The record's exact text where no template gives it back.
pub const EVENT_RAW: &str = "eventRaw";
/// Members that no column knows, as a JSON object of dotted path to exact value, in the record's order.
pub const UNMAPPED: &str = "unmapped";
/// The first eight bytes of the SHA-256 of `eventJson` without the blanks between its tokens, big-endian: with
/// `eventID` it tells duplicates, also when one copy is indented.
pub const EVENT_DIGEST: &str = "eventDigest";

/// A documented column, or a field of a struct.
#[derive(Debug)]
pub struct Field {
    /// The name in the lake's catalogue, lower case.
    pub name: &'static str,
    /// The member of the JSON object.
    pub json: &'static str,
    /// Type and physical form.
    pub shape: Shape,
    /// The record version that introduced it; empty where AWS does not say.
    pub since: &'static str,
    /// What it means, in a line.
    pub about: &'static str,
}

/// The type of a field and how it is stored.
#[derive(Debug)]
pub enum Shape {
    /// `varchar`.
    Text(Text),
    /// `boolean`.
    Boolean,
    /// `timestamp(3)`, UTC.
    Time,
    /// `row(…)`.
    Struct(&'static [Field]),
    /// `map(varchar, varchar)` of an object's first level, with its hot keys.
    Map(&'static [HotKey]),
    /// An array or a deeper structure, kept as JSON text.
    Nested(Nested),
    /// Another name for the sibling field of this name.
    Alias(&'static str),
    /// Computed when asked for.
    Derived,
}

/// How a text column is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Few distinct values: dictionary.
    Few,
    /// Many distinct values that people search for: dictionary and bloom filter.
    Sought,
    /// Nearly one value per event: no dictionary, bloom filter.
    Unique,
    /// Long and free: dictionary, no bloom filter.
    Free,
}

/// A key of a map that has a column of its own.
#[derive(Debug)]
pub struct HotKey {
    /// The key, exactly.
    pub key: &'static str,
    /// How its column is written.
    pub text: Text,
}

/// The logical type of a nested value.
#[derive(Debug)]
pub enum Nested {
    /// `varchar`
    Text,
    /// `map(varchar, varchar)`
    Map,
    /// `array(…)`
    Array(&'static Nested),
    /// `row(…)`: lake name, JSON members that may carry it (the first one present counts), type.
    Struct(&'static [(&'static str, &'static [&'static str], Nested)]),
}

impl Nested {
    /// The Arrow type of the logical value.
    pub fn data_type(&self) -> DataType {
        match self {
            Nested::Text => DataType::Utf8View,
            Nested::Map => map_type(),
            Nested::Array(element) => DataType::List(Arc::new(ArrowField::new_list_field(element.data_type(), true))),
            Nested::Struct(fields) => DataType::Struct(
                fields.iter().map(|(name, _, nested)| ArrowField::new(*name, nested.data_type(), true)).collect(),
            ),
        }
    }
}

impl Field {
    /// The Arrow type of the logical column.
    pub fn data_type(&self, siblings: &[Field]) -> DataType {
        match &self.shape {
            Shape::Text(_) | Shape::Derived => DataType::Utf8View,
            Shape::Boolean => DataType::Boolean,
            Shape::Time => DataType::Timestamp(TimeUnit::Millisecond, None),
            Shape::Struct(fields) => DataType::Struct(logical_fields(fields)),
            Shape::Map(_) => map_type(),
            Shape::Nested(nested) => nested.data_type(),
            Shape::Alias(name) => siblings
                .iter()
                .find(|field| field.name == *name)
                .map_or(DataType::Utf8View, |field| field.data_type(siblings)),
        }
    }
}

impl Field {
    /// The type in Trino's words: `varchar`, `timestamp(3)`, `map(varchar, varchar)`, `row(…)`.
    pub fn lake_type(&self, siblings: &[Field]) -> String {
        type_name(&self.data_type(siblings))
    }
}

fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "boolean".to_owned(),
        DataType::Timestamp(..) => "timestamp(3)".to_owned(),
        DataType::Map(..) => "map(varchar, varchar)".to_owned(),
        DataType::List(element) => format!("array({})", type_name(element.data_type())),
        DataType::Struct(fields) => {
            let field = |field: &Arc<ArrowField>| format!("{} {}", field.name(), type_name(field.data_type()));
            format!("row({})", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        _ => "varchar".to_owned(),
    }
}

/// The Arrow type of `map(varchar, varchar)`.
pub fn map_type() -> DataType {
    let entries = Fields::from(vec![
        ArrowField::new("key", DataType::Utf8View, false),
        ArrowField::new("value", DataType::Utf8View, true),
    ]);
    DataType::Map(Arc::new(ArrowField::new("entries", DataType::Struct(entries), false)), false)
}

fn logical_fields(fields: &[Field]) -> Fields {
    fields.iter().map(|field| ArrowField::new(field.name, field.data_type(fields), true)).collect()
}

/// The columns of one event schema, with its derived forms.
#[derive(Debug)]
pub struct Schema {
    fields: &'static [Field],
    columns: Vec<Column>,
    by_name: HashMap<String, usize>,
    structs: Vec<Vec<&'static str>>,
}

impl Schema {
    /// The schema of CloudTrail events: management, data and network activity
    /// (CloudTrail user guide, *Supported event schemas for event data stores*).
    pub fn events() -> &'static Arc<Schema> {
        static EVENTS: LazyLock<Arc<Schema>> =
            LazyLock::new(|| Arc::new(Schema::new(events::FIELDS, &HotKeys::default())));
        &EVENTS
    }

    /// [`events`](Self::events) with further hot keys. Their columns stand behind all others, so that a column of
    /// `events` has one place in both.
    pub fn with_hot_keys(hot_keys: &HotKeys) -> Arc<Schema> {
        match hot_keys.keys() {
            [] => Arc::clone(Self::events()),
            _ => Arc::new(Schema::new(events::FIELDS, hot_keys)),
        }
    }

    fn new(fields: &'static [Field], hot_keys: &HotKeys) -> Self {
        let (mut columns, structs) = columns::derive(fields);
        columns.extend(hot_keys.keys().iter().map(|key| Column::hot_key(key.path(), Text::Sought)));
        let by_name = columns.iter().enumerate().map(|(index, column)| (column.name.clone(), index)).collect();
        Self { fields, columns, by_name, structs }
    }

    /// The documented columns, in the documented order.
    pub fn fields(&self) -> &'static [Field] {
        self.fields
    }

    /// The physical columns, in file order; the partition column is not among them.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The physical column of this exact name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.index_of(name).map(|index| &self.columns[index])
    }

    /// The place of a physical column in [`columns`](Self::columns).
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The keys of the map at a JSON path that have columns, with the places of these.
    pub fn hot_keys_of(&self, map: &[&str]) -> impl Iterator<Item = (&str, usize)> {
        self.columns.iter().enumerate().filter_map(move |(place, column)| {
            let (key, parent) = column.path.split_last()?;
            (column.kind == Kind::HotKey && parent == map).then_some((key.as_str(), place))
        })
    }

    /// The JSON paths of the structs; the place of a path is its bit in [`OBJECTS`].
    pub fn structs(&self) -> &[Vec<&'static str>] {
        &self.structs
    }

    /// The bit of [`OBJECTS`] for the struct at a JSON path.
    pub fn object_bit(&self, path: &[&str]) -> Option<u32> {
        self.structs.iter().position(|known| known == path).and_then(|bit| u32::try_from(bit).ok())
    }

    /// The Arrow schema of the rows in a data file: [`columns`](Self::columns) as they are written.
    pub fn physical(&self) -> SchemaRef {
        Arc::new(ArrowSchema::new(self.columns.iter().map(Column::arrow_field).collect::<Vec<_>>()))
    }

    /// The Arrow schema of rows as they are decoded: [`physical`](Self::physical), with text that repeats as
    /// dictionaries: at most 32,767 rows make a batch. What is written is the same.
    pub fn decoded(&self) -> SchemaRef {
        let field = |column: &Column| ArrowField::new(&column.name, column.decoded_type(), true);
        Arc::new(ArrowSchema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }

    /// The Arrow schema a query sees: the documented columns under their lower-case names.
    pub fn logical(&self) -> SchemaRef {
        Arc::new(ArrowSchema::new(logical_fields(self.fields)))
    }
}

#[cfg(test)]
mod tests;
