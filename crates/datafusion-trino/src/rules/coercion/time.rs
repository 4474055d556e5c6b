//! Dates, timestamps and text that stands for them, made comparable.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, plan_datafusion_err, plan_err};
use datafusion::logical_expr::{self, BinaryExpr, Expr, ExprSchemable};

use crate::functions::cast::time::{TimeCast, casts};
use crate::functions::interval::{Operator, operation};
use crate::functions::scalar::is_text;
use crate::functions::time::date;
use crate::time::precision::rescale;
use crate::time::zone::Zone;
use crate::types::{describe_field, digits, map_fields, precision};

/// The two sides of a comparison with one of them cast to the other's type, a constant where there is one, so that
/// a column stays bare and can be pruned by; `None` when there is nothing to do.
///
/// # Errors
/// A constant text that is no date or timestamp.
pub(super) fn meet(
    left: &Expr,
    right: &Expr,
    types: (&DataType, &DataType),
    session: &Zone,
) -> Result<Option<(Expr, Expr)>> {
    let to_left = |cast: Option<Expr>| cast.map(|right| (left.clone(), right));
    let to_right = |cast: Option<Expr>| cast.map(|left| (left, right.clone()));
    match types {
        (time, text) if is_time(time) && is_text(text) && !text.is_null() => {
            Ok(to_left(Some(read(right, time, session)?)))
        }
        (text, time) if is_time(time) && is_text(text) && !text.is_null() => {
            Ok(to_right(Some(read(left, time, session)?)))
        }
        (from, to) if is_time(from) && is_time(to) && from != to => {
            if changes_left(from, to, is_constant(left), is_constant(right)) {
                Ok(to_right(fit(left, from, to, session)))
            } else {
                Ok(to_left(fit(right, to, from, session)))
            }
        }
        _ => Ok(None),
    }
}

/// Arithmetic of times and intervals whose types were not known to the planner, as in lambdas.
pub(super) fn arithmetic(binary: BinaryExpr, schema: &DFSchema) -> Transformed<Expr> {
    let op = match binary.op {
        logical_expr::Operator::Plus => Operator::Plus,
        logical_expr::Operator::Minus => Operator::Minus,
        logical_expr::Operator::Multiply => Operator::Times,
        logical_expr::Operator::Divide => Operator::Divided,
        _ => return Transformed::no(Expr::BinaryExpr(binary)),
    };
    let types = binary.left.get_type(schema).ok().zip(binary.right.get_type(schema).ok());
    match types.and_then(|(left, right)| operation(op, &left, &right)) {
        Some((function, true)) => Transformed::yes(function.call(vec![*binary.right, *binary.left])),
        Some((function, false)) => Transformed::yes(function.call(vec![*binary.left, *binary.right])),
        None => Transformed::no(Expr::BinaryExpr(binary)),
    }
}

fn is_time(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp(_, _) | DataType::Date32)
}

/// Dates become timestamps. A constant becomes what the other side is, a column with a zone what the session's clock
/// shows.
fn changes_left(left: &DataType, right: &DataType, left_is_constant: bool, right_is_constant: bool) -> bool {
    match (left, right) {
        (DataType::Date32, _) => true,
        (_, DataType::Date32) => false,
        (DataType::Timestamp(_, None), DataType::Timestamp(_, Some(_))) => left_is_constant,
        (DataType::Timestamp(_, Some(_)), DataType::Timestamp(_, None)) => !right_is_constant,
        _ => left_is_constant && !right_is_constant,
    }
}

/// Whether an expression is the same for all rows.
fn is_constant(expr: &Expr) -> bool {
    let varies = |expr: &Expr| {
        matches!(
            expr,
            Expr::Column(_)
                | Expr::OuterReferenceColumn(_, _)
                | Expr::LambdaVariable(_)
                | Expr::AggregateFunction(_)
                | Expr::WindowFunction(_)
                | Expr::ScalarSubquery(_)
                | Expr::Unnest(_)
        )
    };
    expr.exists(|expr| Ok(varies(expr))).is_ok_and(|varies| !varies)
}

/// One side in the zone of the other, as fine as it is itself; `None` when it fits as it is.
fn fit(expr: &Expr, from: &DataType, to: &DataType, session: &Zone) -> Option<Expr> {
    let target = match (from, to) {
        (DataType::Timestamp(unit, from), DataType::Timestamp(other, zone)) => {
            let narrow = matches!(expr, Expr::Literal(_, _)) && is_exact(expr, *other);
            let unit = if narrow { *other } else { *unit };
            if from == zone && !narrow {
                return None;
            }
            DataType::Timestamp(unit, zone.clone())
        }
        _ => to.clone(),
    };
    Some(TimeCast::new(&Field::new("", target, true), session).lax().of(expr.clone()))
}

/// Whether a constant timestamp can be told in a unit.
fn is_exact(expr: &Expr, unit: TimeUnit) -> bool {
    use datafusion::common::ScalarValue::{
        TimestampMicrosecond, TimestampMillisecond, TimestampNanosecond, TimestampSecond,
    };
    let Expr::Literal(value, _) = expr else { return false };
    let (TimestampSecond(count, _)
    | TimestampMillisecond(count, _)
    | TimestampMicrosecond(count, _)
    | TimestampNanosecond(count, _)) = value
    else {
        return false;
    };
    let DataType::Timestamp(own, _) = value.data_type() else { return false };
    let Some(count) = *count else { return true };
    rescale(count, own, digits(unit)).and_then(|other| rescale(other, unit, digits(own))) == Some(count)
}

/// A text as the date or timestamp it is compared with. A constant keeps digits the other side does not have.
fn read(text: &Expr, time: &DataType, session: &Zone) -> Result<Expr> {
    let field = |data_type| Field::new("", data_type, true);
    let Expr::Literal(value, _) = text else {
        return Ok(TimeCast::new(&field(time.clone()), session).lax().of(text.clone()));
    };
    let finest = |zone: &Option<Arc<str>>| DataType::Timestamp(TimeUnit::Nanosecond, zone.clone());
    // The type of the other side, a timestamp for a date, more digits: the first that loses nothing.
    let candidates = match time {
        DataType::Timestamp(_, zone) => [time.clone(), finest(zone)],
        _ => [time.clone(), DataType::Timestamp(TimeUnit::Millisecond, None)],
    };
    let shown = || value.try_as_str().flatten().unwrap_or_default().to_owned();
    let mut found = None;
    for candidate in candidates {
        let cast = TimeCast::new(&field(candidate.clone()), session).lax();
        if let Some(Ok(constant)) = cast.constant(text) {
            let exact = cast.loses_nothing(&shown());
            if exact || found.is_none() {
                found = Some(constant);
            }
            if exact {
                break;
            }
        }
    }
    found.ok_or_else(|| {
        plan_datafusion_err!(
            "'{}' is no {}: write it like '2023-01-02 03:04:05' or '2023-01-02'",
            shown(),
            if time == &DataType::Date32 { "date" } else { "timestamp" }
        )
    })
}

/// Refuses casts between numbers and times, which the engine has and Trino has not.
pub(super) fn refuse(from: &Field, to: &Field) -> Result<()> {
    let is_number = |data_type: &DataType| data_type.is_numeric() || data_type == &DataType::Boolean;
    match (from.data_type(), to.data_type()) {
        (DataType::List(from), DataType::List(to)) => refuse(from, to),
        (DataType::Struct(from), DataType::Struct(to)) => {
            from.iter().zip(to).try_for_each(|(from, to)| refuse(from, to))
        }
        (DataType::Map(_, _), DataType::Map(_, _)) => {
            match (map_fields(from.data_type()), map_fields(to.data_type())) {
                (Some((key, value)), Some((to_key, to_value))) => {
                    refuse(key, to_key).and_then(|()| refuse(value, to_value))
                }
                _ => Ok(()),
            }
        }
        (number, time) | (time, number) if is_number(number) && is_time(time) => {
            plan_err!("Cannot cast {} to {}", describe_field(from), describe_field(to))
        }
        _ => Ok(()),
    }
}

/// The cast of a value that the engine would do otherwise, or a constant for a constant.
pub(super) fn cast(expr: &Expr, from: &Field, to: &Arc<Field>, lenient: bool, session: &Zone) -> Option<Expr> {
    let (given, target) = (from.data_type(), to.data_type());
    if !casts(given, target) {
        return None;
    }
    let is_literal = matches!(expr, Expr::Literal(_, _));
    // A comparison of it with a constant becomes a range of the bare column.
    if let (DataType::Timestamp(_, _), DataType::Date32, false) = (given, target, is_literal) {
        return Some(date().udf().call(vec![expr.clone()]));
    }
    let native = match (given, target) {
        (DataType::Date32, DataType::Timestamp(_, None)) => true,
        (DataType::Timestamp(_, a), DataType::Timestamp(_, b)) => {
            a.is_some() == b.is_some() && precision(to) >= precision(from)
        }
        (DataType::Date32, DataType::Date32) => true,
        _ => false,
    };
    if native && !is_literal {
        return None;
    }
    Some(TimeCast::new(to, session).lenient(lenient).of(expr.clone()))
}
