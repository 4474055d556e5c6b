//! Functions over arrays and maps whose names the planner would take for DataFusion's own.

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName,
};

/// `map` is read by the planner in another form; `array_sort` and `array_first` have one form with a lambda
/// and one without, which are two functions here.
pub(super) fn rename(name: &str, function: &mut Function) {
    let other = match name {
        "map" => "trino_map",
        "array_sort" if has_lambda(function) => "trino_array_sort",
        "array_first" if has_lambda(function) => "trino_array_first",
        _ => return,
    };
    function.name = ObjectName::from(vec![Ident::new(other)]);
}

fn has_lambda(function: &Function) -> bool {
    let FunctionArguments::List(list) = &function.args else { return false };
    list.args.iter().any(|arg| matches!(arg, FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Lambda(_)))))
}
