//! SpookyHash V2, seeds zero.

const FILL: u64 = 0xdead_beef_dead_beef;
/// Words the long form keeps.
const WORDS: usize = 12;
/// Bytes from which on the long form is used.
const LONG: usize = 2 * WORDS * 8;

/// The first 64 bits of the hash.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    if bytes.len() < LONG { short(bytes) } else { long(bytes) }
}

fn halves(block: &[u8; 16]) -> [u64; 2] {
    let whole = u128::from_le_bytes(*block);
    [whole as u64, (whole >> 64) as u64]
}

fn short(bytes: &[u8]) -> u64 {
    let mut h = [0, 0, FILL, FILL];
    let (blocks, rest) = bytes.as_chunks::<16>();
    for (i, block) in blocks.iter().enumerate() {
        let [first, second] = halves(block);
        if i % 2 == 0 {
            h[2] = h[2].wrapping_add(first);
            h[3] = h[3].wrapping_add(second);
            mix_short(&mut h);
        } else {
            h[0] = h[0].wrapping_add(first);
            h[1] = h[1].wrapping_add(second);
        }
    }
    let mut last = [0; 16];
    last[..rest.len()].copy_from_slice(rest);
    let [first, second] = if rest.is_empty() { [FILL, FILL] } else { halves(&last) };
    h[2] = h[2].wrapping_add(first);
    h[3] = h[3].wrapping_add(second).wrapping_add((bytes.len() as u64) << 56);
    end_short(&mut h);
    h[0]
}

fn mix_short(h: &mut [u64; 4]) {
    for (i, turn) in [50, 52, 30, 41, 54, 48, 38, 37, 62, 34, 5, 36].into_iter().enumerate() {
        let at = (i + 2) % 4;
        h[at] = h[at].rotate_left(turn).wrapping_add(h[(at + 1) % 4]);
        h[(at + 2) % 4] ^= h[at];
    }
}

fn end_short(h: &mut [u64; 4]) {
    for (i, turn) in [15, 52, 26, 51, 28, 9, 47, 54, 32, 25, 63].into_iter().enumerate() {
        let (at, next) = ((i + 2) % 4, (i + 3) % 4);
        h[next] ^= h[at];
        h[at] = h[at].rotate_left(turn);
        h[next] = h[next].wrapping_add(h[at]);
    }
}

fn long(bytes: &[u8]) -> u64 {
    let mut h = [0, 0, FILL, 0, 0, FILL, 0, 0, FILL, 0, 0, FILL];
    let (blocks, rest) = bytes.as_chunks::<{ WORDS * 8 }>();
    for block in blocks {
        for (i, (word, turn)) in
            words(block).into_iter().zip([11, 32, 43, 31, 17, 28, 39, 57, 55, 54, 22, 46]).enumerate()
        {
            h[i] = h[i].wrapping_add(word);
            h[(i + 2) % WORDS] ^= h[(i + 10) % WORDS];
            h[(i + 11) % WORDS] ^= h[i];
            h[i] = h[i].rotate_left(turn);
            h[(i + 11) % WORDS] = h[(i + 11) % WORDS].wrapping_add(h[(i + 1) % WORDS]);
        }
    }
    let mut last = [0; WORDS * 8];
    last[..rest.len()].copy_from_slice(rest);
    last[WORDS * 8 - 1] = rest.len() as u8;
    for (h, word) in h.iter_mut().zip(words(&last)) {
        *h = h.wrapping_add(word);
    }
    for _ in 0..3 {
        end_long(&mut h);
    }
    h[0]
}

fn words(block: &[u8; WORDS * 8]) -> [u64; WORDS] {
    let mut words = [0; WORDS];
    let (parts, _) = block.as_chunks::<8>();
    for (word, part) in words.iter_mut().zip(parts) {
        *word = u64::from_le_bytes(*part);
    }
    words
}

fn end_long(h: &mut [u64; WORDS]) {
    for (i, turn) in [44, 15, 34, 21, 38, 33, 10, 13, 38, 53, 42, 54].into_iter().enumerate() {
        let (sum, at, next) = ((i + 11) % WORDS, (i + 1) % WORDS, (i + 2) % WORDS);
        h[sum] = h[sum].wrapping_add(h[at]);
        h[next] ^= h[sum];
        h[at] = h[at].rotate_left(turn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hashes() {
        // The values published with the algorithm, of the first bytes of 128, 129, and so on.
        let bytes: Vec<u8> = (0..512).map(|i| (i + 128) as u8).collect();
        for (length, expected) in [
            (0, 0x6bf5_0919),
            (1, 0x70de_1d26),
            (15, 0x83ec_01f9),
            (16, 0xf274_736c),
            (63, 0x09c1_afb4),
            (64, 0x069c_8bb7),
            (191, 0xe13d_9e19),
            (192, 0x77e0_12bd),
            (200, 0x1f6f_7162),
            (511, 0xcc1c_8250),
        ] {
            assert_eq!(hash(&bytes[..length]) as u32, expected, "{length}");
        }
    }
}
