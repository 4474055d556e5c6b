//! Literals of dates, timestamps and intervals, and casts to `timestamp with time zone`.
//!
//! The planner reads a literal with a type: here it gets the type its digits and zone tell. What a literal
//! cannot mean is refused with its place in the text.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, DateTimeField, Expr, FunctionArg, FunctionArgExpr, FunctionArguments,
    Interval as IntervalLiteral, IntervalFields, Query, TimezoneInfo, TypedString, UnaryOperator, Value, ValueWithSpan,
    VisitMut, VisitorMut, WindowFrameBound, WindowType,
};

use super::{call, number, take, value};
use crate::error::Error;
use crate::functions::zone::{TRY_ZONED, ZONED};
use crate::statement::known_position;
use crate::time::interval::{Interval, Part};
use crate::time::precision::{FINEST, per_second, unit};
use crate::time::reading::{self, Reading};
use crate::time::zone::{Instant, Zone};

/// Rewrites the literals and casts of the whole query.
///
/// # Errors
/// [`Error::Syntax`] for a literal that is no date, timestamp or interval.
pub(crate) fn rewrite(query: &mut Query) -> Result<(), Error> {
    match VisitMut::visit(query, &mut Times) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Times;

impl VisitorMut for Times {
    type Break = Error;

    /// An interval that stands for a zone becomes the zone's name, for the planner wants to see a constant; one
    /// that bounds a frame becomes the text it reads there.
    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        if let Expr::Function(function) = expr
            && let Some(WindowType::WindowSpec(window)) = &mut function.over
            && let Some(frame) = &mut window.window_frame
        {
            bound_as_text(&mut frame.start_bound);
            frame.end_bound.iter_mut().for_each(bound_as_text);
        }
        if let Expr::Function(function) = expr
            && ["at_timezone", "with_timezone"].contains(&function.name.to_string().as_str())
            && let FunctionArguments::List(list) = &mut function.args
            && let [_, FunctionArg::Unnamed(FunctionArgExpr::Expr(zone))] = list.args.as_mut_slice()
            && let Expr::Interval(literal) = zone
        {
            match zone_name(literal) {
                Ok(name) => *zone = value(Value::SingleQuotedString(name)),
                Err(error) => return ControlFlow::Break(error),
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        match rewritten(expr) {
            Ok(Some(new)) => *expr = new,
            Ok(None) => {}
            Err(error) => return ControlFlow::Break(error),
        }
        ControlFlow::Continue(())
    }
}

/// `INTERVAL '10' MINUTE PRECEDING` as the planner takes it: what stands for a number there is handed on as a
/// text, which becomes of the type of the order.
fn bound_as_text(bound: &mut WindowFrameBound) {
    if let WindowFrameBound::Preceding(Some(offset)) | WindowFrameBound::Following(Some(offset)) = bound
        && let Expr::Interval(IntervalLiteral { value: length, leading_field: Some(unit), last_field: None, .. }) =
            offset.as_ref()
        && let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(length), .. }) = length.as_ref()
    {
        **offset = number(&format!("{length} {unit}"));
    }
}

fn rewritten(expr: &mut Expr) -> Result<Option<Expr>, Error> {
    match expr {
        Expr::TypedString(literal) => match literal.data_type {
            DataType::Date => date(literal).map(|()| None),
            DataType::Timestamp(_, _) => timestamp(literal),
            _ => Ok(None),
        },
        Expr::Interval(literal) => interval(literal).map(Some),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => Ok(negated_interval(expr)),
        Expr::Cast { kind, expr, data_type, .. } => match data_type {
            DataType::Timestamp(p, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz) => {
                let name = if *kind == CastKind::TryCast { TRY_ZONED } else { ZONED };
                Ok(Some(call(name, vec![take(expr), number(&p.unwrap_or(3).to_string())])))
            }
            DataType::Interval { .. } if matches!(expr.as_ref(), Expr::Value(v) if v.value != Value::Null) => {
                Err(syntax("a cast cannot make an interval: write INTERVAL '7' DAY".to_owned(), None))
            }
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

fn syntax(message: String, at: Option<&ValueWithSpan>) -> Error {
    Error::syntax(message, at.and_then(|value| known_position(value.span.start)))
}

fn text(value: &ValueWithSpan) -> Option<&str> {
    match &value.value {
        Value::SingleQuotedString(text) => Some(text),
        _ => None,
    }
}

fn invalid(kind: &str, value: &ValueWithSpan) -> Error {
    syntax(format!("{} is not a valid {kind} literal", value.value), Some(value))
}

fn date(literal: &TypedString) -> Result<(), Error> {
    match text(&literal.value).and_then(|text| reading::date(reading::trimmed(text))) {
        Some(_) => Ok(()),
        None => Err(invalid("DATE", &literal.value)),
    }
}

/// As many digits as the text has; with a zone when the text has one.
fn timestamp(literal: &mut TypedString) -> Result<Option<Expr>, Error> {
    let wrong = || invalid("TIMESTAMP", &literal.value);
    let text = text(&literal.value).ok_or_else(wrong)?;
    let reading = reading::timestamp(text).ok_or_else(wrong)?;
    let p = reading.fraction.len();
    let Some(precision) = u8::try_from(p).ok().filter(|p| *p <= FINEST) else {
        let message = format!("timestamp({p}) is not supported: timestamps have at most {FINEST} digits");
        return Err(syntax(message, Some(&literal.value)));
    };
    if !is_in_range(&reading, precision) {
        return Err(wrong());
    }
    if reading.count(reading.seconds, precision).is_none() {
        let message = format!("timestamp({p}) is not supported before 1678 and after 2261");
        return Err(syntax(message, Some(&literal.value)));
    }
    let Some(zone) = reading.zone else {
        literal.data_type = DataType::Timestamp(Some(u64::from(precision)), TimezoneInfo::None);
        return Ok(None);
    };
    match Zone::parse(zone).map(|zone| zone.instant(reading.seconds)) {
        Some(Instant::Shown(_)) => {
            let text = value(literal.value.value.clone());
            Ok(Some(call(ZONED, vec![text, number(&precision.to_string())])))
        }
        // Such a time does not exist, for clocks were set forward.
        Some(Instant::Skipped(_)) | None => Err(wrong()),
    }
}

/// Trino holds timestamps in microseconds, and those with zone and three digits in 52 bits of milliseconds.
fn is_in_range(reading: &Reading, precision: u8) -> bool {
    let micros = reading.seconds.checked_mul(per_second(unit(6)));
    let millis = reading.seconds.checked_mul(per_second(unit(3)));
    let narrow = reading.zone.is_some() && precision <= 3;
    micros.is_some() && (!narrow || millis.is_some_and(|millis| millis.abs() < 1 << 51))
}

/// A literal is a cast of the months or milliseconds it counts.
fn interval(literal: &mut IntervalLiteral) -> Result<Expr, Error> {
    Ok(match read(literal)? {
        Interval::Months(months) => {
            let count = cast(number(&months.to_string()), DataType::Int(None));
            cast(count, DataType::Interval { fields: Some(IntervalFields::YearToMonth), precision: None })
        }
        Interval::Millis(millis) => {
            let count = cast(number(&millis.to_string()), DataType::BigInt(None));
            cast(count, DataType::Interval { fields: Some(IntervalFields::DayToSecond), precision: None })
        }
    })
}

/// `-(INTERVAL '3' DAY)`, which the planner takes for no number; the literal is a cast by now.
fn negated_interval(expr: &mut Expr) -> Option<Expr> {
    match expr {
        Expr::Nested(expr) => negated_interval(expr),
        Expr::Cast { expr: count, data_type: DataType::Interval { .. }, .. } => {
            let minus = Expr::UnaryOp { op: UnaryOperator::Minus, expr: Box::new(take(count)) };
            **count = minus;
            Some(take(expr))
        }
        _ => None,
    }
}

/// The name of the zone so far from UTC.
fn zone_name(literal: &mut IntervalLiteral) -> Result<String, Error> {
    let zone = match read(literal)? {
        Interval::Millis(millis) if millis % 60_000 == 0 => Zone::offset(millis / 60_000),
        _ => None,
    };
    zone.map(|zone| zone.name().to_owned())
        .ok_or_else(|| syntax("a zone is hours and minutes from UTC, 14 hours at most".to_owned(), None))
}

fn read(literal: &mut IntervalLiteral) -> Result<Interval, Error> {
    let (sign, value) = signed(&mut literal.value);
    let Expr::Value(value) = value else {
        return Err(syntax("an interval is written with text: INTERVAL '7' DAY".to_owned(), None));
    };
    let text = match &value.value {
        Value::SingleQuotedString(text) | Value::Number(text, _) => text.as_str(),
        other => return Err(syntax(format!("{other} is no interval: write INTERVAL '7' DAY"), Some(value))),
    };
    let Some(first) = &literal.leading_field else {
        let message = format!("an interval needs a unit behind '{text}': INTERVAL '7' DAY");
        return Err(syntax(message, Some(value)));
    };
    let last = literal.last_field.as_ref();
    let parts = part(first).zip(last.map_or(part(first), part));
    let interval = parts.and_then(|(first, last)| Interval::parse(text, first, last));
    let interval = interval.and_then(|interval| if sign < 0 { interval.negated() } else { Some(interval) });
    interval.ok_or_else(|| {
        let last = last.map(|last| format!(" TO {last}")).unwrap_or_default();
        syntax(format!("Invalid INTERVAL {first}{last} value: {text}"), Some(value))
    })
}

fn cast(expr: Expr, data_type: DataType) -> Expr {
    Expr::Cast { kind: CastKind::Cast, expr: Box::new(expr), data_type, array: false, format: None }
}

/// The sign before a literal, and the literal.
fn signed(expr: &mut Expr) -> (i64, &mut Expr) {
    match expr {
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => {
            let (sign, expr) = signed(expr);
            (-sign, expr)
        }
        Expr::UnaryOp { op: UnaryOperator::Plus, expr } => signed(expr),
        other => (1, other),
    }
}

fn part(field: &DateTimeField) -> Option<Part> {
    Some(match field {
        DateTimeField::Year | DateTimeField::Years => Part::Year,
        DateTimeField::Month | DateTimeField::Months => Part::Month,
        DateTimeField::Day | DateTimeField::Days => Part::Day,
        DateTimeField::Hour | DateTimeField::Hours => Part::Hour,
        DateTimeField::Minute | DateTimeField::Minutes => Part::Minute,
        DateTimeField::Second | DateTimeField::Seconds => Part::Second,
        _ => return None,
    })
}
