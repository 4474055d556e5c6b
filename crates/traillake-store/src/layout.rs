//! Where things are in a lake. Nothing else spells a path.
//!
//! ```text
//! <lake>/
//!   <id of an event data store>/
//!     _delta_log/00000000000000000007.json      commits and checkpoints
//!     _listings/00000000000000000007.files      the state of a version, for who opens the store
//!     _ledger/<uuid>.parquet                    imported objects of one commit, or of many
//!     _ledger/<uuid>.rejects.parquet            rejects of one commit
//!     _purged                                   only while what a dead store has left is being removed
//!     calendarday=2023-07-19/<uuid>.parquet     data files
//! ```

use chrono::NaiveDate;
use object_store::path::Path;
use traillake_event::id::EventDataStoreId;
use traillake_event::schema::CALENDAR_DAY;
use uuid::Uuid;

/// What Hive, and Delta after it, calls the folder of the null partition.
const NO_DAY: &str = "__HIVE_DEFAULT_PARTITION__";
const LEDGER: &str = "_ledger";
const LISTINGS: &str = "_listings";
const LISTING: &str = ".files";

/// The folder of a store.
pub(crate) fn store(id: EventDataStoreId) -> Path {
    Path::from(id.to_string())
}

/// The folder of a store's log, relative to the lake.
pub(crate) fn log(id: EventDataStoreId) -> Path {
    store(id).join("_delta_log")
}

/// The commit of version 0, relative to the lake.
pub(crate) fn first_commit(id: EventDataStoreId) -> Path {
    log(id).join(format!("{:020}.json", 0))
}

/// What says that a folder is being purged, relative to the lake.
pub(crate) fn purge_mark(id: EventDataStoreId) -> Path {
    store(id).join("_purged")
}

/// The folder of a store's listings, relative to the lake.
pub(crate) fn listings(id: EventDataStoreId) -> Path {
    store(id).join(LISTINGS)
}

/// The listing of a version, relative to the lake.
pub(crate) fn listing(id: EventDataStoreId, version: u64) -> Path {
    listings(id).join(format!("{version:020}{LISTING}"))
}

/// The version of a listing at a path.
pub(crate) fn listed_version(path: &Path) -> Option<u64> {
    path.filename()?.strip_suffix(LISTING)?.parse().ok()
}

/// A new data file, relative to its store.
pub(crate) fn new_data_file(day: Option<NaiveDate>) -> Path {
    let day = day.map_or_else(|| NO_DAY.to_owned(), |day| day.to_string());
    Path::from_iter([format!("{CALENDAR_DAY}={day}"), format!("{}.parquet", Uuid::new_v4())])
}

/// The folder of a store's ledger, relative to the lake.
pub(crate) fn ledger(id: EventDataStoreId) -> Path {
    store(id).join(LEDGER)
}

/// The name of a ledger part in its folder.
pub(crate) fn ledger_part_name(part: Uuid) -> String {
    format!("{part}.parquet")
}

/// The name of the rejects of a ledger part in its folder.
pub(crate) fn ledger_rejects_name(part: Uuid) -> String {
    format!("{part}.rejects.parquet")
}

/// A ledger part, relative to the lake.
pub(crate) fn ledger_part(id: EventDataStoreId, part: Uuid) -> Path {
    ledger(id).join(ledger_part_name(part))
}

/// The rejects of a ledger part, relative to the lake.
pub(crate) fn ledger_rejects(id: EventDataStoreId, part: Uuid) -> Path {
    ledger(id).join(ledger_rejects_name(part))
}

/// What a file of a store is, apart from its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    Data,
    Ledger,
    Listing,
}

/// What the file at a path of the lake is in its store; `None` of the log, and of what nobody writes here.
pub(crate) fn kind_of(id: EventDataStoreId, path: &Path) -> Option<FileKind> {
    let own = in_store(id, path)?;
    let (name, folders) = (own.filename()?, own.parts().collect::<Vec<_>>());
    let [folder, _] = folders.as_slice() else { return None };
    let is_parquet = name.ends_with(".parquet");
    match folder.as_ref() {
        LEDGER if is_parquet => Some(FileKind::Ledger),
        LISTINGS if name.ends_with(LISTING) => Some(FileKind::Listing),
        day if is_parquet && day.starts_with(CALENDAR_DAY) && day[CALENDAR_DAY.len()..].starts_with('=') => {
            Some(FileKind::Data)
        }
        _ => None,
    }
}

/// A path of a store, relative to the lake.
pub(crate) fn in_lake(id: EventDataStoreId, path: &Path) -> Path {
    store(id).parts().chain(path.parts()).collect()
}

/// A path of the lake, relative to the store it lies in.
pub(crate) fn in_store(id: EventDataStoreId, path: &Path) -> Option<Path> {
    path.prefix_match(&store(id)).map(|parts| parts.collect())
}
