//! JSON as text, read in place: no tree is built, a value found is a slice of the text.

pub(crate) mod number;
pub(crate) mod path;
pub(crate) mod write;

use std::borrow::Cow;

/// Deeper nesting than this is not read.
const DEPTH: usize = 512;

/// What a value is, by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Object,
    Array,
    Text,
    Number,
    Boolean,
    Null,
}

/// The shape of a value without blanks around it.
pub(crate) fn shape(value: &str) -> Option<Shape> {
    Some(match value.as_bytes().first()? {
        b'{' => Shape::Object,
        b'[' => Shape::Array,
        b'"' => Shape::Text,
        b't' | b'f' => Shape::Boolean,
        b'n' => Shape::Null,
        b'-' | b'0'..=b'9' => Shape::Number,
        _ => return None,
    })
}

/// The first value of a text, without blanks around it; `None` when it is not JSON. What follows the
/// value is not looked at.
pub(crate) fn first(text: &str) -> Option<&str> {
    value_at(text, blanks(text.as_bytes(), 0))
}

/// The value that starts at a place.
fn value_at(text: &str, at: usize) -> Option<&str> {
    let end = skip(text.as_bytes(), at, 0)?;
    text.get(at..end)
}

/// Where the value of the first entry with a key starts, in the object that starts at `at`. What stands
/// behind it is not looked at.
fn entry_at(text: &str, at: usize, key: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = blanks(bytes, at + 1);
    loop {
        let key_end = skip_text(bytes, at)?;
        let found = unquote(text.get(at..key_end)?)? == key;
        at = blanks(bytes, key_end);
        if bytes.get(at) != Some(&b':') {
            return None;
        }
        at = blanks(bytes, at + 1);
        if found {
            return Some(at);
        }
        at = blanks(bytes, skip(bytes, at, 1)?);
        if bytes.get(at) != Some(&b',') {
            return None;
        }
        at = blanks(bytes, at + 1);
    }
}

/// Where the item at a place from zero starts, in the array that starts at `at`.
fn item_at(text: &str, at: usize, place: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = blanks(bytes, at + 1);
    if bytes.get(at) == Some(&b']') {
        return None;
    }
    for _ in 0..place {
        at = blanks(bytes, skip(bytes, at, 1)?);
        if bytes.get(at) != Some(&b',') {
            return None;
        }
        at = blanks(bytes, at + 1);
    }
    Some(at)
}

/// The one value a text consists of.
pub(crate) fn whole(text: &str) -> Option<&str> {
    let start = blanks(text.as_bytes(), 0);
    let end = skip(text.as_bytes(), start, 0)?;
    (blanks(text.as_bytes(), end) == text.len()).then_some(&text[start..end])
}

/// The items of an array, as far as the text is JSON; nothing for any other value.
pub(crate) fn items(array: &str) -> Items<'_> {
    let at = if array.starts_with('[') { 1 } else { array.len() };
    Items { text: array, at }
}

/// Iterates over the items of an array.
pub(crate) struct Items<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        let start = blanks(bytes, self.at);
        let end = skip(bytes, start, 1)?;
        self.at = after_comma(bytes, end, b']');
        self.text.get(start..end)
    }
}

/// The entries of an object in their order, as far as the text is JSON; nothing for any other value.
pub(crate) fn entries(object: &str) -> Entries<'_> {
    let at = if object.starts_with('{') { 1 } else { object.len() };
    Entries { text: object, at }
}

/// Iterates over the entries of an object: the key as text, the value as it stands.
pub(crate) struct Entries<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = (Cow<'a, str>, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.text.as_bytes();
        let key = blanks(bytes, self.at);
        let key_end = skip_text(bytes, key)?;
        let colon = blanks(bytes, key_end);
        if bytes.get(colon) != Some(&b':') {
            return None;
        }
        let start = blanks(bytes, colon + 1);
        let end = skip(bytes, start, 1)?;
        self.at = after_comma(bytes, end, b'}');
        Some((unquote(self.text.get(key..key_end)?)?, self.text.get(start..end)?))
    }
}

/// Where the next item begins; the end of the text when there is none.
fn after_comma(bytes: &[u8], end: usize, close: u8) -> usize {
    let at = blanks(bytes, end);
    match bytes.get(at) {
        Some(b',') => at + 1,
        Some(&byte) if byte == close => bytes.len(),
        _ => bytes.len(),
    }
}

fn blanks(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// The end of the value that starts at `at`.
fn skip(bytes: &[u8], at: usize, depth: usize) -> Option<usize> {
    if depth > DEPTH {
        return None;
    }
    match bytes.get(at)? {
        b'{' => skip_members(bytes, at, depth, b'}'),
        b'[' => skip_members(bytes, at, depth, b']'),
        b'"' => skip_text(bytes, at),
        b't' => bytes[at..].starts_with(b"true").then_some(at + 4),
        b'f' => bytes[at..].starts_with(b"false").then_some(at + 5),
        b'n' => bytes[at..].starts_with(b"null").then_some(at + 4),
        b'-' | b'0'..=b'9' => skip_number(bytes, at),
        _ => None,
    }
}

fn skip_members(bytes: &[u8], at: usize, depth: usize, close: u8) -> Option<usize> {
    let mut at = blanks(bytes, at + 1);
    if bytes.get(at) == Some(&close) {
        return Some(at + 1);
    }
    loop {
        if close == b'}' {
            at = blanks(bytes, skip_text(bytes, at)?);
            if bytes.get(at) != Some(&b':') {
                return None;
            }
            at = blanks(bytes, at + 1);
        }
        at = blanks(bytes, skip(bytes, at, depth + 1)?);
        match bytes.get(at)? {
            b',' => at = blanks(bytes, at + 1),
            byte if *byte == close => return Some(at + 1),
            _ => return None,
        }
    }
}

fn skip_text(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    let mut at = at + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => {
                at += match bytes.get(at + 1)? {
                    b'u' if bytes.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => 6,
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                    _ => return None,
                };
            }
            0..=0x1f => return None,
            _ => at += 1,
        }
    }
}

fn skip_number(bytes: &[u8], start: usize) -> Option<usize> {
    let digits = |mut at: usize| {
        let from = at;
        while matches!(bytes.get(at), Some(b'0'..=b'9')) {
            at += 1;
        }
        (at > from).then_some(at)
    };
    let first = start + usize::from(bytes.get(start) == Some(&b'-'));
    let mut at = digits(first)?;
    if bytes[first] == b'0' && at > first + 1 {
        return None;
    }
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = digits(at + 1 + sign)?;
    }
    Some(at)
}

/// The text a quoted string stands for; `None` for a broken escape. Half of a surrogate pair reads `?`,
/// as it has no text of its own.
pub(crate) fn unquote(quoted: &str) -> Option<Cow<'_, str>> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let (c, length) = escaped(&rest[at..])?;
        text.push(c);
        rest = &rest[at + length..];
    }
    text.push_str(rest);
    Some(Cow::Owned(text))
}

/// The letter an escape stands for, and the length of the escape.
fn escaped(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| u32::from_str_radix(text.get(at..at + 4)?, 16).ok();
    Some(match text.as_bytes().get(1)? {
        b'b' => ('\u{8}', 2),
        b'f' => ('\u{c}', 2),
        b'n' => ('\n', 2),
        b'r' => ('\r', 2),
        b't' => ('\t', 2),
        b'u' => {
            let high = unit(2)?;
            let low = text.get(6..8).filter(|next| *next == "\\u").and_then(|_| unit(8));
            match (high, low) {
                (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
                    (char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?, 12)
                }
                _ => (char::from_u32(high).unwrap_or('?'), 6),
            }
        }
        plain @ (b'"' | b'\\' | b'/') => (char::from(*plain), 2),
        _ => return None,
    })
}

/// A scalar as text: strings without quotes; `None` for null, objects and arrays.
pub(crate) fn scalar(value: &str) -> Option<Cow<'_, str>> {
    match shape(value)? {
        Shape::Text => unquote(value),
        Shape::Number | Shape::Boolean => Some(Cow::Borrowed(value)),
        Shape::Object | Shape::Array | Shape::Null => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_value_or_none() {
        for text in ["1", " -1.5e+3 ", "\"a\\\"b\"", "{}", "[ ]", "{\"a\" : [1, {\"b\":null}]}", "true"] {
            assert!(whole(text).is_some(), "{text}");
        }
        for text in ["", "1 2", "{\"a\":}", "[1,]", "{a:1}", "\"a", "01x", "tru", "-", "1.", "[1}"] {
            assert!(whole(text).is_none(), "{text}");
        }
        assert!(whole(&"[".repeat(100_000)).is_none());
    }

    #[test]
    fn members_come_in_order() {
        let found: Vec<_> = entries("{ \"a\" : 1 , \"b\\u0041\":[1, 2] }").collect();
        assert_eq!(found, [("a".into(), "1"), ("bA".into(), "[1, 2]")]);
        assert_eq!(items("[1 ,\"a,]\", {} ]").collect::<Vec<_>>(), ["1", "\"a,]\"", "{}"]);
    }

    #[test]
    fn escapes_are_read_and_checked() {
        assert_eq!(unquote(r#""a\u0041\n\/\ud83d\ude00""#).as_deref(), Some("aA\n/😀"));
        assert_eq!(unquote(r#""\ud83dx""#).as_deref(), Some("?x"));
        for text in [r#""\x""#, r#""\u12""#, "\"a\nb\""] {
            assert!(whole(text).is_none(), "{text}");
        }
    }
}
