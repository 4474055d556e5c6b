//! Where in a row group a value occurs, whichever column, key or nested JSON has it.
//!
//! Bounds and bloom filters are of chosen columns. This index has *all* strings and numbers of a record: what the
//! columns hold, and every value and key within their JSON, JSON within strings too. It says in which **pages** of
//! [`PAGE_ROWS`] rows a text may stand; where it names none, nothing needs to be read.
//!
//! It stands in the data file itself, behind each row group, where readers of Parquet skip it. The key
//! [`FOOTER_KEY`] of the footer's metadata says where:
//!
//! ```text
//! [{"offset":8123,"rows":45430,"pages":23,"wholes":{…},"grams":{…},"formed":["requestID",…]},…]
//! ```
//!
//! `wholes` are hashes of whole values, `grams` those of four characters in a row ([`terms`]), by groups of four pages, both
//! coded as [`postings`]; `formed` are the columns that have values without grams. A row group whose values are nested too
//! deep, or are too many, has `"pages":0`: it may hold anything.
//!
//! A row takes about 11 bytes for its whole values and 4 for its grams, some percent of the data file.

use std::ops::Range;

use serde::{Deserialize, Serialize};

mod collector;
mod postings;
mod sought;
mod terms;

use collector::Collected;
pub(crate) use collector::{Collectors, Values, page_of};
pub use postings::Pages;
use postings::Postings;
use sought::List;
pub use sought::{Probe, Sought};

/// A needle reads one page of each column: 2 048 rows read a third of what 8 192 do, at a few percent of size.
pub const PAGE_ROWS: usize = 2_048;
/// How many pages a row group has at most.
const PAGES: usize = 32;
/// The key of the footer's metadata.
pub(crate) const FOOTER_KEY: &str = "traillake.valueIndex";

/// How many pages make a group: grams tell no more apart.
const GROUP_PAGES: u32 = 4;

/// An absent value is taken for a present one in one of about 24 row groups, mostly in one page of it.
const WHOLES: (u32, u32) = (4, u64::BITS);
const GRAMS: (u32, u32) = (terms::GRAM_BITS, terms::GRAM_BITS);

/// The groups that pages belong to.
fn groups_of(pages: Pages) -> u8 {
    let groups = PAGES as u32 / GROUP_PAGES;
    (0..groups).filter(|group| pages >> (group * GROUP_PAGES) & 0xf != 0).fold(0, |all, group| all | 1 << group)
}

/// All pages of some groups.
fn pages_of(groups: Pages) -> Pages {
    let all = PAGES as u32 / GROUP_PAGES;
    (0..all).filter(|group| groups >> group & 1 == 1).fold(0, |pages, group| pages | 0xf << (group * GROUP_PAGES))
}

/// The index of one row group, as the footer describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueIndex {
    offset: u64,
    pages: u32,
    wholes: Postings,
    grams: Postings,
    formed: Vec<String>,
}

impl ValueIndex {
    /// Codes what was collected of a row group of so many rows, for a place in the file. Takes two threads: nothing else
    /// can be done with the file meanwhile.
    pub(crate) fn encode(collectors: &Collectors, rows: usize, offset: u64) -> (Self, Vec<u8>) {
        let collected = collectors.collected();
        let formed = collected.formed();
        let is_known = !collected.is_incomplete();
        let pages = if is_known { rows.div_ceil(PAGE_ROWS).clamp(1, PAGES) as u32 } else { 0 };
        let encode = |of: fn(&Collected) -> Vec<(u64, Pages)>, pages, settings| {
            let mut bytes = Vec::new();
            let entries = if is_known { of(&collected) } else { Vec::new() };
            (Postings::encode(entries, pages, settings, &mut bytes), bytes)
        };
        let ((wholes, mut bytes), (grams, others)) = std::thread::scope(|scope| {
            let wholes = scope.spawn(|| encode(Collected::wholes, pages, WHOLES));
            let grams = encode(Collected::grams, pages.div_ceil(GROUP_PAGES), GRAMS);
            (wholes.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), grams)
        });
        bytes.extend(others);
        (Self { offset, pages, wholes, grams, formed }, bytes)
    }

    /// Reads what a footer says of a file's row groups; `None` where it says nothing, or nothing usable.
    pub fn of_footer(text: &str) -> Option<Vec<Self>> {
        let groups: Vec<Self> = serde_json::from_str(text).ok()?;
        let is_sound =
            |group: &Self| group.wholes.is_sound() && group.grams.is_sound() && group.pages as usize <= PAGES;
        groups.iter().all(is_sound).then_some(groups)
    }

    /// The key of the footer's metadata that [`of_footer`](Self::of_footer) reads.
    pub fn footer_key() -> &'static str {
        FOOTER_KEY
    }

    /// All pages of the row group.
    pub fn all_pages(&self) -> Pages {
        Pages::MAX >> (PAGES as u32 - self.pages.clamp(1, PAGES as u32))
    }

    /// Whether it says anything.
    pub fn is_known(&self) -> bool {
        self.pages > 0
    }

    /// The part of the file that a probe is answered from.
    pub fn range(&self, probe: Probe) -> Range<u64> {
        let (postings, before) = match probe.list {
            List::Wholes => (&self.wholes, 0),
            List::Grams => (&self.grams, self.wholes.bytes()),
        };
        let range = postings.range(postings.shard(probe.hash));
        self.offset + before + range.start..self.offset + before + range.end
    }

    /// The pages that may have what is probed, by the bytes of its [`range`](Self::range).
    pub fn find(&self, probe: Probe, bytes: &[u8]) -> Pages {
        let pages = match probe.list {
            List::Wholes => self.wholes.find(bytes, probe.hash, self.pages),
            List::Grams => pages_of(self.grams.find(bytes, probe.hash, self.pages.div_ceil(GROUP_PAGES))),
        };
        pages & self.all_pages()
    }

    fn has_formed(&self, columns: &[String]) -> bool {
        match columns {
            [] => !self.formed.is_empty(),
            columns => columns.iter().any(|column| self.formed.contains(column)),
        }
    }
}
