//! The rule for the newest events, or the oldest: `ORDER BY eventTime DESC LIMIT 50` over all of a store.
//!
//! The log knows how many events each data file has, and from when to when. Where the newest files alone have as many
//! as are asked for, an event older than all of theirs is not among them, and a condition says so: it leaves out files,
//! row groups and pages as if the user had written it.

use std::cmp::Reverse;
use std::sync::Arc;

use datafusion::catalog::default_table_source::source_as_provider;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, Result, ScalarValue};
use datafusion::logical_expr::logical_plan::{Sort, TableScan};
use datafusion::logical_expr::{Expr, Filter, LogicalPlan, SortExpr};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use datafusion::prelude::lit;
use traillake_store::{Bounds, DataFile, Value};

use crate::table::EventTable;

/// The column that data files are sorted by.
const EVENT_TIME: &str = "eventTime";

/// See the module.
#[derive(Debug)]
pub(crate) struct Newest;

impl OptimizerRule for Newest {
    fn name(&self) -> &str {
        "traillake_newest"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Sort(sort) = &plan else { return Ok(Transformed::no(plan)) };
        let Some(condition) = condition(sort)? else { return Ok(Transformed::no(plan)) };
        let over_scan = |plan: LogicalPlan| match plan {
            LogicalPlan::TableScan(_) => {
                Ok(Transformed::yes(LogicalPlan::Filter(Filter::try_new(condition.clone(), Arc::new(plan))?)))
            }
            other => Ok(Transformed::no(other)),
        };
        let input = Arc::unwrap_or_clone(Arc::clone(&sort.input)).transform_up(over_scan).data()?;
        Ok(Transformed::yes(LogicalPlan::Sort(Sort { input: Arc::new(input), ..sort.clone() })))
    }
}

/// What holds for all events that such a sort can keep; `None` where nothing is known.
fn condition(sort: &Sort) -> Result<Option<Expr>> {
    let (Some(wanted), Some(SortExpr { expr, asc, nulls_first: false })) = (sort.fetch, sort.expr.first()) else {
        return Ok(None);
    };
    let Some((scan, column)) = scan_of(&sort.input, expr) else { return Ok(None) };
    let provider = source_as_provider(&scan.source)?;
    let Some(table) = provider.downcast_ref::<EventTable>() else { return Ok(None) };
    if column.name() != EVENT_TIME {
        return Ok(None);
    }
    let end = match asc {
        true => oldest(table.data_files(), wanted as u64),
        false => newest(table.data_files(), wanted as u64),
    };
    let Some(end) = end else { return Ok(None) };
    let (column, end) = (Expr::Column(column), lit(ScalarValue::TimestampMillisecond(Some(end), None)));
    Ok(Some(if *asc { column.lt_eq(end) } else { column.gt_eq(end) }))
}

/// The scan of all rows that a column is read from, through nodes that keep every row, and its column there.
fn scan_of<'a>(plan: &'a LogicalPlan, expr: &Expr) -> Option<(&'a TableScan, Column)> {
    let column = match expr {
        Expr::Column(column) => column,
        Expr::Alias(alias) => return scan_of(plan, &alias.expr),
        _ => return None,
    };
    match plan {
        LogicalPlan::TableScan(scan) => {
            (scan.filters.is_empty() && scan.fetch.is_none()).then(|| (scan, column.clone()))
        }
        LogicalPlan::Projection(projection) => {
            let place = projection.schema.maybe_index_of_column(column)?;
            scan_of(&projection.input, &projection.expr[place])
        }
        LogicalPlan::SubqueryAlias(alias) => {
            let place = alias.schema.maybe_index_of_column(column)?;
            let (qualifier, field) = alias.input.schema().qualified_field(place);
            scan_of(&alias.input, &Expr::Column(Column::new(qualifier.cloned(), field.name())))
        }
        _ => None,
    }
}

/// An instant, in milliseconds, that so many events are not older than; `None` where there are not as many.
fn newest(files: &[DataFile], wanted: u64) -> Option<i64> {
    let mut files: Vec<(i64, u64)> = files.iter().filter_map(|file| times(file, |bounds| &bounds.min)).collect();
    files.sort_unstable_by_key(|(min, _)| Reverse(*min));
    reached(files, wanted)
}

/// An instant, in milliseconds, that so many events are not newer than.
fn oldest(files: &[DataFile], wanted: u64) -> Option<i64> {
    let mut files: Vec<(i64, u64)> = files.iter().filter_map(|file| times(file, |bounds| &bounds.max)).collect();
    files.sort_unstable_by_key(|(max, _)| *max);
    reached(files, wanted)
}

/// An end of a file's times, and how many events have one.
fn times(file: &DataFile, end: impl Fn(&Bounds) -> &Option<Value>) -> Option<(i64, u64)> {
    let bounds = file.columns.get(EVENT_TIME)?;
    match end(&bounds) {
        Some(Value::Millis(millis)) => Some((*millis, file.rows.saturating_sub(bounds.nulls))),
        _ => None,
    }
}

/// The end of the file with which so many events are reached.
fn reached(files: Vec<(i64, u64)>, wanted: u64) -> Option<i64> {
    let mut events = 0_u64;
    files.into_iter().find_map(|(end, of_file)| {
        events += of_file;
        (events >= wanted).then_some(end)
    })
}
