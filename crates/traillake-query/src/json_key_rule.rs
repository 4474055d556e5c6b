//! The optimizer rule that lets filters on JSON text prune by the columns of hot keys.
//!
//! `json_extract_scalar(requestParameters, '$.bucketName') = 'x'` holds only where the key's own column is `'x'`, too,
//! so that condition is added to the filter. It has bounds and a bloom filter; the text is then read and searched only
//! for rows that can match. Numbers are left alone, for the function may write one in another way than the record.

use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr::{InList, Like};
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, Filter, LogicalPlan, Operator, TableScan};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use datafusion::prelude::lit;
use traillake_event::category::StoreType;
use traillake_event::schema::{Kind, Schema};

use crate::view::column;

/// See the module.
#[derive(Debug)]
pub(crate) struct JsonKeys;

impl OptimizerRule for JsonKeys {
    fn name(&self) -> &str {
        "traillake_json_keys"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Filter(filter) = &plan else { return Ok(Transformed::no(plan)) };
        let LogicalPlan::TableScan(scan) = filter.input.as_ref() else { return Ok(Transformed::no(plan)) };
        let known = split_conjunction(&filter.predicate);
        let implied = known.iter().filter_map(|condition| implied_by(condition, scan));
        let added: Vec<Expr> = implied.filter(|condition| !known.contains(&condition)).collect();
        if added.is_empty() {
            return Ok(Transformed::no(plan));
        }
        let all = added.into_iter().chain(std::iter::once(filter.predicate.clone()));
        let Some(predicate) = conjunction(all) else { return Ok(Transformed::no(plan)) };
        Ok(Transformed::yes(LogicalPlan::Filter(Filter::try_new(predicate, Arc::clone(&filter.input))?)))
    }
}

/// The same condition on the key's own column, where there is one.
fn implied_by(condition: &Expr, scan: &TableScan) -> Option<Expr> {
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            let (call, value) = if word(right).is_some() { (left, right) } else { (right, left) };
            Some(key_column(call, scan)?.eq(word(value)?))
        }
        Expr::InList(InList { expr, list, negated: false }) => {
            Some(key_column(expr, scan)?.in_list(list.iter().map(word).collect::<Option<_>>()?, false))
        }
        Expr::Like(like) if !like.negated => {
            let (expr, pattern) = (key_column(&like.expr, scan)?, word(&like.pattern)?);
            Some(Expr::Like(Like { expr: Box::new(expr), pattern: Box::new(pattern), ..like.clone() }))
        }
        _ => None,
    }
}

/// A constant text that no number looks like, a pattern included, in the type of the columns.
fn word(expr: &Expr) -> Option<Expr> {
    let Expr::Literal(value, _) = expr else { return None };
    let text = value.try_as_str().flatten()?;
    let letters = text.contains(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E'));
    letters.then(|| lit(ScalarValue::Utf8View(Some(text.to_owned()))))
}

/// The column of `json_extract_scalar(object, '$.key')`, when the scan has it.
fn key_column(expr: &Expr, scan: &TableScan) -> Option<Expr> {
    let Expr::ScalarFunction(call) = uncast(expr) else { return None };
    let ("json_extract_scalar", [object, Expr::Literal(path, _)]) = (call.func.name(), call.args.as_slice()) else {
        return None;
    };
    let Expr::Column(object) = uncast(object) else { return None };
    let key = path.try_as_str().flatten()?.strip_prefix("$.")?;
    // Behind the text of an object there are no columns but those of its hot keys.
    let name = format!("{}_{key}", object.name);
    let is_json = |of| Schema::of(of).column(&object.name).is_some_and(|column| column.kind == Kind::Json);
    let is_object = StoreType::ALL.into_iter().any(is_json);
    let is_there = scan.source.schema().column_with_name(&name).is_some();
    (is_object && is_there).then(|| match &object.relation {
        Some(relation) => Expr::Column(datafusion::common::Column::new(Some(relation.clone()), name)),
        None => column(&name),
    })
}

fn uncast(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast(Cast { expr, .. }) => uncast(expr),
        other => other,
    }
}
