//! Literals of numbers, and conditional functions that are expressions.

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, CharacterLength, DataType, ExactNumberInfo, Expr, FunctionArg, FunctionArgExpr,
    FunctionArgumentList, TypedString, Value, ValueWithSpan,
};

use super::value;

/// `1e3` is a double: the planner would take it for a decimal.
pub(super) fn double(expr: &Expr) -> Option<Expr> {
    let Expr::Value(ValueWithSpan { value: Value::Number(digits, _), .. }) = expr else { return None };
    if !digits.contains(['e', 'E']) || digits.starts_with("0x") {
        return None;
    }
    let text = value(Value::SingleQuotedString(digits.replace('_', "")));
    Some(cast(text, DataType::Double(ExactNumberInfo::None)))
}

/// `DECIMAL '1.50'` has the digits that are written.
pub(super) fn decimal(expr: &Expr) -> Option<Expr> {
    let Expr::TypedString(TypedString { data_type, value: text, .. }) = expr else { return None };
    if !matches!(data_type, DataType::Decimal(ExactNumberInfo::None)) {
        return None;
    }
    let Value::SingleQuotedString(text) = &text.value else { return None };
    let digits = text.trim_start_matches(['+', '-']);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let scale = fraction.len() as u64;
    let precision = (whole.trim_start_matches('0').len() as u64 + scale).max(1);
    let exact = ExactNumberInfo::PrecisionAndScale(precision, scale as i64);
    Some(cast(value(Value::SingleQuotedString(text.clone())), DataType::Decimal(exact)))
}

fn cast(expr: Expr, data_type: DataType) -> Expr {
    Expr::Cast { kind: CastKind::Cast, expr: Box::new(expr), data_type, array: false, format: None }
}

/// `nullif(a, b)` is `case when a = b then null else a end`: it has the type of a, whatever they compare as.
pub(super) fn nullif(list: &FunctionArgumentList) -> Option<Expr> {
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(first)), FunctionArg::Unnamed(FunctionArgExpr::Expr(second))] =
        list.args.as_slice()
    else {
        return None;
    };
    let nested = |expr: &Expr| Box::new(Expr::Nested(Box::new(expr.clone())));
    let condition = Expr::BinaryOp { left: nested(first), op: BinaryOperator::Eq, right: nested(second) };
    Some(Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen { condition, result: value(Value::Null) }],
        else_result: Some(Box::new(first.clone())),
    })
}

/// The type of a literal, and of a cast to `varchar(n)`, which planned expressions do not tell.
pub(super) fn type_of_literal(list: &FunctionArgumentList) -> Option<Expr> {
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(literal))] = list.args.as_slice() else { return None };
    let name = match literal {
        Expr::Value(ValueWithSpan { value: Value::Number(digits, _), .. }) => {
            digits.parse::<i32>().ok().map(|_| "integer".to_owned())?
        }
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => {
            format!("varchar({})", text.chars().count())
        }
        Expr::Cast { data_type: DataType::Varchar(Some(CharacterLength::IntegerLength { length, .. })), .. } => {
            format!("varchar({length})")
        }
        _ => return None,
    };
    Some(value(Value::SingleQuotedString(name)))
}
