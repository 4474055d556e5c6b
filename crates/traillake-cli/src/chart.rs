//! A result as a drawing.
//!
//! ```text
//!  batches ──▶ columns ──▶ chart ─┬─▶ text, for a terminal
//!                                 └─▶ svg, for files
//! ```
//!
//! The columns decide what is drawn:
//!
//! | columns | drawing |
//! | --- | --- |
//! | a time, then numbers | columns over time, a panel for each number |
//! | a time and a text, then a number | columns over time for each of the most frequent texts; the rest is one more |
//! | texts and a number | bars, with values and shares |
//! | two numbers | points; bars where the first is a whole number that does not repeat |
//! | numbers in one row | the numbers, large |
//! | a time or a text without a number | the rows, counted |
//!
//! A chart is drawn of at most [`ROWS_MAX`] rows and [`TEXTS_MAX`](columns::TEXTS_MAX) texts beside each other; of a text, the first
//! [`LABEL_CHARS_MAX`](columns::LABEL_CHARS_MAX) characters count.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use thiserror::Error;

mod bars;
mod calendar;
mod columns;
mod figures;
mod labels;
mod points;
mod scale;
mod series;
mod shape;
mod svg;
mod text;

use bars::Bars;
use columns::{Columns, ROWS_MAX};
use figures::Figures;
use points::Points;
use series::Series;
pub(crate) use text::Paper;

/// A result while its rows come. Memory: what a chart needs of them.
#[derive(Debug)]
pub(crate) struct Sketch {
    columns: Columns,
}

impl Sketch {
    /// For a result of these columns. That they cannot be charted is said before there are rows.
    pub(crate) fn new(schema: &SchemaRef) -> Result<Self, NoChart> {
        let columns = Columns::new(schema);
        match columns.may_be_charted() {
            true => Ok(Self { columns }),
            false => Err(NoChart::Shape { columns: columns.described() }),
        }
    }

    /// Takes rows.
    pub(crate) fn rows(&mut self, batch: &RecordBatch) -> Result<(), NoChart> {
        self.columns.take(batch)
    }

    /// What is drawn of all that was taken.
    pub(crate) fn chart(self) -> Result<Chart, NoChart> {
        shape::chart(self.columns)
    }
}

/// What is drawn.
#[derive(Debug)]
pub(crate) enum Chart {
    /// There are no rows.
    Empty,
    Figures(Figures),
    Bars(Bars),
    Series(Series),
    Points(Points),
}

impl Chart {
    /// The drawing as lines of text.
    pub(crate) fn text(&self, paper: Paper) -> String {
        text::drawn(self, paper)
    }

    /// The drawing as a document of SVG.
    pub(crate) fn svg(&self) -> String {
        svg::drawn(self)
    }
}

/// Why nothing can be drawn of a result.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum NoChart {
    /// Columns that make no chart.
    #[error("these columns make no chart: {columns}")]
    Shape { columns: String },
    /// More rows than a chart can show.
    #[error("a chart is drawn of at most {} rows, and the result has more", crate::output::grouped(ROWS_MAX as u64))]
    TooManyRows,
}

impl NoChart {
    /// What can be done about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            NoChart::Shape { .. } => {
                "select a time and numbers, a text and a number, two numbers, or one row of numbers: \
                 SELECT date_trunc('hour', eventTime), count(*) FROM … GROUP BY 1 ORDER BY 1"
            }
            NoChart::TooManyRows => "group the rows, by date_trunc('hour', eventTime) for instance, or LIMIT them",
        }
    }
}

#[cfg(test)]
mod tests;
