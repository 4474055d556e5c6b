//! The top of a document: encoding, CSV or JSON, one value or many, and where to go on after a broken one.

use std::borrow::Cow;

use memchr::memmem;
use traillake_event::json::Cursor;

use super::frame::{Frame, Place};
use super::{Expect, Fault, Found, Looks, Walk, fault};
use crate::decoder::{Decoder, Sink, Tally};
use crate::skip::SkipReason;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Walks one document and tells what was in it.
pub(crate) fn walk_document(decoder: &mut Decoder, bytes: &[u8], first_element: u64, sink: &mut dyn Sink) -> Tally {
    let looks = Looks::of(bytes.len());
    let mut walk = Walk { decoder, sink, tally: Tally::default(), first_element, looks };
    let marked = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let body = marked.trim_ascii_start();
    let base = bytes.len() - body.len();
    if body.is_empty() {
        walk.tally.skip(SkipReason::EmptyFile, 1);
    } else if body.starts_with(b"\xFF\xFE") || body.starts_with(b"\xFE\xFF") {
        let frame = Frame::new("", body, base as u64, &[]);
        walk.reject(&frame, 0, String::new(), "UTF-8 text", "UTF-16 text: convert the file first".into(), body);
    } else if let Some(archive) = archive(bytes) {
        let (frame, found) = (Frame::new("", bytes, 0, &[]), format!("{archive}: unpack it first"));
        walk.reject(&frame, 0, String::new(), "JSON, as it is or packed with gzip or zstd", found, bytes);
    } else if begins_like_json(body) {
        walk.json(body, base as u64);
    } else if !walk.csv(body, base as u64) && !walk.lines_behind(body, base as u64) {
        walk.quoted_or_foreign(body, base as u64);
    }
    walk.tally
}

/// What files are packed in that is not unpacked here, by the bytes it has at a place: logs within would be missed.
const ARCHIVES: [(usize, &[u8], &str); 5] = [
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"BZh", "a bzip2 file"),
    (0, b"\xFD7zXZ\x00", "an xz file"),
    (0, b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive"),
    (257, b"ustar", "a tar archive"),
];

fn archive(bytes: &[u8]) -> Option<&'static str> {
    let known = ARCHIVES.iter().find(|(place, magic, _)| bytes.get(*place..).is_some_and(|at| at.starts_with(magic)));
    known.map(|(_, _, archive)| *archive)
}

/// Whether this is meant to be JSON. Text such as `[2023-01-01] started` or `{{ template }}` is not.
fn begins_like_json(body: &[u8]) -> bool {
    let next = body.get(1..).unwrap_or_default().trim_ascii_start().first();
    match body.first() {
        Some(b'{') => matches!(next, None | Some(b'"' | b'}')),
        Some(b'[') => matches!(next, None | Some(b'{' | b'[' | b'"' | b']')),
        _ => false,
    }
}

/// The bytes as text of the same length, and where they were no UTF-8.
pub(crate) fn to_text(bytes: &[u8]) -> (Cow<'_, str>, Vec<(usize, usize)>) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), Vec::new());
    }
    let (mut text, mut damaged) = (String::with_capacity(bytes.len()), Vec::new());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        let start = text.len();
        text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
        if start < text.len() {
            damaged.push((start, text.len()));
        }
    }
    (Cow::Owned(text), damaged)
}

impl Walk<'_, '_> {
    fn json(&mut self, body: &[u8], base: u64) {
        let (text, damaged) = to_text(body);
        self.values(&Frame::new(&text, body, base, &damaged));
    }

    /// Lines of records behind a front that is none, as of a file whose beginning was cut off; `false` when there are
    /// none. The front is a reject.
    fn lines_behind(&mut self, body: &[u8], base: u64) -> bool {
        let Some(line) = first_record_line(body) else { return false };
        let front = &body[..line];
        self.reject(&Frame::new("", front, base, &[]), 0, String::new(), "a record", "other text".into(), front);
        self.json(&body[line..], base + line as u64);
        true
    }

    /// Values one after another.
    fn values(&mut self, frame: &Frame<'_>) {
        let mut cursor = Cursor::new(frame.text);
        let mut index = 0;
        let mut is_lines = false;
        while !at_end(&mut cursor) {
            let (start, counted) = (cursor.offset(), self.tally.records);
            let root = Place::root();
            let place = if index == 0 { Place::root() } else { root.element(index) };
            match self.value(&mut cursor, frame, &place, Expect::Anything) {
                Ok(found) => {
                    self.count(found);
                    is_lines |= stands_alone(frame.text, start, cursor.offset());
                }
                Err(fault) => {
                    // What was counted before the break is not walked again.
                    let broken = fault.element.unwrap_or(fault.error.offset).max(start);
                    let next = match self.tally.records > counted {
                        // An array that lacks a comma or its end breaks off where a line begins, which may be whole.
                        true if broken > start && is_whole_line(frame.text, broken) => Some(broken),
                        true => next_line(frame.text, broken, is_lines),
                        false => next_line(frame.text, start, is_lines),
                    };
                    self.reject_fault(frame, fault, start, next);
                    let Some(next) = next else { return };
                    is_lines = true;
                    cursor.seek(next);
                }
            }
            index += 1;
        }
    }

    fn count(&mut self, found: Found) {
        if let Found::Nothing(reason) = found {
            self.tally.skip(reason, 1);
        }
    }

    fn reject_fault(&mut self, frame: &Frame<'_>, fault: Fault, start: usize, next: Option<usize>) {
        self.tally.breaks_off |= next.is_none();
        let end = next.unwrap_or(frame.bytes.len());
        let from = fault.element.unwrap_or(start).min(end);
        let found = fault.found(frame);
        self.reject(frame, from, fault.json_path, fault.error.expected, found, &frame.bytes[from..end]);
    }

    /// A file that begins with a quote may be JSON text as a JSON string; everything else is foreign.
    fn quoted_or_foreign(&mut self, body: &[u8], base: u64) {
        if body.starts_with(b"\"")
            && let Ok(text) = std::str::from_utf8(body)
        {
            let mut cursor = Cursor::new(text);
            let frame = Frame::at(text, base);
            if let Ok(Found::Counted) = self.value(&mut cursor, &frame, &Place::root(), Expect::Anything) {
                if !cursor.at_end() {
                    let fault = fault(cursor.error("the end of the document"), &Place::root());
                    self.reject_fault(&frame, fault, cursor.offset(), None);
                }
                return;
            }
        }
        self.tally.skip(SkipReason::NotJson, 1);
    }

    /// Results of CloudTrail Lake as CSV; `false` when this is none.
    fn csv(&mut self, body: &[u8], base: u64) -> bool {
        let header = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if !header.windows(9).take(1 << 16).any(|window| window.eq_ignore_ascii_case(b"eventjson")) {
            return false;
        }
        let mut reader = csv::ReaderBuilder::new().has_headers(true).flexible(true).from_reader(body);
        let column = reader
            .byte_headers()
            .ok()
            .and_then(|names| names.iter().position(|name| name.trim_ascii().eq_ignore_ascii_case(b"eventjson")));
        let Some(column) = column else { return false };
        let mut row = csv::ByteRecord::new();
        // Reading from memory cannot fail, and rows of any length pass.
        while let Ok(true) = reader.read_byte_record(&mut row) {
            let at = row.position().map_or(0, csv::Position::byte);
            self.csv_cell(row.get(column).unwrap_or_default(), base + at);
        }
        true
    }

    fn csv_cell(&mut self, cell: &[u8], offset: u64) {
        let Ok(text) = std::str::from_utf8(cell) else {
            let frame = Frame::new("", cell, offset, &[]).held_at_base();
            self.reject(&frame, 0, "eventJson".into(), "UTF-8 text", "other bytes".into(), cell);
            return;
        };
        let frame = Frame::at(text, offset).held_at_base();
        let mut cursor = Cursor::new(text);
        let root = Place::root();
        let place = root.member("eventJson");
        let found = self.value(&mut cursor, &frame, &place, Expect::Record).and_then(|found| match cursor.at_end() {
            true => Ok(found),
            false => Err(fault(cursor.error("the end of the cell"), &place)),
        });
        match found {
            Ok(found) => self.count(found),
            Err(fault) => self.reject_fault(&frame, fault, 0, None),
        }
    }
}

/// Moves past blanks and byte order marks (of files put one after another).
fn at_end(cursor: &mut Cursor<'_>) -> bool {
    while !cursor.at_end() {
        if !cursor.text()[cursor.offset()..].starts_with('\u{feff}') {
            return false;
        }
        cursor.seek(cursor.offset() + '\u{feff}'.len_utf8());
    }
    true
}

/// Whether a value fills a line of its own.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let before = &text.as_bytes()[..start];
    let after = &text.as_bytes()[end..];
    (before.is_empty() || before.ends_with(b"\n"))
        && matches!(after, [] | [b'\n', ..] | [b'\r', b'\n', ..])
        && memchr::memchr(b'\n', &text.as_bytes()[start..end]).is_none()
}

/// Where the line after a broken value begins, when going on there is safe: the document is one value to a line,
/// or at least the next line is a whole object.
///
/// What broke may be the rest of a line whose beginning was a whole value.
fn next_line(text: &str, start: usize, is_lines: bool) -> Option<usize> {
    let next = start + memchr::memchr(b'\n', &text.as_bytes()[start..])? + 1;
    (is_lines || is_whole_line(text, next)).then_some(next)
}

/// Whether a line begins here that is one object.
fn is_whole_line(text: &str, start: usize) -> bool {
    let begins = start > 0 && text.as_bytes()[start - 1] == b'\n';
    begins && text.get(start..).and_then(|rest| rest.lines().next()).is_some_and(is_object)
}

/// Whether a line is one object and nothing else.
pub(crate) fn is_object(line: &str) -> bool {
    let mut cursor = Cursor::new(line);
    line.starts_with('{') && cursor.value().is_ok() && cursor.at_end()
}

/// How many lines that speak of events are looked at.
const LINES_TRIED: usize = 1_000;

/// Where the first line begins that is one object and speaks of an event.
fn first_record_line(body: &[u8]) -> Option<usize> {
    let signs = memmem::find_iter(body, b"\"eventName\"");
    let mut tried = 0;
    // Where the line ends that was tried last: it may say the name again and again.
    let mut behind = 0;
    for sign in signs {
        if sign < behind {
            continue;
        }
        let start = memchr::memrchr(b'\n', &body[..sign]).map_or(0, |end| end + 1);
        behind = memchr::memchr(b'\n', &body[sign..]).map_or(body.len(), |end| sign + end);
        if std::str::from_utf8(&body[start..behind]).is_ok_and(is_object) {
            return Some(start);
        }
        tried += 1;
        if tried == LINES_TRIED {
            break;
        }
    }
    None
}
