//! `<` and `<=` in three values.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use datafusion::common::{Result, exec_err};

use super::{entries, is_null, nulls, order};

/// How two values stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Ordered(Ordering),
    /// One of them is NaN: neither is less, nor are they equal.
    Unordered,
    /// A NULL decides.
    Unknown,
}

/// How the values in two places stand to each other.
pub(crate) type Relation = Box<dyn Fn(usize, usize) -> Standing + Send + Sync>;

impl Standing {
    /// `<`, or `<=`; `None` when it is unknown.
    pub(crate) fn is_less(self, or_equal: bool) -> Option<bool> {
        match self {
            Standing::Ordered(found) => Some(found.is_lt() || (or_equal && found.is_eq())),
            Standing::Unordered => Some(false),
            Standing::Unknown => None,
        }
    }

    fn is_equal(self) -> bool {
        self == Standing::Ordered(Ordering::Equal)
    }
}

/// The relation of the values of two arrays of one type, which has no maps in it.
pub(crate) fn relation(left: &ArrayRef, right: &ArrayRef) -> Result<Relation> {
    let relate = relation_of_values(left, right)?;
    let (left, right) = (nulls(left), nulls(right));
    Ok(Box::new(move |i, j| if is_null(&left, i) || is_null(&right, j) { Standing::Unknown } else { relate(i, j) }))
}

/// The first part that is not equal decides.
fn first(parts: impl Iterator<Item = Standing>, otherwise: Ordering) -> Standing {
    let mut parts = parts;
    parts.find(|part| !part.is_equal()).unwrap_or(Standing::Ordered(otherwise))
}

fn of_doubles(a: f64, b: f64) -> Standing {
    a.partial_cmp(&b).map_or(Standing::Unordered, Standing::Ordered)
}

fn relation_of_values(left: &ArrayRef, right: &ArrayRef) -> Result<Relation> {
    match (left.data_type(), right.data_type()) {
        (DataType::Float32, DataType::Float32) => {
            let (left, right) =
                (left.as_primitive::<Float32Type>().clone(), right.as_primitive::<Float32Type>().clone());
            Ok(Box::new(move |i, j| of_doubles(left.value(i).into(), right.value(j).into())))
        }
        (DataType::Float64, DataType::Float64) => {
            let (left, right) =
                (left.as_primitive::<Float64Type>().clone(), right.as_primitive::<Float64Type>().clone());
            Ok(Box::new(move |i, j| of_doubles(left.value(i), right.value(j))))
        }
        (DataType::List(_), DataType::List(_)) => {
            let (left, right) = (left.as_list::<i32>(), right.as_list::<i32>());
            let items = relation(left.values(), right.values())?;
            let (left, right) = (left.offsets().clone(), right.offsets().clone());
            Ok(Box::new(move |i, j| {
                let (left, right) = (entries(&left, i), entries(&right, j));
                let lengths = left.len().cmp(&right.len());
                first(left.zip(right).map(|(l, r)| items(l, r)), lengths)
            }))
        }
        (DataType::Map(_, _), _) => exec_err!("maps have no order"),
        (DataType::Struct(_), DataType::Struct(_)) => {
            let (left, right) = (left.as_struct(), right.as_struct());
            let fields = left.columns().iter().zip(right.columns()).map(|(l, r)| relation(l, r));
            let fields = fields.collect::<Result<Vec<Relation>>>()?;
            Ok(Box::new(move |i, j| first(fields.iter().map(|field| field(i, j)), Ordering::Equal)))
        }
        _ => {
            let order = order(left, right)?;
            Ok(Box::new(move |i, j| Standing::Ordered(order(i, j))))
        }
    }
}
