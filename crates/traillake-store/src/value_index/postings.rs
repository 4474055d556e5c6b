//! Which pages of a row group have a hash: a sorted list, coded in few bits.
//!
//! Hashes are cut to so many bits that one that is not there is taken for another once in some dozen times. The list is
//! cut into *shards*, each read by itself, and these into *buckets*, each decoded by itself:
//!
//! ```text
//! shard      end of each of the 64 buckets, in bytes behind these, u16 little-endian; the buckets
//! bucket     hash after hash, ascending: gap to the one before (Golomb-Rice), pages; filled with ones
//! gap        gap >> k in unary, ones and a zero; the k low bits
//! pages      only where the row group has more than one: 0 and the page in as few bits as tell them apart, where
//!            it is one; 1 and a bit for each page else, the last one first
//! ```
//!
//! Bits go from the highest of a byte to the lowest.

use serde::{Deserialize, Serialize};

/// A bit for each page of a row group.
pub type Pages = u32;

const BUCKET_BITS: u32 = 6;
const BUCKETS: usize = 1 << BUCKET_BITS;
/// What the ends of a shard's buckets take.
const ENDS_BYTES: usize = 2 * BUCKETS;
/// How many bits of a hash choose from the keys of a shard: some thousand keys, a few kilobytes.
const SHARD_KEY_BITS: u32 = 12;
/// How a list is coded: all there is to know before a shard of it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Postings {
    /// How many hashes it has.
    keys: u32,
    /// To how many bits they are cut.
    bits: u32,
    /// The bytes of each shard.
    shards: Vec<u32>,
}

impl Postings {
    /// Codes a list of hashes and their pages, of which the row group has so many. Hashes are cut so that one that is
    /// absent is taken for a present one in one of `2^spare` cases, but to `bits_max` bits at most.
    pub(crate) fn encode(
        mut entries: Vec<(u64, Pages)>,
        pages: u32,
        (spare, bits_max): (u32, u32),
        out: &mut Vec<u8>,
    ) -> Self {
        let keys = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let bits = (keys.max(1).next_power_of_two().ilog2() + spare).max(BUCKET_BITS + 1).min(bits_max);
        for (hash, _) in &mut entries {
            *hash >>= u64::BITS - bits;
        }
        sort(&mut entries, bits);
        let mut postings = Self { keys, bits, shards: Vec::new() };
        let mut left = entries.as_slice();
        for shard in 1..=1_u64 << postings.shard_bits() {
            let end = left.partition_point(|(place, _)| *place < shard << (bits - postings.shard_bits()));
            let (these, others) = left.split_at(end);
            let before = out.len();
            postings.encode_shard(these, pages, out);
            postings.shards.push(u32::try_from(out.len() - before).unwrap_or(u32::MAX));
            left = others;
        }
        postings
    }

    /// The bytes of all shards.
    pub(crate) fn bytes(&self) -> u64 {
        self.shards.iter().map(|bytes| u64::from(*bytes)).sum()
    }

    /// The shard a hash would be in.
    pub(crate) fn shard(&self, hash: u64) -> usize {
        // Without shards to choose from the whole hash would be shifted out.
        (hash.checked_shr(u64::BITS - self.shard_bits()).unwrap_or_default() as usize).min(self.shards.len() - 1)
    }

    /// Where a shard lies, from the start of the list.
    pub(crate) fn range(&self, shard: usize) -> std::ops::Range<u64> {
        let start: u64 = self.shards[..shard].iter().map(|bytes| u64::from(*bytes)).sum();
        start..start + u64::from(self.shards[shard])
    }

    /// Whether what was read from a footer can be used.
    pub(crate) fn is_sound(&self) -> bool {
        (BUCKET_BITS + 1..=u64::BITS).contains(&self.bits) && self.shards.len() as u64 == 1_u64 << self.shard_bits()
    }

    /// The pages that may have a hash, by the bytes of its shard, of a row group of so many pages. Damaged bytes give
    /// any pages, but no panic.
    pub(crate) fn find(&self, shard: &[u8], hash: u64, pages: u32) -> Pages {
        let place = hash >> (u64::BITS - self.bits);
        let bucket = (place >> self.bucket_shift()) as usize % BUCKETS;
        let wanted = place & low(self.bucket_shift());
        let end = |bucket: usize| {
            let bytes = shard.get(2 * bucket..2 * bucket + 2).and_then(|bytes| bytes.try_into().ok());
            ENDS_BYTES + usize::from(u16::from_le_bytes(bytes.unwrap_or_default()))
        };
        let start = bucket.checked_sub(1).map_or(ENDS_BYTES, end);
        let mut bits = Bits::new(shard.get(start..end(bucket)).unwrap_or_default());
        let (mut next, k) = (0, self.rice());
        while let Some(high) = bits.unary() {
            let Some(low) = bits.take(k) else { break };
            let found = next + ((high << k) | low);
            let Some(of) = read_pages(&mut bits, pages) else { break };
            if found >= wanted {
                return if found == wanted { of } else { 0 };
            }
            next = found + 1;
        }
        0
    }

    fn shard_bits(&self) -> u32 {
        let keys = self.keys.max(1).next_power_of_two().ilog2();
        keys.saturating_sub(SHARD_KEY_BITS).min(self.bits.saturating_sub(BUCKET_BITS + 1))
    }

    /// How far what chooses the bucket is shifted.
    fn bucket_shift(&self) -> u32 {
        self.bits - self.shard_bits() - BUCKET_BITS
    }

    /// The low bits of a gap that are written as they are: as many as the mean gap has.
    fn rice(&self) -> u32 {
        let mean = (1_u64 << self.bits.min(63)) / u64::from(self.keys.max(1));
        mean.max(1).ilog2().min(self.bucket_shift())
    }

    fn encode_shard(&self, entries: &[(u64, Pages)], pages: u32, out: &mut Vec<u8>) {
        let ends = out.len();
        out.resize(ends + ENDS_BYTES, 0);
        let (start, k) = (out.len(), self.rice());
        let mut left = entries;
        for bucket in 0..BUCKETS {
            let end = left.partition_point(|(place, _)| (place >> self.bucket_shift()) as usize % BUCKETS <= bucket);
            let (these, others) = left.split_at(end);
            left = others;
            let mut bits = Writer::new(out);
            let mut next = 0;
            // Hashes that are one once they are cut.
            for same in these.chunk_by(|(a, _), (b, _)| a == b) {
                let place = same[0].0 & low(self.bucket_shift());
                let gap = place - next;
                next = place + 1;
                bits.unary(gap >> k);
                bits.put(gap & low(k), k);
                write_pages(&mut bits, same.iter().fold(0, |all, (_, of)| all | of), pages);
            }
            bits.finish();
            // A shard has some thousand keys of some dozen bits.
            let behind = u16::try_from(out.len() - start).unwrap_or(u16::MAX);
            out[ends + 2 * bucket..][..2].copy_from_slice(&behind.to_le_bytes());
        }
    }
}

fn write_pages(bits: &mut Writer<'_>, of: Pages, pages: u32) {
    if pages <= 1 {
        return;
    }
    if of.is_power_of_two() {
        bits.put(u64::from(of.trailing_zeros()), 1 + page_bits(pages));
    } else {
        bits.put(1 << pages | u64::from(of) & low(pages), 1 + pages);
    }
}

fn read_pages(bits: &mut Bits<'_>, pages: u32) -> Option<Pages> {
    if pages <= 1 {
        return Some(1);
    }
    match bits.take(1)? {
        0 => 1_u32.checked_shl(bits.take(page_bits(pages))? as u32),
        _ => bits.take(pages).map(|of| of as Pages),
    }
}

/// How many bits tell pages apart.
fn page_bits(pages: u32) -> u32 {
    u32::BITS - pages.saturating_sub(1).leading_zeros()
}

/// Sorts by places of so many bits. They are spread evenly, so that few share their highest bits: these are put side by
/// side, and sorted among themselves.
fn sort(entries: &mut Vec<(u64, Pages)>, bits: u32) {
    let shift = bits.saturating_sub(entries.len().max(1).ilog2());
    let top = |place: u64| (place >> shift) as usize;
    let mut ends = vec![0; top(low(bits)) + 2];
    entries.iter().for_each(|(place, _)| ends[top(*place) + 1] += 1);
    for place in 1..ends.len() {
        ends[place] += ends[place - 1];
    }
    let mut sorted = vec![(0, 0); entries.len()];
    for entry in entries.iter() {
        let next = &mut ends[top(entry.0)];
        sorted[*next] = *entry;
        *next += 1;
    }
    let mut start = 0;
    for end in ends {
        if end > start + 1 {
            sorted[start..end].sort_unstable_by_key(|(place, _)| *place);
        }
        start = start.max(end);
    }
    *entries = sorted;
}

/// So many ones.
fn low(bits: u32) -> u64 {
    if bits >= u64::BITS { u64::MAX } else { (1 << bits) - 1 }
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// Bits not yet written, the last ones lowest, and how many.
    pending: u64,
    count: u32,
}

impl<'a> Writer<'a> {
    fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, pending: 0, count: 0 }
    }

    /// A number of so many bits, at most 33.
    fn put(&mut self, value: u64, bits: u32) {
        if self.count + bits > u64::BITS {
            self.flush();
        }
        self.pending = (self.pending << bits) | value;
        self.count += bits;
    }

    /// Writes whole bytes.
    fn flush(&mut self) {
        while self.count >= 8 {
            self.count -= 8;
            self.out.push((self.pending >> self.count) as u8);
        }
        self.pending &= low(self.count);
    }

    fn unary(&mut self, ones: u64) {
        for _ in 0..ones / 32 {
            self.put(low(32), 32);
        }
        let rest = (ones % 32) as u32;
        self.put(low(rest) << 1, rest + 1);
    }

    fn finish(mut self) {
        let fill = (8 - self.count % 8) % 8;
        self.put(low(fill), fill);
        self.flush();
    }
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next bits, the first one highest; ones behind the end.
    fn peek(&self) -> u64 {
        let byte = self.at / 8;
        let mut eight = [0xff; 8];
        let there = self.bytes.len().saturating_sub(byte).min(8);
        eight[..there].copy_from_slice(&self.bytes[byte..byte + there]);
        let shift = self.at % 8;
        u64::from_be_bytes(eight) << shift
    }

    fn left(&self) -> usize {
        8 * self.bytes.len() - self.at
    }

    /// The next bits, at most 56.
    fn take(&mut self, bits: u32) -> Option<u64> {
        if self.left() < bits as usize {
            return None;
        }
        let taken = if bits == 0 { 0 } else { self.peek() >> (u64::BITS - bits) };
        self.at += bits as usize;
        Some(taken)
    }

    /// The ones before the next zero; `None` when there is none.
    fn unary(&mut self) -> Option<u64> {
        let mut ones = 0;
        loop {
            // Of 64 bits at least 57 are those of the text.
            let run = self.peek().leading_ones().min(56) as usize;
            if run >= self.left() {
                return None;
            }
            ones += run as u64;
            self.at += run;
            if run < 56 {
                self.at += 1;
                return Some(ones);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_there_is_found_in_its_pages(
            entries in prop::collection::hash_map(any::<u64>(), any::<u32>(), 0..3_000),
            pages in 1..=32_u32,
            (spare, bits_max) in (0..8_u32, 9..40_u32),
        ) {
            let of = |mask: u32| (mask & low(pages) as u32).max(1);
            let list: Vec<_> = entries.iter().map(|(hash, mask)| (*hash, of(*mask))).collect();
            let mut bytes = Vec::new();
            let postings = Postings::encode(list.clone(), pages, (spare, bits_max), &mut bytes);
            prop_assert!(postings.is_sound());
            prop_assert_eq!(postings.bytes(), bytes.len() as u64);
            for (hash, mask) in list {
                let range = postings.range(postings.shard(hash));
                let shard = &bytes[range.start as usize..range.end as usize];
                prop_assert_eq!(postings.find(shard, hash, pages) & mask, mask);
            }
        }

        #[test]
        fn damage_is_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), hash in any::<u64>()) {
            let postings = Postings { keys: 20, bits: 10, shards: vec![bytes.len() as u32] };
            postings.find(&bytes, hash, 20);
        }
    }

    #[test]
    fn what_is_not_there_is_rarely_found() {
        let hash = |number: u64| crate::value_index::terms::hash(&number.to_string());
        let entries: Vec<_> = (0..100_000).map(|number| (hash(number), 1 << (number % 20))).collect();
        let mut bytes = Vec::new();
        let postings = Postings::encode(entries, 20, (5, 64), &mut bytes);
        let found = (100_000..200_000).map(hash).filter(|&hash| {
            let range = postings.range(postings.shard(hash));
            postings.find(&bytes[range.start as usize..range.end as usize], hash, 20) != 0
        });
        let found = found.count();
        assert!((1_500..3_500).contains(&found), "{found} of 100,000");
        assert!(bytes.len() < 100_000 * 14 / 8, "{} bytes", bytes.len());
    }
}
