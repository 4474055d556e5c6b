//! # Following one access key
//!
//! Somebody tells us that the access key of a build user leaked. What did it do, from where, and what did others do
//! with what it got? The sample trail holds such a case; we pretend to know nothing but the user's name.

#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use std::path::Path;

use traillake::{Lake, LakeOptions, Source, text};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lake = Lake::temporary(&LakeOptions::default()).await?;
    let trail = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/trail/AWSLogs");
    lake.import("trail", [Source::Directory(trail)]).await?;

    // Which keys does the user have, and from how many networks does each call? A key that suddenly speaks from
    // somewhere else is the first thing to look at.
    show(
        &lake,
        "Keys of the user, and where they call from",
        "SELECT userIdentity.accessKeyId, sourceIPAddress, count(*) AS calls, min(eventTime) AS first, max(eventTime) AS last \
         FROM trail WHERE userIdentity.userName = 'deploy-ci' GROUP BY 1, 2 ORDER BY 4",
    )
    .await?;

    // 203.0.113.66 is no address of ours. Everything it did with the key, in order. `userIdentity.accessKeyId` is a
    // flat column with a bloom filter, so over years of logs this reads the few places where the key occurs.
    let key = "AKIAW7TDYGFVJEXAMPLE";
    show(
        &lake,
        "What the key did from there",
        &format!(
            "SELECT eventTime, eventName, element_at(requestParameters, 'bucketName') AS bucket, \
             element_at(requestParameters, 'key') AS object, errorCode \
             FROM trail WHERE userIdentity.accessKeyId = '{key}' AND sourceIPAddress = '203.0.113.66' ORDER BY eventTime"
        ),
    )
    .await?;

    // Did the same address use other keys? An intruder seldom stops at one.
    show(
        &lake,
        "Everyone else in that network",
        "SELECT sourceIPAddress, userIdentity.arn, count(*) AS calls, count(errorCode) AS errors \
         FROM trail WHERE sourceIPAddress LIKE '203.0.113.%' GROUP BY 1, 2 ORDER BY 1, 2",
    )
    .await?;

    // Sessions pass keys on: AssumeRole answers with a new one. Joining the grant to its uses follows the chain.
    show(
        &lake,
        "Busiest sessions, with who opened them",
        "WITH grants AS (SELECT userIdentity.arn AS opener, \
             json_extract_scalar(element_at(responseElements, 'credentials'), '$.accessKeyId') AS issued \
             FROM trail WHERE eventName = 'AssumeRole' AND errorCode IS NULL) \
         SELECT opener, issued, count(*) AS uses FROM grants JOIN trail ON issued = userIdentity.accessKeyId \
         WHERE opener IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC, 2 LIMIT 5",
    )
    .await?;
    Ok(())
}

async fn show(lake: &Lake, title: &str, sql: &str) -> Result<(), traillake::Error> {
    println!("\n{title}");
    let mut results = lake.query(sql).await?;
    for batch in results.collect().await? {
        for row in 0..batch.num_rows() {
            let values = batch.columns().iter().map(|column| text::format(column, row).unwrap_or("–".into()));
            println!("  {}", values.collect::<Vec<_>>().join("  "));
        }
    }
    let statistics = results.statistics();
    println!("  ({} rows, {} bytes read)", statistics.rows, statistics.bytes_scanned);
    Ok(())
}
