//! The header of a page: a struct of Thrift's compact protocol.
//!
//! The struct: <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>, `PageHeader`. The
//! protocol: <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>.

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::Page;

use crate::varint;

/// What a header says of its page.
pub(super) struct PageHeader {
    pub(super) unpacked_bytes: usize,
    pub(super) packed_bytes: usize,
    pub(super) body: Body,
}

/// The kind of a page.
pub(super) enum Body {
    Dictionary {
        values: u32,
        encoding: Encoding,
    },
    Rows {
        values: u32,
        encoding: Encoding,
        definitions: Encoding,
        repetitions: Encoding,
    },
    RowsV2 {
        values: u32,
        nulls: u32,
        rows: u32,
        encoding: Encoding,
        definitions: u32,
        levels_bytes: usize,
        is_packed: bool,
    },
}

impl PageHeader {
    /// Takes a header from the front; `None` where there is none, or one of a page that is none of ours.
    pub(super) fn read(from: &mut &[u8]) -> Option<Self> {
        let (mut unpacked, mut packed, mut body) = (None, None, None);
        each_field(from, |id, kind, from| {
            match (id, kind) {
                (2, I32) => unpacked = Some(size(number(from)?)?),
                (3, I32) => packed = Some(size(number(from)?)?),
                (5, STRUCT) => body = Some(Fields::read(from)?.rows()?),
                (7, STRUCT) => body = Some(Fields::read(from)?.dictionary()?),
                (8, STRUCT) => body = Some(Fields::read(from)?.rows_v2()?),
                _ => skip(kind, from, NESTED_MAX)?,
            }
            Some(())
        })?;
        Some(Self { unpacked_bytes: unpacked?, packed_bytes: packed?, body: body? })
    }
}

impl Body {
    /// The page, once its bytes are unpacked.
    pub(super) fn page(self, buf: Bytes) -> Page {
        match self {
            Body::Dictionary { values, encoding } => {
                Page::DictionaryPage { buf, num_values: values, encoding, is_sorted: false }
            }
            Body::Rows { values, encoding, definitions, repetitions } => Page::DataPage {
                buf,
                num_values: values,
                encoding,
                def_level_encoding: definitions,
                rep_level_encoding: repetitions,
                statistics: None,
            },
            Body::RowsV2 { values, nulls, rows, encoding, definitions, levels_bytes, is_packed } => Page::DataPageV2 {
                buf,
                num_values: values,
                encoding,
                num_nulls: nulls,
                num_rows: rows,
                def_levels_byte_len: definitions,
                rep_levels_byte_len: u32::try_from(levels_bytes).unwrap_or_default().saturating_sub(definitions),
                is_compressed: is_packed,
                statistics: None,
            },
        }
    }
}

/// The numbers in a struct of numbers, by their ids from 1 on, and its flag.
#[derive(Default)]
struct Fields {
    numbers: [Option<i64>; 7],
    flag: Option<bool>,
}

impl Fields {
    fn read(from: &mut &[u8]) -> Option<Self> {
        let mut fields = Self::default();
        each_field(from, |id, kind, from| {
            match kind {
                TRUE | FALSE => fields.flag = Some(kind == TRUE),
                I32 if let Some(place) = usize::try_from(id).ok()?.checked_sub(1).filter(|place| *place < 7) => {
                    fields.numbers[place] = Some(number(from)?);
                }
                _ => skip(kind, from, NESTED_MAX)?,
            }
            Some(())
        })?;
        Some(fields)
    }

    fn number(&self, id: usize) -> Option<u32> {
        u32::try_from(self.numbers[id - 1]?).ok()
    }

    fn encoding(&self, id: usize) -> Option<Encoding> {
        Some(match self.number(id)? {
            0 => Encoding::PLAIN,
            2 => Encoding::PLAIN_DICTIONARY,
            3 => Encoding::RLE,
            5 => Encoding::DELTA_BINARY_PACKED,
            6 => Encoding::DELTA_LENGTH_BYTE_ARRAY,
            7 => Encoding::DELTA_BYTE_ARRAY,
            8 => Encoding::RLE_DICTIONARY,
            9 => Encoding::BYTE_STREAM_SPLIT,
            _ => return None,
        })
    }

    fn dictionary(&self) -> Option<Body> {
        Some(Body::Dictionary { values: self.number(1)?, encoding: self.encoding(2)? })
    }

    fn rows(&self) -> Option<Body> {
        let (encoding, definitions) = (self.encoding(2)?, self.encoding(3)?);
        Some(Body::Rows { values: self.number(1)?, encoding, definitions, repetitions: self.encoding(4)? })
    }

    fn rows_v2(&self) -> Option<Body> {
        let (definitions, repetitions) = (self.number(5)?, self.number(6)?);
        Some(Body::RowsV2 {
            values: self.number(1)?,
            nulls: self.number(2)?,
            rows: self.number(3)?,
            encoding: self.encoding(4)?,
            definitions,
            levels_bytes: definitions.checked_add(repetitions)? as usize,
            is_packed: self.flag.unwrap_or(true),
        })
    }
}

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const STRUCT: u8 = 12;

/// Structs within structs; a header has statistics in one.
const NESTED_MAX: u8 = 4;

/// Gives each field of a struct, its id and type, to who takes its value from the front.
fn each_field(from: &mut &[u8], mut take: impl FnMut(i64, u8, &mut &[u8]) -> Option<()>) -> Option<()> {
    let mut id = 0_i64;
    loop {
        let head = byte(from)?;
        if head == 0 {
            return Some(());
        }
        id = match head >> 4 {
            0 => number(from)?,
            distance => id.checked_add(i64::from(distance))?,
        };
        take(id, head & 0x0f, from)?;
    }
}

fn skip(kind: u8, from: &mut &[u8], nested: u8) -> Option<()> {
    match kind {
        TRUE | FALSE => {}
        BYTE => _ = byte(from)?,
        I16 | I32 | I64 => _ = number(from)?,
        DOUBLE => *from = from.split_at_checked(8)?.1,
        BINARY => {
            let bytes = usize::try_from(varint::read(from)?).ok()?;
            *from = from.split_at_checked(bytes)?.1;
        }
        LIST | SET if nested > 0 => {
            let head = byte(from)?;
            let count = if head >> 4 == 0x0f { varint::read(from)? } else { u64::from(head >> 4) };
            for _ in 0..count {
                match head & 0x0f {
                    // In a list each takes a byte.
                    TRUE | FALSE => _ = byte(from)?,
                    kind => skip(kind, from, nested - 1)?,
                }
            }
        }
        STRUCT if nested > 0 => each_field(from, |_, kind, from| skip(kind, from, nested - 1))?,
        _ => return None,
    }
    Some(())
}

fn byte(from: &mut &[u8]) -> Option<u8> {
    let (byte, rest) = from.split_first()?;
    *from = rest;
    Some(*byte)
}

/// A number whose sign is its lowest bit.
fn number(from: &mut &[u8]) -> Option<i64> {
    let number = varint::read(from)?;
    Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
}

fn size(number: i64) -> Option<usize> {
    usize::try_from(i32::try_from(number).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn unknown_fields_are_passed_over() {
        let header = [
            0x15, 0x00, // 1: a page of rows
            0x15, 0x14, // 2: 10 bytes
            0x15, 0x0e, // 3: 7 bytes
            0x15, 0x01, // 4: a checksum
            0x1c, 0x15, 0x06, 0x15, 0x10, 0x15, 0x06, 0x15, 0x06, // 5: 3 rows, codes
            0x1c, 0x18, 0x02, b'a', b'b', 0x00, 0x00, // its statistics
            0x4c, 0x19, 0x25, 0x02, 0x04, 0x17, 1, 2, 3, 4, 5, 6, 7, 8, 0x00, // 9: who knows
            0x00, 0xff,
        ];
        let mut left = header.as_slice();
        let read = PageHeader::read(&mut left).unwrap();
        assert_eq!((read.unpacked_bytes, read.packed_bytes, left), (10, 7, [0xff].as_slice()));
        let Body::Rows { values: 3, encoding: Encoding::RLE_DICTIONARY, definitions: Encoding::RLE, .. } = read.body
        else {
            panic!("another body");
        };
        for end in 0..header.len() - 1 {
            assert!(PageHeader::read(&mut &header[..end]).is_none(), "{end}");
        }
    }

    proptest! {
        #[test]
        fn damage_is_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = PageHeader::read(&mut bytes.as_slice());
        }
    }
}
