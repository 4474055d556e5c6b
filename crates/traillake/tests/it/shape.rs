//! The documented shape, names and headers.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use traillake::{Changes, CreateOptions, ErrorKind, ImportOptions, Lake, LakeOptions, Source};

use crate::ask::{ask, lake_of, value};

async fn sample() -> Lake {
    let trail = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs");
    lake_of(&[PathBuf::from(&trail)], &ImportOptions::default()).await.0
}

async fn headers(lake: &Lake, sql: &str) -> Vec<String> {
    let results = lake.query(sql).await.unwrap();
    results.schema().fields().iter().map(|field| field.name().clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_are_as_typed_and_may_repeat() {
    let lake = sample().await;
    let sql = "SELECT eventNAME, userIdentity.ARN, userIdentity.sessionContext.sessionIssuer.arn, count(*), \
               element_at(requestParameters, 'bucketName') AS Bucket FROM EVENTS GROUP BY 1, 2, 3, 5";
    assert_eq!(headers(&lake, sql).await, ["eventNAME", "ARN", "arn", "_col3", "Bucket"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_answers_to_name_id_arn_and_placeholder() {
    let lake = sample().await;
    let id = lake.event_data_store("events").await.unwrap().id();
    let arn = id.arn("us-east-1", "111122223333");
    for from in
        ["events", "Events", "\"EVENTS\"", &id.to_string(), &format!("\"{id}\""), &format!("\"{arn}\""), "$EDS_ID"]
    {
        assert_eq!(value(&lake, &format!("SELECT count(*) FROM {from}")).await.as_deref(), Some("2000"), "{from}");
    }
    let joined = format!("SELECT count(*) FROM {id} a JOIN {id} AS b ON a.eventID = b.eventID");
    assert_eq!(value(&lake, &joined).await.as_deref(), Some("2000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_names_say_what_was_meant() {
    let lake = sample().await;
    for (sql, text, hint) in [
        ("SELECT 1 FROM evnts", "event data store \"evnts\" does not exist", "did you mean \"events\"?"),
        ("SELECT evntName FROM events", "evntName", "eventName"),
        ("SELECT userIdentity.arm FROM events", "arm", "arn"),
        ("SELECT lenght(eventName) FROM events", "lenght", "length"),
        ("SELECT 1 FROM lake.import", "lake.import", "lake.imports"),
    ] {
        let error = lake.query(sql).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::User, "{sql}: {error:?}");
        assert!(error.to_string().contains(text), "{sql}: {error}");
        let found = error.hint().unwrap_or_default().to_lowercase();
        assert!(found.contains(&hint.to_lowercase()), "{sql}: {error} / {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absent_object_is_null_and_its_leaves_are() {
    let lake = sample().await;
    let whole = value(&lake, "SELECT count(*) FROM events WHERE tlsDetails IS NULL").await;
    let json = "SELECT count(*) FROM events WHERE json_extract(eventJson, '$.tlsDetails') IS NULL";
    assert_eq!(whole, value(&lake, json).await);
    assert_ne!(whole.as_deref(), Some("0"));
    assert_eq!(
        value(&lake, "SELECT count(*) FROM events WHERE tlsDetails IS NULL AND tlsDetails.tlsVersion IS NOT NULL")
            .await
            .as_deref(),
        Some("0")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_column_can_be_selected() {
    let lake = sample().await;
    let rows = ask(&lake, "SELECT * FROM events ORDER BY eventTime DESC, eventID LIMIT 3").await;
    assert_eq!((rows.len(), rows[0].len()), (3, 35));
    let names = headers(&lake, "SELECT * FROM events LIMIT 1").await;
    assert_eq!((names[0].as_str(), names[32].as_str()), ("eventversion", "eventjson"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checksum_is_that_of_the_json() {
    let lake = sample().await;
    let rows = ask(&lake, "SELECT eventJson, eventJsonChecksum FROM events").await;
    assert_eq!(rows.len(), 2000);
    for row in rows {
        let digest = Sha256::digest(row[0].as_deref().unwrap());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(row[1].as_deref(), Some(hex.as_str()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn system_tables_answer() {
    let lake = sample().await;
    for (sql, expected) in [
        (
            "SELECT sum(events), sum(duplicates), sum(rejects), sum(records) FROM lake.imports",
            vec!["2000", "20", "0", "2020"],
        ),
        ("SELECT count(*) FROM lake.import_objects", vec!["124"]),
        ("SELECT count(*) FROM lake.rejects", vec!["0"]),
        ("SELECT sum(events) FROM lake.data_files", vec!["2000"]),
        ("SELECT name, events FROM lake.event_data_stores", vec!["events", "2000"]),
        ("SELECT operation FROM lake.snapshots ORDER BY version DESC LIMIT 1", vec!["IMPORT"]),
        ("SELECT stored_as FROM lake.columns WHERE name = 'useridentity.arn'", vec!["userIdentity_arn"]),
    ] {
        let row = ask(&lake, sql).await.remove(0);
        assert_eq!(row.into_iter().flatten().collect::<Vec<_>>(), expected, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_objects_again_add_nothing() {
    let lake = sample().await;
    let trail = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs");
    let report = lake.import("events", [Source::Directory(trail)]).await.unwrap();
    assert_eq!((report.events, report.objects_already_imported), (0, 124));
    assert_eq!(value(&lake, "SELECT count(*) FROM events").await.as_deref(), Some("2000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_waits_for_its_deletion_answers_no_queries() {
    let lake = Lake::temporary(&LakeOptions::default()).await.unwrap();
    let store = lake.create_event_data_store("old", CreateOptions::default()).await.unwrap();
    let store = store.update(Changes { termination_protection: Some(false), ..Changes::default() }).await.unwrap();
    let store = store.delete().await.unwrap();
    let error = lake.query("SELECT 1 FROM old").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "event data store \"old\" is pending deletion and answers no queries (line 1, column 15)"
    );
    store.restore().await.unwrap();
    assert!(lake.query("SELECT 1 FROM old").await.is_ok());
}
