//! A document of HTML that needs neither a network nor scripts: the query, a chart where the columns make one, the rows,
//! and what was read.
//!
//! Rows are written as they come. The chart is known when the last one has come: it stands behind them in the file, and
//! above them on the screen. Nothing of a value becomes markup.

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{DataType, Field, SchemaRef};
use chrono::Utc;
use traillake::text::Formatter;
use traillake::{Asked, QueryStatistics};

use super::json::{self, Values};
use super::markup::escaped;
use super::{Writer, footer};
use crate::chart::{Chart, Sketch};
use crate::failure::Failure;
use crate::parameter;

const CSS: &str = include_str!("html.css");
/// Whoever opens the file loads nothing with it, whatever is in it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";
const TITLE_CHARS_MAX: usize = 80;

pub(super) struct Html {
    columns: Vec<Column>,
    asked: Option<Asked>,
    statistics: Option<QueryStatistics>,
    /// Until it is clear that there is no chart.
    sketch: Option<Sketch>,
}

struct Column {
    header: String,
    look: Look,
}

/// How the values of a column look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Number,
    Time,
    Text,
    /// As JSON, in lines.
    Nested,
}

impl Html {
    pub(super) fn new(schema: &SchemaRef) -> Self {
        let column = |field: &arrow::datatypes::FieldRef| Column { header: field.name().clone(), look: look(field) };
        Self {
            columns: schema.fields().iter().map(column).collect(),
            asked: None,
            statistics: None,
            sketch: Sketch::new(schema).ok(),
        }
    }

    fn header(&self) -> String {
        let Some(asked) = &self.asked else { return String::new() };
        let parameters = &asked.options.parameters;
        let positional = parameters.positional().iter().map(|value| ("?".to_owned(), value));
        let named = parameters.named().map(|(name, value)| (format!(":{name}"), value));
        let given: Vec<_> = positional.chain(named).map(|(name, value)| (name, parameter::shown(value))).collect();
        format!("<pre class=\"sql\">{}</pre>\n{}", escaped(asked.sql.trim()), list(&given))
    }

    fn footer(&self) -> String {
        let mut facts = Vec::new();
        if let Some(statistics) = &self.statistics {
            facts.push(("Read".to_owned(), footer(statistics)));
        }
        for snapshot in self.asked.iter().flat_map(|asked| &asked.snapshots) {
            let (store, version) = (snapshot.store(), snapshot.version());
            facts
                .push(("Event data store".to_owned(), format!("{} ({}), version {version}", store.name(), store.id())));
        }
        for table in self.asked.iter().flat_map(|asked| &asked.system_tables) {
            facts.push(("Table".to_owned(), format!("lake.{}", table.name())));
        }
        facts.push(("Written".to_owned(), Utc::now().format("%Y-%m-%d %H:%M:%S UTC").to_string()));
        facts.push(("By".to_owned(), concat!("traillake ", env!("CARGO_PKG_VERSION")).to_owned()));
        list(&facts)
    }

    /// The drawing; none where there is nothing to be seen.
    fn figure(&mut self) -> String {
        let chart = self.sketch.take().and_then(|sketch| sketch.chart().ok());
        match chart.filter(|chart| !matches!(chart, Chart::Empty)) {
            Some(chart) => format!("<figure>\n{}</figure>\n", chart.svg()),
            None => String::new(),
        }
    }
}

impl Writer for Html {
    fn asked(&mut self, asked: &Asked) {
        self.asked = Some(asked.clone());
    }

    fn read(&mut self, statistics: &QueryStatistics) {
        self.statistics = Some(*statistics);
    }

    fn begin(&mut self, to: &mut Vec<u8>) -> Result<(), Failure> {
        let sql = self.asked.as_ref().map_or("", |asked| asked.sql.as_str());
        let title: String =
            sql.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TITLE_CHARS_MAX).collect();
        let head = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{}</title>\n<style>\n{CSS}</style>\n</head>\n<body>\n\
             <header>\n<h1>Query result</h1>\n{}</header>\n<main>\n<div class=\"rows\">\n<table>\n<thead>\n<tr>",
            escaped(&title),
            self.header()
        );
        to.extend_from_slice(head.as_bytes());
        for Column { header, look } in &self.columns {
            let class = if *look == Look::Number { " class=\"n\"" } else { "" };
            to.extend_from_slice(format!("<th scope=\"col\"{class}>{}</th>", escaped(header)).as_bytes());
        }
        to.extend_from_slice(b"</tr>\n</thead>\n<tbody>\n");
        Ok(())
    }

    fn rows(&mut self, batch: &RecordBatch, to: &mut Vec<u8>) -> Result<(), Failure> {
        if self.sketch.as_mut().is_some_and(|sketch| sketch.rows(batch).is_err()) {
            self.sketch = None;
        }
        let fields = batch.schema_ref().fields().iter().zip(batch.columns());
        let cells =
            fields.zip(&self.columns).map(|((field, array), column)| Cells::new(field, array.as_ref(), column.look));
        let cells: Vec<Cells> = cells.collect();
        for row in 0..batch.num_rows() {
            to.extend_from_slice(b"<tr>");
            cells.iter().for_each(|cells| cells.write(row, to));
            to.extend_from_slice(b"</tr>\n");
        }
        Ok(())
    }

    fn end(&mut self, to: &mut Vec<u8>) -> Result<(), Failure> {
        let (figure, footer) = (self.figure(), self.footer());
        let tail =
            format!("</tbody>\n</table>\n</div>\n{figure}</main>\n<footer>\n{footer}</footer>\n</body>\n</html>\n");
        to.extend_from_slice(tail.as_bytes());
        Ok(())
    }
}

/// The values of a column.
struct Cells {
    look: Look,
    texts: Formatter,
    nested: Option<Values>,
}

impl Cells {
    fn new(field: &Field, array: &dyn Array, look: Look) -> Self {
        let nested = (look == Look::Nested).then(|| Values::new(field, array));
        Self { look, texts: Formatter::for_field(field, array), nested }
    }

    fn write(&self, row: usize, to: &mut Vec<u8>) {
        let mut text = String::new();
        if !self.texts.write(row, &mut text) {
            let class = if self.look == Look::Number { "n null" } else { "null" };
            return to.extend_from_slice(format!("<td class=\"{class}\">NULL</td>").as_bytes());
        }
        let cell = match (self.look, &self.nested) {
            (Look::Nested, Some(nested)) => {
                let mut compact = Vec::new();
                nested.write(row, &mut compact);
                format!("<td><pre>{}</pre></td>", escaped(&json::indented(&String::from_utf8_lossy(&compact))))
            }
            (Look::Number, _) => format!("<td class=\"n\">{}</td>", escaped(&text)),
            (Look::Time, _) => format!("<td class=\"t\">{}</td>", escaped(&text)),
            _ => format!("<td>{}</td>", escaped(&text)),
        };
        to.extend_from_slice(cell.as_bytes());
    }
}

fn look(field: &Field) -> Look {
    match field.data_type() {
        data_type if data_type.is_numeric() => Look::Number,
        data_type if data_type.is_temporal() => Look::Time,
        DataType::Struct(_) | DataType::Map(_, _) | DataType::List(_) | DataType::LargeList(_) => Look::Nested,
        _ if json::is_json(field) => Look::Nested,
        _ => Look::Text,
    }
}

/// Names with what they are; nothing where there are none.
fn list(facts: &[(String, String)]) -> String {
    if facts.is_empty() {
        return String::new();
    }
    let fact = |(name, text): &(String, String)| format!("<dt>{}</dt><dd>{}</dd>\n", escaped(name), escaped(text));
    format!("<dl>\n{}</dl>\n", facts.iter().map(fact).collect::<String>())
}
