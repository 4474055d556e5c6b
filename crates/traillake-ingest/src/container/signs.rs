//! What the members of an object that is no record say about it.

use traillake_event::category::StoreType;
use traillake_event::json::{Kind, Value};

use crate::item::Item;
use crate::skip::SkipReason;

/// Gathered while the members go by.
#[derive(Debug, Default)]
pub(super) struct Signs {
    reason: Option<SkipReason>,
    /// How many members it shares with records.
    record_members: u32,
    event_name: Option<Kind>,
    event_source: Option<Kind>,
    from_s3: bool,
    names_bucket: bool,
    items: ItemSigns,
}

/// What tells items of other services apart.
#[derive(Debug, Default)]
struct ItemSigns {
    resource_type: bool,
    capture: bool,
    id: bool,
    event_data: bool,
    uid: bool,
    evidence: bool,
}

impl Signs {
    /// Takes note of a member.
    pub(super) fn note(&mut self, key: &str, value: &Value<'_>) {
        self.items.note(key, value);
        let is = |text: &str| value.as_text().is_some_and(|content| content == text);
        let reason = match key {
            "digestS3Object" | "digestS3Bucket" | "digestEndTime" | "digestSignatureAlgorithm" => SkipReason::Digest,
            "configurationItemCaptureTime"
            | "configurationItemStatus"
            | "configurationStateId"
            | "configurationItems"
            | "configurationItem"
            | "configurationItemDiff"
            | "configSnapshotId" => SkipReason::Config,
            "insightDetails" => SkipReason::Insight,
            "eventCategory" if is("Insight") => SkipReason::Insight,
            "eventType" if is("AwsCloudTrailInsight") => SkipReason::Insight,
            "eventCategory" if is("Aggregated") => SkipReason::Aggregated,
            "eventType" if is("AwsAggregatedEvent") => SkipReason::Aggregated,
            "eventCategory" if is("ActivityAuditLog") => SkipReason::AuditEvent,
            "eventCategory" if is("ConfigurationItem") => SkipReason::Config,
            "eventCategory" if is("Evidence") => SkipReason::Evidence,
            "evidenceFolderId" | "evidenceByType" => SkipReason::Evidence,
            "auditEvents" | "eventData" => SkipReason::AuditEvent,
            "acsRegion" => SkipReason::ActionTrail,
            "QueryResultRows" | "QueryStatistics" => SkipReason::QueryResults,
            "messageType" if is("CONTROL_MESSAGE") => SkipReason::ControlMessage,
            "Event" if is("s3:TestEvent") => SkipReason::S3Notification,
            "s3ObjectKey" if self.names_bucket => SkipReason::DeliveryNotification,
            "s3" if value.kind == Kind::Object => SkipReason::S3Notification,
            _ => {
                self.note_record_member(key, value, is("aws.s3"));
                return;
            }
        };
        self.reason.get_or_insert(reason);
    }

    /// Takes note of a member that was walked for records.
    pub(super) fn note_wrapper(&mut self, key: &str) {
        match key {
            "QueryResultRows" => self.reason = Some(SkipReason::QueryResults),
            "detail" if self.from_s3 => self.reason = Some(SkipReason::S3Notification),
            _ => {}
        }
    }

    fn note_record_member(&mut self, key: &str, value: &Value<'_>, is_from_s3: bool) {
        match key {
            "eventName" => self.event_name = Some(value.kind),
            "eventSource" => self.event_source = Some(value.kind),
            "source" => self.from_s3 = is_from_s3,
            "s3Bucket" => self.names_bucket = true,
            _ => {}
        }
        let of_records = [
            "eventName",
            "eventSource",
            "eventVersion",
            "eventTime",
            "eventID",
            "eventType",
            "awsRegion",
            "userIdentity",
            "sourceIPAddress",
            "requestParameters",
            "recipientAccountId",
        ];
        self.record_members += u32::from(of_records.contains(&key));
    }

    /// The item it is, in a store that keeps such.
    pub(super) fn item(&self, store_type: StoreType) -> Option<Item> {
        let ItemSigns { resource_type, capture, id, event_data, uid, evidence } = self.items;
        match store_type {
            StoreType::Events | StoreType::Insights => None,
            StoreType::ConfigurationItems => (resource_type && capture).then_some(Item::Configuration),
            StoreType::Evidence => evidence.then_some(Item::Evidence),
            StoreType::Activity if id && event_data => Some(Item::AuditEvent),
            StoreType::Activity => uid.then_some(Item::IntegrationEvent),
        }
    }

    /// What the object is, when its members say so; to a store that keeps events of a type.
    pub(super) fn reason(&self, store_type: StoreType) -> Option<SkipReason> {
        let is_event = self.event_name == Some(Kind::String) && self.event_source == Some(Kind::String);
        self.reason.or((is_event && store_type != StoreType::Events).then_some(SkipReason::Event))
    }

    /// Whether it was meant to be a record.
    pub(super) fn is_record_like(&self, store_type: StoreType) -> bool {
        match store_type {
            StoreType::ConfigurationItems => self.items.capture,
            _ => self.record_members >= 3,
        }
    }

    /// What keeps it from being a record: expected, found.
    pub(super) fn missing_member(&self, store_type: StoreType) -> (String, String) {
        let expected = match store_type {
            StoreType::Events => return self.missing_of_event(),
            StoreType::Insights => "a record with \"eventCategory\" Insight",
            StoreType::ConfigurationItems if self.items.capture => "a configuration item with text \"resourceType\"",
            StoreType::ConfigurationItems => "a configuration item",
            StoreType::Evidence => "evidence of Audit Manager",
            StoreType::Activity => "an audit event with \"id\" and text \"eventData\"",
        };
        (expected.to_owned(), "another object".to_owned())
    }

    fn missing_of_event(&self) -> (String, String) {
        let (name, kind) = match (self.event_name, self.event_source) {
            (Some(Kind::String), kind) => ("eventSource", kind),
            (kind, _) => ("eventName", kind),
        };
        let expected = format!("a record with text \"{name}\"");
        match kind {
            None => (expected, format!("no member \"{name}\"")),
            Some(kind) => (expected, format!("{} in \"{name}\"", kind.as_str())),
        }
    }
}

impl ItemSigns {
    fn note(&mut self, key: &str, value: &Value<'_>) {
        let is_text = value.kind == Kind::String;
        match key {
            "resourceType" => self.resource_type = is_text,
            "configurationItemCaptureTime" | "configurationItemStatus" | "configurationStateId" => self.capture = true,
            "id" => self.id = is_text,
            "eventData" => self.event_data = is_text,
            "UID" => self.uid = true,
            "evidenceFolderId" | "evidenceByType" | "evidenceAwsAccountId" => self.evidence = true,
            _ => {}
        }
    }
}
