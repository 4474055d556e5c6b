//! Physical columns, derived from the fields.

use arrow::datatypes::{DataType, Field as ArrowField, TimeUnit};

use super::{EVENT_DIGEST, EVENT_RAW, EVENT_TEMPLATE, Field, OBJECTS, Shape, Text, UNMAPPED};

/// What a physical column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The text of a leaf: a string's content, or the JSON text of any other value.
    Text,
    /// A boolean leaf.
    Boolean,
    /// A time leaf: microseconds UTC, always whole milliseconds.
    Time,
    /// The exact JSON text of an object or array.
    Json,
    /// A key of a map, as the map shows it.
    HotKey,
    /// [`OBJECTS`].
    Objects,
    /// [`EVENT_TEMPLATE`].
    Template,
    /// [`EVENT_RAW`].
    Raw,
    /// [`UNMAPPED`].
    Unmapped,
    /// [`EVENT_DIGEST`].
    Digest,
}

/// What a data file's metadata says about a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistics {
    /// Smallest and largest value per page, row group and file.
    Bounds,
    /// Nothing: bounds of such text prune nothing.
    None,
}

/// A column of the data files.
#[derive(Debug)]
pub struct Column {
    /// Its name: the JSON path joined by `_`.
    pub name: String,
    /// The JSON path, empty for the columns that are no member.
    pub path: Vec<String>,
    /// What it holds.
    pub kind: Kind,
    /// Whether it is dictionary-encoded.
    pub dictionary: bool,
    /// Whether it has a bloom filter.
    pub bloom: bool,
    /// What is kept about its values.
    pub statistics: Statistics,
}

impl Column {
    /// The column as rows carry it into a data file.
    pub fn arrow_field(&self) -> ArrowField {
        ArrowField::new(&self.name, self.data_type(), true)
    }

    /// The Arrow type in a data file.
    pub fn data_type(&self) -> DataType {
        match self.kind {
            Kind::Boolean => DataType::Boolean,
            Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Objects => DataType::Int32,
            Kind::Digest => DataType::Int64,
            Kind::Text | Kind::Json | Kind::HotKey | Kind::Template | Kind::Raw | Kind::Unmapped => DataType::Utf8,
        }
    }

    /// The Arrow type of a decoded row: text that repeats is a dictionary of 16-bit keys.
    pub fn decoded_type(&self) -> DataType {
        match self.data_type() {
            DataType::Utf8 if self.dictionary => {
                DataType::Dictionary(Box::new(DataType::Int16), Box::new(DataType::Utf8))
            }
            plain => plain,
        }
    }

    pub(super) fn hot_key(path: Vec<String>, text: Text) -> Self {
        Self::text(path, Kind::HotKey, text)
    }

    fn text(path: Vec<String>, kind: Kind, text: Text) -> Self {
        Self {
            name: path.join("_"),
            path,
            kind,
            dictionary: text != Text::Unique,
            // Those that stand in one row each are found by the index of values.
            bloom: text == Text::Sought,
            statistics: Statistics::Bounds,
        }
    }

    fn plain(path: Vec<String>, kind: Kind) -> Self {
        Self { name: path.join("_"), path, kind, dictionary: true, bloom: false, statistics: Statistics::Bounds }
    }

    fn json(path: Vec<String>) -> Self {
        let name = path.join("_");
        Self { name, path, kind: Kind::Json, dictionary: false, bloom: false, statistics: Statistics::None }
    }

    fn internal(name: &str, kind: Kind, dictionary: bool) -> Self {
        let (bloom, statistics) = (false, Statistics::None);
        Self { name: name.to_owned(), path: Vec::new(), kind, dictionary, bloom, statistics }
    }
}

/// The physical columns of `fields`, and the paths of their structs.
pub(super) fn derive(fields: &'static [Field]) -> (Vec<Column>, Vec<Vec<&'static str>>) {
    let mut derived = (Vec::new(), Vec::new());
    descend(fields, &[], &mut derived);
    derived.0.extend([
        Column::internal(OBJECTS, Kind::Objects, true),
        Column::internal(EVENT_TEMPLATE, Kind::Template, true),
        Column::internal(EVENT_RAW, Kind::Raw, false),
        Column::internal(UNMAPPED, Kind::Unmapped, true),
        Column::internal(EVENT_DIGEST, Kind::Digest, false),
    ]);
    derived
}

fn descend(fields: &'static [Field], parent: &[&'static str], derived: &mut (Vec<Column>, Vec<Vec<&'static str>>)) {
    for field in fields {
        let steps = field.path(parent);
        let path = || steps.iter().map(|step| (*step).to_owned()).collect::<Vec<_>>();
        match &field.shape {
            Shape::Text(text) => derived.0.push(Column::text(path(), Kind::Text, *text)),
            Shape::Number(_) => derived.0.push(Column::text(path(), Kind::Text, Text::Few)),
            Shape::Boolean => derived.0.push(Column::plain(path(), Kind::Boolean)),
            Shape::Time => derived.0.push(Column::plain(path(), Kind::Time)),
            Shape::Nested(_) => derived.0.push(Column::json(path())),
            Shape::Map(hot) => {
                derived.0.push(Column::json(path()));
                derived.0.extend(hot.iter().map(|hot| {
                    let path = path().into_iter().chain([hot.key.to_owned()]).collect();
                    Column::hot_key(path, hot.text)
                }));
            }
            Shape::Struct(fields) => {
                derived.1.push(steps.clone());
                descend(fields, &steps, derived);
            }
            Shape::Alias(_) | Shape::Derived => {}
        }
    }
}
