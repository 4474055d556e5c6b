//! The files of `testdata/sql`: queries over the sample trail with the answers they must give.
//!
//! Every folder is a feature, and every file runs on each [`State`] of the same events. Values stand in Trino's text
//! form with a tab between columns; NULL is `NULL`, the empty text `(empty)`, and a tab or line end within a value is
//! `\t` or `\n`. The letters of the columns are the [`Letter`]s. `onlyif` and `skipif` take the state's label.
//!
//! `TRAILLAKE_SLT_COMPLETE=1 cargo test … sql::fresh` writes what the engine answers into the files: read the
//! difference before believing it.

pub(crate) mod state;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::DataType;
use futures::TryStreamExt;
use sqllogictest::{AsyncDB, ColumnType, DBOutput, Normalizer, Record, Runner, strict_column_validator};
use traillake::{Lake, Results};

use crate::ask::texts;
use state::{Sample, State};

/// Set to rewrite the files with the engine's answers.
const COMPLETE: &str = "TRAILLAKE_SLT_COMPLETE";

macro_rules! features {
    ($($feature:ident),* $(,)?) => {
        const FEATURES: &[&str] = &[$(stringify!($feature)),*];

        mod fresh {
            use super::{State, run};
            $(#[tokio::test(flavor = "multi_thread")] async fn $feature() { run(State::Fresh, stringify!($feature)).await; })*
        }

        mod reopened {
            use super::{State, run};
            $(#[tokio::test(flavor = "multi_thread")] async fn $feature() { run(State::Reopened, stringify!($feature)).await; })*
        }

        mod many_files {
            use super::{State, run};
            $(#[tokio::test(flavor = "multi_thread")] async fn $feature() { run(State::ManyFiles, stringify!($feature)).await; })*
        }
    };
}

// The folders of `testdata/sql`; a tidy test holds that none is missing.
features! {
    aggregates,
    arrays,
    errors,
    exact,
    incidents,
    joins,
    json,
    lambdas,
    maps,
    names,
    nulls,
    ordering,
    pushdown,
    queries,
    structs,
    system,
    texts,
    time,
    windows,
}

#[test]
fn every_folder_is_a_feature() {
    let mut found: Vec<String> =
        entries(&root()).map(|path| path.file_name().unwrap().to_string_lossy().into()).collect();
    found.sort();
    assert_eq!(found, FEATURES);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/sql")
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().path())
}

/// Runs the files of a feature and fails with everything that differs.
async fn run(state: State, feature: &str) {
    let sample = state.sample().await;
    let mut files: Vec<PathBuf> = entries(&root().join(feature)).collect();
    files.sort();
    let (mut asked, mut wrong) = (0, Vec::new());
    for file in files {
        let mut runner = runner(state, &sample);
        if std::env::var_os(COMPLETE).is_some() {
            complete(&mut runner, &file).await;
        }
        // One record after the other: a query that fails does not hide the next.
        for record in sqllogictest::parse_file(&file).unwrap_or_else(|error| panic!("{error}")) {
            asked += usize::from(matches!(record, Record::Query { .. } | Record::Statement { .. }));
            if let Err(error) = runner.run_async(record).await {
                wrong.push(error.to_string());
            }
        }
    }
    assert!(asked > 0, "testdata/sql/{feature} asks nothing");
    assert!(
        wrong.is_empty(),
        "{} of {asked} differ on the {} store\n\n{}",
        wrong.len(),
        state.label(),
        wrong.join("\n")
    );
}

async fn complete<M: sqllogictest::MakeConnection<Conn = Session>>(runner: &mut Runner<Session, M>, file: &Path) {
    let done = runner.update_test_file(file, "\t", exactly, as_is, strict_column_validator).await;
    done.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}

fn runner(state: State, sample: &Arc<Sample>) -> Runner<Session, impl sqllogictest::MakeConnection<Conn = Session>> {
    let sample = Arc::clone(sample);
    let mut runner = Runner::new(move || {
        let session = Session { sample: Arc::clone(&sample) };
        async move { Ok(session) }
    });
    runner.add_label(state.label());
    runner.with_validator(exactly);
    runner.with_normalizer(as_is);
    runner.with_column_validator(strict_column_validator);
    runner
}

/// Lines agree to the last space.
fn exactly(_: Normalizer, actual: &[Vec<String>], expected: &[String]) -> bool {
    actual.iter().map(|row| row.join("\t")).eq(expected.iter().cloned())
}

#[expect(clippy::ptr_arg, reason = "the runner's type of a normalizer")]
fn as_is(text: &String) -> String {
    text.clone()
}

/// The type of a column: T varchar, I integer, R real or decimal, B boolean, P timestamp, D date, ? anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Letter(char);

impl ColumnType for Letter {
    fn from_char(letter: char) -> Option<Self> {
        "TIRBPD?".contains(letter).then_some(Self(letter))
    }

    fn to_char(&self) -> char {
        self.0
    }
}

impl Letter {
    fn of(kind: &DataType) -> Self {
        Self(match kind {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => 'T',
            kind if kind.is_integer() => 'I',
            kind if kind.is_numeric() => 'R',
            DataType::Boolean => 'B',
            DataType::Timestamp(_, _) => 'P',
            DataType::Date32 | DataType::Date64 => 'D',
            _ => '?',
        })
    }
}

/// An error with its causes and its hint on one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failure(String);

impl From<traillake::Error> for Failure {
    fn from(error: traillake::Error) -> Self {
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        if let Some(hint) = error.hint() {
            text.push_str("; ");
            text.push_str(&hint);
        }
        Self(text)
    }
}

struct Session {
    sample: Arc<Sample>,
}

impl Session {
    fn lake(&self) -> &Lake {
        &self.sample.lake
    }
}

#[async_trait::async_trait]
impl AsyncDB for Session {
    type Error = Failure;
    type ColumnType = Letter;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<Letter>, Failure> {
        answer(self.lake().query(sql).await?).await
    }

    async fn shutdown(&mut self) {}
}

async fn answer(results: Results) -> Result<DBOutput<Letter>, Failure> {
    let types = results.schema().fields().iter().map(|field| Letter::of(field.data_type())).collect();
    let batches: Vec<_> = results.try_collect().await.map_err(|error| Failure::from(traillake::Error::from(error)))?;
    let mut rows = Vec::new();
    for batch in batches {
        rows.extend(texts(&batch).into_iter().map(|row| row.into_iter().map(shown).collect::<Vec<_>>()));
    }
    Ok(DBOutput::Rows { types, rows })
}

fn shown(value: Option<String>) -> String {
    match value.as_deref() {
        None => "NULL".to_owned(),
        Some("") => "(empty)".to_owned(),
        Some(text) => text.replace('\t', "\\t").replace('\n', "\\n"),
    }
}
