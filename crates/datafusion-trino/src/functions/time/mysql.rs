//! `date_format` and `date_parse`: formats with MySQL's codes.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder, TimestampMillisecondArray};
use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::super::scalar::Call;
use super::instant::Instants;

pub(super) fn date_format(call: &Call) -> Result<ArrayRef> {
    let times = Instants::new(&call.args[0])?;
    let mut result = StringBuilder::new();
    let mut text = String::new();
    for row in 0..call.rows {
        match times.get(row).filter(|_| !call.any_null(row)) {
            None => result.append_null(),
            Some(time) => {
                text.clear();
                show(time, call.text(1).value(row), &mut text)?;
                result.append_value(&text);
            }
        }
    }
    Ok(Arc::new(result.finish()))
}

fn show(time: NaiveDateTime, format: &str, to: &mut String) -> Result<()> {
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            to.push(c);
            continue;
        }
        let Some(code) = chars.next() else { return exec_err!("the format '{format}' ends in %") };
        let hour12 = (time.hour() + 11) % 12 + 1;
        let half = if time.hour() < 12 { "AM" } else { "PM" };
        let shown = match code {
            'a' => time.format("%a").to_string(),
            'b' => time.format("%b").to_string(),
            'c' => time.month().to_string(),
            'd' => format!("{:02}", time.day()),
            'e' => time.day().to_string(),
            'f' => format!("{:06}", time.nanosecond() / 1000),
            'H' => format!("{:02}", time.hour()),
            'h' | 'I' => format!("{hour12:02}"),
            'i' => format!("{:02}", time.minute()),
            'j' => format!("{:03}", time.ordinal()),
            'k' => time.hour().to_string(),
            'l' => hour12.to_string(),
            'M' => time.format("%B").to_string(),
            'm' => format!("{:02}", time.month()),
            'p' => half.to_owned(),
            'r' => format!("{hour12:02}:{:02}:{:02} {half}", time.minute(), time.second()),
            'S' | 's' => format!("{:02}", time.second()),
            'T' => time.format("%H:%M:%S").to_string(),
            'v' => format!("{:02}", time.iso_week().week()),
            'W' => time.format("%A").to_string(),
            'x' => format!("{:04}", time.iso_week().year()),
            'Y' => format!("{:04}", time.year()),
            'y' => format!("{:02}", time.year().rem_euclid(100)),
            'D' | 'U' | 'u' | 'V' | 'w' | 'X' => {
                return exec_err!("%{code} not supported in date format string");
            }
            other => other.to_string(),
        };
        to.push_str(&shown);
    }
    Ok(())
}

pub(super) fn date_parse(call: &Call) -> Result<ArrayRef> {
    let mut result = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        if call.any_null(row) {
            result.push(None);
            continue;
        }
        let (text, format) = (call.text(0).value(row), call.text(1).value(row));
        let time = read(text, format)
            .ok_or_else(|| exec_datafusion_err!("Invalid format: '{text}' does not match '{format}'"))?;
        result.push(Some(time.and_utc().timestamp_millis()));
    }
    Ok(Arc::new(TimestampMillisecondArray::from(result)))
}

/// What has been read of a time; the rest is 1970-01-01 00:00.
struct Parts {
    year: i32,
    month: u32,
    day: u32,
    ordinal: Option<u32>,
    hour: u32,
    afternoon: Option<bool>,
    minute: u32,
    second: u32,
    nanosecond: u32,
}

fn read(text: &str, format: &str) -> Option<NaiveDateTime> {
    let mut parts = Parts {
        year: 1970,
        month: 1,
        day: 1,
        ordinal: None,
        hour: 0,
        afternoon: None,
        minute: 0,
        second: 0,
        nanosecond: 0,
    };
    let rest = parts.read(text, format)?;
    if !rest.is_empty() {
        return None;
    }
    let date = match parts.ordinal {
        Some(ordinal) => NaiveDate::from_yo_opt(parts.year, ordinal)?,
        None => NaiveDate::from_ymd_opt(parts.year, parts.month, parts.day)?,
    };
    let hour = match parts.afternoon {
        Some(afternoon) => parts.hour % 12 + if afternoon { 12 } else { 0 },
        None => parts.hour,
    };
    date.and_hms_nano_opt(hour, parts.minute, parts.second, parts.nanosecond)
}

impl Parts {
    fn read<'a>(&mut self, text: &'a str, format: &str) -> Option<&'a str> {
        let mut rest = text;
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            rest = if c == '%' { self.code(rest, chars.next()?)? } else { rest.strip_prefix(c)? };
        }
        Some(rest)
    }

    fn code<'a>(&mut self, text: &'a str, code: char) -> Option<&'a str> {
        let (number, rest) = match code {
            'Y' | 'x' => digits(text, 4)?,
            'j' => digits(text, 3)?,
            'y' | 'c' | 'm' | 'd' | 'e' | 'H' | 'k' | 'h' | 'I' | 'l' | 'i' | 's' | 'S' => digits(text, 2)?,
            _ => (0, text),
        };
        match code {
            'Y' | 'x' => self.year = number as i32,
            'y' => self.year = number as i32 + if number < 70 { 2000 } else { 1900 },
            'c' | 'm' => self.month = number,
            'd' | 'e' => self.day = number,
            'j' => self.ordinal = Some(number),
            'H' | 'k' | 'h' | 'I' | 'l' => self.hour = number,
            'i' => self.minute = number,
            's' | 'S' => self.second = number,
            'f' => return self.fraction(text),
            'p' => {
                let half = text.get(..2)?.to_ascii_uppercase();
                self.afternoon = Some(match half.as_str() {
                    "AM" => false,
                    "PM" => true,
                    _ => return None,
                });
                return text.get(2..);
            }
            'b' | 'M' => {
                let (month, rest) = name(text, &MONTHS, code == 'b')?;
                self.month = month;
                return Some(rest);
            }
            'a' | 'W' => return name(text, &DAYS, code == 'a').map(|(_, rest)| rest),
            'T' => return self.read(text, "%H:%i:%s"),
            'r' => return self.read(text, "%h:%i:%s %p"),
            '%' => return text.strip_prefix('%'),
            _ => return None,
        }
        Some(rest)
    }

    fn fraction<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let length = text.bytes().take(9).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = text.split_at(length);
        self.nanosecond = format!("{digits:0<9}").parse().ok().filter(|_| length > 0)?;
        Some(rest)
    }
}

/// A number of at most so many digits.
fn digits(text: &str, most: usize) -> Option<(u32, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(length);
    Some((digits.parse().ok()?, rest))
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A name, whole or its first three letters, and its number from one.
fn name<'a>(text: &'a str, names: &[&str], short: bool) -> Option<(u32, &'a str)> {
    names.iter().zip(1..).find_map(|(name, number)| {
        let name = if short { &name[..3] } else { name };
        let head = text.get(..name.len())?;
        head.eq_ignore_ascii_case(name).then(|| (number, &text[name.len()..]))
    })
}
