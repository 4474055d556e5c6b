//! How often each combination of values occurs in the rows of data files.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringViewBuilder, TimestampMillisecondArray};
use arrow::datatypes::Int32Type;

use super::scan::Counted;

/// Combinations of codes up to this many are counted in a table, more by hashing.
const TABLE_MAX: usize = 1 << 16;
/// The code of NULL.
const NULL: u32 = 0;

/// Counts combinations. Memory: each combination once.
#[derive(Debug)]
pub(super) struct Tally {
    texts: Vec<Texts>,
    /// The place of the time among the columns, and what it is cut to.
    time: Option<(usize, i64)>,
    times: Numbers,
    totals: HashMap<Box<[u32]>, i64>,
    counting: Counting,
}

/// The values of a column, numbered from 1 on.
#[derive(Debug, Default)]
struct Texts {
    numbers: HashMap<Box<str>, u32>,
    values: Vec<Box<str>>,
    /// The dictionary of the rows that are being counted, and the numbers of its values.
    dictionary: Option<ArrayRef>,
    codes: Vec<u32>,
}

#[derive(Debug, Default)]
struct Numbers {
    numbers: HashMap<i64, u32>,
    values: Vec<i64>,
    current: u32,
}

/// The rows of the present dictionaries and time: how often each combination of codes occurred.
#[derive(Debug, Default)]
struct Counting {
    table: Vec<u32>,
    touched: Vec<usize>,
    hashed: HashMap<u64, i64>,
}

impl Tally {
    pub(super) fn new(columns: &[Counted]) -> Self {
        let time = columns.iter().enumerate().find_map(|(place, column)| match column {
            Counted::Time { step_ms, .. } => Some((place, *step_ms)),
            Counted::Text(_) => None,
        });
        let texts = columns.iter().filter(|column| matches!(column, Counted::Text(_))).map(|_| Texts::default());
        Self {
            texts: texts.collect(),
            time,
            times: Numbers::default(),
            totals: HashMap::new(),
            counting: Counting::default(),
        }
    }

    /// How many combinations there are.
    pub(super) fn len(&self) -> usize {
        self.totals.len()
    }

    /// Counts rows: dictionaries of text, and instants in microseconds, in the order of the columns. A column that a
    /// file lacks is `None`.
    pub(super) fn add(&mut self, columns: &[Option<ArrayRef>], rows: usize) {
        let time = self.time.map(|(place, step_ms)| (columns[place].clone(), step_ms * 1_000));
        let texts = columns.iter().enumerate().filter(|(place, _)| self.time.is_none_or(|(time, _)| time != *place));
        let texts: Vec<Option<&ArrayRef>> = texts.map(|(_, column)| column.as_ref()).collect();
        if self.texts.iter().zip(&texts).any(|(known, column)| !known.has(*column)) {
            self.settle();
            for (known, column) in self.texts.iter_mut().zip(&texts) {
                known.take_up(*column);
            }
        }
        let keys: Vec<Option<Keys<'_>>> = texts.iter().map(|column| column.map(Keys::of)).collect();
        let Some((instants, step)) = time else {
            self.counting.add(&self.texts, &keys, 0..rows);
            return;
        };
        let instants = instants.as_ref().and_then(|column| column.as_primitive_opt::<arrow::datatypes::Int64Type>());
        let at = |row: usize| {
            instants.filter(|instants| instants.is_valid(row)).map(|instants| instants.value(row).div_euclid(step))
        };
        let mut start = 0;
        while start < rows {
            let cut = at(start);
            let same = (start + 1..rows).find(|row| at(*row) != cut).unwrap_or(rows);
            let number = cut.map_or(NULL, |cut| self.times.number(cut * step / 1_000));
            if number != self.times.current {
                self.settle();
                self.times.current = number;
            }
            self.counting.add(&self.texts, &keys, start..same);
            start = same;
        }
    }

    /// Adds what was counted under the present dictionaries to the totals.
    fn settle(&mut self) {
        let Self { texts, time, times, totals, counting } = self;
        let mut combination = vec![NULL; texts.len() + usize::from(time.is_some())];
        counting.drain(|mut code, count| {
            for (place, known) in texts.iter().enumerate().rev() {
                let values = known.codes.len() as u64;
                combination[place] = known.codes[(code % values) as usize];
                code /= values;
            }
            if time.is_some() {
                combination[texts.len()] = times.current;
            }
            match totals.get_mut(combination.as_slice()) {
                Some(total) => *total += count,
                None => {
                    totals.insert(combination.clone().into(), count);
                }
            }
        });
    }

    /// Every combination with its count, a column at a time; nothing is left.
    pub(super) fn take(&mut self) -> (Vec<ArrayRef>, Int64Array) {
        self.settle();
        let totals: Vec<(Box<[u32]>, i64)> = std::mem::take(&mut self.totals).into_iter().collect();
        let counts = totals.iter().map(|(_, count)| *count).collect::<Int64Array>();
        let mut columns: Vec<ArrayRef> = Vec::new();
        for (place, known) in self.texts.iter().enumerate() {
            let mut values = StringViewBuilder::with_capacity(totals.len());
            for (combination, _) in &totals {
                values.append_option(value(&known.values, combination[place]));
            }
            columns.push(Arc::new(values.finish()));
        }
        if let Some((place, _)) = self.time {
            let last = self.texts.len();
            let times = totals.iter().map(|(combination, _)| value(&self.times.values, combination[last]).copied());
            columns.insert(place, Arc::new(times.collect::<TimestampMillisecondArray>()));
        }
        (columns, counts)
    }
}

fn value<T>(values: &[T], number: u32) -> Option<&T> {
    number.checked_sub(1).and_then(|place| values.get(place as usize))
}

impl Texts {
    /// Whether rows with this column can be counted along with those before.
    fn has(&self, column: Option<&ArrayRef>) -> bool {
        match (&self.dictionary, column) {
            (_, None) => self.dictionary.is_none() && !self.codes.is_empty(),
            (Some(known), Some(column)) => {
                column.as_dictionary_opt::<Int32Type>().is_some_and(|keys| Arc::ptr_eq(known, keys.values()))
            }
            (None, Some(_)) => false,
        }
    }

    /// Numbers the values of a dictionary; code 0 is NULL, the others those of the dictionary plus 1.
    fn take_up(&mut self, column: Option<&ArrayRef>) {
        let dictionary = column.and_then(|column| column.as_dictionary_opt::<Int32Type>()).map(|keys| keys.values());
        self.codes.clear();
        self.codes.push(NULL);
        if let Some(texts) = dictionary.and_then(|values| values.as_string_opt::<i32>()) {
            for text in texts {
                let number = text.map_or(NULL, |text| self.number(text));
                self.codes.push(number);
            }
        }
        self.dictionary = dictionary.cloned();
    }

    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        self.values.push(text.into());
        // A value takes more memory than its number can count.
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.into(), number);
        number
    }
}

impl Numbers {
    fn number(&mut self, value: i64) -> u32 {
        match self.numbers.entry(value) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(unknown) => {
                self.values.push(value);
                *unknown.insert(u32::try_from(self.values.len()).unwrap_or(u32::MAX))
            }
        }
    }
}

/// The codes of a column's rows.
struct Keys<'a> {
    keys: &'a [i32],
    nulls: Option<&'a arrow::buffer::NullBuffer>,
}

impl<'a> Keys<'a> {
    fn of(column: &'a ArrayRef) -> Self {
        match column.as_dictionary_opt::<Int32Type>() {
            Some(dictionary) => Self { keys: dictionary.keys().values(), nulls: dictionary.keys().nulls() },
            None => Self { keys: &[], nulls: None },
        }
    }

    fn code(&self, row: usize) -> u64 {
        match self.nulls {
            Some(nulls) if nulls.is_null(row) => 0,
            _ => self.keys.get(row).map_or(0, |key| u64::from(key.unsigned_abs()) + 1),
        }
    }
}

impl Counting {
    fn add(&mut self, texts: &[Texts], keys: &[Option<Keys<'_>>], rows: std::ops::Range<usize>) {
        let combinations = texts
            .iter()
            .try_fold(1_usize, |all, known| all.checked_mul(known.codes.len()).filter(|all| *all <= TABLE_MAX));
        let code = |row: usize| {
            texts.iter().zip(keys).fold(0_u64, |code, (known, keys)| {
                code * known.codes.len() as u64 + keys.as_ref().map_or(0, |keys| keys.code(row))
            })
        };
        match combinations {
            // All rows are alike.
            Some(1) => self.one(0, rows.len()),
            Some(combinations) => {
                if self.table.len() < combinations {
                    self.table.resize(combinations, 0);
                }
                for row in rows {
                    let code = code(row) as usize;
                    if self.table[code] == 0 {
                        self.touched.push(code);
                    }
                    self.table[code] += 1;
                }
            }
            None => {
                for row in rows {
                    *self.hashed.entry(code(row)).or_insert(0) += 1;
                }
            }
        }
    }

    fn one(&mut self, code: u64, rows: usize) {
        *self.hashed.entry(code).or_insert(0) += rows as i64;
    }

    fn drain(&mut self, mut each: impl FnMut(u64, i64)) {
        for code in self.touched.drain(..) {
            each(code as u64, i64::from(std::mem::take(&mut self.table[code])));
        }
        for (code, count) in self.hashed.drain() {
            each(code, count);
        }
    }
}
