//! `max_by`, `min_by`, `max(x, n)`, `min(x, n)`, `arbitrary`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, FieldRef};
use arrow::row::OwnedRow;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::keys::{Keys, column, list, lists, plain_list};
use super::{Aggregate, Call, argument, is_orderable, list_of, scalar, wrong};

/// More are not kept for one group.
const MOST: i64 = 10_000;

pub(super) fn functions() -> Vec<Aggregate> {
    vec![
        Aggregate::new("max_by", by_types, by_returns, by_state, |call| by(call, false)),
        Aggregate::new("min_by", by_types, by_returns, by_state, |call| by(call, true)),
        Aggregate::new("trino_max_n", n_types, n_returns, n_state, |call| several(call, false)),
        Aggregate::new("trino_min_n", n_types, n_returns, n_state, |call| several(call, true)),
        Aggregate::new("arbitrary", any_types, |args| argument(args, 0).cloned(), any_state, arbitrary)
            .alias("any_value")
            .ordered(),
    ]
}

fn by_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [_, key] if is_orderable(key) => Ok(types.to_vec()),
        [of, key, n] if is_orderable(key) && n.is_integer() => Ok(vec![of.clone(), key.clone(), DataType::Int64]),
        _ => wrong(name, types, "a value, what to order by, and how many"),
    }
}

fn by_returns(args: &[FieldRef]) -> Result<FieldRef> {
    let of = argument(args, 0)?;
    if args.len() > 2 { super::nullable(list_of(of)) } else { Ok(Arc::clone(of)) }
}

fn by_state(args: &[FieldRef]) -> Result<Vec<DataType>> {
    let plain = |i: usize| argument(args, i).map(|field| plain_list(field.data_type()));
    Ok(vec![plain(0)?, plain(1)?])
}

fn by(call: &Call, least: bool) -> Result<Box<dyn Accumulator>> {
    let most = if call.args.len() > 2 { Some(call.count(2, MOST)?) } else { None };
    Ok(Box::new(Best::try_new(call.data_type(0)?, call.data_type(1)?, least, most, call)?))
}

fn n_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [of, n] if is_orderable(of) && n.is_integer() => Ok(vec![of.clone(), DataType::Int64]),
        _ => wrong(name.trim_start_matches("trino_").trim_end_matches("_n"), types, "a value and how many"),
    }
}

fn n_returns(args: &[FieldRef]) -> Result<FieldRef> {
    super::nullable(list_of(argument(args, 0)?))
}

fn n_state(args: &[FieldRef]) -> Result<Vec<DataType>> {
    let of = plain_list(argument(args, 0)?.data_type());
    Ok(vec![of.clone(), of])
}

fn several(call: &Call, least: bool) -> Result<Box<dyn Accumulator>> {
    let of = call.data_type(0)?;
    Ok(Box::new(Best::try_new(of, of, least, Some(call.count(1, MOST)?), call)?))
}

/// The values with the greatest (or least) keys, best first; rows whose key is NULL are left out.
#[derive(Debug)]
struct Best {
    keys: Keys,
    of: DataType,
    least: bool,
    /// How many; `None` for one that is not in a list.
    most: Option<usize>,
    /// Whether the value is its own key.
    same: bool,
    returns: DataType,
    found: Vec<(OwnedRow, ScalarValue)>,
}

impl Best {
    fn try_new(of: &DataType, key: &DataType, least: bool, most: Option<usize>, call: &Call) -> Result<Best> {
        let returns = call.returns.data_type().clone();
        let same = call.name.starts_with("trino_");
        Ok(Best { keys: Keys::try_new(key)?, of: of.clone(), least, most, same, returns, found: vec![] })
    }

    fn add(&mut self, values: &ArrayRef, keys: &ArrayRef) -> Result<()> {
        let most = self.most.unwrap_or(1);
        let rows = self.keys.rows(keys)?;
        for row in (0..keys.len()).filter(|&row| keys.is_valid(row)) {
            let key = rows.row(row);
            let full = self.found.len() == most;
            let is_before = |other: &OwnedRow| if self.least { key < other.row() } else { key > other.row() };
            if full && !self.found.last().is_some_and(|(worst, _)| is_before(worst)) {
                continue;
            }
            // Behind its equals: the first one found stays.
            let at = self.found.partition_point(|(other, _)| !is_before(other));
            self.found.insert(at, (key.owned(), scalar(values, row)?));
            self.found.truncate(most);
        }
        Ok(())
    }
}

impl Accumulator for Best {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let key = if self.same { &values[0] } else { &values[1] };
        self.add(&values[0], key)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        match (self.most, self.found.first()) {
            (_, None) => ScalarValue::try_from(&self.returns),
            (None, Some((_, value))) => Ok(value.clone()),
            (Some(_), Some(_)) => list(column(self.found.iter().map(|(_, value)| value), &self.of)?, &self.returns),
        }
    }

    fn size(&self) -> usize {
        let found = self.found.iter().map(|(key, value)| key.as_ref().len() + value.size());
        size_of_val(self) + self.keys.size() + found.sum::<usize>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let values = column(self.found.iter().map(|(_, value)| value), &self.of)?;
        let values = list(values, &plain_list(&self.of))?;
        Ok(vec![values, self.keys.list(self.found.iter().map(|(key, _)| key))?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for (values, keys) in lists(states, 0).iter().zip(lists(states, 1).iter()) {
            if let (Some(values), Some(keys)) = (values, keys) {
                self.add(values, keys)?;
            }
        }
        Ok(())
    }
}

fn any_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [_] => Ok(types.to_vec()),
        _ => wrong(name, types, "one value"),
    }
}

fn any_state(args: &[FieldRef]) -> Result<Vec<DataType>> {
    Ok(vec![argument(args, 0)?.data_type().clone()])
}

fn arbitrary(call: &Call) -> Result<Box<dyn Accumulator>> {
    Ok(Box::new(Arbitrary { value: ScalarValue::try_from(call.data_type(0)?)? }))
}

/// The first value that is not NULL.
#[derive(Debug)]
struct Arbitrary {
    value: ScalarValue,
}

impl Accumulator for Arbitrary {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if self.value.is_null()
            && let Some(row) = (0..values[0].len()).find(|&row| values[0].is_valid(row))
        {
            self.value = scalar(&values[0], row)?;
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.value.clone())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.value.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.value.clone()])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }
}
