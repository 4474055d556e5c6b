//! The values of one column at given places of many arrays.

use std::collections::HashMap;
use std::iter;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, Int32Array, PrimitiveArray, StringArray};
use arrow::buffer::NullBuffer;
use arrow::compute::interleave;
use arrow::datatypes::{ArrowDictionaryKeyType, DataType, Int16Type, Int32Type};
use arrow::error::ArrowError;

/// A row of one of many arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) batch: u32,
    pub(crate) row: u32,
}

/// Gathers one column.
pub(super) enum Gatherer<'a> {
    /// No array has a value: `none` has none.
    Nulls {
        data_type: &'a DataType,
        none: StringArray,
    },
    Plain(Vec<&'a dyn Array>),
    Dictionaries(Dictionaries),
}

/// Dictionaries made one, whose values are distinct.
pub(super) struct Dictionaries {
    values: Arc<StringArray>,
    /// For each array the keys of its rows in `values`; -1 is NULL.
    keys: Vec<Vec<i32>>,
}

impl<'a> Gatherer<'a> {
    /// Of arrays of one type, at least one.
    pub(super) fn new(arrays: &[&'a dyn Array]) -> Result<Self, ArrowError> {
        let data_type = arrays[0].data_type();
        if arrays.iter().all(|array| array.null_count() == array.len()) {
            return Ok(Gatherer::Nulls { data_type, none: StringArray::new_null(0) });
        }
        match data_type {
            DataType::Dictionary(key, _) if **key == DataType::Int16 => {
                Dictionaries::new(arrays.iter().map(|array| array.as_dictionary::<Int16Type>()))
                    .map(Gatherer::Dictionaries)
            }
            DataType::Dictionary(..) => {
                Dictionaries::new(arrays.iter().map(|array| array.as_dictionary::<Int32Type>()))
                    .map(Gatherer::Dictionaries)
            }
            _ => Ok(Gatherer::Plain(arrays.to_vec())),
        }
    }

    /// What is gathered: dictionaries have keys of 32 bits.
    pub(super) fn data_type(&self) -> DataType {
        match self {
            Gatherer::Nulls { data_type: DataType::Dictionary(..), .. } => DataType::Utf8,
            Gatherer::Nulls { data_type, .. } => (*data_type).clone(),
            Gatherer::Plain(arrays) => arrays[0].data_type().clone(),
            Gatherer::Dictionaries(_) => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        }
    }

    /// The places in runs of at most so many rows, whose values have at most so many bytes where there is more than one.
    pub(super) fn slices<'p>(
        &self,
        places: &'p [Place],
        rows_max: usize,
        bytes_max: usize,
    ) -> impl Iterator<Item = &'p [Place]> + use<'_, 'a, 'p> {
        let can_exceed = self.bytes() > bytes_max;
        let mut left = places;
        iter::from_fn(move || {
            let most = left.len().min(rows_max);
            let rows = if can_exceed { self.rows_within(&left[..most], bytes_max) } else { most };
            let slice;
            (slice, left) = left.split_at(rows);
            (!slice.is_empty()).then_some(slice)
        })
    }

    /// How many places from the front have values of so many bytes; at least one.
    fn rows_within(&self, places: &[Place], bytes_max: usize) -> usize {
        let mut bytes = 0;
        let within = places.iter().take_while(|place| {
            bytes += self.value_bytes(**place);
            bytes <= bytes_max
        });
        within.count().max(1).min(places.len())
    }

    /// The bytes of all texts, once for each row or entry of a dictionary.
    fn bytes(&self) -> usize {
        match self {
            Gatherer::Nulls { .. } => 0,
            Gatherer::Plain(arrays) => {
                arrays.iter().filter_map(|array| texts(*array)).map(|texts| texts.values().len()).sum()
            }
            // A value may stand in many rows.
            Gatherer::Dictionaries(dictionaries) => match dictionaries.longest() {
                0..=SHORT_BYTES => 0,
                _ => usize::MAX,
            },
        }
    }

    fn value_bytes(&self, place: Place) -> usize {
        let (batch, row) = (place.batch as usize, place.row as usize);
        match self {
            Gatherer::Nulls { .. } => 0,
            Gatherer::Plain(arrays) => texts(arrays[batch]).map_or(0, |texts| length(texts, row)),
            Gatherer::Dictionaries(Dictionaries { values, keys }) => {
                usize::try_from(keys[batch][row]).map_or(0, |key| length(values, key))
            }
        }
    }

    /// The distinct values, and for each place which of them stands there; a negative one is NULL. `None` where values
    /// are not known by codes.
    pub(super) fn codes<'g>(
        &'g self,
        places: &'g [Place],
    ) -> Option<(&'g StringArray, impl ExactSizeIterator<Item = i32> + 'g)> {
        let (values, keys) = match self {
            Gatherer::Nulls { none, .. } => (none, None),
            Gatherer::Dictionaries(Dictionaries { values, keys }) => (values.as_ref(), Some(keys)),
            Gatherer::Plain(_) => return None,
        };
        let code = move |place: &Place| keys.map_or(-1, |keys| keys[place.batch as usize][place.row as usize]);
        Some((values, places.iter().map(code)))
    }

    pub(super) fn gather(&self, places: &[Place]) -> Result<ArrayRef, ArrowError> {
        match self {
            Gatherer::Nulls { .. } => Ok(arrow::array::new_null_array(&self.data_type(), places.len())),
            Gatherer::Plain(arrays) => {
                let indices: Vec<_> = places.iter().map(|place| (place.batch as usize, place.row as usize)).collect();
                interleave(arrays, &indices)
            }
            Gatherer::Dictionaries(dictionaries) => dictionaries.gather(places),
        }
    }
}

/// A dictionary of values that are no longer is not looked at row by row.
const SHORT_BYTES: usize = 1_024;

fn texts(array: &dyn Array) -> Option<&StringArray> {
    array.as_string_opt::<i32>()
}

fn length(texts: &StringArray, row: usize) -> usize {
    usize::try_from(texts.value_length(row)).unwrap_or_default()
}

impl Dictionaries {
    fn longest(&self) -> usize {
        (0..self.values.len()).map(|value| length(&self.values, value)).max().unwrap_or_default()
    }

    fn new<'a, K: ArrowDictionaryKeyType>(
        arrays: impl Iterator<Item = &'a DictionaryArray<K>>,
    ) -> Result<Self, ArrowError> {
        let arrays: Vec<_> = arrays.collect();
        let mut places: HashMap<&str, i32> = HashMap::new();
        let mut values = Vec::new();
        let mut keys = Vec::with_capacity(arrays.len());
        for array in arrays {
            let strings = array.values().as_string::<i32>();
            let mut renumbered = Vec::with_capacity(strings.len());
            for value in strings {
                let value = value.unwrap_or_default();
                let place = *places.entry(value).or_insert_with(|| {
                    values.push(value);
                    values.len() as i32 - 1
                });
                renumbered.push(place);
            }
            keys.push(renumber(array.keys(), &renumbered));
        }
        Ok(Self { values: Arc::new(StringArray::from(values)), keys })
    }

    fn gather(&self, places: &[Place]) -> Result<ArrayRef, ArrowError> {
        let keys: Vec<i32> = places.iter().map(|place| self.keys[place.batch as usize][place.row as usize]).collect();
        let nulls = keys.contains(&-1).then(|| keys.iter().map(|key| *key >= 0).collect::<NullBuffer>());
        let keys = keys.into_iter().map(|key| key.max(0)).collect::<Vec<_>>();
        let keys = Int32Array::new(keys.into(), nulls);
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::clone(&self.values) as ArrayRef)?))
    }
}

fn renumber<K: ArrowDictionaryKeyType>(keys: &PrimitiveArray<K>, renumbered: &[i32]) -> Vec<i32> {
    use arrow::datatypes::ArrowNativeType;
    keys.iter().map(|key| key.and_then(|key| renumbered.get(key.as_usize()).copied()).unwrap_or(-1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_end_before_they_have_too_many_bytes() {
        let texts =
            |lengths: &[usize]| -> StringArray { lengths.iter().map(|length| Some("x".repeat(*length))).collect() };
        let plain = texts(&[10, 90, 1, 200, 5, 5]);
        let places: Vec<Place> = (0..6).map(|row| Place { batch: 0, row }).collect();
        let rows = |gatherer: &Gatherer, rows_max, bytes_max| {
            gatherer.slices(&places, rows_max, bytes_max).map(<[Place]>::len).collect::<Vec<_>>()
        };
        let arrays: [&dyn Array; 1] = [&plain];
        let gatherer = Gatherer::new(&arrays).unwrap();
        assert_eq!(rows(&gatherer, 4, 1_000), [4, 2]);
        assert_eq!(rows(&gatherer, 9, 100), [2, 1, 1, 2]);

        let values = Arc::new(texts(&[1, 2_000]));
        let keys = arrow::array::Int16Array::from(vec![Some(0), Some(1), Some(1), None, Some(1), Some(0)]);
        let dictionary = DictionaryArray::<Int16Type>::try_new(keys, values).unwrap();
        let arrays: [&dyn Array; 1] = [&dictionary];
        let gatherer = Gatherer::new(&arrays).unwrap();
        assert_eq!(rows(&gatherer, 9, 4_001), [4, 2]);
    }
}
