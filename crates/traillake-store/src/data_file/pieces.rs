//! What was read of a file, as a file to read from.

use std::ops::Range;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

/// Parts of a file. Who reads elsewhere in it gets an error. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pieces(Arc<[(u64, Bytes)]>);

impl Pieces {
    /// Each part with where in the file it begins.
    pub fn new(mut parts: Vec<(u64, Bytes)>) -> Self {
        parts.sort_unstable_by_key(|(start, _)| *start);
        Self(parts.into())
    }

    /// A part of the file; `None` where it was not read.
    pub fn part(&self, range: &Range<u64>) -> Option<Bytes> {
        let length = usize::try_from(range.end.checked_sub(range.start)?).ok()?;
        self.get_bytes(range.start, length).ok()
    }

    /// All that is there from a place on, to the end of the part it is in.
    pub(super) fn from(&self, start: u64) -> Result<Bytes, ParquetError> {
        let behind = self.0.partition_point(|(begin, _)| *begin <= start);
        let part = behind.checked_sub(1).map(|place| &self.0[place]);
        let bytes = part.and_then(|(begin, bytes)| {
            let at = usize::try_from(start - begin).ok().filter(|at| *at <= bytes.len())?;
            Some(bytes.slice(at..))
        });
        bytes.ok_or_else(|| ParquetError::EOF(format!("byte {start} was not read")))
    }
}

impl Length for Pieces {
    fn len(&self) -> u64 {
        self.0.last().map_or(0, |(start, bytes)| start + bytes.len() as u64)
    }
}

impl ChunkReader for Pieces {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let bytes = self.from(start)?;
        match length <= bytes.len() {
            true => Ok(bytes.slice(..length)),
            false => Err(ParquetError::EOF(format!("no {length} bytes were read from {start} on"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_where_they_are() {
        let file = Pieces::new(vec![(20, Bytes::from_static(b"uvw")), (3, Bytes::from_static(b"defg"))]);
        assert_eq!(file.len(), 23);
        assert_eq!(file.get_bytes(4, 2).unwrap(), "ef");
        assert_eq!(file.get_bytes(20, 3).unwrap(), "uvw");
        for (start, length) in [(0, 1), (2, 2), (4, 4), (8, 1), (19, 1), (21, 3), (24, 0)] {
            assert!(file.get_bytes(start, length).is_err(), "{start} {length}");
        }
    }
}
