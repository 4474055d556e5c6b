//! Every step of a store's life from every status, allowed or refused in CloudTrail's words.

use traillake_event::category::EventCategory;
use traillake_store::{
    Changes, CompactionOptions, CreateOptions, Error, EventConfiguration, EventDataStore, Retention, Status, Tag,
};

use crate::sample::{Hands, SEVEN_DAYS_MS, create_with, memory_lake, unprotected, write};

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Enabled,
    Stopped,
    Pending,
    Gone,
}

const STATES: [State; 4] = [State::Enabled, State::Stopped, State::Pending, State::Gone];

#[derive(Clone, Copy, Debug)]
enum Step {
    Start,
    Stop,
    Delete,
    Restore,
    Update,
    Rename,
    AddTags,
    RemoveTags,
    Configure,
    Import,
    Query,
    Compact,
    Purge,
}

/// A store in a state, and its lake's clock.
async fn store_in(state: State, options: CreateOptions) -> EventDataStore {
    let hands = Hands::new();
    let lake = memory_lake().with_clock(hands.clock());
    let store = create_with(&lake, "trail", options).await;
    match state {
        State::Enabled => store,
        State::Stopped => store.stop_ingestion().await.unwrap(),
        State::Pending => store.delete().await.unwrap(),
        State::Gone => {
            let deleted = store.delete().await.unwrap();
            hands.advance(SEVEN_DAYS_MS);
            deleted
        }
    }
}

async fn take(step: Step, store: &EventDataStore) -> Result<(), Error> {
    match step {
        Step::Start => drop(store.start_ingestion().await?),
        Step::Stop => drop(store.stop_ingestion().await?),
        Step::Delete => drop(store.delete().await?),
        Step::Restore => drop(store.restore().await?),
        Step::Update => {
            drop(store.update(Changes { retention: Some(Retention::Days(30)), ..Changes::default() }).await?);
        }
        Step::Rename => drop(store.update(Changes { name: Some("path".to_owned()), ..Changes::default() }).await?),
        Step::AddTags => drop(store.add_tags(&[Tag::new("team", "blue")]).await?),
        Step::RemoveTags => drop(store.remove_tags(&["team"]).await?),
        Step::Configure => drop(store.put_event_configuration(EventConfiguration::default()).await?),
        Step::Import => {
            let mut transaction = store.snapshot().await?.begin();
            transaction.add(write(store, "a", 2).await);
            drop(transaction.commit().await?);
        }
        Step::Query => store.attributes().check_takes_queries()?,
        Step::Compact => drop(store.compact(CompactionOptions::default(), &mut |_| ()).await?),
        Step::Purge => drop(store.purge().await?),
    }
    Ok(())
}

const STATUS: Option<&str> = Some("InvalidEventDataStoreStatusException");
const INACTIVE: Option<&str> = Some("InactiveEventDataStoreException");
const GONE: Option<&str> = Some("EventDataStoreNotFoundException");

#[tokio::test]
async fn every_step_from_every_status_is_allowed_or_refused_as_cloudtrail_does() {
    // What each step meets in a store that is enabled, stopped, pending deletion, gone.
    let table = [
        (Step::Start, [STATUS, None, STATUS, GONE]),
        (Step::Stop, [None, STATUS, STATUS, GONE]),
        (Step::Delete, [None, None, INACTIVE, GONE]),
        (Step::Restore, [STATUS, STATUS, None, GONE]),
        (Step::Update, [None, None, INACTIVE, GONE]),
        (Step::Rename, [None, None, INACTIVE, GONE]),
        (Step::AddTags, [None, None, INACTIVE, GONE]),
        (Step::RemoveTags, [None, None, INACTIVE, GONE]),
        (Step::Configure, [None, None, INACTIVE, GONE]),
        (Step::Import, [None, STATUS, INACTIVE, GONE]),
        (Step::Query, [None, None, INACTIVE, INACTIVE]),
        (Step::Compact, [None, None, INACTIVE, INACTIVE]),
        (Step::Purge, [STATUS, STATUS, STATUS, None]),
    ];
    for (step, expected) in table {
        for (state, expected) in STATES.into_iter().zip(expected) {
            let store = store_in(state, unprotected()).await;
            let before = store.history().await.unwrap().len();
            let outcome = take(step, &store).await;
            assert_eq!(outcome.as_ref().err().and_then(Error::aws_name), expected, "{step:?} {state:?} {outcome:?}");
            assert_eq!(outcome.is_ok(), expected.is_none(), "{step:?} {state:?}");
            if let Err(error) = outcome {
                assert_eq!(store.history().await.unwrap().len(), before, "{step:?} {state:?}: nothing is committed");
                assert!(error.to_string().contains("\"trail\""), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn a_protected_store_is_not_deleted_from_any_status() {
    for stop in [false, true] {
        let store = store_in(State::Enabled, CreateOptions::default()).await;
        if stop {
            store.stop_ingestion().await.unwrap();
        }
        let error = store.delete().await.unwrap_err();
        assert_eq!(error.aws_name(), Some("EventDataStoreTerminationProtectedException"));
    }
}

#[tokio::test]
async fn ingestion_starts_and_stops_in_the_categories_that_have_it() {
    use EventCategory::{ActivityAuditLog, ConfigurationItem, Data, Evidence, Insight, Management, NetworkActivity};
    for (category, allowed) in [
        (Management, true),
        (Data, true),
        (NetworkActivity, true),
        (ConfigurationItem, true),
        (Insight, false),
        (Evidence, false),
        (ActivityAuditLog, false),
    ] {
        let multi_region = category != ActivityAuditLog;
        let options = CreateOptions { categories: vec![category], multi_region, ..unprotected() };
        let store = store_in(State::Enabled, options.clone()).await;
        let expected = (!allowed).then_some("InvalidEventDataStoreCategoryException");
        let stopped = store.stop_ingestion().await;
        assert_eq!(stopped.err().and_then(|error| error.aws_name()), expected, "{category}");
        let started = store.start_ingestion().await;
        assert_eq!(started.err().and_then(|error| error.aws_name()), expected, "{category}");

        let lake = memory_lake();
        let created = lake.create("trail", CreateOptions { start_ingestion: false, ..options }).await;
        let expected = (!allowed).then_some("InvalidParameterException");
        assert_eq!(created.err().and_then(|error| error.aws_name()), expected, "{category}");
        if allowed {
            let store = lake.find("trail").await.unwrap().unwrap();
            assert_eq!(store.attributes().status, Status::StoppedIngestion);
            assert_eq!(store.start_ingestion().await.unwrap().attributes().status, Status::Enabled);
        }
    }
}

#[tokio::test]
async fn a_store_that_was_stopped_is_enabled_when_it_is_restored() {
    let store = store_in(State::Stopped, unprotected()).await;
    store.delete().await.unwrap();
    let restored = store.restore().await.unwrap();
    assert_eq!((restored.attributes().status, restored.attributes().deletion_at_ms), (Status::Enabled, None));
}

#[test]
fn statuses_are_spelled_as_cloudtrail_spells_them() {
    for status in Status::ALL {
        assert_eq!(Status::parse(status.as_str()), Some(status));
    }
    assert_eq!(Status::parse("DELETED"), None);
    let passing: Vec<&str> =
        Status::ALL.into_iter().filter(|status| !status.is_settled()).map(Status::as_str).collect();
    assert_eq!(passing, ["CREATED", "STOPPING_INGESTION", "STARTING_INGESTION"]);
}
