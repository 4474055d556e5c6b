//! A lake to import into, and what is in it afterwards.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Mutex;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use futures::TryStreamExt;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use traillake_event::category::StoreType;
use traillake_ingest::{ImportReport, Observer, Options, Progress, Source, import};
use traillake_store::{Clock, Create, CreateOptions, EventDataStore, ImportedObject, Lake, Retention};

use crate::targets::rows;

/// A store in a directory that goes away with it.
pub(crate) struct Scratch {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) store: EventDataStore,
}

impl Scratch {
    pub(crate) async fn new() -> Self {
        Self::with(CreateOptions::default()).await
    }

    /// With a store for the events of a type.
    pub(crate) async fn of(store_type: StoreType) -> Self {
        Self::with(CreateOptions::of(store_type)).await
    }

    /// Unless its options say else, the store keeps events of any age.
    pub(crate) async fn with(options: CreateOptions) -> Self {
        let retention = options.retention.or(Some(Retention::Unlimited));
        Self::in_lake(CreateOptions { retention, ..options }, Clock::system()).await
    }

    /// With a clock that the test moves, in milliseconds since 1970 UTC.
    pub(crate) async fn at(options: CreateOptions, now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self::in_lake(options, Clock::new(now_ms)).await
    }

    async fn in_lake(options: CreateOptions, clock: Clock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(folder.path().join("lake").to_str().unwrap()).await.unwrap().with_clock(clock);
        let Create::Done(store) = lake.create("trail", options).await.unwrap() else { panic!("taken") };
        Self { folder, store }
    }

    /// Writes a file beside the lake.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join("logs").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn logs(&self) -> String {
        self.folder.path().join("logs").to_str().unwrap().to_owned()
    }

    pub(crate) async fn import(&self, source: &str) -> ImportReport {
        self.import_with(source, &Options::default()).await
    }

    pub(crate) async fn import_with(&self, source: &str, options: &Options) -> ImportReport {
        self.import_sources(&[Source::parse(source).unwrap()], options).await
    }

    pub(crate) async fn import_sources(&self, sources: &[Source], options: &Options) -> ImportReport {
        let observer = Tape::default();
        let report = import(&self.store, sources, options, &observer).await.unwrap();
        let tape = observer.0.into_inner().unwrap();
        assert_eq!(tape.listed, report.objects);
        assert_eq!(tape.versions, report.versions);
        let snapshot = self.store.snapshot().await.unwrap();
        for file in snapshot.data_files() {
            assert!(file.rows > 0);
        }
        report
    }

    pub(crate) async fn rows(&self) -> u64 {
        self.store.snapshot().await.unwrap().rows()
    }

    /// The ledger of the newest version.
    pub(crate) async fn objects(&self) -> Vec<ImportedObject> {
        let ledger = self.store.snapshot().await.unwrap().ledger().await.unwrap();
        ledger.objects().try_collect().await.unwrap()
    }

    /// The rows of the newest version, from its data files.
    pub(crate) async fn batches(&self) -> Vec<RecordBatch> {
        let snapshot = self.store.snapshot().await.unwrap();
        let mut batches = Vec::new();
        for file in snapshot.data_files() {
            let path = self.folder.path().join("lake").join(file.path.as_ref());
            let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
            batches.extend(reader.map(Result::unwrap));
        }
        batches
    }

    /// The exact text of every row's record, in the order of the files.
    pub(crate) async fn event_json(&self) -> Vec<String> {
        self.batches().await.iter().flat_map(rows::event_json).collect()
    }

    /// Every row with all its physical columns, as text, sorted.
    pub(crate) async fn physical_rows(&self) -> Vec<Vec<String>> {
        let mut found: Vec<Vec<String>> = self.batches().await.iter().flat_map(physical_rows).collect();
        found.sort();
        found
    }

    /// How many rows each day has.
    pub(crate) async fn rows_by_day(&self) -> BTreeMap<Option<String>, u64> {
        let mut days = BTreeMap::new();
        for file in self.store.snapshot().await.unwrap().data_files() {
            *days.entry(file.calendar_day.map(|day| day.to_string())).or_default() += file.rows;
        }
        days
    }
}

/// The rows of a batch with all their columns, as text.
pub(crate) fn physical_rows(batch: &RecordBatch) -> Vec<Vec<String>> {
    let batch = rows::plain(batch);
    let options = FormatOptions::new().with_null("NULL");
    let columns: Vec<_> =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options).unwrap()).collect();
    let row = |row| columns.iter().map(|column| column.value(row).to_string()).collect();
    (0..batch.num_rows()).map(row).collect()
}

#[derive(Default)]
struct Seen {
    listed: u64,
    last: Progress,
    versions: Vec<u64>,
}

/// Remembers what an import told.
#[derive(Default)]
struct Tape(Mutex<Seen>);

impl Observer for Tape {
    fn listed(&self, objects: u64, _bytes: u64) {
        self.0.lock().unwrap().listed = objects;
    }

    fn progressed(&self, progress: Progress) {
        let mut seen = self.0.lock().unwrap();
        assert!(progress.objects >= seen.last.objects && progress.events >= seen.last.events);
        // A later part of a large object is no object of its own, but some of its bytes.
        assert!(progress.objects > seen.last.objects || progress.json_bytes > seen.last.json_bytes);
        seen.last = progress;
    }

    fn committed(&self, version: u64) {
        self.0.lock().unwrap().versions.push(version);
    }
}

/// The shared data sets, when they lie beside the repository.
pub(crate) fn datasets() -> Option<std::path::PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets");
    if !root.is_dir() {
        eprintln!("skipped: no data sets at {}", root.display());
        return None;
    }
    Some(root)
}
