//! How Trino's operators become expressions.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr, RawFieldAccessExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, GetFieldAccess, ScalarUDF, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::functions::interval::interval_times;

/// Subscripts: `m['k']` and `a[n]` are `element_at`. Fields of a row stay DataFusion's `get_field`.
#[derive(Debug)]
pub(crate) struct TrinoExpressions {
    pub(crate) element_at: Arc<ScalarUDF>,
}

impl ExprPlanner for TrinoExpressions {
    /// `n * interval` is an interval n times as long.
    fn plan_binary_op(&self, raw: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        if raw.op != BinaryOperator::Multiply {
            return Ok(PlannerResult::Original(raw));
        }
        let args = match (raw.left.get_type(schema)?, raw.right.get_type(schema)?) {
            (DataType::Interval(_), n) if n.is_integer() => vec![raw.left, raw.right],
            (n, DataType::Interval(_)) if n.is_integer() => vec![raw.right, raw.left],
            _ => return Ok(PlannerResult::Original(raw)),
        };
        let call = ScalarFunction::new_udf(interval_times(), args);
        Ok(PlannerResult::Planned(Expr::ScalarFunction(call)))
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
