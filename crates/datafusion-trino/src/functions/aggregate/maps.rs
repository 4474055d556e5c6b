//! `map_agg`, `multimap_agg`, `map_union`, `histogram`: maps, ordered by key.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, MapArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use arrow::row::OwnedRow;
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::Accumulator;

use super::keys::{Keys, column, list, lists, plain_list};
use super::{Aggregate, Call, argument, list_of, nullable, scalar, wrong};
use crate::types::{map_fields, map_type};

pub(super) fn functions() -> Vec<Aggregate> {
    vec![
        Aggregate::new("map_agg", pair, map_of, pair_state, |call| pairs(call, Repeated::First)).ordered(),
        Aggregate::new("multimap_agg", pair, multimap_of, pair_state, |call| pairs(call, Repeated::All)).ordered(),
        Aggregate::new("map_union", map, |args| argument(args, 0).cloned(), map_state, union).ordered(),
        Aggregate::new("histogram", one, histogram_of, histogram_state, histogram),
    ]
}

fn pair(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [_, _] => Ok(types.to_vec()),
        _ => wrong(name, types, "a key and a value"),
    }
}

fn one(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [_] => Ok(types.to_vec()),
        _ => wrong(name, types, "one value"),
    }
}

fn map(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::Map(..)] => Ok(types.to_vec()),
        _ => wrong(name, types, "a map"),
    }
}

fn field(args: &[FieldRef], i: usize) -> Result<Field> {
    Ok(argument(args, i)?.as_ref().clone())
}

fn map_of(args: &[FieldRef]) -> Result<FieldRef> {
    nullable(map_type(field(args, 0)?, field(args, 1)?))
}

fn multimap_of(args: &[FieldRef]) -> Result<FieldRef> {
    let values = Field::new("value", list_of(argument(args, 1)?), true);
    nullable(map_type(field(args, 0)?, values))
}

fn histogram_of(args: &[FieldRef]) -> Result<FieldRef> {
    nullable(map_type(field(args, 0)?, Field::new("value", DataType::Int64, true)))
}

fn pair_state(args: &[FieldRef]) -> Result<Vec<DataType>> {
    let plain = |i: usize| argument(args, i).map(|field| plain_list(field.data_type()));
    Ok(vec![plain(0)?, plain(1)?])
}

fn map_state(args: &[FieldRef]) -> Result<Vec<DataType>> {
    match map_fields(argument(args, 0)?.data_type()) {
        Some((key, value)) => Ok(vec![plain_list(key.data_type()), plain_list(value.data_type())]),
        None => plan_err!("a map is missing"),
    }
}

fn histogram_state(args: &[FieldRef]) -> Result<Vec<DataType>> {
    Ok(vec![plain_list(argument(args, 0)?.data_type()), plain_list(&DataType::Int64)])
}

/// What becomes of the values of a key that is there more than once.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Repeated {
    First,
    All,
}

fn pairs(call: &Call, repeated: Repeated) -> Result<Box<dyn Accumulator>> {
    let value = call.data_type(1)?.clone();
    Ok(Box::new(Pairs::try_new(call.data_type(0)?, value, call, repeated, false)?))
}

fn union(call: &Call) -> Result<Box<dyn Accumulator>> {
    match map_fields(call.data_type(0)?) {
        Some((key, value)) => {
            let value = value.data_type().clone();
            Ok(Box::new(Pairs::try_new(key.data_type(), value, call, Repeated::First, true)?))
        }
        None => plan_err!("map_union takes a map"),
    }
}

/// A map of the given type, from the columns of its keys and values.
pub(super) fn build(data_type: &DataType, keys: ArrayRef, values: ArrayRef) -> Result<ScalarValue> {
    let DataType::Map(entries, _) = data_type else { return exec_err!("{data_type} is no map") };
    let DataType::Struct(fields) = entries.data_type() else { return exec_err!("{data_type} is no map") };
    let offsets = OffsetBuffer::from_lengths([keys.len()]);
    let rows = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
    let map = MapArray::try_new(Arc::clone(entries), offsets, rows, None, false)?;
    Ok(ScalarValue::Map(Arc::new(map)))
}

/// Values by key; NULL keys are left out.
#[derive(Debug)]
struct Pairs {
    keys: Keys,
    key: DataType,
    value: DataType,
    returns: DataType,
    repeated: Repeated,
    /// Whether the argument is a map.
    of_maps: bool,
    found: BTreeMap<OwnedRow, Vec<ScalarValue>>,
    /// Whether any row was there at all: no rows make NULL, rows without keys an empty map.
    any: bool,
}

impl Pairs {
    fn try_new(key: &DataType, value: DataType, call: &Call, repeated: Repeated, of_maps: bool) -> Result<Pairs> {
        let returns = call.returns.data_type().clone();
        let (keys, key) = (Keys::try_new(key)?, key.clone());
        Ok(Pairs { keys, key, value, returns, repeated, of_maps, found: BTreeMap::new(), any: false })
    }

    fn add(&mut self, keys: &ArrayRef, values: &ArrayRef) -> Result<()> {
        let rows = self.keys.rows(keys)?;
        for row in (0..keys.len()).filter(|&row| keys.is_valid(row)) {
            self.any = true;
            match self.found.entry(rows.row(row).owned()) {
                Entry::Vacant(entry) => drop(entry.insert(vec![scalar(values, row)?])),
                Entry::Occupied(mut entry) if self.repeated == Repeated::All => {
                    entry.get_mut().push(scalar(values, row)?);
                }
                Entry::Occupied(_) => {}
            }
        }
        Ok(())
    }
}

impl Accumulator for Pairs {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if !self.of_maps {
            return self.add(&values[0], &values[1]);
        }
        let maps = values[0].as_map();
        for row in (0..maps.len()).filter(|&row| maps.is_valid(row)) {
            self.any = true;
            let entries = maps.value(row);
            self.add(entries.column(0), entries.column(1))?;
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if !self.any {
            return ScalarValue::try_from(&self.returns);
        }
        let keys = self.keys.values(self.found.keys())?;
        let values = column(self.found.values().flatten(), &self.value)?;
        let values: ArrayRef = match self.repeated {
            Repeated::First => values,
            Repeated::All => {
                let Some(DataType::List(item)) = map_fields(&self.returns).map(|(_, value)| value.data_type()) else {
                    return exec_err!("multimap_agg gives a map of arrays");
                };
                let item = Arc::clone(item);
                let offsets = OffsetBuffer::from_lengths(self.found.values().map(Vec::len));
                Arc::new(ListArray::try_new(item, offsets, values, None)?)
            }
        };
        build(&self.returns, keys, values)
    }

    fn size(&self) -> usize {
        let values = |values: &Vec<ScalarValue>| values.iter().map(ScalarValue::size).sum::<usize>();
        let found = self.found.iter().map(|(key, found)| key.as_ref().len() + values(found));
        size_of_val(self) + self.keys.size() + found.sum::<usize>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        if !self.any {
            let values = ScalarValue::try_from(&plain_list(&self.value))?;
            return Ok(vec![ScalarValue::try_from(&plain_list(&self.key))?, values]);
        }
        let keys = self.found.iter().flat_map(|(key, values)| values.iter().map(move |_| key));
        let keys = self.keys.list(keys)?;
        Ok(vec![keys, list(column(self.found.values().flatten(), &self.value)?, &plain_list(&self.value))?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for (keys, values) in lists(states, 0).iter().zip(lists(states, 1).iter()) {
            if let (Some(keys), Some(values)) = (keys, values) {
                self.any = true;
                self.add(keys, values)?;
            }
        }
        Ok(())
    }
}

fn histogram(call: &Call) -> Result<Box<dyn Accumulator>> {
    let keys = Keys::try_new(call.data_type(0)?)?;
    Ok(Box::new(Histogram { keys, returns: call.returns.data_type().clone(), counts: BTreeMap::new() }))
}

/// How often each value is there; NULL is none.
#[derive(Debug)]
struct Histogram {
    keys: Keys,
    returns: DataType,
    counts: BTreeMap<OwnedRow, i64>,
}

impl Histogram {
    fn counted(&self) -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(self.counts.values().copied()))
    }
}

impl Accumulator for Histogram {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = self.keys.rows(&values[0])?;
        for row in (0..values[0].len()).filter(|&row| values[0].is_valid(row)) {
            *self.counts.entry(rows.row(row).owned()).or_default() += 1;
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.counts.is_empty() {
            return ScalarValue::try_from(&self.returns);
        }
        build(&self.returns, self.keys.values(self.counts.keys())?, self.counted())
    }

    fn size(&self) -> usize {
        let counts = self.counts.keys().map(|key| key.as_ref().len() + size_of::<i64>());
        size_of_val(self) + self.keys.size() + counts.sum::<usize>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.keys.list(self.counts.keys())?, list(self.counted(), &plain_list(&DataType::Int64))?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for (keys, counts) in lists(states, 0).iter().zip(lists(states, 1).iter()) {
            let (Some(keys), Some(counts)) = (keys, counts) else { continue };
            let rows = self.keys.rows(keys)?;
            let counts = counts.as_primitive::<Int64Type>();
            for row in 0..rows.num_rows() {
                *self.counts.entry(rows.row(row).owned()).or_default() += counts.value(row);
            }
        }
        Ok(())
    }
}
