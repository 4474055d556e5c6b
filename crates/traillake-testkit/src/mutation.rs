//! Files changed at random: what a fuzzer does, without a fuzzer, and the same way every time.
//!
//! ```
//! use traillake_testkit::mutation::Mutator;
//!
//! let corpus = vec![b"{\"Records\":[]}".to_vec(), b"[]".to_vec()];
//! let mutations = || Mutator::new(7, corpus.clone()).take(100).collect::<Vec<_>>();
//! assert_eq!(mutations(), mutations());
//! assert!(mutations().iter().any(|mutation| !corpus.contains(mutation)));
//! ```

use crate::trail::Random;

/// The longest file that is made.
const BYTES_MAX: usize = 16 << 10;
/// The most changes of one file.
const CHANGES_MAX: u64 = 6;
/// The longest run of bytes that one change takes away, repeats or moves.
const RUN_MAX: u64 = 64;

/// What parsers of logs look for.
const TOKENS: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"\\",
    b"\n",
    b"\r\n",
    b"{}",
    b"[]",
    b"null",
    b"true",
    b"-0.5e-7",
    b"\\u0000",
    b"\\ud800",
    b"\\udc00",
    b"\\\"",
    b"\0",
    b"\x01",
    b"\x02",
    b"\xff",
    b"\xc3",
    b"\xef\xbb\xbf",
    b"{\"Records\":[",
    b"\"detail\":",
    b"\"message\":",
    b"\"logEvents\":[",
    b"eventJson",
    b"\"eventJson\":",
    b"\"eventName\":\"A\"",
    b"\"eventSource\":\"b\"",
    b"{\"eventName\":\"A\",\"eventSource\":\"b\"}",
    b"\"eventTime\":\"2026-03-01T12:00:00Z\"",
    b"\"\"",
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
];

/// An endless supply of changed files. Each begins as a file of the corpus.
#[derive(Debug, Clone)]
pub struct Mutator {
    random: Random,
    corpus: Vec<Vec<u8>>,
}

impl Mutator {
    /// The changes of a seed. An empty corpus is one of a single empty file.
    pub fn new(seed: u64, corpus: Vec<Vec<u8>>) -> Self {
        let corpus = if corpus.is_empty() { vec![Vec::new()] } else { corpus };
        Self { random: Random::new(seed), corpus }
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.place(bytes);
        let run = at..(at + 1 + self.random.below(RUN_MAX) as usize).min(bytes.len()).max(at);
        match self.random.below(9) {
            0 => self.set(bytes, at, |byte, random| byte ^ (1 << random.below(8))),
            1 => self.set(bytes, at, |_, random| random.below(256) as u8),
            2 | 3 => self.insert(bytes, at),
            4 => drop(bytes.drain(run)),
            5 => {
                let repeated = bytes[run.clone()].repeat(1 + self.random.below(8) as usize);
                bytes.splice(run.end..run.end, repeated);
            }
            6 => {
                let moved: Vec<u8> = bytes.drain(run).collect();
                let to = self.place(bytes);
                bytes.splice(to..to, moved);
            }
            7 => {
                let other = self.random.pick(&self.corpus).clone();
                let from = self.place(&other);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            _ => bytes.truncate(at),
        }
        bytes.truncate(BYTES_MAX);
    }

    fn place(&mut self, bytes: &[u8]) -> usize {
        self.random.below(bytes.len() as u64 + 1) as usize
    }

    fn set(&mut self, bytes: &mut [u8], at: usize, to: impl Fn(u8, &mut Random) -> u8) {
        if let Some(byte) = bytes.get_mut(at) {
            *byte = to(*byte, &mut self.random);
        }
    }

    fn insert(&mut self, bytes: &mut Vec<u8>, at: usize) {
        let token = *self.random.pick(TOKENS);
        bytes.splice(at..at, token.iter().copied());
    }
}

impl Iterator for Mutator {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut bytes = self.random.pick(&self.corpus).clone();
        for _ in 0..=self.random.below(CHANGES_MAX) {
            self.change(&mut bytes);
        }
        Some(bytes)
    }
}
