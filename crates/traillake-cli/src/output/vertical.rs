//! A line for each value, for rows that are wider than a screen. Nothing is cut: a nested value that does not fit in its
//! line has a line for each member.

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{DataType, FieldRef, SchemaRef};

use super::json::Values;
use super::pretty::{is_nested_json, pretty};
use super::tree::{Nulls, Tree};
use super::visible::{visible, width};
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

    fn rule(&mut self, to: &mut Vec<u8>) {
        self.rows += 1;
        let title = format!("─[ {} ]", self.rows);
        let rule = format!("{title}{}", "─".repeat(RULE.saturating_sub(width(&title))));
        to.extend_from_slice(Style::Dim.paint(&rule, self.screen.colour).as_bytes());
        to.push(b'\n');
    }

    /// Writes a value beside the header of its column.
    fn value(&self, column: usize, value: &str, to: &mut Vec<u8>) {
        let Some(header) = self.headers.get(column) else { return };
        let padding = " ".repeat(self.margin - width(header));
        let line = format!("{}{padding}{GAP}{value}", Style::Bold.paint(header, self.screen.colour));
        to.extend_from_slice(line.trim_end().as_bytes());
        to.push(b'\n');
    }

    /// A text as it is shown, JSON that is too long for a line over several.
    fn text(&self, column: usize, text: &str) -> String {
        if self.is_too_long(text) && is_nested_json(text) {
            return self.below(pretty(text).split('\n'));
        }
        let shown = visible(text);
        match self.styles.get(column) {
            Some(Some(style)) => style.paint(&shown, self.screen.colour),
            _ => shown.into_owned(),
        }
    }

    /// A nested value: as JSON where that fits, else with a line for each member.
    fn nested(&self, json: &str, nulls: Nulls) -> String {
        match self.is_too_long(json) {
            false => visible(json).into_owned(),
            true => self.below(Tree::of(json, nulls).lines(self.screen.colour).iter().map(String::as_str)),
        }
    }

    fn is_too_long(&self, text: &str) -> bool {
        width(text) + self.margin + GAP.len() > self.screen.width.unwrap_or(WIDTH)
    }

    /// Lines below each other behind the margin.
    fn below<'l>(&self, lines: impl Iterator<Item = &'l str>) -> String {
        let margin = format!("\n{}{GAP}", " ".repeat(self.margin));
        lines.collect::<Vec<_>>().join(&margin)
    }
}

impl Writer for Vertical {
    fn begin(&mut self, _to: &mut Vec<u8>) -> Result<(), Failure> {
        Ok(())
    }

    fn rows(&mut self, batch: &RecordBatch, to: &mut Vec<u8>) -> Result<(), Failure> {
        let fields = batch.schema_ref().fields().iter();
        let nested: Vec<_> = fields.zip(batch.columns()).map(|(field, column)| Nested::new(field, column)).collect();
        let columns = formatters(batch);
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            self.rule(to);
            for (column, (values, nested)) in columns.iter().zip(&nested).enumerate() {
                text.clear();
                let shown = match (values.write(row, &mut text), nested) {
                    (false, _) => Style::Dim.paint(self.screen.null(), self.screen.colour),
                    (true, Some(nested)) => self.nested(&nested.json(row), nested.nulls),
                    (true, None) => self.text(column, &text),
                };
                self.value(column, &shown, to);
            }
        }
        Ok(())
    }

    fn end(&mut self, _to: &mut Vec<u8>) -> Result<(), Failure> {
        Ok(())
    }
}

/// A column of rows, maps or arrays.
struct Nested {
    values: Values,
    nulls: Nulls,
}

impl Nested {
    /// `None` for columns of anything else.
    fn new(field: &FieldRef, column: &dyn Array) -> Option<Self> {
        let nulls = match column.data_type() {
            DataType::Struct(_) | DataType::List(_) | DataType::LargeList(_) => Nulls::LeftOut,
            DataType::Map(..) => Nulls::Shown,
            _ => return None,
        };
        Some(Self { values: Values::new(field, column), nulls })
    }

    fn json(&self, row: usize) -> String {
        let mut bytes = Vec::new();
        self.values.write(row, &mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }
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
