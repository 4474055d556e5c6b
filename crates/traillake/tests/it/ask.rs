//! Answers as text, the way a result would print.

use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use futures::TryStreamExt;
use traillake::text::Formatter;
use traillake::{ImportOptions, ImportReport, Lake, LakeOptions, Results, Source};

/// An answer: rows of values, `None` for NULL.
pub(crate) type Rows = Vec<Vec<Option<String>>>;

pub(crate) async fn ask(lake: &Lake, sql: &str) -> Rows {
    rows(lake.query(sql).await.unwrap_or_else(|error| panic!("{sql}\n{error:?}"))).await
}

pub(crate) async fn rows(results: Results) -> Rows {
    let batches: Vec<_> = results.try_collect().await.unwrap_or_else(|error| panic!("{error:?}"));
    let mut rows = Vec::new();
    for batch in batches {
        rows.extend(texts(&batch));
    }
    rows
}

/// The rows of a batch in Trino's text form.
pub(crate) fn texts(batch: &RecordBatch) -> Rows {
    let fields = batch.schema_ref().fields().iter().zip(batch.columns());
    let columns: Vec<_> = fields.map(|(field, column)| Formatter::for_field(field, column)).collect();
    let text = |column: &Formatter, row| {
        let mut text = String::new();
        column.write(row, &mut text).then_some(text)
    };
    (0..batch.num_rows()).map(|row| columns.iter().map(|column| text(column, row)).collect()).collect()
}

/// The only value of an answer of one row and one column.
pub(crate) async fn value(lake: &Lake, sql: &str) -> Option<String> {
    let mut rows = ask(lake, sql).await;
    assert_eq!((rows.len(), rows[0].len()), (1, 1), "{sql} does not answer one value");
    rows.remove(0).remove(0)
}

/// A folder of the data sets that stand beside the repository, or `None`, said aloud, in a fresh clone.
pub(crate) fn datasets() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets");
    if !folder.is_dir() {
        println!("skipped: there are no data sets at {}", folder.display());
        return None;
    }
    Some(folder)
}

/// A lake with one store, `events`, of these files.
pub(crate) async fn lake_of(files: &[PathBuf], options: &ImportOptions) -> (Lake, ImportReport) {
    let lake = Lake::temporary(&LakeOptions::default()).await.unwrap();
    let sources: Vec<Source> = files.iter().map(|file| Source::parse(&file.to_string_lossy()).unwrap()).collect();
    let report = lake.import_with("events", &sources, options, &Silent).await.unwrap();
    (lake, report)
}

struct Silent;

impl traillake::Observer for Silent {
    fn listed(&self, _: u64, _: u64) {}
    fn progressed(&self, _: traillake::ImportProgress) {}
    fn committed(&self, _: u64) {}
}
