//! Verification: the sources are read again, and every record is compared with the store, byte for byte.
//!
//! ```text
//!  list ─▶ read ─▶ inflate ─▶ decode ─▶ batch ─▶ read the events of its days ─▶ compare
//! ```
//!
//! Nothing that an import noted down is trusted, neither ledger nor counts: a record is verified when the store gives
//! back its exact bytes. Only what tells where a record is is shared with an import: the decoder, and the cuts through
//! large objects, of which `tiling` checks that they leave nothing out. A batch bounds the memory: each day it touches
//! is read from the store once for that batch.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use chrono::NaiveDate;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use tracing::Instrument;
use traillake_store::{EventDataStore, Snapshot};

use crate::error::Error;
use crate::import::{Observer, Options, Progress};
use crate::source::{self, Object, Source};

mod compare;
mod reading;
mod report;
mod tiling;

use compare::{Likeness, compare_day};
use reading::{Decoders, Part, Reading};
pub use report::{FINDINGS_SHOWN, Finding, VerifyReport};

/// The share of the memory that the texts of one batch may take; the rest is for what is being read.
const BATCH_SHARE: u64 = 4;
/// The least bytes of a batch, however little memory there is.
const BATCH_BYTES_MIN: u64 = 8 << 20;

/// Reads everything that the sources name once more and compares each record with the newest version of the store.
///
/// What the store has besides is no matter. A pipe is read as any other source, and has to say again what it said.
/// Errors are sources that cannot be listed and a store that cannot be read; an object that cannot be read is a
/// finding of the report. Must run inside a Tokio runtime. Memory: about [`Options::memory_bytes`]: a quarter of it for
/// the records of a batch, and one large object at a time is read, in parts. Where records are tens of kilobytes each,
/// the store's own, of which some thousand are decoded at once for each day that is compared, take more.
#[tracing::instrument(skip_all, fields(store = store.name()))]
pub async fn verify(
    store: &EventDataStore,
    sources: &[Source],
    options: &Options,
    observer: &dyn Observer,
) -> Result<VerifyReport, Error> {
    let started = Instant::now();
    let snapshot = store.snapshot().await?;
    let (sources, lake) = (sources.to_vec(), store.lake().location().clone());
    let objects = run_blocking(move || source::list(&sources, Some(&lake))).await??;
    observer.listed(objects.len() as u64, objects.iter().map(|object| object.bytes).sum());
    tracing::info!(objects = objects.len(), version = snapshot.version(), "verification started");

    let workers = options.workers.max(1);
    let batch_bytes = (options.memory_bytes / BATCH_SHARE).max(BATCH_BYTES_MIN);
    let mut verification = Verification { snapshot, workers, report: VerifyReport::default() };
    let store = verification.snapshot.store();
    let decoders = Decoders::new(Arc::clone(store.schema()), options.selection(store));
    let mut parts = read(objects, decoders, workers);
    let mut batch = Batch::default();
    let mut progress = Progress::default();
    while let Some(part) = parts.try_next().await? {
        verification.report.count(&part);
        part.advance(&mut progress);
        observer.progressed(progress);
        batch.push(part);
        if batch.bytes >= batch_bytes {
            verification.compare(std::mem::take(&mut batch)).await?;
        }
    }
    verification.compare(batch).await?;

    let mut report = verification.report;
    report.elapsed = started.elapsed();
    report.check()?;
    let VerifyReport { records, missing, differing, .. } = report;
    tracing::info!(records, missing, differing, "verification finished");
    Ok(report)
}

/// The parts of all objects in order. Several objects are read at once, but of those that are read in parts only one.
fn read(objects: Vec<Object>, decoders: Decoders, workers: usize) -> BoxStream<'static, Result<Part, Error>> {
    let decoders = Arc::new(decoders);
    stream::iter(objects)
        .map(move |object| {
            let reading = Reading::new(object, Arc::clone(&decoders));
            async move {
                if reading.is_large() {
                    return Ok((None, Some(reading)));
                }
                run_blocking(move || reading.whole()).await
            }
        })
        .buffered(workers)
        .map_ok(|(whole, rest)| {
            let parts = stream::try_unfold(rest, |rest| async move {
                let Some(reading) = rest else { return Ok(None) };
                run_blocking(move || reading.next()).await?
            });
            stream::iter(whole.map(Ok)).chain(parts)
        })
        .try_flatten()
        .boxed()
}

/// Parts whose records are compared together.
#[derive(Debug, Default)]
struct Batch {
    parts: Vec<Part>,
    bytes: u64,
}

impl Batch {
    fn push(&mut self, part: Part) {
        self.bytes += part.memory();
        self.parts.push(part);
    }

    /// The records of each day.
    fn days(&self) -> BTreeMap<Option<NaiveDate>, Vec<Place>> {
        let mut days: BTreeMap<_, Vec<Place>> = BTreeMap::new();
        for (part, records) in self.parts.iter().map(|part| &part.records).enumerate() {
            for (record, of) in records.iter().enumerate() {
                days.entry(of.day).or_default().push(Place { part, record });
            }
        }
        days
    }
}

/// Where in a batch a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    part: usize,
    record: usize,
}

/// What is being compared, and what came of it so far.
struct Verification {
    snapshot: Snapshot,
    workers: usize,
    report: VerifyReport,
}

impl Verification {
    async fn compare(&mut self, batch: Batch) -> Result<(), Error> {
        let days = batch.days();
        let batch = Arc::new(batch);
        // Days on as many threads as allowed; the reading of the next objects goes on meanwhile.
        let compared = stream::iter(days).map(|(day, places)| {
            let (snapshot, batch) = (self.snapshot.clone(), Arc::clone(&batch));
            let comparing = async move { compare_day(&snapshot, &batch, day, &places).await };
            let comparing = tokio::spawn(comparing.in_current_span());
            async move { comparing.await.map_err(Error::Worker)? }
        });
        let compared: Vec<Vec<(Place, Likeness)>> = compared.buffer_unordered(self.workers).try_collect().await?;
        let mut found: Vec<_> = compared.into_iter().flatten().collect();
        found.sort_unstable_by_key(|(place, _)| *place);
        for (place, likeness) in found {
            self.report.tell(&batch.parts[place.part], place.record, likeness);
        }
        for part in &batch.parts {
            tracing::debug!(uri = %part.uri, records = part.records.len(), "object compared");
        }
        Ok(())
    }
}

async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(Error::Worker)
}
