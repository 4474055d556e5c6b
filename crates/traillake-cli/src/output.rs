//! Results as text and bytes: one module for each family of formats.
//!
//! A [`Writer`] turns batches into bytes and touches nothing; a [`Destination`] takes the bytes. Batches are
//! written as they arrive, so the memory of printing does not grow with the result.

use std::collections::HashSet;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use clap::ValueEnum;
use traillake::text::Formatter;
use traillake::{QueryStatistics, Results};

use crate::failure::Failure;
use crate::progress::Watch;
use crate::terminal::Screen;

mod columnar;
mod delimited;
mod destination;
mod explanation;
mod footer;
mod json;
mod markdown;
mod table;
#[cfg(test)]
mod tests;
mod vertical;
mod visible;

pub(crate) use destination::Destination;
pub(crate) use explanation::{Estimated, Explained};
pub(crate) use footer::{Count, Size, footer, grouped};
pub(crate) use visible::{cut, visible_lines};

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
    /// A Parquet file
    Parquet,
    /// An Arrow IPC file (Feather)
    Arrow,
}

/// What a format may be told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// What the results are shown on.
    pub(crate) screen: Screen,
    /// Whether delimited values begin with the headers.
    pub(crate) header: bool,
}

/// Turns a result into bytes: once `begin`, `rows` for each batch, once `end`.
trait Writer: Send {
    fn begin(&mut self, to: &mut Vec<u8>) -> Result<(), Failure>;
    fn rows(&mut self, batch: &RecordBatch, to: &mut Vec<u8>) -> Result<(), Failure>;
    fn end(&mut self, to: &mut Vec<u8>) -> Result<(), Failure>;
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
            "arrow" | "feather" | "ipc" => Format::Arrow,
            _ => return None,
        })
    }

    /// Whether its bytes are no text, and a file of it holds one result.
    pub(crate) fn is_columnar(self) -> bool {
        matches!(self, Format::Parquet | Format::Arrow)
    }

    /// Whether it is for reading rather than for programs.
    pub(crate) fn is_for_people(self) -> bool {
        matches!(self, Format::Table | Format::Vertical | Format::Markdown)
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
            Format::Parquet => Box::new(columnar::Parquet::new(schema)?),
            Format::Arrow => Box::new(columnar::Ipc::new(schema)?),
        })
    }
}

/// Writes a result to its end and gives its statistics.
pub(crate) async fn write(
    mut results: Results,
    format: Format,
    look: Look,
    to: &mut Destination,
) -> Result<QueryStatistics, Failure> {
    let mut writer = format.writer(results.schema(), look)?;
    let mut bytes = Vec::new();
    writer.begin(&mut bytes)?;
    let watch = Watch::new();
    while let Some(batch) = watch.next(&mut results).await {
        let batch = batch.map_err(traillake::Error::from)?;
        writer.rows(&batch, &mut bytes)?;
        to.put(&mut bytes)?;
    }
    writer.end(&mut bytes)?;
    to.put(&mut bytes)?;
    Ok(results.statistics())
}

/// One formatter for each column.
fn formatters(batch: &RecordBatch) -> Vec<Formatter> {
    let fields = batch.schema_ref().fields().iter();
    fields.zip(batch.columns()).map(|(field, column)| Formatter::for_field(field, column.as_ref())).collect()
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
