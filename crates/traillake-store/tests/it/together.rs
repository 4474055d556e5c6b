//! Imports, compactions, expiries, vacuums, verifications and readers at once: no row is lost, none comes back.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex};

use arrow::array::AsArray;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tokio::sync::RwLock;
use traillake_store::{
    Commit, CompactionOptions, DataFile, EventDataStore, ExpiryOptions, Lake, Snapshot, VacuumOptions, write_data_file,
};
use url::Url;

use crate::integrity::{ALL, object, reject, verify};
use crate::sample::{DAY_MS, HandClock, MIDNIGHT_MS, create, rows_at};

const HOUR_MS: i64 = 3_600_000;
const ROUNDS: i64 = 18;

/// A storage whose files are as old as a clock says that is moved by hand.
#[derive(Debug)]
struct Dated {
    storage: InMemory,
    clock: HandClock,
    written_at_ms: Arc<Mutex<HashMap<Path, i64>>>,
}

impl fmt::Display for Dated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dated")
    }
}

#[async_trait::async_trait]
impl ObjectStore for Dated {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        let put = self.storage.put_opts(location, payload, opts).await?;
        self.written_at_ms.lock().unwrap().insert(location.clone(), self.clock.now_ms());
        Ok(put)
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(object_store::Error::NotImplemented { operation: "parts".to_owned(), implementer: "Dated".to_owned() })
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.storage.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.storage.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let written_at_ms = Arc::clone(&self.written_at_ms);
        let dated = self.storage.list(prefix).map_ok(move |mut object| {
            // Between a put and its note the file is as new as can be.
            let at = written_at_ms.lock().unwrap().get(&object.location).copied().unwrap_or(i64::MAX / 2_000_000);
            object.last_modified = chrono::DateTime::from_timestamp_millis(at).unwrap();
            object
        });
        dated.boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.storage.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.storage.copy_opts(from, to, options).await
    }
}

/// All hands on one store. The clock moves only while nobody is at work, as no work takes hours.
#[derive(Clone)]
struct Yard {
    store: EventDataStore,
    clock: HandClock,
    gate: Arc<RwLock<()>>,
}

impl Yard {
    /// Two events each round: one of the day in which the period begins, and one of a day later.
    async fn import(self, name: &'static str) -> Vec<(String, i64)> {
        let mut imported = Vec::new();
        for round in 0..ROUNDS {
            let prefix = format!("{name}{round:02}");
            let oldest = self.store.attributes().oldest_kept_ms(self.clock.now_ms()).unwrap();
            let working = self.gate.read().await;
            for (number, at) in [oldest + 2 * HOUR_MS, oldest + 3 * DAY_MS].into_iter().enumerate() {
                let prefix = format!("{prefix}{number}");
                let day = chrono::DateTime::from_timestamp_millis(at).map(|at| at.date_naive());
                let file = write_data_file(&self.store, day, vec![rows_at(&prefix, &[at])]).await.unwrap();
                self.commit(&prefix, file).await;
                imported.push((format!("{prefix}-00000000"), at));
            }
            drop(working);
            tokio::task::yield_now().await;
        }
        imported
    }

    async fn commit(&self, prefix: &str, file: DataFile) {
        loop {
            let mut transaction = self.store.snapshot().await.unwrap().begin();
            transaction.add(file.clone());
            transaction.record(vec![object(prefix)], vec![reject(prefix)]);
            if let Commit::Done(_) = transaction.commit().await.unwrap() {
                return;
            }
        }
    }

    async fn keep_up(self, rounds: i64) {
        for round in 0..rounds {
            let working = self.gate.read().await;
            match round % 4 {
                0 => {
                    self.store.compact(CompactionOptions::default(), &mut |_| ()).await.unwrap();
                }
                1 => {
                    self.store.expire(ExpiryOptions::default(), &mut |_| ()).await.unwrap();
                }
                2 => {
                    self.vacuum().await;
                }
                _ => {
                    // A vacuum beside it takes old files only, which the newest version does not have.
                    let found = verify(&self.store, traillake_store::VerifyOptions::default()).await;
                    assert!(found.is_whole(), "{found:?}");
                    read(&self.store.snapshot().await.unwrap()).await;
                }
            }
            drop(working);
            tokio::task::yield_now().await;
        }
    }

    async fn vacuum(&self) -> traillake_store::Vacuum {
        let options = VacuumOptions { keep_ms: 2 * HOUR_MS, unnamed_ms: 3 * HOUR_MS, dry_run: false };
        self.store.vacuum(options).await.unwrap()
    }

    async fn pass_time(self) {
        for _ in 0..3 * ROUNDS {
            let idle = self.gate.write().await;
            self.clock.advance(HOUR_MS);
            drop(idle);
            tokio::task::yield_now().await;
        }
    }
}

/// The ids of a version's events, each as often as it is there.
async fn read(snapshot: &Snapshot) -> Vec<String> {
    let mut ids = Vec::new();
    for file in snapshot.data_files() {
        let bytes = snapshot.store().lake().storage().get(&file.path).await.unwrap().bytes().await.unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            let column = batch.column_by_name("eventID").unwrap().as_string::<i32>();
            ids.extend(column.iter().flatten().map(str::to_owned));
        }
    }
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_work_at_once_keeps_account_of_every_row() {
    let clock = HandClock::at(MIDNIGHT_MS + 366 * DAY_MS + 5 * HOUR_MS);
    let storage = Dated { storage: InMemory::new(), clock: clock.clone(), written_at_ms: Arc::default() };
    let lake = Lake::with_storage(Arc::new(storage), Url::parse("memory:///").unwrap()).with_clock(clock.clock());
    let yard = Yard { store: create(&lake, "trail").await, clock: clock.clone(), gate: Arc::default() };

    let importers = ["a", "b"].map(|name| tokio::spawn(yard.clone().import(name)));
    let keepers = [18, 18, 12].map(|rounds| tokio::spawn(yard.clone().keep_up(rounds)));
    let time = tokio::spawn(yard.clone().pass_time());
    let mut imported = Vec::new();
    for importer in importers {
        imported.extend(importer.await.unwrap());
    }
    for keeper in keepers {
        keeper.await.unwrap();
    }
    time.await.unwrap();

    let expiry = yard.store.expire(ExpiryOptions::default(), &mut |_| ()).await.unwrap();
    let kept: BTreeSet<String> =
        imported.iter().filter(|(_, at)| Some(*at) >= expiry.oldest_kept_ms).map(|(id, _)| id.clone()).collect();
    let newest = yard.store.snapshot().await.unwrap();
    assert_eq!(read(&newest).await, kept.iter().cloned().collect::<Vec<_>>());
    assert!(kept.len() < imported.len() && !kept.is_empty(), "{} of {}", kept.len(), imported.len());
    let known = newest.ledger().await.unwrap().known_objects().await.unwrap();
    assert!(imported.iter().all(|(id, _)| known.contains(&format!("file:///{}", &id[..4]), &[7; 32])));

    clock.advance(4 * HOUR_MS);
    yard.vacuum().await;
    let found = verify(&yard.store, ALL).await;
    assert!(found.is_whole() && found.garbage_files == 0 && !found.is_cut_unproven, "{found:?}");
    assert!(found.oldest_version > 0);
}
