//! An event as LookupEvents writes it.

use serde::Serialize;

use super::instant;

/// An event. Serialised, it has AWS's names in AWS's order, and the time as the AWS CLI prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    /// Its id, which only records of the first versions lack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_name: Option<String>,
    /// Whether it only reads: `true` or `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<&'static str>,
    /// The access key that signed the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// When, in milliseconds since 1970; what is no whole record may lack it.
    #[serde(serialize_with = "printed", skip_serializing_if = "Option::is_none")]
    pub event_time: Option<i64>,
    /// The service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_source: Option<String>,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// What it is about.
    pub resources: Vec<Resource>,
    /// The record, byte for byte.
    pub cloud_trail_event: String,
}

/// A resource that an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Resource {
    /// Its type, as `AWS::S3::Bucket`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// Its name or ARN.
    pub resource_name: String,
}

impl Event {
    /// The time as the AWS CLI prints it.
    pub fn printed_time(&self) -> Option<String> {
        self.event_time.map(instant::printed)
    }
}

fn printed<S: serde::Serializer>(millis: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    millis.map(instant::printed).serialize(serializer)
}
