//! Lambdas over the items of one array: `transform`, `filter`, `any_match`, `all_match`, `none_match`,
//! `array_first`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::LambdaParametersProgress;

use super::items::Items;
use super::{Arguments, Fields, HigherOrder, LambdaCall, array_first, item_parameter};
use crate::types::{describe, list_type};

pub(super) fn functions() -> Vec<HigherOrder> {
    let matching = |name, evaluate| HigherOrder::new(name, "vl", array_first, item, condition_result, evaluate);
    vec![
        HigherOrder::new("transform", "vl", array_first, item, transformed, transform),
        HigherOrder::new("filter", "vl", array_first, item, filtered, filter),
        matching("any_match", |call| matched(call, Match::Any)),
        matching("all_match", |call| matched(call, Match::All)),
        matching("none_match", |call| matched(call, Match::None)),
        // What `array_first` with a lambda is rewritten to.
        HigherOrder::new("trino_array_first", "vl", array_first, item, first_item, first),
    ]
}

fn item(name: &str, fields: Fields) -> Result<LambdaParametersProgress> {
    Ok(LambdaParametersProgress::Complete(vec![vec![item_parameter(name, fields, 0)?]]))
}

fn transformed(args: &Arguments) -> Result<Field> {
    Ok(Field::new("", list_type(args.lambda(1)?), true))
}

/// The lambda is a condition.
fn check_condition(args: &Arguments) -> Result<()> {
    match args.lambda(1)?.data_type() {
        DataType::Boolean | DataType::Null => Ok(()),
        other => plan_err!("{} takes a lambda that gives a boolean, not {}", args.name, describe(other)),
    }
}

fn condition_result(args: &Arguments) -> Result<Field> {
    check_condition(args)?;
    Ok(Field::new("", DataType::Boolean, true))
}

fn filtered(args: &Arguments) -> Result<Field> {
    check_condition(args)?;
    Ok(args.value(0)?.as_ref().clone())
}

fn first_item(args: &Arguments) -> Result<Field> {
    check_condition(args)?;
    match args.value(0)?.data_type() {
        DataType::List(item) => Ok(item.as_ref().clone()),
        other => plan_err!("array_first takes an array, not {}", describe(other)),
    }
}

fn transform(call: &LambdaCall) -> Result<ArrayRef> {
    let items = Items::new(&call.value(0)?)?;
    items.with_values(items.evaluate(call.lambda(1)?)?, call.returns())
}

fn filter(call: &LambdaCall) -> Result<ArrayRef> {
    let items = Items::new(&call.value(0)?)?;
    items.filter(&items.conditions(call.lambda(1)?)?, call.returns())
}

/// The first item the condition is true of.
fn first(call: &LambdaCall) -> Result<ArrayRef> {
    let items = Items::new(&call.value(0)?)?;
    let conditions = items.conditions(call.lambda(1)?)?;
    let is_true = |place: &usize| conditions.is_valid(*place) && conditions.value(*place);
    let found = (0..items.len()).map(|row| items.places(row).find(is_true).map(|place| place as u32));
    Ok(take(&items.values, &found.collect::<UInt32Array>(), None)?)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Match {
    Any,
    All,
    None,
}

fn matched(call: &LambdaCall, kind: Match) -> Result<ArrayRef> {
    let items = Items::new(&call.value(0)?)?;
    let conditions = items.conditions(call.lambda(1)?)?;
    let matched = |row: usize| {
        if items.is_null(row) {
            return None;
        }
        let decides = kind != Match::All;
        let mut unknown = false;
        for place in items.places(row) {
            if conditions.is_null(place) {
                unknown = true;
            } else if conditions.value(place) == decides {
                return Some(kind == Match::Any);
            }
        }
        // Three-valued: an unknown item matters only when no other decides.
        (!unknown).then_some(kind != Match::Any)
    };
    Ok(Arc::new((0..items.len()).map(matched).collect::<BooleanArray>()))
}
