//! Spans of time: `parse_duration`, `to_milliseconds`, `human_readable_seconds`.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, DurationMillisecondArray, Int64Array, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, DurationMillisecondType, Float64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err, plan_err};

use super::super::interval::DAY_TIME;
use super::super::scalar::Call;

/// Milliseconds of the units of `parse_duration`.
const UNITS: [(&str, f64); 7] =
    [("ns", 1e-6), ("us", 1e-3), ("ms", 1.0), ("s", 1e3), ("m", 60e3), ("h", 3_600e3), ("d", 86_400e3)];

/// `3.5h`: a number and a unit.
pub(super) fn parse_duration(call: &Call) -> Result<ArrayRef> {
    let spans: Result<Vec<_>> = call.text(0).iter().map(|text| text.map(span).transpose()).collect();
    Ok(Arc::new(DurationMillisecondArray::from(spans?)))
}

fn span(text: &str) -> Result<i64> {
    if text.is_empty() {
        return exec_err!("duration is empty");
    }
    let invalid = || exec_datafusion_err!("duration is not a valid data duration string: {text}");
    let trimmed = text.trim();
    let split = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
    let (number, unit) = (&trimmed[..split], trimmed[split..].trim_start());
    let written = number.starts_with(|c: char| c.is_ascii_digit()) && !number.ends_with('.');
    if !written || unit.is_empty() || !unit.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(invalid());
    }
    let number: f64 = number.parse().map_err(|_| invalid())?;
    match UNITS.iter().find(|(name, _)| *name == unit) {
        Some((_, millis)) => Ok((number * millis + 0.5).floor() as i64),
        None => exec_err!("Unknown time unit: {unit}; there are ns, us, ms, s, m, h and d"),
    }
}

pub(super) fn takes_interval(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::Duration(_) | DataType::Null] => Ok(vec![DAY_TIME]),
        _ => plan_err!("{name} takes an interval day to second"),
    }
}

pub(super) fn to_milliseconds(call: &Call) -> Result<ArrayRef> {
    let spans = cast(&call.args[0], &DAY_TIME)?;
    let millis: Int64Array = spans.as_primitive::<DurationMillisecondType>().unary(|millis| millis);
    Ok(Arc::new(millis))
}

/// `1 week, 2 days, 3 hours`.
pub(super) fn human_readable_seconds(call: &Call) -> Result<ArrayRef> {
    let mut result = StringBuilder::new();
    for seconds in call.args[0].as_primitive::<Float64Type>() {
        match seconds {
            None => result.append_null(),
            Some(seconds) if !seconds.is_finite() => {
                let mut shown = String::new();
                crate::text::double(seconds, &mut shown);
                return exec_err!("Invalid argument found: {shown}");
            }
            Some(seconds) => result.append_value(readable((seconds.abs() + 0.5).floor() as i64)),
        }
    }
    Ok(Arc::new(result.finish()))
}

fn readable(mut seconds: i64) -> String {
    let mut parts = Vec::new();
    for (name, size) in [("week", 604_800), ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)] {
        let count = seconds / size;
        seconds %= size;
        if count > 0 || (size == 1 && parts.is_empty()) {
            parts.push(format!("{count} {name}{}", if count == 1 { "" } else { "s" }));
        }
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        for (text, expected) in [
            ("1ms", Some(1)),
            ("1.5 s", Some(1500)),
            ("2d", Some(172_800_000)),
            ("600us", Some(1)),
            (" 1h ", Some(3_600_000)),
        ] {
            assert_eq!(span(text).ok(), expected, "{text}");
        }
        for text in ["", "abc", "1f", "1.s", "s", "1", "-1s", "1.2.3s"] {
            assert!(span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn seconds_are_spelled_out() {
        for (seconds, expected) in
            [(0, "0 seconds"), (60, "1 minute"), (604_861, "1 week, 1 minute, 1 second"), (90_000, "1 day, 1 hour")]
        {
            assert_eq!(readable(seconds), expected);
        }
    }
}
