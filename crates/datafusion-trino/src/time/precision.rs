//! The digits of a second that a timestamp has, and what they are counted in.

use arrow::datatypes::TimeUnit;

use crate::types::digits;

/// The most digits: nanoseconds.
pub(crate) const FINEST: u8 = 9;

/// What a timestamp of so many digits is counted in.
pub(crate) fn unit(precision: u8) -> TimeUnit {
    match precision {
        0 => TimeUnit::Second,
        1..=3 => TimeUnit::Millisecond,
        4..=6 => TimeUnit::Microsecond,
        _ => TimeUnit::Nanosecond,
    }
}

/// How many of a unit a second has.
pub(crate) fn per_second(unit: TimeUnit) -> i64 {
    power(digits(unit))
}

/// A power of ten.
pub(crate) fn power(exponent: u8) -> i64 {
    10_i64.pow(u32::from(exponent.min(18)))
}

/// Rounds half up to a multiple.
pub(crate) fn round(value: i64, multiple: i64) -> Option<i64> {
    if multiple <= 1 {
        return Some(value);
    }
    Some(value.checked_add(multiple / 2)?.div_euclid(multiple) * multiple)
}

/// A value in another unit, rounded half up to so many digits; `None` when it does not fit.
pub(crate) fn rescale(value: i64, from: TimeUnit, precision: u8) -> Option<i64> {
    let (given, wanted) = (digits(from), digits(unit(precision)));
    let value = round(value, power(given.saturating_sub(precision)))?;
    if wanted >= given { value.checked_mul(power(wanted - given)) } else { Some(value / power(given - wanted)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_rounded_half_up() {
        for (value, from, precision, expected) in [
            (1_555, TimeUnit::Millisecond, 0, 2),
            (1_499, TimeUnit::Millisecond, 0, 1),
            (-1_500, TimeUnit::Millisecond, 0, -1),
            (-1_501, TimeUnit::Millisecond, 0, -2),
            (1_555_555, TimeUnit::Microsecond, 2, 1_560),
            (1_555_555, TimeUnit::Microsecond, 4, 1_555_600),
            (1, TimeUnit::Second, 8, 1_000_000_000),
        ] {
            assert_eq!(rescale(value, from, precision), Some(expected), "{value} to {precision}");
        }
        assert_eq!(rescale(i64::MAX, TimeUnit::Second, 3), None);
    }
}
