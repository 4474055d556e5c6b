//! Dates, timestamps, zones and intervals as Trino reckons them: plain values, no columns.
//!
//! A date is a number of days since 1970-01-01 in the proleptic Gregorian calendar. A timestamp counts
//! seconds, milliseconds, microseconds or nanoseconds; see [`precision`]. An interval is a number of
//! milliseconds (day to second) or of months (year to month).

pub(crate) mod calendar;
pub(crate) mod interval;
pub(crate) mod precision;
pub(crate) mod reading;
pub(crate) mod zone;
