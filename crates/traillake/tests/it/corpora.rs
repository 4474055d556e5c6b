//! AWS's public sample queries for CloudTrail Lake, file by file and unchanged.
//!
//! The folder of `.sql` files (the repository `aws-samples/cloud-trail-lake-query-samples`) is not part of this one: the
//! environment variable [`FOLDER`] says where it is, and without it these tests say that they skip. What each file
//! must do stands in [`files`]: it runs under CloudTrail Lake's headers, it is refused with an error that helps, or it
//! wants a category of events that no store holds yet. [`events`] are the events that its answers are checked on.

mod answers;
mod events;
mod files;
mod guide;

use std::collections::BTreeSet;
use std::path::PathBuf;

use traillake::{ImportOptions, Lake, QueryError};

use crate::ask::{Rows, lake_of, rows};
use files::{DATE, FILES, Outcome};

/// Where the samples are.
const FOLDER: &str = "CLOUDTRAIL_LAKE_QUERY_SAMPLES";

/// The folder, or `None`, said aloud.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os(FOLDER).map(PathBuf::from);
    if folder.is_none() {
        println!("SKIPPED: {FOLDER} does not say where AWS's sample queries are");
    }
    folder
}

/// The text of a file as it is.
fn text(name: &str) -> Option<String> {
    let path = folder()?.join(name);
    Some(std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// A lake with one store of the events.
async fn lake() -> Lake {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.json");
    std::fs::write(&file, events::log()).unwrap();
    let (lake, report) = lake_of(&[file], &ImportOptions::default()).await;
    assert_eq!((report.rejects, report.events), (0, events::count()), "{report}");
    lake
}

#[tokio::test(flavor = "multi_thread")]
async fn every_file_does_what_the_table_says() {
    let Some(folder) = folder() else { return };
    let found: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".sql"))
        .collect();
    let listed: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, listed, "the table and the folder hold different files");
    let lake = lake().await;
    let mut wrong = Vec::new();
    for (name, outcome) in FILES {
        let sql = text(name).unwrap();
        if let Err(difference) = outcome_of(&lake, &sql, outcome).await {
            wrong.push(format!("{name}: {difference}"));
        }
    }
    assert!(wrong.is_empty(), "{} files differ\n{}", wrong.len(), wrong.join("\n"));
}

async fn outcome_of(lake: &Lake, sql: &str, outcome: &Outcome) -> Result<(), String> {
    match outcome {
        Outcome::Runs(headers) => check_headers(run(lake, sql).await?, headers),
        Outcome::RunsWithDates(headers) => {
            // The texts that stand for dates are no dates, and that is said.
            let error = run(lake, sql).await.err().ok_or("it runs without dates")?;
            if !error.contains(DATE) {
                return Err(format!("the error does not name the place holder: {error}"));
            }
            check_headers(run(lake, &sql.replace(DATE, "2023-06-25 00:00:00")).await?, headers)
        }
        Outcome::Fails(words) => {
            let error = run(lake, sql).await.err().ok_or("it runs")?;
            let said = error.to_lowercase();
            let missing: Vec<_> = words.iter().filter(|word| !said.contains(&word.to_lowercase())).collect();
            if missing.is_empty() { Ok(()) } else { Err(format!("the error does not say {missing:?}: {error}")) }
        }
        Outcome::WantsConfigurationItems(table) => match lake.query(sql).await {
            Err(traillake::Error::Query(QueryError::UnknownStore { name, .. })) if name == *table => Ok(()),
            Err(error) => Err(format!("another error: {error:?}")),
            Ok(_) => Err("it runs: say so in the table".to_owned()),
        },
    }
}

/// The headers of a query that was read to its end, or its error with its hint.
async fn run(lake: &Lake, sql: &str) -> Result<Vec<String>, String> {
    let said = |error: traillake::Error| {
        let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
        let causes: String = causes.map(|cause| format!(": {cause}")).collect();
        format!("{error}{causes}; {}", error.hint().unwrap_or_default())
    };
    let mut results = lake.query(sql).await.map_err(said)?;
    results.collect().await.map_err(|error| said(error.into()))?;
    Ok(results.schema().fields().iter().map(|field| field.name().clone()).collect())
}

fn check_headers(found: Vec<String>, expected: &[&str]) -> Result<(), String> {
    match found == expected {
        true => Ok(()),
        false => Err(format!("headers are {found:?}")),
    }
}

/// The rows of a file's query, as text.
async fn answer(lake: &Lake, name: &str, fill: &[(&str, &str)]) -> Option<Rows> {
    let mut sql = text(name)?;
    for (place, value) in fill {
        sql = sql.replacen(place, value, 1);
    }
    Some(rows(lake.query(&sql).await.unwrap_or_else(|error| panic!("{name}: {error:?}"))).await)
}
