//! The documented shape of events as expressions over the flat columns.
//!
//! An event data store is registered as a view: a projection of these expressions over the scan of its data
//! files. Where a query wants `userIdentity.arn` or `element_at(requestParameters, 'bucketName')`, the optimizer
//! resolves the expression to the flat column, and the filter prunes:
//!
//! | asked for | view | becomes |
//! | --- | --- | --- |
//! | `userIdentity.arn` | `get_field(trail_object_0(objects, named_struct('arn', userIdentity_arn, …)), 'arn')` | `userIdentity_arn` |
//! | `tlsDetails IS NULL` | `trail_object_7(objects, …) IS NULL` | `objects & 128 = 0` |
//! | `element_at(requestParameters, 'bucketName')` | `element_at(trail_map(requestParameters, 'bucketName', requestParameters_bucketName, …), …)` | `requestParameters_bucketName` |
//! | `element_at(requestParameters, 'Host')` | the same | `trail_map_value(requestParameters, 'Host')` |

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::{Column, Result};
use datafusion::functions::core::expr_fn::named_struct;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableSource, try_cast};
use datafusion::prelude::lit;
use datafusion_trino::Mentions;
use traillake_event::schema::{Field, Kind, OBJECTS, Schema, Shape};

use crate::functions::{EventJson, EventJsonChecksum, TrailMap, TrailMapValue, TrailNested, TrailObject, udf};

/// The columns of a shape that a statement mentions, over the physical columns.
pub(crate) type Columns = fn(&Schema, &Mentions) -> Vec<Expr>;

/// The documented shape.
pub(crate) fn logical_columns(schema: &Schema, mentions: &Mentions) -> Vec<Expr> {
    let fields = schema.fields();
    mentioned(fields, |field| field.name, mentions)
        .map(|field| named(expression(schema, mentions, (field, field.name), fields, &[]), field.name))
        .collect()
}

/// A view of these columns over a table of physical columns, of which it scans no others.
///
/// What a plan carries along costs time in every rule of the optimizer: over all columns, planning takes longer than
/// most questions do.
pub(crate) fn over(
    schema: &Schema,
    table: &str,
    source: Arc<dyn TableSource>,
    columns: Vec<Expr>,
) -> Result<LogicalPlan> {
    let mut read = HashSet::new();
    for name in columns.iter().flat_map(Expr::column_refs).map(|column| column.name.as_str()) {
        read.insert(name);
        // Conditions on the text of an object are answered by the columns of its keys, too.
        if let Some(object) = schema.column(name).filter(|column| column.kind == Kind::Json) {
            let path: Vec<&str> = object.path.iter().map(String::as_str).collect();
            read.extend(schema.hot_keys_of(&path).map(|(_, place)| schema.columns()[place].name.as_str()));
        }
    }
    let fields = source.schema();
    let places = fields.fields().iter().enumerate().filter(|(_, field)| read.contains(field.name().as_str()));
    let places = places.map(|(place, _)| place).collect();
    LogicalPlanBuilder::scan(table, source, Some(places))?.project(columns)?.build()
}

/// The fields that are mentioned, and one at least, as there are no rows of nothing.
pub(crate) fn mentioned<'a, F>(
    fields: &'a [F],
    name: impl Fn(&F) -> &'static str,
    mentions: &Mentions,
) -> impl Iterator<Item = &'a F> {
    let kept: Vec<&F> = fields.iter().filter(|field| mentions.contains(name(field))).collect();
    let instead = if kept.is_empty() { fields.first() } else { None };
    kept.into_iter().chain(instead)
}

/// A column that has the name already stays bare: the optimizer carries a renamed column along under both names,
/// and one name twice would be ambiguous.
pub(crate) fn named(expr: Expr, name: &str) -> Expr {
    match &expr {
        Expr::Column(column) if column.name == name => expr,
        _ => expr.alias(name),
    }
}

/// `element_at(map, 'key')` over one of the view's maps: the key's own column, or a look-up in the text.
///
/// `None` when `map` is no map of the view.
pub(crate) fn map_key(map: &Expr, key: &str) -> Option<Expr> {
    let Expr::ScalarFunction(call) = map else { return None };
    if call.func.name() != TrailMap::NAME {
        return None;
    }
    let (text, hot) = call.args.split_first()?;
    let column = hot.chunks_exact(2).find_map(|pair| match pair {
        [Expr::Literal(name, _), column] if name.try_as_str().flatten() == Some(key) => Some(column.clone()),
        _ => None,
    });
    Some(column.unwrap_or_else(|| {
        Expr::ScalarFunction(ScalarFunction::new_udf(udf(TrailMapValue::new()), vec![text.clone(), lit(key)]))
    }))
}

/// What is mentioned within a row: all of it where the row is read as a whole.
pub(crate) fn within<'a>(row: &str, mentions: &'a Mentions) -> Cow<'a, Mentions> {
    if mentions.contains_whole(row) { Cow::Owned(Mentions::everything()) } else { Cow::Borrowed(mentions) }
}

/// The column or field of a path, which a statement calls by a name of its own.
fn expression(
    schema: &Schema,
    mentions: &Mentions,
    (field, called): (&'static Field, &str),
    siblings: &'static [Field],
    parent: &[&'static str],
) -> Expr {
    let path = field.path(parent);
    match &field.shape {
        Shape::Text(_) | Shape::Boolean | Shape::Time => column(&path.join("_")),
        Shape::Number(number) => try_cast(column(&path.join("_")), number.data_type()),
        Shape::Struct(fields) => object(schema, &within(called, mentions), fields, &path),
        Shape::Map(_) => map(schema, &path),
        Shape::Nested(nested) => call(TrailNested::new(field.name, nested), vec![column(&path.join("_"))]),
        Shape::Alias(name) => siblings.iter().find(|sibling| sibling.name == *name).map_or_else(
            || lit(datafusion::common::ScalarValue::Utf8View(None)),
            |sibling| expression(schema, mentions, (sibling, called), siblings, parent),
        ),
        Shape::Derived if field.name == "eventjson" => event_json(schema),
        Shape::Derived => call(EventJsonChecksum::new(), vec![event_json(schema)]),
    }
}

fn object(schema: &Schema, mentions: &Mentions, fields: &'static [Field], path: &[&'static str]) -> Expr {
    let kept = mentioned(fields, |field| field.name, mentions);
    let field = |field: &'static Field| expression(schema, mentions, (field, field.name), fields, path);
    let row = named_struct(kept.flat_map(|kept| [lit(kept.name), field(kept)]).collect());
    present(schema, path, row)
}

/// The row where the record has the object at a path, NULL elsewhere.
pub(crate) fn present(schema: &Schema, path: &[&str], row: Expr) -> Expr {
    match schema.object_bit(path) {
        Some(bit) => call(TrailObject::new(bit), vec![column(OBJECTS), row]),
        None => row,
    }
}

fn map(schema: &Schema, path: &[&'static str]) -> Expr {
    let hot = schema.hot_keys_of(path);
    let pairs = hot.flat_map(|(key, place)| [lit(key), column(&schema.columns()[place].name)]);
    call(TrailMap::new(), std::iter::once(column(&path.join("_"))).chain(pairs).collect())
}

fn event_json(schema: &Schema) -> Expr {
    let columns = EventJson::columns(schema).into_iter().map(|place| column(&schema.columns()[place].name));
    call(EventJson::new(schema.store_type()), columns.collect())
}

pub(crate) fn call(function: impl datafusion::logical_expr::ScalarUDFImpl + 'static, args: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(udf(function), args))
}

// Names keep their letter case, which `col` would not.
pub(crate) fn column(name: &str) -> Expr {
    Expr::Column(Column::new_unqualified(name))
}
