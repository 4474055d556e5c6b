//! Event times.

use traillake_event::time::{Spelling, parse, write};

/// The years 1 to 9999, in milliseconds: those with four digits.
const YEARS: std::ops::Range<i64> = -62_135_596_800_000..253_402_300_800_000;

/// Reads the bytes as a time, writes it and reads it again.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some((millis, spelling)) = parse(&text) else { return };
    if !YEARS.contains(&millis) {
        return;
    }
    let mut written = String::new();
    write(&mut written, millis, spelling);
    let kept = if spelling == Spelling::Millis { millis } else { millis.div_euclid(1_000) * 1_000 };
    let spelt = if spelling == Spelling::Other { Spelling::Extended } else { spelling };
    assert_eq!(parse(&written), Some((kept, spelt)), "{text:?} was written as {written:?}");
    if matches!(spelling, Spelling::Extended | Spelling::Millis) {
        assert_eq!(written, text);
    }
    let mut again = String::new();
    write(&mut again, kept, spelt);
    assert_eq!(again, written, "{text:?} has two spellings");
}
