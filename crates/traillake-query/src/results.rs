//! The results of a query: a stream of Arrow batches under Trino's headers.

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::physical_plan::SendableRecordBatchStream;
use futures::{Stream, StreamExt, TryStreamExt};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;
use traillake_store::Snapshot;

use crate::engine::QueryOptions;
use crate::error::QueryError;
use crate::second_try::Running;
use crate::statistics::QueryStatistics;
use crate::system::SystemTable;
use crate::table::ScanReport;

/// What a query was asked, and of what.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The text.
    pub sql: String,
    /// What it leant on besides.
    pub options: QueryOptions,
    /// The version of each event data store that it names, each once. A query sees nothing else of them.
    pub snapshots: Vec<Snapshot>,
    /// The lake's own tables that it names. What they have is of the time when the query began.
    pub system_tables: Vec<SystemTable>,
}

/// A running query. Batches arrive as they are computed; dropping it cancels the query.
pub struct Results {
    asked: Asked,
    schema: SchemaRef,
    stream: SendableRecordBatchStream,
    running: Running,
    report: Arc<ScanReport>,
    started: Instant,
    rows: u64,
    ended: Option<std::time::Duration>,
}

impl Results {
    pub(crate) fn new(
        asked: Asked,
        headers: &[String],
        stream: SendableRecordBatchStream,
        running: Running,
        report: Arc<ScanReport>,
        started: Instant,
    ) -> Self {
        let schema = stream.schema();
        let renamed = schema
            .fields()
            .iter()
            .zip(headers)
            .map(|(field, header)| Field::clone(field).with_name(header).with_nullable(true))
            .collect::<Vec<_>>();
        Self { asked, schema: Arc::new(Schema::new(renamed)), stream, running, report, started, rows: 0, ended: None }
    }

    /// The columns under the headers CloudTrail Lake gives them: the letter case of the query, a leaf's own name,
    /// `_col0` where there is none. Headers may repeat.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// What was asked, and of what.
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// What has been read so far; final when the stream has ended.
    pub fn statistics(&self) -> QueryStatistics {
        let elapsed = self.ended.unwrap_or_else(|| self.started.elapsed());
        QueryStatistics { rows: self.rows, elapsed, ..QueryStatistics::gather(&self.running.plan(), &self.report) }
    }

    /// Reads the results to their end. Memory: all of them at once.
    pub async fn collect(&mut self) -> Result<Vec<RecordBatch>, QueryError> {
        self.try_collect().await
    }

    fn renamed(&self, batch: RecordBatch) -> Result<RecordBatch, QueryError> {
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), batch.columns().to_vec(), &options)
            .map_err(|error| QueryError::running(error.into()))
    }

    /// The physical plan, as text.
    pub fn plan(&self) -> String {
        datafusion::physical_plan::displayable(self.running.plan().as_ref()).indent(false).to_string()
    }
}

impl Stream for Results {
    type Item = Result<RecordBatch, QueryError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.stream.poll_next_unpin(context);
        Poll::Ready(match std::task::ready!(polled) {
            None => {
                self.ended = self.ended.or(Some(self.started.elapsed()));
                None
            }
            Some(Err(error)) => Some(Err(QueryError::running(error))),
            Some(Ok(batch)) => {
                self.rows += batch.num_rows() as u64;
                // The columns are the plan's; only their names differ.
                Some(self.renamed(batch))
            }
        })
    }
}

impl std::fmt::Debug for Results {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Results").field("schema", &self.schema).field("rows", &self.rows).finish_non_exhaustive()
    }
}
