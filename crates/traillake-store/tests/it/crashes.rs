//! A storage that stops in the middle of things.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::TryStreamExt;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result,
};
use traillake_store::{Commit, Create, CreateOptions, Error, ImportedObject, Lake, Snapshot};
use url::Url;
use uuid::Uuid;

use crate::sample::{append, create, write};

/// When the storage stops.
#[derive(Clone, Copy, Debug)]
enum Stop {
    /// The put that fails is not made.
    Before,
    /// It is made, and its answer is lost.
    After,
}

/// Answers so many puts, then none.
#[derive(Debug)]
struct Failing {
    storage: Arc<InMemory>,
    puts: AtomicUsize,
    stop: Stop,
}

impl Failing {
    fn error() -> object_store::Error {
        object_store::Error::Generic { store: "Failing", source: "the plug is pulled".into() }
    }

    /// Whether this put is answered, and whether it is made.
    fn next(&self) -> (bool, bool) {
        let taken = self.puts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match (taken, self.stop) {
            (Ok(1), Stop::After) => (false, true),
            (Ok(_), _) => (true, true),
            (Err(_), _) => (false, false),
        }
    }
}

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Failing")
    }
}

#[async_trait::async_trait]
impl ObjectStore for Failing {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        let (answered, made) = self.next();
        let result = if made { self.storage.put_opts(location, payload, opts).await } else { Err(Self::error()) };
        if answered { result } else { Err(Self::error()) }
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(Self::error())
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.storage.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.storage.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.storage.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.storage.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.storage.copy_opts(from, to, options).await
    }
}

fn lake(storage: Arc<dyn ObjectStore>) -> Lake {
    Lake::with_storage(storage, Url::parse("memory:///").unwrap())
}

fn object() -> ImportedObject {
    ImportedObject {
        import_id: Uuid::nil(),
        uri: "file:///log".to_owned(),
        bytes: 1,
        sha256: [7; 32],
        imported_at_ms: 0,
        records: 4,
        events: 4,
        duplicates: 0,
        rejects: 0,
        skipped: BTreeMap::new(),
    }
}

/// Imports four events through a storage that stops.
async fn import(lake: &Lake) -> std::result::Result<Snapshot, Error> {
    let store = lake.find("trail").await?.unwrap();
    let file = traillake_store::write_data_file(&store, crate::sample::day(19), vec![crate::sample::rows("b", 4)]);
    let mut transaction = store.snapshot().await?.begin();
    transaction.add(file.await?);
    transaction.record(vec![object()], Vec::new());
    match transaction.commit().await? {
        Commit::Done(snapshot) => Ok(snapshot),
        Commit::Conflict { version } => panic!("version {version} is taken"),
    }
}

#[tokio::test]
async fn an_import_that_stops_anywhere_leaves_version_n_or_the_next_one_whole() {
    for stop in [Stop::Before, Stop::After] {
        let mut outcomes = Vec::new();
        for puts in 0..10 {
            let storage = Arc::new(InMemory::new());
            let store = create(&lake(Arc::clone(&storage) as _), "trail").await;
            let before = append(&store, "a", 3).await;
            let failing = Failing { storage: Arc::clone(&storage), puts: puts.into(), stop };
            let done = import(&lake(Arc::new(failing))).await.is_ok();

            let lake = lake(storage);
            let after = lake.find("trail").await.unwrap().unwrap().snapshot().await.unwrap();
            let known = after.ledger().await.unwrap().known_objects().await.unwrap();
            let landed = after.version() == before.version() + 1;
            assert!(landed || after.version() == before.version(), "{stop:?} {puts}");
            assert_eq!(after.rows(), if landed { 7 } else { 3 }, "{stop:?} {puts}");
            assert_eq!(known.contains("file:///log", &[7; 32]), landed, "{stop:?} {puts}");
            assert!(landed || !done, "{stop:?} {puts}: answered, but not there");
            if !landed {
                // What the failed import left behind is in nobody's way.
                assert_eq!(import(&lake).await.unwrap().rows(), 7);
            }
            outcomes.push((done, landed));
        }
        assert!(outcomes.contains(&(false, false)) && outcomes.contains(&(true, true)), "{stop:?} {outcomes:?}");
    }
}

/// Imports of these many objects each, through a storage that stops in every second of them, at another step each time.
async fn grow(sizes: &[usize], stop: Stop) -> (Snapshot, Vec<String>) {
    let storage = Arc::new(InMemory::new());
    let healthy = create(&lake(Arc::clone(&storage) as _), "trail").await;
    let mut uris = Vec::new();
    for (import, &size) in sizes.iter().enumerate() {
        let objects: Vec<_> =
            (0..size).map(|n| ImportedObject { uri: format!("file:///{import}/{n}"), ..object() }).collect();
        if import % 2 == 1 {
            let failing = Failing { storage: Arc::clone(&storage), puts: (import / 2 % 3).into(), stop };
            let store = lake(Arc::new(failing)).find("trail").await.unwrap().unwrap();
            let mut transaction = store.snapshot().await.unwrap().begin();
            transaction.record(objects.clone(), Vec::new());
            let _ = transaction.commit().await;
        }
        uris.extend(objects.iter().map(|object| object.uri.clone()));
        let found = healthy.snapshot().await.unwrap();
        if ledger_of(&found).await == uris {
            continue;
        }
        let mut transaction = found.begin();
        transaction.record(objects, Vec::new());
        assert!(matches!(transaction.commit().await, Ok(Commit::Done(_))));
    }
    (healthy.snapshot().await.unwrap(), uris)
}

async fn ledger_of(snapshot: &Snapshot) -> Vec<String> {
    let objects = snapshot.ledger().await.unwrap().objects();
    objects.map_ok(|object| object.uri).try_collect().await.unwrap()
}

#[tokio::test]
async fn a_ledger_of_many_tiers_is_whole_whenever_an_import_stops() {
    let one_size = [3; 9];
    let shrinking: Vec<usize> = (0..6).map(|tier| 64 >> tier).collect();
    let mixed: Vec<usize> = (0..10).map(|import| [1, 7, 40, 2, 300][import % 5]).collect();
    for stop in [Stop::Before, Stop::After] {
        for sizes in [one_size.as_slice(), &shrinking, &mixed] {
            let (snapshot, uris) = grow(sizes, stop).await;
            assert_eq!(ledger_of(&snapshot).await, uris, "{stop:?} {sizes:?}");
            let known = snapshot.ledger().await.unwrap().known_objects().await.unwrap();
            assert!(uris.iter().all(|uri| known.contains(uri, &[7; 32])), "{stop:?} {sizes:?}");
            assert!(!known.contains("file:///no", &[7; 32]));
        }
    }
}

#[tokio::test]
async fn a_creation_that_stops_leaves_no_store_or_a_whole_one() {
    for stop in [Stop::Before, Stop::After] {
        for puts in 0..4 {
            let storage = Arc::new(InMemory::new());
            let failing = Failing { storage: Arc::clone(&storage), puts: puts.into(), stop };
            let outcome = lake(Arc::new(failing)).create("trail", CreateOptions::default()).await;
            let found = lake(storage).find("trail").await.unwrap();
            if let Ok(Create::Done(store)) = &outcome {
                assert_eq!(found.as_ref().map(|found| found.id()), Some(store.id()), "{stop:?} {puts}");
            }
            if let Some(store) = found {
                assert_eq!(append(&store, "a", 2).await.rows(), 2);
            }
        }
    }
}

#[tokio::test]
async fn a_checkpoint_that_fails_does_not_fail_the_commit() {
    let storage = Arc::new(InMemory::new());
    let healthy = create(&lake(Arc::clone(&storage) as _), "trail").await;
    let mut version = healthy.snapshot().await.unwrap().version();
    while version < 19 {
        version = append(&healthy, &format!("a{version}"), 1).await.version();
    }
    let file = write(&healthy, "b", 1).await;
    // One put: the commit of version 20, and none for its checkpoint.
    let failing = Failing { storage: Arc::clone(&storage), puts: 1.into(), stop: Stop::Before };
    let store = lake(Arc::new(failing)).find("trail").await.unwrap().unwrap();
    let mut transaction = store.snapshot().await.unwrap().begin();
    transaction.add(file);
    assert!(matches!(transaction.commit().await, Ok(Commit::Done(snapshot)) if snapshot.version() == 20));
    assert_eq!(healthy.snapshot().await.unwrap().version(), 20);
}
