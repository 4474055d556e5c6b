//! Files of a day without the rows that are too old.
//!
//! Files are sorted, newest first, and so is what they are merged into: what is to stay are the first rows of it.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::TimestampMicrosecondType;
use chrono::NaiveDate;
use object_store::path::Path;
use traillake_event::schema::EVENT_TIME;

use super::input::{self, Input};
use super::merge;
use super::plan::{Merge, Sizes};
use crate::data_file::DataFile;
use crate::error::Error;
use crate::snapshot::Snapshot;

/// Files of one day, opened, and how many of their rows are to stay.
pub(crate) struct Newer {
    day: Option<NaiveDate>,
    /// Of which some rows go.
    inputs: Vec<Input>,
    rows_kept: u64,
    /// Of which no row goes.
    whole: Vec<Path>,
    /// That cannot be written anew: another writer made them, in another order, with columns that this build does not
    /// know, or with rows that have no time.
    unfit: Vec<Path>,
}

/// How many files of one day are opened at once, of a budget in bytes.
pub(crate) fn files_at_once(memory_bytes: u64) -> usize {
    Sizes::of(memory_bytes).files
}

impl Newer {
    /// Opens files of one day and reads their times, to keep the rows from an instant on, in milliseconds since 1970 UTC.
    pub(crate) async fn open(snapshot: &Snapshot, files: &[DataFile], oldest_ms: i64) -> Result<Self, Error> {
        let day = files.first().and_then(|file| file.calendar_day);
        let mut newer = Self { day, inputs: Vec::new(), rows_kept: 0, whole: Vec::new(), unfit: Vec::new() };
        for file in files {
            let opened = input::open(snapshot, std::slice::from_ref(file)).await?;
            let Some(input) = opened.ok().and_then(|mut inputs| inputs.pop()) else {
                newer.unfit.push(file.path.clone());
                continue;
            };
            match kept(snapshot, &input, oldest_ms.saturating_mul(1_000)).await? {
                Some(rows) if rows < file.rows => {
                    newer.rows_kept += rows;
                    newer.inputs.push(input);
                }
                Some(_) => newer.whole.push(file.path.clone()),
                None => newer.unfit.push(file.path.clone()),
            }
        }
        Ok(newer)
    }

    /// The files of which some rows go.
    pub(crate) fn files(&self) -> Vec<DataFile> {
        self.inputs.iter().map(|input| input.file.clone()).collect()
    }

    /// The files of which no row goes.
    pub(crate) fn whole(&self) -> &[Path] {
        &self.whole
    }

    /// The files that cannot be written anew.
    pub(crate) fn unfit(&self) -> &[Path] {
        &self.unfit
    }

    /// How many rows of those files stay.
    pub(crate) fn rows_kept(&self) -> u64 {
        self.rows_kept
    }

    /// Writes the rows that stay into new files, durably; none when there are none. No version names them yet.
    pub(crate) async fn write(
        self,
        snapshot: &Snapshot,
        memory_bytes: u64,
        threads: usize,
    ) -> Result<Vec<DataFile>, Error> {
        if self.rows_kept == 0 {
            return Ok(Vec::new());
        }
        let merge = Merge { day: self.day, files: self.files() };
        let kept = (self.inputs, self.rows_kept);
        merge::merge(snapshot, &merge, kept, Sizes::of(memory_bytes), threads).await
    }
}

/// How many rows of a file are as new as an instant, in microseconds since 1970; `None` when one has no time.
async fn kept(snapshot: &Snapshot, input: &Input, oldest_us: i64) -> Result<Option<u64>, Error> {
    let Some(place) = snapshot.store().schema().index_of(EVENT_TIME) else { return Ok(None) };
    let rows = usize::try_from(input.file.rows).unwrap_or(usize::MAX);
    let times: ArrayRef = input.read(place, 0..rows).await?;
    let Some(times) = times.as_primitive_opt::<TimestampMicrosecondType>().filter(|times| times.null_count() == 0)
    else {
        return Ok(None);
    };
    Ok(Some(times.values().iter().filter(|time| **time >= oldest_us).count() as u64))
}
