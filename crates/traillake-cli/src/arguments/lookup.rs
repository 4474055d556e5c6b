//! `lookup`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use traillake::EventCategory;
use traillake::lookup::{Attribute, instant};

use super::Limits;
use crate::output::Format;

pub(super) const ABOUT_LOOKUP: &str = "\
Look up events by who, what and where, newest first, in the form of AWS's LookupEvents.

An attribute is one of AWS's, or any field of the record. Those of AWS are EventId, EventName, ReadOnly, Username, \
ResourceType, ResourceName, EventSource and AccessKeyId; a field is given by its path, as userIdentity.arn, errorCode or \
requestParameters.bucketName, which lake.columns lists. A value is compared whole, letter by letter. Several attributes \
must hold together. What the AWS CLI takes is taken too: --lookup-attributes AttributeKey=Username,AttributeValue=root.

AWS looks in the management events of 90 days, of one account and Region, and takes one attribute. Here all events of the \
store are looked up, unless --event-category, a time, awsRegion or recipientAccountId say otherwise.

Username is \"root\" for the root user, else the name of the user, else the name of the session of an assumed role. \
Resources are those the record lists and those its parameters name, by a list of ours, since AWS does not publish its own. \
EventTime is UTC.

The answer is JSON as `aws cloudtrail lookup-events` prints it. NextToken, given back with --next-token, goes on where the \
page ended; nothing is kept meanwhile. --format table and the like have a row for each event.";

pub(super) const AFTER_LOOKUP: &str = "\
Examples:
  traillake lookup Username=ana
  traillake lookup EventName=ConsoleLogin errorMessage='Failed authentication' --format table
  traillake lookup ResourceName=example-refund-3333 --start-time 2026-03-02 --end-time 2026-03-03 --max-results 5
  traillake lookup --lookup-attributes AttributeKey=EventName,AttributeValue=StopLogging
  traillake lookup AccessKeyId=AKIAIOSFODNN7EXAMPLE --all --format jsonl
  traillake lookup userIdentity.type=Root ReadOnly=false --sql
";

/// `lookup`.
#[derive(Debug, Args)]
pub(crate) struct LookupArguments {
    /// What must hold; may be given several times
    #[arg(value_name = "ATTRIBUTE=VALUE")]
    pub(crate) attributes: Vec<Attribute>,

    /// The same, as the AWS CLI spells it: AttributeKey=NAME,AttributeValue=VALUE
    #[arg(long = "lookup-attributes", value_name = "ATTRIBUTE")]
    pub(crate) lookup_attributes: Vec<Attribute>,

    /// Events of this time or later: 2026-03-02, 2026-03-02T02:41:15Z, or seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) start_time: Option<i64>,

    /// Events of this time or earlier
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) end_time: Option<i64>,

    /// Events of one category (default: all that the store holds)
    #[arg(long, value_enum, ignore_case = true, value_name = "CATEGORY")]
    pub(crate) event_category: Option<LookupCategory>,

    /// How many events
    #[arg(long, alias = "max-items", value_name = "N", default_value_t = traillake::lookup::MAX_RESULTS)]
    pub(crate) max_results: u64,

    /// All events, without a next token
    #[arg(long, conflicts_with_all = ["max_results", "next_token"])]
    pub(crate) all: bool,

    /// Go on where the page with this NextToken ended
    #[arg(long, alias = "starting-token", value_name = "TOKEN")]
    pub(crate) next_token: Option<String>,

    /// The event data store (default: the lake's only one of such events)
    #[arg(long, value_name = "NAME")]
    pub(crate) store: Option<String>,

    /// Look up in log files without a lake; may be given several times
    #[arg(long, value_name = "SOURCE", conflicts_with = "store")]
    pub(crate) from: Vec<String>,

    /// How the answer is written (default: by the ending of --output, else json)
    #[arg(long, value_enum)]
    pub(crate) format: Option<LookupFormat>,

    /// Write to a file, which appears when it is complete; json, text and table alone are formats, as for the AWS CLI
    #[arg(long, value_name = "F")]
    pub(crate) output: Option<PathBuf>,

    /// Do not run it: print the SQL
    #[arg(long)]
    pub(crate) sql: bool,

    #[command(flatten)]
    pub(crate) limits: Limits,
}

/// How looked up events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LookupFormat {
    /// As the AWS CLI: an object with Events and NextToken
    Json,
    /// An event of the AWS form on each line
    Jsonl,
    /// As the AWS CLI's text: values between tabs
    Text,
    /// For reading: a row for each event
    Table,
    /// Comma-separated values, a row for each event
    Csv,
    /// Tab-separated values, a row for each event
    Tsv,
    /// A table to paste into a document
    Markdown,
    /// For reading: a line for each value
    Vertical,
}

impl LookupFormat {
    /// The format of rows; `None` for those of AWS's form.
    pub(crate) fn of_rows(self) -> Option<Format> {
        Some(match self {
            LookupFormat::Json | LookupFormat::Jsonl | LookupFormat::Text => return None,
            LookupFormat::Table => Format::Table,
            LookupFormat::Csv => Format::Csv,
            LookupFormat::Tsv => Format::Tsv,
            LookupFormat::Markdown => Format::Markdown,
            LookupFormat::Vertical => Format::Vertical,
        })
    }
}

/// The categories that can be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LookupCategory {
    /// Control-plane calls
    Management,
    /// Data-plane calls
    Data,
    /// Calls through a VPC endpoint
    #[value(alias = "networkactivity")]
    NetworkActivity,
    /// Unusual activity found by CloudTrail Insights
    Insight,
}

impl From<LookupCategory> for EventCategory {
    fn from(category: LookupCategory) -> Self {
        match category {
            LookupCategory::Management => EventCategory::Management,
            LookupCategory::Data => EventCategory::Data,
            LookupCategory::NetworkActivity => EventCategory::NetworkActivity,
            LookupCategory::Insight => EventCategory::Insight,
        }
    }
}
