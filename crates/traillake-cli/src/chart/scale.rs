//! Axes of numbers, and how numbers are written on them.

use crate::output::grouped;

/// Steps are chosen so that there are far fewer.
const TICKS_MAX: f64 = 50.0;

/// A range of numbers with round borders.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    /// A scale that has the numbers from `low` to `high`, with about so many steps.
    pub(super) fn of(low: f64, high: f64, steps: usize) -> Scale {
        let span = if high > low { high - low } else { low.abs().max(1.0) };
        let step = round_step(span / steps.max(1) as f64);
        let first = (low / step).floor() * step;
        let last = (high / step).ceil() * step;
        Scale { low: first, high: if last > first { last } else { first + step }, step }
    }

    /// As [`of`](Self::of), with 0, and steps of whole numbers where the numbers are whole.
    pub(super) fn with_zero(low: f64, high: f64, steps: usize, whole: bool) -> Scale {
        let scale = Self::of(low.min(0.0), high.max(0.0), steps);
        match whole && scale.step < 1.0 {
            true => Scale { step: 1.0, low: scale.low.floor(), high: scale.high.ceil() },
            false => scale,
        }
    }

    /// The scale that ends where the numbers do, for drawings in which each line counts.
    pub(super) fn tight(self, low: f64, high: f64) -> Scale {
        let (low, high) = (low.min(0.0), high.max(0.0));
        if high > low { Scale { low, high, ..self } } else { self }
    }

    pub(super) fn high(self) -> f64 {
        self.high
    }

    pub(super) fn low(self) -> f64 {
        self.low
    }

    /// Where a number is between the borders: 0 is the lower one, 1 the upper one.
    pub(super) fn place(self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// The numbers to be written at the axis, ascending.
    pub(super) fn ticks(self) -> Vec<f64> {
        // A border that is round but for the last digit is round.
        let (first, last) = ((self.low / self.step - 1e-9).ceil(), (self.high / self.step + 1e-9).floor());
        let count = (last - first).clamp(0.0, TICKS_MAX) as u32;
        (0..=count).map(|tick| (first + f64::from(tick)) * self.step).collect()
    }

    /// A number as it stands at the axis.
    pub(super) fn label(self, value: f64) -> String {
        let largest = self.high.abs().max(self.low.abs());
        let (unit, name) = unit(largest);
        let digits = (-(self.step / unit).log10().floor()).clamp(0.0, 12.0) as usize;
        let text = format!("{:.digits$}", value / unit);
        match text.trim_start_matches('-').chars().all(|digit| matches!(digit, '0' | '.')) {
            true => "0".to_owned(),
            false => format!("{}{name}", grouped_text(&text)),
        }
    }
}

/// Large numbers on an axis are told in thousands, millions and so on.
fn unit(largest: f64) -> (f64, &'static str) {
    match largest {
        largest if largest >= 1e16 => (1.0, ""),
        largest if largest >= 1e12 => (1e12, "T"),
        largest if largest >= 1e9 => (1e9, "G"),
        largest if largest >= 1e6 => (1e6, "M"),
        largest if largest >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    }
}

/// The next of 1, 2, 5, 10 … that is not smaller.
fn round_step(step: f64) -> f64 {
    let magnitude = 10_f64.powf(step.log10().floor());
    let magnitude = if magnitude.is_normal() { magnitude } else { 1.0 };
    let round = [1.0, 2.0, 5.0].into_iter().find(|round| round * magnitude >= step * 0.999);
    round.unwrap_or(10.0) * magnitude
}

/// A number as people read it: whole ones to the digit, others to about four digits.
pub(super) fn written(value: f64, whole: bool) -> String {
    let digits = match value.abs() {
        _ if whole => 0,
        size if size >= 1_000.0 || size == 0.0 => 0,
        size => (3.0 - size.log10().floor()).clamp(0.0, 9.0) as usize,
    };
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    grouped_text(text)
}

/// The digits of a decimal number in groups of three; any other text as it is.
pub(super) fn grouped_text(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = rest.find('.').map_or((rest, ""), |point| rest.split_at(point));
    match whole.parse::<u64>() {
        Ok(number) if fraction.chars().skip(1).all(|digit| digit.is_ascii_digit()) => {
            format!("{sign}{}{fraction}", grouped(number))
        }
        _ => text.to_owned(),
    }
}

/// A part of a whole.
pub(super) fn share(part: f64, whole: f64) -> String {
    let percent = part / whole * 100.0;
    match percent {
        0.0 => "0%".to_owned(),
        percent if percent < 0.05 => "<0.1%".to_owned(),
        percent => format!("{percent:.1}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_has_round_borders_around_its_numbers() {
        for (low, high, whole, labels) in [
            (0.0, 97.0, true, "0 50 100"),
            (0.0, 1.0, true, "0 1"),
            (0.0, 0.37, false, "0 0.2 0.4"),
            (-30.0, 55.0, false, "-50 0 50 100"),
            (0.0, 1_234.0, true, "0 500 1,000 1,500"),
            (0.0, 1_250_000.0, true, "0 0.5M 1.0M 1.5M"),
            (0.0, 43_000.0, true, "0 20k 40k 60k"),
            (0.0, 0.0, true, "0 1"),
            (5.0, 5.0, true, "0 2 4 6"),
        ] {
            let scale = Scale::with_zero(low, high, 3, whole);
            let written: Vec<_> = scale.ticks().into_iter().map(|tick| scale.label(tick)).collect();
            assert_eq!(written.join(" "), labels, "{low} to {high}");
            assert!(scale.place(low) >= 0.0 && scale.place(high) <= 1.0);
        }
    }

    #[test]
    fn numbers_are_grouped_and_what_is_none_stays() {
        for (text, expected) in [
            ("1234567", "1,234,567"),
            ("-1234.50", "-1,234.50"),
            ("1.5E10", "1.5E10"),
            ("NaN", "NaN"),
            ("170141183460469231731687303715884105727", "170141183460469231731687303715884105727"),
        ] {
            assert_eq!(grouped_text(text), expected);
        }
        for (value, expected) in [(0.123_456, "0.1235"), (12.0, "12"), (12_345.67, "12,346"), (-0.5, "-0.5")] {
            assert_eq!(written(value, false), expected);
        }
    }

    #[test]
    fn small_shares_are_not_nothing() {
        assert_eq!([share(0.0, 9.0), share(1.0, 1e6), share(1.0, 3.0)], ["0%", "<0.1%", "33.3%"]);
    }
}
