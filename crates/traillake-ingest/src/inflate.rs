//! Stored bytes to the bytes they were packed from, recognised by their first bytes.
//!
//! gzip (any number of members) and zstd (any number of frames) are inflated, packed twice as well; everything
//! else is taken as it is. A stream that is damaged or cut off gives what came before the damage.

use std::borrow::Cow;
use std::fmt;
use std::io::Read;

use flate2::bufread::GzDecoder;
use libdeflater::Decompressor;
use memchr::memmem;

/// The most that [`inflate`] gives of one object: a small file may inflate without bound. What comes after is left
/// out. An import reads content much smaller than this in parts already.
pub const INFLATED_BYTES_MAX: usize = 1 << 30;

const GZIP: &[u8] = b"\x1f\x8b\x08";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
/// How often one object may be packed.
pub(crate) const LAYERS_MAX: usize = 3;
/// Deflate makes at most this many bytes of one.
const DEFLATE_RATIO_MAX: usize = 1_032;

/// An object's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inflated<'a> {
    /// The content, or what of it could be inflated.
    pub bytes: Cow<'a, [u8]>,
    /// Why it is not all of it.
    pub damage: Option<Damage>,
}

/// Why a stream could not be inflated to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// What would have been right.
    pub expected: String,
    /// What is there.
    pub found: String,
}

/// How content is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    /// The packing of content that begins with these bytes.
    pub(crate) fn of(head: &[u8]) -> Self {
        match head {
            head if head.starts_with(GZIP) => Packing::Gzip,
            head if head.starts_with(ZSTD) => Packing::Zstd,
            _ => Packing::Plain,
        }
    }

    /// Its name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Packing::Plain => "readable",
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        }
    }
}

/// Inflates an object's stored bytes. Takes the memory of the content.
pub fn inflate(stored: &[u8]) -> Inflated<'_> {
    inflate_up_to(stored, INFLATED_BYTES_MAX)
}

/// Inflates one object after another into the same memory: to ask the system for the memory of every object anew
/// would cost as much as inflating.
pub(crate) struct Inflater {
    decompressor: Decompressor,
    buffer: Vec<u8>,
}

/// A buffer that has grown beyond this is given back.
const BUFFER_BYTES_KEPT: usize = 16 << 20;

impl Inflater {
    pub(crate) fn new() -> Self {
        Self { decompressor: Decompressor::new(), buffer: Vec::new() }
    }

    /// As [`inflate`], with the memory of the object before; `None` when it is more than so many bytes.
    pub(crate) fn inflate<'a>(&'a mut self, stored: &'a [u8], bytes_max: usize) -> Option<Inflated<'a>> {
        if self.buffer.capacity() > BUFFER_BYTES_KEPT {
            self.buffer = Vec::new();
        }
        if Packing::of(stored) == Packing::Gzip
            && let Some(size) = gzip_member(stored, bytes_max, &mut self.decompressor, &mut self.buffer)
            && Packing::of(&self.buffer[..size]) == Packing::Plain
        {
            return Some(Inflated { bytes: Cow::Borrowed(&self.buffer[..size]), damage: None });
        }
        let inflated = inflate_up_to(stored, bytes_max);
        (inflated.damage != Some(too_large(bytes_max))).then_some(inflated)
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").field("buffer", &self.buffer.capacity()).finish_non_exhaustive()
    }
}

fn inflate_up_to(stored: &[u8], bytes_max: usize) -> Inflated<'_> {
    let mut content = Inflated { bytes: Cow::Borrowed(stored), damage: None };
    for _ in 0..LAYERS_MAX {
        let inflated = match Packing::of(&content.bytes) {
            Packing::Gzip => gzip(&content.bytes, bytes_max),
            Packing::Zstd => zstd(&content.bytes, bytes_max),
            Packing::Plain => break,
        };
        content = Inflated { damage: content.damage.or(inflated.damage), ..inflated };
    }
    if content.bytes.len() > bytes_max {
        let damage = too_large(bytes_max);
        content.damage.get_or_insert(damage);
        match &mut content.bytes {
            Cow::Borrowed(bytes) => *bytes = &bytes[..bytes_max],
            Cow::Owned(bytes) => bytes.truncate(bytes_max),
        }
    }
    content
}

fn gzip(stored: &[u8], bytes_max: usize) -> Inflated<'static> {
    let mut bytes = Vec::new();
    match gzip_member(stored, bytes_max, &mut Decompressor::new(), &mut bytes) {
        Some(_) => Inflated { bytes: Cow::Owned(bytes), damage: None },
        None => gzip_members(stored, bytes_max),
    }
}

/// The fast way, for one whole member that tells its size truly: that size, and the content at the front of
/// `content`. `None` for everything else.
fn gzip_member(
    stored: &[u8],
    bytes_max: usize,
    decompressor: &mut Decompressor,
    content: &mut Vec<u8>,
) -> Option<usize> {
    let size = u32::from_le_bytes(stored.last_chunk().copied()?);
    let size = usize::try_from(size).ok()?;
    let is_alone = memmem::find(&stored[1..], GZIP).is_none();
    if !is_alone || size > bytes_max || size > stored.len().saturating_mul(DEFLATE_RATIO_MAX) {
        return None;
    }
    if content.len() < size {
        content.resize(size, 0);
    }
    let written = decompressor.gzip_decompress(stored, &mut content[..size]).ok()?;
    // A member that is followed by other bytes ends before their last four.
    (written == size && stored.len() >= 18).then_some(size)
}

/// The slow way: member by member, as far as it goes.
fn gzip_members(stored: &[u8], bytes_max: usize) -> Inflated<'static> {
    let mut bytes = Vec::new();
    let mut rest = stored;
    let mut damage = None;
    while rest.starts_with(GZIP) {
        let mut member = GzDecoder::new(rest).take((bytes_max - bytes.len()) as u64 + 1);
        let read = member.read_to_end(&mut bytes);
        if bytes.len() > bytes_max {
            damage = Some(too_large(bytes_max));
            bytes.truncate(bytes_max);
            rest = &[];
        } else if let Err(error) = read {
            damage = Some(broken("gzip", &error, bytes.len() as u64));
            rest = &[];
        } else {
            rest = member.into_inner().into_inner();
        }
    }
    // Tapes and some uploaders fill up with zeros.
    if damage.is_none() && rest.iter().any(|byte| *byte != 0) {
        let found = format!("{} other bytes after a gzip member, {} bytes inflated", rest.len(), bytes.len());
        damage = Some(Damage { expected: "a gzip stream to its end".to_owned(), found });
    }
    Inflated { bytes: Cow::Owned(bytes), damage }
}

fn zstd(stored: &[u8], bytes_max: usize) -> Inflated<'static> {
    let mut bytes = Vec::new();
    let read = zstd::stream::read::Decoder::with_buffer(stored)
        .and_then(|decoder| decoder.take(bytes_max as u64 + 1).read_to_end(&mut bytes));
    let damage = read.err().map(|error| broken("zstd", &error, bytes.len() as u64));
    Inflated { bytes: Cow::Owned(bytes), damage }
}

/// The damage behind an error of a stream after so many bytes.
pub(crate) fn broken(format: &str, error: &std::io::Error, inflated: u64) -> Damage {
    let found = match error.kind() {
        std::io::ErrorKind::UnexpectedEof => format!("its end after {inflated} bytes inflated"),
        _ => format!("damage after {inflated} bytes inflated ({error})"),
    };
    Damage { expected: format!("a whole {format} stream"), found }
}

/// The damage of content beyond a limit.
pub(crate) fn too_large(bytes_max: usize) -> Damage {
    Damage { expected: format!("at most {bytes_max} bytes, inflated"), found: "more than that".to_owned() }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zst(bytes: &[u8]) -> Vec<u8> {
        zstd::stream::encode_all(bytes, 3).unwrap()
    }

    const TEXT: &[u8] = b"{\"Records\":[{\"eventName\":\"a\",\"eventSource\":\"b\"}]}";

    #[test]
    fn whole_streams_of_any_kind_inflate() {
        let twice = [TEXT, TEXT].concat();
        let padded = [gz(TEXT), vec![0; 40]].concat();
        for (stored, content) in [
            (TEXT.to_vec(), TEXT),
            (Vec::new(), b"".as_slice()),
            (gz(TEXT), TEXT),
            (gz(b""), b""),
            ([gz(TEXT), gz(TEXT)].concat(), &twice),
            ([gz(b""), gz(TEXT)].concat(), TEXT),
            (padded, TEXT),
            (zst(TEXT), TEXT),
            ([zst(TEXT), zst(TEXT)].concat(), &twice),
            (gz(&gz(TEXT)), TEXT),
            (gz(&zst(TEXT)), TEXT),
        ] {
            let inflated = inflate(&stored);
            assert_eq!((&*inflated.bytes, &inflated.damage), (content, &None));
        }
    }

    #[test]
    fn a_stream_cut_at_any_byte_keeps_a_prefix_and_says_so() {
        let long: Vec<u8> = (0..40_000u32).flat_map(|n| format!("{n},").into_bytes()).collect();
        for (stored, name) in [(gz(&long), "gzip"), (zst(&long), "zstd")] {
            for cut in (4..stored.len()).step_by(997) {
                let inflated = inflate(&stored[..cut]);
                assert!(long.starts_with(&inflated.bytes), "{cut}");
                assert!(inflated.damage.is_some_and(|damage| damage.expected.contains(name)), "{cut}");
            }
            assert!(!inflate(&stored[..stored.len() - 9]).bytes.is_empty());
        }
    }

    #[test]
    fn a_wrong_checksum_and_trailing_bytes_are_damage() {
        let mut stored = gz(TEXT);
        let crc = stored.len() - 8;
        stored[crc] ^= 1;
        let inflated = inflate(&stored);
        assert_eq!(&*inflated.bytes, TEXT);
        assert!(inflated.damage.is_some());

        let stored = [gz(TEXT), b"garbage".to_vec()].concat();
        let inflated = inflate(&stored);
        assert_eq!(&*inflated.bytes, TEXT);
        assert!(inflated.damage.unwrap().found.contains("7 other bytes"));
    }

    #[test]
    fn what_inflates_without_bound_is_cut() {
        let zeros = vec![b'0'; 100_000];
        for stored in [gz(&zeros), zst(&zeros), zeros.clone()] {
            let inflated = inflate_up_to(&stored, 1_000);
            assert_eq!(inflated.bytes.len(), 1_000);
            assert_eq!(inflated.damage.unwrap().expected, "at most 1000 bytes, inflated");
        }
    }
}
