//! Casts DataFusion does otherwise than Trino, in a module for each family of types.
//!
//! [`cast_to`] is the function the analyzer puts in the place of a cast that [`differs`]. It walks through
//! arrays, maps and rows; what to do with the values inside is asked of the families, and Arrow does the rest.

mod json;
mod number;
mod sixteen;
mod text;
pub(crate) mod time;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::attempt::attempt;
use crate::types::{describe, map_fields, without_length};

pub(crate) use json::{from_json, to_json};
pub(crate) use sixteen::{to_ip, to_uuid};

/// Whether a cast gives another value, or fails on other values, than DataFusion's.
pub(crate) fn differs(from: &Field, to: &Field) -> bool {
    match (from.data_type(), to.data_type()) {
        (DataType::List(from), DataType::List(to)) => differs(from, to),
        (DataType::Map(_, _), DataType::Map(_, _)) => {
            match (map_fields(from.data_type()), map_fields(to.data_type())) {
                (Some((key, value)), Some((to_key, to_value))) => differs(key, to_key) || differs(value, to_value),
                _ => false,
            }
        }
        // Trino casts the fields of rows by place, DataFusion by name.
        (DataType::Struct(from), DataType::Struct(to)) => from.len() == to.len() && from != to,
        _ => number::differs(from, to) || text::differs(from, to),
    }
}

/// `cast(x as T)`; a lenient one, `try_cast`, gives NULL where the other fails.
pub(crate) fn cast_to(to: &Field, lenient: bool) -> Arc<ScalarUDF> {
    let signature = Signature::any(1, Volatility::Immutable);
    let to = Arc::new(to.clone().with_nullable(true));
    let returns = Arc::new(without_length(&to));
    Arc::new(ScalarUDF::new_from_impl(CastTo { to, returns, lenient, signature }))
}

#[derive(Debug)]
struct CastTo {
    to: FieldRef,
    returns: FieldRef,
    lenient: bool,
    signature: Signature,
}

impl PartialEq for CastTo {
    fn eq(&self, other: &Self) -> bool {
        self.to == other.to && self.lenient == other.lenient
    }
}

impl Eq for CastTo {}

impl Hash for CastTo {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to.hash(state);
        self.lenient.hash(state);
    }
}

impl ScalarUDFImpl for CastTo {
    fn name(&self) -> &str {
        if self.lenient { "trino_try_cast" } else { "trino_cast" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(self.returns.data_type().clone())
    }

    fn return_field_from_args(&self, _args: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::clone(&self.returns))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let ([arg], [from]) = (args.args.as_slice(), args.arg_fields.as_slice()) else {
            return exec_err!("a cast takes one value");
        };
        let scalar = matches!(arg, ColumnarValue::Scalar(_));
        let rows = if scalar { 1 } else { args.number_rows };
        let values = arg.to_array(rows)?;
        let result = if self.lenient {
            let run = |start, rows| convert(&values.slice(start, rows), from, &self.to);
            attempt(rows, self.returns.data_type(), |_| true, &run)?
        } else {
            convert(&values, from, &self.to)?
        };
        Ok(if scalar {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?)
        } else {
            ColumnarValue::Array(result)
        })
    }
}

/// The values as the other type, NULL for NULL.
fn convert(values: &ArrayRef, from: &Field, to: &Field) -> Result<ArrayRef> {
    match (values.data_type(), to.data_type()) {
        (DataType::List(_), DataType::List(item)) => convert_list(values.as_list(), item),
        (DataType::Map(_, _), DataType::Map(_, _)) => convert_map(values.as_map(), to),
        (DataType::Struct(_), DataType::Struct(fields)) if values.as_struct().num_columns() == fields.len() => {
            let columns = values.as_struct().columns().iter().zip(values.as_struct().fields()).zip(fields);
            let columns = columns.map(|((column, from), to)| convert(column, from, to)).collect::<Result<Vec<_>>>()?;
            let fields = fields.iter().map(|field| Arc::new(without_length(field))).collect();
            Ok(Arc::new(StructArray::try_new(fields, columns, values.nulls().cloned())?))
        }
        _ if number::differs(from, to) => number::convert(values, to),
        _ if text::differs(from, to) => text::convert(values, from, to),
        _ => {
            let strict = CastOptions { safe: false, ..Default::default() };
            Ok(cast_with_options(values, without_length(to).data_type(), &strict)?)
        }
    }
}

fn convert_list(list: &ListArray, item: &FieldRef) -> Result<ArrayRef> {
    let DataType::List(from) = list.data_type() else { return exec_err!("not an array") };
    // Items that no array holds must not fail.
    let (first, last) = (list.value_offsets().first().copied(), list.value_offsets().last().copied());
    let (first, last) = (first.unwrap_or(0) as usize, last.unwrap_or(0) as usize);
    let items = convert(&list.values().slice(first, last - first), from, item)?;
    let lengths = (0..list.len()).map(|row| list.value_length(row) as usize);
    let offsets = arrow::buffer::OffsetBuffer::from_lengths(lengths);
    let item = Arc::new(without_length(item));
    Ok(Arc::new(ListArray::try_new(item, offsets, items, list.nulls().cloned())?))
}

fn convert_map(map: &MapArray, to: &Field) -> Result<ArrayRef> {
    let DataType::Map(entries, sorted) = without_length(to).data_type().clone() else {
        return exec_err!("cannot cast a map to {}", describe(to.data_type()));
    };
    let (Some((from_key, from_value)), Some((key, value)), DataType::Struct(pair)) =
        (map_fields(map.data_type()), map_fields(to.data_type()), entries.data_type())
    else {
        return exec_err!("a map has keys and values");
    };
    let columns = vec![convert(map.keys(), from_key, key)?, convert(map.values(), from_value, value)?];
    let pairs = StructArray::try_new(pair.clone(), columns, None)?;
    let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
    Ok(Arc::new(MapArray::try_new(entries, offsets, pairs, nulls, sorted)?))
}
