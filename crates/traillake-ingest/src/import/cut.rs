//! Where content that goes on may be cut, so that each side is a document of its own.
//!
//! | form | cut | what follows begins with |
//! | --- | --- | --- |
//! | JSON lines, values one after another | between values | nothing more |
//! | `{"Records":[…`, an array | between elements | the opening of the array again |
//! | CSV | between rows | the header again |

use traillake_event::json::{Cursor, Kind};

use crate::container::{Looks, is_object, to_text};

/// Arrays whose elements may be told apart, by the member that holds them.
const ARRAYS: [(&str, &str); 7] = [
    ("Records", "{\"Records\":["),
    ("Events", "{\"Events\":["),
    ("logEvents", "{\"logEvents\":["),
    ("QueryResultRows", "{\"QueryResultRows\":["),
    ("configurationItems", "{\"configurationItems\":["),
    ("baseConfigurationItems", "{\"baseConfigurationItems\":["),
    ("evidence", "{\"evidence\":["),
];

/// A place to cut at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Where the content before the cut ends.
    pub(super) end: usize,
    /// What closes it.
    pub(super) tail: &'static str,
    /// Where the content behind the cut begins.
    pub(super) next: usize,
    /// What opens it.
    pub(super) head: Vec<u8>,
    /// Elements of the array at hand that stand before the cut; none where no array is cut.
    pub(super) elements: u64,
    /// Whether the cut is at the end of a line of JSON lines.
    pub(super) is_line: bool,
}

impl Cut {
    fn between(end: usize) -> Self {
        Self { end, tail: "", next: end, head: Vec::new(), elements: 0, is_line: false }
    }
}

/// The last place at which content that goes on may be cut; none when there is no place in it.
///
/// `is_lines` says that what came before was cut as JSON lines: a broken line at the front changes nothing about that.
/// Cost: lines, from their end; everything else is read once.
pub(super) fn last_cut(content: &[u8], is_lines: bool) -> Option<Cut> {
    let marked = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
    let body = marked.trim_ascii_start();
    let skipped = content.len() - body.len();
    let cut = match body.first()? {
        _ if is_lines => after_line(body),
        b'{' | b'[' => begins_with_line(body).then(|| after_line(body)).flatten().or_else(|| {
            let (text, _) = to_text(body);
            // What breaks off at once may be lines behind a broken one.
            after_value(&text).or_else(|| inside_array(&text)).or_else(|| after_line(body))
        }),
        _ => between_rows(body).or_else(|| after_line(body)),
    };
    cut.map(|cut| Cut { end: cut.end + skipped, next: cut.next + skipped, ..cut })
}

/// How many lines are tried for a cut.
const LINES_TRIED: usize = 64;

fn begins_with_line(content: &[u8]) -> bool {
    content.split(|byte| *byte == b'\n').next().is_some_and(is_object_line)
}

/// Behind the last line that is one whole object.
fn after_line(content: &[u8]) -> Option<Cut> {
    let mut end = content.len();
    for _ in 0..LINES_TRIED {
        end = content[..end].iter().rposition(|byte| *byte == b'\n')?;
        let line = content[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |before| before + 1);
        if is_object_line(&content[line..end]) {
            return Some(Cut { is_line: true, ..Cut::between(end + 1) });
        }
    }
    None
}

fn is_object_line(line: &[u8]) -> bool {
    std::str::from_utf8(line).is_ok_and(is_object)
}

/// Behind the last whole value.
fn after_value(text: &str) -> Option<Cut> {
    let mut cursor = Cursor::new(text);
    let mut end = None;
    while !cursor.at_end() && matches!(cursor.kind(), Ok(Kind::Object | Kind::Array)) && cursor.value().is_ok() {
        end = Some(cursor.offset());
    }
    end.map(Cut::between)
}

/// Behind the last whole element of the array that the document opens; broken ones before it are passed.
fn inside_array(text: &str) -> Option<Cut> {
    let mut cursor = Cursor::new(text);
    let (head, tail) = match cursor.kind().ok()? {
        Kind::Array => ("[", "]"),
        _ => (open_array(&mut cursor)?, "]}"),
    };
    let mut elements = cursor.elements().ok()?;
    let mut cut = None;
    let mut count = 0;
    elements.next(&mut cursor).ok().filter(|more| *more)?;
    let mut looks = Looks::of(text.len());
    loop {
        let start = cursor.offset();
        match cursor.value().and_then(|_| Ok((cursor.offset(), elements.next(&mut cursor)?))) {
            Ok((_, false)) => break,
            Ok((end, true)) => {
                count += 1;
                cut =
                    Some(Cut { end, tail, next: cursor.offset(), head: head.into(), elements: count, is_line: false });
            }
            Err(error) if error.offset >= text.len() => break,
            // As the walk does, to the next record behind a broken element.
            Err(_) => {
                let Some(next) = looks.next_record(text, start + 1) else { break };
                count += 1;
                cursor.seek(next);
            }
        }
    }
    cut
}

/// Passes over a value that is too large to be held, to where what follows it begins.
#[derive(Debug)]
pub(super) struct Skip {
    /// What opens the content that follows.
    head: &'static str,
    /// How many brackets are open around the value.
    around: usize,
    open: usize,
    in_string: bool,
    after_backslash: bool,
}

impl Skip {
    /// Begins behind this content, which ends inside the value; none when it is no JSON.
    pub(super) fn after(content: &[u8]) -> Option<Self> {
        let marked = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
        let (text, _) = to_text(marked.trim_ascii_start());
        let mut cursor = Cursor::new(&text);
        let (head, around) = match cursor.kind().ok()? {
            Kind::Array => ("[", 1),
            Kind::Object => open_array(&mut cursor).map_or(("", 0), |head| (head, 2)),
            _ => return None,
        };
        let mut skip = Self { head, around, open: 0, in_string: false, after_backslash: false };
        text.bytes().for_each(|byte| skip.pass(byte));
        (skip.open > around || skip.in_string).then_some(skip)
    }

    /// Passes over more content: how much of it belongs to the value, and what the rest is to begin with. None when
    /// all of it does.
    pub(super) fn end(&mut self, content: &[u8]) -> Option<(usize, String)> {
        for (at, byte) in content.iter().enumerate() {
            self.pass(*byte);
            if self.in_string || self.open > self.around {
                continue;
            }
            match byte {
                b',' if self.around > 0 && self.open == self.around => return Some((at + 1, self.head.to_owned())),
                b'}' | b']' if self.around == 0 => return Some((at + 1, String::new())),
                // The array ends with the value: it is opened and closed again, for what may follow.
                _ if self.open < self.around => return Some((at, self.head.to_owned())),
                _ => {}
            }
        }
        None
    }

    fn pass(&mut self, byte: u8) {
        match byte {
            _ if self.after_backslash => self.after_backslash = false,
            b'\\' if self.in_string => self.after_backslash = true,
            b'"' => self.in_string = !self.in_string,
            _ if self.in_string => {}
            b'{' | b'[' => self.open += 1,
            b'}' | b']' => self.open = self.open.saturating_sub(1),
            _ => {}
        }
    }
}

/// Moves to the first array of [`ARRAYS`].
fn open_array(cursor: &mut Cursor<'_>) -> Option<&'static str> {
    let mut members = cursor.members().ok()?;
    while let Ok(Some(key)) = members.next(cursor) {
        let key = key.as_text().unwrap_or_default();
        let known = ARRAYS.iter().find(|(name, _)| *name == key);
        match (known, cursor.kind().ok()?) {
            (Some((_, head)), Kind::Array) => return Some(head),
            _ => _ = cursor.value().ok()?,
        }
    }
    None
}

/// Before the last row of CSV with a column `eventJson`, which may be cut off.
fn between_rows(content: &[u8]) -> Option<Cut> {
    let header = content.split_inclusive(|byte| *byte == b'\n').next()?;
    if !header.to_ascii_lowercase().windows(9).any(|window| window == b"eventjson") {
        return None;
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(true).flexible(true).from_reader(content);
    let (mut row, mut last) = (csv::ByteRecord::new(), header.len());
    while let Ok(true) = reader.read_byte_record(&mut row) {
        last = usize::try_from(row.position()?.byte()).ok()?;
    }
    (last > header.len()).then(|| Cut { head: header.to_vec(), ..Cut::between(last) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(content: &str) -> Option<(String, String)> {
        let cut = last_cut(content.as_bytes(), false)?;
        let head = String::from_utf8(cut.head.clone()).unwrap();
        Some((format!("{}{}", &content[..cut.end], cut.tail), format!("{head}{}", &content[cut.next..])))
    }

    #[test]
    fn content_is_cut_where_both_sides_are_documents() {
        for (content, before, behind) in [
            ("{\"a\":1}\n{\"b\":2}\n{\"c\"", "{\"a\":1}\n{\"b\":2}\n", "{\"c\""),
            ("{\n\"a\":1}{\n\"b\":2} {\n\"c\"", "{\n\"a\":1}{\n\"b\":2}", " {\n\"c\""),
            (
                "{\"Records\":[{\"a\":1}, {\"b\":2},{\"c\"",
                "{\"Records\":[{\"a\":1}, {\"b\":2}]}",
                "{\"Records\":[{\"c\"",
            ),
            ("{\"x\":[1],\"Records\":[{},{}", "{\"x\":[1],\"Records\":[{}]}", "{\"Records\":[{}"),
            ("\u{feff} [{\"a\":\"],}\"},[", "\u{feff} [{\"a\":\"],}\"}]", "[["),
            ("{\"Records\":[{},{}]", "{\"Records\":[{}]}", "{\"Records\":[{}]"),
            ("n,eventJson\n1,\"a\nb\"\n2,\"c\n", "n,eventJson\n1,\"a\nb\"\n", "n,eventJson\n2,\"c\n"),
        ] {
            assert_eq!(sides(content), Some((before.to_owned(), behind.to_owned())), "{content}");
        }
    }

    #[test]
    fn a_broken_line_at_the_front_changes_nothing_about_lines() {
        for front in ["{\"a\":\"x", "x\"}", "[", "# a comment"] {
            let content = format!("{front}\n{{\"b\":2}}\n{{\"c");
            for is_lines in [true, false] {
                let cut = last_cut(content.as_bytes(), is_lines).map(|cut| (cut.end, cut.is_line));
                assert_eq!(cut, Some((content.len() - 3, true)), "{content}");
            }
        }
    }

    #[test]
    fn a_value_is_passed_over_to_what_follows_it() {
        for (before, content, expected) in [
            ("{\"Records\":[{\"a\":\"x,]", "}\\\"\"},{\"b\":1}]}", "{\"Records\":[{\"b\":1}]}"),
            ("{\"Records\":[{\"a\":[", "1]}]}", "{\"Records\":[]}"),
            ("[{\"a\":{", "}} , [1]]", "[ [1]]"),
            ("{\"a\":\"", "}\"}\n{\"b\":2}", "\n{\"b\":2}"),
        ] {
            let mut skip = Skip::after(before.as_bytes()).unwrap();
            let (at, head) = skip.end(content.as_bytes()).unwrap();
            assert_eq!(format!("{head}{}", &content[at..]), expected, "{before}");
        }
        assert_eq!(Skip::after(b"{\"a\":[").unwrap().end(b"1,2,{}"), None);
        assert!(Skip::after(b"n,eventJson").is_none());
    }

    #[test]
    fn content_without_a_place_is_not_cut() {
        for content in
            ["", "{", "{\"Records\":[{\"a\":1}", "{\"Records\":{\"a\":1}", "[", "text\nmore\n", "{\"a\":[1,2,3"]
        {
            assert_eq!(sides(content), None, "{content}");
        }
    }
}
