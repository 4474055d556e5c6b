//! Batches to versions.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use traillake_event::schema::Schema;
use traillake_store::{Commit, DataFile, ImportedObject, KnownObjects, Reject, Snapshot, Turn, encode, put_data_file};
use uuid::Uuid;

use super::chunk::{Chunk, Decoded};
use super::duplicates::{Known, Settled, settle};
use super::{Observer, Options, run_blocking};
use crate::error::Error;
use crate::reject::Rejected;
use crate::report::{ImportReport, REJECTS_SHOWN};
use crate::skip::SkipReason;

/// How often a batch is tried again after another import was faster.
const ATTEMPTS_MAX: u32 = 100;

/// Commits batches one after another.
pub(super) struct Committer<'a> {
    snapshot: Snapshot,
    /// What the batches were decoded by: a store that gets hot keys meanwhile does without them in these files.
    schema: Arc<Schema>,
    imported: KnownObjects,
    /// None when duplicates are kept.
    known: Option<Known>,
    workers: usize,
    dry_run: bool,
    observer: &'a dyn Observer,
    report: ImportReport,
}

/// What a batch brings besides rows.
struct Entries {
    objects: Vec<(ImportedObject, BTreeMap<SkipReason, u64>)>,
    unreadable: Vec<ImportedObject>,
    rejects: Vec<Reject>,
}

impl<'a> Committer<'a> {
    pub(super) fn new(
        snapshot: Snapshot,
        imported: KnownObjects,
        options: &Options,
        held_keys_max: u64,
        import_id: Uuid,
        observer: &'a dyn Observer,
    ) -> Self {
        let (workers, dry_run) = (options.workers.max(1), options.dry_run);
        let known = (!options.keep_duplicates).then(|| Known::new((!dry_run).then_some(held_keys_max)));
        let report = ImportReport { dry_run, ..ImportReport::new(import_id) };
        let schema = Arc::clone(snapshot.store().schema());
        Self { snapshot, schema, imported, known, workers, dry_run, observer, report }
    }

    /// Ends the import: the report, and the last version it made or found.
    pub(super) fn finish(self) -> (ImportReport, u64) {
        (self.report, self.snapshot.version())
    }

    /// Makes a batch part of the store, and of the report.
    pub(super) async fn commit(&mut self, batch: Option<Vec<Chunk>>) -> Result<(), Error> {
        let Some(mut batch) = batch else { return Ok(()) };
        let store = self.snapshot.store().clone();
        let turn = if self.dry_run { None } else { Some(store.turn().await) };
        if turn.as_ref().is_some_and(Turn::has_waited) {
            self.look_again().await?;
        }
        for _ in 0..ATTEMPTS_MAX {
            match self.try_commit(batch).await? {
                None => return Ok(()),
                Some(again) => batch = again,
            }
            tracing::warn!(version = self.snapshot.version(), "another import was faster, the batch is tried again");
            self.look_again().await?;
        }
        Err(Error::Contended { store: store.name().to_owned(), attempts: ATTEMPTS_MAX })
    }

    /// Takes up what others have committed: it may be what this batch holds.
    async fn look_again(&mut self) -> Result<(), Error> {
        self.snapshot = self.snapshot.store().snapshot().await?;
        self.imported.learn(&self.snapshot.ledger().await?).await?;
        if let Some(known) = &mut self.known {
            known.forget();
        }
        Ok(())
    }

    /// One attempt: the batch comes back when another import was faster.
    async fn try_commit(&mut self, batch: Vec<Chunk>) -> Result<Option<Vec<Chunk>>, Error> {
        let wanted = self.wanted(&batch);
        let (batch, settled) = self.settle(batch, wanted.clone()).await?;
        let entries = self.entries(&batch, &wanted, &settled);
        if self.dry_run {
            self.report.raw_rows += settled.raw_rows;
            self.tell(&batch, &wanted, entries);
            return Ok(None);
        }
        let raw_rows = settled.raw_rows;
        let files = self.write(settled).await?;

        let mut transaction = self.snapshot.begin();
        // Now, beside the batches, there is no room for it.
        transaction.defer_checkpoint();
        files.iter().cloned().for_each(|file| transaction.add(file));
        transaction.record(entries.objects.iter().map(|(object, _)| object.clone()).collect(), entries.rejects.clone());
        if !entries.objects.is_empty() || !entries.rejects.is_empty() {
            match transaction.commit().await? {
                Commit::Conflict { .. } => return Ok(Some(batch)),
                Commit::Done(next) => self.snapshot = next,
            }
            self.report.versions.push(self.snapshot.version());
            tracing::info!(
                version = self.snapshot.version(),
                data_files = files.len(),
                objects = entries.objects.len(),
                "committed"
            );
            self.observer.committed(self.snapshot.version());
        }
        self.report.raw_rows += raw_rows;
        self.report.data_files += files.len() as u64;
        self.report.data_file_bytes += files.iter().map(|file| file.bytes).sum::<u64>();
        self.tell(&batch, &wanted, entries);
        Ok(None)
    }

    /// Which objects bring something: those the ledger does not have.
    fn wanted(&self, batch: &[Chunk]) -> Vec<Vec<bool>> {
        let is_wanted = |object: &Decoded| {
            let is_known = object.sha256.is_some_and(|sha256| self.imported.contains(&object.uri, &sha256));
            !object.is_in_ledger && !is_known
        };
        batch.iter().map(|chunk| chunk.objects.iter().map(is_wanted).collect()).collect()
    }

    async fn settle(&mut self, batch: Vec<Chunk>, wanted: Vec<Vec<bool>>) -> Result<(Vec<Chunk>, Settled), Error> {
        if let Some(known) = &mut self.known {
            known.learn(&batch, &self.snapshot).await?;
        }
        let mut known = self.known.take();
        let (batch, known, settled) = run_blocking(move || {
            let settled = settle(&batch, &wanted, known.as_mut());
            (batch, known, settled)
        })
        .await?;
        self.known = known;
        Ok((batch, settled))
    }

    /// Sorts, encodes and stores the rows of each day.
    async fn write(&self, settled: Settled) -> Result<Vec<DataFile>, Error> {
        let (store, threads) = (self.snapshot.store(), self.workers);
        futures::stream::iter(settled.days)
            .map(|(day, rows)| async move {
                let schema = Arc::clone(&self.schema);
                let encoded = run_blocking(move || encode(&schema, rows, threads)).await??;
                Ok::<_, Error>(put_data_file(store, day, encoded).await?)
            })
            // While one file is stored, the next is encoded.
            .buffered(2)
            .inspect_ok(
                |file| tracing::debug!(path = %file.path, rows = file.rows, bytes = file.bytes, "data file written"),
            )
            .try_collect()
            .await
    }

    fn entries(&self, batch: &[Chunk], wanted: &[Vec<bool>], settled: &Settled) -> Entries {
        let mut entries = Entries { objects: Vec::new(), unreadable: Vec::new(), rejects: Vec::new() };
        let imported_at_ms = self.snapshot.store().lake().clock().now_ms();
        for ((chunk, wanted), duplicates) in batch.iter().zip(wanted).zip(&settled.duplicates) {
            for ((object, _), duplicates) in
                chunk.objects.iter().zip(wanted).zip(duplicates).filter(|((_, wanted), _)| **wanted)
            {
                let imported = ImportedObject {
                    import_id: self.report.import_id,
                    uri: object.uri.clone(),
                    bytes: object.bytes,
                    sha256: object.sha256.unwrap_or_default(),
                    imported_at_ms,
                    records: object.tally.records,
                    events: object.tally.events - duplicates,
                    duplicates: *duplicates,
                    rejects: object.tally.rejects,
                    skipped: object
                        .tally
                        .skipped
                        .iter()
                        .map(|(reason, count)| (reason.as_str().to_owned(), *count))
                        .collect(),
                };
                entries.rejects.extend(object.rejected.iter().map(|rejected| self.reject(&object.uri, rejected)));
                match object.sha256 {
                    Some(_) => entries.objects.push((imported, object.tally.skipped.clone())),
                    None => entries.unreadable.push(imported),
                }
            }
        }
        entries
    }

    fn reject(&self, uri: &str, rejected: &Rejected) -> Reject {
        let Rejected { index, offset, json_path, expected, found, raw } = rejected.clone();
        Reject { import_id: self.report.import_id, uri: uri.to_owned(), index, offset, json_path, expected, found, raw }
    }

    /// Adds a batch to the report.
    fn tell(&mut self, batch: &[Chunk], wanted: &[Vec<bool>], entries: Entries) {
        let report = &mut self.report;
        for (object, is_wanted) in batch.iter().zip(wanted).flat_map(|(chunk, wanted)| chunk.objects.iter().zip(wanted))
        {
            report.objects += u64::from(!object.is_continuation);
            report.bytes += object.bytes;
            report.objects_already_imported += u64::from(!is_wanted && !object.is_continuation);
            report.json_bytes += if *is_wanted { object.json_bytes } else { 0 };
        }
        for (object, skipped) in &entries.objects {
            report.add(object, skipped);
        }
        for object in &entries.unreadable {
            tracing::warn!(uri = object.uri, "object unreadable");
            report.objects_unreadable += 1;
            report.add(object, &BTreeMap::new());
        }
        for Reject { uri, offset, json_path, expected, found, .. } in &entries.rejects {
            tracing::warn!(uri, offset, json_path, expected, found, "rejected");
        }
        let room = REJECTS_SHOWN - report.rejected.len();
        report.rejected.extend(entries.rejects.into_iter().take(room));
    }
}
