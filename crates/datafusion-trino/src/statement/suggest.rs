//! Names nobody knows, and the names that were probably meant.

mod explanation;
mod functions;

use std::ops::ControlFlow;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::TableReference;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr as LogicalExpr, ExprSchemable, LogicalPlan};
use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, Visit, Visitor};

use super::scope::for_each_table;
use super::tokens::Spelling;
use super::{known_position, position};
use crate::error::{Error, Position};

pub(crate) use explanation::explain;
pub(crate) use functions::{check_functions, documented, is_known_function, signatures};

/// Every table of the query exists, as far as the catalogs can tell without reading anything.
pub(crate) fn check_tables(query: &Query, spelling: &Spelling, state: &SessionState) -> Result<(), Error> {
    let mut unknown = None;
    for_each_table(&mut query.clone(), &mut |name, at| {
        if unknown.is_none() && !exists(name, state) {
            unknown = Some((name.to_vec(), at));
        }
        None
    });
    let Some((name, at)) = unknown else { return Ok(()) };
    let leaf = name.last().cloned().unwrap_or_default();
    let typed = match name.as_slice() {
        [only] => spelling.of(only, at),
        parts => parts.join("."),
    };
    let known = known_tables(state);
    Err(Error::UnknownTable {
        name: typed,
        position: known_position(at),
        similar: similar(&leaf, known.iter().map(String::as_str)),
    })
}

fn exists(name: &[String], state: &SessionState) -> bool {
    let Some(reference) = reference(name) else { return false };
    let table = reference.table().to_owned();
    state.schema_for_ref(reference).is_ok_and(|schema| schema.table_exist(&table))
}

fn reference(name: &[String]) -> Option<TableReference> {
    match name {
        [table] => Some(TableReference::bare(table.as_str())),
        [schema, table] => Some(TableReference::partial(schema.as_str(), table.as_str())),
        [catalog, schema, table] => Some(TableReference::full(catalog.as_str(), schema.as_str(), table.as_str())),
        _ => None,
    }
}

fn known_tables(state: &SessionState) -> Vec<String> {
    let catalogs = state.catalog_list();
    let mut names = Vec::new();
    for catalog in catalogs.catalog_names().iter().filter_map(|name| catalogs.catalog(name)) {
        for schema in catalog.schema_names().iter().filter(|name| *name != "information_schema") {
            names.extend(catalog.schema(schema).map_or_else(Vec::new, |s| s.table_names()));
        }
    }
    names
}

/// No map of the plan is asked for a field: DataFusion would answer NULL, having lowered the key's case.
pub(crate) fn check_map_fields(plan: &LogicalPlan, query: &Query, spelling: &Spelling) -> Result<(), Error> {
    let mut found = None;
    // The walk itself cannot fail; what it looks for is kept aside.
    let _ = plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                found = found.take().or_else(|| field_of_map(expr, node));
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    let Some((map, key)) = found else { return Ok(()) };
    let ((map, _), (key, position)) = (find_name(query, spelling, &map), find_name(query, spelling, &key));
    Err(Error::FieldOfMap { map, key, position })
}

/// The map and the key, when the expression asks a map for a field.
fn field_of_map(expr: &LogicalExpr, node: &LogicalPlan) -> Option<(String, String)> {
    let LogicalExpr::ScalarFunction(call) = expr else { return None };
    let [base, LogicalExpr::Literal(key, _)] = call.args.as_slice() else { return None };
    let is_map = || {
        let types = node.inputs().into_iter().filter_map(|input| base.get_type(input.schema()).ok());
        types.into_iter().any(|data_type| matches!(data_type, DataType::Map(..)))
    };
    if call.func.name() != "get_field" || !is_map() {
        return None;
    }
    let map = match base {
        LogicalExpr::Column(column) => column.name.clone(),
        other => other.schema_name().to_string(),
    };
    Some((map, key.try_as_str().flatten()?.to_owned()))
}

/// The columns of the tables of the query.
async fn columns(query: &Query, state: &SessionState) -> Vec<FieldRef> {
    let mut tables = Vec::new();
    for_each_table(&mut query.clone(), &mut |name, _| {
        tables.extend(reference(name));
        None
    });
    let mut columns = Vec::new();
    for table in tables {
        let Ok(schema) = state.schema_for_ref(table.clone()) else { continue };
        if let Ok(Some(provider)) = schema.table(table.table()).await {
            columns.extend(provider.schema().fields().iter().cloned());
        }
    }
    columns
}

fn collect_names(field: &Field, names: &mut Vec<String>) {
    names.push(field.name().clone());
    match field.data_type() {
        DataType::Struct(fields) => fields.iter().for_each(|field| collect_names(field, names)),
        DataType::List(item) => collect_names(item, names),
        _ => {}
    }
}

/// Where a column name first stands in the query, and how it was typed there.
fn find_name(query: &Query, spelling: &Spelling, name: &str) -> (String, Option<Position>) {
    match first(query, name).map(|ident| ident.span.start) {
        Some(at) => (spelling.of(name, at), (at.line > 0).then(|| position(at))),
        None => (name.to_owned(), None),
    }
}

/// Whether a name stands in double quotes where it first occurs.
fn is_quoted(query: &Query, name: &str) -> bool {
    first(query, name).is_some_and(|ident| ident.quote_style == Some('"'))
}

fn first(query: &Query, name: &str) -> Option<Ident> {
    let mut search = Names { name, found: None };
    let _ = Visit::visit(query, &mut search);
    search.found
}

struct Names<'a> {
    name: &'a str,
    found: Option<Ident>,
}

impl Visitor for Names<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let names = match expr {
            Expr::Identifier(name) => std::slice::from_ref(name),
            Expr::CompoundIdentifier(names) => names,
            _ => return ControlFlow::Continue(()),
        };
        match names.iter().find(|name| name.value == self.name) {
            Some(name) => {
                self.found = Some(name.clone());
                ControlFlow::Break(())
            }
            None => ControlFlow::Continue(()),
        }
    }
}

/// At most three of the `known` names that look like `name`, best first.
pub(crate) fn similar<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut scored: Vec<(f64, &str)> = known
        .map(|candidate| (strsim::jaro_winkler(name, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score > 0.8)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}
