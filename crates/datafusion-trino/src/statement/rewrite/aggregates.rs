//! Trino's aggregates in terms of DataFusion's.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments,
    Ident, ObjectName, OrderByExpr, OrderByOptions,
};

use super::{AttachedToken, call, number};

/// The aggregate as DataFusion has it; changes `function` in place where only the name differs.
pub(super) fn rewrite(name: &str, function: &mut Function) -> Option<Expr> {
    let renamed = match name {
        "variance" => "var_samp",
        "every" => "bool_and",
        "approx_distinct" => {
            // The second argument is the error that is allowed.
            if let FunctionArguments::List(list) = &mut function.args {
                list.args.truncate(1);
            }
            return None;
        }
        "count_if" => return count_if(function),
        "arbitrary" | "any_value" => return arbitrary(function),
        "max_by" => return by(function, false),
        "min_by" => return by(function, true),
        "max" | "min" => return extremes(function, name == "min"),
        "approx_percentile" => return approx_percentile(function),
        "map_agg" => return map_agg(function),
        "histogram" => return histogram(function),
        _ => return None,
    };
    function.name = ObjectName::from(vec![Ident::new(renamed)]);
    None
}

fn arguments(function: &Function) -> Option<Vec<Expr>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    list.args
        .iter()
        .map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
            _ => None,
        })
        .collect()
}

/// A call of another aggregate with the filter and window of this one.
fn instead(function: &Function, name: &str, args: Vec<Expr>) -> Function {
    let Expr::Function(mut new) = call(name, args) else { return function.clone() };
    new.filter.clone_from(&function.filter);
    new.over.clone_from(&function.over);
    new
}

/// Only rows where the expression is not NULL.
fn only_known(function: &mut Function, expr: &Expr) {
    let known = Expr::IsNotNull(Box::new(expr.clone()));
    function.filter = Some(Box::new(match function.filter.take() {
        None => known,
        Some(filter) => {
            Expr::BinaryOp { left: Box::new(Expr::Nested(filter)), op: BinaryOperator::And, right: Box::new(known) }
        }
    }));
}

fn order_by(function: &mut Function, key: Expr, ascending: bool) {
    if let FunctionArguments::List(list) = &mut function.args {
        list.clauses.push(FunctionArgumentClause::OrderBy(vec![OrderByExpr {
            expr: key,
            options: OrderByOptions { asc: Some(ascending), nulls_first: Some(false) },
            with_fill: None,
        }]));
    }
}

fn count_if(function: &Function) -> Option<Expr> {
    let [condition] = <[Expr; 1]>::try_from(arguments(function)?).ok()?;
    let counted = Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen { condition, result: number("1") }],
        else_result: None,
    };
    Some(Expr::Function(instead(function, "count", vec![counted])))
}

fn arbitrary(function: &Function) -> Option<Expr> {
    let [of] = <[Expr; 1]>::try_from(arguments(function)?).ok()?;
    let mut new = instead(function, "first_value", vec![of.clone()]);
    only_known(&mut new, &of);
    Some(Expr::Function(new))
}

/// `max_by(x, y)`: the x of the greatest y; with n, the x of the n greatest.
fn by(function: &Function, ascending: bool) -> Option<Expr> {
    let args = arguments(function)?;
    let (of, key, count) = match args.as_slice() {
        [of, key] => (of, key, None),
        [of, key, count] => (of, key, Some(count)),
        _ => return None,
    };
    let aggregate = if count.is_some() { "array_agg" } else { "first_value" };
    let mut new = instead(function, aggregate, vec![of.clone()]);
    order_by(&mut new, key.clone(), ascending);
    only_known(&mut new, key);
    Some(first_items(new, count))
}

/// `max(x, n)`: the n greatest.
fn extremes(function: &Function, ascending: bool) -> Option<Expr> {
    let [of, count] = <[Expr; 2]>::try_from(arguments(function)?).ok()?;
    let mut new = instead(function, "array_agg", vec![of.clone()]);
    order_by(&mut new, of.clone(), ascending);
    only_known(&mut new, &of);
    Some(first_items(new, Some(&count)))
}

fn first_items(function: Function, count: Option<&Expr>) -> Expr {
    let all = Expr::Function(function);
    match count {
        None => all,
        Some(count) => call("slice", vec![all, number("1"), count.clone()]),
    }
}

/// With an array of percentages the result is an array; with three arguments the second is a weight.
fn approx_percentile(function: &Function) -> Option<Expr> {
    let args = arguments(function)?;
    let (of, weight, share) = match args.as_slice() {
        [of, share] => (of, None, share),
        [of, weight, share] => (of, Some(weight), share),
        _ => return None,
    };
    let one = |share: &Expr| {
        let (name, args) = match weight {
            None => ("approx_percentile", vec![of.clone(), share.clone()]),
            Some(weight) => ("approx_percentile_cont_with_weight", vec![of.clone(), weight.clone(), share.clone()]),
        };
        Expr::Function(instead(function, name, args))
    };
    let shares = match share {
        Expr::Function(array) if array.name.to_string() == "make_array" => arguments(array),
        _ => None,
    };
    match share {
        _ if shares.is_some() => Some(call("make_array", shares.iter().flatten().map(one).collect())),
        _ if weight.is_none() => None,
        share => Some(one(share)),
    }
}

/// NULL keys are left out, as in Trino.
fn map_agg(function: &Function) -> Option<Expr> {
    let [key, item] = <[Expr; 2]>::try_from(arguments(function)?).ok()?;
    let mut keys = instead(function, "array_agg", vec![key.clone()]);
    let mut values = instead(function, "array_agg", vec![item]);
    only_known(&mut keys, &key);
    only_known(&mut values, &key);
    Some(call("trino_map_of", vec![Expr::Function(keys), Expr::Function(values)]))
}

fn histogram(function: &Function) -> Option<Expr> {
    let [of] = <[Expr; 1]>::try_from(arguments(function)?).ok()?;
    let mut items = instead(function, "array_agg", vec![of.clone()]);
    only_known(&mut items, &of);
    Some(call("trino_histogram", vec![Expr::Function(items)]))
}
