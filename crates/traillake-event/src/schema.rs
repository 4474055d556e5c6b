//! The columns of CloudTrail Lake and where they live physically.
//!
//! Each type of store has one table of the documented columns with their types and JSON members ([`events::FIELDS`] is
//! that of CloudTrail events). Everything else is derived from it: the flat physical [`Column`]s, their Arrow schema, the logical Arrow types, the
//! documentation. **Nothing else spells a column.**
//!
//! Physical columns are flat because a scan prunes only on top-level primitive columns. Their names are the
//! JSON path joined by `_`: `userIdentity_sessionContext_sessionIssuer_arn`, `requestParameters_bucketName`.
//!
//! | shape in the lake | physical form |
//! | --- | --- |
//! | [`Shape::Text`], [`Shape::Boolean`], [`Shape::Time`], [`Shape::Number`] | one column |
//! | [`Shape::Struct`] | one column for each leaf, and a bit in [`OBJECTS`] that tells an absent object from an empty one |
//! | [`Shape::Map`] | the object's exact JSON text, and a hidden column for each hot key |
//! | [`Shape::Nested`] | the value's exact JSON text |
//! | [`Shape::Derived`] | nothing: computed from the other columns |

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field as ArrowField, Fields, Schema as ArrowSchema, SchemaRef, TimeUnit};

mod activity;
pub mod athena;
mod columns;
mod configuration_items;
pub mod events;
mod evidence;
mod hot_keys;
mod insights;

use crate::category::StoreType;

pub use columns::{Column, Kind, Statistics};
pub use hot_keys::{HOT_KEYS_MAX, HotKeyError, HotKeyPath, HotKeys};

/// The partition column: the UTC day of `eventTime`, what CloudTrail Lake calls its partition key.
pub const CALENDAR_DAY: &str = "calendarday";
/// The time of an event.
pub const EVENT_TIME: &str = "eventTime";
/// The id of an event.
pub const EVENT_ID: &str = "eventID";
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
    /// The member of the JSON object; of a deeper one, the members that lead there, joined by dots.
    pub json: &'static str,
    /// Other members that stand for it, in the same form.
    pub also: &'static [&'static str],
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
    /// `double` or `integer`: kept as the text of the JSON number.
    Number(Number),
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

/// The type of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// `double`
    Double,
    /// `integer`
    Integer,
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
    /// `double` or `integer`
    Number(Number),
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
            Nested::Number(number) => number.data_type(),
            Nested::Map => map_type(),
            Nested::Array(element) => DataType::List(Arc::new(ArrowField::new_list_field(element.data_type(), true))),
            Nested::Struct(fields) => DataType::Struct(
                fields.iter().map(|(name, _, nested)| ArrowField::new(*name, nested.data_type(), true)).collect(),
            ),
        }
    }
}

impl Number {
    /// The Arrow type of the logical value.
    pub fn data_type(self) -> DataType {
        match self {
            Number::Double => DataType::Float64,
            Number::Integer => DataType::Int32,
        }
    }
}

impl Field {
    /// The members that lead to its value, from its parent on.
    pub fn steps(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.json.split('.')
    }

    /// The members that lead to its value, from the record on; `parent` are those that lead to its parent.
    pub fn path(&self, parent: &[&'static str]) -> Vec<&'static str> {
        parent.iter().copied().chain(self.steps()).collect()
    }

    /// The Arrow type of the logical column.
    pub fn data_type(&self, siblings: &[Field]) -> DataType {
        match &self.shape {
            Shape::Text(_) | Shape::Derived => DataType::Utf8View,
            Shape::Boolean => DataType::Boolean,
            Shape::Number(number) => number.data_type(),
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
        trino_type(&self.data_type(siblings), str::to_owned)
    }
}

/// A type of a column of a schema in Trino's words, with the names of a row's fields as `name` spells them.
pub fn trino_type(data_type: &DataType, name: fn(&str) -> String) -> String {
    match data_type {
        DataType::Boolean => "boolean".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Int32 => "integer".to_owned(),
        DataType::Timestamp(..) => "timestamp(3)".to_owned(),
        DataType::Map(..) => "map(varchar, varchar)".to_owned(),
        DataType::List(element) => format!("array({})", trino_type(element.data_type(), name)),
        DataType::Struct(fields) => {
            let field =
                |field: &Arc<ArrowField>| format!("{} {}", name(field.name()), trino_type(field.data_type(), name));
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

const fn field(
    name: &'static str,
    json: &'static str,
    shape: Shape,
    since: &'static str,
    about: &'static str,
) -> Field {
    Field { name, json, also: &[], shape, since, about }
}

const fn text(name: &'static str, json: &'static str, text: Text, since: &'static str, about: &'static str) -> Field {
    field(name, json, Shape::Text(text), since, about)
}

const fn hot(key: &'static str, text: Text) -> HotKey {
    HotKey { key, text }
}

impl Field {
    const fn or(mut self, also: &'static [&'static str]) -> Self {
        self.also = also;
        self
    }
}

/// The columns of one event schema, with its derived forms.
#[derive(Debug)]
pub struct Schema {
    store_type: StoreType,
    fields: &'static [Field],
    columns: Vec<Column>,
    by_name: HashMap<String, usize>,
    structs: Vec<Vec<&'static str>>,
}

impl Schema {
    /// The schema of CloudTrail events: management, data and network activity
    /// (CloudTrail user guide, *Supported event schemas for event data stores*).
    pub fn events() -> &'static Arc<Schema> {
        Self::of(StoreType::Events)
    }

    /// The schema of the events of a type of store.
    pub fn of(store_type: StoreType) -> &'static Arc<Schema> {
        static SCHEMAS: LazyLock<[Arc<Schema>; 5]> =
            LazyLock::new(|| StoreType::ALL.map(|of| Arc::new(Schema::new(of, &HotKeys::default()))));
        let [events, insights, configuration_items, evidence, activity] = &*SCHEMAS;
        match store_type {
            StoreType::Events => events,
            StoreType::Insights => insights,
            StoreType::ConfigurationItems => configuration_items,
            StoreType::Evidence => evidence,
            StoreType::Activity => activity,
        }
    }

    /// [`of`](Self::of) with further hot keys. Their columns stand behind all others, so that a column has one place in
    /// both.
    pub fn with_hot_keys(store_type: StoreType, hot_keys: &HotKeys) -> Arc<Schema> {
        match hot_keys.keys() {
            [] => Arc::clone(Self::of(store_type)),
            _ => Arc::new(Schema::new(store_type, hot_keys)),
        }
    }

    fn new(store_type: StoreType, hot_keys: &HotKeys) -> Self {
        let fields = fields_of(store_type);
        let (mut columns, structs) = columns::derive(fields);
        columns.extend(hot_keys.keys().iter().map(|key| Column::hot_key(key.path(), Text::Sought)));
        let by_name = columns.iter().enumerate().map(|(index, column)| (column.name.clone(), index)).collect();
        Self { store_type, fields, columns, by_name, structs }
    }

    /// The type of the stores whose events have it.
    pub fn store_type(&self) -> StoreType {
        self.store_type
    }

    /// The columns that the rows of a data file are sorted by: newest first, then by what is told of, then by id. `true`
    /// is descending; NULLs stand last.
    pub fn order(&self) -> [(&'static str, bool); 4] {
        let [kind, name] = match self.store_type {
            StoreType::Events => ["eventSource", "eventName"],
            StoreType::Insights => ["insightDetails_eventSource", "insightDetails_eventName"],
            StoreType::ConfigurationItems => ["eventData_resourceType", "eventData_resourceId"],
            StoreType::Evidence => ["eventData_controlId", "eventData_resourceArn"],
            StoreType::Activity => ["eventData_eventSource", "eventData_eventName"],
        };
        [(EVENT_TIME, true), (kind, false), (name, false), (EVENT_ID, false)]
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

fn fields_of(store_type: StoreType) -> &'static [Field] {
    match store_type {
        StoreType::Events => events::FIELDS,
        StoreType::Insights => insights::FIELDS,
        StoreType::ConfigurationItems => configuration_items::FIELDS,
        StoreType::Evidence => evidence::FIELDS,
        StoreType::Activity => activity::FIELDS,
    }
}

#[cfg(test)]
mod tests;
