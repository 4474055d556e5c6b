//! `array_agg` with ORDER BY or DISTINCT over a window, where the planner takes neither.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::compute::{SortColumn, SortOptions, concat, lexsort_to_indices, take};
use arrow::datatypes::DataType;
use arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::Accumulator;

use super::keys::list;
use super::{Aggregate, Call, argument, list_of, nullable};

/// Called with the value, how to order, and what to order by. How is a text with two letters for each
/// key, `a` or `d` and `f` or `l` for NULLs first or last, and a `!` in front for DISTINCT.
pub(crate) const WINDOW_ARRAY_AGG: &str = "trino_window_array_agg";

pub(super) fn functions() -> Vec<Aggregate> {
    vec![Aggregate::new(
        WINDOW_ARRAY_AGG,
        |_, types| Ok(types.to_vec()),
        |args| nullable(list_of(argument(args, 0)?)),
        |_| exec_err!("a window has no partial state"),
        accumulate,
    )]
}

fn accumulate(call: &Call) -> Result<Box<dyn Accumulator>> {
    let how = match call.constant(1) {
        Some(ScalarValue::Utf8(Some(how))) => how.as_str(),
        _ => return plan_err!("{WINDOW_ARRAY_AGG} needs to know how to order"),
    };
    let distinct = how.starts_with('!');
    let keys = how.trim_start_matches('!').as_bytes();
    let orders = keys.chunks(2).map(|key| SortOptions { descending: key[0] == b'd', nulls_first: key[1] == b'f' });
    Ok(Box::new(WindowArrayAgg {
        of: call.data_type(0)?.clone(),
        returns: call.returns.data_type().clone(),
        orders: orders.collect(),
        distinct,
        batches: vec![],
    }))
}

#[derive(Debug)]
struct WindowArrayAgg {
    of: DataType,
    returns: DataType,
    orders: Vec<SortOptions>,
    distinct: bool,
    batches: Vec<Vec<ArrayRef>>,
}

impl Accumulator for WindowArrayAgg {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if !values[0].is_empty() {
            self.batches.push(values.to_vec());
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.batches.is_empty() {
            return ScalarValue::try_from(&self.returns);
        }
        let whole = |i: usize| {
            let parts: Vec<&dyn Array> = self.batches.iter().map(|batch| batch[i].as_ref()).collect();
            concat(&parts)
        };
        let values = whole(0)?;
        let mut places = match self.orders.is_empty() {
            true => (0..values.len() as u32).collect(),
            false => {
                let keys = self.orders.iter().enumerate();
                let keys = keys.map(|(i, order)| Ok(SortColumn { values: whole(i + 2)?, options: Some(*order) }));
                let keys = keys.collect::<Result<Vec<_>>>()?;
                // Equal keys stay in the order of the window.
                let place: ArrayRef = Arc::new(UInt32Array::from_iter_values(0..values.len() as u32));
                let last = SortColumn { values: place, options: None };
                lexsort_to_indices(&keys.into_iter().chain([last]).collect::<Vec<_>>(), None)?
            }
        };
        if self.distinct {
            places = self.first_of_equals(&values, &places)?;
        }
        list(take(&values, &places, None)?, &self.returns)
    }

    fn size(&self) -> usize {
        let columns = self.batches.iter().flatten();
        size_of_val(self) + columns.map(|column| column.get_array_memory_size()).sum::<usize>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        exec_err!("a window has no partial state")
    }

    fn merge_batch(&mut self, _states: &[ArrayRef]) -> Result<()> {
        exec_err!("a window has no partial state")
    }
}

impl WindowArrayAgg {
    fn first_of_equals(&self, values: &ArrayRef, places: &UInt32Array) -> Result<UInt32Array> {
        let converter = RowConverter::new(vec![SortField::new(self.of.clone())])?;
        let rows = converter.convert_columns(&[Arc::clone(values)])?;
        let mut seen = std::collections::HashSet::new();
        Ok(places.values().iter().copied().filter(|&place| seen.insert(rows.row(place as usize))).collect())
    }
}
