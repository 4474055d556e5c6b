//! How Trino's operators become expressions.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr, RawFieldAccessExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, GetFieldAccess, ScalarUDF, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::functions::interval::{Operator, operation};

/// Arithmetic of times and intervals. Subscripts: `m['k']` and `a[n]` are `element_at`. Fields of a row stay DataFusion's `get_field`.
#[derive(Debug)]
pub(crate) struct TrinoExpressions {
    pub(crate) element_at: Arc<ScalarUDF>,
}

impl ExprPlanner for TrinoExpressions {
    /// Operators over times and intervals.
    fn plan_binary_op(&self, raw: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let op = match raw.op {
            BinaryOperator::Plus => Operator::Plus,
            BinaryOperator::Minus => Operator::Minus,
            BinaryOperator::Multiply => Operator::Times,
            BinaryOperator::Divide => Operator::Divided,
            _ => return Ok(PlannerResult::Original(raw)),
        };
        let types = raw.left.get_type(schema).ok().zip(raw.right.get_type(schema).ok());
        let Some((function, swapped)) = types.and_then(|(left, right)| operation(op, &left, &right)) else {
            return Ok(PlannerResult::Original(raw));
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
        let key = match (&of, &raw.field_access) {
            (DataType::Map(_, _), GetFieldAccess::NamedStructField { name }) => lit(name.clone()),
            (_, GetFieldAccess::ListIndex { key }) => key.as_ref().clone(),
            _ => return Ok(PlannerResult::Original(raw)),
        };
        let args = vec![raw.expr, key];
        let call = ScalarFunction::new_udf(Arc::clone(&self.element_at), args);
        Ok(PlannerResult::Planned(Expr::ScalarFunction(call)))
    }
}
