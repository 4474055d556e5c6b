//! How Trino's operators become expressions.

use std::sync::Arc;

use arrow::datatypes::{DataType, Fields};
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr, RawFieldAccessExpr};
use datafusion::logical_expr::{Cast, Expr, ExprSchemable, GetFieldAccess, ScalarUDF, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::functions::arithmetic;
use crate::functions::collection::{array_concat, item_of, make_array};
use crate::functions::element_at::subscript;
use crate::functions::interval::{Operator, operation};
use crate::functions::row::row;
use crate::rules::coercion::text_and_boolean;

/// Arithmetic of times and intervals, subscripts of maps and arrays, `||` of arrays, and the constructors of
/// arrays and rows. Fields of a row stay DataFusion's `get_field`.
#[derive(Debug)]
pub(crate) struct TrinoExpressions {
    subscript: Arc<ScalarUDF>,
    /// What `m['k']` is.
    literal_key: Arc<ScalarUDF>,
}

impl TrinoExpressions {
    /// In sparse maps a missing key is NULL, as it is for `element_at`.
    pub(crate) fn new(element_at: &Arc<ScalarUDF>, sparse_maps: bool) -> TrinoExpressions {
        let subscript = subscript();
        let literal_key = Arc::clone(if sparse_maps { element_at } else { &subscript });
        TrinoExpressions { subscript, literal_key }
    }
}

fn compares(op: &BinaryOperator) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq)
}

impl ExprPlanner for TrinoExpressions {
    /// Operators over times and intervals, and the checked ones over numbers; `||` appends arrays and items of
    /// arrays.
    fn plan_binary_op(&self, mut raw: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        if compares(&raw.op) {
            // Around a comparison, as in NOT, its type is asked for before any rule has seen it.
            let of = |expr: &Expr| expr.get_type(schema).ok();
            match (of(&raw.left), of(&raw.right)) {
                (Some(DataType::Boolean), Some(text)) if text.is_string() => {
                    (raw.right, raw.left) = text_and_boolean(raw.right, raw.left);
                }
                (Some(text), Some(DataType::Boolean)) if text.is_string() => {
                    (raw.left, raw.right) = text_and_boolean(raw.left, raw.right);
                }
                _ => {}
            }
        }
        if raw.op == BinaryOperator::StringConcat {
            let is_array = |expr: &Expr| expr.get_type(schema).is_ok_and(|of| item_of(&of).is_some());
            if is_array(&raw.left) || is_array(&raw.right) {
                return Ok(PlannerResult::Planned(array_concat().call(vec![raw.left, raw.right])));
            }
            raw.left = as_text(raw.left, schema);
            raw.right = as_text(raw.right, schema);
        }
        let op = match raw.op {
            BinaryOperator::Plus => Operator::Plus,
            BinaryOperator::Minus => Operator::Minus,
            BinaryOperator::Multiply => Operator::Times,
            BinaryOperator::Divide => Operator::Divided,
            _ => return arithmetic::plan(raw, schema),
        };
        let types = raw.left.get_type(schema).ok().zip(raw.right.get_type(schema).ok());
        let Some((function, swapped)) = types.and_then(|(left, right)| operation(op, &left, &right)) else {
            return arithmetic::plan(raw, schema);
        };
        let args = if swapped { vec![raw.right, raw.left] } else { vec![raw.left, raw.right] };
        Ok(PlannerResult::Planned(function.call(args)))
    }

    fn plan_field_access(
        &self,
        raw: RawFieldAccessExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawFieldAccessExpr>> {
        let of = raw.expr.get_type(schema)?;
        if let (DataType::Struct(fields), GetFieldAccess::ListIndex { key }) = (&of, &raw.field_access) {
            let access = GetFieldAccess::NamedStructField { name: field_in_place(fields, key)? };
            return Ok(PlannerResult::Original(RawFieldAccessExpr { field_access: access, expr: raw.expr }));
        }
        let (function, key) = match (&of, &raw.field_access) {
            (DataType::Map(_, _), GetFieldAccess::NamedStructField { name }) => (&self.literal_key, lit(name.clone())),
            (_, GetFieldAccess::ListIndex { key }) => (&self.subscript, key.as_ref().clone()),
            _ => return Ok(PlannerResult::Original(raw)),
        };
        let args = vec![raw.expr, key];
        let call = ScalarFunction::new_udf(Arc::clone(function), args);
        Ok(PlannerResult::Planned(Expr::ScalarFunction(call)))
    }
    fn plan_array_literal(&self, items: Vec<Expr>, _schema: &DFSchema) -> Result<PlannerResult<Vec<Expr>>> {
        let call = ScalarFunction::new_udf(make_array(), items);
        Ok(PlannerResult::Planned(Expr::ScalarFunction(call)))
    }

    fn plan_struct_literal(&self, args: Vec<Expr>, is_named_struct: bool) -> Result<PlannerResult<Vec<Expr>>> {
        if is_named_struct {
            return Ok(PlannerResult::Original(args));
        }
        let call = ScalarFunction::new_udf(row(), args);
        Ok(PlannerResult::Planned(Expr::ScalarFunction(call)))
    }
}

/// `r[2]` is the second field of a row.
fn field_in_place(fields: &Fields, place: &Expr) -> Result<ScalarValue> {
    let place = match place {
        Expr::Literal(ScalarValue::Int64(Some(place)), _) => *place,
        Expr::Literal(ScalarValue::Int32(Some(place)), _) => i64::from(*place),
        _ => return plan_err!("Subscript expression on ROW requires a constant integer"),
    };
    match usize::try_from(place - 1).ok().and_then(|place| fields.get(place)) {
        Some(field) => Ok(ScalarValue::from(field.name().as_str())),
        None => plan_err!("Invalid subscript index: {place}. ROW has {} fields", fields.len()),
    }
}

/// A side of `||`: numbers and times, which Trino refuses there, in the text a cast gives them.
fn as_text(expr: Expr, schema: &DFSchema) -> Expr {
    let shown =
        |of: &DataType| of.is_numeric() || of.is_temporal() || matches!(of, DataType::Boolean | DataType::Interval(_));
    match expr.get_type(schema) {
        Ok(of) if shown(&of) => Expr::Cast(Cast::new(Box::new(expr), DataType::Utf8)),
        _ => expr,
    }
}
