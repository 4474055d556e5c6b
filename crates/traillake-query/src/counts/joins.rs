//! Aggregates over inner joins: a side of which nothing but columns of few values is read gives each combination once.
//!
//! Keys and the sessions they belong to, addresses and what is known of them: of such joins most rows are alike on one
//! side. An inner join gives a row as often as it stands on a side, so that its count goes through the join as it is.

use std::sync::Arc;

use datafusion::common::{Column, JoinType, Result};
use datafusion::logical_expr::logical_plan::{Aggregate, Join};
use datafusion::logical_expr::{Expr, LogicalPlan};

use super::{below, expressions, over_chain};

/// What an aggregate reads of a join, one side of it each combination once, with how often; `None` where it cannot be.
pub(super) fn weighed(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    let mut chain = Vec::new();
    let LogicalPlan::Join(join) = below(&aggregate.input, &mut chain) else { return Ok(None) };
    if join.join_type != JoinType::Inner || join.on.is_empty() {
        return Ok(None);
    }
    let own = aggregate.group_expr.iter().chain(&aggregate.aggr_expr);
    let mut read = own.chain(chain.iter().flat_map(|node| expressions(node))).chain(&join.filter);
    // What gives another answer each time is asked for each pair.
    if read.any(Expr::is_volatile) {
        return Ok(None);
    }
    let (mut left, mut right) = (Arc::clone(&join.left), Arc::clone(&join.right));
    match (combinations(&join.right)?, combinations(&join.left)?) {
        (Some(weighed), _) => right = Arc::new(weighed),
        (None, Some(weighed)) => left = Arc::new(weighed),
        (None, None) => return Ok(None),
    }
    let Join { on, filter, join_type, join_constraint, null_equality, null_aware, .. } = join.clone();
    let join = Join::try_new(left, right, on, filter, join_type, join_constraint, null_equality, null_aware)?;
    over_chain(&chain, LogicalPlan::Join(join)).map(Some)
}

/// Each combination of all columns of a side.
fn combinations(side: &Arc<LogicalPlan>) -> Result<Option<LogicalPlan>> {
    let columns =
        side.schema().iter().map(|(qualifier, field)| Expr::Column(Column::new(qualifier.cloned(), field.name())));
    super::weighed(&Aggregate::try_new(Arc::clone(side), columns.collect(), Vec::new())?)
}
