//! Whether the parts of an object are all of it.
//!
//! Verification cuts large objects as an import does, so a cut in a wrong place would be made twice. Where a cut is
//! matters to nobody, as long as no byte is lost by it. That is checked here against the content itself, as it passes
//! on its way to who cuts it: parts follow each other, a part's bytes are the content's, and what is in no part is
//! blanks and commas between elements, or lies behind a part whose damage names it.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::import::Part;

/// What a cut may write behind the content of a part.
const TAILS: [&[u8]; 3] = [b"", b"]", b"]}"];
/// Behind a part that names what it leaves out, content may pass that is in no part. Of it, so much is kept: a little
/// more than who cuts reads ahead.
const GAP_BYTES_KEPT: usize = 130 << 20;
/// Memory beyond this is given back when it is not needed.
const BYTES_KEPT: usize = 64 << 20;

/// The content of an object that has passed, and that no part has been compared with.
#[derive(Debug, Default)]
struct Passed {
    bytes: VecDeque<u8>,
    /// Where they begin in the content.
    start: u64,
    /// Whether content may be left out here: its front is forgotten when it becomes too much.
    is_gap: bool,
    is_over: bool,
}

/// Compares the parts of an object with its content.
#[derive(Debug, Default)]
pub(super) struct Tiling {
    passed: Arc<Mutex<Passed>>,
}

/// Content that is in no part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Untiled {
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Tiling {
    /// The content, seen as it passes. Holds what no part has covered yet.
    pub(super) fn watch(&self, content: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        Box::new(Watched { content, passed: Arc::clone(&self.passed) })
    }

    /// Compares the next part.
    pub(super) fn cover(&self, part: &Part) -> Result<(), Untiled> {
        let mut passed = self.passed();
        let end_of_all = passed.start + passed.bytes.len() as u64;
        let (start, end) = part.range.unwrap_or((0, end_of_all));
        let missing = Untiled { start: passed.start, end };
        let is_next = if passed.is_gap { start >= passed.start } else { start == passed.start };
        if !is_next || end < start || end > end_of_all {
            return Err(missing);
        }
        let (left_out, length) = ((start - passed.start) as usize, (end - start) as usize);
        passed.forget(left_out);
        if !is_covered(&passed.bytes.make_contiguous()[..length], &part.content[part.opening..]) {
            return Err(missing);
        }
        passed.forget(length);
        passed.bytes.shrink_to(BYTES_KEPT);
        passed.is_gap = part.damage.is_some();
        Ok(())
    }

    /// That nothing is left when there are no more parts.
    pub(super) fn finish(&self) -> Result<(), Untiled> {
        let passed = self.passed();
        let Passed { bytes, start, is_gap, is_over } = &*passed;
        // An array that a value too large ended in is closed behind it.
        let is_all = bytes.iter().all(|byte| is_between(*byte)) && *is_over;
        if *is_gap || is_all { Ok(()) } else { Err(Untiled { start: *start, end: start + bytes.len() as u64 }) }
    }

    fn passed(&self) -> MutexGuard<'_, Passed> {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Passed {
    fn forget(&mut self, bytes: usize) {
        self.bytes.drain(..bytes);
        self.start += bytes as u64;
    }

    fn add(&mut self, bytes: &[u8]) {
        self.is_over |= bytes.is_empty();
        self.bytes.extend(bytes);
        if self.is_gap {
            self.forget(self.bytes.len().saturating_sub(GAP_BYTES_KEPT));
        }
    }
}

/// Whether a part's text is the content up to what separates it from the next part.
fn is_covered(content: &[u8], text: &[u8]) -> bool {
    TAILS.iter().any(|tail| {
        text.strip_suffix(*tail)
            .and_then(|text| content.strip_prefix(text))
            .is_some_and(|between| between.iter().all(|byte| is_between(*byte)))
    })
}

/// Whether a byte may stand between two parts.
fn is_between(byte: u8) -> bool {
    byte == b',' || byte.is_ascii_whitespace()
}

/// Notes what is read.
struct Watched {
    content: Box<dyn Read + Send>,
    passed: Arc<Mutex<Passed>>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer);
        if !buffer.is_empty() {
            let bytes = read.as_ref().map_or(&[][..], |&read| &buffer[..read]);
            self.passed.lock().unwrap_or_else(PoisonError::into_inner).add(bytes);
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Parts;
    use crate::inflate::Damage;

    /// The parts of a content, and what has watched it.
    fn parts(content: &[u8], part_bytes: usize) -> (Vec<Part>, Tiling) {
        let tiling = Tiling::default();
        let parts = Parts::with_part_bytes(io::Cursor::new(content.to_vec()), part_bytes).unwrap();
        let mut parts = parts.through(|content| tiling.watch(content));
        (std::iter::from_fn(|| parts.next()).collect(), tiling)
    }

    fn check(parts: &[Part], tiling: &Tiling) -> Result<(), Untiled> {
        parts.iter().try_for_each(|part| tiling.cover(part))?;
        tiling.finish()
    }

    fn contents() -> Vec<Vec<u8>> {
        let records: Vec<String> = (0..100).map(|n| format!("{{\"n\":{n},\"a\":[1,2]}}")).collect();
        let array = format!("\u{feff} {{\"Records\":[{}\n] }}\n", records.join(" ,\n\t"));
        let rows: String = records.iter().map(|record| format!("\"{}\"\n", record.replace('"', "\"\""))).collect();
        let damaged = zstd::stream::encode_all(array.as_bytes(), 3).unwrap();
        vec![
            format!("[{}]", records.join(",")).into_bytes(),
            records.join("\r\n").into_bytes(),
            records.concat().into_bytes(),
            format!("eventJson\n{rows}").into_bytes(),
            damaged[..damaged.len() - 5].to_vec(),
            array.into_bytes(),
            Vec::new(),
            b"no JSON".repeat(100),
        ]
    }

    #[test]
    fn the_parts_of_every_form_are_all_of_it() {
        for content in contents() {
            for part_bytes in [200, 1 << 20] {
                let (parts, tiling) = parts(&content, part_bytes);
                assert_eq!(check(&parts, &tiling), Ok(()), "{}", String::from_utf8_lossy(&content));
            }
        }
    }

    #[test]
    fn what_is_in_no_part_is_found() {
        let content = &contents()[0];
        let change = |change: fn(&mut Vec<Part>)| {
            let (mut parts, tiling) = parts(content, 200);
            assert!(parts.len() > 5);
            change(&mut parts);
            check(&parts, &tiling).is_err()
        };
        assert!(change(|parts| _ = parts.remove(2)));
        assert!(change(|parts| _ = parts.pop()));
        assert!(change(|parts| parts[2].content.truncate(100)));
        assert!(change(|parts| parts[2].content[50] ^= 1));
        assert!(change(|parts| parts[2].range = parts[2].range.map(|(start, end)| (start + 1, end))));
        assert!(change(|parts| parts.swap(1, 2)));
        assert!(!change(|_| ()));
    }

    #[test]
    fn content_may_be_left_out_behind_the_part_that_says_so() {
        let part = |range, content: &str, opening, damage| Part {
            range: Some(range),
            content: content.into(),
            opening,
            first_element: 0,
            damage,
            sha256: [0; 32],
            stored_bytes: 0,
        };
        let damage = Damage { expected: "a record of at most 1 byte".to_owned(), found: "one of 9".to_owned() };
        for (damage, is_tiled) in [(Some(damage), true), (None, false)] {
            let tiling = Tiling::default();
            let mut content = tiling.watch(Box::new(&b"[1,2,\"too long\",3]"[..]));
            io::copy(&mut content, &mut io::sink()).unwrap();
            let parts = [part((0, 8), "[1,2,\"to", 0, damage), part((16, 18), "[3]", 1, None)];
            assert_eq!(check(&parts, &tiling).is_ok(), is_tiled);
        }
    }
}
