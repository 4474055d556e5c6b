//! Trino's forms that the planner does not know, put into forms it does.

mod aggregates;
mod collections;
mod grouping;
pub(crate) mod named_casts;
mod numbers;
mod sources;
mod subqueries;
pub(crate) mod times;

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, BinaryOperator, CaseWhen, CastKind, DataType, DateTimeField, Expr, Fetch, Function, FunctionArg,
    FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, LambdaFunction, LambdaSyntax, LimitClause,
    ObjectName, OneOrManyWithParens, Query, Select, Subscript, TableFactor, TrimWhereField, TypedString, Value,
    ValueWithSpan, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::names::header::called;
use crate::functions::like::{self, backslashed};
use crate::functions::regexp;
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
        // Behind the last common table expression all of them are known.
        let last = query.with.as_ref().and_then(|with| with.cte_tables.last());
        let place = last.map_or_else(Span::empty, |cte| {
            let end = cte.closing_paren_token.0.span.end;
            Span::new(end, end)
        });
        sources::rewrite_table(&mut query.body, place);
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
            Expr::Tuple(values) => *expr = call("row", std::mem::take(values)),
            Expr::Like { pattern, escape_char, .. } => rewrite_like(pattern, escape_char),
            Expr::TypedString(TypedString { data_type: DataType::JSON, value, .. }) => {
                *expr = call("json_parse", vec![Expr::Value(value.clone())]);
            }
            // Blanks may stand between the digits of a binary literal.
            Expr::Value(ValueWithSpan { value: Value::HexStringLiteral(digits), .. }) => {
                digits.retain(|digit| !digit.is_ascii_whitespace());
            }
            Expr::Value(_) | Expr::TypedString(_) => {
                if let Some(number) = numbers::double(expr).or_else(|| numbers::decimal(expr)) {
                    *expr = number;
                }
            }
            Expr::Trim { expr: text, trim_where, trim_what, trim_characters } => {
                let name = match trim_where {
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                    Some(TrimWhereField::Both) | None => "trim",
                };
                let mut args = vec![take(text)];
                args.extend(trim_what.as_deref_mut().map(take));
                args.append(&mut trim_characters.take().unwrap_or_default());
                *expr = call(name, args);
            }
            Expr::Overlay { expr: text, overlay_what, overlay_from, overlay_for } => {
                let mut args = vec![take(text), take(overlay_what), take(overlay_from)];
                args.extend(overlay_for.as_deref_mut().map(take));
                *expr = call("overlay", args);
            }
            Expr::Position { expr: wanted, r#in } => {
                *expr = call("strpos", vec![take(r#in), take(wanted)]);
            }
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

pub(crate) fn call(name: &str, args: Vec<Expr>) -> Expr {
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
    if let Some(new) = aggregates::rewrite(&name, function) {
        return Some(new);
    }
    collections::rename(&name, function);
    let FunctionArguments::List(list) = &mut function.args else { return None };
    match name.as_str() {
        "mod" => operator(list, BinaryOperator::Modulo),
        "nullif" => numbers::nullif(list),
        "typeof" => numbers::type_of_literal(list),
        "if" => rewrite_if(list),
        "regexp_replace"
            if matches!(list.args.last(), Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Lambda(_))))) =>
        {
            function.name = ObjectName::from(vec![Ident::new(regexp::BY_LAMBDA)]);
            None
        }
        // `normalize(x, NFD)`: the form is a word of the language.
        "normalize" => {
            if let [_, FunctionArg::Unnamed(FunctionArgExpr::Expr(form))] = list.args.as_mut_slice()
                && let Expr::Identifier(word) = form
            {
                *form = value(Value::SingleQuotedString(word.value.to_uppercase()));
            }
            None
        }
        _ => None,
    }
}

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
/// backslash is doubled, and a given escape is turned into the backslash. A literal stays one, so that
/// files can be pruned by it.
fn rewrite_like(pattern: &mut Expr, escape: &mut Option<ValueWithSpan>) {
    let escape = escape.take();
    if let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) = pattern {
        let letter = match escape.as_ref().map(|escape| &escape.value) {
            Some(Value::SingleQuotedString(escape)) if escape.chars().count() == 1 => Some(escape.chars().next()),
            Some(_) => None,
            None => Some(None),
        };
        if let Some(new) = letter.and_then(|letter| backslashed(text, letter)) {
            *text = new;
            return;
        }
    }
    let args = std::iter::once(take(pattern)).chain(escape.map(Expr::Value));
    *pattern = call(like::PATTERN, args.collect());
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
        DateTimeField::Hour => "trino_extract_hour",
        DateTimeField::Minute => "trino_extract_minute",
        DateTimeField::Second => "trino_extract_second",
        DateTimeField::Millisecond => "millisecond",
        DateTimeField::TimezoneHour => "trino_extract_timezone_hour",
        DateTimeField::TimezoneMinute => "trino_extract_timezone_minute",
        DateTimeField::Custom(name) => match name.value.to_lowercase().as_str() {
            "day_of_week" => "day_of_week",
            "day_of_month" => "day_of_month",
            "day_of_year" => "day_of_year",
            "year_of_week" | "yow" => "year_of_week",
            _ => return None,
        },
        _ => return None,
    })
}
