//! Conditions on instants shown as text, as bounds of the instants.
//!
//! | condition | becomes |
//! | --- | --- |
//! | `eventtime LIKE '2023-01%'` | `eventTime >= 2023-01-01 AND eventTime < 2023-02-01` |
//! | `from_iso8601_timestamp(eventtime) > TIMESTAMP '…'` | `eventTime >= …` |
//!
//! Comparisons of the texts themselves are the function's own affair ([`TimeText`]).

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::Like;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, Operator, lit};

use crate::functions::TimeText;

const SECOND: i64 = 1000;

/// The condition as bounds; `None` when it is none of these.
pub(crate) fn bounds(condition: &Expr) -> Option<Expr> {
    match condition {
        Expr::Like(like) => prefix(like),
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match instant(right) {
            Some(value) => comparison(parsed(left)?, *op, value),
            None => comparison(parsed(right)?, op.swap()?, instant(left)?),
        },
        _ => None,
    }
}

/// A pattern that is a beginning.
fn prefix(like: &Like) -> Option<Expr> {
    let (Expr::ScalarFunction(call), Expr::Literal(pattern, _)) = (like.expr.as_ref(), like.pattern.as_ref()) else {
        return None;
    };
    let ([time], Some(pattern)) = (call.args.as_slice(), pattern.try_as_str().flatten()) else { return None };
    let escapes = |letter: char| letter == '\\' || like.escape_char == Some(letter);
    let plain = |prefix: &&str| !prefix.contains(|c| matches!(c, '%' | '_') || escapes(c));
    let prefix = pattern.strip_suffix('%').filter(plain).filter(|_| !like.case_insensitive)?;
    let (first, end) = call.func.inner().downcast_ref::<TimeText>()?.beginning_with(prefix)?;
    let (first, end) = (lit(first), lit(end));
    Some(match like.negated {
        false => time.clone().gt_eq(first).and(time.clone().lt(end)),
        true => time.clone().lt(first).or(time.clone().gt_eq(end)),
    })
}

/// The instant in `from_iso8601_timestamp(its text)`; the text has cut it to the second.
fn parsed(expr: &Expr) -> Option<&Expr> {
    let call = match expr {
        Expr::ScalarFunction(call) => call,
        // To finer digits: the same instant.
        Expr::Cast(Cast { expr, field }) if matches!(field.data_type(), DataType::Timestamp(_, Some(_))) => {
            return parsed(expr);
        }
        _ => return None,
    };
    let ("from_iso8601_timestamp", [Expr::ScalarFunction(text)]) = (call.func.name(), call.args.as_slice()) else {
        return None;
    };
    let is_instant = text.func.inner().downcast_ref::<TimeText>().is_some_and(TimeText::is_instant);
    text.args.first().filter(|_| is_instant)
}

/// A constant timestamp with zone, in milliseconds; finer digits are left to the comparison as it is.
fn instant(expr: &Expr) -> Option<i64> {
    let Expr::Literal(value, _) = expr else { return None };
    let (value, unit) = match value {
        ScalarValue::TimestampSecond(Some(value), Some(_)) => return value.checked_mul(SECOND),
        ScalarValue::TimestampMillisecond(Some(value), Some(_)) => (*value, 1),
        ScalarValue::TimestampMicrosecond(Some(value), Some(_)) => (*value, 1_000),
        ScalarValue::TimestampNanosecond(Some(value), Some(_)) => (*value, 1_000_000),
        _ => return None,
    };
    (value % unit == 0).then_some(value / unit)
}

/// `time`, cut to the second, compared with an instant.
fn comparison(time: &Expr, op: Operator, value: i64) -> Option<Expr> {
    let at = |millis: i64| lit(ScalarValue::TimestampMillisecond(Some(millis), None));
    // The first whole second that is not before the value, and the first that is behind it.
    let (not_before, behind) = (value.div_euclid(SECOND) * SECOND, (value.div_euclid(SECOND) + 1) * SECOND);
    let not_before = if value.rem_euclid(SECOND) == 0 { not_before } else { behind };
    let time = || time.clone();
    Some(match op {
        Operator::GtEq => time().gt_eq(at(not_before)),
        Operator::Gt => time().gt_eq(at(behind)),
        Operator::Lt => time().lt(at(not_before)),
        Operator::LtEq => time().lt(at(behind)),
        Operator::Eq => time().gt_eq(at(not_before)).and(time().lt(at(behind))),
        Operator::NotEq => time().lt(at(not_before)).or(time().gt_eq(at(behind))),
        _ => return None,
    })
}
