//! What is done to a lake, what it is done to, and what is seen of it then.

use std::collections::BTreeMap;
use std::path::Path as FilePath;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, new_null_array};
use chrono::{NaiveDate, Utc};
use futures::TryStreamExt;
use traillake_event::schema::EVENT_DIGEST;
use url::Url;
use uuid::Uuid;

use super::recorder::Recorder;
use crate::durable::DurableFileSystem;
use crate::log::Log;
use crate::{
    Attributes, Changes, Clock, Commit, CompactionOptions, Create, CreateOptions, Depth, Error, EventDataStore,
    ExpiryOptions, ImportedObject, Lake, Reach, Reject, Retention, Snapshot, VacuumOptions, VerifyOptions, layout,
    write_data_file,
};

/// 2023-07-19T00:00:00Z.
const MIDNIGHT_MS: i64 = 1_689_724_800_000;
const DAY_MS: i64 = 86_400_000;
const IMPORTED: (&str, [u8; 32]) = ("file:///import", [7; 32]);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Create,
    Import,
    Compact,
    Expire,
    Vacuum,
    Update,
    Rename,
    Delete,
    Restore,
    Purge,
}

/// What a store shows, but for what no two runs have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) attributes: Attributes,
    pub(super) rows: u64,
    pub(super) knows_import: bool,
}

/// The lake of a folder, by a clock that stands still.
pub(super) fn lake(folder: &FilePath, recorder: &Arc<Recorder>, now_ms: i64) -> Lake {
    let root = folder.join("lake");
    let storage = DurableFileSystem::on_disk(&root, Arc::clone(recorder) as _).unwrap();
    let lake = Lake::with_storage(Arc::new(storage), Url::from_directory_path(&root).unwrap());
    lake.with_clock(Clock::new(move || now_ms))
}

impl Work {
    /// When it is done.
    pub(super) fn now_ms(self) -> i64 {
        match self {
            // Files are as old as the disk says.
            Self::Vacuum => Utc::now().timestamp_millis() + 8 * DAY_MS,
            Self::Purge => MIDNIGHT_MS + 8 * DAY_MS,
            _ => MIDNIGHT_MS + 366 * DAY_MS + DAY_MS / 2,
        }
    }

    /// Makes what it is done to.
    pub(super) async fn prepare(self, folder: &FilePath, now_ms: i64) {
        let recorder = Arc::new(Recorder::of(folder));
        let before_ms = if self == Self::Purge || self == Self::Vacuum { now_ms - 8 * DAY_MS } else { now_ms };
        let lake = lake(folder, &recorder, before_ms);
        if self == Self::Create {
            return;
        }
        let store = create(&lake, "trail").await;
        match self {
            Self::Compact | Self::Vacuum | Self::Purge => old_store(&store).await,
            Self::Expire => {
                append(&store, 18, "old", &[MIDNIGHT_MS - 1]).await;
                append(&store, 19, "edge", &[MIDNIGHT_MS + 1, MIDNIGHT_MS + DAY_MS - 1]).await;
                append(&store, 20, "new", &[MIDNIGHT_MS + DAY_MS]).await;
            }
            _ => _ = append(&store, 19, "a", &[MIDNIGHT_MS]).await,
        }
        match self {
            Self::Vacuum => compact(&store).await.unwrap(),
            Self::Restore => _ = store.delete().await.unwrap(),
            Self::Purge => {
                compact(&store).await.unwrap();
                store.delete().await.unwrap();
                create(&lake, "kept").await;
            }
            _ => {}
        }
    }

    pub(super) async fn run(self, lake: &Lake) -> Result<(), Error> {
        if self == Self::Create {
            return lake
                .create("trail", unprotected())
                .await
                .map(|created| assert!(matches!(created, Create::Done(_))));
        }
        if self == Self::Purge {
            return lake.purge().await.map(|_| ());
        }
        let store = trail(lake).await.unwrap();
        match self {
            Self::Import => import(&store).await,
            Self::Compact => compact(&store).await,
            Self::Expire => store.expire(ExpiryOptions::default(), &mut |_| ()).await.map(|_| ()),
            Self::Vacuum => store.vacuum(VacuumOptions::default()).await.map(|_| ()),
            Self::Delete => store.delete().await.map(|_| ()),
            Self::Restore => store.restore().await.map(|_| ()),
            Self::Update => {
                let changes = Changes { retention: Some(Retention::Days(30)), ..Changes::default() };
                store.update(changes).await.map(|_| ())
            }
            _ => {
                let changes = Changes { name: Some("path".to_owned()), ..Changes::default() };
                store.update(changes).await.map(|_| ())
            }
        }
    }

    /// Whether doing it where it was done is refused, or does it twice.
    pub(super) fn is_done_once(self) -> bool {
        matches!(self, Self::Create | Self::Import | Self::Delete | Self::Restore)
    }

    /// What is there of the store, all of which must be whole, and in which version. `None` where there is none.
    pub(super) async fn look(self, lake: &Lake) -> Option<(u64, Seen)> {
        for other in lake.event_data_stores().await.unwrap() {
            check_whole(&other).await;
        }
        let snapshot = trail(lake).await?.snapshot().await.unwrap();
        Some((snapshot.version(), seen(&snapshot).await))
    }

    /// That nothing is left that the work, done whole, would have taken away.
    pub(super) async fn check_rest(self, lake: &Lake) {
        match self {
            Self::Vacuum => {
                let store = trail(lake).await.unwrap();
                assert_eq!(store.verify(all(), &mut |_| ()).await.unwrap().garbage_files, 0);
                assert_eq!(store.vacuum(VacuumOptions::default()).await.unwrap().files, 0, "vacuumed again");
            }
            Self::Purge => {
                let kept = lake.event_data_stores().await.unwrap();
                let there: Vec<_> = lake.storage().list(None).try_collect().await.unwrap();
                let is_kept = |path: &_| kept.iter().any(|kept| layout::in_store(kept.id(), path).is_some());
                let rest: Vec<_> = there.into_iter().map(|file| file.location).filter(|path| !is_kept(path)).collect();
                assert!(kept.len() == 1 && rest.is_empty(), "{rest:?}");
            }
            _ => assert_eq!(lake.event_data_stores().await.unwrap().len(), 1),
        }
    }
}

/// The store, whichever of its names it has.
async fn trail(lake: &Lake) -> Option<EventDataStore> {
    match lake.find("trail").await.unwrap() {
        None => lake.find("path").await.unwrap(),
        found => found,
    }
}

pub(super) async fn seen(snapshot: &Snapshot) -> Seen {
    let mut attributes = snapshot.store().attributes().clone();
    (attributes.created_at_ms, attributes.updated_at_ms) = (0, 0);
    attributes.deletion_at_ms = attributes.deletion_at_ms.map(|_| 0);
    let known = snapshot.ledger().await.unwrap().known_objects().await.unwrap();
    Seen { attributes, rows: snapshot.rows(), knows_import: known.contains(IMPORTED.0, &IMPORTED.1) }
}

async fn check_whole(store: &EventDataStore) {
    let verification = store.verify(all(), &mut |_| ()).await.unwrap();
    assert!(verification.is_whole(), "{verification:?}");
}

fn all() -> VerifyOptions {
    VerifyOptions { reach: Reach::AllVersions, depth: Depth::Bytes, known: None, threads: 2 }
}

fn unprotected() -> CreateOptions {
    CreateOptions { termination_protection: false, ..CreateOptions::default() }
}

async fn create(lake: &Lake, name: &str) -> EventDataStore {
    match lake.create(name, unprotected()).await.unwrap() {
        Create::Done(store) => store,
        Create::NameTaken(other) => panic!("the name is taken by {}", other.id()),
    }
}

/// A store with a checkpoint, listings, small files before and after them, and one that no version has.
async fn old_store(store: &EventDataStore) {
    for name in ["a", "b"] {
        append(store, 19, name, &[MIDNIGHT_MS]).await;
        shorten(store).await;
    }
    for name in ["c", "d"] {
        append(store, 19, name, &[MIDNIGHT_MS]).await;
    }
    put(store, 19, "garbage", &[MIDNIGHT_MS]).await;
}

/// Writes down what a version is, in the two forms that spare a reader the commits before: elsewhere that takes many
/// versions, or many files.
async fn shorten(store: &EventDataStore) {
    let log = store.lake().log(store.id()).unwrap();
    let contents = log.read(None).await.unwrap().unwrap();
    log.checkpoint(&contents).await.unwrap();
    log.list(&contents).await.unwrap();
}

async fn compact(store: &EventDataStore) -> Result<(), Error> {
    store.compact(CompactionOptions::default(), &mut |_| ()).await.map(|_| ())
}

async fn put(store: &EventDataStore, day: u32, name: &str, times_ms: &[i64]) -> crate::DataFile {
    let rows = rows(store, name, times_ms);
    write_data_file(store, NaiveDate::from_ymd_opt(2023, 7, day), vec![rows]).await.unwrap()
}

async fn append(store: &EventDataStore, day: u32, name: &str, times_ms: &[i64]) -> Snapshot {
    let mut transaction = store.snapshot().await.unwrap().begin();
    transaction.add(put(store, day, name, times_ms).await);
    match transaction.commit().await.unwrap() {
        Commit::Done(snapshot) => snapshot,
        Commit::Conflict { version } => panic!("version {version} is taken"),
    }
}

/// Imports three events of a new day, with an object and a reject, and makes what is due then.
async fn import(store: &EventDataStore) -> Result<(), Error> {
    let (uri, sha256) = (IMPORTED.0.to_owned(), IMPORTED.1);
    let (import_id, skipped) = (Uuid::nil(), BTreeMap::new());
    let (records, events, duplicates, rejects) = (4, 3, 0, 1);
    let uri_of_reject = uri.clone();
    let object = ImportedObject {
        import_id,
        uri,
        bytes: 1,
        sha256,
        imported_at_ms: 0,
        records,
        events,
        duplicates,
        rejects,
        skipped,
    };
    let reject = Reject {
        import_id,
        uri: uri_of_reject,
        index: Some(3),
        offset: 99,
        json_path: "Records[3]".to_owned(),
        expected: "object".to_owned(),
        found: "3".to_owned(),
        raw: b"3".to_vec(),
    };
    let mut transaction = store.snapshot().await?.begin();
    transaction.add(put(store, 21, "import", &[MIDNIGHT_MS; 3]).await);
    transaction.record(vec![object], vec![reject]);
    assert!(matches!(transaction.commit().await?, Commit::Done(_)));
    shorten(store).await;
    Ok(())
}

/// Events of these times whose ids start with a name.
fn rows(store: &EventDataStore, name: &str, times_ms: &[i64]) -> RecordBatch {
    let (schema, count) = (store.schema().physical(), times_ms.len());
    let column = |column: &str| -> Option<ArrayRef> {
        Some(match column {
            "eventID" => Arc::new(StringArray::from_iter_values((0..count).map(|row| format!("{name}-{row}")))),
            "eventTime" => {
                let times = times_ms.iter().map(|time| time * 1_000);
                Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC"))
            }
            EVENT_DIGEST => Arc::new(Int64Array::from_iter_values(0..count as i64)),
            _ => return None,
        })
    };
    let columns = schema.fields().iter();
    let columns = columns.map(|field| column(field.name()).unwrap_or_else(|| new_null_array(field.data_type(), count)));
    RecordBatch::try_new(Arc::clone(&schema), columns.collect()).unwrap()
}
