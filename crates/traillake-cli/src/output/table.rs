//! A box with columns, for reading.
//!
//! On a terminal the table keeps within its width: the widest texts give way first and are cut with `…`, ARNs in their middle. Numbers and
//! times are never cut, for half a number is another number. Where texts would have to be narrower than eight
//! columns, rows are written vertically instead. In a file or a pipe nothing is cut.
//!
//! The widths are those of the first 10 000 rows or a little more; a longer value further down pushes its own line out.

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, FieldRef, SchemaRef};

use super::Writer;
use super::vertical::{Vertical, texts};
use super::visible::{cut, cut_in_the_middle, visible, width};
use crate::failure::Failure;
use crate::terminal::{Screen, Style};

const ROWS_MEASURED: usize = 10_000;
/// A column narrower than this says nothing.
const WIDTH_MIN: usize = 8;
/// What begins so is told apart by its end.
const ARN: &str = "arn:";

pub(super) struct Table {
    columns: Vec<Column>,
    screen: Screen,
    body: Body,
    /// Takes over when the columns do not fit.
    vertical: Vertical,
}

struct Column {
    header: String,
    right: bool,
    style: Option<Style>,
    /// Whether its values stay meaningful when they are cut.
    text: bool,
    width: usize,
}

impl Column {
    fn narrowed(&self, most: usize) -> usize {
        if self.text { self.width.min(most) } else { self.width }
    }
}

type Row = Vec<Option<String>>;

enum Body {
    /// Rows are collected to measure them, as texts and as they came.
    Measuring(Vec<Row>, Vec<RecordBatch>),
    /// The top is written; rows follow.
    Open,
    /// It is no table after all.
    Vertical,
}

impl Table {
    pub(super) fn new(schema: &SchemaRef, screen: Screen) -> Self {
        let column = |field: &FieldRef| {
            let header = visible(field.name()).into_owned();
            Column {
                right: field.data_type().is_numeric(),
                style: super::style_of(field),
                text: is_text(field),
                width: width(&header),
                header,
            }
        };
        Self {
            columns: schema.fields().iter().map(column).collect(),
            screen,
            body: Body::Measuring(Vec::new(), Vec::new()),
            vertical: Vertical::new(schema, screen),
        }
    }

    fn take(&mut self, row: Row, to: &mut Vec<u8>) {
        match &mut self.body {
            Body::Measuring(rows, _) => {
                for (column, value) in self.columns.iter_mut().zip(&row) {
                    column.width = column.width.max(value.as_deref().map_or(self.screen.null().len(), width));
                }
                rows.push(row);
            }
            Body::Open => self.row(&row, to),
            Body::Vertical => {}
        }
    }

    /// Settles the widths and writes what has been collected.
    fn open(&mut self, to: &mut Vec<u8>) -> Result<(), Failure> {
        let Body::Measuring(rows, batches) = std::mem::replace(&mut self.body, Body::Open) else {
            return Ok(());
        };
        if !self.fit() && !rows.is_empty() {
            self.body = Body::Vertical;
            return batches.iter().try_for_each(|batch| self.vertical.rows(batch, to));
        }
        self.rule("┌┬┐", to);
        self.headers(to);
        self.rule("├┼┤", to);
        rows.iter().for_each(|row| self.row(row, to));
        Ok(())
    }

    /// Narrows the widest columns until the table fits the screen; false when it cannot.
    fn fit(&mut self) -> bool {
        let Some(screen) = self.screen.width.filter(|_| !self.screen.wide) else { return true };
        let frame = 3 * self.columns.len() + 1;
        let taken = |most: usize| frame + self.columns.iter().map(|column| column.narrowed(most)).sum::<usize>();
        if taken(usize::MAX) <= screen {
            return true;
        }
        let Some(most) = (WIDTH_MIN..=screen).rev().find(|most| taken(*most) <= screen) else { return false };
        self.columns.iter_mut().for_each(|column| column.width = column.narrowed(most));
        true
    }

    fn headers(&self, to: &mut Vec<u8>) {
        let cells = self.columns.iter().map(|column| {
            let text = self.shown(&column.header, column);
            (width(&text), Style::Bold.paint(&text, self.screen.colour))
        });
        self.line(cells, to);
    }

    fn row(&self, row: &Row, to: &mut Vec<u8>) {
        let null = self.screen.null();
        let cells = self.columns.iter().zip(row).map(|(column, value)| match value {
            None => (null.len(), Style::Dim.paint(null, self.screen.colour)),
            Some(value) => {
                let text = self.shown(value, column);
                let taken = width(&text);
                let colour = self.screen.colour;
                (taken, column.style.map_or(text.clone(), |style| style.paint(&text, colour)))
            }
        });
        self.line(cells, to);
    }

    fn shown(&self, text: &str, column: &Column) -> String {
        match self.screen.is_terminal() {
            true if text.starts_with(ARN) => cut_in_the_middle(text, column.width).into_owned(),
            true => cut(text, column.width).into_owned(),
            false => text.to_owned(),
        }
    }

    /// Cells, each with the columns it takes on the screen.
    fn line(&self, cells: impl Iterator<Item = (usize, String)>, to: &mut Vec<u8>) {
        let mut line = String::from("│");
        for (column, (taken, text)) in self.columns.iter().zip(cells) {
            let padding = " ".repeat(column.width.saturating_sub(taken));
            let cell = match column.right {
                true => format!(" {padding}{text} │"),
                false => format!(" {text}{padding} │"),
            };
            line.push_str(&cell);
        }
        line.push('\n');
        to.extend_from_slice(line.as_bytes());
    }

    fn rule(&self, corners: &str, to: &mut Vec<u8>) {
        let mut corners = corners.chars().map(String::from);
        let (left, middle, right) = (corners.next(), corners.next(), corners.next());
        let bars: Vec<_> = self.columns.iter().map(|column| "─".repeat(column.width + 2)).collect();
        let line = [left.unwrap_or_default(), bars.join(&middle.unwrap_or_default()), right.unwrap_or_default()];
        to.extend_from_slice(line.concat().as_bytes());
        to.push(b'\n');
    }
}

fn is_text(field: &Field) -> bool {
    let data_type = field.data_type();
    !(data_type.is_numeric() || data_type.is_temporal() || *data_type == DataType::Boolean)
}

impl Writer for Table {
    fn begin(&mut self, _to: &mut Vec<u8>) -> Result<(), Failure> {
        Ok(())
    }

    fn rows(&mut self, batch: &RecordBatch, to: &mut Vec<u8>) -> Result<(), Failure> {
        match &mut self.body {
            Body::Vertical => return self.vertical.rows(batch, to),
            Body::Measuring(_, batches) => batches.push(batch.clone()),
            Body::Open => {}
        }
        texts(batch, |row| self.take(row, to));
        match &self.body {
            Body::Measuring(rows, _) if rows.len() >= ROWS_MEASURED => self.open(to),
            _ => Ok(()),
        }
    }

    fn end(&mut self, to: &mut Vec<u8>) -> Result<(), Failure> {
        self.open(to)?;
        if matches!(self.body, Body::Open) {
            self.rule("└┴┘", to);
        }
        Ok(())
    }
}
