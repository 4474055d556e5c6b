//! How often each combination of values occurs in the rows of data files.

use std::collections::hash_map::Entry;
use std::mem;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, StringArray, StringViewBuilder, TimestampMillisecondArray};
use datafusion::common::hash_utils::RandomState;
use traillake_store::CodedTexts;

use super::COLUMNS_MAX;
use super::scan::Counted;

/// Millions of look-ups: with the hash of the engine's own aggregates, not of the standard library's maps.
type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;

/// Combinations of codes up to this many are counted in a table, more by hashing.
const TABLE_MAX: usize = 1 << 16;
/// The code of NULL.
const NULL: u32 = 0;

/// The numbers of the values of a combination, one behind another: of [`COLUMNS_MAX`] texts at most, and an instant.
type Combination = u128;

const _: () = assert!((COLUMNS_MAX + 1) * u32::BITS as usize <= u128::BITS as usize);

/// A column of rows.
#[derive(Clone, Debug)]
pub(super) enum Column {
    Texts(CodedTexts),
    /// Instants in microseconds.
    Times(Int64Array),
}

impl Column {
    pub(super) fn texts(&self) -> Option<&CodedTexts> {
        match self {
            Column::Texts(texts) => Some(texts),
            Column::Times(_) => None,
        }
    }

    /// Leaves the rows at some places.
    pub(super) fn keep(&mut self, places: &[u32]) {
        match self {
            Column::Texts(texts) => texts.codes = places.iter().map(|place| texts.codes[*place as usize]).collect(),
            Column::Times(times) => {
                let time = |place: &u32| times.is_valid(*place as usize).then(|| times.value(*place as usize));
                *times = places.iter().map(time).collect();
            }
        }
    }

    fn times(&self) -> Option<&Int64Array> {
        match self {
            Column::Texts(_) => None,
            Column::Times(times) => Some(times),
        }
    }
}

/// Counts combinations. Memory: each combination once.
#[derive(Debug)]
pub(super) struct Tally {
    texts: Vec<Texts>,
    time: Option<Time>,
    times: Numbers,
    totals: HashMap<Combination, i64>,
    counting: Counting,
}

/// The column of instants.
#[derive(Clone, Debug)]
struct Time {
    /// Its place among the columns.
    place: usize,
    column: Counted,
}

/// The values of a column, numbered from 1 on.
#[derive(Debug, Default)]
struct Texts {
    numbers: HashMap<Box<str>, u32>,
    values: Vec<Box<str>>,
    /// The dictionary of the rows that are being counted, and the numbers of its codes.
    dictionary: Option<Arc<StringArray>>,
    numbers_of_codes: Vec<u32>,
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
    /// The combination of each row.
    codes: Vec<u64>,
    /// How many there can be, when a table has room for them.
    combinations: Option<usize>,
    table: Vec<u32>,
    touched: Vec<usize>,
    hashed: HashMap<u64, i64>,
}

impl Tally {
    pub(super) fn new(columns: &[Counted]) -> Self {
        let time = columns.iter().enumerate().find(|(_, column)| matches!(column, Counted::Time { .. }));
        let time = time.map(|(place, column)| Time { place, column: column.clone() });
        let texts = columns.iter().filter(|column| matches!(column, Counted::Text(_))).map(|_| Texts::default());
        Self {
            texts: texts.collect(),
            time,
            times: Numbers::default(),
            totals: HashMap::default(),
            counting: Counting::default(),
        }
    }

    /// How many combinations there are.
    pub(super) fn len(&self) -> usize {
        self.totals.len()
    }

    /// Counts rows: their columns in order, `None` where a file lacks one.
    pub(super) fn add(&mut self, columns: &[Option<Column>], rows: usize) {
        let time = self.time.clone();
        let is_text = |place: usize| time.as_ref().is_none_or(|time| time.place != place);
        let texts = columns.iter().enumerate().filter(|(place, _)| is_text(*place));
        let texts: Vec<Option<&CodedTexts>> = texts.map(|(_, column)| column.as_ref()?.texts()).collect();
        if self.texts.iter().zip(&texts).any(|(known, column)| !known.has(*column)) {
            self.settle();
            for (known, column) in self.texts.iter_mut().zip(&texts) {
                known.take_up(*column);
            }
        }
        self.counting.combine(&self.texts, &texts, rows);
        let Some(time) = time else {
            self.counting.count(0..rows);
            return;
        };
        let instants = columns[time.place].as_ref().and_then(Column::times);
        let cut = |row: usize| {
            time.column
                .cut_micros(instants.filter(|instants| instants.is_valid(row)).map(|instants| instants.value(row)))
        };
        let mut start = 0;
        while start < rows {
            let alike = cut(start);
            let end = (start + 1..rows).find(|row| cut(*row) != alike).unwrap_or(rows);
            if let Some(millis) = alike {
                let number = millis.map_or(NULL, |millis| self.times.number(millis));
                if number != self.times.current {
                    self.settle();
                    self.times.current = number;
                }
                self.counting.count(start..end);
            }
            start = end;
        }
    }

    /// Adds counts of the one column of texts; instants, where there are any, are not read.
    pub(super) fn add_texts(&mut self, counts: &[(Option<Box<str>>, u64)]) {
        for (text, count) in counts.iter().filter(|(_, count)| *count > 0) {
            let Some(known) = self.texts.first_mut() else { return };
            // An instant behind it would be NULL.
            let number = text.as_deref().map_or(NULL, |text| known.number(text));
            *self.totals.entry(Combination::from(number)).or_default() += count.cast_signed();
        }
    }

    /// Adds counts of minutes, all within the bounds.
    pub(super) fn add_minutes(&mut self, counts: &[(Option<i64>, u64)]) {
        let Some(Time { column: Counted::Time { step_ms: step, .. }, .. }) = self.time else { return };
        for (millis, count) in counts.iter().filter(|(_, count)| *count > 0) {
            let cut = millis.zip(step).map(|(millis, step)| millis.div_euclid(step) * step);
            let number = cut.map_or(NULL, |millis| self.times.number(millis));
            *self.totals.entry(Combination::from(number)).or_default() += count.cast_signed();
        }
    }

    /// Adds what was counted under the present dictionaries to the totals.
    fn settle(&mut self) {
        let Self { texts, time, times, totals, counting } = self;
        counting.drain(|mut code, count| {
            let mut combination = if time.is_some() { Combination::from(times.current) } else { 0 };
            for known in texts.iter().rev() {
                let values = known.numbers_of_codes.len() as u64;
                combination =
                    combination << u32::BITS | Combination::from(known.numbers_of_codes[(code % values) as usize]);
                code /= values;
            }
            *totals.entry(combination).or_default() += count;
        });
    }

    /// Every combination with its count, a column at a time; nothing is left.
    pub(super) fn take(&mut self) -> (Vec<ArrayRef>, Int64Array) {
        self.settle();
        let totals: Vec<(Combination, i64)> = mem::take(&mut self.totals).into_iter().collect();
        let counts = totals.iter().map(|(_, count)| *count).collect::<Int64Array>();
        let mut columns: Vec<ArrayRef> = Vec::new();
        for (place, known) in self.texts.iter().enumerate() {
            let mut values = StringViewBuilder::with_capacity(totals.len());
            for (combination, _) in &totals {
                values.append_option(value(&known.values, number(*combination, place)));
            }
            columns.push(Arc::new(values.finish()));
        }
        if let Some(Time { place, .. }) = self.time {
            let last = self.texts.len();
            let times =
                totals.iter().map(|(combination, _)| value(&self.times.values, number(*combination, last)).copied());
            columns.insert(place, Arc::new(times.collect::<TimestampMillisecondArray>()));
        }
        (columns, counts)
    }
}

/// The number of the value at a place.
fn number(combination: Combination, place: usize) -> u32 {
    (combination >> (place * u32::BITS as usize)) as u32
}

fn value<T>(values: &[T], number: u32) -> Option<&T> {
    number.checked_sub(1).and_then(|place| values.get(place as usize))
}

impl Texts {
    /// Whether rows with this column can be counted along with those before.
    fn has(&self, column: Option<&CodedTexts>) -> bool {
        match (&self.dictionary, column) {
            (_, None) => self.dictionary.is_none() && !self.numbers_of_codes.is_empty(),
            (Some(known), Some(column)) => Arc::ptr_eq(known, &column.values),
            (None, Some(_)) => false,
        }
    }

    /// Numbers the values of a dictionary.
    fn take_up(&mut self, column: Option<&CodedTexts>) {
        self.numbers_of_codes.clear();
        self.numbers_of_codes.push(NULL);
        for text in column.iter().flat_map(|column| column.values.iter()) {
            let number = text.map_or(NULL, |text| self.number(text));
            self.numbers_of_codes.push(number);
        }
        self.dictionary = column.map(|column| Arc::clone(&column.values));
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

impl Counting {
    /// Takes up the combinations of the rows that [`count`](Self::count) is about.
    fn combine(&mut self, texts: &[Texts], columns: &[Option<&CodedTexts>], rows: usize) {
        self.codes.clear();
        self.codes.resize(rows, 0);
        for (known, column) in texts.iter().zip(columns) {
            let values = known.numbers_of_codes.len() as u64;
            match column {
                Some(column) => self
                    .codes
                    .iter_mut()
                    .zip(&column.codes)
                    .for_each(|(all, code)| *all = *all * values + u64::from(*code)),
                None => self.codes.iter_mut().for_each(|code| *code *= values),
            }
        }
        let fits = |all: &usize| *all <= TABLE_MAX;
        let all =
            texts.iter().try_fold(1_usize, |all, known| all.checked_mul(known.numbers_of_codes.len()).filter(fits));
        self.combinations = all;
        if let Some(all) = all.filter(|all| *all > self.table.len()) {
            self.table.resize(all, 0);
        }
    }

    fn count(&mut self, rows: Range<usize>) {
        let Self { codes, table, touched, hashed, .. } = self;
        let (count, codes) = (rows.len(), &codes[rows]);
        match self.combinations {
            // All rows are alike.
            Some(1) => *hashed.entry(0).or_insert(0) += count as i64,
            // Looking at the whole table once is cheaper than at each row for whether it is the first.
            Some(all) if all <= count => {
                for code in codes {
                    table[*code as usize] += 1;
                }
                touched.extend((0..all).filter(|code| table[*code] > 0));
            }
            Some(_) => {
                for code in codes {
                    let code = *code as usize;
                    if table[code] == 0 {
                        touched.push(code);
                    }
                    table[code] += 1;
                }
            }
            None => {
                for code in codes {
                    *hashed.entry(*code).or_insert(0) += 1;
                }
            }
        }
    }

    fn drain(&mut self, mut each: impl FnMut(u64, i64)) {
        for code in self.touched.drain(..) {
            // A code may have been touched twice.
            match mem::take(&mut self.table[code]) {
                0 => {}
                count => each(code as u64, i64::from(count)),
            }
        }
        for (code, count) in self.hashed.drain() {
            each(code, count);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use arrow::array::{AsArray, DictionaryArray};
    use arrow::datatypes::Int32Type;
    use proptest::prelude::*;

    use super::*;

    type Row = (Option<String>, Option<String>, Option<i64>);

    fn row() -> impl Strategy<Value = Row> {
        let text = || prop::option::of("[a-d]{0,2}");
        (text(), text(), prop::option::of(-5_000_000_000_i64..5_000_000_000))
    }

    fn coded<'a>(rows: impl Iterator<Item = Option<&'a str>>) -> Column {
        let rows: DictionaryArray<Int32Type> = rows.collect();
        let codes = rows.keys().iter().map(|key| key.map_or(NULL, |key| key.unsigned_abs() + 1)).collect();
        Column::Texts(CodedTexts { codes, values: Arc::new(rows.values().as_string().clone()) })
    }

    fn counted(tally: &mut Tally) -> BTreeMap<Row, i64> {
        let (columns, counts) = tally.take();
        let text = |column: &ArrayRef, row: usize| {
            let values = column.as_string_view();
            values.is_valid(row).then(|| values.value(row).to_owned())
        };
        let time = |row: usize| {
            let values = columns[1].as_primitive::<arrow::datatypes::TimestampMillisecondType>();
            values.is_valid(row).then(|| values.value(row))
        };
        let rows = (0..counts.len())
            .map(|row| ((text(&columns[0], row), text(&columns[2], row), time(row)), counts.value(row)));
        let all: Vec<_> = rows.collect();
        let once: BTreeMap<Row, i64> = all.iter().cloned().collect();
        assert_eq!(once.len(), all.len(), "a combination came twice");
        once
    }

    proptest! {
        #[test]
        fn combinations_are_counted_over_all_batches(
            batches in prop::collection::vec(prop::collection::vec(row(), 0..60), 0..6),
            within in prop::option::of((-5_000_000_i64..0).prop_map(|from| from..=-from)),
        ) {
            let text = |column: &str| Counted::Text(column.to_owned());
            let time = Counted::Time { column: "t".to_owned(), step_ms: Some(1_000), within_ms: within.clone() };
            let mut tally = Tally::new(&[text("a"), time, text("b")]);
            let mut expected: BTreeMap<Row, i64> = BTreeMap::new();
            for rows in &batches {
                let micros: Int64Array = rows.iter().map(|row| row.2).collect();
                let columns = [
                    Some(coded(rows.iter().map(|row| row.0.as_deref()))),
                    Some(Column::Times(micros)),
                    Some(coded(rows.iter().map(|row| row.1.as_deref()))),
                ];
                tally.add(&columns, rows.len());
                // A file that lacks a column.
                tally.add(&[None, columns[1].clone(), columns[2].clone()], rows.len());
                for (a, b, micros) in rows {
                    let millis = micros.map(|micros| micros / 1_000);
                    if within.as_ref().is_some_and(|within| !millis.is_some_and(|millis| within.contains(&millis))) {
                        continue;
                    }
                    let second = millis.map(|millis| millis.div_euclid(1_000) * 1_000);
                    *expected.entry((a.clone(), b.clone(), second)).or_default() += 1;
                    *expected.entry((None, b.clone(), second)).or_default() += 1;
                }
            }
            prop_assert_eq!(counted(&mut tally), expected);
        }
    }
}
