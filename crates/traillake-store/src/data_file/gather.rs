//! The values of one column at given places of many arrays.

use std::collections::HashMap;
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
    /// No array has a value.
    Nulls(&'a DataType),
    Plain(Vec<&'a dyn Array>),
    Dictionaries(Dictionaries),
}

/// Dictionaries made one.
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
            return Ok(Gatherer::Nulls(data_type));
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
            Gatherer::Nulls(DataType::Dictionary(..)) => DataType::Utf8,
            Gatherer::Nulls(data_type) => (*data_type).clone(),
            Gatherer::Plain(arrays) => arrays[0].data_type().clone(),
            Gatherer::Dictionaries(_) => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        }
    }

    pub(super) fn gather(&self, places: &[Place]) -> Result<ArrayRef, ArrowError> {
        match self {
            Gatherer::Nulls(_) => Ok(arrow::array::new_null_array(&self.data_type(), places.len())),
            Gatherer::Plain(arrays) => {
                let indices: Vec<_> = places.iter().map(|place| (place.batch as usize, place.row as usize)).collect();
                interleave(arrays, &indices)
            }
            Gatherer::Dictionaries(dictionaries) => dictionaries.gather(places),
        }
    }
}

impl Dictionaries {
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
