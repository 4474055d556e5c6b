//! Parameters of a statement and the values they are given.
//!
//! A value becomes a constant of the tree, never text of the statement: whatever it holds, it stays one
//! value.

mod slot;
mod value;

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Fetch, LimitClause, Query, TableFactor, TypedString, ValueWithSpan, VisitMut, VisitorMut,
};

use super::position;
use crate::error::{Error, Position};
use slot::{Kind, Slot, slots};

pub use value::ParameterValue;
pub(crate) use value::{UntypedConstants, untyped_function};

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The name in `:name` and `$name$`, as first typed; `None` for a `?`.
    pub name: Option<String>,
    /// Where it stands, in the order of the text.
    pub positions: Vec<Position>,
}

/// Values for the parameters of a statement: in order for `?`, by name for `:name`.
///
/// ```
/// use datafusion_trino::{Parameters, Statement};
///
/// let mut statement = Statement::parse("SELECT :user, x + ? FROM t LIMIT ?")?;
/// statement.bind(&Parameters::new().with(1.5).with(10).with_named("user", "o'neill"))?;
/// # Ok::<(), datafusion_trino::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parameters {
    positional: Vec<ParameterValue>,
    named: BTreeMap<String, ParameterValue>,
}

impl Parameters {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a value for the next `?`.
    pub fn with(mut self, value: impl Into<ParameterValue>) -> Self {
        self.positional.push(value.into());
        self
    }

    /// With a value for `:name`, in any letter case; a later one replaces an earlier one.
    pub fn with_named(mut self, name: &str, value: impl Into<ParameterValue>) -> Self {
        self.named.insert(name.to_lowercase(), value.into());
        self
    }

    /// Without the value for `:name`.
    pub fn without(mut self, name: &str) -> Self {
        self.named.remove(&name.to_lowercase());
        self
    }

    /// Whether there are no values at all.
    pub fn is_empty(&self) -> bool {
        self.positional.is_empty() && self.named.is_empty()
    }

    /// The names that values are given for, in lower case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }

    /// The values for each `?`, in order.
    pub fn positional(&self) -> &[ParameterValue] {
        &self.positional
    }

    /// The values for each `:name`, by name in lower case.
    pub fn named(&self) -> impl Iterator<Item = (&str, &ParameterValue)> {
        self.named.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The values that a statement has use for, when those of a script are meant for several.
    pub fn used_by(&self, statement: &super::Statement) -> Self {
        let slots = slots(&statement.query);
        let is_used = |name: &str| slots.iter().any(|slot| slot.kind.name() == Some(name));
        let named = self.named.iter().filter(|(name, _)| is_used(name));
        let in_order = slots.iter().any(|slot| matches!(slot.kind, Kind::Mark | Kind::QuotedMark));
        Self {
            positional: if in_order { self.positional.clone() } else { Vec::new() },
            named: named.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }
}

/// The parameters of a query, in order of appearance; a `?` in quotes is none.
pub(super) fn list(query: &Query) -> Vec<Parameter> {
    let mut found: Vec<(Option<String>, Parameter)> = Vec::new();
    for slot in slots(query) {
        let at = position(slot.at());
        match (slot.kind.name(), &slot.kind) {
            (Some(name), Kind::Named { typed, .. }) => {
                match found.iter_mut().find(|(known, _)| known.as_deref() == Some(name)) {
                    Some((_, parameter)) => parameter.positions.push(at),
                    None => {
                        let parameter = Parameter { name: Some(typed.clone()), positions: vec![at] };
                        found.push((Some(name.to_owned()), parameter));
                    }
                }
            }
            (_, Kind::Mark) => found.push((None, Parameter { name: None, positions: vec![at] })),
            _ => {}
        }
    }
    found.into_iter().map(|(_, parameter)| parameter).collect()
}

/// Every parameter of the query has been replaced.
pub(super) fn check_bound(query: &Query) -> Result<(), Error> {
    bind(&mut query.clone(), &Parameters::new())
}

/// Replaces every parameter by its value.
pub(super) fn bind(query: &mut Query, parameters: &Parameters) -> Result<(), Error> {
    let slots = slots(query);
    let values = assign(&slots, parameters)?;
    if values.is_empty() {
        return Ok(());
    }
    let mut binding = Bind { values, fault: None };
    let _ = VisitMut::visit(query, &mut binding);
    binding.fault.map_or(Ok(()), Err)
}

type Values = HashMap<(u64, u64), ParameterValue>;

/// Which value belongs to which place.
fn assign(slots: &[Slot], parameters: &Parameters) -> Result<Values, Error> {
    let mut values = Values::new();
    for slot in slots {
        let Kind::Named { key, typed, .. } = &slot.kind else { continue };
        let Some(value) = parameters.named.get(key) else {
            return Err(Error::UnboundParameter { name: typed.clone(), position: Some(position(slot.at())) });
        };
        values.insert(slot.place, value.clone());
    }
    let known = |name: &&String| slots.iter().any(|slot| slot.kind.name() == Some(name));
    if let Some(name) = parameters.named.keys().find(|name| !known(name)) {
        let mut known: Vec<String> = slots.iter().filter_map(|slot| slot.kind.name()).map(str::to_owned).collect();
        known.dedup();
        return Err(Error::SurplusParameter { name: name.clone(), known });
    }
    let marks: Vec<&Slot> = slots.iter().filter(|slot| slot.kind == Kind::Mark).collect();
    let all: Vec<&Slot> = slots.iter().filter(|slot| matches!(slot.kind, Kind::Mark | Kind::QuotedMark)).collect();
    let given = parameters.positional.len();
    let marks = match given {
        _ if given == marks.len() => marks,
        // A dashboard of CloudTrail Lake puts its ? in quotes.
        _ if given == all.len() => all,
        _ => return Err(miscounted(&marks, given)),
    };
    values.extend(marks.iter().map(|slot| slot.place).zip(parameters.positional.iter().cloned()));
    Ok(values)
}

fn miscounted(marks: &[&Slot], given: usize) -> Error {
    let expected = match marks.len() {
        0 => "no parameter ?".to_owned(),
        1 => "1 parameter ?".to_owned(),
        n => format!("{n} parameters ?"),
    };
    let given_words = match given {
        0 => "no value was given".to_owned(),
        1 => "1 value was given".to_owned(),
        n => format!("{n} values were given"),
    };
    let first = marks.get(given).map(|slot| position(slot.at()));
    Error::ParameterCount { expected, given: given_words, position: first }
}

struct Bind {
    values: Values,
    fault: Option<Error>,
}

impl Bind {
    fn value_of(&self, expr: &Expr) -> Option<&ParameterValue> {
        match expr {
            Expr::Value(value) => self.values.get(&slot::place(value)),
            _ => None,
        }
    }

    /// Puts a number where nothing else may stand.
    fn number(&self, expr: &mut Expr) {
        if let Some(number) = self.value_of(expr).and_then(ParameterValue::as_number) {
            *expr = number;
        }
    }

    /// Leaves it to the other side of a comparison what a value without a type is.
    fn untyped(&self, expr: &mut Expr) {
        if let Some(untyped) = self.value_of(expr).and_then(ParameterValue::as_untyped) {
            *expr = untyped;
        }
    }
}

impl VisitorMut for Bind {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        match &mut query.limit_clause {
            Some(LimitClause::LimitOffset { limit, offset, .. }) => {
                limit.iter_mut().for_each(|limit| self.number(limit));
                offset.iter_mut().for_each(|offset| self.number(&mut offset.value));
            }
            Some(LimitClause::OffsetCommaLimit { .. }) | None => {}
        }
        if let Some(Fetch { quantity: Some(quantity), .. }) = &mut query.fetch {
            self.number(quantity);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let Some((name, place)) = slot::table_name(factor)
            && let Some(value) = self.values.get(&place)
        {
            match value.as_text() {
                Some(text) => slot::rename(name, text),
                None => {
                    let message = "a parameter in the place of a table is a text: its name";
                    let at = Position { line: place.0, column: place.1 };
                    self.fault = Some(Error::syntax(message, Some(at)));
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::BinaryOp { left, op, right } if is_arithmetic(op) => {
                self.number(left);
                self.number(right);
            }
            Expr::BinaryOp { left, op, right } if is_comparison(op) => {
                self.untyped(left);
                self.untyped(right);
            }
            Expr::Between { expr, low, high, .. } => {
                self.untyped(expr);
                self.untyped(low);
                self.untyped(high);
            }
            Expr::InList { expr, list, .. } => {
                self.untyped(expr);
                list.iter_mut().for_each(|item| self.untyped(item));
            }
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                self.untyped(left);
                self.untyped(right);
            }
            // `TIMESTAMP '?'`
            Expr::TypedString(TypedString { value, .. }) => self.text(value),
            Expr::Value(value) => {
                if let Some(constant) = self.values.get(&slot::place(value)) {
                    *expr = constant.as_constant();
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Bind {
    fn text(&self, value: &mut ValueWithSpan) {
        if let Some(text) = self.values.get(&slot::place(value)).and_then(ParameterValue::as_text) {
            value.value = slot::text(text);
        }
    }
}

fn is_arithmetic(op: &BinaryOperator) -> bool {
    use BinaryOperator::{Divide, Minus, Modulo, Multiply, Plus};
    matches!(op, Plus | Minus | Multiply | Divide | Modulo)
}

fn is_comparison(op: &BinaryOperator) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq)
}
