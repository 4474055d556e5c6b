//! # A first lake
//!
//! CloudTrail delivers log files; questions want a table. This program makes the one from the other and asks it
//! something, with nothing but a directory to work in.

#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use std::path::Path;

use traillake::{Lake, Source};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A lake is a directory. It need not exist yet; here it is a temporary one, so that the example can be run again.
    let directory = tempfile::tempdir()?;
    let lake = Lake::open(&directory.path().to_string_lossy()).await?;

    // Importing into a name makes the event data store. The source is the folder as CloudTrail lays it out in a
    // bucket, but any folder, file or glob will do: TrailLake looks at the content, not at names.
    let trail = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/trail/AWSLogs");
    let report = lake.import("trail", [Source::Directory(trail.clone())]).await?;
    println!("{report}\n");

    // The report adds up: each record became an event, or it is counted as something else.
    assert_eq!(report.records, report.events + report.duplicates + report.rejects);

    // The trail delivers twenty events twice. They were counted once. Importing everything again adds nothing at
    // all, for the store remembers which objects it has seen.
    let again = lake.import("trail", [Source::Directory(trail)]).await?;
    assert_eq!(again.events, 0);

    // CloudTrail Lake's SQL, with names in any letter case. The answer is Arrow; `text::format` prints a value the
    // way CloudTrail Lake does.
    let sql = "SELECT eventSource, count(*) AS events, count(errorCode) AS errors \
               FROM trail GROUP BY eventSource ORDER BY events DESC LIMIT 5";
    let mut results = lake.query(sql).await?;
    for batch in results.collect().await? {
        for row in 0..batch.num_rows() {
            let values: Vec<_> =
                batch.columns().iter().map(|column| traillake::text::format(column, row).unwrap_or_default()).collect();
            println!("{:32} {:>6} {:>6}", values[0], values[1], values[2]);
        }
    }
    Ok(())
}
