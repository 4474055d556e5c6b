use traillake::{Source, SystemTable};

use super::*;

/// A catalog with two stores and some lists, without a lake.
pub(in crate::shell) fn known() -> Catalog {
    let catalog = Catalog::of(functions());
    let store = |name: &str, store_type| Store {
        name: name.to_owned(),
        also: Vec::new(),
        schema: Arc::clone(Schema::of(store_type)),
        version: 1,
    };
    let stores = [("trail", StoreType::Events), ("trail-prod", StoreType::Evidence), ("my.store", StoreType::Insights)];
    catalog.lock().stores = stores.map(|(name, store_type)| store(name, store_type)).into();
    catalog
}

/// Puts a list into a catalog.
pub(in crate::shell) fn put(catalog: &Catalog, question: Question, values: &[(&str, u64)]) {
    let values = values.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect();
    let list = Some(Arc::new(List { values, is_whole: true }));
    let entry = Entry { list, version: 1, ..Entry::default() };
    catalog.lock().lists.insert(question, entry);
}

fn functions() -> Vec<Function> {
    let runtime = runtime();
    runtime.block_on(async { Lake::temporary(&traillake::LakeOptions::default()).await.unwrap().functions() })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

const EVENT: &str = r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::1:user/o'neill"},
"eventTime":"2026-01-01T00:00:00Z","eventSource":"SOURCE","eventName":"NAME","awsRegion":"eu-west-1",
"sourceIPAddress":"10.0.0.1","userAgent":"AGENT","requestParameters":{"bucketName":"logs","acl":"private"},
"requestID":"r","eventID":"ID","eventType":"AwsApiCall","recipientAccountId":"123456789012"}"#;

/// A lake with three events in store `trail`.
async fn lake() -> Lake {
    let lake = Lake::temporary(&traillake::LakeOptions::default()).await.unwrap();
    let events = [("s3", "GetObject"), ("s3", "PutObject"), ("iam", "PutObject")].iter().enumerate();
    let events = events.map(|(i, (source, name))| {
        let event = EVENT.replace("SOURCE", source).replace("NAME", name);
        event.replace("ID", &i.to_string()).replace("AGENT", if i == 0 { "a\\u001b[2J" } else { "curl" })
    });
    let records = format!(r#"{{"Records":[{}]}}"#, events.collect::<Vec<_>>().join(","));
    let file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
    std::fs::write(file.path(), records).unwrap();
    let report = lake.import("trail", [Source::File(file.path().into())]).await.unwrap();
    assert_eq!(report.events, 3);
    lake
}

fn values(catalog: &Catalog, question: &Question) -> Vec<(String, u64)> {
    catalog.list(question, Duration::from_secs(60)).map(|list| list.values.clone()).unwrap_or_default()
}

fn texts(values: &[(&str, u64)]) -> Vec<(String, u64)> {
    values.iter().map(|(text, count)| ((*text).to_owned(), *count)).collect()
}

#[test]
fn values_and_keys_come_from_the_lake() {
    let runtime = runtime();
    let lake = runtime.block_on(lake());
    let catalog = Catalog::new(&lake);
    catalog.refresh(&lake, runtime.handle());
    while catalog.stores().is_empty() {
        std::thread::yield_now();
    }
    let of = |expression: &str| Question::new("trail", Of::Values(expression.to_owned()));
    assert_eq!(values(&catalog, &of("eventName")), texts(&[("PutObject", 2), ("GetObject", 1)]));
    assert_eq!(values(&catalog, &of("userIdentity.arn")), texts(&[("arn:aws:iam::1:user/o'neill", 3)]));
    assert_eq!(values(&catalog, &of("element_at(requestParameters, 'acl')")), texts(&[("private", 3)]));
    let iam = Question { conditions: vec![("eventSource".to_owned(), "iam".to_owned())], ..of("eventName") };
    assert_eq!(values(&catalog, &iam), texts(&[("PutObject", 1)]));
    let keys = Question::new("trail", Of::Keys("requestParameters".to_owned()));
    assert_eq!(values(&catalog, &keys), texts(&[("acl", 3), ("bucketName", 3)]));
    let members = Question::new("athena.trail", Of::Members("requestparameters".to_owned()));
    assert_eq!(values(&catalog, &members), texts(&[("acl", 3), ("bucketName", 3)]));
    // What would steer the terminal is not offered.
    assert_eq!(values(&catalog, &of("userAgent")), texts(&[("curl", 2)]));
    // What fails, and what no store is, has no values.
    assert!(values(&catalog, &of("nothing")).is_empty());
    let nowhere = Question::new("nowhere", Of::Values("eventName".to_owned()));
    assert_eq!(catalog.list(&nowhere, Duration::ZERO), None);
}

#[test]
fn a_list_is_asked_for_again_when_its_store_has_a_new_version_and_serves_until_then() {
    let catalog = known();
    let question = Question::new("trail", Of::Values("eventName".to_owned()));
    put(&catalog, question.clone(), &[("GetObject", 1)]);
    assert!(!catalog.lock().begin(&question), "the list is there");
    let newer = catalog.stores().iter().map(|store| Store { version: 2, ..store.clone() }).collect();
    catalog.lock().stores = newer;
    assert!(catalog.lock().begin(&question), "there is a newer version");
    assert!(!catalog.lock().begin(&question), "it is on its way");
    assert_eq!(values(&catalog, &question), texts(&[("GetObject", 1)]));
}

#[test]
fn what_is_kept_is_bounded() {
    let catalog = known();
    for i in 0..LISTS_MAX + 10 {
        let mut state = catalog.lock();
        assert!(state.begin(&Question::new("trail", Of::Values(format!("c{i}")))));
        state.lists.values_mut().for_each(|entry| entry.is_pending = false);
    }
    assert_eq!(catalog.lock().lists.len(), LISTS_MAX);
    let newest = Question::new("trail", Of::Values(format!("c{}", LISTS_MAX + 9)));
    assert!(catalog.lock().lists.contains_key(&newest));
}

#[test]
fn the_usual_store_is_the_chosen_one_or_the_only_one_with_events() {
    let catalog = known();
    assert_eq!(catalog.usual_tables(), ["trail"]);
    catalog.choose(Some("MY.store"));
    assert_eq!(catalog.usual_tables(), ["\"my.store\""]);
    // One that is gone stands for none; those with events are left.
    catalog.choose(Some("gone"));
    assert_eq!(catalog.usual_tables(), ["trail"]);
}

#[test]
fn every_table_has_its_columns() {
    let catalog = known();
    let has = |name: &[&str], column: &str| {
        let name: Vec<String> = name.iter().map(|name| (*name).to_owned()).collect();
        catalog.columns(&name).is_some_and(|columns| columns.iter().any(|known| known.name == column))
    };
    assert!(has(&["TRAIL"], "eventName") && has(&["$EDS_ID"], "eventName"));
    assert!(has(&["my.store"], "insightSource") && !has(&["my.store"], "eventName"));
    assert!(has(&["trail-prod"], "eventData"));
    assert!(has(&["athena", "trail"], "region") && !has(&["athena", "my.store"], "region"));
    for table in system_tables() {
        assert!(has(&["lake", table.name()], table.schema().field(0).name()), "{}", table.name());
    }
    assert!(!has(&["lake", "nothing"], "name") && has(&["Lake", SystemTable::Imports.name()], "import_id"));
}
