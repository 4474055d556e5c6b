//! LookupEvents: CloudTrail's *Event history*, asked of an event data store.
//!
//! ```text
//! attributes, times, page ──▶ SQL ──▶ Lake::query ──▶ batches ──▶ events as AWS writes them, a token for the next page
//! ```
//!
//! AWS looks up management events of the last 90 days, of one account and Region, by one of eight attributes and fifty at a
//! time. A store is asked for events of any category and age, by any number of attributes that must all hold, by any
//! field of the record, and for any number of events. The answer has the same form.
//!
//! ```
//! use traillake::StoreType;
//! use traillake::lookup::{Lookup, View};
//!
//! let attributes = vec!["Username=ana".parse()?, "errorCode=AccessDenied".parse()?];
//! let lookup = Lookup { attributes, ..Lookup::of("trail", StoreType::Events) };
//! let sql = lookup.sql(View::Events)?;
//! assert!(sql.contains("errorcode = 'AccessDenied'"));
//! # Ok::<(), traillake::lookup::LookupError>(())
//! ```
//!
//! Three things AWS derives from a record, and does not say how. They are done as the examples of its documentation and
//! answers of its API show them:
//!
//! | member | here |
//! | --- | --- |
//! | `Username` | `root` for the root user; else `userIdentity.userName`; else, for an assumed role and a federated user, the name of the session, which ends its ARN (AWS CLI, example of `lookup-events`: the session `my-session-name` of `my-role`); else none, as for services |
//! | `ReadOnly` | the record's, as a text |
//! | `Resources` | those of the record's `resources`, and those its parameters name: [`resource`] has the list |

use traillake_event::category::{EventCategory, StoreType};

mod condition;
mod error;
mod event;
mod instant;
mod page;
pub mod resource;
mod token;

pub use condition::{Attribute, AttributeKey};
pub use error::LookupError;
pub use event::{Event, Resource};
pub use instant::instant;
pub use page::Page;

use condition::{condition, quoted};
use token::Place;

/// How many events AWS gives at a time.
pub const MAX_RESULTS: u64 = 50;

/// What is looked up, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The event data store, by name, id or ARN.
    pub store: String,
    /// What it holds: CloudTrail events or Insights events.
    pub store_type: StoreType,
    /// What must hold, all of it.
    pub attributes: Vec<Attribute>,
    /// The earliest time, in milliseconds since 1970.
    pub start: Option<i64>,
    /// The latest time, itself included.
    pub end: Option<i64>,
    /// Events of one category; of all that the store holds when `None`.
    pub category: Option<EventCategory>,
    /// How many events; all when `None`.
    pub max_results: Option<u64>,
    /// Where the page before ended, as its [`Page::next_token`] says.
    pub next_token: Option<String>,
}

/// The columns of the SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Those that [`Page::take`] makes events of. One row more than a page has tells whether there is a next one.
    Events,
    /// Those for reading, flat: a row for each event.
    Rows,
}

impl Lookup {
    /// The newest events of a store.
    pub fn of(store: &str, store_type: StoreType) -> Self {
        Self {
            store: store.to_owned(),
            store_type,
            attributes: Vec::new(),
            start: None,
            end: None,
            category: None,
            max_results: Some(MAX_RESULTS),
            next_token: None,
        }
    }

    /// The SELECT that answers it.
    ///
    /// # Errors
    /// An attribute, a value, the times, the number or the token is none that can be asked for.
    pub fn sql(&self, view: View) -> Result<String, LookupError> {
        self.check()?;
        let mut conditions = self.conditions()?;
        if let Some(place) = self.place()? {
            conditions.push(place.condition());
        }
        let columns = match (view, self.store_type) {
            (View::Events, StoreType::Insights) => INSIGHTS.to_owned(),
            (View::Events, _) => events(),
            (View::Rows, StoreType::Insights) => INSIGHTS_ROWS.to_owned(),
            (View::Rows, _) => rows(),
        };
        let from = self.store.replace('"', "\"\"");
        let mut sql = format!("SELECT {columns}\nFROM \"{from}\"");
        if !conditions.is_empty() {
            sql.push_str(&format!("\nWHERE {}", conditions.join("\n  AND ")));
        }
        sql.push_str("\nORDER BY eventTime DESC, eventID DESC");
        if let Some(max) = self.max_results {
            let rows = if view == View::Events { max.saturating_add(1) } else { max };
            sql.push_str(&format!("\nLIMIT {rows}"));
        }
        Ok(sql)
    }

    /// The page that its rows fill.
    ///
    /// # Errors
    /// The token is none of this lookup.
    pub fn page(&self) -> Result<Page, LookupError> {
        Ok(Page::new(self.fingerprint()?, self.max_results, self.place()?, self.store_type))
    }

    fn check(&self) -> Result<(), LookupError> {
        if !matches!(self.store_type, StoreType::Events | StoreType::Insights) {
            return Err(LookupError::StoreType { store: self.store.clone() });
        }
        if self.category.is_some_and(|category| category.store_type() != self.store_type) {
            return Err(LookupError::Category { store: self.store.clone() });
        }
        match (self.start, self.end) {
            (Some(start), Some(end)) if start > end => Err(LookupError::TimeRange),
            _ if self.max_results == Some(0) => Err(LookupError::MaxResults),
            _ => Ok(()),
        }
    }

    /// What must hold on every page.
    fn conditions(&self) -> Result<Vec<String>, LookupError> {
        let mut conditions = Vec::new();
        for attribute in &self.attributes {
            conditions.push(condition(attribute, self.store_type)?);
        }
        if let Some(start) = self.start {
            conditions.push(format!("eventTime >= {}", instant::literal(start)));
        }
        if let Some(end) = self.end {
            conditions.push(format!("eventTime <= {}", instant::literal(end)));
        }
        conditions.extend(self.category.and_then(category_condition));
        Ok(conditions)
    }

    fn place(&self) -> Result<Option<Place>, LookupError> {
        let fingerprint = self.fingerprint()?;
        self.next_token.as_deref().map(|token| Place::read(token, fingerprint)).transpose()
    }

    /// What tells this lookup from others, whatever its page.
    fn fingerprint(&self) -> Result<token::Fingerprint, LookupError> {
        Ok(token::fingerprint(&[&[self.store.to_lowercase()], self.conditions()?.as_slice()].concat()))
    }
}

/// The events of a category. Records of before version 1.07 do not say theirs: it is what event selectors take it for.
fn category_condition(category: EventCategory) -> Option<String> {
    const IS_VPCE: &str = "coalesce(eventType, '') IN ('AwsVpceEvent', 'AwsVpceEvents')";
    let unsaid = match category {
        EventCategory::Management => format!("NOT {IS_VPCE} AND coalesce(managementEvent, true)"),
        EventCategory::Data => format!("NOT {IS_VPCE} AND managementEvent = false"),
        EventCategory::NetworkActivity => IS_VPCE.to_owned(),
        // A store of these has no others.
        _ => return None,
    };
    Some(format!("(eventCategory = {} OR (eventCategory IS NULL AND {unsaid}))", quoted(category.as_str())))
}

/// The name of the caller, in SQL.
const USERNAME: &str = "CASE WHEN userIdentity.type = 'Root' THEN 'root'
    WHEN userIdentity.userName IS NOT NULL THEN userIdentity.userName
    WHEN userIdentity.type IN ('AssumedRole', 'FederatedUser') AND userIdentity.arn LIKE '%/%'
    THEN element_at(split(userIdentity.arn, '/'), -1) END";

fn events() -> String {
    format!(
        "eventID AS EventId, eventName AS EventName, readOnly AS ReadOnly,
  userIdentity.accessKeyId AS AccessKeyId, eventTime AS EventTime, eventSource AS EventSource,
  {USERNAME} AS Username,
  eventJson AS CloudTrailEvent"
    )
}

fn rows() -> String {
    format!(
        "eventTime AS EventTime, eventName AS EventName,
  {USERNAME} AS Username,
  eventSource AS EventSource, awsRegion AS AwsRegion, sourceIPAddress AS SourceIPAddress, errorCode AS ErrorCode,
  {} AS ResourceNames,
  eventID AS EventId",
        resource::names()
    )
}

const INSIGHTS: &str = "eventID AS EventId, insightEventName AS EventName, CAST(NULL AS boolean) AS ReadOnly,
  CAST(NULL AS varchar) AS AccessKeyId, eventTime AS EventTime, insightEventSource AS EventSource,
  CAST(NULL AS varchar) AS Username,
  eventJson AS CloudTrailEvent";

const INSIGHTS_ROWS: &str = "eventTime AS EventTime, insightEventName AS EventName, insightEventSource AS EventSource,
  awsRegion AS AwsRegion, insightType AS InsightType, insightState AS State, insightErrorCode AS ErrorCode,
  eventID AS EventId";

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(attributes: &[&str]) -> Lookup {
        let attributes = attributes.iter().map(|text| text.parse().unwrap()).collect();
        Lookup { attributes, ..Lookup::of("trail", StoreType::Events) }
    }

    fn conditions(attributes: &[&str]) -> String {
        let sql = lookup(attributes).sql(View::Events).unwrap();
        let (_, conditions) = sql.split_once("\nWHERE ").unwrap();
        conditions.split_once("\nORDER BY").unwrap().0.to_owned()
    }

    #[test]
    fn attributes_are_conditions_on_flat_columns() {
        for (attribute, condition) in [
            ("EventId=e1", "eventid = 'e1'"),
            ("eventname=PutObject", "eventname = 'PutObject'"),
            ("ReadOnly=false", "readonly = false"),
            ("AccessKeyId=AKIA'X", "useridentity.accesskeyid = 'AKIA''X'"),
            (
                "userIdentity.sessionContext.sessionIssuer.arn=a=b",
                "useridentity.sessioncontext.sessionissuer.arn = 'a=b'",
            ),
            ("requestParameters.bucketName=b", "element_at(requestparameters, 'bucketName') = 'b'"),
            (
                "requestParameters.a.it's=b",
                "json_extract_scalar(element_at(requestparameters, 'a'), '$[\"it''s\"]') = 'b'",
            ),
            ("resources.ARN=arn:x", "any_match(resources, r -> r.arn = 'arn:x')"),
            ("eventTime=2026-03-02", "eventtime = TIMESTAMP '2026-03-02 00:00:00.000'"),
        ] {
            assert_eq!(conditions(&[attribute]), condition);
        }
        assert_eq!(conditions(&["errorCode=x", "ReadOnly=TRUE"]), "errorcode = 'x'\n  AND readonly = true");
    }

    #[test]
    fn what_cannot_be_asked_for_is_named() {
        for (attribute, told) in [
            ("Usernam=x", "there is no attribute \"Usernam\""),
            ("ReadOnly=yes", "ReadOnly is true or false, not \"yes\""),
            ("userIdentity=x", "\"userIdentity\" has fields of its own; name one of them, as userIdentity.type"),
            ("userIdentity.nam=x", "there is no attribute \"userIdentity.nam\""),
            (
                "requestParameters=x",
                "\"requestParameters\" has keys of its own; name one of them, as requestParameters.KEY",
            ),
            ("eventName.x=y", "\"eventName.x\" is no field: eventname is a text"),
        ] {
            assert_eq!(lookup(&[attribute]).sql(View::Rows).unwrap_err().to_string(), told);
        }
        assert!("Username".parse::<Attribute>().is_err() && "Username=".parse::<Attribute>().is_err());
        let backwards = Lookup { start: Some(2), end: Some(1), ..lookup(&[]) };
        assert_eq!(backwards.sql(View::Rows), Err(LookupError::TimeRange));
        let insight = Lookup { category: Some(EventCategory::Insight), ..lookup(&[]) };
        assert!(matches!(insight.sql(View::Rows), Err(LookupError::Category { .. })));
    }

    #[test]
    fn a_page_is_one_row_longer_so_that_the_next_is_known() {
        assert!(lookup(&[]).sql(View::Events).unwrap().ends_with("ORDER BY eventTime DESC, eventID DESC\nLIMIT 51"));
        assert!(lookup(&[]).sql(View::Rows).unwrap().ends_with("\nLIMIT 50"));
        let all = Lookup { max_results: None, ..lookup(&[]) };
        assert!(all.sql(View::Events).unwrap().ends_with("DESC"));
    }

    #[test]
    fn insights_events_have_columns_of_their_own() {
        let attributes = vec!["EventName=PutObject".parse().unwrap()];
        let lookup = Lookup { attributes, ..Lookup::of("insights", StoreType::Insights) };
        assert!(lookup.sql(View::Events).unwrap().contains("WHERE insighteventname = 'PutObject'"));
        let attributes = vec!["Username=ana".parse().unwrap()];
        let error = Lookup { attributes, ..lookup }.sql(View::Events).unwrap_err();
        assert_eq!(error.to_string(), "Insights events cannot be looked up by Username");
    }
}
