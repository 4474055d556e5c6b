//! The optimizer rule that counts dictionary codes instead of rows.
//!
//! Where groups, conditions and aggregates read nothing but columns of few values, the rows of a row group differ in a
//! few hundred ways. The scan is then replaced by one that gives each combination of values once, with how often it
//! occurs ([`scan`]), and the aggregates count with that weight:
//!
//! | asked for | becomes |
//! | --- | --- |
//! | `count(*)` | `sum(n)` |
//! | `count(errorCode)` | `sum(CASE WHEN errorCode IS NOT NULL THEN n ELSE 0 END)` |
//! | `min(awsRegion)`, `count(DISTINCT awsRegion)` | the same |
//!
//! A side of an inner join is read so, too, where nothing else of it is wanted ([`joins`]).
//!
//! Conditions stay above the scan; those on one of the columns of texts keep its rows from being counted, too ([`wanted`]).
//!
//! `eventTime` takes part where it is read through `date_trunc` alone ([`times`]): the scan cuts it to the smallest of the
//! units, and keeps to the bounds that conditions set. Other conditions stay above the scan, which sees them too, to
//! leave out files and row groups.

use std::sync::Arc;

use datafusion::catalog::default_table_source::{provider_as_source, source_as_provider};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result};
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::logical_plan::{Aggregate, Projection, SubqueryAlias, TableScan};
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{Expr, Filter, LogicalPlan, LogicalPlanBuilder, when};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use datafusion::prelude::{coalesce, lit};
use traillake_event::schema::{Kind, Schema};

use crate::table::EventTable;
use scan::{Counted, CountedTable};
use times::Read;

mod codes;
mod joins;
pub(crate) mod kept;
pub(crate) mod scan;
mod tally;
mod times;
mod wanted;

/// The column that says how often a combination occurs. No record has a member of this name.
pub(crate) const COUNT: &str = "$count";

/// Three dictionaries of a row group have fewer combinations than there are 64-bit numbers; of more columns most rows
/// are unlike.
const COLUMNS_MAX: usize = 3;

/// See the module.
#[derive(Debug)]
pub(crate) struct Counts;

impl OptimizerRule for Counts {
    fn name(&self) -> &str {
        "traillake_counts"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(aggregate) = &plan else { return Ok(Transformed::no(plan)) };
        Ok(match counted(aggregate)? {
            Some(counted) => Transformed::yes(counted),
            None => Transformed::no(plan),
        })
    }
}

/// The same aggregate over combinations; `None` where it cannot be.
fn counted(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    if aggregate.group_expr.iter().any(|expr| matches!(expr, Expr::GroupingSet(_))) {
        return Ok(None);
    }
    if !aggregate.aggr_expr.iter().all(|expr| as_call(expr).is_some_and(|call| kind(call).is_some())) {
        return Ok(None);
    }
    let below = match weighed(aggregate)? {
        Some(below) => Some(below),
        None => joins::weighed(aggregate)?,
    };
    let Some(below) = below else { return Ok(None) };
    let count = count_of(&below)?;
    let weighted = aggregate.aggr_expr.iter().map(|expr| weighted(expr, &count)).collect::<Result<Vec<_>>>()?;
    let groups = aggregate.group_expr.clone();
    let again = Aggregate::try_new(Arc::new(below), groups, weighted)?;
    named_alike(again, aggregate).map(Some)
}

/// What an aggregate reads, each combination once, with [`COUNT`]; `None` where it cannot be.
fn weighed(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    let mut chain = Vec::new();
    let LogicalPlan::TableScan(scan) = below(&aggregate.input, &mut chain) else { return Ok(None) };
    let conditions = match chain.last() {
        Some(LogicalPlan::Filter(filter)) => {
            chain.pop();
            split_conjunction(&filter.predicate)
        }
        _ => Vec::new(),
    };
    let provider = source_as_provider(&scan.source)?;
    let Some(table) = provider.downcast_ref::<EventTable>() else { return Ok(None) };
    if scan.fetch.is_some() {
        return Ok(None);
    }
    let own = aggregate.group_expr.iter().chain(&aggregate.aggr_expr);
    let read = own.chain(chain.iter().flat_map(|node| expressions(node))).chain(conditions.iter().copied());
    // What gives another answer each time is asked for each row.
    if read.into_iter().any(Expr::is_volatile) {
        return Ok(None);
    }
    let (conditions, bounds) = times::bounds(conditions);
    let read = Read { conditions: &conditions, chain: &chain, aggregate, bounds: &bounds };
    let Some(columns) = columns(table.events(), scan, &read) else { return Ok(None) };

    let counted = CountedTable::new(Arc::clone(&provider), columns);
    let source = provider_as_source(Arc::new(counted));
    let mut below =
        LogicalPlanBuilder::scan_with_filters(scan.table_name.clone(), source, None, scan.filters.clone())?.build()?;
    if let Some(predicate) = conjunction(conditions.into_iter().cloned()) {
        below = LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(below))?);
    }
    over_chain(&chain, below).map(Some)
}

/// The plan below nodes that keep each row by itself; these, outermost first.
fn below<'a>(plan: &'a LogicalPlan, chain: &mut Vec<&'a LogicalPlan>) -> &'a LogicalPlan {
    let input = match plan {
        LogicalPlan::Filter(filter) => &filter.input,
        LogicalPlan::Projection(projection) => &projection.input,
        LogicalPlan::SubqueryAlias(alias) => &alias.input,
        other => return other,
    };
    chain.push(plan);
    below(input, chain)
}

fn expressions(node: &LogicalPlan) -> Vec<&Expr> {
    match node {
        LogicalPlan::Filter(filter) => vec![&filter.predicate],
        LogicalPlan::Projection(projection) => projection.expr.iter().collect(),
        _ => Vec::new(),
    }
}

/// The column of a plan that says how often a row stands for one.
fn count_of(plan: &LogicalPlan) -> Result<Expr> {
    let (qualifier, field) = plan.schema().qualified_field_with_unqualified_name(COUNT)?;
    Ok(Expr::Column(Column::new(qualifier.cloned(), field.name())))
}

/// The nodes of a chain over another input, with the count carried through.
fn over_chain(chain: &[&LogicalPlan], input: LogicalPlan) -> Result<LogicalPlan> {
    chain.iter().rev().try_fold(input, |below, node| over(node, below))
}

fn over(node: &LogicalPlan, input: LogicalPlan) -> Result<LogicalPlan> {
    let count = count_of(&input)?;
    let input = Arc::new(input);
    Ok(match node {
        LogicalPlan::Filter(filter) => LogicalPlan::Filter(Filter::try_new(filter.predicate.clone(), input)?),
        LogicalPlan::Projection(projection) => {
            let columns = projection.expr.iter().cloned().chain([count]).collect();
            LogicalPlan::Projection(Projection::try_new(columns, input)?)
        }
        LogicalPlan::SubqueryAlias(alias) => {
            LogicalPlan::SubqueryAlias(SubqueryAlias::try_new(input, alias.alias.clone())?)
        }
        other => other.clone(),
    })
}

/// How an aggregate takes weights.
enum Weight {
    /// It counts rows: of its argument those that are not NULL.
    Counts,
    /// It is the same however often a value occurs.
    Indifferent,
}

fn as_call(expr: &Expr) -> Option<&AggregateFunction> {
    match expr {
        Expr::AggregateFunction(call) => Some(call),
        Expr::Alias(alias) => as_call(&alias.expr),
        _ => None,
    }
}

fn kind(call: &AggregateFunction) -> Option<Weight> {
    let params = &call.params;
    if params.filter.is_some() || !params.order_by.is_empty() {
        return None;
    }
    match (call.func.name(), params.distinct, params.args.len()) {
        ("count", false, 1) => Some(Weight::Counts),
        ("count" | "min" | "max", _, 1) => Some(Weight::Indifferent),
        _ => None,
    }
}

fn weighted(expr: &Expr, count: &Expr) -> Result<Expr> {
    let Some(call) = as_call(expr) else { return Ok(expr.clone()) };
    let (Some(Weight::Counts), [counted]) = (kind(call), call.params.args.as_slice()) else { return Ok(expr.clone()) };
    let weight = match counted {
        Expr::Literal(value, _) if !value.is_null() => count.clone(),
        counted => when(counted.clone().is_not_null(), count.clone()).otherwise(lit(0_i64))?,
    };
    // Under its own name: two that count every row are alike else, as `count(*)` and `count('x')`.
    Ok(sum(weight).alias(expr.schema_name().to_string()))
}

/// Gives the columns of an aggregate the names of another's.
fn named_alike(aggregate: Aggregate, named: &Aggregate) -> Result<LogicalPlan> {
    let groups = named.group_expr.len();
    let counts = |place: usize| {
        let call = place.checked_sub(groups).and_then(|place| as_call(&named.aggr_expr[place]));
        matches!(call.and_then(kind), Some(Weight::Counts))
    };
    let columns = aggregate.schema.iter().zip(named.schema.iter()).enumerate();
    let columns = columns.map(|(place, ((qualifier, field), (wanted, name)))| {
        let column = Expr::Column(Column::new(qualifier.cloned(), field.name()));
        match counts(place) {
            // Without any rows a count is 0.
            true => coalesce(vec![column, lit(0_i64)]).alias_qualified(wanted.cloned(), name.name()),
            // The optimizer carries a renamed column along under both names.
            false if qualifier == wanted && field.name() == name.name() => column,
            false => column.alias_qualified(wanted.cloned(), name.name()),
        }
    });
    let columns = columns.collect();
    Ok(LogicalPlan::Projection(Projection::try_new(columns, Arc::new(LogicalPlan::Aggregate(aggregate)))?))
}

/// How each column of the scan is counted; `None` where one cannot be.
fn columns(schema: &Schema, scan: &TableScan, read: &Read<'_>) -> Option<Vec<Counted>> {
    let mut columns = Vec::new();
    for field in scan.projected_schema.fields() {
        let column = schema.column(field.name())?;
        columns.push(match column.kind {
            Kind::Text if column.dictionary => Counted::Text(column.name.clone()),
            Kind::Time => read.time(&column.name)?,
            _ => return None,
        });
    }
    let times = columns.iter().filter(|column| matches!(column, Counted::Time { .. })).count();
    (times <= 1 && !columns.is_empty() && columns.len() - times <= COLUMNS_MAX).then_some(columns)
}

fn unaliased(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => unaliased(&alias.expr),
        other => other,
    }
}
