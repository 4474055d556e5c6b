//! Trino's forms that the planner does not know, put into forms it does.

mod aggregates;
mod grouping;
mod sources;
mod subqueries;
pub(crate) mod times;

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, BinaryOperator, CaseWhen, CastKind, DataType, DateTimeField, Expr, Fetch, Function, FunctionArg,
    FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList, FunctionArguments, Ident, LambdaFunction,
    LambdaSyntax, LimitClause, ObjectName, OneOrManyWithParens, Query, Select, Subscript, TableFactor, TimezoneInfo, Value,
    ValueWithSpan, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::names::header::called;
use crate::rules::WITH_TIES;

/// Rewrites every expression of the query, innermost first.
pub(crate) fn rewrite(query: &mut Query) {
    let _ = VisitMut::visit(query, &mut Rewrite::default());
}

#[derive(Default)]
struct Rewrite {
    /// The parameters of the lambdas around the expression.
    parameters: Vec<Vec<String>>,
    /// What the tables of the queries around the expression are called, outermost first.
    tables: Vec<Vec<String>>,
    /// How many subqueries of FROM have got a name.
    unnamed: usize,
}

impl Rewrite {
    /// `r.arn` in a lambda over `r` is a field of the parameter, and of no table.
    ///
    /// So is `e.row.field` a field of a column when `e` belongs to an outer query, where the planner
    /// finds columns but no fields.
    fn name_fields_outside(&self, expr: &mut Expr) {
        let Expr::CompoundIdentifier(names) = expr else { return };
        let Some(first) = names.first() else { return };
        let is = |name: &String| *name == first.value;
        let is_outer_table = || match self.tables.split_last() {
            Some((own, outer)) => !own.iter().any(is) && outer.iter().flatten().any(is),
            None => false,
        };
        let root = if self.parameters.iter().flatten().any(is) {
            1
        } else if names.len() > 2 && is_outer_table() {
            2
        } else {
            return;
        };
        let (root, fields) = names.split_at(root);
        let access_chain = fields.iter().map(|field| {
            let index = value(Value::SingleQuotedString(field.value.clone()));
            AccessExpr::Subscript(Subscript::Index { index })
        });
        let access_chain = access_chain.collect();
        let root = match root {
            [name] => Expr::Identifier(name.clone()),
            names => Expr::Nested(Box::new(Expr::CompoundIdentifier(names.to_vec()))),
        };
        *expr = Expr::CompoundFieldAccess { root: Box::new(root), access_chain };
    }
}

impl VisitorMut for Rewrite {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let factors = select
            .from
            .iter()
            .flat_map(|item| std::iter::once(&item.relation).chain(item.joins.iter().map(|join| &join.relation)));
        self.tables.push(factors.filter_map(called).map(str::to_owned).collect());
        select.from.iter_mut().for_each(sources::rewrite_joins);
        grouping::rewrite(&mut select.group_by);
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _select: &mut Select) -> ControlFlow<()> {
        self.tables.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        sources::rewrite(factor, &mut self.unnamed);
        ControlFlow::Continue(())
    }

    /// `FETCH FIRST n ROWS ONLY` is `LIMIT n`.
    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let plain = |fetch: &Fetch| !fetch.percent;
        if query.fetch.as_ref().is_some_and(plain)
            && let Some(fetch) = query.fetch.take()
        {
            let quantity = fetch.quantity.unwrap_or_else(|| number("1"));
            let limit = Some(if fetch.with_ties { call(WITH_TIES, vec![quantity]) } else { quantity });
            let offset = match query.limit_clause.take() {
                Some(LimitClause::LimitOffset { offset, .. }) => offset,
                _ => None,
            };
            query.limit_clause = Some(LimitClause::LimitOffset { limit, offset, limit_by: vec![] });
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Lambda(lambda) => {
                let names = lambda.params.iter().map(|p| p.name.value.clone()).collect();
                self.parameters.push(names);
            }
            // `try(e)` is planned as a call with a lambda without parameters.
            Expr::Function(function) => make_try_lambda(function),
            other => self.name_fields_outside(other),
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        subqueries::rewrite(expr);
        match expr {
            Expr::Lambda(_) => {
                self.parameters.pop();
            }
            Expr::Function(function) => {
                if let Some(new) = rewrite_function(function) {
                    *expr = new;
                }
            }
            Expr::CompoundFieldAccess { root, access_chain } => {
                name_fields(matches!(root.as_ref(), Expr::Identifier(_)), access_chain);
            }
            // The planner forgets lambdas and outer tables inside of an array literal.
            Expr::Array(array) if !array.elem.is_empty() => {
                *expr = call("make_array", std::mem::take(&mut array.elem));
            }
            Expr::Like { pattern, escape_char, .. } => rewrite_like(pattern, escape_char),
            Expr::Extract { field, expr: from, .. } => {
                if let Some(name) = part_function(field) {
                    *expr = call(name, vec![take(from)]);
                }
            }
            Expr::Substring { expr: text, substring_from, substring_for, .. } => {
                let mut args = vec![take(text)];
                args.push(substring_from.as_deref_mut().map_or_else(|| number("1"), take));
                args.extend(substring_for.as_deref_mut().map(take));
                *expr = call("substr", args);
            }
            Expr::AtTimeZone { timestamp, time_zone } => {
                *expr = call("at_timezone", vec![take(timestamp), take(time_zone)]);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, Expr::Wildcard(AttachedToken::empty()))
}

fn number(digits: &str) -> Expr {
    value(Value::Number(digits.to_owned(), false))
}

fn value(value: Value) -> Expr {
    Expr::Value(ValueWithSpan { value, span: Span::empty() })
}

pub(super) fn call(name: &str, args: Vec<Expr>) -> Expr {
    let args = args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)));
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: args.collect(),
            clauses: vec![],
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: vec![],
    })
}

fn make_try_lambda(function: &mut Function) {
    if let [name] = function.name.0.as_slice()
        && name.as_ident().is_some_and(|name| name.value == "try")
        && let FunctionArguments::List(list) = &mut function.args
        && let [FunctionArg::Unnamed(FunctionArgExpr::Expr(body))] = list.args.as_mut_slice()
        && !matches!(body, Expr::Lambda(_))
    {
        // A cast of a constant is evaluated while planning, where nothing catches it.
        if let Expr::Cast { kind, .. } = body {
            *kind = CastKind::TryCast;
        }
        *body = Expr::Lambda(LambdaFunction {
            params: OneOrManyWithParens::Many(vec![]),
            body: Box::new(take(body)),
            syntax: LambdaSyntax::Arrow,
        });
    }
}

fn rewrite_function(function: &mut Function) -> Option<Expr> {
    let [name] = function.name.0.as_slice() else { return None };
    let name = name.as_ident()?.value.clone();
    match name.as_str() {
        "now" | "current_timestamp" => return Some(now(TimezoneInfo::WithTimeZone)),
        "localtimestamp" => return Some(now(TimezoneInfo::None)),
        _ => {}
    }
    if let Some(new) = aggregates::rewrite(&name, function) {
        return Some(new);
    }
    if let Some((_, other)) = RENAMED.iter().find(|(trino, _)| *trino == name) {
        function.name = ObjectName::from(vec![Ident::new(*other)]);
        return None;
    }
    let FunctionArguments::List(list) = &mut function.args else { return None };
    match name.as_str() {
        "mod" => operator(list, BinaryOperator::Modulo),
        "bitwise_and" => operator(list, BinaryOperator::BitwiseAnd),
        "bitwise_or" => operator(list, BinaryOperator::BitwiseOr),
        "bitwise_xor" => operator(list, BinaryOperator::PGBitwiseXor),
        "if" => rewrite_if(list),
        "listagg" => {
            let order = std::mem::take(&mut function.within_group);
            if !order.is_empty() {
                list.clauses.push(FunctionArgumentClause::OrderBy(order));
            }
            if list.args.len() == 1 {
                let empty = value(Value::SingleQuotedString(String::new()));
                list.args.push(FunctionArg::Unnamed(FunctionArgExpr::Expr(empty)));
            }
            function.name = ObjectName::from(vec![Ident::new("string_agg")]);
            None
        }
        _ => None,
    }
}

/// Functions DataFusion has under another name.
const RENAMED: [(&str, &str); 7] = [
    ("ceiling", "ceil"),
    ("codepoint", "ascii"),
    ("is_nan", "isnan"),
    ("levenshtein_distance", "levenshtein"),
    ("repeat", "array_repeat"),
    ("sign", "signum"),
    ("truncate", "trunc"),
];

/// A function of two arguments that is an operator.
fn operator(list: &mut FunctionArgumentList, op: BinaryOperator) -> Option<Expr> {
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(left)), FunctionArg::Unnamed(FunctionArgExpr::Expr(right))] =
        list.args.as_mut_slice()
    else {
        return None;
    };
    let nested = |expr| Box::new(Expr::Nested(Box::new(expr)));
    let whole = Expr::BinaryOp { left: nested(take(left)), op, right: nested(take(right)) };
    Some(Expr::Nested(Box::new(whole)))
}

/// The start of the query in milliseconds, as Trino has it.
fn now(zone: TimezoneInfo) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(call("now", vec![])),
        data_type: DataType::Timestamp(Some(3), zone),
        array: false,
        format: None,
    }
}

/// `if(c, a, b)` is `case when c then a else b end`.
fn rewrite_if(list: &mut FunctionArgumentList) -> Option<Expr> {
    let mut args = Vec::new();
    for arg in &list.args {
        match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => args.push(expr.clone()),
            _ => return None,
        }
    }
    let mut args = args.into_iter();
    let (condition, result, otherwise) = (args.next()?, args.next()?, args.next());
    if args.next().is_some() {
        return None;
    }
    Some(Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen { condition, result }],
        else_result: otherwise.map(Box::new),
    })
}

/// `f(x).a` and `x[1].a` name a field of a row; behind a plain column the planner resolves the names.
fn name_fields(root_is_name: bool, chain: &mut [AccessExpr]) {
    let mut names = root_is_name;
    for access in chain {
        match access {
            AccessExpr::Dot(field) => {
                if !names && let Expr::Identifier(name) = field {
                    *field = value(Value::SingleQuotedString(std::mem::take(&mut name.value)));
                }
            }
            AccessExpr::Subscript(_) => names = false,
        }
    }
}

/// Arrow's LIKE always escapes with a backslash. Trino has no escape unless one is given, so a
/// backslash is doubled, and a given escape is turned into the backslash.
fn rewrite_like(pattern: &mut Expr, escape: &mut Option<ValueWithSpan>) {
    let escape_char = match escape.as_ref().map(|e| &e.value) {
        None => None,
        Some(Value::SingleQuotedString(text)) => {
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) => Some(c),
                _ => return,
            }
        }
        Some(_) => return,
    };
    match pattern {
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => {
            if let Some(new) = backslash_pattern(text, escape_char) {
                *text = new;
                *escape = None;
            }
        }
        other if escape_char.is_none() && !matches!(other, Expr::Value(_)) => {
            let text = |t: &str| value(Value::SingleQuotedString(t.to_owned()));
            *other = call("replace", vec![take(other), text("\\"), text("\\\\")]);
        }
        _ => {}
    }
}

/// The pattern with a backslash as its escape; `None` when the escape stands before a plain letter,
/// which Trino refuses and the planner will too.
fn backslash_pattern(pattern: &str, escape: Option<char>) -> Option<String> {
    let mut result = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if Some(c) == escape {
            let next = chars.next()?;
            if !matches!(next, '%' | '_') && Some(next) != escape {
                return None;
            }
            if matches!(next, '%' | '_' | '\\') {
                result.push('\\');
            }
            result.push(next);
        } else {
            if c == '\\' {
                result.push('\\');
            }
            result.push(c);
        }
    }
    Some(result)
}

/// The function that `extract(field from …)` is in Trino; `None` for what only the planner knows.
fn part_function(field: &DateTimeField) -> Option<&'static str> {
    Some(match field {
        DateTimeField::Year => "year",
        DateTimeField::Quarter => "quarter",
        DateTimeField::Month => "month",
        DateTimeField::Week(None) => "week",
        DateTimeField::Day => "day",
        DateTimeField::Dow | DateTimeField::DayOfWeek => "day_of_week",
        DateTimeField::Doy | DateTimeField::DayOfYear => "day_of_year",
        DateTimeField::Hour => "hour",
        DateTimeField::Minute => "minute",
        DateTimeField::Second => "second",
        DateTimeField::Millisecond => "millisecond",
        DateTimeField::Custom(name) => match name.value.to_lowercase().as_str() {
            "day_of_week" => "day_of_week",
            "day_of_month" => "day_of_month",
            "day_of_year" => "day_of_year",
            "year_of_week" | "yow" => "year_of_week",
            "timezone_hour" => "timezone_hour",
            "timezone_minute" => "timezone_minute",
            _ => return None,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::backslash_pattern;

    #[test]
    fn a_backslash_is_a_letter_unless_it_is_the_escape() {
        for (pattern, escape, expected) in [
            (r"a\b%", None, Some(r"a\\b%")),
            ("100#%", Some('#'), Some(r"100\%")),
            (r"a\_b", Some('\\'), Some(r"a\_b")),
            ("a##b", Some('#'), Some("a#b")),
            (r"\#_", Some('#'), Some(r"\\\_")),
            ("#a", Some('#'), None),
        ] {
            assert_eq!(backslash_pattern(pattern, escape).as_deref(), expected, "{pattern}");
        }
    }
}
