//! Numbers of few bits as Parquet's hybrid of run lengths and bit packing.
//!
//! The encoding: <https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE>.

use crate::varint;

/// Numbers are packed in groups of so many.
const GROUP: usize = 8;
/// A shorter run costs less packed.
const RUN_MIN: usize = 2 * GROUP;

/// Appends numbers of at most 32 bits.
pub(super) fn encode(numbers: &[u32], bits: u32, to: &mut Vec<u8>) {
    // Packed numbers are a whole number of groups, apart from the last ones, so that a run gives some of its own to them.
    let (mut packed, mut at) = (0, 0);
    while at < numbers.len() {
        let run = numbers[at..].iter().take_while(|number| **number == numbers[at]).count();
        let given = (at - packed).next_multiple_of(GROUP) - (at - packed);
        if run >= RUN_MIN + given {
            pack(&numbers[packed..at + given], bits, to);
            write_run(numbers[at], run - given, bits, to);
            packed = at + run;
        }
        at += run;
    }
    pack(&numbers[packed..], bits, to);
}

fn write_run(number: u32, length: usize, bits: u32, to: &mut Vec<u8>) {
    varint::write((length as u64) << 1, to);
    to.extend_from_slice(&number.to_le_bytes()[..bits.div_ceil(8) as usize]);
}

/// Appends numbers by their bits alone, the first one's lowest bit first, and zeros up to a whole group.
fn pack(numbers: &[u32], bits: u32, to: &mut Vec<u8>) {
    if numbers.is_empty() {
        return;
    }
    let groups = numbers.len().div_ceil(GROUP);
    varint::write((groups as u64) << 1 | 1, to);
    let end = to.len() + groups * bits as usize;
    let (mut waiting, mut count) = (0_u64, 0);
    for number in numbers {
        waiting |= u64::from(*number) << count;
        count += bits;
        while count >= u32::BITS {
            to.extend_from_slice(&(waiting as u32).to_le_bytes());
            waiting >>= u32::BITS;
            count -= u32::BITS;
        }
    }
    to.extend_from_slice(&waiting.to_le_bytes()[..count.div_ceil(8) as usize]);
    to.resize(end, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(numbers: &[u32], bits: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(numbers, bits, &mut bytes);
        bytes
    }

    #[test]
    fn the_example_of_the_format_is_packed_as_it_says() {
        assert_eq!(encoded(&[0, 1, 2, 3, 4, 5, 6, 7], 3), [0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010]);
    }

    #[test]
    fn runs_are_told_apart() {
        assert_eq!(encoded(&[5; 100], 3), [200, 1, 5]);
        assert_eq!(encoded(&[300; 100], 9), [200, 1, 44, 1]);
        // Three numbers, and five of the run, are one group.
        let numbers = [&[1, 2, 3][..], &[7; 25]].concat();
        assert_eq!(encoded(&numbers, 3), [0b11, 0b1101_0001, 0b1111_1110, 0b1111_1111, 40, 7]);
        assert_eq!(encoded(&[0; 40], 0), [80]);
        assert!(encoded(&[], 4).is_empty());
    }

    #[test]
    fn what_is_packed_ends_with_its_group() {
        assert_eq!(encoded(&[1, 0, 1], 1), [0b11, 0b101]);
        assert_eq!(encoded(&[u32::MAX], 32).len(), 1 + 32);
    }
}
