//! The texts that a row must hold, so that conditions on it can be true.
//!
//! | condition | sought |
//! | --- | --- |
//! | `userIdentity.arn = 'x'`, `element_at(requestParameters, 'Host') IN ('x', 'y')` | a value `x` (or `y`) |
//! | `json_extract_scalar(responseElements, '$.credentials.accessKeyId') = 'x'` | a value `x`, JSON in strings included |
//! | `lower(userAgent) LIKE '%curl/7%'`, `strpos(…, 'curl/7') > 0` | a value of the column with `curl/7` in it |
//! | `eventJson LIKE '%"bucketName":"logs"%'` | values or keys with `bucketName` and `logs` in them |
//! | `any_match(resources, r -> r.arn = 'x')`, `contains(map_values(requestParameters), 'x')` | a value `x` |
//! | `occurs(eventJson, 'x')` | a value with the word `x` in it |
//! | `AND`, `OR` | all of theirs, one of theirs |
//! | anything else | whatever there is |

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{HigherOrderFunction, InList, Like, ScalarFunction};
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, Operator, TryCast};
use traillake_event::schema::{Kind, Schema};
use traillake_store::Sought;

use crate::functions::{EventJson, Occurrences, TrailMap, TrailMapValue, TrailNested};

/// Where a text comes from. The columns are physical ones; none stands for the whole record.
enum Source {
    /// A column's own text.
    Column(String),
    /// JSON as the record writes it, or members of it, in a column.
    Written(Vec<String>),
    /// A string, number or boolean within JSON.
    Scalar(Vec<String>),
    /// JSON that was written anew.
    Anew(Vec<String>),
}

/// What a condition on the physical columns of a store seeks.
pub(crate) fn sought(condition: &Expr, schema: &Schema) -> Sought {
    Seeker { schema, variables: &[] }.condition(condition)
}

struct Seeker<'a> {
    schema: &'a Schema,
    /// The parameters of the lambdas around, which are values within JSON of some columns.
    variables: &'a [(String, Vec<String>)],
}

impl Seeker<'_> {
    fn condition(&self, condition: &Expr) -> Sought {
        match condition {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => self.binary(left, *op, right),
            Expr::InList(InList { expr, list, negated: false }) => {
                let each = list.iter().map(|value| self.equal(expr, value));
                Sought::Any(each.collect())
            }
            Expr::Like(like) if !like.negated => self.like(like),
            Expr::IsTrue(inner) => self.condition(inner),
            Expr::Alias(alias) => self.condition(&alias.expr),
            Expr::HigherOrderFunction(call) if call.func.name() == "any_match" => self.any_match(call),
            Expr::ScalarFunction(call) if call.func.name() == "contains" => self.contains(call),
            Expr::ScalarFunction(call) if call.func.name() == Occurrences::CONDITION => self.occurs(call),
            _ => Sought::Anything,
        }
    }

    fn binary(&self, left: &Expr, op: Operator, right: &Expr) -> Sought {
        match op {
            Operator::And => Sought::All(vec![self.condition(left), self.condition(right)]),
            Operator::Or => Sought::Any(vec![self.condition(left), self.condition(right)]),
            Operator::Eq if literal(left).is_some() => self.equal(right, left),
            Operator::Eq => self.equal(left, right),
            Operator::Gt if is_number(right, 0) => self.position(left),
            Operator::GtEq if is_number(right, 1) => self.position(left),
            _ => Sought::Anything,
        }
    }

    fn equal(&self, expr: &Expr, value: &Expr) -> Sought {
        let (Some(source), Some(text)) = (self.source(expr), literal(value)) else { return Sought::Anything };
        match source {
            Source::Column(_) => Sought::Whole(text.to_owned()),
            Source::Scalar(columns) => Sought::scalar(text, &columns),
            // A member may be a scalar, and a column of JSON never is.
            Source::Written(columns) => Sought::scalar(text, &columns),
            Source::Anew(_) => Sought::Anything,
        }
    }

    fn like(&self, like: &Like) -> Sought {
        let escape = like.escape_char.unwrap_or('\\');
        let (Some(source), Some(pattern)) = (self.source(&like.expr), literal(&like.pattern)) else {
            return Sought::Anything;
        };
        Sought::All(constants(pattern, escape).iter().map(|text| within(&source, text)).collect())
    }

    /// `strpos(text, 'x')`, which is not 0.
    fn position(&self, expr: &Expr) -> Sought {
        match uncast(expr) {
            Expr::ScalarFunction(call) if call.func.name() == "strpos" => match call.args.as_slice() {
                [text, part] => match (self.source(text), literal(part)) {
                    (Some(source), Some(part)) => within(&source, part),
                    _ => Sought::Anything,
                },
                _ => Sought::Anything,
            },
            _ => Sought::Anything,
        }
    }

    fn contains(&self, call: &ScalarFunction) -> Sought {
        let [list, value] = call.args.as_slice() else { return Sought::Anything };
        match (self.elements(list), literal(value)) {
            (Some(columns), Some(text)) => Sought::scalar(text, &columns),
            _ => Sought::Anything,
        }
    }

    fn occurs(&self, call: &ScalarFunction) -> Sought {
        let Some((record, texts)) = call.args.split_first() else { return Sought::Anything };
        if !matches!(self.source(record), Some(Source::Written(_))) {
            return Sought::Anything;
        }
        let words = texts.iter().map(|text| literal(text).map(|text| Sought::Word(text.to_owned())));
        words.collect::<Option<Vec<_>>>().map_or(Sought::Anything, Sought::Any)
    }

    fn any_match(&self, call: &HigherOrderFunction) -> Sought {
        let [list, Expr::Lambda(lambda)] = call.args.as_slice() else { return Sought::Anything };
        let (Some(columns), [name]) = (self.elements(list), lambda.params.as_slice()) else { return Sought::Anything };
        let mut variables = vec![(name.clone(), columns)];
        variables.extend(self.variables.iter().cloned());
        Seeker { schema: self.schema, variables: &variables }.condition(&lambda.body)
    }

    /// The columns whose JSON has the elements of a list.
    fn elements(&self, list: &Expr) -> Option<Vec<String>> {
        let Expr::ScalarFunction(call) = uncast(list) else { return None };
        let function = call.func.inner();
        let argument = call.args.first()?;
        if function.downcast_ref::<TrailNested>().is_some() || function.downcast_ref::<TrailMap>().is_some() {
            return self.columns(argument);
        }
        if call.func.name() == "map_values" { self.elements(argument) } else { None }
    }

    fn columns(&self, expr: &Expr) -> Option<Vec<String>> {
        self.source(expr).map(|source| match source {
            Source::Column(column) => vec![column],
            Source::Written(columns) | Source::Scalar(columns) | Source::Anew(columns) => columns,
        })
    }

    /// Where a text comes from, in any letter case.
    fn source(&self, expr: &Expr) -> Option<Source> {
        match uncast(expr) {
            Expr::Column(column) => {
                let column = self.schema.column(&column.name)?;
                match column.kind {
                    Kind::Text => Some(Source::Column(column.name.clone())),
                    // The map's text has them.
                    Kind::HotKey => Some(Source::Written(vec![column.path[..column.path.len() - 1].join("_")])),
                    Kind::Json => Some(Source::Written(vec![column.name.clone()])),
                    _ => None,
                }
            }
            Expr::LambdaVariable(variable) => {
                let known = self.variables.iter().find(|(name, _)| *name == variable.name);
                known.map(|(_, columns)| Source::Written(columns.clone()))
            }
            Expr::ScalarFunction(call) => self.source_of_call(call),
            _ => None,
        }
    }

    fn source_of_call(&self, call: &ScalarFunction) -> Option<Source> {
        let function = call.func.inner();
        let argument = call.args.first()?;
        if function.downcast_ref::<TrailMapValue>().is_some() {
            return self.columns(argument).map(Source::Written);
        }
        if function.downcast_ref::<EventJson>().is_some() {
            return Some(Source::Written(Vec::new()));
        }
        match call.func.name() {
            "lower" | "trail_same" => self.source(argument),
            "json_extract_scalar" => self.columns(argument).map(Source::Scalar),
            "json_extract" | "json_parse" | "json_format" => self.columns(argument).map(Source::Anew),
            // Of a row within JSON: fields of rows are values of it.
            "get_field" => match uncast(argument) {
                Expr::LambdaVariable(_) => self.source(argument),
                _ => None,
            },
            _ => None,
        }
    }
}

fn within(source: &Source, text: &str) -> Sought {
    match source {
        Source::Column(column) => Sought::Within { text: text.to_owned(), columns: vec![column.clone()] },
        Source::Written(columns) => Sought::written(text, columns),
        Source::Scalar(columns) => Sought::within_scalar(text, columns),
        Source::Anew(_) => Sought::Anything,
    }
}

/// The texts that stand between the wildcards of a pattern.
fn constants(pattern: &str, escape: char) -> Vec<String> {
    let (mut texts, mut chars) = (vec![String::new()], pattern.chars());
    while let Some(char) = chars.next() {
        let char = match char {
            '%' | '_' => {
                texts.push(String::new());
                continue;
            }
            char if char == escape => chars.next().unwrap_or(char),
            char => char,
        };
        texts.last_mut().into_iter().for_each(|text| text.push(char));
    }
    texts.retain(|text| !text.is_empty());
    texts
}

fn literal(expr: &Expr) -> Option<&str> {
    match uncast(expr) {
        Expr::Literal(value, _) => value.try_as_str().flatten(),
        _ => None,
    }
}

fn is_number(expr: &Expr, number: i64) -> bool {
    let Expr::Literal(value, _) = uncast(expr) else { return false };
    value.cast_to(&arrow::datatypes::DataType::Int64).is_ok_and(|value| value == ScalarValue::Int64(Some(number)))
}

fn uncast(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast(Cast { expr, .. }) | Expr::TryCast(TryCast { expr, .. }) => uncast(expr),
        Expr::Alias(alias) => uncast(&alias.expr),
        other => other,
    }
}
