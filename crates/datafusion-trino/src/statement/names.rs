//! What the columns of a result are called.
//!
//! Trino names a column by its alias, else by the last name of `a.b.c`, else `_col` and its position;
//! names keep the case they were typed in and may repeat. DataFusion wants unique names and makes its
//! own from expressions. So every output gets Trino's name as an alias, a repeated one gets a suffix no
//! one can type, and the true headers travel beside the plan.

pub(super) mod header;

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Ident, OrderByKind, Query, Select, SelectItem, SetExpr, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::tokens::Spelling;
pub(crate) use header::{Header, expand};

/// Gives every select list of the query its names; returns the headers of the result.
pub(crate) fn assign(query: &mut Query, spelling: &Spelling) -> Vec<Header> {
    let headers = header::of_query(query, spelling, &[]);
    let _ = VisitMut::visit(query, &mut Assign);
    headers
}

/// The name an expression has without an alias: the last one of a path of names.
fn leaf(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Identifier(name) => Some(name),
        Expr::CompoundIdentifier(names) => names.last(),
        Expr::CompoundFieldAccess { access_chain, .. } => match access_chain.last() {
            Some(AccessExpr::Dot(Expr::Identifier(name))) => Some(name),
            _ => None,
        },
        Expr::Nested(inner) => leaf(inner),
        _ => None,
    }
}

struct Assign;

impl VisitorMut for Assign {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let SetExpr::Select(select) = query.body.as_mut() {
            let distinct = select.distinct.is_some().then(|| select.projection.clone());
            let outputs = name_outputs(select);
            if let Some(order) = &mut query.order_by
                && let OrderByKind::Expressions(keys) = &mut order.kind
            {
                for key in keys {
                    redirect(&mut key.expr, &outputs);
                    if let Some(typed) = &distinct {
                        redirect_expression(&mut key.expr, typed, &select.projection);
                    }
                }
            }
        } else {
            name_parts(&mut query.body);
        }
        ControlFlow::Continue(())
    }
}

/// The select lists of a set operation; those of nested queries are visited on their own.
fn name_parts(body: &mut SetExpr) {
    match body {
        SetExpr::Select(select) => drop(name_outputs(select)),
        SetExpr::SetOperation { left, right, .. } => {
            name_parts(left);
            name_parts(right);
        }
        _ => {}
    }
}

/// A visible name, and the internal ones it stands for.
type Outputs = HashMap<String, Vec<String>>;

fn name_outputs(select: &mut Select) -> Outputs {
    let wildcard = select
        .projection
        .iter()
        .any(|item| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)));
    let mut outputs = Outputs::new();
    for (position, item) in select.projection.iter_mut().enumerate() {
        name_output(item, position, wildcard, &mut outputs);
    }
    outputs
}

fn name_output(item: &mut SelectItem, position: usize, wildcard: bool, outputs: &mut Outputs) {
    let (expr, name, explicit) = match item {
        SelectItem::UnnamedExpr(expr) => {
            let name = leaf(expr).map_or_else(|| format!("_col{position}"), |n| n.value.clone());
            (expr, name, false)
        }
        SelectItem::ExprWithAlias { expr, alias } => (expr, alias.value.clone(), true),
        _ => return,
    };
    let taken = outputs.entry(name.clone()).or_default();
    // Beside a wildcard a plain column is there twice.
    let repeated = !taken.is_empty() || (wildcard && !explicit && leaf(expr).is_some());
    let internal = if repeated { format!("{name}:{position}") } else { name };
    taken.push(internal.clone());
    if !repeated && matches!(expr, Expr::Identifier(_)) && !explicit {
        return;
    }
    let expr = std::mem::replace(expr, Expr::Wildcard(AttachedToken::empty()));
    let alias = Ident::with_quote_and_span('"', Span::empty(), internal);
    *item = SelectItem::ExprWithAlias { expr, alias };
}

/// Under DISTINCT, `ORDER BY a + b` is the output written like this.
fn redirect_expression(key: &mut Expr, typed: &[SelectItem], named: &[SelectItem]) {
    let is_it = |item: &SelectItem| matches!(item, SelectItem::UnnamedExpr(expr) if expr == key);
    if let Some(at) = typed.iter().position(is_it)
        && let Some(SelectItem::ExprWithAlias { alias, .. }) = named.get(at)
    {
        *key = Expr::Identifier(alias.clone());
    }
}

/// `ORDER BY name` means the output of that name.
fn redirect(key: &mut Expr, outputs: &Outputs) {
    if let Expr::Identifier(name) = key
        && let Some([internal]) = outputs.get(&name.value).map(Vec::as_slice)
        && *internal != name.value
    {
        name.value.clone_from(internal);
        name.quote_style = Some('"');
    }
}
