//! Names for casts. The engine calls `CAST(x AS bigint)` by the name of x, and so cannot have both
//! `max(CAST(x AS bigint))` and `max(x)` in one SELECT.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{CastKind, Expr, Query, Select, Value, VisitMut, VisitorMut};

use super::{call, take, value};
use crate::functions::mark::TYPED;

/// Puts every cast that is not in a condition of WHERE into a function that is called by its type, too. It costs
/// a call for each batch, so it is for queries that cannot be planned without it.
pub(crate) fn rewrite(query: &mut Query) {
    let _ = VisitMut::visit(query, &mut NamedCasts { conditions: Vec::new() });
}

struct NamedCasts {
    /// The conditions of the SELECTs around the expression; they make no names, and prune.
    conditions: Vec<Option<Expr>>,
}

impl VisitorMut for NamedCasts {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        self.conditions.push(select.selection.take());
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        select.selection = self.conditions.pop().flatten();
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Cast { kind, data_type, .. } = expr {
            let kind = if *kind == CastKind::TryCast { "try " } else { "" };
            let name = value(Value::SingleQuotedString(format!("{kind}{data_type}")));
            *expr = call(TYPED, vec![take(expr), name]);
        }
        ControlFlow::Continue(())
    }
}
