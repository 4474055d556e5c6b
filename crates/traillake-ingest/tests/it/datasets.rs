//! Real records and their neighbours: the counts that each folder's README states.

use traillake_ingest::{Options, SkipReason};

use crate::lake::{Scratch, datasets};

/// What an import with every duplicate kept must find: events, rejects, skipped by reason.
type Expected = (&'static str, u64, u64, &'static [(SkipReason, u64)]);

use SkipReason::{ActionTrail, AuditEvent, Config, Digest, Insight, NotJson, QueryResults, UnknownJson};

const EXPECTED: &[Expected] = &[
    ("aws-cloudtrail-user-guide/event_examples.jsonl.gz", 19, 0, &[]),
    ("aws-cloudtrail-user-guide/insights.jsonl.gz", 0, 0, &[(Insight, 5)]),
    ("aws-cloudtrail-user-guide/digest_1.json.gz", 0, 0, &[(Digest, 1)]),
    ("aws-cloudtrail-user-guide/digest_2.json.gz", 0, 0, &[(Digest, 1)]),
    ("aws-cloudtrail-user-guide/put_audit_events_documents.jsonl.gz", 0, 0, &[(AuditEvent, 2)]),
    ("aws-cloudtrail-user-guide/lake_query_results.jsonl.gz", 0, 0, &[(QueryResults, 5)]),
    ("aws-cloudtrail-user-guide/raw_newlines_in_strings_1.json.gz", 1, 0, &[]),
    ("aws-config-rdk/config_items.jsonl.gz", 0, 0, &[(Config, 80)]),
    // One whole item; the array's closing bracket is missing.
    ("aws-config-rdk/malformed_network_interface.json.gz", 0, 1, &[(Config, 1)]),
    ("cloud-custodian/event_bus_envelopes.jsonl.gz", 11, 0, &[]),
    ("cloud-custodian/bare_records.jsonl.gz", 14, 0, &[]),
    ("cloud-custodian/config_items.jsonl.gz", 0, 0, &[(Config, 26)]),
    ("cloud-custodian/config_notifications.jsonl.gz", 0, 0, &[(Config, 1)]),
    ("cloudgrep/cloudtrail.json.gz", 1, 0, &[]),
    ("cloudgrep/cloudtrail_singleline.json.gz", 1, 0, &[]),
    ("cloudgrep/truncated_cloudtrail.json.gz", 0, 1, &[]),
    // Four digests and their four metadata files.
    ("delivery-layout/bucket", 1150, 0, &[(UnknownJson, 4), (Digest, 4)]),
    ("fullstop/documents", 36, 0, &[]),
    ("fullstop/fullstop_24.jsonl.gz", 24, 0, &[]),
    ("lambda-promtail/cloudtrail-log-file.json.gz", 2, 0, &[]),
    ("opensearch-catalog/cloudtrail_840.json.gz", 840, 0, &[]),
    // One record has braces too many behind it, another too few.
    ("opensearch-catalog/malformed_mixed_shapes.json.gz", 840, 2, &[]),
    ("opensearch-catalog/indexed_documents_50.json.gz", 50, 0, &[]),
    ("opensearch-catalog/one_record_pretty.json.gz", 1, 0, &[]),
    ("opentelemetry-collector-contrib", 1, 0, &[(NotJson, 1), (Digest, 2)]),
    ("panther-analysis/fixtures_461.jsonl.gz", 461, 0, &[]),
    ("stratus-red-team/arrays", 310, 0, &[]),
    ("stratus-red-team/stratus_310.jsonl.gz", 310, 0, &[]),
    ("streamalert/event_bus_envelopes.jsonl.gz", 15, 0, &[]),
    // 61 in all: four of ActionTrail and an Insights record among them.
    ("streamalert/rules__*", 56, 0, &[(Insight, 1), (ActionTrail, 4)]),
    ("trailscraper/*.gz", 5, 0, &[]),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_folder_gives_what_its_readme_counts() {
    let Some(root) = datasets() else { return };
    let options = Options { keep_duplicates: true, ..Options::default() };
    let mut wrong = Vec::new();
    for (name, events, rejects, skipped) in EXPECTED {
        let scratch = Scratch::new().await;
        let report = scratch.import_with(root.join(name).to_str().unwrap(), &options).await;
        let found = (report.events, report.rejects, report.skipped.into_iter().collect::<Vec<_>>());
        let expected = (*events, *rejects, skipped.to_vec());
        if found != expected {
            wrong.push(format!("{name}: expected {expected:?}, found {found:?}"));
        }
        assert_eq!(scratch.rows().await, report.events);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_records_in_other_files_are_duplicates() {
    let Some(root) = datasets() else { return };
    let scratch = Scratch::new().await;
    let first = scratch.import(root.join("opensearch-catalog/cloudtrail_840.json.gz").to_str().unwrap()).await;
    assert_eq!((first.events, first.duplicates), (840, 0));
    // The same records in another layout: 15 files of an organization trail and 36 of other accounts.
    let second = scratch.import(root.join("delivery-layout/bucket").to_str().unwrap()).await;
    assert_eq!((second.records - second.events - second.duplicates, second.rejects), (8, 0));
    println!("delivery-layout after cloudtrail_840: {} new, {} duplicates", second.events, second.duplicates);
    let again = scratch.import(root.join("delivery-layout").to_str().unwrap()).await;
    assert_eq!((again.events, again.duplicates, again.objects_already_imported), (0, 0, second.objects));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_at_once_adds_up() {
    let Some(root) = datasets() else { return };
    let scratch = Scratch::new().await;
    let report = scratch.import(root.to_str().unwrap()).await;
    println!("{report}");
    println!("{:?}", scratch.rows_by_day().await.len());
    let ledger = scratch.store.snapshot().await.unwrap().ledger().await.unwrap();
    let objects = scratch.objects().await;
    assert_eq!(objects.len() as u64, report.objects);
    assert_eq!(ledger.rejects().await.unwrap().len() as u64, report.rejects);
    assert_eq!(objects.iter().map(|object| object.events).sum::<u64>(), scratch.rows().await);
}
