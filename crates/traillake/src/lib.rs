//! TrailLake: an open, embedded CloudTrail Lake.
//!
//! It turns AWS CloudTrail's log files into immutable columnar *event data stores* and answers CloudTrail Lake's
//! own SQL over them: inside your program, without a server, an account or a network.
//!
//! ```no_run
//! use futures::StreamExt;
//! use traillake::{Lake, Source};
//!
//! # async fn example() -> Result<(), traillake::Error> {
//! let lake = Lake::open("logs.lake").await?;
//! let report = lake.import("trail", [Source::Directory("AWSLogs".into())]).await?;
//! println!("{report}");
//!
//! let mut rows = lake.query("SELECT eventName, count(*) FROM trail GROUP BY 1 ORDER BY 2 DESC").await?;
//! while let Some(batch) = rows.next().await {
//!     println!("{} rows", batch?.num_rows());
//! }
//! println!("{} bytes were read", rows.statistics().bytes_scanned);
//! # Ok(())
//! # }
//! ```
//!
//! - A [`Lake`] is a directory. An [`EventDataStore`] in it holds events; importing into a name makes it.
//! - [`Lake::import`] brings log files in: whatever their container and compression, each object once, each event
//!   once. Its [`ImportReport`] adds up; what could not become an event is a reject with place and reason.
//! - [`Lake::query`] starts one SELECT in CloudTrail Lake's dialect and gives a stream of Arrow batches.
//! - [`investigation`] has the questions of an investigation as SQL: who is this, what did this key do.
//! - [`lookup`] answers as CloudTrail's LookupEvents does.
//! - [`samples`] are queries ready to run: security, compliance, operations, change, forensics.
//! - Every store is a Delta table: other engines read it too.

mod error;
pub mod investigation;
mod lake;
pub mod lookup;
mod samples;
mod saved;

pub use error::{Error, ErrorKind};
pub use lake::{Lake, LakeOptions};
pub use samples::{Sample, SampleError, SampleParameter, sample, samples};
pub use saved::SavedQuery;
pub use traillake_event::{
    category::{EventCategory, StoreType},
    id::EventDataStoreId,
    schema, selector, time,
};
pub use traillake_ingest::{
    Finding, ImportReport, MEMORY_BYTES, MEMORY_BYTES_MIN, Observer, Options as ImportOptions,
    Progress as ImportProgress, SkipReason, Source, VerifyReport, recognise,
};
pub use traillake_query::{
    Asked, Excerpt, Explanation, Function, FunctionKind, ParameterValue, Parameters, Position, QueryError,
    QueryOptions, QueryStatistics, Results, ScanExplanation, Statement, SystemTable, system_tables, text,
};
pub use traillake_store::ddl;
pub use traillake_store::{
    AttributeChange, Attributes, BillingMode, Bounds, Broken, ChainHead, Changes, Clock, Compaction, CompactionOptions,
    ContextKeySelector, ContextKeyType, CreateOptions, DataFile, Depth, EventConfiguration, EventDataStore, Expiry,
    ExpiryOptions, ImportedObject, MaxEventSize, Purged, Reach, Reject, Retention, Scope, Snapshot, Status, Tag, Tags,
    Vacuum, VacuumOptions, Verification, VerifyOptions, Version,
};
