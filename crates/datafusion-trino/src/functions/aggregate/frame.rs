//! What all aggregates share: DISTINCT, ORDER BY and sliding windows.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{SortColumn, SortOptions, concat, lexsort_to_indices, take};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use arrow::row::{OwnedRow, RowConverter, SortField};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::Accumulator;

/// The rows of a group as one list: the arguments, and what they are ordered by.
pub(super) fn state_type(args: &[FieldRef], keys: &[FieldRef]) -> DataType {
    list_of_rows(args.iter().chain(keys).map(|field| field.data_type().clone()))
}

fn list_of_rows(types: impl Iterator<Item = DataType>) -> DataType {
    let fields: Fields = types.enumerate().map(|(i, t)| Field::new(format!("c{i}"), t, true)).collect();
    DataType::List(Arc::new(Field::new("item", DataType::Struct(fields), true)))
}

/// Keeps the rows of a group until the end, when their order is known and repeated ones are gone.
#[derive(Debug)]
pub(super) struct Buffered {
    inner: Box<dyn Accumulator>,
    /// The number of arguments; columns behind them are what to order by.
    width: usize,
    orders: Vec<SortOptions>,
    state: DataType,
    batches: Vec<Vec<ArrayRef>>,
    seen: Option<(RowConverter, HashSet<OwnedRow>)>,
    bytes: usize,
}

impl Buffered {
    pub(super) fn try_new(
        inner: Box<dyn Accumulator>,
        args: &[FieldRef],
        orders: Vec<(SortOptions, DataType)>,
        distinct: bool,
    ) -> Result<Buffered> {
        let types = args.iter().map(|field| field.data_type().clone());
        let state = list_of_rows(types.chain(orders.iter().map(|(_, data_type)| data_type.clone())));
        let orders = orders.into_iter().map(|(options, _)| options).collect();
        let fields = args.iter().map(|field| SortField::new(field.data_type().clone())).collect();
        let seen = if distinct { Some((RowConverter::new(fields)?, HashSet::new())) } else { None };
        Ok(Buffered { inner, width: args.len(), orders, state, batches: vec![], seen, bytes: 0 })
    }

    fn add(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let columns = match &mut self.seen {
            None => columns.to_vec(),
            Some((converter, seen)) => {
                let rows = converter.convert_columns(&columns[..self.width])?;
                let new = (0..rows.num_rows()).filter(|&row| seen.insert(rows.row(row).owned()));
                let new: UInt32Array = new.map(|row| row as u32).collect();
                columns.iter().map(|column| take(column, &new, None)).collect::<Result<Vec<_>, _>>()?
            }
        };
        self.bytes += columns.iter().map(|column| column.get_array_memory_size()).sum::<usize>();
        if columns.first().is_some_and(|column| !column.is_empty()) {
            self.batches.push(columns);
        }
        Ok(())
    }

    fn collected(&self) -> Result<Option<Vec<ArrayRef>>> {
        let Some(first) = self.batches.first() else { return Ok(None) };
        let columns = (0..first.len()).map(|i| {
            let parts: Vec<&dyn Array> = self.batches.iter().map(|batch| batch[i].as_ref()).collect();
            Ok(concat(&parts)?)
        });
        columns.collect::<Result<Vec<_>>>().map(Some)
    }

    fn in_order(&self, columns: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        if self.orders.is_empty() {
            return Ok(columns);
        }
        let keys = columns[self.width..].iter().zip(&self.orders);
        let keys: Vec<SortColumn> =
            keys.map(|(values, options)| SortColumn { values: Arc::clone(values), options: Some(*options) }).collect();
        let places = lexsort_to_indices(&keys, None)?;
        Ok(columns.iter().map(|column| take(column, &places, None)).collect::<Result<Vec<_>, _>>()?)
    }
}

impl Accumulator for Buffered {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(values)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if let Some(columns) = self.collected()? {
            let columns = self.in_order(columns)?;
            self.inner.update_batch(&columns[..self.width])?;
            self.batches.clear();
        }
        self.inner.evaluate()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.inner.size() + self.bytes
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let Some(columns) = self.collected()? else { return Ok(vec![ScalarValue::try_from(&self.state)?]) };
        let DataType::List(item) = &self.state else { return exec_err!("a partial state is a list") };
        let DataType::Struct(fields) = item.data_type() else { return exec_err!("a partial state has rows") };
        let offsets = OffsetBuffer::from_lengths([columns[0].len()]);
        let rows = StructArray::try_new(fields.clone(), columns, None)?;
        let list = ListArray::try_new(Arc::clone(item), offsets, Arc::new(rows), None)?;
        Ok(vec![ScalarValue::List(Arc::new(list))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some(lists) = states.first().and_then(|state| state.as_list_opt::<i32>()) else { return Ok(()) };
        for row in 0..lists.len() {
            if lists.is_valid(row) {
                let rows = lists.value(row);
                let Some(rows) = rows.as_struct_opt() else { return exec_err!("a partial state has no rows") };
                self.add(rows.columns())?;
            }
        }
        Ok(())
    }
}

/// Makes a fresh accumulator.
type Fresh = Box<dyn Fn() -> Result<Box<dyn Accumulator>> + Send + Sync>;

/// An aggregate over a frame whose start moves: the rows of the frame are kept and added up anew.
pub(super) struct Sliding {
    fresh: Fresh,
    batches: VecDeque<Vec<ArrayRef>>,
}

impl Sliding {
    pub(super) fn new(fresh: impl Fn() -> Result<Box<dyn Accumulator>> + Send + Sync + 'static) -> Sliding {
        Sliding { fresh: Box::new(fresh), batches: VecDeque::new() }
    }
}

impl std::fmt::Debug for Sliding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sliding").field("batches", &self.batches.len()).finish()
    }
}

impl Accumulator for Sliding {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if values.first().is_some_and(|column| !column.is_empty()) {
            self.batches.push_back(values.to_vec());
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let mut left = values.first().map_or(0, |column| column.len());
        while left > 0 {
            let Some(batch) = self.batches.front_mut() else { return Ok(()) };
            let rows = batch[0].len();
            if rows <= left {
                left -= rows;
                self.batches.pop_front();
            } else {
                for column in batch {
                    *column = column.slice(left, rows - left);
                }
                left = 0;
            }
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut inner = (self.fresh)()?;
        for batch in &self.batches {
            inner.update_batch(batch)?;
        }
        inner.evaluate()
    }

    fn size(&self) -> usize {
        let columns = self.batches.iter().flatten();
        size_of_val(self) + columns.map(|column| column.get_array_memory_size()).sum::<usize>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        exec_err!("the aggregate of a window has no partial state")
    }

    fn merge_batch(&mut self, _states: &[ArrayRef]) -> Result<()> {
        exec_err!("the aggregate of a window has no partial state")
    }
}
