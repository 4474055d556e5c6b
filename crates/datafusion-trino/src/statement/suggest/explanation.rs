//! The planner's errors, with the place in the statement they are about.

use std::ops::ControlFlow;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Column, SchemaError};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, Select, SelectItem, Visit, Visitor};

use super::super::tokens::Spelling;
use super::super::{known_position, position};
use super::{collect_names, columns, find_name, is_quoted, similar};
use crate::error::{Error, Position};
use crate::message::{self, About, Told};
use crate::types::describe;

/// Puts the planner's error into the words of this crate.
pub(crate) async fn explain(error: DataFusionError, query: &Query, spelling: &Spelling, state: &SessionState) -> Error {
    let statement = Names { query, spelling };
    match missing_column(&error) {
        Some(Missing::Qualifier { qualifier, name, known }) => {
            let (table, position) = statement.find(&qualifier);
            let (column, _) = statement.find(&name);
            let name = format!("{table}.{column}");
            return Error::UnknownColumn { name, position, similar: known, is_quoted: false, meant: None };
        }
        Some(Missing::Name { name, known }) => return unknown_column(&statement, name, known, state).await,
        Some(Missing::Choice { name, tables }) => return ambiguous(&statement, &name, &tables, error),
        None => {}
    }
    if let Some(told) = dereference(&error, &statement, state).await {
        return told.into_error(error);
    }
    placed(message::tell(&error), &statement, state, &error).into_error(error)
}

struct Names<'a> {
    query: &'a Query,
    spelling: &'a Spelling,
}

impl Names<'_> {
    /// Where a name first stands, and how it was typed there.
    fn find(&self, name: &str) -> (String, Option<Position>) {
        find_name(self.query, self.spelling, name)
    }
}

/// A message and where it belongs.
struct Placed {
    told: Told,
    position: Option<Position>,
}

impl Placed {
    fn into_error(self, engine: DataFusionError) -> Error {
        let Told { message, hint, .. } = self.told;
        Error::Plan { message, position: self.position, hint, engine: Box::new(engine) }
    }
}

/// Finds in the statement what a message is about.
fn placed(told: Told, statement: &Names, state: &SessionState, error: &DataFusionError) -> Placed {
    let known = error.diagnostic().and_then(|diagnostic| diagnostic.span).map(|span| span.start);
    let known = known.map(|at| Position { line: at.line, column: at.column }).filter(|at| at.line > 0);
    let (name, found) = match &told.about {
        None => return Placed { told, position: known },
        Some(About::Column(name)) => {
            let (typed, found) = statement.find(name);
            (format!("\"{typed}\""), known.or(found))
        }
        Some(About::Function(name)) => {
            let call = first_call(statement.query, &|called| called == name);
            let typed = call.as_ref().map(|ident| statement.spelling.of(&ident.value, ident.span.start));
            (typed.unwrap_or_else(|| name.clone()), call.and_then(|ident| known_position(ident.span.start)))
        }
        Some(About::AggregateInWhere) => (String::new(), aggregate_in_where(statement.query, state)),
    };
    let hint_name = name.trim_matches('"').to_owned();
    let hint = told.hint.as_ref().map(|hint| hint.replace("{name}", &hint_name));
    Placed { told: Told { hint, ..told.with_name(&name) }, position: found }
}

async fn unknown_column(statement: &Names<'_>, name: String, known: Vec<String>, state: &SessionState) -> Error {
    let known = match known.is_empty() {
        true => {
            let mut names = Vec::new();
            columns(statement.query, state).await.iter().for_each(|field| collect_names(field, &mut names));
            names
        }
        false => known,
    };
    let (typed, position) = statement.find(&name);
    let similar = similar(&name, known.iter().map(String::as_str));
    let meant = meant(statement, &name, &typed, state);
    Error::UnknownColumn { name: typed, position, similar, is_quoted: is_quoted(statement.query, &name), meant }
}

/// What a name that is no column may have meant: an alias, or a function without brackets.
fn meant(statement: &Names, name: &str, typed: &str, state: &SessionState) -> Option<String> {
    let mut aliases = Aliases { name, found: false };
    let _ = Visit::visit(statement.query, &mut aliases);
    if aliases.found {
        return Some(format!(
            "\"{typed}\" is an alias of the select list, which other clauses than ORDER BY do not see: repeat its expression"
        ));
    }
    let is_function = state.scalar_functions().contains_key(name) || state.aggregate_functions().contains_key(name);
    if is_function && !super::signatures(name).is_empty() {
        return Some(format!("\"{typed}\" is a function: write {typed}()"));
    }
    let mut tables = false;
    super::for_each_table(&mut statement.query.clone(), &mut |_, _| {
        tables = true;
        None
    });
    let mut sources = Sources { any: tables };
    let _ = Visit::visit(statement.query, &mut sources);
    (!sources.any).then(|| "the query has no FROM".to_owned())
}

struct Aliases<'a> {
    name: &'a str,
    found: bool,
}

impl Visitor for Aliases<'_> {
    type Break = ();

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        // An alias without a place was not typed.
        self.found |= select.projection.iter().any(|item| {
            matches!(item, SelectItem::ExprWithAlias { alias, .. } if alias.value == self.name && alias.span.start.line > 0)
        });
        ControlFlow::Continue(())
    }
}

struct Sources {
    any: bool,
}

impl Visitor for Sources {
    type Break = ();

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.any |= !select.from.is_empty();
        ControlFlow::Continue(())
    }
}

fn ambiguous(statement: &Names, name: &str, tables: &[String], error: DataFusionError) -> Error {
    let (typed, position) = statement.find(name);
    let told = Told { message: format!("column \"{typed}\" is ambiguous"), ..Told::default() };
    let choices: Vec<String> = tables.iter().map(|table| format!("{table}.{typed}")).collect();
    let hint = (!choices.is_empty()).then(|| format!("write {}", choices.join(" or ")));
    Placed { told: Told { hint, ..told }, position }.into_error(error)
}

/// A field is asked of something that is no row: `resources.arn`, `eventName.x`.
async fn dereference(error: &DataFusionError, statement: &Names<'_>, state: &SessionState) -> Option<Placed> {
    if !message::plain(error).starts_with("Cannot access field at argument") {
        return None;
    }
    let columns = columns(statement.query, state).await;
    let mut search = Paths { columns: &columns, found: None };
    let _ = Visit::visit(statement.query, &mut search);
    let (base, field, data_type) = search.found?;
    let typed = |ident: &Ident| statement.spelling.of(&ident.value, ident.span.start);
    let (base, place, field) = (typed(&base), field.span.start, typed(&field));
    let kind = if data_type.is_nested() { "an array" } else { "no row" };
    let message = format!("\"{base}\" is {kind} and has no field \"{field}\": its type is {}", describe(&data_type));
    let hint = data_type
        .is_nested()
        .then(|| format!("write element_at({base}, 1).{field}, or CROSS JOIN UNNEST({base}) AS t and {field}"));
    Some(Placed {
        told: Told { message: message::shortened(&message), hint, about: None },
        position: known_position(place),
    })
}

/// Looks for a path of names that leads through something that is no row.
struct Paths<'a> {
    columns: &'a [FieldRef],
    /// What has no field, the field, and the type.
    found: Option<(Ident, Ident, DataType)>,
}

impl Visitor for Paths<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let Expr::CompoundIdentifier(names) = expr else { return ControlFlow::Continue(()) };
        // The first name may be a table.
        for path in [names.as_slice(), names.get(1..).unwrap_or_default()] {
            if let Some(found) = path.split_first().and_then(|(root, rest)| broken(root, rest, self.columns)) {
                self.found = Some(found);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }
}

fn broken(root: &Ident, rest: &[Ident], columns: &[FieldRef]) -> Option<(Ident, Ident, DataType)> {
    let field = columns.iter().find(|column| *column.name() == root.value)?;
    let (next, after) = rest.split_first()?;
    match field.data_type() {
        DataType::Struct(fields) => broken(next, after, fields),
        DataType::Map(..) => None,
        other => Some((root.clone(), next.clone(), other.clone())),
    }
}

/// The first call of a function that `is` one.
fn first_call(query: &Query, is: &dyn Fn(&str) -> bool) -> Option<Ident> {
    let mut search = Calls { is, found: None };
    let _ = Visit::visit(query, &mut search);
    search.found
}

struct Calls<'a> {
    is: &'a dyn Fn(&str) -> bool,
    found: Option<Ident>,
}

impl Visitor for Calls<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr
            && let [part] = function.name.0.as_slice()
            && let Some(ident) = part.as_ident()
            && (self.is)(&ident.value)
        {
            self.found = Some(ident.clone());
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

fn aggregate_in_where(query: &Query, state: &SessionState) -> Option<Position> {
    struct Conditions<'a>(&'a SessionState, Option<Ident>);
    impl Visitor for Conditions<'_> {
        type Break = ();
        fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
            let is = |name: &str| self.0.aggregate_functions().contains_key(name);
            if let Some(condition) = &select.selection {
                let mut search = Calls { is: &is, found: None };
                let _ = Visit::visit(condition, &mut search);
                self.1 = self.1.take().or(search.found);
            }
            ControlFlow::Continue(())
        }
    }
    let mut search = Conditions(state, None);
    let _ = Visit::visit(query, &mut search);
    search.1.map(|ident| position(ident.span.start))
}

/// What an error says is missing, and what there is.
enum Missing {
    /// A column or a field; no known names for a field.
    Name { name: String, known: Vec<String> },
    /// The table in front of a column; known are the same column of other tables.
    Qualifier { qualifier: String, name: String, known: Vec<String> },
    /// A column that several tables have.
    Choice { name: String, tables: Vec<String> },
}

fn missing_column(error: &DataFusionError) -> Option<Missing> {
    if let DataFusionError::SchemaError(schema, _) = error.find_root() {
        return match schema.as_ref() {
            SchemaError::FieldNotFound { field, valid_fields } => Some(missing_in(field, valid_fields)),
            SchemaError::AmbiguousReference { field } => {
                let notes = error.diagnostic().map(|diagnostic| diagnostic.notes.as_slice()).unwrap_or_default();
                let table =
                    |text: &str| text.strip_prefix("possible column ")?.rsplit_once('.').map(|(t, _)| t.to_owned());
                let tables = notes.iter().filter_map(|note| table(&note.message)).collect();
                Some(Missing::Choice { name: field.name.clone(), tables })
            }
            _ => None,
        };
    }
    let message = message::plain(error);
    let name = message.strip_prefix("Field ")?.split_once(" not found in struct")?.0;
    Some(Missing::Name { name: name.to_owned(), known: Vec::new() })
}

fn missing_in(field: &Column, known: &[Column]) -> Missing {
    let name = field.name.clone();
    if let Some(relation) = &field.relation
        && !known.iter().any(|c| c.relation.as_ref() == Some(relation))
    {
        let same = known.iter().filter(|c| c.name == name && c.relation.is_some());
        let known = same.take(3).map(Column::flat_name).collect();
        return Missing::Qualifier { qualifier: relation.table().to_owned(), name, known };
    }
    Missing::Name { name, known: known.iter().map(|c| c.name.clone()).collect() }
}
