//! What an event is said to have, it is found by.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use futures::TryStreamExt;
use traillake::lookup::{Event, Lookup, View};
use traillake::{EventCategory, ImportOptions, Lake, StoreType};

use crate::ask::{lake_of, value};

/// The sample trail, events without a time or an id, and names that mean something to SQL.
async fn sample() -> Lake {
    let trail = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs");
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("odd.json");
    let identity = |identity: &str| {
        format!(r#"{{"eventTime":"2026-03-01T10:00:00Z","eventName":"A","eventSource":"b","userIdentity":{identity}}}"#)
    };
    let records = [
        r#"{"eventName":"A","eventSource":"b","eventID":"1"}"#.to_owned(),
        r#"{"eventName":"A","eventSource":"b","eventID":"2"}"#.to_owned(),
        r#"{"eventName":"A","eventSource":"b","requestParameters":{"a":1}}"#.to_owned(),
        r#"{"eventName":"A","eventSource":"b","requestParameters":{"a":2}}"#.to_owned(),
        identity(r#"{"type":"Root","userName":"alias"}"#),
        identity(r#"{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/role/per_cent%\\it's"}"#),
        identity(r#"{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/role/perXcent%\\it's"}"#),
        identity(r#"{"type":"AssumedRole","arn":"no-slash"}"#),
    ];
    std::fs::write(&odd, format!("[{}]", records.join(","))).unwrap();
    lake_of(&[PathBuf::from(&trail), odd], &ImportOptions::default()).await.0
}

fn asking(attributes: &[String]) -> Lookup {
    let attributes = attributes.iter().map(|text| text.parse().unwrap()).collect();
    Lookup { attributes, max_results: None, ..Lookup::of("events", StoreType::Events) }
}

/// The events of a page, and the token of the next.
async fn page(lake: &Lake, lookup: &Lookup) -> (Vec<Event>, Option<String>) {
    let (mut page, mut events) = (lookup.page().unwrap(), Vec::new());
    let mut results = lake.query(&lookup.sql(View::Events).unwrap()).await.unwrap();
    while let Some(batch) = results.try_next().await.unwrap() {
        events.extend(page.take(&batch).unwrap());
    }
    (events, page.next_token())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_found_by_what_it_has() {
    let lake = sample().await;
    let (all, _) = page(&lake, &asking(&[])).await;
    assert_eq!(Some(all.len().to_string()), value(&lake, "SELECT count(*) FROM events").await);
    let mut expected: BTreeMap<String, usize> = BTreeMap::new();
    for event in &all {
        let mut has: BTreeSet<String> = BTreeSet::new();
        has.extend(event.username.iter().map(|value| format!("Username={value}")));
        has.extend(event.read_only.iter().map(|value| format!("ReadOnly={value}")));
        has.extend(event.event_name.iter().map(|value| format!("EventName={value}")));
        for resource in &event.resources {
            has.insert(format!("ResourceName={}", resource.resource_name));
            has.extend(resource.resource_type.iter().map(|value| format!("ResourceType={value}")));
        }
        has.into_iter().for_each(|attribute| *expected.entry(attribute).or_default() += 1);
    }
    for name in
        ["Username=root", "Username=per_cent%\\it's", "ResourceType=AWS::IAM::AccessKey", "ResourceName=support-temp"]
    {
        assert!(expected.contains_key(name), "{name}");
    }
    // Every kind, and of each as many as time allows.
    let chosen = |kind: &str| {
        let of_kind: Vec<_> = expected.iter().filter(|(name, _)| name.starts_with(kind)).collect();
        let step = of_kind.len().div_ceil(60);
        of_kind.into_iter().step_by(step.max(1)).collect::<Vec<_>>()
    };
    for (attribute, count) in
        ["Username", "ReadOnly", "EventName", "ResourceName", "ResourceType"].into_iter().flat_map(chosen)
    {
        let (found, token) = page(&lake, &asking(std::slice::from_ref(attribute))).await;
        assert_eq!((found.len(), token), (*count, None), "{attribute}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_the_whole_in_its_order() {
    let lake = sample().await;
    let whole = asking(&[]);
    let (all, _) = page(&lake, &whole).await;
    let is_newest_first = |pair: &[Event]| {
        let key = |event: &Event| (event.event_time, event.event_id.clone());
        key(&pair[0]) >= key(&pair[1])
    };
    assert!(all.windows(2).all(is_newest_first));
    let (mut paged, mut next_token): (Vec<Event>, Option<String>) = (Vec::new(), None);
    loop {
        let lookup = Lookup { max_results: Some(331), next_token, ..whole.clone() };
        let (events, token) = page(&lake, &lookup).await;
        paged.extend(events);
        next_token = token;
        if next_token.is_none() {
            break;
        }
    }
    // Those of one time without an id have no order among them.
    let records =
        |events: &[Event]| events.iter().map(|event| event.cloud_trail_event.clone()).collect::<BTreeSet<_>>();
    assert_eq!((paged.len(), records(&paged)), (all.len(), records(&all)));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_has_one_category() {
    let lake = sample().await;
    let mut sum = 0;
    for category in [EventCategory::Management, EventCategory::Data, EventCategory::NetworkActivity] {
        let (events, _) = page(&lake, &Lookup { category: Some(category), ..asking(&[]) }).await;
        assert!(!events.is_empty(), "{category:?}");
        sum += events.len();
    }
    assert_eq!(Some(sum.to_string()), value(&lake, "SELECT count(*) FROM events").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lookup_reads_what_can_have_the_value() {
    let trail = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs");
    let (lake, _) = lake_of(&[trail], &ImportOptions::default()).await;
    for attribute in
        ["Username", "ResourceName", "AccessKeyId", "EventId", "requestParameters.bucketName", "resources.arn"]
    {
        let sql = asking(&[format!("{attribute}=nobody-has-this")]).sql(View::Events).unwrap();
        let mut results = lake.query(&sql).await.unwrap();
        assert!(results.collect().await.unwrap().iter().all(|batch| batch.num_rows() == 0));
        assert_eq!(results.statistics().events_scanned, 0, "{attribute}");
    }
}
