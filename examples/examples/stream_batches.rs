//! # Arrow batches inside a program
//!
//! A detection service wants rows, not text. Results are a stream of Arrow batches: the first arrives while the rest
//! is still being read, and dropping the stream stops the work.

#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use std::collections::HashMap;
use std::path::Path;

use arrow::array::{Array, AsArray};
use arrow::datatypes::TimestampMillisecondType;
use futures::StreamExt;
use traillake::{ImportOptions, ImportProgress, Lake, LakeOptions, Observer, Source};

/// An observer is told how an import goes; a service would feed its metrics here.
struct Log;

impl Observer for Log {
    fn listed(&self, objects: u64, bytes: u64) {
        println!("{objects} objects, {bytes} bytes to import");
    }

    fn progressed(&self, _progress: ImportProgress) {}

    fn committed(&self, version: u64) {
        println!("version {version} is on disk");
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lake = Lake::temporary(&LakeOptions::default()).await?;
    let trail = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/trail/AWSLogs");
    lake.import_with("trail", &[Source::Directory(trail)], &ImportOptions::default(), &Log).await?;

    // Columns come in the types of the documented schema: varchar as Utf8View, timestamp(3) as milliseconds without a
    // zone, structs and maps as Arrow's.
    let sql = "SELECT eventTime, userIdentity.arn FROM trail \
               WHERE errorCode LIKE '%AccessDenied%' OR errorCode LIKE '%Unauthorized%' ORDER BY eventTime";
    let mut results = lake.query(sql).await?;
    let mut denied: HashMap<String, (usize, i64)> = HashMap::new();
    while let Some(batch) = results.next().await {
        let batch = batch?;
        let times = batch.column(0).as_primitive::<TimestampMillisecondType>();
        let callers = batch.column(1).as_string_view();
        for row in (0..batch.num_rows()).filter(|&row| callers.is_valid(row)) {
            let entry = denied.entry(callers.value(row).to_owned()).or_insert((0, times.value(row)));
            entry.0 += 1;
        }
    }

    // A burst of denials from one session is somebody trying doors.
    let mut bursts: Vec<_> = denied.into_iter().filter(|(_, (count, _))| *count >= 20).collect();
    bursts.sort();
    for (caller, (count, first)) in &bursts {
        println!("{caller} was denied {count} times, first at {first} ms");
    }
    assert_eq!(bursts.len(), 1, "the sample trail holds one such burst");

    // What the answer cost: this is what CloudTrail Lake bills by.
    let statistics = results.statistics();
    println!(
        "{} events and {} bytes scanned in {:?}",
        statistics.events_scanned, statistics.bytes_scanned, statistics.elapsed
    );
    Ok(())
}
