//! Event data stores: where events are kept, durably and for ever unchanged.
//!
//! A [`Lake`] is a directory. Each of its folders is one [`EventDataStore`]: a Delta table (protocol reader 1,
//! writer 2, no table features), which Spark, Trino, DuckDB and pandas read without us. Its attributes are
//! table properties; there is no other catalogue.
//!
//! A [`Snapshot`] is one version of a store and never changes. The next version is made in two steps: write
//! [data files](write_data_file) that nobody sees, then [commit](Transaction::commit) a [`Transaction`] that
//! lists them. Either all of it becomes visible or nothing does, and losing the race to another writer is an
//! answer, [`Commit::Conflict`], not an error. Each import commit carries its entries in the [`Ledger`], which
//! is what makes an import repeatable.
//!
//! The life of a store is CloudTrail's, with its rules and words: what may change and what not, when it takes imports
//! and queries, and that it can be [restored](EventDataStore::restore) for seven days after its
//! [deletion](EventDataStore::delete). After them it is gone, and [`Lake::purge`] removes its files. Each change is a
//! commit that says what it [changed](Version::changes); what is refused has the name of CloudTrail's
//! [exception](Error::aws_name).
//!
//! | module | answers |
//! | --- | --- |
//! | `lake`, `store`, `attributes` | which stores are there, what are they called, how do they live and end? |
//! | `snapshot`, `data_file` | which files does a version have, and what is in them? |
//! | `transaction` | how does a version come to be, and what is durable after each step? |
//! | `turn` | which of many writers makes the next version? |
//! | `compaction` | how do many small data files become few? |
//! | `expiry` | which events are older than the store keeps, and how do they go? |
//! | `integrity`, `content_hash` | is the store still what was committed, byte for byte? |
//! | `vacuum` | which files does nobody need any more? |
//! | `ledger`, `event_key` | was this object imported before, was this event? |
//! | `event_json`, `records` | which exact text did a row's record have? |
//! | `value_index` | in which pages of a data file may a value occur? |
//! | `value_counts` | how often does a value occur, without reading a row? |
//! | [`ddl`] | how do other engines see a store in CloudTrail Lake's shape? |
//! | `log` | how is all that written down as a Delta log? The only module that knows |
//! | `durable` | when is a file on a local disk safe? |
//! | `layout` | where does each file stand? The only module that spells a path |
//!
//! ```
//! use traillake_store::{Create, CreateOptions, Lake};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let location = folder.path().display().to_string();
//! let lake = Lake::open(&location).await?;
//! let Create::Done(store) = lake.create("trail", CreateOptions::default()).await? else {
//!     return Err("the name is taken".into());
//! };
//! assert_eq!(store.snapshot().await?.rows(), 0);
//! assert_eq!(lake.find("TRAIL").await?.map(|found| found.id()), Some(store.id()));
//! # Ok(())
//! # }
//! ```

mod attributes;
mod clock;
mod compaction;
mod content_hash;
mod data_file;
pub mod ddl;
mod durable;
mod error;
mod event_json;
mod event_key;
mod expiry;
mod integrity;
mod lake;
mod layout;
mod ledger;
mod log;
mod records;
mod schema;
mod snapshot;
mod store;
mod transaction;
mod turn;
mod vacuum;
mod value_counts;
mod value_index;
mod varint;

pub use attributes::{
    AttributeChange, Attributes, BillingMode, Changes, ContextKeySelector, ContextKeyType, CreateOptions,
    EventConfiguration, MaxEventSize, NoRetention, PartitionKey, Refusal, Retention, Status, Tag, Tags,
};
pub use clock::Clock;
pub use compaction::{Compaction, CompactionOptions, Scope};
pub use content_hash::{ContentHash, NoContentHash};
pub use data_file::{
    Bounds, CodedTexts, ColumnBounds, ColumnPages, DataFile, Encoded, Pieces, Selection, Unpacker, Value,
    bytes_of_pages, encode, put_data_file, read_codes, read_codes_at, read_present_codes, read_times, rows_of_pages,
    write_data_file,
};
pub use durable::DurableFileSystem;
pub use error::{Cause, Error, Kind};
pub use event_json::{CorruptRecord, RecordColumns, RecordReader};
pub use event_key::{EventKey, EventKeysWanted, KeyWanted};
pub use expiry::{Expiry, ExpiryOptions};
pub use integrity::{Broken, ChainHead, Depth, NoChainHead, Reach, Verification, VerifyOptions};
pub use lake::{Create, Lake, Purged};
pub use ledger::{ImportedObject, KnownObjects, Ledger, Reject};
pub use log::Version;
pub use records::{RecordsWanted, StoredRecord, Wanted};
pub use snapshot::Snapshot;
pub use store::EventDataStore;
pub use transaction::{Commit, Transaction};
pub use turn::Turn;
pub use vacuum::{Vacuum, VacuumOptions};
pub use value_counts::{CountsReader, ValueCounts};
pub use value_index::{PAGE_ROWS, Pages, Probe, Sought, ValueIndex};
