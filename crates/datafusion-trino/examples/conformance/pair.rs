//! One assertion of Trino's, and what becomes of it here.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader};

use arrow::array::RecordBatch;
use datafusion::prelude::SessionContext;
use datafusion_trino::{Error, Statement};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::Failure;
use crate::options::Options;
use crate::value::{Value, agrees};

/// An expression or query and what Trino says of it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Pair {
    pub(crate) family: String,
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) sql: String,
    #[serde(default)]
    query: bool,
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) expected: Json,
    #[serde(default)]
    form: Form,
    #[serde(default)]
    ordered: bool,
    /// The assertion has a session of its own, which the pair does not tell.
    #[serde(default)]
    session: bool,
    pub(crate) relevant: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Value,
    Null,
    Error,
    Empty,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    #[default]
    Json,
    Sql,
}

/// What became of a pair; with what was found, for those that want to see it.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Right,
    /// Another value than Trino's, or a value where Trino has an error.
    Wrong(String),
    /// An error where Trino has a value, or a function that is not there.
    Missing(String),
}

impl Pair {
    /// The pairs of a file that the options ask for.
    pub(crate) fn read(path: &OsStr, options: &Options) -> Result<Vec<Pair>, Failure> {
        let mut pairs = Vec::new();
        for line in BufReader::new(File::open(path)?).lines() {
            let pair: Pair = serde_json::from_str(&line?)?;
            if !pair.session && pair.is_wanted(options) {
                pairs.push(pair);
            }
        }
        Ok(pairs)
    }

    fn is_wanted(&self, options: &Options) -> bool {
        (self.relevant || !options.relevant)
            && options.family.as_ref().is_none_or(|family| *family == self.family)
            && options.file.as_ref().is_none_or(|file| self.file.contains(file.as_str()))
            && options.sql.as_ref().is_none_or(|sql| self.sql.to_lowercase().contains(sql.as_str()))
    }

    pub(crate) async fn evaluate(&self, session: &SessionContext) -> Outcome {
        let sql = if self.query { self.sql.clone() } else { format!("SELECT {}", self.sql) };
        let found = run(session, &sql).await;
        match (self.kind, found) {
            (Kind::Error, Err(error)) if is_missing_function(&error) => Outcome::Missing(error.to_string()),
            (Kind::Error, Err(_)) => Outcome::Right,
            (_, Err(error)) => Outcome::Missing(error.to_string()),
            (Kind::Error, Ok(found)) => Outcome::Wrong(format!("no error, but {}", show(&found))),
            (Kind::Empty, Ok(found)) => found_or(found.is_empty(), &found),
            (Kind::Null, Ok(found)) => found_or(matches!(single(&found), Some(Value::Null)), &found),
            (Kind::Value, Ok(found)) => match self.form {
                Form::Json => {
                    let right = single(&found).is_some_and(|value| agrees(value, &self.expected));
                    found_or(right, &found)
                }
                Form::Sql => self.compare(session, found).await,
            },
        }
    }

    /// Compares with the rows of the expected SQL.
    async fn compare(&self, session: &SessionContext, mut found: Vec<Vec<Value>>) -> Outcome {
        let Some(sql) = self.expected.as_str() else { return Outcome::Missing("no expected text".to_owned()) };
        let sql = if self.query { sql.to_owned() } else { format!("SELECT {sql}") };
        let mut expected = match run(session, &sql).await {
            Ok(expected) => expected,
            Err(error) => return Outcome::Missing(format!("expected side: {error}")),
        };
        if !self.ordered {
            found.sort();
            expected.sort();
        }
        if found == expected {
            Outcome::Right
        } else {
            Outcome::Wrong(format!("{} is not {}", show(&found), show(&expected)))
        }
    }
}

fn found_or(right: bool, found: &[Vec<Value>]) -> Outcome {
    if right { Outcome::Right } else { Outcome::Wrong(show(found)) }
}

fn is_missing_function(error: &Error) -> bool {
    matches!(error, Error::UnknownFunction { .. })
}

/// The one value of a result of one row and one column.
fn single(rows: &[Vec<Value>]) -> Option<&Value> {
    match rows {
        [row] => match row.as_slice() {
            [value] => Some(value),
            _ => None,
        },
        _ => None,
    }
}

fn show(rows: &[Vec<Value>]) -> String {
    let rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    rows.join(" ")
}

async fn run(session: &SessionContext, sql: &str) -> Result<Vec<Vec<Value>>, Error> {
    let planned = Statement::parse(sql)?.plan(&session.state()).await?;
    let batches = session.execute_logical_plan(planned.plan).await?.collect().await?;
    Ok(batches.iter().flat_map(rows).collect())
}

fn rows(batch: &RecordBatch) -> Vec<Vec<Value>> {
    let schema = batch.schema();
    let columns = || schema.fields().iter().zip(batch.columns());
    let row = |row| columns().map(|(field, column)| Value::of(field, column, row)).collect();
    (0..batch.num_rows()).map(row).collect()
}
