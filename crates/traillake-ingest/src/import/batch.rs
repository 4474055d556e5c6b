//! Chunks to batches: what becomes visible in one commit.

use std::mem;

use chrono::NaiveDate;
use futures::{Stream, StreamExt};

use super::chunk::Chunk;
use super::{Observer, Progress};
use crate::error::Error;

/// Gathers chunks into batches of about one size.
///
/// A batch that is at least half full ends where the listing comes to another day: its day's file is then whole, and
/// the next batch does not begin with a day's last crumbs.
pub(super) struct Gathering<'a, S> {
    chunks: S,
    bytes_max: u64,
    progress: Progress,
    observer: &'a dyn Observer,
    /// The first chunk of the next batch.
    held: Option<Chunk>,
}

impl<'a, S: Stream<Item = Result<Chunk, Error>> + Unpin> Gathering<'a, S> {
    pub(super) fn new(chunks: S, bytes_max: u64, observer: &'a dyn Observer) -> Self {
        Self { chunks, bytes_max, progress: Progress::default(), observer, held: None }
    }

    /// The next batch; none after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Chunk>>, Error> {
        let mut batch = Vec::new();
        let (mut bytes, mut day) = (0, None);
        while bytes < self.bytes_max {
            let Some(chunk) = self.next_chunk().await? else { break };
            let begins_day = mem::replace(&mut day, chunk.date) != chunk.date;
            let chunk_bytes = chunk.memory_bytes();
            let is_over = bytes + chunk_bytes > self.bytes_max;
            if !batch.is_empty() && (is_over || begins_day && bytes >= self.bytes_max / 2) {
                self.held = Some(chunk);
                break;
            }
            bytes += chunk_bytes;
            batch.push(chunk);
        }
        Ok((!batch.is_empty()).then_some(batch))
    }

    async fn next_chunk(&mut self) -> Result<Option<Chunk>, Error> {
        if let Some(held) = self.held.take() {
            return Ok(Some(held));
        }
        let Some(chunk) = self.chunks.next().await.transpose()? else { return Ok(None) };
        for object in &chunk.objects {
            self.progress.objects += u64::from(!object.is_continuation);
            self.progress.bytes += object.bytes;
            self.progress.records += object.tally.records;
            self.progress.events += object.tally.events;
            self.progress.rejects += object.tally.rejects;
            self.progress.json_bytes += object.json_bytes;
            tracing::debug!(
                uri = %object.uri,
                records = object.tally.records,
                in_ledger = object.is_in_ledger,
                "object decoded"
            );
        }
        self.observer.progressed(self.progress);
        Ok(Some(chunk))
    }
}

/// The date in the path of a chunk's first object, where CloudTrail's layout has one.
pub(super) type Date = Option<NaiveDate>;
