//! JSON, ipaddress and uuid are marks on fields of text and bytes. What DataFusion makes of marked values
//! (CASE, COALESCE, an array, an aggregate) has lost the mark; it is put on again here.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchema, Result, exec_err, plan_err};
use datafusion::logical_expr::expr::{AggregateFunction, ScalarFunction};
use datafusion::logical_expr::{Aggregate, Expr, ExprSchemable, LogicalPlan, Projection, ScalarUDF};

use crate::functions::cast::{to_ip, to_uuid};
use crate::functions::scalar::{Call, Function, Returns, is_text, nullable};
use crate::types::{describe_field, ip_field, is_ip, is_json, is_uuid, json_field, list_type, text_length, uuid_field};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Json,
    Ip,
    Uuid,
}

fn mark(field: &Field) -> Option<Mark> {
    match field {
        field if is_json(field) => Some(Mark::Json),
        field if is_ip(field) => Some(Mark::Ip),
        field if is_uuid(field) => Some(Mark::Uuid),
        _ => None,
    }
}

/// What a cast from or to ipaddress and uuid becomes; `None` for other casts.
///
/// # Errors
/// For types that are not cast to each other.
pub(super) fn cast(expr: &Expr, from: &Field, to: &Field, lenient: bool) -> Result<Option<Expr>> {
    let (source, target) = (mark(from), mark(to));
    if source.is_some() && source == target {
        return Ok(Some(expr.clone()));
    }
    let function = match (source, target) {
        (None, Some(Mark::Ip)) => to_ip(lenient),
        (None, Some(Mark::Uuid)) => to_uuid(lenient),
        (Some(Mark::Ip), None) if text_length(to).is_some() => {
            let length = text_length(to).unwrap_or_default();
            return plan_err!("Cannot cast ipaddress to varchar({length}); cast to varchar instead");
        }
        (Some(Mark::Ip | Mark::Uuid), None) if is_text(to.data_type()) || to.data_type() == &DataType::Binary => {
            return Ok(None);
        }
        (Some(Mark::Ip | Mark::Uuid), _) | (Some(_), Some(Mark::Ip | Mark::Uuid)) => {
            return plan_err!("Cannot cast {} to {}", describe_field(from), describe_field(to));
        }
        _ => return Ok(None),
    };
    Ok(Some(Expr::ScalarFunction(ScalarFunction::new_udf(function, vec![expr.clone()]))))
}

/// The expression with the mark all its values have, when it has lost it.
pub(super) fn keep(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let values: Vec<&Expr> = match &expr {
        Expr::Case(case) => {
            case.when_then_expr.iter().map(|(_, then)| &**then).chain(case.else_expr.as_deref()).collect()
        }
        Expr::ScalarFunction(call) if matches!(call.name(), "coalesce" | "greatest" | "least" | "make_array") => {
            call.args.iter().collect()
        }
        Expr::ScalarFunction(call) if call.name() == "nullif" => call.args.iter().take(1).collect(),
        _ => return Ok(Transformed::no(expr)),
    };
    let mut common = None;
    for value in values {
        let (_, field) = value.to_field(schema)?;
        if field.data_type().is_null() {
            continue;
        }
        match (mark(&field), common) {
            (Some(mark), None) => common = Some(mark),
            (Some(mark), Some(known)) if mark == known => {}
            _ => return Ok(Transformed::no(expr)),
        }
    }
    let Some(common) = common else { return Ok(Transformed::no(expr)) };
    let (_, field) = expr.to_field(schema)?;
    Ok(match marking(common, &field) {
        Some(function) => Transformed::yes(Expr::ScalarFunction(ScalarFunction::new_udf(function, vec![expr]))),
        None => Transformed::no(expr),
    })
}

/// Aggregates whose result is a value they were given, or an array of such.
const GIVING: [&str; 9] =
    ["min", "max", "min_by", "max_by", "arbitrary", "any_value", "first_value", "last_value", "array_agg"];

/// An aggregation with a projection above it that puts the marks of what is aggregated on the results.
pub(super) fn keep_in_aggregate(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Aggregate(aggregate) = &plan else { return Ok(Transformed::no(plan)) };
    let (columns, groups) = (plan.schema().iter(), aggregate.group_expr_len()?);
    let mut changed = false;
    let mut exprs = Vec::with_capacity(plan.schema().fields().len());
    for (i, (qualifier, field)) in columns.enumerate() {
        let column = Expr::Column(Column::from((qualifier, field)));
        let given = i.checked_sub(groups).and_then(|i| aggregate.aggr_expr.get(i));
        exprs.push(match given.map(|given| marked(given, aggregate)).transpose()?.flatten() {
            None => column,
            Some(mark) => match marking(mark, field) {
                None => column,
                Some(function) => {
                    changed = true;
                    function.call(vec![column]).alias_qualified(qualifier.cloned(), field.name())
                }
            },
        });
    }
    if !changed {
        return Ok(Transformed::no(plan));
    }
    Ok(Transformed::yes(LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(plan))?)))
}

/// The mark of the values an aggregate gives.
fn marked(expr: &Expr, aggregate: &Aggregate) -> Result<Option<Mark>> {
    match expr {
        Expr::Alias(alias) => marked(&alias.expr, aggregate),
        Expr::AggregateFunction(AggregateFunction { func, params }) if GIVING.contains(&func.name()) => {
            match params.args.first() {
                Some(first) => Ok(mark(first.to_field(aggregate.input.schema().as_ref())?.1.as_ref())),
                None => Ok(None),
            }
        }
        _ => Ok(None),
    }
}

/// The function that puts a mark on values of a field, or on the items of an array; `None` when it is
/// there, or the type cannot have it.
fn marking(wanted: Mark, field: &Field) -> Option<Arc<ScalarUDF>> {
    static MARKING: LazyLock<[[Arc<ScalarUDF>; 2]; 3]> = LazyLock::new(|| {
        let as_given = |_: &str, types: &[DataType]| Ok(types.to_vec());
        let function = |name, returns: Returns, evaluate| Function::new(name, as_given, returns, evaluate).udf();
        let items: [Returns; 3] = [
            |_: &[FieldRef]| nullable(list_type(json_field("item"))),
            |_: &[FieldRef]| nullable(list_type(ip_field("item"))),
            |_: &[FieldRef]| nullable(list_type(uuid_field("item"))),
        ];
        let values: [Returns; 3] = [
            |_: &[FieldRef]| Ok(Arc::new(json_field(""))),
            |_: &[FieldRef]| Ok(Arc::new(ip_field(""))),
            |_: &[FieldRef]| Ok(Arc::new(uuid_field(""))),
        ];
        [
            [function("trino_as_json", values[0], same), function("trino_as_jsons", items[0], with_items)],
            [function("trino_as_ipaddress", values[1], same), function("trino_as_ipaddresses", items[1], with_items)],
            [function("trino_as_uuid", values[2], same), function("trino_as_uuids", items[2], with_items)],
        ]
    });
    let fits = |data_type: &DataType| match wanted {
        Mark::Json => data_type == &DataType::Utf8,
        Mark::Ip | Mark::Uuid => data_type == &DataType::FixedSizeBinary(16),
    };
    let place = match field.data_type() {
        value if fits(value) && mark(field).is_none() => 0,
        DataType::List(item) if fits(item.data_type()) && mark(item).is_none() => 1,
        _ => return None,
    };
    Some(Arc::clone(&MARKING[wanted as usize][place]))
}

fn same(call: &Call) -> Result<ArrayRef> {
    Ok(Arc::clone(&call.args[0]))
}

fn with_items(call: &Call) -> Result<ArrayRef> {
    let DataType::List(item) = call.returns.data_type() else { return exec_err!("expected an array") };
    let list = call.args[0].as_list::<i32>();
    let (offsets, values, nulls) = (list.offsets().clone(), Arc::clone(list.values()), list.nulls().cloned());
    Ok(Arc::new(ListArray::try_new(Arc::clone(item), offsets, values, nulls)?))
}
