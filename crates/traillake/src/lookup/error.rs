//! Why something cannot be looked up.

use thiserror::Error;

/// Why something cannot be looked up. `Display` is one line.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LookupError {
    /// Neither `NAME=VALUE` nor `AttributeKey=NAME,AttributeValue=VALUE`.
    #[error("\"{found}\" is no attribute with a value: write NAME=VALUE")]
    Attribute {
        /// As given.
        found: String,
    },
    /// No attribute and no field of a record.
    #[error("there is no attribute \"{name}\"")]
    Unknown {
        /// As given.
        name: String,
        /// A name like it.
        near: Option<String>,
    },
    /// A field that is no single value.
    #[error("\"{name}\" has {parts} of its own; name one of them, as {example}")]
    Parts {
        /// As given.
        name: String,
        /// `fields` or `keys`.
        parts: &'static str,
        /// A name that can be given.
        example: String,
    },
    /// A step below a single value.
    #[error("\"{name}\" is no field: {parent} is {kind}")]
    Below {
        /// As given.
        name: String,
        /// The field that has none below it.
        parent: String,
        /// What that field is.
        kind: &'static str,
    },
    /// A value of another type.
    #[error("{name} is {kind}, not \"{found}\"")]
    Value {
        /// The attribute.
        name: String,
        /// What it takes.
        kind: &'static str,
        /// As given.
        found: String,
    },
    /// An attribute that Insights events do not have.
    #[error("Insights events cannot be looked up by {name}")]
    Insights {
        /// The attribute.
        name: &'static str,
    },
    /// No time.
    #[error("\"{found}\" is no time")]
    Time {
        /// As given.
        found: String,
    },
    /// The end lies before the start.
    #[error("the start time lies behind the end time")]
    TimeRange,
    /// No event was asked for.
    #[error("at least one event has to be asked for")]
    MaxResults,
    /// Some other text than a token.
    #[error("this is no next token, or not all of it")]
    Token,
    /// The token of a lookup with other attributes, times or category, or of another store.
    #[error("the next token belongs to another lookup")]
    OtherToken,
    /// A store that keeps no events of the category.
    #[error("event data store \"{store}\" does not keep events of this category")]
    Category {
        /// The store.
        store: String,
    },
    /// A store of something else than events.
    #[error("event data store \"{store}\" holds neither CloudTrail events nor Insights events")]
    StoreType {
        /// The store.
        store: String,
    },
    /// Rows that are not those of the lookup's SQL.
    #[error("the rows are not those of a lookup: {what}")]
    Rows {
        /// What is not as expected.
        what: String,
    },
}

impl LookupError {
    /// What LookupEvents calls it; `None` for what cannot go wrong there.
    pub fn aws_name(&self) -> Option<&'static str> {
        Some(match self {
            LookupError::Time { .. } | LookupError::TimeRange => "InvalidTimeRangeException",
            LookupError::MaxResults => "InvalidMaxResultsException",
            LookupError::Token | LookupError::OtherToken => "InvalidNextTokenException",
            LookupError::Category { .. } => "InvalidEventCategoryException",
            LookupError::StoreType { .. } | LookupError::Rows { .. } => return None,
            _ => "InvalidLookupAttributesException",
        })
    }

    /// What can be done about it, in a line.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            LookupError::Attribute { .. } => {
                "as Username=ana, ResourceName=my-bucket or requestParameters.bucketName=my-bucket".to_owned()
            }
            LookupError::Unknown { near: Some(near), .. } => format!("did you mean {near}?"),
            LookupError::Unknown { near: None, .. } => {
                "EventId, EventName, ReadOnly, Username, ResourceType, ResourceName, EventSource, AccessKeyId, or a field \
                 of the record; lake.columns lists the fields"
                    .to_owned()
            }
            LookupError::Insights { .. } => "EventId, EventName, EventSource, or a field of the record".to_owned(),
            LookupError::Time { .. } => {
                "as 2026-03-02, 2026-03-02T02:41:15Z, or seconds since 1970; all times are UTC unless they say otherwise"
                    .to_owned()
            }
            LookupError::Token => "give the whole NextToken of the page before".to_owned(),
            LookupError::OtherToken => {
                "repeat the attributes, the times and the store of the page before; only the number may differ".to_owned()
            }
            LookupError::Category { .. } => "choose another store with --store".to_owned(),
            _ => return None,
        })
    }
}
