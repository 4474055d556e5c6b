//! A SELECT in Trino's SQL: from text to a logical plan and the headers of its result.

mod clauses;
mod constants;
mod diagnosis;
pub(crate) mod dialect;
mod lex;
mod mentions;
mod names;
mod parameters;
mod parse;
mod refusals;
pub(crate) mod rewrite;
mod scope;
mod suggest;
mod tables;
mod tokens;
mod versions;

use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement as PlannerStatement;
use datafusion::sql::sqlparser::ast::{Query, Statement as Ast};
use datafusion::sql::sqlparser::tokenizer::Location;

use crate::error::{Error, Position};
pub use mentions::Mentions;
use names::Header;
pub use parameters::{Parameter, ParameterValue, Parameters};
pub(crate) use parameters::{UntypedConstants, untyped_function};
pub(crate) use suggest::{documented, is_known_function, signatures, similar};
use tokens::Spelling;
pub use versions::TableVersion;

/// One SELECT (WITH allowed), parsed. Names are in lower case, for Trino compares them without regard
/// to case; how they were typed is remembered for headers and messages.
#[derive(Debug, Clone)]
pub struct Statement {
    query: Box<Query>,
    headers: Vec<Header>,
    versioned: Vec<versions::Versioned>,
    spelling: Spelling,
    mentions: Mentions,
}

/// A plan and what Trino calls its columns.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Not yet optimized. Its own column names are internal and unique.
    pub plan: LogicalPlan,
    /// One for each column of the plan: case as typed, last name of `a.b.c`, `_col0` by position;
    /// names may repeat.
    pub headers: Vec<String>,
}

impl Statement {
    /// Reads exactly one SELECT; a trailing `;` is accepted. Hyphenated names, UUIDs, ARNs, `$NAME` and
    /// `<NAME>` need no quotes where a table is expected.
    ///
    /// # Errors
    /// [`Error::Syntax`], [`Error::NotASelect`], [`Error::SeveralStatements`] and [`Error::Empty`],
    /// with the place in `sql`.
    pub fn parse(sql: &str) -> Result<Statement, Error> {
        let statements = lex::split(sql);
        let Some(first) = statements.first() else { return Err(Error::Empty) };
        if let Some(second) = statements.get(1) {
            let offset = second.as_ptr() as usize - sql.as_ptr() as usize;
            let position = Some(position(tokens::location(sql, offset)));
            return Err(Error::SeveralStatements { found: statements.len(), position });
        }
        // The text keeps what stands before the statement, so that places stay true.
        let end = first.as_ptr() as usize - sql.as_ptr() as usize + first.len();
        let text = &sql[..end];
        let tokens = tokens::tokenize(text)?;
        let mut query = parse::query(&tokens, text)?;
        refusals::refuse(&query)?;
        clauses::check(&query)?;
        versions::alias(&mut query, &tokens.versioned);
        let headers = names::assign(&mut query, &tokens.spelling);
        let mentions = Mentions::of(&tokens.tokens);
        Ok(Statement { query, headers, versioned: tokens.versioned, spelling: tokens.spelling, mentions })
    }

    /// The statements of a script, cut at the semicolons outside quotes and comments; blank ones are
    /// left out.
    pub fn split(script: &str) -> Vec<&str> {
        lex::split(script)
    }

    /// Whether a text typed at a prompt is whole: blank, or ending in `;` outside quotes and comments.
    pub fn is_complete(text: &str) -> bool {
        lex::is_complete(text)
    }

    /// The names of the tables read, in lower case and in parts, each once, in order of appearance;
    /// common table expressions left out.
    pub fn tables(&self) -> Vec<Vec<String>> {
        let mut found: Vec<Vec<String>> = Vec::new();
        let mut query = self.query.clone();
        scope::for_each_table(&mut query, &mut |name, _| {
            if !found.iter().any(|known| known == name) {
                found.push(name.to_vec());
            }
            None
        });
        found
    }

    /// The table that stands behind a name of [`tables`](Self::tables), and the version it is read in: `FOR VERSION AS
    /// OF`, `FOR TIMESTAMP AS OF`. `None` for a table as it is.
    pub fn table_version(&self, name: &[String]) -> Option<(Vec<String>, TableVersion)> {
        let (last, front) = name.split_last()?;
        let known = self.versioned.iter().find(|known| known.name == *last)?;
        Some(([front, std::slice::from_ref(&known.table)].concat(), known.version))
    }

    /// Gives tables other names: those `f` returns something for. `old.column` still works.
    pub fn rename_tables(&mut self, mut f: impl FnMut(&[String]) -> Option<Vec<String>>) {
        scope::for_each_table(&mut self.query, &mut |name, _| f(name));
    }

    /// The parameters: every `?` in the order of the text, `:name` and `$name$` once for each name.
    pub fn parameters(&self) -> Vec<Parameter> {
        parameters::list(&self.query)
    }

    /// Gives every parameter its value, as a constant of the tree.
    ///
    /// A parameter in the place of a table takes a text, the table's name. `'?'` in quotes, as CloudTrail
    /// Lake's dashboards have it, takes a value when there are as many values as `?` with and without
    /// quotes; otherwise it is a text.
    ///
    /// # Errors
    /// [`Error::UnboundParameter`], [`Error::SurplusParameter`] and [`Error::ParameterCount`]; the
    /// statement is as it was.
    pub fn bind(&mut self, parameters: &Parameters) -> Result<(), Error> {
        let mut query = self.query.clone();
        parameters::bind(&mut query, parameters)?;
        self.query = query;
        Ok(())
    }

    /// The names it mentions, so that tables need offer no other columns.
    pub fn mentions(&self) -> &Mentions {
        &self.mentions
    }

    /// Where a table is first named.
    pub fn position_of_table(&self, name: &[String]) -> Option<Position> {
        let mut found = None;
        scope::for_each_table(&mut self.query.clone(), &mut |known, at| {
            if found.is_none() && known == name {
                found = known_position(at);
            }
            None
        });
        found
    }

    /// Plans the query over the tables and functions of a session made with [`crate::register`].
    ///
    /// # Errors
    /// [`Error::UnknownTable`], [`Error::UnknownColumn`], [`Error::UnknownFunction`] with the place and
    /// names alike; [`Error::UnboundParameter`]; [`Error::Plan`] for everything else the planner refuses.
    pub async fn plan(&self, state: &SessionState) -> Result<Planned, Error> {
        parameters::check_bound(&self.query)?;
        let mut query = self.query.clone();
        rewrite::rewrite(&mut query);
        rewrite::times::rewrite(&mut query)?;
        suggest::check_tables(&query, &self.spelling, state)?;
        suggest::check_functions(&query, &self.spelling, state)?;
        let plan = match planned(&query, &self.query, &self.spelling, state).await {
            Err(Refusal::Engine(error)) if names_collide(&error) => {
                rewrite::named_casts::rewrite(&mut query);
                let again = planned(&query, &self.query, &self.spelling, state).await;
                again.map_err(|_| Refusal::Engine(error))
            }
            other => other,
        };
        let plan = match plan {
            Ok(plan) => plan,
            Err(Refusal::Said(error)) => return Err(error),
            Err(Refusal::Engine(error)) => {
                return Err(suggest::explain(error, &self.query, &self.spelling, state).await);
            }
        };
        let columns: Vec<String> = plan.schema().fields().iter().map(|field| field.name().clone()).collect();
        let headers = names::expand(&self.headers, &columns);
        Ok(Planned { plan, headers })
    }
}

/// Why there is no plan: in words for people already, or in the engine's.
enum Refusal {
    Said(Error),
    Engine(DataFusionError),
}

/// The plan of a rewritten query, its types checked: the analyzer's errors belong here, too. `typed` is the query
/// as it was typed.
async fn planned(
    query: &Query,
    typed: &Query,
    spelling: &Spelling,
    state: &SessionState,
) -> Result<LogicalPlan, Refusal> {
    let statement = PlannerStatement::Statement(Box::new(Ast::Query(Box::new(query.clone()))));
    let plan = state.statement_to_plan(statement).await.map_err(Refusal::Engine)?;
    suggest::check_map_fields(&plan, typed, spelling).map_err(Refusal::Said)?;
    let checked = state.analyzer().execute_and_check(plan.clone(), state.config_options(), |_, _| {});
    checked.map_err(Refusal::Engine)?;
    Ok(plan)
}

/// Whether two expressions have one name, as a cast and what it casts have.
fn names_collide(error: &DataFusionError) -> bool {
    let message = error.to_string();
    ["duplicate unqualified field name", "duplicate qualified field name", "require unique expression names"]
        .iter()
        .any(|words| message.contains(words))
}

fn position(at: Location) -> Position {
    Position { line: at.line, column: at.column }
}

/// A place the parser knows; it counts from one and has zero for "nowhere".
fn known_position(at: Location) -> Option<Position> {
    (at.line > 0).then(|| position(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_leave_out_common_table_expressions_in_scope() {
        let sql = "with a as (select * from A join b on true), c as (select * from a)
                   select * from c, (select 1 from d) where exists (select 1 from \"E\".f)";
        let tables = Statement::parse(sql).unwrap().tables();
        assert_eq!(tables, [vec!["a"], vec!["b"], vec!["d"], vec!["e", "f"]]);
    }

    #[test]
    fn a_renamed_table_keeps_its_old_name_as_alias() {
        let mut statement = Statement::parse("select T.x from T join u on u.x = t.x").unwrap();
        statement.rename_tables(|name| (name == ["t"]).then(|| vec!["real".into()]));
        assert_eq!(statement.query.to_string(), "SELECT t.x AS \"x\" FROM \"real\" AS \"t\" JOIN u ON u.x = t.x");
    }

    #[test]
    fn places_point_into_the_text_as_typed() {
        let error = Statement::parse("select 1\nfrom 0233062b-51c6-4d18 x selec").unwrap_err();
        assert_eq!(error.position(), Some(Position { line: 2, column: 27 }), "{error}");
        let error = Statement::parse("-- hi\n drop table t").unwrap_err();
        assert_eq!(error.to_string(), "DROP is not a query: only SELECT runs here (line 2, column 2)");
    }

    #[test]
    fn one_statement_is_one_statement() {
        assert!(Statement::parse("select 1;").is_ok());
        assert!(matches!(Statement::parse(" ; "), Err(Error::Empty)));
        let error = Statement::parse("select 1;\n select 2").unwrap_err();
        assert_eq!(error.position(), Some(Position { line: 2, column: 2 }));
    }
}
