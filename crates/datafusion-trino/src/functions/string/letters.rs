//! Single letters, and text seen as its letters: code points, not bytes.

use arrow::array::{ArrayRef, Int32Array, Int64Array, StringArray};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use crate::functions::scalar::Call;

/// `chr(n)`.
pub(super) fn chr(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| {
        let code = call.integer(0, row);
        let letter = u32::try_from(code).ok().and_then(char::from_u32);
        letter
            .map(|letter| Some(String::from(letter)))
            .ok_or_else(|| exec_datafusion_err!("Not a valid Unicode code point: {code}"))
    })
}

/// `codepoint(letter)`.
pub(super) fn codepoint(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, Int32Array>(|row| {
        let mut letters = call.text(0).value(row).chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) => Ok(Some(u32::from(letter) as i32)),
            _ => exec_err!("codepoint takes exactly one letter, not '{}'", call.text(0).value(row)),
        }
    })
}

/// `length(text)` in letters.
pub(super) fn length(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, Int64Array>(|row| Ok(Some(call.text(0).value(row).chars().count() as i64)))
}

/// `upper(text)`; the number of letters stays.
pub(super) fn upper(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| {
        let text = call.text(0).value(row);
        Ok(Some(if text.is_ascii() { text.to_ascii_uppercase() } else { text.chars().map(upper_letter).collect() }))
    })
}

/// `lower(text)`; the number of letters stays.
pub(super) fn lower(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| {
        let text = call.text(0).value(row);
        Ok(Some(if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(lower_letter).collect() }))
    })
}

/// The one capital letter of a letter; itself, when its capital is several letters.
fn upper_letter(letter: char) -> char {
    let mut upper = letter.to_uppercase();
    if upper.len() == 1 {
        return upper.next().unwrap_or(letter);
    }
    // Greek letters with an iota below have a capital of their own besides that of two letters.
    let shift = match letter {
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => 8,
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => 9,
        _ => 0,
    };
    char::from_u32(u32::from(letter) + shift).unwrap_or(letter)
}

fn lower_letter(letter: char) -> char {
    let mut lower = letter.to_lowercase();
    // The dotted I is the one letter whose small letter is two.
    if lower.len() == 1 { lower.next().unwrap_or(letter) } else { 'i' }
}

/// `soundex(text)`, the American one; other letters than A to Z are skipped.
pub(super) fn soundex(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| {
        let text = call.text(0).value(row);
        match text.chars().find(|letter| letter.is_alphabetic() && !letter.is_ascii()) {
            Some(letter) => exec_err!("The character is not mapped: {} (index=0)", letter.to_uppercase()),
            None => Ok(Some(code_of_sound(text))),
        }
    })
}

fn code_of_sound(text: &str) -> String {
    let mut letters = text.bytes().filter(u8::is_ascii_alphabetic).map(|letter| letter.to_ascii_uppercase());
    let Some(first) = letters.next() else { return String::new() };
    let mut code = String::from(char::from(first));
    let mut last = sound(first);
    // H and W do not part equal sounds, vowels do.
    for letter in letters.filter(|letter| !matches!(letter, b'H' | b'W')) {
        let next = sound(letter);
        if next != '0' && next != last && code.len() < 4 {
            code.push(next);
        }
        last = next;
    }
    format!("{code:0<4}")
}

fn sound(letter: u8) -> char {
    match letter {
        b'B' | b'F' | b'P' | b'V' => '1',
        b'C' | b'G' | b'J' | b'K' | b'Q' | b'S' | b'X' | b'Z' => '2',
        b'D' | b'T' => '3',
        b'L' => '4',
        b'M' | b'N' => '5',
        b'R' => '6',
        _ => '0',
    }
}

/// `luhn_check(digits)`.
pub(super) fn luhn_check(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, arrow::array::BooleanArray>(|row| {
        let text = call.text(0).value(row);
        if text.is_empty() {
            return Ok(Some(false));
        }
        let mut sum = 0;
        for (place, letter) in text.bytes().rev().enumerate() {
            if !letter.is_ascii_digit() {
                return exec_err!("Input contains a character that is not a digit: '{text}'");
            }
            let digit = u32::from(letter - b'0');
            let weighted = if place % 2 == 1 { digit * 2 } else { digit };
            sum += weighted / 10 + weighted % 10;
        }
        Ok(Some(sum % 10 == 0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_stays_one_letter() {
        let upper: String = "straße ŉ ᾳ ᾀ é".chars().map(upper_letter).collect();
        assert_eq!(upper, "STRAßE ŉ ᾼ ᾈ É");
        assert_eq!(lower_letter('İ'), 'i');
    }

    #[test]
    fn sounds_have_codes() {
        for (text, code) in
            [("Robert", "R163"), ("Ashcraft", "A261"), ("Tymczak", "T522"), ("Pfister", "P236"), ("", ""), ("1", "")]
        {
            assert_eq!(code_of_sound(text), code, "{text}");
        }
    }
}
