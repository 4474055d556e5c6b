//! Columns of dates and timestamps, read as instants and as what a clock shows.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, PrimitiveArray};
use arrow::compute::{cast, max, min};
use arrow::datatypes::{DataType, Date32Type, Field, FieldRef, Int64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::clock::{Clock, NANOS};
use crate::functions::cast::time::zone_of;
use crate::time::calendar::DAY;
use crate::time::precision::{per_second, power};
use crate::time::zone::Zone;
use crate::types::precision;

/// The last second a calendar is kept for, in both directions: the years to ±100 million.
const CALENDAR: i64 = 36_524_000_000 * DAY;

/// A column of dates, timestamps or timestamps with time zone.
pub(super) struct Instants {
    values: PrimitiveArray<Int64Type>,
    per_second: i64,
    precision: u8,
    /// The zone of the values, or the one to read clocks without zone in.
    zone: Option<Zone>,
    zoned: bool,
    data_type: DataType,
}

impl Instants {
    /// Errors for other columns, and for times no calendar is kept for.
    pub(super) fn new(array: &ArrayRef, field: &Field) -> Result<Instants> {
        let data_type = array.data_type().clone();
        let (values, per_second, zone) = match &data_type {
            DataType::Timestamp(unit, zone) => {
                let plain = cast(array, &DataType::Int64)?;
                let zone = zone.as_ref().map(|name| zone_of(name)).transpose()?;
                (plain.as_primitive::<Int64Type>().clone(), per_second(*unit), zone)
            }
            DataType::Date32 => {
                let days = array.as_primitive::<Date32Type>();
                (days.unary::<_, Int64Type>(|days| i64::from(days) * DAY), 1, None)
            }
            other => return exec_err!("expected a date or timestamp, got {other}"),
        };
        let bounds = [min(&values), max(&values)];
        if bounds.into_iter().flatten().any(|value| (value / per_second).abs() > CALENDAR) {
            return exec_err!("a {} is outside of the calendar", crate::types::describe(&data_type));
        }
        let precision = precision(field).unwrap_or_default();
        Ok(Instants { values, per_second, precision, zoned: zone.is_some(), zone, data_type })
    }

    /// The same column, its clocks without zone read as those of a zone.
    pub(super) fn or_in(mut self, zone: &Zone) -> Instants {
        self.zone.get_or_insert_with(|| zone.clone());
        self
    }

    /// The zone of the column, when it has one of its own.
    pub(super) fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref().filter(|_| self.zoned)
    }

    pub(super) fn is_date(&self) -> bool {
        self.data_type == DataType::Date32
    }

    pub(super) fn precision(&self) -> u8 {
        self.precision
    }

    /// The value of a row, as it stands: UTC for one with zone, the clock for one without.
    fn value(&self, row: usize) -> Option<Clock> {
        if self.values.is_null(row) {
            return None;
        }
        let value = self.values.value(row);
        let nanos = value.rem_euclid(self.per_second) * (NANOS / self.per_second);
        Some(Clock { seconds: value.div_euclid(self.per_second), nanos })
    }

    /// The instant of a row, in UTC.
    pub(super) fn instant(&self, row: usize) -> Option<Clock> {
        let value = self.value(row)?;
        match &self.zone {
            Some(zone) if !self.zoned => Some(Clock { seconds: zone.instant(value.seconds).seconds(), ..value }),
            _ => Some(value),
        }
    }

    /// How many seconds the clock of a row is ahead of UTC.
    pub(super) fn offset(&self, row: usize) -> Option<i64> {
        let instant = self.instant(row)?;
        Some(self.zone.as_ref().map_or(0, |zone| zone.offset_at(instant.seconds)))
    }

    /// What calendar and clock show, in the zone of the column.
    pub(super) fn clock(&self, row: usize) -> Option<Clock> {
        let value = self.value(row)?;
        match &self.zone {
            Some(zone) if self.zoned => Some(value.ahead(zone.offset_at(value.seconds))),
            _ => Some(value),
        }
    }

    /// The value of a row with its clock changed. With a zone, a change `by_calendar` keeps to the clock
    /// when it is set forward or back in between; any other counts the time that passes.
    pub(super) fn changed(
        &self,
        row: usize,
        by_calendar: bool,
        change: impl FnOnce(Clock) -> Option<Clock>,
    ) -> Option<Clock> {
        let value = self.value(row)?;
        let Some(zone) = self.zone() else { return change(value) };
        let offset = zone.offset_at(value.seconds);
        let clock = change(value.ahead(offset))?;
        let same = clock.ahead(-offset);
        if !by_calendar || zone.offset_at(same.seconds) == offset {
            return Some(same);
        }
        Some(Clock { seconds: zone.instant(clock.seconds).seconds(), ..clock })
    }

    /// A column of this type with these values; digits it has not are rounded half up.
    pub(super) fn like(&self, values: Vec<Option<Clock>>) -> Result<ArrayRef> {
        if self.is_date() {
            let days = values.into_iter().map(|value| value.map(|value| date(value.days())).transpose());
            return Ok(Arc::new(Date32Array::from(days.collect::<Result<Vec<_>>>()?)));
        }
        let step = power(9 - self.precision);
        let values = values.into_iter().map(|value| value.map(|value| self.number(value, step)).transpose());
        let values = PrimitiveArray::<Int64Type>::from(values.collect::<Result<Vec<_>>>()?);
        Ok(cast(&values, &self.data_type)?)
    }

    fn number(&self, value: Clock, step: i64) -> Result<i64> {
        let nanos = (value.nanos + step / 2) / step * step;
        let seconds = value.seconds.checked_mul(self.per_second);
        seconds
            .and_then(|whole| whole.checked_add(nanos / (NANOS / self.per_second)))
            .ok_or_else(|| exec_datafusion_err!("the result is outside of timestamp({})", self.precision))
    }
}

/// A date of so many days since 1970-01-01.
pub(super) fn date(days: i64) -> Result<i32> {
    i32::try_from(days).map_err(|_| {
        let (bound, what) = if days < 0 { ("is less than", "MIN_INT") } else { ("exceeds", "MAX_INT") };
        exec_datafusion_err!("Value {days} {bound} {what} for type date")
    })
}

/// A field of the type of another, its digits included.
pub(super) fn like(field: &Field) -> FieldRef {
    let metadata = field.metadata().clone();
    Arc::new(Field::new("", field.data_type().clone(), true).with_metadata(metadata))
}
