//! JSON, ipaddress and uuid are marks on fields of text and bytes. What DataFusion makes of marked values
//! (CASE, COALESCE, an array, an aggregate) has lost the mark; it is put on again here.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchema, Result, exec_err, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Projection, ScalarUDF};

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
        Expr::HigherOrderFunction(call) if matches!(call.name(), "try" | "transform" | "reduce") => {
            fn body(arg: &Expr) -> Option<&Expr> {
                match arg {
                    Expr::Lambda(lambda) => Some(&*lambda.body),
                    _ => None,
                }
            }
            call.args.last().into_iter().filter_map(body).collect()
        }
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

/// Aggregates and window functions whose result is a value they were given, or an array of such.
const GIVING: [&str; 12] = [
    "min",
    "max",
    "min_by",
    "max_by",
    "arbitrary",
    "any_value",
    "first_value",
    "last_value",
    "nth_value",
    "lag",
    "lead",
    "array_agg",
];

/// An aggregation, a window or an unnesting with a projection above it that puts the marks of what it is
/// given on what it gives.
pub(super) fn keep_in_plan(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let marks: Vec<Option<Mark>> = match &plan {
        LogicalPlan::Aggregate(aggregate) => {
            let groups = std::iter::repeat_with(|| Ok(None)).take(aggregate.group_expr_len()?);
            let given = aggregate.aggr_expr.iter().map(|expr| mark_given(expr, aggregate.input.schema()));
            groups.chain(given).collect::<Result<_>>()?
        }
        LogicalPlan::Window(window) => {
            let columns = std::iter::repeat_with(|| Ok(None)).take(window.input.schema().fields().len());
            let given = window.window_expr.iter().map(|expr| mark_given(expr, window.input.schema()));
            columns.chain(given).collect::<Result<_>>()?
        }
        LogicalPlan::Unnest(unnest) => {
            let item = |from: &usize| match unnest.input.schema().field(*from).data_type() {
                DataType::List(item) => mark(item),
                _ => None,
            };
            unnest.dependency_indices.iter().map(item).collect()
        }
        _ => return Ok(Transformed::no(plan)),
    };
    let mut changed = false;
    let columns = plan.schema().iter().zip(marks).map(|((qualifier, field), wanted)| {
        let column = Expr::Column(Column::from((qualifier, field)));
        match wanted.and_then(|wanted| marking(wanted, field)) {
            None => column,
            Some(function) => {
                changed = true;
                function.call(vec![column]).alias_qualified(qualifier.cloned(), field.name())
            }
        }
    });
    let columns: Vec<Expr> = columns.collect();
    if !changed {
        return Ok(Transformed::no(plan));
    }
    Ok(Transformed::yes(LogicalPlan::Projection(Projection::try_new(columns, Arc::new(plan))?)))
}

/// The mark of the values an aggregate or a window function gives.
fn mark_given(expr: &Expr, schema: &DFSchema) -> Result<Option<Mark>> {
    let (name, args) = match expr {
        Expr::Alias(alias) => return mark_given(&alias.expr, schema),
        Expr::AggregateFunction(aggregate) => (aggregate.func.name(), &aggregate.params.args),
        Expr::WindowFunction(window) => (window.fun.name(), &window.params.args),
        _ => return Ok(None),
    };
    match args.first().filter(|_| GIVING.contains(&name)) {
        Some(first) => Ok(mark(first.to_field(schema)?.1.as_ref())),
        None => Ok(None),
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
