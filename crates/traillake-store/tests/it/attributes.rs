//! Attributes that are refused, each in CloudTrail's words, and those that are kept.

use object_store::ObjectStoreExt;
use traillake_event::category::EventCategory::{ActivityAuditLog, Data, Insight, Management, NetworkActivity};
use traillake_store::{
    BillingMode, Changes, ContextKeySelector, ContextKeyType, CreateOptions, Error, EventConfiguration, EventDataStore,
    Kind, Lake, MaxEventSize, Refusal, Retention, Status, Tag,
};

use crate::sample::{create, create_with, memory_lake};

const PARAMETER: &str = "InvalidParameterException";
const SELECTORS: &str = "InvalidEventSelectorsException";
const CATEGORY: &str = "InvalidEventDataStoreCategoryException";
const TAG: &str = "InvalidTagParameterException";
const KMS_KEY: &str = "InvalidKmsKeyIdException";

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn tags(count: usize) -> Vec<Tag> {
    (0..count).map(|number| Tag::new(format!("key-{number:02}"), "value")).collect()
}

#[tokio::test]
async fn illegal_names_are_refused() {
    let lake = memory_lake();
    for name in ["", "ab", "a b c", "tröll", "a/b/c", "a:b", &"n".repeat(129)] {
        let error = lake.create(name, CreateOptions::default()).await.unwrap_err();
        assert_eq!(error.aws_name(), Some(PARAMETER), "{name}");
    }
    create(&lake, "trail").await;
    let store = create(&lake, "other").await;
    for name in ["ab", "a b c", &"n".repeat(129)] {
        let error = store.update(Changes { name: some(name), ..Changes::default() }).await.unwrap_err();
        assert_eq!(error.aws_name(), Some(PARAMETER), "{name}");
    }
    let taken = store.update(Changes { name: some("TRAIL"), ..Changes::default() }).await.unwrap_err();
    assert_eq!(taken.aws_name(), Some("EventDataStoreAlreadyExistsException"));
}

#[tokio::test]
async fn illegal_attributes_of_a_new_store_are_refused() {
    let default = CreateOptions::default;
    let fixed = CreateOptions { billing_mode: BillingMode::FixedRetention, ..default() };
    let one_region = CreateOptions { multi_region: false, region: some("eu-central-1"), ..default() };
    let table = [
        ("six days", CreateOptions { retention: Some(Retention::Days(6)), ..default() }, PARAMETER),
        ("3654 days", CreateOptions { retention: Some(Retention::Days(3654)), ..default() }, PARAMETER),
        ("six days, fixed", CreateOptions { retention: Some(Retention::Days(6)), ..fixed.clone() }, PARAMETER),
        ("2558 days, fixed", CreateOptions { retention: Some(Retention::Days(2558)), ..fixed }, PARAMETER),
        ("no category", CreateOptions { categories: vec![], ..default() }, SELECTORS),
        ("two schemas", CreateOptions { categories: vec![Management, Insight], ..default() }, SELECTORS),
        ("twice another schema", CreateOptions { categories: vec![Insight, Insight], ..default() }, SELECTORS),
        ("one Region, none named", CreateOptions { multi_region: false, ..default() }, PARAMETER),
        ("no Region", CreateOptions { region: some("Frankfurt"), ..default() }, PARAMETER),
        ("half a Region", CreateOptions { region: some("eu-1"), ..default() }, PARAMETER),
        ("no account", CreateOptions { account: some("11112222333"), ..default() }, PARAMETER),
        ("a word as account", CreateOptions { accounts: texts(&["11112222333x"]), ..default() }, PARAMETER),
        (
            "an organization with accounts",
            CreateOptions { organization: true, accounts: texts(&["111122223333"]), ..default() },
            PARAMETER,
        ),
        ("integrations of all Regions", CreateOptions { categories: vec![ActivityAuditLog], ..default() }, PARAMETER),
        (
            "integrations of an organization",
            CreateOptions { categories: vec![ActivityAuditLog], organization: true, ..one_region },
            PARAMETER,
        ),
        (
            "insights not ingested",
            CreateOptions { categories: vec![Insight], start_ingestion: false, ..default() },
            PARAMETER,
        ),
        ("51 tags", CreateOptions { tags: tags(51), ..default() }, TAG),
        ("a key twice", CreateOptions { tags: vec![Tag::new("a", "1"), Tag::new("a", "2")], ..default() }, TAG),
        ("no key", CreateOptions { tags: vec![Tag::new("", "1")], ..default() }, TAG),
        ("a long key", CreateOptions { tags: vec![Tag::new("k".repeat(129), "1")], ..default() }, TAG),
        ("a key of AWS", CreateOptions { tags: vec![Tag::new("AWS:team", "1")], ..default() }, TAG),
        ("an empty value", CreateOptions { tags: vec![Tag::new("a", "")], ..default() }, TAG),
        ("a long value", CreateOptions { tags: vec![Tag::new("a", "v".repeat(257))], ..default() }, TAG),
        ("no KMS key", CreateOptions { kms_key_id: some(""), ..default() }, KMS_KEY),
        ("a long KMS key", CreateOptions { kms_key_id: Some("k".repeat(351)), ..default() }, KMS_KEY),
        ("a KMS key with a blank", CreateOptions { kms_key_id: some("alias/my key"), ..default() }, KMS_KEY),
    ];
    let lake = memory_lake();
    for (what, options, expected) in table {
        let error = lake.create("trail", options).await.unwrap_err();
        assert_eq!(error.aws_name(), Some(expected), "{what}: {error}");
        assert_eq!(error.kind(), Kind::User, "{what}");
    }
    assert!(lake.event_data_stores().await.unwrap().is_empty());
}

#[tokio::test]
async fn illegal_changes_are_refused() {
    let default = Changes::default;
    let given = CreateOptions {
        kms_key_id: some("alias/one"),
        region: some("eu-central-1"),
        account: some("111122223333"),
        ..CreateOptions::default()
    };
    let plain = CreateOptions::default();
    let fixed = CreateOptions { billing_mode: BillingMode::FixedRetention, ..CreateOptions::default() };
    let insights = CreateOptions { categories: vec![Insight], ..CreateOptions::default() };
    let integrations =
        CreateOptions { categories: vec![ActivityAuditLog], multi_region: false, ..CreateOptions::default() };
    let table = [
        (&plain, Changes { retention: Some(Retention::Days(6)), ..default() }, PARAMETER),
        (&plain, Changes { retention: Some(Retention::Days(3654)), ..default() }, PARAMETER),
        (&fixed, Changes { retention: Some(Retention::Days(2558)), ..default() }, PARAMETER),
        (&plain, Changes { billing_mode: Some(BillingMode::FixedRetention), ..default() }, PARAMETER),
        (&plain, Changes { multi_region: Some(false), ..default() }, PARAMETER),
        (&plain, Changes { categories: Some(vec![]), ..default() }, SELECTORS),
        (&plain, Changes { categories: Some(vec![Data, Insight]), ..default() }, SELECTORS),
        (&plain, Changes { categories: Some(vec![Insight]), ..default() }, CATEGORY),
        (&insights, Changes { categories: Some(vec![Management]), ..default() }, CATEGORY),
        (&insights, Changes { categories: Some(vec![ActivityAuditLog]), ..default() }, CATEGORY),
        (&integrations, Changes { multi_region: Some(true), ..default() }, PARAMETER),
        (&integrations, Changes { organization: Some(true), ..default() }, PARAMETER),
        (&plain, Changes { kms_key_id: some("no key"), ..default() }, KMS_KEY),
        (&given, Changes { kms_key_id: some("alias/two"), ..default() }, PARAMETER),
        (&given, Changes { region: some("us-east-1"), ..default() }, PARAMETER),
        (&given, Changes { account: some("444455556666"), ..default() }, PARAMETER),
        (&plain, Changes { region: some("nowhere"), ..default() }, PARAMETER),
        (&plain, Changes { accounts: Some(texts(&["1"])), ..default() }, PARAMETER),
        (
            &plain,
            Changes { organization: Some(true), accounts: Some(texts(&["111122223333"])), ..default() },
            PARAMETER,
        ),
    ];
    for (options, changes, expected) in table {
        let store = create_with(&memory_lake(), "trail", options.clone()).await;
        let error = store.update(changes.clone()).await.unwrap_err();
        assert_eq!(error.aws_name(), Some(expected), "{changes:?}: {error}");
        assert_eq!(store.history().await.unwrap().len(), 2, "{changes:?}");
    }
}

#[tokio::test]
async fn fixed_pricing_becomes_extendable_and_keeps_its_period() {
    let options = CreateOptions { billing_mode: BillingMode::FixedRetention, ..CreateOptions::default() };
    let store = create_with(&memory_lake(), "trail", options).await;
    let extendable = Some(BillingMode::ExtendableRetention);
    let changed = store.update(Changes { billing_mode: extendable, ..Changes::default() }).await.unwrap();
    assert_eq!(changed.attributes().retention, Retention::Days(2557));
    let longer = Changes { billing_mode: extendable, retention: Some(Retention::Days(3653)), ..Changes::default() };
    assert_eq!(store.update(longer).await.unwrap().attributes().retention, Retention::Days(3653));
}

#[tokio::test]
async fn what_can_be_given_once_can_be_said_again() {
    let store = create(&memory_lake(), "trail").await;
    let given = Changes {
        kms_key_id: some("alias/one"),
        region: some("us-gov-west-1"),
        account: some("111122223333"),
        multi_region: Some(false),
        categories: Some(vec![Data, NetworkActivity]),
        ..Changes::default()
    };
    store.update(given.clone()).await.unwrap();
    let again = store.update(given).await.unwrap();
    assert_eq!(again.attributes().kms_key_id.as_deref(), Some("alias/one"));
    assert_eq!(again.arn(), again.id().arn("us-gov-west-1", "111122223333"));
    assert_eq!(store.arn(), store.id().arn("us-east-1", "000000000000"), "not told yet when it was looked up");
}

async fn reopened(lake: &Lake) -> EventDataStore {
    let again = Lake::with_storage(std::sync::Arc::clone(lake.storage()), lake.location().clone());
    again.find("trail").await.unwrap().unwrap()
}

#[tokio::test]
async fn tags_are_added_replaced_and_removed() {
    let lake = memory_lake();
    let options = CreateOptions { tags: tags(49), ..CreateOptions::default() };
    let store = create_with(&lake, "trail", options).await;
    let bare = Tag { key: "Ключ, \"quoted\"".to_owned(), value: None };
    store.add_tags(&[bare.clone(), Tag::new("key-00", "other")]).await.unwrap();
    let found = reopened(&lake).await.attributes().tags.clone();
    assert_eq!((found.len(), found.get("key-00"), found.get(&bare.key)), (50, Some(Some("other")), Some(None)));
    assert_eq!(found.iter().last(), Some(bare));

    let one_more = store.add_tags(&[Tag::new("one-more", "1")]).await.unwrap_err();
    assert_eq!((one_more.aws_name(), one_more.kind()), (Some("TagsLimitExceededException"), Kind::Limit));
    for refused in [Tag::new("aws:x", "1"), Tag::new("x".repeat(129), "1"), Tag::new("x", "")] {
        let error = store.add_tags(std::slice::from_ref(&refused)).await.unwrap_err();
        assert_eq!(error.aws_name(), Some(TAG), "{refused:?}");
    }
    assert_eq!(store.remove_tags(&["aws:x"]).await.unwrap_err().aws_name(), Some(TAG));
    let left = store.remove_tags(&["key-00", "never-there"]).await.unwrap();
    assert_eq!((left.attributes().tags.len(), left.attributes().tags.get("key-00")), (49, None));
    let keys: Vec<String> = left.attributes().tags.iter().map(|tag| tag.key).collect();
    store.remove_tags(&keys.iter().map(String::as_str).collect::<Vec<_>>()).await.unwrap();
    assert!(reopened(&lake).await.attributes().tags.is_empty());
}

#[tokio::test]
async fn an_event_configuration_is_checked_and_kept() {
    let selector = |context, keys: &[&str]| ContextKeySelector { context, equals: texts(keys) };
    let large =
        |context_key_selectors| EventConfiguration { max_event_size: MaxEventSize::Large, context_key_selectors };
    let (of_tags, of_requests) = (ContextKeyType::TagContext, ContextKeyType::RequestContext);
    let one = selector(of_tags, &["team"]);
    let plain = EventConfiguration { context_key_selectors: vec![one.clone()], ..EventConfiguration::default() };
    let many: Vec<String> = (0..51).map(|number| format!("key-{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let table = [
        (vec![Management], plain, "InvalidParameterCombinationException"),
        (vec![Management], large(vec![one.clone(), one.clone()]), PARAMETER),
        (vec![Management], large(vec![one.clone(), selector(of_requests, &["aws:userid"]), one.clone()]), PARAMETER),
        (vec![Management], large(vec![selector(of_tags, &[])]), PARAMETER),
        (vec![Management], large(vec![selector(of_tags, &many)]), PARAMETER),
        (vec![Management], large(vec![selector(of_tags, &[&"k".repeat(129)])]), PARAMETER),
        (vec![Management], large(vec![selector(of_requests, &["aws:Unheard"])]), PARAMETER),
        (vec![NetworkActivity], large(vec![one.clone()]), CATEGORY),
        (vec![Insight], large(vec![]), CATEGORY),
    ];
    for (categories, configuration, expected) in table {
        let options = CreateOptions { categories, ..CreateOptions::default() };
        let store = create_with(&memory_lake(), "trail", options).await;
        let error = store.put_event_configuration(configuration.clone()).await.unwrap_err();
        assert_eq!(error.aws_name(), Some(expected), "{configuration:?}: {error}");
    }

    let lake = memory_lake();
    let store = create(&lake, "trail").await;
    let text = r#"[{"Type":"TagContext","Equals":["team"]},{"Type":"RequestContext","Equals":["aws:userid"]}]"#;
    let configuration = large(EventConfiguration::parse_context_key_selectors(text).unwrap());
    assert_eq!(configuration.context_key_selectors[0], one);
    store.put_event_configuration(configuration.clone()).await.unwrap();
    assert_eq!(reopened(&lake).await.attributes().event_configuration, configuration);
    // Without management and data events there would be no context.
    let changes = Changes { categories: Some(vec![NetworkActivity]), ..Changes::default() };
    assert_eq!(store.update(changes).await.unwrap_err().aws_name(), Some(CATEGORY));
    for malformed in ["", "{}", r#"[{"Type":"Other","Equals":[]}]"#, r#"[{"Type":"TagContext","Like":[]}]"#] {
        let error = EventConfiguration::parse_context_key_selectors(malformed).unwrap_err();
        assert_eq!(error.aws_name(), Some(PARAMETER), "{malformed}");
    }
}

#[tokio::test]
async fn records_from_elsewhere_are_refused_by_a_store_that_knows_its_place() {
    let default = CreateOptions::default;
    let (home, other) = (Some("eu-central-1"), Some("us-east-1"));
    let (own, second, foreign) = (Some("111122223333"), Some("444455556666"), Some("777788889999"));
    let in_home = CreateOptions { multi_region: false, region: some("eu-central-1"), ..default() };
    let of_own = CreateOptions { account: some("111122223333"), ..default() };
    let of_two = CreateOptions { accounts: texts(&["444455556666"]), ..of_own.clone() };
    let table = [
        (default(), [true, true, true, true, true]),
        (CreateOptions { region: some("eu-central-1"), ..default() }, [true, true, true, true, true]),
        (in_home, [true, false, true, true, true]),
        (of_own.clone(), [true, true, false, false, true]),
        (of_two, [true, true, true, false, true]),
        (CreateOptions { accounts: texts(&["444455556666"]), ..default() }, [false, false, true, false, true]),
        (CreateOptions { organization: true, ..of_own }, [true, true, true, true, true]),
    ];
    let records = [(home, own), (other, own), (home, second), (home, foreign), (None, None)];
    for (options, expected) in table {
        let store = create_with(&memory_lake(), "trail", options.clone()).await;
        let accepted = records.map(|(region, account)| store.attributes().accepts(region, account).is_ok());
        assert_eq!(accepted, expected, "{options:?}");
    }
    let one_region = CreateOptions { multi_region: false, region: some("us-east-1"), ..default() };
    let store = create_with(&memory_lake(), "trail", one_region).await;
    let refusal = store.attributes().accepts(home, None).unwrap_err();
    assert_eq!(refusal, Refusal::Region { home: "us-east-1".to_owned() });
    assert!(refusal.to_string().contains("us-east-1"));
}

#[tokio::test]
async fn a_store_from_before_these_attributes_opens_and_changes() {
    let lake = memory_lake();
    let store = create(&lake, "trail").await;
    // A store of one Region without a home, as older builds made them.
    let settled = object_store::path::Path::from(format!("{}/_delta_log/{:020}.json", store.id(), 1));
    let commit = lake.storage().get(&settled).await.unwrap().bytes().await.unwrap();
    let older = String::from_utf8(commit.to_vec()).unwrap();
    let (region, older) = (
        older.contains("traillake.region"),
        older.replace(r#""traillake.multiRegion":"true""#, r#""traillake.multiRegion":"false""#),
    );
    assert!(!region && older.contains(r#""traillake.multiRegion":"false""#));
    lake.storage().put(&settled, older.into()).await.unwrap();

    let found = reopened(&lake).await;
    assert!(!found.attributes().multi_region);
    assert_eq!((found.attributes().status, found.attributes().tags.len()), (Status::Enabled, 0));
    assert_eq!(found.attributes().partition_keys()[0].name, "calendarday");
    assert!(found.attributes().accepts(Some("eu-central-1"), Some("111122223333")).is_ok());
    let changed = found.update(Changes { retention: Some(Retention::Days(30)), ..Changes::default() }).await.unwrap();
    assert_eq!(changed.attributes().retention, Retention::Days(30));
}

#[test]
fn errors_of_the_storage_have_no_name_in_cloudtrail() {
    let error = Error::Scheme { location: "x://y".to_owned(), scheme: "x".to_owned() };
    assert_eq!(error.aws_name(), None);
}
