//! The plan of a subquery that depends on an outer query, made independent.
//!
//! A subquery that reads columns of an outer row means: one result for each outer row. It depends only
//! on the values of those columns, so it is enough to have one result for each distinct combination of
//! them: the domain. The domain is pushed down the plan of the subquery to where the values are used,
//! and every node on the way keeps the results of the combinations apart. What comes out is an ordinary
//! plan with the domain's columns beside its own, to be joined with the outer rows on equal values.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Result, ScalarValue, not_impl_err};
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::expr::{AggregateFunction, ScalarFunction, Sort as SortExpr, WindowFunction};
use datafusion::logical_expr::logical_plan::{
    Aggregate, Distinct, Filter, Join, Limit, Projection, SubqueryAlias, Unnest, Values, Window,
};
use datafusion::logical_expr::{Expr, ExprFunctionExt, JoinType, LogicalPlan, LogicalPlanBuilder, lit};

use super::super::unnest::Unnested;
use crate::functions::mark::opaque;

/// The outer values a subquery depends on.
#[derive(Debug)]
pub(super) struct Domain {
    /// What is taken from an outer row, as the subquery refers to it.
    references: Vec<Expr>,
    /// The columns of `plan` that hold these values, in the same order.
    keys: Vec<Column>,
    /// One row for each combination of values.
    plan: LogicalPlan,
}

/// Whether an expression is a value of an outer row with this schema: a column or a field of one.
fn is_reference(expr: &Expr, outer: &DFSchema) -> bool {
    match expr {
        Expr::OuterReferenceColumn(_, column) => outer.has_column(column),
        Expr::ScalarFunction(call) if call.name() == "get_field" => match call.args.split_first() {
            Some((of, path)) => is_reference(of, outer) && path.iter().all(|step| matches!(step, Expr::Literal(..))),
            None => false,
        },
        _ => false,
    }
}

/// What a plan takes from outer rows with this schema, each once.
pub(super) fn references(plan: &LogicalPlan, outer: &DFSchema) -> Result<Vec<Expr>> {
    let mut found: Vec<Expr> = Vec::new();
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                if !is_reference(expr, outer) {
                    return Ok(TreeNodeRecursion::Continue);
                }
                if !found.contains(expr) {
                    found.push(expr.clone());
                }
                Ok(TreeNodeRecursion::Jump)
            })
        })
    })?;
    Ok(found)
}

/// Whether a plan takes anything from any outer row.
pub(super) fn is_correlated(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            found |= expr.exists(|expr| Ok(matches!(expr, Expr::OuterReferenceColumn(..))))?;
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })
    })?;
    Ok(found)
}

/// The value of an outer row as the outer query itself writes it.
fn within_outer(reference: &Expr) -> Result<Expr> {
    let expr = reference.clone().transform(|expr| {
        Ok(match expr {
            Expr::OuterReferenceColumn(_, column) => Transformed::yes(Expr::Column(column)),
            other => Transformed::no(other),
        })
    })?;
    Ok(expr.data)
}

fn column(column: &Column) -> Expr {
    Expr::Column(column.clone())
}

/// Equal values, NULLs included.
pub(super) fn same(left: Expr, right: Expr) -> Expr {
    datafusion::logical_expr::binary_expr(left, datafusion::logical_expr::Operator::IsNotDistinctFrom, right)
}

impl Domain {
    /// The domain of these references over the outer plan; `number` makes its columns unique.
    pub(super) fn new(outer: &LogicalPlan, references: Vec<Expr>, number: usize) -> Result<Domain> {
        let keys: Vec<Column> =
            (0..references.len()).map(|i| Column::new_unqualified(format!("outer:{number}:{i}"))).collect();
        let values = references.iter().zip(&keys).map(|(reference, key)| Ok(within_outer(reference)?.alias(&key.name)));
        let values = values.collect::<Result<Vec<_>>>()?;
        let opaque = keys.iter().map(|key| {
            let value = ScalarFunction::new_udf(opaque(), vec![column(key)]);
            Expr::ScalarFunction(value).alias(&key.name)
        });
        let opaque: Vec<Expr> = opaque.collect();
        let plan = LogicalPlanBuilder::from(outer.clone()).project(values)?.distinct()?.project(opaque)?.build()?;
        Ok(Domain { references, keys, plan })
    }

    pub(super) fn keys(&self) -> &[Column] {
        &self.keys
    }

    /// The values of the keys as the outer query writes them.
    pub(super) fn outer(&self) -> Result<Vec<Expr>> {
        self.references.iter().map(within_outer).collect()
    }

    /// The conditions that join an outer row with the results for its values.
    pub(super) fn conditions(&self) -> Result<Vec<Expr>> {
        Ok(self.outer()?.into_iter().zip(&self.keys).map(|(value, key)| same(value, column(key))).collect())
    }

    fn key_columns(&self) -> impl Iterator<Item = Expr> + '_ {
        self.keys.iter().map(column)
    }

    fn concerns(&self, plan: &LogicalPlan) -> Result<bool> {
        let mut found = false;
        plan.apply_with_subqueries(|node| {
            node.apply_expressions(|expr| {
                found |= expr.exists(|expr| Ok(self.references.contains(expr)))?;
                Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
            })
        })?;
        Ok(found)
    }

    /// An expression of the subquery over columns of the domain.
    fn resolve(&self, expr: &Expr) -> Result<Expr> {
        let expr = expr.clone().transform_down(|expr| {
            let known = self.references.iter().position(|reference| *reference == expr);
            Ok(match known.and_then(|at| self.keys.get(at)) {
                Some(key) => Transformed::new(column(key), true, TreeNodeRecursion::Jump),
                None => Transformed::no(expr),
            })
        })?;
        Ok(expr.data)
    }

    /// The same, under the name it had.
    fn resolve_named(&self, expr: &Expr) -> Result<Expr> {
        let resolved = self.resolve(expr)?;
        if resolved == *expr {
            return Ok(resolved);
        }
        let (qualifier, name) = expr.qualified_name();
        Ok(match resolved {
            Expr::Alias(_) => resolved,
            resolved => resolved.alias_qualified(qualifier, name),
        })
    }

    /// The plan with the domain's columns first, one result for each row of the domain.
    pub(super) fn push(&self, plan: &LogicalPlan) -> Result<LogicalPlan> {
        if !self.concerns(plan)? {
            let one_row = matches!(plan, LogicalPlan::EmptyRelation(empty) if empty.produce_one_row);
            return match one_row {
                true => Ok(self.plan.clone()),
                false => LogicalPlanBuilder::from(self.plan.clone()).cross_join(plan.clone())?.build(),
            };
        }
        match plan {
            LogicalPlan::Projection(projection) => self.projection(projection),
            LogicalPlan::Filter(filter) => {
                let input = self.push(&filter.input)?;
                Ok(LogicalPlan::Filter(Filter::try_new(self.resolve(&filter.predicate)?, Arc::new(input))?))
            }
            LogicalPlan::SubqueryAlias(alias) => self.alias(alias),
            LogicalPlan::Aggregate(aggregate) if aggregate.group_expr.is_empty() => self.totals(aggregate),
            LogicalPlan::Aggregate(aggregate) => self.groups(aggregate),
            LogicalPlan::Distinct(Distinct::All(input)) => {
                Ok(LogicalPlan::Distinct(Distinct::All(Arc::new(self.push(input)?))))
            }
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => self.push(&sort.input),
            LogicalPlan::Limit(limit) => self.limit(limit),
            LogicalPlan::Window(window) => self.window(window),
            LogicalPlan::Join(join) => self.join(join),
            LogicalPlan::Union(union) => {
                let inputs = union.inputs.iter().map(|input| self.in_order(input).map(Arc::new));
                let inputs = inputs.collect::<Result<Vec<_>>>()?;
                let union = datafusion::logical_expr::logical_plan::Union::try_new_with_loose_types(inputs)?;
                self.named_as(LogicalPlan::Union(union), plan.schema())
            }
            LogicalPlan::Subquery(subquery) => self.push(&subquery.subquery),
            LogicalPlan::Values(values) => self.values(values),
            LogicalPlan::Unnest(Unnest { input, exec_columns, options, .. }) => {
                LogicalPlanBuilder::from(self.push(input)?)
                    .unnest_columns_with_options(exec_columns.clone(), options.clone())?
                    .build()
            }
            LogicalPlan::Extension(extension) => match extension.node.as_any().downcast_ref::<Unnested>() {
                Some(unnested) => {
                    let lists = unnested.lists().iter().map(|list| self.resolve(list));
                    let unnested = unnested.with_lists(lists.collect::<Result<_>>()?);
                    unnested.over(self.plan.clone(), plan.schema(), false)
                }
                None => refused(plan),
            },
            other => refused(other),
        }
    }

    fn projection(&self, projection: &Projection) -> Result<LogicalPlan> {
        let input = self.push(&projection.input)?;
        let own = projection.expr.iter().map(|expr| self.resolve_named(expr));
        let exprs = self.key_columns().map(Ok).chain(own).collect::<Result<Vec<_>>>()?;
        Ok(LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(input))?))
    }

    fn alias(&self, alias: &SubqueryAlias) -> Result<LogicalPlan> {
        let input = self.push(&alias.input)?;
        let own = alias.input.schema().columns().into_iter().zip(alias.schema.fields());
        let own = own.map(|(from, to)| Expr::Column(from).alias_qualified(Some(alias.alias.clone()), to.name()));
        LogicalPlanBuilder::from(input).project(self.key_columns().chain(own))?.build()
    }

    /// The domain's columns and those of `plan`, in its order.
    fn in_order(&self, plan: &LogicalPlan) -> Result<LogicalPlan> {
        let own = plan.schema().columns().into_iter().map(Expr::Column);
        LogicalPlanBuilder::from(self.push(plan)?).project(self.key_columns().chain(own))?.build()
    }

    /// Gives the columns behind the keys the names of a schema.
    fn named_as(&self, plan: LogicalPlan, schema: &DFSchema) -> Result<LogicalPlan> {
        let columns = plan.schema().columns();
        let (keys, own) = columns.split_at(self.keys.len());
        let keys = keys.iter().zip(&self.keys).map(|(from, key)| column(from).alias(&key.name));
        let own = own.iter().zip(schema.iter());
        let own = own.map(|(from, (qualifier, to))| column(from).alias_qualified(qualifier.cloned(), to.name()));
        let exprs: Vec<Expr> = keys.chain(own).collect();
        LogicalPlanBuilder::from(plan).project(exprs)?.build()
    }

    /// A pushed plan whose keys have other names, for a join with the domain or another pushed plan.
    fn renamed(&self, plan: &LogicalPlan, more: Option<Expr>) -> Result<(LogicalPlan, Vec<Column>)> {
        let renamed: Vec<Column> =
            self.keys.iter().map(|key| Column::new_unqualified(format!("{}'", key.name))).collect();
        let keys = self.keys.iter().zip(&renamed).map(|(key, to)| column(key).alias(&to.name));
        let own = plan.schema().columns().into_iter().map(Expr::Column);
        let exprs: Vec<Expr> = keys.chain(own).chain(more).collect();
        Ok((LogicalPlanBuilder::from(self.push(plan)?).project(exprs)?.build()?, renamed))
    }

    fn on(&self, renamed: &[Column]) -> Vec<Expr> {
        self.keys.iter().zip(renamed).map(|(key, other)| same(column(key), column(other))).collect()
    }

    /// An aggregate without groups has a row where its input has none: rows of the domain without input
    /// are kept, and hidden from the aggregate functions.
    fn totals(&self, aggregate: &Aggregate) -> Result<LogicalPlan> {
        let present = Column::new_unqualified(format!("{}:present", self.keys[0].name));
        let (input, renamed) = self.renamed(&aggregate.input, Some(lit(true).alias(&present.name)))?;
        let input =
            LogicalPlanBuilder::from(self.plan.clone()).join_on(input, JoinType::Left, self.on(&renamed))?.build()?;
        let filtered = aggregate.aggr_expr.iter().zip(aggregate.schema.iter()).map(|(expr, (qualifier, field))| {
            let expr = self.resolve(expr)?.unalias().transform(|expr| Ok(only_present(expr, &present)))?;
            Ok(expr.data.alias_qualified(qualifier.cloned(), field.name()))
        });
        let filtered = filtered.collect::<Result<Vec<_>>>()?;
        let aggregate = Aggregate::try_new(Arc::new(input), self.key_columns().collect(), filtered)?;
        Ok(LogicalPlan::Aggregate(aggregate))
    }

    fn groups(&self, aggregate: &Aggregate) -> Result<LogicalPlan> {
        if aggregate.group_expr.iter().any(|expr| matches!(expr, Expr::GroupingSet(_))) {
            return not_impl_err!("grouping sets in a subquery that depends on the outer query are not supported");
        }
        let input = self.push(&aggregate.input)?;
        let groups = aggregate.group_expr.iter().map(|expr| self.resolve_named(expr));
        let groups = self.key_columns().map(Ok).chain(groups).collect::<Result<Vec<_>>>()?;
        let functions = aggregate.aggr_expr.iter().map(|expr| self.resolve_named(expr));
        let functions = functions.collect::<Result<Vec<_>>>()?;
        Ok(LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(input), groups, functions)?))
    }

    /// LIMIT counts for each row of the domain.
    fn limit(&self, limit: &Limit) -> Result<LogicalPlan> {
        let mut input = limit.input.as_ref();
        if let LogicalPlan::Projection(projection) = input
            && matches!(projection.input.as_ref(), LogicalPlan::Sort(_))
        {
            let below = Limit { input: Arc::clone(&projection.input), ..limit.clone() };
            let above = Projection::try_new(projection.expr.clone(), Arc::new(LogicalPlan::Limit(below)))?;
            return self.projection(&above);
        }
        let mut order: Vec<SortExpr> = Vec::new();
        if let LogicalPlan::Sort(sort) = input {
            for key in &sort.expr {
                order.push(SortExpr { expr: self.resolve(&key.expr)?, ..key.clone() });
            }
            input = sort.input.as_ref();
        }
        let mut place = row_number().partition_by(self.key_columns().collect());
        if !order.is_empty() {
            place = place.order_by(order);
        }
        let place = place.build()?.alias(format!("{}:place", self.keys[0].name));
        let at = Column::new_unqualified(format!("{}:place", self.keys[0].name));
        let kept = self.key_columns().chain(input.schema().columns().into_iter().map(Expr::Column));
        let mut plan = LogicalPlanBuilder::from(self.push(input)?).window([place])?;
        if let Some(skip) = &limit.skip {
            plan = plan.filter(column(&at).gt(skip.as_ref().clone()))?;
        }
        if let Some(fetch) = &limit.fetch {
            let last = match &limit.skip {
                Some(skip) => skip.as_ref().clone() + fetch.as_ref().clone(),
                None => fetch.as_ref().clone(),
            };
            plan = plan.filter(column(&at).lt_eq(last))?;
        }
        plan.project(kept)?.build()
    }

    fn window(&self, window: &Window) -> Result<LogicalPlan> {
        let input = self.push(&window.input)?;
        let exprs = window.window_expr.iter().map(|expr| {
            let (qualifier, name) = expr.qualified_name();
            let expr = self.resolve(expr)?.transform(|expr| Ok(self.partitioned(expr)))?.data;
            Ok(expr.unalias().alias_qualified(qualifier, name))
        });
        let exprs = exprs.collect::<Result<Vec<_>>>()?;
        Ok(LogicalPlan::Window(Window::try_new(exprs, Arc::new(input))?))
    }

    fn partitioned(&self, expr: Expr) -> Transformed<Expr> {
        let Expr::WindowFunction(function) = expr else { return Transformed::no(expr) };
        let WindowFunction { fun, mut params } = *function;
        params.partition_by.extend(self.key_columns());
        Transformed::yes(Expr::WindowFunction(Box::new(WindowFunction { fun, params })))
    }

    fn join(&self, join: &Join) -> Result<LogicalPlan> {
        let mut conditions = Vec::new();
        for (left, right) in &join.on {
            conditions.push(match join.null_equality {
                datafusion::common::NullEquality::NullEqualsNull => same(self.resolve(left)?, self.resolve(right)?),
                datafusion::common::NullEquality::NullEqualsNothing => self.resolve(left)?.eq(self.resolve(right)?),
            });
        }
        if let Some(filter) = &join.filter {
            conditions.push(self.resolve(filter)?);
        }
        let (left, right) = (self.concerns(&join.left)?, self.concerns(&join.right)?);
        let keeps_right = matches!(join.join_type, JoinType::Right | JoinType::RightSemi | JoinType::RightAnti);
        let (left, right, keyed) = match join.join_type {
            JoinType::Full | JoinType::LeftMark | JoinType::RightMark => {
                return refused(&LogicalPlan::Join(join.clone()));
            }
            JoinType::Inner if !left && !right => (self.push(&join.left)?, join.right.as_ref().clone(), vec![]),
            _ if !right && !keeps_right => (self.push(&join.left)?, join.right.as_ref().clone(), vec![]),
            _ if !left && (keeps_right || join.join_type == JoinType::Inner) => {
                (join.left.as_ref().clone(), self.push(&join.right)?, vec![])
            }
            _ if keeps_right => {
                let (left, renamed) = self.renamed(&join.left, None)?;
                (left, self.push(&join.right)?, renamed)
            }
            _ => {
                let (right, renamed) = self.renamed(&join.right, None)?;
                (self.push(&join.left)?, right, renamed)
            }
        };
        conditions.splice(0..0, self.on(&keyed));
        if conditions.is_empty() {
            conditions.push(lit(true));
        }
        let own = join.schema.columns().into_iter().map(Expr::Column);
        LogicalPlanBuilder::from(left)
            .join_on(right, join.join_type, conditions)?
            .project(self.key_columns().chain(own))?
            .build()
    }

    fn values(&self, values: &Values) -> Result<LogicalPlan> {
        let rows = values.values.iter().map(|row| {
            let own = row.iter().zip(values.schema.fields());
            let own = own.map(|(expr, field)| Ok(self.resolve(expr)?.alias(field.name())));
            let exprs = self.key_columns().map(Ok).chain(own).collect::<Result<Vec<_>>>()?;
            LogicalPlanBuilder::from(self.plan.clone()).project(exprs)?.build()
        });
        let rows = rows.collect::<Result<Vec<_>>>()?;
        let all = rows.into_iter().try_fold(None, |all: Option<LogicalPlan>, row| match all {
            None => Ok::<_, datafusion::error::DataFusionError>(Some(row)),
            Some(all) => Ok(Some(LogicalPlanBuilder::from(all).union(row)?.build()?)),
        })?;
        match all {
            Some(all) => self.named_as(all, &values.schema),
            None => not_impl_err!("VALUES without rows"),
        }
    }
}

/// An aggregate function that sees only the rows in which a column is not NULL.
fn only_present(expr: Expr, present: &Column) -> Transformed<Expr> {
    let Expr::AggregateFunction(AggregateFunction { func, mut params }) = expr else { return Transformed::no(expr) };
    let is_present = column(present).is_not_null();
    let filter = match params.filter.take() {
        Some(filter) => is_present.and(*filter),
        None => is_present,
    };
    params.filter = Some(Box::new(filter));
    Transformed::yes(Expr::AggregateFunction(AggregateFunction { func, params }))
}

fn refused(plan: &LogicalPlan) -> Result<LogicalPlan> {
    not_impl_err!(
        "this correlated subquery is not supported: {} uses columns of the outer query; write it as a join",
        plan.display()
    )
}

/// The NULL of a condition.
pub(super) fn unknown() -> Expr {
    lit(ScalarValue::Boolean(None))
}
