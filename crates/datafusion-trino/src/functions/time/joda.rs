//! `format_datetime` and `parse_datetime`: patterns with Joda-Time's letters.
//!
//! | letters | are |
//! |---|---|
//! | `G`, `C` | era, century |
//! | `y`, `Y`, `x` | year, year of the era, year of the week; two of them are its last two digits |
//! | `M`, `d`, `D` | month (a name from three on), day, day of the year |
//! | `w`, `e`, `E` | week, day of the week as a number, as a name |
//! | `a`, `K`, `h`, `H`, `k` | half of the day, hour 0–11, 1–12, 0–23, 1–24 |
//! | `m`, `s`, `S` | minute, second, digits of its fraction |
//! | `Z`, `ZZ`, `ZZZ`, `z` | offset, offset with a colon, id of the zone, its name |
//! | `'…'`, `''` | text, a quote |

use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};
use chrono::{Datelike, Utc};
use datafusion::common::{Result, exec_err};

use super::super::cast::time::zone_of;
use super::super::scalar::Call;
use super::pattern::columns::Patterns;
use super::pattern::{Field, Item, Pattern, Reading};
use super::unix::{millis, zoned_millis};
use crate::time::zone::{Instant, Zone};

/// The text of a time; its fraction is rounded to milliseconds.
pub(super) fn format_datetime(call: &Call) -> Result<ArrayRef> {
    let times = call.times(0)?;
    let mut patterns = Patterns::new(compile);
    let (mut result, mut text) = (StringBuilder::new(), String::new());
    for row in 0..call.rows {
        let (Some(clock), Some(offset), false) = (times.clock(row), times.offset(row), call.any_null(row)) else {
            result.append_null();
            continue;
        };
        let pattern = patterns.get(call.text(1).value(row))?;
        let zone = times.zone().map(|zone| (zone, offset));
        let names_zone = |item: &Item| matches!(item, Item::Offset { .. } | Item::ZoneId | Item::ZoneName);
        if zone.is_none() && pattern.items.iter().any(names_zone) {
            return exec_err!(
                "format_datetime for TIMESTAMP type, cannot use 'Z' nor 'z' in format, as this type does not contain \
                 TZ information"
            );
        }
        text.clear();
        pattern.print(clock.rounded_to_millis(), zone, &mut text)?;
        result.append_value(&text);
    }
    Ok(Arc::new(result.finish()))
}

/// The timestamp(3) with time zone a text stands for, in the zone it names or else the session's.
pub(super) fn parse_datetime(call: &Call) -> Result<ArrayRef> {
    let session = zone_of(call.session_zone())?;
    let mut patterns = Patterns::new(compile);
    let mut result = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        if call.any_null(row) {
            result.push(None);
            continue;
        }
        let text = call.text(0).value(row);
        let reading = patterns.get(call.text(1).value(row))?.read(text)?;
        result.push(Some(instant(text, &reading, &session)?));
    }
    zoned_millis(call, result)
}

/// Milliseconds since 1970 of what was read.
pub(super) fn instant(text: &str, reading: &Reading, session: &Zone) -> Result<i64> {
    let zone = reading.zone.as_ref().unwrap_or(session);
    match zone.instant(reading.clock.seconds) {
        Instant::Shown(seconds) => millis(super::clock::Clock { seconds, ..reading.clock }),
        Instant::Skipped(_) => {
            exec_err!("Cannot parse \"{text}\": Illegal instant due to time zone offset transition ({})", zone.name())
        }
    }
}

/// The zone named in a text of this pattern.
pub(super) fn zone_in(text: &str, pattern: &str) -> Option<Zone> {
    compile(pattern).ok()?.read(text).ok()?.zone
}

fn compile(pattern: &str) -> Result<Pattern> {
    if pattern.is_empty() {
        return exec_err!("Invalid pattern specification: the pattern is empty");
    }
    let runs = runs(pattern);
    let mut items = Vec::with_capacity(runs.len());
    for (i, run) in runs.iter().enumerate() {
        items.push(match run {
            Run::Text(text) => Item::Text(text.clone()),
            Run::Letters(letter, count) => {
                let before_number = runs.get(i + 1).is_some_and(Run::is_number);
                item(*letter, *count, before_number)?
            }
        });
    }
    Ok(Pattern { items })
}

/// A run of one letter, or text between letters.
enum Run {
    Letters(char, usize),
    Text(String),
}

impl Run {
    /// Whether it stands for a number; a number before it ends where its own letters do.
    fn is_number(&self) -> bool {
        match self {
            Run::Letters('M', count) => *count <= 2,
            Run::Letters(letter, _) => "cCxyYdhHkKmsSewDF".contains(*letter),
            Run::Text(_) => false,
        }
    }
}

fn runs(pattern: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut quoted = false;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' {
            if chars.next_if_eq(&'\'').is_some() {
                text(&mut runs, '\'');
            } else {
                quoted = !quoted;
            }
        } else if quoted || !c.is_ascii_alphabetic() {
            text(&mut runs, c);
        } else {
            let mut count = 1;
            while chars.next_if_eq(&c).is_some() {
                count += 1;
            }
            runs.push(Run::Letters(c, count));
        }
    }
    runs
}

fn text(runs: &mut Vec<Run>, c: char) {
    match runs.last_mut() {
        Some(Run::Text(text)) => text.push(c),
        _ => runs.push(Run::Text(c.to_string())),
    }
}

fn item(letter: char, count: usize, before_number: bool) -> Result<Item> {
    let number = |field, most| Item::Number { field, least: count, most };
    Ok(match letter {
        'G' => Item::Name { field: Field::Era, short: false },
        'C' => number(Field::Century, count),
        'x' | 'y' | 'Y' => year(letter, count, before_number),
        'M' if count >= 3 => Item::Name { field: Field::Month, short: count == 3 },
        'M' => number(Field::Month, 2),
        'd' => number(Field::Day, 2),
        'D' => number(Field::DayOfYear, 3),
        'w' => number(Field::Week, 2),
        'e' => number(Field::DayOfWeek, 1),
        'E' => Item::Name { field: Field::DayOfWeek, short: count < 4 },
        'a' => Item::Name { field: Field::Half, short: false },
        'K' => number(Field::HourOfHalf, 2),
        'h' => number(Field::ClockHourOfHalf, 2),
        'H' => number(Field::Hour, 2),
        'k' => number(Field::ClockHour, 2),
        'm' => number(Field::Minute, 2),
        's' => number(Field::Second, 2),
        'S' => Item::Fraction { least: count, most: count },
        'Z' if count < 3 => Item::Offset { colon: count == 2 },
        'Z' => Item::ZoneId,
        'z' => Item::ZoneName,
        _ => return exec_err!("Illegal pattern component: {}", letter.to_string().repeat(count)),
    })
}

fn year(letter: char, count: usize, before_number: bool) -> Item {
    let field = match letter {
        'x' => Field::WeekYear,
        'y' => Field::Year,
        _ => Field::YearOfEra,
    };
    if count == 2 {
        let field = if field == Field::YearOfEra { Field::Year } else { field };
        return Item::TwoDigits { field, pivot: i64::from(Utc::now().year()) - 30, lenient: !before_number };
    }
    Item::Number { field, least: count, most: if before_number { count } else { 9 } }
}
