//! The rule for the first row of each group: `row_number() OVER (PARTITION BY … ORDER BY …) = 1`.
//!
//! That is how people ask for what was seen first, or last: of millions of rows a few thousand stay. Before rows are
//! sorted, each thread leaves out those that another of its rows comes before ([`FirstRowsExec`]). Whatever it keeps,
//! the first row of each group is among it, so that all else of the plan is as it was:
//!
//! ```text
//! FilterExec: row_number() = 1
//!   BoundedWindowAggExec: row_number() PARTITION BY arn ORDER BY eventTime
//!     SortExec: arn, eventTime
//!       RepartitionExec: Hash(arn)
//!         FirstRowsExec                                                   <- comes in
//!           DataSourceExec
//! ```

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, CastExpr, Column, Literal};
use datafusion::physical_expr::window::{StandardWindowExpr, WindowExpr};
use datafusion::physical_expr::{PhysicalExpr, split_conjunction};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowUDFExpr};

mod exec;
mod groups;

use exec::FirstRowsExec;

/// See the module.
#[derive(Debug)]
pub(crate) struct FirstRows;

impl PhysicalOptimizerRule for FirstRows {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_down(|plan| {
            Ok(match reduced(&plan)? {
                Some(reduced) => Transformed::yes(reduced),
                None => Transformed::no(plan),
            })
        })
        .data()
    }

    fn name(&self) -> &str {
        "traillake_first_rows"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// A filter that keeps the first row of each group, over fewer rows.
fn reduced(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(filter) = plan.downcast_ref::<FilterExec>() else { return Ok(None) };
    let conditions = split_conjunction(filter.predicate());
    for column in conditions.into_iter().filter_map(is_first) {
        if let Some(input) = below_filter(filter.input(), column)? {
            return replace_children_if_necessary(Arc::clone(plan), vec![input]).map(Some);
        }
    }
    Ok(None)
}

/// The column that a condition wants to be 1, or less.
fn is_first(condition: &Arc<dyn PhysicalExpr>) -> Option<usize> {
    let comparison = condition.downcast_ref::<BinaryExpr>()?;
    let (column, op, number) = match (as_column(comparison.left()), as_column(comparison.right())) {
        (Some(column), None) => (column, *comparison.op(), comparison.right()),
        (None, Some(column)) => (column, comparison.op().swap()?, comparison.left()),
        _ => return None,
    };
    let number = number.downcast_ref::<Literal>()?.value();
    let number = number.data_type().is_integer().then(|| number.cast_to(&DataType::Int64).ok())??;
    let ScalarValue::Int64(Some(number)) = number else { return None };
    matches!((op, number), (Operator::Eq | Operator::LtEq, 1) | (Operator::Lt, 2)).then_some(column)
}

/// The column that an expression is, whatever type it is cast to.
fn as_column(expr: &Arc<dyn PhysicalExpr>) -> Option<usize> {
    match expr.downcast_ref::<CastExpr>() {
        Some(cast) => as_column(cast.expr()),
        None => expr.downcast_ref::<Column>().map(Column::index),
    }
}

/// The input of a filter, over fewer rows, where the column is the number of a row in its group.
fn below_filter(input: &Arc<dyn ExecutionPlan>, column: usize) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if let Some(projection) = input.downcast_ref::<ProjectionExec>() {
        let Some(column) = projection.expr().get(column).and_then(|projected| as_column(&projected.expr)) else {
            return Ok(None);
        };
        let below = below_filter(projection.input(), column)?;
        return below.map(|below| replace_children_if_necessary(Arc::clone(input), vec![below])).transpose();
    }
    let Some(window) = input.downcast_ref::<BoundedWindowAggExec>() else { return Ok(None) };
    // Another window function of the same node would miss the rows that are left out.
    let (Some(_), [number]) = (column.checked_sub(window.input().schema().fields().len()), window.window_expr()) else {
        return Ok(None);
    };
    let is_row_number = number
        .as_any()
        .downcast_ref::<StandardWindowExpr>()
        .and_then(|window| window.get_standard_func_expr().as_any().downcast_ref::<WindowUDFExpr>())
        .is_some_and(|function| function.fun().name() == "row_number");
    if !is_row_number || number.partition_by().is_empty() {
        return Ok(None);
    }
    let below = below_sort(window.input(), number.as_ref())?;
    below.map(|below| replace_children_if_necessary(Arc::clone(input), vec![below])).transpose()
}

/// A sort, with the operator for a row number below it, where nothing between the two cares for the order of rows.
fn below_sort(input: &Arc<dyn ExecutionPlan>, number: &dyn WindowExpr) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let first = |input: &Arc<dyn ExecutionPlan>| FirstRowsExec::over(input, number.partition_by(), number.order_by());
    let Some(sort) = input.downcast_ref::<SortExec>().filter(|sort| sort.fetch().is_none()) else { return Ok(None) };
    let below = match sort.input().downcast_ref::<RepartitionExec>() {
        Some(repartition) if repartition.preserve_order() => return Ok(None),
        Some(repartition) => replace_children_if_necessary(Arc::clone(sort.input()), vec![first(repartition.input())])?,
        None => first(sort.input()),
    };
    replace_children_if_necessary(Arc::clone(input), vec![below]).map(Some)
}
