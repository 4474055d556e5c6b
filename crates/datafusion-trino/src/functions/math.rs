//! Mathematical functions. Sources: Trino's page on them, its table of functions by type.

mod base;
mod distribution;
mod integral;
mod random;
mod rounding;
mod vector;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{Result, exec_err, plan_err};

use super::scalar::{Call, Function, Kind, fit, nullable};
use crate::types::describe;

pub(crate) fn functions() -> Vec<Function> {
    [of_doubles(), kinds_of_doubles(), rounding::functions(), integral::functions(), base::functions()]
        .into_iter()
        .chain([random::functions(), distribution::functions(), vector::functions()])
        .flatten()
        .collect()
}

/// A function of one double.
macro_rules! of_one {
    ($name:literal, $value:expr) => {
        Function::new($name, one_double, double, |call| {
            let value: fn(f64) -> f64 = $value;
            Ok(Arc::new(call.args[0].as_primitive::<Float64Type>().unary::<_, Float64Type>(value)))
        })
    };
}

/// A function of two doubles.
macro_rules! of_two {
    ($name:literal, $value:expr) => {
        Function::new(
            $name,
            |name, types| fit(name, types, &[&[Kind::Double, Kind::Double]]),
            double,
            |call| {
                let value: fn(f64, f64) -> f64 = $value;
                let (left, right) =
                    (call.args[0].as_primitive::<Float64Type>(), call.args[1].as_primitive::<Float64Type>());
                let values: Float64Array = arrow::compute::binary(left, right, value)?;
                Ok(Arc::new(values))
            },
        )
    };
}

/// A constant.
macro_rules! constant {
    ($name:literal, $value:expr) => {
        Function::new(
            $name,
            |name, types| fit(name, types, &[&[]]),
            double,
            |call| Ok(Arc::new(Float64Array::from(vec![$value; call.rows]))),
        )
    };
}

fn one_double(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    fit(name, types, &[&[Kind::Double]])
}

fn double(_: &[arrow::datatypes::FieldRef]) -> Result<arrow::datatypes::FieldRef> {
    nullable(DataType::Float64)
}

fn of_doubles() -> Vec<Function> {
    vec![
        of_one!("acos", f64::acos),
        of_one!("asin", f64::asin),
        of_one!("atan", f64::atan),
        of_one!("cbrt", f64::cbrt),
        of_one!("cos", f64::cos),
        of_one!("cosh", f64::cosh),
        of_one!("degrees", f64::to_degrees),
        of_one!("exp", f64::exp),
        of_one!("ln", f64::ln),
        of_one!("log2", f64::log2),
        of_one!("log10", f64::log10),
        of_one!("radians", f64::to_radians),
        of_one!("sin", f64::sin),
        of_one!("sinh", f64::sinh),
        of_one!("sqrt", f64::sqrt),
        of_one!("tan", f64::tan),
        of_one!("tanh", f64::tanh),
        of_two!("atan2", f64::atan2),
        of_two!("log", |base, x| x.ln() / base.ln()),
        of_two!("power", f64::powf).alias("pow"),
        constant!("e", std::f64::consts::E),
        constant!("pi", std::f64::consts::PI),
        constant!("nan", f64::NAN),
        constant!("infinity", f64::INFINITY),
    ]
}

/// A question to a double, with the answer for numbers of other types.
macro_rules! question {
    ($name:literal, $value:expr, $exact:literal) => {
        Function::new(
            $name,
            one_number,
            |_| nullable(DataType::Boolean),
            |call| {
                let value: fn(f64) -> bool = $value;
                ask(&call.args[0], value, $exact)
            },
        )
    };
}

fn one_number(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [of] if of.is_numeric() => Ok(vec![of.clone()]),
        [DataType::Null] => Ok(vec![DataType::Float64]),
        _ => {
            let given: Vec<String> = types.iter().map(describe).collect();
            plan_err!("{name}({}) does not exist; {name} takes a number", given.join(", "))
        }
    }
}

fn ask(values: &ArrayRef, question: fn(f64) -> bool, exact: bool) -> Result<ArrayRef> {
    let answers: BooleanArray = if values.data_type().is_floating() {
        let doubles = cast(values, &DataType::Float64)?;
        doubles.as_primitive::<Float64Type>().iter().map(|value| value.map(question)).collect()
    } else {
        (0..values.len()).map(|row| values.is_valid(row).then_some(exact)).collect()
    };
    Ok(Arc::new(answers))
}

fn kinds_of_doubles() -> Vec<Function> {
    vec![
        question!("is_nan", f64::is_nan, false),
        question!("is_infinite", f64::is_infinite, false),
        question!("is_finite", f64::is_finite, true),
    ]
}

/// The double in a row of an argument.
fn double_at(call: &Call, argument: usize, row: usize) -> f64 {
    call.args[argument].as_primitive::<Float64Type>().value(row)
}

/// A column of doubles computed row by row; NULL where an argument is.
fn by_row(call: &Call, value: impl Fn(usize) -> Result<f64>) -> Result<ArrayRef> {
    let rows = (0..call.rows).map(|row| if call.any_null(row) { Ok(None) } else { value(row).map(Some) });
    let values: PrimitiveArray<Float64Type> = rows.collect::<Result<_>>()?;
    Ok(Arc::new(values))
}

/// Fails with what the function demands unless it is so.
fn demand(holds: bool, what: &str) -> Result<()> {
    if holds { Ok(()) } else { exec_err!("{what}") }
}
