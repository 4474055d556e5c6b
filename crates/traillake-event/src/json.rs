//! A cursor over JSON text that says where every value begins and ends.
//!
//! CloudTrail's exact bytes matter ([`template`](crate::template)), so values are handed out as slices of the
//! text, never as a tree. Structure is checked on the way; two things that strict JSON forbids are let through
//! because records contain them: raw control characters inside strings, and members that repeat a key.
//!
//! Cost: one pass, no allocation but for strings with escapes when they are read. Limit: values nested deeper
//! than [`DEPTH_MAX`] are an error.

use std::borrow::Cow;

use thiserror::Error;

mod write;

pub use write::{without_blanks, write_string};

/// The deepest nesting that is read. CloudTrail's own records stay below 20.
pub const DEPTH_MAX: usize = 512;
const WITHIN_DEPTH: &str = "no more than 512 levels of nesting";

/// The text is not JSON at this place.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected {expected}, found {found}")]
pub struct JsonError {
    /// Byte offset into the text.
    pub offset: usize,
    /// What would have been right here.
    pub expected: &'static str,
    /// What is there: a quoted character, or `end of text`.
    pub found: String,
}

impl JsonError {
    /// Whether the text may be JSON, but nests deeper than [`DEPTH_MAX`].
    pub fn is_too_deep(&self) -> bool {
        self.expected == WITHIN_DEPTH
    }
}

/// What kind of value begins at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// A number in any spelling.
    Number,
    /// `true` or `false`
    Boolean,
    /// `null`
    Null,
}

impl Kind {
    /// The kind's name in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Object => "object",
            Kind::Array => "array",
            Kind::String => "string",
            Kind::Number => "number",
            Kind::Boolean => "boolean",
            Kind::Null => "null",
        }
    }
}

/// One value as it stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its exact text, quotes and brackets included.
    pub raw: &'a str,
    /// Where it begins, in bytes from the start of the cursor's text.
    pub offset: usize,
    /// For strings: whether a backslash occurs.
    pub escaped: bool,
}

impl<'a> Value<'a> {
    /// The string's content with escapes resolved, or `None` when this is no string.
    ///
    /// A lone surrogate (`\ud800`) becomes U+FFFD: it has no UTF-8 form.
    pub fn as_text(&self) -> Option<Cow<'a, str>> {
        (self.kind == Kind::String).then(|| {
            let inner = &self.raw[1..self.raw.len() - 1];
            if self.escaped { Cow::Owned(unescape(inner)) } else { Cow::Borrowed(inner) }
        })
    }

    /// The value as CloudTrail Lake shows it inside a `map<varchar,varchar>`: the content of a string, `None`
    /// for null, and the JSON text of everything else.
    pub fn map_text(&self) -> Option<Cow<'a, str>> {
        match self.kind {
            Kind::Null => None,
            Kind::String => self.as_text(),
            _ => Some(Cow::Borrowed(self.raw)),
        }
    }
}

/// A place in a JSON text.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
    passed_blanks: bool,
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of `text`.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, passed_blanks: false }
    }

    /// Bytes from the start of the text.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Moves to a byte offset; one inside a character moves to that character's end.
    pub fn seek(&mut self, offset: usize) {
        self.at = offset.min(self.text.len());
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }

    /// The whole text under the cursor.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Moves past blanks and tells whether the text ends there.
    pub fn at_end(&mut self) -> bool {
        self.skip_blanks();
        self.at == self.text.len()
    }

    /// The kind of the next value.
    #[inline]
    pub fn kind(&mut self) -> Result<Kind, JsonError> {
        self.skip_blanks();
        match self.peek() {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::String),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't' | b'f') => Ok(Kind::Boolean),
            Some(b'n') => Ok(Kind::Null),
            _ => Err(self.error("a JSON value")),
        }
    }

    /// Reads the next value whole and moves past it.
    #[inline]
    pub fn value(&mut self) -> Result<Value<'a>, JsonError> {
        let kind = self.kind()?;
        let offset = self.at;
        let mut escaped = false;
        match kind {
            Kind::String => escaped = self.skip_string()?,
            Kind::Object | Kind::Array => self.skip_nested()?,
            _ => self.skip_scalar()?,
        }
        Ok(Value { kind, raw: &self.text[offset..self.at], offset, escaped })
    }

    /// Enters the next value, an object, and returns its members one by one; see [`Members`].
    #[inline]
    pub fn members(&mut self) -> Result<Members, JsonError> {
        self.expect(b'{', "an object")?;
        Ok(Members { first: true })
    }

    /// Enters the next value, an array, and returns its elements one by one; see [`Elements`].
    pub fn elements(&mut self) -> Result<Elements, JsonError> {
        self.expect(b'[', "an array")?;
        Ok(Elements { first: true })
    }

    /// An error at this place.
    pub fn error(&self, expected: &'static str) -> JsonError {
        let found = match self.text[self.at..].chars().next() {
            None => "end of text".to_owned(),
            Some(char) => format!("'{}'", char.escape_default()),
        };
        JsonError { offset: self.at, expected, found }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
            self.passed_blanks = true;
        }
    }

    /// Whether blanks between tokens were passed since this was last asked.
    pub fn take_passed_blanks(&mut self) -> bool {
        std::mem::take(&mut self.passed_blanks)
    }

    #[inline]
    fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), JsonError> {
        self.skip_blanks();
        if self.peek() != Some(byte) {
            return Err(self.error(expected));
        }
        self.at += 1;
        Ok(())
    }

    /// Moves past `,` or the closing bracket; `true` when another item follows.
    #[inline]
    fn separator(&mut self, first: &mut bool, close: u8, expected: &'static str) -> Result<bool, JsonError> {
        self.skip_blanks();
        match self.peek() {
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            _ if *first => {
                *first = false;
                Ok(true)
            }
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.error(expected)),
        }
    }

    /// Moves past a member's key and colon.
    #[inline]
    fn key(&mut self) -> Result<Value<'a>, JsonError> {
        self.skip_blanks();
        if self.peek() != Some(b'"') {
            return Err(self.error("a member's key"));
        }
        let offset = self.at;
        let escaped = self.skip_string()?;
        let key = Value { kind: Kind::String, raw: &self.text[offset..self.at], offset, escaped };
        self.expect(b':', "':' after a key")?;
        Ok(key)
    }

    /// Moves past a string; `true` when it has a backslash.
    #[inline]
    fn skip_string(&mut self) -> Result<bool, JsonError> {
        let bytes = self.text.as_bytes();
        let mut escaped = false;
        let mut at = self.at + 1;
        loop {
            at += plain_length(&bytes[at..]);
            match bytes.get(at) {
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    at += self.escape_length(at)?;
                }
                Some(_) => at += 1,
                None => {
                    self.at = self.text.len();
                    return Err(self.error("the end of a string"));
                }
            }
        }
    }

    /// The length of the escape whose backslash stands at `at`.
    fn escape_length(&mut self, at: usize) -> Result<usize, JsonError> {
        let bytes = self.text.as_bytes();
        match bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
            Some(b'u') if bytes.get(at + 2..at + 6).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) => {
                Ok(6)
            }
            _ => {
                self.at = at;
                Err(self.error("a valid escape in a string"))
            }
        }
    }

    fn skip_scalar(&mut self) -> Result<(), JsonError> {
        let rest = &self.text.as_bytes()[self.at..];
        let length = match rest.first() {
            Some(b't') if rest.starts_with(b"true") => Some(4),
            Some(b'f') if rest.starts_with(b"false") => Some(5),
            Some(b'n') if rest.starts_with(b"null") => Some(4),
            _ => number_length(rest),
        };
        let length = length.ok_or_else(|| self.error("a number, true, false or null"))?;
        self.at += length;
        Ok(())
    }

    /// Moves past the next value, however deep it nests. Costs a bit of memory for each level.
    pub fn skip_of_any_depth(&mut self) -> Result<(), JsonError> {
        match self.kind()? {
            Kind::Object | Kind::Array => self.skip_within(usize::MAX),
            _ => self.value().map(|_| ()),
        }
    }

    fn skip_nested(&mut self) -> Result<(), JsonError> {
        self.skip_within(DEPTH_MAX)
    }

    /// Moves past an object or array without recursion, so that depth costs no stack.
    fn skip_within(&mut self, depth_max: usize) -> Result<(), JsonError> {
        let mut open = Nesting::default();
        loop {
            match self.kind()? {
                kind @ (Kind::Object | Kind::Array) => {
                    let is_object = kind == Kind::Object;
                    self.at += 1;
                    if open.depth >= depth_max {
                        return Err(self.error(WITHIN_DEPTH));
                    }
                    if !self.closes(if is_object { b'}' } else { b']' }) {
                        open.push(is_object);
                        if is_object {
                            self.key()?;
                        }
                        continue;
                    }
                }
                Kind::String => _ = self.skip_string()?,
                _ => self.skip_scalar()?,
            }
            // Close what ends here, then stand before the next value.
            loop {
                let Some(is_object) = open.top() else { return Ok(()) };
                self.skip_blanks();
                match (self.peek(), is_object) {
                    (Some(b','), true) => {
                        self.at += 1;
                        self.key()?;
                        break;
                    }
                    (Some(b','), false) => {
                        self.at += 1;
                        break;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        self.at += 1;
                        open.pop();
                    }
                    (_, true) => return Err(self.error("',' or '}'")),
                    (_, false) => return Err(self.error("',' or ']'")),
                }
            }
        }
    }

    /// Moves past the closing bracket when it comes next.
    fn closes(&mut self, close: u8) -> bool {
        self.skip_blanks();
        let comes = self.peek() == Some(close);
        self.at += usize::from(comes);
        comes
    }
}

/// The brackets that are open: one bit each, set for an object.
#[derive(Default)]
struct Nesting {
    objects: [u64; DEPTH_MAX / 64],
    /// Those deeper than that.
    deeper: Vec<u64>,
    depth: usize,
}

impl Nesting {
    fn push(&mut self, is_object: bool) {
        let (place, bit) = (self.depth / 64, 1 << (self.depth % 64));
        if place >= self.objects.len() + self.deeper.len() {
            self.deeper.push(0);
        }
        let word = self.word(place);
        *word = if is_object { *word | bit } else { *word & !bit };
        self.depth += 1;
    }

    fn pop(&mut self) {
        self.depth -= 1;
    }

    fn top(&mut self) -> Option<bool> {
        let at = self.depth.checked_sub(1)?;
        Some(*self.word(at / 64) & (1 << (at % 64)) != 0)
    }

    fn word(&mut self, place: usize) -> &mut u64 {
        let inline = self.objects.len();
        if place < inline { &mut self.objects[place] } else { &mut self.deeper[place - inline] }
    }
}

/// How many bytes from the start are neither a quote, a backslash nor a control character: what stands in a string
/// as it is. Looks at eight bytes at a time.
#[inline]
pub fn plain_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let marks = special_bytes(u64::from_le_bytes(*word));
        if marks != 0 {
            return at * 8 + marks.trailing_zeros() as usize / 8;
        }
    }
    let special = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
    words.len() * 8 + special.unwrap_or(rest.len())
}

/// Marks the high bit of each special byte; marks above the lowest one may be false.
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    let is_zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let quotes = is_zero(word ^ (ONES * b'"' as u64));
    let backslashes = is_zero(word ^ (ONES * b'\\' as u64));
    let controls = word.wrapping_sub(ONES * 0x20) & !word;
    (quotes | backslashes | controls) & (ONES << 7)
}

/// Walks the members of an object: `while let Some(key) = members.next(&mut cursor)? { cursor.value()?; }`.
///
/// After each key the caller must read exactly one value from the cursor.
#[derive(Debug)]
pub struct Members {
    first: bool,
}

impl Members {
    /// The next member's key, or `None` after the closing brace.
    #[inline]
    pub fn next<'a>(&mut self, cursor: &mut Cursor<'a>) -> Result<Option<Value<'a>>, JsonError> {
        if cursor.separator(&mut self.first, b'}', "',' or '}'")? { cursor.key().map(Some) } else { Ok(None) }
    }
}

/// Walks the elements of an array: while [`Elements::next`] is true, read one value from the cursor.
#[derive(Debug)]
pub struct Elements {
    first: bool,
}

impl Elements {
    /// Whether another element follows; `false` after the closing bracket.
    pub fn next(&mut self, cursor: &mut Cursor<'_>) -> Result<bool, JsonError> {
        cursor.separator(&mut self.first, b']', "',' or ']'")
    }
}

/// Calls `each` with every member of the object in `text`, in order; nothing when `text` is no object.
///
/// The text is one that a [`Cursor`] has read before; where it is not JSON, the walk ends.
pub fn for_each_member<'a>(text: &'a str, mut each: impl FnMut(Cow<'a, str>, Value<'a>)) {
    let mut cursor = Cursor::new(text);
    let Ok(mut members) = cursor.members() else { return };
    while let Ok(Some(key)) = members.next(&mut cursor) {
        let Ok(value) = cursor.value() else { return };
        each(key.as_text().unwrap_or_default(), value);
    }
}

/// The value of a first-level member as [`Value::map_text`] shows it. Of repeated keys the last one counts.
pub fn member_text<'a>(text: &'a str, key: &str) -> Option<Cow<'a, str>> {
    let mut found = None;
    for_each_member(text, |name, value| {
        if name == key {
            found = Some(value);
        }
    });
    found.and_then(|value| value.map_text())
}

fn number_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && bytes[at] == b'0') {
        return None;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent == 0 {
            return None;
        }
        at += 1 + sign + exponent;
    }
    Some(at)
}

/// Resolves the escapes of a string's content: what stands between the quotes, as a [`Cursor`] has found it.
pub fn unescape(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = &rest[at..];
        let (char, length) = match escape.as_bytes().get(1) {
            Some(b'b') => ('\u{8}', 2),
            Some(b'f') => ('\u{c}', 2),
            Some(b'n') => ('\n', 2),
            Some(b'r') => ('\r', 2),
            Some(b't') => ('\t', 2),
            Some(b'u') => unescape_unicode(escape),
            Some(&byte) => (char::from(byte), 2),
            None => ('\\', 1),
        };
        out.push(char);
        rest = escape.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// `\uXXXX`, and the second half of a surrogate pair when there is one.
fn unescape_unicode(escape: &str) -> (char, usize) {
    let unit = |from: usize| escape.get(from..from + 4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let first = unit(2).unwrap_or(0xFFFD);
    if let 0xD800..0xDC00 = first
        && escape.get(6..8) == Some("\\u")
        && let Some(second @ 0xDC00..0xE000) = unit(8)
    {
        let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}

#[cfg(test)]
mod tests;
