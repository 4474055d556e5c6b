//! All values of the rows of a row group, and the pages they stand in.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::mem;
use std::sync::{Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::{DataType, Int32Type};
use traillake_event::json::{plain_length, unescape};
use traillake_event::schema::{Column, Kind};
use traillake_event::template;

use super::postings::Pages;
use super::terms::{self, Form};
use super::{PAGE_ROWS, PAGES};

/// How deep JSON within strings within JSON is looked into.
const DEPTH: usize = 4;

/// Where values of one row group are gathered, by one thread at a time.
pub(crate) struct Collector {
    /// Whole values, by their hash.
    pub(super) wholes: HashMap<u64, Pages, BuildHasherDefault<AsItIs>>,
    /// The pages of each gram, and which grams there are.
    grams: Vec<Pages>,
    present: Vec<u32>,
    /// The columns with values that have no grams.
    pub(super) formed: Vec<String>,
    /// JSON text that was read, by its hash, and the pages where it stands.
    texts: HashMap<u64, Pages, BuildHasherDefault<AsItIs>>,
    /// Whether a value is nested deeper than is looked.
    pub(super) too_deep: bool,
}

/// Hashes are their own.
#[derive(Default)]
pub(super) struct AsItIs(u64);

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
#[derive(Default)]
pub(crate) struct Collectors(Mutex<Vec<Collector>>);

impl Collectors {
    /// One that no other thread has.
    pub(crate) fn take(&self) -> Collector {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_else(Collector::new)
    }

    pub(crate) fn give_back(&self, collector: Collector) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(collector);
    }

    /// All that was collected, which is taken out.
    pub(super) fn collected(&self) -> Collector {
        let all = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        all.into_iter().reduce(Collector::with).unwrap_or_else(Collector::new)
    }
}

/// Whether a column's values are to be found. Hot keys stand in their map, too.
pub(crate) fn is_collected(column: &Column) -> bool {
    matches!(column.kind, Kind::Text | Kind::Json | Kind::Template | Kind::Raw | Kind::Unmapped)
}

impl Collector {
    fn new() -> Self {
        Self {
            wholes: HashMap::default(),
            grams: vec![0; 1 << terms::GRAM_BITS],
            present: Vec::new(),
            formed: Vec::new(),
            texts: HashMap::default(),
            too_deep: false,
        }
    }

    fn with(mut self, other: Self) -> Self {
        for (hash, pages) in other.wholes {
            *self.wholes.entry(hash).or_default() |= pages;
        }
        for gram in other.present {
            self.add_gram(gram, other.grams[gram as usize]);
        }
        self.formed.extend(other.formed);
        self.too_deep |= other.too_deep;
        self
    }

    /// Adds the values of a column's rows, of which the first is so many rows behind the start of the row group.
    pub(crate) fn add(&mut self, column: &Column, rows: &ArrayRef, first_row: usize) {
        let page = |row: usize| 1 << ((first_row + row) / PAGE_ROWS).min(PAGES - 1);
        let mut of = Values { collector: self, column, formed: false };
        match rows.data_type() {
            DataType::Dictionary(..) => {
                let Some(rows) = rows.as_dictionary_opt::<Int32Type>() else { return };
                let Some(values) = rows.values().as_string_opt::<i32>() else { return };
                let mut pages = vec![0; values.len()];
                for (row, key) in rows.keys().iter().enumerate() {
                    if let Some(of_value) = key.and_then(|key| pages.get_mut(key as usize)) {
                        *of_value |= page(row);
                    }
                }
                pages.iter().enumerate().filter(|(_, pages)| **pages != 0).for_each(|(value, pages)| {
                    of.add(values.value(value), *pages);
                });
            }
            _ => {
                let Some(rows): Option<&StringArray> = rows.as_string_opt() else { return };
                (0..rows.len()).filter(|row| rows.is_valid(*row)).for_each(|row| of.add(rows.value(row), page(row)));
            }
        }
        if of.formed && !self.formed.contains(&column.name) {
            self.formed.push(column.name.clone());
        }
    }

    /// Each gram by its hash, and its pages.
    pub(super) fn grams(&self) -> impl Iterator<Item = (u64, Pages)> {
        let hash = |gram: u32| u64::from(gram) << (u64::BITS - terms::GRAM_BITS);
        self.present.iter().map(move |gram| (hash(*gram), self.grams[*gram as usize]))
    }

    fn add_grams(&mut self, lowered: &str, pages: Pages) {
        for gram in terms::grams(lowered) {
            self.add_gram((gram >> (u64::BITS - terms::GRAM_BITS)) as u32, pages);
        }
    }

    fn add_gram(&mut self, gram: u32, pages: Pages) {
        let of = &mut self.grams[gram as usize];
        if *of == 0 {
            self.present.push(gram);
        }
        *of |= pages;
    }
}

/// The values of one column.
struct Values<'a> {
    collector: &'a mut Collector,
    column: &'a Column,
    /// Whether one has a form without grams.
    formed: bool,
}

impl Values<'_> {
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
        let seen = self.collector.texts.entry(terms::hash(text) ^ terms::hash(&self.column.name)).or_default();
        if *seen | pages == *seen {
            return;
        }
        *seen |= pages;
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
                        self.collector.add_grams(&terms::lowered(raw), pages);
                        self.value(&unescape(raw), pages, depth);
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

    /// A scalar, or a key.
    fn value(&mut self, text: &str, pages: Pages, depth: usize) {
        let lowered = terms::lowered(text);
        let seen = self.collector.wholes.entry(terms::hash(&lowered)).or_default();
        if *seen | pages != *seen {
            *seen |= pages;
            self.parts(text, &lowered, pages);
            if matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'[' | b'"')) {
                match depth < DEPTH {
                    true => self.json(text, pages, depth + 1),
                    false => self.collector.too_deep = true,
                }
            }
        }
        // Who has seen the value may have been another column.
        self.formed = self.formed || Form::of(text) != Form::Plain;
    }

    fn parts(&mut self, text: &str, lowered: &str, pages: Pages) {
        match Form::of(text) {
            Form::Plain => self.collector.add_grams(lowered, pages),
            Form::Encoded => terms::words(lowered).for_each(|word| {
                *self.collector.wholes.entry(terms::hash(word)).or_default() |= pages;
            }),
            Form::Uuid | Form::Hex => {}
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
