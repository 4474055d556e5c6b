//! Whether the parts of an object are all of it.
//!
//! Verification cuts large objects as an import does, so a cut in a wrong place would be made twice. Where a cut is
//! matters to nobody, as long as no byte is lost by it. That is checked here: parts follow each other, between them are
//! blanks and commas only, nothing is passed over but behind a part whose damage names it, and all of it, put together
//! again, is the content as it came.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::import::{Part, Parts};

/// Compares the parts of an object with its content.
#[derive(Default)]
pub(super) struct Tiling {
    /// The content as it came.
    content: Arc<Mutex<Told>>,
    /// What parts have of it, what lies between them, and what was passed over.
    covered: Arc<Mutex<Told>>,
    /// Whether the part before names what is left out behind it.
    is_named: bool,
}

/// Bytes that were told, one after another.
#[derive(Default)]
struct Told {
    sha256: Sha256,
    bytes: u64,
    /// Where bytes were passed over since the last part.
    left_out: Option<u64>,
    is_over: bool,
}

/// Content that is in no part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Untiled {
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Tiling {
    /// The same parts, seen as they are cut.
    pub(super) fn watch(&self, parts: Parts) -> Parts {
        let (told, covered) = (Arc::clone(&self.content), Arc::clone(&self.covered));
        parts.watched(
            |content| Box::new(Watched { content, told }),
            move |bytes| {
                let mut covered = lock(&covered);
                covered.left_out = covered.left_out.or(Some(covered.bytes));
                covered.add(bytes);
            },
        )
    }

    /// Adds the next part.
    pub(super) fn cover(&mut self, part: &Part) -> Result<(), Untiled> {
        let mut covered = lock(&self.covered);
        let text = part.content.get(part.opening..part.content.len() - part.closing).unwrap_or_default();
        let length = (text.len() + part.between.len()) as u64;
        let (start, end) = part.range.unwrap_or((0, length));
        if let Some(left_out) = covered.left_out.take().filter(|_| !self.is_named) {
            return Err(Untiled { start: left_out, end: start });
        }
        if start != covered.bytes
            || end.checked_sub(start) != Some(length)
            || !part.between.iter().all(|byte| is_between(*byte))
        {
            return Err(Untiled { start: covered.bytes, end });
        }
        covered.add(text);
        covered.add(&part.between);
        self.is_named = part.damage.is_some();
        Ok(())
    }

    /// That there is nothing but what the parts were, when there are no more.
    pub(super) fn finish(&self) -> Result<(), Untiled> {
        let (content, covered) = (lock(&self.content), lock(&self.covered));
        let is_read = content.is_over || self.is_named;
        if is_read && content.bytes == covered.bytes && content.hash() == covered.hash() {
            return Ok(());
        }
        let start = if content.bytes == covered.bytes { 0 } else { covered.bytes };
        Err(Untiled { start, end: content.bytes })
    }
}

impl Told {
    fn add(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    fn hash(&self) -> [u8; 32] {
        self.sha256.clone().finalize().into()
    }
}

/// Whether a byte may stand between two parts.
fn is_between(byte: u8) -> bool {
    byte == b',' || byte.is_ascii_whitespace()
}

fn lock(told: &Mutex<Told>) -> MutexGuard<'_, Told> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells what is read.
struct Watched {
    content: Box<dyn Read + Send>,
    told: Arc<Mutex<Told>>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer);
        let bytes = read.as_ref().map_or(0, |bytes| *bytes);
        let mut told = lock(&self.told);
        told.add(&buffer[..bytes]);
        told.is_over |= bytes == 0 && !buffer.is_empty();
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
        let mut parts = tiling.watch(parts);
        (std::iter::from_fn(|| parts.next()).collect(), tiling)
    }

    fn check(parts: &[Part], mut tiling: Tiling) -> Result<(), Untiled> {
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
                assert_eq!(check(&parts, tiling), Ok(()), "{}", String::from_utf8_lossy(&content));
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
            check(&parts, tiling).is_err()
        };
        assert!(change(|parts| parts[2].between[0] = b'1'));
        assert!(change(|parts| _ = parts.remove(2)));
        assert!(change(|parts| _ = parts.pop()));
        assert!(change(|parts| parts[2].content.truncate(100)));
        assert!(change(|parts| parts[2].content[50] ^= 1));
        assert!(change(|parts| parts[2].range = parts[2].range.map(|(start, end)| (start + 1, end))));
        assert!(change(|parts| parts.swap(1, 2)));
        assert!(!change(|_| ()));
    }

    #[test]
    fn content_may_be_passed_over_behind_the_part_that_says_so() {
        let part = |range, content: &str, damage| Part {
            range: Some(range),
            content: content.into(),
            opening: 0,
            closing: 0,
            between: Vec::new(),
            first_element: 0,
            damage,
            sha256: [0; 32],
            stored_bytes: 0,
        };
        let damage = Damage { expected: "a record of at most 1 byte".to_owned(), found: "one of 9".to_owned() };
        for (damage, is_tiled) in [(Some(damage), true), (None, false)] {
            let mut tiling = Tiling::default();
            lock(&tiling.content).add(b"[1,2,\"too long\",3]");
            lock(&tiling.content).is_over = true;
            tiling.cover(&part((0, 8), "[1,2,\"to", damage)).unwrap();
            lock(&tiling.covered).left_out = Some(8);
            lock(&tiling.covered).add(b"o long\",");
            let rest = tiling.cover(&part((16, 18), "3]", None));
            assert_eq!(rest.and_then(|()| tiling.finish()).is_ok(), is_tiled);
        }
    }
}
