//! Results as text and bytes: one module for each family of formats.
//!
//! A [`Writer`] turns batches into bytes and touches nothing; a [`Destination`] takes the bytes. Batches are
//! written as they arrive, so the memory of printing does not grow with the result.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, SchemaRef};
use clap::ValueEnum;
use futures::StreamExt;
use traillake::text::Formatter;
use traillake::{Asked, QueryStatistics, Results};

use crate::chart::Paper;
use crate::failure::Failure;
use crate::progress::Watch;
use crate::terminal::{Screen, Style};

mod chart;
mod columnar;
mod delimited;
mod destination;
mod explanation;
mod footer;
mod html;
mod json;
mod kept;
mod markdown;
pub(crate) mod markup;
mod pager;
mod pretty;
mod rows_hash;
mod table;
#[cfg(test)]
mod tests;
mod tree;
mod vertical;
mod visible;
mod xlsx;

pub(crate) use destination::{Destination, hexadecimal};
pub(crate) use explanation::{Estimated, Explained};
pub(crate) use footer::{Count, Size, footer, grouped};
pub(crate) use kept::Kept;
pub(crate) use pager::Pager;
pub(crate) use pretty::pretty;
pub(crate) use rows_hash::RowsHash;
pub(crate) use visible::{cut, visible, visible_lines, width};

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For reading: a box with columns; on a terminal, long texts are cut to its width
    Table,
    /// Comma-separated values (RFC 4180); NULL is the empty text
    Csv,
    /// Tab-separated values
    Tsv,
    /// An array of objects
    Json,
    /// An object on each line
    Jsonl,
    /// A table to paste into a document
    Markdown,
    /// For reading: a line for each value
    Vertical,
    /// For reading: a drawing, where the columns make one: a time and numbers, a text and a number, two numbers, or
    /// one row of numbers
    Chart,
    /// A workbook of Excel
    Xlsx,
    /// A document to open in a browser: the query, a drawing where there is one, the rows, what was read
    Html,
    /// The drawing alone, as an SVG image
    Svg,
    /// A Parquet file
    Parquet,
    /// An Arrow IPC file (Feather)
    Arrow,
}

impl fmt::Display for Format {
    /// As it is typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
    }
}

/// What a format may be told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// What the results are shown on.
    pub(crate) screen: Screen,
    /// Whether delimited values begin with the headers.
    pub(crate) header: bool,
}

/// Turns a result into bytes: once `begin`, `rows` for each batch, once `end`, and `rest` as long as there is some.
trait Writer: Send {
    /// What was asked; told before all else.
    fn asked(&mut self, _asked: &Asked) {}
    /// What was read; told before `end`.
    fn read(&mut self, _statistics: &QueryStatistics) {}
    fn begin(&mut self, to: &mut Vec<u8>) -> Result<(), Failure>;
    fn rows(&mut self, batch: &RecordBatch, to: &mut Vec<u8>) -> Result<(), Failure>;
    fn end(&mut self, to: &mut Vec<u8>) -> Result<(), Failure>;
    /// A part of what is left, where that is too much for `end`; false when there is no more.
    fn rest(&mut self, _to: &mut Vec<u8>) -> Result<bool, Failure> {
        Ok(false)
    }
}

impl Format {
    /// The format that the ending of a file name means.
    pub(crate) fn of_file(path: &Path) -> Option<Format> {
        Some(match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Format::Csv,
            "tsv" | "tab" => Format::Tsv,
            "json" => Format::Json,
            "jsonl" | "ndjson" => Format::Jsonl,
            "md" | "markdown" => Format::Markdown,
            "parquet" => Format::Parquet,
            "xlsx" => Format::Xlsx,
            "html" | "htm" => Format::Html,
            "svg" => Format::Svg,
            "arrow" | "feather" | "ipc" => Format::Arrow,
            _ => return None,
        })
    }

    /// Whether its bytes are no text.
    pub(crate) fn is_binary(self) -> bool {
        matches!(self, Format::Parquet | Format::Arrow | Format::Xlsx)
    }

    /// Whether a file of it holds one result.
    pub(crate) fn holds_one_result(self) -> bool {
        self.is_binary() || matches!(self, Format::Html | Format::Svg)
    }

    /// Whether it is for reading rather than for programs.
    pub(crate) fn is_for_people(self) -> bool {
        matches!(self, Format::Table | Format::Vertical | Format::Markdown | Format::Chart)
    }

    fn writer(self, schema: &SchemaRef, look: Look) -> Result<Box<dyn Writer>, Failure> {
        Ok(match self {
            Format::Table => Box::new(table::Table::new(schema, look.screen)),
            Format::Vertical => Box::new(vertical::Vertical::new(schema, look.screen)),
            Format::Markdown => Box::new(markdown::Markdown::new(schema)),
            Format::Csv => Box::new(delimited::Delimited::new(schema, b',', look)),
            Format::Tsv => Box::new(delimited::Delimited::new(schema, b'\t', look)),
            Format::Json => Box::new(json::Json::array(schema)),
            Format::Jsonl => Box::new(json::Json::lines(schema)),
            Format::Chart => Box::new(chart::Chart::new(schema, chart::Medium::Text(Paper::on(look.screen)))?),
            Format::Xlsx => Box::new(xlsx::Xlsx::new(schema)?),
            Format::Html => Box::new(html::Html::new(schema)),
            Format::Svg => Box::new(chart::Chart::new(schema, chart::Medium::Svg)?),
            Format::Parquet => Box::new(columnar::Parquet::new(schema)?),
            Format::Arrow => Box::new(columnar::Ipc::new(schema)?),
        })
    }
}

/// Writes a result to its end and gives its statistics.
pub(crate) async fn write(
    results: Results,
    format: Format,
    look: Look,
    to: &mut Destination,
) -> Result<QueryStatistics, Failure> {
    let mut shown = Kept::nothing(&results);
    stream(results, format, look, None, to, &mut shown, None).await?;
    Ok(shown.statistics)
}

/// As [`write`], with the rows hashed.
pub(crate) async fn write_hashed(
    results: Results,
    format: Format,
    look: Look,
    to: &mut Destination,
) -> Result<(QueryStatistics, RowsHash), Failure> {
    let mut hash = RowsHash::new(results.schema());
    let mut shown = Kept::nothing(&results);
    stream(results, format, look, None, to, &mut shown, Some(&mut hash)).await?;
    Ok((shown.statistics, hash))
}

/// Writes the first rows of a result and keeps them. The query ends when there are more.
pub(crate) async fn show(
    results: Results,
    format: Format,
    look: Look,
    rows_max: Option<u64>,
    to: &mut Destination,
) -> Result<Kept, Failure> {
    let mut kept = Kept::new(&results);
    stream(results, format, look, rows_max, to, &mut kept, None).await?;
    Ok(kept)
}

async fn stream(
    mut results: Results,
    format: Format,
    look: Look,
    rows_max: Option<u64>,
    to: &mut Destination,
    kept: &mut Kept,
    mut hash: Option<&mut RowsHash>,
) -> Result<(), Failure> {
    let mut pen = Pen::new(results.schema(), Some(results.asked()), format, look)?;
    let watch = Watch::new();
    while !kept.is_cut {
        // What waits for rows would write over a pager.
        let next = if to.is_paging() { results.next().await } else { watch.next(&mut results).await };
        let Some(batch) = next else { break };
        let batch = kept.take(batch.map_err(traillake::Error::from)?, rows_max);
        if let Some(hash) = &mut hash {
            hash.rows(&batch)?;
        }
        pen.write(&batch, to)?;
    }
    kept.statistics = QueryStatistics { rows: kept.rows, ..results.statistics() };
    pen.end(&kept.statistics, to)
}

/// A writer and the bytes it has written.
struct Pen {
    writer: Box<dyn Writer>,
    bytes: Vec<u8>,
}

impl Pen {
    fn new(schema: &SchemaRef, asked: Option<&Asked>, format: Format, look: Look) -> Result<Self, Failure> {
        let mut writer = format.writer(schema, look)?;
        asked.into_iter().for_each(|asked| writer.asked(asked));
        let mut bytes = Vec::new();
        writer.begin(&mut bytes)?;
        Ok(Self { writer, bytes })
    }

    fn write(&mut self, batch: &RecordBatch, to: &mut Destination) -> Result<(), Failure> {
        self.writer.rows(batch, &mut self.bytes)?;
        to.put(&mut self.bytes)
    }

    fn end(mut self, statistics: &QueryStatistics, to: &mut Destination) -> Result<(), Failure> {
        self.writer.read(statistics);
        self.writer.end(&mut self.bytes)?;
        to.put(&mut self.bytes)?;
        while self.writer.rest(&mut self.bytes)? {
            to.put(&mut self.bytes)?;
        }
        Ok(())
    }
}

/// Reads a result to its end, all of it at once.
pub(crate) async fn read(results: &mut Results) -> Result<Vec<RecordBatch>, Failure> {
    let watch = Watch::new();
    let mut batches = Vec::new();
    while let Some(batch) = watch.next(results).await {
        batches.push(batch.map_err(traillake::Error::from)?);
    }
    Ok(batches)
}

/// Writes what was read of a result.
pub(crate) fn write_read(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    statistics: &QueryStatistics,
    format: Format,
    look: Look,
    to: &mut Destination,
) -> Result<(), Failure> {
    let mut pen = Pen::new(schema, None, format, look)?;
    batches.iter().try_for_each(|batch| pen.write(batch, to))?;
    pen.end(statistics, to)
}

/// The values of a batch as text, row by row; NULL is `None`.
pub(crate) fn rows_of(batch: &RecordBatch) -> Vec<Vec<Option<String>>> {
    let columns = formatters(batch);
    let value = |column: &Formatter, row| {
        let mut text = String::new();
        column.write(row, &mut text).then_some(text)
    };
    (0..batch.num_rows()).map(|row| columns.iter().map(|column| value(column, row)).collect()).collect()
}

/// One formatter for each column.
fn formatters(batch: &RecordBatch) -> Vec<Formatter> {
    let fields = batch.schema_ref().fields().iter();
    fields.zip(batch.columns()).map(|(field, column)| Formatter::for_field(field, column.as_ref())).collect()
}

/// Columns that say what went wrong.
const ERROR_COLUMNS: [&str; 2] = ["errorCode", "errorMessage"];

/// How the values of a column stand out: numbers, times, and what went wrong.
fn style_of(field: &Field) -> Option<Style> {
    match field.data_type() {
        data_type if data_type.is_numeric() || *data_type == DataType::Boolean => Some(Style::Cyan),
        data_type if data_type.is_temporal() => Some(Style::Magenta),
        _ if ERROR_COLUMNS.iter().any(|name| name.eq_ignore_ascii_case(field.name())) => Some(Style::PlainRed),
        _ => None,
    }
}

/// The headers, which may repeat in SQL, made unique by `_2`, `_3` … for formats where a name is a key.
fn unique_names(schema: &SchemaRef) -> Vec<String> {
    let mut taken: HashSet<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let mut seen = HashSet::new();
    let unique = |field: &arrow::datatypes::FieldRef| {
        let name = field.name();
        if seen.insert(name.clone()) {
            return name.clone();
        }
        let fresh = (2..).map(|n| format!("{name}_{n}")).find(|fresh| taken.insert(fresh.clone()));
        fresh.unwrap_or_else(|| name.clone())
    };
    schema.fields().iter().map(unique).collect()
}
