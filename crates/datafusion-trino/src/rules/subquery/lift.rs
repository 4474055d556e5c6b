//! Subqueries of expressions, joined to the rows of the query they stand in.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Result, plan_err};
use datafusion::functions::expr_fn::coalesce;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::expr::{
    AggregateFunction, Exists, InSubquery, ScalarFunction, SetComparison, SetQuantifier,
};
use datafusion::logical_expr::logical_plan::{Distinct, Subquery};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{
    AggregateUDF, Expr, ExprFunctionExt, JoinType, LogicalPlan, LogicalPlanBuilder, Operator, binary_expr, lit, when,
};

use super::domain::{Domain, is_correlated, references, same, unknown};
use crate::functions::aggregate::extreme;
use crate::functions::mark::opaque;
use crate::functions::single_row::single_row;

/// The subquery of an expression that is one.
fn subquery_of(expr: &Expr) -> Option<&Subquery> {
    match expr {
        Expr::Exists(Exists { subquery, .. })
        | Expr::InSubquery(InSubquery { subquery, .. })
        | Expr::SetComparison(SetComparison { subquery, .. })
        | Expr::ScalarSubquery(subquery) => Some(subquery),
        _ => None,
    }
}

pub(super) fn has_subquery(expr: &Expr) -> bool {
    expr.exists(|expr| Ok(subquery_of(expr).is_some())).unwrap_or(false)
}

/// Whether an expression outside of WHERE has a subquery that DataFusion does not evaluate there.
pub(super) fn needs_lift(expr: &Expr) -> Result<bool> {
    expr.exists(|expr| match (expr, subquery_of(expr)) {
        (Expr::ScalarSubquery(subquery), _) => {
            Ok(is_correlated(&subquery.subquery)? || !is_nullable(&subquery.subquery))
        }
        (_, found) => Ok(found.is_some()),
    })
}

/// Which sides of a join an expression with subqueries uses.
pub(super) fn depends_on(expr: &Expr, left: &DFSchema, right: &DFSchema) -> Result<(bool, bool)> {
    let mut uses = (false, false);
    expr.apply(|expr| {
        let side = |schema: &DFSchema| -> Result<bool> {
            Ok(match (expr, subquery_of(expr)) {
                (Expr::Column(column), _) => schema.has_column(column),
                (_, Some(subquery)) => !references(&subquery.subquery, schema)?.is_empty(),
                _ => false,
            })
        };
        uses.0 |= side(left)?;
        uses.1 |= side(right)?;
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(uses)
}

/// Whether a condition of WHERE is one DataFusion makes a semi or anti join of, as Trino means it.
pub(super) fn is_plain_condition(condition: &Expr, outer: &DFSchema) -> Result<bool> {
    match condition {
        Expr::Exists(Exists { subquery, .. }) => is_plain(&subquery.subquery, outer),
        Expr::InSubquery(InSubquery { expr, subquery, negated }) => {
            if has_subquery(expr) || (*negated && is_correlated(&subquery.subquery)?) {
                return Ok(false);
            }
            is_plain(&subquery.subquery, outer)
        }
        other => Ok(!has_subquery(other)),
    }
}

/// DataFusion looks for the value of IN in a projection.
pub(super) fn projected(condition: Expr) -> Result<Expr> {
    let Expr::InSubquery(InSubquery { expr, mut subquery, negated }) = condition else { return Ok(condition) };
    if !matches!(subquery.subquery.as_ref(), LogicalPlan::Projection(_)) {
        let columns = subquery.subquery.schema().columns().into_iter().map(Expr::Column);
        let plan = LogicalPlanBuilder::from(subquery.subquery.as_ref().clone()).project(columns)?.build()?;
        subquery.subquery = Arc::new(plan);
    }
    Ok(Expr::InSubquery(InSubquery { expr, subquery, negated }))
}

/// Depends on nothing, or on the outer query in its own WHERE only.
fn is_plain(plan: &LogicalPlan, outer: &DFSchema) -> Result<bool> {
    if !is_correlated(plan)? {
        return Ok(true);
    }
    match plan {
        LogicalPlan::Projection(projection) => {
            Ok(!projection.expr.iter().any(Expr::contains_outer) && is_plain(&projection.input, outer)?)
        }
        LogicalPlan::SubqueryAlias(alias) => is_plain(&alias.input, outer),
        LogicalPlan::Filter(filter) => {
            let known = |expr: &Expr| match expr {
                Expr::OuterReferenceColumn(_, column) => outer.has_column(column),
                _ => true,
            };
            let only_this = !filter.predicate.exists(|expr| Ok(!known(expr)))?;
            Ok(only_this && !has_subquery(&filter.predicate) && is_plain(&filter.input, outer)?)
        }
        _ => Ok(false),
    }
}

/// An aggregate without groups over rows found by equality with outer values.
fn is_plain_total(plan: &LogicalPlan, outer: &DFSchema) -> Result<bool> {
    match plan {
        LogicalPlan::Projection(projection) => {
            Ok(!projection.expr.iter().any(Expr::contains_outer) && is_plain_total(&projection.input, outer)?)
        }
        LogicalPlan::SubqueryAlias(alias) => is_plain_total(&alias.input, outer),
        LogicalPlan::Aggregate(aggregate) => {
            let own = !aggregate.aggr_expr.iter().any(Expr::contains_outer);
            Ok(own && aggregate.group_expr.is_empty() && finds_by_equality(&aggregate.input, outer)?)
        }
        _ => Ok(false),
    }
}

fn finds_by_equality(plan: &LogicalPlan, outer: &DFSchema) -> Result<bool> {
    let is_equality = |condition: &&Expr| match condition {
        Expr::BinaryExpr(binary) if binary.op == Operator::Eq => {
            matches!(
                (binary.left.as_ref(), binary.right.as_ref()),
                (Expr::Column(_), Expr::OuterReferenceColumn(..)) | (Expr::OuterReferenceColumn(..), Expr::Column(_))
            )
        }
        other => !other.contains_outer(),
    };
    match plan {
        LogicalPlan::Filter(filter) => {
            Ok(split_conjunction(&filter.predicate).iter().all(is_equality) && is_plain(plan, outer)?)
        }
        _ => Ok(false),
    }
}

/// Whether a plan has one row at most, whatever the data.
fn is_single_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(projection) => is_single_row(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => is_single_row(&alias.input),
        LogicalPlan::Sort(sort) => is_single_row(&sort.input),
        LogicalPlan::Filter(filter) => is_single_row(&filter.input),
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        other => other.max_rows().is_some_and(|most| most <= 1),
    }
}

fn is_nullable(plan: &LogicalPlan) -> bool {
    plan.schema().fields().iter().all(|field| field.is_nullable())
}

/// A scalar subquery without rows is NULL, whatever its column says of itself.
fn nullable(subquery: &Subquery) -> Result<Expr> {
    let plan = subquery.subquery.as_ref().clone();
    let schema = Arc::clone(plan.schema());
    let columns = schema.columns().into_iter().zip(schema.iter()).map(|(column, (qualifier, field))| {
        let value = ScalarFunction::new_udf(opaque(), vec![Expr::Column(column)]);
        Expr::ScalarFunction(value).alias_qualified(qualifier.cloned(), field.name())
    });
    let plan = LogicalPlanBuilder::from(plan).project(columns.collect::<Vec<_>>())?.build()?;
    Ok(Expr::ScalarSubquery(Subquery { subquery: Arc::new(plan), ..subquery.clone() }))
}

/// The input of a node, joined with the subqueries of its expressions one after the other.
pub(super) struct Lift<'n> {
    pub(super) input: LogicalPlan,
    number: &'n mut usize,
}

/// A subquery made independent.
struct Results {
    plan: LogicalPlan,
    keys: Vec<Column>,
    /// The values of the keys in the outer query.
    outer: Vec<Expr>,
    /// The one column of the subquery.
    value: Column,
}

impl Results {
    fn keys(&self) -> Vec<Expr> {
        self.keys.iter().cloned().map(Expr::Column).collect()
    }

    fn value(&self) -> Expr {
        Expr::Column(self.value.clone())
    }
}

impl Lift<'_> {
    pub(super) fn new(input: LogicalPlan, number: &mut usize) -> Lift<'_> {
        Lift { input, number }
    }

    /// The expression over the input, with columns in place of its subqueries. Within WHERE some are
    /// left, for DataFusion to plan.
    pub(super) fn expression(&mut self, expr: Expr, in_where: bool) -> Result<Transformed<Expr>> {
        expr.transform_up(|expr| {
            let Some(subquery) = subquery_of(&expr) else { return Ok(Transformed::no(expr)) };
            let plan = Arc::clone(&subquery.subquery);
            match &expr {
                Expr::ScalarSubquery(_) => {
                    let schema = Arc::clone(self.input.schema());
                    if !is_correlated(&plan)? && !is_nullable(&plan) {
                        return nullable(subquery).map(Transformed::yes);
                    }
                    if !is_correlated(&plan)? || (in_where && is_plain_total(&plan, &schema)?) {
                        return Ok(Transformed::no(expr));
                    }
                    self.scalar(&plan).map(Transformed::yes)
                }
                Expr::Exists(Exists { negated, .. }) => {
                    if in_where && is_plain(&plan, self.input.schema())? {
                        return Ok(Transformed::no(expr));
                    }
                    self.exists(&plan, *negated).map(Transformed::yes)
                }
                Expr::InSubquery(InSubquery { expr, negated, .. }) => {
                    self.contains(expr, &plan, *negated).map(Transformed::yes)
                }
                Expr::SetComparison(comparison) => self.quantified(comparison).map(Transformed::yes),
                _ => Ok(Transformed::no(expr)),
            }
        })
    }

    fn next(&mut self) -> usize {
        *self.number += 1;
        *self.number
    }

    fn results(&mut self, plan: &LogicalPlan) -> Result<Results> {
        let [value] = <[Column; 1]>::try_from(plan.schema().columns())
            .or_else(|columns| plan_err!("a subquery must give one column here, not {}", columns.len()))?;
        let references = references(plan, self.input.schema())?;
        if references.is_empty() {
            return Ok(Results { plan: plan.clone(), keys: vec![], outer: vec![], value });
        }
        let number = self.next();
        let domain = Domain::new(&self.input, references, number)?;
        let pushed = domain.push(plan)?;
        Ok(Results { plan: pushed, keys: domain.keys().to_vec(), outer: domain.outer()?, value })
    }

    /// Joins a plan that has the keys of the results first; every join has names of its own for them.
    fn join(&mut self, results: &Results, right: LogicalPlan, more: Option<Expr>) -> Result<()> {
        let number = self.next();
        let columns = right.schema().columns();
        let renamed: Vec<Column> =
            (0..results.keys.len()).map(|i| Column::new_unqualified(format!("key:{number}:{i}"))).collect();
        let keys = results.keys.iter().zip(&renamed).map(|(key, to)| Expr::Column(key.clone()).alias(&to.name));
        let rest = columns.into_iter().filter(|column| !results.keys.contains(column)).map(Expr::Column);
        let right = LogicalPlanBuilder::from(right).project(keys.chain(rest).collect::<Vec<_>>())?.build()?;
        let equal = results.outer.iter().zip(renamed).map(|(value, key)| same(value.clone(), Expr::Column(key)));
        let mut conditions: Vec<Expr> = equal.chain(more).collect();
        if conditions.is_empty() {
            conditions.push(lit(true));
        }
        let left = LogicalPlanBuilder::from(self.input.clone());
        self.input = left.join_on(right, JoinType::Left, conditions)?.build()?;
        Ok(())
    }

    fn scalar(&mut self, plan: &LogicalPlan) -> Result<Expr> {
        let number = self.next();
        let results = self.results(plan)?;
        let value = format!("value:{number}");
        let mut right = LogicalPlanBuilder::from(results.plan.clone());
        if !is_single_row(plan) {
            let place = format!("row:{number}");
            let mut counted = row_number();
            if !results.keys.is_empty() {
                counted = counted.partition_by(results.keys()).build()?;
            }
            let place_column = Expr::Column(Column::new_unqualified(&place));
            let check = ScalarFunction::new_udf(single_row(), vec![place_column]);
            right = right.window([counted.alias(place)])?.filter(Expr::ScalarFunction(check))?;
        }
        let columns = results.keys().into_iter().chain([results.value().alias(&value)]);
        let right = right.project(columns)?.build()?;
        self.join(&results, right, None)?;
        Ok(Expr::Column(Column::new_unqualified(value)))
    }

    fn exists(&mut self, plan: &LogicalPlan, negated: bool) -> Result<Expr> {
        let number = self.next();
        // EXISTS cares for no column; one is enough.
        let first = plan.schema().columns().into_iter().next().map(Expr::Column);
        let plan = LogicalPlanBuilder::from(plan.clone())
            .project([first.map_or_else(|| lit(true), |first| first.is_null()).alias(format!("row:{number}"))])?
            .build()?;
        let results = self.results(&plan)?;
        let mark = format!("found:{number}");
        let columns = results.keys().into_iter().chain([lit(true).alias(&mark)]);
        let right = LogicalPlanBuilder::from(results.plan.clone()).project(columns)?;
        let right = if results.keys.is_empty() { right.limit(0, Some(1))? } else { right.distinct()? };
        self.join(&results, right.build()?, None)?;
        let mark = Expr::Column(Column::new_unqualified(mark));
        Ok(if negated { mark.is_null() } else { mark.is_not_null() })
    }

    /// `x IN (subquery)`: NULL when it is not found, and x or one of the values is NULL.
    fn contains(&mut self, value: &Expr, plan: &LogicalPlan, negated: bool) -> Result<Expr> {
        let number = self.next();
        let results = self.results(plan)?;
        let (item, mark) = (format!("item:{number}"), format!("found:{number}"));
        let columns = results.keys().into_iter().chain([results.value().alias(&item), lit(true).alias(&mark)]);
        let items = LogicalPlanBuilder::from(results.plan.clone())
            .filter(results.value().is_not_null())?
            .project(columns)?
            .build()?;
        let items = LogicalPlan::Distinct(Distinct::All(Arc::new(items)));
        let is_it = value.clone().eq(Expr::Column(Column::new_unqualified(item)));
        self.join(&results, items, Some(is_it))?;
        let totals = self.totals(&results, &[])?;
        let found = Expr::Column(Column::new_unqualified(mark)).is_not_null();
        let uncertain = value.clone().is_null().or(totals.has_null());
        let result = when(found, lit(true))
            .when(totals.is_empty(), lit(false))
            .when(uncertain, unknown())
            .otherwise(lit(false))?;
        Ok(if negated { Expr::Not(Box::new(result)) } else { result })
    }

    fn quantified(&mut self, comparison: &SetComparison) -> Result<Expr> {
        let SetComparison { expr, subquery, op, quantifier } = comparison;
        let plan = &subquery.subquery;
        let all = *quantifier == SetQuantifier::All;
        match (op, all) {
            (Operator::Eq, false) => return self.contains(expr, plan, false),
            (Operator::NotEq, true) => return self.contains(expr, plan, true),
            _ => {}
        }
        let results = self.results(plan)?;
        let value = expr.as_ref().clone();
        // What is not asked for is not aggregated.
        let extremes: &[bool] = match op {
            Operator::Lt | Operator::LtEq => &[all],
            Operator::Gt | Operator::GtEq => &[!all],
            _ => &[true, false],
        };
        let totals = self.totals(&results, extremes)?;
        let bound = totals.extreme(0);
        // It holds for all when it holds for the extreme that is hardest to pass, for any when it holds
        // for the easiest.
        let holds = match op {
            Operator::Eq | Operator::NotEq => value.clone().eq(bound).and(value.clone().eq(totals.extreme(1))),
            Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq => binary_expr(value.clone(), *op, bound),
            other => return plan_err!("{other} takes no ANY and no ALL"),
        };
        // `<> ANY` is the opposite of `= ALL`.
        let opposite = *op == Operator::NotEq;
        let result = if all || opposite {
            when(totals.is_empty(), lit(true))
                .when(value.is_null(), unknown())
                .when(Expr::Not(Box::new(holds)), lit(false))
                .when(totals.has_null(), unknown())
                .otherwise(lit(true))?
        } else {
            when(totals.is_empty(), lit(false))
                .when(value.is_null(), unknown())
                .when(holds, lit(true))
                .when(totals.has_null(), unknown())
                .otherwise(lit(false))?
        };
        Ok(if opposite { Expr::Not(Box::new(result)) } else { result })
    }

    /// Joins the counts of rows and of values, and the extremes asked for (true: the least).
    fn totals(&mut self, results: &Results, extremes: &[bool]) -> Result<Totals> {
        let number = self.next();
        let aggregate = |function: Arc<AggregateUDF>, of: Expr, name: String| {
            let call = AggregateFunction::new_udf(function, vec![of], false, None, vec![], None);
            Expr::AggregateFunction(call).alias(name)
        };
        let mut functions = vec![
            aggregate(count_udaf(), lit(1i64), format!("rows:{number}")),
            aggregate(count_udaf(), results.value(), format!("values:{number}")),
        ];
        for (i, least) in extremes.iter().enumerate() {
            functions.push(aggregate(extreme(*least), results.value(), format!("extreme:{number}:{i}")));
        }
        let right = LogicalPlanBuilder::from(results.plan.clone()).aggregate(results.keys(), functions)?.build()?;
        self.join(results, right, None)?;
        Ok(Totals { number })
    }
}

/// The columns of [`Lift::totals`].
struct Totals {
    number: usize,
}

impl Totals {
    fn column(&self, name: &str) -> Expr {
        Expr::Column(Column::new_unqualified(format!("{name}:{}", self.number)))
    }

    fn is_empty(&self) -> Expr {
        coalesce(vec![self.column("rows"), lit(0i64)]).eq(lit(0i64))
    }

    fn has_null(&self) -> Expr {
        self.column("values").lt(self.column("rows"))
    }

    fn extreme(&self, which: usize) -> Expr {
        Expr::Column(Column::new_unqualified(format!("extreme:{}:{which}", self.number)))
    }
}
