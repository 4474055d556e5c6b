//! The optimizer rule that computes leaves below window functions.
//!
//! DataFusion moves leaf expressions (`userIdentity.arn`, `element_at(map, 'key')`) towards the scan through every
//! node but a window: there the whole struct would be carried along, and with it the reading of all its columns.
//! This rule puts a projection below the window that computes the leaves the window and its reader want.

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::logical_plan::{Projection, Window};
use datafusion::logical_expr::{Expr, ExpressionPlacement, LogicalPlan};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use std::sync::Arc;

/// See the module.
#[derive(Debug)]
pub(crate) struct WindowLeaves;

impl OptimizerRule for WindowLeaves {
    fn name(&self) -> &str {
        "traillake_window_leaves"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Projection(projection) = &plan else { return Ok(Transformed::no(plan)) };
        let (windows, input) = windows_below(&projection.input);
        if windows.is_empty() {
            return Ok(Transformed::no(plan));
        }
        let mut leaves = Leaves { schema: input.schema(), found: Vec::new(), config };
        let columns = leaves.cut_all(&projection.expr)?;
        let windows =
            windows.into_iter().map(|window| leaves.cut_all(&window.window_expr)).collect::<Result<Vec<_>>>()?;
        if leaves.found.is_empty() {
            return Ok(Transformed::no(plan));
        }
        let mut below = leaves.computed_over(input)?;
        for expressions in windows.into_iter().rev() {
            below = LogicalPlan::Window(Window::try_new(expressions, Arc::new(below))?);
        }
        let columns = columns.into_iter().zip(projection.schema.iter()).map(|(expr, (qualifier, field))| match expr {
            Expr::Alias(_) => expr,
            _ => expr.alias_qualified(qualifier.cloned(), field.name()),
        });
        Ok(Transformed::yes(LogicalPlan::Projection(Projection::try_new(columns.collect(), Arc::new(below))?)))
    }
}

/// The windows a projection reads, outermost first, and what the innermost one reads.
fn windows_below(input: &Arc<LogicalPlan>) -> (Vec<&Window>, &Arc<LogicalPlan>) {
    let (mut windows, mut input) = (Vec::new(), input);
    while let LogicalPlan::Window(window) = input.as_ref() {
        windows.push(window);
        input = &window.input;
    }
    (windows, input)
}

struct Leaves<'a> {
    schema: &'a DFSchema,
    found: Vec<(Expr, String)>,
    config: &'a dyn OptimizerConfig,
}

impl Leaves<'_> {
    /// The expressions with columns where leaves stood, under the names they had.
    fn cut_all(&mut self, expressions: &[Expr]) -> Result<Vec<Expr>> {
        expressions
            .iter()
            .map(|expr| {
                let name = expr.schema_name().to_string();
                let cut = expr.clone().transform_down(|expr| Ok(self.cut(expr)))?;
                let renamed = cut.transformed && cut.data.schema_name().to_string() != name;
                Ok(if renamed { cut.data.alias(name) } else { cut.data })
            })
            .collect()
    }

    fn cut(&mut self, expr: Expr) -> Transformed<Expr> {
        let is_leaf = expr.placement() == ExpressionPlacement::MoveTowardsLeafNodes
            && expr.column_refs().into_iter().all(|column| self.schema.has_column(column));
        if !is_leaf {
            return Transformed::no(expr);
        }
        let name = match self.found.iter().find(|(known, _)| *known == expr) {
            Some((_, name)) => name.clone(),
            None => {
                let name = self.config.alias_generator().next("__window_leaf");
                self.found.push((expr, name.clone()));
                name
            }
        };
        Transformed::new(Expr::Column(Column::new_unqualified(name)), true, TreeNodeRecursion::Jump)
    }

    /// All columns of the input, and the leaves.
    fn computed_over(self, input: &Arc<LogicalPlan>) -> Result<LogicalPlan> {
        let columns = self.schema.columns().into_iter().map(Expr::Column);
        let leaves = self.found.into_iter().map(|(expr, name)| expr.alias(name));
        Ok(LogicalPlan::Projection(Projection::try_new(columns.chain(leaves).collect(), Arc::clone(input))?))
    }
}
