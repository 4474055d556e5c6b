//! The content of a large object, piece by piece.
//!
//! Files of JSON lines and pipes may be of any length, so they are cut between lines, as an import cuts them. The
//! cutting is written down a second time on purpose: a mistake in how an import cuts would otherwise be made twice, and
//! nobody would see what it lost.

use std::io::{self, Cursor as Bytes, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use traillake_event::json::Cursor;

use crate::inflate::{Damage, INFLATED_BYTES_MAX, Packing, broken, too_large};

/// The content of a piece, but for the end of its last line.
const PIECE_BYTES: usize = 32 << 20;
/// How many lines are tried for a cut.
const CUTS_TRIED: usize = 64;

/// Content that is inflated as it is read.
pub(super) struct Pieces {
    content: Box<dyn Read + Send>,
    packing: Packing,
    stored_bytes: Arc<AtomicU64>,
    piece_bytes: usize,
    /// Inflated, but not yet handed out.
    ahead: Vec<u8>,
    /// Where `ahead` begins in the content.
    start: u64,
    is_done: bool,
}

/// Whole lines, or all that is left.
#[derive(Debug)]
pub(super) struct Piece {
    /// Where it begins in the content.
    pub(super) start: u64,
    pub(super) content: Vec<u8>,
    pub(super) damage: Option<Damage>,
    /// Stored bytes read for it.
    pub(super) stored_bytes: u64,
}

impl Pieces {
    /// Pieces of what `stored` holds, packed or not.
    pub(super) fn new(stored: impl Read + Send + 'static) -> io::Result<Self> {
        Self::of_bytes(stored, PIECE_BYTES)
    }

    fn of_bytes(mut stored: impl Read + Send + 'static, piece_bytes: usize) -> io::Result<Self> {
        let mut head = Vec::new();
        stored.by_ref().take(4).read_to_end(&mut head)?;
        let packing = Packing::of(&head);
        let stored_bytes = Arc::<AtomicU64>::default();
        let counted = Counted { inner: Bytes::new(head).chain(stored), bytes: Arc::clone(&stored_bytes) };
        let content: Box<dyn Read + Send> = match packing {
            Packing::Plain => Box::new(counted),
            Packing::Gzip => Box::new(flate2::read::MultiGzDecoder::new(counted)),
            Packing::Zstd => Box::new(zstd::stream::read::Decoder::new(counted)?),
        };
        Ok(Self { content, packing, stored_bytes, piece_bytes, ahead: Vec::new(), start: 0, is_done: false })
    }

    /// The next piece; none after the last.
    pub(super) fn next(&mut self) -> Option<Piece> {
        if self.is_done {
            return None;
        }
        let mut damage = self.fill(self.piece_bytes);
        if damage.is_none() && self.ahead.len() >= self.piece_bytes {
            if let Some(cut) = self.cut() {
                return Some(self.piece(cut, None));
            }
            // No lines: it must be whole to be read.
            damage = self.fill(INFLATED_BYTES_MAX);
            let is_over = self.ahead.len() >= INFLATED_BYTES_MAX;
            damage = damage.or(is_over.then(|| too_large(INFLATED_BYTES_MAX)));
        }
        self.is_done = true;
        let is_piece = self.start == 0 || !self.ahead.is_empty() || damage.is_some();
        is_piece.then(|| self.piece(self.ahead.len(), damage))
    }

    /// Reads until so many bytes are ahead, or to the end.
    fn fill(&mut self, bytes: usize) -> Option<Damage> {
        let missing = bytes.saturating_sub(self.ahead.len()) as u64;
        let read = self.content.by_ref().take(missing).read_to_end(&mut self.ahead);
        let inflated = self.start + self.ahead.len() as u64;
        read.err().map(|error| broken(self.packing.name(), &error, inflated))
    }

    /// Where the last line ends that is a whole object; none when the content is no JSON lines.
    fn cut(&self) -> Option<usize> {
        let first = self.ahead.split(|byte| *byte == b'\n').next()?;
        if self.start == 0 && !is_object(first) {
            return None;
        }
        let mut end = self.ahead.len();
        for _ in 0..CUTS_TRIED {
            end = self.ahead[..end].iter().rposition(|byte| *byte == b'\n')?;
            let line = self.ahead[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |before| before + 1);
            if is_object(&self.ahead[line..end]) {
                return Some(end + 1);
            }
        }
        None
    }

    fn piece(&mut self, end: usize, damage: Option<Damage>) -> Piece {
        let rest = self.ahead.split_off(end);
        let content = std::mem::replace(&mut self.ahead, rest);
        let start = self.start;
        self.start += content.len() as u64;
        Piece { start, content, damage, stored_bytes: self.stored_bytes.swap(0, Ordering::Relaxed) }
    }
}

/// Counts what passes.
struct Counted<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
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

    fn pieces(stored: Vec<u8>) -> Vec<Piece> {
        let mut pieces = Pieces::of_bytes(Bytes::new(stored), 300).unwrap();
        std::iter::from_fn(|| pieces.next()).collect()
    }

    #[test]
    fn lines_are_cut_between_lines_and_nothing_is_lost() {
        let text: String = (0..100).map(|n| format!("{{\"n\":{n}}}\n")).collect();
        for stored in [text.clone().into_bytes(), zstd::stream::encode_all(text.as_bytes(), 3).unwrap()] {
            let stored_bytes = stored.len() as u64;
            let pieces = pieces(stored);
            assert!(pieces.len() > 2);
            let content: Vec<u8> = pieces.iter().flat_map(|piece| piece.content.clone()).collect();
            assert_eq!(content, text.as_bytes());
            assert!(pieces.iter().all(|piece| piece.content.ends_with(b"}\n") && piece.damage.is_none()));
            assert!(pieces.windows(2).all(|two| two[0].start + two[0].content.len() as u64 == two[1].start));
            assert_eq!(pieces.iter().map(|piece| piece.stored_bytes).sum::<u64>(), stored_bytes);
        }
    }

    #[test]
    fn other_documents_stay_whole_and_damage_is_told() {
        let document = format!("{{\"Records\":[\n{}{{}}]}}", "{\"n\":1},\n".repeat(200)).into_bytes();
        assert_eq!(pieces(document.clone()).len(), 1);
        let stored = zstd::stream::encode_all(document.as_slice(), 3).unwrap();
        assert!(pieces(stored[..stored.len() - 9].to_vec())[0].damage.is_some());
    }
}
