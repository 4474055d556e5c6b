//! A random number generator whose sequence is part of this crate's contract.
//!
//! xoshiro256** (Blackman and Vigna), its state filled by splitmix64. A library's generator may change its
//! sequence in any release; the sample trail may not.

/// A stream of numbers that depends on its seed alone.
#[derive(Debug, Clone)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        let mut filler = seed;
        Self { state: std::array::from_fn(|_| splitmix(&mut filler)) }
    }

    /// A stream of its own for one purpose, so that drawing more numbers for one does not move the others.
    pub(crate) fn stream(seed: u64, purpose: &str) -> Self {
        Self::new(purpose.bytes().fold(seed, |mixed, byte| {
            let mut state = mixed ^ u64::from(byte);
            splitmix(&mut state)
        }))
    }

    pub(crate) fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// A number in `0..bound`; 0 when the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// A number in `low..=high`.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in `percent` of a hundred draws.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the items, each as likely as the next. The slice must not be empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    /// One of the items, the early ones far likelier: activity is never spread evenly.
    pub(crate) fn pick_early<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let bound = self.below(items.len() as u64) + 1;
        &items[self.below(bound) as usize]
    }

    /// One of the items, as likely as its weight says. The weights must not all be 0.
    pub(crate) fn pick_weighted<'a, T>(&mut self, items: &'a [T], weight: impl Fn(&T) -> u64) -> &'a T {
        let mut left = self.below(items.iter().map(&weight).sum());
        for item in items {
            match left.checked_sub(weight(item)) {
                Some(rest) => left = rest,
                None => return item,
            }
        }
        &items[items.len() - 1]
    }

    /// Puts the items in another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }

    pub(crate) fn letters(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(*self.pick(alphabet))).collect()
    }

    pub(crate) fn hex(&mut self, length: usize) -> String {
        self.letters(b"0123456789abcdef", length)
    }

    /// A random (version 4) UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let variant = self.letters(b"89ab", 1);
        format!("{}-{}-4{}-{variant}{}-{}", self.hex(8), self.hex(4), self.hex(3), self.hex(3), self.hex(12))
    }

    /// An id as IAM makes them: a prefix of four letters that tells the kind, then upper case. Ends in `EXAMPLE`, as
    /// in AWS's own documentation, so that no one mistakes it for a credential.
    pub(crate) fn iam_id(&mut self, prefix: &str, length: usize) -> String {
        let drawn = self.letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", length - prefix.len() - 7);
        format!("{prefix}{drawn}EXAMPLE")
    }
}

fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_is_the_published_one() {
        // First output of splitmix64 for seed 0, and xoshiro256** for the state 1, 2, 3, 4.
        assert_eq!(splitmix(&mut 0), 0xE220_A839_7B1D_CDAF);
        let mut random = Random { state: [1, 2, 3, 4] };
        assert_eq!([random.next(), random.next(), random.next()], [11520, 0, 1_509_978_240]);
    }

    #[test]
    fn bounds_are_kept() {
        let mut random = Random::new(7);
        assert_eq!(random.below(0), 0);
        assert!((0..1000).all(|_| (3..=5).contains(&random.between(3, 5))));
        assert_eq!(random.uuid().len(), 36);
        assert_eq!(random.iam_id("AKIA", 20).len(), 20);
    }
}
