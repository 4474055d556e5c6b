//! Stores as they were: `FOR VERSION AS OF`, `FOR TIMESTAMP AS OF`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use traillake::{Clock, CreateOptions, Lake, LakeOptions, Retention, Source, VacuumOptions};

use crate::ask::{ask, value};

const HOUR_MS: i64 = 3_600_000;
/// 2096-01-02T00:00:00Z: a vacuum looks at the times of files, too, and these are today's.
const START_MS: i64 = 3_976_300_800_000;

/// A lake whose clock the test moves, with a store that has had an import an hour: one event, then two, then four.
async fn lake() -> (tempfile::TempDir, Lake, Arc<AtomicI64>) {
    let folder = tempfile::tempdir().unwrap();
    let now = Arc::new(AtomicI64::new(START_MS));
    let clock = {
        let now = Arc::clone(&now);
        Clock::new(move || now.load(Ordering::SeqCst))
    };
    let location = folder.path().join("lake").display().to_string();
    let stores = traillake_store::Lake::open(&location).await.unwrap().with_clock(clock);
    let lake = Lake::over_storage(stores, &LakeOptions::default()).unwrap();
    let options = CreateOptions { retention: Some(Retention::Unlimited), ..CreateOptions::default() };
    lake.create_event_data_store("trail", options).await.unwrap();
    for (import, events) in [1, 1, 2].into_iter().enumerate() {
        now.fetch_add(HOUR_MS, Ordering::SeqCst);
        let event = |event| {
            format!(
                r#"{{"eventName":"E{import}","eventSource":"s","eventID":"{import}.{event}","eventTime":"2026-01-01T00:00:00Z"}}"#
            )
        };
        let file = folder.path().join(format!("{import}.json"));
        std::fs::write(&file, (0..events).map(event).collect::<Vec<_>>().join("\n")).unwrap();
        assert_eq!(lake.import("trail", [Source::File(file)]).await.unwrap().events, events);
    }
    (folder, lake, now)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_answers_as_it_was() {
    let (_folder, lake, _now) = lake().await;
    for (clause, expected) in [
        ("", "4"),
        ("FOR VERSION AS OF 1", "0"),
        ("FOR VERSION AS OF 2", "1"),
        ("FOR VERSION AS OF 3", "2"),
        ("FOR VERSION AS OF 4", "4"),
        ("FOR TIMESTAMP AS OF TIMESTAMP '2096-01-02 00:30:00'", "0"),
        ("FOR TIMESTAMP AS OF TIMESTAMP '2096-01-02 01:00:00'", "1"),
        ("FOR TIMESTAMP AS OF TIMESTAMP '2096-01-02 02:59:59.999 UTC'", "2"),
        ("FOR TIMESTAMP AS OF TIMESTAMP '2096-01-02 05:00:00 +01:00'", "4"),
        ("FOR TIMESTAMP AS OF current_timestamp - INTERVAL '1' HOUR", "2"),
        ("FOR TIMESTAMP AS OF now()", "4"),
    ] {
        let sql = format!("SELECT count(*) FROM trail {clause}");
        assert_eq!(value(&lake, &sql).await.as_deref(), Some(expected), "{sql}");
        let by_name = format!(
            "SELECT coalesce(sum(n), 0) FROM (SELECT eventName, count(*) n FROM Trail {clause} t GROUP BY t.eventName)"
        );
        assert_eq!(value(&lake, &by_name).await.as_deref(), Some(expected), "{by_name}");
        let rows = ask(&lake, &format!("SELECT trail.eventID FROM trail {clause} WHERE trail.eventSource = 's'")).await;
        assert_eq!(rows.len().to_string(), expected, "{clause}");
    }
    let id = lake.event_data_store("trail").await.unwrap().id();
    assert_eq!(value(&lake, &format!("SELECT count(*) FROM {id} FOR VERSION AS OF 2")).await.as_deref(), Some("1"));
    assert_eq!(value(&lake, "SELECT count(*) FROM athena.trail FOR VERSION AS OF 3 a").await.as_deref(), Some("2"));
    assert_eq!(value(&lake, "SELECT count(*) FROM $EDS_ID FOR VERSION AS OF 3").await.as_deref(), Some("2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_compared() {
    let (_folder, lake, _now) = lake().await;
    let new = "SELECT n.eventID FROM trail n LEFT JOIN trail FOR VERSION AS OF 2 o ON n.eventID = o.eventID \
               WHERE o.eventID IS NULL ORDER BY 1";
    let ids: Vec<_> = ask(&lake, new).await.into_iter().map(|row| row[0].clone().unwrap()).collect();
    assert_eq!(ids, ["1.0", "2.0", "2.1"]);
    let except = "SELECT eventID FROM trail FOR VERSION AS OF 3 EXCEPT SELECT eventID FROM trail FOR VERSION AS OF 2";
    assert_eq!(ask(&lake, except).await, [[Some("1.0".to_owned())]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_version_is_told() {
    let (_folder, lake, now) = lake().await;
    let error = async |sql: &str| lake.query(sql).await.unwrap_err().to_string();
    assert!(error("SELECT 1 FROM trail FOR VERSION AS OF 5").await.contains("no version 5"));
    let before = error("SELECT 1 FROM trail FOR TIMESTAMP AS OF DATE '2095-12-31'").await;
    assert!(before.contains("\"trail\" has no version as of 2095-12-31T00:00:00"), "{before}");
    assert!(error("SELECT 1 FROM trial FOR VERSION AS OF 1").await.contains("\"trial\""));
    // What a vacuum took cannot be asked any more.
    now.fetch_add(30 * 24 * HOUR_MS, Ordering::SeqCst);
    let store = lake.event_data_store("trail").await.unwrap();
    store.compact(traillake::CompactionOptions::default(), &mut |_| ()).await.unwrap();
    now.fetch_add(30 * 24 * HOUR_MS, Ordering::SeqCst);
    store.vacuum(VacuumOptions::default()).await.unwrap();
    assert_eq!(value(&lake, "SELECT count(*) FROM trail").await.as_deref(), Some("4"));
    assert!(lake.query("SELECT 1 FROM trail FOR VERSION AS OF 2").await.is_err());
}
