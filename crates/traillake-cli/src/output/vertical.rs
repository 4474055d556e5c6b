//! A line for each value, for rows that are wider than a screen. Nothing is cut: a nested value that does not fit in its
//! line has a line for each member.

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{DataType, FieldRef, SchemaRef};

use super::json::Values;
use super::nested::indented;
use super::visible::{visible, visible_lines, width};
use super::{Writer, formatters, style_of};
use crate::failure::Failure;
use crate::terminal::{Screen, Style};

/// The rule above a row is this long at least.
const RULE: usize = 24;
/// The columns of a line where no screen says.
const WIDTH: usize = 100;
/// Blanks between a header and its value.
const GAP: &str = "  ";

pub(super) struct Vertical {
    headers: Vec<String>,
    styles: Vec<Option<Style>>,
    /// The columns of the widest header.
    margin: usize,
    screen: Screen,
    rows: u64,
}

impl Vertical {
    pub(super) fn new(schema: &SchemaRef, screen: Screen) -> Self {
        let headers: Vec<_> = schema.fields().iter().map(|field| visible(field.name()).into_owned()).collect();
        let margin = headers.iter().map(|header| width(header)).max().unwrap_or(0);
        let styles = schema.fields().iter().map(|field| style_of(field)).collect();
        Self { headers, styles, margin, screen, rows: 0 }
    }

    /// Writes one row of texts, already fit to be shown.
    fn row(&mut self, values: &[Option<String>], to: &mut Vec<u8>) {
        self.rows += 1;
        let colour = self.screen.colour;
        let title = format!("─[ {} ]", self.rows);
        let rule = format!("{title}{}", "─".repeat(RULE.saturating_sub(width(&title))));
        to.extend_from_slice(Style::Dim.paint(&rule, colour).as_bytes());
        to.push(b'\n');
        for ((header, style), value) in self.headers.iter().zip(&self.styles).zip(values) {
            let padding = " ".repeat(self.margin - width(header));
            let value = match (value, style) {
                (Some(value), None) => self.over_lines(value),
                (Some(value), Some(style)) => style.paint(value, colour),
                (None, _) => Style::Dim.paint(self.screen.null(), colour),
            };
            let line = format!("{}{padding}{GAP}{value}", Style::Bold.paint(header, colour));
            to.extend_from_slice(line.trim_end().as_bytes());
            to.push(b'\n');
        }
    }

    /// A long JSON value with its further lines below its first.
    fn over_lines(&self, value: &str) -> String {
        let room = self.screen.width.unwrap_or(WIDTH).saturating_sub(self.margin + GAP.len());
        match indented(value).filter(|_| width(value) > room) {
            Some(lines) => lines.replace('\n', &format!("\n{}{GAP}", " ".repeat(self.margin))),
            None => value.to_owned(),
        }
    }
}

impl Writer for Vertical {
    fn begin(&mut self, _to: &mut Vec<u8>) -> Result<(), Failure> {
        Ok(())
    }

    fn rows(&mut self, batch: &RecordBatch, to: &mut Vec<u8>) -> Result<(), Failure> {
        let fields = batch.schema_ref().fields().iter();
        let nested: Vec<_> = fields.zip(batch.columns()).map(|(field, column)| nested(field, column)).collect();
        let mut at = 0;
        texts(batch, |mut row| {
            for (value, nested) in row.iter_mut().zip(&nested) {
                if let (Some(value), Some(nested)) = (value, nested) {
                    *value = json_of(nested, at);
                }
            }
            self.row(&row, to);
            at += 1;
        });
        Ok(())
    }

    fn end(&mut self, _to: &mut Vec<u8>) -> Result<(), Failure> {
        Ok(())
    }
}

/// Rows, maps and arrays as JSON; `None` for columns of anything else.
fn nested(field: &FieldRef, column: &dyn Array) -> Option<Values> {
    matches!(column.data_type(), DataType::Struct(_) | DataType::Map(..) | DataType::List(_) | DataType::LargeList(_))
        .then(|| Values::new(field, column))
}

fn json_of(values: &Values, row: usize) -> String {
    let mut bytes = Vec::new();
    values.write(row, &mut bytes);
    visible_lines(&String::from_utf8_lossy(&bytes))
}

/// Hands each row over as texts that are fit to be shown; NULL is `None`.
pub(super) fn texts(batch: &RecordBatch, mut take: impl FnMut(Vec<Option<String>>)) {
    let columns = formatters(batch);
    let mut text = String::new();
    for row in 0..batch.num_rows() {
        let value = |column: &traillake::text::Formatter| {
            text.clear();
            column.write(row, &mut text).then(|| visible(&text).into_owned())
        };
        take(columns.iter().map(value).collect());
    }
}
