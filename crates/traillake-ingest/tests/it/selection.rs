//! What an import leaves out of what it reads, and how it comes in after all.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use traillake_ingest::{ImportReport, Options, SkipReason, Source, verify};
use traillake_store::{Changes, CreateOptions, Retention};

use crate::lake::Scratch;
use crate::pipeline::Silent;

const DAY_MS: i64 = 86_400_000;
/// 2026-03-01T00:00:00Z
const NOW_MS: i64 = 1_772_323_200_000;

fn instant(millis: i64) -> String {
    let mut text = String::new();
    traillake_event::time::write(&mut text, millis, traillake_event::time::Spelling::Millis);
    text
}

/// A record of the Region and account of the store, unless they are replaced.
fn record(id: &str, at_ms: i64) -> String {
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"{}","eventName":"PutObject","eventSource":"s3.amazonaws.com","eventID":"{id}","awsRegion":"eu-west-1","recipientAccountId":"111122223333","readOnly":false,"eventCategory":"Management"}}"#,
        instant(at_ms)
    )
}

fn skipped(report: &ImportReport) -> Vec<(SkipReason, u64)> {
    report.skipped.iter().map(|(reason, count)| (*reason, *count)).collect()
}

async fn store(options: CreateOptions) -> (Scratch, Arc<AtomicI64>) {
    let now = Arc::new(AtomicI64::new(NOW_MS));
    let clock = Arc::clone(&now);
    (Scratch::at(options, move || clock.load(Ordering::SeqCst)).await, now)
}

fn kept_for(days: u32) -> CreateOptions {
    CreateOptions { retention: Some(Retention::Days(days)), ..CreateOptions::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_too_old_are_counted_and_left_out_to_the_millisecond() {
    let (scratch, _) = store(kept_for(30)).await;
    let oldest = NOW_MS - 30 * DAY_MS;
    let no_time = r#"{"eventName":"A","eventSource":"b","eventID":"none"}"#.to_owned();
    let records =
        [record("new", NOW_MS), record("edge", oldest), record("old", oldest - 1), record("older", 0), no_time];
    let source = scratch.write("a.json", records.join("\n"));
    let report = scratch.import(&source).await;
    assert_eq!((report.records, report.events, report.objects_foreign), (5, 3, 0), "{report}");
    assert_eq!(skipped(&report), [(SkipReason::TooOld, 2)]);
    // What is left out is not missing.
    let sources = [Source::parse(&source).unwrap()];
    let verified = verify(&scratch.store, &sources, &Options::default(), &Silent).await.unwrap();
    assert!(verified.is_clean(), "{verified}");

    let longer = Changes { retention: Some(Retention::Unlimited), ..Changes::default() };
    scratch.store.update(longer).await.unwrap();
    assert_eq!(scratch.import(&source).await.objects_already_imported, 1);
    let again = Options { again: true, ..Options::default() };
    let report = scratch.import_with(&source, &again).await;
    assert_eq!((report.events, report.duplicates, report.skipped.len()), (2, 3, 0), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_a_region_and_an_account_keeps_theirs() {
    let options = CreateOptions {
        multi_region: false,
        region: Some("eu-west-1".to_owned()),
        account: Some("111122223333".to_owned()),
        ..kept_for(30)
    };
    let (scratch, _) = store(options).await;
    let records = [
        record("here", NOW_MS),
        record("there", NOW_MS).replace("eu-west-1", "us-east-1"),
        record("other", NOW_MS).replace("111122223333", "444455556666"),
        record("untold", NOW_MS).replace("awsRegion", "region"),
    ];
    let report = scratch.import(&scratch.write("a.json", records.join("\n"))).await;
    assert_eq!(report.events, 2, "{report}");
    assert_eq!(skipped(&report), [(SkipReason::OtherRegion, 1), (SkipReason::OtherAccount, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn selectors_are_applied_when_asked() {
    let selectors = "eventCategory=Management and readOnly=false and eventName!^=Put".parse().unwrap();
    let (scratch, _) = store(CreateOptions { selectors: Some(selectors), ..kept_for(30) }).await;
    let records = [
        record("put", NOW_MS),
        record("delete", NOW_MS).replace("PutObject", "DeleteObject"),
        record("get", NOW_MS).replace("PutObject", "GetObject").replace("false", "true"),
    ];
    let source = scratch.write("a.json", records.join("\n"));
    let asked = Options { apply_selectors: true, dry_run: true, ..Options::default() };
    let report = scratch.import_with(&source, &asked).await;
    assert_eq!((report.events, skipped(&report)), (1, vec![(SkipReason::NotSelected, 2)]), "{report}");
    // As with CloudTrail's imports, they are not unless asked.
    assert_eq!(scratch.import(&source).await.events, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_selectors_the_categories_select() {
    let (scratch, _) = store(kept_for(30)).await;
    let records = [record("management", NOW_MS), record("data", NOW_MS).replace("Management", "Data")];
    let source = scratch.write("a.json", records.join("\n"));
    let asked = Options { apply_selectors: true, ..Options::default() };
    let report = scratch.import_with(&source, &asked).await;
    assert_eq!((report.events, skipped(&report)), (1, vec![(SkipReason::NotSelected, 1)]), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_outside_the_window_are_left_out_and_can_be_read_again() {
    let (scratch, _) = store(kept_for(30)).await;
    let (from, to) = (NOW_MS - 3 * DAY_MS, NOW_MS - DAY_MS);
    let times = [from - 1, from, to - 1, to];
    let records: Vec<String> = times.iter().enumerate().map(|(id, at)| record(&format!("e{id}"), *at)).collect();
    let source = scratch.write("a.json", records.join("\n"));
    let windowed = Options { window_ms: Some(from..to), ..Options::default() };
    let report = scratch.import_with(&source, &windowed).await;
    assert_eq!((report.events, skipped(&report)), (2, vec![(SkipReason::OutsideWindow, 2)]), "{report}");
    let report = scratch.import_with(&source, &Options { again: true, ..Options::default() }).await;
    assert_eq!((report.events, report.duplicates), (2, 2), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_again_is_not_counted_twice_though_it_has_no_id() {
    let (scratch, _) = store(kept_for(30)).await;
    let nameless = |name: &str| record("", NOW_MS).replace("PutObject", name);
    let source = scratch.write("a.json", [nameless("A"), nameless("A"), record("x", NOW_MS)].join("\n"));
    assert_eq!(scratch.import(&source).await.events, 3);
    let again = Options { again: true, ..Options::default() };
    let report = scratch.import_with(&source, &again).await;
    assert_eq!((report.events, report.duplicates), (0, 3), "{report}");
    // In another object they are other events, as ever.
    let other = scratch.write("b.json", [nameless("A"), nameless("B")].join("\n"));
    let report = scratch.import_with(&other, &again).await;
    assert_eq!((report.events, report.duplicates), (2, 0), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_takes_away_days_that_have_become_too_old() {
    let (scratch, now) = store(kept_for(30)).await;
    let records = (0..30).map(|day| record(&format!("e{day}"), NOW_MS - day * DAY_MS));
    scratch.import(&scratch.write("a.json", records.collect::<Vec<_>>().join("\n"))).await;
    assert_eq!(scratch.rows().await, 30);
    now.fetch_add(10 * DAY_MS, Ordering::SeqCst);
    let left = Options { expire: false, ..Options::default() };
    let report = scratch.import_with(&scratch.write("b.json", record("b", NOW_MS)), &left).await;
    assert_eq!((report.events_expired, scratch.rows().await), (0, 31));
    let report = scratch.import(&scratch.write("c.json", record("c", NOW_MS))).await;
    // The day in which the period begins goes when all of it is too old.
    assert_eq!((report.events_expired, report.expiry_failed.as_deref()), (9, None), "{report}");
    assert_eq!(scratch.rows().await, 23);
    assert!(report.to_string().contains("expired                        9"), "{report}");
    assert_eq!(
        (report.files_vacuumed, report.vacuum_failed.as_deref()),
        (0, None),
        "earlier versions can be asked yet"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_merged_is_deleted_when_nobody_can_ask_for_it_any_more() {
    // Long after today, as a vacuum looks at the times of the files, too.
    const LATER_MS: i64 = NOW_MS + 70 * 365 * DAY_MS;
    let (scratch, now) =
        store(CreateOptions { retention: Some(Retention::Unlimited), ..CreateOptions::default() }).await;
    now.store(LATER_MS, Ordering::SeqCst);
    let mut reports = Vec::new();
    for number in 0..16 {
        if number == 8 {
            now.fetch_add(8 * DAY_MS, Ordering::SeqCst);
        }
        let at = now.load(Ordering::SeqCst);
        let source = scratch.write(&format!("{number}.json"), record(&format!("e{number}"), at));
        reports.push(scratch.import(&source).await);
    }
    assert_eq!((reports[7].files_compacted, reports[7].files_vacuumed), (8, 0));
    // The eight files of the first day, and what stood for them in ledger and listings.
    assert_eq!(reports[15].files_compacted, 8);
    assert!(reports[15].files_vacuumed >= 8 && reports[15].bytes_vacuumed > 0, "{}", reports[15]);
    assert_eq!(scratch.rows().await, 16);
}
