//! Values of parameters, as constants of the tree.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Between, BinaryExpr, ColumnarValue, Expr, ExprSchemable, LogicalPlan, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility, lit,
};
use datafusion::optimizer::AnalyzerRule;
use datafusion::sql::sqlparser::ast::{
    self, DataType as SqlType, ExactNumberInfo, TimezoneInfo, TypedString, UnaryOperator, Value, ValueWithSpan,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use crate::text;

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ParameterValue {
    /// NULL.
    Null,
    /// A boolean.
    Boolean(bool),
    /// A bigint.
    Integer(i64),
    /// A double.
    Double(f64),
    /// A varchar.
    Text(String),
    /// A timestamp(3): milliseconds since 1970 began in UTC.
    Timestamp(i64),
    /// A text whose type is open, as it comes from a command line: a number where it is compared with
    /// numbers, in arithmetic and behind LIMIT and OFFSET; a text everywhere else.
    Untyped(String),
}

impl ParameterValue {
    /// The constant wherever a constant may stand.
    pub(super) fn as_constant(&self) -> ast::Expr {
        match self {
            ParameterValue::Null => value(Value::Null),
            ParameterValue::Boolean(truth) => value(Value::Boolean(*truth)),
            ParameterValue::Integer(number) => integer(*number),
            ParameterValue::Double(number) => typed(SqlType::Double(ExactNumberInfo::None), number.to_string()),
            ParameterValue::Text(text) | ParameterValue::Untyped(text) => {
                value(Value::SingleQuotedString(text.clone()))
            }
            ParameterValue::Timestamp(milliseconds) => {
                let time = arrow::array::TimestampMillisecondArray::from(vec![*milliseconds]);
                let time = text::format(&time, 0).unwrap_or_default();
                typed(SqlType::Timestamp(Some(3), TimezoneInfo::None), time)
            }
        }
    }

    /// The number a value without a type looks like.
    pub(super) fn as_number(&self) -> Option<ast::Expr> {
        match self {
            ParameterValue::Untyped(text) => match number(text)? {
                ScalarValue::Int64(Some(number)) => Some(integer(number)),
                _ => Some(typed(SqlType::Double(ExactNumberInfo::None), text.trim().to_owned())),
            },
            _ => None,
        }
    }

    /// A value without a type that looks like a number, left open.
    pub(super) fn as_untyped(&self) -> Option<ast::Expr> {
        match self {
            ParameterValue::Untyped(text) if number(text).is_some() => {
                Some(crate::statement::rewrite::call(UNTYPED, vec![value(Value::SingleQuotedString(text.clone()))]))
            }
            _ => None,
        }
    }

    /// What it is as a text, when it is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            ParameterValue::Text(text) | ParameterValue::Untyped(text) => Some(text),
            _ => None,
        }
    }
}

fn value(value: Value) -> ast::Expr {
    ast::Expr::Value(ValueWithSpan { value, span: Span::empty() })
}

fn typed(data_type: SqlType, text: String) -> ast::Expr {
    let value = ValueWithSpan { value: Value::SingleQuotedString(text), span: Span::empty() };
    ast::Expr::TypedString(TypedString { data_type, value, uses_odbc_syntax: false })
}

fn integer(number: i64) -> ast::Expr {
    let digits = value(Value::Number(number.unsigned_abs().to_string(), false));
    match number < 0 {
        true => {
            let negative = ast::Expr::UnaryOp { op: UnaryOperator::Minus, expr: Box::new(digits) };
            ast::Expr::Nested(Box::new(negative))
        }
        false => digits,
    }
}

/// The number a text is.
fn number(text: &str) -> Option<ScalarValue> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return Some(ScalarValue::Int64(Some(number)));
    }
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    text.parse::<f64>().ok().filter(|_| plain).map(|number| ScalarValue::Float64(Some(number)))
}

macro_rules! from {
    ($($from:ty => $variant:ident),*) => {
        $(impl From<$from> for ParameterValue {
            fn from(value: $from) -> Self {
                ParameterValue::$variant(value.into())
            }
        })*
    };
}

from!(bool => Boolean, i32 => Integer, i64 => Integer, u32 => Integer, f64 => Double, &str => Text, String => Text);

impl<T: Into<ParameterValue>> From<Option<T>> for ParameterValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(ParameterValue::Null, Into::into)
    }
}

/// The function around a constant whose type is open.
const UNTYPED: &str = "trino_untyped";

/// The function around a constant whose type is open: its argument.
pub(crate) fn untyped_function() -> Arc<ScalarUDF> {
    let signature = Signature::string(1, Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(Untyped { signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Untyped {
    signature: Signature,
}

impl ScalarUDFImpl for Untyped {
    fn name(&self) -> &str {
        UNTYPED
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }
    fn simplify(&self, mut args: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        match (args.pop(), args.is_empty()) {
            (Some(constant), true) => Ok(ExprSimplifyResult::Simplified(constant)),
            (Some(last), false) => Ok(ExprSimplifyResult::Original([args, vec![last]].concat())),
            (None, _) => Ok(ExprSimplifyResult::Original(args)),
        }
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        args.args.into_iter().next().map_or_else(|| Ok(ColumnarValue::Scalar(ScalarValue::Utf8(None))), Ok)
    }
}

/// Gives constants whose type is open the kind of what they are compared with.
#[derive(Debug)]
pub(crate) struct UntypedConstants;

impl AnalyzerRule for UntypedConstants {
    fn name(&self) -> &str {
        "trino_untyped_constants"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(|plan| {
            let schema = merge_schema(&plan.inputs());
            let names = NamePreserver::new(&plan);
            plan.map_expressions(|expr| {
                let name = names.save(&expr);
                let expr = expr.transform_up(|expr| Ok(resolve(expr, &schema)))?;
                Ok(expr.update_data(|expr| name.restore(expr)))
            })
        })
        .map(|plan| plan.data)
    }
}

fn resolve(expr: Expr, schema: &DFSchema) -> Transformed<Expr> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if untyped(&left).is_some() || untyped(&right).is_some() => {
            let (new_left, new_right) = (like(&left, &right, schema), like(&right, &left, schema));
            Transformed::yes(Expr::BinaryExpr(BinaryExpr::new(Box::new(new_left), op, Box::new(new_right))))
        }
        Expr::Between(Between { expr, negated, low, high }) => {
            let (low, high) = (like(&low, &expr, schema), like(&high, &expr, schema));
            let of = like(&expr, &low, schema);
            Transformed::yes(Expr::Between(Between::new(Box::new(of), negated, Box::new(low), Box::new(high))))
        }
        Expr::InList(InList { expr, list, negated }) => {
            let list: Vec<Expr> = list.iter().map(|item| like(item, &expr, schema)).collect();
            let of = list.first().map_or_else(|| expr.as_ref().clone(), |first| like(&expr, first, schema));
            Transformed::yes(Expr::InList(InList::new(Box::new(of), list, negated)))
        }
        other => Transformed::no(other),
    }
}

/// The text of a constant whose type is open.
fn untyped(expr: &Expr) -> Option<&str> {
    let Expr::ScalarFunction(call) = expr else { return None };
    match call.args.as_slice() {
        [Expr::Literal(value, _)] if call.func.name() == UNTYPED => value.try_as_str().flatten(),
        _ => None,
    }
}

/// The expression, or the constant it is beside `other`.
fn like(expr: &Expr, other: &Expr, schema: &DFSchema) -> Expr {
    let Some(text) = untyped(expr) else { return expr.clone() };
    let is_number = other.get_type(schema).is_ok_and(|data_type| data_type.is_numeric()) && untyped(other).is_none();
    match number(text).filter(|_| is_number) {
        Some(number) => lit(number),
        None => lit(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_numbers_look_like_numbers() {
        for (text, expected) in [
            ("5", Some(ScalarValue::Int64(Some(5)))),
            (" -7 ", Some(ScalarValue::Int64(Some(-7)))),
            ("1.5e3", Some(ScalarValue::Float64(Some(1500.0)))),
            ("99999999999999999999", Some(ScalarValue::Float64(Some(1e20)))),
            ("inf", None),
            ("NaN", None),
            ("2024-01-01", None),
            ("", None),
            ("0x1F", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn a_constant_is_one_value_whatever_it_holds() {
        for (value, expected) in [
            (ParameterValue::from("it's"), "'it''s'"),
            (ParameterValue::from("' OR 1=1 --"), "''' OR 1=1 --'"),
            (ParameterValue::from(-5), "(-5)"),
            (ParameterValue::from(i64::MIN), "(-9223372036854775808)"),
            (ParameterValue::from(0.5), "DOUBLE '0.5'"),
            (ParameterValue::from(true), "true"),
            (ParameterValue::from(None::<i64>), "NULL"),
            (ParameterValue::Timestamp(1_672_628_646_500), "TIMESTAMP(3) '2023-01-02 03:04:06.500'"),
        ] {
            assert_eq!(value.as_constant().to_string(), expected);
        }
    }
}
