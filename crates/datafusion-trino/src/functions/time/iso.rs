//! ISO 8601: `from_iso8601_timestamp`, `from_iso8601_timestamp_nanos`, `from_iso8601_date`, `to_iso8601`.
//!
//! Besides what Trino reads, timestamps are read in the basic form `20230102T030405Z`, in which CloudTrail
//! writes some.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, StringBuilder};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::super::cast::time::zone_of;
use super::super::scalar::Call;
use super::clock::{Clock, NANOS};
use super::instants::{Instants, date};
use super::joda::instant;
use super::pattern::{Field, Reading, malformed, print_offset, resolve};
use super::unix::{zoned_millis, zoned_nanos};
use crate::time::zone::Zone;

/// timestamp(3) with time zone, in the zone the text names or else the session's.
pub(super) fn from_iso_timestamp(call: &Call) -> Result<ArrayRef> {
    let session = zone_of(call.session_zone())?;
    let read = |text: &str| instant(text, &timestamp(text)?, &session);
    let times: Result<Vec<_>> = call.text(0).iter().map(|text| text.map(read).transpose()).collect();
    zoned_millis(call, times?)
}

/// timestamp(9) with time zone; the time of the day must be there.
pub(super) fn from_iso_timestamp_nanos(call: &Call) -> Result<ArrayRef> {
    let session = zone_of(call.session_zone())?;
    let read = |text: &str| {
        if !text.contains('T') {
            return exec_err!("Text '{text}' could not be parsed: the time of the day is missing");
        }
        let reading = timestamp(text)?;
        let zone = reading.zone.as_ref().unwrap_or(&session);
        let seconds = zone.instant(reading.clock.seconds).seconds();
        let nanos = seconds.checked_mul(NANOS).and_then(|nanos| nanos.checked_add(reading.clock.nanos));
        nanos.ok_or_else(|| exec_datafusion_err!("'{text}' is outside of timestamp(9), which ends in 2262"))
    };
    let times: Result<Vec<_>> = call.text(0).iter().map(|text| text.map(read).transpose()).collect();
    zoned_nanos(call, times?)
}

pub(super) fn from_iso_date(call: &Call) -> Result<ArrayRef> {
    let read = |text: &str| {
        let mut reader = Reader::new(text);
        reader.date().filter(|()| reader.rest().is_empty()).ok_or_else(|| malformed(text, reader.at))?;
        let day = resolve(reader.values).map_err(|what| exec_datafusion_err!("Cannot parse \"{text}\": {what}"))?;
        date(day.days())
    };
    let dates: Result<Vec<_>> = call.text(0).iter().map(|text| text.map(read).transpose()).collect();
    Ok(Arc::new(Date32Array::from(dates?)))
}

/// The zone a text names.
pub(super) fn zone_in(text: &str) -> Option<Zone> {
    timestamp(text).ok()?.zone
}

/// A date, a time or both, with or without an offset.
fn timestamp(text: &str) -> Result<Reading> {
    let mut reader = Reader::new(text);
    let whole = reader.timestamp().filter(|()| reader.rest().is_empty());
    whole.ok_or_else(|| malformed(text, reader.at))?;
    let clock = resolve(reader.values).map_err(|what| exec_datafusion_err!("Cannot parse \"{text}\": {what}"))?;
    let nanos = clock.nanos + reader.nanos;
    Ok(Reading { clock: Clock { seconds: clock.seconds + nanos / NANOS, nanos: nanos % NANOS }, zone: reader.zone })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    values: Vec<(Field, i64)>,
    /// The fraction of the last part.
    nanos: i64,
    zone: Option<Zone>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Reader<'a> {
        Reader { text, at: 0, values: vec![], nanos: 0, zone: None }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn take(&mut self, letters: &[char]) -> bool {
        let taken = self.rest().starts_with(letters);
        self.at += usize::from(taken);
        taken
    }

    fn digits(&self) -> usize {
        self.rest().bytes().take_while(u8::is_ascii_digit).count()
    }

    fn number(&mut self, field: Field, most: usize) -> Option<()> {
        let length = self.digits().min(most);
        let value = self.rest()[..length].parse().ok()?;
        self.at += length;
        self.values.push((field, value));
        Some(())
    }

    fn timestamp(&mut self) -> Option<()> {
        let basic = self.digits() == 8 && self.rest()[8..].starts_with('T');
        if basic {
            for (field, length) in [(Field::Year, 4), (Field::Month, 2), (Field::Day, 2)] {
                self.number(field, length)?;
            }
        } else if !self.rest().starts_with('T') {
            self.date()?;
        }
        if self.take(&['T']) {
            if basic && self.digits() == 6 {
                for field in [Field::Hour, Field::Minute, Field::Second] {
                    self.number(field, 2)?;
                }
                self.fraction(1)?;
            } else if self.digits() > 0 {
                self.time()?;
            }
            self.offset()?;
        }
        Some(())
    }

    /// `2023`, `2023-01`, `2023-01-02`, `2023-002`, `2023-W01`, `2023-W01-1`.
    fn date(&mut self) -> Option<()> {
        let sign = if self.rest().starts_with('-') { -1 } else { 1 };
        self.take(&['+', '-']);
        self.number(Field::Year, 9)?;
        let year = self.values.last_mut()?;
        year.1 *= sign;
        if !self.take(&['-']) {
            return Some(());
        }
        if self.rest().starts_with('W') {
            year_of_weeks(&mut self.values);
            self.at += 1;
            self.number(Field::Week, 2)?;
            return if self.take(&['-']) { self.number(Field::DayOfWeek, 1) } else { Some(()) };
        }
        if self.digits() == 3 {
            return self.number(Field::DayOfYear, 3);
        }
        self.number(Field::Month, 2)?;
        if self.take(&['-']) { self.number(Field::Day, 2) } else { Some(()) }
    }

    /// `03`, `03:04`, `03:04:05`, the last part with a fraction.
    fn time(&mut self) -> Option<()> {
        for (field, seconds) in [(Field::Hour, 3600), (Field::Minute, 60), (Field::Second, 1)] {
            self.number(field, 2)?;
            let ended = self.nanos_behind(seconds)? || field == Field::Second;
            if ended || !self.take(&[':']) {
                break;
            }
        }
        Some(())
    }

    fn fraction(&mut self, seconds: i64) -> Option<()> {
        self.nanos_behind(seconds).map(|_| ())
    }

    /// The digits behind a decimal point, of a part of so many seconds; whether there are any.
    fn nanos_behind(&mut self, seconds: i64) -> Option<bool> {
        if !self.take(&['.', ',']) {
            return Some(false);
        }
        let length = self.digits();
        if length == 0 {
            return None;
        }
        let kept = &self.rest()[..length.min(9)];
        self.nanos = format!("{kept:0<9}").parse::<i64>().ok()? * seconds;
        self.at += length;
        Some(true)
    }

    /// `Z`, `+05`, `+05:30`, `+0530`, or nothing.
    fn offset(&mut self) -> Option<()> {
        if self.rest().is_empty() {
            return Some(());
        }
        let (offset, region) = match self.rest().split_once('[') {
            Some((offset, region)) => (offset, region.strip_suffix(']')),
            None => (self.rest(), None),
        };
        let named = region.and_then(Zone::parse);
        self.zone = Some(named.or_else(|| Zone::parse(offset).filter(|_| offset.starts_with(['Z', '+', '-'])))?);
        self.at = self.text.len();
        Some(())
    }
}

fn year_of_weeks(values: &mut [(Field, i64)]) {
    if let Some((field, _)) = values.last_mut() {
        *field = Field::WeekYear;
    }
}

/// `2023-01-02`, `2023-01-02T03:04:05.000`, `2023-01-02T03:04:05.000+05:30`; digits as the type has.
pub(super) fn to_iso(call: &Call) -> Result<ArrayRef> {
    let times = call.times(0)?;
    let (mut result, mut text) = (StringBuilder::new(), String::new());
    for row in 0..call.rows {
        match times.clock(row) {
            None => result.append_null(),
            Some(clock) => {
                text.clear();
                print(&times, row, clock, &mut text)?;
                result.append_value(&text);
            }
        }
    }
    Ok(Arc::new(result.finish()))
}

fn print(times: &Instants, row: usize, clock: Clock, to: &mut String) -> Result<()> {
    use std::fmt::Write;
    let day = clock.day();
    let sign = match day.year {
        ..0 => "-",
        10_000.. if !times.is_date() => "+",
        _ => "",
    };
    // Writing into a String cannot fail.
    let _ = write!(to, "{sign}{:04}-{:02}-{:02}", day.year.abs(), day.month, day.day);
    if times.is_date() {
        return Ok(());
    }
    let _ = write!(to, "T{:02}:{:02}:{:02}", clock.hour(), clock.minute(), clock.second());
    if times.precision() > 0 {
        let digits = format!("{:09}", clock.nanos);
        let _ = write!(to, ".{}", &digits[..usize::from(times.precision())]);
    }
    if times.zone().is_some() {
        match times.offset(row).unwrap_or_default() {
            0 => to.push('Z'),
            offset if offset % 60 != 0 => {
                return exec_err!(
                    "Timezone with non-zero seconds offset cannot be rendered as ISO8601: {offset} seconds"
                );
            }
            offset => print_offset(offset, true, to),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_may_be_left_out() {
        for (text, seconds, nanos, zone) in [
            ("2023-01-02T03:04:05.123+02:00", 1_672_628_645, 123_000_000, Some("+02:00")),
            ("2023-01-02T03:04:05,5Z", 1_672_628_645, 500_000_000, Some("UTC")),
            ("20230102T030405Z", 1_672_628_645, 0, Some("UTC")),
            ("2023-01-02T03:04", 1_672_628_640, 0, None),
            ("2023-01-02T03.5", 1_672_630_200, 0, None),
            ("2023-01-02", 1_672_617_600, 0, None),
            ("2023-002", 1_672_617_600, 0, None),
            ("2023-W01-1", 1_672_617_600, 0, None),
            ("2023-01", 1_672_531_200, 0, None),
            ("2023", 1_672_531_200, 0, None),
            ("T00:00:01", 1, 0, None),
        ] {
            let reading = timestamp(text).unwrap();
            assert_eq!(reading.clock, Clock { seconds, nanos }, "{text}");
            assert_eq!(reading.zone.as_ref().map(Zone::name), zone, "{text}");
        }
        assert!(timestamp("2023-01-02T").is_ok());
        for text in ["", "x", "2023-13-01", "2023-01-02 03:04:05", "2023-01-02T25:00", "2023-01-02T03:04:05."] {
            assert!(timestamp(text).is_err(), "{text}");
        }
    }
}
