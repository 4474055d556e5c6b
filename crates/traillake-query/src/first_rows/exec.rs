//! The operator that leaves out rows that are not the first of their group.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryReservation};
use datafusion::physical_expr::{PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties, SendableRecordBatchStream,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::groups::Groups;

/// Gives of each partition's rows at least those that come first in their group, in no order.
///
/// Without memory for more groups it hands on those it has, and begins anew; where hardly any row is left out it
/// hands on what it reads.
#[derive(Debug)]
pub(super) struct FirstRowsExec {
    input: Arc<dyn ExecutionPlan>,
    partition_by: Arc<[Arc<dyn PhysicalExpr>]>,
    order_by: Arc<[PhysicalSortExpr]>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl FirstRowsExec {
    /// The name of the operator in plans.
    const NAME: &'static str = "FirstRowsExec";

    pub(super) fn over(
        input: &Arc<dyn ExecutionPlan>,
        partition_by: &[Arc<dyn PhysicalExpr>],
        order_by: &[PhysicalSortExpr],
    ) -> Arc<dyn ExecutionPlan> {
        Arc::new(Self::new(Arc::clone(input), partition_by.into(), order_by.into()))
    }

    fn new(
        input: Arc<dyn ExecutionPlan>,
        partition_by: Arc<[Arc<dyn PhysicalExpr>]>,
        order_by: Arc<[PhysicalSortExpr]>,
    ) -> Self {
        // What is equal stays equal: a sort above may be by one column for the sake of another.
        let mut equivalences = input.equivalence_properties().clone();
        equivalences.clear_orderings();
        let properties = PlanProperties::new(
            equivalences,
            input.output_partitioning().clone(),
            EmissionType::Final,
            input.boundedness(),
        );
        Self {
            input,
            partition_by,
            order_by,
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }
}

impl FirstRowsExec {
    /// What one partition takes of a limit at most: the sorts above need theirs.
    fn share(&self, limit: MemoryLimit) -> usize {
        match limit {
            MemoryLimit::Finite(bytes) => bytes / 4 / self.input.output_partitioning().partition_count(),
            _ => usize::MAX,
        }
    }
}

impl DisplayAs for FirstRowsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let partition_by: Vec<String> = self.partition_by.iter().map(ToString::to_string).collect();
        let order_by: Vec<String> = self.order_by.iter().map(ToString::to_string).collect();
        write!(f, "{}: partition_by=[{}], order_by=[{}]", Self::NAME, partition_by.join(", "), order_by.join(", "))
    }
}

impl ExecutionPlan for FirstRowsExec {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let mut recursion = TreeNodeRecursion::Continue;
        for expr in self.partition_by.iter().chain(self.order_by.iter().map(|sort| &sort.expr)) {
            recursion = recursion.visit_sibling(|| visit(expr))?;
        }
        Ok(recursion)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next().unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(Self::new(input, Arc::clone(&self.partition_by), Arc::clone(&self.order_by))))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let schema = self.input.schema();
        let reducing = Reducing {
            groups: Groups::new(&schema, &self.partition_by, &self.order_by)?,
            input: Some(self.input.execute(partition, Arc::clone(&context))?),
            memory: MemoryConsumer::new(Self::NAME).register(context.memory_pool()),
            memory_bytes_max: self.share(context.memory_pool().memory_limit()),
            metrics: BaselineMetrics::new(&self.metrics, partition),
        };
        let batches = stream::try_unfold(reducing, |mut reducing| async move {
            let batches = reducing.next().await?;
            Ok::<_, DataFusionError>(batches.map(|batches| (stream::iter(batches.into_iter().map(Ok)), reducing)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches.try_flatten().boxed())))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// One partition at work.
struct Reducing {
    groups: Groups,
    /// `None` when all of it has been read.
    input: Option<SendableRecordBatchStream>,
    memory: MemoryReservation,
    memory_bytes_max: usize,
    metrics: BaselineMetrics,
}

impl Reducing {
    /// The next rows; `None` after the last.
    async fn next(&mut self) -> Result<Option<Vec<RecordBatch>>> {
        while let Some(input) = &mut self.input {
            let Some(batch) = input.try_next().await? else {
                self.input = None;
                return self.hand_on().map(Some);
            };
            let compute = self.metrics.elapsed_compute().clone();
            let _measured = compute.timer();
            if self.groups.is_of_no_use() {
                let mut batches = self.hand_on()?;
                batches.push(batch);
                return Ok(Some(batches));
            }
            self.groups.add(&batch)?;
            let bytes = self.groups.memory_bytes();
            if bytes > self.memory_bytes_max || self.memory.try_resize(bytes).is_err() {
                return self.hand_on().map(Some);
            }
        }
        Ok(None)
    }

    fn hand_on(&mut self) -> Result<Vec<RecordBatch>> {
        let batches = self.groups.take()?;
        self.memory.free();
        self.metrics.record_output(batches.iter().map(RecordBatch::num_rows).sum());
        Ok(batches)
    }
}
