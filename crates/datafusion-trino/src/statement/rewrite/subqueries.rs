//! Subqueries of several columns: each of their rows is one value, a row.

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Query, SelectItem, SetExpr, TableFactor,
};
use datafusion::sql::sqlparser::parser::Parser;

use super::take;
use crate::statement::dialect::TrinoDialect;

/// Makes the subquery of an expression one column wide, and what it is compared with no wider.
pub(super) fn rewrite(expr: &mut Expr) {
    match expr {
        Expr::Subquery(query) => as_row(query),
        Expr::InSubquery { expr, subquery, .. } => {
            if width(&subquery.body) == Some(1) {
                unwrap_row(expr);
            }
            as_row(subquery);
        }
        // The subquery on the right has become one column before.
        Expr::AnyOp { left, right, .. } | Expr::AllOp { left, right, .. } => {
            if let Expr::Subquery(query) = right.as_ref()
                && !is_row(&query.body)
            {
                unwrap_row(left);
            }
        }
        _ => {}
    }
}

/// A query of one fixed text, to be filled in.
pub(super) fn template(text: &str) -> Option<Query> {
    let mut parser = Parser::new(&TrinoDialect).try_with_sql(text).ok()?;
    parser.parse_query().ok().map(|query| *query)
}

/// How many columns a query has, when its text tells.
fn width(body: &SetExpr) -> Option<usize> {
    match body {
        SetExpr::Select(select) => {
            let plain =
                |item: &SelectItem| matches!(item, SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. });
            select.projection.iter().all(plain).then_some(select.projection.len())
        }
        SetExpr::Values(values) => values.rows.first().map(|row| row.content.len()),
        SetExpr::SetOperation { left, .. } => width(left),
        SetExpr::Query(query) => width(&query.body),
        _ => None,
    }
}

/// What [`as_row`] makes.
const ROWS: &str = "rows:of";

fn is_row(body: &SetExpr) -> bool {
    let SetExpr::Select(select) = body else { return false };
    matches!(
        select.from.first().map(|from| &from.relation),
        Some(TableFactor::Derived { alias: Some(alias), .. }) if alias.name.value == ROWS
    )
}

fn as_row(query: &mut Query) {
    let Some(width) = width(&query.body).filter(|width| *width > 1) else { return };
    let columns: Vec<String> = (0..width).map(|i| format!("c{i}")).collect();
    let columns = columns.join(", ");
    let Some(mut row) = template(&format!("SELECT row({columns}) FROM (SELECT 1) AS \"{ROWS}\"({columns})")) else {
        return;
    };
    let SetExpr::Select(select) = row.body.as_mut() else { return };
    if let Some(TableFactor::Derived { subquery, .. }) = select.from.first_mut().map(|from| &mut from.relation) {
        **subquery = query.clone();
    }
    *query = row;
}

/// `ROW(x)` compared with single values is x.
fn unwrap_row(expr: &mut Expr) {
    match expr {
        Expr::Nested(inner) => unwrap_row(inner),
        Expr::Function(function) if function.name.to_string() == "row" => {
            if let FunctionArguments::List(list) = &mut function.args
                && let [FunctionArg::Unnamed(FunctionArgExpr::Expr(only))] = list.args.as_mut_slice()
            {
                *expr = take(only);
            }
        }
        _ => {}
    }
}
