//! What is in a trail, counted from the records themselves.

use super::incident::Incident;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How many records have each value. Records without the value are in none.
pub type Count = BTreeMap<String, u64>;

/// The answers to the usual questions about a trail.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    /// Delivered files.
    pub objects: u64,
    /// Records in all files, copies included.
    pub records: u64,
    /// Records that stand in a file for the second time: `records` less distinct events.
    pub duplicates: u64,
    /// Over distinct events: what a store counts after an ordinary import.
    pub events: Tally,
    /// Over all records: what a store counts when duplicates are kept.
    pub delivered: Tally,
    /// Temporary access keys that one event issues and another one is signed with.
    pub chained_access_keys: BTreeSet<String>,
    /// What was planted; empty without incidents.
    pub incidents: Vec<Incident>,
}

/// Counts over a set of records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub total: u64,
    /// Values by column: `eventName`, `eventSource`, `errorCode`, `day` (of `eventTime`, `YYYY-MM-DD`), `identityType`,
    /// `bucketName`, `awsRegion`, `recipientAccountId`, `eventCategory`, `eventType`, `eventVersion`,
    /// `sourceIPAddress`, `accessKeyId`, `arn` (of the identity), `readOnly`, `managementEvent`, `vpcEndpointId`.
    pub by: BTreeMap<&'static str, Count>,
}

/// The columns that are counted, and where their value is in a record.
const COLUMNS: [(&str, &str); 17] = [
    ("eventName", "/eventName"),
    ("eventSource", "/eventSource"),
    ("errorCode", "/errorCode"),
    ("day", "/eventTime"),
    ("identityType", "/userIdentity/type"),
    ("bucketName", "/requestParameters/bucketName"),
    ("awsRegion", "/awsRegion"),
    ("recipientAccountId", "/recipientAccountId"),
    ("eventCategory", "/eventCategory"),
    ("eventType", "/eventType"),
    ("eventVersion", "/eventVersion"),
    ("sourceIPAddress", "/sourceIPAddress"),
    ("accessKeyId", "/userIdentity/accessKeyId"),
    ("arn", "/userIdentity/arn"),
    ("readOnly", "/readOnly"),
    ("managementEvent", "/managementEvent"),
    ("vpcEndpointId", "/vpcEndpointId"),
];

impl Tally {
    /// How many have this value in this column.
    pub fn of(&self, column: &str, value: &str) -> u64 {
        self.by.get(column).and_then(|count| count.get(value)).copied().unwrap_or(0)
    }

    fn add(&mut self, record: &Value) {
        self.total += 1;
        for (column, pointer) in COLUMNS {
            let value = match record.pointer(pointer) {
                Some(Value::String(text)) if column == "day" => text.chars().take(10).collect(),
                Some(Value::String(text)) => text.clone(),
                Some(Value::Bool(value)) => value.to_string(),
                _ => continue,
            };
            *self.by.entry(column).or_default().entry(value).or_default() += 1;
        }
    }

    fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("total".into(), json!(self.total));
        for (column, count) in &self.by {
            object.insert(format!("by_{column}"), json!(count));
        }
        Value::Object(object)
    }
}

impl Truth {
    /// Counts records. Each is parsed once; time grows with their bytes.
    pub(crate) fn count<'a>(records: impl Iterator<Item = &'a str>) -> Self {
        let mut truth = Self::default();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let (mut issued, mut used) = (BTreeSet::new(), BTreeSet::new());
        for text in records {
            let record: Value = serde_json::from_str(text).unwrap_or_default();
            assert!(record.is_object(), "the generator wrote a record that is not a JSON object: {text}");
            let at = |pointer| record.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            truth.records += 1;
            truth.delivered.add(&record);
            if !seen.insert(at("/eventID")) {
                truth.duplicates += 1;
                continue;
            }
            truth.events.add(&record);
            issued.insert(at("/responseElements/credentials/accessKeyId"));
            used.insert(at("/userIdentity/accessKeyId"));
        }
        truth.chained_access_keys = issued.intersection(&used).filter(|key| !key.is_empty()).cloned().collect();
        truth
    }

    /// The truth as the pretty-printed JSON that stands beside a trail, with sorted keys.
    pub fn to_json(&self) -> String {
        let incidents: Vec<_> = self
            .incidents
            .iter()
            .map(|incident| {
                json!({
                    "name": incident.name,
                    "story": incident.story,
                    "account": incident.account,
                    "event_ids": incident.event_ids,
                    "facts": incident.facts,
                })
            })
            .collect();
        let truth = json!({
            "objects": self.objects,
            "records": self.records,
            "duplicates": self.duplicates,
            "events": self.events.to_json(),
            "delivered": self.delivered.to_json(),
            "chained_access_keys": self.chained_access_keys.len(),
            "incidents": incidents,
        });
        // Through a sorted map, so that the order does not hang on a feature of the JSON library.
        let sorted = sort(truth);
        format!("{sorted:#}\n")
    }
}

fn sort(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut members: Vec<_> = object.into_iter().map(|(key, value)| (key, sort(value))).collect();
            members.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sort).collect()),
        other => other,
    }
}
