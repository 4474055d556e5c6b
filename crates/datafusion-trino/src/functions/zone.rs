//! Timestamps and zones: casts to `timestamp(p) with time zone`, `AT TIME ZONE`, `AT LOCAL`.
//!
//! The zone of a value is part of its type. It is known when planning: the zone of the argument, of a
//! constant text, or the session's.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, plan_datafusion_err, plan_err};
use datafusion::logical_expr::ReturnFieldArgs;

use super::cast::time::{TimeCast, zone_of};
use super::scalar::{Call, Function, is_text};
use crate::time::precision::{FINEST, unit};
use crate::time::reading;
use crate::time::zone::Zone;
use crate::types::{describe, precision, with_precision};

/// The casts that `CAST(x AS timestamp(p) with time zone)` and `TRY_CAST` are rewritten to.
pub(crate) const ZONED: &str = "trino_zoned";
pub(crate) const TRY_ZONED: &str = "trino_try_zoned";
/// What `x AT LOCAL` is rewritten to.
pub(crate) const AT_LOCAL: &str = "trino_at_local";

pub(crate) fn functions() -> Vec<Function> {
    vec![
        Function::by_zone(ZONED, cast_types, zoned_type, |call| zoned(call, false)),
        Function::by_zone(TRY_ZONED, cast_types, zoned_type, |call| zoned(call, true)),
        Function::by_zone("at_timezone", at_types, at_timezone_type, |call| zoned(call, false)),
        Function::by_zone(AT_LOCAL, at_types, at_local_type, |call| zoned(call, false)),
        Function::by_constants("with_timezone", with_types, with_timezone_type, with_timezone),
    ]
}

/// The field of `timestamp(p) with time zone` in a zone.
fn field(p: u8, zone: &Zone) -> FieldRef {
    let data_type = DataType::Timestamp(unit(p), Some(zone.arrow_name()));
    Arc::new(with_precision(Field::new("", data_type, true), p))
}

fn plan_zone(name: &str) -> Result<Zone> {
    Zone::parse(name).ok_or_else(|| plan_datafusion_err!("'{name}' is not a valid time zone"))
}

fn cast_types(_name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::Date64, _] => Ok(vec![DataType::Date32, DataType::Int64]),
        [time @ (DataType::Timestamp(_, _) | DataType::Date32), _] => Ok(vec![time.clone(), DataType::Int64]),
        [text, _] if is_text(text) => Ok(vec![DataType::Utf8, DataType::Int64]),
        [other, _] => plan_err!("Cannot cast {} to timestamp with time zone", describe(other)),
        _ => plan_err!("a cast to timestamp with time zone takes a value and a precision"),
    }
}

/// The zone of the argument or of a constant text, else the session's.
fn zoned_type(args: &ReturnFieldArgs, session: &str) -> Result<FieldRef> {
    let p = match args.scalar_arguments.get(1) {
        Some(Some(ScalarValue::Int64(Some(p)))) => u8::try_from(*p).ok().filter(|p| *p <= FINEST),
        _ => None,
    };
    let Some(p) = p else { return plan_err!("timestamp with time zone has 0 to {FINEST} digits") };
    let given = match args.arg_fields[0].data_type() {
        DataType::Timestamp(_, Some(zone)) => Some(plan_zone(zone)?),
        _ => args.scalar_arguments[0]
            .and_then(|text| Zone::parse(reading::timestamp(reading::trimmed(text.try_as_str()??))?.zone?)),
    };
    match given {
        Some(zone) => Ok(field(p, &zone)),
        None => Ok(field(p, &plan_zone(session)?)),
    }
}

fn zoned(call: &Call, lenient: bool) -> Result<ArrayRef> {
    let session = zone_of(call.session_zone())?;
    TimeCast::new(&call.returns, &session).lenient(lenient).apply(&call.args[0])
}

/// A time, and what the zone is given by.
fn at_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let Some((time, zone)) = types.split_first() else { return plan_err!("{name} takes a timestamp") };
    let time = match time {
        DataType::Timestamp(_, _) | DataType::Date32 => time.clone(),
        DataType::Date64 => DataType::Date32,
        text if is_text(text) => DataType::Timestamp(TimeUnit::Millisecond, None),
        other => return plan_err!("{name} takes a timestamp, not {}", describe(other)),
    };
    let zone = zone.iter().map(|zone| match zone {
        text if is_text(text) => Ok(DataType::Utf8),
        other => plan_err!("{name} takes the name of a zone, not {}", describe(other)),
    });
    std::iter::once(Ok(time)).chain(zone).collect()
}

fn precision_of(args: &ReturnFieldArgs) -> u8 {
    args.arg_fields.first().and_then(|field| precision(field)).unwrap_or(3)
}

fn at_timezone_type(args: &ReturnFieldArgs, _session: &str) -> Result<FieldRef> {
    Ok(field(precision_of(args), &constant_zone(args)?))
}

fn at_local_type(args: &ReturnFieldArgs, session: &str) -> Result<FieldRef> {
    Ok(field(precision_of(args), &plan_zone(session)?))
}

/// The zone that the second argument names.
fn constant_zone(args: &ReturnFieldArgs) -> Result<Zone> {
    let Some(Some(zone)) = args.scalar_arguments.get(1) else {
        return plan_err!("the zone of AT TIME ZONE must be constant here, such as 'Europe/Berlin'");
    };
    match zone.try_as_str() {
        Some(Some(name)) => plan_zone(name),
        _ => Ok(Zone::utc()),
    }
}

fn with_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::Timestamp(_, Some(_)), _] => plan_err!("{name} takes a timestamp without time zone"),
        [_, _] => at_types(name, types),
        _ => plan_err!("{name} takes a timestamp and a zone"),
    }
}

fn with_timezone_type(args: &ReturnFieldArgs) -> Result<FieldRef> {
    Ok(field(precision_of(args), &constant_zone(args)?))
}

/// The clock is read in the given zone.
fn with_timezone(call: &Call) -> Result<ArrayRef> {
    let DataType::Timestamp(_, Some(zone)) = call.returns.data_type() else {
        return Err(exec_datafusion_err!("with_timezone gives a timestamp with time zone"));
    };
    TimeCast::new(&call.returns, &zone_of(zone)?).apply(&call.args[0])
}
