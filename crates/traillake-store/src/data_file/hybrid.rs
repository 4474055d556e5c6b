//! Numbers of few bits as Parquet's hybrid of run lengths and bit packing.
//!
//! The encoding: <https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE>.

use arrow::array::BooleanBufferBuilder;

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
            encode_run(numbers[at], run - given, bits, to);
            packed = at + run;
        }
        at += run;
    }
    pack(&numbers[packed..], bits, to);
}

/// Appends one number so many times, at least once.
pub(super) fn encode_run(number: u32, length: usize, bits: u32, to: &mut Vec<u8>) {
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

/// A run of one number, or of packed ones.
enum Run<'a> {
    Alike(usize, u32),
    /// So many numbers, or a few more, in their bits.
    Packed(usize, &'a [u8]),
}

/// Takes a run from the front; `None` where there is no whole one.
fn run<'a>(from: &mut &'a [u8], bits: u32) -> Option<Run<'a>> {
    let head = varint::read(from)?;
    let length = usize::try_from(head >> 1).ok()?;
    if head & 1 == 0 {
        let (bytes, rest) = from.split_at_checked(bits.div_ceil(8) as usize)?;
        *from = rest;
        let number = bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte));
        return (length > 0).then_some(Run::Alike(length, number));
    }
    let (packed, rest) = from.split_at_checked(length.checked_mul(bits as usize)?)?;
    *from = rest;
    (length > 0).then_some(Run::Packed(length.checked_mul(GROUP)?, packed))
}

/// Appends so many numbers of at most 32 bits; `None` where there are fewer.
pub(super) fn decode(mut from: &[u8], bits: u32, count: usize, to: &mut Vec<u32>) -> Option<()> {
    if bits > u32::BITS {
        return None;
    }
    let end = to.len() + count;
    // A packed number may be looked at with up to seven bytes behind it.
    let mut padded = Vec::new();
    while to.len() < end {
        match run(&mut from, bits)? {
            Run::Alike(length, number) => to.resize(end.min(to.len().checked_add(length)?), number),
            Run::Packed(length, packed) => {
                padded.clear();
                padded.extend_from_slice(packed);
                padded.resize(packed.len() + size_of::<u64>(), 0);
                unpack(&padded, bits as usize, length.div_ceil(GROUP).min((end - to.len()).div_ceil(GROUP)), to);
                // The last group may have numbers that nobody asked for.
                to.truncate(end);
            }
        }
    }
    Some(())
}

/// Appends the numbers at some rising places; `None` where there are fewer.
pub(super) fn pick(
    mut from: &[u8],
    bits: u32,
    places: impl IntoIterator<Item = usize>,
    to: &mut Vec<u32>,
) -> Option<()> {
    if bits > u32::BITS {
        return None;
    }
    // The run at hand, and where it begins and ends.
    let (mut at, mut start, mut end) = (None, 0, 0);
    for place in places {
        while place >= end {
            let next = run(&mut from, bits)?;
            start = end;
            end = start.checked_add(next.length())?;
            at = Some(next);
        }
        to.push(at.as_ref()?.number(place.checked_sub(start)?, bits as usize));
    }
    Some(())
}

impl Run<'_> {
    fn length(&self) -> usize {
        match self {
            Run::Alike(length, _) | Run::Packed(length, _) => *length,
        }
    }

    /// One of its numbers.
    fn number(&self, place: usize, bits: usize) -> u32 {
        match self {
            Run::Alike(_, number) => *number,
            Run::Packed(_, packed) => {
                let bit = place * bits;
                let bytes = packed.get(bit / 8..).unwrap_or_default();
                let word = bytes.first_chunk().map_or_else(
                    || bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
                    |bytes| u64::from_le_bytes(*bytes),
                );
                (word >> (bit % 8)) as u32 & mask(bits)
            }
        }
    }
}

/// The bits of a number.
fn mask(bits: usize) -> u32 {
    u32::MAX.checked_shr(u32::BITS - bits as u32).unwrap_or(0)
}

/// Appends the numbers of so many groups. Short numbers are taken from one word together: where it begins they share.
fn unpack(padded: &[u8], bits: usize, groups: usize, to: &mut Vec<u32>) {
    let mask = mask(bits);
    let word = |bit: usize| {
        let bytes = padded.get(bit / 8..).and_then(|bytes| bytes.first_chunk());
        bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes)) >> (bit % 8)
    };
    let together = match bits {
        0..=8 => GROUP,
        9..=15 => GROUP / 2,
        _ => 1,
    };
    for group in 0..groups {
        let mut numbers = [0; GROUP];
        for (place, some) in numbers.chunks_exact_mut(together).enumerate() {
            let word = word((group * GROUP + place * together) * bits);
            some.iter_mut().enumerate().for_each(|(place, number)| *number = (word >> (place * bits)) as u32 & mask);
        }
        to.extend_from_slice(&numbers);
    }
}

/// Appends so many numbers of one bit; `None` where there are fewer.
pub(super) fn decode_bits(mut from: &[u8], count: usize, to: &mut BooleanBufferBuilder) -> Option<()> {
    let end = to.len() + count;
    while to.len() < end {
        let left = end - to.len();
        match run(&mut from, 1)? {
            Run::Alike(length, number) => to.append_n(length.min(left), number == 1),
            Run::Packed(length, packed) => to.append_packed_range(0..length.min(left), packed),
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn numbers_come_back(
            bits in 0..=32_u32,
            runs in prop::collection::vec((any::<u32>(), 1..80_usize), 0..20),
        ) {
            let mask = u32::MAX.checked_shr(u32::BITS - bits).unwrap_or(0);
            let numbers: Vec<u32> =
                runs.iter().flat_map(|(number, count)| std::iter::repeat_n(number & mask, *count)).collect();
            let bytes = encoded(&numbers, bits);
            let mut decoded = vec![7];
            prop_assert!(decode(&bytes, bits, numbers.len(), &mut decoded).is_some());
            prop_assert_eq!(&decoded[1..], numbers.as_slice());
            prop_assert!(decode(&bytes, bits, numbers.len() + 2 * GROUP, &mut decoded).is_none());
            for step in 1..20 {
                let (places, mut picked) = ((0..numbers.len()).step_by(step), Vec::new());
                prop_assert!(pick(&bytes, bits, places.clone(), &mut picked).is_some());
                prop_assert_eq!(picked, places.map(|place| numbers[place]).collect::<Vec<_>>());
            }
            prop_assert!(pick(&bytes, bits, [numbers.len() + 2 * GROUP], &mut Vec::new()).is_none());
        }

        #[test]
        fn bits_come_back(runs in prop::collection::vec((any::<bool>(), 1..80_usize), 0..20)) {
            let bits: Vec<bool> = runs.iter().flat_map(|(bit, count)| std::iter::repeat_n(*bit, *count)).collect();
            let bytes = encoded(&bits.iter().map(|bit| u32::from(*bit)).collect::<Vec<_>>(), 1);
            let mut decoded = BooleanBufferBuilder::new(0);
            decoded.append(true);
            prop_assert!(decode_bits(&bytes, bits.len(), &mut decoded).is_some());
            prop_assert_eq!((1..decoded.len()).map(|bit| decoded.get_bit(bit)).collect::<Vec<_>>(), bits);
        }

        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..60), bits in any::<u8>(), count in 0..1000_usize) {
            let _ = decode(&bytes, u32::from(bits), count, &mut Vec::new());
            let _ = decode_bits(&bytes, count, &mut BooleanBufferBuilder::new(0));
            let _ = pick(&bytes, u32::from(bits), (0..count).step_by(7), &mut Vec::new());
        }
    }
}
