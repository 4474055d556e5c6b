//! How instants are read: within which bounds, and cut to what.

use std::ops::RangeInclusive;

use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{Between, ScalarFunction};
use datafusion::logical_expr::logical_plan::Aggregate;
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, Operator};

use super::scan::Counted;
use super::{expressions, unaliased};

/// The bounds of a column of instants, in milliseconds.
type Bounds = (String, RangeInclusive<i64>);

/// All that reads what a scan gives.
pub(super) struct Read<'a> {
    /// Conditions right above the scan, without those that are bounds.
    pub(super) conditions: &'a [&'a Expr],
    /// The nodes above these, outermost first.
    pub(super) chain: &'a [&'a LogicalPlan],
    pub(super) aggregate: &'a Aggregate,
    pub(super) bounds: &'a [Bounds],
}

/// Takes the conditions that are bounds of an instant from among others.
pub(super) fn bounds(conditions: Vec<&Expr>) -> (Vec<&Expr>, Vec<Bounds>) {
    let (mut others, mut bounds) = (Vec::new(), Vec::new());
    for condition in conditions {
        match bound(condition) {
            Some(bound) => bounds.push(bound),
            None => others.push(condition),
        }
    }
    (others, bounds)
}

fn bound(condition: &Expr) -> Option<Bounds> {
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (left.as_ref(), right.as_ref()) {
            (Expr::Column(column), literal) => Some((column.name.clone(), range(*op, millis(literal)?)?)),
            (literal, Expr::Column(column)) => Some((column.name.clone(), range(op.swap()?, millis(literal)?)?)),
            _ => None,
        },
        Expr::Between(Between { expr, negated: false, low, high }) => {
            let Expr::Column(column) = expr.as_ref() else { return None };
            Some((column.name.clone(), millis(low)?..=millis(high)?))
        }
        _ => None,
    }
}

fn millis(literal: &Expr) -> Option<i64> {
    match literal {
        Expr::Literal(ScalarValue::TimestampMillisecond(Some(millis), None), _) => Some(*millis),
        _ => None,
    }
}

fn range(op: Operator, millis: i64) -> Option<RangeInclusive<i64>> {
    Some(match op {
        Operator::Eq => millis..=millis,
        Operator::GtEq => millis..=i64::MAX,
        Operator::Gt => millis.checked_add(1)?..=i64::MAX,
        Operator::LtEq => i64::MIN..=millis,
        Operator::Lt => i64::MIN..=millis.checked_sub(1)?,
        _ => return None,
    })
}

impl Read<'_> {
    /// How a column of instants is counted; `None` where it is read whole.
    pub(super) fn time(&self, column: &str) -> Option<Counted> {
        let mut uses = Uses { names: vec![column.to_owned()], units: Vec::new(), whole: false };
        uses.add(self.conditions.iter().copied());
        for node in self.chain.iter().rev() {
            let LogicalPlan::Projection(projection) = node else {
                uses.add(expressions(node));
                continue;
            };
            let (kept, read): (Vec<&Expr>, _) = projection.expr.iter().partition(|expr| uses.is_it(unaliased(expr)));
            uses.add(read);
            uses.names.extend(kept.into_iter().map(|expr| expr.qualified_name().1));
        }
        uses.add(self.aggregate.group_expr.iter().chain(&self.aggregate.aggr_expr));
        if uses.whole {
            return None;
        }
        let own = self.bounds.iter().filter(|(name, _)| name == column).map(|(_, range)| range.clone());
        let within_ms = own.reduce(|a, b| *a.start().max(b.start())..=*a.end().min(b.end()));
        // Each of the units is a multiple of the smaller ones.
        let step_ms = uses.units.into_iter().min();
        Some(Counted::Time { column: column.to_owned(), step_ms, within_ms })
    }
}

/// The uses of a column of instants.
struct Uses {
    /// What it is called.
    names: Vec<String>,
    /// What it is cut to.
    units: Vec<i64>,
    /// Whether it is also read uncut.
    whole: bool,
}

impl Uses {
    fn is_it(&self, expr: &Expr) -> bool {
        matches!(expr, Expr::Column(read) if self.names.contains(&read.name))
    }

    fn add<'a>(&mut self, expressions: impl IntoIterator<Item = &'a Expr>) {
        for expression in expressions {
            let seen = expression.apply(|expr| {
                Ok(match expr {
                    Expr::ScalarFunction(call) if let Some(unit) = self.unit_ms(call) => {
                        self.units.push(unit);
                        TreeNodeRecursion::Jump
                    }
                    expr if self.is_it(expr) => {
                        self.whole = true;
                        TreeNodeRecursion::Stop
                    }
                    _ => TreeNodeRecursion::Continue,
                })
            });
            self.whole |= seen.is_err();
        }
    }

    /// What `date_trunc('unit', time)` cuts to. Within a second there are too few events to count them together.
    fn unit_ms(&self, call: &ScalarFunction) -> Option<i64> {
        let ("date_trunc", [Expr::Literal(unit, _), time]) = (call.func.name(), call.args.as_slice()) else {
            return None;
        };
        Some(match unit.try_as_str().flatten().filter(|_| self.is_it(time))?.to_ascii_lowercase().as_str() {
            "minute" => 60_000,
            "hour" => 3_600_000,
            "day" => 86_400_000,
            _ => return None,
        })
    }
}
