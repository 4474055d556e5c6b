//! What the parser reads, and Trino or this crate refuses: said with its place, instead of a plan that
//! means something else.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, JoinConstraint, JoinOperator,
    Query, Select, Spanned, TableFactor, Value, Visit, Visitor,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::known_position;
use crate::error::Error;

/// The first thing in the query that is refused.
pub(crate) fn refuse(query: &Query) -> Result<(), Error> {
    match Visit::visit(query, &mut Refusals) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break((message, at)) => Err(Error::syntax(message, known_position(at))),
    }
}

struct Refusals;

type Refusal = (&'static str, Location);

impl Visitor for Refusals {
    type Break = Refusal;

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Refusal> {
        for join in select.from.iter().flat_map(|from| &from.joins) {
            if is_natural(&join.join_operator) {
                let message = "NATURAL JOIN is not supported: write JOIN … USING with the columns";
                return ControlFlow::Break((message, join.relation.span().start));
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Refusal> {
        if let TableFactor::MatchRecognize { table, .. } = factor {
            return ControlFlow::Break(("MATCH_RECOGNIZE is not supported", table.span().start));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Refusal> {
        if let Expr::Function(function) = expr
            && let Some(message) = refused_call(function)
        {
            return ControlFlow::Break((message, function.name.span().start));
        }
        ControlFlow::Continue(())
    }
}

fn is_natural(operator: &JoinOperator) -> bool {
    matches!(
        operator,
        JoinOperator::Join(JoinConstraint::Natural)
            | JoinOperator::Inner(JoinConstraint::Natural)
            | JoinOperator::Left(JoinConstraint::Natural)
            | JoinOperator::LeftOuter(JoinConstraint::Natural)
            | JoinOperator::Right(JoinConstraint::Natural)
            | JoinOperator::RightOuter(JoinConstraint::Natural)
            | JoinOperator::FullOuter(JoinConstraint::Natural)
    )
}

fn refused_call(function: &Function) -> Option<&'static str> {
    let [name] = function.name.0.as_slice() else { return None };
    let FunctionArguments::List(list) = &function.args else { return None };
    let distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
    match name.as_ident()?.value.as_str() {
        "count" if distinct && list.args.len() > 1 => {
            Some("count takes one argument: count rows of several columns with count(DISTINCT ROW(a, b))")
        }
        "lag" | "lead" if list.args.get(1).is_some_and(is_null) => Some("the offset of lag and lead must not be NULL"),
        "listagg" if function.within_group.is_empty() => {
            Some("listagg needs WITHIN GROUP (ORDER BY …) behind its brackets")
        }
        _ => None,
    }
}

fn is_null(argument: &FunctionArg) -> bool {
    matches!(
        argument,
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value))) if value.value == Value::Null
    )
}
