//! `+ - * / %` of numbers, checked: an overflow and a division by zero are errors, as in Trino.
//!
//! | operands | result |
//! | --- | --- |
//! | integers | the wider of the two; division truncates |
//! | a double or real among them | that, by IEEE 754: no error, `1e0 / 0` is infinite |
//! | decimals, or a decimal and an integer | a decimal, by Trino's rules of precision and scale |
//!
//! Source: Trino's pages on mathematical and decimal operators.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, Datum, PrimitiveArray, new_null_array};
use arrow::compute::kernels::{arity::try_binary, numeric};
use arrow::datatypes::{DataType, Decimal128Type};
use arrow::error::ArrowError;
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue, exec_datafusion_err, exec_err, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr_common::datum::apply;
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::decimal::{self, DIGITS, Rescale, rescale};
use super::scalar::{Call, Function};
use crate::types::describe;

/// One of the five.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Operation {
    fn of(op: &BinaryOperator) -> Option<Operation> {
        Some(match op {
            BinaryOperator::Plus => Operation::Add,
            BinaryOperator::Minus => Operation::Subtract,
            BinaryOperator::Multiply => Operation::Multiply,
            BinaryOperator::Divide => Operation::Divide,
            BinaryOperator::Modulo => Operation::Modulo,
            _ => return None,
        })
    }

    fn symbol(self) -> &'static str {
        match self {
            Operation::Add => "+",
            Operation::Subtract => "-",
            Operation::Multiply => "*",
            Operation::Divide => "/",
            Operation::Modulo => "%",
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Operation::Add => "addition",
            Operation::Subtract => "subtraction",
            Operation::Multiply => "multiplication",
            Operation::Divide => "division",
            Operation::Modulo => "modulus",
        }
    }

    fn udf(self) -> Arc<ScalarUDF> {
        let signature = Signature::user_defined(Volatility::Immutable);
        Arc::new(ScalarUDF::new_from_impl(Arithmetic { operation: self, signature }))
    }
}

/// The checked operation, when both sides are numbers.
pub(crate) fn plan(raw: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
    let Some(operation) = Operation::of(&raw.op) else { return Ok(PlannerResult::Original(raw)) };
    if operands(&raw.left.get_type(schema)?, &raw.right.get_type(schema)?).is_none() {
        return Ok(PlannerResult::Original(raw));
    }
    let args = vec![integer(raw.left), integer(raw.right)];
    let call = ScalarFunction::new_udf(operation.udf(), args);
    Ok(PlannerResult::Planned(Expr::ScalarFunction(call)))
}

/// Integer literals are bigint to the planner, and integer to Trino where they fit: this decides the
/// scale of a quotient of decimals, and where sums of literals overflow.
fn integer(expr: Expr) -> Expr {
    match expr {
        Expr::Literal(ScalarValue::Int64(Some(value)), metadata) => match i32::try_from(value) {
            Ok(value) => Expr::Literal(ScalarValue::Int32(Some(value)), metadata),
            Err(_) => Expr::Literal(ScalarValue::Int64(Some(value)), metadata),
        },
        other => other,
    }
}

/// Trino's type for a number; it has no unsigned ones.
fn signed(of: &DataType) -> Option<DataType> {
    Some(match of {
        DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Float16 => DataType::Float32,
        DataType::Decimal32(p, s) | DataType::Decimal64(p, s) => DataType::Decimal128(*p, *s),
        DataType::Null | DataType::Float32 | DataType::Float64 | DataType::Decimal128(_, _) => of.clone(),
        of if of.is_integer() => of.clone(),
        _ => return None,
    })
}

/// The decimal that holds every value of a number's type.
fn as_decimal(of: &DataType) -> Option<(u8, i8)> {
    Some(match of {
        DataType::Int8 => (3, 0),
        DataType::Int16 => (5, 0),
        DataType::Int32 => (10, 0),
        DataType::Int64 => (19, 0),
        DataType::Decimal128(p, s) => (*p, *s),
        _ => return None,
    })
}

/// What the two sides become; `None` when one is no number, or both are NULL.
fn operands(left: &DataType, right: &DataType) -> Option<(DataType, DataType)> {
    let (left, right) = match (signed(left)?, signed(right)?) {
        (DataType::Null, DataType::Null) => return None,
        (DataType::Null, of) | (of, DataType::Null) => (of.clone(), of),
        both => both,
    };
    if let Some(one) = inexact_or_integer(&left, &right) {
        return Some((one.clone(), one));
    }
    let decimal = |of| as_decimal(of).map(|(p, s)| DataType::Decimal128(p, s));
    Some((decimal(&left)?, decimal(&right)?))
}

/// The type of both sides when no decimal decides it.
fn inexact_or_integer(left: &DataType, right: &DataType) -> Option<DataType> {
    let either = |of: DataType| *left == of || *right == of;
    if either(DataType::Float64) {
        return Some(DataType::Float64);
    }
    if either(DataType::Float32) {
        return Some(DataType::Float32);
    }
    match (left, right) {
        (DataType::Decimal128(_, _), _) | (_, DataType::Decimal128(_, _)) => None,
        _ => Some(if left.primitive_width() >= right.primitive_width() { left.clone() } else { right.clone() }),
    }
}

/// The one type that numbers of these types meet in: what `greatest`, `coalesce` and comparisons need.
pub(crate) fn common(left: &DataType, right: &DataType) -> Option<DataType> {
    let (left, right) = match (signed(left)?, signed(right)?) {
        (DataType::Null, of) | (of, DataType::Null) => return Some(of),
        both => both,
    };
    if let Some(one) = inexact_or_integer(&left, &right) {
        return Some(one);
    }
    let ((left_precision, left_scale), (right_precision, right_scale)) = (as_decimal(&left)?, as_decimal(&right)?);
    let scale = left_scale.max(right_scale);
    let whole = (left_precision as i8 - left_scale).max(right_precision as i8 - right_scale);
    Some(DataType::Decimal128(((whole + scale) as u8).min(DIGITS), scale))
}

/// Precision and scale of a result: exact where 38 digits suffice, else digits behind the point give way.
fn decimal_result(operation: Operation, left: (u8, i8), right: (u8, i8)) -> (u8, i8) {
    let most = i32::from(DIGITS);
    let (p1, s1) = (i32::from(left.0), i32::from(left.1));
    let (p2, s2) = (i32::from(right.0), i32::from(right.1));
    // A product keeps six digits behind the point before its whole digits are cut.
    let fit = |whole: i32, scale: i32| {
        let kept = if whole > most - 6 { 6 } else { most - whole };
        ((whole + scale).min(most), scale.min(kept))
    };
    let (precision, scale) = match operation {
        Operation::Add | Operation::Subtract => {
            let (whole, scale) = ((p1 - s1).max(p2 - s2), s1.max(s2));
            let precision = (whole + scale + 1).min(most);
            (precision, scale.min(precision - whole))
        }
        Operation::Multiply => fit(p1 + p2 - (s1 + s2), s1 + s2),
        // The documented rule, by which the services built on Trino divide; its development version widens.
        Operation::Divide => ((p1 + s2 + (s2 - s1).max(0)).min(most), s1.max(s2)),
        Operation::Modulo => {
            let scale = s1.max(s2);
            ((p2 - s2).min(p1 - s1) + scale, scale)
        }
    };
    (precision.max(1) as u8, scale as i8)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Arithmetic {
    operation: Operation,
    signature: Signature,
}

impl ScalarUDFImpl for Arithmetic {
    fn name(&self) -> &str {
        self.operation.symbol()
    }

    fn display_name(&self, args: &[Expr]) -> Result<String> {
        Ok(infix(self.operation, args, &|arg| arg.to_string()))
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        Ok(infix(self.operation, args, &|arg| arg.schema_name().to_string()))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let symbol = self.operation.symbol();
        match types {
            [left, right] => match operands(left, right) {
                Some((left, right)) => Ok(vec![left, right]),
                None => plan_err!("{} {symbol} {} does not exist", describe(left), describe(right)),
            },
            _ => plan_err!("{symbol} stands between two numbers"),
        }
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [DataType::Decimal128(p1, s1), DataType::Decimal128(p2, s2)] => {
                let (precision, scale) = decimal_result(self.operation, (*p1, *s1), (*p2, *s2));
                Ok(DataType::Decimal128(precision, scale))
            }
            [of, _] => Ok(of.clone()),
            _ => plan_err!("{} stands between two numbers", self.operation.symbol()),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [left, right] = args.args.as_slice() else {
            return exec_err!("{} stands between two numbers", self.operation.symbol());
        };
        let name = describe(&left.data_type());
        let result = match args.return_field.data_type() {
            DataType::Decimal128(precision, scale) => apply(left, right, |left, right| {
                let values = decimals(self.operation, left, right, *scale)?;
                Ok(Arc::new(values.with_precision_and_scale(*precision, *scale)?) as ArrayRef)
            }),
            _ => apply(
                left,
                right,
                match self.operation {
                    Operation::Add => numeric::add,
                    Operation::Subtract => numeric::sub,
                    Operation::Multiply => numeric::mul,
                    Operation::Divide => numeric::div,
                    Operation::Modulo => numeric::rem,
                },
            ),
        };
        result.map_err(|error| in_trinos_words(error, &format!("{name} {}", self.operation.noun())))
    }
}

fn infix(operation: Operation, args: &[Expr], show: &dyn Fn(&Expr) -> String) -> String {
    let shown = args.iter().map(|arg| match arg {
        Expr::BinaryExpr(_) => format!("({})", show(arg)),
        Expr::ScalarFunction(inner) if inner.func.inner().downcast_ref::<Arithmetic>().is_some() => {
            format!("({})", show(arg))
        }
        _ => show(arg),
    });
    shown.collect::<Vec<_>>().join(&format!(" {} ", operation.symbol()))
}

/// `Overflow happened on: 1 + 2` is how Arrow says it.
fn in_trinos_words(error: DataFusionError, what: &str) -> DataFusionError {
    match error.find_root() {
        DataFusionError::ArrowError(arrow, _) => match arrow.as_ref() {
            ArrowError::DivideByZero => exec_datafusion_err!("Division by zero"),
            ArrowError::ArithmeticOverflow(message) => match message.split_once(": ") {
                Some((_, operands)) => exec_datafusion_err!("{what} overflow: {operands}"),
                None => exec_datafusion_err!("{message}"),
            },
            _ => error,
        },
        _ => error,
    }
}

fn scale_of(values: &dyn Array) -> i8 {
    match values.data_type() {
        DataType::Decimal128(_, scale) => *scale,
        _ => 0,
    }
}

fn decimals(
    operation: Operation,
    left: &dyn Datum,
    right: &dyn Datum,
    scale: i8,
) -> Result<PrimitiveArray<Decimal128Type>, ArrowError> {
    let ((left, left_is_scalar), (right, right_is_scalar)) = (left.get(), right.get());
    let (left_scale, right_scale) = (scale_of(left), scale_of(right));
    let one = |left: i128, right: i128| -> Result<i128, ArrowError> {
        if right == 0 && matches!(operation, Operation::Divide | Operation::Modulo) {
            return Err(ArrowError::DivideByZero);
        }
        decimal_value(operation, (left, left_scale), (right, right_scale), scale)
            .filter(|value| decimal::fits(*value, DIGITS))
            .ok_or_else(|| ArrowError::ArithmeticOverflow("Decimal overflow".to_owned()))
    };
    let (left, right) = (left.as_primitive::<Decimal128Type>(), right.as_primitive::<Decimal128Type>());
    let nulls = |rows| new_null_array(&DataType::Decimal128(DIGITS, scale), rows).as_primitive().clone();
    match (left_is_scalar, right_is_scalar) {
        (true, false) if left.is_null(0) => Ok(nulls(right.len())),
        (false, true) if right.is_null(0) => Ok(nulls(left.len())),
        (true, false) => {
            let left = left.value(0);
            right.try_unary(|right| one(left, right))
        }
        (false, true) => {
            let right = right.value(0);
            left.try_unary(|left| one(left, right))
        }
        _ => try_binary(left, right, one),
    }
}

/// `None` when the result, or what Trino computes on the way, leaves 128 bits.
fn decimal_value(operation: Operation, left: (i128, i8), right: (i128, i8), scale: i8) -> Option<i128> {
    let ((left, left_scale), (right, right_scale)) = (left, right);
    let finest = left_scale.max(right_scale);
    let widen = |value, from| rescale(value, Rescale::between(from, finest));
    match operation {
        Operation::Add => {
            rescale(widen(left, left_scale)?.checked_add(widen(right, right_scale)?)?, Rescale::between(finest, scale))
        }
        Operation::Subtract => {
            rescale(widen(left, left_scale)?.checked_sub(widen(right, right_scale)?)?, Rescale::between(finest, scale))
        }
        Operation::Multiply => rescale(left.checked_mul(right)?, Rescale::between(left_scale + right_scale, scale)),
        Operation::Divide => {
            let digits = i32::from(scale) - i32::from(left_scale) + i32::from(right_scale);
            decimal::divide(left, right, u32::try_from(digits).ok()?)
        }
        Operation::Modulo => {
            let more = |from: i8| u32::from(finest.abs_diff(from));
            decimal::remainder(left, more(left_scale), right, more(right_scale))
        }
    }
}

/// `-x` of an integer, which the smallest one has none of.
pub(crate) fn negate() -> Arc<ScalarUDF> {
    static NEGATE: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
        let as_given = |_: &str, types: &[DataType]| Ok(types.to_vec());
        let returns = |fields: &[Arc<arrow::datatypes::Field>]| match fields {
            [of] => super::scalar::nullable(of.data_type().clone()),
            _ => plan_err!("- stands before one number"),
        };
        let evaluate = |call: &Call| {
            numeric::neg(&call.args[0]).map_err(|_| {
                exec_datafusion_err!(
                    "{} negation overflow: the smallest {0} has no opposite",
                    describe(call.args[0].data_type())
                )
            })
        };
        Function::new("negate", as_given, returns, evaluate).udf()
    });
    Arc::clone(&NEGATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_decimals_have_trinos_types() {
        for (operation, left, right, expected) in [
            (Operation::Add, (2, 1), (3, 2), (4, 2)),
            (Operation::Add, (38, 0), (38, 1), (38, 0)),
            (Operation::Multiply, (2, 1), (10, 0), (12, 1)),
            (Operation::Multiply, (38, 10), (38, 10), (38, 6)),
            (Operation::Divide, (2, 1), (2, 1), (3, 1)),
            (Operation::Divide, (8, 5), (1, 1), (9, 5)),
            (Operation::Modulo, (3, 1), (19, 0), (3, 1)),
        ] {
            assert_eq!(decimal_result(operation, left, right), expected, "{operation:?} {left:?} {right:?}");
        }
    }

    #[test]
    fn numbers_meet_in_the_wider_type() {
        use DataType::{Decimal128, Float32, Float64, Int8, Int32, Int64, Null, UInt64, Utf8};
        for (left, right, expected) in [
            (Int8, Int64, Some(Int64)),
            (Int32, Decimal128(2, 1), Some(Decimal128(11, 1))),
            (Decimal128(2, 1), Float32, Some(Float32)),
            (Float64, Float32, Some(Float64)),
            (UInt64, Int8, Some(Int64)),
            (Null, Int8, Some(Int8)),
            (Utf8, Int8, None),
        ] {
            assert_eq!(common(&left, &right), expected, "{left} {right}");
        }
    }
}
