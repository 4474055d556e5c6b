//! Numbers as java.util.Formatter shows them.

use super::spec::Spec;
use crate::json::number::Number;

/// `%d`.
pub(super) fn decimal(spec: &Spec, number: i64) -> String {
    signed(spec, number < 0, &number.unsigned_abs().to_string(), "")
}

/// `%x` and `%o`.
pub(super) fn bits(spec: &Spec, prefix: &str, digits: String) -> String {
    let prefix = if spec.has('#') { prefix } else { "" };
    zeros(spec, prefix, &digits, "")
}

/// `%f`, `%e` and `%g` of a double.
pub(super) fn double(spec: &Spec, number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    let negative = number.is_sign_negative();
    if number.is_infinite() {
        let (before, after) = sign(spec, negative);
        return format!("{before}Infinity{after}");
    }
    match Number::parse(&format!("{:e}", number.abs())) {
        Some(exact) => fraction(spec, &exact, negative),
        None => String::new(),
    }
}

/// `%f`, `%e` and `%g` of a decimal.
pub(super) fn exact(spec: &Spec, number: &Number) -> String {
    fraction(spec, number, number.is_negative())
}

fn fraction(spec: &Spec, number: &Number, negative: bool) -> String {
    let places = spec.precision.unwrap_or(6);
    let (places, scientific) = match spec.code {
        'e' => (places, true),
        'g' => {
            let digits = places.max(1);
            // Rounding may carry into one more digit.
            let (_, exponent) = scientific_digits(number, digits - 1);
            let plain = (-4..digits as i64).contains(&exponent);
            (if plain { (digits as i64 - 1 - exponent) as usize } else { digits - 1 }, !plain)
        }
        _ => (places, false),
    };
    let point = if places > 0 || spec.has('#') { "." } else { "" };
    if scientific {
        let ((whole, fraction), exponent) = scientific_digits(number, places);
        let sign = if exponent < 0 { '-' } else { '+' };
        return signed(spec, negative, &whole, &format!("{point}{fraction}e{sign}{:02}", exponent.abs()));
    }
    let (whole, fraction) = number.to_fixed(0, places);
    signed(spec, negative, &whole, &format!("{point}{fraction}"))
}

/// One digit in front of the point and the power of ten.
fn scientific_digits(number: &Number, places: usize) -> ((String, String), i64) {
    let exponent = number.exponent();
    let (whole, fraction) = number.to_fixed(-exponent, places);
    if whole.len() > 1 { (number.to_fixed(-exponent - 1, places), exponent + 1) } else { ((whole, fraction), exponent) }
}

fn sign(spec: &Spec, negative: bool) -> (&'static str, &'static str) {
    match (negative, spec.has('(')) {
        (true, true) => ("(", ")"),
        (true, false) => ("-", ""),
        (false, _) if spec.has('+') => ("+", ""),
        (false, _) if spec.has(' ') => (" ", ""),
        (false, _) => ("", ""),
    }
}

fn signed(spec: &Spec, negative: bool, whole: &str, behind: &str) -> String {
    let (before, after) = sign(spec, negative);
    let whole = if spec.has(',') { grouped(whole) } else { whole.to_owned() };
    zeros(spec, before, &format!("{whole}{behind}"), after)
}

/// With zeros up to the width, when the flag says so.
fn zeros(spec: &Spec, before: &str, digits: &str, after: &str) -> String {
    let width = spec.width.filter(|_| spec.has('0')).unwrap_or(0);
    let missing = width.saturating_sub(before.len() + digits.len() + after.len());
    format!("{before}{}{digits}{after}", "0".repeat(missing))
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
