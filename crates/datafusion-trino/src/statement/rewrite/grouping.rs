//! ROLLUP and CUBE over several columns at once, written as the grouping sets they stand for.

use datafusion::sql::sqlparser::ast::{Expr, GroupByExpr};

/// `CUBE (a, (b, c))` is `GROUPING SETS ((a, b, c), (a), (b, c), ())`.
pub(super) fn rewrite(group_by: &mut GroupByExpr) {
    let GroupByExpr::Expressions(exprs, _) = group_by else { return };
    for expr in exprs {
        let sets = match expr {
            Expr::Rollup(parts) if is_composite(parts) => rollup(parts),
            Expr::Cube(parts) if is_composite(parts) => cube(parts),
            _ => continue,
        };
        *expr = Expr::GroupingSets(sets);
    }
}

fn is_composite(parts: &[Vec<Expr>]) -> bool {
    parts.iter().any(|part| part.len() > 1)
}

fn rollup(parts: &[Vec<Expr>]) -> Vec<Vec<Expr>> {
    (0..=parts.len()).rev().map(|length| parts[..length].concat()).collect()
}

fn cube(parts: &[Vec<Expr>]) -> Vec<Vec<Expr>> {
    parts.iter().rev().fold(vec![vec![]], |sets: Vec<Vec<Expr>>, part| {
        let with = sets.iter().map(|set| [part.as_slice(), set].concat());
        with.chain(sets.iter().cloned()).collect()
    })
}
