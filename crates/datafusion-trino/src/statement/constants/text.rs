//! Texts with escapes and binary texts.

use super::super::lex::{Kind, Lexeme};

/// The digits of `X'…'` without the blanks between them.
pub(super) fn hexadecimal(inside: &str) -> Result<String, String> {
    let digits: String = inside.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(odd) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
        return Err(format!("\"{odd}\" is not a hexadecimal digit"));
    }
    match digits.len() % 2 {
        0 => Ok(digits),
        _ => Err("a binary text has two hexadecimal digits for each byte".to_owned()),
    }
}

/// The text of `U&'…' [UESCAPE 'c']` and where it ends; `rest` is what follows the quoted part.
///
/// # Errors
/// The byte where it goes wrong, and how.
pub(super) fn unicode(text: &str, quoted: &Lexeme, rest: &[Lexeme]) -> Result<(usize, String), (usize, String)> {
    let inside = &text[quoted.start + 1..quoted.end - 1];
    let mut following = rest.iter().filter(|lexeme| lexeme.is_significant());
    let is_uescape =
        |lexeme: &&Lexeme| lexeme.kind == Kind::Word && text[lexeme.start..lexeme.end].eq_ignore_ascii_case("uescape");
    let (end, escape) = match following.next().filter(is_uescape) {
        None => (quoted.end, '\\'),
        Some(word) => {
            let escape = following.next().filter(|lexeme| lexeme.kind == Kind::Text);
            let fault = "UESCAPE takes one character that is no hexadecimal digit, quote, plus or blank";
            let at = escape.map_or(word.end, |escape| escape.start);
            let found = escape.and_then(|escape| Some((escape.end, single(&text[escape.start + 1..escape.end - 1])?)));
            found.ok_or_else(|| (at, fault.to_owned()))?
        }
    };
    let decoded = decode(&inside.replace("''", "'"), escape).map_err(|message| (quoted.start + 1, message))?;
    Ok((end, decoded))
}

/// The one character that may be an escape.
fn single(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let escape = chars.next().filter(|c| !c.is_ascii_hexdigit() && !"+'\"".contains(*c) && !c.is_whitespace())?;
    chars.next().is_none().then_some(escape)
}

fn decode(text: &str, escape: char) -> Result<String, String> {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(escape) {
        decoded.push_str(before);
        if let Some(after) = after.strip_prefix(escape) {
            decoded.push(escape);
            rest = after;
            continue;
        }
        let (digits, after) = match after.strip_prefix('+') {
            Some(after) => (after.get(..6), after.get(6..)),
            None => (after.get(..4), after.get(4..)),
        };
        let (Some(digits), Some(after)) = (digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit())), after) else {
            return Err("an escape is followed by four hexadecimal digits, or by + and six".to_owned());
        };
        let code = u32::from_str_radix(digits, 16).unwrap_or(u32::MAX);
        decoded.push(char::from_u32(code).ok_or_else(|| match code {
            0xD800..=0xDFFF => format!("{escape}{digits} is half of a character"),
            _ => format!("{escape}+{digits} is not a character"),
        })?);
        rest = after;
    }
    decoded.push_str(rest);
    Ok(decoded)
}
