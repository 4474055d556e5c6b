//! The import pipeline: objects in, committed versions out.
//!
//! ```text
//!  list ─▶ read ─▶ inflate ─▶ decode ─▶ batch ─▶ drop duplicates ─▶ encode by day ─▶ put ─▶ commit
//!          └────── in parallel ──────┘  └ in order of the objects, one batch after another ──────┘
//! ```
//!
//! While one batch is encoded and committed, the objects of the next are decoded. A batch is whole objects; its
//! rows and its ledger entries become visible in one commit. An import that stops half-way therefore leaves whole
//! objects behind, and the same command goes on where it stopped.

use std::sync::Arc;
use std::time::Instant;

use futures::{Stream, StreamExt, future};
use traillake_store::EventDataStore;
use uuid::Uuid;

use crate::error::Error;
use crate::report::ImportReport;
use crate::source::{self, Object, Source};

mod chunk;
mod commit;
mod duplicates;
mod large;

use chunk::{Chunk, Reader};
use commit::Committer;
use large::{LARGE_BYTES, Parts};

/// The most stored bytes that one thread takes at a time, unless a single object has more.
const CHUNK_BYTES_MAX: u64 = 2 << 20;
/// The least, so that small imports spread over the threads too.
const CHUNK_BYTES_MIN: u64 = 64 << 10;
/// The most objects that one thread takes at a time.
const CHUNK_OBJECTS_MAX: usize = 1_024;

/// How to import.
#[derive(Clone, Debug)]
pub struct Options {
    /// Keep every event, as AWS does, also when the store has it already. Objects imported before are left out all
    /// the same.
    pub keep_duplicates: bool,
    /// How many objects are decoded at once.
    pub workers: usize,
    /// Bytes of JSON that one commit brings; an object is never split over two.
    pub batch_bytes: u64,
    /// Do everything but write: the report says what an import would add.
    pub dry_run: bool,
    /// Bytes of memory that an import may take; it goes slower with less.
    pub memory_bytes: u64,
    /// The id in the ledger; a random one when there is none.
    pub import_id: Option<Uuid>,
}

impl Default for Options {
    fn default() -> Self {
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            keep_duplicates: false,
            workers,
            batch_bytes: 256 << 20,
            dry_run: false,
            memory_bytes: 600 << 20,
            import_id: None,
        }
    }
}

/// How far an import is. Duplicates still count as events here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Objects read.
    pub objects: u64,
    /// Their bytes as stored.
    pub bytes: u64,
    /// Things found in them.
    pub records: u64,
    /// Events decoded from them.
    pub events: u64,
}

/// Who wants to know how an import goes. Called between its steps: an answer that takes long holds it up.
pub trait Observer: Send + Sync {
    /// The sources have been listed.
    fn listed(&self, objects: u64, bytes: u64);
    /// More objects have been decoded; the numbers are totals.
    fn progressed(&self, progress: Progress);
    /// A batch has become part of the store.
    fn committed(&self, version: u64);
}

/// Imports everything the sources name into an event data store.
///
/// Bad input does not fail it: records and files that cannot be read are rejects of the report and the ledger.
/// Errors are sources that cannot be listed and a store that cannot be written; what was committed before stays,
/// and the same call goes on from there. Must run inside a Tokio runtime. Memory: about six times
/// [`Options::batch_bytes`].
#[tracing::instrument(skip_all, fields(store = store.name()))]
pub async fn import(
    store: &EventDataStore,
    sources: &[Source],
    options: &Options,
    observer: &dyn Observer,
) -> Result<ImportReport, Error> {
    let started = Instant::now();
    let import_id = options.import_id.unwrap_or_else(Uuid::new_v4);
    let snapshot = store.snapshot().await?;
    let ledger = Arc::new(snapshot.ledger().await?);
    let (sources, lake) = (sources.to_vec(), store.lake().location().clone());
    let objects = run_blocking(move || source::list(&sources, Some(&lake))).await??;
    observer.listed(objects.len() as u64, objects.iter().map(|object| object.bytes).sum());
    tracing::info!(%import_id, objects = objects.len(), version = snapshot.version(), "import started");

    let workers = options.workers.max(1);
    let reader = Arc::new(Reader::new(Arc::clone(&ledger)));
    let mut chunks = into_runs(objects)
        .map(|run| match run {
            Run::Small(objects) => read_small(&reader, objects, workers).boxed(),
            Run::Large(object) => read_large(&reader, object).boxed(),
        })
        .flatten();

    let mut committer = Committer::new(snapshot, ledger, options, import_id, observer);
    let mut progress = Progress::default();
    let mut batch = None;
    loop {
        let gathering = gather(&mut chunks, options.batch_bytes, &mut progress, observer);
        let (next, committed) = future::join(gathering, committer.commit(batch.take())).await;
        committed?;
        batch = next?;
        if batch.is_none() {
            break;
        }
    }

    let mut report = committer.into_report();
    report.elapsed = started.elapsed();
    report.check()?;
    tracing::info!(%import_id, events = report.events, duplicates = report.duplicates, rejects = report.rejects, "import finished");
    Ok(report)
}

/// The next batch: chunks until they hold enough JSON. None when there are no more.
async fn gather(
    chunks: &mut (impl Stream<Item = Result<Chunk, Error>> + Unpin),
    batch_bytes: u64,
    progress: &mut Progress,
    observer: &dyn Observer,
) -> Result<Option<Vec<Chunk>>, Error> {
    let mut batch = Vec::new();
    let mut json_bytes = 0;
    while json_bytes < batch_bytes {
        let Some(chunk) = chunks.next().await else { break };
        let chunk = chunk?;
        for object in &chunk.objects {
            json_bytes += object.json_bytes;
            progress.objects += u64::from(!object.is_continuation);
            progress.bytes += object.bytes;
            progress.records += object.tally.records;
            progress.events += object.tally.events;
            tracing::debug!(uri = %object.uri, records = object.tally.records, in_ledger = object.is_in_ledger, "object decoded");
        }
        observer.progressed(*progress);
        batch.push(chunk);
    }
    Ok((!batch.is_empty()).then_some(batch))
}

/// Objects that are read in the same way, one after another in the listing.
enum Run {
    Small(Vec<Object>),
    Large(Object),
}

fn into_runs(objects: Vec<Object>) -> impl Stream<Item = Run> + Send {
    let mut runs = Vec::new();
    for object in objects {
        match runs.last_mut() {
            _ if object.is_pipe || object.bytes > LARGE_BYTES => runs.push(Run::Large(object)),
            Some(Run::Small(objects)) => objects.push(object),
            _ => runs.push(Run::Small(vec![object])),
        }
    }
    futures::stream::iter(runs)
}

/// Decodes objects in parallel; their chunks come in order.
fn read_small(
    reader: &Arc<Reader>,
    objects: Vec<Object>,
    workers: usize,
) -> impl Stream<Item = Result<Chunk, Error>> + Send + use<> {
    let reader = Arc::clone(reader);
    futures::stream::iter(into_chunks(objects, workers))
        .map(move |objects| {
            let reader = Arc::clone(&reader);
            run_blocking(move || reader.read_chunk(objects))
        })
        .buffered(workers)
}

/// Decodes one large object part by part.
fn read_large(reader: &Arc<Reader>, object: Object) -> impl Stream<Item = Result<Chunk, Error>> + Send + use<> {
    enum State {
        Closed(Object),
        Open(Object, Parts),
        Done,
    }
    let reader = Arc::clone(reader);
    futures::stream::try_unfold(State::Closed(object), move |state| {
        let reader = Arc::clone(&reader);
        run_blocking(move || {
            let (object, mut parts) = match state {
                State::Done => return None,
                State::Open(object, parts) => (object, parts),
                State::Closed(object) => match reader.open(&object) {
                    Ok(parts) => (object, parts),
                    Err(chunk) => return Some((chunk, State::Done)),
                },
            };
            reader.read_part(&object, &mut parts).map(|chunk| (chunk, State::Open(object, parts)))
        })
    })
}

/// Cuts the list into runs of objects that one thread takes.
fn into_chunks(objects: Vec<Object>, workers: usize) -> Vec<Vec<Object>> {
    let total: u64 = objects.iter().map(|object| object.bytes).sum();
    let bytes_max = (total / (workers as u64 * 4)).clamp(CHUNK_BYTES_MIN, CHUNK_BYTES_MAX);
    let mut chunks: Vec<Vec<Object>> = Vec::new();
    let mut bytes = 0;
    for object in objects {
        match chunks.last_mut() {
            Some(chunk) if bytes + object.bytes <= bytes_max && chunk.len() < CHUNK_OBJECTS_MAX => {
                bytes += object.bytes;
                chunk.push(object);
            }
            _ => {
                bytes = object.bytes;
                chunks.push(vec![object]);
            }
        }
    }
    chunks
}

async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(Error::Worker)
}
