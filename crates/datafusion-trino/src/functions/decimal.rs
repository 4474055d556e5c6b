//! Arithmetic of decimals: unscaled integers of up to 38 digits, rounded half up.

use arrow::datatypes::i256;

/// The most digits a decimal has.
pub(crate) const DIGITS: u8 = 38;

/// Ten to the power of `n`; `None` beyond what 128 bits hold.
pub(crate) fn power_of_ten(n: u32) -> Option<i128> {
    10_i128.checked_pow(n)
}

/// Whether an unscaled value has at most `precision` digits.
pub(crate) fn fits(value: i128, precision: u8) -> bool {
    power_of_ten(u32::from(precision)).is_none_or(|limit| value.unsigned_abs() < limit.unsigned_abs())
}

/// A move of the decimal point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rescale {
    /// So many digits more.
    Up(u32),
    /// So many digits fewer.
    Down(u32),
}

impl Rescale {
    pub(crate) fn between(from: i8, to: i8) -> Rescale {
        let digits = u32::from(from.abs_diff(to));
        if to >= from { Rescale::Up(digits) } else { Rescale::Down(digits) }
    }
}

/// The value with more or fewer digits behind the point, rounded half up; `None` when it leaves 128 bits.
pub(crate) fn rescale(value: i128, by: Rescale) -> Option<i128> {
    match by {
        Rescale::Up(digits) if value == 0 || digits == 0 => Some(value),
        Rescale::Up(digits) => value.checked_mul(power_of_ten(digits)?),
        Rescale::Down(digits) => Some(match power_of_ten(digits) {
            Some(unit) => divide_half_up(value, unit),
            None => 0,
        }),
    }
}

/// The value without the digits behind the point.
pub(crate) fn truncate(value: i128, digits: u32) -> i128 {
    power_of_ten(digits).map_or(0, |unit| value / unit)
}

/// The quotient rounded half away from zero; the divisor is positive.
fn divide_half_up(value: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (value / divisor, value % divisor);
    let up = rest.unsigned_abs() >= divisor.unsigned_abs() - rest.unsigned_abs();
    if up { quotient + value.signum() } else { quotient }
}

/// `left / right` with `digits` more digits than the operands have, rounded half up; `None` when it
/// leaves 128 bits. The divisor is not zero.
pub(crate) fn divide(left: i128, right: i128, digits: u32) -> Option<i128> {
    let unit = i256::from_i128(10).checked_pow(digits)?;
    let wide = i256::from_i128(left).checked_mul(unit)?;
    let divisor = i256::from_i128(right);
    let (quotient, rest) = (wide.checked_div(divisor)?, wide.checked_rem(divisor)?);
    let (rest, size) = (rest.wrapping_abs(), divisor.wrapping_abs());
    let up = rest >= size.wrapping_sub(rest);
    let sign = i256::from_i128(left.signum() * right.signum());
    let quotient = if up { quotient.checked_add(sign)? } else { quotient };
    quotient.to_i128()
}

/// The rest of `left / right`, each first given more digits; it has the sign of `left`.
pub(crate) fn remainder(left: i128, left_digits: u32, right: i128, right_digits: u32) -> Option<i128> {
    let widen = |value, digits| i256::from_i128(value).checked_mul(i256::from_i128(10).checked_pow(digits)?);
    widen(left, left_digits)?.checked_rem(widen(right, right_digits)?)?.to_i128()
}

/// The nearest double.
pub(crate) fn to_double(value: i128, scale: i8) -> f64 {
    const EXACT: u128 = 1 << 53;
    if value.unsigned_abs() <= EXACT && (0..=22).contains(&scale) {
        // Both are exact, so the quotient is rounded once.
        return value as f64 / 10_f64.powi(i32::from(scale));
    }
    format!("{value}e{}", -i32::from(scale)).parse().unwrap_or(f64::NAN)
}

/// The text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotANumber;

/// The unscaled value of a number written in decimal, with or without an exponent, rounded half up to
/// `scale` digits; `None` when it leaves 128 bits.
pub(crate) fn unscaled(text: &str, scale: i8) -> Result<Option<i128>, NotANumber> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, exponent) = match rest.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().map_err(|_| NotANumber)?),
        None => (rest, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return Err(NotANumber);
    }
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Ok(Some(0));
    }
    let length = digits.len() as i64;
    let more = i64::from(exponent) - fraction.len() as i64 + i64::from(scale);
    if length + more > i64::from(DIGITS) + 1 {
        return Ok(None);
    }
    let size = if more >= 0 {
        let zeros = "0".repeat(more as usize);
        format!("{digits}{zeros}").parse::<i128>().ok()
    } else if length + more < 0 {
        Some(0)
    } else {
        let (kept, dropped) = digits.split_at((length + more) as usize);
        let kept = if kept.is_empty() { Some(0) } else { kept.parse::<i128>().ok() };
        let up = dropped.as_bytes().first().is_some_and(|digit| *digit >= b'5');
        kept.map(|kept| kept + i128::from(up))
    };
    Ok(size.map(|size| if negative { -size } else { size }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_to_a_scale() {
        for (text, scale, expected) in [
            ("1.5", 0, Ok(Some(2))),
            ("-1.5", 0, Ok(Some(-2))),
            ("1.49", 1, Ok(Some(15))),
            (".05", 1, Ok(Some(1))),
            ("0.04", 1, Ok(Some(0))),
            ("12e-4", 2, Ok(Some(0))),
            ("1e3", 2, Ok(Some(100_000))),
            ("007.", 1, Ok(Some(70))),
            ("1e300", 0, Ok(None)),
            ("", 0, Err(NotANumber)),
            (".", 0, Err(NotANumber)),
            (" 1", 0, Err(NotANumber)),
            ("1e", 0, Err(NotANumber)),
        ] {
            assert_eq!(unscaled(text, scale), expected, "{text}");
        }
    }

    #[test]
    fn quotients_round_half_away_from_zero() {
        assert_eq!(divide(1, 3, 6), Some(333_333));
        assert_eq!(divide(-2, 3, 6), Some(-666_667));
        assert_eq!(divide(1, -8, 2), Some(-13));
        assert_eq!(rescale(-25, Rescale::Down(1)), Some(-3));
        assert_eq!(rescale(24, Rescale::Down(1)), Some(2));
        assert_eq!(rescale(i128::MAX, Rescale::Up(1)), None);
    }

    #[test]
    fn remainders_have_the_sign_of_the_dividend() {
        assert_eq!(remainder(-10, 0, 3, 0), Some(-1));
        assert_eq!(remainder(10, 1, 30, 0), Some(10));
    }
}
