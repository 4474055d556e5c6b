//! Casts to timestamps and dates, of text and of each other.
//!
//! Precision shrinks by rounding half up. A timestamp without zone is what clocks of the session's zone
//! show; a text may name a zone of its own. Source: Trino's page "Date and time functions and operators".

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, StringViewArray};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Date32Type, Field, FieldRef, Int32Type, Int64Type, TimeUnit};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err};
use datafusion::logical_expr::expr::FieldMetadata;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::functions::scalar::is_text;
use crate::time::calendar::DAY;
use crate::time::precision::{per_second, rescale};
use crate::time::reading::{self, Reading, trimmed};
use crate::time::zone::Zone;
use crate::types::precision;

/// How a cast to a date or timestamp is done.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct TimeCast {
    /// What the values become.
    to: FieldRef,
    /// The session's zone.
    session: Zone,
    /// NULL where another cast fails.
    lenient: bool,
    /// As times are compared: ISO 8601 text is read, too, and an instant is what the session's clock shows then.
    lax: bool,
}

/// Whether [`TimeCast`] casts one type to the other.
pub(crate) fn casts(from: &DataType, to: &DataType) -> bool {
    let time = |data_type: &DataType| matches!(data_type, DataType::Timestamp(_, _) | DataType::Date32);
    time(to) && (time(from) || (is_text(from) && !from.is_null()))
}

impl TimeCast {
    pub(crate) fn new(to: &Field, session: &Zone) -> TimeCast {
        let to = Arc::new(to.clone().with_nullable(true));
        TimeCast { to, session: session.clone(), lenient: false, lax: false }
    }

    /// As `try_cast` does.
    pub(crate) fn lenient(self, lenient: bool) -> TimeCast {
        TimeCast { lenient, ..self }
    }

    /// As times are compared.
    pub(crate) fn lax(self) -> TimeCast {
        TimeCast { lax: true, ..self }
    }

    /// The cast expression; a constant when a constant is cast and can be.
    pub(crate) fn of(self, expr: Expr) -> Expr {
        match self.constant(&expr) {
            Some(Ok(constant)) => constant,
            _ => ScalarUDF::new_from_impl(TimeCastFunction::new(self)).call(vec![expr]),
        }
    }

    /// The value of a cast constant; `None` for what is none.
    pub(crate) fn constant(&self, expr: &Expr) -> Option<Result<Expr>> {
        let Expr::Literal(value, _) = expr else { return None };
        let cast = value.to_array().and_then(|array| self.apply(&array));
        Some(cast.and_then(|array| {
            let value = ScalarValue::try_from_array(&array, 0)?;
            let metadata = FieldMetadata::from(self.to.metadata());
            Ok(Expr::Literal(value, (!metadata.is_empty()).then_some(metadata)))
        }))
    }

    /// Whether all digits of a text fit.
    pub(crate) fn loses_nothing(&self, text: &str) -> bool {
        if self.to.data_type() == &DataType::Date32 {
            return reading::date(trimmed(text)).is_some();
        }
        let digits = reading::timestamp_or_iso(text).map_or("", |reading| reading.fraction);
        digits.trim_end_matches('0').len() <= usize::from(self.precision())
    }

    /// Casts a column.
    pub(crate) fn apply(&self, array: &ArrayRef) -> Result<ArrayRef> {
        match (array.data_type(), self.to.data_type()) {
            (DataType::Null, to) => Ok(cast(array, to)?),
            (from, _) if is_text(from) => self.texts(cast(array, &DataType::Utf8View)?.as_string_view()),
            (DataType::Date32, DataType::Timestamp(_, zone)) => {
                let zone = zone.as_ref().map(|_| &self.session);
                self.each(array.as_primitive::<Date32Type>(), |days| self.midnight(i64::from(days), zone))
            }
            (DataType::Date32, _) => Ok(Arc::clone(array)),
            (DataType::Timestamp(unit, zone), _) => {
                let counts = cast(array, &DataType::Int64)?;
                let shift = self.shift(zone.as_deref())?;
                self.each(counts.as_primitive::<Int64Type>(), |count| self.moved(count, *unit, &shift))
            }
            (from, to) => exec_err!("Cannot cast {from} to {to}"),
        }
    }

    /// A column of what each value becomes.
    fn each<T: arrow::datatypes::ArrowPrimitiveType>(
        &self,
        array: &PrimitiveArray<T>,
        f: impl Fn(T::Native) -> Result<i64>,
    ) -> Result<ArrayRef> {
        self.collect(array.iter().map(|value| value.map(&f)))
    }

    fn collect(&self, values: impl Iterator<Item = Option<Result<i64>>>) -> Result<ArrayRef> {
        let values = values.map(|value| match value {
            Some(Err(_)) if self.lenient => Ok(None),
            other => other.transpose(),
        });
        let counts = values.collect::<Result<PrimitiveArray<Int64Type>>>()?;
        match self.to.data_type() {
            DataType::Date32 => {
                let strict = CastOptions { safe: false, ..Default::default() };
                let days = cast_with_options(&counts, &DataType::Int32, &strict)?;
                Ok(Arc::new(days.as_primitive::<Int32Type>().reinterpret_cast::<Date32Type>()))
            }
            to => Ok(cast(&counts, to)?),
        }
    }

    fn texts(&self, texts: &StringViewArray) -> Result<ArrayRef> {
        self.collect(texts.iter().map(|text| text.map(|text| self.read(text))))
    }

    /// The count of a text.
    fn read(&self, text: &str) -> Result<i64> {
        let DataType::Timestamp(_, zone) = self.to.data_type() else {
            let days = reading::date(trimmed(text)).map(i64::from);
            return days.ok_or_else(|| exec_datafusion_err!("Value cannot be cast to date: {text}"));
        };
        let wrong = || exec_datafusion_err!("Value cannot be cast to timestamp: {text}");
        let reading = if self.lax { reading::timestamp_or_iso(text) } else { reading::timestamp(trimmed(text)) };
        let reading = reading.ok_or_else(wrong)?;
        let own = reading.zone.map(|zone| Zone::parse(zone).ok_or_else(wrong)).transpose()?;
        let seconds = match (zone, own) {
            (Some(_), own) => own.as_ref().unwrap_or(&self.session).instant(reading.seconds).seconds(),
            (None, Some(own)) if self.lax => {
                let instant = own.instant(reading.seconds).seconds();
                instant.saturating_add(self.session.offset_at(instant))
            }
            (None, _) => reading.seconds,
        };
        reading.count(seconds, self.precision()).ok_or_else(|| self.too_far(text))
    }

    fn precision(&self) -> u8 {
        precision(&self.to).unwrap_or(0)
    }

    fn too_far(&self, value: impl std::fmt::Display) -> datafusion::error::DataFusionError {
        let precision = self.precision();
        let hint = if precision > 6 { ", which reaches from the year 1678 to 2261" } else { "" };
        exec_datafusion_err!("{value} is out of range of timestamp({precision}){hint}")
    }

    /// The count of midnight of a day.
    fn midnight(&self, days: i64, zone: Option<&Zone>) -> Result<i64> {
        let seconds = match zone {
            Some(zone) => zone.instant(days * DAY).seconds(),
            None => days * DAY,
        };
        // Trino holds timestamps in microseconds.
        let fits = seconds.checked_mul(per_second(TimeUnit::Microsecond)).is_some();
        let midnight = Reading { seconds, fraction: "", zone: None };
        let count = midnight.count(seconds, self.precision()).filter(|_| fits);
        count.ok_or_else(|| exec_datafusion_err!("Date cannot be represented as timestamp: {days}"))
    }

    /// What becomes of a count before it is rounded.
    fn shift(&self, from: Option<&str>) -> Result<Shift> {
        let is_zoned = matches!(self.to.data_type(), DataType::Timestamp(_, Some(_)));
        Ok(match from {
            Some(_) if !is_zoned && self.lax => Shift::ToClock(self.session.clone()),
            Some(zone) if !is_zoned => Shift::ToClock(zone_of(zone)?),
            None if is_zoned => Shift::ToInstant(self.session.clone()),
            _ => Shift::None,
        })
    }

    fn moved(&self, count: i64, unit: TimeUnit, shift: &Shift) -> Result<i64> {
        let per_second = per_second(unit);
        let seconds = count.div_euclid(per_second);
        let moved = match shift {
            Shift::None => seconds,
            Shift::ToClock(zone) => seconds.saturating_add(zone.offset_at(seconds)),
            Shift::ToInstant(zone) => zone.instant(seconds).seconds(),
        };
        let count = (moved - seconds).checked_mul(per_second).and_then(|moved| count.checked_add(moved));
        let count = count.ok_or_else(|| self.too_far(seconds))?;
        if self.to.data_type() == &DataType::Date32 {
            return Ok(count.div_euclid(per_second * DAY));
        }
        rescale(count, unit, self.precision()).ok_or_else(|| self.too_far(count))
    }
}

/// Between instants and what clocks show.
enum Shift {
    None,
    ToClock(Zone),
    ToInstant(Zone),
}

/// The zone of a column's type.
pub(crate) fn zone_of(name: &str) -> Result<Zone> {
    Zone::parse(name).ok_or_else(|| exec_datafusion_err!("'{name}' is not a valid time zone"))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct TimeCastFunction {
    cast: TimeCast,
    signature: Signature,
}

impl TimeCastFunction {
    fn new(cast: TimeCast) -> TimeCastFunction {
        TimeCastFunction { cast, signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for TimeCastFunction {
    fn name(&self) -> &str {
        match (self.cast.to.data_type(), self.cast.lenient) {
            (DataType::Date32, false) => "trino_date",
            (DataType::Date32, true) => "trino_try_date",
            (_, false) => "trino_timestamp",
            (_, true) => "trino_try_timestamp",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(self.cast.to.data_type().clone())
    }

    fn return_field_from_args(&self, _args: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::clone(&self.cast.to))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match &args.args[0] {
            ColumnarValue::Array(array) => Ok(ColumnarValue::Array(self.cast.apply(array)?)),
            ColumnarValue::Scalar(value) => {
                let array = self.cast.apply(&value.to_array()?)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?))
            }
        }
    }
}
