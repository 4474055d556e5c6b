//! Relations of FROM that Trino reads its own way: UNNEST, samples, and joins with USING.

use datafusion::common::{Column, DFSchema, Result, TableReference, plan_err};
use datafusion::functions::expr_fn::{coalesce, random};
use datafusion::logical_expr::planner::{PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning};
use datafusion::logical_expr::type_coercion::binary::comparison_coercion;
use datafusion::logical_expr::{Expr, ExprSchemable, JoinType, LogicalPlan, LogicalPlanBuilder, lit};
use datafusion::sql::sqlparser::ast::{
    Expr as SqlExpr, Join, JoinConstraint, JoinOperator, ObjectName, TableFactor, TableSampleKind, UnaryOperator,
    Value, ValueWithSpan,
};

use super::unnest;

/// Plans what DataFusion does not, or otherwise.
#[derive(Debug)]
pub(crate) struct TrinoRelations;

impl RelationPlanner for TrinoRelations {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let plan =
            match relation {
                TableFactor::UNNEST { alias, array_exprs, with_ordinality, with_offset: false, .. } => {
                    let plan = unnest::plan(array_exprs, with_ordinality, alias.as_ref(), context)?;
                    return Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, alias))));
                }
                mut sampled @ (TableFactor::Table { sample: Some(_), .. }
                | TableFactor::Derived { sample: Some(_), .. }) => sample(&mut sampled, context)?,
                TableFactor::NestedJoin { table_with_joins, alias: None } => {
                    let [Join { join_operator, .. }] = table_with_joins.joins.as_slice() else {
                        return Ok(original(TableFactor::NestedJoin { table_with_joins, alias: None }));
                    };
                    let Some((join_type, names)) = using(join_operator) else {
                        return Ok(original(TableFactor::NestedJoin { table_with_joins, alias: None }));
                    };
                    let left = context.plan(table_with_joins.relation)?;
                    let right = table_with_joins.joins.into_iter().next().map(|join| join.relation);
                    let Some(right) = right.map(|right| context.plan(right)).transpose()? else {
                        return plan_err!("a join has two sides");
                    };
                    join_using(left, right, join_type, &names)?
                }
                other => return Ok(original(other)),
            };
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, None))))
    }
}

fn original(relation: TableFactor) -> RelationPlanning {
    RelationPlanning::Original(Box::new(relation))
}

/// `TABLESAMPLE method (p)`: every row is kept with a probability of p per cent.
fn sample(relation: &mut TableFactor, context: &mut dyn RelationPlannerContext) -> Result<LogicalPlan> {
    let (TableFactor::Table { sample, .. } | TableFactor::Derived { sample, .. }) = relation else {
        return plan_err!("only tables and subqueries have samples");
    };
    let Some(TableSampleKind::BeforeTableAlias(kind) | TableSampleKind::AfterTableAlias(kind)) = sample.take() else {
        return plan_err!("TABLESAMPLE needs a percentage");
    };
    let percentage = kind.quantity.as_ref().and_then(|quantity| number(&quantity.value));
    let Some(percentage) = percentage else {
        return plan_err!("the percentage of TABLESAMPLE must be a number between 0 and 100");
    };
    if !(0.0..=100.0).contains(&percentage) {
        return plan_err!("the percentage of TABLESAMPLE must be between 0 and 100, not {percentage}");
    }
    let plan = context.plan(relation.clone())?;
    // A column of its own is drawn once for each row, wherever the filter goes.
    let columns: Vec<Expr> = plan.schema().columns().into_iter().map(Expr::Column).collect();
    let drawn = Column::new_unqualified("sample:drawn");
    let with_drawn = columns.iter().cloned().chain([random().alias(&drawn.name)]);
    LogicalPlanBuilder::from(plan)
        .project(with_drawn)?
        .filter(Expr::Column(drawn).lt(lit(percentage / 100.0)))?
        .project(columns)?
        .build()
}

fn number(expr: &SqlExpr) -> Option<f64> {
    match expr {
        SqlExpr::Value(ValueWithSpan { value: Value::Number(digits, _), .. }) => digits.parse().ok(),
        SqlExpr::UnaryOp { op: UnaryOperator::Minus, expr } => number(expr).map(|number| -number),
        SqlExpr::Nested(expr) => number(expr),
        _ => None,
    }
}

/// The kind of a join and its columns, when it has USING.
pub(crate) fn using(operator: &JoinOperator) -> Option<(JoinType, Vec<String>)> {
    let (join_type, constraint) = match operator {
        JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) => (JoinType::Inner, constraint),
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => (JoinType::Left, constraint),
        JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => (JoinType::Right, constraint),
        JoinOperator::FullOuter(constraint) => (JoinType::Full, constraint),
        _ => return None,
    };
    let JoinConstraint::Using(names) = constraint else { return None };
    let name = |name: &ObjectName| name.0.last().and_then(|part| part.as_ident()).map(|name| name.value.clone());
    Some((join_type, names.iter().filter_map(name).collect()))
}

/// The joined columns come first, once, and belong to neither table.
fn join_using(left: LogicalPlan, right: LogicalPlan, join_type: JoinType, names: &[String]) -> Result<LogicalPlan> {
    // The qualifier no one can type keeps columns of the same name in further joins apart.
    let tables = [&left, &right].map(|side| side.schema().iter().find_map(|(table, _)| table.map(ToString::to_string)));
    let owner = TableReference::bare(tables.map(Option::unwrap_or_default).join("+"));
    let mut conditions = Vec::new();
    let mut columns = Vec::new();
    let mut joined: Vec<Column> = Vec::new();
    for name in names {
        let (of_left, of_right) = (side(left.schema(), name, "left")?, side(right.schema(), name, "right")?);
        let (l, r) = (Expr::Column(of_left.clone()), Expr::Column(of_right.clone()));
        conditions.push(l.clone().eq(r.clone()));
        let (l_type, r_type) = (l.get_type(left.schema())?, r.get_type(right.schema())?);
        let fitted = |expr: Expr| match comparison_coercion(&l_type, &r_type) {
            Some(common) if l_type != r_type => datafusion::logical_expr::cast(expr, common),
            _ => expr,
        };
        let value = match join_type {
            JoinType::Right => fitted(r),
            JoinType::Full => coalesce(vec![fitted(l), fitted(r)]),
            _ => fitted(l),
        };
        columns.push(value.alias_qualified(Some(owner.clone()), name));
        joined.extend([of_left, of_right]);
    }
    let rest = left.schema().columns().into_iter().chain(right.schema().columns());
    columns.extend(rest.filter(|column| !joined.contains(column)).map(Expr::Column));
    LogicalPlanBuilder::from(left).join_on(right, join_type, conditions)?.project(columns)?.build()
}

/// The one column of that name on a side of the join.
fn side(schema: &DFSchema, name: &str, side: &str) -> Result<Column> {
    match schema.qualified_fields_with_unqualified_name(name).as_slice() {
        [(qualifier, field)] => Ok(Column::new(qualifier.map(|q| (*q).clone()), field.name())),
        [] => plan_err!("column \"{name}\" of USING is missing on the {side} side of the join"),
        _ => plan_err!("column \"{name}\" of USING is ambiguous on the {side} side of the join"),
    }
}
