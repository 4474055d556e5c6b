//! The rule that computes what is costly only for the rows that stay: maps and nested values above `ORDER BY … LIMIT`.
//!
//! A projection below a sort computes them for every row that is read, and the scan takes it in. Of the newest fifty
//! events fifty maps are wanted:
//!
//! ```text
//! LateProjectionExec: eventTime, trail_map(requestParameters, …)      <- comes in
//!   SortExec: TopK(fetch=50), eventTime
//!     ProjectionExec: eventTime, requestParameters, …                 <- what it and the sort read
//! ```

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::projection::ProjectionExpr;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr, ScalarFunctionExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};

use crate::first_rows::FirstRows;
use crate::functions::PREFIX;

/// DataFusion's own physical rules with ours among them.
pub(crate) fn physical_rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let mut rules = PhysicalOptimizer::new().rules;
    let pushed = rules.iter().position(|rule| rule.name() == "ProjectionPushdown").unwrap_or(rules.len());
    rules.insert(pushed, Arc::new(LateProjections));
    rules.push(Arc::new(FirstRows));
    rules
}

/// See the module. It stands before the rule that gives projections to scans.
#[derive(Debug)]
pub(crate) struct LateProjections;

impl PhysicalOptimizerRule for LateProjections {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_down(|plan| {
            Ok(match later(&plan)? {
                Some(later) => Transformed::yes(later),
                None => Transformed::no(plan),
            })
        })
        .data()
    }

    fn name(&self) -> &str {
        "traillake_late_projections"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The same sort under the costly expressions of the projection it reads; `None` where there are none.
fn later(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(sort) = plan.downcast_ref::<SortExec>().filter(|sort| sort.fetch().is_some()) else { return Ok(None) };
    let Some(projection) = sort.input().downcast_ref::<ProjectionExec>() else { return Ok(None) };
    let sorted: Vec<usize> = sort.expr().iter().flat_map(|sort| columns_of(&sort.expr)).collect();
    // What the order itself reads has to be there before.
    let mut projected = projection.expr().iter().enumerate();
    if !projected.any(|(place, projected)| !sorted.contains(&place) && is_costly(&projected.expr)) {
        return Ok(None);
    }
    // Below stand the columns of the input that anything reads: the scan takes such a projection in.
    let input = projection.input().schema();
    let mut read: Vec<usize> = projection.expr().iter().flat_map(|projected| columns_of(&projected.expr)).collect();
    read.sort_unstable();
    read.dedup();
    let column = |place: &usize| {
        let name = input.field(*place).name();
        ProjectionExpr { expr: Arc::new(Column::new(name, *place)), alias: name.clone() }
    };
    let below = ProjectionExec::try_new(read.iter().map(column).collect::<Vec<_>>(), Arc::clone(projection.input()))?;
    let moved = |expr: &Arc<dyn PhysicalExpr>| {
        substituted(expr, |place| {
            let now = read.binary_search(&place).ok()?;
            Some(Arc::new(Column::new(input.field(place).name(), now)))
        })
    };
    let order = sort.expr().iter().map(|sort| {
        let expr = substituted(&sort.expr, |place| Some(Arc::clone(&projection.expr().get(place)?.expr)))?;
        Ok(PhysicalSortExpr { expr: moved(&expr)?, options: sort.options })
    });
    let Some(order) = LexOrdering::new(order.collect::<Result<Vec<_>>>()?) else { return Ok(None) };
    let sort = SortExec::new(order, Arc::new(below))
        .with_fetch(sort.fetch())
        .with_preserve_partitioning(sort.preserve_partitioning());
    let above = projection
        .expr()
        .iter()
        .map(|projected| Ok(ProjectionExpr { expr: moved(&projected.expr)?, alias: projected.alias.clone() }));
    let above = ProjectionExec::try_new(above.collect::<Result<Vec<_>>>()?, Arc::new(sort))?;
    Ok(Some(Arc::new(LateProjectionExec(above))))
}

/// Whether an expression has a function of the view, which reads JSON text.
fn is_costly(expr: &Arc<dyn PhysicalExpr>) -> bool {
    let is_of_view = |expr: &Arc<dyn PhysicalExpr>| {
        expr.downcast_ref::<ScalarFunctionExpr>().is_some_and(|function| function.name().starts_with(PREFIX))
    };
    expr.exists(|expr| Ok(is_of_view(expr))).unwrap_or(false)
}

fn columns_of(expr: &Arc<dyn PhysicalExpr>) -> Vec<usize> {
    collect_columns(expr).iter().map(Column::index).collect()
}

/// The expression with something else in place of each of its columns.
fn substituted(
    expr: &Arc<dyn PhysicalExpr>,
    of_place: impl Fn(usize) -> Option<Arc<dyn PhysicalExpr>>,
) -> Result<Arc<dyn PhysicalExpr>> {
    // Downwards it would go on into what it has put there.
    let each = |expr: Arc<dyn PhysicalExpr>| {
        let Some(column) = expr.downcast_ref::<Column>() else { return Ok(Transformed::no(expr)) };
        match of_place(column.index()) {
            Some(other) => Ok(Transformed::yes(other)),
            None => internal_err!("no column {column} below"),
        }
    };
    Arc::clone(expr).transform_up(each).data()
}

/// A projection that stays where it is: what pushes projections towards scans does not know it.
#[derive(Debug)]
struct LateProjectionExec(ProjectionExec);

impl LateProjectionExec {
    const NAME: &'static str = "LateProjectionExec";
}

impl DisplayAs for LateProjectionExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<String> = self.0.expr().iter().map(ToString::to_string).collect();
        write!(f, "{}: expr=[{}]", Self::NAME, columns.join(", "))
    }
}

impl ExecutionPlan for LateProjectionExec {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.0.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![self.0.input()]
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.0.apply_expressions(visit)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next().unwrap_or_else(|| Arc::clone(self.0.input()));
        Ok(Arc::new(Self(ProjectionExec::try_new(self.0.expr().to_vec(), input)?)))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.0.execute(partition, context)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.0.metrics()
    }
}
