//! `sequence` of integers, dates and timestamps.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType};
use arrow::datatypes::{IntervalUnit, TimeUnit};
use chrono::{Days, Months, NaiveDate};
use datafusion::common::{Result, exec_err, plan_err};

use super::arguments::wrong;
use super::pick::list_array;
use crate::functions::scalar::{Call, Function, nullable};
use crate::types::{common_field, common_type, list_type};

const MOST: i128 = 10_000;
const NANOSECONDS_PER_DAY: i128 = 86_400_000_000_000;

pub(super) fn functions() -> Vec<Function> {
    vec![Function::new("sequence", bounds_and_step, sequence_type, sequence)]
}

fn bounds_and_step(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let is_time = |of: &DataType| matches!(of, DataType::Date32 | DataType::Timestamp(_, _));
    match types {
        [_, _] | [_, _, _] if types.iter().all(DataType::is_integer) => {
            return Ok(vec![DataType::Int64; types.len()]);
        }
        [DataType::Date32, DataType::Date32] => return Ok(types.to_vec()),
        [start, stop, step @ (DataType::Interval(_) | DataType::Duration(_))] if is_time(start) && is_time(stop) => {
            if let Some(common) = common_type(start, stop) {
                return Ok(vec![common.clone(), common, step.clone()]);
            }
        }
        _ => {}
    }
    wrong(name, types, "two integers and a step, or two dates or timestamps and an interval")
}

fn sequence_type(args: &[FieldRef]) -> Result<FieldRef> {
    let item = match args {
        [start, _, ..] if start.data_type().is_integer() => Some(Field::new("item", DataType::Int64, true)),
        [start, stop, ..] => common_field(start, stop),
        _ => None,
    };
    match item {
        Some(item) => nullable(list_type(item)),
        None => plan_err!("sequence takes two bounds"),
    }
}

/// How a sequence goes on.
enum Step {
    /// By so many units: of the integers, the days, or the unit of the timestamps.
    Units(i128),
    Months(i32),
}

fn sequence(call: &Call) -> Result<ArrayRef> {
    let of = call.args[0].data_type().clone();
    let (start, stop) = (numbers(&call.args[0])?, numbers(&call.args[1])?);
    let steps = steps(call)?;
    let mut values: Vec<i64> = Vec::new();
    let (mut lengths, mut valid) = (Vec::with_capacity(call.rows), Vec::with_capacity(call.rows));
    for row in 0..call.rows {
        let before = values.len();
        valid.push(!call.any_null(row));
        if valid[row] {
            let (start, stop) = (start.value(row), stop.value(row));
            match step(call, steps.as_ref(), row, start <= stop)? {
                Step::Units(step) => by_units(start, stop, step, &mut values)?,
                Step::Months(step) => by_months(start, stop, step, units_per_day(&of), &mut values)?,
            }
        }
        lengths.push(values.len() - before);
    }
    let values: ArrayRef = Arc::new(Int64Array::from(values));
    let values = match of {
        DataType::Date32 => cast(&cast(&values, &DataType::Int32)?, &DataType::Date32)?,
        of => cast(&values, &of)?,
    };
    list_array(call, OffsetBuffer::from_lengths(lengths), values, Some(&NullBuffer::from(valid)))
}

/// Integers as they are, dates in days, timestamps in their unit.
fn numbers(of: &ArrayRef) -> Result<Int64Array> {
    let of = if of.data_type() == &DataType::Date32 { cast(of, &DataType::Int32)? } else { Arc::clone(of) };
    Ok(cast(&of, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

/// The nanoseconds of a unit of the bounds.
fn unit(of: &DataType) -> i128 {
    match of {
        DataType::Date32 => NANOSECONDS_PER_DAY,
        DataType::Timestamp(TimeUnit::Second, _) => 1_000_000_000,
        DataType::Timestamp(TimeUnit::Millisecond, _) => 1_000_000,
        DataType::Timestamp(TimeUnit::Microsecond, _) => 1_000,
        _ => 1,
    }
}

fn units_per_day(of: &DataType) -> i64 {
    (NANOSECONDS_PER_DAY / unit(of)) as i64
}

/// The steps as integers or as intervals with months, days and nanoseconds.
fn steps(call: &Call) -> Result<Option<ArrayRef>> {
    match call.args.get(2) {
        Some(steps) if steps.data_type() == &DataType::Int64 => Ok(Some(Arc::clone(steps))),
        Some(steps) => Ok(Some(cast(steps, &DataType::Interval(IntervalUnit::MonthDayNano))?)),
        None => Ok(None),
    }
}

fn step(call: &Call, steps: Option<&ArrayRef>, row: usize, upwards: bool) -> Result<Step> {
    let Some(step) = steps else { return Ok(Step::Units(if upwards { 1 } else { -1 })) };
    if let Some(step) = step.as_primitive_opt::<Int64Type>() {
        return Ok(Step::Units(step.value(row).into()));
    }
    let IntervalMonthDayNano { months, days, nanoseconds } = step.as_primitive::<IntervalMonthDayNanoType>().value(row);
    let rest = i128::from(days) * NANOSECONDS_PER_DAY + i128::from(nanoseconds);
    let unit = unit(call.args[0].data_type());
    match (months, rest) {
        (0, rest) if rest % unit == 0 => Ok(Step::Units(rest / unit)),
        (0, _) if call.args[0].data_type() == &DataType::Date32 => {
            exec_err!("sequence step must be a day interval if start and end values are dates")
        }
        (months, 0) => Ok(Step::Months(months)),
        _ => exec_err!("sequence step must be an interval of months, or one that the timestamps can hold"),
    }
}

fn check_direction(start: i64, stop: i64, upwards: bool) -> Result<()> {
    if start == stop || (start < stop) == upwards {
        return Ok(());
    }
    exec_err!(
        "sequence stop value should be greater than or equal to start value if step is greater than zero otherwise \
         stop should be less than or equal to start"
    )
}

fn check_length(length: i128) -> Result<()> {
    if length > MOST {
        return exec_err!("result of sequence function must not have more than {MOST} entries");
    }
    Ok(())
}

fn by_units(start: i64, stop: i64, step: i128, values: &mut Vec<i64>) -> Result<()> {
    if step == 0 {
        return exec_err!("step must not be zero");
    }
    check_direction(start, stop, step > 0)?;
    let (start, stop) = (i128::from(start), i128::from(stop));
    let last = (stop - start) / step;
    check_length(last + 1)?;
    values.extend((0..=last).map(|n| (start + n * step) as i64));
    Ok(())
}

fn by_months(start: i64, stop: i64, step: i32, units_per_day: i64, values: &mut Vec<i64>) -> Result<()> {
    check_direction(start, stop, step > 0)?;
    let before = values.len();
    for n in 0_i64.. {
        let Some(value) = plus_months(start, n * i64::from(step), units_per_day) else { break };
        if (step > 0 && value > stop) || (step < 0 && value < stop) {
            break;
        }
        values.push(value);
        check_length((values.len() - before) as i128)?;
    }
    Ok(())
}

/// A time so many months later; the last day of a month that is too short. `None` outside the calendar.
fn plus_months(value: i64, months: i64, units_per_day: i64) -> Option<i64> {
    let (days, rest) = (value.div_euclid(units_per_day), value.rem_euclid(units_per_day));
    let epoch = NaiveDate::default();
    let date = match u64::try_from(days) {
        Ok(days) => epoch.checked_add_days(Days::new(days))?,
        Err(_) => epoch.checked_sub_days(Days::new(days.unsigned_abs()))?,
    };
    let many = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    let moved = if months >= 0 { date.checked_add_months(many)? } else { date.checked_sub_months(many)? };
    moved.signed_duration_since(epoch).num_days().checked_mul(units_per_day)?.checked_add(rest)
}
