//! What parses, and means nothing in Trino: joins without a condition, window functions in WHERE.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Distinct, Expr, Function, JoinConstraint, JoinOperator, ObjectNamePart, Query, Select, Spanned, Visit, Visitor,
};

use super::known_position;
use crate::error::Error;

/// Refuses what the planner would take for something else, or only notice when the query runs.
pub(super) fn check(query: &Query) -> Result<(), Error> {
    match Visit::visit(query, &mut Clauses) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Clauses;

impl Visitor for Clauses {
    type Break = Error;

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Error> {
        match joins(select).and_then(|()| distinct(select)).and_then(|()| windows(select)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

fn joins(select: &Select) -> Result<(), Error> {
    for join in select.from.iter().flat_map(|from| &from.joins) {
        let constraint = match &join.join_operator {
            JoinOperator::Join(constraint)
            | JoinOperator::Inner(constraint)
            | JoinOperator::Left(constraint)
            | JoinOperator::LeftOuter(constraint)
            | JoinOperator::Right(constraint)
            | JoinOperator::RightOuter(constraint)
            | JoinOperator::FullOuter(constraint) => constraint,
            _ => continue,
        };
        if *constraint == JoinConstraint::None {
            let position = known_position(join.relation.span().start);
            let error = Error::syntax("a join needs ON or USING behind its table", position);
            return Err(error.with_hint("CROSS JOIN pairs every row with every row"));
        }
    }
    Ok(())
}

fn distinct(select: &Select) -> Result<(), Error> {
    match &select.distinct {
        Some(Distinct::On(columns)) => {
            let position = columns.first().and_then(|column| known_position(column.span().start));
            let hint =
                "write max_by(x, time) with GROUP BY, or row_number() OVER (PARTITION BY …) = 1 in an outer query";
            Err(Error::syntax("DISTINCT ON is not Trino's SQL", position).with_hint(hint))
        }
        _ => Ok(()),
    }
}

fn windows(select: &Select) -> Result<(), Error> {
    let clauses = [("WHERE", &select.selection), ("HAVING", &select.having)];
    for (clause, condition) in clauses {
        let Some(condition) = condition else { continue };
        let mut search = Windows { depth: 0, found: None };
        let _ = Visit::visit(condition, &mut search);
        if let Some(position) = search.found {
            let error = Error::syntax(format!("{clause} cannot hold a window function"), position);
            return Err(error.with_hint("compute it in a subquery, and filter outside of it"));
        }
    }
    Ok(())
}

struct Windows {
    /// Queries around the expression within the condition.
    depth: u32,
    found: Option<Option<crate::error::Position>>,
}

impl Visitor for Windows {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(Function { name, over: Some(_), .. }) if self.depth == 0 => {
                let ident = name.0.first().and_then(ObjectNamePart::as_ident);
                self.found = Some(ident.and_then(|ident| known_position(ident.span.start)));
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}
