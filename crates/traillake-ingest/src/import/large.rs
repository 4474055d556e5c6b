//! Large objects, read in parts.
//!
//! Content longer than [`PART_BYTES`] is cut ([`super::cut`]) into parts of about that size, each a document of its
//! own. A part is an object of its own in the ledger, named `URI#bytes=START-END` after its place in the inflated
//! content, so that memory stays bounded and a stopped import goes on at the part where it stopped. What cannot be cut
//! is read whole up to [`UNCUT_BYTES_MAX`]; a single value beyond that is one reject, and the next part begins behind
//! it.

use std::io::{self, Read};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::cut::{Skip, last_cut};
use crate::decoder::RECORD_BYTES_MAX;
use crate::inflate::{Damage, LAYERS_MAX, Packing, broken, too_large};

/// The most stored bytes of an object that is read at once.
pub(crate) const LARGE_BYTES: u64 = 16 << 20;
/// The content of a part, but for the end of its last value.
const PART_BYTES: usize = 16 << 20;
/// The largest content that is read though there is no place to cut it: some times the largest record.
const UNCUT_BYTES_MAX: usize = 128 << 20;

/// The content of a large object, part by part.
pub(crate) struct Parts {
    content: Box<dyn Read + Send>,
    packing: Packing,
    stored: Arc<Mutex<Stored>>,
    part_bytes: usize,
    /// Read, but not yet handed out.
    ahead: Vec<u8>,
    /// How many bytes at the front of `ahead` are no content: the opening of what was cut.
    opening: usize,
    /// Where the content in `ahead` begins.
    start: u64,
    /// The elements before it, of the array that is cut.
    elements: u64,
    /// Whether it has been cut as JSON lines.
    is_lines: bool,
    /// The value to pass over before the next part.
    skip: Option<Skip>,
    /// Who wants to see it.
    passed_over: Box<PassedOver>,
    is_done: bool,
}

/// Who is told of content that is in no part.
type PassedOver = dyn FnMut(&[u8]) + Send;

/// What has been read of the stored bytes.
#[derive(Default)]
struct Stored {
    hash: Sha256,
    bytes: u64,
}

/// A document: a part of the content, or all of it.
#[derive(Debug)]
pub(crate) struct Part {
    /// Its place in the content; none when it is all of it.
    pub(crate) range: Option<(u64, u64)>,
    pub(crate) content: Vec<u8>,
    /// How many bytes at the front of `content` are an opening said again.
    pub(crate) opening: usize,
    /// How many bytes at its end close what was cut.
    pub(crate) closing: usize,
    /// The content between this part and the next that is in neither: what separates elements.
    pub(crate) between: Vec<u8>,
    /// The place of its first element in the array that is cut.
    pub(crate) first_element: u64,
    pub(crate) damage: Option<Damage>,
    /// Of the stored bytes when it is all of them, else of the content.
    pub(crate) sha256: [u8; 32],
    /// Stored bytes read for it.
    pub(crate) stored_bytes: u64,
}

impl Parts {
    /// Parts of what `stored` holds, packed or not.
    pub(crate) fn new(stored: impl Read + Send + 'static) -> io::Result<Self> {
        Parts::with_part_bytes(stored, PART_BYTES)
    }

    pub(crate) fn with_part_bytes(stored: impl Read + Send + 'static, part_bytes: usize) -> io::Result<Self> {
        let state = Arc::new(Mutex::new(Stored::default()));
        let mut content: Box<dyn Read + Send> = Box::new(Counted { inner: stored, stored: Arc::clone(&state) });
        let mut outermost = Packing::Plain;
        for layer in 0..LAYERS_MAX {
            let (packing, unpacked) = unpack(content, layer == 0)?;
            content = unpacked;
            if packing == Packing::Plain {
                break;
            }
            outermost = if outermost == Packing::Plain { packing } else { outermost };
        }
        Ok(Self {
            content,
            packing: outermost,
            stored: state,
            part_bytes,
            ahead: Vec::new(),
            opening: 0,
            start: 0,
            elements: 0,
            is_lines: false,
            skip: None,
            passed_over: Box::new(|_| ()),
            is_done: false,
        })
    }

    /// The same with the content led through something, before any of it is read; what is passed over is told.
    pub(crate) fn watched(
        self,
        lead: impl FnOnce(Box<dyn Read + Send>) -> Box<dyn Read + Send>,
        passed_over: impl FnMut(&[u8]) + Send + 'static,
    ) -> Self {
        Self { content: lead(self.content), passed_over: Box::new(passed_over), ..self }
    }

    /// The next part; none after the last.
    pub(crate) fn next(&mut self) -> Option<Part> {
        if self.is_done {
            return None;
        }
        if let Some(skip) = self.skip.take() {
            self.pass(skip);
        }
        let mut window = self.part_bytes;
        loop {
            let damage = self.fill(window);
            let goes_on = damage.is_none() && self.ahead.len() >= window;
            if goes_on && let Some(cut) = last_cut(&self.ahead, self.is_lines) {
                self.is_lines |= cut.is_line;
                let mut next = cut.head;
                let opening = next.len();
                next.extend_from_slice(&self.ahead[cut.next..]);
                let consumed = cut.next - self.opening;
                let between = self.ahead[cut.end..cut.next].to_vec();
                self.ahead.truncate(cut.end);
                self.ahead.extend_from_slice(cut.tail.as_bytes());
                let part = Part { between, closing: cut.tail.len(), ..self.part(consumed, None) };
                // The first part of an array counts from its first element, the next ones go on.
                self.elements = if cut.elements > 0 { part.first_element + cut.elements } else { 0 };
                (self.ahead, self.opening) = (next, opening);
                return Some(part);
            }
            let is_over = goes_on && window >= self.uncut_bytes_max();
            if goes_on && !is_over {
                window = (window * 2).min(self.uncut_bytes_max());
                continue;
            }
            self.skip = if is_over { Skip::after(&self.ahead) } else { None };
            self.is_done = self.skip.is_none();
            let is_part = self.start == 0 || self.ahead.len() > self.opening || damage.is_some();
            let damage = damage.or_else(|| match &self.skip {
                Some(_) => Some(Damage {
                    expected: format!("a record of at most {RECORD_BYTES_MAX} bytes"),
                    found: format!("one of more than {window} bytes"),
                }),
                None => is_over.then(|| too_large(window)),
            });
            let consumed = self.ahead.len() - self.opening;
            return is_part.then(|| self.part(consumed, damage));
        }
    }

    /// Passes over the rest of a value too large to be held. Its end is told by brackets and quotes alone.
    fn pass(&mut self, mut skip: Skip) {
        let mut piece = Vec::new();
        loop {
            piece.clear();
            let read = self.content.by_ref().take(1 << 20).read_to_end(&mut piece);
            if let Some((passed, head)) = skip.end(&piece) {
                (self.passed_over)(&piece[..passed]);
                self.start += passed as u64;
                self.opening = head.len();
                self.ahead = head.into_bytes();
                self.ahead.extend_from_slice(&piece[passed..]);
                self.elements += 1;
                return;
            }
            (self.passed_over)(&piece);
            self.start += piece.len() as u64;
            // What is damaged here, and the end, show again when the next part is read.
            if read.is_err() || piece.is_empty() {
                (self.opening, self.ahead) = (0, Vec::new());
                return;
            }
        }
    }

    fn uncut_bytes_max(&self) -> usize {
        UNCUT_BYTES_MAX.max(self.part_bytes)
    }

    /// Reads until so many bytes are ahead, or to the end.
    fn fill(&mut self, bytes: usize) -> Option<Damage> {
        let missing = bytes.saturating_sub(self.ahead.len()) as u64;
        let read = self.content.by_ref().take(missing).read_to_end(&mut self.ahead);
        let inflated = self.start + (self.ahead.len() - self.opening) as u64;
        read.err().map(|error| broken(self.packing.name(), &error, inflated))
    }

    /// Hands out what is ahead, for so many bytes of content.
    fn part(&mut self, consumed: usize, damage: Option<Damage>) -> Part {
        let content = mem::take(&mut self.ahead);
        let (start, end) = (self.start, self.start + consumed as u64);
        let is_all = start == 0 && self.is_done;
        self.start = end;
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let sha256 = if is_all { stored.hash.clone().finalize() } else { Sha256::digest(&content) };
        Part {
            range: (!is_all).then_some((start, end)),
            content,
            opening: self.opening,
            closing: 0,
            between: Vec::new(),
            first_element: self.elements,
            damage,
            sha256: sha256.into(),
            stored_bytes: mem::take(&mut stored.bytes),
        }
    }
}

/// Takes one packing off, told by the first bytes. Of what is stored it is an error when these cannot be read; what
/// cannot be inflated is told when it is read.
fn unpack(mut packed: Box<dyn Read + Send>, is_stored: bool) -> io::Result<(Packing, Box<dyn Read + Send>)> {
    let mut head = Vec::new();
    let read = packed.by_ref().take(4).read_to_end(&mut head);
    let packing = Packing::of(&head);
    let whole = match read {
        Err(error) if is_stored => return Err(error),
        Ok(_) => Box::new(io::Cursor::new(head).chain(packed)) as Box<dyn Read + Send>,
        Err(error) => Box::new(io::Cursor::new(head).chain(Broken(Some(error)))),
    };
    Ok(match packing {
        Packing::Plain => (packing, whole),
        Packing::Gzip => (packing, Box::new(flate2::read::MultiGzDecoder::new(whole))),
        Packing::Zstd => (packing, Box::new(zstd::stream::read::Decoder::new(whole)?)),
    })
}

/// Content that cannot be read.
struct Broken(Option<io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
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
    fn an_array_is_cut_between_its_elements() {
        let elements: Vec<String> = (0..200).map(|n| format!("{{\"n\":{n}}}")).collect();
        let document = format!("{{\"Records\":[\n{}]}}", elements.join(",\n")).into_bytes();
        let parts = parts(document.clone(), 300);
        assert!(parts.len() > 5);
        let (mut at, mut count) = (0, 0);
        for part in &parts {
            let (start, end) = part.range.unwrap();
            assert_eq!((start, part.first_element), (at, count));
            at = end;
            let content: serde_json::Value = serde_json::from_slice(&part.content).unwrap();
            for element in content["Records"].as_array().unwrap() {
                assert_eq!(element["n"], count);
                count += 1;
            }
        }
        assert_eq!((at, count), (document.len() as u64, 200));
    }

    #[test]
    fn what_has_no_place_to_cut_stays_whole() {
        let document = format!("{{\"text\":\"{}\"}}", "x".repeat(1_000)).into_bytes();
        let mut whole = Parts::with_part_bytes(io::Cursor::new(document.clone()), 300).unwrap();
        let part = whole.next().unwrap();
        assert_eq!((&part.content, part.range), (&document, None));
        assert_eq!(part.sha256, <[u8; 32]>::from(Sha256::digest(&document)));
        assert!(whole.next().is_none());
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
