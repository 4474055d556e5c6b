//! A second try for queries that are out of memory.
//!
//! Sorts and groups spill to disk; hash tables of joins do not, and each thread takes a share of the limit that may be
//! too small for anything. A query that exhausts its memory before it has given a row is planned once more, with joins
//! that sort, on few threads, in small batches. Its scan begins anew: statistics are then those of the second plan.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arrow::array::RecordBatch;
use datafusion::common::{DataFusionError, Result, SchemaError};
use datafusion::execution::memory_pool::MemoryLimit;
use datafusion::execution::{SessionState, SessionStateBuilder, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream, execute_stream};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use crate::table::ScanReport;

/// Threads of the second try: the least for which joins are planned that sort.
const THREADS: usize = 2;
/// Rows of its batches: merging what was put aside holds two of each part.
const BATCH_ROWS: usize = 1_024;
/// How long the memory of the first try is waited for: its threads end at their next pause.
const RELEASE: Duration = Duration::from_millis(500);
const RELEASE_STEP: Duration = Duration::from_millis(5);

/// The plan that runs.
#[derive(Clone, Debug)]
pub(crate) struct Running(Arc<Mutex<Arc<dyn ExecutionPlan>>>);

impl Running {
    pub(crate) fn plan(&self) -> Arc<dyn ExecutionPlan> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, plan: &Arc<dyn ExecutionPlan>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(plan);
    }
}

/// The engine's rules that carry parts of values, under names of their own, to where they are read and used.
const CARRYING: [&str; 3] =
    ["extract_leaf_expressions", "push_down_leaf_projections", "common_sub_expression_eliminate"];

/// The physical plan of a query. Where the engine's rules give two columns one name, as they do below some outer joins and
/// in some `CASE`s, it is planned without those that name columns: more is read then, and the answer is the same.
pub(crate) async fn physical_plan(state: &SessionState, logical: &LogicalPlan) -> Result<Arc<dyn ExecutionPlan>> {
    match state.create_physical_plan(logical).await {
        Err(error) if names_a_column_twice(&error) => {
            tracing::debug!(%error, "planned again, without rules that name columns");
            let others = state.optimizers().iter().filter(|rule| !CARRYING.contains(&rule.name()));
            let rules = others.cloned().collect();
            let state = SessionStateBuilder::new_from_existing(state.clone()).with_optimizer_rules(rules).build();
            state.create_physical_plan(logical).await
        }
        planned => planned,
    }
}

fn names_a_column_twice(error: &DataFusionError) -> bool {
    let DataFusionError::SchemaError(error, _) = error.find_root() else { return false };
    !matches!(error.as_ref(), SchemaError::FieldNotFound { .. })
}

/// A query that is ready to run.
pub(crate) struct Planned {
    state: SessionState,
    logical: LogicalPlan,
    plan: Arc<dyn ExecutionPlan>,
    report: Arc<ScanReport>,
}

impl Planned {
    pub(crate) async fn new(state: SessionState, logical: LogicalPlan, report: Arc<ScanReport>) -> Result<Self> {
        let plan = physical_plan(&state, &logical).await?;
        Ok(Self { state, logical, plan, report })
    }

    /// Runs it, a second time where it is out of memory before it gives rows.
    pub(crate) fn run(self) -> Result<(Running, SendableRecordBatchStream)> {
        let running = Running(Arc::new(Mutex::new(Arc::clone(&self.plan))));
        let first = self.execute()?;
        if !is_limited(&self.state) {
            return Ok((running, first));
        }
        let (schema, second) = (first.schema(), running.clone());
        let rows = stream::once(self.begin(first, second)).try_flatten();
        Ok((running, Box::pin(RecordBatchStreamAdapter::new(schema, rows))))
    }

    /// The rows of the first try, or of the second where the first gives none.
    async fn begin(
        self,
        mut first: SendableRecordBatchStream,
        running: Running,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        match first.next().await {
            Some(Err(error)) if is_out_of_memory(&error) => {
                drop(first);
                let second = self.again().await?;
                running.replace(&second.plan);
                Ok(second.execute()?.boxed())
            }
            begun => Ok(stream::iter(begun).chain(first).boxed()),
        }
    }

    fn execute(&self) -> Result<SendableRecordBatchStream> {
        execute_stream(Arc::clone(&self.plan), Arc::new(TaskContext::from(&self.state)))
    }

    /// The plan of the second try.
    async fn again(self) -> Result<Self> {
        let Self { mut state, logical, report, .. } = self;
        let config = state.config_mut();
        *config = config.clone().with_batch_size(BATCH_ROWS).with_target_partitions(THREADS);
        config.options_mut().optimizer.prefer_hash_join = false;
        released(&state).await;
        report.clear();
        tracing::info!("out of memory: the query runs again, on {THREADS} threads, with joins that sort");
        Self::new(state, logical, report).await
    }
}

fn is_limited(state: &SessionState) -> bool {
    matches!(state.runtime_env().memory_pool.memory_limit(), MemoryLimit::Finite(_))
}

/// Whether a query has no memory left.
pub(crate) fn is_out_of_memory(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
}

/// Waits until most of the memory is free, but not for long: other queries may hold it.
async fn released(state: &SessionState) {
    let pool = &state.runtime_env().memory_pool;
    let MemoryLimit::Finite(most) = pool.memory_limit() else { return };
    let mut waited = Duration::ZERO;
    while pool.reserved() > most / 10 && waited < RELEASE {
        tokio::time::sleep(RELEASE_STEP).await;
        waited += RELEASE_STEP;
    }
}
