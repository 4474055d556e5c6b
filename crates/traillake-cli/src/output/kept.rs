//! A result as it was shown, to be shown again without being asked for again.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use traillake::{Asked, QueryStatistics, Results};

use super::{Destination, Format, Look, Pen};
use crate::failure::Failure;

/// What is kept of a result at most; the rest was shown and is gone.
const BYTES_MAX: usize = 64 << 20;

/// The rows of a result that were shown.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    schema: SchemaRef,
    asked: Asked,
    batches: Vec<RecordBatch>,
    bytes: usize,
    /// The rows that were shown.
    pub(crate) rows: u64,
    /// Whether the result has rows that were not shown.
    pub(crate) is_cut: bool,
    /// Whether rows that were shown are not kept.
    is_partial: bool,
    /// What it took.
    pub(crate) statistics: QueryStatistics,
}

impl Kept {
    /// Takes rows and keeps them.
    pub(super) fn new(results: &Results) -> Self {
        Self {
            schema: Arc::clone(results.schema()),
            asked: results.asked().clone(),
            batches: Vec::new(),
            bytes: 0,
            rows: 0,
            is_cut: false,
            is_partial: false,
            statistics: QueryStatistics::default(),
        }
    }

    /// Takes rows and keeps none.
    pub(super) fn nothing(results: &Results) -> Self {
        Self { is_partial: true, ..Self::new(results) }
    }

    /// The rows of a batch that are within a limit of all.
    pub(super) fn take(&mut self, batch: RecordBatch, rows_max: Option<u64>) -> RecordBatch {
        let room = rows_max.map_or(u64::MAX, |most| most.saturating_sub(self.rows));
        let rows = batch.num_rows().min(usize::try_from(room).unwrap_or(usize::MAX));
        self.is_cut = rows < batch.num_rows();
        self.rows += rows as u64;
        let batch = batch.slice(0, rows);
        self.bytes = self.bytes.saturating_add(batch.get_array_memory_size());
        self.is_partial |= self.bytes > BYTES_MAX;
        if !self.is_partial {
            self.batches.push(batch.clone());
        }
        batch
    }

    /// Whether these are not all rows of the result.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.is_cut || self.is_partial
    }

    /// The number of rows that are kept.
    pub(crate) fn rows_kept(&self) -> u64 {
        self.batches.iter().map(|batch| batch.num_rows() as u64).sum()
    }

    /// Writes the kept rows.
    pub(crate) fn write(&self, format: Format, look: Look, to: &mut Destination) -> Result<(), Failure> {
        let mut pen = Pen::new(&self.schema, Some(&self.asked), format, look)?;
        self.batches.iter().try_for_each(|batch| pen.write(batch, to))?;
        pen.end(&self.statistics, to)
    }
}
