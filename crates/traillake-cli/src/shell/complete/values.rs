//! Values of columns and keys of maps as candidates.

use std::sync::Arc;
use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthStr;

use super::{Candidate, matched};
use crate::output::grouped;
use crate::shell::catalog::{Catalog, List, Of, Question, quoted};
use crate::shell::columns::{Column, Kind, Origin};
use crate::shell::matching;
use crate::shell::place::{Operand, Place};
use crate::shell::scope::{Node, Scope, Tables, query_around_cursor};

/// Beside longer values there is no room for counts.
const COUNTED_COLUMNS_MAX: usize = 48;

/// What is wanted of the data at a place.
#[derive(Debug)]
pub(in crate::shell) struct Wanted<'a> {
    /// The list, and a wider one that serves where it has nothing.
    questions: Vec<Question>,
    /// What is known without asking.
    known: Vec<String>,
    typed: &'a str,
    form: Form,
}

/// How values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Behind a quote.
    Text,
    /// Without a quote yet.
    Bare,
    /// Behind a quote and perhaps `$.`.
    Path,
}

impl<'a> Wanted<'a> {
    /// What of the data belongs at a place.
    pub(in crate::shell) fn at(
        place: &Place<'a>,
        statement: &[Node],
        scope: &Scope,
        catalog: &Catalog,
    ) -> Option<Self> {
        let conditions = Conditions::of(statement, scope);
        match place {
            Place::Value { of: Operand::Path(path), typed, is_text } => {
                let form = if *is_text { Form::Text } else { Form::Bare };
                let column = scope.column(path)?;
                match column.kind {
                    Kind::Text => {
                        let origin = column.origin?;
                        let questions = conditions.narrowed(&origin.table, Of::Values(origin.expression));
                        Some(Self { questions, known: Vec::new(), typed, form })
                    }
                    Kind::Boolean if !is_text => {
                        let known = vec!["true".to_owned(), "false".to_owned()];
                        Some(Self { questions: Vec::new(), known, typed, form })
                    }
                    _ => None,
                }
            }
            Place::Value { of: Operand::Key { map, key, is_json }, typed, is_text } => {
                let origin = scope.column(map)?.origin?;
                let expression = match is_json {
                    true => format!("json_extract_scalar({}, {})", origin.expression, quoted(&format!("$.{key}"))),
                    false => format!("element_at({}, {})", origin.expression, quoted(key)),
                };
                let questions = conditions.narrowed(&origin.table, Of::Values(expression));
                let form = if *is_text { Form::Text } else { Form::Bare };
                Some(Self { questions, known: Vec::new(), typed, form })
            }
            Place::Key { map, typed, is_json } => {
                let column = scope.column(map)?;
                let known = known_keys(&column, catalog);
                let Origin { table, expression } = column.origin?;
                let of = match column.kind {
                    Kind::Map(_) => Of::Keys(expression),
                    Kind::Text if *is_json => Of::Members(expression),
                    _ => return None,
                };
                let form = if *is_json { Form::Path } else { Form::Text };
                Some(Self { questions: conditions.narrowed(&table, of), known, typed, form })
            }
            _ => None,
        }
    }

    /// Bytes of what is typed, the quote included.
    pub(in crate::shell) fn typed_length(&self) -> usize {
        self.typed.len() + usize::from(self.form != Form::Bare)
    }

    /// Has it looked up.
    pub(in crate::shell) fn ask(&self, catalog: &Catalog) {
        for question in &self.questions {
            catalog.list(question, Duration::ZERO);
        }
    }

    /// The values that match, in quotes.
    pub(in crate::shell) fn candidates(&self, catalog: &Catalog, patience: Duration) -> Vec<Candidate> {
        if self.questions.is_empty() {
            return matched(self.typed, self.known.iter().map(Candidate::plain));
        }
        // All are asked for before any is waited for.
        self.ask(catalog);
        let until = Instant::now() + patience;
        let left = || until.saturating_duration_since(Instant::now());
        let mut lists = self.questions.iter().map(|question| catalog.list(question, left()));
        let list = lists.find_map(|list| list.filter(|list| !list.values.is_empty())).unwrap_or_default();
        let list = with_known(list, &self.known);
        written(&list, self.typed, self.form)
    }
}

/// A list, and behind it what is known without it.
fn with_known(list: Arc<List>, known: &[String]) -> Arc<List> {
    let is_new = |key: &&String| !list.values.iter().any(|(value, _)| value == *key);
    let new: Vec<(String, u64)> = known.iter().filter(is_new).map(|key| (key.clone(), 0)).collect();
    if new.is_empty() {
        return list;
    }
    Arc::new(List { values: list.values.iter().cloned().chain(new).collect(), is_whole: false })
}

/// The keys of a map that have a column of their own. Of Athena's table a map is text: its twin is asked.
fn known_keys(column: &Column, catalog: &Catalog) -> Vec<String> {
    let keys = |column: &Column| match &column.kind {
        Kind::Map(keys) => Some(keys.clone()),
        _ => None,
    };
    let twin = || catalog.usual().iter().find(|twin| twin.name.eq_ignore_ascii_case(&column.name)).and_then(keys);
    keys(column).or_else(twin).unwrap_or_default()
}

/// The values that match what is typed, as they are written behind what is left standing.
fn written(list: &List, typed: &str, form: Form) -> Vec<Candidate> {
    let unescaped = typed.replace("''", "'");
    // Of a pattern the piece behind its last sign is looked for.
    let sought = match form {
        Form::Path => unescaped.trim_start_matches('$').trim_start_matches('.'),
        Form::Bare => unescaped.as_str(),
        Form::Text => unescaped.rsplit('%').next().unwrap_or_default(),
    };
    let found = matching::best(sought, list.values.iter(), |(value, _)| value);
    let width = found.iter().map(|(value, _)| value.width()).max().unwrap_or(0);
    let counted = list.is_whole && width <= COUNTED_COLUMNS_MAX;
    let candidate = |(value, count): &(String, u64)| {
        let replacement = match form {
            Form::Path => format!("'$.{}'", value.replace('\'', "''")),
            _ => quoted(value),
        };
        let fill = " ".repeat(width - value.width());
        let display = if counted { format!("{value}{fill}  {}", grouped(*count)) } else { value.clone() };
        Candidate { replacement, display }
    };
    found.into_iter().map(candidate).collect()
}

/// The names of the path that nodes end with.
fn path_at_end(mut nodes: &[Node]) -> Vec<String> {
    let mut names = Vec::new();
    while let [front @ .., last] = nodes
        && let Some(name) = last.name()
    {
        names.insert(0, name);
        match front {
            [front @ .., dot] if dot.is(".") => nodes = front,
            _ => break,
        }
    }
    names
}

/// What the query around the cursor requires of events.
struct Conditions(Vec<(String, Origin, String)>);

impl Conditions {
    /// The texts that columns of the query are equal to in any case.
    fn of(statement: &[Node], scope: &Scope) -> Self {
        let query = query_around_cursor(statement);
        if query.iter().any(|node| node.is("or")) {
            return Self(Vec::new());
        }
        let signs = query.iter().enumerate().filter(|(_, node)| node.is("="));
        let found = signs.filter_map(|(at, _)| {
            let text = query.get(at + 1)?.text()?;
            let Column { name, origin, .. } = scope.column(&path_at_end(&query[..at]))?;
            Some((name.to_lowercase(), origin?, text))
        });
        Self(found.collect())
    }

    /// A question about events that meet them, where that tells more, and the same about all events.
    fn narrowed(&self, table: &str, of: Of) -> Vec<Question> {
        let whole = Question::new(table, of);
        let narrowing: &[&str] = match &whole.of {
            Of::Values(expression) => match expression.to_ascii_lowercase().as_str() {
                "eventname" | "eventdata.eventname" => &["eventsource"],
                "errorcode" | "errormessage" => &["eventname", "eventsource"],
                expression if expression.ends_with(')') => &["eventname"],
                _ => &[],
            },
            Of::Keys(_) | Of::Members(_) => &["eventname", "eventsource"],
            Of::Resources => &[],
        };
        let condition = narrowing
            .iter()
            .find_map(|wanted| self.0.iter().find(|(name, origin, _)| name == wanted && origin.table == table));
        let narrow = condition.map(|(_, origin, text)| Question {
            conditions: vec![(origin.expression.clone(), text.clone())],
            ..whole.clone()
        });
        narrow.into_iter().chain([whole]).collect()
    }
}
