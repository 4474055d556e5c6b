//! Trino's aggregates in terms of DataFusion's and of this crate's.

use datafusion::sql::sqlparser::ast::{
    CaseWhen, CastKind, DataType, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentClause, FunctionArgumentList, FunctionArguments, Ident, ListAggOnOverflow, ObjectName, OrderByExpr,
    Value, WindowType,
};

use super::{AttachedToken, call, number, take, value};
use crate::functions::aggregate::WINDOW_ARRAY_AGG;

/// The aggregate under the name and with the arguments it is planned by.
pub(super) fn rewrite(name: &str, function: &mut Function) -> Option<Expr> {
    let renamed = match name {
        "variance" => "var_samp",
        "every" => "bool_and",
        "bitwise_and_agg" => bits(function, "bit_and"),
        "bitwise_or_agg" => bits(function, "bit_or"),
        "bitwise_xor_agg" => bits(function, "bit_xor"),
        "max" if arguments(function).len() == 2 => "trino_max_n",
        "min" if arguments(function).len() == 2 => "trino_min_n",
        "count_if" => return count_if(function),
        "listagg" => {
            listagg(function);
            return None;
        }
        "array_agg" => {
            window_array_agg(function);
            return None;
        }
        _ => return None,
    };
    function.name = ObjectName::from(vec![Ident::new(renamed)]);
    None
}

fn arguments(function: &Function) -> Vec<Expr> {
    let FunctionArguments::List(list) = &function.args else { return vec![] };
    let expr = |arg: &FunctionArg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
        _ => None,
    };
    list.args.iter().filter_map(expr).collect()
}

fn argument(expr: Expr) -> FunctionArg {
    FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))
}

/// The aggregates over bits give bigints.
fn bits(function: &mut Function, name: &'static str) -> &'static str {
    if let FunctionArguments::List(list) = &mut function.args
        && let [FunctionArg::Unnamed(FunctionArgExpr::Expr(of))] = list.args.as_mut_slice()
    {
        *of = Expr::Cast {
            kind: CastKind::Cast,
            expr: Box::new(take(of)),
            data_type: DataType::BigInt(None),
            array: false,
            format: None,
        };
    }
    name
}

/// `count_if(c)` counts the rows where c is true.
fn count_if(function: &Function) -> Option<Expr> {
    let [condition] = <[Expr; 1]>::try_from(arguments(function)).ok()?;
    let counted = Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen { condition, result: number("1") }],
        else_result: None,
    };
    let Expr::Function(mut new) = call("count", vec![counted]) else { return None };
    new.filter.clone_from(&function.filter);
    new.over.clone_from(&function.over);
    Some(Expr::Function(new))
}

fn text(text: &str) -> Expr {
    value(Value::SingleQuotedString(text.to_owned()))
}

/// `listagg(x, s ON OVERFLOW …) WITHIN GROUP (ORDER BY …)` is called with what to do and the filler.
fn listagg(function: &mut Function) {
    let order = std::mem::take(&mut function.within_group);
    let FunctionArguments::List(list) = &mut function.args else { return };
    if list.args.len() == 1 {
        list.args.push(argument(text("")));
    }
    let (overflow, filler) = overflow(list);
    list.args.extend([argument(text(overflow)), argument(filler)]);
    if !order.is_empty() {
        list.clauses.push(FunctionArgumentClause::OrderBy(order));
    }
}

fn overflow(list: &mut FunctionArgumentList) -> (&'static str, Expr) {
    let at = list.clauses.iter().position(|clause| matches!(clause, FunctionArgumentClause::OnOverflow(_)));
    match at.map(|at| list.clauses.remove(at)) {
        Some(FunctionArgumentClause::OnOverflow(ListAggOnOverflow::Truncate { filler, with_count })) => {
            let overflow = if with_count { "count" } else { "truncate" };
            (overflow, filler.map_or_else(|| text("..."), |filler| *filler))
        }
        _ => ("error", text("")),
    }
}

/// Over a window the planner takes no ORDER BY within the brackets, and no DISTINCT.
fn window_array_agg(function: &mut Function) {
    let FunctionArguments::List(list) = &mut function.args else { return };
    let distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
    let orders = list.clauses.iter().position(|clause| matches!(clause, FunctionArgumentClause::OrderBy(_)));
    let is_window = matches!(function.over, Some(WindowType::WindowSpec(_) | WindowType::NamedWindow(_)));
    if !is_window || (orders.is_none() && !distinct) || list.args.len() != 1 {
        return;
    }
    let keys = match orders.map(|at| list.clauses.remove(at)) {
        Some(FunctionArgumentClause::OrderBy(keys)) => keys,
        _ => vec![],
    };
    list.duplicate_treatment = None;
    let mut how = if distinct { "!".to_owned() } else { String::new() };
    how.extend(keys.iter().flat_map(directions));
    list.args.push(argument(text(&how)));
    list.args.extend(keys.into_iter().map(|key| argument(key.expr)));
    function.name = ObjectName::from(vec![Ident::new(WINDOW_ARRAY_AGG)]);
}

fn directions(key: &OrderByExpr) -> [char; 2] {
    let descending = key.options.asc == Some(false);
    let nulls_first = key.options.nulls_first == Some(true);
    [if descending { 'd' } else { 'a' }, if nulls_first { 'f' } else { 'l' }]
}
