//! What array functions take and give.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};

use crate::types::{common_type, describe, list_type};

/// Other kinds of lists become plain ones.
pub(crate) fn as_list(data_type: &DataType) -> DataType {
    match data_type {
        DataType::LargeList(item) | DataType::FixedSizeList(item, _) => DataType::List(Arc::clone(item)),
        DataType::Null => list_type(Field::new("item", DataType::Null, true)),
        other => other.clone(),
    }
}

/// The field of the items of an array type.
pub(crate) fn item_of(data_type: &DataType) -> Option<&FieldRef> {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => Some(item),
        _ => None,
    }
}

/// The error for a call with types the function does not take.
pub(crate) fn wrong<T>(name: &str, types: &[DataType], takes: &str) -> Result<T> {
    let given: Vec<String> = types.iter().map(describe).collect();
    plan_err!("{name}({}) does not exist; {name} takes {takes}", given.join(", "))
}

/// One array.
pub(crate) fn list(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [of] if item_of(of).is_some() || of.is_null() => Ok(vec![as_list(of)]),
        _ => wrong(name, types, "an array"),
    }
}

/// Several arrays, in the type they meet in.
pub(super) fn common_lists(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let lists = types.iter().all(|of| item_of(of).is_some() || of.is_null());
    let common = types.iter().map(as_list).try_fold(DataType::Null, |a, b| common_type(&a, &b));
    match common {
        Some(common) if lists && types.len() == 2 => Ok(vec![common; types.len()]),
        _ => wrong(name, types, "two arrays of the same type"),
    }
}

/// An array and integers.
pub(super) fn list_and_integers(name: &str, types: &[DataType], count: usize) -> Result<Vec<DataType>> {
    match types {
        [of, rest @ ..]
            if (item_of(of).is_some() || of.is_null())
                && rest.len() == count
                && rest.iter().all(|of| of.is_integer() || of.is_null()) =>
        {
            let mut fitted = vec![as_list(of)];
            fitted.resize(types.len(), DataType::Int64);
            Ok(fitted)
        }
        _ => wrong(name, types, if count == 1 { "an array and an integer" } else { "an array and two integers" }),
    }
}

/// An array and a value, in the type the items and the value meet in.
pub(super) fn list_and_item(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let [of, value] = types else { return wrong(name, types, "an array and a value") };
    let DataType::List(item) = as_list(of) else { return wrong(name, types, "an array and a value") };
    match common_type(item.data_type(), value) {
        Some(common) => {
            let item = item.as_ref().clone().with_data_type(common.clone());
            Ok(vec![DataType::List(Arc::new(item)), common])
        }
        None => wrong(name, types, "an array and a value like its items"),
    }
}

/// The result is like the first argument.
pub(crate) fn same(args: &[FieldRef]) -> Result<FieldRef> {
    match args.first() {
        Some(first) => Ok(Arc::new(first.as_ref().clone().with_nullable(true))),
        None => plan_err!("an argument is missing"),
    }
}

/// The field of the items of the first argument.
pub(super) fn item(args: &[FieldRef]) -> Result<&FieldRef> {
    match args.first().and_then(|first| item_of(first.data_type())) {
        Some(item) => Ok(item),
        None => plan_err!("an array is missing"),
    }
}

/// The result is like the items of the first argument.
pub(super) fn item_type(args: &[FieldRef]) -> Result<FieldRef> {
    Ok(Arc::new(item(args)?.as_ref().clone().with_nullable(true)))
}

/// The result is an array of arrays like the first argument.
pub(super) fn lists_of_same(args: &[FieldRef]) -> Result<FieldRef> {
    let inner = same(args)?.as_ref().clone();
    Ok(Arc::new(Field::new("", list_type(inner), true)))
}
