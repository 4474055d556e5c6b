//! The columns of a store as a tree: types, meanings, and examples from the data.

use std::borrow::Cow;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, FieldRef};
use traillake::SystemTable;
use traillake::schema::{Field, Schema, Shape};
use unicode_width::UnicodeWidthStr;

use super::catalog::as_table;
use super::columns::spelled;
use crate::output::{cut, grouped, visible_lines};

mod examples;

use examples::Values;

/// Events that examples are taken from: the newest ones.
const EXAMPLE_EVENTS: usize = 500;
/// Longer examples are cut even where there is room.
const EXAMPLE_COLUMNS_MAX: usize = 60;
/// A value's different examples that are shown of a single column.
const EXAMPLES_MAX: usize = 10;
/// Where there is less room, examples are worth more than explanations.
const ROOM_FOR_BOTH: usize = 60;
const BETWEEN: usize = 2;

/// The query whose results examples are taken from: some of a store's newest events.
pub(crate) fn examples_query(store: &str) -> String {
    format!("SELECT * FROM {} ORDER BY eventTime DESC LIMIT {EXAMPLE_EVENTS}", as_table(store))
}

/// A name on a path that no column or field has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownField {
    pub(crate) name: String,
    /// The one that was probably meant.
    pub(crate) near: Option<&'static str>,
}

/// What stands below a path of a store, such as `userIdentity.sessionContext`, or all columns: a line for each column and
/// field with its type, its meaning and an example from some events. Below a map stand the keys that these events have,
/// below a value its most frequent ones. `columns` is the room there is, unbounded when `None`.
pub(crate) fn tree(
    schema: &Schema,
    path: Option<&str>,
    events: &[RecordBatch],
    columns: Option<usize>,
) -> Result<String, UnknownField> {
    let whole = Values::of(events);
    let Some(path) = path else { return Ok(laid_out(&descended(schema.fields(), &whole), columns)) };
    let (mut fields, mut values, mut last, mut names) = (schema.fields(), whole, None, Vec::new());
    for name in path.split('.') {
        let field = fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
        let field = field.ok_or_else(|| unknown(name, fields))?;
        values = values.field(field.name);
        names.push(spelled(field));
        last = Some((field, fields));
        fields = fields_of(field);
    }
    let Some((field, siblings)) = last else { return Ok(String::new()) };
    let about = format!("{}  {}\n{}\n\n", names.join("."), field.lake_type(siblings), field.about);
    let below = match field.shape {
        Shape::Struct(fields) => laid_out(&descended(fields, &values), columns),
        Shape::Map(_) => keys(&values, columns),
        _ => frequent(&values, columns),
    };
    Ok(about + &below)
}

/// A line for each column of one of the lake's own tables.
pub(crate) fn of_system(table: SystemTable) -> String {
    let kind = |data_type: &DataType| match data_type {
        DataType::Utf8 => "varchar",
        DataType::Boolean => "boolean",
        DataType::Timestamp(..) => "timestamp(3)",
        DataType::Date32 => "date",
        DataType::Binary => "varbinary",
        _ => "bigint",
    };
    let schema = table.schema();
    let line = |field: &FieldRef| Line {
        name: field.name().clone(),
        kind: kind(field.data_type()).to_owned(),
        ..Line::default()
    };
    laid_out(&schema.fields().iter().map(line).collect::<Vec<_>>(), None)
}

fn unknown(name: &str, fields: &'static [Field]) -> UnknownField {
    let likeness = |field: &'static Field| (strsim::jaro_winkler(&name.to_lowercase(), field.name), spelled(field));
    let near = fields.iter().map(likeness).max_by(|a, b| a.0.total_cmp(&b.0));
    UnknownField { name: name.to_owned(), near: near.filter(|(likeness, _)| *likeness > 0.7).map(|(_, name)| name) }
}

/// The fields of a row; none when the field is no row.
fn fields_of(field: &Field) -> &'static [Field] {
    match field.shape {
        Shape::Struct(fields) => fields,
        _ => &[],
    }
}

/// A line of the tree.
#[derive(Debug, Default)]
struct Line {
    name: String,
    kind: String,
    about: String,
    example: String,
}

fn descended(fields: &[Field], values: &Values) -> Vec<Line> {
    let mut lines = Vec::new();
    descend(fields, values, "", true, &mut lines);
    lines
}

fn descend(fields: &[Field], values: &Values, indent: &str, top: bool, lines: &mut Vec<Line>) {
    for (i, field) in fields.iter().enumerate() {
        let last = i + 1 == fields.len();
        let (branch, below) = match (top, last) {
            (true, _) => ("", ""),
            (false, true) => ("└─ ", "   "),
            (false, false) => ("├─ ", "│  "),
        };
        let (children, values) = (fields_of(field), values.field(field.name));
        let is_row = !children.is_empty();
        lines.push(Line {
            name: format!("{indent}{branch}{}", spelled(field)),
            kind: if is_row { "row".to_owned() } else { shortened(&field.lake_type(fields)) },
            about: field.about.to_owned(),
            example: if is_row { String::new() } else { values.first().map(shown).unwrap_or_default() },
        });
        descend(children, &values, &format!("{indent}{below}"), false, lines);
    }
}

/// A type without what is inside it.
fn shortened(lake_type: &str) -> String {
    match lake_type.split_once('(') {
        Some((outer @ ("map" | "row"), _)) => outer.to_owned(),
        Some(("array", inner)) => format!("array({})", shortened(inner.strip_suffix(')').unwrap_or(inner))),
        _ => lake_type.to_owned(),
    }
}

/// A value as a person may read it.
fn shown(value: String) -> String {
    visible_lines(&value).replace('\n', "\\n")
}

/// The keys of a map, the most frequent first.
fn keys(values: &Values, columns: Option<usize>) -> String {
    let (keys, events) = (values.keys(), values.len());
    if keys.is_empty() {
        return absent(events);
    }
    let line = |(key, count, example): (String, usize, String)| Line {
        name: shown(key),
        kind: grouped(count as u64),
        example: shown(example),
        ..Line::default()
    };
    let lines: Vec<Line> = keys.into_iter().map(line).collect();
    format!("keys in the newest {}:\n{}", plural(events), laid_out(&lines, columns))
}

/// The most frequent values.
fn frequent(values: &Values, columns: Option<usize>) -> String {
    let (found, events) = (values.frequent(), values.len());
    if found.is_empty() {
        return absent(events);
    }
    let line = |(value, count): (String, usize)| Line {
        name: grouped(count as u64),
        kind: String::new(),
        about: String::new(),
        example: shown(value),
    };
    let lines: Vec<Line> = found.into_iter().take(EXAMPLES_MAX).map(line).collect();
    format!("values in the newest {}:\n{}", plural(events), laid_out(&lines, columns))
}

fn absent(events: usize) -> String {
    match events {
        0 => "there are no events to take examples from\n".to_owned(),
        _ => format!("none of the newest {} has it\n", plural(events)),
    }
}

fn plural(events: usize) -> String {
    crate::output::Count(events as u64, "event").to_string()
}

/// Lines below each other: name, type, example, meaning. What there is no room for is cut.
fn laid_out(lines: &[Line], columns: Option<usize>) -> String {
    let widest = |of: fn(&Line) -> &str| lines.iter().map(|line| of(line).width()).max().unwrap_or(0);
    let (names, kinds, abouts) = (widest(|line| &line.name), widest(|line| &line.kind), widest(|line| &line.about));
    let examples = widest(|line| &line.example).min(EXAMPLE_COLUMNS_MAX);
    let room = columns.map_or(usize::MAX, |columns| columns.saturating_sub(names + kinds + 2 * BETWEEN + 1));
    let (examples, abouts) = match () {
        () if examples == 0 => (0, abouts.min(room)),
        () if abouts == 0 => (examples.min(room), 0),
        () if room >= ROOM_FOR_BOTH.min(examples + abouts + BETWEEN) => {
            let abouts = abouts.min(room.saturating_sub(BETWEEN) / 2);
            (examples.min(room - abouts - BETWEEN), abouts)
        }
        () => (examples.min(room), 0),
    };
    let line = |line: &Line| {
        let (example, about) = (fitted(&line.example, examples), fitted(&line.about, abouts));
        let pieces = [(line.name.as_str(), names), (&line.kind, kinds), (&example, examples), (&about, abouts)];
        let filled = pieces.iter().filter(|(_, width)| *width > 0).map(|(text, width)| {
            let fill = width.saturating_sub(text.width()) + BETWEEN;
            format!("{text}{:fill$}", "")
        });
        format!("{}\n", filled.collect::<String>().trim_end())
    };
    lines.iter().map(line).collect()
}

/// A text in so many columns, if there are any.
fn fitted(text: &str, columns: usize) -> Cow<'_, str> {
    if columns == 0 { Cow::Borrowed("") } else { cut(text, columns) }
}

#[cfg(test)]
mod tests;
