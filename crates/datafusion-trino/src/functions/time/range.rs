//! Which values of a column a function of it maps to a constant: the ranges with which
//! `date_trunc('day', t) = timestamp '…'`, `date(t) = date '…'` and `year(t) = 2023` prune like comparisons
//! of the bare column.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::interval_arithmetic::Interval;
use datafusion::logical_expr::preimage::PreimageResult;
use datafusion::logical_expr::simplify::SimplifyContext;

use super::clock::{Clock, first_of_month};
use super::instants::Instants;
use super::unit::Unit;

/// `date_trunc(unit, t)`: from the constant to the next unit; nothing when no time is cut to it.
pub(super) fn of_date_trunc(args: &[Expr], value: &ScalarValue, info: &SimplifyContext) -> Result<PreimageResult> {
    let [Expr::Literal(unit, _), time] = args else { return Ok(PreimageResult::None) };
    let data_type = info.get_data_type(time)?;
    let is_date = data_type == DataType::Date32;
    let Some(Ok(unit)) = unit.try_as_str().flatten().map(|name| Unit::parse(name, is_date)) else {
        return Ok(PreimageResult::None);
    };
    let Some(column) = column(&data_type, value)? else { return Ok(PreimageResult::None) };
    let Some(first) = column.clock(0).filter(|first| unit.truncate(*first) == *first) else {
        return Ok(PreimageResult::None);
    };
    range(time, &column, first, unit.add(first, 1))
}

/// `date(t)`: a day.
pub(super) fn of_date(args: &[Expr], value: &ScalarValue, info: &SimplifyContext) -> Result<PreimageResult> {
    let ([time], ScalarValue::Date32(Some(day))) = (args, value) else { return Ok(PreimageResult::None) };
    let day = i64::from(*day);
    of_days(time, info, day, day + 1)
}

/// `year(t)`: a year.
pub(super) fn of_year(args: &[Expr], value: &ScalarValue, info: &SimplifyContext) -> Result<PreimageResult> {
    let ([time], ScalarValue::Int64(Some(year))) = (args, value) else { return Ok(PreimageResult::None) };
    // Beyond there is no date.
    if year.abs() > 200_000 {
        return Ok(PreimageResult::None);
    }
    of_days(time, info, first_of_month(*year, 1), first_of_month(year + 1, 1))
}

fn of_days(time: &Expr, info: &SimplifyContext, first: i64, end: i64) -> Result<PreimageResult> {
    let data_type = info.get_data_type(time)?;
    let Some(column) = column(&data_type, &ScalarValue::try_from(&data_type)?)? else {
        return Ok(PreimageResult::None);
    };
    range(time, &column, Clock::midnight(first), Some(Clock::midnight(end)))
}

/// The constant as a column of one row; `None` for other types, and for regions, whose clocks may show
/// the same time twice.
fn column(data_type: &DataType, value: &ScalarValue) -> Result<Option<Instants>> {
    if !matches!(data_type, DataType::Date32 | DataType::Timestamp(_, _)) || value.data_type() != *data_type {
        return Ok(None);
    }
    let array: ArrayRef = value.to_array()?;
    let column = Instants::new(&array, &Field::new("", data_type.clone(), true))?;
    let steady = column.zone().is_none_or(|zone| zone.name() == "UTC" || zone.name().starts_with(['+', '-']));
    Ok(steady.then_some(column))
}

/// From one clock up to another, when the type holds both.
fn range(time: &Expr, column: &Instants, first: Clock, end: Option<Clock>) -> Result<PreimageResult> {
    let offset = column.zone().map_or(0, |zone| zone.offset_at(0));
    let value = |clock: Clock| Some(clock.ahead(-offset));
    let Some(Ok(bounds)) = end.map(|end| column.like(vec![value(first), value(end)])) else {
        return Ok(PreimageResult::None);
    };
    let bound = |row| ScalarValue::try_from_array(&bounds, row);
    let interval = Box::new(Interval::try_new(bound(0)?, bound(1)?)?);
    Ok(PreimageResult::Range { expr: time.clone(), interval })
}
