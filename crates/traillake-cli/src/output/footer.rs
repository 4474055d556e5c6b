//! The line below a result, and how quantities are written for people.

use std::fmt;

use traillake::QueryStatistics;

/// `12 rows · 1,234 events scanned · 56 kB read · 3 of 40 files · 12 ms`
pub(crate) fn footer(statistics: &QueryStatistics) -> String {
    let mut parts = vec![Count(statistics.rows, "row").to_string()];
    if statistics.files > 0 {
        parts.push(format!("{} scanned", Count(statistics.events_scanned, "event")));
        parts.push(format!("{} read", Size(statistics.bytes_scanned)));
        let read = statistics.files.saturating_sub(statistics.files_pruned);
        parts.push(format!("{} of {}", grouped(read), Count(statistics.files, "file")));
    }
    parts.push(Duration(statistics.elapsed).to_string());
    parts.join(" · ")
}

/// A number of things: `1 row`, `1,234 rows`.
pub(crate) struct Count(pub(crate) u64, pub(crate) &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", grouped(self.0), self.1, if self.0 == 1 { "" } else { "s" })
    }
}

/// Bytes: `56 B`, `1.2 kB`, `56 kB`, `3.4 GB`.
pub(crate) struct Size(pub(crate) u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0 as f64;
        for unit in ["B", "kB", "MB", "GB", "TB"] {
            // 999.5 would round up to four digits.
            if rest < 999.5 {
                let digits = usize::from(rest < 9.95 && unit != "B");
                return write!(f, "{rest:.digits$} {unit}");
            }
            rest /= 1000.0;
        }
        write!(f, "{rest:.0} PB")
    }
}

/// A time span: `850 µs`, `12 ms`, `1.23 s`, `2 min 3 s`.
struct Duration(std::time::Duration);

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        match seconds {
            s if s < 0.001 => write!(f, "{:.0} µs", s * 1e6),
            s if s < 0.9995 => write!(f, "{:.0} ms", s * 1e3),
            s if s < 59.995 => write!(f, "{s:.2} s"),
            s => write!(f, "{} min {} s", s.round() as u64 / 60, s.round() as u64 % 60),
        }
    }
}

/// Digits in groups of three.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_footer_says_what_was_read() {
        let statistics = QueryStatistics {
            rows: 1,
            events_scanned: 1_234,
            bytes_scanned: 56_400,
            files: 40,
            files_pruned: 37,
            elapsed: std::time::Duration::from_millis(12),
            ..QueryStatistics::default()
        };
        assert_eq!(footer(&statistics), "1 row · 1,234 events scanned · 56 kB read · 3 of 40 files · 12 ms");
    }

    #[test]
    fn the_lakes_own_tables_scan_no_events() {
        assert_eq!(footer(&QueryStatistics::default()), "0 rows · 0 µs");
    }

    #[test]
    fn sizes_keep_to_three_digits() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (9_960, "10 kB"),
            (999_700, "1.0 MB"),
            (5_600_000_000, "5.6 GB"),
        ] {
            assert_eq!(Size(bytes).to_string(), text);
        }
    }

    #[test]
    fn times_change_their_unit_before_they_grow_long() {
        for (ms, text) in
            [(1, "1 ms"), (999, "999 ms"), (1_234, "1.23 s"), (59_999, "1 min 0 s"), (123_000, "2 min 3 s")]
        {
            assert_eq!(Duration(std::time::Duration::from_millis(ms)).to_string(), text);
        }
    }

    #[test]
    fn large_numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
