//! Numbers: `1_000`, `0x1F`, `0b101`, `0o17`, `1.`, `.5`, `1.5e-3`.

use datafusion::sql::sqlparser::tokenizer::Token;

use super::super::lex::{is_word, run};

/// Reads the number at the start of a text: its length in bytes and its token, in decimal digits.
///
/// # Errors
/// What is wrong.
pub(super) fn read(text: &str) -> Result<(usize, Token), String> {
    for (prefix, radix, name) in [("0x", 16, "hexadecimal"), ("0o", 8, "octal"), ("0b", 2, "binary")] {
        if text.get(..2).is_some_and(|head| head.eq_ignore_ascii_case(prefix)) {
            let length = run(text, is_word);
            return whole(&text[..length], radix, name).map(|digits| (length, number(digits)));
        }
    }
    let length = decimal_length(text);
    let digits = &text[..length];
    let word = run(&text[length..], is_word);
    if digits.contains("__") || digits.ends_with('_') || text[length..].starts_with('_') {
        return Err("a number has one underscore between digits at most".to_owned());
    }
    if word > 0 {
        let name = &text[..length + word];
        return Err(format!("a name that begins with a digit stands in double quotes: \"{name}\""));
    }
    Ok((length, number(digits.replace('_', ""))))
}

fn number(digits: String) -> Token {
    Token::Number(digits, false)
}

/// `0x1F` in decimal digits.
fn whole(text: &str, radix: u32, name: &str) -> Result<String, String> {
    let digits = text[2..].replace('_', "");
    if digits.is_empty() {
        return Err(format!("{} needs digits behind it", &text[..2]));
    }
    if !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(format!("\"{text}\" is not a {name} number"));
    }
    match i64::from_str_radix(&digits, radix) {
        Ok(value) => Ok(value.to_string()),
        Err(_) => Err(format!("{text} is larger than bigint can hold")),
    }
}

/// Bytes of digits, point and exponent.
fn decimal_length(text: &str) -> usize {
    let digits = |from: usize| run(&text[from..], |c| c.is_ascii_digit() || c == '_');
    let mut length = digits(0);
    if text[length..].starts_with('.') {
        length += 1;
        length += digits(length);
    }
    let exponent = &text[length..];
    if exponent.starts_with(['e', 'E']) {
        let sign = usize::from(exponent[1..].starts_with(['+', '-']));
        let digits = digits(length + 1 + sign);
        if digits > 0 {
            length += 1 + sign + digits;
        }
    }
    length
}
