//! The schema of Insights events.
//!
//! Columns, order and types are those of the CloudTrail user guide, *Supported schemas for Insights events*. Records of
//! trails nest under `insightDetails` what the lake has as columns of their own; both forms are read. `attributions` and
//! its `insight` and `baseline` are lists in records, and here.

use super::Nested as N;
use super::Number::{Double, Integer};
use super::Shape::{self, Derived, Map, Nested, Struct, Time};
use super::Text::{Few, Sought, Unique};
use super::{Field, field, text};

/// The documented columns.
pub(super) const FIELDS: &[Field] = &[
    text("eventversion", "eventVersion", Few, "1.07", "version of the record format"),
    text("eventcategory", "eventCategory", Few, "1.07", "always Insight"),
    text("eventtype", "eventType", Few, "1.07", "always AwsCloudTrailInsight"),
    text("eventid", "eventID", Unique, "1.07", "id of the event"),
    field("eventtime", "eventTime", Time, "1.07", "when the unusual activity began or ended, UTC"),
    text("awsregion", "awsRegion", Few, "1.07", "Region of the activity"),
    text("recipientaccountid", "recipientAccountId", Few, "1.07", "account that received the event"),
    text("sharedeventid", "sharedEventID", Sought, "1.07", "id shared by the start and the end of one activity"),
    field("addendum", "addendum", Map(&[]), "1.08", "why the event was delayed or updated"),
    text("insightsource", "insightDetails.insightSource", Few, "1.07", "event data store that was analysed")
        .or(&["insightSource"]),
    text("insightstate", "insightDetails.state", Few, "1.07", "Start or End").or(&["insightState"]),
    text("insighteventsource", "insightDetails.eventSource", Few, "1.07", "service with the unusual activity")
        .or(&["insightEventSource"]),
    text("insighteventname", "insightDetails.eventName", Few, "1.07", "API with the unusual activity")
        .or(&["insightEventName"]),
    text("insighterrorcode", "insightDetails.errorCode", Few, "1.07", "error code of the unusual activity")
        .or(&["insightErrorCode"]),
    text("insighttype", "insightDetails.insightType", Few, "1.07", "ApiCallRateInsight or ApiErrorRateInsight")
        .or(&["insightType"]),
    field("insightcontext", "insightDetails.insightContext", Struct(CONTEXT), "1.07", "averages and who caused them")
        .or(&["insightContext"]),
    field("eventjson", "", Derived, "", "the record's exact JSON text"),
    field("eventjsonchecksum", "", Derived, "", "hex SHA-256 of eventjson"),
];

const CONTEXT: &[Field] = &[
    field(
        "baselineaverage",
        "statistics.baseline.average",
        Shape::Number(Double),
        "1.07",
        "calls or errors a minute before",
    )
    .or(&["baselineAverage"]),
    field(
        "insightaverage",
        "statistics.insight.average",
        Shape::Number(Double),
        "1.07",
        "calls or errors a minute during the activity",
    )
    .or(&["insightAverage"]),
    field(
        "baselineduration",
        "statistics.baselineDuration",
        Shape::Number(Integer),
        "1.07",
        "minutes the baseline was measured over",
    )
    .or(&["baselineDuration"]),
    field(
        "insightduration",
        "statistics.insightDuration",
        Shape::Number(Integer),
        "1.07",
        "minutes the activity lasted",
    )
    .or(&["insightDuration"]),
    field("attributions", "attributions", Nested(N::Array(&ATTRIBUTION)), "1.07", "who caused the activity"),
];

// The second, fifth and sixth fields are what AWS had before the lists; they are deprecated.
const ATTRIBUTION: N = N::Struct(&[
    ("attribute", &["attribute"], N::Text),
    ("insightvalue", &["insightValue"], N::Text),
    ("insightaverage", &["insightAverage"], N::Number(Double)),
    ("baselinevalue", &["baselineValue"], N::Text),
    ("baselineaverage", &["baselineAverage"], N::Number(Double)),
    ("insight", &["insight"], N::Array(&VALUE)),
    ("baseline", &["baseline"], N::Array(&VALUE)),
]);

const VALUE: N = N::Struct(&[("value", &["value"], N::Text), ("average", &["average"], N::Number(Double))]);
