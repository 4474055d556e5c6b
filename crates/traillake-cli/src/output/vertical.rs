//! A line for each value, for rows that are wider than a screen. Nothing is cut.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::visible::{visible, width};
use super::{Writer, formatters};
use crate::failure::Failure;
use crate::terminal::{Screen, Style};

/// The rule above a row is this long at least.
const RULE: usize = 24;

pub(super) struct Vertical {
    headers: Vec<String>,
    /// The columns of the widest header.
    margin: usize,
    screen: Screen,
    rows: u64,
}

impl Vertical {
    pub(super) fn new(schema: &SchemaRef, screen: Screen) -> Self {
        let headers: Vec<_> = schema.fields().iter().map(|field| visible(field.name()).into_owned()).collect();
        let margin = headers.iter().map(|header| width(header)).max().unwrap_or(0);
        Self { headers, margin, screen, rows: 0 }
    }

    /// Writes one row of texts, already fit to be shown.
    pub(super) fn row(&mut self, values: &[Option<String>], to: &mut Vec<u8>) {
        self.rows += 1;
        let colour = self.screen.colour;
        let title = format!("─[ {} ]", self.rows);
        let rule = format!("{title}{}", "─".repeat(RULE.saturating_sub(width(&title))));
        to.extend_from_slice(Style::Dim.paint(&rule, colour).as_bytes());
        to.push(b'\n');
        for (header, value) in self.headers.iter().zip(values) {
            let padding = " ".repeat(self.margin - width(header));
            let value = match value {
                Some(value) => value.clone(),
                None => Style::Dim.paint(self.screen.null(), colour),
            };
            let line = format!("{}{padding}  {value}", Style::Bold.paint(header, colour));
            to.extend_from_slice(line.trim_end().as_bytes());
            to.push(b'\n');
        }
    }
}

impl Writer for Vertical {
    fn begin(&mut self, _to: &mut Vec<u8>) -> Result<(), Failure> {
        Ok(())
    }

    fn rows(&mut self, batch: &RecordBatch, to: &mut Vec<u8>) -> Result<(), Failure> {
        texts(batch, |row| self.row(&row, to));
        Ok(())
    }

    fn end(&mut self, _to: &mut Vec<u8>) -> Result<(), Failure> {
        Ok(())
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
