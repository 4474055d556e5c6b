//! Why something was left out without being wrong.

use std::fmt;

use serde::Serialize;
use traillake_event::category::StoreType;

/// What a skipped thing is. None of these is an error: such files lie beside CloudTrail logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// A file without content.
    EmptyFile,
    /// A file that is no JSON: binary, or other text.
    NotJson,
    /// JSON of another kind.
    UnknownJson,
    /// A digest of log file validation.
    Digest,
    /// An AWS Config item, snapshot, history or notification.
    Config,
    /// A notification of Amazon S3 about objects, or its test event.
    S3Notification,
    /// CloudTrail's notification that a file was delivered.
    DeliveryNotification,
    /// A record of another service's event source, as AWS Lambda gets it (`aws:kinesis`, `aws:dynamodb`, …).
    ServiceNotification,
    /// A CloudTrail Insights record: it belongs into an event data store for Insights.
    Insight,
    /// A five-minute summary of data events.
    Aggregated,
    /// An event from outside AWS: a `PutAuditEvents` request or an integration's event.
    AuditEvent,
    /// Audit Manager evidence.
    Evidence,
    /// A CloudTrail record, where events of another kind are kept.
    Event,
    /// Results of a query that do not include `eventJson`.
    QueryResults,
    /// A control message of a CloudWatch Logs subscription.
    ControlMessage,
    /// An event older than the retention period of the store.
    TooOld,
    /// An event outside the window that was asked for, or without a time.
    OutsideWindow,
    /// An event of another Region than the store is for.
    OtherRegion,
    /// An event of another account than the store is for.
    OtherAccount,
    /// An event that the selectors of the store do not select.
    NotSelected,
    /// A record of Alibaba Cloud ActionTrail, which looks much like CloudTrail's.
    ActionTrail,
}

impl SkipReason {
    /// What the events of a type of store are where others are kept.
    pub(crate) fn of(store_type: StoreType) -> Self {
        match store_type {
            StoreType::Events => SkipReason::Event,
            StoreType::Insights => SkipReason::Insight,
            StoreType::ConfigurationItems => SkipReason::Config,
            StoreType::Evidence => SkipReason::Evidence,
            StoreType::Activity => SkipReason::AuditEvent,
        }
    }

    /// Whether it is an event of the store's kind, which the store does not keep.
    pub fn is_event(self) -> bool {
        matches!(
            self,
            SkipReason::TooOld
                | SkipReason::OutsideWindow
                | SkipReason::OtherRegion
                | SkipReason::OtherAccount
                | SkipReason::NotSelected
        )
    }

    /// The reason's stable name in ledgers and JSON reports.
    pub fn as_str(self) -> &'static str {
        match self {
            SkipReason::EmptyFile => "empty_file",
            SkipReason::NotJson => "not_json",
            SkipReason::UnknownJson => "unknown_json",
            SkipReason::Digest => "digest",
            SkipReason::Config => "config",
            SkipReason::S3Notification => "s3_notification",
            SkipReason::DeliveryNotification => "delivery_notification",
            SkipReason::ServiceNotification => "service_notification",
            SkipReason::Insight => "insight",
            SkipReason::Aggregated => "aggregated",
            SkipReason::AuditEvent => "audit_event",
            SkipReason::Evidence => "evidence",
            SkipReason::Event => "event",
            SkipReason::QueryResults => "query_results",
            SkipReason::ControlMessage => "control_message",
            SkipReason::TooOld => "too_old",
            SkipReason::OutsideWindow => "outside_window",
            SkipReason::OtherRegion => "other_region",
            SkipReason::OtherAccount => "other_account",
            SkipReason::NotSelected => "not_selected",
            SkipReason::ActionTrail => "action_trail",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SkipReason::EmptyFile => "empty file",
            SkipReason::NotJson => "not JSON",
            SkipReason::UnknownJson => "unknown JSON",
            SkipReason::Digest => "log file validation digest",
            SkipReason::Config => "AWS Config",
            SkipReason::S3Notification => "Amazon S3 notification",
            SkipReason::DeliveryNotification => "CloudTrail delivery notification",
            SkipReason::ServiceNotification => "notification of another service",
            SkipReason::Insight => "CloudTrail Insights record",
            SkipReason::Aggregated => "aggregated events",
            SkipReason::AuditEvent => "event from outside AWS",
            SkipReason::Evidence => "Audit Manager evidence",
            SkipReason::Event => "CloudTrail event",
            SkipReason::QueryResults => "query results without eventJson",
            SkipReason::ControlMessage => "CloudWatch Logs control message",
            SkipReason::TooOld => "older than the retention period",
            SkipReason::OutsideWindow => "outside the window",
            SkipReason::OtherRegion => "of another Region",
            SkipReason::OtherAccount => "of another account",
            SkipReason::NotSelected => "not selected",
            SkipReason::ActionTrail => "Alibaba Cloud ActionTrail record",
        })
    }
}
