//! Reading a time by a pattern.

use datafusion::common::{DataFusionError, Result, exec_datafusion_err};

use super::resolve::resolve;
use super::{Field, Item};
use crate::functions::time::clock::Clock;
use crate::time::zone::Zone;

/// What has been read: what the clock shows, and the zone the text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::functions::time) struct Reading {
    pub(in crate::functions::time) clock: Clock,
    pub(in crate::functions::time) zone: Option<Zone>,
}

/// Short names of zones that are read, as Joda-Time knows them.
const ZONE_NAMES: [(&str, &str); 11] = [
    ("UTC", "UTC"),
    ("GMT", "UTC"),
    ("UT", "UTC"),
    ("EST", "America/New_York"),
    ("EDT", "America/New_York"),
    ("CST", "America/Chicago"),
    ("CDT", "America/Chicago"),
    ("MST", "America/Denver"),
    ("MDT", "America/Denver"),
    ("PST", "America/Los_Angeles"),
    ("PDT", "America/Los_Angeles"),
];

pub(super) fn read(items: &[Item], text: &str) -> Result<Reading> {
    let mut reader = Reader { text, at: 0, values: vec![], zone: None };
    for item in items {
        reader.item(item).ok_or_else(|| malformed(text, reader.at))?;
    }
    if reader.at < text.len() {
        return Err(malformed(text, reader.at));
    }
    let clock = resolve(reader.values).map_err(|what| exec_datafusion_err!("Cannot parse \"{text}\": {what}"))?;
    Ok(Reading { clock, zone: reader.zone })
}

/// The text does not follow its pattern from a place on.
pub(in crate::functions::time) fn malformed(text: &str, at: usize) -> DataFusionError {
    if at >= text.len() {
        exec_datafusion_err!("Invalid format: \"{text}\" is too short")
    } else if at == 0 {
        exec_datafusion_err!("Invalid format: \"{text}\"")
    } else {
        exec_datafusion_err!("Invalid format: \"{text}\" is malformed at \"{}\"", &text[at..])
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    values: Vec<(Field, i64)>,
    zone: Option<Zone>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Reads one item; `None` when it is not there.
    fn item(&mut self, item: &Item) -> Option<()> {
        match item {
            Item::Text(expected) => self.literal(expected),
            Item::Number { field, most, .. } => {
                let signed = matches!(field, Field::Year | Field::WeekYear);
                let value = self.number(*most, signed)?;
                self.values.push((*field, value));
                Some(())
            }
            Item::TwoDigits { field, pivot, lenient } => self.two_digits(*field, *pivot, *lenient),
            Item::Fraction { most, .. } => {
                self.fraction(*most);
                Some(())
            }
            Item::Name { field, .. } => self.name(*field),
            Item::Offset { .. } => self.offset(),
            Item::ZoneId => self.zone_id(),
            Item::ZoneName => {
                let (name, zone) = ZONE_NAMES.iter().find(|(name, _)| self.rest().starts_with(name))?;
                self.zone = Some(Zone::parse(zone)?);
                self.at += name.len();
                Some(())
            }
        }
    }

    /// Letters in any case.
    fn literal(&mut self, expected: &str) -> Option<()> {
        for c in expected.chars() {
            let given = self.rest().chars().next()?;
            if given != c && !given.to_lowercase().eq(c.to_lowercase()) {
                return None;
            }
            self.at += given.len_utf8();
        }
        Some(())
    }

    /// How many digits stand here, at most so many.
    fn digits(&self, most: usize) -> usize {
        self.rest().bytes().take(most).take_while(u8::is_ascii_digit).count()
    }

    fn number(&mut self, most: usize, signed: bool) -> Option<i64> {
        let start = self.at;
        let sign = if signed { self.sign() } else { None };
        let length = self.digits(most);
        let Ok(value) = self.rest()[..length].parse::<i64>() else {
            self.at = start;
            return None;
        };
        self.at += length;
        Some(value * sign.unwrap_or(1))
    }

    fn sign(&mut self) -> Option<i64> {
        let sign = match self.rest().bytes().next()? {
            b'-' => -1,
            b'+' => 1,
            _ => return None,
        };
        self.at += 1;
        Some(sign)
    }

    fn two_digits(&mut self, field: Field, pivot: i64, lenient: bool) -> Option<()> {
        let whole = lenient && (self.rest().starts_with(['-', '+']) || self.digits(18) != 2);
        if whole {
            let value = self.number(18, true)?;
            self.values.push((field, value));
            return Some(());
        }
        if self.digits(2) < 2 {
            return None;
        }
        let digits = self.number(2, false)?;
        let lowest = pivot - 50;
        let year = lowest.div_euclid(100) * 100 + digits;
        self.values.push((field, if year < lowest { year + 100 } else { year }));
        Some(())
    }

    /// Digits behind the decimal point, of which three count.
    fn fraction(&mut self, most: usize) {
        let length = self.digits(most);
        let mut millis = 0;
        for (digit, size) in self.rest().bytes().take(length).zip([100, 10, 1]) {
            millis += i64::from(digit - b'0') * size;
        }
        self.at += length;
        self.values.push((Field::Millisecond, millis));
    }

    /// A name, whole or its first three letters, in any letter case.
    fn name(&mut self, field: Field) -> Option<()> {
        let (names, first) = field.names();
        let rest = self.rest();
        let stands = |name: &str| rest.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
        let whole =
            || names.iter().zip(first..).find(|(name, _)| stands(name)).map(|(name, value)| (name.len(), value));
        let short = || {
            let named = |name: &str| name.get(..3).is_some_and(stands);
            names.iter().zip(first..).find(|(name, _)| named(name)).map(|(_, value)| (3, value))
        };
        let (length, value) = whole().or_else(short)?;
        self.at += length;
        self.values.push((field, value));
        Some(())
    }

    /// `Z`, `+05`, `+0530` or `+05:30`.
    fn offset(&mut self) -> Option<()> {
        if self.rest().starts_with(['Z', 'z']) {
            self.at += 1;
            self.zone = Some(Zone::utc());
            return Some(());
        }
        let start = self.at;
        let zone = self.signed_offset();
        if zone.is_none() {
            self.at = start;
        }
        self.zone = Some(zone?);
        Some(())
    }

    fn signed_offset(&mut self) -> Option<Zone> {
        let sign = self.sign()?;
        if self.digits(2) < 2 {
            return None;
        }
        let hours = self.number(2, false)?;
        let behind_hours = self.at;
        self.at += usize::from(self.rest().starts_with(':'));
        let minutes = if self.digits(2) == 2 {
            self.number(2, false)?
        } else {
            self.at = behind_hours;
            0
        };
        if minutes < 60 { Zone::offset(sign * (hours * 60 + minutes)) } else { None }
    }

    /// The longest id of a zone that stands here.
    fn zone_id(&mut self) -> Option<()> {
        let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '+' | '-' | ':');
        let rest = self.rest();
        let mut id = &rest[..rest.find(|c| !letter(c)).unwrap_or(rest.len())];
        while !id.is_empty() {
            if let Some(zone) = Zone::parse(id) {
                self.at += id.len();
                self.zone = Some(zone);
                return Some(());
            }
            id = &id[..id.len() - 1];
        }
        None
    }
}
