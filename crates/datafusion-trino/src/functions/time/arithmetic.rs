//! `date_trunc`, `date_add`, `date_diff`, `last_day_of_month` and `date`, as in Trino's "Date and time
//! functions and operators".

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Date32Array, Int64Array};
use arrow::datatypes::Int64Type;
use datafusion::common::{Result, exec_datafusion_err};

use super::super::cast::time::zone_of;
use super::super::scalar::Call;
use super::clock::first_of_month;
use super::instants::{Instants, date};
use super::unit::Unit;

/// The units named in a column, each name read once in a row.
struct Units<'a> {
    of_date: bool,
    last: Option<(&'a str, Unit)>,
}

impl<'a> Units<'a> {
    fn of(times: &Instants) -> Units<'a> {
        Units { of_date: times.is_date(), last: None }
    }

    fn get(&mut self, name: &'a str) -> Result<Unit> {
        match self.last {
            Some((last, unit)) if last == name => Ok(unit),
            _ => {
                let unit = Unit::parse(name, self.of_date)?;
                self.last = Some((name, unit));
                Ok(unit)
            }
        }
    }
}

/// The beginning of the unit the time is in.
pub(super) fn date_trunc(call: &Call) -> Result<ArrayRef> {
    let times = call.times(1)?;
    let (names, mut units) = (call.text(0), Units::of(&times));
    let mut result = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        if call.any_null(row) {
            result.push(None);
            continue;
        }
        let unit = units.get(names.value(row))?;
        result.push(times.changed(row, unit.is_calendar(), |clock| Some(unit.truncate(clock))));
    }
    times.like(result)
}

/// The time so many units later.
pub(super) fn date_add(call: &Call) -> Result<ArrayRef> {
    let times = call.times(2)?;
    let (names, mut units) = (call.text(0), Units::of(&times));
    let counts = call.args[1].as_primitive::<Int64Type>();
    let mut result = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        if call.any_null(row) {
            result.push(None);
            continue;
        }
        let (unit, count) = (units.get(names.value(row))?, counts.value(row));
        let moved = times.changed(row, unit.is_calendar(), |clock| unit.add(clock, count));
        let name = names.value(row);
        result.push(Some(moved.ok_or_else(|| exec_datafusion_err!("date_add of {count} {name} leaves the calendar"))?));
    }
    times.like(result)
}

/// Whole units from the second to the third argument. Times of the clock are told apart by the time that
/// passes; days and longer by the calendar of the second argument's zone.
pub(super) fn date_diff(call: &Call) -> Result<ArrayRef> {
    let session = zone_of(call.session_zone())?;
    let (mut from, mut to) = (call.times(1)?, call.times(2)?);
    let mut units = Units { of_date: from.is_date() && to.is_date(), last: None };
    if from.zone().is_some() || to.zone().is_some() {
        (from, to) = (from.or_in(&session), to.or_in(&session));
    }
    let zone = from.zone().or(to.zone().map(|_| &session)).cloned();
    let names = call.text(0);
    let mut result = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let (Some(from), Some(to)) = (from.instant(row), to.instant(row)) else {
            result.push(None);
            continue;
        };
        if call.any_null(row) {
            result.push(None);
            continue;
        }
        let unit = units.get(names.value(row))?;
        let shown = |instant: super::clock::Clock| match &zone {
            Some(zone) if unit.is_calendar() => instant.ahead(zone.offset_at(instant.seconds)),
            _ => instant,
        };
        result.push(Some(unit.between(shown(from), shown(to))));
    }
    Ok(Arc::new(Int64Array::from(result)))
}

/// The date the calendar shows.
pub(super) fn to_date(call: &Call) -> Result<ArrayRef> {
    dates(call, |clock| clock.days())
}

/// The last day of the month the time is in.
pub(super) fn last_day(call: &Call) -> Result<ArrayRef> {
    dates(call, |clock| {
        let day = clock.day();
        let (year, month) = if day.month == 12 { (day.year + 1, 1) } else { (day.year, day.month + 1) };
        first_of_month(year, month) - 1
    })
}

fn dates(call: &Call, days: impl Fn(super::clock::Clock) -> i64) -> Result<ArrayRef> {
    let times = call.times(0)?;
    let dates = (0..call.rows).map(|row| times.clock(row).map(|clock| date(days(clock))).transpose());
    Ok(Arc::new(Date32Array::from(dates.collect::<Result<Vec<_>>>()?)))
}

impl Call {
    /// An argument as dates or timestamps.
    pub(super) fn times(&self, i: usize) -> Result<Instants> {
        Instants::new(&self.args[i], &self.fields[i])
    }
}
