//! Numbers of JSON, exactly: digits and a scale, as in Java's BigDecimal.

/// `±digits × 10^-scale`; the digits have no zeros in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Number {
    negative: bool,
    digits: String,
    scale: i64,
}

impl Number {
    /// Reads a number as JSON or Java writes it (`-1.50`, `1e3`); `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Number> {
        let (negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let exponent: i32 = exponent.parse().ok()?;
        let scale = i64::try_from(fraction.len()).ok()? - i64::from(exponent);
        let digits = match all.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        };
        Some(Number { negative: negative && digits != "0", digits: digits.to_owned(), scale })
    }

    /// Appends the number as Java's BigDecimal prints it: digits are kept; an exponent stands for zeros
    /// that are not written, and for more than six zeros behind the point.
    pub(crate) fn write(&self, to: &mut String) {
        if self.negative {
            to.push('-');
        }
        let length = self.digits.len() as i64;
        let adjusted = length - 1 - self.scale;
        if self.scale < 0 || adjusted < -6 {
            to.push_str(&self.digits[..1]);
            if length > 1 {
                to.push('.');
                to.push_str(&self.digits[1..]);
            }
            if adjusted != 0 {
                to.push_str(&format!("E{adjusted:+}"));
            }
        } else if self.scale == 0 {
            to.push_str(&self.digits);
        } else if self.scale >= length {
            to.push_str("0.");
            to.extend(std::iter::repeat_n('0', (self.scale - length) as usize));
            to.push_str(&self.digits);
        } else {
            let (whole, fraction) = self.digits.split_at((length - self.scale) as usize);
            to.push_str(whole);
            to.push('.');
            to.push_str(fraction);
        }
    }

    /// The value of `decimal(precision, scale)`, halves rounded away from zero; `None` when it does not
    /// fit.
    pub(crate) fn to_decimal(&self, precision: u8, scale: i8) -> Option<i128> {
        let shift = i64::from(scale) - self.scale;
        let length = self.digits.len() as i64;
        let value = if self.digits == "0" || length + shift < 0 {
            0
        } else if length + shift > i64::from(precision) + 1 {
            return None;
        } else if shift >= 0 {
            let digits: i128 = self.digits.parse().ok()?;
            digits.checked_mul(10_i128.checked_pow(u32::try_from(shift).ok()?)?)?
        } else {
            let (kept, dropped) = self.digits.split_at((length + shift) as usize);
            let kept: i128 = if kept.is_empty() { 0 } else { kept.parse().ok()? };
            kept + i128::from(dropped.as_bytes().first().is_some_and(|digit| *digit >= b'5'))
        };
        let fits = value < 10_i128.checked_pow(u32::from(precision))?;
        fits.then_some(if self.negative { -value } else { value })
    }

    /// Whether it is below zero.
    pub(crate) fn is_negative(&self) -> bool {
        self.negative
    }

    /// The power of ten of the first digit.
    pub(crate) fn exponent(&self) -> i64 {
        if self.digits == "0" { 0 } else { self.digits.len() as i64 - 1 - self.scale }
    }

    /// The size times a power of ten with as many digits behind the point, the last rounded half up: what
    /// stands in front of the point and behind it.
    pub(crate) fn to_fixed(&self, power: i64, places: usize) -> (String, String) {
        let shift = places as i64 + power - self.scale;
        let mut digits = self.digits.clone();
        if shift >= 0 {
            digits.extend(std::iter::repeat_n('0', usize::try_from(shift).unwrap_or(0)));
        } else {
            let kept = digits.len() as i64 + shift;
            let place = usize::try_from(kept).unwrap_or(0);
            let up = kept >= 0 && digits.as_bytes().get(place).is_some_and(|digit| *digit >= b'5');
            digits.truncate(place);
            if up {
                digits = incremented(&digits);
            }
        }
        let missing = (places + 1).saturating_sub(digits.len());
        digits.insert_str(0, &"0".repeat(missing));
        let fraction = digits.split_off(digits.len() - places);
        let whole = digits.trim_start_matches('0');
        (if whole.is_empty() { "0" } else { whole }.to_owned(), fraction)
    }
}

/// The next number of digits.
fn incremented(digits: &str) -> String {
    let nines = digits.len() - digits.trim_end_matches('9').len();
    let (head, last) = digits[..digits.len() - nines].split_at((digits.len() - nines).saturating_sub(1));
    let next = last.bytes().next().map_or('1', |digit| char::from(digit + 1));
    format!("{head}{next}{}", "0".repeat(nines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_in_java() {
        for (value, expected) in [
            ("1", "1"),
            ("1.50", "1.50"),
            ("-0.5", "-0.5"),
            ("1e3", "1E+3"),
            ("12.5e1", "125"),
            ("1e-3", "0.001"),
            ("1e-9", "1E-9"),
            ("1.23e309", "1.23E+309"),
            ("-0.0", "0.0"),
        ] {
            let mut text = String::new();
            Number::parse(value).unwrap().write(&mut text);
            assert_eq!(text, expected, "{value}");
        }
        for value in ["", "-", "1.2.3", "x", "1e"] {
            assert_eq!(Number::parse(value), None, "{value}");
        }
    }

    #[test]
    fn places_are_fixed() {
        for (value, power, places, expected) in [
            ("1.005", 0, 2, ("1", "01")),
            ("999.96", 0, 1, ("1000", "0")),
            ("0.04", 0, 0, ("0", "")),
            ("0.5", 0, 0, ("1", "")),
            ("12345", -4, 2, ("1", "23")),
            ("5e-3", 3, 1, ("5", "0")),
            ("9.9", 0, 0, ("10", "")),
        ] {
            let (whole, fraction) = Number::parse(value).unwrap().to_fixed(power, places);
            assert_eq!((whole.as_str(), fraction.as_str()), expected, "{value}");
        }
    }

    #[test]
    fn decimals_round_half_away_from_zero() {
        for (value, expected) in [
            ("1.005", Some(101)),
            ("-1.005", Some(-101)),
            ("1.004", Some(100)),
            ("0.004", Some(0)),
            ("0.005", Some(1)),
            ("9e-30", Some(0)),
            ("1e2", Some(10_000)),
            ("999.994", Some(99_999)),
            ("999.995", None),
            ("1e30", None),
        ] {
            assert_eq!(Number::parse(value).unwrap().to_decimal(5, 2), expected, "{value}");
        }
    }
}
