//! Subqueries and lateral joins that DataFusion does not plan, or not with Trino's NULLs.
//!
//! DataFusion turns EXISTS and IN in WHERE into semi joins, evaluates subqueries that depend on nothing,
//! and decorrelates the plain forms; those are left to it. Everything else becomes a join here:
//! - LATERAL with aggregates, LIMIT, DISTINCT, windows, UNNEST;
//! - scalar subqueries that depend on the outer query in any of these ways;
//! - EXISTS, IN and quantified comparisons outside of WHERE, where NULL and false differ.

mod domain;
mod lift;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::not_impl_err;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::logical_plan::{Filter, Join, Projection, Subquery, SubqueryAlias};
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{Expr, JoinType, LogicalPlan, LogicalPlanBuilder, lit};
use datafusion::optimizer::AnalyzerRule;

use domain::{Domain, references};
use lift::{Lift, has_subquery, needs_lift};

/// Plans dependent subqueries as joins.
#[derive(Debug)]
pub(crate) struct DependentSubqueries;

impl AnalyzerRule for DependentSubqueries {
    fn name(&self) -> &str {
        "trino_subqueries"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let mut number = 0;
        // Innermost first: what is left of a subquery depends on queries further out only.
        let plan = plan.transform_up_with_subqueries(|plan| {
            let plan = lateral(plan, &mut number)?;
            let lifted = subqueries(plan.data, &mut number)?;
            Ok(Transformed::new_transformed(lifted.data, plan.transformed || lifted.transformed))
        })?;
        if plan.transformed { super::unnest::recompute(plan.data) } else { Ok(plan.data) }
    }
}

/// A join with a lateral right side: its subquery without the wrapper, when it is one.
fn unwrapped(plan: &LogicalPlan) -> Result<Option<LogicalPlan>> {
    Ok(match plan {
        LogicalPlan::Subquery(Subquery { subquery, .. }) => Some(subquery.as_ref().clone()),
        LogicalPlan::SubqueryAlias(alias) => match unwrapped(&alias.input)? {
            Some(input) => {
                let alias = SubqueryAlias::try_new(Arc::new(input), alias.alias.clone())?;
                Some(LogicalPlan::SubqueryAlias(alias))
            }
            None => None,
        },
        LogicalPlan::Projection(projection) => match unwrapped(&projection.input)? {
            Some(input) => {
                let projection = Projection::try_new(projection.expr.clone(), Arc::new(input))?;
                Some(LogicalPlan::Projection(projection))
            }
            None => None,
        },
        _ => None,
    })
}

fn lateral(plan: LogicalPlan, number: &mut usize) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Join(join) = &plan else { return Ok(Transformed::no(plan)) };
    let Some(right) = unwrapped(&join.right)? else { return Ok(Transformed::no(plan)) };
    let references = references(&right, join.left.schema())?;
    let mut conditions: Vec<Expr> = Vec::new();
    conditions.extend(join.on.iter().map(|(left, right)| left.clone().eq(right.clone())));
    conditions.extend(join.filter.clone());
    let right = if references.is_empty() {
        right
    } else {
        if !matches!(join.join_type, JoinType::Inner | JoinType::Left) {
            return not_impl_err!("{} JOIN LATERAL cannot use columns of the left side", join.join_type);
        }
        *number += 1;
        let domain = Domain::new(&join.left, references, *number)?;
        let pushed = domain.push(&right)?;
        conditions.splice(0..0, domain.conditions()?);
        pushed
    };
    if conditions.is_empty() {
        conditions.push(lit(true));
    }
    let columns = join.schema.columns().into_iter().map(Expr::Column);
    let joined = LogicalPlanBuilder::from(join.left.as_ref().clone())
        .join_on(right, join.join_type, conditions)?
        .project(columns)?
        .build()?;
    Ok(Transformed::yes(joined))
}

fn subqueries(plan: LogicalPlan, number: &mut usize) -> Result<Transformed<LogicalPlan>> {
    match &plan {
        LogicalPlan::Filter(filter) => match filtered(filter, number)? {
            Some(new) => Ok(Transformed::yes(new)),
            None => Ok(Transformed::no(plan)),
        },
        LogicalPlan::Projection(_) | LogicalPlan::Aggregate(_) => lifted(plan, number, false),
        LogicalPlan::Window(_) | LogicalPlan::Sort(_) => lifted(plan, number, true),
        LogicalPlan::Join(join) => match joined(join, number)? {
            Some(new) => Ok(Transformed::yes(new)),
            None => Ok(Transformed::no(plan)),
        },
        _ => Ok(Transformed::no(plan)),
    }
}

/// The subqueries of a WHERE: as conditions of their own, DataFusion's semi joins serve best.
fn filtered(filter: &Filter, number: &mut usize) -> Result<Option<LogicalPlan>> {
    let mut lift = Lift::new(filter.input.as_ref().clone(), number);
    let mut conditions = Vec::new();
    let mut changed = false;
    for condition in split_conjunction(&filter.predicate) {
        let new = match lift::is_plain_condition(condition, filter.input.schema())? {
            true => {
                let projected = lift::projected(condition.clone())?;
                let differs = projected != *condition;
                Transformed::new_transformed(projected, differs)
            }
            false => lift.expression(condition.clone(), true)?,
        };
        changed |= new.transformed;
        conditions.push(new.data);
    }
    if !changed {
        return Ok(None);
    }
    let columns = filter.input.schema().columns();
    let plan = LogicalPlanBuilder::from(lift.input);
    let plan = match conjunction(conditions) {
        Some(condition) => plan.filter(condition)?,
        None => plan,
    };
    Ok(Some(plan.project(columns.into_iter().map(Expr::Column))?.build()?))
}

/// A node over its input joined with what its subqueries give.
fn lifted(plan: LogicalPlan, number: &mut usize, passes_input: bool) -> Result<Transformed<LogicalPlan>> {
    let mut wanted = false;
    plan.apply_expressions(|expr| {
        wanted |= needs_lift(expr)?;
        Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
    })?;
    let inputs = plan.inputs();
    let [input] = inputs.as_slice() else { return Ok(Transformed::no(plan)) };
    if !wanted {
        return Ok(Transformed::no(plan));
    }
    let schema = Arc::clone(plan.schema());
    let mut lift = Lift::new((*input).clone(), number);
    let exprs = plan.expressions().into_iter().map(|expr| {
        let (qualifier, name) = expr.qualified_name();
        let lifted = lift.expression(expr, false)?;
        Ok(match lifted.data {
            changed if !lifted.transformed || matches!(changed, Expr::Alias(_)) || passes_input => changed,
            changed => changed.alias_qualified(qualifier, name),
        })
    });
    let exprs = exprs.collect::<Result<Vec<_>>>()?;
    let new = plan.with_new_exprs(exprs, vec![lift.input])?;
    if !passes_input {
        return Ok(Transformed::yes(new));
    }
    let columns = schema.columns().into_iter().map(Expr::Column);
    Ok(Transformed::yes(LogicalPlanBuilder::from(new).project(columns)?.build()?))
}

/// Subqueries in ON: of an inner join they may as well stand in WHERE; of an outer join they are joined
/// to the side whose rows they depend on.
fn joined(join: &Join, number: &mut usize) -> Result<Option<LogicalPlan>> {
    let Some(filter) = join.filter.as_ref().filter(|filter| has_subquery(filter)) else { return Ok(None) };
    let columns = join.schema.columns().into_iter().map(Expr::Column);
    let bare = |left: LogicalPlan, right: LogicalPlan, filter: Expr| {
        let on = join.on.iter().map(|(left, right)| left.clone().eq(right.clone()));
        LogicalPlanBuilder::from(left).join_on(right, join.join_type, on.chain([filter]))
    };
    if join.join_type == JoinType::Inner {
        let plan = bare(join.left.as_ref().clone(), join.right.as_ref().clone(), lit(true))?.build()?;
        let filter = Filter::try_new(filter.clone(), Arc::new(plan))?;
        let plan = filtered(&filter, number)?.unwrap_or(LogicalPlan::Filter(filter));
        return Ok(Some(plan));
    }
    let (mut left, mut right) = (join.left.as_ref().clone(), join.right.as_ref().clone());
    let mut conditions = Vec::new();
    for condition in split_conjunction(filter) {
        let condition = condition.clone();
        if !has_subquery(&condition) {
            conditions.push(condition);
            continue;
        }
        let side = match lift::depends_on(&condition, left.schema(), right.schema())? {
            (_, false) => &mut left,
            (false, true) => &mut right,
            (true, true) => {
                return not_impl_err!(
                    "a subquery in ON of {} JOIN cannot use columns of both sides; move it into a side",
                    join.join_type
                );
            }
        };
        let mut lift = Lift::new(side.clone(), number);
        conditions.push(lift.expression(condition, false)?.data);
        *side = lift.input;
    }
    let filter = conjunction(conditions).unwrap_or_else(|| lit(true));
    Ok(Some(bare(left, right, filter)?.project(columns)?.build()?))
}
