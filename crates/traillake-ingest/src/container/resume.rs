//! Where reading goes on behind a broken element of an array.
//!
//! A brace too many, a number that is none, a quote without its backslash: one record is lost, not all behind it. Behind
//! the break, brackets and quotes say nothing any more; what can be trusted is an object that reads as a whole record.

use traillake_event::category::StoreType;
use traillake_event::json::{Cursor, Kind};

use super::document::is_object;
use super::{Expect, NESTING_MAX, wrapped};

/// How many times its own length a document may be looked at for records behind breaks: what is made to be searched
/// again and again must not take more.
const LOOKS: usize = 4;

/// What a document's search for records may still read.
#[derive(Debug)]
pub(crate) struct Looks {
    bytes: usize,
}

impl Looks {
    /// For a document of so many bytes.
    pub(crate) fn of(bytes: usize) -> Self {
        Self { bytes: bytes.saturating_mul(LOOKS) }
    }

    /// The next place, from `from` on, where an element begins that is a record. `None` where there is none before a line
    /// that stands for itself, or where too much was read for others.
    pub(crate) fn next_record(&mut self, text: &str, from: usize) -> Option<usize> {
        let bytes = text.as_bytes();
        let begins_line = from.checked_sub(1).is_some_and(|before| bytes.get(before) == Some(&b'\n'));
        if begins_line && self.is_line_of_its_own(text, from)? {
            return None;
        }
        let mut at = from;
        loop {
            let place = at + memchr::memchr2(b'{', b'\n', bytes.get(at..)?)?;
            self.read(place + 1 - at)?;
            at = place + 1;
            if bytes[place] == b'\n' {
                if self.is_line_of_its_own(text, at)? {
                    return None;
                }
            } else if begins_element(&bytes[..place]) {
                let mut cursor = Cursor::new(text);
                cursor.seek(place);
                let is_record = is_record(&mut cursor, 0);
                self.read(cursor.offset() - place)?;
                if is_record {
                    return Some(place);
                }
            }
        }
    }

    /// Whether the line that begins here is one object, and none of an array that is written line by line: then the
    /// array was cut off, and JSON lines go on.
    fn is_line_of_its_own(&mut self, text: &str, start: usize) -> Option<bool> {
        let (before, line) = (&text.as_bytes()[..start], text.get(start..).unwrap_or_default());
        if !line.starts_with('{') || before.trim_ascii_end().ends_with(b",") {
            return Some(false);
        }
        let line = line.lines().next().unwrap_or_default();
        self.read(line.len())?;
        Some(is_object(line))
    }

    /// Counts what is read; `None` where it is too much.
    fn read(&mut self, bytes: usize) -> Option<()> {
        self.bytes = self.bytes.checked_sub(bytes)?;
        Some(())
    }
}

/// Whether an element of an array may begin behind this text: not the value of a member, nor the first of another array.
fn begins_element(before: &[u8]) -> bool {
    matches!(before.trim_ascii_end().last(), Some(b',' | b'}'))
}

/// Whether the object that comes next is whole, and names an event and its source, or a resource and its configuration;
/// or what it wraps does.
fn is_record(cursor: &mut Cursor<'_>, depth: usize) -> bool {
    let (mut has_name, mut has_source, mut wraps) = (false, false, false);
    let (mut has_resource, mut has_capture) = (false, false);
    let Ok(mut members) = cursor.members() else { return false };
    loop {
        let key = match members.next(cursor) {
            Ok(Some(key)) => key.as_text().unwrap_or_default(),
            Ok(None) => return wraps || has_name && has_source || has_resource && has_capture,
            Err(_) => return false,
        };
        let Ok(value) = cursor.value() else { return false };
        match key.as_ref() {
            "eventName" => has_name = value.kind == Kind::String,
            "eventSource" => has_source = value.kind == Kind::String,
            "resourceType" => has_resource = value.kind == Kind::String,
            "configurationItemCaptureTime" | "configurationItemStatus" => has_capture = true,
            key if value.kind == Kind::Object && depth < NESTING_MAX => {
                let is_wrapper = wrapped(StoreType::Events, key, value.kind, Expect::Anything).is_some();
                wraps |= is_wrapper && is_record(&mut Cursor::new(value.raw), depth + 1);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        Looks::of(text.len()).next_record(text, 1).map(|place| &text[place..])
    }

    #[test]
    fn only_whole_records_are_gone_on_with() {
        let record = r#"{"eventName":"A","eventSource":"b"}"#;
        assert_eq!(found(&format!(r#"{{"a":NaN}},{record}]"#)), Some(format!("{record}]").as_str()));
        // Without a comma, over lines, and behind what is no record.
        assert_eq!(found(&format!("{{}}\n {record}")), Some(record));
        assert_eq!(found(&format!(r#"{{"a":'}},{{"eventName":1}},{record}"#)), Some(record));
        let wrapped = format!(r#"{{"aws":{{"cloudtrail":{record}}}}}"#);
        assert_eq!(found(&format!("{{}}}},{wrapped}")), Some(wrapped.as_str()));
        // Lines of a broken array end with commas; others stand for themselves.
        assert_eq!(
            found(&format!("{{\"a\":NaN}},\n{record},\n{record}\n]")),
            Some(format!("{record},\n{record}\n]").as_str())
        );
        assert_eq!(found(&format!("{{\"a\":[{{\n{record}\n{record}")), None);
        // What stands in a member is part of it; what breaks off is no record.
        assert_eq!(found(&format!(r#"{{"a":{record},"b":[{record}"#)), None);
        assert_eq!(found(&format!(",{}", &record[..record.len() - 1])), None);
    }

    #[test]
    fn a_search_ends() {
        // Each of these objects holds all that follow, down to the deepest nesting that is read.
        let text = r#",{"a":[1"#.repeat(100_000);
        assert_eq!(found(&text), None);
    }
}
