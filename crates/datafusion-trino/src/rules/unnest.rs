//! `UNNEST` in FROM: beside a table it sees that table's columns, it spreads rows into columns and maps
//! into key and value, and it numbers its rows on demand.
//!
//! The relation planner plans it as a node that only knows its expressions and columns; the planner of
//! joins wraps that into a subquery with references to the left side. The analyzer rule then turns
//! `left JOIN subquery(node)` into a projection, an unnest and a projection over `left`.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, DFSchemaRef, NullHandling, Result, UnnestOptions, plan_err};
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::logical_plan::{Extension, Projection, Subquery, SubqueryAlias};
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::{
    Expr, ExprSchemable, JoinType, LogicalPlan, LogicalPlanBuilder, UserDefinedLogicalNodeCore, lit,
};
use datafusion::optimizer::AnalyzerRule;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr as SqlExpr, Subscript, TableAlias, Value, VisitMut, VisitorMut,
};

use crate::functions::collection::{map_parts, ordinality};
use crate::types::{describe, map_fields};

/// Plans `UNNEST(…)` in FROM.
pub(super) fn plan(
    arguments: Vec<SqlExpr>,
    with_ordinality: bool,
    alias: Option<&TableAlias>,
    context: &mut dyn RelationPlannerContext,
) -> Result<LogicalPlan> {
    let scope = DFSchema::empty();
    let mut lists = Vec::with_capacity(arguments.len());
    for mut expr in arguments {
        let _ = VisitMut::visit(&mut expr, &mut Fields { context: &mut *context, scope: &scope });
        lists.push(context.sql_to_expr(expr, &scope)?);
    }
    // A name that was not typed has a colon.
    let typed = alias.map(|alias| alias.name.value.as_str()).filter(|name| !name.contains(':'));
    let name = typed.unwrap_or("_col0");
    let node = Unnested::try_new(lists, with_ordinality, name)?;
    Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
}

/// The planner resolves `a.b` of the left side only to a column; fields of rows are made explicit.
struct Fields<'a> {
    context: &'a mut dyn RelationPlannerContext,
    scope: &'a DFSchema,
}

impl Fields<'_> {
    fn is_column(&mut self, names: &[datafusion::sql::sqlparser::ast::Ident]) -> bool {
        let expr = match names {
            [name] => SqlExpr::Identifier(name.clone()),
            names => SqlExpr::CompoundIdentifier(names.to_vec()),
        };
        let planned = self.context.sql_expr_to_logical_expr(expr, self.scope);
        matches!(planned, Ok(Expr::OuterReferenceColumn(..)))
    }
}

impl VisitorMut for Fields<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut SqlExpr) -> std::ops::ControlFlow<()> {
        let SqlExpr::CompoundIdentifier(names) = expr else {
            return std::ops::ControlFlow::Continue(());
        };
        let names = names.clone();
        let Some(column) = (1..=names.len()).rev().find(|&n| self.is_column(&names[..n])) else {
            return std::ops::ControlFlow::Continue(());
        };
        if column == names.len() {
            return std::ops::ControlFlow::Continue(());
        }
        let (column, fields) = names.split_at(column);
        let access_chain = fields.iter().map(|field| {
            let index = Value::SingleQuotedString(field.value.clone()).with_empty_span();
            AccessExpr::Subscript(Subscript::Index { index: SqlExpr::Value(index) })
        });
        let root = match column {
            [name] => SqlExpr::Identifier(name.clone()),
            names => SqlExpr::Nested(Box::new(SqlExpr::CompoundIdentifier(names.to_vec()))),
        };
        *expr = SqlExpr::CompoundFieldAccess { root: Box::new(root), access_chain: access_chain.collect() };
        std::ops::ControlFlow::Continue(())
    }
}

/// What one item of an unnested argument becomes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Spread {
    /// One column.
    Whole,
    /// The fields of a row, one column each.
    Row(Vec<String>),
}

/// `UNNEST(lists…) [WITH ORDINALITY]`: the lists side by side, NULL behind the end of the shorter ones.
#[derive(Debug, Clone)]
pub(super) struct Unnested {
    /// Arrays only: a map is two of them.
    lists: Vec<Expr>,
    spreads: Vec<Spread>,
    ordinality: bool,
    schema: DFSchemaRef,
}

impl Unnested {
    fn try_new(arguments: Vec<Expr>, ordinality: bool, name: &str) -> Result<Unnested> {
        let mut lists = Vec::new();
        let mut spreads = Vec::new();
        let mut columns: Vec<Field> = Vec::new();
        let scope = DFSchema::empty();
        let single = arguments.len() == 1;
        for (i, argument) in arguments.into_iter().enumerate() {
            let data_type = argument.get_type(&scope)?;
            if let Some((key, value)) = map_fields(&data_type) {
                columns.push(key.as_ref().clone().with_nullable(true));
                columns.push(value.as_ref().clone().with_nullable(true));
                let (keys, values) = map_parts();
                for part in [keys, values] {
                    let call = ScalarFunction::new_udf(part, vec![argument.clone()]);
                    lists.push(Expr::ScalarFunction(call));
                    spreads.push(Spread::Whole);
                }
                continue;
            }
            match &data_type {
                DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                    match item.data_type() {
                        DataType::Struct(fields) => {
                            let nullable = |f: &Arc<Field>| f.as_ref().clone().with_nullable(true);
                            columns.extend(fields.iter().map(nullable));
                            let names = fields.iter().map(|f| f.name().clone()).collect();
                            spreads.push(Spread::Row(names));
                        }
                        _ => {
                            let name = if single { name.to_owned() } else { format!("_col{i}") };
                            let field = item.as_ref().clone();
                            columns.push(field.with_name(name).with_nullable(true));
                            spreads.push(Spread::Whole);
                        }
                    }
                    lists.push(argument);
                }
                other => return plan_err!("UNNEST takes arrays and maps, not {}", describe(other)),
            }
        }
        if ordinality {
            columns.push(Field::new("ordinality", DataType::Int64, true));
        }
        let columns = unique(columns);
        let fields = columns.into_iter().map(|field| (None, Arc::new(field))).collect();
        let schema = Arc::new(DFSchema::new_with_metadata(fields, HashMap::new())?);
        Ok(Unnested { lists, spreads, ordinality, schema })
    }

    pub(super) fn lists(&self) -> &[Expr] {
        &self.lists
    }

    pub(super) fn with_lists(&self, lists: Vec<Expr>) -> Unnested {
        Unnested { lists, ..self.clone() }
    }

    /// The plan over `left`, whose columns come first; the own columns get the names of `output`.
    pub(super) fn over(&self, left: LogicalPlan, output: &DFSchema, outer: bool) -> Result<LogicalPlan> {
        let kept: Vec<Expr> = left.schema().columns().into_iter().map(Expr::Column).collect();
        let mut lists: Vec<Expr> = Vec::new();
        for list in &self.lists {
            lists.push(list.clone().transform(|expr| to_column(expr, left.schema()))?.data);
        }
        if self.ordinality {
            let call = ScalarFunction::new_udf(ordinality(), lists.clone());
            lists.push(Expr::ScalarFunction(call));
        }
        let taken = |name: &str| left.schema().fields().iter().any(|f| f.name() == name);
        let names: Vec<String> = (0..lists.len())
            .map(|i| {
                let mut name = format!("unnest:{i}");
                while taken(&name) {
                    name.push('\'');
                }
                name
            })
            .collect();
        let aliased = lists.into_iter().zip(&names).map(|(list, name)| list.alias(name));
        let null_handling = if outer { NullHandling::PreserveAndExpandEmpty } else { NullHandling::Drop };
        let options = UnnestOptions { null_handling, recursions: vec![] };
        let columns = names.iter().map(Column::from_name).collect();
        let unnested = LogicalPlanBuilder::from(left.clone())
            .project(kept.iter().cloned().chain(aliased))?
            .unnest_columns_with_options(columns, options)?;
        let spread = self.spread(&names);
        let named = spread
            .into_iter()
            .zip(output.iter())
            .map(|(expr, (qualifier, field))| expr.alias_qualified(qualifier.cloned(), field.name()));
        unnested.project(kept.into_iter().chain(named))?.build()
    }

    /// The columns of the result over the unnested columns `names`.
    fn spread(&self, names: &[String]) -> Vec<Expr> {
        let mut columns = Vec::new();
        for (spread, name) in self.spreads.iter().zip(names) {
            let item = Expr::Column(Column::from_name(name));
            match spread {
                Spread::Whole => columns.push(item),
                Spread::Row(fields) => {
                    columns.extend(fields.iter().map(|f| get_field(item.clone(), f.as_str())));
                }
            }
        }
        if self.ordinality {
            columns.extend(names.last().map(|name| Expr::Column(Column::from_name(name))));
        }
        columns
    }
}

/// Repeated names get a suffix, so that the schema is one; they can only be reached by an alias list.
fn unique(columns: Vec<Field>) -> Vec<Field> {
    let mut result: Vec<Field> = Vec::with_capacity(columns.len());
    for (i, field) in columns.into_iter().enumerate() {
        let taken = result.iter().any(|other| other.name() == field.name());
        let name = if taken { format!("{}:{i}", field.name()) } else { field.name().clone() };
        result.push(field.with_name(name));
    }
    result
}

/// What belongs to the left side is a column of it; the rest belongs to a query further out.
fn to_column(expr: Expr, left: &DFSchema) -> Result<Transformed<Expr>> {
    Ok(match expr {
        Expr::OuterReferenceColumn(_, column) if left.has_column(&column) => Transformed::yes(Expr::Column(column)),
        other => Transformed::no(other),
    })
}

impl PartialEq for Unnested {
    fn eq(&self, other: &Self) -> bool {
        self.lists == other.lists && self.ordinality == other.ordinality && self.schema == other.schema
    }
}

impl Eq for Unnested {}

impl Hash for Unnested {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.lists.hash(state);
        self.ordinality.hash(state);
    }
}

impl PartialOrd for Unnested {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl UserDefinedLogicalNodeCore for Unnested {
    fn name(&self) -> &str {
        "TrinoUnnest"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.lists.clone()
    }

    fn fmt_for_explain(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let lists: Vec<String> = self.lists.iter().map(ToString::to_string).collect();
        write!(f, "TrinoUnnest: {}", lists.join(", "))
    }

    fn with_exprs_and_inputs(&self, lists: Vec<Expr>, _inputs: Vec<LogicalPlan>) -> Result<Self> {
        Ok(Unnested { lists, ..self.clone() })
    }
}

/// Turns the planned UNNEST into DataFusion's own nodes.
#[derive(Debug)]
pub(crate) struct LateralUnnest;

impl AnalyzerRule for LateralUnnest {
    fn name(&self) -> &str {
        "trino_unnest"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let joined = plan.transform_up_with_subqueries(|plan| {
            let LogicalPlan::Join(join) = &plan else { return Ok(Transformed::no(plan)) };
            let Some((node, output)) = lateral(&join.right) else {
                return Ok(Transformed::no(plan));
            };
            if !join.on.is_empty() {
                return plan_err!("UNNEST may be joined ON TRUE only");
            }
            let outer = match join.join_type {
                JoinType::Inner => false,
                JoinType::Left => true,
                other => return plan_err!("{other} JOIN UNNEST does not exist; use CROSS or LEFT JOIN"),
            };
            let left = join.left.as_ref().clone();
            let unnested = node.over(left, &output, outer)?;
            let Some(filter) = join.filter.clone().filter(|f| *f != lit(true)) else {
                return Ok(Transformed::yes(unnested));
            };
            if outer {
                return plan_err!("LEFT JOIN UNNEST may be joined ON TRUE only");
            }
            let filtered = LogicalPlanBuilder::from(unnested).filter(filter)?.build()?;
            Ok(Transformed::yes(filtered))
        })?;
        let alone = joined.data.transform_up_with_subqueries(|plan| {
            let LogicalPlan::Extension(extension) = &plan else {
                return Ok(Transformed::no(plan));
            };
            let Some(node) = extension.node.as_any().downcast_ref::<Unnested>() else {
                return Ok(Transformed::no(plan));
            };
            if node.lists.iter().any(refers_outside) {
                // The rule for subqueries joins it with the outer rows.
                return Ok(Transformed::no(plan));
            }
            let nothing = LogicalPlanBuilder::empty(true).build()?;
            Ok(Transformed::yes(node.over(nothing, &node.schema, false)?))
        })?;
        if joined.transformed || alone.transformed { recompute(alone.data) } else { Ok(alone.data) }
    }
}

/// Parents keep the schema they were planned with; it must agree with the new children.
pub(super) fn recompute(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|plan| plan.recompute_schema().map(Transformed::yes)).map(|plan| plan.data)
}

/// The UNNEST below aliases, with the schema the join sees; only one that refers to the left side.
fn lateral(plan: &LogicalPlan) -> Option<(Unnested, DFSchemaRef)> {
    let mut inner = plan;
    let mut refers = false;
    loop {
        inner = match inner {
            LogicalPlan::SubqueryAlias(SubqueryAlias { input, .. }) => input.as_ref(),
            LogicalPlan::Subquery(Subquery { subquery, .. }) => {
                refers = true;
                subquery.as_ref()
            }
            LogicalPlan::Projection(projection) if only_renames(projection) => projection.input.as_ref(),
            LogicalPlan::Extension(extension) => {
                let node = extension.node.as_any().downcast_ref::<Unnested>()?;
                return refers.then(|| (node.clone(), Arc::clone(plan.schema())));
            }
            _ => return None,
        };
    }
}

/// The columns of the input in their order, as an alias list makes them.
fn only_renames(projection: &Projection) -> bool {
    let columns = projection.input.schema().columns();
    let is_column =
        |(expr, column): (&Expr, &Column)| matches!(expr.clone().unalias(), Expr::Column(c) if c == *column);
    projection.expr.len() == columns.len() && projection.expr.iter().zip(&columns).all(is_column)
}

fn refers_outside(expr: &Expr) -> bool {
    expr.exists(|expr| Ok(matches!(expr, Expr::OuterReferenceColumn(..)))).unwrap_or(false)
}
