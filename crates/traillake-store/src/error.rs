//! What can go wrong in a lake, and whose business it is.

use std::sync::Arc;

use object_store::path::Path;
use traillake_event::id::EventDataStoreId;
use traillake_event::schema::HotKeyError;
use traillake_event::selector::SelectorError;

mod kind;

pub use kind::Kind;

/// The error below ours: of the object storage, of Parquet, or of the Delta log.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// An operation on a lake that failed: one variant for each operation, with the place.
///
/// An error prints itself only; the chain below it is [`std::error::Error::source`].
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The location names no directory.
    #[error("cannot open a lake at \"{location}\": {reason}")]
    Location {
        /// What was given.
        location: String,
        /// Why it is no lake.
        reason: String,
    },
    /// The location is a URL of another storage.
    #[error(
        "cannot open the lake {location}: storage \"{scheme}\" is not supported yet by this build; \
         give a directory or a file:// URL"
    )]
    Scheme {
        /// What was given.
        location: String,
        /// The scheme of the URL.
        scheme: String,
    },
    /// The folders of the lake could not be listed.
    #[error("cannot list the event data stores of {lake}")]
    ListStores {
        /// The lake.
        lake: String,
        /// What the storage said.
        source: Cause,
    },
    /// A name, a retention period or another attribute is out of its bounds.
    #[error("{attribute} \"{value}\" is not allowed: it must be {expected}")]
    Attribute {
        /// The attribute, as CloudTrail names it.
        attribute: &'static str,
        /// What was given.
        value: String,
        /// What is allowed.
        expected: &'static str,
    },
    /// A key cannot get a column of its own.
    #[error("a hot key is not allowed")]
    HotKey {
        /// Why.
        source: HotKeyError,
    },
    /// Categories of events that cannot live in one store.
    #[error(
        "event categories \"{categories}\" cannot be those of one event data store: \
         give Management, Data and NetworkActivity in any mix, or one other category alone"
    )]
    Categories {
        /// What was given.
        categories: String,
    },
    /// The categories of a store do not allow the operation.
    #[error("event data store \"{store}\" of {categories} events cannot be {operation} unless {expected}")]
    Category {
        /// The store's name.
        store: String,
        /// The categories it has.
        categories: String,
        /// What was asked for, as a participle.
        operation: &'static str,
        /// What it would have to be.
        expected: &'static str,
    },
    /// Attributes that are allowed one by one do not go together.
    #[error("{attributes} do not go together: {expected}")]
    Combination {
        /// The attributes, as CloudTrail names them.
        attributes: &'static str,
        /// What would be allowed.
        expected: &'static str,
    },
    /// The event selectors break a rule.
    #[error("the event selectors are not allowed: {source}")]
    Selectors {
        /// Which, where.
        source: SelectorError,
    },
    /// What was given is not the name of a KMS key.
    #[error(
        "KMS key \"{key}\" is not allowed: it must be a key id, a key ARN, an alias or an alias ARN, \
         in 1 to 350 of [a-zA-Z0-9._/-:]"
    )]
    KmsKey {
        /// What was given.
        key: String,
    },
    /// A tag is out of its bounds.
    #[error("tag \"{key}\" is not allowed: {reason}")]
    Tag {
        /// The key given.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A store would have too many tags.
    #[error("event data store \"{store}\" would have {tags} tags, and 50 are the most: remove some first")]
    TagsLimit {
        /// The store's name.
        store: String,
        /// How many it would have.
        tags: usize,
    },
    /// A lake with quotas would have too many stores.
    #[error(
        "{lake} has {stores} event data stores, those pending deletion counted, and {quota} are its quota: \
         delete some, or open the lake without quotas"
    )]
    StoresLimit {
        /// The lake.
        lake: String,
        /// How many it has.
        stores: usize,
        /// How many it may have.
        quota: usize,
    },
    /// Another store has the name.
    #[error("the name \"{name}\" is taken by event data store {id}: give another")]
    NameTaken {
        /// The name asked for.
        name: String,
        /// Who has it.
        id: EventDataStoreId,
    },
    /// What CloudTrail calls `EventDataStoreTerminationProtectedException`.
    #[error("event data store \"{store}\" cannot be deleted while termination protection is on; switch it off first")]
    TerminationProtected {
        /// The store's name.
        store: String,
    },
    /// The store is to be deleted.
    #[error("event data store \"{store}\" is PENDING_DELETION: it cannot be {operation}; restore it first")]
    Inactive {
        /// The store's name.
        store: String,
        /// What was asked for, as a participle.
        operation: &'static str,
    },
    /// The store was deleted, and the seven days in which it could be restored are over.
    #[error(
        "event data store \"{store}\" does not exist any more: what is deleted can be restored for seven days only"
    )]
    Gone {
        /// The store's name or id.
        store: String,
    },
    /// The status of the store does not allow the operation.
    #[error("event data store \"{store}\" is {status}: it cannot be {operation}")]
    Status {
        /// The store's name.
        store: String,
        /// Its status, in CloudTrail's spelling.
        status: &'static str,
        /// What was asked for, as a participle.
        operation: &'static str,
    },
    /// What a store that is gone has left behind could not be removed. What is left can be purged again.
    #[error("cannot remove the files of event data store {id}")]
    Purge {
        /// The store.
        id: EventDataStoreId,
        /// What the storage said.
        source: Cause,
    },
    /// The table of a new store could not be written.
    #[error("cannot create event data store \"{name}\" in {lake}")]
    Create {
        /// The store's name.
        name: String,
        /// The lake.
        lake: String,
        /// What the storage said.
        source: Cause,
    },
    /// The log of a store could not be read.
    #[error("cannot read the log of event data store {id}{}", at(*version))]
    ReadLog {
        /// The store.
        id: EventDataStoreId,
        /// The version asked for; `None` for the newest.
        version: Option<u64>,
        /// What the storage or the Delta log said.
        source: Cause,
    },
    /// The store has no such version.
    #[error("event data store {id} has no version {version}")]
    NoVersion {
        /// The store.
        id: EventDataStoreId,
        /// The version asked for.
        version: u64,
    },
    /// The store has no version of that time.
    #[error("event data store \"{store}\" has no version as of {}", instant(*at_ms))]
    NoVersionThen {
        /// The store's name.
        store: String,
        /// The instant asked for, in milliseconds since 1970 UTC.
        at_ms: i64,
    },
    /// The log of the store says something that no store of ours says.
    #[error(
        "the log of event data store {id} is damaged at version {version}: {what} is \"{found}\", expected {expected}"
    )]
    CorruptLog {
        /// The store.
        id: EventDataStoreId,
        /// The version read.
        version: u64,
        /// A table property, or the member of a file's entry.
        what: String,
        /// What was read.
        found: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// Rows could not be encoded as a data file.
    #[error("cannot encode a data file of {rows} rows")]
    EncodeDataFile {
        /// How many rows were given.
        rows: u64,
        /// What Parquet or Arrow said.
        source: Cause,
    },
    /// The rows are not of the event schema, or there are none.
    #[error("cannot encode a data file: {reason}")]
    Rows {
        /// What is wrong with them.
        reason: String,
    },
    /// A data file could not be stored.
    #[error("cannot write data file {path}")]
    WriteDataFile {
        /// The file, relative to the lake.
        path: Path,
        /// What the storage said.
        source: Cause,
    },
    /// A data file could not be read.
    #[error("cannot read data file {path}")]
    ReadDataFile {
        /// The file, relative to the lake.
        path: Path,
        /// What the storage or Parquet said.
        source: Cause,
    },
    /// A part of the ledger could not be stored.
    #[error("cannot write ledger part {path}")]
    WriteLedger {
        /// The part, relative to the lake.
        path: Path,
        /// What the storage or Parquet said.
        source: Cause,
    },
    /// A part of the ledger could not be read.
    #[error("cannot read ledger part {path}")]
    ReadLedger {
        /// The part, relative to the lake.
        path: Path,
        /// What the storage or Parquet said.
        source: Cause,
    },
    /// A part of the ledger does not hold what it should.
    #[error("ledger part {path} is damaged: {reason}")]
    CorruptLedger {
        /// The part, relative to the lake.
        path: Path,
        /// What was found and what was expected.
        reason: String,
    },
    /// The commit file could not be written. Whether the version exists after all is only known by looking:
    /// open the store again.
    #[error("cannot commit version {version} of event data store {id}")]
    Commit {
        /// The store.
        id: EventDataStoreId,
        /// The version that was to be.
        version: u64,
        /// What the storage said.
        source: Cause,
    },
    /// The files of a store could not be listed or read to verify them.
    #[error("cannot verify the files of event data store {id}")]
    VerifyFiles {
        /// The store.
        id: EventDataStoreId,
        /// What the storage said.
        source: Cause,
    },
    /// A file that nobody needs could not be deleted, or the files of a store could not be listed.
    #[error("cannot vacuum event data store {id}{}", path.as_ref().map(|path| format!(": {path}")).unwrap_or_default())]
    Vacuum {
        /// The store.
        id: EventDataStoreId,
        /// The file, relative to the lake; `None` when the listing failed, or the deletion of one of many.
        path: Option<Path>,
        /// What the storage said.
        source: Cause,
    },
    /// Other writers won every race for the next version.
    #[error("event data store \"{store}\" could not be updated: other writers were faster {attempts} times; try again")]
    Contention {
        /// The store's name.
        store: String,
        /// How often it was tried.
        attempts: u32,
    },
}

fn instant(at_ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(at_ms).map_or_else(|| format!("{at_ms} ms"), |at| at.to_rfc3339())
}

fn at(version: Option<u64>) -> String {
    version.map(|version| format!(" at version {version}")).unwrap_or_default()
}

/// An error as the cause of ours.
pub(crate) fn cause(error: impl std::error::Error + Send + Sync + 'static) -> Cause {
    Arc::new(error)
}
