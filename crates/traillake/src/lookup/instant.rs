//! Times as they are typed, in SQL, and as the AWS CLI prints them.

use traillake_event::time::{self, Spelling};

use super::LookupError;

/// Reads a time: milliseconds since 1970. A day is its first instant; what names no zone is UTC; a number is seconds
/// since 1970.
///
/// # Errors
/// [`LookupError::Time`].
pub fn instant(text: &str) -> Result<i64, LookupError> {
    let wrong = || LookupError::Time { found: text.to_owned() };
    let trimmed = text.trim();
    if let Ok(seconds) = trimmed.parse::<f64>() {
        // Fewer digits are a year, or a slip.
        let is_epoch = trimmed.split('.').next().is_some_and(|whole| whole.len() >= 9);
        let millis = (seconds * 1_000.0).round();
        #[expect(clippy::cast_possible_truncation, reason = "the bounds are those of the calendar")]
        return (is_epoch && millis.abs() < 253_402_300_800_000.0).then_some(millis as i64).ok_or_else(wrong);
    }
    let day = || time::parse(&format!("{trimmed}T00:00:00Z"));
    let minute = || time::parse(&format!("{}:00", trimmed.replacen('T', " ", 1)));
    let zoneless = || time::parse(&trimmed.replacen('T', " ", 1));
    time::parse(trimmed).or_else(day).or_else(zoneless).or_else(minute).map(|(millis, _)| millis).ok_or_else(wrong)
}

/// An instant in SQL.
pub(super) fn literal(millis: i64) -> String {
    format!("TIMESTAMP '{}'", written(millis, Spelling::Millis).replacen('T', " ", 1).trim_end_matches('Z'))
}

/// An instant as the AWS CLI prints it where the zone is UTC: microseconds only where there is a fraction.
pub(super) fn printed(millis: i64) -> String {
    match millis.rem_euclid(1_000) {
        0 => written(millis, Spelling::Extended).replace('Z', "+00:00"),
        _ => written(millis, Spelling::Millis).replace('Z', "000+00:00"),
    }
}

fn written(millis: i64, spelling: Spelling) -> String {
    let mut text = String::new();
    time::write(&mut text, millis, spelling);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_many_forms() {
        for same in [
            "2026-03-02T02:41:15Z",
            "2026-03-02 02:41:15",
            "2026-03-02T02:41:15",
            "2026-03-02T03:41:15+01:00",
            "1772419275",
            "1772419275.0",
        ] {
            assert_eq!(instant(same), Ok(1_772_419_275_000), "{same}");
        }
        assert_eq!(instant("2026-03-02"), instant("2026-03-02 00:00"));
        for wrong in ["", "2026", "2026-13-01", "yesterday", "inf", "99999999999999"] {
            assert!(instant(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_is_printed_as_the_aws_cli_does() {
        assert_eq!(printed(1_772_419_275_000), "2026-03-02T02:41:15+00:00");
        assert_eq!(printed(1_772_419_275_893), "2026-03-02T02:41:15.893000+00:00");
        assert_eq!(literal(1_772_419_275_893), "TIMESTAMP '2026-03-02 02:41:15.893'");
    }
}
