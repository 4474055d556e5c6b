//! What can stand where the cursor is.
//!
//! [`place`](super::place) says what belongs there, [`scope`](super::scope) which columns there are, the
//! [`Catalog`] which values. Comments, and texts that can be anything, have no candidates.

use std::time::Duration;

use rustyline::completion::longest_common_prefix;
use traillake::{Function, system_tables};
use unicode_width::UnicodeWidthStr;

use super::catalog::{ATHENA_SCHEMA, Catalog, EDS_ID, SYSTEM_SCHEMA, as_table};
use super::columns::{Column, Kind};
use super::place::{Clause, Place};
use super::scope::{Scope, outline};
use super::statement::tokens;
use super::{dot, matching, words};
use crate::output::cut;

mod subject;
mod values;

use subject::Subject;
use values::Wanted;

/// Candidates that can be looked over.
const SHOWN_MAX: usize = 100;
/// Of more candidates functions are shown by their names alone.
const SIGNATURES_MAX: usize = 10;
/// Blanks between candidates.
const BETWEEN: usize = 2;

/// What may replace the text from `start` to the cursor.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Completion {
    pub(super) start: usize,
    pub(super) candidates: Vec<Candidate>,
}

/// A text and how it is shown among others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) replacement: String,
    pub(super) display: String,
}

impl Candidate {
    fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { display: text.clone(), replacement: text }
    }
}

/// Completes the text between two pieces. Values that are not known yet may be waited for.
pub(super) fn complete(before: &str, after: &str, catalog: &Catalog, patience: Duration) -> Completion {
    if dot::is_command(before) {
        return dot_command(before, after, catalog, patience);
    }
    let words = tokens(before);
    let place = Place::behind(&words);
    if let Place::Table { typed } = place {
        return tables(before, typed, catalog, || Scope::of(&outline(&words, after), catalog));
    }
    let statement = outline(&words, after);
    let scope = Scope::of(&statement, catalog);
    if let Some(wanted) = Wanted::at(&place, &statement, &scope, catalog) {
        let values = wanted.candidates(catalog, patience);
        // Columns compare with columns.
        let found = match place {
            Place::Value { typed, is_text: false, .. } if values.is_empty() => {
                operands(Clause::Other, typed, &scope, catalog)
            }
            _ => values,
        };
        return Completion { start: before.len() - wanted.typed_length(), candidates: found };
    }
    let (typed, found) = match place {
        Place::Field { parents, typed } => (typed, matched(typed, columns(&scope.below(&parents)))),
        Place::Unit { typed } => {
            let units = words::UNITS
                .iter()
                .map(|unit| Candidate { display: (*unit).to_owned(), replacement: format!("{unit}'") });
            (typed, matched(typed, units))
        }
        Place::Value { typed, is_text: false, .. } => (typed, operands(Clause::Other, typed, &scope, catalog)),
        Place::Operand { clause, typed } => (typed, operands(clause, typed, &scope, catalog)),
        Place::Continuation { clause, typed } => (typed, continuations(&words, clause, typed)),
        _ => ("", Vec::new()),
    };
    Completion { start: before.len() - typed.len(), candidates: found }
}

/// What would be looked up for the text between two pieces, so that it is there when it is asked for.
pub(super) fn anticipate(before: &str, after: &str, catalog: &Catalog) {
    let words = tokens(before);
    let place = Place::behind(&words);
    if matches!(place, Place::Value { .. } | Place::Key { .. }) {
        let statement = outline(&words, after);
        let scope = Scope::of(&statement, catalog);
        if let Some(wanted) = Wanted::at(&place, &statement, &scope, catalog) {
            wanted.ask(catalog);
        }
    }
}

fn dot_command(before: &str, after: &str, catalog: &Catalog, patience: Duration) -> Completion {
    let start = before.len() - before.trim_start().len();
    let command = &before[start..];
    let Some((name, argument)) = command.split_once(char::is_whitespace) else {
        let names = dot::names().map(Candidate::plain);
        return Completion { start, candidates: matched(command, names) };
    };
    let argument = argument.trim_start();
    let at = before.len() - argument.len();
    if let Some(subject) = Subject::of_command(name) {
        return subject::of_subject(subject, argument, at, catalog, patience);
    }
    let candidates: Vec<Candidate> = match dot::argument_of(name) {
        dot::Argument::Store => catalog.stores().iter().map(|store| Candidate::plain(&store.name)).collect(),
        dot::Argument::Sample => {
            let typed = argument.rsplit(char::is_whitespace).next().unwrap_or_default();
            let samples = traillake::samples().iter().map(|sample| Candidate::plain(sample.name));
            return Completion { start: before.len() - typed.len(), candidates: matched(typed, samples) };
        }
        dot::Argument::OneOf(values) => values.iter().map(|value| Candidate::plain(*value)).collect(),
        dot::Argument::Sql => {
            let found = complete(argument, after, catalog, patience);
            return Completion { start: found.start + at, ..found };
        }
        dot::Argument::None | dot::Argument::File | dot::Argument::Saved => Vec::new(),
    };
    Completion { start: at, candidates: matched(argument, candidates) }
}

fn tables(before: &str, typed: &str, catalog: &Catalog, scope: impl FnOnce() -> Scope) -> Completion {
    let stores = catalog.stores();
    if typed.starts_with('"') {
        let quoted = stores.iter().map(|store| Candidate::plain(format!("\"{}\"", store.name.replace('"', "\"\""))));
        return Completion { start: before.len() - typed.len(), candidates: matched(typed, quoted) };
    }
    let is_of_name = |letter: char| super::statement::is_word(letter) || matches!(letter, '-' | '.');
    let typed = before.trim_end_matches(is_of_name).len();
    let (start, typed) = (typed, &before[typed..]);
    let names = stores.iter().map(|store| as_table(&store.name));
    let common = scope().expressions.into_iter().map(|common| as_table(&common.name));
    let system = system_tables().iter().map(|table| format!("{SYSTEM_SCHEMA}.{}", table.name()));
    let athena = stores.iter().map(|store| format!("{ATHENA_SCHEMA}.{}", as_table(&store.name)));
    let all = common.chain(names).chain([EDS_ID.to_owned()]).chain(system).chain(athena);
    Completion { start, candidates: matched(typed, all.map(Candidate::plain)) }
}

/// What an expression can begin with.
fn operands(clause: Clause, typed: &str, scope: &Scope, catalog: &Catalog) -> Vec<Candidate> {
    if clause == Clause::Beginning {
        return matched(typed, keywords(words::BEGINNINGS, typed));
    }
    let aliases = match clause {
        Clause::GroupBy | Clause::OrderBy | Clause::Having => scope.aliases.as_slice(),
        _ => &[],
    };
    let mut names: Vec<Candidate> = aliases.iter().map(|alias| Candidate::plain(as_name(alias))).collect();
    for relation in &scope.relations {
        names.extend(columns(&relation.columns));
    }
    if scope.relations.len() + scope.outer.len() > 1 {
        let relations = scope.relations.iter().chain(&scope.outer).filter(|relation| !relation.name.is_empty());
        names.extend(relations.map(|relation| Candidate::plain(format!("{}.", as_name(&relation.name)))));
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.replacement.clone()));
    if typed.is_empty() {
        return names;
    }
    names.extend(catalog.functions().iter().map(as_call));
    names.extend(keywords(words::OPERANDS, typed));
    let mut found = matched(typed, names);
    if found.is_empty() {
        return matched(typed, keywords(words::KEYWORDS, typed));
    }
    if found.len() > SIGNATURES_MAX {
        found.iter_mut().for_each(|candidate| candidate.display.clone_from(&candidate.replacement));
    }
    found
}

/// What can follow an operand, or a keyword that wants another.
fn continuations(words: &[super::statement::Token], clause: Clause, typed: &str) -> Vec<Candidate> {
    let words = words.iter().rev().filter(|token| token.kind == super::statement::Kind::Word);
    let last = words.map(|token| token.text).find(|word| !std::ptr::eq(word.as_ptr(), typed.as_ptr()));
    let followers = last.and_then(words::followers).unwrap_or_else(|| words::continuations(clause));
    let found = matched(typed, keywords(followers, typed));
    if found.is_empty() && !typed.is_empty() { matched(typed, keywords(words::KEYWORDS, typed)) } else { found }
}

/// Keywords in the letter case that is being typed.
fn keywords<'k>(keywords: &'k [&'k str], typed: &str) -> impl Iterator<Item = Candidate> + use<'k> {
    let small = typed.starts_with(char::is_lowercase);
    keywords.iter().map(move |word| Candidate::plain(if small { word.to_lowercase() } else { (*word).to_owned() }))
}

fn columns(columns: &[Column]) -> Vec<Candidate> {
    let candidate = |column: &Column| {
        let name = as_name(&column.name);
        match column.kind {
            Kind::Row(_) => Candidate { display: format!("{name}."), replacement: name },
            _ => Candidate::plain(name),
        }
    };
    columns.iter().map(candidate).collect()
}

/// A column's name as SQL.
fn as_name(name: &str) -> String {
    let plain = name.chars().all(super::statement::is_word) && name.starts_with(|first: char| !first.is_numeric());
    if plain && !words::is_reserved(name) { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// A function by its signature, or its name where it has no parentheses.
fn as_call(function: &Function) -> Candidate {
    let Function { name, signatures, .. } = function;
    let is_call = signatures.first().is_none_or(|signature| signature.contains('('));
    let display = signatures.first().map_or_else(|| (*name).to_owned(), |signature| signature.replace("->", "→"));
    Candidate { display, replacement: if is_call { format!("{name}(") } else { (*name).to_owned() } }
}

/// The candidates that match best.
fn matched(typed: &str, candidates: impl IntoIterator<Item = Candidate>) -> Vec<Candidate> {
    matching::best(typed, candidates.into_iter(), |candidate| &candidate.replacement)
}

impl Completion {
    /// As much of it as fits on half a screen. A last candidate says how many more there are, and stands for what all
    /// have in common.
    pub(super) fn within(mut self, (columns, lines): (usize, usize)) -> Completion {
        let candidates = &mut self.candidates;
        for candidate in candidates.iter_mut() {
            candidate.display = cut(&candidate.display, columns.saturating_sub(1)).into_owned();
        }
        let shown = shown(candidates, columns, lines / 2);
        if shown < candidates.len() {
            let all: Vec<&str> = candidates.iter().map(|candidate| candidate.replacement.as_str()).collect();
            let common = longest_common_prefix(&all).unwrap_or_default().to_owned();
            let more = candidates.len() - shown;
            candidates.truncate(shown);
            candidates.push(Candidate { replacement: common, display: format!("… {more} more") });
        }
        self
    }
}

/// How many candidates stand side by side and below each other in so many columns and lines, with one more.
fn shown(candidates: &[Candidate], columns: usize, lines: usize) -> usize {
    let (mut width, mut shown) = (0, 0);
    for (before, candidate) in candidates.iter().enumerate().take(SHOWN_MAX) {
        width = width.max(candidate.display.width() + BETWEEN);
        let beside = (columns / width).max(1);
        if before + 1 > beside * lines.max(2) - 1 {
            break;
        }
        shown = before + 1;
    }
    // The last one takes the place of the one that says how many more there are.
    if shown + 1 == candidates.len() { candidates.len() } else { shown }
}

#[cfg(test)]
mod tests;
