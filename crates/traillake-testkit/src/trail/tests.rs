use super::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn sample() -> GeneratedTrail {
    Trail::new(11).events(1500).accounts(3).regions(3).days(3).duplicates(0.01).incidents(true).build()
}

fn parsed(trail: &GeneratedTrail) -> Vec<Value> {
    trail.records().map(|text| serde_json::from_str(text).expect(text)).collect()
}

#[test]
fn same_settings_give_the_same_bytes() {
    let (one, other) = (sample(), sample());
    assert!(one.objects().eq(other.objects()));
    assert_ne!(
        one.objects().next().map(|object| object.text),
        Trail::new(12).events(1500).build().objects().next().map(|object| object.text)
    );
}

#[test]
fn counts_are_what_was_asked_for() {
    for (events, accounts, regions, days) in
        [(0, 1, 1, 1), (1, 1, 1, 1), (7, 3, 8, 2), (999, 9, 2, 40), (5000, 1, 1, 1)]
    {
        let trail = Trail::new(3).events(events).accounts(accounts).regions(regions).days(days).build();
        assert_eq!(trail.truth.records, events as u64);
        assert_eq!(trail.truth.duplicates, 0);
        assert_eq!(trail.records().count(), events);
        assert!(trail.truth.incidents.is_empty());
    }
    let trail = sample();
    assert_eq!((trail.truth.events.total, trail.truth.duplicates, trail.truth.records), (1500, 15, 1515));
    assert_eq!(trail.truth.incidents.len(), 6);
}

#[test]
fn duplicates_are_byte_identical_and_in_another_file() {
    let trail = sample();
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for delivery in &trail.deliveries {
        for record in &delivery.records {
            places.entry(record).or_default().push(&delivery.key);
        }
    }
    let twice: Vec<_> = places.values().filter(|keys| keys.len() > 1).collect();
    assert_eq!(twice.len(), 15);
    assert!(twice.iter().all(|keys| keys[0] != keys[1]));
}

#[test]
fn files_are_named_and_filled_as_delivered() {
    let trail = sample();
    for object in trail.objects() {
        let document: Value = serde_json::from_str(&object.text).expect("a document is JSON");
        assert!(!object.text.contains('\n'), "a delivered file is one line");
        let parts: Vec<_> = object.key.split('/').collect();
        let [_, account, _, region, year, month, day, name] = parts[..] else { panic!("odd key {}", object.key) };
        let minute = &name[name.len() - 39..name.len() - 26];
        assert_eq!(&minute[..8], format!("{year}{month}{day}"), "the folder is the day of delivery");
        for record in document["Records"].as_array().expect("Records") {
            assert_eq!(record["recipientAccountId"], *account);
            assert_eq!(record["awsRegion"], *region);
            let time = record["eventTime"].as_str().expect("eventTime").replace(['-', ':'], "");
            assert!(time[..13] < *minute, "{time} is delivered before it happens, in {name}");
        }
    }
}

#[test]
fn every_identity_type_and_version_occurs() {
    let trail = Trail::new(1).events(6000).build();
    let types: Vec<_> = trail.truth.events.by["identityType"].keys().map(String::as_str).collect();
    assert_eq!(
        types,
        [
            "AWSAccount",
            "AWSService",
            "AssumedRole",
            "Directory",
            "FederatedUser",
            "IAMUser",
            "IdentityCenterUser",
            "Role",
            "Root",
            "SAMLUser",
            "Unknown",
            "WebIdentityUser"
        ]
    );
    let typed: u64 = trail.truth.events.by["identityType"].values().sum();
    assert!(typed < 6000, "some service events have no type");
    let versions: Vec<_> = trail.truth.events.by["eventVersion"].keys().map(String::as_str).collect();
    assert_eq!(versions, ["1.02", "1.05", "1.08", "1.09", "1.10", "1.11"]);
    let categories: Vec<_> = trail.truth.events.by["eventCategory"].keys().map(String::as_str).collect();
    assert_eq!(categories, ["Data", "Management", "NetworkActivity"]);
    assert!(trail.truth.events.by["eventSource"].len() >= 25);
    assert!(trail.truth.events.by["errorCode"].len() >= 10);
}

#[test]
fn records_are_strict_json_without_repeated_members() {
    // The library keeps the last of two members of one name: writing back what it read must lose nothing.
    for record in parsed(&sample()).iter().zip(sample().records()) {
        assert_eq!(record.0.to_string().len(), record.1.len(), "{}", record.1);
    }
}

#[test]
fn event_ids_are_unique_but_for_duplicates() {
    let trail = sample();
    let texts: BTreeSet<_> = trail.records().collect();
    let ids: BTreeSet<_> = parsed(&trail).iter().map(|record| record["eventID"].to_string()).collect();
    assert_eq!((texts.len(), ids.len()), (1500, 1500));
}

#[test]
fn sessions_use_the_key_they_were_issued() {
    let trail = sample();
    let records = parsed(&trail);
    let issued: BTreeMap<&str, &Value> = records
        .iter()
        .filter_map(|record| Some((record.pointer("/responseElements/credentials/accessKeyId")?.as_str()?, record)))
        .collect();
    assert!(trail.truth.chained_access_keys.len() > 20);
    for record in records.iter().filter(|record| record["userIdentity"]["type"] == "AssumedRole") {
        let Some(start) = issued.get(record["userIdentity"]["accessKeyId"].as_str().unwrap_or_default()) else {
            continue; // the planted session was issued before the trail begins
        };
        assert_eq!(start["responseElements"]["assumedRoleUser"]["arn"], record["userIdentity"]["arn"]);
        assert!(start["eventTime"].as_str() < record["eventTime"].as_str());
    }
}

#[test]
fn incidents_are_where_the_truth_says() {
    let trail = sample();
    let records = parsed(&trail);
    for incident in &trail.truth.incidents {
        for id in &incident.event_ids {
            let record = records.iter().find(|record| record["eventID"] == **id).expect("a planted event is delivered");
            assert_eq!(record["recipientAccountId"], *incident.account);
            if let Some(address) = incident.facts.get("source_ip") {
                assert_eq!(record["sourceIPAddress"], **address);
            }
        }
    }
    let foreign = |record: &&Value| record["sourceIPAddress"].as_str().unwrap_or_default().starts_with("203.0.113.");
    let planted = ["leaked_access_key", "console_without_mfa", "privilege_escalation", "access_denied_burst"];
    let told = trail.truth.incidents.iter().filter(|incident| planted.contains(&incident.name));
    let told: BTreeSet<_> = told.flat_map(|incident| incident.event_ids.iter().map(String::as_str)).collect();
    let found: BTreeSet<_> = records.iter().filter(foreign).filter_map(|record| record["eventID"].as_str()).collect();
    assert_eq!(found, told, "addresses of 203.0.113.0/24 occur in incidents only");
}

#[test]
fn old_records_lack_what_came_later() {
    let trail = Trail::new(5).events(4000).build();
    for record in parsed(&trail) {
        let version = record["eventVersion"].as_str().expect("eventVersion");
        assert_eq!(record.get("managementEvent").is_some(), version >= "1.06", "{record}");
        if version == "1.02" {
            assert!(record.get("readOnly").is_none() && record.get("tlsDetails").is_none());
            if let Some(created) = record.pointer("/userIdentity/sessionContext/attributes/creationDate") {
                assert_eq!(created.as_str().map(str::len), Some("20260301T102030Z".len()));
            }
        }
    }
}
