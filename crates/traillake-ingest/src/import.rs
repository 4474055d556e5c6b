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

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;
use std::{iter, mem};

use futures::{Stream, StreamExt, future};
use traillake_store::{CompactionOptions, EventDataStore, ExpiryOptions, Scope, VacuumOptions};
use uuid::Uuid;

use crate::error::Error;
use crate::report::ImportReport;
use crate::selection::Selection;
use crate::source::{self, Object, Source};

mod batch;
mod chunk;
mod commit;
mod cut;
mod duplicates;
mod large;
#[cfg(test)]
mod tests;

use batch::Gathering;
pub(crate) use chunk::WHOLE_BYTES_MAX;
use chunk::{Chunk, Reader};
use commit::Committer;
pub(crate) use large::{LARGE_BYTES, Part, Parts};

/// The most stored bytes that one thread takes at a time, unless a single object has more.
const CHUNK_BYTES_MAX: u64 = 2 << 20;
/// The least, so that small imports spread over the threads too.
const CHUNK_BYTES_MIN: u64 = 64 << 10;
/// The most objects that one thread takes at a time.
const CHUNK_OBJECTS_MAX: usize = 1_024;

/// What an import takes of memory unless told otherwise.
pub const MEMORY_BYTES: u64 = 600_000_000;
/// The least budget that is kept: below it there is no room for the largest record beside all else.
pub const MEMORY_BYTES_MIN: u64 = 500_000_000;
/// What an import takes whatever its batches hold: the code, objects being read, what the allocator keeps, the ledger's
/// index, the values of row groups that are written. Measured with the smallest batches.
const FIXED_BYTES: u64 = 300_000_000;
/// What is inflated and decoded on one thread at a time, when objects are large.
const DECODER_BYTES: u64 = 64_000_000;
/// What an identity of an event takes in a set, which may be half empty.
const KEY_BYTES: u64 = 40;

/// How to import.
#[derive(Clone, Debug)]
pub struct Options {
    /// Keep every event, as AWS does, also when the store has it already. Objects imported before are left out all
    /// the same.
    pub keep_duplicates: bool,
    /// How many threads decode and encode; fewer decode when the budget has no room for what they hold.
    pub workers: usize,
    /// What the import may take of memory, in bytes; at least [`MEMORY_BYTES_MIN`] is used. Merging at the end keeps to
    /// it too.
    pub memory_bytes: u64,
    /// The most memory that the rows of one commit take, in bytes, if the budget allows as much; an object is never
    /// split over two commits.
    pub batch_bytes: u64,
    /// Do everything but write: the report says what an import would add. The identities of all its events and of all
    /// stored ones of their days are held in memory meanwhile, beyond the budget, as what is not written cannot be read
    /// again: about 40 bytes for each.
    pub dry_run: bool,
    /// Merge the data files of days that have gathered many small ones when the import is done ([`Scope::Due`]).
    pub compact: bool,
    /// Take away days whose events are all older than the retention period when the import is done.
    pub expire: bool,
    /// Delete files that no version of the last seven days names ([`VacuumOptions`]) when the import has merged data files or
    /// taken days away, so that their space comes back in time.
    pub vacuum: bool,
    /// Leave out what the store's selectors do not select; without selectors, what is not of its categories. AWS does so
    /// with what comes in live, and not with imports.
    pub apply_selectors: bool,
    /// Leave out events before and from these times on, in milliseconds since 1970 UTC, and those without a time.
    pub window_ms: Option<Range<i64>>,
    /// Read objects again that were imported before: for events that were left out then. Those that the store has are
    /// duplicates; of those without an id, the ones with the content of one that it has.
    pub again: bool,
    /// The id in the ledger; a random one when there is none.
    pub import_id: Option<Uuid>,
}

impl Default for Options {
    fn default() -> Self {
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            keep_duplicates: false,
            workers,
            memory_bytes: MEMORY_BYTES,
            batch_bytes: u64::MAX,
            dry_run: false,
            compact: true,
            expire: true,
            vacuum: true,
            apply_selectors: false,
            window_ms: None,
            again: false,
            import_id: None,
        }
    }
}

impl Options {
    /// The decoded rows that one commit brings. Two batches exist at a time, one growing while the other is encoded;
    /// the rest of the budget is for what is being read, inflated and encoded.
    fn batch_bytes(&self) -> u64 {
        self.batch_bytes.min(self.variable_bytes() / 5)
    }

    /// What of the records becomes events of a store.
    pub(crate) fn selection(&self, store: &EventDataStore) -> Arc<Selection> {
        let attributes = store.attributes();
        let selectors = self.apply_selectors.then(|| attributes.effective_selectors());
        Arc::new(Selection {
            oldest_ms: attributes.oldest_kept_ms(store.lake().clock().now_ms()),
            window_ms: self.window_ms.clone(),
            attributes: Some(attributes.clone()),
            selectors,
        })
    }

    /// How many runs of objects are decoded at once.
    fn decoders(&self) -> usize {
        let fit = usize::try_from(self.variable_bytes() / DECODER_BYTES).unwrap_or(usize::MAX);
        self.workers.min(fit).max(1)
    }

    /// How many identities of stored events are held between batches.
    fn held_keys_max(&self) -> u64 {
        self.variable_bytes() / 8 / KEY_BYTES
    }

    fn variable_bytes(&self) -> u64 {
        self.memory_bytes.max(MEMORY_BYTES_MIN) - FIXED_BYTES
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
    /// Records, and rests of objects, that could not be read.
    pub rejects: u64,
    /// The bytes of the objects inflated.
    pub json_bytes: u64,
}

/// Who wants to know how an import goes. Called between its steps: an answer that takes long holds it up.
pub trait Observer: Send + Sync {
    /// The sources have been listed.
    fn listed(&self, objects: u64, bytes: u64);
    /// More objects have been decoded; the numbers are totals.
    fn progressed(&self, progress: Progress);
    /// A batch has become part of the store.
    fn committed(&self, version: u64);
    /// Everything is part of the store; small data files are merged now, where days have gathered many.
    fn merging(&self) {}
}

/// Imports everything the sources name into an event data store.
///
/// Bad input does not fail it: records and files that cannot be read are rejects of the report and the ledger.
/// Errors are sources that cannot be listed and a store that cannot be written; what was committed before stays,
/// and the same call goes on from there. Must run inside a Tokio runtime. Memory: [`Options::memory_bytes`].
#[tracing::instrument(skip_all, fields(store = store.name()))]
pub async fn import(
    store: &EventDataStore,
    sources: &[Source],
    options: &Options,
    observer: &dyn Observer,
) -> Result<ImportReport, Error> {
    import_holding(store, sources, options, options.held_keys_max(), observer).await
}

/// Imports with so many identities of stored events held at most.
async fn import_holding(
    store: &EventDataStore,
    sources: &[Source],
    options: &Options,
    held_keys_max: u64,
    observer: &dyn Observer,
) -> Result<ImportReport, Error> {
    let started = Instant::now();
    let import_id = options.import_id.unwrap_or_else(Uuid::new_v4);
    let snapshot = store.snapshot().await?;
    // Not after hours of decoding, and also where nothing would be written.
    snapshot.store().attributes().check_takes_imports()?;
    let known = snapshot.ledger().await?.known_objects().await?;
    let (imported, before) = match options.again {
        true => (known.clone().forgotten(), Some(known)),
        false => (known, None),
    };
    let selection = options.selection(snapshot.store());
    let (sources, lake) = (sources.to_vec(), store.lake().location().clone());
    let objects = run_blocking(move || source::list(&sources, Some(&lake))).await??;
    observer.listed(objects.len() as u64, objects.iter().map(|object| object.bytes).sum());
    tracing::info!(%import_id, objects = objects.len(), version = snapshot.version(), "import started");

    let decoders = options.decoders();
    let reader = Arc::new(Reader::new(imported.clone(), before, Arc::clone(snapshot.store().schema()), selection));
    let chunks = into_runs(objects)
        .map(|run| match run {
            Run::Small(objects) => read_small(&reader, objects, decoders).boxed(),
            Run::Large(object) => read_large(&reader, object, decoders).boxed(),
        })
        .flatten();

    let mut committer = Committer::new(snapshot, imported, options, held_keys_max, import_id, observer);
    let mut gathering = Gathering::new(chunks, options.batch_bytes(), observer);
    let mut batch = None;
    loop {
        let (next, committed) = future::join(gathering.next(), committer.commit(batch.take())).await;
        committed?;
        batch = next?;
        if batch.is_none() {
            break;
        }
    }

    // What decoding took is free before merging begins.
    drop(gathering);
    drop(reader);
    let (mut report, last) = committer.finish();
    report.check()?;
    if options.expire && !report.dry_run {
        expire(store, options, &mut report).await;
    }
    if options.compact && !report.versions.is_empty() {
        observer.merging();
        compact(store, options, &mut report).await;
    }
    if options.vacuum && report.files_compacted + report.events_expired > 0 {
        vacuum(store, &mut report).await;
    }
    if let Some(first) = report.versions.first() {
        shorten(store, first - 1, last).await;
    }
    report.elapsed = started.elapsed();
    tracing::info!(%import_id, events = report.events, duplicates = report.duplicates, rejects = report.rejects, "import finished");
    Ok(report)
}

/// Takes days away that are too old. The import stands whether that succeeds or not.
async fn expire(store: &EventDataStore, options: &Options, report: &mut ImportReport) {
    let expiring = async {
        if !store.snapshot().await?.has_expired(store.lake().clock().now_ms()) {
            return Ok(0);
        }
        let memory_bytes = options.memory_bytes.max(MEMORY_BYTES_MIN);
        let expiry = ExpiryOptions { rewrites: false, memory_bytes, threads: options.workers, dry_run: false };
        store.expire(expiry, &mut |_| ()).await.map(|done| done.rows_dropped)
    };
    match expiring.await {
        Ok(rows) => report.events_expired = rows,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "events that are too old could not be taken away");
            report.expiry_failed = Some(chain(&error));
        }
    }
}

/// Deletes what earlier merges and expiries have left. The import stands whether that succeeds or not.
async fn vacuum(store: &EventDataStore, report: &mut ImportReport) {
    match store.vacuum(VacuumOptions::default()).await {
        Ok(done) => (report.files_vacuumed, report.bytes_vacuumed) = (done.files, done.bytes),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "files of versions before could not be deleted");
            report.vacuum_failed = Some(chain(&error));
        }
    }
}

/// Merges what has become due. The import stands whether that succeeds or not.
async fn compact(store: &EventDataStore, options: &Options, report: &mut ImportReport) {
    let compaction = CompactionOptions {
        scope: Scope::Due,
        memory_bytes: options.memory_bytes.max(MEMORY_BYTES_MIN),
        threads: options.workers,
        ..CompactionOptions::default()
    };
    match store.compact(compaction, &mut |_| ()).await {
        Ok(done) => {
            report.files_compacted = done.files_before;
            report.files_compacted_into = done.files_after;
        }
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "small data files could not be merged");
            report.compaction_failed = Some(chain(&error));
        }
    }
}

/// Makes it shorter for readers to open the store: by the checkpoint that was deferred while the versions behind `since`
/// were made, `last` before anything was merged, and by a listing. They take memory for each file there is, and merging
/// leaves few. Where one cannot be written nothing is lost.
async fn shorten(store: &EventDataStore, since: u64, last: u64) {
    let Ok(snapshot) = store.snapshot().await else { return };
    // Otherwise merging was so long that it has written one itself.
    if !snapshot.is_checkpoint_due(last) {
        snapshot.checkpoint_since(since).await;
    }
    snapshot.list_files().await;
}

/// An error and what is below it, in a line.
fn chain(error: &dyn std::error::Error) -> String {
    let below = iter::successors(error.source(), |error| error.source());
    below.fold(error.to_string(), |text, below| format!("{text}: {below}"))
}

/// Objects that are read in the same way, one after another in the listing.
enum Run {
    Small(Vec<Object>),
    Large(Object),
}

/// Cuts the listing, which may be long, as runs are asked for.
fn into_runs(objects: Vec<Object>) -> impl Stream<Item = Run> + Send {
    let is_small = |object: &&Object| !object.is_pipe() && object.bytes <= LARGE_BYTES;
    let mut left = objects.into_iter();
    futures::stream::iter(iter::from_fn(move || match left.as_slice().iter().take_while(is_small).count() {
        0 => left.next().map(Run::Large),
        // In the memory of the listing.
        small if small == left.len() => Some(Run::Small(mem::take(&mut left).collect())),
        small => Some(Run::Small(left.by_ref().take(small).collect())),
    }))
}

/// Decodes objects in parallel; their chunks come in order.
fn read_small(
    reader: &Arc<Reader>,
    objects: Vec<Object>,
    decoders: usize,
) -> impl Stream<Item = Result<Chunk, Error>> + Send + use<> {
    let (reader, later_reader) = (Arc::clone(reader), Arc::clone(reader));
    futures::stream::iter(into_chunks(objects, decoders))
        .map(move |objects| {
            let reader = Arc::clone(&reader);
            run_blocking(move || reader.read_chunk(objects))
        })
        .buffered(decoders)
        .flat_map(move |mut chunk| {
            let later = chunk.as_mut().map(|chunk| mem::take(&mut chunk.later)).unwrap_or_default();
            let reader = Arc::clone(&later_reader);
            let parts =
                futures::stream::iter(later).flat_map(move |object| read_large(&reader, object, decoders).boxed());
            futures::stream::once(future::ready(chunk)).chain(parts).boxed()
        })
}

/// Decodes one large object: while a part is decoded, those behind it are inflated.
fn read_large(
    reader: &Arc<Reader>,
    object: Object,
    decoders: usize,
) -> impl Stream<Item = Result<Chunk, Error>> + Send + use<> {
    let uri = object.uri();
    let (reader, opener) = (Arc::clone(reader), Arc::clone(reader));
    futures::stream::try_unfold(Opening::Closed(object), move |opening| {
        let opener = Arc::clone(&opener);
        run_blocking(move || opening.next(&opener))
    })
    .map(move |part| {
        let (reader, uri) = (Arc::clone(&reader), uri.clone());
        async move {
            match part? {
                Ok(part) => run_blocking(move || reader.read_part(&uri, part)).await,
                Err(unreadable) => Ok(unreadable),
            }
        }
    })
    .buffered(decoders)
}

/// A large object on its way into parts.
enum Opening {
    Closed(Object),
    Open(Parts),
    Done,
}

impl Opening {
    /// The next part, or what is said of an object that cannot be opened; none at the end.
    fn next(self, reader: &Reader) -> Option<(Result<Part, Chunk>, Self)> {
        let mut parts = match self {
            Opening::Done => return None,
            Opening::Open(parts) => parts,
            Opening::Closed(object) => match reader.open(&object) {
                Ok(parts) => parts,
                Err(unreadable) => return Some((Err(unreadable), Opening::Done)),
            },
        };
        parts.next().map(|part| (Ok(part), Opening::Open(parts)))
    }
}

/// Cuts the list, as chunks are asked for, into runs of objects that one thread takes.
fn into_chunks(objects: Vec<Object>, workers: usize) -> impl Iterator<Item = Vec<Object>> + Send {
    let total: u64 = objects.iter().map(|object| object.bytes).sum();
    let bytes_max = (total / (workers as u64 * 4)).clamp(CHUNK_BYTES_MIN, CHUNK_BYTES_MAX);
    let mut left = objects.into_iter().peekable();
    iter::from_fn(move || {
        let first = left.next()?;
        let (mut bytes, date) = (first.bytes, first.date());
        let mut chunk = vec![first];
        while let Some(object) = left.next_if(|object| {
            bytes + object.bytes <= bytes_max
                && chunk.len() < CHUNK_OBJECTS_MAX
                && (bytes < bytes_max / 4 || date == object.date())
        }) {
            bytes += object.bytes;
            chunk.push(object);
        }
        Some(chunk)
    })
}

async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(Error::Worker)
}
