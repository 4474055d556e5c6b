//! All values of the rows of a row group, and the pages they stand in.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};
use std::iter;
use std::mem;
use std::sync::{Mutex, PoisonError};

use arrow::array::{ArrayRef, AsArray, StringArray};
use traillake_event::json::{plain_length, unescape};
use traillake_event::schema::{Column, Kind};
use traillake_event::template;

use super::postings::Pages;
use super::terms::{self, Form};
use super::{PAGE_ROWS, PAGES, groups_of};

/// How deep JSON within strings within JSON is looked into.
const DEPTH: usize = 4;
/// How many JSON texts are remembered, so that those that come again and again are read once for each page.
const READ: usize = 4_096;
/// Long ones hardly ever do.
const READ_BYTES: usize = 128;
/// A row group of CloudTrail's records has a few hundred thousand values, of some megabytes.
const VALUES_MAX: usize = 3 << 19;
/// Of keys it has a few thousand.
const KEYS_MAX: usize = 1 << 16;
const TEXTS_BYTES_MAX: usize = 64 << 20;
/// How many short values and keys are remembered, and what short is.
const RECENT: usize = 1_024;
const RECENT_BYTES: usize = 120;
/// Texts of values that are longer are not kept.
const TEXT_BYTES: usize = 1_024;
/// How many texts others are held against, by their first eight bytes.
const ALIKE: usize = 256;
/// 2^64 divided by the golden ratio: its products differ in their high bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Where values of one row group are gathered, by one thread at a time.
///
/// Most values stand in many pages, and most grams in many values: grams are made of each value once, at the end.
struct Collector {
    /// The values that have grams, by their hash.
    plain: HashMap<u64, Plain, BuildHasherDefault<AsItIs>>,
    /// The hashes of those that have none, and of their words: most come once, so that none is looked up.
    others: Vec<(u64, Pages)>,
    /// Keys, which are few, by their hash.
    keys: HashMap<u64, (String, Pages), BuildHasherDefault<AsItIs>>,
    /// The texts of the values that have grams, in lower case, one after another as they came.
    texts: String,
    /// Where each of them ends; those that are not kept are empty.
    ends: Vec<u32>,
    /// The grams of values that are too long to be kept.
    long: Option<Grams>,
    /// The columns with values that have no grams.
    formed: Vec<String>,
    /// JSON text that was read last, by its hash, and the pages where it stands.
    read: Vec<(u64, Pages)>,
    /// Short values and keys that were seen last: most of a record are those of the records before.
    recent: Vec<Recent>,
    /// Whether there are values that are not collected: nested deeper than is looked, or too many.
    is_incomplete: bool,
    /// The value that is looked at, in lower case.
    lowered: String,
}

/// A short text without a form that was added for some pages, and nothing more has to be done about it.
#[derive(Clone)]
struct Recent {
    text: [u8; RECENT_BYTES],
    bytes: u8,
    is_key: bool,
    pages: Pages,
}

impl Recent {
    const NONE: Self = Self { text: [0; RECENT_BYTES], bytes: 0, is_key: false, pages: 0 };

    /// Where a text would be remembered.
    fn place(text: &[u8], is_key: bool) -> usize {
        let eight = |from: &[u8]| from.first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight));
        let ends = match text.len() {
            8.. => eight(text) ^ eight(&text[text.len() - 8..]).rotate_left(23),
            _ => text.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)),
        };
        let mixed = (ends ^ (text.len() as u64) << 1 ^ u64::from(is_key)).wrapping_mul(SPREAD);
        (mixed >> (u64::BITS - RECENT.ilog2())) as usize
    }

    fn is(&self, text: &[u8], is_key: bool, pages: Pages) -> bool {
        self.pages == pages
            && self.is_key == is_key
            && usize::from(self.bytes) == text.len()
            && self.text[..text.len()] == *text
    }
}

/// A value that was seen.
struct Plain {
    pages: Pages,
    /// Its place among the texts.
    place: u32,
}

/// The groups of pages of each gram, and which grams there are. Most stand in many pages; in bytes they fit the cache.
struct Grams {
    groups: Vec<u8>,
    present: Vec<u32>,
}

/// All that was collected of a row group, by however many threads.
pub(super) struct Collected(Vec<Collector>);

/// Hashes are their own.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// The collectors of one row group, as many as threads work on it.
pub(crate) struct Collectors {
    free: Mutex<Vec<Collector>>,
    rows: usize,
}

impl Collectors {
    /// For a row group of so many rows.
    pub(crate) fn new(rows: usize) -> Self {
        Self { free: Mutex::default(), rows }
    }

    /// One that no other thread has.
    fn take(&self) -> Collector {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_else(|| Collector::new(self.rows))
    }

    fn give_back(&self, collector: Collector) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(collector);
    }

    /// All that was collected, which is taken out.
    pub(super) fn collected(&self) -> Collected {
        Collected(mem::take(&mut *self.free.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Collected {
    /// Whether there are values that are not collected.
    pub(super) fn is_incomplete(&self) -> bool {
        self.0.iter().any(|collector| collector.is_incomplete)
    }

    /// The columns with values that have no grams.
    pub(super) fn formed(&self) -> Vec<String> {
        self.0.iter().flat_map(|collector| collector.formed.iter().cloned()).collect()
    }

    /// Whole values by their hash; some of them several times.
    pub(super) fn wholes(&self) -> Vec<(u64, Pages)> {
        let mut wholes = Vec::with_capacity(self.0.iter().map(|of| of.plain.len() + of.others.len()).sum());
        for collector in &self.0 {
            wholes.extend(collector.plain.iter().map(|(hash, plain)| (*hash, plain.pages)));
            wholes.extend(&collector.others);
        }
        wholes
    }

    /// Grams by their hash, and the groups of pages they stand in.
    pub(super) fn grams(&self) -> Vec<(u64, Pages)> {
        let mut grams = Grams::new();
        self.0.iter().for_each(|collector| collector.add_grams_to(&mut grams));
        grams.iter().collect()
    }
}

impl Grams {
    fn new() -> Self {
        Self { groups: vec![0; 1 << terms::GRAM_BITS], present: Vec::new() }
    }

    /// Each by its hash, and its groups of pages.
    fn iter(&self) -> impl Iterator<Item = (u64, Pages)> {
        let hash = |gram: u32| u64::from(gram) << (u64::BITS - terms::GRAM_BITS);
        self.present.iter().map(move |gram| (hash(*gram), Pages::from(self.groups[*gram as usize])))
    }

    fn add_text(&mut self, lowered: &str, pages: Pages) {
        self.add_bytes(lowered.as_bytes(), groups_of(pages));
    }

    /// Adds texts that come one after another. What one has of one before it is not added again: ARNs, paths and names
    /// of one column, or one key, begin alike.
    fn add_texts<'t>(&mut self, texts: impl Iterator<Item = (&'t str, Pages)>) {
        let mut last = [(&[][..], 0); ALIKE];
        for (text, pages) in texts {
            let (text, groups) = (text.as_bytes(), groups_of(pages));
            let front = text.first_chunk().map_or(0, |front| u64::from_le_bytes(*front));
            let last = &mut last[(front.wrapping_mul(SPREAD) >> (u64::BITS - ALIKE.ilog2())) as usize];
            let shared = if groups & !last.1 == 0 { shared_front(last.0, text) } else { 0 };
            self.add_bytes(&text[(shared + 1).saturating_sub(terms::GRAM)..], groups);
            *last = (text, groups);
        }
    }

    fn add_bytes(&mut self, lowered: &[u8], groups: u8) {
        terms::grams(lowered).for_each(|gram| self.add((gram >> (u64::BITS - terms::GRAM_BITS)) as u32, groups));
    }

    fn add(&mut self, gram: u32, groups: u8) {
        let of = &mut self.groups[gram as usize];
        if *of == 0 {
            self.present.push(gram);
        }
        *of |= groups;
    }
}

/// How many bytes two texts begin with alike; a few less where they go on alike to the end of one.
fn shared_front(one: &[u8], other: &[u8]) -> usize {
    let eights = one.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0);
    let mut shared = 0;
    for (one, other) in eights {
        let differ = u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other);
        if differ != 0 {
            return shared + differ.trailing_zeros() as usize / 8;
        }
        shared += 8;
    }
    shared
}

/// The page a row of a row group stands in.
pub(crate) fn page_of(row: usize) -> Pages {
    1 << (row / PAGE_ROWS).min(PAGES - 1)
}

/// Whether a column's values are to be found. Hot keys stand in their map, too.
fn is_collected(column: &Column) -> bool {
    matches!(column.kind, Kind::Text | Kind::Json | Kind::Template | Kind::Raw | Kind::Unmapped)
}

impl Collector {
    fn new(rows: usize) -> Self {
        Self {
            plain: HashMap::with_capacity_and_hasher(rows, BuildHasherDefault::default()),
            others: Vec::with_capacity(2 * rows),
            keys: HashMap::default(),
            texts: String::with_capacity(32 * rows),
            ends: Vec::with_capacity(rows),
            long: None,
            formed: Vec::new(),
            read: vec![(0, 0); READ],
            recent: vec![Recent::NONE; RECENT],
            is_incomplete: false,
            lowered: String::new(),
        }
    }

    fn add_grams_to(&self, grams: &mut Grams) {
        let mut pages = vec![0; self.ends.len()];
        self.plain.values().for_each(|plain| pages[plain.place as usize] = plain.pages);
        let starts = iter::once(&0).chain(&self.ends);
        let texts = starts.zip(&self.ends).map(|(start, end)| self.texts.get(*start as usize..*end as usize));
        grams.add_texts(texts.map(Option::unwrap_or_default).zip(pages));
        self.keys.values().for_each(|(key, pages)| grams.add_text(&terms::lowered(key), *pages));
        if let Some(long) = &self.long {
            long.present.iter().for_each(|gram| grams.add(*gram, long.groups[*gram as usize]));
        }
    }

    /// Whether a text was remembered for these pages.
    fn is_recent(&self, text: &str, is_key: bool, pages: Pages) -> bool {
        let text = text.as_bytes();
        text.len() <= RECENT_BYTES && self.recent[Recent::place(text, is_key)].is(text, is_key, pages)
    }

    fn remember(&mut self, text: &str, is_key: bool, pages: Pages) {
        let text = text.as_bytes();
        if text.len() <= RECENT_BYTES {
            let recent = &mut self.recent[Recent::place(text, is_key)];
            recent.text[..text.len()].copy_from_slice(text);
            (recent.bytes, recent.is_key, recent.pages) = (text.len() as u8, is_key, pages);
        }
    }

    fn add_key(&mut self, key: &str, pages: Pages) {
        if self.is_recent(key, true, pages) {
            return;
        }
        self.remember(key, true, pages);
        if self.keys.len() > KEYS_MAX {
            // One record may have a million.
            self.is_incomplete = true;
            return;
        }
        let known = self.keys.entry(terms::hash(key)).or_insert_with(|| (key.to_owned(), 0));
        known.1 |= pages;
    }

    /// Adds a value; gives its form.
    fn add_value(&mut self, text: &str, pages: Pages) -> Form {
        let mut lowered = mem::take(&mut self.lowered);
        lowered.clear();
        if text.is_ascii() {
            lowered.push_str(text);
            lowered.make_ascii_lowercase();
        } else {
            lowered.push_str(&terms::lowered(text));
        }
        let form = Form::of(&lowered);
        match form {
            Form::Plain => self.add_plain(&lowered, pages),
            Form::Uuid | Form::Hex | Form::Encoded => {
                self.others.push((terms::hash(&lowered), pages));
                if form == Form::Encoded {
                    self.others.extend(terms::words(&lowered).map(|word| (terms::hash(word), pages)));
                }
            }
        }
        self.lowered = lowered;
        form
    }

    fn add_plain(&mut self, lowered: &str, pages: Pages) {
        let Self { plain, texts, ends, .. } = self;
        let is_kept = lowered.len() <= TEXT_BYTES && texts.len() <= TEXTS_BYTES_MAX;
        let is_new = match plain.entry(terms::hash(lowered)) {
            Entry::Occupied(mut known) => {
                let before = known.get().pages;
                known.get_mut().pages |= pages;
                before | pages != before
            }
            Entry::Vacant(vacant) => {
                vacant.insert(Plain { pages, place: ends.len() as u32 });
                texts.push_str(if is_kept { lowered } else { "" });
                ends.push(texts.len() as u32);
                true
            }
        };
        if is_new && !is_kept {
            self.long.get_or_insert_with(Grams::new).add_text(lowered, pages);
        }
    }
}

/// The values of one column, on their way to a collector.
pub(crate) struct Values<'a> {
    collector: Collector,
    column: &'a Column,
    /// A hash of its name.
    seed: u64,
    /// Whether one has a form without grams.
    formed: bool,
}

impl<'a> Values<'a> {
    /// Of a column, where its values are collected.
    pub(crate) fn of(column: &'a Column, collectors: &Collectors) -> Option<Self> {
        is_collected(column).then(|| Self {
            collector: collectors.take(),
            column,
            seed: terms::hash(&column.name),
            formed: false,
        })
    }

    /// Adds some rows, of which the first is so many rows behind the start of the row group.
    pub(crate) fn add_rows(&mut self, rows: &ArrayRef, first_row: usize) {
        if self.collector.is_incomplete {
            return;
        }
        let Some(rows): Option<&StringArray> = rows.as_string_opt() else { return };
        let rows = rows.iter().enumerate().filter_map(|(row, text)| Some((text?, page_of(first_row + row))));
        rows.for_each(|(text, page)| self.add(text, page));
        self.give_up_beyond();
    }

    /// Adds distinct values, each with the pages it stands in.
    pub(crate) fn add_distinct<'v>(&mut self, values: impl Iterator<Item = (&'v str, Pages)>) {
        if !self.collector.is_incomplete {
            values.for_each(|(text, pages)| self.add(text, pages));
            self.give_up_beyond();
        }
    }

    /// Gives back what was taken, with the values of the column.
    pub(crate) fn finish(mut self, collectors: &Collectors) {
        if self.formed {
            self.collector.formed.push(self.column.name.clone());
        }
        collectors.give_back(self.collector);
    }

    /// What was collected of a row group that has too much is of no use, and takes memory.
    fn give_up_beyond(&mut self) {
        let Collector { plain, others, keys, texts, .. } = &self.collector;
        let is_beyond =
            plain.len() + others.len() > VALUES_MAX || keys.len() > KEYS_MAX || texts.len() > TEXTS_BYTES_MAX;
        if is_beyond || self.collector.is_incomplete {
            self.collector = Collector { is_incomplete: true, ..Collector::new(0) };
        }
    }

    /// What one row, or several, have in the column.
    fn add(&mut self, text: &str, pages: Pages) {
        match self.column.kind {
            Kind::Json | Kind::Unmapped | Kind::Raw => self.json(text, pages, 0),
            Kind::Template => {
                let keys: String = template::literals(text).collect();
                self.json(&keys, pages, 0);
            }
            _ => self.value(text, pages, 0),
        }
    }

    /// The scalars and keys of a JSON text. What is no JSON gives more than there is: nothing is ever missed.
    fn json(&mut self, text: &str, pages: Pages, depth: usize) {
        // Of each column by itself, as it is said of columns whether they have values of a form.
        if text.len() <= READ_BYTES {
            let hash = terms::hash(text) ^ self.seed;
            let read = &mut self.collector.read[hash as usize % READ];
            if *read == (hash, pages) {
                return;
            }
            *read = (hash, pages);
        }
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    let start = at + 1;
                    let (end, escaped) = string_end(bytes, start);
                    at = end + 1;
                    let raw = text.get(start..end).unwrap_or_default();
                    if escaped {
                        // A pattern may be held against the text as it is written.
                        self.collector.add_value(raw, pages);
                        self.value(&unescape(raw), pages, depth);
                    } else if bytes.get(at) == Some(&b':') {
                        self.collector.add_key(raw, pages);
                    } else {
                        self.value(raw, pages, depth);
                    }
                }
                b'-' | b'0'..=b'9' => {
                    let is_number = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                    let end = at + bytes[at..].iter().take_while(is_number).count();
                    self.value(&text[at..end], pages, depth);
                    at = end;
                }
                _ => at += 1,
            }
        }
    }

    /// A scalar; a key, where blanks stand before its colon.
    fn value(&mut self, text: &str, pages: Pages, depth: usize) {
        if self.collector.is_recent(text, false, pages) {
            return;
        }
        let form = self.collector.add_value(text, pages);
        self.formed = self.formed || form != Form::Plain;
        let is_json = matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'[' | b'"'));
        match (is_json, depth < DEPTH) {
            (false, _) if form == Form::Plain => self.collector.remember(text, false, pages),
            (false, _) => {}
            // Where another column has it, this one has its values all the same.
            (true, true) => self.json(text, pages, depth + 1),
            (true, false) => self.collector.is_incomplete = true,
        }
    }
}

/// Where a string ends, at its quote or with the text, and whether it has an escape.
fn string_end(bytes: &[u8], start: usize) -> (usize, bool) {
    let (mut at, mut escaped) = (start, false);
    loop {
        at += plain_length(&bytes[at..]);
        match bytes.get(at) {
            None => return (bytes.len(), escaped),
            Some(b'"') => return (at, escaped),
            Some(b'\\') => {
                escaped = true;
                at = (at + 2).min(bytes.len());
            }
            Some(_) => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_that_begin_alike_have_all_their_grams(
            texts in prop::collection::vec(("(arn:aws:s3|\\PC{0,3})[ab/\u{e9}]{0,12}", any::<Pages>()), 0..40),
        ) {
            let (mut together, mut each) = (Grams::new(), Grams::new());
            together.add_texts(texts.iter().map(|(text, pages)| (text.as_str(), *pages)));
            texts.iter().for_each(|(text, pages)| each.add_text(text, *pages));
            let sorted = |grams: &Grams| {
                let mut grams: Vec<_> = grams.iter().collect();
                grams.sort_unstable();
                grams
            };
            prop_assert_eq!(sorted(&together), sorted(&each));
        }
    }
}
