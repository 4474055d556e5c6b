//! How often each value of a column stands in a row group: counts by a column are sums of these, and no row is read.
//!
//! Of each column with few values its texts are counted, of `eventTime` the minutes. The counts stand in the data file
//! itself, behind each row group and its index of values; the key [`FOOTER_KEY`] of the footer's metadata says where:
//!
//! ```text
//! [[{"column":"awsRegion","offset":8123,"bytes":61},…],…]
//! ```
//!
//! A column's counts are compressed with zstd. Numbers are varints:
//!
//! ```text
//! nulls, values, and of each value  count, length, text
//! nulls, minutes, and of each minute  count, distance from the one before (zigzag; the first from 1970 UTC)
//! ```
//!
//! Minutes come as the rows do, so that where none is NULL they also say in which minute each row is. All together are
//! about a thousandth of the data file.

use std::io;
use std::ops::Range;

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::TimestampMicrosecondType;
use serde::{Deserialize, Serialize};

use crate::varint;

/// The key of the footer's metadata.
pub(crate) const FOOTER_KEY: &str = "traillake.valueCounts";

/// Of columns with more values, reading the counts would take as long as reading the codes of rows.
const VALUES_MAX: usize = 4_096;
/// What the texts of a column may take before compression.
const BYTES_MAX: usize = 128 << 10;
const MINUTE_MICROS: i64 = 60_000_000;
const MINUTE_MILLIS: i64 = 60_000;

/// Where the counts of a data file stand, row group by row group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueCounts(Vec<Vec<Place>>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    column: String,
    offset: u64,
    bytes: u64,
}

impl ValueCounts {
    /// Reads what a footer says of a file's row groups; `None` where it says nothing usable.
    pub fn of_footer(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The key of the footer's metadata that [`of_footer`](Self::of_footer) reads.
    pub fn footer_key() -> &'static str {
        FOOTER_KEY
    }

    /// The part of the file that has the counts of a column in a row group; `None` where they are not kept.
    pub fn range(&self, row_group: usize, column: &str) -> Option<Range<u64>> {
        let place = self.0.get(row_group)?.iter().find(|place| place.column == column)?;
        Some(place.offset..place.offset.checked_add(place.bytes)?)
    }

    pub(crate) fn begin_row_group(&mut self) {
        self.0.push(Vec::new());
    }

    pub(crate) fn add(&mut self, column: &str, offset: u64, bytes: usize) {
        if let Some(group) = self.0.last_mut() {
            group.push(Place { column: column.to_owned(), offset, bytes: bytes as u64 });
        }
    }
}

/// The counts of a column of texts, before compression; `None` of one that has too many.
pub(crate) fn encode_texts<'a>(nulls: u64, values: impl ExactSizeIterator<Item = (&'a str, u64)>) -> Option<Vec<u8>> {
    if values.len() > VALUES_MAX {
        return None;
    }
    let mut bytes = Vec::new();
    varint::write(nulls, &mut bytes);
    varint::write(values.len() as u64, &mut bytes);
    for (text, count) in values {
        varint::write(count, &mut bytes);
        varint::write(text.len() as u64, &mut bytes);
        bytes.extend_from_slice(text.as_bytes());
        if bytes.len() > BYTES_MAX {
            return None;
        }
    }
    Some(bytes)
}

/// The minutes of a column of instants, as its rows come.
#[derive(Debug, Default)]
pub(crate) struct Minutes {
    nulls: u64,
    /// Rows that follow one another are mostly of one minute.
    runs: Vec<(i64, u64)>,
    is_incomplete: bool,
}

impl Minutes {
    pub(crate) fn add(&mut self, rows: &ArrayRef) {
        let Some(micros) = rows.as_primitive_opt::<TimestampMicrosecondType>() else {
            self.is_incomplete = true;
            return;
        };
        for micros in micros {
            let Some(micros) = micros else {
                self.nulls += 1;
                continue;
            };
            let minute = micros.div_euclid(MINUTE_MICROS);
            match self.runs.last_mut() {
                Some((last, count)) if *last == minute => *count += 1,
                _ => self.runs.push((minute, 1)),
            }
            // Of times in no order there may be one for each row.
            self.is_incomplete |= self.runs.len() > VALUES_MAX;
        }
    }

    /// The counts before compression; `None` of rows whose times are in no order, or of more minutes than three days
    /// have.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        if self.is_incomplete {
            return None;
        }
        let mut bytes = Vec::new();
        varint::write(self.nulls, &mut bytes);
        varint::write(self.runs.len() as u64, &mut bytes);
        let mut before = 0_i64;
        for (minute, count) in &self.runs {
            varint::write(*count, &mut bytes);
            let distance = minute.wrapping_sub(before);
            varint::write((distance << 1 ^ distance >> (i64::BITS - 1)).cast_unsigned(), &mut bytes);
            before = *minute;
        }
        Some(bytes)
    }
}

/// Reads counts as data files keep them.
pub struct CountsReader {
    zstd: zstd::bulk::Decompressor<'static>,
    bytes: Vec<u8>,
}

impl CountsReader {
    /// A reader; it keeps a quarter of a megabyte of memory.
    ///
    /// # Errors
    ///
    /// Those of setting up zstd: no memory is left.
    pub fn new() -> io::Result<Self> {
        Ok(Self { zstd: zstd::bulk::Decompressor::new()?, bytes: Vec::new() })
    }

    /// The counts of a column of texts: each text, or NULL, and how many rows have it. `None` where they are damaged.
    pub fn texts(&mut self, counts: &[u8]) -> Option<Vec<(Option<Box<str>>, u64)>> {
        let mut left = self.decompressed(counts)?;
        let (nulls, values) = (varint::read(&mut left)?, varint::read(&mut left)?);
        let mut counts = vec![(None, nulls)];
        for _ in 0..values {
            let (count, length) = (varint::read(&mut left)?, varint::read(&mut left)?);
            let (text, rest) = left.split_at_checked(usize::try_from(length).ok()?)?;
            left = rest;
            counts.push((Some(str::from_utf8(text).ok()?.into()), count));
        }
        left.is_empty().then_some(counts)
    }

    /// The beginnings of minutes in milliseconds since 1970 UTC, or NULL, and how many rows have a time in that minute,
    /// as the rows come, behind those that have none: one may come several times. `None` where they are damaged.
    pub fn minutes(&mut self, counts: &[u8]) -> Option<Vec<(Option<i64>, u64)>> {
        let mut left = self.decompressed(counts)?;
        let (nulls, minutes) = (varint::read(&mut left)?, varint::read(&mut left)?);
        let mut counts = vec![(None, nulls)];
        let mut minute = 0_i64;
        for _ in 0..minutes {
            let (count, distance) = (varint::read(&mut left)?, varint::read(&mut left)?);
            let distance = (distance >> 1).cast_signed() ^ -(distance & 1).cast_signed();
            minute = minute.checked_add(distance)?;
            counts.push((Some(minute.checked_mul(MINUTE_MILLIS)?), count));
        }
        left.is_empty().then_some(counts)
    }

    fn decompressed(&mut self, compressed: &[u8]) -> Option<&[u8]> {
        self.bytes.clear();
        self.bytes.reserve(BYTES_MAX + VALUES_MAX * 32);
        self.zstd.decompress_to_buffer(compressed, &mut self.bytes).ok()?;
        Some(&self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::TimestampMicrosecondArray;
    use proptest::prelude::*;

    use super::*;

    fn reader() -> CountsReader {
        CountsReader::new().unwrap()
    }

    fn packed(bytes: Option<Vec<u8>>) -> Vec<u8> {
        zstd::bulk::compress(&bytes.unwrap(), 1).unwrap()
    }

    proptest! {
        #[test]
        fn texts_come_back(nulls in any::<u64>(), values in prop::collection::btree_map("\\PC{0,9}", any::<u64>(), 0..30)) {
            let texts = values.iter().map(|(text, count)| (text.as_str(), *count));
            let decoded = reader().texts(&packed(encode_texts(nulls, texts))).unwrap();
            let expected = values.iter().map(|(text, count)| (Some(text.as_str().into()), *count));
            prop_assert_eq!(decoded, [(None, nulls)].into_iter().chain(expected).collect::<Vec<_>>());
        }

        #[test]
        fn minutes_come_back(micros in prop::collection::vec(prop::option::of(any::<i64>()), 0..40)) {
            let mut minutes = Minutes::default();
            for part in micros.chunks(7) {
                minutes.add(&(Arc::new(TimestampMicrosecondArray::from(part.to_vec())) as ArrayRef));
            }
            let decoded = reader().minutes(&packed(minutes.encode())).unwrap();
            let rows = decoded.into_iter().flat_map(|(minute, count)| std::iter::repeat_n(minute, count as usize));
            let (mut rows, mut expected): (Vec<_>, Vec<_>) =
                (rows.collect(), micros.iter().map(|micros| Some(micros.as_ref()?.div_euclid(MINUTE_MICROS) * MINUTE_MILLIS)).collect());
            rows.sort();
            expected.sort();
            prop_assert_eq!(rows, expected);
        }

        #[test]
        fn damage_is_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut reader = reader();
            let _ = (reader.texts(&bytes), reader.minutes(&bytes));
            let bytes = packed(Some(bytes));
            let _ = (reader.texts(&bytes), reader.minutes(&bytes));
        }
    }

    #[test]
    fn many_values_are_not_counted() {
        let texts: Vec<String> = (0..=VALUES_MAX).map(|value| value.to_string()).collect();
        assert!(encode_texts(0, texts.iter().map(|text| (text.as_str(), 1))).is_none());
        let long = "x".repeat(BYTES_MAX);
        assert!(encode_texts(0, [(long.as_str(), 1)].into_iter()).is_none());
    }

    #[test]
    fn the_footer_says_where_counts_are() {
        let mut counts = ValueCounts::default();
        counts.begin_row_group();
        counts.add("awsRegion", 100, 20);
        let text = serde_json::to_string(&counts).unwrap();
        assert_eq!(text, r#"[[{"column":"awsRegion","offset":100,"bytes":20}]]"#);
        let counts = ValueCounts::of_footer(&text).unwrap();
        assert_eq!(counts.range(0, "awsRegion"), Some(100..120));
        assert_eq!((counts.range(0, "eventName"), counts.range(1, "awsRegion")), (None, None));
    }
}
