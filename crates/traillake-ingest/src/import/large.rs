//! Large objects, read in parts.
//!
//! Files of JSON lines and pipes may be of any length. One that is longer than [`LARGE_BYTES`] is cut between
//! lines into parts of about [`PART_BYTES`]; each part is an object of its own in the ledger, named
//! `URI#bytes=START-END` after its place in the inflated content, so that memory stays bounded and a stopped import
//! goes on at the part where it stopped. Documents of another form are read whole, up to
//! [`INFLATED_BYTES_MAX`](crate::inflate::INFLATED_BYTES_MAX).

use std::io::{self, Read};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use traillake_event::json::Cursor;

use crate::inflate::{Damage, INFLATED_BYTES_MAX, Packing, broken, too_large};

/// The most stored bytes of an object that is read at once.
pub(super) const LARGE_BYTES: u64 = 32 << 20;
/// The content of a part, but for the end of its last line.
const PART_BYTES: usize = 128 << 20;
/// How many lines are tried for a cut.
const CUTS_TRIED: usize = 64;

/// The content of a large object, part by part.
pub(super) struct Parts {
    content: Box<dyn Read + Send>,
    packing: Packing,
    stored: Arc<Mutex<Stored>>,
    part_bytes: usize,
    /// Read, but not yet handed out.
    ahead: Vec<u8>,
    /// Where `ahead` begins in the content.
    start: u64,
    is_lines: bool,
    is_done: bool,
}

/// What has been read of the stored bytes.
#[derive(Default)]
struct Stored {
    hash: Sha256,
    bytes: u64,
}

/// A run of whole lines, or all of the content.
#[derive(Debug)]
pub(super) struct Part {
    /// Its place in the content; none when it is all of it.
    pub(super) range: Option<(u64, u64)>,
    pub(super) content: Vec<u8>,
    pub(super) damage: Option<Damage>,
    /// Of the stored bytes when it is all of them, else of the content.
    pub(super) sha256: [u8; 32],
    /// Stored bytes read for it.
    pub(super) stored_bytes: u64,
}

impl Parts {
    /// Parts of what `stored` holds, packed or not.
    pub(super) fn new(stored: impl Read + Send + 'static) -> io::Result<Self> {
        Parts::with_part_bytes(stored, PART_BYTES)
    }

    fn with_part_bytes(mut stored: impl Read + Send + 'static, part_bytes: usize) -> io::Result<Self> {
        let mut head = Vec::new();
        stored.by_ref().take(4).read_to_end(&mut head)?;
        let packing = Packing::of(&head);
        let state = Arc::new(Mutex::new(Stored::default()));
        let counted = Counted { inner: io::Cursor::new(head).chain(stored), stored: Arc::clone(&state) };
        let content: Box<dyn Read + Send> = match packing {
            Packing::Plain => Box::new(counted),
            Packing::Gzip => Box::new(flate2::read::MultiGzDecoder::new(counted)),
            Packing::Zstd => Box::new(zstd::stream::read::Decoder::new(counted)?),
        };
        let (ahead, start) = (Vec::new(), 0);
        Ok(Self { content, packing, stored: state, part_bytes, ahead, start, is_lines: false, is_done: false })
    }

    /// The next part; none after the last.
    pub(super) fn next(&mut self) -> Option<Part> {
        if self.is_done {
            return None;
        }
        let damage = self.fill(self.part_bytes);
        if self.start == 0 {
            self.is_lines = self.ahead.split(|byte| *byte == b'\n').next().is_some_and(is_object);
        }
        if damage.is_none() && self.ahead.len() >= self.part_bytes {
            match self.cut() {
                Some(cut) => return Some(self.part(cut, None)),
                None => {
                    let damage = self.fill(INFLATED_BYTES_MAX);
                    let is_over = damage.is_none() && self.ahead.len() >= INFLATED_BYTES_MAX;
                    self.is_done = true;
                    return Some(
                        self.part(self.ahead.len(), damage.or(is_over.then(|| too_large(INFLATED_BYTES_MAX)))),
                    );
                }
            }
        }
        self.is_done = true;
        (self.start == 0 || !self.ahead.is_empty() || damage.is_some()).then(|| self.part(self.ahead.len(), damage))
    }

    /// Reads until so many bytes are ahead, or to the end.
    fn fill(&mut self, bytes: usize) -> Option<Damage> {
        let missing = bytes.saturating_sub(self.ahead.len()) as u64;
        let read = self.content.by_ref().take(missing).read_to_end(&mut self.ahead);
        let inflated = self.start + self.ahead.len() as u64;
        read.err().map(|error| broken(self.packing.name(), &error, inflated))
    }

    /// Where the last whole line ends; none when the content is no JSON lines.
    fn cut(&self) -> Option<usize> {
        let mut end = self.ahead.len();
        for _ in 0..CUTS_TRIED {
            if !self.is_lines {
                break;
            }
            end = self.ahead[..end].iter().rposition(|byte| *byte == b'\n')?;
            let line = self.ahead[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |before| before + 1);
            if is_object(&self.ahead[line..end]) {
                return Some(end + 1);
            }
        }
        None
    }

    fn part(&mut self, end: usize, damage: Option<Damage>) -> Part {
        let rest = self.ahead.split_off(end);
        let content = mem::replace(&mut self.ahead, rest);
        let (start, end) = (self.start, self.start + content.len() as u64);
        let is_all = start == 0 && self.is_done;
        self.start = end;
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let sha256 = if is_all { stored.hash.clone().finalize() } else { Sha256::digest(&content) };
        Part {
            range: (!is_all).then_some((start, end)),
            content,
            damage,
            sha256: sha256.into(),
            stored_bytes: mem::take(&mut stored.bytes),
        }
    }
}

/// Counts and hashes what passes.
struct Counted<R> {
    inner: R,
    stored: Arc<Mutex<Stored>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        stored.hash.update(&buffer[..read]);
        stored.bytes += read as u64;
        Ok(read)
    }
}

/// Whether a line is one whole JSON object.
fn is_object(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    line.starts_with(b"{")
        && std::str::from_utf8(line).is_ok_and(|text| {
            let mut cursor = Cursor::new(text);
            cursor.value().is_ok() && cursor.at_end()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(stored: Vec<u8>, part_bytes: usize) -> Vec<Part> {
        let mut parts = Parts::with_part_bytes(io::Cursor::new(stored), part_bytes).unwrap();
        std::iter::from_fn(|| parts.next()).collect()
    }

    fn lines() -> String {
        (0..100).map(|n| format!("{{\"n\":{n},\"text\":\"a\nb\"}}\n{{\"m\":{n}}}\n")).collect()
    }

    #[test]
    fn lines_are_cut_between_lines_and_nothing_is_lost() {
        let text = lines().replace("a\nb", "ab");
        let zst = zstd::stream::encode_all(text.as_bytes(), 3).unwrap();
        for stored in [text.clone().into_bytes(), zst] {
            let stored_bytes = stored.len() as u64;
            let parts = parts(stored, 300);
            assert!(parts.len() > 5);
            let content: Vec<u8> = parts.iter().flat_map(|part| part.content.clone()).collect();
            assert_eq!(content, text.as_bytes());
            assert!(parts.iter().all(|part| part.content.ends_with(b"}\n") && part.damage.is_none()));
            let mut at = 0;
            for part in &parts {
                let (start, end) = part.range.unwrap();
                assert_eq!((start, end - start), (at, part.content.len() as u64));
                at = end;
            }
            assert_eq!(parts.iter().map(|part| part.stored_bytes).sum::<u64>(), stored_bytes);
        }
    }

    #[test]
    fn other_documents_stay_whole() {
        let document = format!("{{\"Records\":[\n{}{{}}]}}", "{\"n\":1},\n".repeat(200)).into_bytes();
        let parts = parts(document.clone(), 300);
        assert_eq!(parts.len(), 1);
        assert_eq!((&parts[0].content, parts[0].range), (&document, None));
        assert_eq!(parts[0].sha256, <[u8; 32]>::from(Sha256::digest(&document)));
    }

    #[test]
    fn a_damaged_stream_ends_in_a_part_that_says_so() {
        let stored = zstd::stream::encode_all(lines().repeat(50).as_bytes(), 3).unwrap();
        let parts = parts(stored[..stored.len() - 20].to_vec(), 1_000);
        let last = parts.last().unwrap();
        assert!(last.damage.is_some());
        assert!(parts[..parts.len() - 1].iter().all(|part| part.damage.is_none()));
    }
}
