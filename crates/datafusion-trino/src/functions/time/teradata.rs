//! `to_char`, `to_date` and `to_timestamp`: formats as Trino's page "Teradata functions" has them, made of
//! `yyyy`, `yy`, `mm`, `dd`, `hh24`, `hh`, `mi`, `ss` and the signs `- / , . ; :` and blanks between them.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, TimestampMillisecondArray};
use datafusion::common::{Result, exec_err};

use super::super::scalar::Call;
use super::clock::Clock;
use super::instants::date;
use super::pattern::{Field, Item, Pattern, columns};

/// `yy` is a year from 2000 to 2099.
const PIVOT: i64 = 2050;

pub(super) fn to_char(call: &Call) -> Result<ArrayRef> {
    columns::print(call, compile)
}

pub(super) fn to_date(call: &Call) -> Result<ArrayRef> {
    let days = columns::read(call, compile)?.into_iter().map(|clock| clock.map(|clock| date(clock.days())).transpose());
    Ok(Arc::new(Date32Array::from(days.collect::<Result<Vec<_>>>()?)))
}

/// timestamp(3).
pub(super) fn to_timestamp(call: &Call) -> Result<ArrayRef> {
    let millis = columns::read(call, compile)?.into_iter().map(|clock| clock.map(Clock::millis));
    Ok(Arc::new(millis.collect::<TimestampMillisecondArray>()))
}

/// The parts, the longer before those they begin with.
const PARTS: [(&str, Field, usize); 7] = [
    ("yyyy", Field::Year, 4),
    ("mm", Field::Month, 2),
    ("dd", Field::Day, 2),
    ("hh24", Field::Hour, 2),
    ("hh", Field::HourOfHalf, 2),
    ("mi", Field::Minute, 2),
    ("ss", Field::Second, 2),
];

fn compile(format: &str) -> Result<Pattern> {
    let mut items = Vec::new();
    let mut rest = format;
    while let Some(c) = rest.chars().next() {
        if let Some((name, field, digits)) = PARTS.iter().find(|(name, _, _)| rest.starts_with(name)) {
            items.push(Item::Number { field: *field, least: *digits, most: *digits });
            rest = &rest[name.len()..];
        } else if let Some(behind) = rest.strip_prefix("yy") {
            items.push(Item::TwoDigits { field: Field::Year, pivot: PIVOT, lenient: false });
            rest = behind;
        } else if "-/,.;: \t\r\n".contains(c) {
            items.push(Item::Text(c.to_string()));
            rest = &rest[1..];
        } else {
            return exec_err!("Failed to tokenize string [{c}] at offset [{}]", format.len() - rest.len());
        }
    }
    Ok(Pattern { items })
}
