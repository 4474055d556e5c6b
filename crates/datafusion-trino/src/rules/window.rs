//! Windows and limits in the terms of DataFusion's.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, Result, ScalarValue, plan_err};
use datafusion::functions_window::expr_fn::{rank, row_number};
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::logical_plan::{Limit, Projection, Sort};
use datafusion::logical_expr::{
    Cast, Expr, ExprFunctionExt, ExprSchemable, LogicalPlan, LogicalPlanBuilder, WindowFrameBound, WindowFrameUnits,
};
use datafusion::optimizer::AnalyzerRule;

/// What a LIMIT is wrapped in that keeps the rows equal to its last one.
pub(crate) const WITH_TIES: &str = "trino_with_ties";

/// - `RANGE 0.5 PRECEDING` over integers and decimals compares as doubles;
/// - `FETCH FIRST n ROWS WITH TIES` is a filter by rank.
#[derive(Debug)]
pub(crate) struct TrinoWindows;

impl AnalyzerRule for TrinoWindows {
    fn name(&self) -> &str {
        "trino_windows"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let plan = plan.transform_up_with_subqueries(|plan| match plan {
            LogicalPlan::Window(_) => ranges(plan),
            LogicalPlan::Limit(limit) => match tied(&limit) {
                Some(fetch) => Ok(Transformed::yes(with_ties(&limit, fetch)?)),
                None => Ok(Transformed::no(LogicalPlan::Limit(limit))),
            },
            other => Ok(Transformed::no(other)),
        })?;
        Ok(plan.data)
    }
}

fn ranges(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Window(window) = &plan else { return Ok(Transformed::no(plan)) };
    let schema = Arc::clone(window.input.schema());
    let names = NamePreserver::new_for_projection();
    plan.map_expressions(|expr| {
        let name = names.save(&expr);
        let expr = expr.transform_up(|expr| compare_as_doubles(expr, &schema))?;
        Ok(expr.update_data(|expr| name.restore(expr)))
    })
}

fn compare_as_doubles(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let Expr::WindowFunction(function) = expr else { return Ok(Transformed::no(expr)) };
    let frame = &function.params.window_frame;
    let by_value =
        frame.units == WindowFrameUnits::Range && (is_number(&frame.start_bound) || is_number(&frame.end_bound));
    let fraction = is_fraction(&frame.start_bound) || is_fraction(&frame.end_bound);
    let [key] = function.params.order_by.as_slice() else { return Ok(Transformed::no(Expr::WindowFunction(function))) };
    let data_type = key.expr.get_type(schema)?;
    let decimal = matches!(data_type, DataType::Decimal128(..) | DataType::Decimal256(..));
    if !by_value || !(decimal || (fraction && data_type.is_integer())) {
        return Ok(Transformed::no(Expr::WindowFunction(function)));
    }
    let WindowFunction { fun, mut params } = *function;
    for key in &mut params.order_by {
        key.expr = Expr::Cast(Cast::new(Box::new(key.expr.clone()), DataType::Float64));
    }
    Ok(Transformed::yes(Expr::WindowFunction(Box::new(WindowFunction { fun, params }))))
}

fn offset(bound: &WindowFrameBound) -> Option<&str> {
    match bound {
        WindowFrameBound::Preceding(ScalarValue::Utf8(Some(offset)))
        | WindowFrameBound::Following(ScalarValue::Utf8(Some(offset))) => Some(offset),
        _ => None,
    }
}

fn is_number(bound: &WindowFrameBound) -> bool {
    offset(bound).is_some_and(|offset| offset.parse::<f64>().is_ok())
}

fn is_fraction(bound: &WindowFrameBound) -> bool {
    is_number(bound) && offset(bound).is_some_and(|offset| offset.parse::<i64>().is_err())
}

/// How many rows, of a limit with ties.
fn tied(limit: &Limit) -> Option<Expr> {
    match limit.fetch.as_deref() {
        Some(Expr::ScalarFunction(call)) if call.name() == WITH_TIES => call.args.first().cloned(),
        _ => None,
    }
}

fn with_ties(limit: &Limit, fetch: Expr) -> Result<LogicalPlan> {
    match limit.input.as_ref() {
        LogicalPlan::Sort(sort) => ranked(sort, limit.skip.as_deref(), fetch),
        LogicalPlan::Projection(projection) => {
            let LogicalPlan::Sort(sort) = projection.input.as_ref() else { return unordered() };
            let ranked = ranked(sort, limit.skip.as_deref(), fetch)?;
            Ok(LogicalPlan::Projection(Projection::try_new(projection.expr.clone(), Arc::new(ranked))?))
        }
        _ => unordered(),
    }
}

fn unordered() -> Result<LogicalPlan> {
    plan_err!("FETCH FIRST … ROWS WITH TIES needs an ORDER BY")
}

fn ranked(sort: &Sort, skip: Option<&Expr>, fetch: Expr) -> Result<LogicalPlan> {
    let column = |name: &str| Expr::Column(Column::new_unqualified(name));
    let columns = sort.input.schema().columns().into_iter().map(Expr::Column);
    let by = sort.expr.clone();
    let place = row_number().order_by(by.clone()).build()?.alias("ties:place");
    let rank = rank().order_by(by.clone()).build()?.alias("ties:rank");
    let last = match skip {
        Some(skip) => skip.clone() + fetch,
        None => fetch,
    };
    let mut plan = LogicalPlanBuilder::from(sort.input.as_ref().clone())
        .window([place, rank])?
        .filter(column("ties:rank").lt_eq(last))?;
    if let Some(skip) = skip {
        plan = plan.filter(column("ties:place").gt(skip.clone()))?;
    }
    plan.sort(by)?.project(columns)?.build()
}
