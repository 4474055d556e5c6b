//! FROM, as the planner takes it.

use datafusion::sql::sqlparser::ast::{
    Ident, Join, JoinOperator, ObjectName, Query, SelectItem, SetExpr, TableAlias, TableFactor, TableWithJoins,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::subqueries::template;
use crate::rules::using;

/// A subquery without a name gets one no one can type, so that its columns belong to it alone.
pub(super) fn rewrite(factor: &mut TableFactor, unnamed: &mut usize) {
    match factor {
        TableFactor::Derived { alias: alias @ None, .. } | TableFactor::UNNEST { alias: alias @ None, .. } => {
            *unnamed += 1;
            let name = Ident::with_quote('"', format!("source:{unnamed}"));
            *alias = Some(TableAlias { explicit: true, name, columns: vec![], at: None });
        }
        TableFactor::NestedJoin { table_with_joins, alias: None } => {
            let is_using = |join: &Join| using(&join.join_operator).is_some();
            if table_with_joins.joins.len() == 1 && table_with_joins.joins.iter().all(is_using) {
                return;
            }
            rewrite_joins(table_with_joins);
            if table_with_joins.joins.is_empty() {
                *factor = table_with_joins.relation.clone();
            }
        }
        _ => {}
    }
}

/// Puts every join with USING, with what stands before it, into brackets: there it is planned as a
/// relation of its own. The right side of a RIGHT or FULL JOIN sees nothing of the left.
pub(super) fn rewrite_joins(from: &mut TableWithJoins) {
    for join in &mut from.joins {
        if matches!(
            join.join_operator,
            JoinOperator::Right(_) | JoinOperator::RightOuter(_) | JoinOperator::FullOuter(_)
        ) {
            stand_alone(&mut join.relation);
        }
    }
    let Some(last) = from.joins.iter().rposition(|join| using(&join.join_operator).is_some()) else { return };
    let rest = from.joins.split_off(last + 1);
    let mut joins = Vec::new();
    for join in std::mem::replace(&mut from.joins, rest) {
        let is_using = using(&join.join_operator).is_some();
        if is_using && !joins.is_empty() {
            bracket(&mut from.relation, std::mem::take(&mut joins));
        }
        joins.push(join);
        if is_using {
            bracket(&mut from.relation, std::mem::take(&mut joins));
        }
    }
}

fn bracket(relation: &mut TableFactor, joins: Vec<Join>) {
    let inner = TableWithJoins { relation: relation.clone(), joins };
    *relation = TableFactor::NestedJoin { table_with_joins: Box::new(inner), alias: None };
}

/// `TABLE t` is `SELECT * FROM t`; the parser does not tell where its name stands.
pub(super) fn rewrite_table(body: &mut SetExpr, place: Span) {
    match body {
        SetExpr::Table(table) => {
            let names = table.schema_name.iter().chain(&table.table_name);
            let name = ObjectName::from(
                names.map(|name| Ident::with_quote_and_span('"', place, name.clone())).collect::<Vec<_>>(),
            );
            if let Some(mut query) = template("SELECT * FROM x")
                && let SetExpr::Select(select) = query.body.as_mut()
                && let Some(TableFactor::Table { name: read, .. }) =
                    select.from.first_mut().map(|from| &mut from.relation)
            {
                *read = name;
                *body = *query.body;
            }
        }
        SetExpr::SetOperation { left, right, .. } => {
            rewrite_table(left, place);
            rewrite_table(right, place);
        }
        _ => {}
    }
}

fn stand_alone(factor: &mut TableFactor) {
    match factor {
        TableFactor::Derived { lateral, .. } => *lateral = false,
        TableFactor::UNNEST { .. } => {
            if let Some(query) = select_all(factor) {
                let alias = match factor {
                    TableFactor::UNNEST { alias, .. } => alias.take(),
                    _ => None,
                };
                *factor = TableFactor::Derived { lateral: false, subquery: Box::new(query), alias, sample: None };
            }
        }
        _ => {}
    }
}

/// `SELECT * FROM` the relation without its alias.
fn select_all(factor: &TableFactor) -> Option<Query> {
    let mut query = template("SELECT * FROM x")?;
    let SetExpr::Select(select) = query.body.as_mut() else { return None };
    debug_assert!(matches!(select.projection.as_slice(), [SelectItem::Wildcard(_)]));
    let mut relation = factor.clone();
    if let TableFactor::UNNEST { alias, .. } = &mut relation {
        *alias = None;
    }
    select.from.first_mut()?.relation = relation;
    Some(query)
}
