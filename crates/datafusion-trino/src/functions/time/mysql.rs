//! `date_format` and `date_parse`: formats with MySQL's codes.

use std::sync::Arc;

use arrow::array::{ArrayRef, TimestampMillisecondArray};
use datafusion::common::{Result, exec_err};

use super::super::scalar::Call;
use super::clock::Clock;
use super::pattern::{Field, Item, Pattern, columns};

/// `%y` is a year from 1970 to 2069.
const PIVOT: i64 = 2020;

/// The text of a time; its fraction is rounded to milliseconds.
pub(super) fn date_format(call: &Call) -> Result<ArrayRef> {
    columns::print(call, compile)
}

/// The timestamp(3) a text stands for.
pub(super) fn date_parse(call: &Call) -> Result<ArrayRef> {
    let compile = |format: &str| {
        if format.is_empty() {
            return exec_err!("Both printing and parsing not supported: the format is empty");
        }
        compile(format)
    };
    let millis = columns::read(call, compile)?.into_iter().map(|clock| clock.map(Clock::millis));
    Ok(Arc::new(millis.collect::<TimestampMillisecondArray>()))
}

fn compile(format: &str) -> Result<Pattern> {
    let mut items = Vec::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            text(&mut items, c);
            continue;
        }
        // A single % at the end is nothing.
        let Some(code) = chars.next() else { break };
        match code {
            'T' => items.extend(compile("%H:%i:%s")?.items),
            'r' => items.extend(compile("%h:%i:%s %p")?.items),
            _ => match item(code)? {
                Some(item) => items.push(item),
                None => text(&mut items, code),
            },
        }
    }
    Ok(Pattern { items })
}

fn text(items: &mut Vec<Item>, c: char) {
    match items.last_mut() {
        Some(Item::Text(text)) => text.push(c),
        _ => items.push(Item::Text(c.to_string())),
    }
}

/// What a code stands for; `None` when for itself.
fn item(code: char) -> Result<Option<Item>> {
    let number = |field, least, most| Item::Number { field, least, most };
    let name = |field, short| Item::Name { field, short };
    Ok(Some(match code {
        'a' => name(Field::DayOfWeek, true),
        'b' => name(Field::Month, true),
        'c' => number(Field::Month, 1, 2),
        'd' => number(Field::Day, 2, 2),
        'e' => number(Field::Day, 1, 2),
        'f' => Item::Fraction { least: 6, most: 9 },
        'H' => number(Field::Hour, 2, 2),
        'h' | 'I' => number(Field::ClockHourOfHalf, 2, 2),
        'i' => number(Field::Minute, 2, 2),
        'j' => number(Field::DayOfYear, 3, 3),
        'k' => number(Field::Hour, 1, 2),
        'l' => number(Field::ClockHourOfHalf, 1, 2),
        'M' => name(Field::Month, false),
        'm' => number(Field::Month, 2, 2),
        'p' => name(Field::Half, false),
        'S' | 's' => number(Field::Second, 2, 2),
        'v' => number(Field::Week, 2, 2),
        'W' => name(Field::DayOfWeek, false),
        'x' => number(Field::WeekYear, 4, 4),
        'Y' => number(Field::Year, 4, 4),
        'y' => Item::TwoDigits { field: Field::Year, pivot: PIVOT, lenient: false },
        'D' | 'U' | 'u' | 'V' | 'w' | 'X' => return exec_err!("%{code} not supported in date format string"),
        _ => return Ok(None),
    }))
}
