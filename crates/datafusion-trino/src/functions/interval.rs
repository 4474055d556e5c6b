//! Arithmetic of intervals, and of dates and timestamps with them.
//!
//! An interval day to second is a duration in milliseconds, one year to month an Arrow interval of
//! months; both compare, sort and group as they are. Source: Trino's page "Date and time functions and
//! operators".

mod elapsed;
mod scaled;
mod shifted;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{
    DataType, DurationMillisecondType, FieldRef, Int64Type, IntervalUnit, IntervalYearMonthType, TimeUnit,
};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::ScalarUDF;

use super::scalar::{Call, Function, nullable};

/// `interval day to second`.
pub(crate) const DAY_TIME: DataType = DataType::Duration(TimeUnit::Millisecond);
/// `interval year to month`.
pub(crate) const YEAR_MONTH: DataType = DataType::Interval(IntervalUnit::YearMonth);

/// An operator that times and intervals have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Plus,
    Minus,
    Times,
    Divided,
}

/// The function an operator is planned as, and whether its arguments change places so that the time or
/// the interval comes first; `None` where neither side is a time or an interval.
pub(crate) fn operation(op: Operator, left: &DataType, right: &DataType) -> Option<(Arc<ScalarUDF>, bool)> {
    let is_number = |data_type: &DataType| data_type.is_numeric() || data_type.is_null();
    let (function, swapped) = match op {
        Operator::Plus if is_time(left) && is_interval(right) => (shifted::later(), false),
        Operator::Plus if is_interval(left) && is_time(right) => (shifted::later(), true),
        Operator::Minus if is_time(left) && is_interval(right) => (shifted::earlier(), false),
        Operator::Minus if is_time(left) && is_time(right) => (elapsed::function(), false),
        Operator::Plus if is_interval(left) && left == right => (sum(), false),
        Operator::Minus if is_interval(left) && left == right => (difference(), false),
        Operator::Times if is_interval(left) && is_number(right) => (scaled::product(), false),
        Operator::Times if is_number(left) && is_interval(right) => (scaled::product(), true),
        Operator::Divided if is_interval(left) && is_number(right) => (scaled::quotient(), false),
        _ => return None,
    };
    Some((function.udf(), swapped))
}

/// `-interval`.
pub(crate) fn negation() -> Arc<ScalarUDF> {
    Function::new("trino_interval_negated", as_given, as_first, |call| {
        each(call, |interval, kind, _| {
            checked(interval.checked_neg(), kind, || format!("negation overflow: {interval}"))
        })
    })
    .udf()
}

/// Whether a type is one of the two intervals.
pub(crate) fn is_interval(data_type: &DataType) -> bool {
    data_type == &DAY_TIME || data_type == &YEAR_MONTH
}

fn is_time(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp(_, _) | DataType::Date32)
}

fn sum() -> Function {
    Function::new("trino_interval_plus", as_given, as_first, |call| {
        let right = counts(&call.args[1])?;
        each(call, |left, kind, row| {
            let right = right.value(row);
            checked(left.checked_add(right), kind, || format!("addition overflow: {left} + {right}"))
        })
    })
}

fn difference() -> Function {
    Function::new("trino_interval_minus", as_given, as_first, |call| {
        let right = counts(&call.args[1])?;
        each(call, |left, kind, row| {
            let right = right.value(row);
            checked(left.checked_sub(right), kind, || format!("subtraction overflow: {left} - {right}"))
        })
    })
}

fn as_given(_name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    Ok(types.to_vec())
}

/// The result has the type of the first argument.
fn as_first(args: &[FieldRef]) -> Result<FieldRef> {
    nullable(args[0].data_type().clone())
}

/// The milliseconds or months of intervals.
fn counts(intervals: &ArrayRef) -> Result<PrimitiveArray<Int64Type>> {
    match intervals.data_type() {
        DataType::Duration(TimeUnit::Millisecond) => {
            Ok(intervals.as_primitive::<DurationMillisecondType>().reinterpret_cast())
        }
        DataType::Interval(IntervalUnit::YearMonth) => {
            Ok(intervals.as_primitive::<IntervalYearMonthType>().unary(i64::from))
        }
        other => exec_err!("{other} is no interval of Trino's"),
    }
}

/// Intervals of the kind of the first argument, from the count of each; NULL where an argument is NULL.
fn each(call: &Call, f: impl Fn(i64, &DataType, usize) -> Result<i64>) -> Result<ArrayRef> {
    let kind = call.args[0].data_type();
    let given = counts(&call.args[0])?;
    let count = |row| if call.any_null(row) { Ok(None) } else { f(given.value(row), kind, row).map(Some) };
    let found = (0..call.rows).map(count).collect::<Result<PrimitiveArray<Int64Type>>>()?;
    if kind == &DAY_TIME {
        return Ok(Arc::new(found.reinterpret_cast::<DurationMillisecondType>()));
    }
    // What does not fit was refused for each.
    let months = found.iter().map(|months| months.and_then(|months| i32::try_from(months).ok()));
    Ok(Arc::new(months.collect::<PrimitiveArray<IntervalYearMonthType>>()))
}

/// The count, when the kind of interval can hold it.
fn checked(count: Option<i64>, kind: &DataType, what: impl Fn() -> String) -> Result<i64> {
    let (name, count) = if kind == &DAY_TIME {
        ("interval day to second", count)
    } else {
        ("interval year to month", count.filter(|count| i32::try_from(*count).is_ok()))
    };
    count.ok_or_else(|| exec_datafusion_err!("{name} {}", what()))
}
