//! The vocabulary of TrailLake: what an AWS CloudTrail event is.
//!
//! Nothing here reads a file, knows a clock or waits. Every other crate takes its nouns from this one:
//!
//! | module | answers |
//! | --- | --- |
//! | [`schema`] | which columns does CloudTrail Lake document, and where does each one live physically? |
//! | [`category`] | which kind of event is this? |
//! | [`selector`] | does an event data store or a trail keep this event, and why? |
//! | [`audit_event`] | is this event from outside AWS fit to be taken, and if not, why? |
//! | [`id`] | which event data store is meant by this id or ARN? |
//! | [`time`] | which instant is written here? |
//! | [`json`] | where do the values of this JSON text begin and end, byte for byte? |
//! | [`template`] | how does a record's exact text come back from its columns? |
//!
//! A **record** is JSON text until the schema is applied; an **event** is the row it becomes.
//!
//! ```
//! use traillake_event::schema::Schema;
//!
//! let schema = Schema::events();
//! let arn = schema.column("userIdentity_arn").expect("a documented leaf");
//! assert_eq!(arn.path, ["userIdentity", "arn"]);
//! ```

pub mod audit_event;
pub mod category;
pub mod id;
pub mod json;
pub mod schema;
pub mod selector;
pub mod template;
pub mod time;
