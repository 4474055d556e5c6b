//! JSON as text, read in place: no tree is built, a value found is a slice of the text.

pub(crate) mod path;

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
    let start = blanks(text.as_bytes(), 0);
    let end = skip(text.as_bytes(), start, 0)?;
    text.get(start..end)
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
            b'\\' => at += 2,
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
    let mut at = digits(start + usize::from(bytes.get(start) == Some(&b'-')))?;
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = digits(at + 1 + sign)?;
    }
    Some(at)
}

/// The text a quoted string stands for; `None` for a broken escape.
pub(crate) fn unquote(quoted: &str) -> Option<Cow<'_, str>> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str::<String>(quoted).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// A text as a JSON string.
pub(crate) fn quote(text: &str, to: &mut String) {
    // Serializing a str cannot fail.
    to.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// A scalar as text: strings without quotes; `None` for null, objects and arrays.
pub(crate) fn scalar(value: &str) -> Option<Cow<'_, str>> {
    match shape(value)? {
        Shape::Text => unquote(value),
        Shape::Number | Shape::Boolean => Some(Cow::Borrowed(value)),
        Shape::Object | Shape::Array | Shape::Null => None,
    }
}

/// The value without blanks between its parts.
pub(crate) fn compact(value: &str) -> Cow<'_, str> {
    let bytes = value.as_bytes();
    let mut quoted = false;
    let mut escaped = false;
    let mut result: Option<String> = None;
    let mut kept = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if quoted {
            match (escaped, byte) {
                (true, _) => escaped = false,
                (false, b'\\') => escaped = true,
                (false, b'"') => quoted = false,
                (false, _) => {}
            }
        } else if *byte == b'"' {
            quoted = true;
        } else if byte.is_ascii_whitespace() {
            result.get_or_insert_default().push_str(&value[kept..at]);
            kept = at + 1;
        }
    }
    match result {
        Some(mut result) => {
            result.push_str(&value[kept..]);
            Cow::Owned(result)
        }
        None => Cow::Borrowed(value),
    }
}

/// The value as `json_parse` gives it: no blanks, keys in order, the last of equal keys.
pub(crate) fn canonical(value: &str, to: &mut String) {
    match shape(value) {
        Some(Shape::Object) => {
            let sorted: std::collections::BTreeMap<Cow<str>, &str> = entries(value).collect();
            to.push('{');
            for (i, (key, value)) in sorted.iter().enumerate() {
                if i > 0 {
                    to.push(',');
                }
                quote(key, to);
                to.push(':');
                canonical(value, to);
            }
            to.push('}');
        }
        Some(Shape::Array) => {
            to.push('[');
            for (i, item) in items(value).enumerate() {
                if i > 0 {
                    to.push(',');
                }
                canonical(item, to);
            }
            to.push(']');
        }
        _ => to.push_str(value),
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
    fn canonical_is_sorted_and_compact() {
        let mut text = String::new();
        canonical("{ \"b\": [1, 2], \"a\": {\"d\":\"x y\",\"c\":null} }", &mut text);
        assert_eq!(text, r#"{"a":{"c":null,"d":"x y"},"b":[1,2]}"#);
        assert_eq!(compact("{ \"a b\" : [1, 2] }"), r#"{"a b":[1,2]}"#);
    }
}
