//! The optimizer rule that tells a scan what its rows must hold.
//!
//! Where a condition computes something, the optimizer puts the computation below the filter, so that the scan does
//! not see the condition. This rule follows it down, puts the computations back in, and gives the scan what the whole
//! condition seeks ([`crate::sought`]).

use std::collections::HashMap;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, Result};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, LogicalPlan, TableScan};
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};
use traillake_store::Sought;

use crate::functions::{TrailSought, udf};
use crate::sought::sought;
use crate::table::EventTable;

/// See the module.
#[derive(Debug)]
pub(crate) struct SoughtValues;

impl OptimizerRule for SoughtValues {
    fn name(&self) -> &str {
        "traillake_sought_values"
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        tell(plan, Vec::new())
    }
}

/// Tells the scans of a plan, which keeps only rows for which all conditions hold, what they are to hold.
fn tell(plan: LogicalPlan, mut conditions: Vec<Expr>) -> Result<Transformed<LogicalPlan>> {
    let below = match &plan {
        LogicalPlan::TableScan(scan) => {
            return Ok(told(scan, &conditions).map_or_else(|| Transformed::no(plan), Transformed::yes));
        }
        LogicalPlan::Filter(filter) => {
            conditions.extend(split_conjunction(&filter.predicate).into_iter().cloned());
            conditions
        }
        LogicalPlan::Projection(projection) => {
            let columns = plan.schema().columns();
            put_in(conditions, columns.into_iter().zip(projection.expr.iter().cloned()).collect())?
        }
        LogicalPlan::SubqueryAlias(alias) => {
            let (columns, below) = (plan.schema().columns(), alias.input.schema().columns());
            put_in(conditions, columns.into_iter().zip(below.into_iter().map(Expr::Column)).collect())?
        }
        // Of each side, what is kept above all of them.
        LogicalPlan::Union(_) => {
            let columns = plan.schema().columns();
            return plan.map_children(|side| {
                let below = side.schema().columns().into_iter().map(Expr::Column);
                let conditions = put_in(conditions.clone(), columns.iter().cloned().zip(below).collect())?;
                tell(side, conditions)
            });
        }
        _ => Vec::new(),
    };
    plan.map_children(|child| tell(child, below.clone()))
}

/// Conditions on the columns of a plan as those on what they are computed from.
fn put_in(conditions: Vec<Expr>, columns: HashMap<Column, Expr>) -> Result<Vec<Expr>> {
    let put = |condition: Expr| {
        condition.transform(|expr| {
            let column = expr.try_as_col().and_then(|column| columns.get(column)).cloned();
            Ok(column.map_or_else(|| Transformed::no(expr), |column| Transformed::yes(column.unalias())))
        })
    };
    conditions.into_iter().map(|condition| Ok(put(condition)?.data)).collect()
}

/// The scan with what its rows must hold, where that is anything, and not told before.
fn told(scan: &TableScan, conditions: &[Expr]) -> Option<LogicalPlan> {
    let provider = source_as_provider(&scan.source).ok()?;
    let table = provider.downcast_ref::<EventTable>()?;
    let of_all = conditions.iter().chain(&scan.filters).map(|condition| sought(condition, table.events()));
    let mut each: Vec<Sought> = Vec::new();
    for sought in of_all.filter(|sought| !sought.is_anything()) {
        // A condition may stand above the scan and in it.
        if !each.contains(&sought) {
            each.push(sought);
        }
    }
    let sought = if each.len() == 1 { each.pop()? } else { Sought::All(each) };
    if sought.is_anything() {
        return None;
    }
    let function = udf(TrailSought::new(sought));
    let filter = Expr::ScalarFunction(ScalarFunction::new_udf(function, Vec::new()));
    if scan.filters.contains(&filter) {
        return None;
    }
    let mut scan = scan.clone();
    scan.filters.retain(|known| TrailSought::of(known).is_none());
    scan.filters.push(filter);
    Some(LogicalPlan::TableScan(scan))
}

/// Splits the filters of a scan into what its rows must hold, and the others.
pub(crate) fn split(filters: &[Expr]) -> (Sought, Vec<Expr>) {
    let sought = filters.iter().find_map(TrailSought::of).cloned().unwrap_or(Sought::Anything);
    (sought, filters.iter().filter(|filter| TrailSought::of(filter).is_none()).cloned().collect())
}
